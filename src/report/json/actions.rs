//! The JSON of a ranking of actions.

use serde_json::{Value, json};

use super::{Cost, number, optional};
use crate::experiment::{ActionOutcome, Ranking};
use crate::report::text::{rule, verdict};
use crate::scenario::{NotAtHand, Scenario};

/// The outcome of `highwater compare --actions-at` as one object: the best action first. A time of
/// `null` is never. `scenario` is the one in which nothing is done.
pub fn actions(
    scenario: &Scenario,
    ranking: &Ranking,
    not_at_hand: &[NotAtHand],
    cost: Cost,
) -> Value {
    let no = |no: &NotAtHand| json!({ "action": no.what, "because": no.because });
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "scenario": scenario.name,
        "seed": scenario.seed,
        "runs": ranking.runs,
        "at": number(ranking.back.at.as_secs_f64()),
        "well_until": optional(ranking.well_until.map(|at| at.as_secs_f64())),
        "to": number(ranking.back.to),
        "over": number(ranking.back.over.as_secs_f64()),
        "because": verdict(ranking),
        "back_means": rule(scenario, ranking),
        "nothing": outcome(&ranking.nothing),
        "actions": ranking.actions.iter().map(outcome).collect::<Vec<_>>(),
        "not_at_hand": not_at_hand.iter().map(no).collect::<Vec<_>>(),
        "stats": {
            "requests": ranking.requests,
            "wall_seconds": number(cost.wall_seconds),
        },
    })
}

fn outcome(outcome: &ActionOutcome) -> Value {
    let mut object = json!({
        "action": outcome.what,
        "back_after_s_median": number(outcome.median),
        "back_after_s": outcome.after.iter().copied().map(number).collect::<Vec<_>>(),
        "back_in": outcome.back(),
        "failed": number(outcome.failed),
        "turned_away": number(outcome.turned_away),
        "notes": outcome.notes,
    });
    if let Some(why) = &outcome.stopped {
        object["stopped"] = json!(why);
    }
    object
}
