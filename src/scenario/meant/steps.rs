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
    /// The probability that the reply is an error.
    pub errors: Ratio,
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
