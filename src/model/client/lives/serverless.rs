//! Serverless: every request in flight has an instance to itself, started when none is free, frozen
//! between two requests, and gone after a while without any.
//!
//! # Source
//!
//! AWS Lambda, developer guide, "Understanding the Lambda execution environment lifecycle" and
//! "Understanding Lambda function scaling": one request at a time in an environment, which is frozen
//! after it; a request beyond the concurrency is throttled; provisioned environments stay.

use std::collections::VecDeque;

use crate::engine::{Observer, Rank};
use crate::model::client::lives::process::RESTART_AT_LEAST;
use crate::model::client::{Life, Request, Way};
use crate::model::plan::sampler;
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{Cause, Serverless};
use crate::units::{SimTime, Span};

/// The instances of a fleet where every request has one to itself.
#[derive(Debug, Default)]
pub struct Warm {
    /// Those without a request, and since when. Who came free last is used first, so the one that has
    /// been free longest is at the front.
    free: VecDeque<(u32, SimTime)>,
    /// All of them: free, busy, starting.
    pub there: u32,
    /// The instant that stands on the agenda for the end of the first.
    due: Option<SimTime>,
}

impl Warm {
    /// How many are free.
    pub fn free(&self) -> usize {
        self.free.len()
    }
}

impl World {
    /// A request of a serverless fleet takes a free instance, or waits for a new one.
    #[cold]
    #[inline(never)]
    pub(in crate::model::client) fn begin_alone<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        let fleet = self.requests[id].fleet;
        let f = &mut self.fleets[usize::from(fleet)];
        let Some(settings) = &f.plans[usize::from(f.plan)].fleet.serverless else {
            return self.finish(cx, id, Err(Cause::NoInstance));
        };
        if let Some((place, _)) = f.warm.free.pop_back() {
            self.thaw(cx, place);
            self.requests[id].instance = place;
            self.occupy(cx, place);
            return self.begin_at(cx, id);
        }
        if f.warm.there >= settings.max {
            return self.finish(cx, id, Err(Cause::ConcurrencyLimit));
        }
        cx.note(Observation::ColdStart { fleet });
        let place = self.free_place(fleet);
        self.requests[id].instance = place;
        self.start_alone(cx, place, id);
    }

    /// A new instance starts, for a request or ahead of any.
    fn start_alone<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        place: u32,
        first: Id<Request>,
    ) {
        let f = &mut self.fleets[usize::from(self.instances[place as usize].fleet)];
        f.warm.there += 1;
        let Some(settings) = &f.plans[usize::from(f.plan)].fleet.serverless else { return };
        let cold = sampler(&settings.cold_start).sample(&mut f.streams.cold_start);
        let restart = f.current().fleet.process.restart_after.max(RESTART_AT_LEAST);
        let wait = match self.instances[place as usize].number {
            // Long enough for the request to be there before its instance.
            _ if !first.is_none() => cold.max(Span::from_ns(1)),
            // What is there from the start.
            0 if cx.now == SimTime::ZERO => Span::ZERO,
            _ => cold.max(restart),
        };
        let version = f.plan;
        self.start_instance(cx, place, version, wait, None);
        if !first.is_none() {
            self.instances[place as usize].first = first;
            self.occupy(cx, place);
        }
    }

    /// An instance has its request.
    fn occupy<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, place: u32) {
        let instance = &mut self.instances[place as usize];
        instance.in_flight = 1;
        let bytes = instance.process.memory_per_request.0;
        self.charge(cx, place, bytes);
    }

    /// A request begins at the instance it has to itself.
    fn begin_at<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, id: Id<Request>) {
        let Request { fleet, plan, instance, .. } = self.requests[id];
        if self.fleets[usize::from(fleet)].plans[usize::from(plan)].cold.is_some() {
            self.stretch_all(id);
        }
        if self.instances[instance as usize].process.entrance.is_watched() {
            return self.enter(cx, id);
        }
        match self.stopped_until(instance, cx.now) {
            Some(until) => cx.agenda.at(until, Rank::DELIVERY, Event::Begin { request: id }),
            None => self.start(cx, id),
        }
    }

    /// An instance is up: its request begins; without one it is free.
    pub(in crate::model::client) fn alone_up<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        place: u32,
    ) {
        let instance = &mut self.instances[place as usize];
        (instance.life, instance.up_at) = (Life::Up, cx.now);
        if !instance.opened {
            self.fill(cx, place);
        }
        let first = std::mem::replace(&mut self.instances[place as usize].first, Id::NONE);
        if self.requests.get(first).is_some_and(|request| request.instance == place) {
            self.begin_at(cx, first);
        } else if self.instances[place as usize].in_flight == 0 {
            self.came_free(cx, place);
        }
    }

    /// The request of an instance has ended.
    #[cold]
    #[inline(never)]
    pub(in crate::model::client) fn came_free<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        place: u32,
    ) {
        let instance = &mut self.instances[place as usize];
        let fleet = instance.fleet;
        let f = &mut self.fleets[usize::from(fleet)];
        if instance.plan != f.plan {
            instance.life = Life::Draining;
            let event = Event::InstanceStop { instance: place, number: instance.number };
            return cx.agenda.at(cx.now, Rank::DELIVERY, event);
        }
        f.warm.free.push_back((place, cx.now));
        instance.since = cx.now;
        let settings = f.plans[usize::from(f.plan)].fleet.serverless.as_ref();
        if settings.is_some_and(|settings| settings.frozen) {
            instance.stopped_until = SimTime::NEVER;
            self.stopped_until = SimTime::NEVER;
        }
        self.arm_retire(cx, fleet);
    }

    /// An instance goes on; what it had to do while it was frozen it does now.
    fn thaw<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, place: u32) {
        let instance = &mut self.instances[place as usize];
        instance.stopped_until = SimTime::ZERO;
        for event in std::mem::take(&mut instance.parked) {
            let mut rank = Rank::DELIVERY;
            if let Event::PoolReap { through, .. }
            | Event::CheckoutDue { through, .. }
            | Event::PoolTimer { through, .. } = event
                && let Way::Pool(pool) = &mut instance.ways[usize::from(through)]
            {
                rank = Rank::TIMEOUT;
                match (event, &mut pool.manners) {
                    (Event::PoolReap { .. }, _) => pool.reap_due = Some(cx.now),
                    (Event::PoolTimer { .. }, Some(manners)) => {
                        manners.timer_due = Some(cx.now);
                    }
                    (Event::PoolTimer { .. }, None) => {}
                    _ => pool.checkout_due = Some(cx.now),
                }
            }
            cx.agenda.at(cx.now, rank, event);
        }
    }

    /// Something is due at a frozen instance: it waits there, unless it is out of date.
    pub(in crate::model::client) fn park(&mut self, place: u32, event: Event, now: SimTime) {
        let instance = &mut self.instances[place as usize];
        let due = match event {
            Event::PoolReap { through, .. } => instance.pool(through).reap_due,
            Event::CheckoutDue { through, .. } => instance.pool(through).checkout_due,
            Event::PoolTimer { through, .. } => {
                instance.pool(through).manners.as_ref().and_then(|manners| manners.timer_due)
            }
            _ => Some(now),
        };
        if due == Some(now) {
            instance.parked.push(event);
        }
    }

    /// Puts the end of the instance that has been free longest on the agenda.
    fn arm_retire<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, fleet: u16) {
        let f = &mut self.fleets[usize::from(fleet)];
        let Some(settings) = &f.plans[usize::from(f.plan)].fleet.serverless else { return };
        let Some((_, since)) = f.warm.free.front() else { return };
        if f.warm.due.is_some() || f.warm.there <= settings.provisioned {
            return;
        }
        let at = (*since + settings.keep).max(cx.now);
        f.warm.due = Some(at);
        cx.agenda.at(at, Rank::TIMEOUT, Event::Retire { fleet });
    }

    /// Instances that have been free for long enough end.
    pub(in crate::model) fn retire<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        fleet: u16,
    ) {
        let f = &mut self.fleets[usize::from(fleet)];
        if f.warm.due != Some(cx.now) {
            return;
        }
        f.warm.due = None;
        let settings = f.plans[usize::from(f.plan)].fleet.serverless.as_ref();
        let Some(&Serverless { keep, provisioned, .. }) = settings else { return };
        loop {
            let warm = &mut self.fleets[usize::from(fleet)].warm;
            let is_due = |(_, since): &&(u32, SimTime)| *since + keep <= cx.now;
            if warm.there <= provisioned || warm.free.front().filter(is_due).is_none() {
                break;
            }
            if let Some((place, _)) = warm.free.pop_front() {
                self.end_alone(cx, place);
            }
        }
        self.arm_retire(cx, fleet);
    }

    /// A free instance ends: a frozen one without a word to anybody.
    fn end_alone<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, place: u32) {
        let instance = &self.instances[place as usize];
        if instance.stopped_until == SimTime::NEVER {
            self.lose_host(cx, place);
        }
        self.end_process(cx, place, Cause::InstanceStopped);
    }

    /// An instance has died. It is not started again; those that are to be there always are.
    pub(in crate::model::client) fn lost_alone<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        place: u32,
    ) {
        let fleet = self.instances[place as usize].fleet;
        self.fleets[usize::from(fleet)].warm.free.retain(|(free, _)| *free != place);
        self.provision(cx, fleet);
    }

    /// Starts what is missing of the instances that are to be there always.
    pub(in crate::model) fn provision<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        fleet: u16,
    ) {
        let f = &self.fleets[usize::from(fleet)];
        let settings = f.plans[usize::from(f.plan)].fleet.serverless.as_ref();
        let wanted = settings.map_or(0, |settings| settings.provisioned);
        for _ in f.warm.there..wanted {
            let place = self.free_place(fleet);
            self.start_alone(cx, place, Id::NONE);
        }
    }

    /// Other settings hold for new instances from now on: free ones that run those of before end, busy
    /// ones when their request has.
    pub(in crate::model) fn renew<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        fleet: u16,
    ) {
        let f = &mut self.fleets[usize::from(fleet)];
        let version = f.plan;
        let (old, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut f.warm.free)
            .into_iter()
            .partition(|(place, _)| self.instances[*place as usize].plan != version);
        f.warm.free.extend(kept);
        for (place, _) in old {
            self.end_alone(cx, place);
        }
        self.provision(cx, fleet);
        self.fleets[usize::from(fleet)].warm.due = None;
        self.arm_retire(cx, fleet);
    }

    /// How many instances of a fleet are there, and how many of them are free, counted one by one.
    pub(in crate::model) fn count_alone(&self, fleet: usize) -> (u32, usize) {
        let f = &self.fleets[fleet];
        if f.current().fleet.serverless.is_none() {
            return (0, 0);
        }
        let running = f.places.iter().map(|i| &self.instances[*i as usize]);
        let running: Vec<_> = running.filter(|i| i.is_running()).collect();
        let free = |i: &&&crate::model::client::Instance| i.life == Life::Up && i.in_flight == 0;
        (running.len() as u32, running.iter().filter(free).count())
    }
}
