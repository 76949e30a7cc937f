//! A comparison for a person at a terminal: what causes what first, then the figures that differ.

use super::figures::table;
use super::{Paint, clean};
use crate::claims::{OUTAGE, amount};
use crate::experiment::{
    Cause, Changed, Comparison, Differs, Effect, FEWEST_PAIRS, Finding, Paired, Played,
    is_first_time,
};
use crate::scenario::Scenario;
use crate::units::Unit;

/// What a comparison found. `scenario` is the first side.
pub fn compare(scenario: &Scenario, found: &Comparison, paint: Paint) -> String {
    let mut out = String::new();
    head(scenario, found, paint, &mut out);
    for (side, effect) in &found.others {
        verdict(found, side, effect, paint, &mut out);
    }
    let rule = match &found.outage {
        Some(goal) => format!("Asked for by --outage: a run with {}.", clean(&goal.to_string())),
        None => format!("Outage, unless --outage says otherwise: {OUTAGE}."),
    };
    out.push_str(&format!("{}\n\n", paint.dim(&paint.wrapped(&rule, 0))));
    for (side, effect) in &found.others {
        figures(found, side, effect, paint, &mut out);
    }
    out
}

fn head(scenario: &Scenario, found: &Comparison, paint: Paint, out: &mut String) {
    let title = clean(&scenario.about.title);
    let name = paint.bold(&clean(&scenario.name));
    out.push_str(&if title.is_empty() { name } else { format!("{name}  {title}") });
    let facts = format!(
        "{}, {} of each side on the same random numbers, seed \"{}\"",
        amount(scenario.duration.as_secs_f64(), Unit::Seconds),
        runs(found.runs as usize),
        clean(&scenario.seed),
    );
    out.push_str(&format!("\n{}\n\n", paint.dim(&facts)));
    let sides = std::iter::once(&found.first).chain(found.others.iter().map(|(side, _)| side));
    for side in sides {
        if let Some(why) = &side.stopped {
            let text = format!("A run of {} stopped before its end: {why}", side.name);
            out.push_str(&format!("{}\n\n", paint.red(&paint.wrapped(&clean(&text), 0))));
        }
    }
}

fn verdict(found: &Comparison, side: &Played, effect: &Effect, paint: Paint, out: &mut String) {
    let cause = effect.of_what_differs(&found.first, side);
    let line = paint.wrapped(&headline(found, side, cause.finding), 2);
    let line = match cause.finding {
        Finding::Causes => paint.red(&line),
        Finding::Prevents => paint.green(&line),
        Finding::NoDifference => paint.bold(&line),
        Finding::Undecided => paint.yellow(&line),
    };
    out.push_str(&format!(
        "{line}\n  {}\n\n",
        paint.wrapped(&because(found, side, effect, cause), 2)
    ));
}

/// The verdict in one sentence.
fn headline(found: &Comparison, side: &Played, finding: Finding) -> String {
    let what = match &side.differs {
        Differs::File => clean(&side.name),
        Differs::With(what) | Differs::Without(what) => clean(what),
    };
    // What --outage asks for need not be an outage: it is told as it was written.
    let (it, in_a_run) = match &found.outage {
        Some(goal) => {
            let goal = format!("`{}`", clean(&goal.to_string()));
            (goal.clone(), format!("{goal} in no run"))
        }
        None => ("the outage".to_string(), "no run's outage".to_string()),
    };
    match finding {
        Finding::Causes => format!("CAUSE: {what} causes {it}"),
        Finding::Prevents => format!("PREVENTED: {what} prevents {it}"),
        Finding::NoDifference => format!("NO DIFFERENCE SHOWN: {what} changes {in_a_run}"),
        Finding::Undecided => format!("UNDECIDED: whether {what} changes {it}"),
    }
}

/// The figures behind the verdict, for text and JSON.
pub(in crate::report) fn because(
    found: &Comparison,
    side: &Played,
    effect: &Effect,
    cause: Cause,
) -> String {
    let of = |count: usize| format!("{count} of {}", found.runs);
    let (with, without) = (of(cause.with), of(cause.without));
    let goal = found.outage.as_ref().map(|goal| format!("`{}`", clean(&goal.to_string())));
    let it = goal.as_deref().unwrap_or("an outage");
    let mut text = match side.differs {
        Differs::File => format!(
            "{it} in {with} runs of {}, in {without} of {}",
            clean(&side.name),
            clean(&found.first.name)
        ),
        _ => format!("{it} in {with} runs with it, in {without} without"),
    };
    let left_out = u64::from(found.runs) - effect.pairs;
    if left_out > 0 {
        text.push_str(&format!("; {left_out} of {} pairs cannot be judged", found.runs));
    }
    let (low, high) = cause.interval;
    text.push_str(&format!(
        "; {} differs by {}, 95 % interval {} to {}",
        if goal.is_some() { "its probability" } else { "P(outage)" },
        share(cause.difference),
        share(low),
        share(high)
    ));
    match cause.finding {
        Finding::Undecided if effect.pairs < FEWEST_PAIRS => {
            text.push_str(&format!("; fewer than {FEWEST_PAIRS} pairs of runs decide nothing"));
        }
        Finding::Undecided => text.push_str("; more runs would narrow it"),
        _ => {}
    }
    text
}

