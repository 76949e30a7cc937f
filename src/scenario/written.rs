//! A scenario as a text again: what was read from files and the command line, merged.

use super::meant::Scenario;
use super::tree::{Member, Node, Value};

impl Scenario {
    /// The scenario as it was written, with its base files and the settings of the command line in it, as
    /// JSON; without its claims, alternatives and alerts. `None` when it was not read from a file.
    pub fn written(&self) -> Option<String> {
        let origin = self.origin.as_ref()?;
        let mut out = String::new();
        write(origin.written(), 0, &mut out);
        Some(out)
    }
}

/// Characters of a line at most, where a value stands on one.
const LINE: usize = 76;

/// A value; what is short stands on one line.
fn write(node: &Node, depth: usize, out: &mut String) {
    let (ends, parts) = parts(node);
    let Some((open, close)) = ends.filter(|_| !parts.is_empty()) else {
        return out.push_str(&scalar(node));
    };
    let mut line = String::new();
    if depth > 0 && on_one_line(node, LINE.saturating_sub(2 * depth), &mut line) {
        return out.push_str(&line);
    }
    let indent = |depth: usize, out: &mut String| {
        out.push('\n');
        (0..depth).for_each(|_| out.push_str("  "));
    };
    out.push(open);
    for (index, (key, part)) in parts.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        indent(depth + 1, out);
        out.push_str(&key);
        write(part, depth + 1, out);
    }
    indent(depth, out);
    out.push(close);
}

/// Whether the value fits into a line of `most` characters; then it is added to `out`.
fn on_one_line(node: &Node, most: usize, out: &mut String) -> bool {
    let (ends, parts) = parts(node);
    let Some((open, close)) = ends.filter(|_| !parts.is_empty()) else {
        out.push_str(&scalar(node));
        return out.len() <= most;
    };
    let space = if open == '{' { " " } else { "" };
    out.push_str(&format!("{open}{space}"));
    for (index, (key, part)) in parts.into_iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        out.push_str(&key);
        if !on_one_line(part, most, out) {
            return false;
        }
    }
    out.push_str(&format!("{space}{close}"));
    out.len() <= most
}

/// How a value with parts begins and ends, and its parts, each after its key.
type Parts<'a> = (Option<(char, char)>, Vec<(String, &'a Node)>);

fn parts(node: &Node) -> Parts<'_> {
    match &node.value {
        Value::Object(members) => {
            let part = |member| {
                let Member { key, node, .. }: &Member = member;
                (format!("{}: ", text(key)), node)
            };
            (Some(('{', '}')), members.iter().map(part).collect())
        }
        Value::List(items) => {
            (Some(('[', ']')), items.iter().map(|item| (String::new(), item)).collect())
        }
        _ => (None, Vec::new()),
    }
}

fn scalar(node: &Node) -> String {
    match &node.value {
        Value::Object(_) => "{}".to_string(),
        Value::List(_) => "[]".to_string(),
        Value::Text(value) => text(value),
        Value::Number(value) => value.to_string(),
        Value::Flag(value) => value.to_string(),
        Value::Unreadable => text(""),
    }
}

/// A text in quotes, as JSON has it.
fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use crate::scenario::read;

    const FILE: &str = r#"{
  "format": 1, // a remark
  "about": { "title": "A \"shop\"" },
  "duration": "1min",
  "servers": { "redis": { "preset": "redis-8.0", "maxclients": 100 } },
  "fleets": { "shop": {
    "arrivals": { "even": { "rate": "10/s" } },
    "connections": { "main": { "pooled": { "max": 5 } } },
    "steps": [ { "call": { "server": "redis", "through": "main" } } ]
  } },
  "claims": [ { "id": "C1", "says": "x", "source": "y", "verdict": "not_testable" } ]
}"#;

    /// What is written reads as the same settings, and has what the command line set.
    #[test]
    fn a_scenario_written_again_reads_the_same() {
        let load = |_: &str| Ok(FILE.as_bytes().to_vec());
        let set = [("servers.redis.timeout".to_string(), "5min".to_string())];
        let scenario = read("shop.json", &load, &set).unwrap();
        let text = scenario.written().unwrap();
        assert!(text.contains(r#""timeout": "5min""#) && !text.contains("claims"), "{text}");
        let load = |_: &str| Ok(text.clone().into_bytes());
        let again = read("shop.json", &load, &[]).unwrap();
        assert_eq!(again.settings, scenario.settings);
        assert_eq!(again.about.title, "A \"shop\"");
        assert_eq!(again.written().unwrap(), text);
    }
}
