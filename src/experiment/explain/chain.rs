//! The causal chain: from what was seen back to what began it.

use super::attempts::Autopsy;
use super::follow::Scene;
use super::life::Life;
use super::met::{is_refusal, memory};
use super::names::{count64, some, span};
use super::{Question, Story};
use crate::claims::{Class, Gauge, Signature, share};
use crate::scenario::{Backoff, Cause, Retry};
use crate::units::{SimTime, Unit};

/// A link of the chain; what stands after it is why.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// What it is about: `failure`, `attempts`, `limit`, `leak`, ...
    pub kind: &'static str,
    /// When, where it is an instant.
    pub at: Option<SimTime>,
    /// In a sentence.
    pub text: String,
    /// The figures in it.
    pub values: Vec<Value>,
}

/// A figure of a link.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// What it is.
    pub name: &'static str,
    /// In base units.
    pub value: f64,
    /// Its unit.
    pub unit: Unit,
}

impl Link {
    /// A link without figures.
    pub fn new(kind: &'static str, at: Option<SimTime>, text: String) -> Link {
        Link { kind, at, text, values: Vec::new() }
    }

    /// The same with a count.
    pub fn with(mut self, name: &'static str, value: impl Into<f64>) -> Link {
        self.values.push(Value { name, value: value.into(), unit: Unit::Count });
        self
    }

    /// The same with a figure of another unit.
    pub fn with_unit(mut self, name: &'static str, value: f64, unit: Unit) -> Link {
        self.values.push(Value { name, value, unit });
        self
    }
}

