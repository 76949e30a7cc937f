//! A circuit breaker: whether an attempt may begin, and what its end teaches.
//!
//! # Source
//!
//! Resilience4j `CircuitBreakerStateMachine` (count window, shares judged after every call, so many
//! permits when half-open), Hystrix `HystrixCircuitBreaker` and `HealthCountsStream` (shares judged at
//! the end of every bucket, one probe), Polly `AdvancedCircuitBehavior` (judged after a failure).

use crate::model::client::guard::window::{Tally, Window};
use crate::scenario::{self, BreakerPlace, BreakerWindow, Cause, Looks, ProbesClose};
use crate::units::{SimTime, Span};

/// The circuit breaker of an instance.
#[derive(Clone, Debug)]
pub struct Breaker {
    rule: scenario::Breaker,
    /// Where it stands.
    pub place: BreakerPlace,
    state: State,
    /// Counts changes of state: the end of an attempt that passed in another state teaches nothing.
    epoch: u16,
    /// Failures in a row.
    in_a_row: u32,
    window: Option<Window>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Everything passes.
    Closed,
    /// Nothing passes until then; the first attempt from then on is a probe.
    Open(SimTime),
    /// So many more probes may pass, and these have ended.
    HalfOpen { left: u32, ended: Tally },
}

/// A change of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// To open.
    Opened,
    /// To half-open.
    HalfOpened,
    /// To closed.
    Closed,
}

/// How an attempt ended, to a breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// By what it failed, if it did.
    pub failed: Option<Cause>,
    /// How long it took.
    pub took: Span,
}

impl Breaker {
    /// A closed one.
    pub fn new(rule: &scenario::Breaker, place: BreakerPlace) -> Breaker {
        let window = match rule {
            scenario::Breaker::Window(window) => Some(Window::new(window.over)),
            _ => None,
        };
        Breaker { rule: *rule, place, state: State::Closed, epoch: 0, in_a_row: 0, window }
    }

    /// Another rule holds from now on. A breaker of another rule is a new one, closed.
    pub fn configure(&mut self, rule: &scenario::Breaker, place: BreakerPlace) {
        if self.rule == *rule {
            self.place = place;
        } else {
            let epoch = self.epoch.wrapping_add(1);
            *self = Breaker { epoch, ..Breaker::new(rule, place) };
        }
    }

    /// Whether there is one.
    pub fn is_on(&self) -> bool {
        self.rule != scenario::Breaker::None
    }

    /// What the buckets that have ended by `now` say: whether it opens.
    pub fn look(&mut self, now: SimTime) -> Option<Turn> {
        let scenario::Breaker::Window(rule) = self.rule else { return None };
        if rule.looks != Looks::EachBucket || self.state != State::Closed {
            return None;
        }
        let Some(Window::Time(buckets)) = &mut self.window else { return None };
        while let Some((at, sum)) = buckets.pass_end(now) {
            if sum.calls >= rule.min_calls && is_over(&rule, sum) {
                return Some(self.open(at));
            }
        }
        None
    }

    /// An attempt wants to begin at `now`: its ticket, or nothing when it is refused; and whether the
    /// breaker turns half-open. That turn is lazy: it takes an attempt, which is the first probe; one
    /// at the very end of the open time passes.
    pub fn ask(&mut self, now: SimTime) -> (Option<u16>, Option<Turn>) {
        match &mut self.state {
            State::Closed => (Some(self.epoch), None),
            State::Open(until) if now < *until => (None, None),
            State::Open(_) => {
                let left = self.probes().0 - 1;
                let state = State::HalfOpen { left, ended: Tally::default() };
                let turn = self.turn(state, Turn::HalfOpened);
                (Some(self.epoch), Some(turn))
            }
            State::HalfOpen { left: 0, .. } => (None, None),
            State::HalfOpen { left, .. } => {
                *left -= 1;
                (Some(self.epoch), None)
            }
        }
    }

