//! What retries are paid from.

use super::Cause;
use crate::units::{Rate, Ratio, Span};

/// What retries are paid from; every instance has its own.
#[derive(Clone, Debug, PartialEq)]
pub enum Budget {
    /// They cost nothing.
    None,
    /// A bucket of tokens.
    Tokens(Tokens),
    /// A share of the calls, and a reserve, over a sliding window.
    Ratio {
        /// Retries per deposit.
        share: Ratio,
        /// Retries per second in any case.
        reserve: Rate,
        /// The window.
        over: Span,
        /// What makes a deposit.
        deposit_on: Deposit,
    },
    /// Tokens of which a failure takes one and a success brings a part back; retries while there are
    /// more than half of them.
    Throttle {
        /// Tokens at first and at most, in thousandths.
        most: u32,
        /// What a success brings, in thousandths.
        success: u32,
    },
    /// So many retries at once at most.
    Concurrent {
        /// In any case.
        retries: u32,
        /// Or this share of the calls under way.
        share: Ratio,
    },
    /// Retries while no larger share of all attempts so far has failed.
    FailureShare {
        /// The share from which there are none.
        below: Ratio,
    },
}

/// A bucket of tokens. Tokens are in thousandths, so that tenths add up.
#[derive(Clone, Debug, PartialEq)]
pub struct Tokens {
    /// Tokens at most.
    pub capacity: u32,
    /// Tokens at the start.
    pub initial: u32,
    /// What a retry costs.
    pub cost: u32,
    /// What it costs after certain failures.
    pub cost_of: Vec<(Cause, u32)>,
    /// What a deposit brings.
    pub deposit: u32,
    /// What makes a deposit.
    pub deposit_on: Deposit,
    /// Whether a call that succeeds after a retry gets back what the last one cost, in place of a
    /// deposit.
    pub refund: bool,
}

/// What makes a deposit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deposit {
    /// Every first attempt of a call.
    FirstAttempt,
    /// Every call that succeeds.
    Success,
}
