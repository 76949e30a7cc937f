use super::*;
use crate::chance::Purpose;
use crate::scenario::Throttle;
use crate::units::Ratio;

fn chance() -> Stream {
    Stream::new("1", 0, "fleets.f", Purpose::LimitProbe)
}

fn share(share: f64) -> Ratio {
    Ratio::new(share).expect("a share")
}

fn limit(initial: u32, (min, max): (u32, u32), rule: LimitRule) -> Limiter {
    Limiter::new(&scenario::Limiter::Limit(Limit { initial, min, max, rule }))
}

/// One sample of so many milliseconds with so many out; the limit after it.
fn learn(limiter: &mut Limiter, (ms, in_flight, failed): (u64, u32, bool)) -> u32 {
    let took = Span::from_ns(ms * 1_000_000);
    limiter.in_flight = in_flight;
    limiter.ended(Sample { took, in_flight, failed }, SimTime::ZERO, &mut chance());
    limiter.limit()
}

/// By hand: half of the limit or more lets it grow by one, a failure or a slow answer leaves the whole
/// part of nine tenths, the ends of the range hold.
#[test]
fn aimd_step_by_step() {
    let timeout = Span::from_secs(5);
    let mut aimd = limit(20, (18, 22), LimitRule::Aimd { backoff: share(0.9), timeout });
    let steps = [
        ((10, 9, false), 20),
        ((10, 10, false), 21),
        ((10, 11, false), 22),
        ((10, 22, false), 22),
        ((5_000, 1, false), 22),
        ((5_001, 22, false), 19),
        ((10, 1, true), 18),
    ];
    for (sample, expected) in steps {
        assert_eq!(learn(&mut aimd, sample), expected, "after {sample:?}");
    }
}

/// By hand: log10 of 20 to 99 counts as 1, so alpha is 3, beta 6. At a limit of L the queue is
/// ceil(L x (1 - shortest / time)).
#[test]
fn vegas_step_by_step() {
    let rule = LimitRule::Vegas { smoothing: share(1.0), probe: 1_000 };
    let mut vegas = limit(20, (1, 1000), rule);
    let steps = [
        // The first time is the shortest; a shorter one too. Nothing moves.
        ((10, 20, false), 20),
        ((8, 20, false), 20),
        // The queue is 0: up by beta. Then ceil(26 x (1 - 8/10)) = 6 = beta: it stays.
        ((8, 20, false), 26),
        ((10, 26, false), 26),
        // ceil(26 x (1 - 8/8.8...)): at 9 ms 3 = alpha, it stays.
        ((9, 26, false), 26),
        // At 16 ms 13, more than beta: down by one; so does a failure, at any time.
        ((16, 26, false), 25),
        ((8, 25, true), 24),
        // Fewer than half of the limit out: it stays, whatever the time.
        ((8, 11, false), 24),
        ((16, 11, false), 24),
    ];
    for (sample, expected) in steps {
        assert_eq!(learn(&mut vegas, sample), expected, "after {sample:?}");
    }
    // 1 < queue < alpha: up by one. ceil(20 x (1 - 19/20)) is 1; at 19 of 21 it is 2.
    let mut vegas = limit(20, (1, 1000), rule);
    learn(&mut vegas, (19, 20, false));
    assert_eq!(learn(&mut vegas, (21, 20, false)), 21);
    // From 100 on log10 counts 2: beta is 12, and a failure takes 2.
    let mut vegas = limit(100, (1, 1000), rule);
    learn(&mut vegas, (10, 100, false));
    assert_eq!(learn(&mut vegas, (10, 100, false)), 112);
    assert_eq!(learn(&mut vegas, (10, 100, true)), 110);
}

/// The shortest time is measured anew after 30 x 20 x (0.5 to 1) samples: 300 to 600.
#[test]
fn vegas_forgets_the_shortest_time_now_and_then() {
    let rule = LimitRule::Vegas { smoothing: share(1.0), probe: 30 };
    let mut vegas = limit(20, (1, 1000), rule);
    let mut chance = chance();
    let mut sample = |vegas: &mut Limiter, ms: u64| {
        vegas.in_flight = 1;
        let took = Span::from_ns(ms * 1_000_000);
        vegas.ended(Sample { took, in_flight: 1, failed: false }, SimTime::ZERO, &mut chance);
        vegas.moves.shortest
    };
    sample(&mut vegas, 1);
    let mut last = 1;
    for _ in 0..20 {
        let at = (last + 1..).find(|_| sample(&mut vegas, 2) == 2e6).expect("it forgets");
        assert!((300..=600).contains(&(at - last)), "after {} samples", at - last);
        // A shorter time is known again at once, and counts as a sample.
        assert_eq!(sample(&mut vegas, 1), 1e6);
        last = at + 1 - 1;
        sample(&mut vegas, 1);
        last += 2;
    }
}

