//! The settings of a fleet in the form in which the hot path reads them: samplers instead of
//! distributions, thresholds instead of probabilities.

use std::ops::Range;

use crate::chance::{Odds, Sampler};
use crate::model::client::RetryPlan;
use crate::model::compile::{Compiled, compile};
use crate::model::server::KeyPlan;
use crate::scenario::{Breaker, Call, Check, Cold, Dist, Fleet, LeakKind};
use crate::units::Span;

/// Commands in one call, at most; the reader lets no more through.
pub(in crate::model) const COMMANDS_MAX: u32 = u16::MAX as u32;

/// One version of a fleet's settings. A deploy makes a new one; requests keep the one they began
/// with.
#[derive(Debug)]
pub struct Plan {
    /// The settings themselves.
    pub fleet: Fleet,
    /// The steps of a request.
    pub steps: Vec<StepPlan>,
    /// What every request draws when it arrives, in this order.
    pub draws: Vec<Sampler>,
    /// Those of them that are time of the instance itself.
    pub own: Vec<u16>,
    /// The choices between branches. One draw each, also when a request never comes there.
    pub choices: Vec<ChoicePlan>,
    /// How many keys a request draws: one for each transaction.
    pub keys: u16,
    /// The calls, in the order of the steps; of those to several nodes the first. One draw decides
    /// the leak of each.
    pub calls: Vec<CallId>,
    /// All of them, those to all nodes among them.
    pub all_calls: Range<CallId>,
    /// What happens after a failed call.
    pub retry: Option<RetryPlan>,
    /// What the library does after a failed attempt, by name of the connections.
    pub library: Vec<Option<RetryPlan>>,
    /// Whether anything tries again.
    pub retries: bool,
    /// Whether more of a call must be known than its failures.
    pub watched: bool,
    /// Whether replies may be errors.
    pub errs: bool,
    /// Whether work waits for a core of its process.
    pub counts_cpu: bool,
    /// Whether there is more to the begin of a request than to that of others: it needs a core, has a
    /// deadline, draws errors, or is at a process that may be cold.
    pub special: bool,
    /// How slow a process is at first, if it is.
    pub cold: Option<Cold>,
    /// From the begin of one stall to that of the next, and how long one lasts.
    pub stalls: Option<(Sampler, Sampler)>,
    /// The version under which health checks of this kind go their way, once one has.
    pub check: Option<(Check, u16)>,
}

/// One step, ready to run.
#[derive(Debug)]
pub enum StepPlan {
    /// Work of the instance itself.
    Work(Length),
    /// One use of a server: its place among the calls of all fleets.
    Call(CallId),
    /// One use of a node: the number of the choice between them, and the call of the first.
    Node(u16, CallId),
    /// One of several branches, or none: the number of the choice.
    OneOf(u16),
    /// The steps go on there.
    GoTo(u16),
    /// The connection of this call is let go, which was held for the steps since.
    LetGo(CallId),
}

/// A choice between branches, ready to be made.
#[derive(Debug, Default)]
pub struct ChoicePlan {
    /// Where each branch begins, with the odds of it or one before it; or the number of each node.
    pub arms: Vec<(Odds, u16)>,
    /// Where the steps go on behind them; the number of the last node.
    pub end: u16,
}

impl ChoicePlan {
    /// Where a request with this draw goes on.
    pub fn target(&self, draw: u64) -> u16 {
        let arm = self.arms.partition_point(|(odds, _)| !odds.met_by(draw));
        self.arms.get(arm).map_or(self.end, |(_, at)| *at)
    }
}

/// The place of a call among those of all fleets and versions.
pub type CallId = u32;

/// The place of a kind of command among those of all calls; 0 is the plain command.
pub type ClassId = u16;

/// What one kind of command asks of a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommandClass {
    /// CPU time; `None` is the server's own cost of a command.
    pub cost: Option<Span>,
    /// CPU time that is drawn: its number among those of all calls.
    pub drawn: Option<u16>,
    /// The reply leaves so long after the command was read.
    pub blocking: Option<Span>,
    /// The connection subscribes.
    pub subscribe: bool,
    /// The trips of a transaction about this key.
    pub key: Option<KeyPlan>,
}

/// The calls of all fleets and versions, and the kinds of commands they send.
#[derive(Debug)]
pub struct Calls {
    plans: Vec<CallPlan>,
    classes: Vec<CommandClass>,
    costs: Vec<(Sampler, Length)>,
}

impl Calls {
    /// No calls; the plain command alone.
    pub fn new() -> Calls {
        Calls { plans: Vec::new(), classes: vec![CommandClass::default()], costs: Vec::new() }
    }

    /// What a kind of command asks of a server.
    #[inline]
    pub fn class(&self, class: ClassId) -> CommandClass {
        self.classes[usize::from(class)]
    }

    /// What a drawn cost is drawn from, and which of a request's draws it is.
    pub fn cost(&self, number: u16) -> &(Sampler, Length) {
        &self.costs[usize::from(number)]
    }

    /// How many there are.
    pub fn count(&self) -> CallId {
        self.plans.len() as CallId
    }

    /// Adds a call.
    pub fn add(&mut self, plan: CallPlan) -> CallId {
        self.plans.push(plan);
        self.plans.len() as CallId - 1
    }

