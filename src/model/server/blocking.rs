//! Commands that are not over when they have been read: blocking ones, and subscriptions.

use crate::engine::{Observer, Rank};
use crate::model::client::{Conn, FarEnd};
use crate::model::server::state::{Readable, Ready};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::units::Span;

impl World {
    /// Serves commands that cost or do something of their own; gives the CPU time.
    #[inline(never)]
    pub(in crate::model) fn serve_special<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
        ready: Ready,
        commands: u16,
    ) -> Span {
        let class = self.calls.class(ready.class);
        let n = u64::from(commands);
        if let Some(length) = class.blocking {
            self.move_within_slot(cx, ready.conn, FarEnd::Blocked);
            let Ready { conn, request, exchange, .. } = ready;
            let event = Event::Unblock { conn, request, commands, exchange };
            cx.agenda.at(cx.now + length.times(n), Rank::DELIVERY, event);
        } else {
            if class.subscribe {
                self.move_within_slot(cx, ready.conn, FarEnd::Subscribed);
            }
            self.servers[usize::from(server)].replies.push(ready);
        }
        let drawn = class.drawn.map(|number| self.drawn_cost(server, ready, number));
        let s = &self.servers[usize::from(server)];
        drawn.or(class.cost).map_or(s.cost.command, |cost| s.slowed(cost)).times(n)
    }

    /// The CPU time of commands as their request drew it. Of one that has given up and asks for
    /// something else by now nothing is left to look it up in: the server draws it anew, which is the
    /// same law, as nobody gives up for what has not been served yet.
    fn drawn_cost(&mut self, server: u16, ready: Ready, number: u16) -> Span {
        let (sampler, length) = self.calls.cost(number);
        match self.requests.get(ready.request) {
            Some(request) if request.exchange == ready.exchange => {
                self.fleets[usize::from(request.fleet)].length(*length, ready.request.index())
            }
            _ => sampler.sample(&mut self.abandoned[usize::from(server)]),
        }
    }

    /// Blocking commands have waited long enough: their replies are due in the next turn.
    #[inline(never)]
    pub(in crate::model) fn unblock<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        ready: Ready,
    ) {
        let Some(conn) = self.conns.get(ready.conn) else { return };
        if conn.far == FarEnd::Blocked {
            let server = conn.server;
            self.servers[usize::from(server)].ready.push_back(ready);
            self.kick(cx, server);
        }
    }

    /// Serves a connection that is not simply in a slot, if it can be served now.
    #[inline(never)]
    pub(in crate::model) fn serve_apart<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
        ready: Ready,
    ) -> Span {
        if !self.can_be_served(cx, ready) {
            return Span::ZERO;
        }
        self.conns[ready.conn].heard = cx.now;
        self.serve_in_slot(cx, server, ready)
    }

    /// Whether a connection that is not simply in a slot can be served now; what is readable and
    /// cannot be served is dealt with.
    fn can_be_served<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        ready: Ready,
    ) -> bool {
        let conn = &mut self.conns[ready.conn];
        match (conn.far, ready.what) {
            (FarEnd::Handshake | FarEnd::Slot, _) => true,
            (FarEnd::Subscribed | FarEnd::Blocked, Readable::EndOfFile) => true,
            (FarEnd::Subscribed, _) => {
                if !self.calls.class(ready.class).subscribe {
                    self.move_within_slot(cx, ready.conn, FarEnd::Slot);
                }
                true
            }
            (FarEnd::Blocked, Readable::Unblocked(_)) => {
                self.move_within_slot(cx, ready.conn, FarEnd::Slot);
                self.take_early(ready.conn);
                true
            }
            // One command after the other on each connection.
            (FarEnd::Blocked | FarEnd::Served, Readable::Commands(_)) => {
                conn.has_early = true;
                let server = conn.server;
                self.servers[usize::from(server)].early.push(ready);
                false
            }
            (FarEnd::Served, Readable::EndOfFile) => {
                conn.closed_early = true;
                false
            }
            // Closed by the server since: bytes that come now are answered by a reset.
            (FarEnd::Gone, Readable::Commands(_)) => {
                self.reset(cx, ready.conn, ready.request);
                false
            }
            _ => false,
        }
    }

    /// What a connection in a slot does changes: counts and the reaper's list follow, and its idle
    /// clock starts anew.
    #[inline(never)]
    pub(in crate::model) fn move_within_slot<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
        far: FarEnd,
    ) {
        let conn = &mut self.conns[id];
        let server = conn.server;
        let s = &mut self.servers[usize::from(server)];
        s.blocked -= u32::from(conn.is_blocked());
        conn.far = far;
        conn.heard = cx.now;
        s.blocked += u32::from(conn.is_blocked());
        if s.client_memory.is_on() && !conn.replica {
            s.client_used(id, cx.now);
        }
        if !s.sees(conn) {
            s.clients.unlink(&mut self.conns, id);
        } else if conn.link.is_loose() {
            s.clients.push(&mut self.conns, id);
            self.arm_reaper(cx, server);
        }
    }
}
