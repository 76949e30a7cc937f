//! Servers with several workers: commands are served side by side, first come, first served, each
//! reply at once; one acceptor accepts and refuses, one connection at a time.
//!
//! # Source
//!
//! PostgreSQL and MySQL have a process or thread for each connection, which share the cores;
//! memcached has four threads (`memcached.c`, `thread.c`). One listener accepts for all of them.

use crate::engine::{Observer, Rank};
use crate::model::client::{Conn, FarEnd};
use crate::model::server::admission::Admission;
use crate::model::server::state::{Readable, Ready};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::units::{SimTime, Span};

/// The workers of a server, and its acceptor.
#[derive(Debug)]
pub struct Workers {
    /// Until when each is at work, and what it answers then.
    at: Vec<(SimTime, Option<Ready>)>,
    /// Those without work.
    idle: Vec<u16>,
    /// What the acceptor has in hand.
    accepting: Option<(Id<Conn>, Admission)>,
}

impl Workers {
    /// So many workers; none where a loop thread does the work.
    pub fn new(count: u32) -> Workers {
        let count = u16::try_from(count).unwrap_or(u16::MAX);
        Workers {
            at: vec![(SimTime::ZERO, None); usize::from(count)],
            idle: (0..count).rev().collect(),
            accepting: None,
        }
    }

    /// How many; none where a loop thread does the work.
    pub fn count(&self) -> u32 {
        self.at.len() as u32
    }

    /// Whether there are workers, and no loop thread.
    #[inline]
    pub fn are_any(&self) -> bool {
        !self.at.is_empty()
    }

    /// How many threads work.
    pub fn threads(&self) -> u64 {
        self.at.len().max(1) as u64
    }

    /// CPU time that the work in hand takes after `now`, in nanoseconds.
    pub fn ahead_ns(&self, now: SimTime) -> u64 {
        self.at.iter().map(|(until, _)| until.as_ns().saturating_sub(now.as_ns())).sum()
    }

    /// Connections that have left the kernel's queue and are neither admitted nor refused.
    pub fn accepting(&self) -> u64 {
        u64::from(self.accepting.is_some())
    }
}

impl World {
    /// Whoever has no work takes some, if there is any.
    pub(in crate::model) fn put_to_work<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
    ) {
        let s = &mut self.servers[usize::from(server)];
        if s.paused_until > cx.now {
            let until = s.paused_until;
            if !s.busy {
                self.acceptor_busy(cx, server, until);
            }
            return;
        }
        loop {
            self.workers_take(cx, server);
            if !self.acceptor_takes(cx, server) {
                return;
            }
        }
    }

    /// Workers take what is readable, as long as there is any and a worker for it.
    fn workers_take<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, server: u16) {
        loop {
            let s = &mut self.servers[usize::from(server)];
            if s.workers.idle.is_empty() {
                return;
            }
            let (length, reply) = if !s.owed.is_zero() {
                (std::mem::take(&mut s.owed), None)
            } else if let Some(ready) = s.ready.pop_front() {
                let length = self.serve(cx, server, ready);
                (length, self.servers[usize::from(server)].replies.pop())
            } else {
                return;
            };
            if length.is_zero() {
                if let Some(reply) = reply {
                    self.reply_leaves(cx, server, reply);
                }
                continue;
            }
            self.worker_begins(cx, server, length, reply);
        }
    }

    fn worker_begins<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
        length: Span,
        reply: Option<Ready>,
    ) {
        if let Some(Ready { conn, what: Readable::Commands(_) | Readable::Conflict, .. }) = reply {
            self.move_within_slot(cx, conn, FarEnd::Served);
        }
        let s = &mut self.servers[usize::from(server)];
        let Some(worker) = s.workers.idle.pop() else { return };
        let until = cx.now + length;
        s.workers.at[usize::from(worker)] = (until, reply);
        s.busy_ns += length.as_ns();
        cx.agenda.at(until, Rank::DELIVERY, Event::WorkerDone { server, worker });
    }

    /// A worker has done what it began: its reply leaves.
    pub(in crate::model) fn worker_done<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
        worker: u16,
    ) {
        let workers = &mut self.servers[usize::from(server)].workers;
        let (until, reply) = &mut workers.at[usize::from(worker)];
        // What was begun before a restart is nobody's.
        if *until != cx.now {
            return;
        }
        *until = SimTime::ZERO;
        let reply = reply.take();
        workers.idle.push(worker);
        if let Some(reply) = reply {
            self.was_served(cx, reply);
            self.reply_leaves(cx, server, reply);
        }
        self.put_to_work(cx, server);
    }

    /// A worker has let go of a connection: what has come meanwhile can be read.
    fn was_served<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, reply: Ready) {
        let Some(conn) = self.conns.get_mut(reply.conn) else { return };
        if conn.far != FarEnd::Served {
            return;
        }
        let (server, closed) = (conn.server, std::mem::take(&mut conn.closed_early));
        let subscribes = self.calls.class(reply.class).subscribe;
        let far = if subscribes { FarEnd::Subscribed } else { FarEnd::Slot };
        self.move_within_slot(cx, reply.conn, far);
        self.take_early(reply.conn);
        if closed {
            self.servers[usize::from(server)].end_of_file(reply.conn);
        }
    }

    /// The acceptor takes a connection from the kernel, or runs the cron; whether something was done
    /// that took no time.
    fn acceptor_takes<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
    ) -> bool {
        let s = &mut self.servers[usize::from(server)];
        if s.busy {
            return false;
        }
        let length = if std::mem::take(&mut s.cron_due) {
            self.sweep(cx, server, Span::ZERO)
        } else if let Some(conn) = self.next_to_accept(cx, server) {
            let cost = self.servers[usize::from(server)].cost;
            let admission = self.decide(server, conn);
            self.servers[usize::from(server)].workers.accepting = Some((conn, admission));
            match admission {
                Admission::Admit => cost.connect,
                Admission::Reject => cost.rejection,
            }
        } else {
            return false;
        };
        if length.is_zero() {
            self.accepted(cx, server);
            return true;
        }
        self.acceptor_busy(cx, server, cx.now + length);
        false
    }

    /// The acceptor does nothing else until then.
    fn acceptor_busy<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
        until: SimTime,
    ) {
        let s = &mut self.servers[usize::from(server)];
        s.busy = true;
        s.turn_ends = until;
        cx.agenda.at(until, Rank::DELIVERY, Event::TurnEnd { server });
    }

    /// The acceptor has done what it began, or a pause is over.
    pub(in crate::model) fn acceptor_done<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
    ) {
        self.accepted(cx, server);
        self.put_to_work(cx, server);
    }

    /// What the acceptor has in hand is admitted or refused.
    fn accepted<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, server: u16) {
        match self.servers[usize::from(server)].workers.accepting.take() {
            None => {}
            Some((conn, Admission::Admit)) => self.admit(cx, server, conn),
            Some((conn, Admission::Reject)) => self.refuse(cx, server, conn, cx.now),
        }
    }
}