    /// An attempt that passed with `ticket` has ended at `now`: the turn that follows. What passed in
    /// an earlier state teaches nothing any more, nor does what it is to ignore.
    pub fn ended(&mut self, ticket: u16, how: Ended, now: SimTime) -> Option<Turn> {
        if how.failed.is_some_and(|cause| self.place.ignores.has(cause)) {
            self.gave_up(ticket);
            return None;
        }
        if ticket != self.epoch {
            return None;
        }
        let failed = how.failed.is_some();
        match self.state {
            State::Open(_) => None,
            State::Closed => self.learn(failed, how.took, now),
            State::HalfOpen { left, mut ended } => {
                ended.add(Tally::one(failed, self.is_slow(how.took)));
                self.state = State::HalfOpen { left, ended };
                self.judge_probes(ended, now)
            }
        }
    }

    /// An attempt that passed with `ticket` has ended without telling anything: another may take its
    /// place.
    pub fn gave_up(&mut self, ticket: u16) {
        if let State::HalfOpen { left, .. } = &mut self.state
            && ticket == self.epoch
        {
            *left += 1;
        }
    }

    /// Whether it lets nothing through at `now`.
    pub fn is_open(&self, now: SimTime) -> bool {
        match self.state {
            State::Closed => false,
            State::Open(until) => now < until,
            State::HalfOpen { left, .. } => left == 0,
        }
    }

    fn learn(&mut self, failed: bool, took: Span, now: SimTime) -> Option<Turn> {
        match self.rule {
            scenario::Breaker::None => None,
            scenario::Breaker::Consecutive { failures, .. } => {
                self.in_a_row = if failed { self.in_a_row + 1 } else { 0 };
                (self.in_a_row >= failures).then(|| self.open(now))
            }
            scenario::Breaker::Window(rule) => {
                let slow = self.is_slow(took);
                let window = self.window.as_mut()?;
                window.add(now, failed, slow);
                let looks = match rule.looks {
                    Looks::EachCall => true,
                    Looks::EachFailure => failed,
                    Looks::EachBucket => false,
                };
                let sum = window.sum(now);
                let opens = looks && sum.calls >= rule.min_calls && is_over(&rule, sum);
                opens.then(|| self.open(now))
            }
        }
    }

    fn judge_probes(&mut self, ended: Tally, now: SimTime) -> Option<Turn> {
        let (probes, close) = self.probes();
        let all_ended = ended.calls >= probes;
        let opens = match (close, self.rule) {
            (ProbesClose::Ratio, scenario::Breaker::Window(rule)) => {
                all_ended && is_over(&rule, ended)
            }
            _ => ended.marked > 0,
        };
        if opens {
            return Some(self.open(now));
        }
        all_ended.then(|| {
            self.in_a_row = 0;
            self.window.iter_mut().for_each(Window::clear);
            self.turn(State::Closed, Turn::Closed)
        })
    }

    fn open(&mut self, at: SimTime) -> Turn {
        let open_for = match self.rule {
            scenario::Breaker::None => Span::ZERO,
            scenario::Breaker::Consecutive { open_for, .. } => open_for,
            scenario::Breaker::Window(rule) => rule.open_for,
        };
        self.turn(State::Open(at + open_for), Turn::Opened)
    }

    fn turn(&mut self, state: State, turn: Turn) -> Turn {
        self.state = state;
        self.epoch = self.epoch.wrapping_add(1);
        turn
    }

    /// How many attempts decide when it is half-open, and how.
    fn probes(&self) -> (u32, ProbesClose) {
        match self.rule {
            scenario::Breaker::Window(rule) => (rule.probes, rule.probes_close),
            _ => (1, ProbesClose::All),
        }
    }

    fn is_slow(&self, took: Span) -> bool {
        match self.rule {
            scenario::Breaker::Window(rule) => rule.slow_call.is_some_and(|slow| took > slow),
            _ => false,
        }
    }
}

/// Whether the shares of a window open a breaker. A division and no product: 7 of 100 are 7 %.
fn is_over(rule: &BreakerWindow, sum: Tally) -> bool {
    let share = |part: u32| f64::from(part) / f64::from(sum.calls.max(1));
    let slow = rule.slow_call.is_some() && share(sum.slow) >= rule.slow_ratio.share();
    share(sum.marked) >= rule.failure_ratio.share() || slow
}

#[cfg(test)]
mod tests;
