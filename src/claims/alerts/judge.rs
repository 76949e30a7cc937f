//! What came of the rules over all runs.

use super::conditions::{Watched, watch};
use super::harm;
use crate::claims::judge::{Observed, observe};
use crate::claims::words::{amount, between};
use crate::observe::Record;
use crate::scenario::{Alert, Scenario};
use crate::units::{SimTime, Span, Start, Unit, wall_clock};

/// What is kept of a rule in one run, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fired {
    /// When it fired first.
    pub first: Option<f64>,
    /// When the first request failed.
    pub harm: Option<f64>,
}

/// A rule of monitoring with what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Tested {
    /// Its short name.
    pub id: String,
    /// The rule in words.
    pub says: String,
    /// Time between two scrapes.
    pub every: Span,
    /// How long it must have been so before it fires.
    pub hold: Span,
    /// When it fired first, over all runs; "never" counts as infinitely late.
    pub first: Observed,
    /// How long before the first failed request, over the runs in which it fired and one failed;
    /// negative when it came after.
    pub lead: Observed,
    /// Run 0, scrape by scrape.
    pub seen: Watched,
    /// How often it fired in the healthy run; `None` when there was none.
    pub false_alarms: Option<usize>,
    /// One sentence with the figures.
    pub because: String,
}

/// Tests every rule on one run.
pub fn fired(scenario: &Scenario, record: &Record) -> Vec<Fired> {
    let harm = harm(scenario, record).map(SimTime::as_secs_f64);
    let one = |alert: &Alert| {
        let first = watch(alert, record).firings.first().map(|firing| firing.from.as_secs_f64());
        Fired { first, harm }
    };
    scenario.alerts.iter().map(one).collect()
}

/// What came of every rule: over all runs, in run 0 and in the healthy run.
///
/// Of each run `runs` has one entry for each rule.
pub fn test_alerts(
    scenario: &Scenario,
    runs: &[&[Fired]],
    first: &Record,
    healthy: Option<&Record>,
) -> Vec<Tested> {
    let one = |(index, alert): (usize, &Alert)| {
        let of_run = |run: &&[Fired]| run.get(index).copied();
        let fired: Vec<Fired> = runs.iter().filter_map(of_run).collect();
        let times: Vec<Option<f64>> = fired.iter().map(|run| run.first).collect();
        let leads: Vec<Option<f64>> =
            fired.iter().map(|run| Some(run.harm? - run.first?)).collect();
        let mut tested = Tested {
            id: alert.id.clone(),
            says: alert.says.clone(),
            every: alert.every,
            hold: alert.hold,
            first: observe(&times, true, Unit::Seconds),
            lead: observe(&leads, false, Unit::Seconds),
            seen: watch(alert, first),
            false_alarms: healthy.map(|record| watch(alert, record).firings.len()),
            because: String::new(),
        };
        let harmed = fired.iter().filter(|run| run.harm.is_some()).count();
        tested.because = because(&tested, harmed, scenario.about.start);
        tested
    };
    scenario.alerts.iter().enumerate().map(one).collect()
}

/// The figures in a sentence.
fn because(tested: &Tested, harmed: usize, start: Option<Start>) -> String {
    let runs = tested.first.values.len();
    let fired = tested.first.values.iter().flatten().count();
    let mut parts = vec![match tested.first.median.filter(|at| at.is_finite()) {
        Some(at) => {
            let mut details = Vec::new();
            if let Some(spread) = spread(&tested.first, runs) {
                details.push(spread);
            }
            details.extend(start.map(|start| wall_clock(start, at)));
            let details = match details.is_empty() {
                true => String::new(),
                false => format!(" ({})", details.join("; ")),
            };
            let at = amount(at, Unit::Seconds);
            format!("first fires at {at}{details}, {}", lead(&tested.lead, harmed))
        }
        None => {
            let never = match (fired, runs) {
                (0, _) => "never fires".to_string(),
                _ => format!("fires in only {fired} of {runs} runs"),
            };
            match harmed {
                0 => format!("{never}; no request fails"),
                _ => format!("{never}, though requests fail"),
            }
        }
    }];
    if let Some(blind) = tested.blind() {
        parts.push(format!("blind {blind}"));
    }
    parts.extend(match tested.false_alarms {
        None => None,
        Some(0) => Some("no false alarm in the healthy run".to_string()),
        Some(1) => Some("1 false alarm in the healthy run".to_string()),
        Some(n) => Some(format!("{n} false alarms in the healthy run")),
    });
    parts.join("; ")
}

fn spread(observed: &Observed, runs: usize) -> Option<String> {
    let (low, high) = (observed.low?, observed.high?);
    let range = between(low, high, Unit::Seconds).filter(|_| runs > 1)?;
    Some(format!("{range} over {runs} runs"))
}

fn lead(lead: &Observed, harmed: usize) -> String {
    match lead.median {
        None if harmed == 0 => "and no request fails".to_string(),
        None => "in no run in which a request fails".to_string(),
        Some(before) if before > 0.0 => {
            format!("{} before the first failed request", amount(before, Unit::Seconds))
        }
        Some(0.0) => "with the first failed request".to_string(),
        Some(after) => format!("{} after the first failed request", amount(-after, Unit::Seconds)),
    }
}

impl Tested {
    /// When it was blind in run 0, in a few words; `None` when it never was.
    pub fn blind(&self) -> Option<String> {
        let seconds = |at: SimTime| at.as_secs_f64();
        let (first, rest) = self.seen.blind.split_first()?;
        let from = amount(seconds(first.from), Unit::Seconds);
        let more = match rest.len() {
            0 => String::new(),
            1 => " and once more".to_string(),
            n => format!(" and {n} times more"),
        };
        Some(match first.to {
            Some(to) => {
                let between = between(seconds(first.from), seconds(to), Unit::Seconds);
                format!("from {}{more}", between.unwrap_or(from))
            }
            None => format!("from {from} on"),
        })
    }
}
