//! Memory of the largest instance against its limit.

use super::figure::{BLUE, Dash, Figure, Threshold, largest, points, series};
use super::{Picture, PictureError, draw::draw, marks::marks, page::instant};
use crate::observe::Record;
use crate::scenario::Scenario;
use crate::units::{Unit, quantity};

/// The limit is left out of the picture when it is this many times the highest level.
const FAR: f64 = 6.0;

/// The memory of the largest instance of fleet number `fleet` against the limit at which it is
/// killed.
///
/// # Errors
///
/// When the scenario has no such fleet or says nothing of its memory, or the record lacks its series or
/// has no rows.
pub fn memory(
    scenario: &Scenario,
    record: &Record,
    fleet: usize,
) -> Result<Picture<'static>, PictureError> {
    let of = scenario.settings.fleets.get(fleet).ok_or(PictureError::NoPart { index: fleet })?;
    let part = format!("fleets.{}", of.name);
    let mut figure = Figure::new(scenario, record)?;
    figure.measure = format!("memory of the largest instance of {}", of.name);
    figure.unit = Unit::Bytes;
    let used = points(record, series(record, &format!("{part}.memory_max"))?);
    let peak = largest(&used);
    if peak <= 0.0 {
        let message = format!("the scenario says nothing of the memory of {}", of.name);
        return Err(PictureError::Unfit { message });
    }
    figure.line("largest instance", (BLUE, Dash::Solid), used);

    let limits = scenario.memory_limits(fleet);
    let limit = quantity(limits[0].1.0 as f64, Unit::Bytes);
    let steps: Vec<(f64, f64)> =
        limits.iter().map(|(at, limit)| (at.as_secs_f64(), limit.0 as f64)).collect();
    let highest = steps.iter().map(|step| step.1).fold(0.0, f64::max);
    let far = highest > FAR * peak;
    if !far {
        figure.thresholds.push(Threshold { label: format!("limit {limit}"), steps });
    }
    let kills = record.find(&format!("{part}.oom_kills"));
    let kills = kills.and_then(|kills| kills.values.last().copied()).unwrap_or(0.0);
    let first = record.events.iter().find(|event| event.kind == "oom_kill" && event.part == part);
    let killed = match first {
        Some(event) => {
            let at = instant(event.at.as_secs_f64(), figure.start);
            format!(
                "{} out-of-memory kills, the first at {at}",
                quantity(kills.max(1.0), Unit::Count)
            )
        }
        None => "no instance was killed".to_string(),
    };
    let off = if far { " (far above this picture)" } else { "" };
    let peak = quantity(peak, Unit::Bytes);
    figure.subtitle = format!("At most {peak}, limit {limit}{off}; {killed}");
    figure.marks = marks(scenario, record, &[part], &["oom_kill"]);
    Ok(draw(figure))
}
