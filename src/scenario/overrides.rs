//! Settings from the command line: `--set PATH=VALUE`, and those of one side, `--with`.

use super::merge::set;
use super::problems::{Findings, Place};
use super::table::{Kind, TOP};
use super::text::parse_text;
use super::tree::{Member, Node, Path, Value};

/// Where problems of a setting for all are reported.
pub(crate) const SET: &str = "--set";
/// Where problems of a setting of one side are.
pub(crate) const WITH: &str = "--with";

/// Puts every override into the tree, in order; `option` is where they were written.
pub(crate) fn apply(
    written: &mut Node,
    option: &str,
    overrides: &[(String, String)],
    findings: &mut Findings,
) {
    for (path, value) in overrides {
        let source = findings.add_source(option, &format!("{path}={value}"));
        let place = Place::new(source, path.len() + 1, path.len() + 1 + value.len());
        if path == "base" {
            let message = "a base cannot be set here: files have been read by now".to_string();
            let hint = Some("write it into a file of your own".to_string());
            let place = Place::new(source, 0, path.len());
            findings.report_with(place, &Path::Key(&Path::Top, path), message, hint);
            continue;
        }
        let mut changed = written.clone();
        let top = Kind::Object(&TOP);
        let result = set(&top, &mut changed, path, |kind| literal(kind, value, place));
        match result {
            Ok(()) => *written = changed,
            Err(no) => {
                let place = Place::new(source, 0, path.len());
                findings.report_with(place, &Path::Key(&Path::Top, path), no.message, no.hint);
            }
        }
    }
}

/// The value that a text on the command line means where a value of kind `kind` must stand:
/// JSON where that makes sense, and otherwise the text itself, so that nobody has to quote.
pub(crate) fn literal(kind: &Kind, text: &str, place: Place) -> Node {
    let is_text = matches!(
        kind,
        Kind::Text(..) | Kind::Name | Kind::Reference(_) | Kind::Preset(_) | Kind::Words(_)
    );
    if is_text && !text.starts_with('"') {
        return Node::text(text, place);
    }
    let mut unheard = Findings::default();
    let parsed = (text.len() < 1 << 16 && text.matches(['[', '{']).count() < 100)
        .then(|| parse_text(text, 0, &mut unheard))
        .flatten();
    match parsed {
        Some(mut node) if unheard.count() == 0 => {
            moved(&mut node, place);
            node
        }
        _ => Node::text(text, place),
    }
}

/// Gives a tree the one place of the text it came from.
fn moved(node: &mut Node, place: Place) {
    node.place = place;
    match &mut node.value {
        Value::Object(members) => {
            for Member { place: key, node, .. } in members {
                *key = place;
                moved(node, place);
            }
        }
        Value::List(items) => items.iter_mut().for_each(|item| moved(item, place)),
        _ => {}
    }
}
