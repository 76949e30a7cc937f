//! Deploys: which instances are replaced when, and which are there at the same time.
//!
//! # Source
//!
//! Kubernetes `pkg/controller/deployment/rolling.go` and `recreate.go`: at most so many above the
//! size, at most so many below; who drains is counted in neither.

use crate::engine::{Observer, Rank};
use crate::model::client::{Fleet, Instance, Life};
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{Replacing, Rollout};
use crate::units::{SimTime, Span};

/// A deploy under way, or done.
#[derive(Clone, Debug)]
pub struct Deploy {
    /// The places still to replace and the processes there, the next one last; after the switch of
    /// blue and green those that are kept.
    left: Vec<(u32, u32)>,
    rollout: Rollout,
    /// The version before it.
    from: u16,
    /// The next batch, or the next stage, is not before this.
    next_at: SimTime,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Instances are replaced, or get ready to.
    Replacing,
    /// The new ones have the requests, the old ones are kept.
    Switched,
    /// Nothing is left to do.
    Done,
}

/// The part of an instance in a deploy: a new one is on its way, or an old one whose successor is
/// due when it has stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The number of the deploy.
    pub deploy: u32,
    /// The place and the number of the process that drains once this one takes requests.
    pub old: Option<(u32, u32)>,
}

impl Fleet {
    /// The version that an instance gets which no deploy has asked for: until blue and green are
    /// switched the one before.
    pub fn version_to_start(&self) -> u16 {
        match self.deploys.last() {
            Some(deploy) if deploy.is_before_switch() => deploy.from,
            _ => self.plan,
        }
    }

    /// Whether a new instance of a deploy waits for the switch.
    pub(in crate::model::client) fn waits_for_switch(&self, part: Part) -> bool {
        self.deploys[part.deploy as usize].is_before_switch()
    }
}

impl Deploy {
    /// How long a replaced instance may finish its requests.
    pub fn drain(&self) -> Span {
        self.rollout.drain
    }

    fn is_before_switch(&self) -> bool {
        matches!(self.rollout.how, Replacing::BlueGreen { .. }) && self.stage == Stage::Replacing
    }
}

