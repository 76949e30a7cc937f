//! Pools are filled, and follow their settings when these change.

use crate::engine::Observer;
use crate::model::Observation;
use crate::model::client::Way;
use crate::model::client::dial::Dial;
use crate::model::plan::Via;
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::scenario::{Pooled, Strategy};

impl World {
    /// Opens the connections that a pool keeps ahead of need.
    pub(in crate::model) fn fill<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
    ) {
        let fleet = self.instances[instance as usize].fleet;
        let f = &self.fleets[usize::from(fleet)];
        let plan = &f.plans[usize::from(self.instances[instance as usize].plan)];
        let mut dials: Vec<Dial> = Vec::new();
        for call in plan.all_calls.clone() {
            let call = &self.calls[call as usize];
            if call.via != Via::PerRequest && dials.iter().all(|d| d.through != call.through) {
                dials.push(Dial {
                    instance,
                    through: call.through,
                    server: call.server,
                    connect_timeout: call.connect_timeout,
                    request: Id::NONE,
                });
            }
        }
        for dial in dials {
            if self.via(instance, dial.through) == Via::Shared {
                self.fill_shared(cx, dial);
                continue;
            }
            if self.instances[instance as usize].pool(dial.through).manners.is_some() {
                self.fill_pool(cx, instance, dial.through);
                self.arm_looks(cx, instance, dial.through);
                continue;
            }
            let place = &mut self.instances[instance as usize];
            let min = place.pool(dial.through).settings.min;
            for _ in 0..min {
                let place = &mut self.instances[instance as usize];
                let counts = place.pool(dial.through).counts();
                if counts.size + counts.dialling >= min || !place.pool(dial.through).reserve() {
                    break;
                }
                if self.dial(cx, dial).is_err() {
                    self.pool_dial_failed(cx, instance, dial.through);
                    break;
                }
            }
        }
    }

    /// A pool has new settings: what is idle above a lowered maximum is closed at once, and those in
    /// line dial under a raised one. Shared connections become more or fewer.
    pub(in crate::model) fn resize_ways<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
    ) {
        let fleet = self.instances[instance as usize].fleet;
        let f = &mut self.fleets[usize::from(fleet)];
        let place = &mut self.instances[instance as usize];
        let settings = &f.plans[usize::from(place.plan)].fleet.connections;
        for (way, connections) in place.ways.iter_mut().zip(settings) {
            if let (Way::Shared(shared), Strategy::Shared(new)) = (&mut *way, &connections.strategy)
            {
                shared.configure(new);
            }
            if let (Way::Pool(pool), Strategy::Pooled(new)) = (way, &connections.strategy) {
                // What stands on the agenda was put there under the old settings.
                let looks = |p: &Pooled| {
                    let ages = (p.max_lifetime, p.lifetime_jitter, p.looks());
                    (p.reaper, p.idle_timeout, ages, p.min, p.min_spares)
                };
                if looks(&pool.settings) != looks(new) {
                    pool.reap_due = None;
                    if let Some(manners) = &mut pool.manners {
                        manners.timer_due = None;
                        manners.counts.clear();
                    }
                }
                if pool.settings.wait_timeout != new.wait_timeout {
                    pool.checkout_due = None;
                }
                pool.configure(new);
            }
        }
        for through in 0..place.ways.len() as u16 {
            while let Way::Pool(pool) =
                &mut self.instances[instance as usize].ways[usize::from(through)]
            {
                let Some(conn) = pool.excess() else { break };
                pool.lost_idle(conn);
                self.pool_closes(cx, instance, through, conn);
            }
            if let Way::Pool(_) = self.instances[instance as usize].ways[usize::from(through)] {
                self.refill_lost(cx, instance, through);
                self.dial_next(cx, instance, through);
                self.arm_reap(cx, instance, through);
                self.arm_checkout(cx, instance, through);
            }
        }
    }
}
