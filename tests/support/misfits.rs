//! Holds what a command has printed against the table behind docs/json.md.

use std::collections::BTreeSet;

use serde_json::Value;

use highwater::report::json::shapes::{Form, Kind, OUTPUTS, Shape};

/// What was seen: the keys as `shape.key`.
pub type Seen = BTreeSet<String>;

/// Everything in `value` that the table does not say of the output `name`, with its path. What is seen is
/// added to `seen`.
pub fn misfits(name: &str, value: &Value, seen: &mut Seen) -> Vec<String> {
    let Some(output) = OUTPUTS.iter().find(|output| output.name == name) else {
        return vec![format!("there is no output {name}")];
    };
    let mut walk = Walk { seen, found: Vec::new() };
    match (output.form, value) {
        (Form::List, Value::Array(all)) => {
            all.iter().for_each(|one| walk.object(name, output.shape, one));
        }
        _ => walk.object(name, output.shape, value),
    }
    walk.found
}

struct Walk<'a> {
    seen: &'a mut Seen,
    found: Vec<String>,
}

impl Walk<'_> {
    fn object(&mut self, path: &str, shape: &Shape, value: &Value) {
        let Value::Object(object) = value else {
            self.found.push(format!("{path}: not an object but {value}"));
            return;
        };
        for key in shape.keys {
            match object.get(key.name) {
                None if key.only.is_empty() => {
                    self.found.push(format!("{path}: has no {}", key.name));
                }
                None => {}
                Some(value) => {
                    self.seen.insert(format!("{}.{}", shape.name, key.name));
                    self.value(&format!("{path}.{}", key.name), &key.kind, key.null, value);
                }
            }
        }
        for (name, value) in object {
            let is_known = shape.keys.iter().any(|key| key.name == name);
            if !is_known && (shape.rest.is_empty() || !value.is_number()) {
                self.found.push(format!("{path}: {name} is not in the table"));
            }
        }
    }

    /// `null` at a key may also stand inside its list.
    fn value(&mut self, path: &str, kind: &Kind, null: &str, value: &Value) {
        let fits = match (kind, value) {
            (_, Value::Null) => !null.is_empty(),
            (Kind::One(shape), value) => return self.object(path, shape, value),
            (Kind::Many(of), Value::Array(all)) => {
                return all.iter().for_each(|one| self.value(&format!("{path}[]"), of, null, one));
            }
            (Kind::Named(_, of), Value::Object(all)) => {
                let each = |(name, one)| self.value(&format!("{path}.{name}"), of, null, one);
                return all.iter().for_each(each);
            }
            (Kind::Either(kinds), value) => {
                return self.either(path, kinds, null, value);
            }
            (Kind::Number(_), Value::Number(_)) => true,
            (Kind::OrNever(_), value) => value.is_number() || value == "never",
            (Kind::Text, Value::String(_)) | (Kind::Flag, Value::Bool(_)) | (Kind::Any, _) => true,
            (Kind::Word(words), Value::String(word)) => words.contains(&word.as_str()),
            _ => false,
        };
        if !fits {
            self.found.push(format!("{path}: {value} is not {kind:?}"));
        }
    }

    /// The kind with the fewest misfits.
    fn either(&mut self, path: &str, kinds: &[Kind], null: &str, value: &Value) {
        let tries = kinds.iter().map(|kind| {
            let mut seen = Seen::new();
            let mut walk = Walk { seen: &mut seen, found: Vec::new() };
            walk.value(path, kind, null, value);
            (walk.found, seen)
        });
        if let Some((found, seen)) = tries.min_by_key(|(found, _)| found.len()) {
            self.found.extend(found);
            self.seen.extend(seen);
        }
    }
}
