//! Who is let in.

use crate::engine::Observer;
use crate::model::client::{ClientEnd, Conn, FarEnd};
use crate::model::event::Closing;
use crate::model::server::Server;
use crate::model::server::state::{Readable, Ready};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::WhenFull;
use crate::units::{SimTime, Span};

/// What a server does with a connection it has accepted from the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It gets a slot.
    Admit,
    /// It is closed, with an error line or without.
    Reject,
}

/// The test of Redis `acceptCommonHandler`: refused when the clients of every kind and the cluster
/// estimate together have reached the limit.
#[inline]
pub fn admission(slots: u32, internal_slots: u32, limit: u32) -> Admission {
    if slots + internal_slots >= limit { Admission::Reject } else { Admission::Admit }
}

impl Server {
    /// Whether an ordinary client is let in.
    #[inline]
    pub fn has_room(&self) -> bool {
        let limit = self.descriptors.limit.saturating_sub(self.settings.reserved);
        admission(self.slots.now(), self.internal, limit) == Admission::Admit
    }

    /// Whether slots are left that ordinary clients cannot take.
    ///
    /// # Source
    ///
    /// PostgreSQL `src/backend/utils/init/postinit.c` (`superuser_reserved_connections`), MySQL
    /// `sql/conn_handler/connection_handler_manager.cc` (one beyond `max_connections`).
    fn has_reserved_room(&self) -> bool {
        let limit = self.descriptors.limit.saturating_add(self.settings.reserved_beyond);
        admission(self.slots.now(), self.internal, limit) == Admission::Admit
    }

    /// Whether a connection waits that will be accepted, or refused, now.
    #[inline]
    pub fn has_to_accept(&self, now: SimTime) -> bool {
        self.queue.len() > 0
            && (self.settings.when_full != WhenFull::StopAccepting || self.has_room())
            && self.may_try_to_accept(now)
    }
}

