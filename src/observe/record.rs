//! The record of one run: plain data, written once, read by claims and reports.

use crate::observe::Scrapes;
use crate::scenario::Cause;
use crate::units::{SimTime, Unit};

/// Everything kept of one run.
#[derive(Clone, Debug)]
pub struct Record {
    /// When each row was taken, in order; the first at zero, the last at the end of the run.
    pub times: Vec<SimTime>,
    /// The series, each with one value per row, in the order of `timeseries.csv`.
    pub series: Vec<Series>,
    /// The requests that ended since the row before, in order; empty unless asked for.
    pub ended: Vec<Ended>,
    /// The notable events, in order of time.
    pub events: Vec<Noted>,
    /// Latencies and waits, by series name: over the whole run after the warm-up, and over every
    /// range that a claim asks for.
    pub ranges: Vec<Range>,
    /// The exact first instants at which counters passed the bounds that claims ask for.
    pub crossings: Vec<Crossing>,
    /// What scrapers of monitoring have seen, in the order in which they were asked for.
    pub scrapes: Vec<Scrapes>,
    /// The digest of everything simulated: 32 hexadecimal digits.
    pub digest: String,
    /// Requests that arrived.
    pub requests: u64,
    /// Events that were handled.
    pub handled: u64,
    /// Why the run stopped early, if it did.
    pub stopped: Option<String>,
}

/// A request that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Index of its fleet.
    pub fleet: u16,
    /// When it arrived.
    pub began: SimTime,
    /// When it ended.
    pub at: SimTime,
    /// Why it failed; `None` when it succeeded.
    pub cause: Option<Cause>,
}

/// One column of the record.
#[derive(Clone, Debug)]
pub struct Series {
    /// As in the file format: `servers.redis.connected_clients`. A column of a latency adds the
    /// unit and the quantile: `fleets.chat.latency_s_p99`.
    pub name: String,
    /// What the values measure.
    pub unit: Unit,
    /// How the values behave.
    pub kind: Kind,
    /// One value per row. NaN where there was nothing to measure (a quantile of no requests).
    pub values: Vec<f64>,
    /// For a level whose every change is seen: the highest value since the row before.
    pub peaks: Option<Vec<f64>>,
}

/// How the values of a series behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Never falls; counts from 0 at the start.
    Counter,
    /// Goes up and down.
    Level,
    /// A quantile over the time since the row before.
    Quantile,
}

/// A notable event of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Noted {
    /// When.
    pub at: SimTime,
    /// The kind, as counted by claims: `first_rejection`, `oom_kill`, `timeline`, ...
    pub kind: &'static str,
    /// Where: `servers.redis`, `fleets.chat`.
    pub part: String,
    /// In words, with the figures.
    pub text: String,
}

/// The distribution of a latency over a range of time.
#[derive(Clone, Debug)]
pub struct Range {
    /// The series: `fleets.chat.latency`.
    pub series: String,
    /// From here (to the row).
    pub from: SimTime,
    /// To here.
    pub to: SimTime,
    /// Named quantiles of it.
    pub summary: Summary,
    /// The quantiles that claims ask for, as (q, seconds).
    pub asked: Vec<(f64, f64)>,
}

/// A latency in a few figures, in seconds; all zero when there were none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Summary {
    /// How many.
    pub count: u64,
    /// How many of them were zero: served at once.
    pub zeros: u64,
    /// Their mean.
    pub mean: f64,
    /// Their quantiles.
    pub quantiles: Quantiles,
}

/// Named quantiles, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Quantiles {
    /// The median.
    pub p50: f64,
    /// 90 of 100 are below.
    pub p90: f64,
    /// 99 of 100 are below.
    pub p99: f64,
    /// 999 of 1000 are below.
    pub p999: f64,
    /// The largest.
    pub max: f64,
}

/// The exact first instant at which a counter passed a bound.
#[derive(Clone, Debug, PartialEq)]
pub struct Crossing {
    /// The counter.
    pub series: String,
    /// The bound.
    pub above: f64,
    /// The instant; `None` when it never came.
    pub at: Option<SimTime>,
}

impl Record {
    /// The series called `name`.
    pub fn find(&self, name: &str) -> Option<&Series> {
        self.series.iter().find(|series| series.name == name)
    }

    /// Seconds of simulated time at each row.
    pub fn seconds(&self) -> Vec<f64> {
        self.times.iter().map(|at| at.as_secs_f64()).collect()
    }
}
