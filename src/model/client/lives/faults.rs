//! Instances that are killed, vanish, or stand still.

use crate::engine::{Observer, Rank};
use crate::model::client::{ClientEnd, Doing, FarEnd, Life, Request};
use crate::model::net::Pair;
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{Cause, Fault};
use crate::units::SimTime;

impl World {
    /// Something breaks.
    pub(in crate::model) fn fault<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        fault: Fault,
    ) {
        match fault {
            Fault::Vanish { fleet, instances } => {
                for instance in self.oldest(fleet, instances) {
                    self.lose_host(cx, instance);
                    self.lose_instance(cx, instance);
                }
            }
            Fault::Kill { fleet, instances } => {
                for instance in self.oldest(fleet, instances) {
                    self.lose_instance(cx, instance);
                }
            }
            Fault::Stop { fleet, instances, length } => {
                let until = cx.now + length;
                self.stopped_until = self.stopped_until.max(until);
                for instance in self.oldest(fleet, instances) {
                    let place = &mut self.instances[instance as usize];
                    place.stopped_until = place.stopped_until.max(until);
                }
            }
            Fault::Restart { server, down } => self.restart(cx, server as u16, down),
            Fault::Failover { server, after, old } => {
                self.failover(cx, server as u16, after, old);
            }
            Fault::Partition { fleet, server, length } => {
                let pair = Pair { fleet: fleet as u16, server: server as u16 };
                self.partition(cx, pair, length);
            }
        }
    }

    /// The instances of a fleet that have taken requests for longest.
    fn oldest(&self, fleet: usize, instances: u32) -> Vec<u32> {
        let f = &self.fleets[fleet];
        let is_up = |i: &&u32| self.instances[**i as usize].life == Life::Up;
        if f.current().fleet.serverless.is_some() {
            return f.places.iter().filter(is_up).take(instances as usize).copied().collect();
        }
        f.rotation.up().iter().take(instances as usize).copied().collect()
    }

    /// A process is gone, and replaced after a while.
    pub(in crate::model) fn lose_instance<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
    ) {
        let place = &self.instances[instance as usize];
        cx.note(Observation::InstanceStopped { fleet: place.fleet, instance: place.place });
        self.end_process(cx, instance, Cause::InstanceStopped);
        self.replace(cx, instance);
    }

    /// The host of an instance is gone without a word: its servers keep what they have of it until
    /// they find out.
    pub(in crate::model) fn lose_host<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
    ) {
        let of_it =
            |c: &crate::model::client::Conn| c.instance == instance && c.client != ClientEnd::Gone;
        let lost: Vec<_> = self.conns.iter().filter(|(_, c)| of_it(c)).map(|(id, _)| id).collect();
        for id in lost {
            let conn = &mut self.conns[id];
            conn.client = ClientEnd::Gone;
            match conn.far {
                FarEnd::Slot
                | FarEnd::Handshake
                | FarEnd::Subscribed
                | FarEnd::Blocked
                | FarEnd::Served
                | FarEnd::Queued => {
                    self.peer_dead(cx, id, cx.now);
                }
                FarEnd::Vanished => {
                    conn.far = FarEnd::Gone;
                    self.forget(id);
                }
                // A SYN under way finds nobody to answer; FIN_WAIT2 ends by itself.
                FarEnd::Unseen | FarEnd::FinWait2 | FarEnd::Gone => self.forget(id),
            }
        }
    }

    /// A request that came to an instance that stood still begins.
    pub(in crate::model) fn begin_late<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        match self.requests.get(id).map(|request| request.doing) {
            None => {}
            Some(Doing::Arriving) => self.enter_late(cx, id),
            Some(Doing::AtBulkhead) => self.admitted(cx, id),
            Some(_) => self.start(cx, id),
        }
    }

    /// Until when an instance stands still, if it does. A guest of a server is no instance.
    #[inline]
    pub(in crate::model) fn stopped_until(&self, instance: u32, now: SimTime) -> Option<SimTime> {
        let until = self.instances.get(instance as usize)?.stopped_until;
        (until > now).then_some(until)
    }

    /// Whether `event` is the doing of an instance that stands still; it is then put off until the
    /// instance goes on. What its kernel does, and what is under way, is not.
    #[cold]
    pub(in crate::model) fn stands_still<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        event: Event,
    ) -> bool {
        let mut rank = Rank::DELIVERY;
        let instance = match event {
            Event::WorkDone { request }
            | Event::Released { request, .. }
            | Event::Retry { request }
            | Event::Begin { request }
            | Event::Computed { request, .. }
            | Event::GuardDue { request, .. }
            | Event::Replied { request, .. }
            | Event::Paced { request } => self.requests.get(request).map(|r| r.instance),
            Event::DialGivenUp { conn }
            | Event::GivenUp { conn }
            | Event::Secured { conn }
            | Event::Greeted { conn }
            | Event::PoolHears { conn }
            | Event::Reclaim { conn } => self.conns.get(conn).map(|c| c.instance),
            Event::CheckoutDue { instance, number, .. }
            | Event::Woken { instance, number, .. }
            | Event::PoolReap { instance, number, .. }
            | Event::PoolTimer { instance, number, .. } => {
                rank = Rank::TIMEOUT;
                self.is_current(instance, number).then_some(instance)
            }
            Event::Redial { instance, number, .. }
            | Event::SharedRedial { instance, number, .. }
            | Event::DialAgain { instance, number, .. }
            | Event::WorkerRested { instance, number, .. }
            | Event::Probe { instance, number, .. } => {
                self.is_current(instance, number).then_some(instance)
            }
            _ => None,
        };
        let Some(place) = instance else { return false };
        let Some(until) = self.stopped_until(place, cx.now) else { return false };
        if until == SimTime::NEVER {
            self.park(place, event, cx.now);
            return true;
        }
        // Those two are out of date at any instant but the one they were put down for.
        match event {
            Event::CheckoutDue { instance, through, .. } => {
                let due = &mut self.instances[instance as usize].pool(through).checkout_due;
                *due = due.map(|at| if at == cx.now { until } else { at });
            }
            Event::PoolReap { instance, through, .. } => {
                let due = &mut self.instances[instance as usize].pool(through).reap_due;
                *due = due.map(|at| if at == cx.now { until } else { at });
            }
            Event::PoolTimer { instance, through, .. } => {
                let due = &mut self.manners_of(instance, through).timer_due;
                *due = due.map(|at| if at == cx.now { until } else { at });
            }
            _ => {}
        }
        cx.agenda.at(until, rank, event);
        true
    }
}
