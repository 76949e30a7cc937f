//! The measure of a series against a recording of it.

use std::sync::Arc;

use super::Reading;
use super::claims::Ground;
use crate::scenario::meant::{Distance, Measure, Recorded};
use crate::scenario::recording::{Named, recording};
use crate::scenario::tree::Node;
use crate::scenario::view::View;
use crate::units::{SimTime, Span, Unit, parse_span};

const DISTANCES: &[(&str, Distance)] = &[
    ("rms", Distance::RootMeanSquare),
    ("mean_abs", Distance::MeanAbsolute),
    ("max", Distance::Largest),
];

/// What a claim measures of a series beside its recording.
pub(super) fn measure(
    ground: &Ground,
    view: &View,
    path: &str,
    reading: &mut Reading,
) -> (Measure, Unit) {
    let (series, unit) = ground.sampled(view, "series", path, reading);
    let (from, to) = ground.range(view, "to", path, reading);
    let named =
        Named { file: view.node("recorded"), time: view.node("time"), column: view.node("column") };
    let shift = shift(view.node("shift"), &format!("{path}.shift"), reading);
    let known = reading.findings.count();
    let rows = recording(&mut reading.tables, &named, ground.start, path, reading.findings);
    let inside = |(at, value): (f64, f64)| {
        let at = at + shift;
        // Rounded to whole nanoseconds, as every time of a file.
        let at = (at >= 0.0).then(|| SimTime::ZERO + Span::from_secs_f64(at))?;
        (from <= at && at <= to).then_some((at, value))
    };
    let points: Arc<[(SimTime, f64)]> = rows.into_iter().filter_map(inside).collect();
    if points.is_empty() && reading.findings.count() == known {
        let message = "expected rows within the range that is measured; found none";
        let hint = "its instants, later by `shift`, are simulated time".to_string();
        reading.at(named.file, &format!("{path}.recorded"), message, Some(hint));
    }
    let recorded = Recorded {
        series,
        file: view.text("recorded").to_string(),
        column: view.text("column").to_string(),
        points,
        distance: view.word("distance", DISTANCES),
    };
    (Measure::Recorded(recorded), unit)
}

/// Seconds by which a recording is moved, to later or, with a minus sign, to earlier.
fn shift(node: &Node, path: &str, reading: &mut Reading) -> f64 {
    let text = node.as_text().unwrap_or_default().trim();
    let (sign, length) = match text.strip_prefix('-') {
        Some(length) => (-1.0, length),
        None => (1.0, text),
    };
    match parse_span(length) {
        Ok(span) => sign * span.as_secs_f64(),
        Err(_) => {
            let found = node.describe();
            let message =
                format!("expected a time with its unit, such as \"3s\" or \"-3s\"; found {found}");
            reading.at(node, path, message, None);
            0.0
        }
    }
}
