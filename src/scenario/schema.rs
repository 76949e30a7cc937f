//! The JSON Schema of scenario files (draft 2020-12), made from the table of keys.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::presets;
use super::scalar::expected;
use super::table::{Choice, Fallback, Key, Kind, TOP, Type};

/// The schema of a scenario file.
///
/// A file that names a base states only what differs, so nothing is required in it except inside
/// of lists, which replace those of the base.
///
/// ```
/// let schema = highwater::scenario::schema();
/// assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
/// assert!(schema["$defs"]["server"]["properties"]["maxclients"]["maximum"].is_u64());
/// ```
pub fn schema() -> Value {
    let mut defs = Defs::default();
    let whole = defs.object(&TOP, Extent::Whole);
    let part = defs.object(&TOP, Extent::Part);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Highwater scenario",
        "description": TOP.doc,
        "if": { "required": ["base"] },
        "then": part,
        "else": whole,
        "$defs": defs.into_sorted(),
    })
}

/// Whether an object stands alone or is laid over the one of a base file.
#[derive(Clone, Copy, PartialEq)]
enum Extent {
    Whole,
    Part,
}

/// The definitions met so far.
#[derive(Default)]
struct Defs {
    defs: Map<String, Value>,
    begun: BTreeSet<String>,
}

impl Defs {
    fn into_sorted(self) -> Map<String, Value> {
        let mut defs: Vec<(String, Value)> = self.defs.into_iter().collect();
        defs.sort_by(|a, b| a.0.cmp(&b.0));
        defs.into_iter().collect()
    }

    /// A reference to the definition `name`, which `make` writes when it is met first.
    fn refer(
        &mut self,
        name: &str,
        extent: Extent,
        make: impl FnOnce(&mut Defs) -> Value,
    ) -> Value {
        let name = match extent {
            Extent::Whole => name.to_string(),
            Extent::Part => format!("{name}.part"),
        };
        if self.begun.insert(name.clone()) {
            let made = make(self);
            self.defs.insert(name.clone(), made);
        }
        json!({ "$ref": format!("#/$defs/{name}") })
    }

    fn object(&mut self, ty: &'static Type, extent: Extent) -> Value {
        self.refer(ty.name, extent, |defs| {
            let mut properties = Map::new();
            for row in ty.keys {
                properties.insert(row.name.to_string(), defs.key(row, extent));
            }
            let required: Vec<&str> = ty
                .keys
                .iter()
                .filter(|row| row.default == Fallback::Required && extent == Extent::Whole)
                .map(|row| row.name)
                .collect();
            let mut object = remarked(properties, ty.doc);
            if !required.is_empty() {
                object["required"] = json!(required);
            }
            if !ty.one_of.is_empty() && extent == Extent::Whole {
                let one = ty.one_of.iter().map(|key| json!({ "required": [key] }));
                object["oneOf"] = Value::Array(one.collect());
            }
            object
        })
    }

