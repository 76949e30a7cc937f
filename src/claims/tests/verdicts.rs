//! Values to verdicts.

use crate::claims::{Agreement, Judged, agreement, judge, unjudged};
use crate::scenario::{Beyond, Change, Claim, ClaimTest, Extreme, Measure, Verdict};
use crate::units::{SimTime, Span, Start, Unit};

fn first_time(expect: f64, within: f64) -> Claim {
    let measure = Measure::FirstTime { series: "s".into(), beyond: Beyond::Above(0.0) };
    claim(ClaimTest::Outcome { measure, expect, within, unit: Unit::Seconds })
}

fn highest(expect: f64, within: f64) -> Claim {
    let (from, to) = (SimTime::ZERO, SimTime::ZERO + Span::from_secs(1800));
    let measure = Measure::Extreme { kind: Extreme::Max, series: "s".into(), from, to };
    claim(ClaimTest::Outcome { measure, expect, within, unit: Unit::Count })
}

fn claim(test: ClaimTest) -> Claim {
    let (id, says, source) = ("A2".into(), "in words".into(), "somewhere".into());
    Claim { id, says, source, test, wanted: Verdict::Holds }
}

fn judged(claim: &Claim, values: &[f64]) -> Judged {
    let values: Vec<Option<f64>> = values.iter().map(|v| v.is_finite().then_some(*v)).collect();
    judge(claim, &values, None)
}

/// The rule: the interval inside what is expected, disjoint from it, or across its edge. With fewer
/// than six runs the interval is the range of the values.
#[test]
fn an_interval_is_inside_outside_or_across() {
    let claim = highest(100.0, 10.0);
    for (values, verdict) in [
        (&[100.0][..], Verdict::Holds),
        (&[90.0, 110.0][..], Verdict::Holds),
        (&[89.9, 110.0][..], Verdict::Undecided),
        (&[110.1, 120.0][..], Verdict::Contradicted),
        (&[80.0, 89.9][..], Verdict::Contradicted),
        (&[80.0, 120.0][..], Verdict::Undecided),
    ] {
        assert_eq!(judged(&claim, values).verdict, verdict, "{values:?}");
    }
}

/// Twenty values: the interval is the 6th to the 15th, so five stragglers on each side change
/// nothing.
#[test]
fn stragglers_do_not_sway_a_verdict() {
    let values: Vec<f64> = [0.0; 5].into_iter().chain([100.0; 10]).chain([900.0; 5]).collect();
    let found = judged(&highest(100.0, 1.0), &values);
    assert_eq!(found.verdict, Verdict::Holds);
    let observed = found.observed.unwrap();
    assert_eq!(
        (observed.low, observed.median, observed.high),
        (Some(100.0), Some(100.0), Some(100.0))
    );
}

#[test]
fn an_event_that_never_comes_contradicts_its_time() {
    let found = judge(&first_time(2280.0, 60.0), &[None; 20], None);
    assert_eq!(found.verdict, Verdict::Contradicted);
    assert_eq!(found.because, "it never came in any of 20 runs, expected at 38 min ± 1 min");
    let observed = found.observed.unwrap();
    assert_eq!((observed.mean, observed.sd), (None, None), "there is no mean of never");
}

/// Never is later than any time: with 3 of 5 the range reaches from a fair time to never.
#[test]
fn an_event_that_comes_in_some_runs_leaves_it_undecided() {
    let values = [Some(2280.0), None, Some(2270.0), Some(2290.0), None];
    let found = judge(&first_time(2280.0, 60.0), &values, None);
    assert_eq!(found.verdict, Verdict::Undecided);
    assert!(found.because.contains("it came in 3 runs"), "{}", found.because);
}

#[test]
fn nothing_to_measure_decides_nothing() {
    let found = judge(&highest(100.0, 1.0), &[None, None], None);
    assert_eq!(found.verdict, Verdict::Undecided);
    assert_eq!(found.because, "there was nothing to measure, expected 100 ± 1");
}

#[test]
fn a_reason_is_a_sentence_with_figures_units_and_the_wall_clock() {
    let start = Some(Start { unix_s: 1_731_577_320 });
    let values = [2244.0, 2272.7, 2292.0].map(Some);
    let found = judge(&first_time(2280.0, 60.0), &values, start);
    let expected =
        "first at 37.88 min (37.4 to 38.2 min over 3 runs; 10:19:52Z), inside 38 min ± 1 min";
    assert_eq!(found.because, expected);
    let found = judged(&highest(10_000.0, 0.0), &[7_940.0]);
    assert_eq!(found.because, "highest 7,940, expected exactly 10,000");
}

#[test]
fn a_claim_without_a_measure_is_not_testable() {
    for test in [ClaimTest::Assumption(Change::default()), ClaimTest::Nothing] {
        let found = judge(&claim(test), &[None], None);
        assert_eq!((found.verdict, found.observed.clone()), (Verdict::NotTestable, None));
        assert_eq!(agreement(&[found]), Agreement::AsExpected, "it fails no run");
    }
}

#[test]
fn a_run_that_stopped_early_decides_nothing() {
    let found = unjudged(&first_time(2280.0, 60.0), "too many events");
    assert_eq!(found.verdict, Verdict::Undecided);
    assert!(found.because.contains("too many events"));
}

#[test]
fn one_verdict_that_differs_outweighs_any_that_are_open() {
    let holds = judged(&highest(100.0, 10.0), &[100.0]);
    let open = judged(&highest(100.0, 10.0), &[80.0, 120.0]);
    let wrong = judged(&highest(100.0, 10.0), &[500.0]);
    assert_eq!(agreement(&[]), Agreement::AsExpected);
    assert_eq!(agreement(std::slice::from_ref(&holds)), Agreement::AsExpected);
    assert_eq!(agreement(&[holds.clone(), open.clone()]), Agreement::Undecided);
    assert_eq!(agreement(&[holds, open.clone(), wrong]), Agreement::Differs);
    let expected_open = Judged { wanted: Verdict::Undecided, ..open };
    assert_eq!(agreement(&[expected_open]), Agreement::AsExpected);
}
