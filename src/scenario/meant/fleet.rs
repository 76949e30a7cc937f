//! Identical instances: what a request does, what happens when it fails, what a process may use.

use super::{
    Abandoned, Arrivals, Autoscale, Balancer, Breaker, Connections, Dist, Ejection, Guards, Health,
    Made, Process, Retry, Serverless, Step, Visitors, steps,
};
use crate::units::Span;

/// Identical application instances.
#[derive(Clone, Debug, PartialEq)]
pub struct Fleet {
    /// Its name: the key under `fleets`.
    pub name: String,
    /// How many instances run.
    pub instances: u32,
    /// How the size follows the load, if it does.
    pub autoscale: Option<Autoscale>,
    /// Whether every request in flight has an instance to itself.
    pub serverless: Option<Serverless>,
    /// How requests are spread over the instances that are up.
    pub balancer: Balancer,
    /// How the balancer finds out whom to pass by.
    pub health: Option<Health>,
    /// What the balancer learns from the ends of requests.
    pub ejection: Option<Ejection>,
    /// When requests arrive.
    pub arrivals: Arrivals,
    /// How those who send requests behave.
    pub visitors: Visitors,
    /// What becomes of a request nobody waits for any more.
    pub abandoned: Abandoned,
    /// The ways to the servers, sorted by name.
    pub connections: Vec<Connections>,
    /// What a request does, in order.
    pub steps: Vec<Step>,
    /// What happens after a failed call.
    pub retry: Retry,
    /// How long a request may wait for others; `None` is for ever.
    pub deadline: Option<Span>,
    /// What keeps calls back while they fail.
    pub breaker: Breaker,
    /// What else stands between a call and its attempts.
    pub guards: Guards,
    /// Limits of one instance.
    pub process: Process,
    /// Whether its connections may take a server's reserved slots.
    pub privileged: bool,
    /// Times in which an instance gets no core.
    pub stalls: Option<Stalls>,
}

impl Fleet {
    /// Whether the work of an instance waits for a core: something costs CPU time, or the cores are
    /// taken away now and then.
    pub fn counts_cpu(&self) -> bool {
        self.process.cpu.is_counted() || self.stalls.is_some()
    }

    /// The calls that its requests may make, in the order in which they are written.
    pub fn calls(&self) -> Vec<Made<'_>> {
        steps::calls(&self.steps)
    }
}

/// Times in which a process gets no core.
#[derive(Clone, Debug, PartialEq)]
pub struct Stalls {
    /// From the begin of one to the begin of the next.
    pub every: Dist,
    /// How long one lasts.
    pub length: Dist,
}
