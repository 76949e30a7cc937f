//! The entrance of an instance: a rate, a limit of requests at work, a line before it.

use crate::engine::{Observer, Rank};
use crate::model::client::{Doing, Request};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::Cause;

impl World {
    /// A request comes to an instance that does not let in everybody. To one that stands still it
    /// comes when that goes on.
    #[inline(never)]
    pub(in crate::model) fn enter<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        let place = &mut self.instances[self.requests[id].instance as usize];
        let until = place.stopped_until;
        if until <= cx.now {
            return self.pass_entrance(cx, id);
        }
        place.guards.line.late += 1;
        self.mark(id);
        self.requests[id].doing = Doing::Arriving;
        cx.agenda.at(until, Rank::DELIVERY, Event::Begin { request: id });
    }

    /// The instance has gone on.
    pub(in crate::model) fn enter_late<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        let request = &mut self.requests[id];
        request.doing = Doing::Working;
        self.instances[request.instance as usize].guards.line.late -= 1;
        self.pass_entrance(cx, id);
    }

    fn pass_entrance<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, id: Id<Request>) {
        let place = &mut self.instances[self.requests[id].instance as usize];
        let (entrance, line) = (place.process.entrance, &mut place.guards.line);
        if entrance.rate_limit.is_some_and(|bucket| !line.take_token(&bucket, cx.now)) {
            return self.finish(cx, id, Err(Cause::RateLimited));
        }
        let at_work = line.at_work(place.in_flight);
        if entrance.max_in_flight.is_none_or(|most| at_work <= most) {
            return self.start(cx, id);
        }
        if !line.has_room(&entrance.queue) {
            return self.finish(cx, id, Err(Cause::QueueFull));
        }
        line.wait(id);
        self.mark(id);
        let request = &mut self.requests[id];
        request.doing = Doing::Queued;
        request.phase += 1;
        if let Some(wait) = entrance.queue.wait_timeout {
            let event = Event::GuardDue { request: id, phase: request.phase };
            cx.agenda.at(cx.now + wait, Rank::TIMEOUT, event);
        }
    }

    /// Those next in line at the entrance begin, as far as there is room, when what happens now is
    /// done.
    #[inline(never)]
    pub(in crate::model) fn admit_next<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
    ) {
        let place = &mut self.instances[instance as usize];
        let (entrance, line) = (place.process.entrance, &mut place.guards.line);
        while entrance.max_in_flight.is_none_or(|most| line.at_work(place.in_flight) < most) {
            let Some(next) = line.next(&entrance.queue) else { return };
            let request = &mut self.requests[next];
            request.doing = Doing::Working;
            request.phase += 1;
            cx.agenda.at(cx.now, Rank::DELIVERY, Event::Begin { request: next });
        }
    }
}
