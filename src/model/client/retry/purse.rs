//! What the retries of one layer of an instance are paid from.

use crate::model::client::retry::Trial;
use crate::model::client::retry::pace::Pace;
use crate::scenario::{Budget, Cause, Deposit, SendRate, Tokens};
use crate::units::{SimTime, Span};

/// The budget of one layer of an instance, at work.
#[derive(Debug)]
pub struct Purse {
    state: State,
    /// What keeps attempts back.
    pub pace: Option<Box<Pace>>,
    /// Calls with an attempt under way, and retries from the failure to the end of the attempt.
    /// Counted where a policy looks at more than failures.
    pub active: u32,
    /// The retries of these, and those that wait for their pause.
    pub retrying: u32,
}

#[derive(Debug)]
enum State {
    None,
    /// Tokens, in thousandths.
    Tokens(u32),
    /// Deposits less withdrawals by slot.
    Window(Box<Window>),
    /// Attempts and the failed ones among them.
    Share {
        attempts: u64,
        failed: u64,
    },
}

/// A deposit into a window.
const DEPOSIT: i64 = 1000;

impl Purse {
    /// A full one.
    pub fn new(budget: &Budget, send_rate: &SendRate) -> Purse {
        let state = match budget {
            Budget::None | Budget::Concurrent { .. } => State::None,
            Budget::Tokens(tokens) => State::Tokens(tokens.initial),
            Budget::Throttle { most, .. } => State::Tokens(*most),
            Budget::Ratio { .. } => State::Window(Box::default()),
            Budget::FailureShare { .. } => State::Share { attempts: 0, failed: 0 },
        };
        let pace = match send_rate {
            SendRate::None => None,
            SendRate::AwsAdaptive { .. } => Some(Box::new(Pace::new())),
        };
        Purse { state, pace, active: 0, retrying: 0 }
    }

    /// Other settings hold from now on: a full purse, in which those under way stay counted.
    pub fn configure(&mut self, budget: &Budget, send_rate: &SendRate) {
        let Purse { active, retrying, .. } = *self;
        *self = Purse { active, retrying, ..Purse::new(budget, send_rate) };
    }

    /// The first attempt of a call begins.
    pub fn first_attempt(&mut self, budget: &Budget, now: SimTime) {
        match (budget, &mut self.state) {
            (Budget::Tokens(t), State::Tokens(level)) if t.deposit_on == Deposit::FirstAttempt => {
                *level = (*level + t.deposit).min(t.capacity);
            }
            (Budget::Ratio { over, deposit_on: Deposit::FirstAttempt, .. }, State::Window(w)) => {
                w.add(*over, now, DEPOSIT);
            }
            _ => {}
        }
    }

    /// A call has succeeded after the retries of `trial`.
    pub fn succeeded(&mut self, budget: &Budget, trial: &Trial, now: SimTime) {
        match (budget, &mut self.state) {
            (Budget::Tokens(t), State::Tokens(level)) => {
                let back = match t.deposit_on {
                    _ if t.refund && trial.retries > 0 => trial.cost,
                    Deposit::Success => t.deposit,
                    Deposit::FirstAttempt => 0,
                };
                *level = (*level + back).min(t.capacity);
            }
            (Budget::Throttle { most, success }, State::Tokens(level)) => {
                *level = (*level + success).min(*most);
            }
            (Budget::Ratio { over, deposit_on: Deposit::Success, .. }, State::Window(w)) => {
                w.add(*over, now, DEPOSIT);
            }
            (_, State::Share { attempts, .. }) => *attempts += 1,
            _ => {}
        }
    }

    /// An attempt has failed in a way after which there may be another.
    pub fn failed(&mut self, budget: &Budget) {
        match (budget, &mut self.state) {
            (Budget::Throttle { .. }, State::Tokens(level)) => *level = level.saturating_sub(1000),
            (_, State::Share { attempts, failed }) => {
                *attempts += 1;
                *failed += 1;
            }
            _ => {}
        }
    }

    /// Whether a retry can be paid for; it is, then.
    pub fn pays(&mut self, budget: &Budget, cause: Cause, trial: &mut Trial, now: SimTime) -> bool {
        match (budget, &mut self.state) {
            (Budget::Tokens(tokens), State::Tokens(level)) => {
                let cost = cost_of(tokens, cause);
                let pays = *level >= cost;
                if pays {
                    *level -= cost;
                    trial.cost = cost;
                }
                pays
            }
            (Budget::Throttle { most, .. }, State::Tokens(level)) => *level > most / 2,
            (Budget::Ratio { share, reserve, over, .. }, State::Window(window)) => {
                let cost = (DEPOSIT as f64 / share.share() + 0.5) as i64;
                let reserved = reserve.as_per_second() * over.as_secs_f64() * cost as f64;
                let pays = window.sum(*over, now) as f64 + reserved >= cost as f64;
                if pays {
                    window.add(*over, now, -cost);
                }
                pays
            }
            (Budget::Concurrent { retries, share }, _) => {
                let by_share = share.share() * f64::from(self.active);
                f64::from(self.retrying) < by_share.max(f64::from(*retries))
            }
            (Budget::FailureShare { below }, State::Share { attempts, failed }) => {
                (*failed as f64) < below.share() * *attempts as f64
            }
            (Budget::None, _) => true,
            // A call that began under a budget which has been replaced since has nothing to pay from.
            _ => false,
        }
    }

    /// An attempt begins.
    pub fn begins(&mut self, trial: &mut Trial) {
        self.active += u32::from(!trial.active);
        trial.active = true;
    }

    /// A retry begins, with its pause.
    pub fn retries(&mut self, trial: &mut Trial) {
        self.retrying += u32::from(!trial.retrying);
        trial.retrying = true;
    }

    /// An attempt is over, and the retry that it was, if it was one.
    pub fn attempt_over(&mut self, trial: &mut Trial) {
        self.active -= u32::from(std::mem::take(&mut trial.active));
        self.retrying -= u32::from(std::mem::take(&mut trial.retrying));
    }
}

fn cost_of(tokens: &Tokens, cause: Cause) -> u32 {
    let of = tokens.cost_of.iter().find(|(other, _)| *other == cause);
    of.map_or(tokens.cost, |(_, cost)| *cost)
}

const SLOTS: usize = 10;

/// A sum over a sliding window, kept by tenths of it.
///
/// # Source
///
/// Finagle `util/WindowedAdder`, ten slices in `service/RetryBudget.scala`; Tower
/// `retry/budget/tps_budget.rs`, ten slots.
#[derive(Debug, Default)]
struct Window {
    slots: [i64; SLOTS],
    /// The number of the slot at work.
    at: u64,
}

impl Window {
    fn move_on(&mut self, over: Span, now: SimTime) {
        let at = now.as_ns() / (over.as_ns() / SLOTS as u64).max(1);
        let passed = at.saturating_sub(self.at).min(SLOTS as u64);
        for slot in 1..=passed {
            self.slots[((self.at + slot) % SLOTS as u64) as usize] = 0;
        }
        if passed == SLOTS as u64 {
            self.slots = [0; SLOTS];
        }
        self.at = self.at.max(at);
    }

    fn add(&mut self, over: Span, now: SimTime, amount: i64) {
        self.move_on(over, now);
        self.slots[(self.at % SLOTS as u64) as usize] += amount;
    }

    fn sum(&mut self, over: Span, now: SimTime) -> i64 {
        self.move_on(over, now);
        self.slots.iter().sum()
    }
}
