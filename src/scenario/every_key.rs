//! The table and the reader agree: every row is read, every example and default may stand where it
//! stands, every preset is made of known keys.

use std::collections::BTreeSet;

use super::check::complete;
use super::filling::{from_json, from_value};
use super::presets::{find, presets};
use super::problems::{Findings, Place};
use super::table::{
    Choice, Fallback, Key, Kind, PresetKind, SERVER, TOP, Type, breakers, guards, limiters,
    pools::POOLED, retries::POLICY, shared::SHARED,
};
use super::tree::Path;
use super::view::reads;

const EVERY_KEY: &str = include_str!("../../tests/every_key.json");
const EVERY_KEY_CSV: &str = include_str!("../../tests/every_key.csv");
const NOWHERE: Place = Place { source: 0, start: 0, end: 0 };

/// Every row of the table that can be reached, with the name of its type.
#[derive(Default)]
struct Rows {
    rows: Vec<(&'static str, &'static Key)>,
    seen: BTreeSet<&'static str>,
}

impl Rows {
    fn all() -> Vec<(&'static str, &'static Key)> {
        let mut rows = Rows::default();
        rows.object(&TOP);
        rows.rows
    }

    fn object(&mut self, ty: &'static Type) {
        self.keys(ty.name, ty.keys);
    }

    fn choice(&mut self, choice: &'static Choice) {
        self.keys(choice.name, choice.variants);
    }

    fn keys(&mut self, name: &'static str, keys: &'static [Key]) {
        if self.seen.insert(name) {
            self.rows.extend(keys.iter().map(|row| (name, row)));
            keys.iter().for_each(|row| self.kind(&row.kind));
        }
    }

    fn kind(&mut self, kind: &'static Kind) {
        match kind {
            Kind::Object(ty) => self.object(ty),
            Kind::Choice(choice) => self.choice(choice),
            Kind::Named(of, ..) | Kind::List(of, ..) => self.kind(of),
            _ => {}
        }
    }
}

/// What is said about a value of the table.
fn said(kind: &Kind, json: &str) -> Option<String> {
    let mut findings = Findings::default();
    findings.add_source("table", json);
    complete(kind, &from_json(json, NOWHERE), &Path::Top, &mut findings);
    findings.into_problems().map(|problems| problems.to_string())
}

/// That nothing else is read needs no test: reading a key without a row stops the program.
#[test]
fn every_row_of_the_table_is_read() {
    reads::take();
    let text = |name: &str| if name == "every_key.csv" { EVERY_KEY_CSV } else { EVERY_KEY };
    super::read("every_key.json", &|name| Ok(text(name).as_bytes().to_vec()), &[]).unwrap();
    let read = reads::take();
    let unread: Vec<String> = Rows::all()
        .iter()
        .filter(|(name, row)| !read.contains(&(name.to_string(), row.name.to_string())))
        .map(|(name, row)| format!("{name}.{}", row.name))
        .collect();
    assert_eq!(unread, Vec::<String>::new());
}

#[test]
fn every_example_and_every_default_may_stand_where_it_stands() {
    for (name, row) in Rows::all() {
        // The one example that needs more than its key: names of things defined elsewhere.
        if row.name != "fleets" && !matches!(row.kind, Kind::Bare) {
            assert_eq!(said(&row.kind, row.example), None, "the example of {name}.{}", row.name);
        }
        if let Fallback::Value(default) = row.default {
            assert_eq!(said(&row.kind, default), None, "the default of {name}.{}", row.name);
        }
    }
}

#[test]
fn every_row_says_what_it_means() {
    for (name, row) in Rows::all() {
        assert!(row.doc.ends_with('.'), "{name}.{} is explained in a sentence", row.name);
        assert!(!row.doc.contains('|'), "{name}.{} fits a cell of a table", row.name);
    }
}

#[test]
fn every_preset_is_made_of_known_keys() {
    for preset in presets() {
        let ty = match preset.kind {
            PresetKind::Server | PresetKind::Proxy | PresetKind::Plan => &SERVER,
            PresetKind::Pool => &POOLED,
            PresetKind::Shared => &SHARED,
            PresetKind::Breaker => &breakers::WINDOW,
            PresetKind::Bulkhead => &guards::BULKHEAD,
            PresetKind::Limit => &limiters::LIMIT,
            PresetKind::Throttle => &limiters::THROTTLE,
            PresetKind::Hedge => &guards::COPIES,
            PresetKind::Retry => &POLICY,
        };
        let mut findings = Findings::default();
        findings.add_source(preset.name, "");
        let mut tree = preset.tree.clone();
        if preset.kind == PresetKind::Proxy {
            // What stands behind it is the scenario's to say.
            tree["proxy"]["to"] = "behind".into();
        }
        let node = from_value(&tree, NOWHERE);
        complete(&Kind::Object(ty), &node, &Path::Top, &mut findings);
        let problems = findings.into_problems().map(|problems| problems.to_string());
        assert_eq!(problems, None, "the preset {}", preset.name);
        for (key, _, source) in &preset.values {
            assert!(source.len() > 10, "{} of {} has a source", key, preset.name);
        }
    }
}

#[test]
fn without_a_preset_a_server_is_the_newest_redis() {
    let preset = find(PresetKind::Server, "redis-8.0").expect("the preset exists");
    let complete_of =
        |node| complete(&Kind::Object(&SERVER), &node, &Path::Top, &mut Findings::default());
    let with = complete_of(from_value(&preset.tree, NOWHERE));
    let without = complete_of(from_json("{}", NOWHERE));
    assert_eq!(with, without);
}
