//! A recorded series as a measure.

use std::sync::Arc;

use crate::units::SimTime;

/// A series beside a recording of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// The series.
    pub series: String,
    /// The file of the recording, as written.
    pub file: String,
    /// Its column.
    pub column: String,
    /// What was recorded within the range that is measured: simulated time and value, in order; at least
    /// one.
    pub points: Arc<[(SimTime, f64)]>,
    /// How the difference is measured.
    pub distance: Distance,
}

/// How far two series are apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distance {
    /// The root of the mean square of the differences.
    RootMeanSquare,
    /// The mean of their absolute values.
    MeanAbsolute,
    /// The largest of these.
    Largest,
}

impl Recorded {
    /// The difference between the least and the greatest recorded value.
    pub fn spread(&self) -> f64 {
        let values = || self.points.iter().map(|(_, value)| *value);
        let (least, most) =
            (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
        (most - least).max(0.0)
    }
}
