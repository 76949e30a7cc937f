//! Upstream connections: ready, let go, lost.

use crate::engine::Observer;
use crate::model::Observation;
use crate::model::client::{ClientEnd, Conn, Return};
use crate::model::event::Closing;
use crate::model::proxy::{Exchange, LinkState, Proxy, Stand};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::scenario::{Cause, Old, ProxyMode};

/// The login of a proxy is one command, which is nobody's.
const LOGIN: Exchange = Exchange {
    client: Id::NONE,
    request: Id::NONE,
    commands: 1,
    exchange: 0,
    class: 0,
    trial: Id::NONE,
};

impl World {
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
        let Proxy { instance, ref settings, ref links, ref mut retries, .. } = self.proxies[p];
        let retries = retries.anew(settings);
        let fresh = Proxy::new(server, settings, instance, retries);
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
                let cause = cause(state, how);
                return pending
                    .into_iter()
                    .for_each(|what| self.exchange_failed(cx, p, what, cause));
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

/// Why what was pending on an upstream connection has failed. A dial that came to nothing counts as
/// refused, however it ended.
fn cause(state: LinkState, how: Closing) -> Cause {
    match how {
        Closing::Refused { silent: false, .. } => Cause::Rejected,
        Closing::Refused { silent: true, .. } => Cause::RejectedSilently,
        Closing::Reset { .. } => Cause::StaleConnection,
        Closing::Error => Cause::ServerError,
        Closing::Fin | Closing::Lost if state != LinkState::Ready => Cause::ConnectionRefused,
        Closing::Fin | Closing::Lost => Cause::ConnectionLost,
    }
}
