//! Upstream connections: dialled, ready, let go, lost.

use crate::engine::{Observer, Rank};
use crate::model::client::dial::Dial;
use crate::model::client::{ClientEnd, Conn, Return};
use crate::model::event::Closing;
use crate::model::proxy::{Exchange, LinkState, Proxy, Stand};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{Cause, Old, ProxyMode};
use crate::units::Span;

/// The login of a proxy is one command, which is nobody's.
const LOGIN: Exchange =
    Exchange { client: Id::NONE, request: Id::NONE, commands: 1, exchange: 0, class: 0 };

impl World {
    /// A proxy dials the server behind it, for a client or for whoever comes.
    pub(in crate::model) fn dial_upstream<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        p: usize,
        client: Id<Conn>,
    ) -> Result<Id<Conn>, Cause> {
        let proxy = &self.proxies[p];
        let (instance, server) = (proxy.instance, proxy.settings.to as u16);
        let (through, connect_timeout, request) = (0, None, Id::NONE);
        let dial = Dial { instance, through, server, connect_timeout, request };
        let upstream = self.dial(cx, dial)?;
        let proxy = &mut self.proxies[p];
        let link = proxy.links.claim(upstream);
        link.state = LinkState::Dialling;
        link.client = client;
        link.pending.clear();
        if let Some(timeout) = proxy.settings.connect_timeout {
            let links = &proxy.links;
            let opening =
                |id: &Id<Conn>| links.get(*id).is_some_and(|link| link.state != LinkState::Ready);
            if let Some(at) = proxy.dials.push(cx.now + timeout, upstream, opening) {
                cx.agenda.at(at, Rank::TIMEOUT, Event::ProxyLook { proxy: p as u16 });
            }
        }
        Ok(upstream)
    }

    /// Dials for a client that has a place reserved.
    pub(in crate::model) fn dial_for_client<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        p: usize,
        id: Id<Conn>,
        wait: Span,
    ) {
        cx.note(Observation::UpstreamTaken { server: self.proxies[p].server, wait });
        let dialled = self.dial_upstream(cx, p, id);
        let proxy = &mut self.proxies[p];
        let Some(client) = proxy.clients.get_mut(id) else { return };
        let Ok(upstream) = dialled else { return self.dial_for_client_failed(cx, p, id) };
        client.stand = Stand::Linked(upstream);
        if let Some(link) = proxy.links.get_mut(upstream) {
            link.pending.extend(client.queued.drain(..));
        }
    }

    /// The dial for a client has failed: it is repeated after a pause, or the client is disconnected.
    fn dial_for_client_failed<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        p: usize,
        id: Id<Conn>,
    ) {
        let proxy = &mut self.proxies[p];
        let Some(client) = proxy.clients.get_mut(id) else { return };
        client.tries += 1;
        if client.tries <= proxy.settings.retries {
            client.stand = Stand::Pausing;
            let clients = &proxy.clients;
            let pausing =
                |id: &Id<Conn>| clients.get(*id).is_some_and(|c| c.stand == Stand::Pausing);
            let at = cx.now + proxy.settings.retry_after;
            if let Some(at) = proxy.redials.push(at, id, pausing) {
                cx.agenda.at(at, Rank::TIMEOUT, Event::ProxyLook { proxy: p as u16 });
            }
            return;
        }
        proxy.pool.dial_failed();
        self.disconnect(cx, p, id, Closing::Fin);
    }

    /// Those in line have dials made for them, as far as there is room: each its own (one to one), or
    /// as many as may be under way at once, for whoever is first when they are done. A loop and no
    /// recursion: where no dial can succeed, everybody in a long line fails here.
    pub(in crate::model) fn dial_waiting<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        p: usize,
    ) {
        if self.proxies[p].settings.mode == ProxyMode::OneToOne {
            while let Some(waiter) = self.proxies[p].pool.next_to_dial() {
                self.dial_for_client(cx, p, waiter.who, cx.now.since(waiter.since));
            }
            return;
        }
        loop {
            let proxy = &mut self.proxies[p];
            let counts = proxy.pool.counts();
            let at_once = proxy.settings.dials_at_once.unwrap_or(u32::MAX);
            if counts.dialling >= counts.waiting.min(at_once) {
                return;
            }
            if proxy.dial_after > cx.now {
                return self.arm_dial(cx, p);
            }
            if !proxy.pool.reserve() {
                return;
            }
            self.dial_for_pool(cx, p);
        }
    }

    /// Dials for whoever is first when it is done; a place is reserved.
    fn dial_for_pool<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, p: usize) {
        if self.dial_upstream(cx, p, Id::NONE).is_err() {
            self.pool_dial_failed_upstream(cx, p);
        }
    }

    /// A client comes to a pool that is empty because its last dial has failed: it is turned away, and
    /// another dial is made, if it is time for one.
    ///
    /// # Source
    ///
    /// PgBouncer `src/client.c` `check_fast_fail`.
    pub(in crate::model) fn fast_fail<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        p: usize,
        client: Id<Conn>,
    ) {
        self.disconnect(cx, p, client, Closing::Error);
        let proxy = &mut self.proxies[p];
        let idle = proxy.pool.counts().dialling == 0 && proxy.dial_after <= cx.now;
        if idle && proxy.pool.reserve() {
            self.dial_for_pool(cx, p);
        }
    }

    /// A dial for the pool has failed: nobody dials for a while.
    fn pool_dial_failed_upstream<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        p: usize,
    ) {
        let proxy = &mut self.proxies[p];
        proxy.pool.dial_failed();
        proxy.dial_failed = true;
        proxy.dial_after = cx.now + proxy.settings.retry_after;
    }

    /// An upstream connection is set up. Without TLS the first bytes are there with it.
    pub(in crate::model) fn upstream_established<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        p: usize,
        id: Id<Conn>,
        tls: bool,
    ) {
        let proxy = &mut self.proxies[p];
        let Some(link) = proxy.links.get_mut(id) else { return };
        let logs_in = !matches!(proxy.settings.mode, ProxyMode::OneToOne | ProxyMode::Multiplexed);
        if logs_in {
            link.state = LinkState::Login;
            return self.first_upstream_bytes(cx, id, LOGIN, tls);
        }
        link.state = LinkState::Ready;
        if proxy.settings.mode == ProxyMode::OneToOne {
            proxy.pool.dialled();
        }
        for place in 0..self.proxies[p].links.get(id).map_or(0, |link| link.pending.len()) {
            let Some(link) = self.proxies[p].links.get(id) else { return };
            let what = link.pending[place];
            self.first_upstream_bytes(cx, id, what, tls);
        }
    }

    /// The first bytes on an upstream connection: behind the last packet of the handshake, or, under
    /// TLS, after it.
    fn first_upstream_bytes<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
        what: Exchange,
        tls: bool,
    ) {
        match tls {
            true => self.path.send(self.conns[id].pair(), 1, cx.agenda, what.bytes(id)),
            false => self.bytes(cx, what.ready(id)),
        }
    }

    /// The server has let the proxy in: the connection is the pool's.
    pub(in crate::model) fn logged_in<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        p: usize,
        id: Id<Conn>,
    ) {
        let proxy = &mut self.proxies[p];
        if let Some(link) = proxy.links.get_mut(id) {
            link.state = LinkState::Ready;
            proxy.dial_failed = false;
            proxy.pool.dialled();
            self.put_back(cx, p, id);
            self.dial_waiting(cx, p);
        }
    }

    /// A client needs its upstream connection no longer.
    pub(in crate::model) fn release<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        p: usize,
        id: Id<Conn>,
    ) {
        let proxy = &mut self.proxies[p];
        let Some(link) = proxy.links.get_mut(id) else { return };
        let client = std::mem::replace(&mut link.client, Id::NONE);
        if let Some(client) = proxy.clients.get_mut(client) {
            client.stand = Stand::Free;
        }
        self.put_back(cx, p, id);
    }

    /// An upstream connection that nobody has goes to the first in line, or stays idle.
    pub(in crate::model) fn put_back<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        p: usize,
        id: Id<Conn>,
    ) {
        let conn = &self.conns[id];
        let proxy = &mut self.proxies[p];
        let age = cx.now.since(conn.dialled);
        let aged = proxy.settings.max_lifetime.is_some_and(|most| age >= most);
        if aged || conn.client != ClientEnd::Established {
            proxy.pool.lost();
            self.drop_link(cx, p, id);
            return self.dial_waiting(cx, p);
        }
        match proxy.pool.give_back(id, cx.now) {
            // The hand-off is fair: nobody is woken.
            Return::Keep | Return::Wake(_) => self.arm_idle(cx, p),
            Return::Close => self.drop_link(cx, p, id),
            Return::Hand(waiter) => {
                self.link(cx, p, waiter.who, id, cx.now.since(waiter.since));
            }
        }
    }

    /// A proxy closes an upstream connection.
    pub(in crate::model) fn drop_link<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        p: usize,
        id: Id<Conn>,
    ) {
        self.proxies[p].links.leave(id);
        self.close(cx, id);
    }

    /// The process of a server ends, or its host is gone: so are its upstream connections, if it is a
    /// proxy.
    pub(in crate::model) fn end_proxy<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
        how: Old,
    ) {
        let Some(p) = self.servers[usize::from(server)].proxy.map(usize::from) else { return };
        let Proxy { instance, ref settings, ref links, .. } = self.proxies[p];
        let fresh = Proxy::new(server, settings, instance);
        let open: Vec<Id<Conn>> = links.iter().map(|(id, _)| id).collect();
        match how {
            Old::Closes => open.into_iter().for_each(|id| self.drop_link(cx, p, id)),
            Old::Vanishes => {
                self.lose_host(cx, instance);
                self.instances[instance as usize] = self.dialler(p);
            }
        }
        self.proxies[p] = fresh;
    }

    /// An upstream connection was refused, closed or given up: whoever has it learns of it.
    ///
    /// PgBouncer disconnects a client whose server has gone, with an error; those in line stay. HAProxy
    /// passes the close on, and the words of a refusal. Twemproxy and Envoy answer what was asked with
    /// errors, and keep their clients.
    pub(in crate::model) fn upstream_lost<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        p: usize,
        id: Id<Conn>,
        how: Closing,
    ) {
        let proxy = &mut self.proxies[p];
        let Some(link) = proxy.links.get_mut(id) else { return self.close(cx, id) };
        let (state, client) = (link.state, std::mem::replace(&mut link.client, Id::NONE));
        let pending = std::mem::take(&mut link.pending);
        self.drop_link(cx, p, id);
        let proxy = &mut self.proxies[p];
        match proxy.settings.mode {
            ProxyMode::Multiplexed => {
                return pending.into_iter().for_each(|what| self.fail_exchange(cx, what));
            }
            ProxyMode::OneToOne if state != LinkState::Ready => {
                if let Some(client) = proxy.clients.get_mut(client) {
                    client.queued.extend(pending);
                }
                self.dial_for_client_failed(cx, p, client);
            }
            _ if state != LinkState::Ready => self.pool_dial_failed_upstream(cx, p),
            _ if client.is_none() => {
                proxy.pool.lost_idle(id);
            }
            mode => {
                proxy.pool.lost();
                let how = match (mode, how) {
                    (ProxyMode::OneToOne, Closing::Refused { silent, .. }) => {
                        Closing::Refused { unread: false, silent }
                    }
                    (ProxyMode::OneToOne, _) => Closing::Fin,
                    _ => Closing::Error,
                };
                self.disconnect(cx, p, client, how);
            }
        }
        self.dial_waiting(cx, p);
    }
}
