//! `timeseries.csv`: one row per sample, written while the run goes on.

use std::io::{self, Write};

use crate::observe::Record;
use crate::units::{Start, timestamp};

/// Writes the rows of a record as they come, each one flushed, so that a run that is killed leaves
/// every row it had reached.
pub struct SeriesWriter<W: Write> {
    out: csv::Writer<W>,
    start: Option<Start>,
    written: usize,
}

/// The columns: the time, the wall clock when the scenario has a start, then every series.
pub fn columns(record: &Record, start: Option<Start>) -> Vec<String> {
    let mut columns = vec!["time_s".to_string()];
    if start.is_some() {
        columns.push("wall_clock".to_string());
    }
    columns.extend(record.series.iter().map(|series| series.name.clone()));
    columns
}

impl<W: Write> SeriesWriter<W> {
    /// A writer onto `out`; nothing is written before the first row.
    pub fn new(out: W, start: Option<Start>) -> SeriesWriter<W> {
        SeriesWriter { out: csv::Writer::from_writer(out), start, written: 0 }
    }

    /// Writes the rows that the record has gained since the last call.
    ///
    /// # Errors
    ///
    /// When `out` takes no more.
    pub fn follow(&mut self, record: &Record) -> io::Result<()> {
        if self.written == 0 && !record.times.is_empty() {
            self.out.write_record(columns(record, self.start))?;
        }
        while self.written < record.times.len() {
            self.row(record, self.written)?;
            self.written += 1;
        }
        self.out.flush()
    }

    fn row(&mut self, record: &Record, row: usize) -> io::Result<()> {
        let at = record.times[row];
        self.out.write_field(cell(at.as_secs_f64()))?;
        if let Some(start) = self.start {
            self.out.write_field(timestamp(start, at))?;
        }
        for series in &record.series {
            let value = series.values.get(row).copied().unwrap_or(f64::NAN);
            self.out.write_field(cell(value))?;
        }
        self.out.write_record(None::<&[u8]>)?;
        Ok(())
    }
}

/// A number as the shortest text that reads back as it; empty where there was nothing to measure.
fn cell(value: f64) -> String {
    if value.is_finite() { value.to_string() } else { String::new() }
}
