//! The deadline of a request: the end of every wait, dial, read and pause of its calls.
//!
//! Work of the instance itself goes on: a request that is at work when its deadline passes fails at
//! its next attempt, and succeeds if there is none.
//!
//! # Source
//!
//! gRPC: one deadline over all attempts of a call (grpc/proposal A6-client-retries.md). Envoy: retries
//! live inside the route timeout.

use crate::engine::{Observer, Rank};
use crate::model::client::{Doing, Request};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::Cause;
use crate::units::{SimTime, Span};

impl World {
    /// A request begins that has a deadline.
    #[inline(never)]
    pub(in crate::model) fn set_deadline<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        deadline: Span,
    ) {
        let fleet = self.requests[id].fleet;
        let requests = &self.requests;
        let lives = |id: &Id<Request>| requests.get(*id).is_some();
        let deadlines = &mut self.fleets[usize::from(fleet)].deadlines;
        if let Some(at) = deadlines.push(cx.now + deadline, id, lives) {
            cx.agenda.at(at, Rank::TIMEOUT, Event::DeadlineDue { fleet });
        }
    }

    /// Whether the deadline of a request has passed.
    pub(in crate::model) fn is_overdue(&self, id: Id<Request>, now: SimTime) -> bool {
        let request = &self.requests[id];
        let plan = &self.fleets[usize::from(request.fleet)].plans[usize::from(request.plan)];
        plan.fleet.deadline.is_some_and(|deadline| request.began + deadline <= now)
    }

    /// Deadlines of requests are due.
    pub(in crate::model) fn deadline_due<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        fleet: u16,
    ) {
        let f = usize::from(fleet);
        if !self.fleets[f].deadlines.is_due(cx.now) {
            return;
        }
        let mut due = None;
        while let Some(id) = self.fleets[f].deadlines.take(cx.now) {
            let Some(request) = self.requests.get(id) else { continue };
            match self.stopped_until(request.instance, cx.now) {
                None => self.expire(cx, id),
                Some(until) => due = self.fleets[f].deadlines.push(until, id, |_| true).or(due),
            }
        }
        let requests = &self.requests;
        let lives = |id: &Id<Request>| requests.get(*id).is_some();
        if let Some(at) = self.fleets[f].deadlines.rearm(lives).or(due) {
            cx.agenda.at(at, Rank::TIMEOUT, Event::DeadlineDue { fleet });
        }
    }

    /// The deadline of a request has come.
    fn expire<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, id: Id<Request>) {
        let Request { doing, marked, .. } = self.requests[id];
        match doing {
            Doing::Waiting | Doing::Dialling => self.leaves_wait(cx, id, Cause::Deadline),
            Doing::Calling | Doing::Validating => self.fail_in_hand(cx, id, Cause::Deadline),
            Doing::Holding if marked > cx.now => self.fail_in_hand(cx, id, Cause::Deadline),
            Doing::Pausing
            | Doing::Arriving
            | Doing::Queued
            | Doing::AtBulkhead
            | Doing::Racing => self.finish(cx, id, Err(Cause::Deadline)),
            Doing::Holding
            | Doing::Working
            | Doing::Starting
            | Doing::Trying
            | Doing::Reading(_)
            | Doing::Releasing => {}
        }
    }
}
