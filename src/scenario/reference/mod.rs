//! The reference pages: every key of a scenario, every series, every preset.

mod metrics;
mod presets;

pub use metrics::metrics_page;
pub use presets::presets_page;

use std::collections::BTreeSet;
use std::fmt::Write;

use super::scalar::allowed;
use super::table::{Choice, Fallback, Key, Kind, TOP, Type};

/// The page `docs/scenario-reference.md`: every key with what may stand there, its default, its
/// meaning and an example.
pub fn reference() -> String {
    let mut page = Page { text: INTRODUCTION.to_string(), begun: BTreeSet::new() };
    page.object(&TOP);
    page.text
}

const INTRODUCTION: &str = "\
# Scenario files: reference

<!-- Made from the table of keys in src/scenario/table; do not edit. -->

A scenario is one JSON file with comments (`//`, `/* */`) and nothing else loose: no trailing
commas, no duplicate keys, no `null`, no unknown keys; at most 16 MiB, nested at most 128 deep.

- Quantities are texts with their unit: times (`\"38min\"`, `\"1h 30m\"`, `\"250us\"`), rates
  (`\"264/min\"`), sizes (`\"0.62MB\"`, `\"512KiB\"`), shares (`\"5%\"`, or a number from 0 to 1).
- A choice is an object with one key, the variant: `{\"poisson\": {...}}`; a variant without
  settings is a text: `\"none\"`.
- Every object also takes `note`, a text, and `notes`, an object of texts, for sources and reasons.
- With `base` a file states only what differs from another one: objects merge key by key, the same
  variant of a choice merges, and everything else replaces. What is written goes before the values
  of a preset, and these before the defaults.
- Settings by path (`--set`, `set`, `assume`) name a key by all keys above it, joined by dots; items
  of a list count from 0: `fleets.chat.connections.main.pooled.max`, `fleets.chat.steps.0.work`.

The names of series, figures, events and causes: [Metrics](metrics.md). The values of presets:
[Presets](presets.md). How to write one: [the tutorial](tutorial.md).
";

struct Page {
    text: String,
    begun: BTreeSet<&'static str>,
}

impl Page {
    fn line(&mut self, line: &str) {
        writeln!(self.text, "{line}").expect("a text can be written");
    }

    fn object(&mut self, ty: &'static Type) {
        if !self.begun.insert(ty.name) {
            return;
        }
        self.line(&format!("\n## {}\n\n{}\n", ty.name, ty.doc));
        self.line("| key | what may stand there | default | meaning | example |");
        self.line("|---|---|---|---|---|");
        for row in ty.keys {
            let default = match row.default {
                Fallback::Required => "**required**".to_string(),
                Fallback::Absent(means) => format!("none: {means}"),
                Fallback::Value(json) => format!("`{json}`"),
            };
            self.row(row, &default);
        }
        ty.keys.iter().for_each(|row| self.below(&row.kind));
    }

    fn choice(&mut self, choice: &'static Choice) {
        if !self.begun.insert(choice.name) {
            return;
        }
        self.line(&format!("\n## {}\n\n{} One of:\n", choice.name, choice.doc));
        self.line("| variant | its content | meaning | example |");
        self.line("|---|---|---|---|");
        for row in choice.variants {
            let example = match row.kind {
                Kind::Bare => row.example.to_string(),
                _ => format!("{{\"{}\": {}}}", row.name, row.example),
            };
            let (name, doc) = (row.name, meaning(row));
            self.line(&format!("| `{name}` | {} | {doc} | `{example}` |", content(&row.kind)));
        }
        choice.variants.iter().for_each(|row| self.below(&row.kind));
    }

    fn row(&mut self, row: &Key, default: &str) {
        let (name, example) = (row.name, row.example);
        let (content, doc) = (content(&row.kind), meaning(row));
        self.line(&format!("| `{name}` | {content} | {default} | {doc} | `{example}` |"));
    }

    /// The sections of what stands inside.
    fn below(&mut self, kind: &Kind) {
        match kind {
            Kind::Object(ty) => self.object(ty),
            Kind::Choice(choice) => self.choice(choice),
            Kind::Named(of, ..) | Kind::List(of, ..) => self.below(of),
            _ => {}
        }
    }
}

/// What may stand there, with links to the sections of composite kinds.
fn content(kind: &Kind) -> String {
    match kind {
        Kind::Object(ty) => link(ty.name),
        Kind::Choice(choice) => link(choice.name),
        Kind::Named(of, fewest, most) => {
            format!("{} by name, {fewest} to {most} of them", content(of))
        }
        Kind::List(of, fewest, most) => format!("a list of {fewest} to {most}: {}", content(of)),
        Kind::Bare => "nothing".to_string(),
        Kind::Words(words) => {
            words.iter().map(|(word, _)| format!("`\"{word}\"`")).collect::<Vec<_>>().join(", ")
        }
        kind => allowed(kind),
    }
}

fn link(name: &str) -> String {
    format!("[{name}](#{name})")
}

/// The meaning of a key, with that of its words.
fn meaning(row: &Key) -> String {
    let Kind::Words(words) = row.kind else { return row.doc.to_string() };
    let words: Vec<String> = words.iter().map(|(word, doc)| format!("`{word}`: {doc}")).collect();
    format!("{} {}.", row.doc, words.join("; "))
}
