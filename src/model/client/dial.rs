//! Dialling: from the first SYN until the listener has the connection, or the dial is given up.

use crate::engine::{Observer, Rank};
use crate::model::client::{ClientEnd, Conn, Doing, FarEnd, Request, Way};
use crate::model::event::Closing;
use crate::model::net::{Offer, heard_again_after, syn_given_up_after, syn_sent_after};
use crate::model::plan::Via;
use crate::model::server::{Link, Listens};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{Cause, LeakKind, SynRetries};
use crate::units::{SimTime, Span};

/// SYN, its answer, and the last packet with the first bytes behind it.
pub(in crate::model) const WAYS_OF_HANDSHAKE: u64 = 3;

/// Who dials, from where, to what.
#[derive(Clone, Copy, Debug)]
pub(in crate::model) struct Dial {
    pub instance: u32,
    pub through: u16,
    pub server: u16,
    pub connect_timeout: Option<Span>,
    /// The request it is for; nobody's for a connection opened ahead of need.
    pub request: Id<Request>,
}

impl World {
    /// Sends the first SYN, unless descriptors or ports have run out.
    #[inline]
    pub(in crate::model) fn dial<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        dial: Dial,
    ) -> Result<Id<Conn>, Cause> {
        let instance = &mut self.instances[dial.instance as usize];
        if instance.sockets.open() >= instance.process.nofile {
            return Err(Cause::Emfile);
        }
        if !instance.ports[usize::from(dial.server)].take(cx.now) {
            return Err(Cause::PortExhausted);
        }
        instance.sockets.opening += 1;
        let bytes = instance.process.memory_per_socket.0;
        self.opened += 1;
        let conn = self.conns.insert(Conn {
            fleet: instance.fleet,
            server: dial.server,
            through: dial.through,
            instance: dial.instance,
            client: ClientEnd::Opening,
            far: FarEnd::Unseen,
            leaked: None,
            request: dial.request,
            dialled: cx.now,
            repeats: 0,
            securing: false,
            greeting: false,
            redials: 0,
            admitted: 0,
            brings: 0,
            class: 0,
            has_early: false,
            slot_leaked: false,
            closed_early: false,
            heard: cx.now,
            accepted: cx.now,
            replica: false,
            link: Link::LOOSE,
        });
        if let Some(timeout) = dial.connect_timeout {
            let fleet = self.conns[conn].fleet;
            let dials = &mut self.fleets[usize::from(fleet)].dials[usize::from(dial.through)];
            let conns = &self.conns;
            let opening = |id: &Id<Conn>| conns.get(*id).is_some_and(Conn::is_dialling);
            if let Some(at) = dials.push(cx.now + timeout, conn, opening) {
                let event = Event::ConnectDue { fleet, through: dial.through };
                cx.agenda.at(at, Rank::TIMEOUT, event);
            }
        }
        match self.path.constant() {
            Some(delay) => {
                let at = cx.now + delay.times(WAYS_OF_HANDSHAKE);
                cx.agenda.at(at, Rank::DELIVERY, Event::Reached { conn });
            }
            None => self.syn(cx, conn),
        }
        if self.instances[dial.instance as usize].cores.are_counted() {
            self.dial_owed(&dial);
        }
        self.charge(cx, dial.instance, bytes);
        Ok(conn)
    }

    /// The way through which a connection was dialled.
    #[inline]
    pub(in crate::model) fn way(&self, id: Id<Conn>) -> &Way {
        let conn = &self.conns[id];
        &self.instances[conn.instance as usize].ways[usize::from(conn.through)]
    }

    /// Sends a SYN, the first or a further one.
    pub(in crate::model) fn syn<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
    ) {
        let Some(conn) = self.conns.get_mut(id) else { return };
        if conn.client == ClientEnd::Gone {
            conn.far = FarEnd::Gone;
            return self.forget(id);
        }
        match self.path.handshake(cx.now, conn.pair()) {
            Some(span) => {
                cx.agenda.at(cx.now + span, Rank::DELIVERY, Event::Reached { conn: id });
            }
            None => self.syn_lost(cx, id),
        }
    }

    /// The last packet of the handshake, and the first bytes behind it, reach the listener.
    #[inline(never)]
    pub(in crate::model) fn reached<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
    ) {
        let Some(conn) = self.conns.get_mut(id) else { return };
        if conn.client == ClientEnd::Gone {
            conn.far = FarEnd::Gone;
            if conn.has_early {
                self.drop_early(id);
            }
            return self.forget(id);
        }
        if conn.client != ClientEnd::Opening {
            return self.heard_again(cx, id);
        }
        let server = conn.server;
        let s = &mut self.servers[usize::from(server)];
        match s.listens {
            Listens::Yes => {}
            Listens::Refuses => {
                conn.far = FarEnd::Gone;
                return self.dial_failed(cx, id, Cause::ConnectionRefused);
            }
            Listens::Silent => return self.syn_lost(cx, id),
        }
        // The SYN came two delays before. Where delays are drawn that is not kept: the queue of now
        // decides.
        let before = self.path.constant().unwrap_or(Span::ZERO).times(WAYS_OF_HANDSHAKE - 1);
        let syn_at = SimTime::from_ns(cx.now.as_ns().saturating_sub(before.as_ns()));
        match s.queue.offer(id, cx.now, syn_at) {
            Offer::Dropped => {
                cx.note(Observation::SynDropped { server });
                self.syn_lost(cx, id);
            }
            Offer::Queued => {
                conn.far = FarEnd::Queued;
                self.connected(cx, id);
                self.kick(cx, server);
            }
            Offer::Unheard => {
                cx.note(Observation::SynDropped { server });
                (conn.heard, conn.repeats) = (cx.now, 0);
                self.connected(cx, id);
                self.unheard(cx, id);
            }
        }
    }

    /// For the client's kernel the connection is established.
    #[inline(always)]
    fn connected<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, id: Id<Conn>) {
        let conn = &mut self.conns[id];
        conn.client = ClientEnd::Established;
        if conn.guest().is_none() {
            let sockets = &mut self.instances[conn.instance as usize].sockets;
            sockets.opening -= 1;
            sockets.established += 1;
        }
        if self.servers[usize::from(conn.server)].settings.tls {
            conn.securing = true;
        } else {
            self.established(cx, id, false);
        }
    }

    /// The last packet of a handshake was dropped: the client sends its first bytes again, the server
    /// its SYN-ACK, which the client answers.
    fn unheard<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, id: Id<Conn>) {
        let Some(conn) = self.conns.get_mut(id) else { return };
        let sends = conn.brings > 0 || conn.has_early || conn.securing;
        match heard_again_after(sends, conn.repeats) {
            Some(after) => {
                let at = conn.heard + after;
                cx.agenda.at(at.max(cx.now), Rank::DELIVERY, Event::Reached { conn: id });
                conn.repeats += 1;
            }
            // The server has forgotten it: what the client sends is answered by a reset.
            None if sends => self.server_resets(cx, id),
            None => conn.far = FarEnd::Gone,
        }
    }

    /// A packet of a client that believes itself connected reaches the listener.
    fn heard_again<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, id: Id<Conn>) {
        let conn = &mut self.conns[id];
        // The server's process, or host, has gone since.
        if conn.far != FarEnd::Unseen {
            return;
        }
        let server = conn.server;
        match self.servers[usize::from(server)].queue.offer(id, cx.now, cx.now) {
            Offer::Queued => {
                conn.far = FarEnd::Queued;
                self.kick(cx, server);
            }
            Offer::Dropped | Offer::Unheard => {
                cx.note(Observation::SynDropped { server });
                self.unheard(cx, id);
            }
        }
    }

    /// Nobody answered: the kernel sends the SYN again, or gives up.
    fn syn_lost<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, id: Id<Conn>) {
        let conn = &mut self.conns[id];
        let retries = match conn.guest() {
            Some(_) => SynRetries::Linear,
            None => self.instances[conn.instance as usize].process.syn_retries,
        };
        conn.repeats += 1;
        match syn_sent_after(retries, conn.repeats) {
            Some(after) => {
                let at = conn.dialled + after;
                cx.agenda.at(at.max(cx.now), Rank::DELIVERY, Event::SynAgain { conn: id });
            }
            None => {
                let at = conn.dialled + syn_given_up_after(retries);
                conn.far = FarEnd::Gone;
                cx.agenda.at(at.max(cx.now), Rank::TIMEOUT, Event::DialGivenUp { conn: id });
            }
        }
    }

    /// The end of a TLS handshake reaches the client: only now is it connected.
    #[inline(never)]
    pub(in crate::model) fn secured<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
    ) {
        let Some(conn) = self.conns.get_mut(id) else { return };
        if !conn.is_dialling() {
            return;
        }
        conn.securing = false;
        self.established(cx, id, true);
    }

    /// The client has its connection: whoever wanted it goes on. Without TLS the first commands
    /// have gone out behind the handshake.
    #[inline(always)]
    fn established<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
        tls: bool,
    ) {
        let Conn { fleet, instance, through, request, .. } = self.conns[id];
        if self.is_no_fleet(fleet) {
            return self.established_elsewhere(cx, id, tls);
        }
        let way = &mut self.instances[instance as usize].ways[usize::from(through)];
        match way {
            Way::PerRequest => {}
            Way::Pool(pool) if pool.manners.is_some() => {
                return self.pool_dial_ready(cx, id, tls);
            }
            Way::Pool(pool) => pool.dialled(),
            Way::Shared(_) => return self.shared_ready(cx, id),
        }
        let wanted = self.requests.get(request).is_some_and(|r| r.conn == id);
        if wanted && tls {
            self.send(cx, request, id, false);
        } else if wanted {
            self.first_bytes_sent(cx, request);
        } else {
            self.conns[id].request = Id::NONE;
            if matches!(self.way(id), Way::Pool(_)) {
                self.give_back(cx, id);
            }
        }
    }

    /// A guest of a server, or a proxy, has its connection.
    #[inline(never)]
    fn established_elsewhere<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
        tls: bool,
    ) {
        match self.proxy_of(self.conns[id].fleet) {
            Some(proxy) => self.upstream_established(cx, proxy, id, tls),
            None => self.guest_connected(cx, id, tls),
        }
    }

    /// The commands of a request went out with the handshake.
    #[inline]
    pub(in crate::model) fn first_bytes_sent<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        let request = &mut self.requests[id];
        let call = &self.calls[request.call as usize];
        request.doing = Doing::Calling;
        request.commands_left = call.commands;
        let conn = &mut self.conns[request.conn];
        (conn.brings, conn.class) = (call.per_trip, call.class);
        self.read_deadline(cx, id, cx.now);
    }

    /// Connect timeouts are due.
    pub(in crate::model) fn connect_due<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        fleet: u16,
        through: u16,
    ) {
        let (f, t) = (usize::from(fleet), usize::from(through));
        if !self.fleets[f].dials[t].is_due(cx.now) {
            return;
        }
        while let Some(conn) = self.fleets[f].dials[t].take(cx.now) {
            let Some(c) = self.conns.get(conn).filter(|c| c.is_dialling()) else {
                continue;
            };
            match self.stopped_until(c.instance, cx.now) {
                None => self.dial_failed(cx, conn, Cause::ConnectTimeout),
                Some(until) => {
                    let dials = &mut self.fleets[f].dials[t];
                    if let Some(at) = dials.push(until, conn, |_| true) {
                        cx.agenda.at(at, Rank::TIMEOUT, Event::ConnectDue { fleet, through });
                    }
                }
            }
        }
        let conns = &self.conns;
        let opening = |id: &Id<Conn>| conns.get(*id).is_some_and(Conn::is_dialling);
        if let Some(at) = self.fleets[f].dials[t].rearm(opening) {
            cx.agenda.at(at, Rank::TIMEOUT, Event::ConnectDue { fleet, through });
        }
    }

    /// A dial has taken too long, for the application or for the kernel, or was refused.
    pub(in crate::model) fn dial_failed<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
        cause: Cause,
    ) {
        let Some(conn) = self.conns.get(id) else { return };
        if !conn.is_dialling() {
            return;
        }
        if conn.guest().is_some() {
            return self.guest_lost(cx, id, false);
        }
        if conn.leaked == Some(LeakKind::Reconnects) {
            return self.reconnect(cx, id, false);
        }
        self.dial_lost(cx, id, cause);
    }

    /// A dial is over without a connection: it is closed, and whoever it was for fails.
    #[inline(never)]
    pub(in crate::model) fn dial_lost<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
        cause: Cause,
    ) {
        let Conn { fleet, server, request, instance, through, .. } = self.conns[id];
        if let Some(proxy) = self.proxy_of(fleet) {
            return self.upstream_lost(cx, proxy, id, Closing::Fin);
        }
        let is_shared = matches!(self.way(id), Way::Shared(_));
        self.close(cx, id);
        if is_shared {
            return self.shared_lost(cx, instance, through, id, cause);
        }
        if let Way::Pool(pool) = &self.instances[instance as usize].ways[usize::from(through)]
            && pool.manners.is_some()
        {
            let dial = Dial { instance, through, server, connect_timeout: None, request };
            return self.pool_dial_lost(cx, id, dial, cause);
        }
        if self.requests.get(request).is_some_and(|r| r.conn == id) {
            self.requests[request].conn = Id::NONE;
            self.attempt_failed(cx, request, cause);
        }
        if self.via(instance, through) == Via::Pool {
            self.pool_dial_failed(cx, instance, through);
        }
    }
}
