//! Presets: the values of published servers and client libraries, each with its source.

use std::sync::LazyLock;

use serde_json::Value;

use super::table::PresetKind;

/// A named set of values.
#[derive(Clone, Debug)]
pub struct Preset {
    /// Its name: `redis-8.0`.
    pub name: &'static str,
    /// What it describes.
    pub kind: PresetKind,
    /// One or two sentences: what it is, and what it cannot say.
    pub about: String,
    /// The preset it starts from.
    pub base: Option<String>,
    /// Every value, those of the base included: its key (dots for keys inside keys), the value as
    /// JSON, its source.
    pub values: Vec<(String, String, String)>,
    /// The values as the object that the key `preset` stands in.
    pub(crate) tree: Value,
}

/// All presets: servers first, each kind in the order of names and versions.
pub fn presets() -> &'static [Preset] {
    static PRESETS: LazyLock<Vec<Preset>> = LazyLock::new(|| {
        FILES.iter().map(|(name, kind, text)| preset(name, *kind, text)).collect()
    });
    &PRESETS
}

/// The preset `name` that may stand where one of kind `kind` is asked for.
pub(crate) fn find(kind: PresetKind, name: &str) -> Option<&'static Preset> {
    presets().iter().find(|preset| preset.kind.is_a(kind) && preset.name == name)
}

/// The names of all presets that may stand where one of kind `kind` is asked for.
pub(crate) fn names(kind: PresetKind) -> impl Iterator<Item = &'static str> {
    presets().iter().filter(move |preset| preset.kind.is_a(kind)).map(|preset| preset.name)
}

macro_rules! files {
    ($($kind:ident $name:literal),* $(,)?) => {
        &[$(($name, PresetKind::$kind, include_str!(concat!("presets/", $name, ".json")))),*]
    };
}

const FILES: &[(&str, PresetKind, &str)] = files![
    Server "redis-6.2",
    Server "redis-7.0",
    Server "redis-7.2",
    Server "redis-7.4",
    Server "redis-8.0",
    Server "valkey-7.2",
    Server "valkey-8.0",
    Server "valkey-8.1",
    Pool "bb8-0.9",
    Pool "commons-pool-2",
    Pool "deadpool-0.12",
    Pool "deadpool-0.13",
    Pool "go-redis-9",
    Pool "hikaricp-6",
    Pool "mobc-0.9",
    Pool "pg-pool-3",
    Pool "r2d2-0.8",
];

fn preset(name: &'static str, kind: PresetKind, text: &str) -> Preset {
    let file: Value = serde_json::from_str(text).expect("an embedded preset is JSON");
    let about = file["about"].as_str().expect("a preset says what it is").to_string();
    let base = file["base"].as_str();
    let base_file = base.map(|base| {
        let found = FILES.iter().find(|(name, ..)| *name == base);
        let (name, kind, text) = found.expect("the base of a preset is a preset");
        preset(name, *kind, text)
    });
    let (mut values, mut tree) =
        base_file.map_or_else(Default::default, |base| (base.values, base.tree));
    let rows = file["values"].as_object().expect("a preset has values");
    for (key, row) in rows {
        let source = row["source"].as_str().expect("every value of a preset has a source");
        values.retain(|(known, ..)| known != key);
        values.push((key.clone(), row["value"].to_string(), source.to_string()));
        put(&mut tree, key, row["value"].clone());
    }
    Preset { name, kind, about, base: base.map(str::to_string), values, tree }
}

/// Puts a value under a dotted key; objects on the way to it come into being.
fn put(tree: &mut Value, key: &str, value: Value) {
    *key.split('.').fold(tree, |at, part| &mut at[part]) = value;
}
