//! Ejection: the balancer learns from the answers to requests.

use crate::units::{Ratio, Span};

/// An instance at which requests fail in a row gets none for a while.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ejection {
    /// Requests in a row that fail at an instance before it is ejected.
    pub failures: u32,
    /// How long it gets no requests the first time; the n-th time n times as long.
    pub length: Span,
    /// How long at most.
    pub longest: Span,
    /// The share of the instances that are up that may be ejected at once; one always may.
    pub at_most: Ratio,
}
