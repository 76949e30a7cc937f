//! Those who send requests: what a request knows of who sent it, and what follows its end.

use crate::chance::{Sampler, Stream};
use crate::engine::{Observer, Rank};
use crate::model::client::dial::Dial;
use crate::model::client::{Conn, Doing, Request};
use crate::model::load::users::GivenUp;
use crate::model::plan::{Via, sampler};
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{self, Abandoned, Cause};
use crate::units::{SimTime, Span};

/// Who sent a request, and which of that visitor's requests for one thing it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The number of the user, of the session, or of the process that is checked.
    pub number: u32,
    /// Reloads before it.
    pub reloads: u16,
    /// What kind of visitor.
    pub visitor: Visitor,
    /// Nobody waits for its end any more.
    pub abandoned: bool,
}

/// Kinds of visitors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visitor {
    /// Somebody who comes once.
    Passer,
    /// A user who comes back.
    User,
    /// The balancer, which checks the process of this number.
    Balancer,
}

impl Visit {
    /// The first request of somebody who comes once.
    pub const PASSER: Visit =
        Visit { number: u32::MAX, reloads: 0, visitor: Visitor::Passer, abandoned: false };

    /// The first request of a user after a thought.
    pub fn of_user(number: u32) -> Visit {
        Visit { number, visitor: Visitor::User, ..Visit::PASSER }
    }

    /// A check of the process with this number.
    pub fn check(process: u32) -> Visit {
        Visit { number: process, visitor: Visitor::Balancer, ..Visit::PASSER }
    }

    /// Whether it is a check of the balancer's.
    #[inline]
    pub fn is_check(&self) -> bool {
        self.visitor == Visitor::Balancer
    }

    /// Whether somebody waits for its end.
    #[inline]
    pub fn is_awaited(&self) -> bool {
        !self.abandoned && !self.is_check()
    }

    /// Whether a user sent it.
    #[inline]
    pub fn is_of_user(&self) -> bool {
        self.visitor == Visitor::User
    }
}

/// How those who send requests to a fleet behave, ready to be drawn from.
#[derive(Debug)]
pub struct Visitors {
    /// How long somebody waits.
    pub patience: Option<Sampler>,
    /// Reloads at most, and the pause before each.
    pub reload: Option<(Option<u32>, Sampler)>,
}

impl Visitors {
    /// Those of `settings`.
    pub fn new(settings: &scenario::Visitors) -> Visitors {
        Visitors {
            patience: settings.patience.as_ref().map(sampler),
            reload: settings.reload.as_ref().map(|again| (again.times, sampler(&again.pause))),
        }
    }

    /// The pause before the reload that follows so many, if one does.
    fn pause(&self, reloads: u16, stream: &mut Stream) -> Option<Span> {
        let (most, pause) = self.reload.as_ref()?;
        let again = most.is_none_or(|most| u32::from(reloads) < most);
        again.then(|| pause.sample(stream))
    }
}

