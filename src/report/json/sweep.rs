//! The JSON of a sweep.

use serde_json::{Map, Value, json};

use super::{Cost, number, optional};
use crate::experiment::{
    Answer, Best, Design, Ends, Influence, Judged, Knobs, Met, Plan, Runs, Standing, Swept, Tried,
};
use crate::scenario::{Level, Range, Values};
use crate::theory::{Better, Effects, Mean, SobolIndex};

/// What came out of `highwater sweep` as one object; its cost is left out of what must be the same
/// bytes everywhere.
pub fn sweep(plan: &Plan, swept: &Swept, cost: Option<Cost>) -> Value {
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| object.insert(key.to_string(), value);
    put("version", json!(env!("CARGO_PKG_VERSION")));
    put("scenario", json!(plan.scenario));
    put("seed", json!(plan.seed));
    put("plan", json!(plan.hash()));
    put("digest", json!(swept.digest));
    put("design", design(plan));
    put("knobs", plan.knobs.iter().map(knob_of).collect());
    put("goals", plan.goals.iter().map(|goal| json!(goal.to_string())).collect());
    put(
        "objectives",
        plan.objectives
            .iter()
            .map(|objective| {
                let way = match objective.better {
                    Better::Smaller => "minimize",
                    Better::Larger => "maximize",
                };
                json!({ "figure": plan.figures[objective.figure].name, "way": way })
            })
            .collect(),
    );
    put("answer", json!(answer(swept.answer(plan))));
    put("best", swept.best.iter().map(|one| best(plan, swept, one)).collect());
    if plan.objectives.len() > 1 {
        put("pareto", pareto(plan, swept));
    }
    if let Some(pooled) = &swept.pooled {
        put("all_points", point(plan, swept, pooled));
    }
    if !swept.influences.is_empty() {
        put("sensitivity", swept.influences.iter().map(|one| influence(plan, one)).collect());
    }
    put("points", swept.points.iter().map(|one| point(plan, swept, one)).collect());
    let mut stats = json!({
        "points": swept.points.len(),
        "runs": swept.runs,
        "requests": swept.requests,
        "events": swept.events,
    });
    if let (Some(cost), Some(stats)) = (cost, stats.as_object_mut()) {
        stats.insert("wall_seconds".to_string(), number(cost.wall_seconds));
    }
    put("stats", stats);
    Value::Object(object)
}

fn answer(answer: Answer) -> &'static str {
    match answer {
        Answer::Found => "found",
        Answer::Missed => "missed",
        Answer::Undecided => "undecided",
        Answer::Impossible => "impossible",
    }
}

fn design(plan: &Plan) -> Value {
    let kind = match plan.design {
        Design::Grid => json!({ "kind": "grid" }),
        Design::Ends => json!({ "kind": "ends" }),
        Design::Samples(samples) => json!({ "kind": "latin_hypercube", "samples": samples }),
        Design::Morris(walks) => json!({ "kind": "morris", "trajectories": walks }),
        Design::Sobol(rows) => json!({ "kind": "sobol", "rows": rows }),
    };
    let runs = match plan.runs {
        Runs::Fixed(runs) => json!({ "each": runs }),
        Runs::Until { precision, first, most } => {
            json!({ "precision": number(precision), "first": first, "most": most })
        }
    };
    let chance = if plan.draws_chance() { "own" } else { "common" };
    json!({ "points": kind, "runs": runs, "random_numbers": chance })
}

fn knob_of(knob: &crate::scenario::Knob) -> Value {
    let values = match &knob.values {
        Values::Levels(levels) => levels.iter().map(|level| json!(level.label())).collect(),
        Values::Range(Range::Uniform { low, high }) => {
            json!({ "uniform": [number(*low), number(*high)] })
        }
        Values::Range(Range::Triangular { low, mode, high }) => {
            json!({ "triangular": [number(*low), number(*mode), number(*high)] })
        }
        Values::Range(Range::Normal { mean, sd }) => {
            json!({ "normal": [number(*mean), number(*sd)] })
        }
    };
    json!({ "paths": knob.paths, "unit": knob.scale.unit(), "values": values })
}

/// The settings of a point, path by path.
pub(in crate::report) fn set(plan: &Plan, levels: &[Level]) -> Value {
    let all = plan.knobs.iter().zip(levels).flat_map(|(knob, level)| knob.settings(level));
    Value::Object(all.map(|(path, text)| (path.to_string(), json!(text))).collect())
}

fn best(plan: &Plan, swept: &Swept, best: &Best) -> Value {
    let objective = &plan.objectives[best.objective];
    let of = |point: &usize| json!(swept.points[*point].point);
    json!({
        "figure": plan.figures[objective.figure].name,
        "point": swept.points[best.first].point,
        "set": set(plan, &swept.points[best.first].levels),
        "told_apart": best.told_apart,
        "may_be_best": best.left.iter().map(of).collect::<Vec<_>>(),
    })
}

