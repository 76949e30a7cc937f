//! Whether a failed attempt is followed by another, and what that is paid from.
//!
//! Two layers try a call of a fleet again: the library of its connections, and around it the fleet
//! itself. Each has a policy, and in each instance a budget of its own. A layer that gives up has
//! failed one attempt of the layer around it, which begins the layers inside anew: attempts multiply.

mod backoff;
mod pace;
mod purse;
mod work;

pub use backoff::{Pauses, grown};
pub use purse::Purse;
pub use work::purses;

use crate::chance::Stream;
use crate::scenario::{Budget, Cause, Causes, Policy, Retry, SendRate};
use crate::units::{SimTime, Span};

/// The layers that try a call again, from the inside: the library and the fleet.
pub const LAYERS: usize = 2;

/// A retry policy, ready to decide.
#[derive(Debug)]
pub struct RetryPlan {
    attempts: Option<u32>,
    pauses: Pauses,
    retry_on: Causes,
    within: Option<Span>,
    /// What retries are paid from.
    pub budget: Budget,
    /// What keeps attempts back.
    pub send_rate: SendRate,
    /// Whether more of a call must be known than its failures.
    pub watched: bool,
}

/// How far one layer is with the present call.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trial {
    /// Whether its first attempt has begun; known where the call is watched.
    pub begun: bool,
    /// Whether an attempt is under way; known where the call is watched.
    pub active: bool,
    /// Whether a retry is under way, its pause included.
    pub retrying: bool,
    /// Retries so far.
    pub retries: u32,
    /// What the last one cost, in thousandths of a token.
    pub cost: u32,
    /// When its first attempt began.
    pub since: SimTime,
    /// What the next pause depends on.
    pub memory: Span,
}

/// How far all layers are with the present call of a request.
pub type Trials = [Trial; LAYERS];

/// What a retry policy decides about a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The call has failed for good, as far as this layer goes.
    GiveUp,
    /// The same, because its budget does not pay for another attempt.
    Unpaid,
    /// Another attempt after this pause.
    After(Span),
}

impl RetryPlan {
    /// The plan of a policy; `None` for attempts that are never followed by another.
    pub fn new(retry: &Retry) -> Option<RetryPlan> {
        match retry {
            Retry::None => None,
            Retry::Again(policy) => Some(RetryPlan::of(policy)),
        }
    }

    fn of(policy: &Policy) -> RetryPlan {
        RetryPlan {
            attempts: policy.attempts,
            pauses: Pauses::new(policy),
            retry_on: policy.retry_on,
            within: policy.within,
            budget: policy.budget.clone(),
            send_rate: policy.send_rate,
            watched: policy.is_watched(),
        }
    }

    /// Decides after an attempt has failed for `cause`. The budget is asked last, so that nothing is
    /// paid for a retry that is not made.
    pub fn decide(
        &self,
        trial: &mut Trial,
        purse: &mut Purse,
        cause: Cause,
        now: SimTime,
        stream: &mut Stream,
    ) -> Decision {
        let may_retry = self.retry_on.has(cause);
        if may_retry {
            purse.failed(&self.budget);
        }
        let exhausted = self.attempts.is_some_and(|most| trial.retries.saturating_add(1) >= most);
        let late = self.within.is_some_and(|most| now.since(trial.since) > most);
        if !may_retry || exhausted || late {
            return Decision::GiveUp;
        }
        if !purse.pays(&self.budget, cause, trial, now) {
            return Decision::Unpaid;
        }
        let pause = self.pauses.next(trial.retries, cause, &mut trial.memory, stream);
        trial.retries = trial.retries.saturating_add(1);
        Decision::After(pause)
    }
}
