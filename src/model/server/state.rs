//! A server at work.

use std::collections::VecDeque;

use crate::model::client::{Conn, Level, Request};
use crate::model::net::AcceptQueue;
use crate::model::plan::ClassId;
use crate::model::server::operator::Operator;
use crate::model::server::sockets::Orphans;
use crate::model::server::transactions::Transactions;
use crate::model::server::workers::Workers;
use crate::model::server::{ClientMemory, Clients, Descriptors, Listens, Lost, Present};
use crate::model::slab::Id;
use crate::scenario::{self, Cost, Discipline};
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
    /// Those of them that were connected before the run began, by kind.
    pub present: Present,
    /// Those that were and are not any more.
    pub lost: Lost,
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
    /// Until when the CPU time of the turn under way is counted.
    pub turn_until: SimTime,
    /// Turns begun.
    pub turns: u64,
    /// CPU time used, that of the work under way included, in nanoseconds.
    pub busy_ns: u64,
    /// CPU time per event, with what slows it down.
    pub cost: Cost,
    /// What slows it down, and how often that has changed.
    pub slow: (f64, u32),
    /// Those who serve side by side, where no loop thread does.
    pub workers: Workers,
    /// What transactions know of its keys.
    pub transactions: Transactions,
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
    /// Whether the cron is due in the next turn.
    pub cron_due: bool,
    /// Since when the loop thread has had nothing to do.
    pub asleep_since: SimTime,
    /// When the present turn ends: what stands on the agenda for another instant is out of date.
    pub turn_ends: SimTime,
    /// What becomes of a SYN.
    pub listens: Listens,
    /// When it listens again, while it does not.
    pub up_at: Option<SimTime>,
    /// Sockets of its host that no process holds any more.
    pub orphans: Orphans,
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
    /// What kind of commands they are.
    pub class: ClassId,
}

/// What is readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readable {
    /// So many commands.
    Commands(u16),
    /// The first message of a TLS handshake.
    Hello,
    /// So many blocking commands, which have waited as long as they wanted.
    Unblocked(u16),
    /// The client's close.
    EndOfFile,
    /// A reply to so many commands, of the server behind a proxy; none are an error.
    Reply(u16),
    /// A command of an operator over a connection that was opened before the run began.
    Order,
    /// The last trip of a transaction about a key that was changed since it was read.
    Conflict,
}

impl Server {
    /// A server without clients.
    pub fn new(settings: &scenario::Server) -> Server {
        let mut server = Server {
            settings: settings.clone(),
            descriptors: Descriptors::new(settings),
            internal: 0,
            present: Present::default(),
            lost: Lost::default(),
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
            turn_until: SimTime::ZERO,
            turns: 0,
            busy_ns: 0,
            cost: settings.cost,
            slow: (1.0, 0),
            transactions: Transactions::new(),
            workers: Workers::new(match settings.discipline {
                Discipline::Workers => settings.workers,
                Discipline::Turns | Discipline::Fifo => 0,
            }),
            slots: Level::default(),
            leaked: Level::default(),
            blocked: 0,
            admitted: 0,
            clients: Clients::new(),
            look_at: None,
            cron_due: false,
            asleep_since: SimTime::ZERO,
            turn_ends: SimTime::NEVER,
            listens: Listens::Yes,
            up_at: None,
            orphans: Orphans::new(),
            proxy: None,
        };
        server.count_internal();
        server
    }

    /// Other settings hold from now on. Nobody is disconnected. What takes a command of an operator
    /// is not changed here.
    pub fn configure(&mut self, settings: &scenario::Server, now: SimTime) {
        self.descriptors.change(&self.settings.nofile, &settings.nofile);
        self.settings = settings.clone();
        self.count_internal();
        self.set_costs(self.slow.0);
        self.queue.resize(settings.backlog, settings.somaxconn, now);
    }

    /// What INFO calls connected_slaves: every connection of a replica.
    pub fn connected_slaves(&self) -> u32 {
        self.present.replicas + self.replicas
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
        self.slots.now() - self.replicas + self.present.clients
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
        self.ready.push_back(Ready { conn, request: Id::NONE, what, exchange: 0, class: 0 });
    }

    /// From now on everything costs `factor` times as much; gives the number of this change.
    pub fn slow_by(&mut self, factor: f64) -> u32 {
        self.slow.1 += 1;
        self.set_costs(factor);
        self.slow.1
    }

    fn set_costs(&mut self, factor: f64) {
        self.slow.0 = factor;
        let cost = self.settings.cost;
        self.cost = Cost {
            command: self.slowed(cost.command),
            connect: self.slowed(cost.connect),
            rejection: self.slowed(cost.rejection),
            tls_handshake: self.slowed(cost.tls_handshake),
            reap: self.slowed(cost.reap),
            cron: self.slowed(cost.cron),
            visit: self.slowed(cost.visit),
        };
    }

    /// What `cost` is while the server is slowed down.
    #[inline]
    pub fn slowed(&self, cost: Span) -> Span {
        match self.slow.0 {
            1.0 => cost,
            factor => Span::from_ns((cost.as_ns() as f64 * factor + 0.5) as u64),
        }
    }

    /// CPU time used until `now` by one of its threads, in nanoseconds: the mean of all.
    pub fn busy_ns(&self, now: SimTime) -> u64 {
        let ahead = self.turn_until.as_ns().saturating_sub(now.as_ns());
        (self.busy_ns - ahead - self.workers.ahead_ns(now)) / self.workers.threads()
    }

    /// The process ends at `now`: what it had in hand is lost, and takes no more CPU time.
    pub fn lose_work(&mut self, now: SimTime) {
        let ahead = self.turn_until.as_ns().saturating_sub(now.as_ns());
        self.busy_ns -= ahead + self.workers.ahead_ns(now);
        self.busy_ns += self.descriptors.forget_queue(now);
        self.turn_until = now;
        self.turn_ends = SimTime::NEVER;
        self.paused_until = SimTime::ZERO;
        self.cron_due = false;
        self.look_at = None;
        self.owed = Span::ZERO;
        self.workers = Workers::new(self.workers.count());
        self.ready.clear();
        self.replies.clear();
    }
}
