//! A circuit breaker: whether an attempt may begin, and what its end teaches.

use crate::scenario;
use crate::units::SimTime;

/// The circuit breaker of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breaker {
    /// Everything passes; so many failures in a row so far.
    Closed(u32),
    /// Nothing passes until then; the first attempt from then on decides.
    Open(SimTime),
    /// One attempt is under way that decides; nothing else passes.
    HalfOpen,
}

/// What a breaker says to an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// It may begin.
    Free,
    /// It may begin, and its end decides.
    Probe,
    /// It fails at once.
    Refused,
}

impl Breaker {
    /// An attempt wants to begin at `now`. The turn from open to half-open is lazy: it takes an
    /// attempt, which is the probe; one at the very end of the open time passes.
    pub fn ask(&mut self, now: SimTime) -> Pass {
        match *self {
            Breaker::Closed(_) => Pass::Free,
            Breaker::Open(until) if now >= until => {
                *self = Breaker::HalfOpen;
                Pass::Probe
            }
            Breaker::Open(_) | Breaker::HalfOpen => Pass::Refused,
        }
    }

    /// An attempt has got its reply. What began before the breaker opened teaches nothing any more.
    pub fn succeeded(&mut self, probe: bool) {
        if probe || matches!(self, Breaker::Closed(_)) {
            *self = Breaker::Closed(0);
        }
    }

    /// An attempt has failed at `now`: whether the breaker opens (again).
    pub fn failed(&mut self, policy: &scenario::Breaker, probe: bool, now: SimTime) -> bool {
        let scenario::Breaker::Consecutive { failures, open_for } = *policy else { return false };
        let in_a_row = match *self {
            _ if probe => failures,
            Breaker::Closed(before) => before + 1,
            Breaker::Open(_) | Breaker::HalfOpen => return false,
        };
        let opens = in_a_row >= failures;
        *self = if opens { Breaker::Open(now + open_for) } else { Breaker::Closed(in_a_row) };
        opens
    }

    /// Whether it lets nothing through at `now`.
    pub fn is_open(&self, now: SimTime) -> bool {
        match self {
            Breaker::Closed(_) => false,
            Breaker::Open(until) => now < *until,
            Breaker::HalfOpen => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Span;

    const POLICY: scenario::Breaker =
        scenario::Breaker::Consecutive { failures: 3, open_for: Span::from_secs(1) };

    #[test]
    fn failures_in_a_row_open_it_and_a_success_between_them_does_not() {
        let (at, mut breaker) = (SimTime::from_ns, Breaker::Closed(0));
        assert!(!breaker.failed(&POLICY, false, at(0)));
        assert!(!breaker.failed(&POLICY, false, at(1)));
        breaker.succeeded(false);
        assert!(!breaker.failed(&POLICY, false, at(2)));
        assert!(!breaker.failed(&POLICY, false, at(3)));
        assert!(breaker.failed(&POLICY, false, at(4)));
        assert_eq!(breaker, Breaker::Open(at(1_000_000_004)));
    }

    #[test]
    fn one_probe_decides_and_late_results_do_not() {
        let (at, mut breaker) = (SimTime::from_ns, Breaker::Open(SimTime::from_ns(10)));
        assert_eq!((breaker.ask(at(9)), breaker.is_open(at(9))), (Pass::Refused, true));
        assert!(!breaker.is_open(at(10)), "the next attempt would pass");
        assert_eq!(
            [10, 10, 11].map(|t| breaker.ask(at(t))),
            [Pass::Probe, Pass::Refused, Pass::Refused]
        );
        breaker.succeeded(false);
        assert!(!breaker.failed(&POLICY, false, at(12)));
        assert_eq!(breaker, Breaker::HalfOpen);
        assert!(breaker.failed(&POLICY, true, at(20)), "it opens again at once");
        assert_eq!(breaker.ask(at(1_000_000_020)), Pass::Probe);
        breaker.succeeded(true);
        assert_eq!(breaker, Breaker::Closed(0));
    }
}
