//! The steps of a request, nested as they are written, made into a list that is walked from the top:
//! branches become jumps, and what a call holds beyond itself is let go by an entry of its own.

use crate::chance::{Odds, Sampler};
use crate::model::plan::{
    COMMANDS_MAX, CallId, CallPlan, Calls, ChoicePlan, LeakPlan, Length, StepPlan, Via, sampler,
};
use crate::model::server::KeyPlan;
use crate::scenario::{Branch, Call, Dist, Fleet, Leak, Spread, Step, Strategy};
use crate::units::{Ratio, Span};

/// One reads, one changes.
const TRIPS_OF_TRANSACTION: u16 = 2;

/// What the steps of a fleet become.
#[derive(Debug, Default)]
pub struct Compiled {
    /// See [`Plan::steps`](super::plan::Plan::steps).
    pub steps: Vec<StepPlan>,
    /// See [`Plan::draws`](super::plan::Plan::draws).
    pub draws: Vec<Sampler>,
    /// See [`Plan::own`](super::plan::Plan::own).
    pub own: Vec<u16>,
    /// See [`Plan::choices`](super::plan::Plan::choices).
    pub choices: Vec<ChoicePlan>,
    /// See [`Plan::keys`](super::plan::Plan::keys).
    pub keys: u16,
    /// See [`Plan::calls`](super::plan::Plan::calls).
    pub calls: Vec<CallId>,
}

/// Compiles the steps of a fleet, whose attempts may all be guarded; its calls are added to `all`.
pub fn compile(fleet: &Fleet, guarded: bool, all: &mut Calls) -> Compiled {
    let mut compiler = Compiler { fleet, guarded, all, out: Compiled::default() };
    compiler.steps(&fleet.steps, 0);
    compiler.out
}

struct Compiler<'a> {
    fleet: &'a Fleet,
    guarded: bool,
    all: &'a mut Calls,
    out: Compiled,
}

