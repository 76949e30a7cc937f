//! A server and its limits.

use super::{DescriptorRule, MaxclientsCheck, Nofile, Proxy};
use crate::units::{Bytes, Span};

/// Servers that divide the keys among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// The key under `servers`.
    pub name: String,
    /// How many.
    pub nodes: u32,
}

/// A server and its limits.
#[derive(Clone, Debug, PartialEq)]
pub struct Server {
    /// Its name: the key under `servers`; of a node of a cluster with its number, from 1, behind it.
    pub name: String,
    /// The cluster it is a node of.
    pub cluster: Option<Cluster>,
    /// The preset it started from.
    pub preset: Option<String>,
    /// The configured connection limit; descriptors can lower it.
    pub maxclients: u32,
    /// The idle timeout; zero is off.
    pub timeout: Span,
    /// How idle connections are found.
    pub reaper: Reaper,
    /// At which end of its list of clients the cron's sweep looks.
    pub sweep: Sweep,
    /// Calls of the server's cron per second.
    pub hz: u32,
    /// Whether `hz` rises with the number of clients.
    pub dynamic_hz: bool,
    /// Whether clients speak TLS.
    pub tls: bool,
    /// TCP keepalive of accepted connections; zero is off.
    pub keepalive: Span,
    /// The listen backlog.
    pub backlog: u32,
    /// The kernel's cap on the backlog.
    pub somaxconn: u32,
    /// Connections accepted or refused at most in one turn, without TLS.
    pub accepts_per_turn: u32,
    /// The same with TLS.
    pub accepts_per_turn_tls: u32,
    /// File descriptors.
    pub nofile: Nofile,
    /// How the connection limit is fitted to the descriptors.
    pub descriptor_rule: DescriptorRule,
    /// When a new `maxclients` is checked against the descriptors.
    pub maxclients_check: MaxclientsCheck,
    /// How long the loop leaves the listener alone when it has no descriptor for a connection; zero
    /// is not at all: it spins.
    pub emfile_pause: Span,
    /// The order in which work is done.
    pub discipline: Discipline,
    /// Commands served at once; only where `discipline` is [`Discipline::Workers`].
    pub workers: u32,
    /// What becomes of a connection for which there is no slot.
    pub when_full: WhenFull,
    /// Slots under the limit that only privileged fleets can take.
    pub reserved: u32,
    /// Slots above the limit that only privileged fleets can take.
    pub reserved_beyond: u32,
    /// CPU time of one loop thread per event.
    pub cost: Cost,
    /// Connections that are no fleet's.
    pub internal: Internal,
    /// Memory of the server.
    pub memory: Memory,
    /// Client memory at which clients are closed; zero is off.
    pub maxmemory_clients: Bytes,
    /// The keys that an operator can set while it runs.
    pub settable: Vec<&'static str>,
    /// What CLIENT KILL can tell apart in one command.
    pub kill_filters: KillFilters,
    /// Slots a replica takes while it is being synchronised; zero: it has none.
    pub sync_slots: u32,
    /// What scrapes the server.
    pub exporters: Exporters,
    /// What it passes on, and where, if it is a proxy.
    pub proxy: Option<Proxy>,
}

impl Server {
    /// Whether replicas can attach to it.
    pub fn has_replicas(&self) -> bool {
        self.sync_slots > 0 && self.proxy.is_none()
    }

    /// What it is, for messages: its preset, or its name.
    pub fn kind(&self) -> &str {
        self.preset.as_deref().unwrap_or(&self.name)
    }
}

/// Memory of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Without clients.
    pub base: Bytes,
    /// Per connection that has been idle for a while.
    pub per_connection: Bytes,
    /// The part of it that the server counts as client memory.
    pub counted: Bytes,
    /// More, per connection in use: buffers.
    pub fresh: Bytes,
    /// How long after its last byte a connection keeps these.
    pub fresh_for: Span,
    /// More per connection with TLS, which the server does not count.
    pub tls: Bytes,
}

