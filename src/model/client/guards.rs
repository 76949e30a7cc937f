//! What stands between a request and its attempts where the scenario says so: the circuit breaker and
//! the line before the process's cores. Calls without either never come here.

use crate::engine::{Observer, Rank};
use crate::model::client::breaker::Pass;
use crate::model::client::{Doing, Request};
use crate::model::plan::Via;
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{Breaker, Cause};
use crate::units::{SimTime, Span};

impl World {
    /// An attempt must pass the breaker and then wait for a core.
    pub(in crate::model) fn guarded_attempt<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        let request = &mut self.requests[id];
        let plan = &self.fleets[usize::from(request.fleet)].plans[usize::from(request.plan)];
        let call = &self.calls[request.call as usize];
        let instance = &mut self.instances[request.instance as usize];
        if plan.fleet.breaker != Breaker::None {
            let pass = instance.breaker.ask(cx.now);
            if pass == Pass::Refused {
                return self.finish(cx, id, Err(Cause::BreakerOpen));
            }
            request.probe = pass == Pass::Probe;
        }
        if !instance.cores.are_counted() {
            return self.begin_attempt(cx, id);
        }
        let cpu = &plan.fleet.process.cpu;
        let tls = self.servers[usize::from(call.server)].settings.tls;
        // Who dials for every call does it in one go.
        let dial = if call.via == Via::PerRequest { cpu.of_dial(tls) } else { Span::ZERO };
        let cost = cpu.attempt + dial;
        self.compute(cx, id, Doing::Trying, cost);
    }

    /// A request waits for a core, and goes on when it has had its time there.
    pub(in crate::model) fn compute<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        doing: Doing,
        cost: Span,
    ) {
        let request = &mut self.requests[id];
        request.doing = doing;
        let done = self.instances[request.instance as usize].cores.work(cx.now, cost);
        cx.agenda.at(done, Rank::DELIVERY, Event::Computed { request: id });
    }

    /// A request has had its time on a core.
    pub(in crate::model) fn computed<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        match self.requests.get(id).map(|request| request.doing) {
            Some(Doing::Starting) => self.advance(cx, id),
            Some(Doing::Trying) => self.begin_attempt(cx, id),
            Some(Doing::Releasing) => self.let_go(cx, id),
            _ => {}
        }
    }

    /// A hold is over: letting the connection go waits for a core.
    pub(in crate::model) fn guarded_release<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        let instance = &self.instances[self.requests[id].instance as usize];
        if instance.cores.are_counted() {
            let cost = instance.process.cpu.release;
            return self.compute(cx, id, Doing::Releasing, cost);
        }
        self.let_go(cx, id);
    }

    /// A guarded call's last reply is on its way: a breaker learns of it when it is there.
    pub(in crate::model) fn reply_expected<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        at: SimTime,
    ) {
        let request = &self.requests[id];
        let plan = &self.fleets[usize::from(request.fleet)].plans[usize::from(request.plan)];
        if plan.fleet.breaker != Breaker::None {
            let event = Event::Replied { request: id, phase: request.phase };
            cx.agenda.at(at, Rank::DELIVERY, event);
        }
    }

    /// The last reply of a guarded call is there: an attempt has succeeded.
    pub(in crate::model) fn replied(&mut self, id: Id<Request>, phase: u32) {
        let Some(request) = self.requests.get_mut(id) else { return };
        if request.phase == phase && request.doing == Doing::Holding {
            let probe = std::mem::take(&mut request.probe);
            self.instances[request.instance as usize].breaker.succeeded(probe);
        }
    }

    /// An attempt of a guarded call has failed.
    pub(in crate::model) fn guarded_failure<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        let request = &mut self.requests[id];
        let plan = &self.fleets[usize::from(request.fleet)].plans[usize::from(request.plan)];
        let instance = &mut self.instances[request.instance as usize];
        let probe = std::mem::take(&mut request.probe);
        if instance.breaker.failed(&plan.fleet.breaker, probe, cx.now) {
            let (fleet, instance) = (request.fleet, instance.place);
            cx.note(Observation::BreakerOpened { fleet, instance });
        }
    }
}
