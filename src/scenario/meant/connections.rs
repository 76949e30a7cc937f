//! How a fleet holds connections to a server.

use super::{Pooled, Redials, Retry, Shared};
use crate::units::{Ratio, Span};

/// A named way to a server.
#[derive(Clone, Debug, PartialEq)]
pub struct Connections {
    /// Its name: the key under `connections`.
    pub name: String,
    /// How connections are held.
    pub strategy: Strategy,
    /// What the client library does after a failed attempt, inside one attempt of the fleet.
    pub retry: Retry,
}

/// How connections are held.
#[expect(clippy::large_enum_variant, reason = "a fleet has a handful of them")]
#[derive(Clone, Debug, PartialEq)]
pub enum Strategy {
    /// Dial, use, close (or leak) for every call.
    PerRequest {
        /// What is never closed.
        leak: Leak,
        /// How long a dial may take; `None` is for ever (the kernel gives up at its own limit).
        connect_timeout: Option<Span>,
    },
    /// A pool in every instance.
    Pooled(Pooled),
    /// Connections that all requests of an instance share.
    Shared(Shared),
}

/// Which idle connection a pool hands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdlePick {
    /// The one that was returned last.
    Lifo,
    /// The one that was returned first.
    Fifo,
    /// The one that the caller's thread used last, else the oldest.
    Affine {
        /// Threads of an instance, which take its requests in turn.
        threads: u32,
    },
}

/// Connections that nobody will use or close again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Leak {
    /// What happens to them.
    pub kind: LeakKind,
    /// The probability after a call that succeeded.
    pub on_success: Ratio,
    /// The probability after a call that failed with a connection in hand.
    pub on_error: Ratio,
    /// Every so many calls that end with a connection in hand, exactly; zero is off. For theory.
    pub every: u32,
    /// How one that dials again does so.
    pub redials: Redials,
}

impl Leak {
    /// None.
    pub const NONE: Leak = Leak {
        kind: LeakKind::Forgotten,
        on_success: Ratio::ZERO,
        on_error: Ratio::ZERO,
        every: 0,
        redials: Redials::EVERY_SECOND,
    };
}

/// What happens to a leaked connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeakKind {
    /// The socket stays at the client whatever the server does.
    Forgotten,
    /// The client closes when the server does.
    ClosesOnEof,
    /// The client dials again when the server closes.
    Reconnects,
    /// Never returned to its pool.
    Lease,
    /// Subscribed to a channel: exempt from the idle timeout.
    Subscribed,
    /// In a blocking command: exempt from the idle timeout.
    Blocked,
}
