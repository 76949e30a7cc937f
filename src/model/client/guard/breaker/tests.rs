use super::*;
use crate::scenario::{Causes, WindowOver};
use crate::units::Ratio;

const OK: Option<Cause> = None;
const BAD: Option<Cause> = Some(Cause::ReadTimeout);

fn at(ms: u64) -> SimTime {
    SimTime::from_ns(ms * 1_000_000)
}

fn ms(ms: u64) -> Span {
    Span::from_ns(ms * 1_000_000)
}

fn percent(percent: f64) -> Ratio {
    Ratio::new(percent / 100.0).expect("a share")
}

/// Resilience4j's defaults.
fn resilience4j() -> BreakerWindow {
    BreakerWindow {
        over: WindowOver::Calls(100),
        min_calls: 100,
        failure_ratio: percent(50.0),
        slow_call: Some(ms(60_000)),
        slow_ratio: percent(100.0),
        open_for: ms(60_000),
        probes: 10,
        probes_close: ProbesClose::Ratio,
        looks: Looks::EachCall,
    }
}

fn of(rule: BreakerWindow) -> Breaker {
    Breaker::new(&scenario::Breaker::Window(rule), BreakerPlace::default())
}

/// An attempt that begins and ends at `now`, if it passes.
fn attempt(breaker: &mut Breaker, now: SimTime, failed: Option<Cause>) -> Option<Turn> {
    let turn = breaker.look(now);
    let ticket = breaker.ask(now).0;
    ticket.map_or(turn, |ticket| breaker.ended(ticket, Ended { failed, took: ms(1) }, now))
}

#[test]
fn failures_in_a_row_open_it_and_a_success_between_them_does_not() {
    let rule = scenario::Breaker::Consecutive { failures: 3, open_for: ms(1_000) };
    let mut breaker = Breaker::new(&rule, BreakerPlace::default());
    let ends = [BAD, BAD, OK, BAD, BAD, BAD];
    let turns: Vec<_> = (0..).zip(ends).map(|(t, end)| attempt(&mut breaker, at(t), end)).collect();
    assert_eq!(turns, [None, None, None, None, None, Some(Turn::Opened)]);
    assert!(breaker.is_open(at(1_004)) && !breaker.is_open(at(1_005)));
}

#[test]
fn one_probe_decides_and_late_results_do_not() {
    let rule = scenario::Breaker::Consecutive { failures: 1, open_for: ms(10) };
    let mut breaker = Breaker::new(&rule, BreakerPlace::default());
    let (early, _) = breaker.ask(at(0));
    attempt(&mut breaker, at(0), BAD);
    assert_eq!(breaker.ask(at(9)), (None, None));
    let (probe, turn) = breaker.ask(at(10));
    assert_eq!((turn, breaker.ask(at(10))), (Some(Turn::HalfOpened), (None, None)));
    let ended = |failed| Ended { failed, took: ms(1) };
    let late = early.map(|ticket| breaker.ended(ticket, ended(OK), at(11)));
    assert_eq!(late, Some(None), "it began before the breaker opened");
    let probe = probe.expect("the first after the open time passes");
    assert_eq!(breaker.ended(probe, ended(BAD), at(20)), Some(Turn::Opened));
    let (second, _) = breaker.ask(at(30));
    assert_eq!(breaker.ended(probe, ended(BAD), at(31)), None, "its own time is over");
    let second = second.expect("the next probe passes");
    assert_eq!(breaker.ended(second, ended(OK), at(32)), Some(Turn::Closed));
}

/// The first look that can open it is at the hundredth call: at one call a second after 100 s.
#[test]
fn resilience4j_needs_a_hundred_calls_whatever_becomes_of_them() {
    let mut breaker = of(resilience4j());
    let opened =
        (1..).find(|second| attempt(&mut breaker, at(second * 1_000), BAD) == Some(Turn::Opened));
    assert_eq!(opened, Some(100));
}

#[test]
fn half_of_the_last_hundred_open_it_and_one_less_does_not() {
    for (failures, opens) in [(49, false), (50, true)] {
        let mut breaker = of(resilience4j());
        let turns =
            (0..100).map(|n| attempt(&mut breaker, at(n), if n < failures { BAD } else { OK }));
        assert_eq!(turns.last().flatten().is_some(), opens, "{failures} failures");
    }
}

/// 7 % of 100 is 7.000000000000001 as a product of floats: a share is a division.
#[test]
fn a_share_is_reached_exactly() {
    for threshold in 1..=100u32 {
        let rule = BreakerWindow { failure_ratio: percent(f64::from(threshold)), ..resilience4j() };
        let of = |marked| Tally { calls: 100, marked, slow: 0 };
        assert!(is_over(&rule, of(threshold)) && !is_over(&rule, of(threshold - 1)));
    }
}

#[test]
fn ten_calls_try_a_half_open_resilience4j_and_half_of_them_decide() {
    for (failures, then) in [(4, Turn::Closed), (5, Turn::Opened)] {
        let mut breaker = of(resilience4j());
        (0..100).for_each(|n| _ = attempt(&mut breaker, at(n), BAD));
        assert_eq!(breaker.ask(at(60_098)), (None, None));
        let tickets: Vec<u16> = (0..10).filter_map(|_| breaker.ask(at(60_099)).0).collect();
        assert_eq!((tickets.len(), breaker.ask(at(90_000)).0), (10, None), "for any time");
        let ends = (0..10).map(|n| if n < failures { BAD } else { OK });
        let turns: Vec<_> = tickets
            .into_iter()
            .zip(ends)
            .map(|(ticket, failed)| {
                breaker.ended(ticket, Ended { failed, took: ms(1) }, at(90_001))
            })
            .collect();
        assert_eq!((turns[..9].iter().flatten().count(), turns[9]), (0, Some(then)));
    }
}

