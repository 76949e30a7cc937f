//! A server at work.

use std::collections::VecDeque;

use crate::model::client::{Conn, Level, Request};
use crate::model::net::AcceptQueue;
use crate::model::server::admission::internal_slots;
use crate::model::server::{Clients, effective_maxclients};
use crate::model::slab::Id;
use crate::scenario;
use crate::units::{SimTime, Span};

/// A server at work.
#[derive(Debug)]
pub struct Server {
    /// The settings in force.
    pub settings: scenario::Server,
    /// The connection limit in force.
    pub limit: u32,
    /// Slots that no fleet holds.
    pub internal: u32,
    /// Connections the kernel has set up and the loop has not accepted.
    pub queue: AcceptQueue<Id<Conn>>,
    /// What is readable, in order of arrival.
    pub ready: VecDeque<Ready>,
    /// Replies that leave at the end of the present turn.
    pub replies: Vec<Ready>,
    /// Commands that came before their connection was accepted.
    pub early: Vec<Ready>,
    /// Whether the loop thread is in a turn.
    pub busy: bool,
    /// The loop stands still until then.
    pub paused_until: SimTime,
    /// CPU time owed for work done outside turns (an operator's command).
    pub owed: Span,
    /// CPU time used, in nanoseconds.
    pub busy_ns: u64,
    /// Fleets' connections in slots.
    pub slots: Level,
    /// Of these, leaked.
    pub leaked: Level,
    /// Of these, in a blocking command.
    pub blocked: u32,
    /// Connections ever admitted.
    pub admitted: u64,
    /// Those that the idle timeout can close, while there is one.
    pub clients: Clients,
    /// When the reaper looks next: what stands on the agenda for another instant is out of date.
    pub look_at: Option<SimTime>,
    /// Whether the cron is due in the present turn.
    pub cron_due: bool,
    /// Its number among the proxies, if it is one.
    pub proxy: Option<u16>,
}

/// Something readable.
#[derive(Clone, Copy, Debug)]
pub struct Ready {
    /// Where.
    pub conn: Id<Conn>,
    /// Whose commands; nobody's for a close or a handshake.
    pub request: Id<Request>,
    /// What.
    pub what: Readable,
    /// Which attempt of the request sent them.
    pub exchange: u16,
}

/// What is readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readable {
    /// So many commands.
    Commands(u16),
    /// The first message of a TLS handshake.
    Hello,
    /// The client's close.
    EndOfFile,
    /// A reply to so many commands, of the server behind a proxy; none are an error.
    Reply(u16),
}

impl Server {
    /// A server without clients.
    pub fn new(settings: &scenario::Server) -> Server {
        Server {
            settings: settings.clone(),
            limit: limit(settings),
            internal: internal_slots(&settings.internal),
            queue: AcceptQueue::new(settings.backlog, settings.somaxconn),
            ready: VecDeque::new(),
            replies: Vec::new(),
            early: Vec::new(),
            busy: false,
            paused_until: SimTime::ZERO,
            owed: Span::ZERO,
            busy_ns: 0,
            slots: Level::default(),
            leaked: Level::default(),
            blocked: 0,
            admitted: 0,
            clients: Clients::new(),
            look_at: None,
            cron_due: false,
            proxy: None,
        }
    }

    /// Other settings hold from now on. Nobody is disconnected.
    pub fn configure(&mut self, settings: &scenario::Server) {
        self.settings = settings.clone();
        self.limit = limit(settings);
        self.internal = internal_slots(&settings.internal);
        self.queue.resize(settings.backlog, settings.somaxconn);
    }

    /// Whether idle connections are looked for at all.
    #[inline]
    pub fn sweeps(&self) -> bool {
        !self.settings.timeout.is_zero() && self.settings.reaper != scenario::Reaper::None
    }

    /// Whether the reaper has this connection in its list. The cron also visits clients that are
    /// exempt, and passes them by.
    #[inline]
    pub fn sees(&self, conn: &Conn) -> bool {
        let visits_all = self.settings.reaper == scenario::Reaper::RedisCron;
        self.sweeps() && conn.has_slot() && (visits_all || !conn.is_exempt())
    }

    /// What INFO calls connected_clients: everybody in a slot but the replicas and the estimate for
    /// the cluster.
    pub fn connected_clients(&self) -> u32 {
        let internal = &self.settings.internal;
        self.slots.now() + internal.admin + 2 * internal.sentinels
    }

    /// The client's close is readable.
    #[inline]
    pub fn end_of_file(&mut self, conn: Id<Conn>) {
        let what = Readable::EndOfFile;
        self.ready.push_back(Ready { conn, request: Id::NONE, what, exchange: 0 });
    }

    /// A reply of the server behind this proxy is readable.
    pub fn reply_came(
        &mut self,
        conn: Id<Conn>,
        request: Id<Request>,
        commands: u16,
        exchange: u16,
    ) {
        let what = Readable::Reply(commands);
        self.ready.push_back(Ready { conn, request, what, exchange });
    }

    /// Memory with the present clients.
    pub fn memory(&self) -> u64 {
        self.settings.memory_base.0
            + u64::from(self.connected_clients()) * self.settings.memory_per_connection.0
    }
}

fn limit(settings: &scenario::Server) -> u32 {
    effective_maxclients(settings.maxclients, settings.nofile_soft, settings.nofile_hard)
}