impl World {
    /// Somebody waits for the end of a request, but not for ever.
    #[inline(never)]
    pub(in crate::model) fn set_patience<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        let fleet = &mut self.fleets[usize::from(self.requests[id].fleet)];
        if let Some(patience) = &fleet.visitors.patience {
            let wait = patience.sample(&mut fleet.streams.patience);
            cx.agenda.at(cx.now + wait, Rank::TIMEOUT, Event::Impatient { request: id });
        }
    }

    /// Somebody has waited long enough for a request, or its instance learns of that.
    pub(in crate::model) fn impatient<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        let Some(request) = self.requests.get_mut(id) else { return };
        if request.visit.abandoned {
            return self.cancel(cx, id);
        }
        let visit = request.visit;
        request.visit.abandoned = true;
        let (index, began, instance) = (request.fleet, request.began, request.instance);
        let fleet = &mut self.fleets[usize::from(index)];
        let settings = &fleet.plans[usize::from(request.plan)].fleet;
        let cancels = settings.abandoned == Abandoned::Cancelled;
        if visit.is_check() {
            self.checked(cx, instance, visit.number, false);
        } else {
            fleet.in_flight.down();
            fleet.orphans += 1;
            cx.note(Observation::Failed { fleet: index, cause: Cause::Abandoned, began });
        }
        if cancels {
            // Who stands still learns of it when going on.
            match self.stopped_until(instance, cx.now) {
                None => self.cancel(cx, id),
                Some(until) => {
                    cx.agenda.at(until, Rank::TIMEOUT, Event::Impatient { request: id });
                }
            }
        }
        if !visit.is_check() {
            self.visited(cx, index, visit, true);
        }
    }

    /// The work for an abandoned request is cut off.
    fn cancel<O: Observer<Observation>>(&mut self, cx: &mut Cx<'_, O>, id: Id<Request>) {
        let request = &mut self.requests[id];
        match request.doing {
            Doing::Working
            | Doing::Pausing
            | Doing::Starting
            | Doing::Arriving
            | Doing::Queued
            | Doing::AtBulkhead
            | Doing::Racing => {
                self.finish(cx, id, Err(Cause::Abandoned));
            }
            Doing::Validating
            | Doing::Calling
            | Doing::Holding
            | Doing::Reading(_)
            | Doing::Releasing => self.fail_in_hand(cx, id, Cause::Abandoned),
            Doing::Waiting | Doing::Dialling | Doing::Trying => {
                self.leaves_wait(cx, id, Cause::Abandoned);
            }
        }
    }

    /// A request waits no longer for a connection, or for a core: it fails. A dial for a pool goes on
    /// without it.
    pub(in crate::model) fn leaves_wait<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        cause: Cause,
    ) {
        let request = &mut self.requests[id];
        let conn = std::mem::replace(&mut request.conn, Id::NONE);
        let (doing, instance) = (request.doing, request.instance);
        let call = &self.calls[request.call as usize];
        match (doing, call.via) {
            (Doing::Waiting, Via::Pool) => {
                self.instances[instance as usize].pool(call.through).leave(id);
            }
            (Doing::Dialling, Via::Pool) => return self.cancel_dial(cx, id, conn, cause),
            (Doing::Dialling, Via::PerRequest) => self.close(cx, conn),
            _ => {}
        }
        self.attempt_failed(cx, id, cause);
    }

    /// A caller of a pool is cut off in the middle of its dial: where callers dial again and again, or
    /// for a limited time, the dial ends with it; else it goes on for the pool.
    fn cancel_dial<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        conn: Id<Conn>,
        cause: Cause,
    ) {
        let request = &self.requests[id];
        let dial = Dial::of(request, &self.calls[request.call as usize], id);
        let pool = self.instances[dial.instance as usize].pool(dial.through);
        if pool.manners.is_none() {
            return self.attempt_failed(cx, id, cause);
        }
        self.dial_abandoned(cx, &dial, conn);
        self.attempt_failed(cx, id, cause);
        self.dial_waiting_callers(cx, dial.instance, dial.through);
    }

    /// A check has ended, or a request that nobody waits for.
    #[inline(never)]
    pub(in crate::model) fn ended_unseen<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        index: u16,
        instance: u32,
        visit: Visit,
        done: bool,
    ) {
        let fleet = &mut self.fleets[usize::from(index)];
        if visit.is_check() {
            fleet.checks.in_flight -= 1;
            if !visit.abandoned {
                self.checked(cx, instance, visit.number, done);
            }
            return;
        }
        fleet.orphans -= 1;
        if done {
            cx.note(Observation::Wasted { fleet: index });
        }
    }

    /// A visitor's request has ended for the visitor: after a failure another may follow; else a user
    /// thinks again, or leaves.
    #[inline(never)]
    pub(in crate::model) fn visited<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        index: u16,
        visit: Visit,
        failed: bool,
    ) {
        let fleet = &mut self.fleets[usize::from(index)];
        let pause = match failed {
            true => fleet.visitors.pause(visit.reloads, &mut fleet.streams.reload),
            false => None,
        };
        if let Some(pause) = pause {
            if visit.is_of_user() {
                fleet.users.pauses();
            }
            let event = Event::Reload { fleet: index, visit };
            return cx.agenda.at(cx.now + pause, Rank::ARRIVAL, event);
        }
        if !visit.is_of_user() {
            return;
        }
        let next = match failed {
            true => fleet.users.gives_up(&mut fleet.streams.reload, &mut fleet.streams.think),
            false if fleet.users.thinks_again() => {
                GivenUp::Thinks(fleet.users.think(&mut fleet.streams.think))
            }
            false => GivenUp::Superfluous,
        };
        match next {
            GivenUp::Thinks(think) => {
                let event = Event::UserReady { fleet: index, user: visit.number };
                cx.agenda.at(cx.now + think, Rank::ARRIVAL, event);
            }
            GivenUp::Left => cx.note(Observation::UserLeft { fleet: index }),
            GivenUp::Superfluous => {}
        }
    }

    /// The pause before a reload is over.
    pub(in crate::model) fn reload<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        index: u16,
        visit: Visit,
    ) {
        let fleet = &mut self.fleets[usize::from(index)];
        if visit.is_of_user() && !fleet.users.asks_again() {
            return;
        }
        cx.note(Observation::Reloaded { fleet: index });
        let reloads = visit.reloads.saturating_add(1);
        self.begin(cx, index, Visit { reloads, abandoned: false, ..visit });
    }
}

impl Request {
    /// Whether its connection is in order, with nothing under way on it, though it fails by `cause`:
    /// after an error reply, or with the last reply there.
    pub fn leaves_in_order(&self, cause: Cause, now: SimTime) -> bool {
        let replied = match self.doing {
            Doing::Holding => self.marked <= now,
            Doing::Releasing => true,
            _ => false,
        };
        matches!(cause, Cause::ServerError | Cause::Conflict)
            || cause == Cause::Abandoned && replied
    }
}