/// Filters of CLIENT KILL beyond the type of a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KillFilters {
    /// By the age of the connection.
    pub max_age: bool,
    /// By its idle time.
    pub idle: bool,
    /// By several ids in one command.
    pub ids: bool,
}

/// What scrapes a server: each time on a connection of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exporters {
    /// How many.
    pub count: u32,
    /// The time between two scrapes of one.
    pub every: Span,
}

/// How a server finds idle connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaper {
    /// Never.
    None,
    /// At the instant the timeout is over; for theory.
    Exact,
    /// Whole seconds, strictly greater, a rotating sweep: Redis and Valkey.
    RedisCron,
}

/// Which end of the list of clients the idle sweep looks at; new connections stand at the tail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sweep {
    /// The head, which then goes to the tail: new connections are seen last.
    Head,
    /// The tail, which then goes to the head: new connections are seen first.
    Tail,
}

/// The order in which a server works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discipline {
    /// One loop thread in turns; the replies of a turn leave at its end.
    Turns,
    /// First come, first served, each reply at once; for theory.
    Fifo,
    /// Workers serve commands side by side, first come, first served, each reply at once; one
    /// acceptor accepts and refuses, one connection at a time.
    Workers,
}

/// What a server does with a connection for which there is no slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// Closes it with an error line; under TLS, where nothing can be written yet, without.
    Reject,
    /// Closes it without a word.
    RejectSilently,
    /// Does not accept it: it stays in the kernel's queue until a slot comes free.
    StopAccepting,
}

/// CPU time per event of the loop thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// One command.
    pub command: Span,
    /// One connection: accept and close together.
    pub connect: Span,
    /// One connection refused at the limit.
    pub rejection: Span,
    /// One full TLS handshake.
    pub tls_handshake: Span,
    /// One idle connection closed.
    pub reap: Span,
    /// One call of the cron.
    pub cron: Span,
    /// One client that this call looks at.
    pub visit: Span,
}

/// Connections that count under the limit and belong to no fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Internal {
    /// Replicas: one slot each, not in `connected_clients`.
    pub replicas: u32,
    /// Nodes of the cluster, this one included; each other one is estimated at two slots.
    pub cluster_nodes: u32,
    /// Sentinels: two connections each.
    pub sentinels: u32,
    /// Operators and exporters that were connected before the run began.
    pub admin: u32,
    /// Clients in MONITOR.
    pub monitors: u32,
    /// Pub/Sub subscribers that belong to no fleet.
    pub subscribers: u32,
    /// Clients in a blocking command that belong to no fleet.
    pub blocked: u32,
    /// Whether this server is a replica: its link to the primary is one of its clients.
    pub primary_link: bool,
    /// How long the synchronisation of a replica takes that was lost and comes back.
    pub sync: Span,
}

impl Internal {
    /// A server that stands alone.
    pub const NONE: Internal = Internal {
        replicas: 0,
        cluster_nodes: 1,
        sentinels: 0,
        admin: 0,
        monitors: 0,
        subscribers: 0,
        blocked: 0,
        primary_link: false,
        sync: Span::from_secs(1),
    };

    /// Those that INFO counts in `connected_clients`: all that are client objects but replicas.
    ///
    /// # Source
    ///
    /// Redis `src/server.c` `genRedisInfoString`.
    pub fn clients(&self) -> u32 {
        2 * self.sentinels
            + self.admin
            + self.monitors
            + self.subscribers
            + self.blocked
            + u32::from(self.primary_link)
    }

    /// What a cluster is estimated at: two links for each other node (Redis
    /// `getClusterConnectionsCount`). A constant of the node table, not a count of sockets.
    pub fn cluster_connections(&self) -> u32 {
        2 * self.cluster_nodes.saturating_sub(1)
    }

    /// Everything of it that counts under the limit.
    ///
    /// # Source
    ///
    /// Redis `src/networking.c` `acceptCommonHandler`; measured with a limit of 50 and replicas, a
    /// cluster, MONITOR, Pub/Sub and blocked clients.
    pub fn slots(&self) -> u32 {
        self.clients() + self.replicas + self.cluster_connections()
    }
}
