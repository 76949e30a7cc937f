//! Which claims cannot be true together, what would mend it, and which account was best.

use super::super::detail::Detail;
use super::super::table::{Cell, Table};
use crate::claims::{Account, Conflict, Repair};
use crate::experiment::{Audit, Outcome};
use crate::scenario::{ClaimTest, Scenario, Verdict};

/// The audit; nothing where there was none.
pub(super) fn audit(scenario: &Scenario, outcome: &Outcome, detail: Detail) -> String {
    let Some(audit) = &outcome.audit else { return String::new() };
    if let Some(why) = &audit.stopped {
        return format!("<p>The audit stopped before its end: {}</p>\n", detail.text(why));
    }
    let tried = match audit.accounts.len() - 1 {
        1 => "1 other account was tried".to_string(),
        n => format!("{n} other accounts were tried"),
    };
    format!(
        "<p>{tried}: the file with what a claim takes for granted, or with what could have been \
         otherwise.</p>\n{}{}{}{}",
        conflicts(audit, detail),
        rescues(audit, detail),
        best(scenario, audit, detail),
        accounts(scenario, audit, detail),
    )
}

fn conflicts(audit: &Audit, detail: Detail) -> String {
    if audit.conflicts.is_empty() {
        return "<p><strong>No conflict was found.</strong></p>\n".to_string();
    }
    let row = |conflict: &Conflict| {
        let how = if conflict.by_arithmetic { "arithmetic" } else { "simulation" };
        vec![
            Cell::Head(conflict.claims.join(" + ")),
            Cell::text(&conflict.because),
            Cell::text(how),
            Cell::text(conflict.repairs.first().map_or("", |repair| &repair.words)),
        ]
    };
    let table = Table {
        name: "What cannot be true together",
        head: &["claims", "cannot be true together, because", "shown by", "unless"],
        sortable: false,
        rest: "summary.json has all",
    };
    let table = table.of(detail, audit.conflicts.iter().map(row).collect());
    format!("<h3>What cannot be true together</h3>\n{table}")
}

fn rescues(audit: &Audit, detail: Detail) -> String {
    if audit.rescues.is_empty() {
        return String::new();
    }
    let row = |(id, repairs): &(String, Vec<Repair>)| {
        let first = repairs.first();
        let also: Vec<&str> =
            repairs.iter().skip(1).map(|repair| repair.words.as_str()).take(4).collect();
        vec![
            Cell::Head(id.clone()),
            Cell::text(first.map_or("nothing that was tried", |repair| &repair.words)),
            Cell::text(first.map_or("", |repair| &repair.because)),
            Cell::text(also.join("; ")),
        ]
    };
    let table = Table {
        name: "What would make contradicted claims true",
        head: &["claim", "holds", "measured there", "also"],
        sortable: false,
        rest: "summary.json has all",
    };
    let table = table.of(detail, audit.rescues.iter().map(row).collect());
    format!("<h3>What would make contradicted claims true</h3>\n{table}")
}

/// The account that lets the most claims hold.
fn best(scenario: &Scenario, audit: &Audit, detail: Detail) -> String {
    let Some(best) = audit.accounts.get(audit.best) else { return String::new() };
    let judged = |claim: &&crate::scenario::Claim| !matches!(claim.test, ClaimTest::Nothing);
    let all = scenario.claims.iter().filter(judged).count();
    let text = match best.as_set() {
        true => format!("No single change lets more claims hold than {}", best.words),
        false => format!("Most claims hold {}", best.words),
    };
    format!("<p>{}: {} of {all}.</p>\n", detail.text(&text), best.holding())
}

/// Every account with how the claims stand in it, folded.
fn accounts(scenario: &Scenario, audit: &Audit, detail: Detail) -> String {
    let row = |account: &Account| {
        let of = |verdict: Verdict| {
            let standings = scenario.claims.iter().zip(&account.standings);
            let ids = standings.filter(|(_, standing)| standing.verdict == verdict);
            ids.map(|(claim, _)| claim.id.as_str()).collect::<Vec<_>>().join(", ")
        };
        let name = if account.as_set() { "as the file is set" } else { &account.label };
        vec![
            Cell::Head(name.to_string()),
            Cell::Number(account.holding().to_string(), account.holding() as f64),
            Cell::text(of(Verdict::Holds)),
            Cell::text(of(Verdict::Contradicted)),
            Cell::text(of(Verdict::Undecided)),
        ]
    };
    let table = Table {
        name: "All accounts",
        head: &["account", "hold", "which hold", "contradicted", "undecided"],
        sortable: true,
        rest: "summary.json has all",
    };
    let table = table.of(detail, audit.accounts.iter().map(row).collect());
    format!("<details><summary>All accounts that were tried</summary>\n{table}</details>\n")
}
