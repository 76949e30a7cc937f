//! What operators can do at an instant, ranked by how soon goodput is back.
//!
//! Every action is a side of its own, played on the same random numbers: up to the instant all sides
//! are the same run, so what comes after is the work of the action.

use super::compare::play;
use super::replicate::Seen;
use super::simulate;
use crate::claims::measure;
use crate::observe::Record;
use crate::scenario::{Measure, Recovers, Scenario};
use crate::theory::median;
use crate::units::{SimTime, Span};

/// What is done, and the scenario in which it is.
#[derive(Clone, Debug)]
pub struct Action {
    /// What is done, in words.
    pub what: String,
    /// The scenario with it.
    pub scenario: Scenario,
    /// Whether requests are turned away on purpose.
    pub sheds: bool,
}

/// What coming back means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Back {
    /// When the actions are taken.
    pub at: SimTime,
    /// Until when all was well; `None`: until the first window in which less than the share of what
    /// arrives, one row earlier or now, is served.
    pub well_until: Option<SimTime>,
    /// The share of the goodput before that counts as back.
    pub to: f64,
    /// The window over which goodput is counted.
    pub over: Span,
}

/// What came of all actions.
#[derive(Clone, Debug)]
pub struct Ranking {
    /// How many runs each had.
    pub runs: u32,
    /// What coming back means.
    pub back: Back,
    /// Until when all was well in run 0; `None` when it never was.
    pub well_until: Option<SimTime>,
    /// Doing nothing.
    pub nothing: Outcome,
    /// The actions, the best first.
    pub actions: Vec<Outcome>,
    /// Requests of all runs.
    pub requests: u64,
}

/// What came of one action.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What was done, in words.
    pub what: String,
    /// Seconds until goodput is back and stays back, for each run; infinite when it does not.
    pub after: Vec<f64>,
    /// The median of it.
    pub median: f64,
    /// Requests that failed from the action to the end, the mean over runs.
    pub failed: f64,
    /// Requests that were turned away on purpose: fewer than came when nothing was done.
    pub turned_away: f64,
    /// What the log of run 0 says of the work of operators.
    pub notes: Vec<String>,
    /// Why a run stopped before its end, if one did.
    pub stopped: Option<String>,
}

impl Outcome {
    /// Runs in which goodput came back.
    pub fn back(&self) -> usize {
        self.after.iter().filter(|after| after.is_finite()).count()
    }
}

/// A share of 90 % must not be missed by chance alone: of 2,500 requests it is five standard
/// deviations below the mean.
const REQUESTS_OF_A_WINDOW: u64 = 2500;

/// The window to count goodput over when nobody says: whole rows with some 2,500 requests, as before
/// the action, but a fifth of what is left of the run at most.
pub fn window(scenario: &Scenario, at: SimTime) -> Span {
    let before = Scenario { duration: at.since(SimTime::ZERO), ..scenario.clone() };
    let before = Scenario {
        claims: Vec::new(),
        timeline: until(scenario, at),
        warm_up: Span::ZERO,
        ..before
    };
    let requests = simulate(&before, 0, &mut |_| {}).requests.max(1);
    let every = scenario.sample_every;
    let rows =
        (REQUESTS_OF_A_WINDOW * (before.duration.as_ns() / every.as_ns())).div_ceil(requests);
    let left = scenario.duration.as_ns().saturating_sub(at.as_ns()) / 5;
    let most = (left / every.as_ns()).max(1);
    Span::from_ns(every.as_ns() * rows.clamp(1, most))
}

fn until(scenario: &Scenario, at: SimTime) -> Vec<crate::scenario::Entry> {
    scenario.timeline.iter().filter(|entry| entry.at <= at).cloned().collect()
}

/// What is kept of one run.
struct Kept {
    after: f64,
    well_until: Option<SimTime>,
    failed: f64,
    arrived: f64,
    notes: Vec<String>,
    requests: u64,
    stopped: Option<String>,
}

/// Plays `runs` runs of every attempt, the first of which is doing nothing, and ranks them: by the
/// median time until goodput is back in all fleets that had any, then by the requests that are lost.
///
/// # Panics
///
/// Without attempts.
pub fn rank(
    attempts: &[Action],
    back: Back,
    runs: u32,
    jobs: usize,
    watch: &(dyn Fn(Seen) + Sync),
) -> Ranking {
    let scenarios: Vec<&Scenario> = attempts.iter().map(|attempt| &attempt.scenario).collect();
    let keep = |scenario: &Scenario, record: &Record| keep(scenario, record, back);
    let played = play(&scenarios, runs, jobs, watch, &keep);
    let nothing = &played[0];
    let told = |index: usize| outcome(&attempts[index], &played[index], nothing);
    let mut actions: Vec<Outcome> = (1..attempts.len()).map(told).collect();
    let lost = |outcome: &Outcome| outcome.failed + outcome.turned_away;
    actions.sort_by(|a, b| a.median.total_cmp(&b.median).then(lost(a).total_cmp(&lost(b))));
    Ranking {
        runs,
        back,
        well_until: nothing[0].well_until,
        nothing: told(0),
        actions,
        requests: played.iter().flatten().map(|run| run.requests).sum(),
    }
}

