//! One turn of the loop thread: serve what was ready, accept up to the batch, run the cron; all
//! replies leave at the end.
//!
//! # Source
//!
//! Redis `aeProcessEvents`, `connSocketAcceptHandler`, `beforeSleep`; ten connections with a slow
//! command each were seen to get their replies together at the end of the tenth.

use std::collections::VecDeque;

use crate::engine::{Observer, Rank};
use crate::model::client::{ClientEnd, Conn, FarEnd, Request};
use crate::model::event::Closing;
use crate::model::net::DATA_GIVEN_UP_AFTER;
use crate::model::server::Server;
use crate::model::server::state::{Readable, Ready};
use crate::model::slab::{Id, Slab};
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{Discipline, Reaper};
use crate::units::{SimTime, Span};

impl World {
    /// Wakes the server, if it sleeps.
    #[inline(always)]
    pub(in crate::model) fn kick<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
    ) {
        let s = &self.servers[usize::from(server)];
        if s.workers.are_any() {
            self.put_to_work(cx, server);
        } else if !s.busy {
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
        let s = &mut self.servers[usize::from(server)];
        if s.turn_ends != cx.now {
            return;
        }
        s.busy = false;
        if s.workers.are_any() {
            return self.acceptor_done(cx, server);
        }
        self.replies_leave(cx, server);
        if !self.servers[usize::from(server)].rests(cx.now) {
            self.turns(cx, server);
        }
    }

    /// Turn after turn, until one takes time or nothing is left to do.
    fn turns<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, server: u16) {
        let index = usize::from(server);
        loop {
            if self.servers[index].client_memory.is_on() {
                self.evict_clients(cx, server);
            }
            let s = &mut self.servers[index];
            if s.paused_until > cx.now {
                s.busy = true;
                let at = s.paused_until;
                s.turn_ends = at;
                return cx.agenda.at(at, Rank::DELIVERY, Event::TurnEnd { server });
            }
            if s.ready.is_empty() && !s.has_to_accept(cx.now) && !s.cron_due && s.owed.is_zero() {
                s.asleep_since = cx.now;
                return s.falls_asleep(cx.now);
            }
            s.wakes(cx.now);
            // While work is under way nobody else may wake the loop.
            s.busy = true;
            s.turns += 1;
            let elapsed = self.work(cx, server);
            let s = &mut self.servers[index];
            s.busy_ns += elapsed.as_ns();
            if !elapsed.is_zero() {
                s.turn_ends = cx.now + elapsed;
                s.turn_until = s.turn_ends;
                return cx.agenda.at(s.turn_ends, Rank::DELIVERY, Event::TurnEnd { server });
            }
            s.busy = false;
            self.replies_leave(cx, server);
        }
    }

    /// The work of one turn; gives the CPU time it takes.
    #[inline(always)]
    fn work<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, server: u16) -> Span {
        let index = usize::from(server);
        let s = &mut self.servers[index];
        let mut elapsed = std::mem::take(&mut s.owed);
        let in_turns = s.settings.discipline == Discipline::Turns;
        // What becomes ready from here on is for the next turn.
        let batch = if in_turns { s.ready.len() } else { s.ready.len().min(1) };
        for _ in 0..batch {
            let World { servers, conns, .. } = self;
            let s = &mut servers[index];
            let Some(ready) = s.ready.pop_front() else { break };
            elapsed = elapsed
                + match s.serve_plain(conns, &ready, cx.now) {
                    Some(cost) => cost,
                    None => self.serve(cx, server, ready),
                };
        }
        let s = &self.servers[index];
        if s.queue.len() > 0 && (in_turns || batch == 0) {
            elapsed = self.accept_batch(cx, server, in_turns, elapsed);
        }
        if std::mem::take(&mut self.servers[index].cron_due) {
            elapsed = elapsed + self.sweep(cx, server, elapsed);
        }
        elapsed
    }

    /// Accepts what waits, up to the batch of a turn; gives the time of the turn so far.
    #[inline(never)]
    fn accept_batch<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
        in_turns: bool,
        mut elapsed: Span,
    ) -> Span {
        let settings = &self.servers[usize::from(server)].settings;
        let per_turn =
            if settings.tls { settings.accepts_per_turn_tls } else { settings.accepts_per_turn };
        for _ in 0..if in_turns { per_turn } else { 1 } {
            let Some(conn) = self.next_to_accept(cx, server) else { break };
            elapsed = elapsed + self.accept(cx, server, conn, elapsed);
        }
        elapsed
    }

    /// Does what one readable connection asks for; what it is answered stands in `replies`.
    #[inline]
    pub(in crate::model) fn serve<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
        ready: Ready,
    ) -> Span {
        if let Readable::Reply(_) = ready.what {
            // Passed on at the end of the turn: the cost of a command pays for both ways.
            self.servers[usize::from(server)].replies.push(ready);
            return Span::ZERO;
        }
        let Some(conn) = self.conns.get_mut(ready.conn) else {
            return self.serve_nobody(cx, server, ready);
        };
        if conn.far != FarEnd::Slot {
            return self.serve_apart(cx, server, ready);
        }
        conn.heard = cx.now;
        self.serve_in_slot(cx, server, ready)
    }

    /// Serves a connection that is in a slot and free to be served.
    #[inline(always)]
    pub(in crate::model) fn serve_in_slot<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
        ready: Ready,
    ) -> Span {
        let s = &mut self.servers[usize::from(server)];
        if s.client_memory.is_on() && !self.conns[ready.conn].replica {
            s.client_used(ready.conn, cx.now);
        }
        if s.settings.reaper == Reaper::Exact {
            // The one heard of longest ago stands first, also while the loop is at work.
            s.clients.move_to_tail(&mut self.conns, ready.conn);
        }
        match ready.what {
            // A proxy passes commands of every kind on.
            Readable::Commands(n) if ready.class == 0 || s.proxy.is_some() => {
                s.replies.push(ready);
                match n {
                    1 => s.cost.command,
                    n => s.cost.command.times(u64::from(n)),
                }
            }
            Readable::Commands(n) => self.serve_special(cx, server, ready, n),
            Readable::Hello => {
                s.replies.push(ready);
                s.cost.tls_handshake
            }
            Readable::Unblocked(n) => {
                s.replies.push(Ready { what: Readable::Commands(n), ..ready });
                Span::ZERO
            }
            Readable::EndOfFile => {
                self.free_slot(cx, ready.conn);
                self.forget(ready.conn);
                Span::ZERO
            }
            Readable::Reply(_) | Readable::Order => Span::ZERO,
        }
    }

    /// What is readable is of no connection of the model: an operator's command, or of one that is
    /// no more.
    #[cold]
    fn serve_nobody<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
        ready: Ready,
    ) -> Span {
        match ready.what {
            Readable::Order => self.serve_operator(cx, server, ready),
            _ => Span::ZERO,
        }
    }

    /// Commands reach the server on a connection that the client holds for open.
    #[inline]
    pub(in crate::model) fn bytes<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        ready: Ready,
    ) {
        let Some(c) = self.conns.get_mut(ready.conn) else { return };
        let server = c.server;
        match c.far {
            FarEnd::Slot | FarEnd::Subscribed => {
                self.servers[usize::from(server)].ready.push_back(ready);
                self.kick(cx, server);
            }
            FarEnd::Gone | FarEnd::FinWait2 => self.reset(cx, ready.conn, ready.request),
            FarEnd::Vanished => {
                let at = cx.now + DATA_GIVEN_UP_AFTER;
                cx.agenda.at(at, Rank::TIMEOUT, Event::GivenUp { conn: ready.conn });
            }
            FarEnd::Unseen
            | FarEnd::Queued
            | FarEnd::Handshake
            | FarEnd::Blocked
            | FarEnd::Served => {
                c.has_early = true;
                self.servers[usize::from(server)].early.push(ready);
            }
        }
    }

    /// The end of a turn: replies leave.
    #[inline(always)]
    fn replies_leave<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, server: u16) {
        let s = &mut self.servers[usize::from(server)];
        let plain = s.is_plain() && s.proxy.is_none();
        let fleets = self.fleets.len();
        let mut replies = std::mem::take(&mut s.replies);
        for ready in &replies {
            match (ready.what, self.conns.get_mut(ready.conn)) {
                // A reply to a proxy goes another way.
                (Readable::Commands(n), Some(conn))
                    if plain && conn.far == FarEnd::Slot && usize::from(conn.fleet) < fleets =>
                {
                    conn.heard = cx.now;
                    self.answered(cx, ready.request, ready.conn, n, ready.exchange);
                }
                _ => self.reply_leaves(cx, server, *ready),
            }
        }
        replies.clear();
        self.servers[usize::from(server)].replies = replies;
    }

    /// A reply leaves.
    pub(in crate::model) fn reply_leaves<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
        ready: Ready,
    ) {
        let s = &mut self.servers[usize::from(server)];
        let proxy = s.proxy.map(usize::from);
        if let (Some(proxy), Readable::Reply(n)) = (proxy, ready.what) {
            return self.relay(cx, proxy, ready, n);
        }
        let Some(conn) = self.conns.get_mut(ready.conn) else {
            if ready.what == Readable::Order {
                self.operator_hears(cx, server);
            }
            return;
        };
        if !conn.has_slot() {
            return;
        }
        conn.heard = cx.now;
        let (fleet, replica) = (conn.fleet, conn.replica);
        let s = &mut self.servers[usize::from(server)];
        if s.client_memory.is_on() && !replica {
            s.client_used(ready.conn, cx.now);
        }
        if s.settings.reaper == Reaper::Exact {
            s.clients.move_to_tail(&mut self.conns, ready.conn);
        }
        match ready.what {
            Readable::Commands(n) => match proxy {
                Some(proxy) => self.forward(cx, proxy, ready, n),
                None if !self.is_no_fleet(fleet) => {
                    self.answered(cx, ready.request, ready.conn, n, ready.exchange);
                }
                None => self.reply(cx, ready.conn, ready.request, n, ready.exchange),
            },
            Readable::Hello => self.handshake_done(cx, server, ready.conn),
            Readable::EndOfFile | Readable::Unblocked(_) | Readable::Reply(_) | Readable::Order => {
            }
        }
    }

    /// A TLS handshake is done at the server; its last message goes to the client. From whoever has
    /// given up no answer will come, so that connection is never counted as received (Redis
    /// `clientAcceptHandler` runs after the handshake).
    fn handshake_done<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
        id: Id<Conn>,
    ) {
        let conn = &mut self.conns[id];
        conn.far = FarEnd::Slot;
        if conn.client == ClientEnd::Established {
            cx.note(Observation::Received { server });
            self.path.send(conn.pair(), 1, cx.agenda, Event::Secured { conn: id });
            if self.opening > 0 {
                self.opened_first(cx, id);
            }
        }
        self.let_in(cx, server, id);
        self.take_early(id);
    }

    /// Commands that came too early can now be read.
    #[inline]
    pub(in crate::model) fn take_early(&mut self, id: Id<Conn>) {
        let conn = &mut self.conns[id];
        if std::mem::take(&mut conn.has_early) {
            let s = &mut self.servers[usize::from(conn.server)];
            move_early(&mut s.early, Some(&mut s.ready), id);
        }
    }

    /// Commands that came too early will never be read.
    #[inline]
    pub(in crate::model) fn drop_early(&mut self, id: Id<Conn>) {
        let conn = &mut self.conns[id];
        if std::mem::take(&mut conn.has_early) {
            let s = &mut self.servers[usize::from(conn.server)];
            move_early(&mut s.early, None, id);
        }
    }

    /// Bytes met a connection that the server had closed.
    pub(in crate::model) fn reset<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        conn: Id<Conn>,
        request: Id<Request>,
    ) {
        self.end_fin_wait(conn);
        let event = Event::ClosedByServer { conn, how: Closing::Reset { request } };
        self.path.send(self.conns[conn].pair(), 1, cx.agenda, event);
    }
}

