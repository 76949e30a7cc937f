//! How a fleet holds connections to a server.

use super::Retry;
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
    Shared {
        /// How many per instance.
        connections: u32,
        /// How long a dial may take.
        connect_timeout: Option<Span>,
    },
}

/// The settings of a pool.
#[derive(Clone, Debug, PartialEq)]
pub struct Pooled {
    /// The preset it started from.
    pub preset: Option<String>,
    /// Connections at most, being dialled or open.
    pub max: u32,
    /// Connections opened at the start and kept.
    pub min: u32,
    /// Callers that may wait at most; `None` is any number.
    pub max_waiting: Option<u32>,
    /// How long a caller waits; `None` is for ever, zero is not at all.
    pub wait_timeout: Option<Span>,
    /// Who has a connection that comes back while callers wait.
    pub hand_off: HandOff,
    /// Which idle connection is taken.
    pub idle_pick: IdlePick,
    /// How long a connection may be idle; `None` is for ever.
    pub idle_timeout: Option<Span>,
    /// How old a connection may grow; `None` is for ever.
    pub max_lifetime: Option<Span>,
    /// When idle and old connections are looked for.
    pub reaper: PoolReaper,
    /// What is checked before a connection is handed out.
    pub validate: Validate,
    /// How long a dial may take.
    pub connect_timeout: Option<Span>,
    /// Leases that never come back.
    pub leak: Leak,
}

/// Who has a connection that comes back to a pool while callers wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandOff {
    /// Whoever has waited longest.
    Fair,
    /// Whoever asks first: the caller that has waited longest looks again after this time.
    Barging(Span),
}

/// Which idle connection a pool hands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdlePick {
    /// The one that was returned last.
    Lifo,
    /// The one that was returned first.
    Fifo,
}

/// When a pool looks for idle and old connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolReaper {
    /// Never.
    None,
    /// Only at a connection about to be handed out.
    OnCheckout,
    /// Every so often, over all idle connections.
    Periodic(Span),
    /// Each connection at its own instant.
    Exact,
}

/// What a pool checks before it hands a connection out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validate {
    /// Nothing.
    None,
    /// Whether the server has closed it, by looking at the socket.
    Peek,
    /// The same by a round trip to the server.
    Ping,
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
