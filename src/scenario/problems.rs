//! What is wrong with a scenario: every problem with its place and, where there is one, a hint.

use std::fmt;
use std::ops::Range;

use super::tree::Path;

/// One problem and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, as it was named; `--set` for a setting from the command line.
    pub file: String,
    /// The number of that text among all that were read; several settings have the same name.
    pub source: usize,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The bytes of the source text that the problem is about.
    pub range: Range<usize>,
    /// The key, from the top: `servers.redis.timeout`; empty for the file as a whole.
    pub path: String,
    /// What was expected and what was found.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", self.file, self.line, self.column)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

/// Every problem of a scenario, in the order of the files and of the text.
#[derive(Clone, Debug, Default)]
pub struct Problems {
    problems: Vec<Problem>,
    sources: Vec<Source>,
    left_out: usize,
    unreadable: bool,
}

impl Problems {
    /// The problems; never empty.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.problems.iter()
    }

    /// How many problems were found beyond those kept (see [`Problems::LIMIT`]).
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// The text that a problem is in, for printing the lines in question.
    pub fn source(&self, problem: &Problem) -> Option<&str> {
        self.sources.get(problem.source).map(|source| source.text.as_str())
    }

    /// Whether a file could not be read at all: a failure of input rather than a bad scenario.
    pub fn unreadable(&self) -> bool {
        self.unreadable
    }

    /// Problems kept at most.
    pub const LIMIT: usize = 100;
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            writeln!(f, "{problem}")?;
        }
        match self.left_out {
            0 => Ok(()),
            n => writeln!(f, "... and {n} more problems"),
        }
    }
}

impl std::error::Error for Problems {}

/// A text that problems can point into.
#[derive(Clone, Debug)]
struct Source {
    name: String,
    text: String,
}

/// Where something stands: a range of bytes of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Which source.
    pub source: u32,
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Place {
    /// The place from `start` to `end` of source number `source`.
    pub fn new(source: u32, start: usize, end: usize) -> Place {
        Place { source, start: offset(start), end: offset(end) }
    }

    /// Whether `inner` lies in this place.
    pub fn contains(&self, inner: Place) -> bool {
        self.source == inner.source && self.start <= inner.start && inner.end <= self.end
    }
}

/// Offsets fit, because larger files are refused before they are parsed.
fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// A problem that has not been looked up in its source yet.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Finding {
    /// Where.
    pub place: Place,
    /// The key, from the top.
    pub path: String,
    /// What was expected and what was found.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Collects problems while a scenario is read.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    sources: Vec<Source>,
    found: Vec<Finding>,
    left_out: usize,
    unreadable: bool,
}

impl Findings {
    /// Adds a text that places can point into; answers its number.
    pub fn add_source(&mut self, name: &str, text: &str) -> u32 {
        self.sources.push(Source { name: name.to_string(), text: text.to_string() });
        offset(self.sources.len() - 1)
    }

    /// The name of a source.
    pub fn name(&self, source: u32) -> &str {
        self.sources.get(source as usize).map_or("", |source| &source.name)
    }

    /// The names of all sources.
    pub fn names(&self) -> Vec<String> {
        self.sources.iter().map(|source| source.name.clone()).collect()
    }

    /// The text of a source.
    pub fn text(&self, source: u32) -> &str {
        self.sources.get(source as usize).map_or("", |source| &source.text)
    }

    /// Reports a problem at `place`.
    pub fn report(&mut self, place: Place, path: &Path, message: impl Into<String>) {
        self.push(Finding { place, path: path.dotted(), message: message.into(), hint: None });
    }

    /// Reports a problem together with what to do about it.
    pub fn report_with(
        &mut self,
        place: Place,
        path: &Path,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        self.push(Finding { place, path: path.dotted(), message: message.into(), hint });
    }

    /// Adds a problem; the same one twice counts once.
    pub fn push(&mut self, finding: Finding) {
        if self.found.contains(&finding) {
            return;
        }
        if self.found.len() < Problems::LIMIT {
            self.found.push(finding);
        } else {
            self.left_out += 1;
        }
    }

    /// Notes that a file could not be read.
    pub fn mark_unreadable(&mut self) {
        self.unreadable = true;
    }

    /// Whether further problems are only counted, so that hints for them are not worth their time.
    pub fn is_full(&self) -> bool {
        self.found.len() >= Problems::LIMIT
    }

    /// How many problems there are so far.
    pub fn count(&self) -> usize {
        self.found.len() + self.left_out
    }

    /// Takes out the problems found after the first `count`, so that they can be told differently.
    pub fn take_since(&mut self, count: usize) -> Vec<Finding> {
        self.found.split_off(count.min(self.found.len()))
    }

    /// All problems in order of place, or `None` when there are none.
    pub fn into_problems(self) -> Option<Problems> {
        if self.found.is_empty() {
            return None;
        }
        let mut found = self.found;
        found.sort_by_key(|finding| (finding.place.source, finding.place.start));
        let problems = found.into_iter().map(|finding| locate(finding, &self.sources)).collect();
        Some(Problems {
            problems,
            sources: self.sources,
            left_out: self.left_out,
            unreadable: self.unreadable,
        })
    }
}

/// Turns a range of bytes into line and column.
fn locate(finding: Finding, sources: &[Source]) -> Problem {
    let source = &sources[finding.place.source as usize];
    let start = floor_char(&source.text, finding.place.start as usize);
    let end = floor_char(&source.text, finding.place.end as usize).max(start);
    let before = &source.text[..start];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Problem {
        file: source.name.clone(),
        source: finding.place.source as usize,
        line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        range: start..end,
        path: finding.path,
        message: finding.message,
        hint: finding.hint,
    }
}

/// The nearest boundary of a character at or before `at`.
fn floor_char(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