impl Server {
    /// Whether it keeps neither account nor order of who was heard when.
    #[inline]
    fn is_plain(&self) -> bool {
        !self.client_memory.is_on() && self.settings.reaper != Reaper::Exact
    }

    /// Whether nothing is left to do, which is plain to see: the loop sleeps.
    #[inline]
    fn rests(&mut self, now: SimTime) -> bool {
        let rests = self.ready.is_empty()
            && self.queue.len() == 0
            && !self.cron_due
            && self.owed.is_zero()
            && self.paused_until <= now
            && !self.client_memory.is_on();
        if rests {
            self.asleep_since = now;
        }
        rests
    }

    /// Serves plain commands in a slot, which nearly everything is, and gives what they cost; what
    /// else is readable needs more than this server.
    #[inline]
    fn serve_plain(&mut self, conns: &mut Slab<Conn>, ready: &Ready, now: SimTime) -> Option<Span> {
        let Readable::Commands(n) = ready.what else { return None };
        let conn = conns.get_mut(ready.conn)?;
        if conn.far != FarEnd::Slot || ready.class != 0 || !self.is_plain() {
            return None;
        }
        conn.heard = now;
        self.replies.push(*ready);
        Some(match n {
            1 => self.cost.command,
            n => self.cost.command.times(u64::from(n)),
        })
    }
}

/// Takes the commands of one connection out of those that came early.
fn move_early(early: &mut Vec<Ready>, mut to: Option<&mut VecDeque<Ready>>, conn: Id<Conn>) {
    early.retain(|waiting| {
        let is_its = waiting.conn == conn;
        if let (true, Some(to)) = (is_its, &mut to) {
            to.push_back(*waiting);
        }
        !is_its
    });
}
