//! The settings of a fleet in the form in which the hot path reads them: samplers instead of
//! distributions, thresholds instead of probabilities, lanes instead of constant spans.

use crate::chance::{Odds, Sampler};
use crate::engine::{Agenda, Lane, Rank};
use crate::model::Event;
use crate::model::net::Path;
use crate::scenario::{Dist, Fleet, Leak, LeakKind, Retry, Step, Strategy};
use crate::units::Span;

/// Commands in one call, at most; the reader lets no more through.
const COMMANDS_MAX: u32 = u16::MAX as u32;

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
    /// One draw decides the leak of each of these calls (indices into `steps`).
    pub calls: Vec<u16>,
    /// What a retried call draws anew: by step, the sampler of its hold.
    pub retry: Retry,
    /// Whether a limit of memory can be reached.
    pub memory_limited: bool,
}

/// One step, ready to run.
#[derive(Debug)]
pub enum StepPlan {
    /// Work of the instance itself.
    Work(Length),
    /// One use of a server.
    Call(CallPlan),
}

/// One use of a server, ready to run.
#[derive(Debug)]
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
    /// Work after the last reply, with the connection in hand.
    pub hold: Length,
    /// How long a reply may take.
    pub timeout: Option<Span>,
    /// How long a dial may take.
    pub connect_timeout: Option<Span>,
    /// What is never closed.
    pub leak: LeakPlan,
    /// Where the way back and the hold are constant: their lane.
    pub release: Option<Lane>,
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
    /// Always the same, with its lane.
    Fixed(Span, Lane),
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
    /// Compiles the settings of a fleet.
    pub fn new(fleet: &Fleet, path: &Path, agenda: &mut Agenda<Event>) -> Plan {
        let mut draws = Vec::new();
        let mut calls = Vec::new();
        let mut steps = Vec::new();
        for (index, step) in fleet.steps.iter().enumerate() {
            steps.push(match step {
                Step::Work(dist) => StepPlan::Work(length(dist, &mut draws, agenda)),
                Step::Call(call) => {
                    let connections = &fleet.connections[call.through];
                    let (via, leak, connect_timeout) = match &connections.strategy {
                        Strategy::PerRequest { leak, connect_timeout } => {
                            (Via::PerRequest, *leak, *connect_timeout)
                        }
                        Strategy::Pooled(pool) => (Via::Pool, pool.leak, pool.connect_timeout),
                        Strategy::Shared { connect_timeout, .. } => {
                            (Via::Shared, NO_LEAK, *connect_timeout)
                        }
                    };
                    let hold = length(&call.hold, &mut draws, agenda);
                    let release = match (hold, path.constant()) {
                        (Length::Fixed(hold, _), Some(delay)) => {
                            Some(agenda.lane(delay + hold, Rank::DELIVERY))
                        }
                        _ => None,
                    };
                    calls.push(index as u16);
                    StepPlan::Call(CallPlan {
                        server: call.server as u16,
                        through: call.through as u16,
                        call: calls.len() as u16 - 1,
                        via,
                        commands: call.commands.min(COMMANDS_MAX) as u16,
                        per_trip: if call.pipelined {
                            call.commands.min(COMMANDS_MAX) as u16
                        } else {
                            1
                        },
                        hold,
                        timeout: call.timeout,
                        connect_timeout,
                        leak: LeakPlan {
                            kind: leak.kind,
                            on_success: Odds::new(leak.on_success),
                            on_error: Odds::new(leak.on_error),
                            every: leak.every,
                        },
                        release,
                    })
                }
            });
        }
        let memory_limited = fleet.process.memory_limit.0 < u64::MAX / 2;
        Plan { fleet: fleet.clone(), steps, draws, calls, retry: fleet.retry, memory_limited }
    }

    /// The call at step `step`, which is one.
    #[inline]
    pub fn call(&self, step: u16) -> &CallPlan {
        match &self.steps[usize::from(step)] {
            StepPlan::Call(call) => call,
            StepPlan::Work(_) => unreachable!("only a call has a connection"),
        }
    }
}

const NO_LEAK: Leak = Leak {
    kind: LeakKind::Forgotten,
    on_success: crate::units::Ratio::ZERO,
    on_error: crate::units::Ratio::ZERO,
    every: 0,
};

fn length(dist: &Dist, draws: &mut Vec<Sampler>, agenda: &mut Agenda<Event>) -> Length {
    let sampler = sampler(dist);
    match sampler.is_constant() {
        Some(span) => Length::Fixed(span, agenda.lane(span, Rank::DELIVERY)),
        None => {
            draws.push(sampler);
            Length::Drawn(draws.len() as u16 - 1)
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
        Dist::Erlang { mean, stages } => Sampler::erlang(mean, stages),
        Dist::Weibull { scale, shape } => Sampler::weibull(scale, shape),
        Dist::Pareto { min, max, shape } => Sampler::pareto(min, max, shape),
        Dist::Table(ref entries) => Sampler::table(entries),
    }
}
