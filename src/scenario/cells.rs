//! Columns of files of comma-separated values, each value with its place.

use std::collections::BTreeMap;
use std::io;

use super::files::{Load, beside, normal};
use super::hints::{all, nearest};
use super::mean;
use super::meant::Scenario;
use super::overrides;
use super::problems::{Findings, Place};
use super::raw::RawScenario;
use super::tree::{Node, Path};
use crate::units::{Rate, Span, parse_rate, parse_span};

/// Rows of a file at most.
const MOST_ROWS: usize = 1_000_000;
/// Bytes of a file at most.
const LARGEST: usize = 64 << 20;

/// What is needed to read files, and what has been read.
pub(crate) struct Tables<'a> {
    /// The scenario's file: where a name from elsewhere than a file is looked up.
    scenario: &'a str,
    load: Load<'a>,
    /// By name: the source, or nothing where the file could not be read.
    read: BTreeMap<String, Option<u32>>,
}

/// Files that have been read, for whoever reads the scenario again with another setting.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Kept {
    scenario: String,
    /// The names of the sources that places point into.
    sources: Vec<String>,
    texts: BTreeMap<String, String>,
}

impl Kept {
    /// Findings whose sources have the numbers they had.
    pub fn findings(&self) -> Findings {
        let mut findings = Findings::default();
        for name in &self.sources {
            findings.add_source(name, "");
        }
        findings
    }

    /// The scenario that `raw` means.
    pub fn scenario(&self, raw: &RawScenario, findings: &mut Findings) -> Scenario {
        let load = |name: &str| match self.texts.get(name) {
            Some(text) => Ok(text.clone().into_bytes()),
            None => Err(io::Error::from(io::ErrorKind::NotFound)),
        };
        mean::scenario(raw, &self.scenario, &load, findings)
    }
}

/// A value as it stands in a file.
pub(crate) struct Cell<'t> {
    /// The value, without quotes.
    pub text: &'t str,
    /// Where it stands.
    pub place: Place,
}

impl<'a> Tables<'a> {
    /// Nothing has been read yet.
    pub fn new(scenario: &'a str, load: Load<'a>) -> Tables<'a> {
        Tables { scenario, load, read: BTreeMap::new() }
    }

    /// For whoever names no files.
    pub fn none() -> Tables<'a> {
        Tables::new("", &|_| Err(io::Error::from(io::ErrorKind::NotFound)))
    }

    /// What has been read.
    pub fn kept(&self, findings: &Findings) -> Kept {
        let text = |(name, source): (&String, &Option<u32>)| {
            Some((name.clone(), findings.text((*source)?).to_string()))
        };
        Kept {
            scenario: self.scenario.to_string(),
            sources: findings.names(),
            texts: self.read.iter().filter_map(text).collect(),
        }
    }

    /// The source of the file that `node`, at `path`, names; what is wrong with it as a file is
    /// reported.
    pub fn source(&mut self, node: &Node, path: &str, findings: &mut Findings) -> Option<u32> {
        // What stands in place of something that has been refused names no file.
        let Place { source, start, end } = node.place;
        let written = findings.text(source).get(start as usize..end as usize);
        let name = node.as_text().unwrap_or_default();
        if findings.count() > 0 && !written.is_some_and(|text| text.contains(name)) {
            return None;
        }
        let written_in = findings.name(source);
        let on_command_line = [overrides::SET, overrides::WITH].contains(&written_in);
        let from = if on_command_line { self.scenario } else { written_in };
        let name = normal(&beside(from, name));
        if let Some(known) = self.read.get(&name) {
            return *known;
        }
        let source = match (self.load)(&name).map(String::from_utf8) {
            Ok(Ok(text)) if text.len() <= LARGEST => Some(findings.add_source(&name, &text)),
            other => {
                let why = match other {
                    Err(error) => {
                        findings.mark_unreadable();
                        format!("cannot read {name}: {error}")
                    }
                    Ok(Err(_)) => format!("expected a file in UTF-8; {name} is not"),
                    Ok(Ok(_)) => format!("expected a file of 64 MiB at most; {name} is larger"),
                };
                findings.report(node.place, &Path::Key(&Path::Top, path), why);
                None
            }
        };
        self.read.insert(name, source);
        source
    }
}