fn outcome(attempt: &Action, runs: &[Kept], nothing: &[Kept]) -> Outcome {
    let after: Vec<f64> = runs.iter().map(|run| run.after).collect();
    let mut sorted = after.clone();
    sorted.sort_by(f64::total_cmp);
    let middle = median(&sorted);
    let mean =
        |of: &dyn Fn(usize) -> f64| (0..runs.len()).map(of).sum::<f64>() / runs.len().max(1) as f64;
    let away = |run: usize| (nothing[run].arrived - runs[run].arrived).max(0.0);
    Outcome {
        what: attempt.what.clone(),
        // Between two that never come back there is no middle.
        median: if middle.is_nan() { f64::INFINITY } else { middle },
        after,
        failed: mean(&|run| runs[run].failed),
        turned_away: if attempt.sheds { mean(&away) } else { 0.0 },
        notes: runs[0].notes.clone(),
        stopped: runs.iter().find_map(|run| run.stopped.clone()),
    }
}

fn keep(scenario: &Scenario, record: &Record, back: Back) -> Kept {
    let rise = |what: &str| {
        let of = |fleet: &str| rise(record, &format!("fleets.{fleet}.{what}"), back.at);
        scenario.settings.fleets.iter().map(|fleet| of(&fleet.name)).sum()
    };
    let well = well_until(scenario, record, back);
    Kept {
        after: well.map_or(f64::INFINITY, |well| recovery(scenario, record, back, well)),
        well_until: well,
        failed: rise("failed"),
        arrived: rise("requests"),
        notes: notes(record, back.at),
        requests: record.requests,
        stopped: record.stopped.clone(),
    }
}

/// What a counter rises by from an instant to the end.
fn rise(record: &Record, series: &str, from: SimTime) -> f64 {
    let row = record.times.partition_point(|time| *time <= from).saturating_sub(1);
    let values = record.find(series).map_or(&[][..], |series| &series.values);
    values.last().copied().unwrap_or(0.0) - values.get(row).copied().unwrap_or(0.0)
}

/// The beginning of the first window before the action in which some fleet serves less than the share
/// of what arrives; the action, when there is none. `None` when not even the first window is well.
fn well_until(scenario: &Scenario, record: &Record, back: Back) -> Option<SimTime> {
    if back.well_until.is_some() {
        return back.well_until;
    }
    let begin = SimTime::ZERO + scenario.warm_up;
    let mut well = back.at;
    for fleet in &scenario.settings.fleets {
        let of = |what: &str| record.find(&format!("fleets.{}.{what}", fleet.name));
        let (served, arrived) = (of("succeeded")?, of("requests")?);
        let (first, mut end) = (record.times.partition_point(|time| *time < begin), 0);
        for (row, time) in record.times.iter().enumerate().skip(first) {
            while end < record.times.len() && record.times[end] < *time + back.over {
                end += 1;
            }
            if end >= record.times.len() || record.times[end] > well {
                break;
            }
            let rise = |values: &[f64], lag: usize| {
                values[end.saturating_sub(lag)] - values[row.saturating_sub(lag)]
            };
            // What arrives on the last row cannot be served yet: it has one row's time.
            let due = rise(&arrived.values, 0).min(rise(&arrived.values, 1));
            if rise(&served.values, 0) < back.to * due {
                well = *time;
                break;
            }
        }
    }
    (well >= begin + back.over).then_some(well)
}

/// Seconds from the action until goodput is back and stays back in every fleet that had any.
fn recovery(scenario: &Scenario, record: &Record, back: Back, well: SimTime) -> f64 {
    let end = SimTime::ZERO + scenario.duration;
    let of = |fleet: &str| {
        let from = SimTime::ZERO + scenario.warm_up;
        let (fleet, at) = (fleet.to_string(), back.at);
        let asked = Recovers {
            fleet,
            from,
            before: well,
            after: at,
            until: end,
            to: back.to,
            over: back.over,
        };
        measure(&Measure::Recovers(asked), record).unwrap_or(f64::INFINITY)
    };
    let had_any = |fleet: &&crate::scenario::Fleet| {
        let done = record.find(&format!("fleets.{}.succeeded", fleet.name));
        let row = record.times.partition_point(|time| *time <= well).saturating_sub(1);
        done.and_then(|series| series.values.get(row)).is_some_and(|done| *done > 0.0)
    };
    let fleets = scenario.settings.fleets.iter().filter(had_any);
    fleets.map(|fleet| of(&fleet.name)).fold(0.0, f64::max)
}

/// What the log says of operators from the action on.
fn notes(record: &Record, at: SimTime) -> Vec<String> {
    const OF_OPERATORS: [&str; 5] =
        ["config_refused", "operator_refused", "operator_admitted", "config_set", "kill_done"];
    const MOST: usize = 2;
    let events = record.events.iter().filter(|event| event.at >= at);
    let of_operators = events.filter(|event| OF_OPERATORS.contains(&event.kind));
    of_operators.take(MOST).map(|event| event.text.clone()).collect()
}