    fn choice(&mut self, choice: &'static Choice, extent: Extent) -> Value {
        self.refer(choice.name, extent, |defs| {
            let variant = |row: &'static Key| match row.kind {
                Kind::Bare => json!({ "const": row.name, "description": row.doc }),
                _ => {
                    let mut properties = Map::new();
                    properties.insert(row.name.to_string(), defs.kind(&row.kind, extent));
                    let mut object = remarked(properties, row.doc);
                    object["required"] = json!([row.name]);
                    object
                }
            };
            let variants: Vec<Value> = choice.variants.iter().map(variant).collect();
            json!({ "description": choice.doc, "oneOf": variants })
        })
    }

    /// What may stand under a key, with its meaning, its default and an example.
    fn key(&mut self, row: &Key, extent: Extent) -> Value {
        let mut schema = self.kind(&row.kind, extent);
        schema["description"] = json!(format!("{} Expected: {}.", row.doc, expected(&row.kind)));
        if let Fallback::Value(default) = row.default {
            schema["default"] = parsed(default);
        }
        schema["examples"] = json!([parsed(row.example)]);
        schema
    }

    fn kind(&mut self, kind: &Kind, extent: Extent) -> Value {
        match kind {
            Kind::Object(ty) => self.object(ty, extent),
            Kind::Choice(choice) => self.choice(choice, extent),
            Kind::List(of, fewest, most) => json!({
                "type": "array", "minItems": fewest, "maxItems": most,
                "items": self.kind(of, Extent::Whole),
            }),
            Kind::Named(of, fewest, most) => {
                let mut object = remarked(Map::new(), "By name.");
                object["propertyNames"] = json!({ "pattern": NAME });
                object["additionalProperties"] = self.kind(of, extent);
                let fewest = if extent == Extent::Whole { *fewest } else { 0 };
                object["minProperties"] = json!(fewest);
                object["maxProperties"] = json!(most + REMARKS);
                object
            }
            kind => simple(kind),
        }
    }
}

const NAME: &str = "^[A-Za-z0-9_-]{1,64}$";
const SPAN: &str = "^([0-9.]+ ?[A-Za-zµ]+ ?)+$";
const RATE: &str = "^[0-9.]+ ?/ ?[A-Za-zµ]+$";
const BYTES: &str = "^[0-9.]+ ?([kKMGT]?B|[KMGT]iB)$";
const PERCENT: &str = "^[0-9.]+ ?%$";
/// The keys `note` and `notes`.
const REMARKS: usize = 2;

/// An object with these properties and those of every object, and no others.
fn remarked(mut properties: Map<String, Value>, doc: &str) -> Value {
    let texts = json!({ "type": "object", "additionalProperties": { "type": "string" } });
    properties.insert("note".to_string(), json!({ "type": "string" }));
    properties.insert("notes".to_string(), texts);
    json!({
        "type": "object", "description": doc, "properties": properties,
        "additionalProperties": false,
    })
}

fn simple(kind: &Kind) -> Value {
    let or_none = |schema: Value| json!({ "anyOf": [schema, { "const": "none" }] });
    let text = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    let whole =
        |low: &u64, high: &u64| json!({ "type": "integer", "minimum": low, "maximum": high });
    match kind {
        Kind::Text(shortest, longest) => {
            json!({ "type": "string", "minLength": shortest, "maxLength": longest })
        }
        Kind::Name => text(NAME),
        Kind::Preset(preset) => json!({ "enum": presets::names(*preset).collect::<Vec<_>>() }),
        Kind::Instant => json!({ "type": "string", "format": "date-time" }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Count(low, high) => whole(low, high),
        Kind::CountOrNone(low, high) => or_none(whole(low, high)),
        Kind::Number(low, high) => json!({ "type": "number", "minimum": low, "maximum": high }),
        Kind::Span(..) => text(SPAN),
        Kind::SpanOrNone(..) => or_none(text(SPAN)),
        Kind::Rate(..) => text(RATE),
        Kind::Bytes(..) => text(BYTES),
        Kind::Share => {
            json!({ "anyOf": [{ "type": "number", "minimum": 0, "maximum": 1 }, text(PERCENT)] })
        }
        Kind::Words(words) => {
            json!({ "enum": words.iter().map(|(word, _)| *word).collect::<Vec<_>>() })
        }
        Kind::Measured => json!({ "type": ["number", "string"] }),
        Kind::Settings => json!({ "type": "object" }),
        Kind::Reference(_) => json!({ "type": "string" }),
        Kind::Bare | Kind::Notes => json!({}),
        Kind::Object(_) | Kind::Choice(_) | Kind::Named(..) | Kind::List(..) => {
            unreachable!("composite kinds have definitions of their own")
        }
    }
}

/// JSON of the table.
fn parsed(json: &str) -> Value {
    serde_json::from_str(json).expect("the values of the table are JSON")
}
