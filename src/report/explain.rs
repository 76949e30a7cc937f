//! The JSON of an explanation: the facts of the text, each by its name.
//!
//! Instants and lengths of time are in seconds since the start of the run.

use serde_json::{Map, Value, json};

use crate::claims::{Finding, Signal};
use crate::experiment::{Attempt, Autopsy, Explanation, Life, LifeMoment, Link, Names, Owner};
use crate::report::json::number;
use crate::scenario::{Cause, Scenario};
use crate::units::{SimTime, Span, timestamp};

/// The explanation of a run as one object.
pub fn explain(scenario: &Scenario, found: &Explanation) -> Value {
    let facts = Facts { scenario, names: Names::new(scenario) };
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| object.insert(key.to_string(), value);
    put("version", json!(env!("CARGO_PKG_VERSION")));
    put("scenario", json!(scenario.name));
    put("seed", json!(scenario.seed));
    put("run", json!(found.run));
    put("digest", json!(found.record.digest));
    put("headline", json!(found.headline));
    put("failed", json!(found.has_failure));
    // What did not fail has no why: these are null then.
    let why = |value: Value| if found.tells_why() { value } else { Value::Null };
    put("chain", why(found.chain.iter().map(|link| facts.link(link)).collect()));
    put("request", found.request.as_ref().map_or(Value::Null, |request| facts.request(request)));
    put("connection", found.connection.as_ref().map_or(Value::Null, |life| facts.life(life)));
    put("class", why(facts.class(found)));
    put("until_s", why(seconds(found.until)));
    let signals = found.signals.iter().map(|signal| signal_of(signal, found.until));
    put("signals", why(signals.collect()));
    put("nearest", why(facts.nearest(found)));
    if let Some(why) = &found.record.stopped {
        put("stopped", json!(why));
    }
    Value::Object(object)
}

/// What names the parts.
struct Facts<'a> {
    scenario: &'a Scenario,
    names: Names<'a>,
}

impl Facts<'_> {
    fn link(&self, link: &Link) -> Value {
        let mut object = json!({
            "kind": link.kind,
            "at_s": link.at.map(seconds),
            "text": link.text,
        });
        if let (Some(start), Some(at)) = (self.scenario.about.start, link.at) {
            object["wall_clock"] = json!(timestamp(start, at));
        }
        for value in &link.values {
            object[value.name] = number(value.value);
        }
        object
    }

    fn request(&self, request: &Autopsy) -> Value {
        json!({
            "fleet": self.names.fleet(request.fleet),
            "number": request.number,
            "instance": request.instance,
            "began_s": seconds(request.began),
            "ended_s": request.ended.map(seconds),
            "succeeded": request.succeeded,
            "cause": request.cause.map(Cause::name),
            "attempts": request.attempts.iter().map(|one| self.attempt(request, one)).collect::<Vec<_>>(),
        })
    }

    fn attempt(&self, request: &Autopsy, one: &Attempt) -> Value {
        let moments = one.moments.iter();
        let moments =
            moments.map(|moment| json!({ "at_s": seconds(moment.at), "text": moment.text }));
        json!({
            "first": one.first,
            "last": one.last,
            "server": self.names.server(one.server),
            "connections": self.names.way(request.fleet, one.through),
            "began_s": seconds(one.began),
            "ended_s": seconds(one.ended),
            "met": one.met.map(Cause::name),
            "text": one.text,
            "slots": one.slots.map(|slots| json!({
                "taken": slots.taken,
                "limit": slots.limit,
                "leaked": slots.leaked,
                "idle_60s": slots.idle,
            })),
            "moments": moments.collect::<Vec<_>>(),
        })
    }

    fn life(&self, life: &Life) -> Value {
        let connections = match life.owner {
            Owner::Fleet { fleet, through } => Some(self.names.way(fleet, through)),
            _ => None,
        };
        json!({
            "number": life.number,
            "owner": self.names.owner(life.owner),
            "connections": connections,
            "instance": life.instance,
            "server": self.names.server(life.server),
            "dialled_s": seconds(life.dialled),
            "accepted_s": life.accepted.map(|(at, _)| seconds(at)),
            "admitted": life.accepted.map(|(_, number)| number),
            "leaked_s": life.leaked.map(|(at, _)| seconds(at)),
            "uses": life.uses,
            "is_over": life.is_over,
            "left_out": life.left_out,
            "moments": life.moments.iter().map(moment).collect::<Vec<_>>(),
            "at_failure": life.at_failure.as_ref().map(moment),
        })
    }

    fn class(&self, found: &Explanation) -> Value {
        let signature = &found.signature;
        let sure = signature.found().map(|finding| number(finding.share()));
        json!({
            "name": signature.class.name(),
            "of": signature.gauge.map(|gauge| gauge.name(self.scenario)),
            "sure": sure,
            "instead": found.instead,
            "findings": signature.findings.iter().map(finding).collect::<Vec<_>>(),
        })
    }

    fn nearest(&self, found: &Explanation) -> Value {
        found.nearest.map_or(
            Value::Null,
            |(gauge, share)| json!({ "what": gauge.name(self.scenario), "share": number(share) }),
        )
    }
}

fn finding(finding: &Finding) -> Value {
    let signs = finding.signs.iter();
    let signs = signs.map(|s| json!({ "name": s.name, "text": s.text, "holds": s.holds }));
    json!({
        "class": finding.class.name(),
        "possible": finding.possible,
        "share": number(finding.share()),
        "signs": signs.collect::<Vec<_>>(),
    })
}

fn signal_of(signal: &Signal, until: SimTime) -> Value {
    json!({
        "part": signal.part,
        "name": signal.name,
        "says": signal.says,
        "threshold": number(signal.threshold),
        "unit": signal.unit,
        "at_s": signal.first.map(|(at, _)| seconds(at)),
        "value": signal.first.map(|(_, value)| number(value)),
        "lead_s": signal.lead(until).map(length),
    })
}

fn moment(moment: &LifeMoment) -> Value {
    json!({
        "at_s": seconds(moment.at),
        "client": moment.client,
        "server": moment.server,
        "remark": moment.remark,
        "idle_s": moment.idle.map(length),
    })
}

fn seconds(at: SimTime) -> Value {
    number(at.as_secs_f64())
}

fn length(span: Span) -> Value {
    number(span.as_secs_f64())
}