/// By hand: equal times give 0.8 x 20 + 0.2 x (20 + 4) = 20.8, then 21.6. A time of four times the
/// average gives g = max(0.5, 1.5 x long / short).
#[test]
fn gradient2_step_by_step() {
    let rule =
        LimitRule::Gradient2 { smoothing: share(0.2), queue: 4, tolerance: 1.5, long_window: 600 };
    let mut gradient = limit(20, (20, 200), rule);
    let mut value = |sample| {
        learn(&mut gradient, sample);
        (gradient.moves.limit, gradient.moves.long / 1e6)
    };
    let near = |(a, b): (f64, f64), (c, d): (f64, f64)| {
        assert!((a - c).abs() < 1e-9 && (b - d).abs() < 1e-9, "{a} {b}, expected {c} {d}");
    };
    near(value((10, 20, false)), (20.8, 10.0));
    near(value((10, 20, false)), (21.6, 10.0));
    // Fewer than half out: only the average learns.
    near(value((10, 10, false)), (21.6, 10.0));
    // The mean of 10, 10, 10 and 70 is 25; 1.5 x 25 / 70 = 0.5357...
    let g = 1.5 * 25.0 / 70.0;
    let moved = 0.8 * 21.6 + 0.2 * (21.6 * g + 4.0);
    near(value((70, 20, false)), (moved, 25.0));
    // 10 more: the mean is 22, more than twice 10, and is shortened by a twentieth for the next.
    let up = 0.8 * moved + 0.2 * (moved + 4.0);
    near(value((10, 20, false)), (up, 22.0 * 0.95));
}

/// After the ten of the warm-up the average is exponential: 2 / 601 of each new time.
#[test]
fn the_long_average_warms_up_first() {
    let mut moves = Moves::default();
    for _ in 0..10 {
        assert_eq!(moves.average(10e6, 600), 10e6);
    }
    let expected = 10e6 * (1.0 - 2.0 / 601.0) + 19e6 * (2.0 / 601.0);
    assert!((moves.average(19e6, 600) - expected).abs() < 1e-6);
}

/// The probability that a throttle refuses, after so many attempts and successes.
#[test]
fn a_throttle_refuses_what_the_formula_says() {
    let seen = |calls, marked| Tally { calls, marked, slow: 0 };
    assert_eq!(refusal(2.0, seen(0, 0)), 0.0);
    assert_eq!(refusal(2.0, seen(99, 0)), 0.99);
    assert_eq!(refusal(2.0, seen(99, 10)), 0.79);
    assert!(refusal(2.0, seen(99, 50)) < 0.0, "nothing is refused while half succeed");
    assert_eq!(refusal(1.1, seen(99, 50)), (99.0 - 1.1 * 50.0) / 100.0);
}

/// Against a server that is down everything that is refused counts too: of n attempts the expected
/// number let through is the sum of 1 / (i + 1).
#[test]
fn a_dead_server_is_asked_ever_less_within_a_window() {
    let rule = Throttle { k: 2.0, window: Span::from_secs(120), buckets: 120 };
    let (runs, attempts) = (400, 200);
    let mut chance = Stream::new("1", 0, "fleets.f", Purpose::Throttle);
    let mut passed = 0;
    for _ in 0..runs {
        let mut throttle = Limiter::new(&scenario::Limiter::Throttle(rule));
        passed +=
            (0..attempts).filter(|_| throttle.ask(SimTime::ZERO, &mut chance).is_ok()).count();
    }
    let odds = || (0..attempts).map(|i| 1.0 / f64::from(i + 1));
    let mean: f64 = odds().sum();
    let variance: f64 = odds().map(|p| p * (1.0 - p)).sum();
    let error = (variance / f64::from(runs)).sqrt();
    let seen = passed as f64 / f64::from(runs);
    assert!((seen - mean).abs() < 4.0 * error, "{seen}, expected {mean}");
}
