//! Connections that were established and then refused: for their pool these are failed dials, and the
//! next dial comes after the pause that its library makes.

use crate::engine::Observer;
use crate::model::Observation;
use crate::model::client::dial::Dial;
use crate::model::client::{Conn, Manners};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::scenario::Cause;
use crate::units::SimTime;

/// Refusals one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Refusals {
    /// How many; those that were dialled together count once.
    times: u32,
    /// When the first of them was dialled.
    since: SimTime,
    /// When the last one that counts was refused.
    last: SimTime,
}

impl World {
    /// The server has refused a connection of a pool with manners.
    pub(in crate::model) fn pool_refused(&mut self, id: Id<Conn>, now: SimTime) {
        let Conn { instance, through, dialled, .. } = self.conns[id];
        let refusals = &mut self.manners_of(instance, through).refusals;
        match refusals {
            None => *refusals = Some(Refusals { times: 1, since: dialled, last: now }),
            Some(before) if dialled >= before.last => {
                before.times = before.times.saturating_add(1);
                before.last = now;
            }
            Some(_) => {}
        }
    }

    /// Whether a pool that has lost a refused connection leaves it at that: its library repeats no
    /// dial.
    pub(in crate::model) fn leaves_refused(&self, instance: u32, through: u16) -> bool {
        let pool = self.instances[instance as usize].pool_at(through);
        let refused = |manners: &Manners| manners.refusals.is_some();
        pool.settings.dial_retry.is_none() && pool.manners.as_deref().is_some_and(refused)
    }

    /// A dial that nobody's request makes begins; after refusals, with the pause that follows them.
    pub(in crate::model) fn begin_dial<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        dial: Dial,
        (worker, growth): (bool, bool),
    ) {
        let manners = self.manners(&dial);
        let refusals = manners.refusals;
        let number = manners.begin(&dial, worker, growth, cx.now);
        let retries =
            self.instances[dial.instance as usize].pool(dial.through).settings.dial_retry.is_some();
        let Some(refusals) = refusals.filter(|_| retries) else {
            if let Err(cause) = self.dial_in_series(cx, dial, number) {
                self.dial_missed(cx, &dial, number, cause);
            }
            return;
        };
        if let Some(series) = self.manners(&dial).series(number) {
            (series.dials, series.first) = (refusals.times, refusals.since);
        }
        if !self.dial_missed(cx, &dial, number, Cause::Rejected) {
            // It has given up: who needs a connection later begins anew.
            self.manners(&dial).refusals = None;
        }
    }
}

impl Manners {
    /// A connection has come back that was dialled at `dialled`: if that was after the refusals, they
    /// are over.
    pub fn is_accepted(&mut self, dialled: SimTime) {
        if self.refusals.is_some_and(|refusals| dialled >= refusals.last) {
            self.refusals = None;
        }
    }
}
