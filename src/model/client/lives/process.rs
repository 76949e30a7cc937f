//! Instances live and die: start, memory, kill, replacement, deploy, scale.

use crate::engine::{Observer, Rank};
use crate::model::client::{Bulkhead, ClientEnd, Conn, Instance, Life, Part, Request};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::Cause;
use crate::units::Span;

/// No process is replaced faster: one that dies at its start must not hold up the clock.
pub(in crate::model::client) const RESTART_AT_LEAST: Span = Span::from_ns(1_000_000);

impl World {
    /// Adds to an instance's memory; at the limit its death goes on the agenda.
    #[inline]
    pub(in crate::model) fn charge<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        bytes: u64,
    ) {
        let place = &mut self.instances[instance as usize];
        place.memory = place.memory.saturating_add(bytes);
        if place.memory > place.process.memory_limit.0 && !place.doomed {
            place.doomed = true;
            let event = Event::OutOfMemory { instance, number: place.number };
            cx.agenda.at(cx.now, Rank::DELIVERY, event);
        }
    }

    /// Starts a process at `instance`; it takes requests after `wait`.
    pub(in crate::model) fn start_instance<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        version: u16,
        wait: Span,
        part: Option<Part>,
    ) {
        let fleet = self.instances[instance as usize].fleet;
        let servers = self.servers.len();
        let f = &mut self.fleets[usize::from(fleet)];
        f.free.remove(&instance);
        let settings = &f.plans[usize::from(version)].fleet;
        let place = &mut self.instances[instance as usize];
        place.start(settings, version, servers, cx.now, self.tw_buckets);
        place.part = part;
        let number = place.number;
        self.set_cores(cx, instance);
        if wait.is_zero() {
            self.instance_up(cx, instance);
        } else {
            let event = Event::InstanceUp { instance, number };
            cx.agenda.at(cx.now + wait, Rank::DELIVERY, event);
        }
    }

    /// An instance begins to take requests, with the connections it keeps open.
    pub(in crate::model) fn instance_up<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
    ) {
        let fleet = self.instances[instance as usize].fleet;
        let place = &mut self.instances[instance as usize];
        if place.life != Life::Starting {
            return;
        }
        let needs = place.process.start.needs_connections && !place.opened;
        if needs && self.open_first(cx, instance) {
            return;
        }
        let f = &mut self.fleets[usize::from(fleet)];
        let place = &mut self.instances[instance as usize];
        if place.alone {
            return self.alone_up(cx, instance);
        }
        let opened = place.opened;
        place.since = cx.now;
        let part = place.part;
        if part.is_some_and(|part| f.waits_for_switch(part)) {
            place.life = Life::Standby;
        } else {
            (place.life, place.up_at) = (Life::Up, cx.now);
            place.part = None;
            f.rotation.enter(instance);
            cx.note(Observation::InstanceUp { fleet, instance: place.place });
        }
        if !opened {
            self.fill(cx, instance);
        }
        let Some(part) = part else { return };
        if let Some((old, _)) = part.old.filter(|(i, n)| self.is_current(*i, *n)) {
            let drain = self.fleets[usize::from(fleet)].deploys[part.deploy as usize].drain();
            self.drain(cx, old, drain);
        }
        self.deploy_goes_on(cx, fleet, part.deploy);
    }

    /// The memory of an instance is over its limit: SIGKILL, and a replacement after a while.
    pub(in crate::model) fn out_of_memory<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
    ) {
        let fleet = self.instances[instance as usize].fleet;
        let place = &mut self.instances[instance as usize];
        place.doomed = false;
        if place.memory <= place.process.memory_limit.0 {
            return;
        }
        let (life, part) = (place.life, place.part);
        cx.note(Observation::OomKilled { fleet, instance: place.place });
        self.end_process(cx, instance, Cause::Oom);
        match (life, part) {
            (Life::Draining, Some(part)) => self.gone(cx, instance, part),
            // Those that were kept after a switch are not missed.
            (Life::Draining | Life::Standby, None) => {}
            _ => self.replace(cx, instance),
        }
    }

    /// A replacement takes requests after a while.
    pub(in crate::model) fn replace<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
    ) {
        let place = &self.instances[instance as usize];
        let (fleet, number, part) = (place.fleet, place.number, place.part);
        if place.alone {
            return self.lost_alone(cx, instance);
        }
        if self.is_replaced_anyway(fleet, (instance, number)) {
            return;
        }
        let f = &self.fleets[usize::from(fleet)];
        let place = &mut self.instances[instance as usize];
        place.deaths = place.deaths.saturating_add(1);
        // A new instance of a deploy is one also when it starts again.
        let version = if part.is_some() { f.plan } else { f.version_to_start() };
        let process = &f.plans[usize::from(version)].fleet.process;
        let more = process.backoff.map_or(Span::ZERO, |backoff| backoff.after(place.deaths));
        let wait = process.restart_after.max(RESTART_AT_LEAST) + more;
        self.start_instance(cx, instance, version, wait, part);
    }

    /// An instance has stopped that had a part in a deploy: its successor may start.
    fn gone<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, instance: u32, part: Part) {
        let place = &mut self.instances[instance as usize];
        place.part = None;
        let fleet = place.fleet;
        self.succeed(cx, fleet, part);
    }

    /// A drained instance stops, whatever is left.
    pub(in crate::model) fn stop_instance<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
    ) {
        let fleet = self.instances[instance as usize].fleet;
        let Instance { place, part, .. } = self.instances[instance as usize];
        cx.note(Observation::InstanceStopped { fleet, instance: place });
        self.end_process(cx, instance, Cause::InstanceStopped);
        if let Some(part) = part {
            self.gone(cx, instance, part);
        }
        if self.instances[instance as usize].alone {
            self.provision(cx, fleet);
        }
    }

    /// The kernel closes everything a process had; its requests fail.
    pub(in crate::model) fn end_process<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        cause: Cause,
    ) {
        let fleet = self.instances[instance as usize].fleet;
        let f = &mut self.fleets[usize::from(fleet)];
        f.rotation.leave(instance);
        f.free.insert(instance);
        self.end_of_opening(instance);
        let place = &mut self.instances[instance as usize];
        place.end_of_life(cx.now);
        // Nobody is let through any more while the others end.
        place.guards.bulkheads.iter_mut().for_each(Bulkhead::send_away);
        let alone = u32::from(place.alone);
        self.fleets[usize::from(fleet)].warm.there -= alone;
        let of_it = |c: &Conn| c.instance == instance;
        let conns: Vec<Id<Conn>> = self
            .conns
            .iter()
            .filter(|(_, c)| of_it(c) && c.client != ClientEnd::Gone)
            .map(|(id, _)| id)
            .collect();
        for id in conns {
            self.close(cx, id);
        }
        let requests: Vec<Id<Request>> = self
            .requests
            .iter()
            .filter(|(_, r)| r.instance == instance)
            .map(|(id, _)| id)
            .collect();
        // Copies of calls first: there is nobody any more who would give them up.
        let (copies, requests): (Vec<_>, Vec<_>) =
            requests.into_iter().partition(|id| self.is_copy(*id));
        copies.into_iter().for_each(|id| self.drop_copy(id));
        for id in requests {
            self.finish(cx, id, Err(cause));
        }
        // Pools, ports and TIME_WAIT go with the process: its replacement has an address of its own.
        let place = &mut self.instances[instance as usize];
        place.ways.iter_mut().for_each(|way| *way = crate::model::client::Way::PerRequest);
        place.memory = 0;
        place.ports.clear();
    }

    /// An instance takes no more requests, finishes those it has, and stops.
    pub(in crate::model::client) fn drain<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        limit: Span,
    ) {
        let fleet = self.instances[instance as usize].fleet;
        let f = &mut self.fleets[usize::from(fleet)];
        f.rotation.leave(instance);
        let place = &mut self.instances[instance as usize];
        if matches!(place.life, Life::Down | Life::Draining) {
            return;
        }
        place.life = Life::Draining;
        place.part = None;
        place.since = cx.now;
        let wait = if place.in_flight == 0 { Span::ZERO } else { limit };
        let event = Event::InstanceStop { instance, number: place.number };
        cx.agenda.at(cx.now + wait, Rank::DELIVERY, event);
    }

    /// More or fewer instances: new ones start, the youngest are drained.
    pub(in crate::model) fn scale<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        fleet: u16,
        wanted: u32,
        drain: Span,
    ) {
        if self.fleets[usize::from(fleet)].current().fleet.serverless.is_some() {
            return self.provision(cx, fleet);
        }
        let mut places = self.size_of(fleet);
        let f = &mut self.fleets[usize::from(fleet)];
        f.size = wanted;
        let version = f.version_to_start();
        let wait = f.plans[usize::from(version)].fleet.process.start_after;
        for _ in places.len()..wanted as usize {
            let place = self.free_place(fleet);
            let wait = if cx.now.as_ns() == 0 { Span::ZERO } else { wait };
            self.start_instance(cx, place, version, wait, None);
        }
        while places.len() > wanted as usize {
            if let Some((place, _)) = places.pop() {
                self.take_away(cx, place, drain);
            }
        }
    }

    /// An instance is one too many: it drains, and with it the one it was to replace; nobody
    /// succeeds it.
    fn take_away<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        drain: Span,
    ) {
        let part = self.instances[instance as usize].part.take();
        self.drain(cx, instance, drain);
        let Some(part) = part else { return };
        if let Some((old, _)) = part.old.filter(|(i, n)| self.is_current(*i, *n)) {
            self.drain(cx, old, drain);
        }
        let fleet = self.instances[instance as usize].fleet;
        self.deploy_goes_on(cx, fleet, part.deploy);
    }

    /// A place where no process is.
    pub(in crate::model::client) fn free_place(&mut self, fleet: u16) -> u32 {
        let f = &mut self.fleets[usize::from(fleet)];
        if let Some(free) = f.free.pop_first() {
            self.instances[free as usize].deaths = 0;
            return free;
        }
        let process = &f.plans[usize::from(f.plan)].fleet.process;
        let index = self.instances.len() as u32;
        self.instances.push(Instance::new(fleet, f.places.len() as u32, process));
        f.places.push(index);
        index
    }

    /// Whether the process numbered `number` is still the one at this place.
    #[inline]
    pub(in crate::model) fn is_current(&self, instance: u32, number: u32) -> bool {
        let place = &self.instances[instance as usize];
        place.number == number && place.is_running()
    }
}
