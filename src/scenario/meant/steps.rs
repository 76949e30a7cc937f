//! What a request does.

use super::Dist;
use crate::units::{Ratio, Span};

/// Calls of one request, those of all branches together, at most: a request has a bit for each.
pub const CALLS_MAX: usize = 32;

/// Calls one inside the other, at most.
pub const NESTED_MAX: usize = 8;

/// One step of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Work of the instance itself.
    Work(Dist),
    /// One use of a server.
    Call(Call),
    /// The steps of one of several branches, or none: chance decides when the request arrives.
    OneOf(Vec<Branch>),
}

/// What a share of the requests does.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// Of all requests that come here.
    pub share: Ratio,
    /// What they do.
    pub steps: Vec<Step>,
}

/// One use of a server.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Index into [`Settings::servers`](super::Settings::servers).
    pub server: usize,
    /// Index into [`Fleet::connections`](super::Fleet::connections).
    pub through: usize,
    /// How it is spread, where that server is the first node of several.
    pub spread: Option<Spread>,
    /// Commands sent.
    pub commands: u32,
    /// Whether they are sent together.
    pub pipelined: bool,
    /// Work done after the last reply while the connection is still held.
    pub hold: Dist,
    /// Steps done after the hold while the connection is still held.
    pub holding: Vec<Step>,
    /// How long a reply may take, per round trip; `None` is for ever.
    pub timeout: Option<Span>,
    /// CPU time of the server for each command, drawn once for all of an attempt; `None` is the
    /// server's own cost of a command.
    pub cost: Option<Dist>,
    /// The commands block: the reply to each comes so long after it was read.
    pub blocking: Option<Span>,
    /// The commands subscribe: from then on the idle timeout passes the connection by.
    pub subscribe: bool,
    /// Index into [`Guards::bulkheads`](super::Guards::bulkheads): what limits how many of these calls
    /// are out at once.
    pub bulkhead: Option<usize>,
    /// An optimistic transaction about one of so many keys, each as likely as another.
    pub transaction: Option<u32>,
    /// The probability that the reply is an error.
    pub errors: Ratio,
}

/// The nodes that calls go to, each to that of its key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// How many, one after the other among the servers.
    pub nodes: u32,
    /// The share of the first; without it all have the same.
    pub hot: Option<Ratio>,
    /// Whether each has a way of its own, one after the other among the connections.
    pub ways: bool,
}

impl Spread {
    /// The share of the node with this number, from 0.
    pub fn share(&self, node: usize) -> f64 {
        match self.hot {
            _ if node >= self.nodes as usize => 0.0,
            None => 1.0 / f64::from(self.nodes),
            Some(hot) if node == 0 => hot.share(),
            Some(hot) => (1.0 - hot.share()) / f64::from(self.nodes - 1),
        }
    }
}

impl Call {
    /// Commands that the server executes. A transaction reads with two and changes with three.
    pub fn executed(&self) -> u32 {
        if self.transaction.is_some() { 5 } else { self.commands }
    }

    /// Round trips.
    pub fn trips(&self) -> u32 {
        match self.transaction {
            Some(_) => 2,
            None if self.pipelined => 1,
            None => self.commands,
        }
    }

    /// The share of these calls that goes to this server, through this way where one is given.
    pub fn share_of(&self, server: usize, through: Option<usize>) -> f64 {
        let (Some(node), Some(spread)) = (server.checked_sub(self.server), &self.spread) else {
            let is_it = server == self.server && through.is_none_or(|way| way == self.through);
            return f64::from(u8::from(is_it));
        };
        let way = self.through + if spread.ways { node } else { 0 };
        if through.is_none_or(|through| through == way) { spread.share(node) } else { 0.0 }
    }

    /// The share of these calls that goes through this way.
    pub fn share_through(&self, through: usize) -> f64 {
        match self.spread.filter(|spread| spread.ways) {
            Some(spread) => through.checked_sub(self.through).map_or(0.0, |way| spread.share(way)),
            None => f64::from(u8::from(through == self.through)),
        }
    }
}

/// A call among the steps of a request.
#[derive(Clone, Copy, Debug)]
pub struct Made<'a> {
    /// The call.
    pub call: &'a Call,
    /// The share of the requests that make it.
    pub share: f64,
}

/// The calls among `steps`, those of branches and those made while others hold their connections
/// among them, in the order in which they are written.
pub fn calls(steps: &[Step]) -> Vec<Made<'_>> {
    let mut all = Vec::new();
    collect(steps, 1.0, &mut all);
    all
}

fn collect<'a>(steps: &'a [Step], share: f64, all: &mut Vec<Made<'a>>) {
    for step in steps {
        match step {
            Step::Work(_) => {}
            Step::Call(call) => {
                all.push(Made { call, share });
                collect(&call.holding, share, all);
            }
            Step::OneOf(branches) => {
                for branch in branches {
                    collect(&branch.steps, share * branch.share.share(), all);
                }
            }
        }
    }
}

/// Calls one inside the other among `steps`.
pub fn depth(steps: &[Step]) -> usize {
    let of = |step: &Step| match step {
        Step::Work(_) => 0,
        Step::Call(call) => 1 + depth(&call.holding),
        Step::OneOf(branches) => branches.iter().map(|b| depth(&b.steps)).max().unwrap_or(0),
    };
    steps.iter().map(of).max().unwrap_or(0)
}
