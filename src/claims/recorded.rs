//! The distance of a series from a recording of it.

use super::measure::value_at;
use crate::observe::Record;
use crate::scenario::{Distance, Recorded};

/// How far the series is from what was recorded, over the recorded instants at which the run has a
/// value; `None` when there are none.
pub(super) fn distance(recorded: &Recorded, record: &Record) -> Option<f64> {
    let apart = recorded.points.iter().filter_map(|(at, value)| {
        let simulated = value_at(record, &recorded.series, *at)?;
        Some((simulated - value).abs())
    });
    let (mut n, mut sum, mut squares, mut most) = (0u64, 0.0, 0.0, 0f64);
    for difference in apart {
        n += 1;
        sum += difference;
        squares += difference * difference;
        most = most.max(difference);
    }
    let mean = |sum: f64| sum / n as f64;
    (n > 0).then(|| match recorded.distance {
        Distance::RootMeanSquare => mean(squares).sqrt(),
        Distance::MeanAbsolute => mean(sum),
        Distance::Largest => most,
    })
}