    /// The number of a kind of command. The reader lets no more kinds through than have a number.
    pub fn class_of(
        &mut self,
        call: &Call,
        cost: Option<(Sampler, Length)>,
        key: Option<KeyPlan>,
    ) -> ClassId {
        let Call { blocking, subscribe, .. } = *call;
        let mut class = CommandClass { blocking, subscribe, key, ..CommandClass::default() };
        match cost {
            None => {}
            Some((_, Length::Fixed(cost))) => class.cost = Some(cost),
            Some(drawn) => {
                class.drawn = Some(self.costs.len() as u16);
                self.costs.push(drawn);
            }
        }
        let known = self.classes.iter().position(|known| *known == class);
        let number = known.unwrap_or_else(|| {
            self.classes.push(class);
            self.classes.len() - 1
        });
        ClassId::try_from(number).expect("the reader counts the kinds of commands")
    }
}

impl Calls {
    /// The call of this number, if there is one.
    pub fn get(&self, call: CallId) -> Option<&CallPlan> {
        self.plans.get(call as usize)
    }
}

impl std::ops::Index<usize> for Calls {
    type Output = CallPlan;

    #[inline]
    fn index(&self, call: usize) -> &CallPlan {
        &self.plans[call]
    }
}

/// One use of a server, ready to run.
#[derive(Clone, Debug)]
pub struct CallPlan {
    /// The server.
    pub server: u16,
    /// The connections of the fleet.
    pub through: u16,
    /// The number of this call among the calls of a request.
    pub call: u16,
    /// How they are held.
    pub via: Via,
    /// Commands in all.
    pub commands: u16,
    /// Commands sent in one go.
    pub per_trip: u16,
    /// What kind of commands they are.
    pub class: ClassId,
    /// CPU time of each, where it is drawn.
    pub cost: Length,
    /// Work after the last reply, with the connection in hand.
    pub hold: Length,
    /// How long a reply may take.
    pub timeout: Option<Span>,
    /// How long a dial may take.
    pub connect_timeout: Option<Span>,
    /// What is never closed.
    pub leak: LeakPlan,
    /// The probability that the reply is an error.
    pub errors: Odds,
    /// Whether attempts pass guards, wait for a core, or are looked at by a budget or a deadline, or
    /// steps follow while it is held.
    pub guarded: bool,
    /// The bulkhead they pass.
    pub bulkhead: Option<u16>,
    /// How many calls hold a connection each while this one is made.
    pub depth: u8,
    /// Whether steps follow while its connection is held.
    pub holds_steps: bool,
}

/// How a call comes by a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// A dial of its own.
    PerRequest,
    /// A pool.
    Pool,
    /// Connections shared by all.
    Shared,
}

/// A length of time that is known, or drawn when the request arrives.
#[derive(Clone, Copy, Debug)]
pub enum Length {
    /// Always the same.
    Fixed(Span),
    /// The draw of this number.
    Drawn(u16),
}

/// Leaks, ready to be decided.
#[derive(Clone, Copy, Debug)]
pub struct LeakPlan {
    /// What happens to them.
    pub kind: LeakKind,
    /// After a success.
    pub on_success: Odds,
    /// After a failure.
    pub on_error: Odds,
    /// Every so many ends with a connection in hand; zero is off.
    pub every: u32,
}

impl Plan {
    /// Compiles the settings of a fleet; its calls are added to `all_calls`.
    pub fn new(fleet: &Fleet, all_calls: &mut Calls) -> Plan {
        let cold = fleet.process.cold;
        let retry = RetryPlan::new(&fleet.retry);
        let library: Vec<_> =
            fleet.connections.iter().map(|way| RetryPlan::new(&way.retry)).collect();
        let layers = || library.iter().chain([&retry]).flatten();
        let (retries, watched) = (layers().count() > 0, layers().any(|plan| plan.watched));
        let kept_back = watched || fleet.deadline.is_some();
        let guards = fleet.breaker != Breaker::None || fleet.guards.are_any();
        let guarded = guards || fleet.counts_cpu() || kept_back;
        let errs = fleet.calls().iter().any(|made| made.call.errors.share() > 0.0);
        let first = all_calls.count();
        let Compiled { steps, draws, own, choices, keys, calls } =
            compile(fleet, guarded, all_calls);
        let stalls = fleet.stalls.as_ref().map(|s| (sampler(&s.every), sampler(&s.length)));
        Plan {
            fleet: fleet.clone(),
            steps,
            draws,
            own,
            choices,
            keys,
            calls,
            all_calls: first..all_calls.count(),
            retry,
            library,
            retries,
            watched,
            errs,
            counts_cpu: fleet.counts_cpu(),
            special: fleet.counts_cpu() || fleet.deadline.is_some() || errs || cold.is_on(),
            cold: cold.is_on().then_some(cold),
            stalls,
            check: None,
        }
    }
}

/// The sampler of a distribution.
pub fn sampler(dist: &Dist) -> Sampler {
    match *dist {
        Dist::Constant(span) => Sampler::constant(span),
        Dist::Uniform { min, max } => Sampler::uniform(min, max),
        Dist::Exponential { mean } => Sampler::exponential(mean),
        Dist::LogNormal { mean, cv2 } => Sampler::lognormal(mean, cv2),
        Dist::Normal { mean, sd } => Sampler::normal(mean, sd),
        Dist::Erlang { mean, stages } => Sampler::erlang(mean, stages),
        Dist::Weibull { scale, shape } => Sampler::weibull(scale, shape),
        Dist::Pareto { min, max, shape } => Sampler::pareto(min, max, shape),
        Dist::Table(ref entries) => Sampler::table(entries),
    }
}
