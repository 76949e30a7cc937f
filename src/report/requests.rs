//! `requests.csv`: one line for every request that ended, written while the run goes on.

use std::io::{self, Write};

use crate::observe::Record;

/// Writes the requests of a record as they come; each batch is flushed.
pub struct RequestsWriter<W: Write> {
    out: csv::Writer<W>,
    fleets: Vec<String>,
    /// Rows of the series seen so far: the requests of a row are written once.
    rows: usize,
}

impl<W: Write> RequestsWriter<W> {
    /// A writer onto `out`, for fleets of these names; nothing is written before the first row.
    pub fn new(out: W, fleets: Vec<String>) -> RequestsWriter<W> {
        RequestsWriter { out: csv::Writer::from_writer(out), fleets, rows: 0 }
    }

    /// Writes the requests that ended since the last call: the fleet, when the request arrived and
    /// ended, how long it took, and its outcome (`succeeded`, or the cause of its failure).
    ///
    /// # Errors
    ///
    /// When `out` takes no more.
    pub fn follow(&mut self, record: &Record) -> io::Result<()> {
        if record.times.len() == self.rows {
            return Ok(());
        }
        if self.rows == 0 {
            self.out.write_record(["fleet", "arrived_s", "ended_s", "latency_s", "outcome"])?;
        }
        self.rows = record.times.len();
        for ended in &record.ended {
            let fleet = self.fleets.get(usize::from(ended.fleet)).map_or("", String::as_str);
            let seconds = [
                ended.began.as_secs_f64(),
                ended.at.as_secs_f64(),
                ended.at.since(ended.began).as_secs_f64(),
            ];
            self.out.write_field(fleet)?;
            for value in seconds {
                self.out.write_field(value.to_string())?;
            }
            self.out.write_field(ended.cause.map_or("succeeded", |cause| cause.name()))?;
            self.out.write_record(None::<&[u8]>)?;
        }
        self.out.flush()
    }
}
