//! Reading a complete tree: every value is there and of its kind, so nothing here can fail.

use super::scalar;
use super::table::{Kind, Type};
use super::tree::{Node, Value};
use crate::units::{Bytes, Rate, Ratio, SimTime, Span};

/// An object of a complete tree and its rows of the table.
#[derive(Clone, Copy)]
pub(crate) struct View<'t> {
    /// The object.
    pub node: &'t Node,
    ty: &'static Type,
}

impl<'t> View<'t> {
    /// The object `node` of type `ty`.
    pub fn new(node: &'t Node, ty: &'static Type) -> View<'t> {
        View { node, ty }
    }

    /// The value under `key`, if one stands there.
    pub fn find(&self, key: &'static str) -> Option<&'t Node> {
        self.row(key);
        self.node.find(key)
    }

    /// The kind of `key`.
    fn row(&self, key: &'static str) -> Kind {
        #[cfg(test)]
        reads::record(self.ty.name, key);
        self.ty.key(key).expect("every key that is read has a row in the table").kind
    }

    /// The value under a key that is required or has a default.
    pub fn node(&self, key: &'static str) -> &'t Node {
        self.find(key).expect("a complete tree has every key that is required or has a default")
    }

    /// A text.
    pub fn text(&self, key: &'static str) -> &'t str {
        self.node(key).as_text().unwrap_or_default()
    }

    /// A flag.
    pub fn flag(&self, key: &'static str) -> bool {
        matches!(self.node(key).value, Value::Flag(true))
    }

    /// A whole number.
    pub fn count(&self, key: &'static str) -> u32 {
        count(self.node(key))
    }

    /// A port.
    pub fn port(&self, key: &'static str) -> u16 {
        u16::try_from(self.count(key)).unwrap_or(u16::MAX)
    }

    /// A whole number; `None` is any number.
    pub fn count_or_none(&self, key: &'static str) -> Option<u32> {
        let node = self.node(key);
        (!scalar::is_none(node)).then(|| count(node))
    }

    /// A number.
    pub fn number(&self, key: &'static str) -> f64 {
        scalar::number(self.node(key)).unwrap_or_default()
    }

    /// A length of time.
    pub fn span(&self, key: &'static str) -> Span {
        scalar::span(self.node(key)).unwrap_or_default()
    }

    /// A length of time; `None` is for ever.
    pub fn span_or_none(&self, key: &'static str) -> Option<Span> {
        let node = self.node(key);
        if scalar::is_none(node) { None } else { scalar::span(node) }
    }

    /// An instant of simulated time.
    pub fn time(&self, key: &'static str) -> SimTime {
        SimTime::ZERO + self.span(key)
    }

    /// A rate.
    pub fn rate(&self, key: &'static str) -> Rate {
        rate(self.node(key))
    }

    /// A size.
    pub fn bytes(&self, key: &'static str) -> Bytes {
        scalar::bytes(self.node(key)).unwrap_or(Bytes(0))
    }

    /// A share.
    pub fn share(&self, key: &'static str) -> Ratio {
        scalar::share(self.node(key)).unwrap_or(Ratio::ZERO)
    }

    /// The word among `words` with its meaning in the code.
    pub fn word<T: Copy>(&self, key: &'static str, words: &[(&str, T)]) -> T {
        let written = self.text(key);
        let known = words.iter().find(|(word, _)| *word == written);
        known.or(words.first()).expect("a choice of words has at least one").1
    }

    /// The object under `key`.
    pub fn sub(&self, key: &'static str) -> View<'t> {
        let kind = self.row(key);
        self.view_of(self.node(key), &kind)
    }

    /// The variant chosen under `key`.
    pub fn sub_choice(&self, key: &'static str) -> Chosen<'t> {
        match self.row(key) {
            Kind::Choice(choice) => Chosen::new(self.node(key), choice),
            _ => unreachable!("only choices are chosen from"),
        }
    }

    /// The object under `key`, if one stands there.
    pub fn find_sub(&self, key: &'static str) -> Option<View<'t>> {
        let kind = self.row(key);
        Some(self.view_of(self.find(key)?, &kind))
    }

    /// The objects under the names below `key`, sorted by name.
    pub fn named(&self, key: &'static str) -> Vec<(&'t str, &'t Node)> {
        let members = self.node(key).members().unwrap_or_default();
        let mut named: Vec<_> = members.iter().map(|m| (m.key.as_str(), &m.node)).collect();
        named.sort_by_key(|(name, _)| *name);
        named
    }

    /// The items of the list under `key`.
    pub fn items(&self, key: &'static str) -> &'t [Node] {
        self.node(key).items().unwrap_or_default()
    }

    fn view_of(&self, node: &'t Node, kind: &Kind) -> View<'t> {
        match kind {
            Kind::Object(ty) => View::new(node, ty),
            _ => unreachable!("only objects are viewed"),
        }
    }
}

/// A variant of a complete choice: its tag, its content, and the content's type if it is an object.
pub(crate) struct Chosen<'t> {
    /// The tag.
    pub tag: &'t str,
    /// The content; for a bare word the word itself.
    pub node: &'t Node,
    kind: Kind,
}

impl<'t> Chosen<'t> {
    /// The variant that `node` chooses of `choice`.
    pub fn new(node: &'t Node, choice: &'static super::table::Choice) -> Chosen<'t> {
        let (tag, content) = match node.members() {
            Some([member, ..]) => (member.key.as_str(), &member.node),
            _ => (node.as_text().unwrap_or_default(), node),
        };
        #[cfg(test)]
        reads::record(choice.name, tag);
        let row = choice.variant(tag).expect("a complete choice has a known variant");
        Chosen { tag, node: content, kind: row.kind }
    }

    /// The content as an object.
    pub fn view(&self) -> View<'t> {
        match self.kind {
            Kind::Object(ty) => View::new(self.node, ty),
            _ => unreachable!("only objects are viewed"),
        }
    }

    /// The items of the content, each viewed as an object.
    pub fn items(&self) -> Vec<View<'t>> {
        let Kind::List(Kind::Object(ty), ..) = self.kind else {
            unreachable!("only lists of objects are viewed");
        };
        self.node.items().unwrap_or_default().iter().map(|item| View::new(item, ty)).collect()
    }

    /// The choice that the content is.
    pub fn choice(&self) -> Chosen<'t> {
        match self.kind {
            Kind::Choice(choice) => Chosen::new(self.node, choice),
            _ => unreachable!("only choices are chosen from"),
        }
    }
}

/// A whole number; the table's ranges fit.
fn count(node: &Node) -> u32 {
    u32::try_from(scalar::count(node).unwrap_or_default()).unwrap_or(u32::MAX)
}

/// A rate.
pub(crate) fn rate(node: &Node) -> Rate {
    scalar::rate(node).unwrap_or_else(no_rate)
}

fn no_rate() -> Rate {
    Rate::per_second(0.0).expect("zero is a rate")
}

/// Which rows of the table were read; for the test that all are.
#[cfg(test)]
pub(crate) mod reads {
    use std::cell::RefCell;
    use std::collections::BTreeSet;

    thread_local! {
        static READS: RefCell<BTreeSet<(String, String)>> = const { RefCell::new(BTreeSet::new()) };
    }

    pub(crate) fn record(ty: &str, key: &str) {
        READS.with_borrow_mut(|reads| reads.insert((ty.to_string(), key.to_string())));
    }

    pub(crate) fn take() -> BTreeSet<(String, String)> {
        READS.with_borrow_mut(std::mem::take)
    }
}
