//! Identical instances: what a request does, what happens when it fails, what a process may use.

use super::{
    Abandoned, Arrivals, Balancer, Breaker, Connections, Dist, Process, Retry, Server, Visitors,
};
use crate::units::{Ratio, Span};

/// Identical application instances.
#[derive(Clone, Debug, PartialEq)]
pub struct Fleet {
    /// Its name: the key under `fleets`.
    pub name: String,
    /// How many instances run.
    pub instances: u32,
    /// How requests are spread over the instances that are up.
    pub balancer: Balancer,
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
}

/// Times in which a process gets no core.
#[derive(Clone, Debug, PartialEq)]
pub struct Stalls {
    /// From the begin of one to the begin of the next.
    pub every: Dist,
    /// How long one lasts.
    pub length: Dist,
}

/// One step of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Work of the instance itself.
    Work(Dist),
    /// One use of a server.
    Call(Call),
}

/// One use of a server.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Index into [`Settings::servers`](super::Settings::servers).
    pub server: usize,
    /// Index into [`Fleet::connections`].
    pub through: usize,
    /// Commands sent.
    pub commands: u32,
    /// Whether they are sent together.
    pub pipelined: bool,
    /// Work done after the last reply while the connection is still held.
    pub hold: Dist,
    /// How long a reply may take, per round trip; `None` is for ever.
    pub timeout: Option<Span>,
    /// CPU time of the server for each command; `None` is the server's own cost of a command.
    pub cost: Option<Span>,
    /// The commands block: the reply to each comes so long after it was read.
    pub blocking: Option<Span>,
    /// The commands subscribe: from then on the idle timeout passes the connection by.
    pub subscribe: bool,
    /// The probability that the reply is an error.
    pub errors: Ratio,
}

impl Call {
    /// CPU time of `server` for one command of this call.
    pub fn command_cost(&self, server: &Server) -> Span {
        self.cost.unwrap_or(server.cost.command)
    }
}
