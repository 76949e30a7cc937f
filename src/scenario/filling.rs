//! What stands where nothing good was written: defaults, presets, and stand-ins after a problem.

use super::check::complete;
use super::problems::{Findings, Place};
use super::table::{Fallback, Kind};
use super::tree::{Member, Node, Path, Value};

/// A value from JSON text of the table or of a preset; its place is that of what it stands for.
pub(crate) fn from_json(json: &str, place: Place) -> Node {
    let value = serde_json::from_str(json).expect("the values of the table are JSON");
    from_value(&value, place)
}

/// The same from parsed JSON.
pub(crate) fn from_value(value: &serde_json::Value, place: Place) -> Node {
    let value = match value {
        serde_json::Value::Null => unreachable!("no table and no preset holds null"),
        serde_json::Value::Bool(flag) => Value::Flag(*flag),
        serde_json::Value::Number(number) => Value::Number(number.as_f64().unwrap_or(0.0)),
        serde_json::Value::String(text) => Value::Text(text.clone()),
        serde_json::Value::Array(items) => {
            Value::List(items.iter().map(|item| from_value(item, place)).collect())
        }
        serde_json::Value::Object(map) => {
            let member = |(key, value): (&String, &serde_json::Value)| Member {
                key: key.clone(),
                place,
                node: from_value(value, place),
            };
            Value::Object(map.iter().map(member).collect())
        }
    };
    Node { place, value }
}

/// Something of kind `kind`, to go on with after a problem.
pub(crate) fn placeholder(kind: &Kind, place: Place) -> Node {
    let text = |text: &str| Node::text(text, place);
    match kind {
        Kind::Text(..) | Kind::Reference(_) | Kind::Name | Kind::Preset(_) => text(""),
        Kind::Instant => text("1970-01-01T00:00:00Z"),
        Kind::Flag => Node { place, value: Value::Flag(false) },
        Kind::Count(low, _) | Kind::CountOrNone(low, _) => {
            Node { place, value: Value::Number(*low as f64) }
        }
        Kind::Number(low, _) => Node { place, value: Value::Number(*low) },
        Kind::Measured => Node { place, value: Value::Unreadable },
        Kind::Share => Node { place, value: Value::Number(0.0) },
        Kind::Span(low, _) | Kind::SpanOrNone(low, _) => text(&crate::units::duration(*low)),
        Kind::Rate(..) => text("0/s"),
        Kind::Bytes(low, _) => text(&format!("{low}B")),
        Kind::Words(words) => text(words[0].0),
        Kind::Bare => text("none"),
        Kind::Settings | Kind::Notes | Kind::Named(..) => Node::empty(place),
        Kind::List(..) => Node { place, value: Value::List(Vec::new()) },
        Kind::Object(ty) => {
            let mut node = Node::empty(place);
            for row in ty.keys {
                match row.default {
                    Fallback::Required => node.put(row.name, placeholder(&row.kind, place)),
                    Fallback::Absent(_) => {}
                    Fallback::Value(json) => {
                        let default = from_json(json, place);
                        let mut unheard = Findings::default();
                        node.put(row.name, complete(&row.kind, &default, &Path::Top, &mut unheard));
                    }
                }
            }
            node
        }
        Kind::Choice(choice) => {
            let row = &choice.variants[0];
            match row.kind {
                Kind::Bare => text(row.name),
                kind => {
                    let mut node = Node::empty(place);
                    node.put(row.name, placeholder(&kind, place));
                    node
                }
            }
        }
    }
}
