//! What happens after a failed call.

use crate::units::Span;

/// What happens after a failed call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Retry {
    /// The request fails.
    None,
    /// Another attempt after a pause.
    Again {
        /// Attempts at most, the first one included; `None` is for ever.
        attempts: Option<u32>,
        /// How the pause grows.
        backoff: Backoff,
        /// What chance makes of it.
        jitter: Jitter,
    },
}

/// How the pause before a retry grows; n counts from 0 at the first retry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Backoff {
    /// Always the same.
    Constant(Span),
    /// min(cap, base x factor^n).
    Exponential {
        /// The first pause.
        base: Span,
        /// The growth.
        factor: f64,
        /// The longest pause.
        cap: Span,
    },
}

/// What chance makes of a pause v.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jitter {
    /// v.
    None,
    /// Between 0 and v.
    Full,
    /// Between v/2 and v.
    Equal,
    /// min(cap, uniform(base, 3 x the previous pause)), starting from base.
    Decorrelated,
}
