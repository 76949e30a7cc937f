//! The clients of a proxy: what each needs, has, and leaves behind.

use crate::engine::{Observer, Rank};
use crate::model::client::{Conn, Waiter};
use crate::model::event::Closing;
use crate::model::proxy::{LinkState, Stand};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::ProxyMode;
use crate::units::Span;

impl World {
    /// A proxy has let a client in.
    pub(in crate::model) fn client_came<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        p: usize,
        id: Id<Conn>,
    ) {
        let client = self.proxies[p].clients.claim(id);
        client.stand = Stand::Free;
        client.queued.clear();
        client.tries = 0;
        if self.proxies[p].settings.mode == ProxyMode::OneToOne {
            self.want(cx, p, id);
        }
    }

    /// A client needs an upstream connection: it has one at once, or waits in line.
    pub(in crate::model) fn want<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        p: usize,
        id: Id<Conn>,
    ) {
        let proxy = &mut self.proxies[p];
        if proxy.settings.mode == ProxyMode::OneToOne {
            if proxy.pool.reserve() {
                return self.dial_for_client(cx, p, id, Span::ZERO);
            }
        } else if let Some(upstream) = proxy.pool.take_idle() {
            return self.link(cx, p, id, upstream, Span::ZERO);
        } else if proxy.dial_failed && proxy.pool.counts().size == 0 {
            return self.fast_fail(cx, p, id);
        }
        if let Some(client) = proxy.clients.get_mut(id) {
            client.stand = Stand::InLine;
        }
        proxy.pool.wait(Waiter { who: id, since: cx.now });
        self.arm_line(cx, p);
        self.dial_waiting(cx, p);
    }

    /// A client has its upstream connection: what it has asked goes out.
    pub(in crate::model) fn link<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        p: usize,
        id: Id<Conn>,
        upstream: Id<Conn>,
        wait: Span,
    ) {
        let proxy = &mut self.proxies[p];
        cx.note(Observation::UpstreamTaken { server: proxy.server, wait });
        let Some(link) = proxy.links.get_mut(upstream) else { return };
        link.client = id;
        let Some(client) = proxy.clients.get_mut(id) else { return };
        client.stand = Stand::Linked(upstream);
        let pair = self.conns[upstream].pair();
        for what in client.queued.drain(..) {
            link.pending.push_back(what);
            self.path.send(pair, 1, cx.agenda, what.bytes(upstream));
        }
    }

    /// The slot of a client of a proxy has come free. Its upstream connection goes back to the pool
    /// if the session is clean; else it is closed.
    pub(in crate::model) fn client_left<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        p: usize,
        id: Id<Conn>,
    ) {
        let proxy = &mut self.proxies[p];
        let Some(client) = proxy.clients.get_mut(id) else { return };
        let stand = std::mem::take(&mut client.stand);
        proxy.clients.leave(id);
        match stand {
            Stand::Free => {}
            Stand::InLine => proxy.pool.leave(id),
            Stand::Pausing => {
                proxy.pool.dial_failed();
                self.dial_waiting(cx, p);
            }
            Stand::Linked(upstream) => {
                let Some(link) = proxy.links.get_mut(upstream) else { return };
                link.client = Id::NONE;
                let clean = proxy.settings.mode == ProxyMode::Session && link.pending.is_empty();
                let opening = link.state != LinkState::Ready;
                if clean {
                    return self.put_back(cx, p, upstream);
                }
                match opening {
                    true => proxy.pool.dial_failed(),
                    false => proxy.pool.lost(),
                }
                self.drop_link(cx, p, upstream);
                self.dial_waiting(cx, p);
            }
        }
    }

    /// A proxy disconnects a client, which has no upstream connection any more.
    pub(in crate::model) fn disconnect<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        p: usize,
        id: Id<Conn>,
        how: Closing,
    ) {
        if let Some(client) = self.proxies[p].clients.get_mut(id) {
            client.stand = Stand::Free;
        }
        if self.conns.get(id).is_some_and(Conn::has_slot) {
            self.server_closes_as(cx, id, how);
            // A proxy that had stopped accepting has room again; its loop may be at work just now.
            cx.agenda.at(cx.now, Rank::DELIVERY, Event::ProxyLook { proxy: p as u16 });
        }
    }
}
