//! Health checks: the balancer asks every instance now and then, and passes by those that do not
//! answer. A check is a request of the instance's like any other, but for the balancer's eyes alone.

use crate::engine::{Observer, Rank};
use crate::model::client::{Fleet, Life, Request};
use crate::model::load::visitors::Visit;
use crate::model::plan::Calls;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{self, Check, Dist, Health, Leak, Retry, Step, Strategy};
use crate::units::Span;

/// The health checks of a fleet.
#[derive(Debug, Default)]
pub struct Checks {
    /// The settings; without any, everybody counts as healthy.
    settings: Option<Health>,
    /// Counts the times they were set anew: a round of earlier ones is out of date.
    clock: u32,
    /// Checks in flight that are requests.
    pub in_flight: u32,
}

/// What is known of the health of an instance.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fitness {
    /// It counts as unhealthy.
    pub unhealthy: bool,
    /// Checks in a row that say otherwise.
    against: u32,
}

impl Fitness {
    /// A check has passed, or not: whether the instance counts as the other from now on.
    fn learn(&mut self, passed: bool, health: &Health) -> bool {
        if passed != self.unhealthy {
            self.against = 0;
            return false;
        }
        self.against += 1;
        let needed = if passed { health.healthy_after } else { health.unhealthy_after };
        let turns = self.against >= needed;
        if turns {
            *self = Fitness { unhealthy: !passed, against: 0 };
        }
        turns
    }
}

impl World {
    /// From now on a fleet's instances are checked like this; the first time after one period.
    pub(in crate::model) fn set_checks<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        fleet: u16,
        settings: Option<Health>,
    ) {
        let f = &mut self.fleets[usize::from(fleet)];
        f.checks.settings = settings;
        f.checks.clock += 1;
        f.rotation.fail_open(settings.map(|health| health.fail_open));
        match settings {
            Some(health) => {
                let event = Event::HealthRound { fleet, clock: f.checks.clock };
                cx.agenda.at(cx.now + health.every, Rank::DELIVERY, event);
            }
            None => {
                for place in &f.places {
                    self.instances[*place as usize].fitness = Fitness::default();
                }
            }
        }
    }

    /// Every instance that is up is checked.
    pub(in crate::model) fn health_round<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        fleet: u16,
        clock: u32,
    ) {
        let f = &self.fleets[usize::from(fleet)];
        let (Some(health), true) = (f.checks.settings, f.checks.clock == clock) else { return };
        cx.agenda.at(cx.now + health.every, Rank::DELIVERY, Event::HealthRound { fleet, clock });
        for instance in f.rotation.up().to_vec() {
            match health.what {
                Check::Process => self.look_at_process(cx, instance, health.timeout),
                Check::Request | Check::Server => self.ask(cx, instance, &health),
            }
        }
    }

    /// A process answers at once, unless it stands still.
    fn look_at_process<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        timeout: Span,
    ) {
        let number = self.instances[instance as usize].number;
        let latest = cx.now + timeout;
        let Some(until) = self.stopped_until(instance, cx.now) else {
            return self.checked(cx, instance, number, true);
        };
        let event = Event::Checked { instance, number, passed: until <= latest };
        cx.agenda.at(until.min(latest), Rank::TIMEOUT, event);
    }

    /// A check goes to an instance as a request. It draws no random numbers.
    fn ask<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        health: &Health,
    ) {
        let place = &self.instances[instance as usize];
        let (fleet, number, version) = (place.fleet, place.number, place.plan);
        let f = &mut self.fleets[usize::from(fleet)];
        let plan = f.check_plan(version, health.what, &mut self.calls);
        let request = Request::new(fleet, plan, instance, cx.now, Visit::check(number));
        let id = self.requests.insert(request);
        f.draw(plan, id.index());
        f.checks.in_flight += 1;
        self.instances[instance as usize].in_flight += 1;
        let place = &self.instances[instance as usize];
        f.rotation.load_changed(instance, place);
        cx.agenda.at(cx.now + health.timeout, Rank::TIMEOUT, Event::Impatient { request: id });
        self.arrive(cx, id);
    }

    /// A check of a process has passed, or not.
    pub(in crate::model) fn checked<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        number: u32,
        passed: bool,
    ) {
        let place = &mut self.instances[instance as usize];
        let fleet = place.fleet;
        let f = &mut self.fleets[usize::from(fleet)];
        let (Some(health), true) = (f.checks.settings, place.life == Life::Up) else { return };
        if place.number != number || !place.fitness.learn(passed, &health) {
            return;
        }
        f.rotation.look_again();
        let (instance_number, unhealthy) = (place.place, place.fitness.unhealthy);
        cx.note(match unhealthy {
            true => Observation::Unhealthy { fleet, instance: instance_number },
            false => Observation::Healthy { fleet, instance: instance_number },
        });
        if unhealthy && health.replace {
            // Not from here: a request of the process may be in the middle of something.
            cx.agenda.at(cx.now, Rank::DELIVERY, Event::Unfit { instance, number });
        }
    }
}

impl Fleet {
    /// The version under which checks go their way at an instance of version `version`.
    fn check_plan(&mut self, version: u16, what: Check, calls: &mut Calls) -> u16 {
        let plan = &self.plans[usize::from(version)];
        if let Some((_, check)) = plan.check.filter(|(known, _)| *known == what) {
            return check;
        }
        let settings = settings_of_check(&plan.fleet, what);
        let check = self.compile(&settings, calls);
        self.plans[usize::from(version)].check = Some((what, check));
        check
    }
}

/// The settings under which a check of a fleet goes its way.
fn settings_of_check(fleet: &scenario::Fleet, what: Check) -> scenario::Fleet {
    let calls = scenario::calls(&fleet.steps);
    let call = calls.first().filter(|_| what == Check::Server).map(|made| made.call);
    let one_command = |call: &scenario::Call| scenario::Call {
        commands: 1,
        hold: Dist::Constant(Span::ZERO),
        holding: Vec::new(),
        cost: None,
        blocking: None,
        subscribe: false,
        ..call.clone()
    };
    let mut check = fleet.clone();
    check.steps = call.into_iter().map(|call| Step::Call(one_command(call))).collect();
    check.retry = Retry::None;
    check.guards.hedge = None;
    for way in &mut check.connections {
        match &mut way.strategy {
            Strategy::PerRequest { leak, .. } => *leak = Leak::NONE,
            Strategy::Pooled(pool) => pool.leak = Leak::NONE,
            Strategy::Shared { .. } => {}
        }
    }
    check
}
