//! The life of a request: arrival, steps, end.

use crate::engine::{Observer, Rank};
use crate::model::client::{Doing, Due, Life, Request};
use crate::model::load::Visit;
use crate::model::plan::{CallId, StepPlan};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{Arrivals, Cause};
use crate::units::Span;

impl World {
    /// The clock of a fleet says that requests arrive.
    #[inline(never)]
    pub(in crate::model) fn arrival<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        index: u16,
        clock: u32,
    ) {
        let fleet = &mut self.fleets[usize::from(index)];
        if fleet.clock != clock {
            return;
        }
        let count = fleet.arriving;
        let next = fleet.arrivals.next(&mut fleet.streams.arrival);
        fleet.set_next_arrival(index, next, cx.agenda);
        for _ in 0..count {
            self.begin(cx, index, Visit::PASSER);
        }
    }

    /// The users of a fleet are to be those of `arrivals`: newcomers begin, and who is too many leaves
    /// when a thought or a request ends.
    pub(in crate::model) fn set_users<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        index: u16,
        arrivals: &Arrivals,
    ) {
        let fleet = &mut self.fleets[usize::from(index)];
        let thinking_first = matches!(arrivals, Arrivals::Users(users) if users.thinking_first);
        for user in fleet.users.configure(arrivals) {
            let drawn = fleet.users.think(&mut fleet.streams.think);
            let wait = if thinking_first { drawn } else { Span::ZERO };
            cx.agenda.at(cx.now + wait, Rank::ARRIVAL, Event::UserReady { fleet: index, user });
        }
    }

    /// A user has thought enough.
    pub(in crate::model) fn user_ready<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        index: u16,
        user: u32,
    ) {
        if self.fleets[usize::from(index)].users.asks() {
            self.begin(cx, index, Visit::of_user(user));
        }
    }

    /// A request begins. All its random numbers are drawn here, in fixed number.
    pub(in crate::model) fn begin<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        index: u16,
        mut visit: Visit,
    ) {
        cx.note(Observation::Arrived { fleet: index });
        let fleet = &mut self.fleets[usize::from(index)];
        let balancer = fleet.current().fleet.balancer;
        let place = fleet.rotation.pick(
            balancer,
            &mut self.instances,
            &mut visit.number,
            &mut fleet.streams.balancer,
        );
        let version = place.map_or(fleet.plan, |i| self.instances[i as usize].plan);
        let (leak_on_success, leak_on_error) = fleet.draw_leaks(version, &self.calls);
        let plan = &fleet.plans[usize::from(version)];
        let special = plan.special || fleet.visitors.patience.is_some();
        let at = place.unwrap_or(u32::MAX);
        let request = Request::new(index, version, at, cx.now, visit);
        let request = Request { leak_on_success, leak_on_error, ..request };
        let request = self.requests.insert(request);
        fleet.draw(version, request.index());
        fleet.in_flight.up();
        fleet.arrived += 1;
        if let Some(place) = place {
            let instance = &mut self.instances[place as usize];
            instance.in_flight += 1;
            fleet.rotation.load_changed(place, instance);
            if !special {
                let bytes = instance.process.memory_per_request.0;
                let waits =
                    instance.stopped_until > cx.now || instance.process.entrance.is_watched();
                if bytes > 0 {
                    self.charge(cx, place, bytes);
                }
                return if waits {
                    self.arrive_in_line(cx, request);
                } else {
                    self.advance(cx, request);
                };
            }
        }
        self.begin_specially(cx, request, place.is_some());
    }

    /// A request begins that has a deadline, or patience, or no instance, or needs a core, or draws more
    /// than others.
    #[inline(never)]
    fn begin_specially<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        placed: bool,
    ) {
        let Request { fleet: index, plan: version, .. } = self.requests[id];
        let fleet = &mut self.fleets[usize::from(index)];
        let plan = &fleet.plans[usize::from(version)];
        let (errs, deadline, is_cold) = (plan.errs, plan.fleet.deadline, plan.cold.is_some());
        if errs {
            self.requests[id].errors = fleet.draw_errors(version, &self.calls);
        }
        if fleet.visitors.patience.is_some() {
            self.set_patience(cx, id);
        }
        if !placed {
            return self.begin_alone(cx, id);
        }
        if let Some(deadline) = deadline {
            self.set_deadline(cx, id, deadline);
        }
        if is_cold {
            self.stretch_all(id);
        }
        self.arrive(cx, id);
    }

    /// A request is at its instance, which counts it.
    pub(in crate::model) fn arrive<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        let place = self.requests[id].instance;
        let bytes = self.instances[place as usize].process.memory_per_request.0;
        self.charge(cx, place, bytes);
        self.arrive_in_line(cx, id);
    }

    /// A request is at an instance at which it may have to wait before its first step.
    #[inline(never)]
    fn arrive_in_line<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, id: Id<Request>) {
        let Request { fleet, plan, instance: place, .. } = self.requests[id];
        let counts_cpu = self.fleets[usize::from(fleet)].plans[usize::from(plan)].counts_cpu;
        let instance = &self.instances[place as usize];
        let stopped_until = instance.stopped_until;
        if instance.process.entrance.is_watched() {
            return self.enter(cx, id);
        }
        if stopped_until > cx.now {
            return cx.agenda.at(stopped_until, Rank::DELIVERY, Event::Begin { request: id });
        }
        if counts_cpu {
            return self.start(cx, id);
        }
        self.advance(cx, id);
    }

    /// A request takes its first step, once it has had its CPU time.
    #[inline(never)]
    pub(in crate::model) fn start<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        let Request { fleet, plan, .. } = self.requests[id];
        let plan = &self.fleets[usize::from(fleet)].plans[usize::from(plan)];
        let compute = plan.fleet.process.cpu.request;
        if !compute.is_zero() {
            return self.compute(cx, id, Doing::Starting, compute, Due::Timer);
        }
        self.advance(cx, id);
    }

    /// The work of a step is done.
    pub(in crate::model) fn work_done<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        if let Some(request) = self.requests.get_mut(id) {
            request.step += 1;
            self.advance(cx, id);
        }
    }

    /// A request goes on with its present step, and ends after the last.
    pub(in crate::model) fn advance<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        loop {
            let request = &mut self.requests[id];
            let fleet = &self.fleets[usize::from(request.fleet)];
            let plan = &fleet.plans[usize::from(request.plan)];
            match plan.steps.get(usize::from(request.step)) {
                None => return self.finish(cx, id, Ok(())),
                Some(StepPlan::Call(call)) => {
                    request.call = *call;
                    request.tried = false;
                    return self.attempt(cx, id);
                }
                Some(StepPlan::Work(length)) => {
                    let span = fleet.length(*length, id.index());
                    if !span.is_zero() {
                        let event = Event::WorkDone { request: id };
                        return cx.agenda.at(cx.now + span, Rank::DELIVERY, event);
                    }
                    request.step += 1;
                }
                Some(StepPlan::Node(choice, first)) => {
                    request.call = first + CallId::from(fleet.branch(plan, *choice, id.index()));
                    request.tried = false;
                    return self.attempt(cx, id);
                }
                Some(StepPlan::OneOf(choice)) => {
                    request.step = fleet.branch(plan, *choice, id.index());
                }
                Some(StepPlan::GoTo(step)) => request.step = *step,
                Some(StepPlan::LetGo(call)) => {
                    let call = *call;
                    return self.take_back(cx, id, call);
                }
            }
        }
    }

    /// A request ends.
    pub(in crate::model) fn finish<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        outcome: Result<(), Cause>,
    ) {
        let request = &self.requests[id];
        if outcome.is_err() || request.marked_beside || request.tried {
            self.wind_up(cx, id, outcome);
        }
        let Request { fleet: index, instance: place, began, visit, .. } = self.requests[id];
        self.requests.remove(id);
        if !visit.is_awaited() {
            self.ended_unseen(cx, index, place, visit, outcome.is_ok());
        } else {
            cx.note(match outcome {
                Ok(()) => Observation::Succeeded { fleet: index, began },
                Err(cause) => Observation::Failed { fleet: index, cause, began },
            });
            let fleet = &mut self.fleets[usize::from(index)];
            fleet.in_flight.down();
            if fleet.ejection.is_some() {
                self.learn(cx, place, outcome.is_err());
            }
        }
        // A request that found no instance up has none to leave.
        if let Some(instance) = self.instances.get_mut(place as usize) {
            let bytes = instance.process.memory_per_request.0;
            instance.in_flight -= 1;
            instance.memory -= bytes.min(instance.memory);
            let minds = instance.alone
                || instance.life == Life::Draining
                || !instance.guards.line.is_empty();
            self.fleets[usize::from(index)].rotation.load_changed(place, instance);
            if minds {
                self.left(cx, place);
            }
        }
        let fails = outcome.is_err() && visit.is_awaited();
        if visit.is_of_user() && visit.is_awaited()
            || fails && self.fleets[usize::from(index)].visitors.reload.is_some()
        {
            self.visited(cx, index, visit, outcome.is_err());
        }
    }

    /// A request is about to end that holds something, or of which something is kept beside it.
    #[inline(never)]
    fn wind_up<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        outcome: Result<(), Cause>,
    ) {
        if outcome.is_err() {
            self.unwind(cx, id);
        }
        if self.requests[id].marked_beside {
            self.settle_guards(cx, id, outcome);
        }
        let Request { instance, call, tried, .. } = self.requests[id];
        if tried {
            self.trials_over(id, (instance, call));
        }
    }

    /// A request has left an instance at which others wait, or that goes when all have left.
    #[inline(never)]
    fn left<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, place: u32) {
        if !self.instances[place as usize].guards.line.is_empty() {
            self.admit_next(cx, place);
        }
        let instance = &mut self.instances[place as usize];
        if instance.life == Life::Draining && instance.in_flight == 0 {
            let event = Event::InstanceStop { instance: place, number: instance.number };
            cx.agenda.at(cx.now, Rank::DELIVERY, event);
        } else if instance.alone && instance.life == Life::Up {
            self.came_free(cx, place);
        }
    }
}
