//! Dials upstream: for one client, or for whoever is first when it is done.

use crate::engine::{Observer, Rank};
use crate::model::client::Conn;
use crate::model::client::dial::Dial;
use crate::model::event::Closing;
use crate::model::proxy::{LinkState, Stand};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{Cause, ProxyMode};
use crate::units::Span;

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
    pub(in crate::model) fn dial_for_client_failed<O: Observer<Observation>>(
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
    pub(in crate::model) fn pool_dial_failed_upstream<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        p: usize,
    ) {
        let proxy = &mut self.proxies[p];
        proxy.pool.dial_failed();
        proxy.dial_failed = true;
        proxy.dial_after = cx.now + proxy.settings.retry_after;
    }
}
