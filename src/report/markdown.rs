//! `verdicts.md`: a table to paste into a postmortem.

use crate::claims::{Judged, amount};
use crate::experiment::Outcome;
use crate::scenario::{Scenario, Verdict};
use crate::units::Unit;

/// The verdicts as a Markdown table under a line that says how to repeat them.
pub fn verdicts_table(scenario: &Scenario, outcome: &Outcome, repeat: &str) -> String {
    let mut out = format!("# {}\n\n", title(scenario));
    if !scenario.about.source.is_empty() {
        out.push_str(&format!("Source: {}\n\n", line(&scenario.about.source)));
    }
    if outcome.claims.is_empty() {
        out.push_str("The scenario makes no claims.\n\n");
    } else {
        out.push_str("| claim | statement | verdict | because | source |\n");
        out.push_str("|---|---|---|---|---|\n");
        outcome.claims.iter().for_each(|claim| out.push_str(&row(claim)));
        out.push('\n');
    }
    let runs = if outcome.runs == 1 { "1 run".into() } else { format!("{} runs", outcome.runs) };
    out.push_str(&format!(
        "Simulated by Highwater {}: {}, {runs}, seed \"{}\", digest `{}`.\n\nTo repeat: `{}`\n",
        env!("CARGO_PKG_VERSION"),
        amount(scenario.duration.as_secs_f64(), Unit::Seconds),
        line(&scenario.seed),
        outcome.digest,
        line(repeat),
    ));
    out
}

fn title(scenario: &Scenario) -> String {
    let about = line(&scenario.about.title);
    if about.is_empty() { line(&scenario.name) } else { about }
}

fn row(claim: &Judged) -> String {
    let mut verdict = format!("**{}**", word(claim.verdict));
    if !claim.as_wanted() {
        verdict.push_str(&format!(" (the file expects: {})", word(claim.wanted)));
    }
    let cells = [&claim.id, &claim.says, &verdict, &claim.because, &claim.source];
    let cells: Vec<String> = cells.into_iter().map(|text| line(text).replace('|', "\\|")).collect();
    format!("| {} |\n", cells.join(" | "))
}

/// A text on one line, without control characters.
fn line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A verdict in words.
pub(super) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "holds",
        Verdict::Contradicted => "contradicted",
        Verdict::Undecided => "undecided",
        Verdict::NotTestable => "not testable",
    }
}
