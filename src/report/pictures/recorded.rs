//! A series and a recording of it.

use super::figure::{Dash, Figure, PALE, VERMILLION, points, series};
use super::{Picture, PictureError, draw::draw, marks::marks};
use crate::claims::{amount, measure};
use crate::observe::Record;
use crate::scenario::{Distance, Measure, Recorded, Scenario};
use crate::units::quantity;

/// The series of a claim that measures against a recording, and the recording, in one picture. Recorded
/// values are those inside the range that the claim measures.
///
/// # Errors
///
/// When the record lacks the series or has no rows.
pub fn recorded(
    scenario: &Scenario,
    record: &Record,
    recorded: &Recorded,
) -> Result<Picture<'static>, PictureError> {
    let simulated = series(record, &recorded.series)?;
    let mut figure = Figure::new(scenario, record)?;
    figure.measure = recorded.series.clone();
    figure.unit = simulated.unit;
    figure.area("simulated", PALE, &points(record, simulated));
    let seen = recorded.points.iter().map(|(at, value)| (at.as_secs_f64(), *value));
    let label = format!("recorded: {} of {}", recorded.column, recorded.file);
    figure.line(&label, (VERMILLION, Dash::Dotted), seen.collect());
    let unit = simulated.unit;
    let apart = |distance: Distance| {
        let what = Measure::Recorded(Recorded { distance, ..recorded.clone() });
        measure(&what, record).map_or("?".to_string(), |apart| amount(apart, unit))
    };
    figure.subtitle = format!(
        "{} apart (root mean square), at most {}; the recording spans {}",
        apart(Distance::RootMeanSquare),
        apart(Distance::Largest),
        quantity(recorded.spread(), unit)
    );
    figure.marks = marks(scenario, record, &[], &[]);
    Ok(draw(figure))
}
