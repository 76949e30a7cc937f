//! The CPU of a process at work: what waits for its cores, and what stalls them. Calls of processes
//! whose CPU is not counted never come here.

use crate::engine::{Observer, Rank};
use crate::model::client::dial::Dial;
use crate::model::client::{Doing, Due, Request, Way, Work};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{Cause, ProcessCpu};
use crate::units::{SimTime, Span};

/// Stalls begin at least so far apart: they must not hold up the clock.
const STALLS_APART: Span = Span::from_ns(1_000);

impl World {
    /// An instance has the cores and the stalls of its settings from now on.
    pub(in crate::model) fn set_cores<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
    ) {
        let place = &mut self.instances[instance as usize];
        let plan = &self.fleets[usize::from(place.fleet)].plans[usize::from(place.plan)];
        let cpu = &plan.fleet.process.cpu;
        let cores = if plan.counts_cpu { cpu.cores } else { 0 };
        place.cores.resize(cores, cpu.events_per_turn);
        if plan.stalls.is_none() {
            place.stall_due = None;
        } else if place.stall_due.is_none() {
            self.next_stall(cx, instance);
        }
    }

    /// Puts the next stall of an instance on the agenda.
    fn next_stall<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, instance: u32) {
        let place = &mut self.instances[instance as usize];
        let fleet = &mut self.fleets[usize::from(place.fleet)];
        let Some((every, _)) = &fleet.plans[usize::from(place.plan)].stalls else { return };
        let at = cx.now + every.sample(&mut fleet.streams.stall).max(STALLS_APART);
        place.stall_due = Some(at);
        let event = Event::Stall { instance, number: place.number };
        cx.agenda.at(at, Rank::DELIVERY, event);
    }

    /// A stall begins.
    pub(in crate::model) fn stall<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
    ) {
        let place = &mut self.instances[instance as usize];
        let fleet = &mut self.fleets[usize::from(place.fleet)];
        let plan = &fleet.plans[usize::from(place.plan)];
        let (true, Some((_, length))) = (place.stall_due == Some(cx.now), &plan.stalls) else {
            return;
        };
        place.cores.stall(cx.now, length.sample(&mut fleet.streams.stall));
        self.next_stall(cx, instance);
    }

    /// A request waits for a core, and goes on when it has had its time there.
    pub(in crate::model) fn compute<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        doing: Doing,
        cost: Span,
        due: Due,
    ) {
        let cost = self.stretched(id, cost);
        let request = &mut self.requests[id];
        request.doing = doing;
        let place = request.instance;
        let cores = &mut self.instances[place as usize].cores;
        let began = cores.put(Work { request: id, cost }, due, cx.now);
        self.began(cx, place, began);
    }

    /// Work has begun on a core, if any has.
    fn began<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        began: Option<(Work, SimTime)>,
    ) {
        if let Some((Work { request, .. }, done)) = began {
            let number = self.instances[instance as usize].number;
            let event = Event::Computed { request, instance, number };
            cx.agenda.at(done, Rank::DELIVERY, event);
        }
    }

    /// A request has had its time on a core. What it does next without a wait goes on there.
    pub(in crate::model) fn computed<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        instance: u32,
    ) {
        self.instances[instance as usize].cores.take_in_hand(id);
        match self.requests.get(id).map(|request| request.doing) {
            Some(Doing::Starting) => {
                self.requests[id].doing = Doing::Working;
                self.advance(cx, id);
            }
            Some(Doing::Trying) if self.is_overdue(id, cx.now) => {
                self.attempt_failed(cx, id, Cause::Deadline);
            }
            Some(Doing::Trying) => self.begin_attempt(cx, id),
            Some(Doing::Reading(None)) => self.reply_read(cx, id),
            Some(Doing::Reading(Some(cause))) => self.fail_in_hand(cx, id, cause),
            Some(Doing::Releasing) => self.let_go(cx, id),
            _ => {}
        }
        let began = self.instances[instance as usize].cores.let_go(cx.now);
        self.began(cx, instance, began);
    }

    /// Whether the request is in hand on a core, and what it does next is done there at once.
    pub(in crate::model) fn goes_on(&self, id: Id<Request>) -> bool {
        let request = &self.requests[id];
        self.instances[request.instance as usize].cores.has_in_hand(id)
    }

    /// A dial costs CPU time. A call's own has been paid with its attempt; that of a pool or of a
    /// shared connection is done on the side.
    pub(in crate::model) fn dial_owed(&mut self, dial: &Dial) {
        let place = &mut self.instances[dial.instance as usize];
        if !matches!(place.ways[usize::from(dial.through)], Way::PerRequest) {
            let tls = self.servers[usize::from(dial.server)].settings.tls;
            place.cores.owe(place.process.cpu.of_dial(tls));
        }
    }

    /// A connection ends under a guarded call: who waits for a reply reads that first.
    pub(in crate::model) fn guarded_end<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        cause: Cause,
    ) {
        match self.cpu_of(id) {
            Some(cpu) => {
                self.compute(cx, id, Doing::Reading(Some(cause)), cpu.reply, Due::Socket);
            }
            None => self.fail_in_hand(cx, id, cause),
        }
    }

    /// A hold is over: steps follow for which the connection is kept, or it is let go.
    pub(in crate::model) fn guarded_release<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        let holds_steps = self.calls[self.requests[id].call as usize].holds_steps;
        match self.is_copy(id) {
            false if holds_steps => self.keep(cx, id),
            true if holds_steps => self.copy_keeps(cx, id),
            _ => self.release_on_core(cx, id),
        }
    }

    /// Letting a connection go waits for a core, where that costs CPU time.
    pub(in crate::model) fn release_on_core<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        match self.cpu_of(id) {
            Some(cpu) => self.compute(cx, id, Doing::Releasing, cpu.release, Due::Timer),
            None => self.let_go(cx, id),
        }
    }

    /// A guarded call's last reply is on its way: whether the hold begins only when it has been read.
    pub(in crate::model) fn reply_expected<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        at: SimTime,
    ) -> bool {
        let request = &self.requests[id];
        let event = Event::Replied { request: id, phase: request.phase };
        cx.agenda.at(at, Rank::DELIVERY, event);
        self.cpu_of(id).is_some()
    }

    /// The CPU costs of a request, as they were when it began, where its work waits for a core.
    pub(in crate::model) fn cpu_of(&self, id: Id<Request>) -> Option<ProcessCpu> {
        let request = &self.requests[id];
        let plan = &self.fleets[usize::from(request.fleet)].plans[usize::from(request.plan)];
        plan.counts_cpu.then_some(plan.fleet.process.cpu)
    }

    /// The last reply of a guarded call is there.
    pub(in crate::model) fn replied<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        phase: u32,
    ) {
        let Some(request) = self.requests.get_mut(id) else { return };
        if request.phase != phase || request.doing != Doing::Holding {
            return;
        }
        if let Some(cpu) = self.cpu_of(id) {
            return self.compute(cx, id, Doing::Reading(None), cpu.reply, Due::Socket);
        }
        self.attempt_succeeded(cx, id);
    }

    /// The last reply has been read: the hold begins.
    fn reply_read<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, id: Id<Request>) {
        self.attempt_succeeded(cx, id);
        let request = &mut self.requests[id];
        request.doing = Doing::Holding;
        request.marked = cx.now;
        let phase = request.phase;
        let fleet = &self.fleets[usize::from(request.fleet)];
        let hold = fleet.length(self.calls[request.call as usize].hold, id.index());
        if hold.is_zero() {
            return self.released(cx, id, phase);
        }
        let event = Event::Released { request: id, phase };
        cx.agenda.at(cx.now + hold, Rank::DELIVERY, event);
    }
}
