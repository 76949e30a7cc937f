//! What happens after a failed call.

use super::{Budget, Cause, Causes, Dist};
use crate::units::Span;

/// What happens after a failed call.
#[derive(Clone, Debug, PartialEq)]
pub enum Retry {
    /// The call fails.
    None,
    /// Another attempt after a pause.
    Again(Box<Policy>),
}

impl Retry {
    /// A policy of attempts and pauses alone, whatever the cause.
    pub fn again(attempts: Option<u32>, backoff: Backoff, jitter: Jitter) -> Retry {
        Retry::Again(Box::new(Policy::new(attempts, backoff, jitter)))
    }

    /// Attempts at most, the first one included; `None` is for ever.
    pub fn attempts(&self) -> Option<u32> {
        match self {
            Retry::None => Some(1),
            Retry::Again(policy) => policy.attempts,
        }
    }
}

/// When another attempt is made, and after which pause.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// The preset that it starts from.
    pub preset: Option<String>,
    /// Attempts at most, the first one included; `None` is for ever.
    pub attempts: Option<u32>,
    /// How the pause grows.
    pub backoff: Backoff,
    /// What chance makes of it.
    pub jitter: Jitter,
    /// Added to what chance has made of it.
    pub plus: Span,
    /// The failures after which there is another attempt.
    pub retry_on: Causes,
    /// Since the first attempt, after which there is no other; `None` is for ever.
    pub within: Option<Span>,
    /// What retries are paid from.
    pub budget: Budget,
    /// What keeps attempts back before they begin.
    pub send_rate: SendRate,
}

impl Policy {
    /// A policy of attempts and pauses alone, whatever the cause.
    pub fn new(attempts: Option<u32>, backoff: Backoff, jitter: Jitter) -> Policy {
        Policy {
            preset: None,
            attempts,
            backoff,
            jitter,
            plus: Span::ZERO,
            retry_on: Causes::ALL,
            within: None,
            budget: Budget::None,
            send_rate: SendRate::None,
        }
    }

    /// Whether more of a call must be known than its failures.
    pub fn is_watched(&self) -> bool {
        self.within.is_some() || self.budget != Budget::None || self.send_rate != SendRate::None
    }
}

/// How the pause before a retry grows.
#[derive(Clone, Debug, PartialEq)]
pub enum Backoff {
    /// Always the same.
    Constant(Span),
    /// min(cap, step x n), n from 1 at the first retry.
    Linear {
        /// What each retry adds.
        step: Span,
        /// The longest pause.
        cap: Option<Span>,
    },
    /// min(cap, base x factor^n - minus).
    Exponential(Box<Growth>),
    /// Drawn anew each time.
    Drawn(Dist),
}

impl Backoff {
    /// min(cap, base x factor^n), n from 0 at the first retry.
    pub fn exponential(base: Span, factor: f64, cap: Span) -> Backoff {
        Backoff::Exponential(Box::new(Growth {
            base,
            factor,
            cap: Some(cap),
            cap_last: false,
            first: 0,
            minus: Span::ZERO,
            base_of: Vec::new(),
        }))
    }
}

/// min(cap, base x factor^n - minus).
#[derive(Clone, Debug, PartialEq)]
pub struct Growth {
    /// The pause at n = 0.
    pub base: Span,
    /// The growth.
    pub factor: f64,
    /// The longest pause; `None` is any.
    pub cap: Option<Span>,
    /// Whether the cap holds for what chance has made of the pause, rather than before.
    pub cap_last: bool,
    /// n at the first retry.
    pub first: u32,
    /// Taken off.
    pub minus: Span,
    /// Bases after certain failures.
    pub base_of: Vec<(Cause, Span)>,
}

/// What chance makes of a pause v.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Jitter {
    /// v.
    None,
    /// Between 0 and v.
    Full,
    /// Between v/2 and v.
    Equal,
    /// min(cap, uniform(base, 3 x the previous pause)), starting from base.
    Decorrelated,
    /// base/1.4 x (f(n + U) - f(n' + U')), f(t) = factor^t tanh(sqrt(4 t)), with n' and U' those of
    /// the pause before.
    DecorrelatedV2,
    /// v times a number between these.
    Spread {
        /// The least.
        from: f64,
        /// The most.
        to: f64,
    },
    /// v and up to so much more.
    Added(Span),
}

/// What keeps attempts back before they begin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SendRate {
    /// Nothing.
    None,
    /// The send rate of the "adaptive" mode of the AWS SDKs: none until the first throttling error,
    /// then CUBIC.
    AwsAdaptive {
        /// The failures that are throttling.
        throttled_by: Causes,
    },
}
