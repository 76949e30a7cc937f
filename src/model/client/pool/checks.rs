//! What a pool's library itself sends: to set a connection up, and to see whether one is alive that no
//! request has.

use crate::engine::Observer;
use crate::model::client::dial::Dial;
use crate::model::client::{Check, ClientEnd, Conn, Prober, Way};
use crate::model::server::{Readable, Ready};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::units::Span;

impl World {
    /// A dial of a pool with manners has brought a connection.
    #[inline(never)]
    pub(in crate::model) fn pool_dial_ready<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
        tls: bool,
    ) {
        let dial = self.dial_on(id);
        let pool = self.instances[dial.instance as usize].pool(dial.through);
        let commands = pool.settings.setup_commands;
        if self.manners(&dial).prober == Prober::Dialling(id) {
            let manners = self.manners(&dial);
            (manners.prober, manners.failures) = (Prober::Off, 0);
            return self.close(cx, id);
        }
        if commands == 0 {
            return self.pool_dial_done(cx, id, tls);
        }
        self.conns[id].greeting = true;
        if tls {
            return self.send_nobodys(cx, id, commands);
        }
        // The first bytes are there with the last packet of the handshake.
        let what = Readable::Commands(commands);
        self.bytes(cx, Ready { conn: id, request: Id::NONE, what, exchange: 0, class: 0 });
    }

    /// A connection of a pool can be used: by whoever dialled it, or by the first in line.
    pub(in crate::model) fn pool_dial_done<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
        sends: bool,
    ) {
        let dial = self.dial_on(id);
        self.draw_lifetime(id, &dial);
        let pool = self.instances[dial.instance as usize].pool(dial.through);
        pool.dialled();
        let manners = self.manners(&dial);
        let series = manners.series_of(id).and_then(|number| manners.end(number));
        let wanted = self.requests.get(dial.request).is_some_and(|r| r.conn == id);
        if let Some(series) = series.filter(|_| wanted) {
            self.manners(&dial).used_by_thread(series.thread, id);
        }
        self.arm_looks(cx, dial.instance, dial.through);
        if wanted && sends {
            self.send(cx, dial.request, id, false);
        } else if wanted {
            self.first_bytes_sent(cx, dial.request);
        } else {
            self.conns[id].request = Id::NONE;
            self.settle(cx, id);
        }
        if let Some(series) = series.filter(|series| series.worker) {
            self.dialler_done(cx, dial.instance, dial.through, series.growth);
        }
    }

    /// Commands of the library leave.
    pub(in crate::model) fn send_nobodys<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        conn: Id<Conn>,
        commands: u16,
    ) {
        let event = Event::Bytes { conn, request: Id::NONE, commands, exchange: 0, class: 0 };
        self.path.send(self.conns[conn].pair(), 1, cx.agenda, event);
    }

    /// The server has answered on a connection that no request has; the reply leaves.
    pub(in crate::model) fn pool_served<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
    ) {
        let Some(conn) = self.conns.get(id) else { return };
        if self.check_on(id).is_some() {
            self.path.send(conn.pair(), 1, cx.agenda, Event::PoolHears { conn: id });
        }
    }

    /// The reply to the library's own commands arrives.
    pub(in crate::model) fn pool_hears<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
    ) {
        if self.conns.get(id).is_none_or(|conn| conn.client != ClientEnd::Established) {
            return;
        }
        let Some(check) = self.check_on(id) else { return };
        let dial = self.dial_on(id);
        self.manners(&dial).checked(id);
        match check {
            Check::OnReturn => self.settle(cx, id),
            Check::Idle => {}
        }
    }

    /// A connection under such a check has ended, or an error came in place of the reply: true if
    /// that was dealt with.
    #[inline(never)]
    pub(in crate::model) fn pool_check_lost<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
    ) -> bool {
        let Some(check) = self.check_on(id) else { return false };
        let Conn { instance, through, .. } = self.conns[id];
        match check {
            Check::OnReturn => self.drop_leased(cx, id),
            Check::Idle => {
                let pool = self.instances[instance as usize].pool(through);
                if !pool.lost_idle(id) {
                    // Somebody has it by now, and sees for itself.
                    self.manners_of(instance, through).checked(id);
                    return false;
                }
                self.pool_closes(cx, instance, through, id);
                self.refill_lost(cx, instance, through);
            }
        }
        true
    }

    /// What the library's own commands on a connection are for, if there are any.
    fn check_on(&self, id: Id<Conn>) -> Option<Check> {
        let conn = self.conns.get(id)?;
        if conn.guest().is_some() || self.is_no_fleet(conn.fleet) {
            return None;
        }
        match self.instances[conn.instance as usize].ways.get(usize::from(conn.through))? {
            Way::Pool(pool) => pool.manners.as_ref()?.check_of(id),
            _ => None,
        }
    }

    /// The dial that a connection came from.
    fn dial_on(&self, id: Id<Conn>) -> Dial {
        let Conn { instance, through, server, request, .. } = self.conns[id];
        Dial { instance, through, server, connect_timeout: None, request }
    }

    /// How old this connection may grow.
    pub(in crate::model) fn lifetime(&self, id: Id<Conn>) -> Option<Span> {
        let Conn { instance, through, .. } = self.conns[id];
        let settings = &self.instances[instance as usize].pool_at(through).settings;
        let most = settings.max_lifetime?;
        let share = settings.lifetime_jitter.share();
        if share == 0.0 {
            return Some(most);
        }
        let draw = self.lifetimes.get(id.index()).copied().unwrap_or(0);
        let earlier = most.as_secs_f64() * share * f64::from(draw) / f64::from(u32::MAX);
        Some(Span::from_ns(most.as_ns() - Span::from_secs_f64(earlier).as_ns().min(most.as_ns())))
    }

    /// Draws by how much the lifetime of a new connection is shorter.
    fn draw_lifetime(&mut self, id: Id<Conn>, dial: &Dial) {
        let place = &mut self.instances[dial.instance as usize];
        let fleet = place.fleet;
        if place.pool(dial.through).settings.lifetime_jitter.share() == 0.0 {
            return;
        }
        let draw = self.fleets[usize::from(fleet)].streams.lifetime.below(u32::MAX);
        if self.lifetimes.len() <= id.index() {
            self.lifetimes.resize(id.index() + 1, 0);
        }
        self.lifetimes[id.index()] = draw;
    }
}
