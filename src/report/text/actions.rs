//! What operators can do, ranked, for a person at a terminal: the best first of all.

use super::compare::runs;
use super::figures::table;
use super::{Paint, clean};
use crate::claims::{amount, share};
use crate::experiment::{ActionOutcome, Ranking};
use crate::scenario::{NotAtHand, Scenario};
use crate::units::{SimTime, Unit};

/// A ranking of actions. `scenario` is the one in which nothing is done.
pub fn actions(
    scenario: &Scenario,
    ranking: &Ranking,
    not_at_hand: &[NotAtHand],
    paint: Paint,
) -> String {
    let mut out = String::new();
    head(scenario, ranking, paint, &mut out);
    out.push_str(&format!("{}\n\n", paint.wrapped(&verdict(ranking), 2)));
    let rows = ranking.actions.iter().chain([&ranking.nothing]);
    let rows = rows.map(|outcome| row(outcome, ranking)).collect();
    table(
        &["action", "back after", "in runs", "fail meanwhile", "turned away"],
        rows,
        paint,
        &mut out,
    );
    notes(ranking, paint, &mut out);
    if !not_at_hand.is_empty() {
        out.push_str(&format!("{}\n", paint.bold("Not at hand")));
        for no in not_at_hand {
            let text = format!("- {}: {}", clean(&no.what), clean(&no.because));
            out.push_str(&format!("  {}\n", paint.wrapped(&text, 4)));
        }
        out.push('\n');
    }
    out.push_str(&format!("{}\n\n", paint.dim(&paint.wrapped(&rule(scenario, ranking), 0))));
    out
}

fn head(scenario: &Scenario, ranking: &Ranking, paint: Paint, out: &mut String) {
    let title = clean(&scenario.about.title);
    let name = paint.bold(&clean(&scenario.name));
    out.push_str(&if title.is_empty() { name } else { format!("{name}  {title}") });
    let facts = format!(
        "{} actions at {}, {} of each on the same random numbers, seed \"{}\"",
        ranking.actions.len(),
        instant(ranking.back.at),
        runs(ranking.runs as usize),
        clean(&scenario.seed),
    );
    out.push_str(&format!("\n{}\n\n", paint.dim(&facts)));
    for outcome in ranking.actions.iter().chain([&ranking.nothing]) {
        if let Some(why) = &outcome.stopped {
            let text = format!("A run with \"{}\" stopped before its end: {why}", outcome.what);
            out.push_str(&format!("{}\n\n", paint.red(&paint.wrapped(&clean(&text), 0))));
        }
    }
}

/// The best in one sentence, beside doing nothing.
pub(in crate::report) fn verdict(ranking: &Ranking) -> String {
    let nothing = &ranking.nothing;
    if ranking.well_until.is_none() {
        return "CANNOT SAY: all was not well at any time before; --well-until says until when it \
                was"
        .to_string();
    }
    let after = |outcome: &ActionOutcome| match outcome.median {
        0.0 => "at once".to_string(),
        median => format!("after {}", amount(median, Unit::Seconds)),
    };
    let best = ranking.actions.first().filter(|best| best.median.is_finite());
    let by_itself = match nothing.median.is_finite() {
        true if nothing.median == 0.0 => "with nothing done goodput is as before".to_string(),
        true => format!("with nothing done it comes back by itself {}", after(nothing)),
        false => "with nothing done it does not come back".to_string(),
    };
    match best {
        None if nothing.median.is_finite() => format!("NOTHING NEEDED: {by_itself}"),
        None => format!("NONE OF THESE: goodput comes back with no action; {by_itself}"),
        Some(best) if best.median >= nothing.median => {
            format!("NOTHING NEEDED: {by_itself}, and no action is faster")
        }
        Some(best) => format!(
            "BEST: {}: goodput is back {} in {} of {}, {} requests fail meanwhile; {by_itself}",
            clean(&best.what),
            after(best),
            best.back(),
            runs(ranking.runs as usize),
            lost(best),
        ),
    }
}

fn lost(outcome: &ActionOutcome) -> String {
    let failed = amount(outcome.failed.round(), Unit::Count);
    match outcome.turned_away.round() {
        away if away > 0.0 => format!("{failed} and {} turned away", amount(away, Unit::Count)),
        _ => failed,
    }
}

fn row(outcome: &ActionOutcome, ranking: &Ranking) -> Vec<String> {
    let away = match outcome.turned_away.round() {
        away if away > 0.0 => amount(away, Unit::Count),
        _ => "-".to_string(),
    };
    vec![
        clean(&outcome.what),
        match outcome.median {
            0.0 => "at once".to_string(),
            median => amount(median, Unit::Seconds),
        },
        format!("{} of {}", outcome.back(), ranking.runs),
        amount(outcome.failed.round(), Unit::Count),
        away,
    ]
}

/// What the operator met, in run 0.
fn notes(ranking: &Ranking, paint: Paint, out: &mut String) {
    let told: Vec<&ActionOutcome> =
        ranking.actions.iter().filter(|outcome| !outcome.notes.is_empty()).collect();
    if told.is_empty() {
        return;
    }
    out.push_str(&format!("{}\n", paint.bold("What the operator meets")));
    for outcome in told {
        let text = format!("- {}: {}", outcome.what, outcome.notes.join("; "));
        out.push_str(&format!("  {}\n", paint.wrapped(&clean(&text), 4)));
    }
    out.push('\n');
}

/// What coming back means.
pub(in crate::report) fn rule(scenario: &Scenario, ranking: &Ranking) -> String {
    let back = ranking.back;
    let well = match ranking.well_until {
        Some(well) if well < back.at => instant(well),
        _ => "the action".to_string(),
    };
    format!(
        "Back: in every window of {} from then to the end ({}) each fleet serves at least {} of what it \
         served up to {well}. Times are from the action; failed requests are counted from it to the end.",
        amount(back.over.as_secs_f64(), Unit::Seconds),
        amount(scenario.duration.as_secs_f64(), Unit::Seconds),
        share(back.to),
    )
}

fn instant(at: SimTime) -> String {
    amount(at.as_secs_f64(), Unit::Seconds)
}
