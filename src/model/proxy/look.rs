//! What a proxy does by the clock: dials given up and repeated, clients that have waited too long,
//! idle and old upstream connections; and what other settings change at once.

use crate::engine::{Observer, Rank};
use crate::model::client::Conn;
use crate::model::event::Closing;
use crate::model::proxy::{LinkState, Stand};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{self, ProxyMode};
use crate::units::{SimTime, Span};

impl World {
    /// Something may be due at a proxy.
    pub(in crate::model) fn proxy_look<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        p: usize,
    ) {
        self.dials_due(cx, p);
        self.redials_due(cx, p);
        self.exchanges_due(cx, p);
        if self.proxies[p].pool.checkout_due == Some(cx.now) {
            self.proxies[p].pool.checkout_due = None;
            self.line_due(cx, p);
        }
        if self.proxies[p].pool.reap_due == Some(cx.now) {
            self.proxies[p].pool.reap_due = None;
            self.idle_upstream_due(cx, p);
        }
        if self.proxies[p].dial_due == Some(cx.now) {
            self.proxies[p].dial_due = None;
            self.dial_waiting(cx, p);
        }
        self.kick(cx, self.proxies[p].server);
    }

    /// Dials that have taken too long are given up.
    fn dials_due<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, p: usize) {
        if !self.proxies[p].dials.is_due(cx.now) {
            return;
        }
        while let Some(id) = self.proxies[p].dials.take(cx.now) {
            let link = self.proxies[p].links.get(id);
            if link.is_some_and(|link| link.state != LinkState::Ready) {
                self.upstream_lost(cx, p, id, Closing::Fin);
            }
        }
        let proxy = &mut self.proxies[p];
        let links = &proxy.links;
        let opening =
            |id: &Id<Conn>| links.get(*id).is_some_and(|link| link.state != LinkState::Ready);
        if let Some(at) = proxy.dials.rearm(opening) {
            cx.agenda.at(at, Rank::TIMEOUT, Event::ProxyLook { proxy: p as u16 });
        }
    }

    /// Dials that have failed are repeated.
    fn redials_due<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, p: usize) {
        if !self.proxies[p].redials.is_due(cx.now) {
            return;
        }
        while let Some(id) = self.proxies[p].redials.take(cx.now) {
            let client = self.proxies[p].clients.get(id);
            if client.is_some_and(|client| client.stand == Stand::Pausing) {
                self.dial_for_client(cx, p, id, Span::ZERO);
            }
        }
        self.dial_waiting(cx, p);
        let proxy = &mut self.proxies[p];
        let clients = &proxy.clients;
        let pausing = |id: &Id<Conn>| clients.get(*id).is_some_and(|c| c.stand == Stand::Pausing);
        if let Some(at) = proxy.redials.rearm(pausing) {
            cx.agenda.at(at, Rank::TIMEOUT, Event::ProxyLook { proxy: p as u16 });
        }
    }

    /// Clients that have waited too long are disconnected: with an error by a pool, without a word
    /// where bytes are only passed on.
    fn line_due<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, p: usize) {
        loop {
            let proxy = &mut self.proxies[p];
            let Some(most) = proxy.settings.queue_timeout else { break };
            match proxy.pool.first_waiter() {
                Some(waiter) if waiter.since + most <= cx.now => {}
                _ => break,
            }
            let how = match proxy.settings.mode {
                ProxyMode::OneToOne => Closing::Fin,
                _ => Closing::Error,
            };
            if let Some(waiter) = proxy.pool.give_up() {
                self.disconnect(cx, p, waiter.who, how);
            }
        }
        self.arm_line(cx, p);
    }

    /// Upstream connections that are idle too long, or too old, are closed.
    fn idle_upstream_due<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, p: usize) {
        let proxy = &self.proxies[p];
        let idle = proxy.pool.idle().filter(|idle| {
            idle_until(&proxy.settings, idle.since, self.conns[idle.conn].dialled) <= cx.now
        });
        let due: Vec<Id<Conn>> = idle.map(|idle| idle.conn).collect();
        for id in due {
            self.proxies[p].pool.lost_idle(id);
            self.drop_link(cx, p, id);
        }
        self.arm_idle(cx, p);
    }

    /// Puts the giving up of the first in line on the agenda.
    pub(in crate::model) fn arm_line<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        p: usize,
    ) {
        let proxy = &mut self.proxies[p];
        if let (None, Some(most), Some(waiter)) =
            (proxy.pool.checkout_due, proxy.settings.queue_timeout, proxy.pool.first_waiter())
        {
            let at = (waiter.since + most).max(cx.now);
            proxy.pool.checkout_due = Some(at);
            cx.agenda.at(at, Rank::TIMEOUT, Event::ProxyLook { proxy: p as u16 });
        }
    }

    /// Puts the next look at the idle upstream connections on the agenda. Of those that became idle
    /// since, only the last can be due before the look already there.
    pub(in crate::model) fn arm_idle<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        p: usize,
    ) {
        let proxy = &mut self.proxies[p];
        let (settings, conns) = (&proxy.settings, &self.conns);
        let due = |idle: &crate::model::client::Idle| {
            idle_until(settings, idle.since, conns[idle.conn].dialled)
        };
        let at = match proxy.pool.reap_due {
            Some(known) => proxy.pool.idle().next_back().map(due).filter(|at| *at < known),
            None => proxy.pool.idle().map(due).min(),
        };
        if let Some(at) = at.filter(|at| *at < SimTime::NEVER) {
            let at = at.max(cx.now);
            proxy.pool.reap_due = Some(at);
            cx.agenda.at(at, Rank::TIMEOUT, Event::ProxyLook { proxy: p as u16 });
        }
    }

    /// Puts the next dial for those in line on the agenda.
    pub(in crate::model) fn arm_dial<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        p: usize,
    ) {
        let proxy = &mut self.proxies[p];
        if proxy.dial_due != Some(proxy.dial_after) {
            proxy.dial_due = Some(proxy.dial_after);
            cx.agenda.at(proxy.dial_after, Rank::TIMEOUT, Event::ProxyLook { proxy: p as u16 });
        }
    }

    /// A proxy has other settings: what is idle above a lowered number is closed at once, and those
    /// in line dial under a raised one.
    pub(in crate::model) fn change_proxy<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        p: usize,
        settings: &scenario::Proxy,
    ) {
        self.proxies[p].configure(settings);
        while let Some(id) = self.proxies[p].pool.excess() {
            self.proxies[p].pool.lost_idle(id);
            self.drop_link(cx, p, id);
        }
        self.arm_line(cx, p);
        self.arm_idle(cx, p);
        self.dial_waiting(cx, p);
    }
}

/// Until when an upstream connection may be idle.
fn idle_until(settings: &scenario::Proxy, since: SimTime, dialled: SimTime) -> SimTime {
    let by = |from: SimTime, most: Option<Span>| most.map_or(SimTime::NEVER, |most| from + most);
    by(since, settings.idle_timeout).min(by(dialled, settings.max_lifetime))
}
