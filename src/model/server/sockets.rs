//! The sockets of a server's host after the server has closed them: FIN_WAIT2, TIME_WAIT, nothing.
//!
//! # Source
//!
//! Linux `net/ipv4/tcp.c` `__tcp_close` (unread bytes make a reset of a close), `tcp_fin_timeout`,
//! `TCP_TIMEWAIT_LEN`; measured: 100 connections closed by the idle timeout and never by the client
//! are in FIN_WAIT2 for 60 s and then gone, the client's stay in CLOSE_WAIT.

use crate::engine::{Observer, Rank};
use crate::model::client::{ClientEnd, Conn, Deadlines, FarEnd};
use crate::model::event::Closing;
use crate::model::net::{FIN_WAIT, TimeWaits};
use crate::model::server::Server;
use crate::model::server::state::Readable;
use crate::model::slab::{Id, Slab};
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::units::SimTime;

/// Sockets of a server's host that no process holds any more.
#[derive(Debug)]
pub struct Orphans {
    /// Closed by the server, not by the client.
    pub fin_wait2: u32,
    /// When each of them has waited long enough.
    pub due: Deadlines<Id<Conn>>,
    /// Closed by the server first, and by the client.
    pub time_wait: TimeWaits,
}

impl Orphans {
    /// None.
    pub fn new() -> Orphans {
        Orphans { fin_wait2: 0, due: Deadlines::new(), time_wait: TimeWaits::default() }
    }
}

/// Connections at a server by the state of its own sockets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerSockets {
    /// Established, waiting to be accepted or in a slot.
    pub established: u32,
    /// Closed by the client, not yet seen by the loop.
    pub close_wait: u32,
    /// Closed by the server only.
    pub fin_wait2: u32,
    /// Closed by the server first.
    pub time_wait: u32,
}

impl Server {
    /// Its sockets by state.
    pub fn sockets(&mut self, conns: &Slab<Conn>, now: SimTime) -> ServerSockets {
        let ended = |conn: Id<Conn>| conns.get(conn).is_some_and(Conn::has_slot);
        let in_slots = self.ready.iter().filter(|r| r.what == Readable::EndOfFile && ended(r.conn));
        let early = |id: &&Id<Conn>| conns.get(**id).is_some_and(|c| c.closed_early);
        let close_wait = (in_slots.count() + self.queue.iter().filter(early).count()) as u32;
        ServerSockets {
            established: self.slots.now() + self.queue.len() as u32 - close_wait,
            close_wait,
            fin_wait2: self.orphans.fin_wait2,
            time_wait: self.orphans.time_wait.count(now),
        }
    }
}

impl World {
    /// The server closes a connection in a slot, all of whose bytes it has read: the slot is free at
    /// once, the client learns of it later.
    pub(in crate::model) fn server_closes<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
    ) {
        self.server_closes_as(cx, id, Closing::Fin);
    }

    /// The same, seen by the client as `how`, which is an orderly close.
    pub(in crate::model) fn server_closes_as<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
        how: Closing,
    ) {
        self.free_slot(cx, id);
        if self.conns[id].client == ClientEnd::Gone {
            return self.forget(id);
        }
        self.fin_wait(cx, id);
        let event = Event::ClosedByServer { conn: id, how };
        self.path.send(self.conns[id].pair(), 1, cx.agenda, event);
    }

    /// The server's kernel ends a connection by a reset: nothing is left at the server.
    pub(in crate::model) fn server_resets<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
    ) {
        let conn = &mut self.conns[id];
        conn.far = FarEnd::Gone;
        if conn.client == ClientEnd::Gone {
            return self.forget(id);
        }
        let event = Event::ClosedByServer { conn: id, how: Closing::Lost };
        self.path.send(conn.pair(), 1, cx.agenda, event);
    }

    /// The server has closed its end in good order: the kernel waits for the client's.
    pub(in crate::model) fn fin_wait<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
    ) {
        let conn = &mut self.conns[id];
        let server = conn.server;
        conn.far = FarEnd::FinWait2;
        let orphans = &mut self.servers[usize::from(server)].orphans;
        orphans.fin_wait2 += 1;
        let conns = &self.conns;
        let waits = |id: &Id<Conn>| conns.get(*id).is_some_and(|c| c.far == FarEnd::FinWait2);
        if let Some(at) = orphans.due.push(cx.now + FIN_WAIT, id, waits) {
            cx.agenda.at(at, Rank::TIMEOUT, Event::FinWaitDue { server });
        }
    }

    /// Sockets in FIN_WAIT2 have waited long enough: they are gone.
    pub(in crate::model) fn fin_wait_due<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
    ) {
        let index = usize::from(server);
        if !self.servers[index].orphans.due.is_due(cx.now) {
            return;
        }
        while let Some(id) = self.servers[index].orphans.due.take(cx.now) {
            self.end_fin_wait(id);
            if self.conns.get(id).is_some() {
                self.forget(id);
            }
        }
        let conns = &self.conns;
        let waits = |id: &Id<Conn>| conns.get(*id).is_some_and(|c| c.far == FarEnd::FinWait2);
        if let Some(at) = self.servers[index].orphans.due.rearm(waits) {
            cx.agenda.at(at, Rank::TIMEOUT, Event::FinWaitDue { server });
        }
    }

    /// A socket leaves FIN_WAIT2, if it is in it.
    pub(in crate::model) fn end_fin_wait(&mut self, id: Id<Conn>) -> bool {
        let Some(conn) = self.conns.get_mut(id) else { return false };
        let waited = conn.far == FarEnd::FinWait2;
        if waited {
            conn.far = FarEnd::Gone;
            self.servers[usize::from(conn.server)].orphans.fin_wait2 -= 1;
        }
        waited
    }

    /// The client closes what the server has closed before: TIME_WAIT at the server. (The way of the
    /// client's last packet is left out.)
    pub(in crate::model) fn client_closed_too<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
    ) {
        if self.end_fin_wait(id) {
            let server = usize::from(self.conns[id].server);
            self.servers[server].orphans.time_wait.enter(cx.now, self.tw_buckets);
        }
    }
}
