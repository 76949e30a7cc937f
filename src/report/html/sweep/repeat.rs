//! The command that a plan stands for.

use crate::experiment::{Design, Plan, Runs};
use crate::report::quoted;
use crate::scenario::{Knob, Level, Range, Values};
use crate::theory::Better;

/// The command, with the scenario's name for its file.
pub(super) fn command(plan: &Plan) -> String {
    let mut words = vec![format!("highwater sweep {}.json", quoted(&plan.scenario))];
    let mut option = |name: &str, value: &str| words.push(format!("{name} {}", quoted(value)));
    plan.knobs.iter().for_each(|knob| option("--vary", &vary(knob)));
    plan.set.iter().for_each(|set| option("--set", set));
    for goal in &plan.goals {
        option("--goal", &goal.to_string());
    }
    for objective in &plan.objectives {
        let name = &plan.figures[objective.figure].name;
        match objective.better {
            Better::Smaller => option("--minimize", name),
            Better::Larger => option("--maximize", name),
        }
    }
    if let Some(outage) = &plan.outage {
        option("--outage", &outage.to_string());
    }
    match plan.design {
        Design::Grid => {}
        Design::Samples(samples) => option("--samples", &samples.to_string()),
        Design::Ends => option("--sensitivity", "ends"),
        Design::Morris(walks) => {
            option("--sensitivity", "morris");
            option("--samples", &walks.to_string());
        }
        Design::Sobol(rows) => {
            option("--sensitivity", "sobol");
            option("--samples", &rows.to_string());
        }
    }
    if let Runs::Until { precision, most, .. } = plan.runs {
        option("--precision", &precision.to_string());
        option("--runs-max", &most.to_string());
    }
    option("--seed", &plan.seed);
    option("--runs", &plan.runs.first().to_string());
    words.join(" ")
}

/// A knob as `--vary` takes it.
fn vary(knob: &Knob) -> String {
    let text = |number: f64| knob.scale.text(knob.scale.rounded(number));
    let values = match &knob.values {
        Values::Levels(levels) => levels.iter().map(level).collect::<Vec<_>>().join(","),
        Values::Range(Range::Uniform { low, high }) => {
            format!("uniform({},{})", text(*low), text(*high))
        }
        Values::Range(Range::Triangular { low, mode, high }) => {
            format!("triangular({},{},{})", text(*low), text(*mode), text(*high))
        }
        Values::Range(Range::Normal { mean, sd }) => {
            format!("normal({},{})", text(*mean), text(*sd))
        }
    };
    format!("{}={values}", knob.name())
}

/// One value for all paths, or one for each.
fn level(level: &Level) -> String {
    match level.texts.as_slice() {
        [first, rest @ ..] if rest.iter().all(|text| text == first) => first.clone(),
        texts => texts.join(";"),
    }
}
