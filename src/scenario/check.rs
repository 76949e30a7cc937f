//! The walk of the tree against the table: every key known, every value of its kind, presets and
//! defaults filled in. What comes out is complete and valid whatever went in, so that the reading
//! after it cannot fail and every problem of a file is found at once.

use super::filling::{from_json, from_value, placeholder};
use super::hints::{all, either, nearest};
use super::merge::{is_note, merge, tag_of};
use super::presets;
use super::problems::{Findings, Place};
use super::scalar::{self, Mismatch};
use super::table::{Choice, Fallback, Key, Kind, Type};
use super::tree::{Member, Node, Path, Value};

/// A complete and valid tree of kind `kind` made from `node`; what is wrong is reported and
/// replaced by something that fits.
pub(crate) fn complete(kind: &Kind, node: &Node, path: &Path, findings: &mut Findings) -> Node {
    match kind {
        _ if node.value == Value::Unreadable => placeholder(kind, node.place),
        Kind::Object(ty) => object(ty, node, path, findings),
        Kind::Choice(choice) => self::choice(choice, node, path, findings),
        Kind::Named(of, fewest, most) => named(of, (*fewest, *most), node, path, findings),
        Kind::List(of, fewest, most) => list(of, (*fewest, *most), node, path, findings),
        Kind::Settings => match node.members() {
            Some(_) => node.clone(),
            None => replaced(kind, node, path, findings),
        },
        _ => match scalar::check(kind, node) {
            Ok(()) => node.clone(),
            Err(mismatch) => {
                report(mismatch, node, path, findings);
                placeholder(kind, node.place)
            }
        },
    }
}

fn report(mismatch: Mismatch, node: &Node, path: &Path, findings: &mut Findings) {
    let message = format!("expected {}; found {}", mismatch.expected, node.describe());
    findings.report_with(node.place, path, message, mismatch.hint);
}

/// Reports that `node` is not of kind `kind`, and answers something that is.
fn replaced(kind: &Kind, node: &Node, path: &Path, findings: &mut Findings) -> Node {
    let mismatch = Mismatch { expected: scalar::expected(kind), hint: None };
    report(mismatch, node, path, findings);
    placeholder(kind, node.place)
}

/// The first byte of an object: where a missing key is reported.
fn opening(place: Place) -> Place {
    Place { end: place.end.min(place.start + 1), ..place }
}

fn object(ty: &'static Type, node: &Node, path: &Path, findings: &mut Findings) -> Node {
    let Some(written) = node.members() else {
        return replaced(&Kind::Object(ty), node, path, findings);
    };
    notes(written, path, findings);
    unknown_keys(ty, written, path, findings);
    one_of(ty, node, path, findings);
    let with_preset = preset_of(ty, node).map(|preset| merge(&Kind::Object(ty), &preset, node));
    let source = with_preset.as_ref().unwrap_or(node);
    let mut members = Vec::with_capacity(ty.keys.len());
    for row in ty.keys {
        let path = Path::Key(path, row.name);
        let member = source.members().unwrap_or_default().iter().find(|m| m.key == row.name);
        let completed = match (member, row.default) {
            (Some(member), _) => complete(&row.kind, &member.node, &path, findings),
            (None, Fallback::Absent(_)) => continue,
            (None, Fallback::Value(json)) => {
                complete(&row.kind, &from_json(json, node.place), &path, findings)
            }
            (None, Fallback::Required) => {
                let message =
                    format!("this key is missing; expected {}", scalar::expected(&row.kind));
                let hint = Some(format!("for example \"{}\": {}", row.name, row.example));
                findings.report_with(opening(node.place), &path, message, hint);
                placeholder(&row.kind, node.place)
            }
        };
        let place = member.map_or(node.place, |member| member.place);
        members.push(Member { key: row.name.to_string(), place, node: completed });
    }
    Node { place: node.place, value: Value::Object(members) }
}

/// The values of the preset that an object names, at the place of the name.
fn preset_of(ty: &Type, node: &Node) -> Option<Node> {
    let name = node.find("preset")?;
    let preset = presets::find(ty.preset?, name.as_text()?)?;
    Some(from_value(&preset.tree, name.place))
}

fn notes(members: &[Member], path: &Path, findings: &mut Findings) {
    const LONGEST: usize = 4000;
    for member in members.iter().filter(|member| is_note(&member.key)) {
        let path = Path::Key(path, &member.key);
        if member.key == "note" {
            complete(&Kind::Text(0, LONGEST), &member.node, &path, findings);
            continue;
        }
        let Some(texts) = member.node.members() else {
            replaced(&Kind::Notes, &member.node, &path, findings);
            continue;
        };
        for text in texts {
            let path = Path::Key(&path, &text.key);
            complete(&Kind::Text(0, LONGEST), &text.node, &path, findings);
        }
    }
}

fn unknown_keys(ty: &Type, members: &[Member], path: &Path, findings: &mut Findings) {
    for member in members {
        if ty.key(&member.key).is_some() || is_note(&member.key) {
            continue;
        }
        let known = || ty.keys.iter().map(|row| row.name);
        let hint = (!findings.is_full()).then(|| {
            nearest(&member.key, known())
                .unwrap_or_else(|| format!("the keys here are {}", all(known())))
        });
        findings.report_with(member.place, &Path::Key(path, &member.key), "unknown key", hint);
    }
}

