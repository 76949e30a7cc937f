//! One value from one record.

use crate::claims::{measure, needs};
use crate::observe::{Crossing, Kind, Noted, Quantiles, Range, Record, Series, Summary};
use crate::scenario::{Beyond, Extreme, Measure};
use crate::units::{SimTime, Span, Unit};

fn at(seconds: u64) -> SimTime {
    SimTime::ZERO + Span::from_secs(seconds)
}

fn series(name: &str, kind: Kind, values: &[f64], peaks: Option<&[f64]>) -> Series {
    let (values, peaks) = (values.to_vec(), peaks.map(<[f64]>::to_vec));
    Series { name: name.to_string(), unit: Unit::Count, kind, values, peaks }
}

/// Rows every 10 s. `level` peaks at 9 between 10 s and 20 s, where no row sees it.
pub(super) fn record() -> Record {
    let nan = f64::NAN;
    Record {
        times: vec![at(0), at(10), at(20), at(30)],
        series: vec![
            series("level", Kind::Level, &[1.0, 2.0, 4.0, 3.0], Some(&[1.0, 2.0, 9.0, 4.0])),
            series("counter", Kind::Counter, &[0.0, 10.0, 20.0, 40.0], None),
            series("failed", Kind::Counter, &[0.0, 0.0, 5.0, 15.0], None),
            series("latency_s_p99", Kind::Quantile, &[nan, 0.2, 0.4, nan], None),
        ],
        ended: Vec::new(),
        events: [3, 12, 29].map(|s| noted(s, "oom_kill")).to_vec(),
        ranges: vec![
            range("latency", 0, 30, 7, &[(0.5, 0.1), (0.99, 0.4)]),
            range("latency", 10, 20, 0, &[(0.99, 0.0)]),
        ],
        scrapes: Vec::new(),
        crossings: vec![
            Crossing { series: "failed".into(), above: 0.0, at: Some(SimTime::from_ns(12_345)) },
            Crossing { series: "failed".into(), above: 99.0, at: None },
        ],
        digest: String::new(),
        requests: 0,
        handled: 0,
        stopped: None,
    }
}

fn noted(seconds: u64, kind: &'static str) -> Noted {
    Noted { at: at(seconds), kind, part: "fleets.chat".into(), text: String::new() }
}

fn range(series: &str, from: u64, to: u64, count: u64, asked: &[(f64, f64)]) -> Range {
    let summary = Summary { count, zeros: 0, mean: 0.1, quantiles: Quantiles::default() };
    Range { series: series.into(), from: at(from), to: at(to), summary, asked: asked.to_vec() }
}

fn first(series: &str, beyond: Beyond) -> Option<f64> {
    measure(&Measure::FirstTime { series: series.into(), beyond }, &record())
}

fn value(series: &str, seconds: u64) -> Option<f64> {
    measure(&Measure::ValueAt { series: series.into(), at: at(seconds) }, &record())
}

fn extreme(kind: Extreme, series: &str, from: u64, to: u64) -> Option<f64> {
    let (series, from, to) = (series.into(), at(from), at(to));
    measure(&Measure::Extreme { kind, series, from, to }, &record())
}

fn ratio(from: u64, until: u64) -> Option<f64> {
    let (of, to, from, until) = ("failed".into(), "counter".into(), at(from), at(until));
    measure(&Measure::Ratio { of, to, from, until }, &record())
}

fn quantile(q: f64, from: u64, to: u64) -> Option<f64> {
    measure(
        &Measure::Quantile { series: "latency".into(), q, from: at(from), to: at(to) },
        &record(),
    )
}

#[test]
fn the_first_time_of_a_counter_is_exact_where_it_was_asked_for() {
    assert_eq!(first("failed", Beyond::Above(0.0)), Some(12_345e-9));
    assert_eq!(first("failed", Beyond::Above(99.0)), None);
}

#[test]
fn the_first_time_of_anything_else_is_a_row() {
    assert_eq!(first("counter", Beyond::Above(10.0)), Some(20.0), "above is strictly above");
    assert_eq!(first("level", Beyond::Above(8.0)), Some(20.0), "a peak between rows counts");
    assert_eq!(first("level", Beyond::Below(2.0)), Some(0.0));
    assert_eq!(first("level", Beyond::Above(9.0)), None);
    assert_eq!(first("unknown", Beyond::Above(0.0)), None);
}

#[test]
fn a_value_is_that_of_the_last_row_not_later() {
    assert_eq!(value("level", 10), Some(2.0));
    assert_eq!(value("level", 19), Some(2.0));
    assert_eq!(value("level", 999), Some(3.0));
    assert_eq!(value("latency_s_p99", 0), None, "a quantile of nothing is no value");
}

#[test]
fn extremes_see_peaks_inside_their_range_and_only_there() {
    assert_eq!(extreme(Extreme::Max, "level", 0, 30), Some(9.0));
    assert_eq!(extreme(Extreme::Max, "level", 20, 30), Some(4.0), "the peak was before 20 s");
    assert_eq!(extreme(Extreme::Min, "level", 10, 30), Some(2.0));
    assert_eq!(extreme(Extreme::Mean, "level", 10, 30), Some(3.0));
    assert_eq!(extreme(Extreme::Mean, "latency_s_p99", 0, 30), Some((0.2 + 0.4) / 2.0));
    assert_eq!(extreme(Extreme::Max, "level", 31, 40), None);
}

#[test]
fn a_ratio_is_increase_over_increase() {
    assert_eq!(ratio(0, 30), Some(15.0 / 40.0));
    assert_eq!(ratio(20, 30), Some(10.0 / 20.0));
    assert_eq!(ratio(20, 29), None, "nothing increased, so there is no ratio");
}

#[test]
fn a_quantile_is_read_from_the_range_it_was_asked_over() {
    assert_eq!(quantile(0.99, 0, 30), Some(0.4));
    assert_eq!(quantile(0.99, 10, 20), None, "no request, no quantile");
    assert_eq!(quantile(0.42, 0, 30), None);
}

#[test]
fn events_are_counted_from_bound_to_bound() {
    let count = |event: &str, from, to| {
        measure(&Measure::Count { event: event.into(), from: at(from), to: at(to) }, &record())
    };
    assert_eq!(count("oom_kill", 3, 29), Some(3.0));
    assert_eq!(count("oom_kill", 4, 28), Some(1.0));
    assert_eq!(count("first_rejection", 0, 30), Some(0.0));
}

#[test]
fn what_claims_need_is_asked_for_once() {
    use crate::scenario::{Claim, ClaimTest, Verdict};
    let claim = |measure| Claim {
        id: "x".into(),
        says: String::new(),
        source: String::new(),
        test: ClaimTest::Outcome { measure, expect: 0.0, within: 0.0, unit: Unit::Count },
        wanted: Verdict::Holds,
    };
    let first = Measure::FirstTime { series: "failed".into(), beyond: Beyond::Above(0.0) };
    let p = |q| Measure::Quantile { series: "latency".into(), q, from: at(0), to: at(30) };
    let claims = [first.clone(), first, p(0.99), p(0.5), p(0.99)].map(claim);
    let wanted = needs(&claims);
    assert_eq!(wanted.crossings, [("failed".to_string(), 0.0)]);
    assert_eq!(wanted.ranges, [("latency".to_string(), at(0), at(30), vec![0.99, 0.5])]);
}
