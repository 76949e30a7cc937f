//! What breaks, and comes back.

use crate::units::Span;

/// A fault of the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The hosts of instances are gone: no server hears of it.
    Vanish {
        /// Index into [`Settings::fleets`](super::Settings::fleets).
        fleet: usize,
        /// How many, the oldest first.
        instances: u32,
    },
    /// Instances are killed: their kernels close their sockets.
    Kill {
        /// Index into [`Settings::fleets`](super::Settings::fleets).
        fleet: usize,
        /// How many, the oldest first.
        instances: u32,
    },
    /// Instances stand still; their kernels do not.
    Stop {
        /// Index into [`Settings::fleets`](super::Settings::fleets).
        fleet: usize,
        /// How many, the oldest first.
        instances: u32,
        /// How long.
        length: Span,
    },
    /// A server process ends and starts again.
    Restart {
        /// Index into [`Settings::servers`](super::Settings::servers).
        server: usize,
        /// Time until it listens again.
        down: Span,
    },
    /// A server fails and another takes over its name.
    Failover {
        /// Index into [`Settings::servers`](super::Settings::servers).
        server: usize,
        /// Time until the new one takes connections.
        after: Span,
        /// What becomes of the old one.
        old: Old,
    },
    /// Nothing crosses between a fleet and a server.
    Partition {
        /// Index into [`Settings::fleets`](super::Settings::fleets).
        fleet: usize,
        /// Index into [`Settings::servers`](super::Settings::servers).
        server: usize,
        /// How long.
        length: Span,
    },
}

/// What becomes of a server that another one takes over from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Old {
    /// Its process ends, and its kernel closes every connection.
    Closes,
    /// Its host is gone without a word.
    Vanishes,
}

/// When a client's kernel repeats a SYN that nobody answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SynRetries {
    /// Linux 6.5 and later: four at distances of a second, then doubling.
    Linear,
    /// Linux before 6.5: doubling from one second.
    Exponential,
}
