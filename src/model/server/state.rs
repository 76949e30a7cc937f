//! A server at work.

use std::collections::VecDeque;

use crate::model::client::{Conn, Level, Request};
use crate::model::net::AcceptQueue;
use crate::model::server::admission::internal_slots;
use crate::model::server::operator::Operator;
use crate::model::server::{ClientMemory, Clients, Descriptors};
use crate::model::slab::Id;
use crate::scenario;
use crate::units::{SimTime, Span};

/// A server at work.
#[derive(Debug)]
pub struct Server {
    /// The settings in force.
    pub settings: scenario::Server,
    /// The descriptors of the process, and the connection limit in force.
    pub descriptors: Descriptors,
    /// Slots that neither a fleet nor a guest holds.
    pub internal: u32,
    /// Replicas connected before the run began whose connection has been lost since.
    pub lost_replicas: u32,
    /// Guests' connections in slots that are replicas' links.
    pub replicas: u32,
    /// What operators have to do here.
    pub operator: Operator,
    /// Who takes how much memory, where clients can be closed for it.
    pub client_memory: ClientMemory,
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
}

impl Server {
    /// A server without clients.
    pub fn new(settings: &scenario::Server) -> Server {
        let mut server = Server {
            settings: settings.clone(),
            descriptors: Descriptors::new(settings),
            internal: 0,
            lost_replicas: 0,
            replicas: 0,
            operator: Operator::default(),
            client_memory: ClientMemory::default(),
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
        };
        server.count_internal();
        server
    }

    /// Other settings hold from now on. Nobody is disconnected. What takes a command of an operator
    /// is not changed here.
    pub fn configure(&mut self, settings: &scenario::Server) {
        self.descriptors.change(&self.settings.nofile, &settings.nofile);
        self.settings = settings.clone();
        self.count_internal();
        self.queue.resize(settings.backlog, settings.somaxconn);
    }

    /// Counts anew the connections that neither a fleet nor a guest holds.
    pub fn count_internal(&mut self) {
        let internal = &self.settings.internal;
        self.lost_replicas = self.lost_replicas.min(internal.replicas);
        self.internal = internal_slots(internal) - self.lost_replicas;
        self.descriptors.set_internal(self.internal);
    }

    /// What INFO calls connected_slaves: every connection of a replica.
    pub fn connected_slaves(&self) -> u32 {
        self.settings.internal.replicas - self.lost_replicas + self.replicas
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
        self.slots.now() - self.replicas + self.internal_clients()
    }

    /// Slots taken for the links to the other nodes of a cluster, open or not.
    pub fn cluster_estimate(&self) -> u32 {
        2 * self.settings.internal.cluster_nodes.saturating_sub(1)
    }

    /// Clients that neither a fleet nor a guest holds.
    pub fn internal_clients(&self) -> u32 {
        self.settings.internal.admin + 2 * self.settings.internal.sentinels
    }

    /// Whether a connection that waits is worth a turn: not when it is known that there is no
    /// descriptor for it.
    #[inline]
    pub fn may_try_to_accept(&self, now: SimTime) -> bool {
        let descriptors = &self.descriptors;
        descriptors.pause_until <= now
            && (!descriptors.starved
                || self.slots.now() < descriptors.room
                || !self.settings.emfile_pause.is_zero())
    }

    /// The client's close is readable.
    #[inline]
    pub fn end_of_file(&mut self, conn: Id<Conn>) {
        let what = Readable::EndOfFile;
        self.ready.push_back(Ready { conn, request: Id::NONE, what, exchange: 0 });
    }
}
