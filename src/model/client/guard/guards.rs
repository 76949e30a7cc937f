//! What stands between a request and its attempts where the scenario says so: circuit breaker, limiter,
//! bulkhead, in this order, then the line before the process's cores. Calls without any of them never
//! come here.

use crate::engine::{Observer, Rank};
use crate::model::client::guard::breaker::Ended;
use crate::model::client::guard::mark::Ticket;
use crate::model::client::{Doing, Due, Life, Mark, Permit, Request, Sample, Turn};
use crate::model::plan::Via;
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::Cause;
use crate::units::{SimTime, Span};

impl World {
    /// An attempt must pass what stands in its way.
    pub(in crate::model) fn guarded_attempt<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        let request = &self.requests[id];
        let plan = &self.fleets[usize::from(request.fleet)].plans[usize::from(request.plan)];
        let breaker = &self.instances[request.instance as usize].guards.breaker;
        let is_copy = self.is_copy(id);
        let races = plan.fleet.guards.hedge.is_some() && !is_copy;
        let asks = match breaker.place.around_call {
            true => !is_copy && self.is_first_attempt(id),
            false => !races,
        };
        if asks && breaker.is_on() && !self.passes_breaker(cx, id) {
            return self.hold_back(cx, id, Cause::BreakerOpen);
        }
        if races {
            return self.race(cx, id);
        }
        if let Err(cause) = self.passes_limiter(cx, id) {
            return self.hold_back(cx, id, cause);
        }
        match self.ask_bulkhead(cx, id) {
            Permit::Given => self.admitted(cx, id),
            Permit::Wait => {}
            Permit::Refused => self.hold_back(cx, id, Cause::BulkheadFull),
        }
    }

    fn passes_breaker<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) -> bool {
        let instance = self.requests[id].instance;
        let breaker = &mut self.instances[instance as usize].guards.breaker;
        let whole_call = breaker.place.around_call;
        let looked = breaker.look(cx.now);
        let (number, asked) = breaker.ask(cx.now);
        self.note_turn(cx, instance, looked);
        self.note_turn(cx, instance, asked);
        let Some(number) = number else { return false };
        self.mark(id).ticket = Some(Ticket { number, since: cx.now, whole_call });
        true
    }

    fn passes_limiter<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) -> Result<(), Cause> {
        let Request { fleet, instance, .. } = self.requests[id];
        let limiter = &mut self.instances[instance as usize].guards.limiter;
        if !limiter.is_on() {
            return Ok(());
        }
        let out = limiter.ask(cx.now, &mut self.fleets[usize::from(fleet)].streams.throttle)?;
        self.mark(id).in_flight = Some((out, cx.now));
        Ok(())
    }

    fn ask_bulkhead<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) -> Permit {
        let request = &mut self.requests[id];
        let Some(number) = self.calls[request.call as usize].bulkhead else { return Permit::Given };
        let guards = &mut self.instances[request.instance as usize].guards;
        let bulkhead = &mut guards.bulkheads[usize::from(number)];
        let answer = bulkhead.ask();
        match answer {
            Permit::Given => self.mark(id).permit = Some(number),
            Permit::Wait => {
                bulkhead.wait(id);
                request.doing = Doing::AtBulkhead;
                request.phase += 1;
                let (phase, wait) = (request.phase, bulkhead.wait_timeout);
                self.mark(id);
                if let Some(wait) = wait {
                    let event = Event::GuardDue { request: id, phase };
                    cx.agenda.at(cx.now + wait, Rank::TIMEOUT, event);
                }
            }
            Permit::Refused => {}
        }
        answer
    }

    /// An attempt has passed all guards: it waits for a core.
    pub(in crate::model) fn admitted<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        let request = &self.requests[id];
        let plan = &self.fleets[usize::from(request.fleet)].plans[usize::from(request.plan)];
        if !plan.counts_cpu {
            return self.begin_attempt(cx, id);
        }
        let call = &self.calls[request.call as usize];
        let cpu = &plan.fleet.process.cpu;
        let tls = self.servers[usize::from(call.server)].settings.tls;
        // Who dials for every call does it in one go.
        let dial = if call.via == Via::PerRequest { cpu.of_dial(tls) } else { Span::ZERO };
        let cost = cpu.attempt + dial;
        self.compute(cx, id, Doing::Trying, cost, Due::Timer);
    }

    /// An attempt may not begin. It counts as one for the retries, not for the amplification.
    fn hold_back<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        cause: Cause,
    ) {
        let request = &self.requests[id];
        let cores = &mut self.instances[request.instance as usize].cores;
        if cores.has_in_hand(id) {
            // A retry at once would be refused at once, without end.
            cores.take_in_hand(Id::NONE);
        }
        self.attempt_failed(cx, id, cause);
    }

    /// The wait of a request is over: for a permit, for the entrance, or for replies.
    #[inline(never)]
    pub(in crate::model) fn guard_due<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        phase: u32,
    ) {
        let Some(request) = self.requests.get(id).filter(|r| r.phase == phase) else { return };
        match request.doing {
            Doing::AtBulkhead => {
                self.leave_bulkhead_line(id);
                self.hold_back(cx, id, Cause::BulkheadFull);
            }
            Doing::Queued => {
                self.instances[request.instance as usize].guards.line.leave(id);
                self.requests[id].doing = Doing::Working;
                self.finish(cx, id, Err(Cause::QueueTimeout));
            }
            Doing::Racing => self.send_copy(cx, id),
            _ => {}
        }
    }

    pub(in crate::model) fn leave_bulkhead_line(&mut self, id: Id<Request>) {
        let request = &self.requests[id];
        if let Some(number) = self.calls[request.call as usize].bulkhead {
            let guards = &mut self.instances[request.instance as usize].guards;
            guards.bulkheads[usize::from(number)].leave(id);
        }
    }

    /// An attempt of a guarded call has its reply.
    pub(in crate::model) fn attempt_succeeded<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        self.layers_succeeded(id, cx.now);
        if !self.requests[id].marked_beside {
            return;
        }
        self.tell_breaker(cx, id, None);
        self.tell_limiter(cx.now, id, Some(false));
        if self.is_copy(id) {
            self.copy_won(cx, id);
        }
    }

    /// An attempt of a guarded call has failed: whether that is dealt with, and the retries need not.
    pub(in crate::model) fn guarded_failure<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        cause: Cause,
    ) -> bool {
        if self.requests[id].marked_beside {
            if cause == Cause::Abandoned {
                // Nobody waited for what would have come of it.
                self.drop_holdings(cx, id);
            }
            let mark = self.marks.get(id);
            if !mark.and_then(|mark| mark.ticket).is_some_and(|ticket| ticket.whole_call) {
                self.tell_breaker(cx, id, Some(cause));
            }
            // What ended at home says nothing of the server.
            let at_home = matches!(
                cause,
                Cause::BulkheadFull | Cause::Emfile | Cause::PortExhausted | Cause::CheckoutTimeout
            );
            self.tell_limiter(cx.now, id, (!at_home).then_some(true));
            self.give_permit_back(cx, id);
            if self.is_copy(id) {
                self.copy_failed(cx, id, cause);
                return true;
            }
        }
        let place = self.instances[self.requests[id].instance as usize].guards.breaker.place;
        let ends = cause == Cause::BreakerOpen && !place.refusals_retried;
        if ends {
            self.finish(cx, id, Err(cause));
        }
        ends
    }

    /// A guarded call is done and its connection let go.
    pub(in crate::model) fn guarded_done<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        if self.requests[id].marked_beside {
            self.give_permit_back(cx, id);
            if self.is_copy(id) {
                return self.copy_done(cx, id);
            }
        }
        self.advance(cx, id);
    }

    /// A request ends: what it still holds is given back.
    pub(in crate::model) fn settle_guards<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        outcome: Result<(), Cause>,
    ) {
        let Request { doing, instance, .. } = self.requests[id];
        let mark = self.marks.get(id).copied().unwrap_or_default();
        let guards = &mut self.instances[instance as usize].guards;
        match doing {
            Doing::Arriving => guards.line.late -= 1,
            Doing::Queued => guards.line.leave(id),
            Doing::AtBulkhead if mark.permit.is_none() => self.leave_bulkhead_line(id),
            Doing::Racing => self.give_up_copies(cx, id, Id::NONE),
            _ => {}
        }
        let running = self.instances[instance as usize].life != Life::Down;
        let told = running && outcome != Err(Cause::Abandoned);
        if told && mark.ticket.is_some_and(|ticket| ticket.whole_call) {
            self.tell_breaker(cx, id, outcome.err());
        }
        self.drop_holdings(cx, id);
        self.marks.leave(id);
    }

    /// An attempt ends without telling anybody how.
    pub(in crate::model) fn drop_holdings<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        let instance = self.requests[id].instance as usize;
        if let Some(ticket) = self.marks.get_mut(id).and_then(|mark| mark.ticket.take()) {
            self.instances[instance].guards.breaker.gave_up(ticket.number);
        }
        self.tell_limiter(cx.now, id, None);
        self.give_permit_back(cx, id);
    }

    /// What is kept beside a request, from now on at the latest.
    pub(in crate::model) fn mark(&mut self, id: Id<Request>) -> &mut Mark {
        let request = &mut self.requests[id];
        let is_new = !std::mem::replace(&mut request.marked_beside, true);
        let mark = self.marks.claim(id);
        if is_new {
            *mark = Mark::default();
        }
        mark
    }

    pub(in crate::model) fn tell_breaker<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        failed: Option<Cause>,
    ) {
        let Some(ticket) = self.marks.get_mut(id).and_then(|mark| mark.ticket.take()) else {
            return;
        };
        let instance = self.requests[id].instance;
        let breaker = &mut self.instances[instance as usize].guards.breaker;
        let looked = breaker.look(cx.now);
        let ended = Ended { failed, took: cx.now.since(ticket.since) };
        let turn = breaker.ended(ticket.number, ended, cx.now);
        self.note_turn(cx, instance, looked);
        self.note_turn(cx, instance, turn);
    }

    fn note_turn<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        turn: Option<Turn>,
    ) {
        let place = &self.instances[instance as usize];
        let (fleet, instance) = (place.fleet, place.place);
        match turn {
            None => {}
            Some(Turn::Opened) => cx.note(Observation::BreakerOpened { fleet, instance }),
            Some(Turn::HalfOpened) => cx.note(Observation::BreakerHalfOpened { fleet, instance }),
            Some(Turn::Closed) => cx.note(Observation::BreakerClosed { fleet, instance }),
        }
    }

    /// Tells the limiter that an attempt has ended, and whether it failed if that says anything.
    fn tell_limiter(&mut self, now: SimTime, id: Id<Request>, failed: Option<bool>) {
        let Some((in_flight, since)) = self.marks.get_mut(id).and_then(|m| m.in_flight.take())
        else {
            return;
        };
        let Request { fleet, instance, .. } = self.requests[id];
        let limiter = &mut self.instances[instance as usize].guards.limiter;
        let chance = &mut self.fleets[usize::from(fleet)].streams.limit_probe;
        match failed {
            Some(failed) => {
                limiter.ended(Sample { took: now.since(since), in_flight, failed }, now, chance);
            }
            None => limiter.gave_up(),
        }
    }

    fn give_permit_back<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, id: Id<Request>) {
        let Some(number) = self.marks.get_mut(id).and_then(|mark| mark.permit.take()) else {
            return;
        };
        let instance = self.requests[id].instance;
        self.permit_back(cx, instance, number);
    }

    /// A permit of a bulkhead comes back.
    pub(in crate::model) fn permit_back<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        number: u16,
    ) {
        self.instances[instance as usize].guards.bulkheads[usize::from(number)].give_back();
        self.call_next(cx, instance, number);
    }

    /// Those first in line before a bulkhead have its free permits. They begin when what happens now
    /// is done: the connection of who leaves is free then.
    fn call_next<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        number: u16,
    ) {
        let place = instance as usize;
        while let Some(next) = self.instances[place].guards.bulkheads[usize::from(number)].next() {
            self.mark(next).permit = Some(number);
            self.requests[next].phase += 1;
            cx.agenda.at(cx.now, Rank::DELIVERY, Event::Begin { request: next });
        }
    }

    /// An instance has the guards of its settings from now on.
    pub(in crate::model) fn set_guards<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
    ) {
        let place = &mut self.instances[instance as usize];
        let plan = &self.fleets[usize::from(place.fleet)].plans[usize::from(place.plan)];
        place.guards.configure(&plan.fleet);
        for number in 0..place.guards.bulkheads.len() as u16 {
            self.call_next(cx, instance, number);
        }
        self.admit_next(cx, instance);
    }

    /// Recounts what the guards count.
    ///
    /// # Errors
    ///
    /// The law that is broken.
    pub(in crate::model) fn check_guards(&self) -> Result<(), String> {
        let copies = self.marks.iter().filter(|(_, mark)| mark.is_copy()).count();
        if copies != self.copies as usize {
            return Err(format!(
                "copies of calls: {} by the counter, {copies} counted",
                self.copies
            ));
        }
        for (index, place) in self.instances.iter().enumerate().filter(|(_, i)| i.is_running()) {
            let here = || self.requests.iter().filter(move |(_, r)| r.instance as usize == index);
            let marks = || here().filter_map(|(id, _)| self.marks.get(id));
            let passed = marks().filter(|mark| mark.in_flight.is_some()).count();
            let queued = here().filter(|(_, r)| r.doing == Doing::Queued).count();
            let guards = &place.guards;
            let mut laws = vec![
                ("attempts that the limiter let pass", guards.limiter.in_flight() as usize, passed),
                ("requests in line at the entrance", guards.line.len(), queued),
            ];
            let mut out = 0;
            for bulkhead in &guards.bulkheads {
                out += bulkhead.counts().0 as usize;
            }
            let kept = here().map(|(id, _)| self.permits_kept(id)).sum::<usize>();
            let marked = marks().filter(|mark| mark.permit.is_some()).count();
            laws.push(("permits", out, kept + marked));
            let waits = |(id, r): &(Id<Request>, &Request)| {
                r.doing == Doing::AtBulkhead
                    && self.marks.get(*id).is_some_and(|mark| mark.permit.is_none())
            };
            let in_line = guards.bulkheads.iter().map(|bulkhead| bulkhead.counts().1).sum();
            laws.push(("calls in line before bulkheads", in_line, here().filter(waits).count()));
            for (what, kept, counted) in laws {
                if kept != counted {
                    return Err(format!(
                        "{what} of instance {index}: {kept} kept, {counted} counted"
                    ));
                }
            }
        }
        Ok(())
    }
}