impl Compiler<'_> {
    /// Steps inside of `depth` calls.
    fn steps(&mut self, steps: &[Step], depth: u8) {
        for step in steps {
            match step {
                Step::Work(dist) => {
                    let length = self.length(dist);
                    self.out.steps.push(StepPlan::Work(length));
                }
                Step::Call(call) => self.call(call, depth),
                Step::OneOf(branches) => self.one_of(branches, depth),
            }
        }
    }

    /// A call, the steps that it holds its connection for, and its end.
    fn call(&mut self, call: &Call, depth: u8) {
        let id = self.plan(call, depth);
        let step = match call.spread {
            Some(spread) => StepPlan::Node(self.nodes(spread), id),
            None => StepPlan::Call(id),
        };
        self.out.steps.push(step);
        if !call.holding.is_empty() {
            self.steps(&call.holding, depth + 1);
            self.out.steps.push(StepPlan::LetGo(id));
        }
    }

    /// The choice, then one branch after the other, each with a jump behind it.
    fn one_of(&mut self, branches: &[Branch], depth: u8) {
        let number = self.out.choices.len();
        self.out.choices.push(ChoicePlan::default());
        self.out.steps.push(StepPlan::OneOf(number as u16));
        let (mut arms, mut ends, mut below) = (Vec::new(), Vec::new(), 0.0);
        for branch in branches {
            below += branch.share.share();
            let odds = Odds::new(Ratio::new(below).unwrap_or(Ratio::ONE));
            arms.push((odds, self.here()));
            self.steps(&branch.steps, depth);
            ends.push(self.out.steps.len());
            self.out.steps.push(StepPlan::GoTo(0));
        }
        let end = self.here();
        for at in ends {
            self.out.steps[at] = StepPlan::GoTo(end);
        }
        self.out.choices[number] = ChoicePlan { arms, end };
    }

    /// The place of the step that is compiled next.
    fn here(&self) -> u16 {
        self.out.steps.len() as u16
    }

    /// Adds a call, and with it those to further nodes; gives the first.
    fn plan(&mut self, call: &Call, depth: u8) -> CallId {
        let fleet = self.fleet;
        let mut timeout = call.timeout;
        let (via, leak, connect_timeout) = match &fleet.connections[call.through].strategy {
            Strategy::PerRequest { leak, connect_timeout } => {
                (Via::PerRequest, *leak, *connect_timeout)
            }
            Strategy::Pooled(pool) => (Via::Pool, pool.leak, pool.connect_timeout),
            Strategy::Shared(shared) => {
                timeout = timeout.or(shared.command_timeout);
                (Via::Shared, Leak::NONE, shared.connect_timeout)
            }
        };
        let hold = self.length(&call.hold);
        let cost = call.cost.as_ref().map(|dist| (sampler(dist), self.drawn(dist)));
        let key = call.transaction.map(|keys| self.key(keys));
        let commands = match key {
            Some(_) => TRIPS_OF_TRANSACTION,
            None => call.commands.min(COMMANDS_MAX) as u16,
        };
        let holds_steps = !call.holding.is_empty();
        let errs = call.errors.share() > 0.0;
        let plan = CallPlan {
            server: call.server as u16,
            through: call.through as u16,
            call: self.out.calls.len() as u16,
            via,
            commands,
            per_trip: if call.pipelined { commands } else { 1 },
            cost: cost.as_ref().map_or(Length::Fixed(Span::ZERO), |(_, length)| *length),
            class: self.all.class_of(call, cost, key),
            hold,
            timeout,
            connect_timeout,
            leak: LeakPlan {
                kind: leak.kind,
                on_success: Odds::new(leak.on_success),
                on_error: Odds::new(leak.on_error),
                every: leak.every,
            },
            errors: Odds::new(call.errors),
            guarded: self.guarded || call.bulkhead.is_some() || holds_steps || errs,
            bulkhead: call.bulkhead.map(|index| index as u16),
            depth,
            holds_steps,
        };
        let id = self.all.add(plan.clone());
        self.out.calls.push(id);
        if let Some(spread) = call.spread {
            for node in 1..spread.nodes as u16 {
                let way = if spread.ways { node } else { 0 };
                let (server, through) = (plan.server + node, plan.through + way);
                self.all.add(CallPlan { server, through, ..plan.clone() });
            }
        }
        id
    }

    /// The choice between nodes.
    fn nodes(&mut self, spread: Spread) -> u16 {
        let mut below = 0.0;
        let arm = |node: u16| {
            below += spread.share(usize::from(node));
            (Odds::new(Ratio::new(below).unwrap_or(Ratio::ONE)), node)
        };
        let end = spread.nodes as u16 - 1;
        let arms = (0..=end).map(arm).collect();
        self.out.choices.push(ChoicePlan { arms, end });
        self.out.choices.len() as u16 - 1
    }

    fn key(&mut self, keys: u32) -> KeyPlan {
        self.out.keys += 1;
        KeyPlan { keys, draw: self.out.keys - 1 }
    }

    /// Time of the instance itself. Where a cold process stretches it, it is kept for each request,
    /// even when it is constant.
    fn length(&mut self, dist: &Dist) -> Length {
        let stretched = self.fleet.process.cold.is_on();
        let length = match self.drawn(dist) {
            Length::Fixed(span) if stretched && !span.is_zero() => self.keep(sampler(dist)),
            length => length,
        };
        if let Length::Drawn(number) = length {
            self.out.own.push(number);
        }
        length
    }

    fn drawn(&mut self, dist: &Dist) -> Length {
        let sampler = sampler(dist);
        match sampler.is_constant() {
            Some(span) => Length::Fixed(span),
            None => self.keep(sampler),
        }
    }

    fn keep(&mut self, sampler: Sampler) -> Length {
        self.out.draws.push(sampler);
        Length::Drawn(self.out.draws.len() as u16 - 1)
    }
}
