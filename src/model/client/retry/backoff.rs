//! The pause before a retry.

use crate::chance::{Sampler, Stream};
use crate::model::plan::sampler;
use crate::scenario::{Backoff, Cause, Growth, Jitter, Policy};
use crate::units::Span;

/// No pause is longer: longer than any run.
const LONGEST: Span = Span::from_secs(10_000_000_000);

/// The pauses of a policy, ready to be drawn.
#[derive(Debug)]
pub struct Pauses {
    backoff: Backoff,
    jitter: Jitter,
    plus: Span,
    /// Of a backoff that is drawn.
    drawn: Sampler,
}

impl Pauses {
    /// Those of `policy`.
    pub fn new(policy: &Policy) -> Pauses {
        let Policy { backoff, jitter, plus, .. } = policy.clone();
        let drawn = match &backoff {
            Backoff::Drawn(dist) => sampler(dist),
            _ => Sampler::constant(Span::ZERO),
        };
        Pauses { backoff, jitter, plus, drawn }
    }

    /// The pause before the next retry of a call that was retried `retries` times and has failed for
    /// `cause`. What it depends on of the pauses before is kept in `memory`, which begins as zero.
    ///
    /// Draws from `stream` only where chance has a part.
    ///
    /// # Source
    ///
    /// Full, equal and decorrelated jitter: aws-samples/aws-arch-backoff-simulator,
    /// `src/backoff_simulator.py` (where n counts from 1). The second decorrelated one: Polly.Core
    /// `Retry/RetryHelper.cs` `DecorrelatedJitterBackoffV2`.
    pub fn next(&self, retries: u32, cause: Cause, memory: &mut Span, stream: &mut Stream) -> Span {
        let (pause, base, cap, cap_last) = match &self.backoff {
            Backoff::Constant(span) => (*span, *span, None, false),
            Backoff::Linear { step, cap } => {
                let grown = step.times(u64::from(retries) + 1);
                (cap.map_or(grown, |cap| grown.min(cap)), *step, *cap, false)
            }
            Backoff::Drawn(_) => (self.drawn.sample(stream), Span::ZERO, None, false),
            Backoff::Exponential(growth) => {
                let base = base_after(growth, cause);
                let grown = grows(growth, base, retries.saturating_add(growth.first));
                (grown, base, growth.cap, growth.cap_last)
            }
        };
        let capped = |span: Span| cap.map_or(span, |cap| span.min(cap));
        let drawn = |low: Span, high: Span, stream: &mut Stream| {
            let (low, high) = (low.as_secs_f64(), high.as_secs_f64());
            Span::from_secs_f64(low + (high - low) * stream.uniform())
        };
        let pause = match self.jitter {
            Jitter::None => pause,
            Jitter::Full => drawn(Span::ZERO, pause, stream),
            Jitter::Equal => drawn(Span::from_ns(pause.as_ns() / 2), pause, stream),
            Jitter::Decorrelated => {
                let from = if memory.is_zero() { base } else { *memory };
                *memory = capped(drawn(base, from.times(3).max(base), stream));
                *memory
            }
            Jitter::DecorrelatedV2 => {
                let before = *memory;
                *memory = all_pauses_v2(&self.backoff, base, retries, stream.uniform());
                capped(Span::from_ns(memory.as_ns().saturating_sub(before.as_ns())))
            }
            Jitter::Spread { from, to } => {
                let times = from + (to - from) * stream.uniform();
                Span::from_secs_f64(pause.as_secs_f64() * times)
            }
            Jitter::Added(most) => pause + drawn(Span::ZERO, most, stream),
        };
        let pause = pause + self.plus;
        if cap_last { capped(pause) } else { pause }
    }
}

/// The base of the growth after a failure for `cause`.
fn base_after(growth: &Growth, cause: Cause) -> Span {
    let of = growth.base_of.iter().find(|(other, _)| *other == cause);
    of.map_or(growth.base, |(_, base)| *base)
}

/// base x factor^n - minus, not above the cap if that holds before chance.
fn grows(growth: &Growth, base: Span, n: u32) -> Span {
    let cap = growth.cap.filter(|_| !growth.cap_last).unwrap_or(LONGEST);
    let grown = grown(base, growth.factor, cap + growth.minus, n);
    Span::from_ns(grown.as_ns().saturating_sub(growth.minus.as_ns()))
}

