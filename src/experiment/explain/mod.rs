//! Why: the causal chain behind a failure, a request's autopsy, a connection's life at both ends.
//!
//! A run can be repeated, so nothing is kept for this while it is simulated. It is played again: once
//! event by event up to what was asked about, to find it, and on to the end for the record; a second
//! time to watch that one request and that one connection, with a look at the state of everything at
//! the instants that matter.

mod attempts;
mod beneath;
mod chain;
mod find;
mod follow;
mod leak;
mod life;
mod met;
mod names;

pub use attempts::{Attempt, Autopsy, Moment, Slots};
pub use chain::{Link, Value};
pub use find::Question;
pub use life::{Life, LifeMoment};
pub use names::Names;

use crate::claims::{Gauge, Onset, Signal, Signature, nearest, signals, signature};
use crate::observe::{Ended, Record};
use crate::scenario::{Cause, Scenario};
use crate::units::{SimTime, Span};
use find::{Found, find};
use follow::{Followed, Target, follow};

/// Who is silent for so long is called idle.
pub const IDLE: Span = Span::from_secs(60);

/// What came out.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// What was asked.
    pub question: Question,
    /// The whole record of the run.
    pub record: Record,
    /// The run.
    pub run: u32,
    /// How the request ended, if it did.
    pub ended: Option<Ended>,
    /// The one sentence that says it all.
    pub headline: String,
    /// From what was seen back to what began it.
    pub chain: Vec<Link>,
    /// The request, attempt by attempt.
    pub request: Option<Autopsy>,
    /// The connection that is first in the chain, or that was asked about.
    pub connection: Option<Life>,
    /// Which of the five causes it looks like.
    pub signature: Signature,
    /// What it is where it is none of the five.
    pub instead: Option<String>,
    /// What would have shown it first.
    pub signals: Vec<Signal>,
    /// What the signals lead up to: the first failure, or the end of a run without one.
    pub until: SimTime,
    /// What came nearest to its limit by then, with the share of it.
    pub nearest: Option<(Gauge, f64)>,
    /// Whether a request failed.
    pub has_failure: bool,
}

/// Explains run number `run` of a scenario; `watch` is told the share of the work that is done.
///
/// Where what was asked about never came (there is no such request, connection or failure) `request`
/// and `connection` are `None`, and the headline says so.
pub fn explain(
    scenario: &Scenario,
    run: u32,
    question: Question,
    watch: &mut dyn FnMut(f64),
) -> Explanation {
    let mut scenario = scenario.clone();
    scenario.keep_requests = true;
    let found = find(&scenario, run, question, &mut |share| watch(share / 2.0));
    let target = Target {
        request: found.request.map(|request| (request.id, request.began, request.fleet)),
        ends_at_event: found.ends_at_event,
        connection: found.connection,
    };
    let mut followed = follow(&scenario, run, &target, &mut |share| watch(0.5 + share / 2.0));
    // What was so right before the end is told as what was so at the end.
    let ended = found.request.and_then(|request| request.ended);
    if let (Some(scene), Some(ended)) = (&mut followed.before_end, ended) {
        scene.at = ended.at;
    }
    Story { scenario: &scenario, names: Names::new(&scenario), found, followed, question, run }
        .tell()
}

/// Everything that is known, to be put in order.
pub(in crate::experiment) struct Story<'a> {
    pub scenario: &'a Scenario,
    pub names: Names<'a>,
    pub found: Found,
    pub followed: Followed,
    pub question: Question,
    pub run: u32,
}

impl Story<'_> {
    fn tell(self) -> Explanation {
        let request = self.autopsy();
        let first = self.found.first_failure;
        let ended = self.found.request.and_then(|request| request.ended);
        let failed = ended.filter(|ended| ended.cause.is_some());
        let until = failed.or(first).map_or(SimTime::ZERO + self.scenario.duration, |e| e.at);
        let gauge = self.gauge(request.as_ref());
        let closest = nearest(self.scenario, &self.found.record, until);
        let fleets: Vec<usize> = match self.found.request {
            Some(request) => vec![usize::from(request.fleet)],
            None => (0..self.scenario.settings.fleets.len()).collect(),
        };
        // Where no request fails, whoever refuses others, or what came nearest to its limit, is what
        // there is to see.
        let refuses = self.refusal_of_others().map(|(server, _)| Gauge::Connections { server });
        let closest = match (refuses, closest) {
            (Some(gauge), Some((_, share))) if first.is_none() => Some((gauge, share)),
            _ => closest,
        };
        let onset = Onset {
            at: self.onset_at(until),
            gauge: gauge.or(closest.filter(|_| failed.is_none()).map(|(gauge, _)| gauge)),
            cause: failed.and_then(|ended| ended.cause),
            fleet: fleets.first().copied().unwrap_or(0),
            server: self.server().map(usize::from),
        };
        let signature = signature(self.scenario, &self.found.record, &onset);
        let signals = signals(self.scenario, &self.found.record, until, &fleets);
        let connection = self.life();
        let chain = match tells_why(&self.question, ended) {
            true => self.chain(request.as_ref(), connection.as_ref(), &signature, gauge),
            false => Vec::new(),
        };
        let instead = self.instead(&signature, failed.and_then(|ended| ended.cause), &chain);
        let what = (&signature, instead.as_deref());
        let headline = self.headline(request.as_ref(), connection.as_ref(), what, closest);
        Explanation {
            question: self.question,
            run: self.run,
            ended,
            headline,
            chain,
            request,
            connection,
            signature,
            instead,
            signals,
            until,
            nearest: closest,
            has_failure: first.is_some(),
            record: self.found.record,
        }
    }

    /// When it was first felt: at the failure, or where only others were refused, then.
    fn onset_at(&self, until: SimTime) -> SimTime {
        match self.refusal_of_others() {
            Some((_, at)) if self.found.first_failure.is_none() => at,
            _ => until,
        }
    }

    /// The first server that refused somebody, and when.
    pub fn refusal_of_others(&self) -> Option<(usize, SimTime)> {
        let events = &self.found.record.events;
        let event = events.iter().find(|event| event.kind == "first_rejection")?;
        let servers = &self.scenario.settings.servers;
        let server = servers.iter().position(|s| event.part == format!("servers.{}", s.name))?;
        Some((server, event.at))
    }

    /// How the request failed, if it did.
    fn cause(&self) -> Option<Cause> {
        self.found.request.and_then(|request| request.ended).and_then(|ended| ended.cause)
    }
}

/// Whether there is a why: what succeeded, and the life of a connection, have none.
fn tells_why(question: &Question, ended: Option<Ended>) -> bool {
    match question {
        Question::Failure { .. } => true,
        Question::Request { .. } => ended.is_some_and(|ended| ended.cause.is_some()),
        Question::Connection { .. } => false,
    }
}

impl Explanation {
    /// Whether a failure is explained, or that there is none. Chain, class and signals are about that;
    /// a request that did not fail has its autopsy only, a connection its life.
    pub fn tells_why(&self) -> bool {
        tells_why(&self.question, self.ended)
    }

    /// The signal that came first, with time left before the failure.
    pub fn first_signal(&self) -> Option<&Signal> {
        let first = self.signals.first().filter(|_| self.has_failure)?;
        // What came with the last row left no time that anybody could tell.
        let row = match self.record.times.as_slice() {
            [first, second, ..] => second.since(*first),
            _ => Span::ZERO,
        };
        first.lead(self.until).filter(|lead| *lead >= row && !lead.is_zero()).map(|_| first)
    }
}
