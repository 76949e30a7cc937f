//! What cannot be true together, and what would mend it.

use super::{Paint, clean};
use crate::claims::{Account, Conflict, Repair};
use crate::experiment::Audit;
use crate::scenario::{ClaimTest, Scenario, Verdict};

/// Conflicts told whole; of the rest only which claims they are about.
const TOLD: usize = 8;

/// The conflicts, what would let contradicted claims hold, and the account that lets most of them hold.
pub(super) fn write(scenario: &Scenario, audit: &Audit, paint: Paint, out: &mut String) {
    let others = audit.accounts.len() - 1;
    let tried = if others == 1 { "1 other account" } else { &format!("{others} other accounts") };
    if let Some(why) = &audit.stopped {
        let why = format!("The audit stopped before its end: {}", clean(why));
        out.push_str(&format!("{}\n\n", paint.red(&paint.wrapped(&why, 0))));
        return;
    }
    if audit.conflicts.is_empty() {
        let whole = |a: &Account| a.standings.iter().all(|s| s.verdict != Verdict::Contradicted);
        let title = match audit.accounts.iter().any(whole) {
            true => format!("All claims can be true together ({tried} tried)"),
            false => format!("No conflict found ({tried} tried)"),
        };
        out.push_str(&format!("{}\n\n", paint.bold(&title)));
    } else {
        let title = format!("What cannot be true together ({tried} tried)");
        out.push_str(&format!("{}\n", paint.bold(&title)));
        let groups = groups(scenario, &audit.conflicts);
        let wide = groups.iter().take(TOLD).map(|group| ids(group[0]).chars().count()).max();
        for group in groups.iter().take(TOLD) {
            one(scenario, group, wide.unwrap_or(0), paint, out);
        }
        if groups.len() > TOLD {
            let rest: Vec<&Conflict> = groups[TOLD..].iter().flatten().copied().collect();
            let pairs: Vec<String> =
                rest.iter().filter(|c| c.claims.len() < 3).map(|conflict| ids(conflict)).collect();
            let threes = match rest.len() - pairs.len() {
                0 => String::new(),
                n => format!("{}{n} of three claims", if pairs.is_empty() { "" } else { ", and " }),
            };
            let rest = format!("and {}{threes} (--format json tells all)", pairs.join(", "));
            out.push_str(&format!("    {}\n", paint.dim(&paint.wrapped(&rest, 4))));
        }
        out.push('\n');
    }
    rescues(audit, paint, out);
    best(scenario, audit, paint, out);
}

fn ids(conflict: &Conflict) -> String {
    clean(&conflict.claims.join(" + "))
}

/// The conflicts of one assumption with what holds without it are told as one.
fn groups<'c>(scenario: &Scenario, conflicts: &'c [Conflict]) -> Vec<Vec<&'c Conflict>> {
    let mut groups: Vec<Vec<&Conflict>> = Vec::new();
    for conflict in conflicts {
        let assumed = assumption(scenario, conflict);
        let same = |group: &&mut Vec<&Conflict>| {
            assumed.is_some() && assumption(scenario, group[0]) == assumed
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(conflict),
            None => groups.push(vec![conflict]),
        }
    }
    groups
}

/// The claim of a conflict that takes for granted what the file does not have.
fn assumption<'c>(scenario: &Scenario, conflict: &'c Conflict) -> Option<&'c str> {
    let assumes = |id: &&String| {
        let claim = scenario.claims.iter().find(|claim| claim.id == **id);
        claim.is_some_and(|claim| matches!(claim.test, ClaimTest::Assumption(_)))
    };
    conflict.claims.iter().find(assumes).filter(|_| conflict.against_the_file).map(String::as_str)
}

fn one(scenario: &Scenario, group: &[&Conflict], wide: usize, paint: Paint, out: &mut String) {
    let indent = 4 + wide + 2;
    let conflict = group[0];
    let id = paint.bold(&format!("{:<wide$}", ids(conflict)));
    let because = paint.wrapped(&clean(&conflict.because), indent);
    out.push_str(&format!("  {} {id}  {because}\n", paint.yellow("≠")));
    let further =
        |text: &str| format!("{}{}", " ".repeat(indent), paint.wrapped(&clean(text), indent));
    let assumed = assumption(scenario, conflict);
    let others = group[1..].iter().flat_map(|other| &other.claims).map(String::as_str);
    let others: Vec<&str> = others.filter(|id| Some(*id) != assumed).collect();
    if let (Some(assumed), false) = (assumed, others.is_empty()) {
        let text = format!("nor does {assumed} go with {}", others.join(", "));
        out.push_str(&format!("{}\n", paint.dim(&further(&text))));
    }
    if let Some(repair) = conflict.repairs.first() {
        out.push_str(&format!(
            "{}\n",
            paint.green(&further(&format!("both hold {}", repair.words)))
        ));
    }
}

/// For each measured claim that is contradicted as the file is set, the smallest change that lets it
/// hold.
fn rescues(audit: &Audit, paint: Paint, out: &mut String) {
    if audit.rescues.is_empty() {
        return;
    }
    out.push_str(&format!("{}\n", paint.bold("What would make a contradicted claim true")));
    let wide = audit.rescues.iter().map(|(id, _)| id.chars().count()).max().unwrap_or(0);
    for (id, repairs) in &audit.rescues {
        let indent = 4 + wide;
        let id = paint.bold(&format!("{:<wide$}", clean(id)));
        let text = match repairs.as_slice() {
            [] => paint.dim("nothing that was tried"),
            [first, rest @ ..] => {
                let because = first.because.split_once(": ").map_or("", |(_, rest)| rest);
                let text = format!("{}: {because}{}", first.words, also(rest));
                paint.wrapped(&clean(&text), indent)
            }
        };
        out.push_str(&format!("  {id}  {text}\n"));
    }
    out.push('\n');
}

/// What would do as well, by its ids.
fn also(repairs: &[Repair]) -> String {
    let single = |repair: &&Repair| repair.with.len() == 1;
    let ids: Vec<&str> = repairs.iter().filter(single).map(|r| r.with[0].as_str()).collect();
    if ids.is_empty() { String::new() } else { format!("; also with {}", ids.join(", ")) }
}

/// The account that lets the most claims hold.
fn best(scenario: &Scenario, audit: &Audit, paint: Paint, out: &mut String) {
    let best = &audit.accounts[audit.best];
    let judged = |index: &usize| !matches!(scenario.claims[*index].test, ClaimTest::Nothing);
    let all = (0..scenario.claims.len()).filter(judged).count();
    let failing: Vec<&str> = (0..scenario.claims.len())
        .filter(judged)
        .filter(|index| best.standings[*index].verdict != Verdict::Holds)
        .map(|index| scenario.claims[index].id.as_str())
        .collect();
    let change = match best.as_set() {
        true => "No single change lets more claims hold than".to_string(),
        false => "Most claims hold".to_string(),
    };
    let but = match failing.is_empty() {
        true => String::new(),
        false => format!(", but not {}", failing.join(", ")),
    };
    let text = format!("{change} {}: {} of {all}{but}", best.words, best.holding());
    out.push_str(&format!("{}\n\n", paint.wrapped(&clean(&text), 2)));
}
