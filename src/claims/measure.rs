//! One value from one run.

use super::recorded::distance;
use super::recovery::recovery;
use crate::observe::{Kind, Record, Series, Wanted};
use crate::scenario::{Beyond, Claim, ClaimTest, Extreme, Measure};
use crate::units::SimTime;

/// What claims need a run to look at beyond its series.
pub fn needs(claims: &[Claim]) -> Wanted {
    let mut wanted = Wanted::default();
    for claim in claims {
        let ClaimTest::Outcome { measure, .. } = &claim.test else { continue };
        match measure {
            Measure::FirstTime { series, beyond: Beyond::Above(bound) } => {
                let crossing = (series.clone(), *bound);
                if !wanted.crossings.contains(&crossing) {
                    wanted.crossings.push(crossing);
                }
            }
            Measure::Quantile { series, q, from, to } => want(&mut wanted, series, *q, *from, *to),
            _ => {}
        }
    }
    wanted
}

/// Adds one quantile to the range it is asked over, or begins that range.
fn want(wanted: &mut Wanted, series: &str, q: f64, from: SimTime, to: SimTime) {
    let known = wanted.ranges.iter_mut().find(|(s, f, t, _)| s == series && *f == from && *t == to);
    match known {
        Some((.., qs)) if qs.contains(&q) => {}
        Some((.., qs)) => qs.push(q),
        None => wanted.ranges.push((series.to_string(), from, to, vec![q])),
    }
}

/// The value of a measure in one run, in base units; `None` when the event never came, or when
/// there was nothing to measure (a quantile of no requests, a ratio to no increase).
///
/// * `tips` is measured by runs of its own ([`crate::scenario::Tips`]), never from one record.
/// * `first_time` is exact for counters whose crossing was recorded; for the rest it is the first
///   row by which the series has been beyond the bound.
/// * Values and increases are read at the last row not later than the instant asked for.
/// * `max` sees every change of a level whose peaks are recorded; `mean` is the mean over rows.
pub fn measure(measure: &Measure, record: &Record) -> Option<f64> {
    match measure {
        Measure::FirstTime { series, beyond } => first_time(record, series, *beyond),
        Measure::ValueAt { series, at } => value_at(record, series, *at),
        Measure::Extreme { kind, series, from, to } => extreme(record, *kind, series, *from, *to),
        Measure::Ratio { of, to, from, until } => {
            let above = value_at(record, of, *until)? - value_at(record, of, *from)?;
            let below = value_at(record, to, *until)? - value_at(record, to, *from)?;
            (below > 0.0).then(|| above / below)
        }
        Measure::Quantile { series, q, from, to } => quantile(record, series, *q, *from, *to),
        Measure::Count { event, from, to } => {
            let inside = |at: SimTime| *from <= at && at <= *to;
            let seen = record.events.iter().filter(|e| e.kind == event && inside(e.at));
            // What the log had no room for cannot be counted.
            let full = record.events.iter().any(|e| e.kind == "log_full" && e.at <= *to);
            (!full).then(|| seen.count() as f64)
        }
        Measure::Recorded(recorded) => distance(recorded, record),
        Measure::Recovers(asked) => recovery(asked, record),
        // One run says nothing of other triggers.
        Measure::Tips(_) => None,
    }
}

fn first_time(record: &Record, name: &str, beyond: Beyond) -> Option<f64> {
    let series = record.find(name)?;
    if let (Kind::Counter, Beyond::Above(bound)) = (series.kind, beyond) {
        let exact = record.crossings.iter().find(|c| c.series == name && c.above == bound);
        if let Some(crossing) = exact {
            return crossing.at.map(SimTime::as_secs_f64);
        }
    }
    let row = match beyond {
        Beyond::Above(bound) => {
            let seen = series.peaks.as_ref().unwrap_or(&series.values);
            seen.iter().zip(&series.values).position(|(peak, value)| peak.max(*value) > bound)
        }
        Beyond::Below(bound) => series.values.iter().position(|value| *value < bound),
    };
    record.times.get(row?).map(|at| at.as_secs_f64())
}

/// The value at the last row not later than `at`.
pub(super) fn value_at(record: &Record, name: &str, at: SimTime) -> Option<f64> {
    let rows = record.times.partition_point(|time| *time <= at);
    let value = *record.find(name)?.values.get(rows.checked_sub(1)?)?;
    value.is_finite().then_some(value)
}

fn extreme(record: &Record, kind: Extreme, name: &str, from: SimTime, to: SimTime) -> Option<f64> {
    let series = record.find(name)?;
    let first = record.times.partition_point(|time| *time < from);
    let end = record.times.partition_point(|time| *time <= to).min(series.values.len());
    let values = || (first..end).map(|row| series.values[row]).filter(|value| value.is_finite());
    match kind {
        Extreme::Max => (first..end)
            .map(|row| highest(series, row, record.times[row] > from))
            .filter(|value| value.is_finite())
            .reduce(f64::max),
        Extreme::Min => values().reduce(f64::min),
        Extreme::Mean => {
            let (sum, count) = values().fold((0.0, 0u64), |(sum, n), value| (sum + value, n + 1));
            (count > 0).then(|| sum / count as f64)
        }
    }
}

/// The highest value known for a row: its peak counts when the time since the row before lies
/// inside the range asked for.
fn highest(series: &Series, row: usize, with_peak: bool) -> f64 {
    let value = series.values[row];
    let peak = series.peaks.as_ref().filter(|_| with_peak).and_then(|peaks| peaks.get(row));
    peak.map_or(value, |peak| peak.max(value))
}

fn quantile(record: &Record, name: &str, q: f64, from: SimTime, to: SimTime) -> Option<f64> {
    // The recorder may round a range to its rows, so the nearest one that was asked for q is meant.
    let range = record
        .ranges
        .iter()
        .filter(|range| range.series == name && range.asked.iter().any(|(asked, _)| *asked == q))
        .min_by_key(|range| apart(range.from, from).saturating_add(apart(range.to, to)))?;
    let (_, value) = range.asked.iter().find(|(asked, _)| *asked == q)?;
    (range.summary.count > 0 && value.is_finite()).then_some(*value)
}

/// Nanoseconds between two instants, whichever is first.
fn apart(a: SimTime, b: SimTime) -> u64 {
    a.as_ns().abs_diff(b.as_ns())
}
