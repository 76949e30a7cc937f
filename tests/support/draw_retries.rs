//! Retries in drawn scenarios: every delay, jitter, budget and send rate.

use highwater::scenario::*;
use highwater::units::Span;

use super::Draw;
use crate::support::{per_second, ratio};

impl Draw {
    pub(super) fn retry(&mut self) -> Retry {
        // Endless attempts would never end a request that always fails.
        let attempts = Some(self.between(1, 5));
        let base = self.span(1.0, 1e6);
        match self.below(4) {
            0 => Retry::None,
            1 => Retry::again(
                attempts,
                Backoff::Constant(if self.one_in(3) { Span::ZERO } else { base }),
                self.of(&[Jitter::None, Jitter::Full, Jitter::Equal]),
            ),
            2 => Retry::again(
                attempts,
                Backoff::exponential(base, self.of(&[1.0, 2.0, 3.5]), base.times(4)),
                self.of(&[Jitter::None, Jitter::Full, Jitter::Equal, Jitter::Decorrelated]),
            ),
            _ => Retry::Again(Box::new(self.policy(attempts, base))),
        }
    }

    fn policy(&mut self, attempts: Option<u32>, base: Span) -> Policy {
        let growth = Growth {
            base,
            factor: self.of(&[1.0, 2.0, 10.0]),
            cap: Some(base.times(5)),
            cap_last: self.one_in(2),
            first: self.below(2),
            minus: self.of(&[Span::ZERO, base]),
            base_of: vec![(Cause::Rejected, base.times(2))],
        };
        let some = Causes::NONE.with(Cause::Rejected).with(Cause::ConnectTimeout);
        let (backoff, jitter) = match self.below(4) {
            0 => (Backoff::Linear { step: base, cap: Some(base.times(2)) }, Jitter::Added(base)),
            1 => (Backoff::Drawn(self.dist(1.0, 1e6)), Jitter::None),
            2 => (Backoff::Constant(base), Jitter::Spread { from: 0.5, to: 1.5 }),
            _ => {
                let jitter = self.of(&[Jitter::Full, Jitter::Decorrelated, Jitter::DecorrelatedV2]);
                (Backoff::Exponential(Box::new(growth)), jitter)
            }
        };
        let adaptive = SendRate::AwsAdaptive { throttled_by: some };
        Policy {
            plus: self.of(&[Span::ZERO, base]),
            retry_on: self.of(&[Causes::ALL, some]),
            within: self.maybe(1_000.0, 1e7),
            budget: self.budget(),
            send_rate: if self.one_in(6) { adaptive } else { SendRate::None },
            ..Policy::new(attempts, backoff, jitter)
        }
    }

    fn budget(&mut self) -> Budget {
        let deposit_on = self.of(&[Deposit::Success, Deposit::FirstAttempt]);
        match self.below(6) {
            0 => Budget::None,
            1 => Budget::Tokens(Tokens {
                capacity: 10_000,
                initial: 5_000,
                cost: 1000,
                cost_of: vec![(Cause::ReadTimeout, 2000)],
                deposit: 100,
                deposit_on,
                refund: self.one_in(2),
            }),
            2 => Budget::Ratio {
                share: ratio(0.2),
                reserve: per_second(1.0),
                over: Span::from_secs(1),
                deposit_on,
            },
            3 => Budget::Throttle { most: 10_000, success: 100 },
            4 => Budget::Concurrent { retries: 2, share: ratio(self.of(&[0.0, 0.2])) },
            _ => Budget::FailureShare { below: ratio(0.1) },
        }
    }
}

/// Attempts that are kept back for their rate, and those of two layers around long dials, may go on
/// for hours: then requests have a deadline.
pub(super) fn bound_requests(fleet: &mut Fleet) {
    let paced = |retry: &Retry| match retry {
        Retry::None => false,
        Retry::Again(policy) => policy.send_rate != SendRate::None,
    };
    let library = || fleet.connections.iter().map(|way| &way.retry);
    let longest = if paced(&fleet.retry) || library().any(paced) { 10 } else { 300 };
    if longest == 10 || library().any(|retry| *retry != Retry::None) {
        fleet.deadline.get_or_insert(Span::from_secs(longest));
    }
}
