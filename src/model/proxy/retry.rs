//! A proxy sends commands again that the server behind it has failed.

use crate::chance::Stream;
use crate::engine::{Observer, Rank};
use crate::model::client::{Conn, Decision, Doing, Purse, Request, RetryPlan, Trial};
use crate::model::proxy::{Exchange, Proxy};
use crate::model::slab::{Id, Slab};
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{self, Cause, ProxyMode, Retry, SendRate};
use crate::units::SimTime;
use std::collections::BTreeMap;

/// What a proxy does when the server behind it fails a client's commands.
#[derive(Debug)]
pub struct Retries {
    plan: Option<RetryPlan>,
    purse: Purse,
    /// How far it is with each exchange that was looked at.
    pub trials: Slab<Trial>,
    /// Those that wait for their pause, by its end and in order.
    pausing: BTreeMap<(SimTime, u64), Exchange>,
    /// How many have ever waited.
    paused: u64,
    stream: Stream,
}

impl Retries {
    /// Those of a proxy that starts.
    pub fn new(settings: &scenario::Proxy, stream: Stream) -> Retries {
        let purse = match &settings.retry {
            Retry::None => Purse::new(&scenario::Budget::None, &SendRate::None),
            Retry::Again(policy) => Purse::new(&policy.budget, &policy.send_rate),
        };
        Retries {
            plan: plan(settings),
            purse,
            trials: Slab::new(),
            pausing: BTreeMap::new(),
            paused: 0,
            stream,
        }
    }

    /// Other settings hold from now on.
    pub fn configure(&mut self, settings: &scenario::Proxy) {
        self.plan = plan(settings);
        if let Some(plan) = &self.plan {
            self.purse.configure(&plan.budget, &plan.send_rate);
        }
    }

    /// The same policy in a process that starts anew.
    pub fn anew(&mut self, settings: &scenario::Proxy) -> Retries {
        Retries::new(settings, self.stream.clone())
    }
}

fn plan(settings: &scenario::Proxy) -> Option<RetryPlan> {
    match settings.mode {
        ProxyMode::Multiplexed => RetryPlan::new(&settings.retry),
        _ => None,
    }
}

impl Proxy {
    /// An exchange goes out for the first time.
    pub(super) fn exchange_begins(&mut self, what: &mut Exchange, now: SimTime) {
        let Retries { plan: Some(plan), purse, trials, .. } = &mut self.retries else { return };
        if what.trial.is_none() {
            purse.first_attempt(&plan.budget, now);
            what.trial = trials.insert(Trial { since: now, begun: true, ..Trial::default() });
        }
        purse.begins(&mut trials[what.trial]);
    }

    /// An exchange has its reply.
    pub(super) fn exchange_succeeded(&mut self, what: &Exchange, now: SimTime) {
        let Retries { plan, purse, trials, .. } = &mut self.retries;
        let Some(trial) = trials.get_mut(what.trial) else { return };
        if let Some(plan) = plan {
            purse.succeeded(&plan.budget, trial, now);
        }
        purse.attempt_over(trial);
        trials.remove(what.trial);
    }
}

impl World {
    /// The server behind a proxy has failed an exchange: it goes out again after a while, or the
    /// client learns of it.
    pub(in crate::model) fn exchange_failed<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        p: usize,
        what: Exchange,
        cause: Cause,
    ) {
        let proxy = &mut self.proxies[p];
        let server = proxy.server;
        let Retries { plan, purse, trials, pausing, paused, stream } = &mut proxy.retries;
        let Some(trial) = trials.get_mut(what.trial) else { return self.fail_exchange(cx, what) };
        purse.attempt_over(trial);
        let waits = self.conns.get(what.client).is_some_and(Conn::has_slot);
        let decision = match plan {
            Some(plan) if waits => plan.decide(trial, purse, cause, cx.now, stream),
            _ => Decision::GiveUp,
        };
        let Decision::After(pause) = decision else {
            trials.remove(what.trial);
            return self.fail_exchange(cx, what);
        };
        purse.retries(trial);
        let at = cx.now + pause;
        pausing.insert((at, *paused), what);
        *paused += 1;
        cx.note(Observation::UpstreamRetried { server });
        cx.agenda.at(at, Rank::TIMEOUT, Event::ProxyLook { proxy: p as u16 });
    }

    /// Exchanges whose pause is over go out again.
    pub(in crate::model) fn exchanges_due<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        p: usize,
    ) {
        loop {
            let Retries { purse, trials, pausing, .. } = &mut self.proxies[p].retries;
            let Some(first) = pausing.first_entry().filter(|e| e.key().0 <= cx.now) else { return };
            let what = first.remove();
            if self.conns.get(what.client).is_some_and(Conn::has_slot) {
                self.draw_error_again(what.request);
                self.share(cx, p, what);
            } else if let Some(trial) = trials.get_mut(what.trial) {
                purse.attempt_over(trial);
                trials.remove(what.trial);
            }
        }
    }

    /// Whether the server's reply to a proxy is an error, by the errors of the call.
    pub(in crate::model) fn is_error_upstream(&self, id: Id<Request>, commands: u16) -> bool {
        self.requests.get(id).is_some_and(|request| {
            let call = &self.calls[request.call as usize];
            call.guarded
                && request.doing == Doing::Calling
                && request.commands_left <= commands
                && request.errors >> call.call & 1 == 1
        })
    }

    /// Whether the reply to a request's next attempt is an error is drawn anew.
    fn draw_error_again(&mut self, id: Id<Request>) {
        let Some(request) = self.requests.get_mut(id) else { return };
        let call = &self.calls[request.call as usize];
        if !call.errors.is_never() {
            let errs =
                self.fleets[usize::from(request.fleet)].streams.retry_error.happens(call.errors);
            request.reply_errs(call.call, errs);
        }
    }

    /// Recounts what the budget of proxy `p` takes to be under way.
    ///
    /// # Errors
    ///
    /// The law that is broken.
    pub(in crate::model) fn check_proxy_retries(&self, p: usize) -> Result<(), String> {
        let Retries { purse, trials, .. } = &self.proxies[p].retries;
        let active = trials.iter().filter(|(_, trial)| trial.active).count();
        let retrying = trials.iter().filter(|(_, trial)| trial.retrying).count();
        match (purse.active as usize, purse.retrying as usize) == (active, retrying) {
            true => Ok(()),
            false => Err(format!(
                "exchanges and retries of a proxy: {} and {} by its budget, {active} and \
                 {retrying} counted",
                purse.active, purse.retrying
            )),
        }
    }
}
