//! The page of presets.

use std::fmt::Write;

use crate::scenario::presets::{Preset, presets};

const INTRODUCTION: &str = "\
# Presets

<!-- Made from the files in src/scenario/presets; do not edit. -->

Published servers, hosting plans, client libraries and policies with the values they come with, each with its
source. `\"preset\": \"NAME\"` takes them all; a key written beside it goes before. `highwater presets NAME` shows the
same in the terminal. What the keys mean: [Scenario files](scenario-reference.md).
";

/// The page `docs/presets.md`: an index by kind, then every preset with its values and sources.
pub fn presets_page() -> String {
    let mut page = INTRODUCTION.to_string();
    // They come sorted by kind.
    for same in presets().chunk_by(|one, other| one.kind == other.kind) {
        let links = same.iter().map(|preset| link(preset.name)).collect::<Vec<_>>().join(", ");
        let kind = same.first().map_or("", |preset| preset.kind.plural());
        line(&mut page, &format!("\nThe {kind}: {links}."));
    }
    presets().iter().for_each(|preset| section(&mut page, preset));
    page
}

fn section(page: &mut String, preset: &Preset) {
    let base = preset.base.iter().map(|base| format!(", starts from {}", link(base)));
    let base: String = base.collect();
    let (name, kind, about) = (preset.name, preset.kind.name(), &preset.about);
    line(page, &format!("\n## {name}\n\nA preset of kind {kind}{base}. {about}\n"));
    line(page, "| key | value | source |\n|---|---|---|");
    for (key, value, source) in &preset.values {
        line(page, &format!("| `{key}` | `{}` | {} |", cell(value), cell(source)));
    }
}

/// What would end a cell does not.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// A link to a section; dots are no part of its anchor.
fn link(name: &str) -> String {
    format!("[{name}](#{})", name.replace('.', ""))
}

fn line(page: &mut String, line: &str) {
    writeln!(page, "{line}").expect("a text can be written");
}
