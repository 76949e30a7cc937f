//! Latency percentiles.

use super::figure::{
    BLUE, Colour, Dash, Figure, GREEN, ORANGE, PURPLE, Scale, Threshold, VERMILLION, points,
};
use super::{Picture, PictureError, draw::draw, marks::marks};
use crate::observe::Record;
use crate::scenario::{Fleet, Made, Scenario, Strategy};
use crate::units::{SimTime, Span, Unit, quantity};

/// The percentiles that are drawn if the record has them, from the top.
const PERCENTILES: [(&str, &str, Colour, Dash); 5] = [
    ("max", "largest", PURPLE, Dash::Dotted),
    ("p999", "99.9 %", VERMILLION, Dash::Short),
    ("p99", "99 %", ORANGE, Dash::Long),
    ("p90", "90 %", GREEN, Dash::Short),
    ("p50", "median", BLUE, Dash::Solid),
];

/// The latency of the requests of fleet number `fleet`, by percentiles, with the timeouts that bound
/// it.
///
/// # Errors
///
/// When the scenario has no such fleet, none of its requests has ended with success, or the record lacks
/// its series or has no rows.
pub fn latency(
    scenario: &Scenario,
    record: &Record,
    fleet: usize,
) -> Result<Picture<'static>, PictureError> {
    let of = scenario.settings.fleets.get(fleet).ok_or(PictureError::NoPart { index: fleet })?;
    let part = format!("fleets.{}", of.name);
    let mut figure = Figure::new(scenario, record)?;
    figure.measure = format!("latency of the requests of {}, log scale", of.name);
    figure.unit = Unit::Seconds;
    figure.scale = Scale::Log;
    for (suffix, label, colour, dash) in PERCENTILES {
        if let Some(series) = record.find(&format!("{part}.latency_s_{suffix}")) {
            // Of no requests there is no latency: a gap, also where it is written as zero.
            let mut points = points(record, series);
            points.iter_mut().filter(|point| point.1 <= 0.0).for_each(|point| point.1 = f64::NAN);
            figure.line(label, (colour, dash), points);
        }
    }
    if figure.layers.is_empty() {
        return Err(PictureError::NoSeries { name: format!("{part}.latency_s_p50") });
    }
    let largest = figure.largest();
    if largest <= 0.0 {
        let message = format!("no request of {} has ended with success", of.name);
        return Err(PictureError::Unfit { message });
    }
    for (label, timeout) in timeouts(of) {
        // A timeout that no request comes near would only squeeze the lines.
        if timeout.as_secs_f64() <= 20.0 * largest {
            let label = format!("{label} {}", quantity(timeout.as_secs_f64(), Unit::Seconds));
            figure.thresholds.push(Threshold { label, steps: vec![(0.0, timeout.as_secs_f64())] });
        }
    }
    figure.subtitle = subtitle(record, &format!("{part}.latency"));
    let parts: Vec<String> = std::iter::once(part)
        .chain(scenario.settings.servers.iter().map(|server| format!("servers.{}", server.name)))
        .collect();
    figure.marks = marks(scenario, record, &parts, &["pool_empty", "first_failure", "oom_kill"]);
    Ok(draw(figure))
}

/// The timeouts of a fleet, without repetitions, shortest first.
fn timeouts(fleet: &Fleet) -> Vec<(&'static str, Span)> {
    let mut all: Vec<(&'static str, Span)> = Vec::new();
    for Made { call, .. } in fleet.calls() {
        all.extend(call.timeout.map(|timeout| ("read timeout", timeout)));
        let (wait, connect) = match fleet.connections.get(call.through).map(|way| &way.strategy) {
            Some(Strategy::Pooled(pool)) => (pool.wait_timeout, pool.connect_timeout),
            Some(Strategy::PerRequest { connect_timeout, .. }) => (None, *connect_timeout),
            Some(Strategy::Shared(shared)) => (None, shared.connect_timeout),
            None => (None, None),
        };
        all.extend(wait.filter(|wait| !wait.is_zero()).map(|wait| ("checkout timeout", wait)));
        all.extend(connect.map(|connect| ("connect timeout", connect)));
    }
    all.sort_by_key(|(label, timeout)| (*timeout, *label));
    all.dedup();
    all
}

fn subtitle(record: &Record, series: &str) -> String {
    // The whole run after the warm-up is the first range of a series.
    let Some(range) = record.ranges.iter().find(|range| range.series == series) else {
        return "Latency over time".to_string();
    };
    if range.summary.count == 0 {
        return "No request has ended".to_string();
    }
    let quantiles = range.summary.quantiles;
    let over = if range.from == SimTime::ZERO { "Over the whole run" } else { "After the warm-up" };
    let seconds = |value: f64| quantity(value, Unit::Seconds);
    format!(
        "{over}: median {}, 99 % within {}, 99.9 % within {}, largest {}",
        seconds(quantiles.p50),
        seconds(quantiles.p99),
        seconds(quantiles.p999),
        seconds(quantiles.max),
    )
}
