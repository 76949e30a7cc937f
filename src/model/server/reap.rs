//! Connections closed by the server: idle, or killed by an operator.

use crate::engine::{Observer, Rank};
use crate::model::client::{Conn, FarEnd};
use crate::model::server::reaper::{
    calls_per_second, clients_per_call, idle_too_long, period, woken_after,
};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{LeakKind, Reaper};
use crate::units::Span;

impl World {
    /// Puts the reaper's next look on the agenda, if there is a timeout and it is not there.
    #[inline]
    pub(in crate::model) fn arm_reaper<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
    ) {
        let s = &mut self.servers[usize::from(server)];
        if s.settings.timeout.is_zero() || s.look_at.is_some() || s.clients.len() == 0 {
            return;
        }
        let (at, event) = match s.settings.reaper {
            Reaper::None => return,
            Reaper::RedisCron => {
                let hz = calls_per_second(s.settings.hz, s.settings.dynamic_hz, s.clients.len());
                (cx.now + period(hz), Event::Cron { server })
            }
            Reaper::Exact => {
                let Some(head) = s.clients.head() else { return };
                let at = self.conns[head].heard + s.settings.timeout;
                (at.max(cx.now), Event::IdleDue { server })
            }
        };
        s.look_at = Some(at);
        cx.agenda.at(at, Rank::TIMEOUT, event);
    }

    /// The cron is due: it runs in the present turn, or in the next, which comes at the latest when
    /// the loop wakes by itself.
    pub(in crate::model) fn cron<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
    ) {
        let s = &mut self.servers[usize::from(server)];
        if s.look_at != Some(cx.now) {
            return;
        }
        s.cron_due = true;
        let woken = s.asleep_since + woken_after(cx.now.since(s.asleep_since));
        if !s.busy && woken > cx.now {
            s.look_at = Some(woken);
            return cx.agenda.at(woken, Rank::TIMEOUT, Event::Cron { server });
        }
        self.kick(cx, server);
    }

    /// The sweep of one cron call; gives the CPU time it takes. The next call comes a period after
    /// the end of this one.
    pub(in crate::model) fn sweep<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
        elapsed: Span,
    ) -> Span {
        let s = &mut self.servers[usize::from(server)];
        s.look_at = None;
        let (timeout, cost, sweep) = (s.settings.timeout, s.cost, s.settings.sweep);
        if timeout.is_zero() || s.settings.reaper != Reaper::RedisCron {
            self.arm_reaper(cx, server);
            return Span::ZERO;
        }
        let clients = s.clients.len();
        let hz = calls_per_second(s.settings.hz, s.settings.dynamic_hz, clients);
        let looked_at = clients_per_call(hz, clients);
        let mut taken = cost.cron + cost.visit.times(looked_at.into());
        for _ in 0..looked_at {
            let s = &mut self.servers[usize::from(server)];
            let Some(id) = s.clients.rotate(&mut self.conns, sweep) else { break };
            let conn = &self.conns[id];
            if !conn.is_exempt() && idle_too_long(cx.now, conn.heard, timeout) {
                cx.note(Observation::Reaped { server, idle: cx.now.since(conn.heard) });
                self.server_closes(cx, id);
                taken = taken + cost.reap;
            }
        }
        let s = &mut self.servers[usize::from(server)];
        if s.clients.len() > 0 {
            let at = cx.now + elapsed + taken + period(hz);
            s.look_at = Some(at);
            cx.agenda.at(at, Rank::TIMEOUT, Event::Cron { server });
        }
        taken
    }

    /// The exact reaper looks at those that have been idle longest.
    pub(in crate::model) fn idle_due<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
    ) {
        let s = &mut self.servers[usize::from(server)];
        if s.look_at != Some(cx.now) {
            return;
        }
        s.look_at = None;
        loop {
            let s = &self.servers[usize::from(server)];
            let timeout = s.settings.timeout;
            if timeout.is_zero() || s.settings.reaper != Reaper::Exact {
                break;
            }
            match s.clients.head() {
                Some(head) if self.conns[head].heard + timeout <= cx.now => {
                    let idle = cx.now.since(self.conns[head].heard);
                    cx.note(Observation::Reaped { server, idle });
                    self.server_closes(cx, head);
                }
                _ => break,
            }
        }
        self.arm_reaper(cx, server);
        self.kick(cx, server);
    }

    /// The idle timeout was switched on or off: the list of those it can close is made anew, in
    /// the order in which they were admitted, or dropped.
    pub(in crate::model) fn relink_clients(&mut self, server: u16) {
        let s = &mut self.servers[usize::from(server)];
        while let Some(head) = s.clients.head() {
            s.clients.unlink(&mut self.conns, head);
        }
        if !s.sweeps() {
            return;
        }
        let mut swept: Vec<(u64, Id<Conn>)> = self
            .conns
            .iter()
            .filter(|(_, c)| c.server == server && s.sees(c))
            .map(|(id, c)| (c.admitted, id))
            .collect();
        swept.sort_by_key(|(admitted, _)| *admitted);
        let by_age = s.settings.reaper == Reaper::Exact;
        if by_age {
            swept.sort_by_key(|(_, id)| self.conns[*id].heard);
        }
        for (_, id) in swept {
            s.clients.push(&mut self.conns, id);
        }
    }

    /// A slot comes free.
    #[inline]
    pub(in crate::model) fn free_slot<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
    ) {
        let conn = &mut self.conns[id];
        let s = &mut self.servers[usize::from(conn.server)];
        s.slots.down();
        if conn.slot_leaked {
            s.leaked.down();
        }
        s.replicas -= u32::from(conn.replica);
        if s.client_memory.is_on() {
            s.client_memory.freed(id);
        }
        s.blocked -= u32::from(conn.is_blocked());
        conn.far = FarEnd::Gone;
        cx.note(Observation::Freed { server: conn.server });
        let early = conn.has_early;
        let proxy = s.proxy;
        s.clients.unlink(&mut self.conns, id);
        if early {
            self.drop_early(id);
        }
        if let Some(proxy) = proxy {
            self.client_left(cx, usize::from(proxy), id);
        }
    }

    /// A connection in a slot has been leaked.
    pub(in crate::model) fn count_leaked_slot(&mut self, id: Id<Conn>) {
        let conn = &mut self.conns[id];
        conn.slot_leaked = true;
        let s = &mut self.servers[usize::from(conn.server)];
        s.leaked.up();
        // Who is in a blocking command counts already.
        let blocks = conn.leaked == Some(LeakKind::Blocked) && conn.far != FarEnd::Blocked;
        s.blocked += u32::from(blocks);
        if !s.sees(conn) {
            s.clients.unlink(&mut self.conns, id);
        }
    }
}
