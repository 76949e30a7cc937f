//! One turn of the loop thread: serve what was ready, accept up to the batch, run the cron; all
//! replies leave at the end.
//!
//! # Source
//!
//! Redis `aeProcessEvents`, `connSocketAcceptHandler`, `beforeSleep`; ten connections with a slow
//! command each were seen to get their replies together at the end of the tenth.

use crate::engine::{Observer, Rank};
use crate::model::client::{ClientEnd, Conn, FarEnd, Request};
use crate::model::event::Closing;
use crate::model::server::admission::{Admission, admission};
use crate::model::server::state::{Readable, Ready};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{Discipline, Reaper};
use crate::units::Span;

impl World {
    /// Wakes the loop thread, if it sleeps.
    #[inline]
    pub(in crate::model) fn kick<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
    ) {
        if !self.servers[usize::from(server)].busy {
            self.turns(cx, server);
        }
    }

    /// The turn on the agenda is over.
    #[inline(never)]
    pub(in crate::model) fn turn_end<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
    ) {
        self.servers[usize::from(server)].busy = false;
        self.replies_leave(cx, server);
        self.turns(cx, server);
    }

    /// Turn after turn, until one takes time or nothing is left to do.
    fn turns<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, server: u16) {
        loop {
            let s = &mut self.servers[usize::from(server)];
            if s.paused_until > cx.now {
                s.busy = true;
                let at = s.paused_until;
                return cx.agenda.at(at, Rank::DELIVERY, Event::TurnEnd { server });
            }
            if s.ready.is_empty() && s.queue.len() == 0 && !s.cron_due && s.owed.is_zero() {
                return;
            }
            // While work is under way nobody else may wake the loop.
            s.busy = true;
            let elapsed = self.work(cx, server);
            let s = &mut self.servers[usize::from(server)];
            s.busy_ns += elapsed.as_ns();
            if !elapsed.is_zero() {
                return cx.agenda.at(cx.now + elapsed, Rank::DELIVERY, Event::TurnEnd { server });
            }
            s.busy = false;
            self.replies_leave(cx, server);
        }
    }

    /// The work of one turn; gives the CPU time it takes.
    #[inline]
    fn work<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, server: u16) -> Span {
        let s = &mut self.servers[usize::from(server)];
        let mut elapsed = std::mem::take(&mut s.owed);
        let in_turns = s.settings.discipline == Discipline::Turns;
        // What becomes ready from here on is for the next turn.
        let batch = if in_turns { s.ready.len() } else { s.ready.len().min(1) };
        for _ in 0..batch {
            let Some(ready) = self.servers[usize::from(server)].ready.pop_front() else { break };
            elapsed = elapsed + self.serve(cx, server, ready);
        }
        let s = &mut self.servers[usize::from(server)];
        let served_one = !in_turns && batch > 0;
        let tls = s.settings.tls;
        let per_turn =
            if tls { s.settings.accepts_per_turn_tls } else { s.settings.accepts_per_turn };
        for _ in 0..if in_turns { per_turn } else { u32::from(!served_one) } {
            let Some(conn) = self.servers[usize::from(server)].queue.accept() else { break };
            elapsed = elapsed + self.accept(cx, server, conn, elapsed);
        }
        if std::mem::take(&mut self.servers[usize::from(server)].cron_due) {
            elapsed = elapsed + self.sweep(cx, server, elapsed);
        }
        elapsed
    }

    /// Does what one readable connection asks for.
    #[inline]
    fn serve<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
        ready: Ready,
    ) -> Span {
        let s = &mut self.servers[usize::from(server)];
        if let Readable::Reply(_) = ready.what {
            // Passed on at the end of the turn: the cost of a command pays for both ways.
            s.replies.push(ready);
            return Span::ZERO;
        }
        let Some(conn) = self.conns.get_mut(ready.conn) else { return Span::ZERO };
        if !conn.has_slot() {
            // Closed by the server since: bytes that come now are answered by a reset.
            if let Readable::Commands(_) = ready.what {
                self.reset(cx, ready.conn, ready.request);
            }
            return Span::ZERO;
        }
        conn.heard = cx.now;
        if s.settings.reaper == Reaper::Exact {
            // The one heard of longest ago stands first, also while the loop is at work.
            s.clients.move_to_tail(&mut self.conns, ready.conn);
        }
        match ready.what {
            Readable::Commands(n) => {
                s.replies.push(ready);
                match n {
                    1 => s.settings.cost.command,
                    n => s.settings.cost.command.times(u64::from(n)),
                }
            }
            Readable::Hello => {
                s.replies.push(ready);
                s.settings.cost.tls_handshake
            }
            Readable::EndOfFile => {
                self.free_slot(cx, ready.conn);
                self.forget(ready.conn);
                Span::ZERO
            }
            Readable::Reply(_) => Span::ZERO,
        }
    }

    /// Accepts one connection from the kernel: admits or refuses it. `elapsed` is the time this turn
    /// has taken so far.
    #[inline]
    fn accept<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
        id: Id<Conn>,
        elapsed: Span,
    ) -> Span {
        let s = &mut self.servers[usize::from(server)];
        let cost = s.settings.cost;
        let conn = &mut self.conns[id];
        if admission(s.slots.now(), s.internal, s.limit) == Admission::Reject {
            let at = cx.now + elapsed + cost.rejection;
            cx.out.observe(at, Observation::Rejected { server });
            conn.far = FarEnd::Gone;
            if conn.client == ClientEnd::Gone {
                self.forget(id);
            } else {
                let at = at + self.path.crossing(1);
                let event = Event::ClosedByServer { conn: id, how: Closing::Refused };
                cx.agenda.at(at, Rank::DELIVERY, event);
            }
            return cost.rejection;
        }
        conn.heard = cx.now;
        s.slots.up();
        let request = conn.request;
        if s.settings.tls {
            conn.far = FarEnd::Handshake;
            let what = Readable::Hello;
            s.ready.push_back(Ready { conn: id, request: Id::NONE, what, exchange: 0 });
        } else {
            conn.far = FarEnd::Slot;
            cx.note(Observation::Received { server });
            if conn.brings > 0 {
                let what = Readable::Commands(conn.brings);
                s.ready.push_back(Ready { conn: id, request, what, exchange: 0 });
            }
            if std::mem::take(&mut conn.has_early) {
                take_early(&mut s.early, &mut s.ready, id);
            }
        }
        if conn.closed_early {
            s.end_of_file(id);
        }
        s.admitted += 1;
        conn.admitted = s.admitted;
        let leaked = conn.leaked.is_some();
        let (proxy, is_in) = (s.proxy, conn.far == FarEnd::Slot);
        if s.sees(conn) {
            s.clients.push(&mut self.conns, id);
            self.arm_reaper(cx, server);
        }
        if leaked {
            self.count_leaked_slot(id);
        }
        if let Some(proxy) = proxy.filter(|_| is_in) {
            self.client_came(cx, usize::from(proxy), id);
        }
        cost.connect
    }

    /// Commands reach the server on a connection that the client holds for open.
    #[inline]
    pub(in crate::model) fn bytes<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        conn: Id<Conn>,
        request: Id<Request>,
        commands: u16,
        exchange: u16,
    ) {
        let Some(c) = self.conns.get_mut(conn) else { return };
        let server = c.server;
        let ready = Ready { conn, request, what: Readable::Commands(commands), exchange };
        match c.far {
            FarEnd::Slot => {
                self.servers[usize::from(server)].ready.push_back(ready);
                self.kick(cx, server);
            }
            FarEnd::Gone => self.reset(cx, conn, request),
            FarEnd::Unseen | FarEnd::Queued | FarEnd::Handshake => {
                c.has_early = true;
                self.servers[usize::from(server)].early.push(ready);
            }
        }
    }

    /// The end of a turn: replies leave.
    #[inline]
    fn replies_leave<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, server: u16) {
        let s = &mut self.servers[usize::from(server)];
        let exact = s.settings.reaper == Reaper::Exact;
        let proxy = s.proxy.map(usize::from);
        let mut replies = std::mem::take(&mut s.replies);
        for ready in replies.drain(..) {
            if let (Some(proxy), Readable::Reply(n)) = (proxy, ready.what) {
                self.relay(cx, proxy, ready, n);
                continue;
            }
            let Some(conn) = self.conns.get_mut(ready.conn) else { continue };
            if !conn.has_slot() {
                continue;
            }
            conn.heard = cx.now;
            let own = usize::from(conn.fleet) < self.fleets.len();
            if exact {
                self.servers[usize::from(server)].clients.move_to_tail(&mut self.conns, ready.conn);
            }
            match ready.what {
                Readable::Commands(n) => match proxy {
                    Some(proxy) => self.forward(cx, proxy, ready, n),
                    None if own => {
                        self.answered(cx, ready.request, ready.conn, n, ready.exchange);
                    }
                    None => self.reply(cx, ready.conn, ready.request, n, ready.exchange),
                },
                Readable::Hello => self.handshake_done(cx, server, ready.conn),
                Readable::EndOfFile | Readable::Reply(_) => {}
            }
        }
        self.servers[usize::from(server)].replies = replies;
    }

    /// A TLS handshake is done at the server: the client finishes it and sends its commands.
    fn handshake_done<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
        id: Id<Conn>,
    ) {
        cx.note(Observation::Received { server });
        let conn = &mut self.conns[id];
        conn.far = FarEnd::Slot;
        if let Some(proxy) = self.servers[usize::from(server)].proxy {
            self.client_came(cx, usize::from(proxy), id);
        }
        let conn = &mut self.conns[id];
        if conn.brings > 0 && conn.client == ClientEnd::Established {
            let event = Event::Bytes {
                conn: id,
                request: conn.request,
                commands: conn.brings,
                exchange: 0,
            };
            self.path.send(2, cx.agenda, event);
        }
        if std::mem::take(&mut self.conns[id].has_early) {
            let s = &mut self.servers[usize::from(server)];
            take_early(&mut s.early, &mut s.ready, id);
        }
    }

    /// Bytes met a connection that the server had closed.
    fn reset<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        conn: Id<Conn>,
        request: Id<Request>,
    ) {
        let how = Closing::Reset { request };
        self.path.send(1, cx.agenda, Event::ClosedByServer { conn, how });
    }
}

/// Commands that came early can now be read.
fn take_early(
    early: &mut Vec<Ready>,
    ready: &mut std::collections::VecDeque<Ready>,
    conn: Id<Conn>,
) {
    early.retain(|waiting| {
        if waiting.conn == conn {
            ready.push_back(*waiting);
        }
        waiting.conn != conn
    });
}
