//! The end of a connection, from either side, and what is left when there is no end: leaks.

use crate::engine::{Observer, Rank};
use crate::model::client::{ClientEnd, Conn, Doing, FarEnd, Instance, Way};
use crate::model::event::Closing;
use crate::model::plan::Via;
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{Cause, LeakKind};
use crate::units::SimTime;

impl World {
    /// The client closes its socket.
    #[inline]
    pub(in crate::model) fn close<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
    ) {
        let Some(conn) = self.conns.get_mut(id) else { return };
        let instance = &mut self.instances[conn.instance as usize];
        let no_time_wait =
            instance.tw_scarce && instance.has_most_time_wait(cx.now, self.tw_buckets);
        let ports = &mut instance.ports[usize::from(conn.server)];
        let (mut closed_first, mut closed_last) = (false, false);
        match conn.client {
            ClientEnd::Gone => return,
            ClientEnd::Opening => {
                instance.sockets.opening -= 1;
                ports.release();
            }
            ClientEnd::Established => {
                instance.sockets.established -= 1;
                closed_first = true;
                match no_time_wait {
                    true => ports.release(),
                    false => ports.release_to_time_wait(cx.now),
                }
            }
            ClientEnd::CloseWait => {
                instance.sockets.close_wait -= 1;
                ports.release();
                closed_last = true;
            }
            ClientEnd::Reset => instance.sockets.reset -= 1,
        }
        let mut bytes = instance.process.memory_per_socket.0;
        if conn.leaked.is_some() {
            instance.sockets.leaked -= 1;
            bytes += instance.process.memory_per_leak.0;
        }
        instance.memory -= bytes.min(instance.memory);
        conn.client = ClientEnd::Gone;
        if closed_first {
            self.path.send(conn.pair(), 1, cx.agenda, Event::FinAtServer { conn: id });
        } else {
            if closed_last {
                self.client_closed_too(cx, id);
            }
            self.forget(id);
        }
    }

    /// Nobody will use or close this connection again.
    pub(in crate::model) fn leak<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
        kind: LeakKind,
    ) {
        let Some(conn) = self.conns.get_mut(id) else { return };
        // The far end was seen to close: who closes then has nothing to leak.
        if conn.client.sees_end() {
            match kind {
                LeakKind::Forgotten | LeakKind::Lease => {}
                LeakKind::ClosesOnEof | LeakKind::Subscribed | LeakKind::Blocked => {
                    return self.close(cx, id);
                }
                LeakKind::Reconnects => return self.reconnect(cx, id, true),
            }
        }
        cx.note(Observation::Leaked { fleet: conn.fleet });
        self.keep_leaked(cx, id, kind);
    }

    /// A connection is leaked from now on.
    pub(in crate::model) fn keep_leaked<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
        kind: LeakKind,
    ) {
        let conn = &mut self.conns[id];
        conn.leaked = Some(kind);
        conn.request = Id::NONE;
        let (place, through) = (conn.instance, conn.through);
        if conn.has_slot() {
            self.count_leaked_slot(id);
        }
        let instance = &mut self.instances[place as usize];
        if let Way::Pool(pool) = &mut instance.ways[usize::from(through)] {
            pool.leaked += 1;
        }
        instance.sockets.leaked += 1;
        let bytes = instance.process.memory_per_leak.0;
        self.charge(cx, place, bytes);
        if kind == LeakKind::Lease {
            self.reclaim_later(cx, id);
        }
    }

    /// The client's close reaches the server.
    #[inline(never)]
    pub(in crate::model) fn fin_at_server<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
    ) {
        let Some(conn) = self.conns.get_mut(id) else { return };
        let server = conn.server;
        match conn.far {
            FarEnd::Unseen => {}
            FarEnd::Queued => conn.closed_early = true,
            FarEnd::Gone => self.forget(id),
            FarEnd::Vanished => {
                conn.far = FarEnd::Gone;
                self.forget(id);
            }
            FarEnd::FinWait2 => {
                self.client_closed_too(cx, id);
                self.forget(id);
            }
            FarEnd::Handshake
            | FarEnd::Slot
            | FarEnd::Subscribed
            | FarEnd::Blocked
            | FarEnd::Served => {
                self.servers[usize::from(server)].end_of_file(id);
                self.kick(cx, server);
            }
        }
    }

    /// The server's close reaches the client.
    pub(in crate::model) fn closed_by_server<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
        how: Closing,
    ) {
        let Some(conn) = self.conns.get_mut(id) else { return };
        if conn.guest().is_some() {
            return self.guest_lost(cx, id, matches!(how, Closing::Refused { .. }));
        }
        let (instance, through) = (conn.instance, conn.through);
        let place = &mut self.instances[instance as usize];
        // Nobody is there to take it, nor its retransmissions: it is found out at the next use.
        if place.stopped_until == SimTime::NEVER && conn.client != ClientEnd::Gone {
            if conn.is_dialling() {
                // No use of it will find that out.
                self.park(instance, Event::ClosedByServer { conn: id, how }, cx.now);
            }
            return;
        }
        client_hears(conn, place, how);
        if conn.client == ClientEnd::Gone {
            return self.forget(id);
        }
        // The kernel knows; a process that stands still learns of it when it goes on.
        if place.stopped_until > cx.now {
            let event = Event::ClosedByServer { conn: id, how };
            return cx.agenda.at(place.stopped_until, Rank::DELIVERY, event);
        }
        let (leaked, fleet) = (conn.leaked, conn.fleet);
        if let Some(proxy) = self.proxy_of(fleet) {
            return self.upstream_lost(cx, proxy, id, how);
        }
        match leaked {
            Some(LeakKind::Forgotten | LeakKind::Lease) => return,
            Some(LeakKind::Reconnects) => {
                let was_open = !matches!(how, Closing::Refused { .. });
                return self.reconnect(cx, id, was_open);
            }
            Some(LeakKind::ClosesOnEof | LeakKind::Subscribed | LeakKind::Blocked) => {
                return self.close(cx, id);
            }
            None => {}
        }
        if self.opening > 0 {
            self.opening_failed(cx, instance);
        }
        let cause = match how {
            Closing::Refused { silent: false, .. } => Cause::Rejected,
            Closing::Refused { silent: true, .. } => Cause::RejectedSilently,
            Closing::Fin | Closing::Lost => Cause::ConnectionLost,
            Closing::Reset { .. } => Cause::StaleConnection,
            Closing::Error => Cause::ServerError,
        };
        if self.not_set_up(id) {
            return self.handshake_lost(cx, id, cause);
        }
        match self.via(instance, through) {
            Via::Shared => {
                self.close(cx, id);
                self.shared_lost(cx, instance, through, id, cause);
            }
            Via::PerRequest => self.user_of_closed(cx, id, how, cause),
            Via::Pool => {
                let pool = self.instances[instance as usize].pool(through);
                // An idle connection stays in the pool, closed at the far end, until it is looked
                // at; but a refusal is part of the dial, and takes it out.
                let refused = matches!(how, Closing::Refused { .. });
                let has_manners = pool.manners.is_some();
                if has_manners && refused {
                    self.pool_refused(id, cx.now);
                }
                if has_manners && self.pool_check_lost(cx, id) {
                    return;
                }
                let pool = self.instances[instance as usize].pool(through);
                let refused_idle = refused && pool.lost_idle(id);
                if refused_idle {
                    self.pool_closes(cx, instance, through, id);
                    self.refill_lost(cx, instance, through);
                } else {
                    self.user_of_closed(cx, id, how, cause);
                }
            }
        }
    }

    /// Whether a connection was still in its TLS handshake, or being set up for a pool. It is no more.
    fn not_set_up(&mut self, id: Id<Conn>) -> bool {
        let Conn { securing, greeting, instance, through, .. } = self.conns[id];
        let not_yet = securing || greeting && self.via(instance, through) == Via::Pool;
        if not_yet {
            let conn = &mut self.conns[id];
            (conn.securing, conn.greeting) = (false, false);
        }
        not_yet
    }

    /// The server closed a connection whose TLS handshake was not done. Who dials for one call has a
    /// connection in hand, as after a refusal in words; for others the dial has failed.
    #[inline(never)]
    fn handshake_lost<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
        cause: Cause,
    ) {
        let Conn { instance, through, request, .. } = self.conns[id];
        let wanted = self.requests.get(request).is_some_and(|r| r.conn == id);
        if wanted && self.via(instance, through) == Via::PerRequest {
            self.fail_in_hand(cx, request, cause);
        } else {
            self.dial_lost(cx, id, cause);
        }
    }

    /// Whoever uses a connection that the server has closed fails, if it still waits for a reply.
    fn user_of_closed<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
        how: Closing,
        cause: Cause,
    ) {
        let request = match how {
            Closing::Reset { request } => request,
            _ => self.conns[id].request,
        };
        let waits = self
            .requests
            .get(request)
            .is_some_and(|r| r.conn == id && matches!(r.doing, Doing::Calling | Doing::Validating));
        if !waits {
            return;
        }
        if self.requests[request].doing == Doing::Validating {
            return self.check_failed(cx, request);
        }
        if self.calls[self.requests[request].call as usize].guarded {
            return self.guarded_end(cx, request, cause);
        }
        self.fail_in_hand(cx, request, cause);
    }

    /// Lets go of a connection that both ends have closed.
    #[inline]
    pub(in crate::model) fn forget(&mut self, id: Id<Conn>) {
        let conn = &self.conns[id];
        if conn.client == ClientEnd::Gone && conn.far == FarEnd::Gone {
            self.closed += 1;
            self.conns.remove(id);
        }
    }

    /// How an instance holds the connections of this name.
    #[inline]
    pub(in crate::model) fn via(&self, instance: u32, through: u16) -> Via {
        let place = &self.instances[instance as usize];
        match place.ways[usize::from(through)] {
            Way::PerRequest => Via::PerRequest,
            Way::Pool(_) => Via::Pool,
            Way::Shared(_) => Via::Shared,
        }
    }
}

/// The end of a connection reaches the client's kernel: an orderly close leaves CLOSE_WAIT, a reset
/// leaves nothing but the descriptor.
#[inline]
fn client_hears(conn: &mut Conn, place: &mut Instance, how: Closing) {
    let orderly =
        matches!(how, Closing::Fin | Closing::Error | Closing::Refused { unread: false, .. });
    match conn.client {
        ClientEnd::Established => place.sockets.established -= 1,
        ClientEnd::CloseWait if !orderly => place.sockets.close_wait -= 1,
        _ => return,
    }
    if orderly {
        conn.client = ClientEnd::CloseWait;
        place.sockets.close_wait += 1;
    } else {
        conn.client = ClientEnd::Reset;
        place.sockets.reset += 1;
        place.ports[usize::from(conn.server)].release();
    }
}
