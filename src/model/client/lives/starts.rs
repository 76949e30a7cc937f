//! Processes that need connections before they take requests, and end when they cannot get them.

use crate::engine::{Observer, Rank};
use crate::model::client::{Conn, Life, Way};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::Cause;

impl World {
    /// A process opens the connections that its pools, and shared ones, keep ahead of need; false when there are none.
    pub(in crate::model::client) fn open_first<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
    ) -> bool {
        let place = &mut self.instances[instance as usize];
        let plan = &self.fleets[usize::from(place.fleet)].plans[usize::from(place.plan)];
        let used = |through: usize| {
            let mut calls = plan.all_calls.clone().map(|call| &self.calls[call as usize]);
            calls.any(|call| usize::from(call.through) == through)
        };
        let min = |(through, way): (usize, &Way)| match way {
            Way::Pool(pool) if used(through) => pool.settings.min,
            Way::Shared(shared) if used(through) => shared.opens_first(),
            _ => 0,
        };
        let wanted = place.ways.iter().enumerate().map(min).sum();
        if wanted == 0 || place.opening > 0 {
            return wanted > 0;
        }
        place.opening = wanted;
        self.opening += 1;
        let at = cx.now + place.process.start.give_up_after;
        let event = Event::StartFailed { instance, number: place.number };
        cx.agenda.at(at, Rank::TIMEOUT, event);
        self.fill(cx, instance);
        true
    }

    /// A connection was admitted: with the last one that its process needs the process takes
    /// requests, once it has heard of it.
    #[cold]
    #[inline(never)]
    pub(in crate::model) fn opened_first<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
    ) {
        let conn = &self.conns[id];
        let (instance, pair) = (conn.instance, conn.pair());
        let Some(place) = self.instances.get_mut(instance as usize) else { return };
        if conn.guest().is_some() || usize::from(conn.fleet) >= self.fleets.len() {
            return;
        }
        if place.opening == 0 {
            return;
        }
        place.opening -= 1;
        if place.opening == 0 {
            place.opened = true;
            self.opening -= 1;
            let event = Event::InstanceUp { instance, number: place.number };
            self.path.send(pair, 1, cx.agenda, event);
        }
    }

    /// A dial failed, or the server closed a connection: whoever needs it before it takes requests
    /// ends.
    #[cold]
    #[inline(never)]
    pub(in crate::model::client) fn opening_failed<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
    ) {
        let place = &self.instances[instance as usize];
        if place.opening > 0 {
            let event = Event::StartFailed { instance, number: place.number };
            cx.agenda.at(cx.now, Rank::DELIVERY, event);
        }
    }

    /// A process ends because it has not got the connections it needs, and is started again.
    pub(in crate::model) fn start_failed<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
    ) {
        let place = &self.instances[instance as usize];
        if place.opening == 0 || place.life != Life::Starting {
            return;
        }
        cx.note(Observation::StartFailed { fleet: place.fleet, instance: place.place });
        self.end_process(cx, instance, Cause::InstanceStopped);
        self.replace(cx, instance);
    }

    /// A process that has ended opens nothing more.
    pub(in crate::model::client) fn end_of_opening(&mut self, instance: u32) {
        let place = &mut self.instances[instance as usize];
        if std::mem::take(&mut place.opening) > 0 {
            self.opening -= 1;
        }
    }
}