fn figures(found: &Comparison, side: &Played, effect: &Effect, paint: Paint, out: &mut String) {
    let main: Vec<&Paired> = effect.figures.iter().filter(|paired| is_main(&paired.name)).collect();
    let (same, other): (Vec<&Paired>, Vec<&Paired>) =
        main.into_iter().partition(|paired| paired.changed() == Changed::Same);
    let title = match &side.differs {
        Differs::File => clean(&side.name),
        Differs::With(what) => format!("with {}", clean(what)),
        Differs::Without(what) => format!("without {}", clean(what)),
    };
    out.push_str(&format!("{}\n", paint.bold(&paint.wrapped(&format!("{title}, run by run"), 0))));
    let rows = other.into_iter().map(row).collect();
    let head = ["figure (mean)", "as it is", "here", "difference", "95 % interval", ""];
    table(&head, rows, paint, out);
    let all = effect.figures.len();
    let mut note = match same.len() {
        0 => String::new(),
        1 => format!(
            "The same on both sides: {}. ",
            super::sweep::short(&super::sweep::short(&same[0].name))
        ),
        n => format!("{n} more main figures are the same in every pair of runs. "),
    };
    note.push_str(&format!("--format json has all {all} figures."));
    let against = match found.others.len() {
        1 => String::new(),
        _ => format!(" As it is: {}.", found.first.name),
    };
    out.push_str(&format!("{}\n\n", paint.dim(&paint.wrapped(&clean(&(note + &against)), 0))));
}

/// Whether a figure differs, in a word or two.
pub(in crate::report) fn changed(paired: &Paired) -> &'static str {
    match paired.changed() {
        Changed::Same => "the same",
        Changed::Differs => "differs",
        Changed::NotShown => "not shown",
        Changed::NothingToCompare => "nothing to compare",
    }
}

/// Figures that are shown in the table.
pub(in crate::report) fn is_main(name: &str) -> bool {
    const OF_SERVER: [&str; 5] = [
        "connected_clients_max",
        "rejected_connections",
        "reaped_connections",
        "loop_busy_mean",
        "first_rejection_s",
    ];
    const OF_FLEET: [&str; 6] = [
        "succeeded",
        "failed_ratio",
        "attempts_per_request",
        "latency_s_p99",
        "in_flight_max",
        "first_failure_s",
    ];
    let mut parts = name.splitn(3, '.');
    let (kind, what) = (parts.next(), parts.nth(1).unwrap_or_default());
    match kind {
        Some("servers") => OF_SERVER.contains(&what),
        _ => OF_FLEET.contains(&what) || what.ends_with(".checkout_wait_s_p99"),
    }
}

fn row(paired: &Paired) -> Vec<String> {
    let Paired { unit, .. } = *paired;
    let side = |mean: f64, came: usize| match came {
        0 if is_first_time(&paired.name) => "never".to_string(),
        0 => "-".to_string(),
        _ => amount(mean, unit),
    };
    let (mean, interval) = match paired.pairs {
        0 | 1 => ("-".to_string(), "-".to_string()),
        _ => {
            let d = paired.difference;
            let (low, high) = (signed(d.low, unit), signed(d.high, unit));
            let interval = if low == high { low } else { format!("{low} to {high}") };
            (signed(d.mean, unit), interval)
        }
    };
    let word = changed(paired);
    vec![
        clean(&super::sweep::short(&paired.name)),
        side(paired.first, paired.came.0),
        side(paired.here, paired.came.1),
        mean,
        interval,
        word.to_string(),
    ]
}

/// A probability, or a difference of two, to the hundredth.
fn share(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_string() } else { text.to_string() }
}

/// A difference with its sign.
fn signed(value: f64, unit: Unit) -> String {
    let size = amount(value.abs(), unit);
    match value {
        _ if value > 0.0 => format!("+{size}"),
        _ if value < 0.0 => format!("-{size}"),
        _ => size,
    }
}

pub(in crate::report) fn runs(count: usize) -> String {
    if count == 1 { "1 run".to_string() } else { format!("{count} runs") }
}
