//! The JSON of `highwater verify`.

use serde_json::{Value, json};

use super::{Cost, number, optional};
use crate::experiment::verify::{CaseOutcome, FigureOutcome, How, NotPlayable, Verified};
use crate::report::text::verified;

/// All cases with their figures, and those that cannot be played, as one object.
pub fn verify(all: &Verified, cost: Cost) -> Value {
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "seed": all.seed,
        "verdict": if all.meets() { "verified" } else { "missed" },
        "because": verified(all),
        "cases": all.cases.iter().map(case).collect::<Vec<_>>(),
        "not_playable": all.not_playable.iter().map(not_playable).collect::<Vec<_>>(),
        "stats": {
            "runs": all.runs,
            "requests": all.requests,
            "events": all.events,
            "wall_seconds": number(cost.wall_seconds),
        },
    })
}

fn case(case: &CaseOutcome) -> Value {
    json!({
        "id": case.id,
        "kind": case.kind,
        "source": case.source,
        "verdict": verdict(case.meets()),
        "played_again": case.again,
        "figures": case.figures.iter().map(figure).collect::<Vec<_>>(),
        "left_out": case.left_out,
    })
}

fn figure(figure: &FigureOutcome) -> Value {
    let judged = &figure.judged;
    json!({
        "name": figure.name,
        "how": match figure.how { How::Simulated => "simulated", How::Computed => "computed" },
        "measured": figure.measured,
        "expected": number(figure.expected),
        "simulated": optional(judged.simulated),
        "standard_error": optional(judged.standard_error),
        "off": optional(judged.off),
        "share": optional(judged.share),
        "runs": figure.runs,
        "verdict": verdict(judged.meets),
    })
}

fn verdict(meets: bool) -> &'static str {
    if meets { "meets" } else { "missed" }
}

fn not_playable(no: &NotPlayable) -> Value {
    json!({ "id": no.id, "why": no.why })
}
