//! The positioned tree: what a file says, where every value remembers its place.

use super::problems::Place;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    /// Where the value stands.
    pub place: Place,
    /// The value.
    pub value: Value,
}

/// What JSON can say, without `null`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// Keys with values, in the order of the file, each key once.
    Object(Vec<Member>),
    /// Values in order.
    List(Vec<Node>),
    /// A text.
    Text(String),
    /// A finite number.
    Number(f64),
    /// `true` or `false`.
    Flag(bool),
    /// Something that could not be read and has been reported; nobody complains about it again.
    Unreadable,
}

/// One key of an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Member {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub place: Place,
    /// Its value.
    pub node: Node,
}

impl Node {
    /// An object without keys.
    pub fn empty(place: Place) -> Node {
        Node { place, value: Value::Object(Vec::new()) }
    }

    /// A text.
    pub fn text(text: impl Into<String>, place: Place) -> Node {
        Node { place, value: Value::Text(text.into()) }
    }

    /// The keys, when this is an object.
    pub fn members(&self) -> Option<&[Member]> {
        match &self.value {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The value of `key`, when this is an object that has it.
    pub fn find(&self, key: &str) -> Option<&Node> {
        let member = self.members()?.iter().find(|member| member.key == key)?;
        Some(&member.node)
    }

    /// The text, when this is one.
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The values, when this is a list.
    pub fn items(&self) -> Option<&[Node]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// Puts `node` under `key`, in the place of what stood there, and turns anything that is not
    /// an object into one.
    pub fn put(&mut self, key: &str, node: Node) {
        if !matches!(self.value, Value::Object(_)) {
            self.value = Value::Object(Vec::new());
        }
        let Value::Object(members) = &mut self.value else { return };
        match members.iter_mut().find(|member| member.key == key) {
            Some(member) => member.node = node,
            None => members.push(Member { key: key.to_string(), place: node.place, node }),
        }
    }

    /// The value in the words of a message: `"abc"`, `47`, `an object`.
    pub fn describe(&self) -> String {
        match &self.value {
            Value::Object(_) => "an object".to_string(),
            Value::List(_) => "a list".to_string(),
            Value::Text(text) => quoted(text),
            Value::Number(number) => format!("{number}"),
            Value::Flag(flag) => format!("{flag}"),
            Value::Unreadable => "nothing readable".to_string(),
        }
    }
}

/// A text in quotes, cut to the length of a message.
pub(crate) fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{:?}...", &text[..cut]),
        None => format!("{text:?}"),
    }
}

/// The way from the top of the tree to a value, linked through the callers of a walk so that
/// nothing is built unless there is a problem to report.
#[derive(Clone, Copy)]
pub(crate) enum Path<'a> {
    /// The whole file.
    Top,
    /// A key of an object.
    Key(&'a Path<'a>, &'a str),
    /// A position in a list.
    Item(&'a Path<'a>, usize),
}

impl Path<'_> {
    /// The keys and positions joined by dots: `fleets.chat.steps.0`.
    pub fn dotted(&self) -> String {
        match self {
            Path::Top => String::new(),
            Path::Key(Path::Top, key) => (*key).to_string(),
            Path::Key(parent, key) => format!("{}.{key}", parent.dotted()),
            Path::Item(parent, index) => format!("{}.{index}", parent.dotted()),
        }
    }
}
