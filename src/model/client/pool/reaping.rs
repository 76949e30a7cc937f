//! Pools look for connections that are idle or old.

use crate::engine::{Observer, Rank};
use crate::model::client::{Conn, Idle, Pool};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::PoolReaper;
use crate::units::{SimTime, Span};

impl World {
    /// A pool looks for idle and old connections.
    pub(in crate::model) fn pool_reap<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
    ) {
        let pool = self.instances[instance as usize].pool(through);
        if pool.reap_due != Some(cx.now) {
            return;
        }
        pool.reap_due = None;
        if pool.manners.is_some() {
            return self.reap_with_manners(cx, instance, through);
        }
        let spare = pool.counts().size.saturating_sub(pool.settings.min) as usize;
        let mut due: Vec<Id<Conn>> = Vec::new();
        for idle in pool.idle() {
            if due.len() < spare
                && reap_at(pool, idle.since, self.conns[idle.conn].dialled) <= cx.now
            {
                due.push(idle.conn);
            }
        }
        for conn in due {
            self.instances[instance as usize].pool(through).lost_idle(conn);
            self.close(cx, conn);
        }
        self.arm_reap(cx, instance, through);
    }

    /// Puts the pool's next look on the agenda, if it looks by itself.
    #[inline]
    pub(in crate::model) fn arm_reap<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        through: u16,
    ) {
        let place = &mut self.instances[instance as usize];
        let number = place.number;
        let pool = place.pool(through);
        if pool.manners.is_some() {
            return self.arm_looks(cx, instance, through);
        }
        if pool.counts().size <= pool.settings.min {
            return;
        }
        let due = |idle: &Idle| reap_at(pool, idle.since, self.conns[idle.conn].dialled);
        let at = match (pool.settings.reaper, pool.reap_due) {
            (PoolReaper::None | PoolReaper::OnCheckout, _) => return,
            (PoolReaper::Periodic(_), Some(_)) => return,
            (PoolReaper::Periodic(period), None) => cx.now + period,
            // Only the connection returned last can be due before the one already known of.
            (PoolReaper::Exact, Some(known)) => match pool.idle().next_back().map(due) {
                Some(at) if at < known => at,
                _ => return,
            },
            (PoolReaper::Exact, None) => pool.idle().map(due).min().unwrap_or(SimTime::NEVER),
            _ => return,
        };
        if at < SimTime::NEVER {
            let at = at.max(cx.now);
            self.instances[instance as usize].pool(through).reap_due = Some(at);
            let event = Event::PoolReap { instance, through, number };
            cx.agenda.at(at, Rank::TIMEOUT, event);
        }
    }
}

/// When a pool that looks by itself closes an idle connection.
fn reap_at(pool: &Pool, idle_since: SimTime, dialled: SimTime) -> SimTime {
    let by = |from: SimTime, most: Option<Span>| most.map_or(SimTime::NEVER, |most| from + most);
    by(idle_since, pool.settings.idle_timeout).min(by(dialled, pool.settings.max_lifetime))
}
