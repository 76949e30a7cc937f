//! A file and the files it starts from.

use std::io;

use super::merge::merge;
use super::problems::{Findings, Place};
use super::table::{Kind, TOP};
use super::text::parse;
use super::tree::{Node, Path, Value};

/// Reads a file by its name.
pub(crate) type Load<'a> = &'a dyn Fn(&str) -> io::Result<Vec<u8>>;

/// Files of a chain of bases at most.
const LONGEST_CHAIN: usize = 16;

/// The tree of the file `name`, laid over the trees of the files it starts from.
pub(crate) fn load(name: &str, load: Load, findings: &mut Findings) -> Option<Node> {
    let mut chain = Vec::new();
    read(name, None, load, &mut chain, findings)
}

fn read(
    name: &str,
    named_at: Option<Place>,
    load: Load,
    chain: &mut Vec<String>,
    findings: &mut Findings,
) -> Option<Node> {
    let base = Path::Key(&Path::Top, "base");
    let bytes = match load(name) {
        Ok(bytes) => bytes,
        Err(error) => {
            let message = format!("cannot read {name}: {error}");
            match named_at {
                Some(place) => findings.report(place, &base, message),
                None => {
                    let source = findings.add_source(name, "");
                    let message = format!("cannot be read: {error}");
                    findings.report(Place::new(source, 0, 0), &Path::Top, message);
                }
            }
            findings.mark_unreadable();
            return None;
        }
    };
    chain.push(normal(name));
    let mut node = parse(name, &bytes, findings)?;
    let Value::Object(members) = &mut node.value else {
        let message = format!("expected a scenario, an object; found {}", node.describe());
        findings.report(node.place, &Path::Top, message);
        return None;
    };
    let Some(at) = members.iter().position(|m| m.key == "base" && m.node.as_text().is_some())
    else {
        return Some(node);
    };
    let named = members.remove(at).node;
    let below = normal(&beside(name, named.as_text().unwrap_or_default()));
    if chain.contains(&below) {
        let message = format!("{below} starts from this file: a circle");
        findings.report(named.place, &base, message);
        return None;
    }
    if chain.len() == LONGEST_CHAIN {
        let message = format!("expected at most {LONGEST_CHAIN} files in a chain of bases");
        findings.report(named.place, &base, message);
        return None;
    }
    let below = read(&below, Some(named.place), load, chain, findings)?;
    Some(merge(&Kind::Object(&TOP), &below, &node))
}

/// The file `base` in the folder of the file `name`.
pub(crate) fn beside(name: &str, base: &str) -> String {
    let is_absolute = base.starts_with(['/', '\\']) || base.get(1..2) == Some(":");
    match name.rfind(['/', '\\']) {
        Some(slash) if !is_absolute => format!("{}{base}", &name[..=slash]),
        _ => base.to_string(),
    }
}

/// The same name without `.` and `x/..`, so that a file is known again.
pub(crate) fn normal(name: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in name.split('/') {
        match part {
            "." => {}
            ".." if parts.last().is_some_and(|last| !last.is_empty() && *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The name of a file without folder and ending.
pub(crate) fn stem(name: &str) -> &str {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    match file.rfind('.') {
        Some(dot) if dot > 0 => &file[..dot],
        _ => file,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_lies_beside_the_file_that_names_it() {
        assert_eq!(beside("a/b/c.json", "d.json"), "a/b/d.json");
        assert_eq!(normal(&beside("a/b/c.json", "../d.json")), "a/d.json");
        assert_eq!(normal("./x/./y.json"), "x/y.json");
        assert_eq!(normal("../../y.json"), "../../y.json");
        assert_eq!(beside("c.json", "d.json"), "d.json");
        assert_eq!(beside("a/c.json", "/d.json"), "/d.json");
    }

    #[test]
    fn the_stem_of_a_file_names_the_scenario() {
        assert_eq!(stem("scenarios/incidents/chat-38min.json"), "chat-38min");
        assert_eq!(stem("x"), "x");
        assert_eq!(stem(".json"), ".json");
    }
}
