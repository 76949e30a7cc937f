//! The JSON of a search for a setting.

use serde_json::{Map, Value, json};

use super::{Cost, number};
use crate::claims::Goal;
use crate::experiment::{
    Cheap, Difference, ERROR, Next, Of, SeenGoal, Solution, Standing, Task, Trial, Verdict,
};
use crate::report::text::sentences;

/// The outcome of `highwater solve` as one object.
pub fn solve(task: &Task, found: &Solution, cost: Cost) -> Value {
    let at = |trial: usize| set(task, &found.tried[trial].levels);
    let ats = |trials: &[usize]| trials.iter().map(|trial| at(*trial)).collect::<Vec<_>>();
    let (because, remarks) = sentences(task, found);
    let mut object = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "scenario": task.base.name,
        "seed": task.base.seed,
        "runs_first": task.runs,
        "runs_max": task.most,
        "confidence": number(1.0 - ERROR),
        "confidence_of_each": number(1.0 - found.error),
        "knobs": knobs(task, found),
        "goals": task.goals.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "outage": task.outage.map(ToString::to_string),
        "verdict": match found.verdict {
            Verdict::Found { .. } => "found",
            Verdict::Nothing => "none",
            Verdict::Undecided { .. } => "undecided",
        },
        "because": because,
        "remarks": remarks,
        "monotone": found.contradiction.is_none(),
    });
    match &found.verdict {
        Verdict::Found { answer, next: cheaper } => {
            object["answer"] = at(*answer);
            object["next"] = cheaper.iter().map(|one| next(task, found, one)).collect();
        }
        Verdict::Nothing => {}
        Verdict::Undecided { meets, misses, open } => {
            object["meets"] = json!(meets.map(at));
            object["misses"] = json!(misses.map(at));
            object["undecided"] = json!(ats(open));
        }
    }
    object["tried"] = found.tried.iter().map(|trial| tried(task, trial)).collect();
    object["digest"] = json!(found.digest);
    object["stats"] = json!({
        "runs": found.tried.iter().map(|trial| trial.runs.len()).sum::<usize>(),
        "requests": found.requests,
        "events": found.events,
        "wall_seconds": number(cost.wall_seconds),
    });
    object
}

fn knobs(task: &Task, found: &Solution) -> Value {
    let one = |(knob, cheap): (&crate::scenario::Knob, &Cheap)| {
        let label = |at: Option<&crate::scenario::Level>| at.map(crate::scenario::Level::label);
        json!({
            "paths": knob.paths,
            "looked_for": match cheap { Cheap::Smallest => "smallest", Cheap::Largest => "largest" },
            "first": label(knob.levels().first()),
            "last": label(knob.levels().last()),
            "levels": knob.levels().len(),
        })
    };
    task.knobs.iter().zip(&found.cheap).map(one).collect()
}

/// The values of all knobs by path, as `--set` takes them.
fn set(task: &Task, levels: &[usize]) -> Value {
    let of = |(knob, at): (&crate::scenario::Knob, &usize)| {
        let settings = knob.levels().get(*at).map(|level| {
            knob.settings(level).map(|(path, text)| (path.to_string(), json!(text))).collect()
        });
        settings.unwrap_or_else(Vec::new)
    };
    Value::Object(task.knobs.iter().zip(levels).flat_map(of).collect::<Map<String, Value>>())
}

fn next(task: &Task, found: &Solution, next: &Next) -> Value {
    let one = |(goal, d): (&Goal, &Difference)| {
        let several = |value: f64| if d.pairs > 1 { number(value) } else { Value::Null };
        json!({
            "figure": goal.of.name,
            "mean": number(d.mean),
            "low": several(d.low),
            "high": several(d.high),
            "pairs": d.pairs,
        })
    };
    json!({
        "cheaper": task.knobs[next.knob].paths,
        "set": set(task, &found.tried[next.trial].levels),
        "less_the_answer": task.goals.iter().zip(&next.differences).map(one).collect::<Vec<_>>(),
    })
}

fn tried(task: &Task, trial: &Trial) -> Value {
    let seen = task.goals.iter().zip(&trial.seen);
    json!({
        "set": set(task, &trial.levels),
        "runs": trial.runs.len(),
        "standing": match trial.standing {
            _ if trial.why.is_some() => "impossible",
            Standing::Meets => "meets",
            Standing::Misses => "misses",
            Standing::Undecided => "undecided",
        },
        "why": trial.why,
        "goals": seen.map(|(goal, seen)| goal_seen(goal, seen)).collect::<Vec<_>>(),
    })
}

fn goal_seen(goal: &Goal, seen: &SeenGoal) -> Value {
    let name = match seen.of {
        Of::Mean => "mean",
        Of::Median => "median",
        Of::Share => "share",
    };
    let mut object = json!({ "goal": goal.to_string() });
    object[name] = number(seen.value);
    object["low"] = number(seen.low);
    object["high"] = number(seen.high);
    object["measured"] = json!(seen.measured);
    object["met"] = json!(seen.met);
    object["unit"] = json!(goal.of.unit);
    object
}
