//! The JSON of a run, and of runs compared.
//!
//! Times in seconds, sizes in bytes, rates per second, ratios as fractions. A value that is not
//! finite is `null`: "never", or nothing to measure.

mod actions;
mod compare;
mod runs;
pub mod shapes;
mod solve;
mod sweep;
mod verify;

pub use actions::actions;
pub use compare::compare;
pub use solve::solve;
pub use sweep::sweep;
pub(super) use sweep::{point, standing};
pub use verify::verify;

use serde_json::{Map, Value, json};

use crate::claims::{Identity, Judged, Observed, Stretch, Tested};
use crate::experiment::{Figure, Outcome};
use crate::scenario::Scenario;

/// What a run cost; outside the digest, because it differs from machine to machine.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Seconds of the wall clock.
    pub wall_seconds: f64,
}

/// The outcome of `highwater run` as one object.
pub fn run(scenario: &Scenario, outcome: &Outcome, cost: Cost) -> Value {
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| object.insert(key.to_string(), value);
    put("version", json!(env!("CARGO_PKG_VERSION")));
    put("scenario", json!(scenario.name));
    put("seed", json!(scenario.seed));
    put("runs", json!(outcome.runs));
    put("digest", json!(outcome.digest));
    put("claims", outcome.claims.iter().map(claim).collect());
    let audit = outcome.audit.as_ref();
    put("conflicts", audit.map_or(json!([]), super::audit::conflicts));
    if let Some(audit) = audit {
        put("audit", super::audit::audit(scenario, audit));
    }
    if !outcome.alerts.is_empty() {
        put("alerts", outcome.alerts.iter().map(alert).collect());
    }
    put("summary", Value::Object(outcome.summary.iter().map(figure).collect()));
    put("study", runs::study(&outcome.study));
    if let Some(aimed) = &outcome.aimed {
        put("precision", runs::precision(aimed));
    }
    if outcome.runs > 1 {
        put("intervals", runs::intervals(outcome));
        put("exhaustion", runs::exhaustion(outcome));
    }
    put("identities", outcome.identities.iter().map(identity).collect());
    if let Some(why) = &outcome.stopped {
        put("stopped", json!(why));
    }
    put("stats", stats(outcome, cost));
    Value::Object(object)
}

fn claim(judged: &Judged) -> Value {
    json!({
        "id": judged.id,
        "says": judged.says,
        "source": judged.source,
        "verdict": judged.verdict,
        "wanted": judged.wanted,
        "expected": optional(judged.expected),
        "within": optional(judged.within),
        "observed": judged.observed.as_ref().map(observed),
        "because": judged.because,
        "by_arithmetic": judged.by_arithmetic,
    })
}

fn alert(tested: &Tested) -> Value {
    json!({
        "id": tested.id,
        "says": tested.says,
        "every_s": number(tested.every.as_secs_f64()),
        "for_s": number(tested.hold.as_secs_f64()),
        "first_fired": observed(&tested.first),
        "before_first_failure": observed(&tested.lead),
        "firings": stretches(&tested.seen.firings),
        "blind": stretches(&tested.seen.blind),
        "false_alarms": tested.false_alarms,
        "because": tested.because,
    })
}

/// From where to where, in seconds; to the end of the run where there is no `to_s`.
fn stretches(stretches: &[Stretch]) -> Value {
    let one = |stretch: &Stretch| {
        let to = stretch.to.map(|to| to.as_secs_f64());
        json!({ "from_s": number(stretch.from.as_secs_f64()), "to_s": optional(to) })
    };
    stretches.iter().map(one).collect()
}

fn observed(observed: &Observed) -> Value {
    json!({
        "median": optional(observed.median),
        "mean": optional(observed.mean),
        "sd": optional(observed.sd),
        "low": optional(observed.low),
        "high": optional(observed.high),
        "values": observed.values.iter().copied().map(optional).collect::<Vec<_>>(),
        "unit": observed.unit,
    })
}

fn figure(figure: &Figure) -> (String, Value) {
    (figure.name.clone(), optional(figure.value))
}

fn identity(identity: &Identity) -> Value {
    json!({ "name": identity.name, "text": identity.text, "warning": identity.warning })
}

fn stats(outcome: &Outcome, cost: Cost) -> Value {
    let per_request = cost.wall_seconds / outcome.requests.max(1) as f64;
    json!({
        "requests": outcome.requests,
        "events": outcome.events,
        "wall_seconds": number(cost.wall_seconds),
        "wall_seconds_per_request": number(per_request),
    })
}

fn optional(value: Option<f64>) -> Value {
    value.map_or(Value::Null, number)
}

/// A number as JSON has it: whole ones without a point, those that are not finite as `null`.
pub fn number(value: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() < EXACT { json!(value as i64) } else { json!(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_never_nan() {
        assert_eq!(number(12_408.0).to_string(), "12408");
        assert_eq!(number(0.923).to_string(), "0.923");
        assert_eq!(number(f64::NAN), Value::Null);
        assert_eq!(number(f64::INFINITY), Value::Null);
        assert_eq!(number(-0.0).to_string(), "0");
    }
}
