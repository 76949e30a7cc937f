//! Policies and budgets at work: what the world does with their decisions.

use crate::engine::{Observer, Rank};
use crate::model::client::retry::{Decision, RetryPlan, Trial, Trials};
use crate::model::client::{Doing, Purse, Request};
use crate::model::plan::Plan;
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{Cause, SendRate};
use crate::units::{SimTime, Span};

/// The policies of the layers around a call, from the inside, and the places of their purses.
fn layers(plan: &Plan, through: u16) -> [(Option<&RetryPlan>, usize); super::LAYERS] {
    let library = plan.library[usize::from(through)].as_ref();
    [(library, usize::from(through) + 1), (plan.retry.as_ref(), 0)]
}

impl World {
    /// An attempt of a guarded call wants to begin: whether it is kept back, or comes too late.
    #[inline(never)]
    pub(in crate::model) fn kept_back<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) -> bool {
        if self.is_overdue(id, cx.now) {
            self.finish(cx, id, Err(Cause::Deadline));
            return true;
        }
        let request = &mut self.requests[id];
        let plan = &self.fleets[usize::from(request.fleet)].plans[usize::from(request.plan)];
        let call = &self.calls[request.call as usize];
        if !plan.watched {
            return false;
        }
        let trials = trials_of(&mut self.trials, request, id);
        let purses = &mut self.instances[request.instance as usize].purses;
        let mut wait = Span::ZERO;
        for (trial, (policy, purse)) in trials.iter_mut().zip(layers(plan, call.through)) {
            let Some(policy) = policy else { continue };
            let purse = &mut purses[purse];
            if !trial.begun {
                trial.begun = true;
                trial.since = cx.now;
                purse.first_attempt(&policy.budget, cx.now);
            }
            purse.begins(trial);
            if let Some(pace) = &mut purse.pace {
                wait = wait.max(pace.wait(cx.now));
            }
        }
        if wait.is_zero() {
            return false;
        }
        request.doing = Doing::Pausing;
        cx.agenda.at(cx.now + wait, Rank::DELIVERY, Event::Paced { request: id });
        true
    }

    /// An attempt that was kept back begins.
    pub(in crate::model) fn paced<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
    ) {
        if self.requests.get(id).is_some() {
            self.guarded_attempt(cx, id);
        }
    }

    /// Whether a request has not tried its present call before.
    pub(in crate::model) fn is_first_attempt(&self, id: Id<Request>) -> bool {
        let tried = self.trials.get(id).filter(|_| self.requests[id].tried);
        tried.is_none_or(|trials| trials.iter().all(|trial| trial.retries == 0))
    }

    /// An attempt of a guarded call has its reply.
    #[inline(never)]
    pub(in crate::model) fn layers_succeeded(&mut self, id: Id<Request>, now: SimTime) {
        let request = &self.requests[id];
        let plan = &self.fleets[usize::from(request.fleet)].plans[usize::from(request.plan)];
        let call = &self.calls[request.call as usize];
        let Some(trials) = self.trials.get_mut(id).filter(|_| request.tried) else { return };
        let purses = &mut self.instances[request.instance as usize].purses;
        for (trial, (policy, purse)) in trials.iter_mut().zip(layers(plan, call.through)) {
            let Some(policy) = policy else { continue };
            let purse = &mut purses[purse];
            purse.succeeded(&policy.budget, trial, now);
            if let Some(pace) = &mut purse.pace {
                pace.learn(false, now);
            }
            purse.attempt_over(trial);
        }
    }

    /// The pause before the next attempt after one has failed, the innermost layer deciding first;
    /// `None` when all give up.
    #[inline(never)]
    pub(in crate::model) fn layers_failed<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Request>,
        cause: Cause,
    ) -> Option<Span> {
        let now = cx.now;
        let request = &mut self.requests[id];
        let fleet = &mut self.fleets[usize::from(request.fleet)];
        let plan = &fleet.plans[usize::from(request.plan)];
        let through = self.calls[request.call as usize].through;
        if !plan.retries {
            return None;
        }
        let trials = trials_of(&mut self.trials, request, id);
        let purses = &mut self.instances[request.instance as usize].purses;
        for (layer, (policy, purse)) in layers(plan, through).into_iter().enumerate() {
            let (inside, trial) = trials.split_at_mut(layer);
            let (Some(policy), Some(trial)) = (policy, trial.first_mut()) else { continue };
            let purse = &mut purses[purse];
            if let (Some(pace), SendRate::AwsAdaptive { throttled_by }) =
                (&mut purse.pace, policy.send_rate)
            {
                pace.learn(throttled_by.has(cause), now);
            }
            purse.attempt_over(trial);
            match policy.decide(trial, purse, cause, now, &mut fleet.streams.retry) {
                Decision::GiveUp => {}
                Decision::Unpaid => cx.note(Observation::RetryRefused { fleet: request.fleet }),
                Decision::After(pause) => {
                    if plan.watched {
                        purse.retries(trial);
                    }
                    inside.fill(Trial::default());
                    return Some(pause);
                }
            }
        }
        None
    }

    /// A request has ended in the middle of a call: nothing of it is under way any more.
    #[inline(never)]
    pub(in crate::model) fn trials_over(&mut self, id: Id<Request>, request: (u32, u32)) {
        let (instance, call) = request;
        let Some(trials) = self.trials.get_mut(id) else { return };
        let through = usize::from(self.calls[call as usize].through);
        let purses = &mut self.instances[instance as usize].purses;
        for (trial, purse) in trials.iter_mut().zip([through + 1, 0]) {
            if let Some(purse) = purses.get_mut(purse) {
                purse.attempt_over(trial);
            }
        }
        self.trials.leave(id);
    }

    /// Other settings of a fleet hold in an instance: budgets that differ begin anew.
    pub(in crate::model) fn change_purses(
        &mut self,
        instance: u32,
        before: &crate::scenario::Fleet,
        after: &crate::scenario::Fleet,
    ) {
        let of = |fleet: &crate::scenario::Fleet| -> Vec<_> { budgets(fleet).collect() };
        let purses = &mut self.instances[instance as usize].purses;
        for (purse, (old, new)) in purses.iter_mut().zip(of(before).into_iter().zip(of(after))) {
            if old != new {
                purse.configure(&new.0, &new.1);
            }
        }
    }

    /// Recounts what the budgets of an instance take to be under way.
    ///
    /// # Errors
    ///
    /// The law that is broken.
    pub(in crate::model) fn check_purses(&self, instance: usize) -> Result<(), String> {
        let place = &self.instances[instance];
        for (number, purse) in place.purses.iter().enumerate() {
            let mine = self.trials.iter().filter_map(|(id, trials)| {
                let request = self.requests.get(id).filter(|r| r.tried)?;
                let through = usize::from(self.calls[request.call as usize].through);
                let trial = match number {
                    0 => &trials[1],
                    way if way == through + 1 => &trials[0],
                    _ => return None,
                };
                (request.instance as usize == instance).then_some(trial)
            });
            let (mut active, mut retrying) = (0, 0);
            for trial in mine {
                active += u32::from(trial.active);
                retrying += u32::from(trial.retrying);
            }
            if (purse.active, purse.retrying) != (active, retrying) {
                return Err(format!(
                    "attempts and retries under way: {} and {} by the budget, {active} and \
                     {retrying} counted",
                    purse.active, purse.retrying
                ));
            }
        }
        Ok(())
    }
}

/// How far the layers are with the present call of a request; from the beginning, if nothing was known
/// of it.
fn trials_of<'a>(
    all: &'a mut crate::model::slab::Beside<Request, Trials>,
    request: &mut Request,
    id: Id<Request>,
) -> &'a mut Trials {
    let trials = all.claim(id);
    if !request.tried {
        request.tried = true;
        *trials = Trials::default();
    }
    trials
}

/// The purses of a new process, that of the fleet first, then those of its connections.
pub fn purses(fleet: &crate::scenario::Fleet) -> Vec<Purse> {
    budgets(fleet).map(|(budget, rate)| Purse::new(&budget, &rate)).collect()
}

/// What the layers of a fleet pay from, and their send rates, in the order of the purses.
fn budgets(
    fleet: &crate::scenario::Fleet,
) -> impl Iterator<Item = (crate::scenario::Budget, SendRate)> {
    use crate::scenario::{Budget, Retry};
    let library = fleet.connections.iter().map(|way| &way.retry);
    std::iter::once(&fleet.retry).chain(library).map(|retry| match retry {
        Retry::None => (Budget::None, SendRate::None),
        Retry::Again(policy) => (policy.budget.clone(), policy.send_rate),
    })
}
