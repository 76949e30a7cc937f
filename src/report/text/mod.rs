//! The outcome of a run for a person at a terminal: verdict first, then what happened over time, then
//! figures and checks.

mod actions;
mod alerts;
mod audit;
mod compare;
mod events;
mod explain;
mod figures;
mod paint;
mod runs;
mod solve;
mod sweep;
mod timeline;
mod verdicts;
mod verify;

pub use actions::actions;
pub(super) use actions::{rule, verdict};
pub use compare::compare;
pub(super) use compare::{because, changed, is_main};
pub use explain::explain;
pub use paint::Paint;
pub(super) use runs::{median, never, words};
pub(super) use solve::sentences;
pub use solve::{looked, solve};
pub(super) use sweep::Said;
pub use sweep::sweep;
pub(super) use verify::verified;
pub use verify::{verify, verify_speed};

use timeline::Timeline;

use crate::claims::{Identity, amount};
use crate::experiment::Outcome;
use crate::scenario::Scenario;
use crate::units::{SimTime, Unit, timestamp};

/// The outcome of a run: what was found, and nothing that differs between two equal runs.
pub fn run(scenario: &Scenario, outcome: &Outcome, paint: Paint) -> String {
    let mut out = String::new();
    head(scenario, outcome, paint, &mut out);
    runs::standing(outcome, paint, &mut out);
    verdicts::write(outcome, paint, &mut out);
    let timeline = Timeline::of(scenario, &outcome.first, paint.width());
    if let Some(timeline) = &timeline {
        timeline.write(outcome.runs, paint, &mut out);
    }
    events::write(scenario, &outcome.first, timeline.as_ref(), paint, &mut out);
    if let Some(audit) = &outcome.audit {
        audit::write(scenario, audit, paint, &mut out);
    }
    alerts::write(scenario, outcome, paint, &mut out);
    runs::exhaustion(outcome, paint, &mut out);
    figures::write(scenario, outcome, paint, &mut out);
    runs::means(outcome, paint, &mut out);
    checks(&outcome.identities, paint, &mut out);
    out
}

/// The name of what was run, and how.
fn head(scenario: &Scenario, outcome: &Outcome, paint: Paint, out: &mut String) {
    out.push_str(&titled(scenario, paint));
    let runs = if outcome.runs == 1 { "1 run".into() } else { format!("{} runs", outcome.runs) };
    let from = match scenario.about.start {
        Some(start) => format!(" from {}", &timestamp(start, SimTime::ZERO).replace(".000Z", "Z")),
        None => String::new(),
    };
    let facts = format!(
        "{}{from}, {runs}, seed \"{}\", digest {}",
        amount(scenario.duration.as_secs_f64(), Unit::Seconds),
        clean(&scenario.seed),
        outcome.digest
    );
    out.push_str(&format!("\n{}\n", paint.dim(&paint.wrapped(&facts, 2))));
    out.push_str(&format!("{}\n\n", paint.dim(&paint.wrapped(&runs::study(&outcome.study), 2))));
    if let Some(why) = &outcome.stopped {
        let why = format!("The run stopped before its end: {}", clean(why));
        out.push_str(&format!("{}\n\n", paint.red(&paint.wrapped(&why, 0))));
    }
}

/// The name of a scenario, and its title if it has one.
pub(super) fn titled(scenario: &Scenario, paint: Paint) -> String {
    let (name, title) = (clean(&scenario.name), clean(&scenario.about.title));
    if title.is_empty() {
        return paint.bold(&name);
    }
    let line = paint.wrapped(&format!("{name}  {title}"), 2);
    match line.strip_prefix(&name) {
        Some(rest) => format!("{}{rest}", paint.bold(&name)),
        None => line,
    }
}

/// The standing checks that warn; of the others only how many there are.
fn checks(identities: &[Identity], paint: Paint, out: &mut String) {
    if identities.is_empty() {
        return;
    }
    let (warnings, fine): (Vec<_>, Vec<_>) = identities.iter().partition(|check| check.warning);
    out.push_str(&format!("{}\n", paint.bold("By arithmetic alone")));
    for check in &warnings {
        out.push_str(&format!(
            "  {} {}\n",
            paint.yellow("!"),
            paint.wrapped(&clean(&check.text), 4)
        ));
    }
    let rest = match (warnings.len(), fine.len()) {
        (_, 0) => String::new(),
        (0, 1) => "  1 check, nothing runs out\n".to_string(),
        (0, n) => format!("  {n} checks, nothing runs out\n"),
        (_, n) => format!("  {n} more within bounds (--format json lists all)\n"),
    };
    out.push_str(&format!("{}\n", paint.dim(&rest)));
}

/// A text without control characters, which could drive the terminal.
pub(super) fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_cannot_drive_the_terminal() {
        assert_eq!(clean("a\u{1b}[31mb\n"), "a [31mb ");
    }
}
