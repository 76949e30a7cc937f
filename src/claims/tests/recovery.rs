//! When goodput is back, on records made by hand.

use crate::claims::{judge, measure};
use crate::observe::{Kind, Record, Series};
use crate::scenario::{Claim, ClaimTest, Measure, Recovers, Scenario, Verdict, read};
use crate::units::{SimTime, Span, Unit};

fn at(seconds: u64) -> SimTime {
    SimTime::ZERO + Span::from_secs(seconds)
}

/// Rows every second; `rates` are the successes in each.
fn record(rates: &[f64]) -> Record {
    let mut values = vec![0.0];
    for rate in rates {
        values.push(values[values.len() - 1] + rate);
    }
    let name = "fleets.chat.succeeded".to_string();
    let series = Series { name, unit: Unit::Count, kind: Kind::Counter, values, peaks: None };
    let times = (0..=rates.len() as u64).map(at).collect();
    Record { times, series: vec![series], ..super::measures::record() }
}

/// The trigger is from 10 s to 12 s, and goodput is counted over 2 s.
fn asked() -> Recovers {
    let (from, before, after, until) = (at(0), at(10), at(12), at(30));
    let over = Span::from_secs(2);
    Recovers { fleet: "chat".into(), from, before, after, until, to: 0.9, over }
}

fn back(after: &[(usize, f64)]) -> Option<f64> {
    let mut rates = vec![100.0; 10];
    after.iter().for_each(|(seconds, rate)| rates.extend(vec![*rate; *seconds]));
    measure(&Measure::Recovers(asked()), &record(&rates))
}

#[test]
fn goodput_is_back_from_the_first_window_that_has_enough() {
    assert_eq!(back(&[(20, 100.0)]), Some(0.0), "it never fell");
    assert_eq!(back(&[(2, 0.0), (18, 90.0)]), Some(0.0), "nine tenths are enough");
    assert_eq!(back(&[(7, 0.0), (13, 95.0)]), Some(5.0), "five seconds after the end at 12 s");
    assert_eq!(back(&[(7, 0.0), (1, 200.0), (12, 95.0)]), Some(4.0), "what was late counts too");
}

#[test]
fn what_does_not_stay_is_not_back() {
    assert_eq!(back(&[(2, 0.0), (18, 89.9)]), None, "never quite");
    assert_eq!(back(&[(2, 0.0), (6, 100.0), (12, 0.0)]), None, "only for a while");
    let again = back(&[(2, 0.0), (6, 100.0), (1, 0.0), (11, 100.0)]);
    assert_eq!(again, Some(7.0), "after the last window that had too little");
    assert_eq!(back(&[(3, 100.0)]), None, "no whole window after the trigger");
}

#[test]
fn without_goodput_before_there_is_nothing_to_come_back_to() {
    let none = record(&[0.0; 30]);
    assert_eq!(measure(&Measure::Recovers(asked()), &none), None);
}

fn claim(measure: Measure, expect: f64, within: f64) -> Claim {
    let test = ClaimTest::Outcome { measure, expect, within, unit: Unit::Seconds };
    let (id, says, source) = ("R".into(), "in words".into(), String::new());
    Claim { id, says, source, test, wanted: Verdict::Holds }
}

#[test]
fn never_can_be_what_is_claimed() {
    let verdict = |expect, values: &[Option<f64>]| {
        let within = if expect == f64::INFINITY { 0.0 } else { 5.0 };
        let judged = judge(&claim(Measure::Recovers(asked()), expect, within), values, None);
        (judged.verdict, judged.because)
    };
    let (holds, contradicted) = (Verdict::Holds, Verdict::Contradicted);
    let never = f64::INFINITY;
    assert_eq!(verdict(never, &[None]), (holds, "goodput never came back, as expected".into()));
    let some = "goodput is back after 4 s, expected never";
    assert_eq!(verdict(never, &[Some(4.0)]), (contradicted, some.into()));
    let late = "goodput never came back in 2 of 2 runs, expected at 20 s ± 5 s";
    assert_eq!(verdict(20.0, &[None, None]), (contradicted, late.into()));
    assert_eq!(verdict(never, &[None, Some(4.0)]).0, Verdict::Undecided);
}

fn scenario() -> Scenario {
    let text = r#"{
      "format": 1, "duration": "1min", "sample_every": "1s",
      "servers": { "redis": {} },
      "fleets": { "chat": {
        "arrivals": { "even": { "rate": "10/s" } },
        "connections": { "main": { "per_request": {} } },
        "steps": [ { "call": { "server": "redis", "through": "main" } } ] } },
      "timeline": [ { "at": "10s", "pause": { "server": "redis", "for": "1s" } } ],
      "claims": [ { "id": "T", "says": "it tips",
        "measure": { "tips": { "path": "timeline.0.pause.for", "from": "1s", "to": "4.55s",
          "to_within": "0.1s",
          "recovers": { "fleet": "chat", "before": "10s", "after": "20s" } } },
        "expect": "2s", "within": "10%" } ]
    }"#;
    read("t.json", &|_| Ok(text.as_bytes().to_vec()), &[]).unwrap_or_else(|p| panic!("{p}"))
}

/// Both ends alike, or the wrong way round, is no tipping point, and is said.
#[test]
fn a_search_without_a_tipping_point_says_so() {
    let scenario = scenario();
    let ClaimTest::Outcome { measure: Measure::Tips(tips), .. } = &scenario.claims[0].test else {
        panic!("a search is read as one")
    };
    assert_eq!((tips.from, tips.steps, tips.value(35)), (1.0, 35, 4.5));
    let said = |value: Option<f64>| {
        let judged = judge(&scenario.claims[0], &[value], None);
        (judged.verdict, judged.because)
    };
    let (holds, no) = (Verdict::Holds, Verdict::Contradicted);
    assert_eq!(said(Some(2.1)), (holds, "tips from 2.1 s on, inside 2 s ± 200 ms".into()));
    let never = "nothing up to 4.5 s tips it, expected at 2 s ± 200 ms";
    assert_eq!(said(Some(f64::INFINITY)), (no, never.into()));
    let always = "it tips at 1 s already, below 2 s ± 200 ms";
    assert_eq!(said(Some(f64::NEG_INFINITY)), (no, always.into()));
    let (verdict, because) = said(None);
    assert_eq!(verdict, Verdict::Undecided, "{because}");
}
