//! The verdict, and each claim with its evidence.

use super::super::detail::Detail;
use super::super::page::{Banner, Mood};
use super::super::table::{Cell, Table};
use crate::claims::{Agreement, Gauge, Judged, agreement, amount, share};
use crate::experiment::{Outcome, Rule};
use crate::report::markdown::word;
use crate::scenario::{Cause, Scenario, Verdict};
use crate::units::{Unit, wall_clock};

/// What is said first: the verdict, and the figures that matter.
pub(super) fn banner(scenario: &Scenario, outcome: &Outcome, detail: Detail) -> Banner {
    let (mood, word) = standing(outcome);
    let mut says = vec![detail.text(&counted(&outcome.claims))];
    if let Some(why) = &outcome.stopped {
        says.insert(
            0,
            format!("<strong>The run stopped before its end:</strong> {}", detail.text(why)),
        );
    }
    if let Rule::NotSettled(because) = &outcome.study.rule {
        says.push(format!("<strong>No steady state:</strong> {}.", detail.text(because)));
    }
    if let Some(aimed) = outcome.aimed.as_ref().filter(|aimed| !aimed.reached) {
        says.push(format!(
            "<strong>Not known as well as was asked:</strong> {} of {} figures are not within {} after {} \
             runs.",
            aimed.of.iter().filter(|f| f.standing != crate::experiment::Reach::Reached).count(),
            aimed.of.len(),
            share(aimed.wanted),
            aimed.runs
        ));
    }
    Banner { mood, word: word.to_string(), says, tiles: tiles(scenario, outcome) }
}

/// How the whole run stands; a run that did not reach its end has decided nothing.
fn standing(outcome: &Outcome) -> (Mood, &'static str) {
    let short = outcome.aimed.as_ref().is_some_and(|aimed| !aimed.reached);
    let unsettled = matches!(outcome.study.rule, Rule::NotSettled(_));
    match agreement(&outcome.claims) {
        Agreement::Differs => (Mood::Bad, "Not as expected"),
        Agreement::Undecided => (Mood::Open, "Undecided"),
        Agreement::AsExpected if outcome.stopped.is_some() || short || unsettled => {
            (Mood::Open, "Undecided")
        }
        Agreement::AsExpected if outcome.claims.is_empty() => (Mood::Plain, "No claims to judge"),
        Agreement::AsExpected => (Mood::Good, "As expected"),
    }
}

/// How many claims stand how, and what that means.
fn counted(claims: &[Judged]) -> String {
    if claims.is_empty() {
        return "The scenario makes no claims: this report shows what happened, and judges nothing."
            .to_string();
    }
    let kinds = [Verdict::Holds, Verdict::Contradicted, Verdict::Undecided, Verdict::NotTestable];
    let count = |kind: Verdict| claims.iter().filter(|claim| claim.verdict == kind).count();
    let counts: Vec<String> = kinds
        .into_iter()
        .filter(|kind| count(*kind) > 0)
        .map(|kind| match (count(kind), kind) {
            (1, kind) => format!("1 {}", word(kind)),
            (n, Verdict::Holds) => format!("{n} hold"),
            (1.., Verdict::Contradicted) => format!("{} are contradicted", count(kind)),
            (n, kind) => format!("{n} {}", word(kind)),
        })
        .collect();
    let all = match claims.len() {
        1 => "1 claim".to_string(),
        n => format!("{n} claims"),
    };
    let other: Vec<&str> =
        claims.iter().filter(|claim| !claim.as_wanted()).map(|claim| claim.id.as_str()).collect();
    let meaning = match (agreement(claims), other.as_slice()) {
        (Agreement::AsExpected, _) => {
            "Every verdict is what the file expects of a true account: the story and the simulation \
             agree where the file says that they do, and part where it says so."
                .to_string()
        }
        (Agreement::Differs, ids) => {
            format!("Not what the file expects: {}. The story, or the file, is wrong there.", ids.join(", "))
        }
        (Agreement::Undecided, ids) => format!(
            "The runs do not decide {}: more runs (--runs), or a measure that has something to measure, \
             would.",
            ids.join(", ")
        ),
    };
    format!("Of {all}, {}. {meaning}", counts.join(", "))
}

