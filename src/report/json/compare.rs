//! The JSON of a comparison.

use serde_json::{Map, Value, json};

use super::{Cost, number};
use crate::claims::OUTAGE;
use crate::experiment::{Changed, Comparison, Differs, Effect, Finding, Paired, Played};
use crate::report::text::because;
use crate::scenario::Scenario;
use crate::theory::sign_test;

/// The outcome of `highwater compare` as one object. `scenario` is the first side; its cost is left out
/// of what must be the same bytes everywhere.
pub fn compare(scenario: &Scenario, found: &Comparison, cost: Option<Cost>) -> Value {
    let others = || found.others.iter();
    let outage = found.outage.as_ref();
    let mut stats = json!({ "requests": found.requests, "events": found.events });
    if let Some(cost) = cost {
        stats["wall_seconds"] = number(cost.wall_seconds);
    }
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "scenario": scenario.name,
        "seed": scenario.seed,
        "runs": found.runs,
        "outage": {
            "goal": outage.map(ToString::to_string),
            "says": outage.map_or(OUTAGE.to_string(), ToString::to_string),
        },
        "first": side(&found.first),
        "others": others().map(|(played, effect)| other(found, played, effect)).collect::<Vec<_>>(),
        "stats": stats,
    })
}

fn side(played: &Played) -> Value {
    let (differs, what) = match &played.differs {
        Differs::File => ("file", None),
        Differs::With(what) => ("with", Some(what)),
        Differs::Without(what) => ("without", Some(what)),
    };
    let mut object = json!({
        "name": played.name,
        "differs": differs,
        "what": what,
        "digest": played.digest,
        "outages": played.count(),
        "outage_in": played.outages,
    });
    if let Some(why) = &played.stopped {
        object["stopped"] = json!(why);
    }
    object
}

fn other(found: &Comparison, played: &Played, effect: &Effect) -> Value {
    let cause = effect.of_what_differs(&found.first, played);
    let figures = effect.figures.iter().map(|paired| (paired.name.clone(), figure(paired)));
    let mut object = side(played);
    object["effect"] = json!({
        "finding": word(cause.finding),
        "with": cause.with,
        "without": cause.without,
        "difference": number(cause.difference),
        "low": number(cause.interval.0),
        "high": number(cause.interval.1),
        "pairs": effect.pairs,
        "outage_only_here": effect.only_here,
        "outage_only_first": effect.only_first,
        "p_sign_test": number(sign_test(effect.only_here, effect.only_first)),
        "because": because(found, played, effect, cause),
    });
    object["figures"] = Value::Object(figures.collect::<Map<String, Value>>());
    object
}

/// A finding as programs read it.
fn word(finding: Finding) -> &'static str {
    match finding {
        Finding::Causes => "causes",
        Finding::Prevents => "prevents",
        Finding::NoDifference => "no_difference_shown",
        Finding::Undecided => "undecided",
    }
}

fn figure(paired: &Paired) -> Value {
    let changed = match paired.changed() {
        Changed::Same => "same",
        Changed::Differs => "differs",
        Changed::NotShown => "not_shown",
        Changed::NothingToCompare => "nothing_to_compare",
    };
    let several = |value: f64| if paired.pairs > 1 { number(value) } else { Value::Null };
    json!({
        "first": number(paired.first),
        "here": number(paired.here),
        "difference": number(paired.difference.mean),
        "sd": several(paired.difference.sd),
        "low": several(paired.difference.low),
        "high": several(paired.difference.high),
        "pairs": paired.pairs,
        "came_first": paired.came.0,
        "came_here": paired.came.1,
        "changed": changed,
        "unit": paired.unit,
    })
}
