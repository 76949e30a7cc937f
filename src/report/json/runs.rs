//! The JSON of what several runs say: intervals, times to exhaustion, what was studied, how well.

use serde_json::{Map, Value, json};

use super::{number, optional};
use crate::experiment::{
    Aimed, Exhaustion, Figure, Narrowed, Outcome, PILOT_RUNS, Reach, Rule, Spread, Study,
};
use crate::theory::QuantileInterval;

/// For each figure of the summary its mean and its median over runs, with their 95 % intervals.
pub(super) fn intervals(outcome: &Outcome) -> Value {
    let one = |(figure, spread): (&Figure, &Spread)| (figure.name.clone(), interval(spread));
    let all: Map<String, Value> = outcome.summary.iter().zip(&outcome.spreads).map(one).collect();
    Value::Object(all)
}

fn interval(spread: &Spread) -> Value {
    let (mean, median) = (spread.mean, spread.median);
    // One value has no spread.
    let several = mean.filter(|_| spread.runs > 1);
    json!({
        "mean": optional(mean.map(|mean| mean.mean)),
        "sd": optional(several.map(|mean| mean.sd)),
        "low": optional(several.map(|mean| mean.low)),
        "high": optional(several.map(|mean| mean.high)),
        "median": optional(median.map(|median| median.estimate)),
        "median_low": optional(median.map(|median| median.low)),
        "median_high": optional(median.map(|median| median.high)),
        "runs": spread.runs,
    })
}

/// For each first time the law of it; a time of `null` is never.
pub(super) fn exhaustion(outcome: &Outcome) -> Value {
    let one = |law: &Exhaustion| (law.name.clone(), first_time(law));
    Value::Object(outcome.exhaustion.iter().map(one).collect::<Map<String, Value>>())
}

fn first_time(law: &Exhaustion) -> Value {
    json!({
        "median_s": quantile(&law.median),
        "p05_s": quantile(&law.p05),
        "p95_s": quantile(&law.p95),
        "came": law.came(),
        "never": law.never,
        "never_share": number(law.never as f64 / law.values.len().max(1) as f64),
        "never_low": number(law.share.0),
        "never_high": number(law.share.1),
        "unseen_at_most": optional(law.at_most),
        "values": law.values.iter().copied().map(optional).collect::<Vec<_>>(),
    })
}

fn quantile(quantile: &QuantileInterval) -> Value {
    json!({
        "value": number(quantile.estimate),
        "low": number(quantile.low),
        "high": number(quantile.high),
        "covers": number(quantile.covers),
    })
}

/// What was studied, and by which rule the warm-up was chosen.
pub(super) fn study(study: &Study) -> Value {
    let (rule, series, because) = match &study.rule {
        Rule::Set => ("set", None, None),
        Rule::Mser5(series) => ("mser5", Some(series), None),
        Rule::NotSettled(because) => ("mser5", None, Some(because)),
    };
    let mut object = json!({
        "kind": if study.is_steady() { "steady_state" } else { "terminating" },
        "warm_up_s": number(study.warm_up.as_secs_f64()),
        "rule": rule,
    });
    if rule == "mser5" {
        object["pilot_runs"] = json!(PILOT_RUNS);
        object["series"] = json!(series);
    }
    if let Some(because) = because {
        object["not_settled"] = json!(because);
    }
    object
}

/// Whether what was to be known well is.
pub(super) fn precision(aimed: &Aimed) -> Value {
    let one = |figure: &Narrowed| {
        let standing = match figure.standing {
            Reach::Reached => "reached",
            Reach::Short => "short",
            Reach::NoMean => "no_mean",
            Reach::NothingToMeasure => "nothing_to_measure",
        };
        json!({
            "name": figure.name,
            "mean": optional(figure.mean),
            "half_width": optional(figure.share),
            "standing": standing,
        })
    };
    json!({
        "wanted": number(aimed.wanted),
        "reached": aimed.reached,
        "runs": aimed.runs,
        "half_width": optional(aimed.worst().and_then(|worst| worst.share)),
        "of": aimed.of.iter().map(one).collect::<Vec<_>>(),
    })
}