/// min(cap, base x factor^n).
pub fn grown(base: Span, factor: f64, cap: Span, n: u32) -> Span {
    if factor <= 1.0 {
        return base.min(cap);
    }
    let mut pause = base.as_secs_f64();
    for _ in 0..n {
        pause *= factor;
        if pause >= cap.as_secs_f64() {
            return cap;
        }
    }
    Span::from_secs_f64(pause).min(cap)
}

/// The sum of the pauses of Polly's jitter up to that after `retries` retries.
fn all_pauses_v2(backoff: &Backoff, base: Span, retries: u32, uniform: f64) -> Span {
    const SCALE: f64 = 1.0 / 1.4;
    let factor = match backoff {
        Backoff::Exponential(growth) => growth.factor,
        _ => 1.0,
    };
    let t = f64::from(retries) + uniform;
    let sum = libm::pow(factor, t) * libm::tanh(libm::sqrt(4.0 * t));
    Span::from_secs_f64(base.as_secs_f64() * SCALE * sum).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Purpose;

    fn stream() -> Stream {
        Stream::new("1", 0, "fleets.f", Purpose::RetryJitter)
    }

    fn ms(ms: u64) -> Span {
        Span::from_ns(ms * 1_000_000)
    }

    fn policy(jitter: Jitter) -> Policy {
        Policy::new(None, Backoff::exponential(ms(50), 2.0, ms(2000)), jitter)
    }

    /// The first pauses of one call.
    fn pauses(policy: &Policy, number: u32, stream: &mut Stream) -> Vec<f64> {
        let (pauses, mut memory) = (Pauses::new(policy), Span::ZERO);
        let next = |n| pauses.next(n, Cause::Rejected, &mut memory, stream).as_secs_f64();
        (0..number).map(next).collect()
    }

    /// Reference case E25: the schedule without jitter, and mean and variance of its sum with it.
    #[test]
    fn the_schedule_of_reference_case_e25() {
        let plain = pauses(&policy(Jitter::None), 8, &mut stream());
        assert_eq!(plain, [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0]);
        for (jitter, mean, variance) in
            [(Jitter::Full, 3.575, 0.951_041_7f64), (Jitter::Equal, 5.3625, 0.237_760_4)]
        {
            let (runs, mut stream) = (20_000, stream());
            let total: f64 = (0..runs)
                .map(|_| pauses(&policy(jitter), 8, &mut stream).iter().sum::<f64>())
                .sum::<f64>();
            let standard_error = (variance / f64::from(runs)).sqrt();
            assert!((total / f64::from(runs) - mean).abs() < 4.0 * standard_error, "{jitter:?}");
        }
    }

    #[test]
    fn decorrelated_pauses_stay_between_base_and_cap() {
        let mut stream = stream();
        for _ in 0..1000 {
            let mut last = 0.05;
            for pause in pauses(&policy(Jitter::Decorrelated), 8, &mut stream) {
                assert!((0.05..=2.0).contains(&pause) && pause <= 3.0 * last + 1e-9);
                last = pause;
            }
        }
    }

    fn growth(policy: &mut Policy) -> &mut Growth {
        match &mut policy.backoff {
            Backoff::Exponential(growth) => growth,
            _ => unreachable!("the delay grows"),
        }
    }

    /// ioredis 5: min(50 ms x n, 2 s); tokio-retry: 10, 100, 1000 ms; Envoy without its chance:
    /// min(250 ms, 25 ms x (2^n - 1)), n from 1; the AWS simulator: n from 1.
    #[test]
    fn schedules_without_chance_are_those_of_the_libraries() {
        let linear = Backoff::Linear { step: ms(50), cap: Some(ms(2000)) };
        let reconnect = pauses(&Policy::new(None, linear, Jitter::None), 60, &mut stream());
        let expected: Vec<f64> = (1..=60).map(|n| f64::from(n * 50).min(2000.0) / 1e3).collect();
        assert_eq!(reconnect, expected);
        let mut tokio = policy(Jitter::None);
        *growth(&mut tokio) =
            Growth { base: ms(10), factor: 10.0, cap: None, ..growth(&mut tokio).clone() };
        assert_eq!(pauses(&tokio, 3, &mut stream()), [0.01, 0.1, 1.0]);
        let mut envoy = policy(Jitter::None);
        let grown = growth(&mut envoy);
        (grown.base, grown.minus, grown.first, grown.cap) = (ms(25), ms(25), 1, Some(ms(250)));
        assert_eq!(pauses(&envoy, 5, &mut stream()), [0.025, 0.075, 0.175, 0.25, 0.25]);
        let mut simulator = policy(Jitter::None);
        let grown = growth(&mut simulator);
        (grown.base, grown.first) = (ms(5), 1);
        assert_eq!(pauses(&simulator, 3, &mut stream()), [0.01, 0.02, 0.04]);
    }

    /// A cap that holds at the end cuts what chance has made: of redis-py's U x 10 ms x 2^f, f from 1,
    /// the eighth is U x 2.56 s and is 1 s with probability 1 - 1/2.56.
    #[test]
    fn a_cap_at_the_end_is_met_with_the_probability_of_the_excess() {
        let mut redis_py = policy(Jitter::Full);
        let grown = growth(&mut redis_py);
        (grown.base, grown.first, grown.cap, grown.cap_last) = (ms(10), 1, Some(ms(1000)), true);
        let (runs, mut stream) = (20_000, stream());
        let at_cap = |_: &u32| pauses(&redis_py, 8, &mut stream)[7] >= 1.0;
        let share = (0..runs).filter(at_cap).count() as f64 / f64::from(runs);
        let p = 1.0 - 1.0 / 2.56;
        let standard_error = (p * (1.0 - p) / f64::from(runs)).sqrt();
        assert!((share - p).abs() < 4.0 * standard_error, "{share}");
    }

    /// go-redis: 10 ms + U x (10 ms x 2^n), n from 1; gRPC: v x U[0.8, 1.2]; node-redis: v + up to
    /// 200 ms. Each fills its range and has its mean.
    #[test]
    fn spreads_and_additions_fill_their_ranges() {
        let mut go_redis = policy(Jitter::Full);
        go_redis.plus = ms(10);
        let grown = growth(&mut go_redis);
        (grown.base, grown.first, grown.cap, grown.cap_last) = (ms(10), 1, Some(ms(1000)), true);
        let grpc = policy(Jitter::Spread { from: 0.8, to: 1.2 });
        let added = policy(Jitter::Added(ms(200)));
        for (policy, low, high) in [(go_redis, 0.01, 0.03), (grpc, 0.04, 0.06), (added, 0.05, 0.25)]
        {
            let (runs, mut stream) = (10_000, stream());
            let drawn: Vec<f64> = (0..runs).map(|_| pauses(&policy, 1, &mut stream)[0]).collect();
            assert!(drawn.iter().all(|pause| (low..=high).contains(pause)));
            let mean = drawn.iter().sum::<f64>() / f64::from(runs);
            let standard_error = (high - low) / (12.0 * f64::from(runs)).sqrt();
            assert!((mean - (low + high) / 2.0).abs() < 4.0 * standard_error, "{mean}");
        }
    }

    /// Polly's pauses add up to base / 1.4 x f(n + U): the sum of the first n + 1 lies between f(n)
    /// and f(n + 1), and its mean is the integral of f from n to n + 1.
    #[test]
    fn pauses_of_the_second_decorrelated_jitter_add_up_to_its_function() {
        let f = |t: f64| libm::exp2(t) * libm::tanh((4.0 * t).sqrt()) * 0.05 / 1.4;
        let mut polly = policy(Jitter::DecorrelatedV2);
        growth(&mut polly).cap = None;
        let (runs, mut stream) = (20_000, stream());
        let mut sums = Vec::new();
        for _ in 0..runs {
            let mut sum = 0.0;
            for (n, pause) in pauses(&polly, 5, &mut stream).into_iter().enumerate() {
                sum += pause;
                let (low, high) = (f(n as f64) - 1e-6, f(n as f64 + 1.0) + 1e-6);
                assert!((low..=high).contains(&sum), "{n}: {sum} of {low} to {high}");
            }
            sums.push(sum);
        }
        let steps = 1000;
        let mean = |g: &dyn Fn(f64) -> f64| {
            (0..steps).map(|i| g(4.0 + (f64::from(i) + 0.5) / f64::from(steps))).sum::<f64>()
                / f64::from(steps)
        };
        let expected = mean(&f);
        let variance = mean(&|t| f(t) * f(t)) - expected * expected;
        let found = sums.iter().sum::<f64>() / f64::from(runs);
        let standard_error = (variance / f64::from(runs)).sqrt();
        assert!((found - expected).abs() < 4.0 * standard_error, "{found}, {expected}");
    }
}