impl Story<'_> {
    /// What ran out, if it is something with a limit.
    pub fn gauge(&self, request: Option<&Autopsy>) -> Option<Gauge> {
        let request = request?;
        let (cause, fleet) = (request.cause?, usize::from(request.fleet));
        if cause == Cause::Oom {
            return Some(Gauge::Memory { fleet });
        }
        let attempt = request.attempts.last()?;
        let (server, through) = (usize::from(attempt.server), usize::from(attempt.through));
        let full = Gauge::Connections { server };
        let is_full = self.last_scene().is_some_and(|scene| {
            let view = &scene.server;
            view.taken + view.reserved >= view.limit
        });
        let pool =
            self.last_scene().and_then(|scene| scene.instance.as_ref()).and_then(|instance| {
                instance.pools.iter().find(|pool| usize::from(pool.through) == through)
            });
        match cause {
            Cause::Rejected | Cause::RejectedSilently => Some(full),
            Cause::Emfile => Some(Gauge::Descriptors { fleet }),
            Cause::PortExhausted => Some(Gauge::Ports { fleet }),
            Cause::CheckoutTimeout | Cause::QueueFull | Cause::Deadline | Cause::Abandoned => {
                match pool {
                    Some(pool) if pool.counts.leased >= pool.max => {
                        Some(Gauge::Pool { fleet, through })
                    }
                    _ => is_full.then_some(full),
                }
            }
            // What stands still or is not there has not run out, whatever its slots are.
            Cause::ConnectionRefused | Cause::ReadTimeout | Cause::StaleConnection => None,
            _ => is_full.then_some(full),
        }
    }

    /// The state of everything at the last refusal, or right before the end.
    pub fn last_scene(&self) -> Option<&Scene> {
        let refused = self.followed.refused.last();
        let end = self.followed.before_end.as_ref();
        match self.cause() {
            Some(cause) if is_refusal(cause) => refused.or(end),
            _ => end.or(refused),
        }
    }

    /// The server of the last attempt.
    pub fn server(&self) -> Option<u16> {
        let request = self.found.request?;
        (request.last.attempts > 0).then_some(request.last.server)
    }

    /// The chain of what was asked about.
    pub fn chain(
        &self,
        request: Option<&Autopsy>,
        life: Option<&Life>,
        signature: &Signature,
        gauge: Option<Gauge>,
    ) -> Vec<Link> {
        let mut chain = Vec::new();
        let Some(request) = request.filter(|request| request.cause.is_some()) else {
            self.refusals_of_others(&mut chain);
            return chain;
        };
        chain.push(self.failure(request));
        if request.attempts.len() > 1 || request.attempts.last().is_some_and(|a| a.last > 1) {
            chain.push(self.attempts(request));
        }
        self.last_attempt(request, &mut chain);
        self.beneath(request, life, signature, gauge, &mut chain);
        chain
    }

    fn failure(&self, request: &Autopsy) -> Link {
        let cause = request.cause.map_or("", Cause::name);
        let number = request.number.map_or(String::new(), |number| format!(" {}", count64(number)));
        let took = request.took().unwrap_or_default();
        let (ordinal, at) = (self.ordinal(), request.ended);
        let text = format!(
            "request{number} of {} fails by {cause}, {took} after it arrived{ordinal}",
            self.names.fleet(request.fleet)
        );
        let took = at.map_or(0.0, |at| at.since(request.began).as_secs_f64());
        Link::new("failure", at, text)
            .with("request", request.number.unwrap_or(0) as f64)
            .with_unit("took_s", took, Unit::Seconds)
    }

    /// Whether it is the first failure of all, or of its kind.
    fn ordinal(&self) -> &'static str {
        let ended = self.found.request.and_then(|request| request.ended);
        match self.question {
            _ if ended == self.found.first_failure => ": the first failure of the run",
            Question::Failure { after, .. } if after > SimTime::ZERO => {
                ": the first that was asked about"
            }
            Question::Failure { .. } => ": the first of its kind",
            _ => "",
        }
    }

    /// The retries, where there were any.
    fn attempts(&self, request: &Autopsy) -> Link {
        let last = request.attempts.last().map_or(0, |attempt| attempt.last);
        let policy = self.policy(request);
        let took = request.ended.map_or(String::new(), |at| span(at.since(request.began)));
        let mut met: Vec<(Cause, u32)> = Vec::new();
        for attempt in &request.attempts {
            let Some(cause) = attempt.met else { continue };
            let times = u32::from(attempt.last - attempt.first) + 1;
            match met.iter_mut().find(|(known, _)| *known == cause) {
                Some((_, known)) => *known += times,
                None => met.push((cause, times)),
            }
        }
        let met: Vec<String> = met
            .iter()
            .map(|(cause, n)| format!("{} failed by {}", super::names::count(*n), cause.name()))
            .collect();
        let met = if met.is_empty() { String::new() } else { format!(", {}", met.join(", ")) };
        let text = format!("it made {} in {took}{met}{policy}", made(request, last));
        Link::new("attempts", None, text).with("attempts", f64::from(last))
    }

    /// The policy that made it try again.
    fn policy(&self, request: &Autopsy) -> String {
        let Some(ended) = request.ended else { return String::new() };
        let settings = crate::claims::in_force(self.scenario, ended);
        let Some(fleet) = settings.fleets.get(usize::from(request.fleet)) else {
            return String::new();
        };
        let through = request.attempts.last().map_or(0, |attempt| usize::from(attempt.through));
        let of_way = fleet.connections.get(through).map(|way| &way.retry);
        let policies = [Some(&fleet.retry), of_way].into_iter().flatten();
        let said = policies.filter_map(|retry| match retry {
            Retry::None => None,
            Retry::Again(policy) => {
                let most = policy
                    .attempts
                    .map_or("without end".to_string(), |most| format!("{most} attempts at most"));
                let pause = match &policy.backoff {
                    Backoff::Constant(pause) if pause.is_zero() => "without a pause".to_string(),
                    Backoff::Constant(pause) => format!("{} apart", span(*pause)),
                    Backoff::Linear { step, .. } => format!("pauses growing by {}", span(*step)),
                    Backoff::Exponential(growth) => format!(
                        "pauses from {}, times {}",
                        span(growth.base),
                        crate::claims::amount(growth.factor, Unit::Ratio)
                    ),
                    Backoff::Drawn(_) => "pauses by chance".to_string(),
                };
                Some(format!("{most}, {pause}"))
            }
        });
        let said: Vec<String> = said.collect();
        if said.is_empty() {
            String::new()
        } else {
            format!(" (policy: {})", said.join("; inside: "))
        }
    }

    fn last_attempt(&self, request: &Autopsy, chain: &mut Vec<Link>) {
        let Some(attempt) = request.attempts.last() else {
            let cause = request.cause.unwrap_or(Cause::NoInstance);
            let text = format!("no attempt of a call was made: {}", self.no_attempt(cause));
            chain.push(Link::new("attempt", request.ended, text));
            return;
        };
        let number = match (attempt.first, attempt.last) {
            (first, last) if first == last => format!("attempt {last}"),
            (first, last) => format!("attempts {first} to {last}, all at one instant:"),
        };
        let mut link =
            Link::new("attempt", Some(attempt.ended), format!("{number} {}", attempt.text));
        if let Some(slots) = attempt.slots {
            link = link
                .with("slots_taken", slots.taken)
                .with("slots_limit", slots.limit)
                .with("slots_leaked", slots.leaked)
                .with("slots_idle_60s", slots.idle);
        }
        chain.push(link);
    }

    /// Why a request fails that never made an attempt.
    fn no_attempt(&self, cause: Cause) -> String {
        let scene = self.last_scene();
        let instance = scene.and_then(|scene| scene.instance.as_ref());
        let queued = instance.map_or(0, |instance| instance.queued);
        let in_flight = instance.map_or(0, |instance| instance.in_flight);
        match cause {
            Cause::NoInstance => "no instance of its fleet was up".to_string(),
            Cause::Oom => format!("it {}", memory(instance)),
            Cause::InstanceStopped => "its instance was stopped, its drain was over".to_string(),
            Cause::BreakerOpen => "the breaker of its instance was open".to_string(),
            _ => format!(
                "{} ({} in flight at its instance, {} in line at the entrance)",
                cause.name(),
                super::names::count(in_flight),
                super::names::count(queued)
            ),
        }
    }

    /// A run in which no request failed: who else was refused.
    fn refusals_of_others(&self, chain: &mut Vec<Link>) {
        let telling = [
            "first_rejection",
            "replica_refused",
            "operator_refused",
            "scrape_failed",
            "start_failed",
        ];
        let mut told: Vec<(&str, &str)> = Vec::new();
        for event in &self.found.record.events {
            let known = told.contains(&(event.kind, event.part.as_str()));
            if telling.contains(&event.kind) && !known && told.len() < 6 {
                told.push((event.kind, &event.part));
                let text = format!("{}: {}", event.part, event.text);
                chain.push(Link::new("refusal", Some(event.at), text));
            }
        }
        chain.reverse();
    }

    /// The one sentence that says it all.
    pub fn headline(
        &self,
        request: Option<&Autopsy>,
        life: Option<&Life>,
        (signature, instead): (&Signature, Option<&str>),
        nearest: Option<(Gauge, f64)>,
    ) -> String {
        let Some(request) = request else { return self.without_request(life, nearest) };
        let fleet = self.names.fleet(request.fleet);
        let Some(cause) = request.cause else {
            let number = request.number.map_or(String::new(), count64);
            return match (request.succeeded, request.took()) {
                (true, Some(took)) => format!("Request {number} of {fleet} succeeds after {took}."),
                (_, Some(took)) => format!(
                    "Nobody waits any more for request {number} of {fleet}, which ends after {took}."
                ),
                (_, None) => {
                    format!("Request {number} of {fleet} is still in flight when the run ends.")
                }
            };
        };
        let of = self.gauge(Some(request)).map(|gauge| gauge.name(self.scenario));
        let of = of.map_or(String::new(), |name| format!(": {name}"));
        let at = request.ended.map_or(String::new(), |at| format!(" at {}", self.names.at(at)));
        let first =
            match request.ended.is_some() && self.ordinal().contains("first failure of the run") {
                true => "The first request fails",
                false => "The request fails",
            };
        let class = match (signature.class, instead) {
            (Class::Other, Some(instead)) => capital(instead),
            (Class::Other, None) => "None of the five causes of exhaustion".to_string(),
            (class, _) => format!("{}{of}", capital(class.title())),
        };
        format!("{class}. {first}{at}, by {}.", cause.name())
    }

    fn without_request(&self, life: Option<&Life>, nearest: Option<(Gauge, f64)>) -> String {
        match (self.question, life) {
            (Question::Connection { number }, Some(life)) => {
                let state = if life.is_over { "is over" } else { "goes on when the run ends" };
                let leaked = life.leaked.map_or(String::new(), |(at, _)| {
                    format!("; it was leaked at {}", self.names.at(at))
                });
                format!("Connection {} of the run {state}{leaked}.", count64(number))
            }
            (Question::Connection { number }, None) => {
                format!("There is no connection {}: the run dials fewer.", count64(number))
            }
            (Question::Request { fleet, number }, _) => {
                let of =
                    fleet.map_or(String::new(), |fleet| format!(" of {}", self.names.fleet(fleet)));
                format!(
                    "There is no request {}{of}: {} arrive in the run.",
                    count64(number),
                    count64(self.arrivals(fleet))
                )
            }
            (Question::Failure { .. }, _) => {
                let near = nearest.map_or(String::new(), |(gauge, most)| {
                    format!(
                        " Nearest to running out: {}, {} taken.",
                        gauge.name(self.scenario),
                        share(most)
                    )
                });
                let none = match self.found.first_failure {
                    None => match self.refusal_of_others() {
                        Some((server, at)) => format!(
                            "No request fails in this run, but {} refuses others from {} on.",
                            self.names.server(server as u16),
                            self.names.at(at)
                        ),
                        None => "No request fails in this run.".to_string(),
                    },
                    Some(first) => format!(
                        "No such failure in this run; others fail, the first at {}.",
                        self.names.at(first.at)
                    ),
                };
                format!("{none}{near}")
            }
        }
    }

    /// Requests that arrive in the whole run.
    fn arrivals(&self, fleet: Option<u16>) -> u64 {
        let Some(fleet) = fleet else { return self.found.record.requests };
        let name = format!("fleets.{}.requests", self.names.fleet(fleet));
        let series = self.found.record.find(&name);
        series.and_then(|series| series.values.last().copied()).unwrap_or(0.0) as u64
    }
}

