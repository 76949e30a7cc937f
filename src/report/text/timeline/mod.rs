//! The run at a glance: a row of blocks for each server and fleet over one axis of time, and letters
//! below it for the events that the text tells of.

mod columns;
mod rows;
#[cfg(test)]
mod tests;

use super::Paint;
use super::events::told;
use crate::claims::amount;
use crate::observe::{Noted, Record};
use crate::report::pictures::time_axis;
use crate::scenario::Scenario;
use crate::units::{SimTime, Span, Unit};

use columns::{Columns, Line};
use rows::{NEAR, Row, Tone, rows};

/// Columns of blocks at most: beyond, a line is no easier to read.
const MOST: usize = 66;
/// Columns of blocks at least, where the run has so many rows.
const LEAST: usize = 16;
/// Rows of blocks at most.
const ROWS: usize = 16;
/// Nothing to measure: no request has ended.
const NOTHING: char = '·';
/// The blocks by eighths of the height.
const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The timeline of a run.
pub(super) struct Timeline<'a> {
    scenario: &'a Scenario,
    record: &'a Record,
    columns: Columns,
    rows: Vec<Row>,
    left_out: usize,
    /// The columns with an event that is told, from left to right: A, B, C, ...
    told: Vec<usize>,
}

impl<'a> Timeline<'a> {
    /// Of a run of fewer than two rows, or in which nothing rose above zero, there is none. No line is
    /// wider than `width`.
    pub(super) fn of(
        scenario: &'a Scenario,
        record: &'a Record,
        width: usize,
    ) -> Option<Timeline<'a>> {
        let mut rows = rows(scenario, record);
        let left_out = rows.len().saturating_sub(ROWS);
        rows.truncate(ROWS);
        if rows.is_empty() {
            return None;
        }
        let (left, right) = (left(&rows), 2 + widest(&rows, |row| &row.top));
        let room = width.saturating_sub(left + right).clamp(LEAST, MOST);
        let columns = Columns::at_most(room, record)?;
        let at = |event: &Noted| columns.of_time(record, event.at);
        let mut told: Vec<usize> = told(record).into_iter().map(at).collect();
        told.sort_unstable();
        told.dedup();
        Some(Timeline { scenario, record, columns, rows, left_out, told })
    }

    /// The letter of an instant below the blocks, if an event is told of there.
    pub(super) fn letter(&self, at: SimTime) -> Option<char> {
        let column = self.columns.of_time(self.record, at);
        let place = self.told.binary_search(&column).ok()?;
        ('A'..='Z').nth(place)
    }

    /// Writes it.
    pub(super) fn write(&self, runs: u32, paint: Paint, out: &mut String) {
        let shares: Vec<Vec<f64>> =
            self.rows.iter().map(|row| self.columns.highest(&row.shares)).collect();
        let of = if runs == 1 { "Over time" } else { "The first run over time" };
        let each = amount(self.columns.seconds(self.record), Unit::Seconds);
        let nothing = match shares.iter().flatten().any(|share| share.is_nan()) {
            true => format!("; {NOTHING} no request ended"),
            false => String::new(),
        };
        let head = format!(
            "{of}: the highest in each {each}; a full █ is the figure on the right{nothing}"
        );
        let head = paint.wrapped(&head, 2);
        let (of, how) = head.split_at(of.len());
        out.push_str(&format!("{}{}\n", paint.bold(of), paint.dim(how)));
        let wide = (widest(&self.rows, |row| &row.part), widest(&self.rows, |row| &row.what));
        let mut before = "";
        for (row, shares) in self.rows.iter().zip(&shares) {
            let part = if row.part == before { "" } else { row.part.as_str() };
            before = &row.part;
            let name = format!("{part:<0$}  {1:<2$}", wide.0, row.what, wide.1);
            let blocks = blocks(row.tone, shares, paint);
            out.push_str(&format!("  {name}  {blocks}  {}\n", paint.dim(&row.top)));
        }
        let left = " ".repeat(left(&self.rows));
        for line in self.below() {
            out.push_str(&format!("{left}{}\n", paint.dim(&line)));
        }
        if self.left_out > 0 {
            let more = format!("  and {} more rows (--out DIR draws them)", self.left_out);
            out.push_str(&format!("{}\n", paint.dim(&more)));
        }
        out.push('\n');
    }

    /// The lines below the blocks: time, the wall clock, and the letters of the events.
    fn below(&self) -> Vec<String> {
        let end_s = self.record.times.last().map_or(0.0, |at| at.as_secs_f64());
        let start = self.scenario.about.start;
        let wide = match start {
            Some(_) if end_s >= 86_400.0 => 13,
            Some(_) => 8,
            None => 6,
        };
        let most = (self.columns.count / wide).clamp(1, 10);
        let axis = time_axis(end_s, start, most as f64);
        let line = || Line::new(self.columns.count);
        let (mut times, mut clocks, mut letters) = (line(), line(), line());
        for (tick, clock) in &axis.ticks {
            let at = SimTime::ZERO + Span::from_secs_f64(tick.value);
            let at = self.columns.beginning_at(self.record, at);
            if times.put(at, &tick.label, 1)
                && let Some(clock) = clock
            {
                clocks.put(at, clock, 1);
            }
        }
        for (column, letter) in self.told.iter().zip('A'..='Z') {
            letters.put(*column, &letter.to_string(), 0);
        }
        let clocks = (!clocks.is_empty()).then(|| clocks.end("UTC"));
        let letters = (!letters.is_empty()).then(|| letters.end(""));
        [Some(times.end(axis.unit)), clocks, letters].into_iter().flatten().collect()
    }
}

/// Columns before the blocks.
fn left(rows: &[Row]) -> usize {
    2 + widest(rows, |row| &row.part) + 2 + widest(rows, |row| &row.what) + 2
}

fn widest(rows: &[Row], text: fn(&Row) -> &str) -> usize {
    rows.iter().map(|row| text(row).chars().count()).max().unwrap_or(0)
}

/// The blocks of a row, each in the colour of its tone.
fn blocks(tone: Tone, shares: &[f64], paint: Paint) -> String {
    let loud = |share: f64| match tone {
        Tone::Failing => share > 0.0,
        Tone::Limit => share >= NEAR,
        Tone::Plain => false,
    };
    let mut out = String::new();
    for alike in shares.chunk_by(|a, b| loud(*a) == loud(*b)) {
        let text: String = alike.iter().map(|share| block(*share)).collect();
        out.push_str(&match tone {
            Tone::Failing if alike.first().is_some_and(|share| loud(*share)) => paint.red(&text),
            Tone::Limit if alike.first().is_some_and(|share| loud(*share)) => paint.yellow(&text),
            _ => text,
        });
    }
    out
}

/// The block nearest to a share of the whole height; what is there at all is never blank.
fn block(share: f64) -> char {
    if share.is_nan() {
        return NOTHING;
    }
    let eighths = libm::floor(share.clamp(0.0, 1.0) * 8.0 + 0.5) as usize;
    BLOCKS[if share > 0.0 { eighths.max(1) } else { 0 }]
}
