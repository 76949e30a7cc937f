//! Hedging: copies of one call race each other; the first reply wins, the others are given up.
//!
//! Copies are requests of their own that no user sent: they are in no count but that of attempts.
//!
//! # Source
//!
//! gRPC proposal A6, "Hedging policy"; Polly `HedgingResilienceStrategy`.

use crate::engine::{Observer, Rank};
use crate::model::client::{Doing, Mark, Request};
use crate::model::load::Visit;
use crate::model::plan::Via;
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{Cause, Hedge, Losers};

impl World {
    /// Copies of the present call begin to race.
    pub(in crate::model) fn race<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        self.mark(id).copies = (Id::NONE, 0, 0);
        self.requests[id].doing = Doing::Racing;
        self.send_copy(cx, id);
    }

    /// One more copy goes out, and the time until the next begins.
    pub(in crate::model) fn send_copy<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        parent: Id<Request>,
    ) {
        let Some(hedge) = self.hedge_of(parent) else { return };
        let copy = self.copy_of(parent);
        let mark = self.mark(parent);
        let before = mark.copies.0;
        mark.copies = (copy, mark.copies.1 + 1, mark.copies.2 + 1);
        let is_last = mark.copies.1 > hedge.extra;
        *self.mark(copy) = Mark { parent: Some(parent), before, ..Mark::default() };
        self.copies += 1;
        let request = &mut self.requests[parent];
        request.phase += 1;
        if let (false, Some(delay)) = (is_last, hedge.delay) {
            let event = Event::GuardDue { request: parent, phase: request.phase };
            cx.agenda.at(cx.now + delay, Rank::TIMEOUT, event);
        }
        self.guarded_attempt(cx, copy);
    }

    /// A request that makes the present call of `parent`, with the same draws if it is the first.
    fn copy_of(&mut self, parent: Id<Request>) -> Id<Request> {
        let Request { fleet, plan, instance, began, step, call, .. } = self.requests[parent];
        let Request { mut leak_on_success, mut leak_on_error, mut errors, .. } =
            self.requests[parent];
        let again = self.marks.get(parent).is_some_and(|mark| mark.copies.1 > 0);
        let settings = &self.calls[call as usize];
        let f = &mut self.fleets[usize::from(fleet)];
        if again {
            let (bit, draw) = (1 << settings.call, f.streams.hedge_leak.next_u64());
            let bit_if = |leaks: bool| if leaks { bit } else { 0 };
            leak_on_success = bit_if(settings.leak.on_success.met_by(draw));
            leak_on_error = bit_if(settings.leak.on_error.met_by(draw));
            if !settings.errors.is_never() {
                errors = bit_if(f.streams.retry_error.happens(settings.errors));
            }
        }
        let copy = self.requests.insert(Request {
            fleet,
            plan,
            instance,
            began,
            step,
            call,
            phase: 0,
            doing: Doing::Working,
            conn: Id::NONE,
            commands_left: 0,
            exchange: 0,
            marked: began,
            leak_on_success,
            leak_on_error,
            errors,
            tried: false,
            visit: Visit::PASSER,
            marked_beside: false,
        });
        f.draw_copy(plan, (parent.index(), copy.index()), again.then_some(settings.hold));
        copy
    }

    /// A copy has its reply: the others are given up.
    pub(in crate::model) fn copy_won<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        copy: Id<Request>,
    ) {
        let Some(parent) = self.parent_of(copy) else { return };
        self.give_up_copies(cx, parent, copy);
        // No further copy is sent.
        self.requests[parent].phase += 1;
        self.mark(parent).copies = (copy, u32::MAX, 1);
        self.mark(copy).before = Id::NONE;
        self.tell_breaker(cx, parent, None);
        self.layers_succeeded(parent, cx.now);
    }

    /// The winner has let its connection go: the request goes on.
    pub(in crate::model) fn copy_done<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        copy: Id<Request>,
    ) {
        let parent = self.parent_of(copy);
        self.drop_copy(copy);
        if let Some(parent) = parent {
            let request = &mut self.requests[parent];
            request.step += 1;
            request.phase += 1;
            request.doing = Doing::Working;
            self.mark(parent).copies = (Id::NONE, 0, 0);
            self.advance(cx, parent);
        }
    }

    /// The hold of the winner is over, and steps follow for which its connection is kept: the request
    /// whose call it is takes over. One that is given up has nothing to follow.
    pub(in crate::model) fn copy_keeps<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        copy: Id<Request>,
    ) {
        let Some(parent) = self.parent_of(copy) else { return self.release_on_core(cx, copy) };
        let conn = self.requests[copy].conn;
        if self.calls[self.requests[copy].call as usize].via != Via::Shared {
            self.conns[conn].request = parent;
        }
        // Whether the connection is leaked was drawn for the copy that has it.
        let Request { leak_on_success, leak_on_error, call, .. } = self.requests[copy];
        let bit = 1 << self.calls[call as usize].call;
        let request = &mut self.requests[parent];
        request.conn = conn;
        request.leak_on_success = request.leak_on_success & !bit | leak_on_success & bit;
        request.leak_on_error = request.leak_on_error & !bit | leak_on_error & bit;
        self.mark(parent).permit = self.mark(copy).permit.take();
        self.mark(parent).copies = (Id::NONE, 0, 0);
        self.drop_copy(copy);
        self.keep(cx, parent);
    }

    /// A copy has failed: the next goes out at once; when it was the last one out, the attempt has
    /// failed.
    pub(in crate::model) fn copy_failed<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        copy: Id<Request>,
        cause: Cause,
    ) {
        let Some(parent) = self.parent_of(copy) else { return self.drop_copy(copy) };
        self.unlink_copy(parent, copy);
        self.drop_copy(copy);
        let extra = self.hedge_of(parent).map_or(0, |hedge| hedge.extra);
        let (_, sent, out) = &mut self.mark(parent).copies;
        *out -= 1;
        if *sent <= extra {
            return self.send_copy(cx, parent);
        }
        if *out == 0 {
            self.requests[parent].doing = Doing::Working;
            self.attempt_failed(cx, parent, cause);
        }
    }

    /// Takes a copy off the list of its call's copies.
    fn unlink_copy(&mut self, parent: Id<Request>, copy: Id<Request>) {
        let before = self.mark(copy).before;
        let mut at = self.mark(parent).copies.0;
        if at == copy {
            self.mark(parent).copies.0 = before;
        }
        while !at.is_none() {
            let mark = self.mark(at);
            if mark.before == copy {
                mark.before = before;
            }
            at = mark.before;
        }
    }

    /// Gives up all copies of a call but the winner.
    pub(in crate::model) fn give_up_copies<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        parent: Id<Request>,
        winner: Id<Request>,
    ) {
        let losers = self.hedge_of(parent).map_or(Losers::Close, |hedge| hedge.losers);
        let mut next = self.marks.get(parent).map_or(Id::NONE, |mark| mark.copies.0);
        // When a process ends its copies are gone before.
        while self.requests.get(next).is_some() {
            let copy = next;
            next = self.mark(copy).before;
            if copy != winner {
                self.give_up_copy(cx, copy, losers);
            }
        }
    }

    /// A copy is not wanted any more: what it waits for is left, its connection closed or kept until
    /// its late reply has come.
    fn give_up_copy<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        copy: Id<Request>,
        losers: Losers,
    ) {
        let Request { doing, conn, call, instance, .. } = self.requests[copy];
        let (via, through) = (self.calls[call as usize].via, self.calls[call as usize].through);
        if doing == Doing::AtBulkhead {
            self.leave_bulkhead_line(copy);
        }
        self.drop_holdings(cx, copy);
        let in_use = !conn.is_none() && doing != Doing::Dialling;
        if in_use && via != Via::Shared && losers == Losers::Drain {
            self.mark(copy).parent = Some(Id::NONE);
            return;
        }
        match (via, doing) {
            (Via::Pool, Doing::Waiting) => {
                self.instances[instance as usize].pool(through).leave(copy);
            }
            (Via::Shared, Doing::Waiting) => {
                for shared in &mut self.instances[instance as usize].shared(through).conns {
                    shared.waiting.retain(|(other, _)| *other != copy);
                }
            }
            _ => {}
        }
        self.drop_copy(copy);
        match via {
            // What a pool dials for nobody is idle when it is there.
            Via::PerRequest => self.close(cx, conn),
            Via::Pool if in_use => self.discard(cx, conn),
            Via::Pool | Via::Shared => {}
        }
    }

    /// A copy is gone.
    pub(in crate::model) fn drop_copy(&mut self, copy: Id<Request>) {
        self.requests.remove(copy);
        self.marks.leave(copy);
        self.copies -= 1;
    }

    /// Whether this is a copy of another request's call, wanted or not.
    pub(in crate::model) fn is_copy(&self, id: Id<Request>) -> bool {
        self.requests[id].marked_beside && self.marks.get(id).is_some_and(Mark::is_copy)
    }

    /// Whose call this is a copy of, if it is still wanted.
    fn parent_of(&self, copy: Id<Request>) -> Option<Id<Request>> {
        self.marks.get(copy)?.parent.filter(|parent| self.requests.get(*parent).is_some())
    }

    fn hedge_of(&self, id: Id<Request>) -> Option<Hedge> {
        let request = &self.requests[id];
        self.fleets[usize::from(request.fleet)].plans[usize::from(request.plan)].fleet.guards.hedge
    }
}