#[test]
fn slow_calls_open_it_as_failures_do() {
    let rule =
        BreakerWindow { slow_call: Some(ms(100)), slow_ratio: percent(80.0), ..resilience4j() };
    let mut breaker = of(rule);
    let mut call = |n: u64, took| {
        let ticket = breaker.ask(at(n)).0?;
        breaker.ended(ticket, Ended { failed: OK, took: ms(took) }, at(n))
    };
    // A call that takes just the limit is not slow.
    assert_eq!((0..20).find_map(|n| call(n, 100)), None);
    assert_eq!((20..99).find_map(|n| call(n, 101)), None);
    assert_eq!(call(99, 101), Some(Turn::Opened));
}

/// Twenty buckets of 500 ms, looked at when one ends; a single probe.
fn hystrix() -> BreakerWindow {
    BreakerWindow {
        over: WindowOver::Time { length: ms(10_000), buckets: 20 },
        min_calls: 20,
        slow_call: None,
        open_for: ms(5_000),
        probes: 1,
        probes_close: ProbesClose::All,
        looks: Looks::EachBucket,
        ..resilience4j()
    }
}

#[test]
fn hystrix_looks_every_half_second_at_twenty_calls_within_ten() {
    // 19 failures in 10 s are too few, at any rate; the 20th within the window is seen at the end of
    // its bucket.
    let mut breaker = of(hystrix());
    assert_eq!((0..100).find_map(|n| attempt(&mut breaker, at(n * 527), BAD)), None);
    let mut breaker = of(hystrix());
    (0..20).for_each(|n| assert_eq!(attempt(&mut breaker, at(n * 10), BAD), None));
    assert_eq!(breaker.look(at(499)), None);
    assert_eq!(breaker.look(at(500)), Some(Turn::Opened));
    assert!(breaker.is_open(at(5_499)) && !breaker.is_open(at(5_500)));
    assert_eq!(attempt(&mut breaker, at(5_500), OK), Some(Turn::Closed));
}

/// A look that nobody was there for is made up: it opens at the instant of the look.
#[test]
fn a_look_takes_effect_at_its_own_instant() {
    let mut breaker = of(hystrix());
    (0..20).for_each(|n| _ = attempt(&mut breaker, at(n), BAD));
    assert_eq!(breaker.look(at(5_200)), Some(Turn::Opened));
    assert_eq!(breaker.ask(at(5_499)), (None, None));
    assert_eq!(breaker.ask(at(5_500)).1, Some(Turn::HalfOpened));
}

#[test]
fn polly_looks_after_failures_only() {
    let rule = BreakerWindow {
        over: WindowOver::Time { length: ms(30_000), buckets: 10 },
        failure_ratio: percent(10.0),
        slow_call: None,
        looks: Looks::EachFailure,
        ..resilience4j()
    };
    let mut breaker = of(rule);
    (0..50).for_each(|n| assert_eq!(attempt(&mut breaker, at(n), BAD), None));
    (50..150).for_each(|n| assert_eq!(attempt(&mut breaker, at(n), OK), None));
    assert_eq!(attempt(&mut breaker, at(150), BAD), Some(Turn::Opened));
}

#[test]
fn what_it_ignores_teaches_nothing_and_leaves_its_place_to_another_probe() {
    let ignores = Causes::of([Cause::BulkheadFull]);
    let place = BreakerPlace { ignores, ..BreakerPlace::default() };
    let rule = scenario::Breaker::Consecutive { failures: 1, open_for: ms(10) };
    let mut breaker = Breaker::new(&rule, place);
    assert_eq!(attempt(&mut breaker, at(0), Some(Cause::BulkheadFull)), None);
    assert_eq!(attempt(&mut breaker, at(0), BAD), Some(Turn::Opened));
    assert_eq!(attempt(&mut breaker, at(10), Some(Cause::BulkheadFull)), None);
    assert_eq!(attempt(&mut breaker, at(10), OK), Some(Turn::Closed));
}

/// Reference case E22: ten failures in a row at even odds take (2^10 - 1) / (1 - 1/2) calls in the mean;
/// the number is nearly exponential, so its standard error is the mean over the root of the cycles.
#[test]
fn ten_failures_in_a_row_take_2046_calls_at_even_odds() {
    const CYCLES: u32 = 12_000;
    let rule = scenario::Breaker::Consecutive { failures: 10, open_for: ms(0) };
    let mut chance = crate::chance::Stream::new("E22", 0, "tests", crate::chance::Purpose::Service);
    let mut calls = 0u64;
    for _ in 0..CYCLES {
        let mut breaker = Breaker::new(&rule, BreakerPlace::default());
        let mut opened = false;
        while !opened {
            calls += 1;
            let failed = if chance.next_u64() >> 63 == 1 { BAD } else { OK };
            opened = attempt(&mut breaker, at(0), failed) == Some(Turn::Opened);
        }
    }
    let (mean, expected) = (calls as f64 / f64::from(CYCLES), 2046.0);
    let error = expected / f64::from(CYCLES).sqrt();
    assert!((mean - expected).abs() < 4.0 * error, "{mean}, expected {expected}");
}