impl World {
    /// A deploy begins; a later deploy, or a rollback, takes over from one under way.
    pub(in crate::model) fn begin_deploy<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        fleet: u16,
        from: u16,
        rollout: Rollout,
    ) {
        if self.fleets[usize::from(fleet)].current().fleet.serverless.is_some() {
            self.renew(cx, fleet);
            return cx.note(Observation::Deployed { fleet });
        }
        let from = match self.fleets[usize::from(fleet)].deploys.last() {
            Some(last) if last.is_before_switch() => last.from,
            _ => from,
        };
        self.give_up_switch(cx, fleet, rollout.drain);
        let mut left: Vec<(u32, u32)> = self.size_of(fleet);
        left.retain(|(i, _)| self.instances[*i as usize].life != Life::Draining);
        left.reverse();
        let (number, size) = (self.fleets[usize::from(fleet)].deploys.len() as u32, left.len());
        let deploy = Deploy { left, rollout, from, next_at: cx.now, stage: Stage::Replacing };
        self.fleets[usize::from(fleet)].deploys.push(deploy);
        let part = Part { deploy: number, old: None };
        match rollout.how {
            Replacing::Rolling { .. } => self.deploy_next(cx, fleet, number),
            Replacing::BlueGreen { .. } => {
                (0..size).for_each(|_| self.start_part(cx, fleet, part));
            }
            Replacing::Recreate => {
                let f = &mut self.fleets[usize::from(fleet)];
                let left = std::mem::take(&mut f.deploys[number as usize].left);
                for (old, _) in left.into_iter().rev() {
                    self.drain_for(cx, old, part);
                }
            }
        }
    }

    /// New instances that wait for a switch which will not come stop.
    fn give_up_switch<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        fleet: u16,
        drain: Span,
    ) {
        let f = &self.fleets[usize::from(fleet)];
        let waits = |i: &Instance| i.part.is_some_and(|part| f.waits_for_switch(part));
        let places = f.places.iter().copied();
        let new: Vec<u32> = places.filter(|i| waits(&self.instances[*i as usize])).collect();
        for place in new {
            self.instances[place as usize].part = None;
            self.drain(cx, place, drain);
        }
        if let Some(last) = self.fleets[usize::from(fleet)].deploys.last_mut()
            && last.is_before_switch()
        {
            last.stage = Stage::Done;
        }
    }

    /// A new instance of a deploy starts.
    fn start_part<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, fleet: u16, part: Part) {
        let place = self.free_place(fleet);
        let f = &self.fleets[usize::from(fleet)];
        let (version, wait) = (f.plan, f.current().fleet.process.start_after);
        self.start_instance(cx, place, version, wait, Some(part));
    }

    /// An old instance drains; its successor starts when it has stopped.
    fn drain_for<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, old: u32, part: Part) {
        let fleet = self.instances[old as usize].fleet;
        let drain = self.fleets[usize::from(fleet)].deploys[part.deploy as usize].rollout.drain;
        self.drain(cx, old, drain);
        self.instances[old as usize].part = Some(part);
    }

    /// Something is due in a deploy.
    pub(in crate::model) fn deploy_next<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        fleet: u16,
        deploy: u32,
    ) {
        let deploys = &self.fleets[usize::from(fleet)].deploys;
        let is_last = deploy as usize + 1 == deploys.len();
        let Deploy { rollout, stage, next_at, .. } = deploys[deploy as usize];
        if cx.now < next_at {
            return;
        }
        match (rollout.how, stage) {
            (Replacing::Rolling { .. }, Stage::Replacing) if is_last => self.roll(cx, fleet),
            (Replacing::BlueGreen { keep, .. }, Stage::Replacing)
                if is_last && self.starting_in(fleet, deploy) == 0 =>
            {
                self.switch(cx, fleet, deploy, keep);
            }
            (Replacing::BlueGreen { .. }, Stage::Switched) => self.let_kept_go(cx, fleet, deploy),
            _ => {}
        }
    }

    /// A new instance of a deploy takes requests, waits for the switch, or will not come.
    pub(in crate::model::client) fn deploy_goes_on<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        fleet: u16,
        deploy: u32,
    ) {
        let nobody_starts = self.starting_in(fleet, deploy) == 0;
        let d = &mut self.fleets[usize::from(fleet)].deploys[deploy as usize];
        let event = Event::DeployNext { fleet, deploy };
        match (d.rollout.how, d.stage) {
            (Replacing::Rolling { .. }, Stage::Replacing) if d.next_at <= cx.now => {
                cx.agenda.at(cx.now, Rank::DELIVERY, event);
            }
            (Replacing::BlueGreen { switch_after, .. }, Stage::Replacing) if nobody_starts => {
                d.next_at = cx.now + switch_after;
                cx.agenda.at(d.next_at, Rank::DELIVERY, event);
            }
            (Replacing::Recreate, Stage::Replacing) if nobody_starts => {
                d.stage = Stage::Done;
                cx.note(Observation::Deployed { fleet });
            }
            _ => {}
        }
    }

    /// The next batch of a rolling deploy. Places that were given up or have a new process since are
    /// passed over.
    fn roll<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, fleet: u16) {
        let (instances, f) = (&self.instances, &mut self.fleets[usize::from(fleet)]);
        let deploy = f.deploys.len() as u32 - 1;
        let under_way = |i: &u32| instances[*i as usize].part.filter(|part| part.deploy == deploy);
        let under_way = f.places.iter().filter_map(under_way);
        let (beside, instead): (Vec<_>, Vec<_>) = under_way.partition(|part| part.old.is_some());
        let d = &mut f.deploys[deploy as usize];
        let is_left = |(i, number): &(u32, u32)| {
            let place = &instances[*i as usize];
            place.number == *number && matches!(place.life, Life::Up | Life::Starting)
        };
        d.left.retain(is_left);
        if d.left.is_empty() {
            if beside.is_empty() && instead.is_empty() {
                d.stage = Stage::Done;
                cx.note(Observation::Deployed { fleet });
            }
            return;
        }
        let Replacing::Rolling { surge, unavailable } = d.rollout.how else { return };
        let room = |most: u32, now: usize| (most as usize).saturating_sub(now);
        let beside = room(surge, beside.len()).min(d.left.len());
        let instead = room(unavailable, instead.len()).min(d.left.len() - beside);
        if beside + instead == 0 {
            return;
        }
        let mut batch = d.left.split_off(d.left.len() - beside - instead);
        d.next_at = cx.now + d.rollout.every;
        cx.agenda.at(d.next_at, Rank::CHANGE, Event::DeployNext { fleet, deploy });
        for (old, _) in batch.drain(..instead).rev() {
            self.drain_for(cx, old, Part { deploy, old: None });
        }
        for old in batch.into_iter().rev() {
            self.start_part(cx, fleet, Part { deploy, old: Some(old) });
        }
    }

    /// All requests go to the new instances; the old ones stay for `keep`.
    fn switch<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        fleet: u16,
        deploy: u32,
        keep: Span,
    ) {
        let f = &mut self.fleets[usize::from(fleet)];
        let is_new = |i: &Instance| i.part.is_some_and(|part| part.deploy == deploy);
        let (mut kept, mut starting) = (Vec::new(), Vec::new());
        f.rotation.clear();
        for index in &f.places {
            let place = &mut self.instances[*index as usize];
            match place.life {
                Life::Standby if is_new(place) => {
                    (place.life, place.since, place.part) = (Life::Up, cx.now, None);
                    place.up_at = cx.now;
                    f.rotation.enter(*index);
                    cx.note(Observation::InstanceUp { fleet, instance: place.place });
                }
                Life::Up => {
                    (place.life, place.since) = (Life::Standby, cx.now);
                    kept.push((*index, place.number));
                }
                Life::Starting => starting.push(*index),
                _ => {}
            }
        }
        let (size, d) = (f.size, &mut f.deploys[deploy as usize]);
        (d.left, d.stage, d.next_at) = (kept, Stage::Switched, cx.now + keep);
        let drain = d.rollout.drain;
        cx.agenda.at(d.next_at, Rank::DELIVERY, Event::DeployNext { fleet, deploy });
        for place in starting {
            self.instances[place as usize].part = None;
            self.drain(cx, place, drain);
        }
        self.scale(cx, fleet, size, drain);
    }

    /// The old instances have been kept long enough.
    fn let_kept_go<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        fleet: u16,
        deploy: u32,
    ) {
        let d = &mut self.fleets[usize::from(fleet)].deploys[deploy as usize];
        d.stage = Stage::Done;
        let (kept, drain) = (std::mem::take(&mut d.left), d.rollout.drain);
        for (old, number) in kept {
            if self.is_current(old, number) {
                self.drain(cx, old, drain);
            }
        }
        cx.note(Observation::Deployed { fleet });
    }

    /// An old instance has stopped whose successor was waiting for that.
    pub(in crate::model::client) fn succeed<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        fleet: u16,
        part: Part,
    ) {
        let f = &self.fleets[usize::from(fleet)];
        if f.deploys[part.deploy as usize].rollout.how != Replacing::Recreate {
            return self.start_part(cx, fleet, part);
        }
        let of_it = |i: &&u32| self.instances[**i as usize].part == Some(part);
        if f.places.iter().any(|i| of_it(&i)) {
            return;
        }
        let there = self.size_of(fleet).len();
        for _ in there..self.fleets[usize::from(fleet)].size as usize {
            self.start_part(cx, fleet, part);
        }
    }

    /// Whether another instance is on its way in place of this one, which has died; it has nobody to
    /// replace any more.
    pub(in crate::model::client) fn is_replaced_anyway(
        &mut self,
        fleet: u16,
        old: (u32, u32),
    ) -> bool {
        let f = &self.fleets[usize::from(fleet)];
        if f.deploys.is_empty() {
            return false;
        }
        let replaces =
            |i: &&u32| self.instances[**i as usize].part.is_some_and(|part| part.old == Some(old));
        f.places.iter().any(|i| replaces(&i))
    }

    /// How many new instances of a deploy do not take requests yet, nor wait for the switch.
    fn starting_in(&self, fleet: u16, deploy: u32) -> usize {
        let places = self.fleets[usize::from(fleet)].places.iter();
        let starts = |i: &&u32| {
            let place = &self.instances[**i as usize];
            place.life == Life::Starting && place.part.is_some_and(|part| part.deploy == deploy)
        };
        places.filter(starts).count()
    }

    /// The places, with the number of the process there, that make up the size of a fleet: those that
    /// take requests or soon will, and those whose successor soon will; not those that are to be
    /// replaced by one of these, nor new ones before the switch.
    pub(in crate::model::client) fn size_of(&self, fleet: u16) -> Vec<(u32, u32)> {
        let f = &self.fleets[usize::from(fleet)];
        let part = |i: u32| self.instances[i as usize].part;
        let replaced: Vec<(u32, u32)> = f.places.iter().filter_map(|i| part(*i)?.old).collect();
        let counts = |place: &Instance| match place.life {
            Life::Up => true,
            Life::Starting => !place.part.is_some_and(|part| f.waits_for_switch(part)),
            Life::Draining => place.part.is_some(),
            Life::Down | Life::Standby => false,
        };
        let of = |i: &u32| (*i, self.instances[*i as usize].number);
        let places = f.places.iter().filter(|i| counts(&self.instances[**i as usize]));
        places.map(of).filter(|place| !replaced.contains(place)).collect()
    }
}