/// The instants of a file, in its order, each with the value of another column where one is named; what
/// is wrong is reported. `file` and the names of columns are nodes of the scenario at `path`.
pub(crate) fn rows<T>(
    tables: &mut Tables,
    (file, time, other): (&Node, &Node, Option<&Node>),
    path: &str,
    findings: &mut Findings,
    value: impl Fn(&Cell) -> Result<T, &'static str>,
) -> Vec<(Span, T, Place)> {
    let mut read = Vec::new();
    let Some(source) = tables.source(file, &format!("{path}.file"), findings) else { return read };
    let text = findings.text(source).to_string();
    let mut lines = lines(&text);
    let names = lines.next().map(|line| cells(line, source)).unwrap_or_default();
    let named = |node: &Node, key: &str, findings: &mut Findings| {
        column(&names, node, &format!("{path}.{key}"), findings)
    };
    let time = named(time, "time", findings);
    let other = other.map_or(time, |node| named(node, "rate", findings));
    let (Some(time), Some(other)) = (time, other) else { return read };
    let mut first: Option<Span> = None;
    for line in lines.filter(|(_, line)| !line.trim().is_empty()) {
        if read.len() == MOST_ROWS {
            let message = format!("expected at most {MOST_ROWS} rows");
            findings.report(whole(line, source), &Path::Top, message);
            break;
        }
        let cells = cells(line, source);
        let (Some(at), Some(what)) = (cells.get(time), cells.get(other)) else {
            let message = format!("expected {} values; found {}", names.len(), cells.len());
            findings.report(whole(line, source), &Path::Top, message);
            continue;
        };
        match (instant(at), value(what)) {
            (Ok(instant), Ok(value)) => {
                let origin = *first.get_or_insert(instant);
                if instant < origin {
                    let message = "expected an instant not before the first row's";
                    findings.report(at.place, &Path::Top, message);
                }
                let since = Span::from_ns(instant.as_ns().saturating_sub(origin.as_ns()));
                read.push((since, value, at.place));
            }
            (time, value) => {
                for (cell, wrong) in [(at, time.err()), (what, value.err())] {
                    if let Some(expected) = wrong {
                        let message = format!("expected {expected}; found {:?}", cell.text);
                        findings.report(cell.place, &Path::Top, message);
                    }
                }
            }
        }
    }
    if read.is_empty() {
        let message = "expected at least one row below the names of the columns";
        findings.report(Place::new(source, 0, 0), &Path::Top, message);
    }
    read
}

/// The place of the column that `node` names.
pub(super) fn column(
    names: &[Cell],
    node: &Node,
    path: &str,
    findings: &mut Findings,
) -> Option<usize> {
    let wanted = node.as_text().unwrap_or_default();
    let known = || names.iter().map(|cell| cell.text);
    let found = known().position(|name| name == wanted);
    if found.is_none() {
        let hint = nearest(wanted, known())
            .or_else(|| Some(format!("the columns of the file are {}", all(known()))));
        let message = format!("there is no column {wanted:?}");
        findings.report_with(node.place, &Path::Key(&Path::Top, path), message, hint);
    }
    found
}

/// The lines of a text with the places where they begin.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut from = usize::from(text.starts_with('\u{feff}')) * '\u{feff}'.len_utf8();
    text[from..].split('\n').map(move |line| {
        let at = from;
        from += line.len() + 1;
        (at, line.strip_suffix('\r').unwrap_or(line))
    })
}

pub(super) fn whole((at, line): (usize, &str), source: u32) -> Place {
    Place::new(source, at, at + line.len())
}

/// The values of a line; those in quotes may hold commas.
pub(super) fn cells((at, line): (usize, &str), source: u32) -> Vec<Cell<'_>> {
    let mut cells = Vec::new();
    let (mut from, mut quoted) = (0, false);
    let ends = line.char_indices().filter(|(_, c)| {
        quoted ^= *c == '"';
        *c == ',' && !quoted
    });
    for end in ends.map(|(i, _)| i).chain([line.len()]) {
        let cell = &line[from..end];
        let trimmed = cell.trim();
        let begin = at + from + (cell.len() - cell.trim_start().len());
        let inner = trimmed.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        cells.push(Cell {
            text: inner.unwrap_or(trimmed),
            place: Place::new(source, begin, begin + trimmed.len()),
        });
        from = end + 1;
    }
    cells
}

/// An instant: seconds, or a text with a unit.
fn instant(cell: &Cell) -> Result<Span, &'static str> {
    let expected = "an instant: seconds from 0 on, or with a unit";
    match cell.text.parse::<f64>() {
        // Seconds of the clock on the wall have ten digits: whole nanoseconds of them fit.
        Ok(seconds) if (0.0..=1e10).contains(&seconds) => Ok(Span::from_secs_f64(seconds)),
        Ok(_) => Err(expected),
        Err(_) => parse_span(cell.text).map_err(|_| expected),
    }
}

/// A rate: per second, or a text with a unit.
pub(crate) fn rate(cell: &Cell) -> Result<Rate, &'static str> {
    let expected = "a rate: a number per second from 0 to 10,000,000, or with a unit";
    let read = match cell.text.parse::<f64>() {
        Ok(number) => Rate::per_second(number),
        Err(_) => parse_rate(cell.text).ok(),
    };
    read.filter(|rate| (0.0..=1e7).contains(&rate.as_per_second())).ok_or(expected)
}