fn one_of(ty: &Type, node: &Node, path: &Path, findings: &mut Findings) {
    if ty.one_of.is_empty() {
        return;
    }
    let written: Vec<&str> =
        ty.one_of.iter().copied().filter(|key| node.find(key).is_some()).collect();
    let names = either(ty.one_of.iter().copied());
    let message = match written.as_slice() {
        [_] => return,
        [] => format!("expected exactly one of {names}; found none of them"),
        [first, second, ..] => {
            format!("expected exactly one of {names}; found {first:?} and {second:?}")
        }
    };
    findings.report(opening(node.place), path, message);
}

fn choice(choice: &'static Choice, node: &Node, path: &Path, findings: &mut Findings) -> Node {
    match variant_of(choice, node) {
        Ok((row, member)) => {
            notes(node.members().unwrap_or_default(), path, findings);
            let Some(member) = member else { return node.clone() };
            let node_of = complete(&row.kind, &member.node, &Path::Key(path, row.name), findings);
            let member = Member { node: node_of, ..member.clone() };
            Node { place: node.place, value: Value::Object(vec![member]) }
        }
        Err((place, mismatch, found)) => {
            let message = format!("expected {}; found {found}", mismatch.expected);
            findings.report_with(place, path, message, mismatch.hint);
            placeholder(&Kind::Choice(choice), node.place)
        }
    }
}

type Variant<'n> = (&'static Key, Option<&'n Member>);

/// The variant that `node` chooses and its content, or what is wrong with it.
fn variant_of<'n>(
    choice: &'static Choice,
    node: &'n Node,
) -> Result<Variant<'n>, (Place, Mismatch, String)> {
    let expected = format!("{} ({})", scalar::expected(&Kind::Choice(choice)), choice.name);
    let refuse = |place, hint, found| Err((place, Mismatch { expected, hint }, found));
    let known = || choice.variants.iter().map(|row| row.name);
    match (&node.value, tag_of(node)) {
        (Value::Text(word), _) => match choice.variant(word) {
            Some(row) if matches!(row.kind, Kind::Bare) => Ok((row, None)),
            Some(row) => {
                let hint = Some(format!("write {{\"{}\": {}}}", row.name, row.example));
                refuse(node.place, hint, format!("{word:?} without its settings"))
            }
            None => {
                let hint = wrapped(choice, node).or_else(|| nearest(word, known()));
                refuse(node.place, hint, node.describe())
            }
        },
        (Value::Object(members), Some(tag)) => {
            let member = members.iter().find(|member| member.key == tag);
            match (choice.variant(tag), member) {
                (Some(Key { kind: Kind::Bare, name, .. }), _) => {
                    refuse(node.place, Some(format!("write {name:?}")), "an object".to_string())
                }
                (Some(row), Some(member)) => Ok((row, Some(member))),
                _ => {
                    let place = member.map_or(node.place, |member| member.place);
                    refuse(place, nearest(tag, known()), format!("{tag:?}"))
                }
            }
        }
        (Value::Object(members), None) => {
            let tags: Vec<&str> =
                members.iter().map(|member| member.key.as_str()).filter(|k| !is_note(k)).collect();
            let found = match tags.as_slice() {
                [first, second, ..] => format!("{first:?} and {second:?} together"),
                _ => "an object without any of them".to_string(),
            };
            refuse(opening(node.place), None, found)
        }
        _ => refuse(node.place, wrapped(choice, node), node.describe()),
    }
}

/// The advice to wrap a plain value: `"1ms"` becomes `{"constant": "1ms"}`.
fn wrapped(choice: &'static Choice, node: &Node) -> Option<String> {
    let row = choice.variants.iter().find(|row| {
        let simple = matches!(row.kind, Kind::Span(..) | Kind::Rate(..));
        simple && scalar::check(&row.kind, node).is_ok()
    })?;
    Some(format!("write {{\"{}\": {}}}", row.name, node.describe()))
}

fn named(
    of: &'static Kind,
    (fewest, most): (usize, usize),
    node: &Node,
    path: &Path,
    findings: &mut Findings,
) -> Node {
    let Some(written) = node.members() else {
        return replaced(&Kind::Named(of, fewest, most), node, path, findings);
    };
    notes(written, path, findings);
    let mut members = Vec::new();
    for member in written.iter().filter(|member| !is_note(&member.key)) {
        let path = Path::Key(path, &member.key);
        if !scalar::is_name(&member.key) {
            let message = format!("expected {}", scalar::expected(&Kind::Name));
            findings.report(member.place, &path, message);
        }
        if members.len() == most {
            let message = format!("expected at most {most} of them; found more");
            findings.report(member.place, &path, message);
            break;
        }
        let node = complete(of, &member.node, &path, findings);
        members.push(Member { node, ..member.clone() });
    }
    if members.len() < fewest {
        let message = format!("expected at least {fewest} of them; found {}", members.len());
        findings.report(opening(node.place), path, message);
    }
    Node { place: node.place, value: Value::Object(members) }
}

fn list(
    of: &'static Kind,
    (fewest, most): (usize, usize),
    node: &Node,
    path: &Path,
    findings: &mut Findings,
) -> Node {
    let kind = Kind::List(of, fewest, most);
    let Some(items) = node.items() else {
        return replaced(&kind, node, path, findings);
    };
    if !(fewest..=most).contains(&items.len()) {
        let message = format!("expected {}; found {}", scalar::expected(&kind), items.len());
        findings.report(opening(node.place), path, message);
    }
    let items = items.iter().take(most).enumerate();
    let items = items.map(|(index, item)| complete(of, item, &Path::Item(path, index), findings));
    Node { place: node.place, value: Value::List(items.collect()) }
}
