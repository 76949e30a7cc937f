//! Health checks of the balancer.

use crate::units::Span;

/// Health checks of the balancer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// From one check of every instance to the next.
    pub every: Span,
    /// A check has failed that takes longer.
    pub timeout: Span,
    /// Checks in a row that fail before an instance counts as unhealthy.
    pub unhealthy_after: u32,
    /// Checks in a row that pass before it counts as healthy again.
    pub healthy_after: u32,
    /// What is asked.
    pub what: Check,
    /// When the balancer goes by health no more.
    pub fail_open: FailOpen,
    /// Whether an unhealthy instance is killed and another started in its place.
    pub replace: bool,
}

/// What a health check asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Whether the process answers at all.
    Process,
    /// A request without steps.
    Request,
    /// A request with the fleet's first call alone.
    Server,
}

/// When a balancer gives requests to all instances that are up, healthy or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailOpen {
    /// Never.
    Never,
    /// While none is healthy.
    NoneHealthy,
    /// While fewer than half of them are healthy.
    BelowHalf,
}
