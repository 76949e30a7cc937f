//! Whether a failed call is tried again, and after which pause.

use crate::chance::Stream;
use crate::scenario::{Backoff, Jitter, Retry};
use crate::units::Span;

/// What a retry policy decides about a failed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The call has failed for good.
    GiveUp,
    /// Another attempt after this pause.
    After(Span),
}

/// Decides after `attempts` attempts (the first included) have failed, of which the last but one was
/// followed by the pause `last` (zero before the first retry).
///
/// Draws from `stream` only where the policy has jitter. The first retry waits `base`: n counts from
/// 0 at the first retry.
///
/// # Source
///
/// The four families: aws-samples/aws-arch-backoff-simulator, `src/backoff_simulator.py` (where n
/// counts from 1).
pub fn decide(retry: &Retry, attempts: u32, last: Span, stream: &mut Stream) -> Decision {
    let Retry::Again { attempts: most, backoff, jitter } = retry else {
        return Decision::GiveUp;
    };
    if most.is_some_and(|most| attempts >= most) {
        return Decision::GiveUp;
    }
    let (pause, base, cap) = match *backoff {
        Backoff::Constant(span) => (span, span, span),
        Backoff::Exponential { base, factor, cap } => {
            (grown(base, factor, cap, attempts - 1), base, cap)
        }
    };
    let drawn = |low: Span, high: Span, stream: &mut Stream| {
        let (low, high) = (low.as_secs_f64(), high.as_secs_f64());
        Span::from_secs_f64(low + (high - low) * stream.uniform())
    };
    Decision::After(match jitter {
        Jitter::None => pause,
        Jitter::Full => drawn(Span::ZERO, pause, stream),
        Jitter::Equal => drawn(Span::from_ns(pause.as_ns() / 2), pause, stream),
        Jitter::Decorrelated => {
            let from = if last.is_zero() { base } else { last };
            drawn(base, from.times(3).max(base), stream).min(cap)
        }
    })
}

/// min(cap, base x factor^n).
pub(in crate::model::client) fn grown(base: Span, factor: f64, cap: Span, n: u32) -> Span {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Purpose;

    fn stream() -> Stream {
        Stream::new("1", 0, "fleets.f", Purpose::RetryJitter)
    }

    fn policy(jitter: Jitter) -> Retry {
        let ms = |ms: u64| Span::from_ns(ms * 1_000_000);
        let backoff = Backoff::Exponential { base: ms(50), factor: 2.0, cap: ms(2000) };
        Retry::Again { attempts: Some(9), backoff, jitter }
    }

    /// The pauses of one call, from the first failure to giving up.
    fn pauses(retry: &Retry, stream: &mut Stream) -> Vec<f64> {
        let mut last = Span::ZERO;
        let mut pauses = Vec::new();
        for attempts in 1.. {
            match decide(retry, attempts, last, stream) {
                Decision::GiveUp => break,
                Decision::After(pause) => {
                    pauses.push(pause.as_secs_f64());
                    last = pause;
                }
            }
        }
        pauses
    }

    /// Reference case E25: the schedule without jitter, and mean and variance of its sum with it.
    #[test]
    fn the_schedule_of_reference_case_e25() {
        let plain = pauses(&policy(Jitter::None), &mut stream());
        assert_eq!(plain, [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0]);
        for (jitter, mean, variance) in
            [(Jitter::Full, 3.575, 0.951_041_7f64), (Jitter::Equal, 5.3625, 0.237_760_4)]
        {
            let (runs, mut stream) = (20_000, stream());
            let total: f64 = (0..runs)
                .map(|_| pauses(&policy(jitter), &mut stream).iter().sum::<f64>())
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
            for pause in pauses(&policy(Jitter::Decorrelated), &mut stream) {
                assert!((0.05..=2.0).contains(&pause) && pause <= 3.0 * last + 1e-9);
                last = pause;
            }
        }
    }
}
