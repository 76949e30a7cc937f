//! Idle and old connections of pools with manners: what each kind of reaper closes, and when.

use crate::engine::{Observer, Rank};
use crate::model::client::{Check, Conn, Idle};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{MinSpares, PoolReaper, Refill};
use crate::units::{SimTime, Span};

impl World {
    /// Puts the next look of the reaper, and the first of the connections' own timers, on the
    /// agenda, if they do not stand there.
    pub(in crate::model) fn arm_looks<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
    ) {
        let place = &mut self.instances[instance as usize];
        let number = place.number;
        let pool = place.pool(through);
        let above_min = pool.counts().size > pool.settings.min;
        let after = match pool.settings.reaper {
            PoolReaper::None | PoolReaper::OnCheckout | PoolReaper::Exact => None,
            PoolReaper::Periodic(every)
            | PoolReaper::Some { every, .. }
            | PoolReaper::OnePer(every) => Some(every),
            PoolReaper::Median { every, .. } | PoolReaper::Quiet(every) => {
                above_min.then_some(every)
            }
        };
        if let (Some(after), None) = (after, pool.reap_due) {
            pool.reap_due = Some(cx.now + after);
            let event = Event::PoolReap { instance, through, number };
            cx.agenda.at(cx.now + after, Rank::TIMEOUT, event);
        }
        if pool.settings.reaper == PoolReaper::Exact || pool.settings.looks().timer {
            self.arm_timer(cx, instance, through);
        }
    }

    /// Puts the first of the connections' own timers on the agenda.
    fn arm_timer<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
    ) {
        let pool = self.instances[instance as usize].pool(through);
        let known = pool.manners.as_ref().and_then(|manners| manners.timer_due);
        // Only the connection returned last can be due before the one already known of, unless it
        // took the pool above its minimum.
        let all = known.is_none() || pool.counts().size == pool.settings.min + 1;
        let newest = if all { u32::MAX as usize } else { 1 };
        let pool = self.instances[instance as usize].pool_at(through);
        let timers = pool.idle().rev().take(newest).map(|idle| self.timer_of(idle));
        let due = timers.min().unwrap_or(SimTime::NEVER);
        let at = due.max(cx.now);
        if due < SimTime::NEVER && known.is_none_or(|known| at < known) {
            let place = &mut self.instances[instance as usize];
            let event = Event::PoolTimer { instance, through, number: place.number };
            self.manners_of(instance, through).timer_due = Some(at);
            cx.agenda.at(at, Rank::TIMEOUT, event);
        }
    }

    /// When an idle connection is closed by its own timer.
    fn timer_of(&self, idle: &Idle) -> SimTime {
        let Conn { instance, through, dialled, .. } = self.conns[idle.conn];
        let lifetime = self.lifetime(idle.conn);
        let pool = self.instances[instance as usize].pool_at(through);
        let settings = &pool.settings;
        let above_min = pool.counts().size > settings.min;
        let by = |from: SimTime, most: Option<Span>| most.map_or(SimTime::NEVER, |m| from + m);
        let by_idle = settings.reaper == PoolReaper::Exact
            && (above_min || settings.min_spares == MinSpares::None);
        let by_age =
            settings.looks().timer && (above_min || settings.min_spares != MinSpares::Both);
        by(idle.since, settings.idle_timeout.filter(|_| by_idle))
            .min(by(dialled, lifetime.filter(|_| by_age)))
    }

    /// The first of the connections' own timers is due.
    pub(in crate::model) fn pool_timer<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
    ) {
        let manners = self.manners_of(instance, through);
        if manners.timer_due != Some(cx.now) {
            return;
        }
        manners.timer_due = None;
        let idle = self.idle_of(instance, through);
        // One after the other: each may be the last that the minimum lets go.
        for idle in idle {
            if self.timer_of(&idle) <= cx.now {
                self.pool_drops_idle(cx, instance, through, idle.conn);
            }
        }
        self.reaped(cx, instance, through);
        self.arm_looks(cx, instance, through);
    }

    /// The reaper of a pool with manners looks.
    #[inline(never)]
    pub(in crate::model) fn reap_with_manners<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
    ) {
        let reaper = self.instances[instance as usize].pool(through).settings.reaper;
        let idle = self.idle_of(instance, through);
        match reaper {
            PoolReaper::None | PoolReaper::OnCheckout | PoolReaper::Exact => {}
            PoolReaper::Periodic(_) => self.look_at(cx, instance, through, &idle),
            PoolReaper::Some { at_once, .. } => {
                let some = self.some_of(instance, through, idle, at_once as usize);
                self.look_at(cx, instance, through, &some);
            }
            PoolReaper::OnePer(_) => self.close_one(cx, instance, through, &idle),
            PoolReaper::Median { counts, .. } => {
                self.close_median(cx, instance, through, &idle, counts as usize);
            }
            PoolReaper::Quiet(quiet) => {
                let returned = self.manners_of(instance, through).returned;
                if returned + quiet > cx.now {
                    let place = &mut self.instances[instance as usize];
                    let event = Event::PoolReap { instance, through, number: place.number };
                    place.pool(through).reap_due = Some(returned + quiet);
                    return cx.agenda.at(returned + quiet, Rank::TIMEOUT, event);
                }
                self.close_oldest(cx, instance, through, &idle, idle.len());
            }
        }
        self.reaped(cx, instance, through);
        self.arm_looks(cx, instance, through);
    }

    /// Looks at these idle connections: closes what is idle or old, pings the others if the pool does.
    fn look_at<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
        idle: &[Idle],
    ) {
        for idle in idle {
            let conn = &self.conns[idle.conn];
            let (dialled, ended) = (conn.dialled, conn.client.sees_end());
            let lifetime = self.lifetime(idle.conn);
            let pool = self.instances[instance as usize].pool(through);
            let settings = &pool.settings;
            let above_min = pool.counts().size > settings.min;
            let (commands, pings) = (settings.validate_commands, settings.validate_idle);
            let is_over = |since: SimTime, most: Option<Span>| {
                most.is_some_and(|most| cx.now.since(since) >= most)
            };
            let by_idle = (above_min || settings.min_spares == MinSpares::None)
                && is_over(idle.since, settings.idle_timeout);
            let by_age = settings.looks().reaper
                && (above_min || settings.min_spares != MinSpares::Both)
                && is_over(dialled, lifetime);
            if by_idle || by_age || pings && ended {
                self.pool_drops_idle(cx, instance, through, idle.conn);
            } else if pings && self.manners_of(instance, through).check_of(idle.conn).is_none() {
                self.manners_of(instance, through).checks(idle.conn, Check::Idle);
                self.send_nobodys(cx, idle.conn, commands);
            }
        }
    }

    /// The next so many idle connections, the one returned first after the one returned last.
    fn some_of(
        &mut self,
        instance: u32,
        through: u16,
        mut idle: Vec<Idle>,
        most: usize,
    ) -> Vec<Idle> {
        let manners = self.manners_of(instance, through);
        let from = if idle.is_empty() { 0 } else { manners.place as usize % idle.len() };
        manners.place = (from + most) as u32;
        idle.rotate_left(from);
        idle.truncate(most);
        idle
    }

    /// Closes one connection, if one was idle ever since the last look.
    ///
    /// # Source
    ///
    /// psycopg/psycopg `psycopg_pool/pool.py` (`_shrink_pool`).
    fn close_one<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
        idle: &[Idle],
    ) {
        let manners = self.manners_of(instance, through);
        let spare = manners.fewest_idle > 0;
        manners.fewest_idle = idle.len() as u32;
        if spare {
            self.close_oldest(cx, instance, through, idle, 1);
            let left = self.instances[instance as usize].pool(through).counts().idle;
            self.manners_of(instance, through).fewest_idle = left;
        }
    }

    /// Counts the idle connections; after so many counts as many are closed as their median.
    ///
    /// # Source
    ///
    /// npgsql/npgsql `src/Npgsql/PoolingDataSource.cs` (pruning).
    fn close_median<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
        idle: &[Idle],
        most: usize,
    ) {
        let pool = self.instances[instance as usize].pool(through);
        let above_min = pool.counts().size > pool.settings.min;
        let counts = &mut self.manners_of(instance, through).counts;
        if !above_min {
            return counts.clear();
        }
        counts.push(idle.len() as u32);
        if counts.len() >= most {
            counts.sort_unstable();
            let median = counts[most.div_ceil(2) - 1];
            counts.clear();
            self.close_oldest(cx, instance, through, idle, median as usize);
        }
    }

    /// Closes so many idle connections, those returned first, down to the minimum.
    fn close_oldest<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
        idle: &[Idle],
        number: usize,
    ) {
        let pool = self.instances[instance as usize].pool(through);
        let spare = pool.counts().size.saturating_sub(pool.settings.min) as usize;
        for idle in idle.iter().take(number.min(spare)) {
            self.pool_drops_idle(cx, instance, through, idle.conn);
        }
    }

    fn pool_drops_idle<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
        conn: Id<Conn>,
    ) {
        if self.instances[instance as usize].pool(through).lost_idle(conn) {
            self.pool_closes(cx, instance, through, conn);
        }
    }

    /// The reaper has looked: a pool below its minimum is filled again, if that is when.
    fn reaped<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
    ) {
        if self.instances[instance as usize].pool(through).settings.refill != Refill::Never {
            self.fill_pool(cx, instance, through);
        }
    }

    fn idle_of(&mut self, instance: u32, through: u16) -> Vec<Idle> {
        self.instances[instance as usize].pool(through).idle().copied().collect()
    }
}
