//! What becomes of a connection that comes back to a pool with manners, or breaks there.

use crate::engine::{Observer, Rank};
use crate::model::client::{Check, ClientEnd, Conn, Idle, Manners, Return, Way};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{Broken, Dialling, HandOff, LeakKind, Refill};

impl World {
    /// A leased connection comes back.
    #[inline(never)]
    pub(in crate::model) fn give_back_with_manners<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
    ) {
        let lifetime = self.lifetime(id);
        let conn = &mut self.conns[id];
        conn.request = Id::NONE;
        let (instance, through) = (conn.instance, conn.through);
        let (dialled, ended) = (conn.dialled, conn.client.sees_end());
        let age = cx.now.since(dialled);
        if !ended {
            self.manners_of(instance, through).is_accepted(dialled);
        }
        let settings = &self.instances[instance as usize].pool(through).settings;
        if settings.looks().on_return && lifetime.is_some_and(|most| age >= most) {
            return self.drop_leased(cx, id);
        }
        match settings.broken {
            Broken::Removed if ended => return self.drop_leased(cx, id),
            Broken::SlotKept if ended => return self.slot_stays(cx, id),
            _ => {}
        }
        if settings.validate_on_return && !ended {
            let commands = settings.validate_commands;
            self.manners_of(instance, through).checks(id, Check::OnReturn);
            return self.send_nobodys(cx, id, commands);
        }
        self.settle(cx, id);
    }

    /// A connection has failed in use.
    #[inline(never)]
    pub(in crate::model) fn broke<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
    ) {
        let Conn { instance, through, .. } = self.conns[id];
        match self.instances[instance as usize].pool(through).settings.broken {
            Broken::Removed => self.drop_leased(cx, id),
            Broken::SlotKept => self.slot_stays(cx, id),
            Broken::UntilValidated => {
                self.conns[id].request = Id::NONE;
                self.settle(cx, id);
            }
        }
    }

    /// A connection nobody has goes to a caller in line, or stays idle, or is one too many.
    pub(in crate::model) fn settle<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
    ) {
        let Conn { instance, through, .. } = self.conns[id];
        self.prefer_anyone(instance, through);
        let place = &mut self.instances[instance as usize];
        let number = place.number;
        let pool = place.pool(through);
        let counts = pool.counts();
        if let Some(manners) = &mut pool.manners {
            manners.returned = cx.now;
        }
        let kept = counts.waiting == 0 || matches!(pool.settings.hand_off, HandOff::Barging(_));
        if kept && pool.settings.max_idle.is_some_and(|most| counts.idle >= most) {
            pool.lost();
            self.pool_closes(cx, instance, through, id);
            return self.place_free(cx, instance, through);
        }
        match pool.give_back(id, cx.now) {
            Return::Keep => self.arm_looks(cx, instance, through),
            Return::Wake(after) => {
                let event = Event::Woken { instance, through, number };
                cx.agenda.at(cx.now + after, Rank::TIMEOUT, event);
                self.arm_looks(cx, instance, through);
            }
            Return::Close => self.pool_closes(cx, instance, through, id),
            Return::Hand(waiter) => {
                self.lease_after(cx, waiter.who, Idle { conn: id, since: cx.now });
            }
        }
    }

    /// A leased connection is closed instead of returned.
    pub(in crate::model) fn drop_leased<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
    ) {
        let Conn { instance, through, .. } = self.conns[id];
        self.pool_closes(cx, instance, through, id);
        let pool = self.instances[instance as usize].pool(through);
        pool.lost();
        let background = pool.settings.dialling != Dialling::Caller;
        if pool.settings.refill == Refill::Each && background && pool.has_room() {
            self.manners_of(instance, through).wanted += 1;
        }
        self.place_free(cx, instance, through);
    }

    /// The socket of a leased connection is closed, and its place stays taken: whoever is given the
    /// place dials.
    fn slot_stays<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, id: Id<Conn>) {
        let Conn { instance, through, .. } = self.conns[id];
        self.pool_closes(cx, instance, through, id);
        let pool = self.instances[instance as usize].pool(through);
        if pool.counts().waiting > 0 || pool.taken() > pool.settings.max {
            pool.lost();
            return self.place_free(cx, instance, through);
        }
        pool.hollowed(cx.now);
    }

    /// A place has come free: the minimum is kept, and those in line dial.
    pub(in crate::model) fn place_free<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
    ) {
        self.refill_lost(cx, instance, through);
        self.dial_waiting_callers(cx, instance, through);
    }

    /// A pool closes a connection.
    pub(in crate::model) fn pool_closes<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
        id: Id<Conn>,
    ) {
        if let Some(manners) = &mut self.instances[instance as usize].pool(through).manners {
            manners.checked(id);
        }
        self.close(cx, id);
    }

    /// A lease of a pool that will not come back may be taken by force.
    #[inline(never)]
    pub(in crate::model) fn reclaim_later<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
    ) {
        let Conn { instance, through, .. } = self.conns[id];
        // The process may have ended by this very leak.
        let Way::Pool(pool) = &self.instances[instance as usize].ways[usize::from(through)] else {
            return;
        };
        if let Some(after) = pool.settings.reclaim_after {
            cx.agenda.at(cx.now + after, Rank::TIMEOUT, Event::Reclaim { conn: id });
        }
    }

    /// A lease that never came back is taken by force.
    pub(in crate::model) fn reclaim<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
    ) {
        let lost = |conn: &&Conn| conn.leaked == Some(LeakKind::Lease);
        let Some(conn) = self.conns.get(id).filter(lost) else { return };
        // The process may have ended since, and with it the pool.
        if conn.client == ClientEnd::Gone {
            return;
        }
        let Conn { instance, through, .. } = *conn;
        self.close(cx, id);
        let pool = self.instances[instance as usize].pool(through);
        pool.leaked -= 1;
        pool.lost();
        self.place_free(cx, instance, through);
    }

    /// The state of a pool that has manners.
    pub(in crate::model) fn manners_of(&mut self, instance: u32, through: u16) -> &mut Manners {
        self.instances[instance as usize].pool(through).manners.get_or_insert_default()
    }
}
