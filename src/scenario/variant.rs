//! A scenario with other settings: what a claim takes for granted, what an alternative changes, the
//! values that a search tries.

use std::fmt;
use std::sync::Arc;

use super::cells::Kept;
use super::check::complete;
use super::mean::label_of;
use super::meant::{Alternative, Scenario};
use super::merge::{is_note, set};
use super::overrides::literal;
use super::problems::Place;
use super::raw::RawScenario;
use super::table::{Kind, TOP};
use super::tree::{Node, Path, Value};

/// Keys that say what to look for, not what happens: a variant of a scenario has none of them.
const ABOUT_THE_RUN: &[&str] = &["claims", "alternatives", "alerts", "healthy"];

/// A scenario as it was written, without its claims, for whoever reads it again with other settings.
#[derive(Clone, PartialEq)]
pub struct Origin {
    written: Node,
    files: Kept,
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("Origin")
    }
}

impl Origin {
    pub(crate) fn new(written: &Node, files: Kept) -> Arc<Origin> {
        let mut written = written.clone();
        if let Value::Object(members) = &mut written.value {
            members.retain(|member| !ABOUT_THE_RUN.contains(&member.key.as_str()));
        }
        Arc::new(Origin { written, files })
    }

    /// The tree without claims.
    pub(crate) fn written(&self) -> &Node {
        &self.written
    }

    /// The scenario after a change of its tree.
    ///
    /// # Errors
    ///
    /// Why there is no such scenario: the first thing that is wrong with it.
    pub(crate) fn read(
        &self,
        change: impl FnOnce(&mut Node) -> Result<(), String>,
    ) -> Result<Scenario, String> {
        let mut written = self.written.clone();
        change(&mut written)?;
        let mut findings = self.files.findings();
        let complete = complete(&Kind::Object(&TOP), &written, &Path::Top, &mut findings);
        let raw = RawScenario { name: "variant".to_string(), written, complete };
        let scenario = self.files.scenario(&raw, &mut findings);
        match findings.take_since(0).first() {
            Some(first) => Err(format!("{}: {}", first.path, first.message)),
            None => Ok(scenario),
        }
    }
}

/// Settings by their paths.
#[derive(Clone, Default, PartialEq)]
pub struct Change {
    settings: Vec<(String, Given)>,
    label: String,
}

/// A value that a path gets.
#[derive(Clone, PartialEq)]
enum Given {
    Node(Node),
    /// As it is written on the command line.
    Text(String),
}

impl Given {
    /// The value where one of this kind must stand.
    fn node(&self, kind: &Kind) -> Node {
        match self {
            Given::Node(node) => node.clone(),
            Given::Text(text) => literal(kind, text, Place::new(0, 0, 0)),
        }
    }

    fn is_same(&self, other: &Given) -> bool {
        match (self, other) {
            (Given::Node(a), Given::Node(b)) => same_value(&a.value, &b.value),
            (a, b) => a == b,
        }
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Change({})", self.label)
    }
}

impl Change {
    /// The settings that an object of the file lists.
    pub(crate) fn of(node: &Node) -> Change {
        let members = node.members().unwrap_or_default();
        let members = members.iter().filter(|member| !is_note(&member.key));
        let settings = members.map(|member| (member.key.clone(), Given::Node(member.node.clone())));
        Change { settings: settings.collect(), label: label_of(node) }
    }

    /// Settings as `--set` takes them; each text becomes what may stand at its path when it is set.
    pub fn to<'t>(settings: impl Iterator<Item = (&'t str, &'t str)>) -> Change {
        let settings: Vec<(String, Given)> = settings
            .map(|(path, text)| (path.to_string(), Given::Text(text.to_string())))
            .collect();
        let said = |(path, given): &(String, Given)| match given {
            Given::Text(text) => format!("{path} = {text}"),
            Given::Node(_) => path.clone(),
        };
        let label = settings.iter().map(said).collect::<Vec<_>>().join(", ");
        Change { settings, label }
    }

    /// The change in a few words: `servers.redis.timeout = 5min`.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// How many settings it changes.
    pub fn size(&self) -> usize {
        self.settings.len()
    }

    /// A setting that both changes make, and make differently: its path.
    pub fn collision<'c>(&'c self, other: &Change) -> Option<&'c str> {
        let clash = |(path, given): &(String, Given)| {
            other.settings.iter().any(|(theirs, value)| {
                let same = path == theirs && given.is_same(value);
                overlap(path, theirs) && !same
            })
        };
        self.settings.iter().find(|setting| clash(setting)).map(|(path, _)| path.as_str())
    }
}

/// Whether one of two paths is the other, or leads to a part of it.
pub(super) fn overlap(a: &str, b: &str) -> bool {
    let inside = |a: &str, b: &str| {
        a.strip_prefix(b).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    inside(a, b) || inside(b, a)
}

/// Whether two values read the same, wherever they stand.
fn same_value(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let pairs = || a.iter().zip(b);
            a.len() == b.len()
                && pairs().all(|(a, b)| a.key == b.key && same_value(&a.node.value, &b.node.value))
        }
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_value(&a.value, &b.value))
        }
        _ => a == b,
    }
}

impl Scenario {
    /// This scenario with `changes` made one after the other, and nothing to judge.
    ///
    /// # Errors
    ///
    /// Why there is no such scenario. One that was not read from a file has no variants.
    pub fn with(&self, changes: &[&Change]) -> Result<Scenario, String> {
        let origin = self.origin.as_ref().ok_or("it was not read from a file")?;
        let settings = || changes.iter().flat_map(|change| &change.settings);
        let scenario = origin.read(|written| {
            settings().try_for_each(|(path, given)| {
                set(&Kind::Object(&TOP), written, path, |kind| given.node(kind))
                    .map_err(|no| no.message)
            })
        })?;
        Ok(Scenario { name: self.name.clone(), keep_requests: self.keep_requests, ..scenario })
    }

    /// Whether what `change` says is so already.
    pub fn is_so(&self, change: &Change) -> bool {
        self.with(&[change]).is_ok_and(|changed| changed.settings == self.settings)
    }

    /// The alternative called `id`.
    pub fn alternative(&self, id: &str) -> Option<&Alternative> {
        self.alternatives.iter().find(|alternative| alternative.id == id)
    }
}
