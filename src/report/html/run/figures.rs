//! Tables of figures: servers, fleets, pools, alerts, what several runs say, standing checks.

use super::super::chart::{said, unit_of};
use super::super::detail::Detail;
use super::super::table::{Cell, Table};
use crate::claims::{Tested, amount, between};
use crate::experiment::{Exhaustion, Figure, Outcome, Spread};
use crate::report::text::{median, never, words};
use crate::scenario::{Cause, Fleet, Scenario, Strategy};
use crate::units::Unit;

/// Servers, fleets, pools; then all figures, folded.
pub(super) fn tables(scenario: &Scenario, outcome: &Outcome, detail: Detail) -> String {
    let note = match outcome.runs {
        1 => String::new(),
        n => format!("<p class=\"note\">Each figure is the median of {n} runs.</p>\n"),
    };
    let settings = &scenario.settings;
    let look = Look { outcome };
    let servers = settings.servers.iter().enumerate().map(|(index, server)| {
        let part = format!("servers.{}", server.name);
        let limit = scenario.limits(index).last().map_or(0, |(_, limit)| *limit);
        let mut row = vec![Cell::Head(server.name.clone())];
        row.push(Cell::Number(amount(limit.into(), Unit::Count), limit.into()));
        row.extend(look.row(
            &part,
            &[
                "connected_clients_max",
                "slots_leaked_max",
                "rejected_connections",
                "first_rejection_s",
                "reaped_connections",
                "loop_busy_max",
            ],
        ));
        row
    });
    let fleets = settings.fleets.iter().map(|fleet| {
        let part = format!("fleets.{}", fleet.name);
        let mut row = vec![Cell::Head(fleet.name.clone())];
        row.extend(look.row(&part, &["requests", "failed_ratio"]));
        row.push(Cell::text(look.cause(fleet)));
        row.extend(look.row(
            &part,
            &[
                "attempts_per_request",
                "latency_s_p50",
                "latency_s_p99",
                "sockets.close_wait_max",
                "memory_max_bytes_max",
            ],
        ));
        row
    });
    let pools = settings.fleets.iter().flat_map(|fleet| {
        let pooled = fleet.connections.iter().filter_map(|way| match &way.strategy {
            Strategy::Pooled(pooled) => Some((way.name.as_str(), pooled.max)),
            Strategy::PerRequest { .. } | Strategy::Shared(_) => None,
        });
        pooled.map(|(name, max)| look.pool(fleet, name, max)).collect::<Vec<_>>()
    });
    let table = |name, head: &[&str], rows: Vec<Vec<Cell>>| {
        Table { name, head, sortable: true, rest: "summary.json has all" }.of(detail, rows)
    };
    note + &table(
        "Servers",
        &[
            "server",
            "limit",
            "clients max",
            "leaked max",
            "refused",
            "first refused",
            "closed as idle",
            "busy max",
        ],
        servers.collect(),
    ) + &table(
        "Fleets",
        &[
            "fleet",
            "requests",
            "failed",
            "mostly",
            "attempts each",
            "latency p50",
            "latency p99",
            "CLOSE_WAIT max",
            "memory max",
        ],
        fleets.collect(),
    ) + &table(
        "Pools",
        &["pool", "max each", "open max", "leased max", "waiting max", "wait p99"],
        pools.collect(),
    ) + &all(outcome, detail)
}

/// Every figure of the summary.
fn all(outcome: &Outcome, detail: Detail) -> String {
    let several = outcome.runs > 1;
    let row = |(index, figure): (usize, &Figure)| {
        let value = figure.value.unwrap_or(f64::NAN);
        let unit = unit_of(&figure.name, figure.unit);
        let mut cells =
            vec![Cell::Head(figure.name.clone()), Cell::Number(said(value, unit), value)];
        if several {
            cells.extend(interval(figure, outcome.spreads.get(index)));
        }
        cells
    };
    // What is zero everywhere is most of it, and says nothing.
    let shown = outcome
        .summary
        .iter()
        .enumerate()
        .filter(|(_, figure)| figure.value.is_some_and(|value| value != 0.0));
    let head: &[&str] = match several {
        true => &["figure", "median", "95 % interval", "mean", "95 % interval"],
        false => &["figure", "value"],
    };
    let table = Table {
        name: "All figures that are not zero",
        head,
        sortable: true,
        rest: "summary.json has all",
    };
    let table = table.of(detail, shown.map(row).collect());
    format!("<details><summary>All figures that are not zero</summary>\n{table}</details>\n")
}

fn interval(figure: &Figure, spread: Option<&Spread>) -> [Cell; 3] {
    let unit = unit_of(&figure.name, figure.unit);
    let ends = |low: f64, high: f64| match between(low, high, unit) {
        Some(ends) => ends,
        None => said(low, unit),
    };
    let median = spread.and_then(|spread| spread.median);
    let mean = spread.and_then(|spread| spread.mean);
    [
        Cell::text(median.map_or(String::new(), |median| ends(median.low, median.high))),
        Cell::Number(
            mean.map_or(String::new(), |mean| said(mean.mean, unit)),
            mean.map_or(f64::NAN, |mean| mean.mean),
        ),
        Cell::text(mean.map_or(String::new(), |mean| ends(mean.low, mean.high))),
    ]
}

