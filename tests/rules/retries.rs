//! Attempts and pauses, exactly.

use highwater::model::Observation;
use highwater::scenario::*;
use highwater::units::{SimTime, Span};

use crate::probe::Diary;
use crate::support::*;

/// A caller who is always refused, and the instants of its attempts in milliseconds.
fn attempts(retry: Retry, seed: u32) -> Vec<f64> {
    let arrivals = Arrivals::Instants { at: vec![SimTime::ZERO], each: 1 };
    let mut caller = fleet(arrivals, per_request(NO_LEAK), Dist::Constant(Span::ZERO));
    caller.retry = retry;
    let mut server = free_server("redis", 1);
    server.internal.admin = 1;
    let mut refused = scenario(server, caller, "1h");
    refused.seed = seed.to_string();
    let diary = Diary::of(&refused);
    let ends = diary.ends();
    assert_eq!(ends.len(), 1, "one request, one end");
    assert_eq!(ends[0].1, Some(Cause::Rejected));
    let times = diary.ms(|what| matches!(what, Observation::Attempted { .. }));
    assert_eq!(times.last(), Some(&ends[0].0), "the last attempt is the end");
    times
}

fn exponential(attempts: u32, jitter: Jitter) -> Retry {
    let backoff = Backoff::exponential(span("100ms"), 2.0, span("1s"));
    Retry::again(Some(attempts), backoff, jitter)
}

#[test]
fn so_many_attempts_and_these_pauses() {
    let constant =
        |attempts| Retry::again(Some(attempts), Backoff::Constant(span("250ms")), Jitter::None);
    assert_eq!(attempts(Retry::None, 0), [0.0]);
    assert_eq!(attempts(constant(1), 0), [0.0]);
    assert_eq!(attempts(constant(4), 0), [0.0, 250.0, 500.0, 750.0]);
    let growing = [0.0, 100.0, 300.0, 700.0, 1500.0, 2500.0, 3500.0];
    assert_eq!(attempts(exponential(7, Jitter::None), 0), growing);
}

/// A thousand callers: every pause lies where its jitter allows, and the pauses come near both ends.
#[test]
fn jitter_keeps_its_bounds_and_fills_them() {
    let caps = [100.0, 200.0, 400.0, 800.0, 1000.0];
    for (jitter, low) in [(Jitter::Full, 0.0), (Jitter::Equal, 0.5)] {
        let (mut least, mut most) = (1.0f64, 0.0f64);
        for seed in 0..1000 {
            let times = attempts(exponential(6, jitter), seed);
            for (pair, cap) in times.windows(2).zip(caps) {
                let share = (pair[1] - pair[0]) / cap;
                assert!((low - 1e-6..=1.0 + 1e-6).contains(&share), "{jitter:?}: {share}");
                (least, most) = (least.min(share), most.max(share));
            }
        }
        assert!(least < low + 0.01 && most > 0.99, "{jitter:?}: {least} to {most}");
    }
}
