//! Which rows of the record a column of the terminal stands for.

use crate::observe::Record;
use crate::units::SimTime;

/// Columns of equally many rows; the last one may have fewer.
pub(super) struct Columns {
    /// Rows in each.
    every: usize,
    /// How many columns.
    pub count: usize,
}

impl Columns {
    /// As many columns as there are rows after the first, or fewer of several rows each.
    pub(super) fn at_most(most: usize, record: &Record) -> Option<Columns> {
        let steps = record.times.len().checked_sub(1).filter(|steps| *steps > 0)?;
        let every = steps.div_ceil(most.max(1));
        Some(Columns { every, count: steps.div_ceil(every) })
    }

    /// Seconds of simulated time in a whole column.
    pub(super) fn seconds(&self, record: &Record) -> f64 {
        let last = record.times.len().saturating_sub(1).min(self.every);
        record.times.get(last).map_or(0.0, |at| at.as_secs_f64())
    }

    /// The column whose rows first know of what happened at an instant.
    pub(super) fn of_time(&self, record: &Record, at: SimTime) -> usize {
        let row = record.times.partition_point(|time| *time < at);
        (row.saturating_sub(1) / self.every).min(self.count - 1)
    }

    /// The column that begins at an instant, or holds it.
    pub(super) fn beginning_at(&self, record: &Record, at: SimTime) -> usize {
        let row = record.times.partition_point(|time| *time <= at);
        (row.saturating_sub(1) / self.every).min(self.count - 1)
    }

    /// The highest value of each column, so that a peak of one row is seen; NaN where no row has a
    /// value. The first row, of the start, belongs to the first column.
    pub(super) fn highest(&self, values: &[f64]) -> Vec<f64> {
        let rows = |column: usize| {
            let from = if column == 0 { 0 } else { column * self.every + 1 };
            let to = ((column + 1) * self.every + 1).min(values.len());
            values.get(from..to).unwrap_or(&[])
        };
        // `f64::max` passes over NaN.
        (0..self.count)
            .map(|column| rows(column).iter().copied().fold(f64::NAN, f64::max))
            .collect()
    }
}

/// A line below the columns on which texts are put where there is room.
pub(super) struct Line {
    columns: usize,
    text: String,
    /// Characters so far.
    used: usize,
}

impl Line {
    pub(super) fn new(columns: usize) -> Line {
        Line { columns, text: String::new(), used: 0 }
    }

    /// Puts a text so that it begins below a column, and says whether there was room for it: `gap`
    /// blanks after the text before, and no more than one character beyond the last column.
    pub(super) fn put(&mut self, column: usize, text: &str, gap: usize) -> bool {
        let long = text.chars().count();
        let touches = self.used > 0 && column < self.used + gap;
        if touches || column + long > self.columns + 1 {
            return false;
        }
        self.text.extend(std::iter::repeat_n(' ', column - self.used));
        self.text.push_str(text);
        self.used = column + long;
        true
    }

    /// Whether nothing had room on it.
    pub(super) fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// The line with a word beyond the columns.
    pub(super) fn end(mut self, word: &str) -> String {
        if !word.is_empty() {
            let gap = (self.columns + 2).saturating_sub(self.used);
            self.text.extend(std::iter::repeat_n(' ', gap));
            self.text.push_str(word);
        }
        self.text
    }
}
