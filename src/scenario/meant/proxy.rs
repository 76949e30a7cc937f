//! A proxy: a server that passes what it is asked on to another one.

use super::Retry;
use crate::units::Span;

/// What stands between clients and a server.
#[derive(Clone, Debug, PartialEq)]
pub struct Proxy {
    /// The server behind it: index into [`Settings::servers`](super::Settings::servers).
    pub to: usize,
    /// Who uses an upstream connection, and for how long.
    pub mode: ProxyMode,
    /// Upstream connections at most; `None` is any number.
    pub connections: Option<u32>,
    /// How long a client waits for an upstream connection; `None` is for ever.
    pub queue_timeout: Option<Span>,
    /// How long it takes at most until an upstream connection can be used.
    pub connect_timeout: Option<Span>,
    /// Upstream connections being dialled at once, at most; `None` is any number.
    pub dials_at_once: Option<u32>,
    /// The pause after a dial that failed.
    pub retry_after: Span,
    /// How often a failed dial for one client is repeated before the client is disconnected.
    pub retries: u32,
    /// How long an upstream connection may be idle; `None` is for ever.
    pub idle_timeout: Option<Span>,
    /// How old an upstream connection may grow; `None` is for ever.
    pub max_lifetime: Option<Span>,
    /// Whether it answers a ping by itself.
    pub answers_ping: bool,
    /// What it does when the server behind it fails a client's commands.
    pub retry: Retry,
}

/// Who uses an upstream connection of a proxy, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyMode {
    /// One client, from when it is let in; closed with it.
    OneToOne,
    /// One client, from its first command until it leaves; then the next.
    Session,
    /// One call, with all its commands.
    Transaction,
    /// One round trip.
    Statement,
    /// Everybody: the commands of all clients one behind the other.
    Multiplexed,
}
