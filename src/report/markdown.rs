//! `verdicts.md`: tables to paste into a postmortem.
//!
//! Each section is a function of its own that answers with nothing when there is nothing to say.

use super::text::{median, never, words};
use crate::claims::{Conflict, Judged, Repair, Tested, amount};
use crate::experiment::{Exhaustion, Outcome};
use crate::scenario::{Scenario, Verdict};
use crate::units::Unit;

/// The verdicts and the rules of monitoring as Markdown tables, over a line that says how to repeat
/// them.
pub fn verdicts_table(scenario: &Scenario, outcome: &Outcome, repeat: &str) -> String {
    let sections = [
        heading(scenario),
        claims(outcome),
        conflicts(outcome),
        rescues(outcome),
        alerts(outcome),
        exhaustion(outcome),
        origin(scenario, outcome),
        format!("To repeat: {}", code(repeat)),
    ];
    let mut page =
        sections.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n");
    page.push('\n');
    page
}

/// What it is about, and where the story stands.
fn heading(scenario: &Scenario) -> String {
    let about = &scenario.about;
    let title = if about.title.trim().is_empty() { &scenario.name } else { &about.title };
    let heading = format!("# {}", escaped(title));
    match about.source.is_empty() {
        true => heading,
        false => format!("{heading}\n\nSource: {}", escaped(&about.source)),
    }
}

/// The claims with their verdicts.
fn claims(outcome: &Outcome) -> String {
    if outcome.claims.is_empty() {
        return "The scenario makes no claims.".to_string();
    }
    let head = ["claim", "statement", "verdict", "expected", "observed", "because", "source"];
    table(&head, outcome.claims.iter().map(claim))
}

fn claim(claim: &Judged) -> Vec<String> {
    let mut verdict = format!("**{}**", word(claim.verdict));
    if !claim.as_wanted() {
        verdict.push_str(&format!(" (the file expects: {})", word(claim.wanted)));
    } else if claim.verdict == Verdict::Contradicted {
        verdict.push_str(", as the file expects");
    }
    let observed = claim.observed.as_ref().map_or(String::new(), |observed| observed.in_words());
    vec![
        escaped(&claim.id),
        escaped(&claim.says),
        verdict,
        claim.expectation(),
        observed,
        escaped(&match &claim.by_arithmetic {
            Some(text) => format!("{}; by arithmetic alone: {text}", claim.because),
            None => claim.because.clone(),
        }),
        escaped(&claim.source),
    ]
}

/// The smallest sets of claims that cannot be true together.
fn conflicts(outcome: &Outcome) -> String {
    let Some(audit) = outcome.audit.as_ref().filter(|audit| !audit.conflicts.is_empty()) else {
        return String::new();
    };
    let row = |conflict: &Conflict| {
        vec![
            escaped(&conflict.claims.join(" + ")),
            escaped(&conflict.because),
            escaped(conflict.repairs.first().map_or("", |repair| &repair.words)),
        ]
    };
    let head = ["claims", "cannot be true together, because", "unless"];
    let table = table(&head, audit.conflicts.iter().map(row));
    let tried = audit.accounts.len() - 1;
    format!("## What cannot be true together\n\n{tried} other accounts were tried.\n\n{table}")
}

/// What would make true the claims that the simulation contradicts.
fn rescues(outcome: &Outcome) -> String {
    let Some(audit) = outcome.audit.as_ref().filter(|audit| !audit.rescues.is_empty()) else {
        return String::new();
    };
    let row = |(id, repairs): &(String, Vec<Repair>)| {
        let first = repairs.first();
        vec![
            escaped(id),
            escaped(first.map_or("nothing that was tried", |repair| &repair.words)),
            escaped(first.map_or("", |repair| &repair.because)),
        ]
    };
    let head = ["claim", "holds", "measured there"];
    let table = table(&head, audit.rescues.iter().map(row));
    format!("## What would make contradicted claims true\n\n{table}")
}

/// The rules of monitoring: when each would have fired.
fn alerts(outcome: &Outcome) -> String {
    if outcome.alerts.is_empty() {
        return String::new();
    }
    let head =
        ["alert", "rule", "first fires", "before the first failure", "false alarms", "because"];
    format!("## Alerts\n\n{}", table(&head, outcome.alerts.iter().map(alert)))
}

fn alert(rule: &Tested) -> Vec<String> {
    vec![
        escaped(&rule.id),
        escaped(&rule.says),
        rule.first.in_words(),
        match rule.lead.median {
            Some(lead) if lead < 0.0 => format!("{} after", amount(-lead, Unit::Seconds)),
            _ => rule.lead.in_words(),
        },
        rule.false_alarms.map_or("not known".to_string(), |n| n.to_string()),
        escaped(&rule.because),
    ]
}

/// When what can run out does, over several runs.
fn exhaustion(outcome: &Outcome) -> String {
    let came = || outcome.exhaustion.iter().filter(|law| law.came() > 0);
    if outcome.runs < 2 || came().next().is_none() {
        return String::new();
    }
    let head = ["what", "median", "5 %", "95 %", "never"];
    format!("## When it runs out\n\n{}", table(&head, came().map(first_time)))
}

fn first_time(law: &Exhaustion) -> Vec<String> {
    let time = |value: f64| amount(value, Unit::Seconds);
    let (p05, p95) = (time(law.p05.estimate), time(law.p95.estimate));
    vec![escaped(&words(&law.name)), median(law), p05, p95, never(law)]
}

/// By what it was found.
fn origin(scenario: &Scenario, outcome: &Outcome) -> String {
    let runs = if outcome.runs == 1 { "1 run".into() } else { format!("{} runs", outcome.runs) };
    format!(
        "Simulated by Highwater {}: {}, {runs}, seed \"{}\", digest `{}`.",
        env!("CARGO_PKG_VERSION"),
        amount(scenario.duration.as_secs_f64(), Unit::Seconds),
        escaped(&scenario.seed),
        outcome.digest,
    )
}

/// A table of cells that are Markdown already.
fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let row = |cells: Vec<String>| {
        let cells: Vec<String> =
            cells.into_iter().map(|cell| if cell.is_empty() { "–".into() } else { cell }).collect();
        format!("| {} |", cells.join(" | "))
    };
    let mut lines = vec![format!("| {} |", head.join(" | "))];
    lines.push(format!("|{}", "---|".repeat(head.len())));
    lines.extend(rows.map(row));
    lines.join("\n")
}

/// A text on one line that Markdown shows as it is, in a table too.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let inside_word =
            before.is_alphanumeric() && rest.peek().is_some_and(|c| c.is_alphanumeric());
        match c {
            c if c.is_control() => out.push(' '),
            '\\' | '`' | '*' | '[' | ']' | '|' | '~' => out.extend(['\\', c]),
            '_' if !inside_word => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            c => out.push(c),
        }
        before = c;
    }
    out.trim().to_string()
}

/// A text as code, whatever backticks it has.
fn code(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    match longest {
        0 => format!("{fence}{text}{fence}"),
        _ => format!("{fence} {text} {fence}"),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_markup_is_shown_as_it_is() {
        assert_eq!(escaped("a|b *c* [d](e) <f>"), r"a\|b \*c\* \[d\](e) &lt;f>");
        assert_eq!(escaped("connected_clients of _x_"), r"connected_clients of \_x\_");
        assert_eq!(escaped("two\nlines"), "two lines");
        assert_eq!(code("a 'b' c"), "`a 'b' c`");
        assert_eq!(code("a ``b` c"), "``` a ``b` c ```");
    }
}
