//! Outcomes of requests per second, by cause.

use super::figure::{
    BLACK, BLUE, Colour, Dash, Figure, GREEN, GREY, Layer, ORANGE, PALE, PURPLE, SKY, Shape,
    VERMILLION, YELLOW, series,
};
use super::{Picture, PictureError, draw::draw, marks::marks};
use crate::observe::{Record, Series};
use crate::scenario::{Cause, Scenario};
use crate::units::{Unit, quantity};

/// Intervals drawn at most; more rows are put together.
const INTERVALS: usize = 480;
/// Fewer intervals where requests are few, so that chance does not draw a saw: each with so many on
/// average, but not fewer than so many intervals.
const EACH: f64 = 40.0;
const FEWEST: f64 = 60.0;
/// Causes named in the sentence above the picture.
const NAMED: usize = 3;
/// What the legend says before a cause.
const FAILED: &str = "failed: ";

/// How the requests of fleet number `fleet` ended, per second, stacked by cause: successes below,
/// failures above, and the arrivals as a line.
///
/// # Errors
///
/// When the scenario has no such fleet, or the record lacks its series or has no rows.
pub fn outcomes(
    scenario: &Scenario,
    record: &Record,
    fleet: usize,
) -> Result<Picture<'static>, PictureError> {
    let of = scenario.settings.fleets.get(fleet).ok_or(PictureError::NoPart { index: fleet })?;
    let part = format!("fleets.{}", of.name);
    let mut figure = Figure::new(scenario, record)?;
    figure.measure = format!("requests of {} per second", of.name);
    figure.unit = Unit::Count;

    let ended = |what: &str| record.find(&format!("{part}.{what}")).map_or(0.0, ever);
    let rows = rows(record, ended("requests").max(ended("succeeded")));
    let succeeded = series(record, &format!("{part}.succeeded"))?;
    let mut kinds = vec![("succeeded".to_string(), PALE, succeeded)];
    for cause in Cause::ALL {
        let name = format!("{part}.failed_by.{}", cause.name());
        if let Some(failed) = record.find(&name).filter(|failed| ever(failed) > 0.0) {
            let label = format!("{FAILED}{}", cause.name().replace('_', " "));
            kinds.push((label, colour(cause), failed));
        }
    }
    let mut base = vec![0.0; rows.len().saturating_sub(1)];
    for (label, colour, counter) in &kinds {
        let shape = Shape::Band(stack(record, &rows, counter, &mut base));
        figure.layers.push(Layer {
            label: label.clone(),
            colour: *colour,
            dash: Dash::Solid,
            shape,
        });
    }
    if let Some(requests) = record.find(&format!("{part}.requests")) {
        let mut none = vec![0.0; base.len()];
        let arrivals = stack(record, &rows, requests, &mut none);
        let line = arrivals.into_iter().map(|(at, _, rate)| (at, rate)).collect();
        figure.line("arrived", (BLACK, Dash::Short), line);
    }
    figure.subtitle = subtitle(&kinds);
    let kinds = ["first_failure", "oom_kill", "deadlock", "breaker_opened", "instance_unhealthy"];
    let parts: Vec<String> = std::iter::once(part)
        .chain(scenario.settings.servers.iter().map(|server| format!("servers.{}", server.name)))
        .collect();
    figure.marks = marks(scenario, record, &parts, &kinds);
    Ok(draw(figure))
}

/// The rows between which rates of so many requests are taken: all, or evenly chosen ones, always with
/// the last.
fn rows(record: &Record, requests: f64) -> Vec<usize> {
    let last = record.times.len() - 1;
    // Also of a number that is none.
    let intervals = (requests / EACH).max(FEWEST).min(INTERVALS as f64) as usize;
    let every = last.div_ceil(intervals).max(1);
    (0..last).step_by(every).chain([last]).collect()
}

