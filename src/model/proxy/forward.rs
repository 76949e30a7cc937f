//! Commands go upstream, replies come back.

use crate::engine::Observer;
use crate::model::client::{Conn, Doing, Request};
use crate::model::proxy::{Exchange, LinkState, Stand};
use crate::model::server::Ready;
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{Cause, ProxyMode, Reaper};

impl World {
    /// Whether no fleet has dialled a connection, but a proxy or a guest of its server.
    #[inline]
    pub(in crate::model) fn is_no_fleet(&self, fleet: u16) -> bool {
        usize::from(fleet) >= self.fleets.len()
    }

    /// The proxy behind the fleet of a connection, if a proxy has dialled it.
    #[inline]
    pub(in crate::model) fn proxy_of(&self, fleet: u16) -> Option<usize> {
        let p = usize::from(fleet).checked_sub(self.fleets.len())?;
        (p < self.proxies.len()).then_some(p)
    }

    /// A proxy has read `commands` of a client.
    pub(in crate::model) fn forward<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        p: usize,
        ready: Ready,
        commands: u16,
    ) {
        let Ready { conn: client, request, exchange, class, .. } = ready;
        let proxy = &mut self.proxies[p];
        let is_ping = || self.requests.get(request).is_some_and(|r| r.doing == Doing::Validating);
        // Nobody's commands are a login from another proxy.
        if request.is_none() || proxy.settings.answers_ping && is_ping() {
            return self.reply(cx, client, request, commands, exchange);
        }
        let trial = Id::NONE;
        let exchange = Exchange { client, request, commands, exchange, class, trial };
        if proxy.settings.mode == ProxyMode::Multiplexed {
            return self.share(cx, p, exchange);
        }
        let Some(known) = proxy.clients.get_mut(client) else { return };
        match known.stand {
            Stand::Linked(upstream) => self.send_upstream(cx, p, upstream, exchange),
            Stand::InLine | Stand::Pausing => known.queued.push(exchange),
            Stand::Free => {
                known.queued.push(exchange);
                self.want(cx, p, client);
            }
        }
    }

    /// Commands go out on an upstream connection, once it is set up.
    pub(in crate::model) fn send_upstream<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        p: usize,
        upstream: Id<Conn>,
        what: Exchange,
    ) {
        let Some(link) = self.proxies[p].links.get_mut(upstream) else { return };
        link.pending.push_back(what);
        if link.state == LinkState::Ready {
            let pair = self.conns[upstream].pair();
            self.path.send(pair, 1, cx.agenda, what.bytes(upstream));
        }
    }

    /// The next of the shared connections takes the commands; it is dialled if need be.
    pub(in crate::model) fn share<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        p: usize,
        mut what: Exchange,
    ) {
        let proxy = &mut self.proxies[p];
        proxy.exchange_begins(&mut what, cx.now);
        proxy.turn = (proxy.turn + 1) % proxy.sharing();
        let turn = proxy.turn;
        let upstream = proxy.shared[turn];
        if proxy.links.get(upstream).is_some() {
            return self.send_upstream(cx, p, upstream, what);
        }
        match self.dial_upstream(cx, p, Id::NONE) {
            Ok(upstream) => {
                self.proxies[p].shared[turn] = upstream;
                self.send_upstream(cx, p, upstream, what);
            }
            Err(cause) => self.exchange_failed(cx, p, what, cause),
        }
    }

    /// A server has answered on a connection: to a client, or to a proxy, whose loop must read the
    /// reply.
    #[inline]
    pub(in crate::model) fn reply<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        conn: Id<Conn>,
        request: Id<Request>,
        commands: u16,
        exchange: u16,
    ) {
        let pair = self.conns[conn].pair();
        if self.proxy_of(pair.fleet).is_some() {
            let commands = if self.is_error_upstream(request, commands) { 0 } else { commands };
            let event = Event::Relay { conn, request, commands, exchange };
            return self.path.send(pair, 1, cx.agenda, event);
        }
        self.answered(cx, request, conn, commands, exchange);
    }

    /// The reply to an upstream connection reaches the proxy.
    pub(in crate::model) fn relay_reached<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        ready: Ready,
    ) {
        let conn = self.conns.get(ready.conn);
        let Some(p) = conn.and_then(|conn| self.proxy_of(conn.fleet)) else { return };
        let server = self.proxies[p].server;
        self.servers[usize::from(server)].ready.push_back(ready);
        self.kick(cx, server);
    }

    /// A proxy has read a reply of the server behind it; `commands` is zero for an error. It goes on
    /// to the client, unless that has left.
    pub(in crate::model) fn relay<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        p: usize,
        ready: Ready,
        commands: u16,
    ) {
        let Ready { conn: upstream, request, exchange, .. } = ready;
        let Some(link) = self.proxies[p].links.get_mut(upstream) else { return };
        if link.state == LinkState::Login {
            return self.logged_in(cx, p, upstream);
        }
        let asked = |e: &Exchange| e.request == request && e.exchange == exchange;
        let Some(place) = link.pending.iter().position(asked) else { return };
        let Some(what) = link.pending.remove(place) else { return };
        let rests = link.pending.is_empty();
        let ends_call = commands == 0
            || self
                .requests
                .get(request)
                .is_none_or(|r| r.doing == Doing::Validating || r.commands_left <= commands);
        if commands == 0 {
            self.exchange_failed(cx, p, what, Cause::ServerError);
        } else if self.exchange_done(cx, p, &what) {
            self.heard(cx, p, what.client);
            self.reply(cx, what.client, request, commands, exchange);
        }
        match self.proxies[p].settings.mode {
            ProxyMode::Statement if rests => self.release(cx, p, upstream),
            ProxyMode::Transaction if rests && ends_call => self.release(cx, p, upstream),
            _ => {}
        }
    }

    /// An exchange has its reply: whether its client is still there.
    fn exchange_done<O>(&mut self, cx: &mut Cx<'_, O>, p: usize, what: &Exchange) -> bool {
        self.proxies[p].exchange_succeeded(what, cx.now);
        self.conns.get(what.client).is_some_and(Conn::has_slot)
    }

    /// A byte for a client is activity.
    fn heard<O>(&mut self, cx: &mut Cx<'_, O>, p: usize, client: Id<Conn>) {
        self.conns[client].heard = cx.now;
        let s = &mut self.servers[usize::from(self.proxies[p].server)];
        if s.client_memory.is_on() {
            s.client_used(client, cx.now);
        }
        if s.settings.reaper == Reaper::Exact {
            s.clients.move_to_tail(&mut self.conns, client);
        }
    }

    /// A proxy answers a client with an error; the connection stays.
    pub(in crate::model) fn fail_exchange<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        what: Exchange,
    ) {
        let Exchange { client: conn, request, exchange, .. } = what;
        let Some(client) = self.conns.get(conn).filter(|client| client.has_slot()) else { return };
        let pair = client.pair();
        let event = match self.proxy_of(pair.fleet) {
            Some(_) => Event::Relay { conn, request, commands: 0, exchange },
            None => {
                let cause = Cause::ServerError;
                Event::ErrorReply { conn, request, exchange, cause }
            }
        };
        self.path.send(pair, 1, cx.agenda, event);
    }

    /// An error reply reaches its client.
    pub(in crate::model) fn error_reply<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        conn: Id<Conn>,
        request: Id<Request>,
        exchange: u16,
        cause: Cause,
    ) {
        let awaited = self
            .requests
            .get(request)
            .is_some_and(|r| r.awaits(conn, exchange, &self.calls[r.call as usize]));
        if awaited {
            self.fail_in_hand(cx, request, cause);
        } else if request.is_none() && !self.pool_check_lost(cx, conn) {
            // The commands of a setup: without their replies the dial has failed.
            self.dial_failed(cx, conn, cause);
        }
    }
}
