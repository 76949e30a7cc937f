//! The main figures of a run, by name.

use crate::claims::{Known, needs};
use crate::observe::{Kind, Range, Record, Recorder, Series};
use crate::scenario::Scenario;
use crate::units::{SimTime, Unit};

/// One named figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The series, then the unit where it is not plain, then what was made of it:
    /// `servers.redis.connected_clients_max`, `fleets.chat.latency_s_p99`.
    pub name: String,
    /// In base units; `None` when it never came or there was nothing to measure.
    pub value: Option<f64>,
    /// What it measures.
    pub unit: Unit,
}

/// The figures of one run, the same names in the same order for every run of a scenario.
///
/// A counter gives its total. A level gives its highest value, its mean over the rows after the
/// warm-up and its value at the end. A latency gives its mean and quantiles after the warm-up. To
/// these come first times, the share of failed requests and the attempts per request.
pub fn summary(scenario: &Scenario, record: &Record) -> Vec<Figure> {
    let warm_up = SimTime::ZERO + scenario.warm_up;
    let mut figures = Vec::new();
    for series in &record.series {
        match series.kind {
            Kind::Counter => figures.push(Figure {
                name: series.name.clone(),
                value: series.values.last().copied().filter(|value| value.is_finite()),
                unit: series.unit,
            }),
            Kind::Level => level(record, series, warm_up, &mut figures),
            Kind::Quantile => {}
        }
    }
    let whole = |range: &&Range| range.from == warm_up;
    let mut known: Vec<&str> = Vec::new();
    for range in record.ranges.iter().filter(whole) {
        if !known.contains(&range.series.as_str()) {
            known.push(&range.series);
            latency(range, &mut figures);
        }
    }
    for server in &scenario.settings.servers {
        let part = format!("servers.{}", server.name);
        figures.push(first(record, &part, "first_rejection", "first_rejection_s"));
    }
    for fleet in &scenario.settings.fleets {
        let part = format!("fleets.{}", fleet.name);
        figures.extend(shares(record, &part));
        figures.push(first(record, &part, "first_failure", "first_failure_s"));
        figures.push(first(record, &part, "oom_kill", "first_oom_kill_s"));
    }
    figures
}

/// The figures that [`summary`] gives for every run of a scenario, without a run.
pub fn figures(scenario: &Scenario) -> Vec<Known> {
    let record = Recorder::new(scenario, &needs(&scenario.claims)).finish(scenario, None);
    let known = |figure: Figure| Known {
        may_never_come: is_first_time(&figure.name),
        name: figure.name,
        unit: figure.unit,
    };
    summary(scenario, &record).into_iter().map(known).collect()
}

/// Whether a figure of this name is when something first came, so that no value means never.
pub fn is_first_time(name: &str) -> bool {
    name.rsplit('.').next().is_some_and(|last| last.starts_with("first_"))
}

/// How the name of a figure says its unit, where the unit is not plain.
fn suffix(unit: Unit) -> &'static str {
    match unit {
        Unit::Count | Unit::Ratio => "",
        Unit::Seconds => "_s",
        Unit::Bytes => "_bytes",
        Unit::PerSecond => "_per_s",
    }
}

fn level(record: &Record, series: &Series, warm_up: SimTime, figures: &mut Vec<Figure>) {
    let finite = |values: &[f64]| -> Vec<f64> {
        values.iter().copied().filter(|value| value.is_finite()).collect()
    };
    let peaks = series.peaks.as_deref().unwrap_or(&[]);
    let max = finite(&series.values).into_iter().chain(finite(peaks)).reduce(f64::max);
    let first = record.times.partition_point(|time| *time < warm_up).min(series.values.len());
    let after = finite(&series.values[first..]);
    let mean = (!after.is_empty()).then(|| after.iter().sum::<f64>() / after.len() as f64);
    let end = series.values.last().copied().filter(|value| value.is_finite());
    for (what, value) in [("max", max), ("mean", mean), ("end", end)] {
        let name = format!("{}{}_{what}", series.name, suffix(series.unit));
        figures.push(Figure { name, value, unit: series.unit });
    }
}

fn latency(range: &Range, figures: &mut Vec<Figure>) {
    let summary = &range.summary;
    let name = format!("{}_count", range.series);
    figures.push(Figure { name, value: Some(summary.count as f64), unit: Unit::Count });
    let quantiles = &summary.quantiles;
    for (what, value) in [
        ("mean", summary.mean),
        ("p50", quantiles.p50),
        ("p90", quantiles.p90),
        ("p99", quantiles.p99),
        ("p999", quantiles.p999),
        ("max", quantiles.max),
    ] {
        let name = format!("{}_s_{what}", range.series);
        let value = (summary.count > 0 && value.is_finite()).then_some(value);
        figures.push(Figure { name, value, unit: Unit::Seconds });
    }
}

/// The share of finished requests that failed, and the attempts per request.
fn shares(record: &Record, part: &str) -> [Figure; 2] {
    let total = |what: &str| {
        let series = record.find(&format!("{part}.{what}"));
        series.and_then(|series| series.values.last().copied()).unwrap_or(0.0)
    };
    let over = |above: f64, below: f64| (below > 0.0).then(|| above / below);
    let (failed, succeeded) = (total("failed"), total("succeeded"));
    let figure = |what: &str, value: Option<f64>| Figure {
        name: format!("{part}.{what}"),
        value,
        unit: Unit::Ratio,
    };
    [
        figure("failed_ratio", over(failed, failed + succeeded)),
        figure("attempts_per_request", over(total("attempts"), total("requests"))),
    ]
}

/// When an event of a kind first happened at a part, or at something inside it.
fn first(record: &Record, part: &str, kind: &str, name: &str) -> Figure {
    let here = |at: &str| at.strip_prefix(part).is_some_and(|r| r.is_empty() || r.starts_with('.'));
    let event = record.events.iter().find(|event| event.kind == kind && here(&event.part));
    Figure {
        name: format!("{part}.{name}"),
        value: event.map(|event| event.at.as_secs_f64()),
        unit: Unit::Seconds,
    }
}