/// The rate of a counter between rows, on top of `base`, which grows by it. Each interval gives two
/// points, so that edges are steps.
fn stack(
    record: &Record,
    rows: &[usize],
    counter: &Series,
    base: &mut [f64],
) -> Vec<(f64, f64, f64)> {
    let mut points = Vec::with_capacity(2 * base.len());
    for (pair, base) in rows.windows(2).zip(base) {
        let (from, to) = (pair[0], pair[1]);
        let length = record.times[to].since(record.times[from]).as_secs_f64();
        let count = |row: usize| counter.values.get(row).copied().unwrap_or(f64::NAN);
        let rate = ((count(to) - count(from)) / length.max(1e-9)).max(0.0);
        for row in [from, to] {
            points.push((record.times[row].as_secs_f64(), *base, *base + rate));
        }
        *base += rate;
    }
    points
}

/// What a counter has counted in all.
fn ever(counter: &Series) -> f64 {
    counter.values.last().copied().unwrap_or(0.0)
}

fn subtitle(kinds: &[(String, Colour, &Series)]) -> String {
    let total: f64 = kinds.iter().map(|kind| ever(kind.2)).sum();
    if total == 0.0 {
        return "No request has ended".to_string();
    }
    let of = format!(
        "Of {} ended requests {} succeeded",
        quantity(total, Unit::Count),
        percent(kinds.first().map_or(0.0, |kind| ever(kind.2)) / total)
    );
    let mut failed: Vec<(f64, &str)> = kinds
        .iter()
        .filter_map(|(label, _, counter)| Some((ever(counter), label.strip_prefix(FAILED)?)))
        .collect();
    failed.sort_by(|a, b| b.0.total_cmp(&a.0));
    let named = failed.iter().take(NAMED);
    let mut causes: Vec<String> =
        named.map(|(count, cause)| format!("{} {cause}", percent(count / total))).collect();
    let others: f64 = failed.iter().skip(NAMED).map(|(count, _)| count).sum();
    if others > 0.0 {
        causes.push(format!("{} by other causes", percent(others / total)));
    }
    if causes.is_empty() { of } else { format!("{of}; failed: {}", causes.join(", ")) }
}

/// A share in percent that never says 0 % of something that happened, nor 100 % of less than all.
fn percent(share: f64) -> String {
    match share * 100.0 {
        all if all >= 100.0 => "100 %".to_string(),
        most if most > 99.95 => "over 99.9 %".to_string(),
        few if few > 0.0 && few < 0.05 => "under 0.1 %".to_string(),
        some => format!("{some:.1} %"),
    }
}

/// Each cause keeps its colour in every picture.
fn colour(cause: Cause) -> Colour {
    match cause {
        Cause::Rejected => VERMILLION,
        Cause::Emfile => SKY,
        Cause::PortExhausted => ORANGE,
        Cause::ConnectTimeout => YELLOW,
        Cause::ReadTimeout => PURPLE,
        Cause::CheckoutTimeout => BLUE,
        Cause::StaleConnection => GREEN,
        Cause::ConnectionLost => GREY,
        Cause::QueueFull => (136, 34, 85),
        Cause::NoInstance => BLACK,
        Cause::InstanceStopped => (68, 170, 153),
        Cause::Oom => (170, 170, 170),
        Cause::BreakerOpen => (120, 94, 240),
        Cause::RejectedSilently => (153, 68, 0),
        Cause::ConnectionRefused => (153, 153, 51),
        Cause::Conflict => (136, 204, 238),
        Cause::ServerError => (204, 102, 119),
        Cause::Abandoned => (102, 17, 0),
        Cause::BulkheadFull => (187, 187, 0),
        Cause::Throttled => (221, 204, 119),
        Cause::LimitReached => (17, 119, 51),
        Cause::QueueTimeout => (51, 34, 136),
        Cause::RateLimited => (170, 68, 153),
        Cause::ConcurrencyLimit => (0, 68, 136),
        Cause::Deadline => (136, 136, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_never_round_to_none_or_all() {
        let seen = [1.0, 0.99999, 0.123, 0.00001, 0.0].map(percent);
        assert_eq!(seen, ["100 %", "over 99.9 %", "12.3 %", "under 0.1 %", "0.0 %"]);
    }
}