/// The attempts, and of how many calls they are: each attempt that was served ended a call.
fn made(request: &Autopsy, last: u16) -> String {
    let before = request.attempts.split_last().map_or(&[][..], |(_, before)| before);
    let calls = 1 + before.iter().filter(|attempt| attempt.met.is_none()).count() as u32;
    let attempts = u32::from(last);
    match calls {
        1 => some(attempts, "attempt", "attempts"),
        calls if calls >= attempts => some(calls, "call", "calls"),
        calls => {
            format!("{} of {}", some(attempts, "attempt", "attempts"), some(calls, "call", "calls"))
        }
    }
}

/// A sentence begins with a capital.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::super::attempts::Attempt;
    use super::*;

    /// What each attempt met, in order; the last one failed.
    fn words(met: &[Option<Cause>]) -> String {
        let attempt = |(index, met): (usize, &Option<Cause>)| Attempt {
            first: index as u16 + 1,
            last: index as u16 + 1,
            server: 0,
            through: 0,
            began: SimTime::ZERO,
            ended: SimTime::ZERO,
            moments: Vec::new(),
            met: *met,
            text: String::new(),
            slots: None,
        };
        let request = Autopsy {
            fleet: 0,
            number: None,
            instance: None,
            began: SimTime::ZERO,
            ended: None,
            cause: None,
            succeeded: false,
            attempts: met.iter().enumerate().map(attempt).collect(),
        };
        made(&request, met.len() as u16)
    }

    #[test]
    fn an_attempt_that_was_served_ends_its_call() {
        let failed = Some(Cause::CheckoutTimeout);
        assert_eq!(words(&[failed, failed, failed]), "3 attempts");
        assert_eq!(words(&[None, None, failed]), "3 calls");
        assert_eq!(words(&[None, failed, failed]), "3 attempts of 2 calls");
    }
}
