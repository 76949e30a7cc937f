//! Instances live and die: start, memory, kill, replacement, deploy, scale.

use crate::engine::{Observer, Rank};
use crate::model::client::{ClientEnd, Conn, Instance, Life, Request, fleet::Deploy};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::Cause;
use crate::units::Span;

/// No process is replaced faster: one that dies at its start must not hold up the clock.
const RESTART_AT_LEAST: Span = Span::from_ns(1_000_000);

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
    ) {
        let fleet = self.instances[instance as usize].fleet;
        let servers = self.servers.len();
        let f = &mut self.fleets[usize::from(fleet)];
        let settings = &f.plans[usize::from(version)].fleet;
        let place = &mut self.instances[instance as usize];
        place.start(settings, version, servers, cx.now, self.tw_buckets);
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
        let f = &mut self.fleets[usize::from(fleet)];
        let place = &mut self.instances[instance as usize];
        if place.life != Life::Starting {
            return;
        }
        place.life = Life::Up;
        place.since = cx.now;
        f.up.push(instance);
        let replaced = place.replaces.take();
        cx.note(Observation::InstanceUp { fleet, instance: place.place });
        if let Some((old, _, drain)) = replaced.filter(|(i, n, _)| self.is_current(*i, *n)) {
            self.drain(cx, old, drain);
        }
        self.fill(cx, instance);
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
        let draining = place.life == Life::Draining;
        cx.note(Observation::OomKilled { fleet, instance: place.place });
        self.end_process(cx, instance, Cause::Oom);
        if !draining {
            self.replace(cx, instance);
        }
    }

    /// A replacement takes requests after a while.
    pub(in crate::model) fn replace<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
    ) {
        let fleet = self.instances[instance as usize].fleet;
        let f = &self.fleets[usize::from(fleet)];
        let wait = f.current().fleet.process.restart_after.max(RESTART_AT_LEAST);
        let version = f.plan;
        self.start_instance(cx, instance, version, wait);
    }

    /// A drained instance stops, whatever is left.
    pub(in crate::model) fn stop_instance<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
    ) {
        let fleet = self.instances[instance as usize].fleet;
        let place = self.instances[instance as usize].place;
        cx.note(Observation::InstanceStopped { fleet, instance: place });
        self.end_process(cx, instance, Cause::InstanceStopped);
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
        f.up.retain(|i| *i != instance);
        self.instances[instance as usize].life = Life::Down;
        self.instances[instance as usize].since = cx.now;
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
        place.ways.iter_mut().for_each(|way| *way = super::Way::PerRequest);
        place.memory = 0;
        place.ports.clear();
    }

    /// An instance takes no more requests, finishes those it has, and stops.
    fn drain<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, instance: u32, limit: Span) {
        let fleet = self.instances[instance as usize].fleet;
        let f = &mut self.fleets[usize::from(fleet)];
        f.up.retain(|i| *i != instance);
        let place = &mut self.instances[instance as usize];
        if !place.is_running() {
            return;
        }
        place.life = Life::Draining;
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
        let f = &self.fleets[usize::from(fleet)];
        let mut places = self.serving(fleet);
        let (version, wait) = (f.plan, f.current().fleet.process.start_after);
        while places.len() < wanted as usize {
            let place = self.free_place(fleet);
            places.push(place);
            let wait = if cx.now.as_ns() == 0 { Span::ZERO } else { wait };
            self.start_instance(cx, place, version, wait);
        }
        while places.len() > wanted as usize {
            if let Some(place) = places.pop() {
                self.drain(cx, place, drain);
            }
        }
    }

    /// A place where no process is.
    fn free_place(&mut self, fleet: u16) -> u32 {
        let f = &mut self.fleets[usize::from(fleet)];
        let free = f.places.iter().find(|i| !self.instances[**i as usize].is_running());
        if let Some(free) = free {
            return *free;
        }
        let process = &f.plans[usize::from(f.plan)].fleet.process;
        let index = self.instances.len() as u32;
        self.instances.push(Instance::new(fleet, f.places.len() as u32, process));
        f.places.push(index);
        index
    }

    /// The places of a fleet's instances that take requests, or soon will.
    fn serving(&self, fleet: u16) -> Vec<u32> {
        let life = |i: &u32| self.instances[*i as usize].life;
        let places = self.fleets[usize::from(fleet)].places.iter().copied();
        places.filter(|i| matches!(life(i), Life::Up | Life::Starting)).collect()
    }

    /// A deploy begins: the first instance is replaced now.
    pub(in crate::model) fn begin_deploy<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        fleet: u16,
        version: u16,
        every: Span,
        drain: Span,
    ) {
        let mut left = self.serving(fleet);
        left.reverse();
        let left = left.into_iter().map(|i| (i, self.instances[i as usize].number)).collect();
        let f = &mut self.fleets[usize::from(fleet)];
        f.plan = version;
        f.deploys.push(Deploy { left, every, drain });
        let deploy = f.deploys.len() as u32 - 1;
        self.deploy_next(cx, fleet, deploy);
    }

    /// The next instance of a deploy: its replacement starts first, with the settings in force, then
    /// it drains. A later deploy, or a rollback, takes over from one under way; places that were
    /// given up or have a new process since are passed over.
    pub(in crate::model) fn deploy_next<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        fleet: u16,
        deploy: u32,
    ) {
        let f = &mut self.fleets[usize::from(fleet)];
        if deploy as usize + 1 < f.deploys.len() {
            return;
        }
        let Deploy { left, every, drain } = &mut f.deploys[deploy as usize];
        let (every, drain) = (*every, *drain);
        let instances = &self.instances;
        let is_left = |(i, number): &(u32, u32)| {
            let place = &instances[*i as usize];
            place.number == *number && matches!(place.life, Life::Up | Life::Starting)
        };
        while left.last().is_some_and(|last| !is_left(last)) {
            left.pop();
        }
        let Some((old, _)) = left.pop() else {
            cx.note(Observation::Deployed { fleet });
            return;
        };
        let (version, wait) = (f.plan, f.current().fleet.process.start_after);
        let new = self.free_place(fleet);
        // The one it replaces goes on until it takes requests.
        self.start_instance(cx, new, version, wait);
        let number = self.instances[old as usize].number;
        match self.instances[new as usize].life {
            Life::Starting => self.instances[new as usize].replaces = Some((old, number, drain)),
            _ => self.drain(cx, old, drain),
        }
        cx.agenda.at(cx.now + every, Rank::CHANGE, Event::DeployNext { fleet, deploy });
    }

    /// Whether the process numbered `number` is still the one at this place.
    #[inline]
    pub(in crate::model) fn is_current(&self, instance: u32, number: u32) -> bool {
        let place = &self.instances[instance as usize];
        place.number == number && place.is_running()
    }
}
