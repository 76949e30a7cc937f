//! What a run is asked to look at beyond its series.

use crate::units::SimTime;

/// Exact crossings and latency ranges that somebody will ask the record for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wanted {
    /// Counters and the bounds whose first passing is wanted to the nanosecond.
    pub crossings: Vec<(String, f64)>,
    /// Latencies or waits, each with a range of time and the quantiles (0 to 1) wanted over it.
    pub ranges: Vec<(String, SimTime, SimTime, Vec<f64>)>,
}