fn pareto(plan: &Plan, swept: &Swept) -> Value {
    let one = |(place, dominated): (usize, &Option<crate::theory::Dominated>)| {
        let here = &swept.points[swept.candidates[place]];
        let by = dominated.map(|by| swept.points[swept.candidates[by.by]].point);
        json!({
            "point": here.point,
            "set": set(plan, &here.levels),
            "in_set": dominated.is_none(),
            "dominated_by": by,
            "shown": dominated.map(|by| by.shown),
        })
    };
    swept.dominated.iter().enumerate().map(one).collect()
}

/// One point as an object.
pub(in crate::report) fn point(plan: &Plan, swept: &Swept, tried: &Tried) -> Value {
    let figures = plan.figures.iter().zip(&tried.figures);
    let figures = figures.map(|(known, figure)| (known.name.clone(), figure_of(figure)));
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| object.insert(key.to_string(), value);
    let is_pooled = swept.pooled.is_some() && tried.levels.is_empty();
    if !is_pooled {
        put("point", json!(tried.point));
        put("set", set(plan, &tried.levels));
    }
    put("runs", json!(tried.runs));
    put("figures", Value::Object(figures.collect()));
    if !tried.goals.is_empty() {
        put("goals", tried.goals.iter().map(met).collect());
        put("standing", json!(tried.standing().map(standing)));
    }
    if let Some(precise) = tried.precise {
        put("precise", json!(precise));
    }
    if let Some(why) = &tried.trouble {
        put("trouble", json!(why));
    }
    Value::Object(object)
}

fn figure_of(figure: &Judged) -> Value {
    let mean = figure.spread.mean;
    let median = figure.spread.median;
    let against = |mean: Mean| json!({ "mean": number(mean.mean), "low": number(mean.low), "high": number(mean.high) });
    json!({
        "mean": optional(mean.map(|mean| mean.mean)),
        "sd": optional(mean.map(|mean| mean.sd)),
        "low": optional(figure.share.map(|share| share.0).or(mean.map(|mean| mean.low))),
        "high": optional(figure.share.map(|share| share.1).or(mean.map(|mean| mean.high))),
        "median": or_never(median.map(|median| median.estimate)),
        "median_low": or_never(median.map(|median| median.low)),
        "median_high": or_never(median.map(|median| median.high)),
        "runs": figure.spread.runs,
        "less_first_point": figure.against_first.map(against),
    })
}

/// A number; `"never"` of what never came, `null` of what was not measured.
fn or_never(value: Option<f64>) -> Value {
    if value == Some(f64::INFINITY) { json!("never") } else { optional(value) }
}

fn met(met: &Met) -> Value {
    let end = |end: f64| if met.value.is_some() { or_never(Some(end)) } else { Value::Null };
    json!({
        "value": or_never(met.value),
        "low": end(met.low),
        "high": end(met.high),
        "standing": standing(met.standing),
    })
}

/// How a standing is said.
pub(in crate::report) fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Meets => "meets",
        Standing::Undecided => "undecided",
        Standing::Misses => "misses",
    }
}

fn influence(plan: &Plan, influence: &Influence) -> Value {
    let named = |values: Vec<Value>| -> Value {
        let names = plan.knobs.iter().map(|knob| knob.name());
        Value::Object(names.zip(values).collect())
    };
    let knobs = match &influence.knobs {
        Knobs::Ends(_, ends) => named(ends.iter().map(ends_of).collect()),
        Knobs::Morris(effects) => named(effects.iter().map(effects_of).collect()),
        Knobs::Sobol(indices) => named(indices.iter().map(index_of).collect()),
    };
    json!({ "figure": plan.figures[influence.figure].name, "knobs": knobs })
}

fn ends_of(ends: &Ends) -> Value {
    json!({
        "at_low": number(ends.low),
        "at_high": number(ends.high),
        "swing": number(ends.swing.mean),
        "swing_low": number(ends.swing.low),
        "swing_high": number(ends.swing.high),
    })
}

fn effects_of(effects: &Effects) -> Value {
    json!({
        "mu": number(effects.mu),
        "mu_star": number(effects.mu_star),
        "low": number(effects.interval.0),
        "high": number(effects.interval.1),
        "sigma": number(effects.sigma),
        "effects": effects.seen,
    })
}

fn index_of(index: &SobolIndex) -> Value {
    json!({
        "first": number(index.first),
        "first_low": number(index.first_interval.0),
        "first_high": number(index.first_interval.1),
        "total": number(index.total),
        "total_low": number(index.total_interval.0),
        "total_high": number(index.total_interval.1),
    })
}
