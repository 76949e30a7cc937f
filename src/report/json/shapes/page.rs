//! The page docs/json.md.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::{Kind, OUTPUTS, Shape};

const INTRODUCTION: &str = "\
# What the command writes for programs

<!-- Made from the table in src/report/json/shapes; do not edit. -->

With `--format json` every command prints one JSON value to standard output and nothing else; progress and
remarks go to standard error, and the exit code says the answer too ([the command line](cli.md)). Times are
in seconds, sizes in bytes, rates per second, shares from 0 to 1 (these are the base units); seeds and digests
are texts. A number that does not exist is `null`, and the tables say what that means. Keys may be added in
later versions; none changes its meaning within a format.

The series of a run are in `timeseries.csv` ([metrics](metrics.md)), those of a sweep in `points.csv`: one row a
setting, the columns named as in `points.jsonl`.

| written by | what stands there |
|---|---|
";

/// The page: every output, then every object with its keys.
pub fn page() -> String {
    let mut page = INTRODUCTION.to_string();
    for output in OUTPUTS {
        let form = match output.form {
            super::Form::Once => "",
            super::Form::List => "a list of ",
            super::Form::Lines => "on each line ",
        };
        line(&mut page, &format!("| {} | {form}{} |", output.of, link(output.shape)));
    }
    each(|shape| section(&mut page, shape));
    page
}

/// Visits every object once, in the order of the outputs, each followed by what stands in it.
pub fn each(mut visit: impl FnMut(&'static Shape)) {
    let mut begun = BTreeSet::new();
    // What is still to come, the next one last.
    let mut next: Vec<&'static Shape> = OUTPUTS.iter().rev().map(|output| output.shape).collect();
    while let Some(shape) = next.pop() {
        if begun.insert(shape.name) {
            visit(shape);
            let mut inside = Vec::new();
            shape.keys.iter().for_each(|key| objects(&key.kind, &mut inside));
            next.extend(inside.into_iter().rev());
        }
    }
}

fn objects(kind: &Kind, found: &mut Vec<&'static Shape>) {
    match kind {
        Kind::One(shape) => found.push(shape),
        Kind::Many(of) | Kind::Named(_, of) => objects(of, found),
        Kind::Either(kinds) => kinds.iter().for_each(|kind| objects(kind, found)),
        _ => {}
    }
}

fn section(page: &mut String, shape: &Shape) {
    line(page, &format!("\n## {}\n\n{}\n", shape.name, shape.doc));
    line(page, "| key | what stands there | meaning |");
    line(page, "|---|---|---|");
    for key in shape.keys {
        let mut kind = said(&key.kind);
        if !key.null.is_empty() {
            write!(kind, "; `null`: {}", key.null).expect("a text can be written");
        }
        let only = if key.only.is_empty() { "" } else { "Only if " };
        let sep = if key.only.is_empty() { "" } else { ". " };
        let (name, doc) = (key.name, key.doc);
        line(page, &format!("| `{name}` | {kind} | {only}{}{sep}{doc} |", key.only));
    }
    if !shape.rest.is_empty() {
        line(page, &format!("| others | a number | {} |", shape.rest));
    }
}

fn said(kind: &Kind) -> String {
    match kind {
        Kind::Number(unit) => format!("a number ({unit})"),
        Kind::OrNever(unit) => format!("a number ({unit}) or `\"never\"`"),
        Kind::Text => "a text".to_string(),
        Kind::Flag => "`true` or `false`".to_string(),
        Kind::Word(words) => {
            words.iter().map(|word| format!("`\"{word}\"`")).collect::<Vec<_>>().join(", ")
        }
        Kind::One(shape) => link(shape),
        Kind::Many(of) => format!("a list: {}", said(of)),
        Kind::Named(what, of) => format!("by {what}: {}", said(of)),
        Kind::Either(kinds) => kinds.iter().map(said).collect::<Vec<_>>().join(" or "),
        Kind::Any => "any JSON".to_string(),
    }
}

fn link(shape: &Shape) -> String {
    format!("[{}](#{})", shape.name, shape.name.replace(' ', "-"))
}

fn line(page: &mut String, line: &str) {
    writeln!(page, "{line}").expect("a text can be written");
}
