//! Trees laid over trees: base files, presets, and settings by path.

use std::collections::BTreeMap;

use super::hints::{all, nearest};
use super::table::{Choice, Kind, Type};
use super::tree::{Member, Node, Value};

/// `above` laid over `below`: objects merge key by key, the same variant of a choice merges, and
/// everything else replaces.
pub(crate) fn merge(kind: &Kind, below: &Node, above: &Node) -> Node {
    let merged = match kind {
        Kind::Object(ty) => merge_members(below, above, |key| ty.key(key).map(|row| row.kind)),
        Kind::Named(of, ..) => merge_members(below, above, |_| Some(**of)),
        Kind::Notes => merge_members(below, above, |_| None),
        Kind::Choice(choice) if tag_of(below).is_some() && tag_of(below) == tag_of(above) => {
            merge_members(below, above, |key| choice.variant(key).map(|row| row.kind))
        }
        _ => None,
    };
    merged.unwrap_or_else(|| above.clone())
}

/// Both as objects, merged key by key; `None` when one of them is no object.
fn merge_members(
    below: &Node,
    above: &Node,
    kind_of: impl Fn(&str) -> Option<Kind>,
) -> Option<Node> {
    let mut members: Vec<Member> = below.members()?.to_vec();
    let index: BTreeMap<String, usize> =
        members.iter().enumerate().map(|(i, member)| (member.key.clone(), i)).collect();
    for member in above.members()? {
        let Some(&i) = index.get(&member.key) else {
            members.push(member.clone());
            continue;
        };
        let kind = match member.key.as_str() {
            "notes" => Some(Kind::Notes),
            key => kind_of(key),
        };
        let node = match kind {
            Some(kind) => merge(&kind, &members[i].node, &member.node),
            None => member.node.clone(),
        };
        members[i] = Member { node, ..member.clone() };
    }
    Some(Node { place: above.place, value: Value::Object(members) })
}

/// The one key of a choice that is not a note.
pub(crate) fn tag_of(node: &Node) -> Option<&str> {
    let mut tags = node.members()?.iter().filter(|member| !is_note(&member.key));
    match (tags.next(), tags.next()) {
        (Some(only), None) => Some(&only.key),
        _ => None,
    }
}

/// Whether every object takes this key, for remarks.
pub(crate) fn is_note(key: &str) -> bool {
    key == "note" || key == "notes"
}

/// Why a path leads nowhere.
pub(crate) struct NoSuchPath {
    /// What is wrong with it.
    pub message: String,
    /// The nearest path, or what to do.
    pub hint: Option<String>,
}

/// Puts `value` at the dotted `path` below `root`, which is of kind `kind`. The part `+` is a new item
/// at the end of a list.
///
/// `literal` makes the value, once the kind that it must have is known.
///
/// # Errors
///
/// When the path names no key, or a name that the tree does not have. The tree may have been
/// changed on the way.
pub(crate) fn set(
    kind: &Kind,
    root: &mut Node,
    path: &str,
    literal: impl FnOnce(&Kind) -> Node,
) -> Result<(), NoSuchPath> {
    let mut kind = *kind;
    let mut node = root;
    for part in path.split('.') {
        (kind, node) = step(&kind, node, part)?;
    }
    *node = literal(&kind);
    Ok(())
}

/// One part of a path.
fn step<'n>(
    kind: &Kind,
    node: &'n mut Node,
    part: &str,
) -> Result<(Kind, &'n mut Node), NoSuchPath> {
    match kind {
        Kind::Object(ty) => step_key(ty, node, part),
        Kind::Choice(choice) => step_variant(choice, node, part),
        Kind::Named(of, ..) => {
            let known: Vec<&str> = names(node);
            if !known.contains(&part) {
                let hint = nearest(part, known.iter().copied());
                let hint = hint.or_else(|| Some(format!("there is {}", all(known))));
                return Err(NoSuchPath { message: format!("there is no {part:?}"), hint });
            }
            Ok((**of, child(node, part)))
        }
        Kind::List(of, ..) if part == "+" => Ok((**of, added(node))),
        Kind::List(of, ..) => {
            let Value::List(items) = &mut node.value else {
                return Err(nowhere(part, "here, where no list is written"));
            };
            let length = items.len();
            let item = part.parse::<usize>().ok().and_then(|index| items.get_mut(index));
            let item = item
                .ok_or_else(|| nowhere(part, &format!("in a list of {length}, counted from 0")))?;
            Ok((**of, item))
        }
        _ => Err(nowhere(part, "below a single value")),
    }
}

/// A new item at the end of a list, which is made where none is written.
fn added(node: &mut Node) -> &mut Node {
    let place = node.place;
    if !matches!(node.value, Value::List(_)) {
        node.value = Value::List(Vec::new());
    }
    let Value::List(items) = &mut node.value else { unreachable!("it was made a list") };
    items.push(Node::empty(place));
    items.last_mut().expect("an item that was put is there")
}

fn nowhere(part: &str, place: &str) -> NoSuchPath {
    NoSuchPath { message: format!("there is no {part:?} {place}"), hint: None }
}

fn step_key<'n>(
    ty: &'static Type,
    node: &'n mut Node,
    part: &str,
) -> Result<(Kind, &'n mut Node), NoSuchPath> {
    let Some(row) = ty.key(part) else {
        let known = || ty.keys.iter().map(|row| row.name);
        let hint =
            nearest(part, known()).or_else(|| Some(format!("the keys there are {}", all(known()))));
        return Err(NoSuchPath { message: format!("unknown key {part:?}"), hint });
    };
    Ok((row.kind, child(node, part)))
}

fn step_variant<'n>(
    choice: &'static Choice,
    node: &'n mut Node,
    part: &str,
) -> Result<(Kind, &'n mut Node), NoSuchPath> {
    let known = || choice.variants.iter().map(|row| row.name);
    match choice.variant(part) {
        None | Some(super::table::Key { kind: Kind::Bare, .. }) => {
            let hint = nearest(part, known())
                .or_else(|| Some(format!("the variants are {}", all(known()))));
            let message = format!("{part:?} is no variant with settings of {}", choice.name);
            Err(NoSuchPath { message, hint })
        }
        Some(row) => {
            if tag_of(node) != Some(part) {
                *node = Node::empty(node.place);
            }
            Ok((row.kind, child(node, part)))
        }
    }
}

fn names(node: &Node) -> Vec<&str> {
    let members = node.members().unwrap_or_default();
    members.iter().map(|member| member.key.as_str()).filter(|key| !is_note(key)).collect()
}

/// The value of `key`, made an empty object when there is none.
fn child<'n>(node: &'n mut Node, key: &str) -> &'n mut Node {
    if node.find(key).is_none() {
        node.put(key, Node::empty(node.place));
    }
    let position = match &node.value {
        Value::Object(members) => members.iter().position(|member| member.key == key),
        _ => None,
    };
    let position = position.expect("a key that was put is there");
    match &mut node.value {
        Value::Object(members) => &mut members[position].node,
        _ => unreachable!("putting a key makes an object"),
    }
}