/// Looks figures up by name.
struct Look<'a> {
    outcome: &'a Outcome,
}

impl Look<'_> {
    fn figure(&self, name: &str) -> Option<&Figure> {
        self.outcome.summary.iter().find(|figure| figure.name == name)
    }

    fn row(&self, part: &str, names: &[&str]) -> Vec<Cell> {
        let cell = |name: &&str| {
            let figure = self.figure(&format!("{part}.{name}"));
            match figure.and_then(|figure| Some((figure.value?, figure.unit))) {
                Some((value, unit)) => Cell::Number(said(value, unit_of(name, unit)), value),
                None => Cell::Number("–".to_string(), f64::NAN),
            }
        };
        names.iter().map(cell).collect()
    }

    /// The cause of most failures.
    fn cause(&self, fleet: &Fleet) -> String {
        let count = |cause: Cause| {
            let name = format!("fleets.{}.failed_by.{}", fleet.name, cause.name());
            self.figure(&name).and_then(|figure| figure.value).unwrap_or(0.0)
        };
        let most = Cause::ALL
            .into_iter()
            .reduce(|most, cause| if count(cause) > count(most) { cause } else { most });
        match most {
            Some(cause) if count(cause) > 0.0 => cause.name().replace('_', " "),
            _ => String::new(),
        }
    }

    fn pool(&self, fleet: &Fleet, name: &str, max: u32) -> Vec<Cell> {
        let part = format!("fleets.{}.pools.{name}", fleet.name);
        let mut row = vec![
            Cell::Head(format!("{}.{name}", fleet.name)),
            Cell::Number(amount(max.into(), Unit::Count), max.into()),
        ];
        let names = ["size_max", "leased_max", "waiting_max", "checkout_wait_s_p99"];
        row.extend(self.row(&part, &names));
        row
    }
}

/// When each rule of monitoring would have fired.
pub(super) fn alerts(outcome: &Outcome, detail: Detail) -> String {
    let row = |rule: &Tested| {
        let lead = match rule.lead.median {
            Some(lead) if lead < 0.0 => format!("{} after it", amount(-lead, Unit::Seconds)),
            Some(_) => format!("{} before it", rule.lead.in_words()),
            None => String::new(),
        };
        let blind = rule.blind().unwrap_or_else(|| "never".to_string());
        let false_alarms = rule.false_alarms.map_or("not known".to_string(), |n| n.to_string());
        vec![
            Cell::Head(rule.id.clone()),
            Cell::text(&rule.says),
            Cell::text(rule.first.in_words()),
            Cell::text(lead),
            Cell::text(false_alarms),
            Cell::text(blind),
            Cell::text(&rule.because),
        ]
    };
    let table = Table {
        name: "Rules of monitoring, and when each fires",
        head: &[
            "alert",
            "rule",
            "first fires",
            "first failed request",
            "false alarms",
            "blind",
            "because",
        ],
        sortable: false,
        rest: "verdicts.md has all",
    };
    table.of(detail, outcome.alerts.iter().map(row).collect())
}

/// When what can run out does, over several runs.
pub(super) fn laws(outcome: &Outcome, detail: Detail) -> String {
    if outcome.runs < 2 {
        return String::new();
    }
    let time = |value: f64| amount(value, Unit::Seconds);
    let row = |law: &Exhaustion| {
        vec![
            Cell::Head(words(&law.name)),
            Cell::text(median(law)),
            Cell::text(time(law.p05.estimate)),
            Cell::text(time(law.p95.estimate)),
            Cell::text(never(law)),
        ]
    };
    let came = outcome.exhaustion.iter().filter(|law| law.came() > 0);
    let table = Table {
        name: "When it runs out: the law of each first time",
        head: &["what", "median (95 % interval)", "in 5 % of runs by", "in 95 % by", "never"],
        sortable: false,
        rest: "summary.json has all",
    };
    let laws = table.of(detail, came.map(row).collect());
    match laws.is_empty() {
        true => format!(
            "<p>Nothing that can run out did, in any of {} runs. The figures above have their \
             intervals.</p>\n",
            outcome.runs
        ),
        false => laws,
    }
}

/// The standing checks: what warns, and how many do not.
pub(super) fn checks(outcome: &Outcome, detail: Detail) -> String {
    if outcome.identities.is_empty() {
        return String::new();
    }
    let (warnings, fine): (Vec<_>, Vec<_>) =
        outcome.identities.iter().partition(|check| check.warning);
    let list = |checks: &[&crate::claims::Identity]| -> String {
        let items = checks.iter().take(detail.rows);
        items.map(|check| format!("<li>{}</li>\n", detail.text(&check.text))).collect()
    };
    let mut out = match warnings.is_empty() {
        true => "<p>Nothing runs out by arithmetic alone.</p>\n".to_string(),
        false => format!("<ul class=\"warnings\">\n{}</ul>\n", list(&warnings)),
    };
    if !fine.is_empty() {
        out.push_str(&format!(
            "<details><summary>Within bounds: {}</summary>\n<ul>\n{}</ul></details>\n",
            fine.len(),
            list(&fine)
        ));
    }
    out
}
