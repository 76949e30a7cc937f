//! What a run is asked to look at beyond its series.

use crate::scenario::{Eye, Sight};
use crate::units::{SimTime, Span};

/// Exact crossings and latency ranges that somebody will ask the record for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wanted {
    /// Counters and the bounds whose first passing is wanted to the nanosecond.
    pub crossings: Vec<(String, f64)>,
    /// Latencies or waits, each with a range of time and the quantiles (0 to 1) wanted over it.
    pub ranges: Vec<(String, SimTime, SimTime, Vec<f64>)>,
    /// Scrapers of monitoring, each with an interval of its own.
    pub scrapers: Vec<Scraper>,
}

/// What is looked at every so often, the first time at zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Scraper {
    /// Time between two looks.
    pub every: Span,
    /// What is seen.
    pub sights: Vec<Sight>,
    /// Who may be blind.
    pub eyes: Vec<Eye>,
}
