//! What the rules of monitoring would have said, and when.

use super::figures::table;
use super::{Paint, clean};
use crate::claims::{Stretch, Tested, amount, harm};
use crate::experiment::Outcome;
use crate::scenario::Scenario;
use crate::units::{Unit, wall_clock};

/// One line that sums up, then a table with a row for each rule.
pub(super) fn write(scenario: &Scenario, outcome: &Outcome, paint: Paint, out: &mut String) {
    if outcome.alerts.is_empty() {
        return;
    }
    let line = paint.wrapped(&headline(scenario, outcome), 2);
    let warned = outcome.alerts.iter().any(|rule| rule.lead.median.is_some_and(|lead| lead > 0.0));
    let harmed = harm(scenario, &outcome.first).is_some();
    out.push_str(&match (harmed, warned) {
        (true, false) => paint.red(&line),
        (true, true) => paint.green(&line),
        (false, _) => paint.bold(&line),
    });
    out.push('\n');
    let head = ["alert", "first fires", "lead time", "fired", "false alarms", "blind"];
    table(&head, outcome.alerts.iter().map(row).collect(), paint, out);
}

/// How many rules warn, and when the first does.
fn headline(scenario: &Scenario, outcome: &Outcome) -> String {
    let rules = &outcome.alerts;
    let all = match rules.len() {
        1 => "1 rule".to_string(),
        n => format!("{n} rules"),
    };
    let clock = |seconds: f64| match scenario.about.start {
        Some(start) => format!(" ({})", wall_clock(start, seconds)),
        None => String::new(),
    };
    let text = match harm(scenario, &outcome.first) {
        None => {
            let firing = rules.iter().filter(|rule| !rule.seen.firings.is_empty()).count();
            format!("ALERTS: no request fails; {firing} of {all} fire all the same")
        }
        Some(at) => {
            let at = at.as_secs_f64();
            let leads =
                || rules.iter().filter_map(|rule| rule.lead.median).filter(|lead| *lead > 0.0);
            let at = format!("{}{}", amount(at, Unit::Seconds), clock(at));
            match leads().reduce(f64::max) {
                None => {
                    format!("ALERTS: none of {all} warns before the first failed request at {at}")
                }
                Some(most) => format!(
                    "ALERTS: {} of {all} {} before the first failed request at {at}, the earliest {} \
                     ahead",
                    leads().count(),
                    if leads().count() == 1 { "warns" } else { "warn" },
                    amount(most, Unit::Seconds)
                ),
            }
        }
    };
    match false_alarms(rules) {
        None => format!("{text}; false alarms are not known without `healthy`"),
        Some(0) => format!("{text}; no false alarm in the healthy run"),
        Some(n) => format!("{text}; {n} false alarms in the healthy run"),
    }
}

fn false_alarms(rules: &[Tested]) -> Option<usize> {
    rules.iter().map(|rule| rule.false_alarms).sum()
}

fn row(rule: &Tested) -> Vec<String> {
    let seconds = |value: f64| amount(value, Unit::Seconds);
    vec![
        clean(&rule.id),
        rule.first.median.map_or("-".to_string(), seconds),
        match rule.lead.median {
            None => "-".to_string(),
            Some(lead) if lead < 0.0 => format!("{} after", seconds(-lead)),
            Some(lead) => seconds(lead),
        },
        times(&rule.seen.firings),
        rule.false_alarms.map_or("not known".to_string(), |n| n.to_string()),
        rule.blind().unwrap_or_else(|| "never".to_string()),
    ]
}

/// How often, and when it was over, if it was.
fn times(firings: &[Stretch]) -> String {
    let Some(last) = firings.last() else { return "never".to_string() };
    let times = match firings.len() {
        1 => "once".to_string(),
        n => format!("{n} times"),
    };
    match last.to {
        Some(to) => format!("{times}, to {}", amount(to.as_secs_f64(), Unit::Seconds)),
        None => times,
    }
}