impl World {
    /// The connection to accept, or to refuse, now.
    #[inline(always)]
    pub(in crate::model) fn next_to_accept<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
    ) -> Option<Id<Conn>> {
        let s = &mut self.servers[usize::from(server)];
        if !s.has_to_accept(cx.now) {
            return None;
        }
        if s.slots.now() >= s.descriptors.room {
            self.accept_fails(cx, server);
            return None;
        }
        s.descriptors.starved = false;
        s.queue.accept(cx.now)
    }

    /// Accepts one connection from the kernel: admits or refuses it. `elapsed` is the time this turn
    /// has taken so far; gives the CPU time it takes.
    #[inline(always)]
    pub(in crate::model) fn accept<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
        id: Id<Conn>,
        elapsed: Span,
    ) -> Span {
        let cost = self.servers[usize::from(server)].cost;
        match self.decide(server, id) {
            Admission::Admit => {
                self.admit(cx, server, id);
                cost.connect
            }
            Admission::Reject => {
                self.refuse(cx, server, id, cx.now + elapsed + cost.rejection);
                cost.rejection
            }
        }
    }

    /// Whether a connection is let in.
    #[inline(always)]
    pub(in crate::model) fn decide(&self, server: u16, id: Id<Conn>) -> Admission {
        let s = &self.servers[usize::from(server)];
        let in_reserve = || {
            s.settings.reserved + s.settings.reserved_beyond > 0 && self.takes_reserved(server, id)
        };
        if s.has_room() || in_reserve() { Admission::Admit } else { Admission::Reject }
    }

    /// Whether a connection may take a reserved slot, and one is left.
    #[inline(never)]
    fn takes_reserved(&self, server: u16, id: Id<Conn>) -> bool {
        let privileged = match self.conns[id].guest() {
            Some(guest) => self.is_operator(guest),
            None => {
                // What a proxy has dialled is no fleet's.
                let fleet = self.fleets.get(usize::from(self.conns[id].fleet));
                fleet.is_some_and(|fleet| fleet.current().fleet.privileged)
            }
        };
        privileged && self.servers[usize::from(server)].has_reserved_room()
    }

    /// A connection gets a slot.
    #[inline(always)]
    pub(in crate::model) fn admit<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
        id: Id<Conn>,
    ) {
        let s = &mut self.servers[usize::from(server)];
        let conn = &mut self.conns[id];
        conn.heard = cx.now;
        conn.accepted = cx.now;
        s.slots.up();
        if s.settings.when_full == WhenFull::StopAccepting && !s.has_room() {
            cx.note(Observation::AcceptsStopped { server });
        }
        if s.client_memory.is_on() {
            s.client_used(id, cx.now);
        }
        s.admitted += 1;
        conn.admitted = s.admitted;
        let (request, class, brings) = (conn.request, conn.class, conn.brings);
        if s.settings.tls {
            conn.far = FarEnd::Handshake;
            let what = Readable::Hello;
            let ready = Ready { conn: id, request: Id::NONE, what, exchange: 0, class: 0 };
            s.ready.push_back(ready);
        } else {
            conn.far = FarEnd::Slot;
            cx.note(Observation::Received { server });
            if self.opening > 0 {
                self.opened_first(cx, id);
            }
            let s = &mut self.servers[usize::from(server)];
            if brings > 0 {
                let what = Readable::Commands(brings);
                s.ready.push_back(Ready { conn: id, request, what, exchange: 0, class });
            }
            self.take_early(id);
        }
        let s = &mut self.servers[usize::from(server)];
        let conn = &self.conns[id];
        if conn.closed_early {
            s.end_of_file(id);
        }
        let leaked = conn.leaked.is_some();
        if s.sees(conn) {
            s.clients.push(&mut self.conns, id);
            self.arm_reaper(cx, server);
        }
        if leaked {
            self.count_leaked_slot(id);
        }
        self.let_in(cx, server, id);
    }

    /// A connection can be used from now on: the proxy that has let it in takes note.
    #[inline(always)]
    pub(in crate::model) fn let_in<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
        id: Id<Conn>,
    ) {
        if let Some(proxy) = self.servers[usize::from(server)].proxy
            && self.conns[id].far == FarEnd::Slot
            && self.conns[id].guest().is_none()
        {
            self.client_came(cx, usize::from(proxy), id);
        }
    }

    /// A connection is refused; the work is done at `at`. With an error line where one can be
    /// written: under TLS the handshake has not begun, and nothing can.
    ///
    /// # Source
    ///
    /// Redis `src/networking.c` `acceptCommonHandler`; measured: under TLS no refusal has a text.
    pub(in crate::model) fn refuse<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
        id: Id<Conn>,
        at: SimTime,
    ) {
        cx.out.observe(at, Observation::Rejected { server });
        let conn = &self.conns[id];
        let settings = &self.servers[usize::from(server)].settings;
        // Bytes that were not read make a reset of a close; under TLS the client's first message is
        // there, or meets the closed socket. Measured: nothing is left of such a connection.
        let unread = settings.tls || conn.brings > 0 || conn.has_early;
        let silent = settings.tls || settings.when_full == WhenFull::RejectSilently;
        self.drop_early(id);
        let conn = &mut self.conns[id];
        conn.far = FarEnd::Gone;
        if conn.client == ClientEnd::Gone {
            return self.forget(id);
        }
        let pair = conn.pair();
        if !unread {
            self.fin_wait(cx, id);
        }
        let how = Closing::Refused { unread, silent };
        self.path.send_at(at, pair, 1, cx.agenda, Event::ClosedByServer { conn: id, how });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Internal;

    /// Measured with a limit of 50: refusals begin with 50 connected clients, with 48 beside two
    /// replicas, with 46 in a cluster of three; clients in MONITOR, Pub/Sub and blocking commands are
    /// among them, and so are Sentinel's two links and a replica's link to its primary.
    #[test]
    fn every_kind_of_connection_takes_slots_and_info_counts_all_but_replicas_and_links() {
        let alone = Internal::NONE;
        for (internal, connected) in [
            (alone, 50),
            (Internal { replicas: 2, ..alone }, 48),
            (Internal { cluster_nodes: 3, ..alone }, 46),
            (Internal { cluster_nodes: 6, ..alone }, 40),
            (Internal { monitors: 1, subscribers: 2, blocked: 1, admin: 1, ..alone }, 50),
            (Internal { sentinels: 3, replicas: 2, ..alone }, 48),
            (Internal { primary_link: true, ..alone }, 50),
            (Internal { replicas: 1, cluster_nodes: 3, blocked: 5, ..alone }, 45),
        ] {
            let clients = connected - internal.clients();
            assert_eq!(admission(clients - 1, internal.slots(), 50), Admission::Admit);
            assert_eq!(admission(clients, internal.slots(), 50), Admission::Reject);
            let occupancy = connected + internal.replicas + internal.cluster_connections();
            assert_eq!(occupancy, 50, "{internal:?}");
        }
        // A hundred nodes cost 198 slots.
        assert_eq!(Internal { cluster_nodes: 100, ..alone }.slots(), 198);
    }
}
