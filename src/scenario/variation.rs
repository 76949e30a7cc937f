//! A scenario with differences: settings laid over it, and parts left out of it.

use std::cmp::Ordering;

use super::hints::{all, nearest};
use super::merge::is_note;
use super::problems::{Findings, Place};
use super::tree::{Node, Path, Value};
use super::{files, overrides};

/// What differs from the files of a scenario.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Variation {
    /// Settings by their paths, applied in order. `timeline.+` adds an entry.
    pub set: Vec<(String, String)>,
    /// The same of one side of a comparison, applied after `set`; its problems are told as such.
    pub with: Vec<(String, String)>,
    /// Keys and items of lists that are left out, counted as they stand after the settings.
    pub without: Vec<String>,
    /// Which claims are read.
    pub claims: WhichClaims,
}

/// Claims that a variation keeps: one that leaves out what a claim speaks of cannot keep it.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum WhichClaims {
    /// All.
    #[default]
    All,
    /// None.
    Nobody,
    /// The one with this id.
    Only(String),
}

impl Variation {
    /// The tree of the file `name`, changed.
    pub(super) fn tree(
        &self,
        name: &str,
        load: files::Load,
        findings: &mut Findings,
    ) -> Option<Node> {
        let mut written = files::load(name, load, findings)?;
        overrides::apply(&mut written, overrides::SET, &self.set, findings);
        overrides::apply(&mut written, overrides::WITH, &self.with, findings);
        self.leave_out(&mut written, findings);
        self.claims.keep(&mut written);
        Some(written)
    }

    /// The last items of a list go first, so that the others keep their numbers.
    fn leave_out(&self, written: &mut Node, findings: &mut Findings) {
        let mut paths: Vec<&str> = self.without.iter().map(String::as_str).collect();
        paths.sort_by(|a, b| by_parts(b, a));
        paths.dedup();
        for path in paths {
            let Err((message, hint)) = remove(written, path) else { continue };
            let source = findings.add_source("--without", path);
            let place = Place::new(source, 0, path.len());
            findings.report_with(place, &Path::Key(&Path::Top, path), message, hint);
        }
    }
}

impl WhichClaims {
    fn keep(&self, written: &mut Node) {
        let Value::Object(members) = &mut written.value else { return };
        match self {
            WhichClaims::All => {}
            WhichClaims::Nobody => members.retain(|member| member.key != "claims"),
            WhichClaims::Only(id) => {
                let claims = members.iter_mut().find(|member| member.key == "claims");
                if let Some(Value::List(items)) = claims.map(|member| &mut member.node.value) {
                    items.retain(|item| item.find("id").and_then(Node::as_text) == Some(id));
                }
            }
        }
    }
}

/// Numbers by their size, the rest by its letters.
fn by_parts(a: &str, b: &str) -> Ordering {
    let one = |(a, b): (&str, &str)| match (a.parse::<u64>(), b.parse::<u64>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        _ => a.cmp(b),
    };
    let parts = a.split('.').zip(b.split('.')).map(one);
    parts.fold(Ordering::Equal, Ordering::then).then(a.len().cmp(&b.len()))
}

/// Removes what stands at `path`.
fn remove(root: &mut Node, path: &str) -> Result<(), (String, Option<String>)> {
    let (above, last) = path.rsplit_once('.').map_or(("", path), |(above, last)| (above, last));
    let mut node = root;
    for part in above.split('.').filter(|part| !part.is_empty()) {
        let hint = hint(node, part);
        node = below(node, part).ok_or_else(|| missing(part, hint))?;
    }
    let hint = hint(node, last);
    let removed = match &mut node.value {
        Value::Object(members) => {
            let at = members.iter().position(|member| member.key == last);
            at.map(|at| drop(members.remove(at)))
        }
        Value::List(items) => {
            let at = last.parse::<usize>().ok().filter(|at| *at < items.len());
            at.map(|at| drop(items.remove(at)))
        }
        _ => None,
    };
    removed.ok_or_else(|| missing(last, hint))
}

fn below<'n>(node: &'n mut Node, part: &str) -> Option<&'n mut Node> {
    match &mut node.value {
        Value::Object(members) => {
            members.iter_mut().find(|member| member.key == part).map(|member| &mut member.node)
        }
        Value::List(items) => items.get_mut(part.parse::<usize>().ok()?),
        _ => None,
    }
}

fn missing(part: &str, hint: Option<String>) -> (String, Option<String>) {
    (format!("{part:?} is not written there, so it cannot be left out"), hint)
}

/// What is written where `part` is not.
fn hint(node: &Node, part: &str) -> Option<String> {
    match &node.value {
        Value::Object(members) => {
            let keys = || members.iter().map(|m| m.key.as_str()).filter(|key| !is_note(key));
            nearest(part, keys()).or_else(|| match members.len() {
                0 => Some("nothing is".to_string()),
                1..=12 => Some(format!("written are {}", all(keys()))),
                _ => None,
            })
        }
        Value::List(items) if items.is_empty() => Some("the list is empty".to_string()),
        Value::List(items) => Some(format!("the items are 0 to {}", items.len() - 1)),
        _ => Some("a single value stands there".to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::parse_text;
    use super::*;

    fn left(text: &str, without: &[&str]) -> Result<String, String> {
        let mut findings = Findings::default();
        let mut node = parse_text(text, 0, &mut findings).expect("the text is JSON");
        let without = without.iter().map(|path| (*path).to_string()).collect();
        let variation = Variation { without, ..Variation::default() };
        variation.leave_out(&mut node, &mut findings);
        match findings.into_problems() {
            None => Ok(shown(&node)),
            Some(problems) => Err(problems.to_string().trim().to_string()),
        }
    }

    fn shown(node: &Node) -> String {
        match &node.value {
            Value::Object(members) => {
                let one = |m: &super::super::tree::Member| format!("{}:{}", m.key, shown(&m.node));
                format!("{{{}}}", members.iter().map(one).collect::<Vec<_>>().join(","))
            }
            Value::List(items) => {
                format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(","))
            }
            _ => node.describe(),
        }
    }

    #[test]
    fn items_are_counted_as_in_the_file() {
        let file = r#"{"a": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "b": {"c": 1, "d": 2}}"#;
        let some = left(file, &["a.2", "a.10", "a.0", "a.0"]);
        assert_eq!(some.unwrap(), "{a:[1,3,4,5,6,7,8,9],b:{c:1,d:2}}");
        assert_eq!(left(file, &["a", "b.c"]).unwrap(), "{b:{d:2}}");
    }

    #[test]
    fn what_is_not_written_cannot_be_left_out() {
        let file = r#"{"timeline": [1, 2], "servers": {"redis": {"timeout": 1}}}"#;
        let no = |path: &str| left(file, &[path]).unwrap_err();
        assert_eq!(
            no("timeline.2"),
            "--without:1:1: timeline.2: \"2\" is not written there, so it cannot be left out (the \
             items are 0 to 1)"
        );
        assert!(no("servers.redi.timeout").contains("did you mean \"redis\"?"));
        assert!(no("servers.redis.backlog").contains("written are timeout"));
        assert!(no("servers.redis.timeout.x").contains("a single value"));
        assert!(no("").contains("cannot be left out"));
        assert!(no("timeline.-1").contains("0 to 1") && no("..").contains("cannot"));
    }
}
