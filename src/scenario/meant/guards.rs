//! What keeps attempts back besides a breaker, and what sends more of them.

use super::BreakerPlace;
use crate::units::{Ratio, Span};

/// What stands between the calls of an instance and their attempts. The default is nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Guards {
    /// Where the breaker stands.
    pub breaker: BreakerPlace,
    /// What adapts to how the server answers.
    pub limiter: Limiter,
    /// Limits of calls at once, sorted by name.
    pub bulkheads: Vec<Bulkhead>,
    /// Further copies of an attempt that has no answer yet.
    pub hedge: Option<Hedge>,
}

impl Guards {
    /// Whether attempts pass any of them.
    pub fn are_any(&self) -> bool {
        self.limiter != Limiter::None || self.hedge.is_some()
    }
}

/// What adapts to how the server answers; every instance has its own.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Limiter {
    /// Nothing.
    #[default]
    None,
    /// Refuses the more, the more attempts fail.
    Throttle(Throttle),
    /// Limits how many are out at once, by how long they take.
    Limit(Limit),
}

/// Client-side throttling: an attempt is refused with the probability
/// max(0, (requests - k x accepts) / (requests + 1)), both counted over a window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Throttle {
    /// How many attempts are let through for each that is accepted.
    pub k: f64,
    /// The time over which both are counted.
    pub window: Span,
    /// In so many buckets.
    pub buckets: u32,
}

/// A limit of attempts at once that moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// Where it starts.
    pub initial: u32,
    /// Its lowest value.
    pub min: u32,
    /// Its highest value.
    pub max: u32,
    /// How it moves.
    pub rule: LimitRule,
}

/// How a limit of attempts at once moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LimitRule {
    /// One more after a success, a share less after a failure or a slow answer.
    Aimd {
        /// What is left of it after a failure.
        backoff: Ratio,
        /// An attempt that takes longer counts as failed.
        timeout: Span,
    },
    /// By the queue that the shortest time known says there is.
    Vegas {
        /// How much of a step is taken.
        smoothing: Ratio,
        /// The shortest time is forgotten after about this times the limit of attempts.
        probe: u32,
    },
    /// By the ratio of a long average of times to the last one.
    Gradient2 {
        /// How much of a step is taken.
        smoothing: Ratio,
        /// What is added at each step.
        queue: u32,
        /// How much longer than the average a time may be.
        tolerance: f64,
        /// Attempts over which times are averaged.
        long_window: u32,
    },
}

/// A limit of calls at once, of one name, in every instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Bulkhead {
    /// The name that calls say.
    pub name: String,
    /// Calls at once.
    pub max: u32,
    /// Callers that may wait; `None` is any number.
    pub max_waiting: Option<u32>,
    /// How long they wait; `None` is for ever.
    pub wait_timeout: Option<Span>,
}

/// Further copies of an attempt that has no answer yet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hedge {
    /// Without an answer for so long another copy goes out; `None`: only when one has failed.
    pub delay: Option<Span>,
    /// So many at most besides the first.
    pub extra: u32,
    /// What becomes of the connection of a copy that is no longer wanted.
    pub losers: Losers,
}

/// What becomes of the connection of a copy that is no longer wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Losers {
    /// It is closed.
    Close,
    /// It is kept until the late reply has come.
    Drain,
}