/// The figures that a reader looks for first.
fn tiles(scenario: &Scenario, outcome: &Outcome) -> Vec<[String; 3]> {
    let value = |name: String| outcome.summary.iter().find(|f| f.name == name)?.value;
    let fleets = || scenario.settings.fleets.iter().map(|fleet| format!("fleets.{}", fleet.name));
    let total =
        |what: &str| fleets().filter_map(|part| value(format!("{part}.{what}"))).sum::<f64>();
    let failed = total("failed");
    let ended = failed + total("succeeded");
    let count = |value: f64| amount(value, Unit::Count);
    let most = Cause::ALL
        .into_iter()
        .map(|cause| (total(&format!("failed_by.{}", cause.name())), cause))
        .reduce(|most, other| if other.0 > most.0 { other } else { most })
        .filter(|most| most.0 > 0.0)
        .map(|(_, cause)| format!(", mostly {}", cause.name().replace('_', " ")));
    let mut tiles = vec![[
        "Requests that failed".to_string(),
        share(if ended > 0.0 { failed / ended } else { 0.0 }),
        format!("{} of {} that ended{}", count(failed), count(ended), most.unwrap_or_default()),
    ]];
    let first = |what: &str, parts: Vec<String>| {
        let at = parts.into_iter().filter_map(|part| value(format!("{part}.{what}")));
        at.reduce(f64::min)
    };
    let clock = |at: f64| match scenario.about.start {
        Some(start) => format!("at {}", wall_clock(start, at)),
        None => "after the start".to_string(),
    };
    let seconds = |at: Option<f64>| match at {
        Some(at) => [amount(at, Unit::Seconds), clock(at)],
        None => ["never".to_string(), "in this run".to_string()],
    };
    let [when, at] = seconds(first("first_failure_s", fleets().collect()));
    tiles.push(["First failed request".to_string(), when, at]);
    let servers = scenario.settings.servers.iter().map(|s| format!("servers.{}", s.name)).collect();
    let [when, at] = seconds(first("first_rejection_s", servers));
    tiles.push(["First connection refused".to_string(), when, at]);
    if let Some((gauge, fullest)) = fullest(scenario, outcome) {
        let remark = format!("at its fullest: {}", gauge.name(scenario));
        tiles.push([
            "Closest to its limit".to_string(),
            share((fullest * 1e4).round() / 1e4),
            remark,
        ]);
    }
    tiles
}

/// What came closest to its limit, and the share that it reached.
fn fullest(scenario: &Scenario, outcome: &Outcome) -> Option<(Gauge, f64)> {
    let most = |gauge: Gauge| {
        let levels = gauge.levels(scenario, &outcome.first);
        let shares =
            levels.iter().filter(|(_, there)| *there > 0.0).map(|(used, there)| used / there);
        (gauge, shares.filter(|share| share.is_finite()).fold(0.0, f64::max))
    };
    let all = Gauge::all(scenario).into_iter().map(most);
    all.reduce(|most, other| if other.1 > most.1 { other } else { most })
}

/// The claims, those that are not as expected first.
pub(super) fn table(outcome: &Outcome, detail: Detail) -> String {
    let (untested, judged): (Vec<&Judged>, Vec<&Judged>) =
        outcome.claims.iter().partition(|claim| claim.verdict == Verdict::NotTestable);
    let (mut claims, fine): (Vec<&Judged>, Vec<&Judged>) =
        judged.into_iter().partition(|claim| !claim.as_wanted());
    claims.extend(fine);
    let table = Table {
        name: "Claims with their verdicts",
        head: &["claim", "verdict", "statement", "expected", "observed", "because", "source"],
        sortable: false,
        rest: "verdicts.md has all",
    };
    let note = match outcome.runs {
        1 if !outcome.claims.is_empty() => {
            "<p class=\"note\">Observed in one run. With several (--runs) it is the median, with its 95 % \
             interval in brackets.</p>\n"
        }
        _ => "",
    };
    let rows = |claims: Vec<&Judged>| claims.into_iter().map(|claim| row(claim, detail)).collect();
    let told = table.of(detail, rows(claims));
    let not_told = match untested.len() {
        0 => String::new(),
        n => format!(
            "<details><summary>Not testable: {n}</summary>\n{}</details>\n",
            table.of(detail, rows(untested))
        ),
    };
    told + if outcome.claims.is_empty() { "" } else { note } + &not_told
}

fn row(claim: &Judged, detail: Detail) -> Vec<Cell> {
    let because = match &claim.by_arithmetic {
        Some(text) => format!("{}; by arithmetic alone: {text}", claim.because),
        None => claim.because.clone(),
    };
    let observed = claim.observed.as_ref().map_or(String::new(), |observed| observed.in_words());
    vec![
        Cell::Head(claim.id.clone()),
        Cell::Markup(verdict(claim)),
        Cell::text(&claim.says),
        Cell::text(claim.expectation()),
        Cell::text(observed),
        Cell::Markup(format!("<span class=\"because\">{}</span>", detail.text(&because))),
        Cell::Markup(format!("<span class=\"because\">{}</span>", detail.text(&claim.source))),
    ]
}

/// The verdict in words, with a sign and whether it is what the file expects.
fn verdict(claim: &Judged) -> String {
    let sign = match claim.verdict {
        Verdict::Holds => "✓",
        Verdict::Contradicted => "✗",
        Verdict::Undecided => "?",
        Verdict::NotTestable => "–",
    };
    let (class, remark) = match claim.verdict {
        _ if !claim.as_wanted() && claim.verdict != Verdict::Undecided => {
            ("bad", format!("the file expects: {}", word(claim.wanted)))
        }
        Verdict::Undecided => match claim.as_wanted() {
            true => ("open", "as the file expects".to_string()),
            false => ("open", format!("the file expects: {}", word(claim.wanted))),
        },
        Verdict::Contradicted => ("good", "as the file expects".to_string()),
        Verdict::Holds => ("good", String::new()),
        Verdict::NotTestable => ("plain", String::new()),
    };
    let remark = match remark.is_empty() {
        true => remark,
        false => format!("<br><small>{remark}</small>"),
    };
    format!(
        "<span class=\"badge {class}\"><span aria-hidden=\"true\">{sign}</span> {}</span>{remark}",
        word(claim.verdict)
    )
}
