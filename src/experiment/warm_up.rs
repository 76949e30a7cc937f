//! Whether a run is studied from its start to its end, or in its steady state, and from when on.

use std::fmt;

use super::simulate;
use super::threads::in_order;
use crate::observe::Record;
use crate::scenario::Scenario;
use crate::theory::{MSER5_FEWEST_VALUES, mser5};
use crate::units::{Span, duration};

/// Runs in which the warm-up is looked for.
pub const PILOT_RUNS: u32 = 10;
/// Their numbers begin here, where no other run's do: what chooses the warm-up has no part in the
/// results.
const FIRST_PILOT: u32 = 1 << 31;

/// What is studied.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// What means, quantiles and ratios without a range of their own leave out.
    pub warm_up: Span,
    /// By what it was chosen.
    pub rule: Rule,
}

/// By what a warm-up was chosen.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// It was set; nothing is left out where it is zero.
    Set,
    /// By MSER-5, on this series, which takes longest to settle, averaged over pilot runs.
    Mser5(String),
    /// MSER-5 found none: no steady state is to be seen, for this reason, and nothing is left out.
    NotSettled(String),
}

impl Study {
    /// As the scenario is set.
    pub fn of(scenario: &Scenario) -> Study {
        Study { warm_up: scenario.warm_up, rule: Rule::Set }
    }

    /// Whether it is the steady state that is studied; else it is all from the start to the end.
    pub fn is_steady(&self) -> bool {
        match self.rule {
            Rule::Set => self.warm_up > Span::ZERO,
            Rule::Mser5(_) => true,
            Rule::NotSettled(_) => false,
        }
    }

    /// The setting to read the scenario with again: claims without a range of their own begin at the
    /// warm-up.
    pub fn setting(&self) -> (String, String) {
        ("warm_up".to_string(), duration(self.warm_up))
    }
}

/// Too few rows to look for a warm-up in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooFewRows {
    /// So many rows a run has.
    pub rows: u64,
    /// The time between two rows with which it would have enough.
    pub sample_every: Span,
}

impl fmt::Display for TooFewRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TooFewRows { rows, sample_every } = self;
        write!(
            f,
            "a run has {rows} rows, and MSER-5 needs {MSER5_FEWEST_VALUES} of them, better several \
             hundred (--set sample_every={} or less)",
            duration(*sample_every)
        )
    }
}

/// Looks for the warm-up of a scenario: MSER-5 on the requests in flight of each fleet and the connected
/// clients of each server, each averaged row by row over [`PILOT_RUNS`] runs of their own. The longest of
/// them is taken. `watch` is told the pilot runs, from 0, with the share of each that is over.
///
/// The scenario is to be read again with [`Study::setting`].
///
/// # Errors
///
/// When a run has too few rows for the rule.
pub fn warm_up(
    scenario: &Scenario,
    jobs: usize,
    watch: &(dyn Fn(usize, f64) + Sync),
) -> Result<Study, TooFewRows> {
    let (length, every) = (scenario.duration.as_ns(), scenario.sample_every.as_ns().max(1));
    let rows = length.div_ceil(every) + 1;
    if rows < MSER5_FEWEST_VALUES as u64 {
        let sample_every = Span::from_ns((length / MSER5_FEWEST_VALUES as u64).max(1));
        return Err(TooFewRows { rows, sample_every });
    }
    let names = watched(scenario);
    let plain = Scenario { claims: Vec::new(), alerts: Vec::new(), ..scenario.clone() };
    let one = |pilot: u32| {
        let mut follow = |record: &Record| {
            let at = record.times.last().map_or(0, |at| at.as_ns());
            watch(pilot as usize, at as f64 / length.max(1) as f64);
        };
        let record = simulate(&plain, FIRST_PILOT + pilot, &mut follow);
        let values = |name: &String| record.find(name).map(|series| series.values.clone());
        let levels: Vec<Vec<f64>> = names.iter().filter_map(values).collect();
        (levels, record.stopped)
    };
    let pilots = in_order(PILOT_RUNS, jobs, &one);
    if let Some(why) = pilots.iter().find_map(|(_, stopped)| stopped.as_ref()) {
        let because = format!("a pilot run stopped before its end: {why}");
        return Ok(Study { warm_up: Span::ZERO, rule: Rule::NotSettled(because) });
    }
    let levels: Vec<&[Vec<f64>]> = pilots.iter().map(|(levels, _)| levels.as_slice()).collect();
    Ok(chosen(&names, &levels, scenario.sample_every))
}

/// The levels that tell how full everything is.
fn watched(scenario: &Scenario) -> Vec<String> {
    let settings = &scenario.settings;
    let fleets = settings.fleets.iter().map(|fleet| format!("fleets.{}.in_flight", fleet.name));
    let servers = settings.servers.iter();
    let servers = servers.map(|server| format!("servers.{}.connected_clients", server.name));
    fleets.chain(servers).collect()
}

/// The longest truncation of the averaged series; none when one has not settled.
fn chosen(names: &[String], pilots: &[&[Vec<f64>]], every: Span) -> Study {
    let mut longest: Option<(usize, &str)> = None;
    let mut restless = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let of_pilots: Vec<&[f64]> = pilots.iter().map(|levels| levels[index].as_slice()).collect();
        match mser5(&averaged(&of_pilots)) {
            None => restless.push(name.as_str()),
            Some(found) if longest.is_none_or(|(values, _)| found.values > values) => {
                longest = Some((found.values, name));
            }
            Some(_) => {}
        }
    }
    match longest {
        Some((rows, name)) if restless.is_empty() => Study {
            warm_up: Span::from_ns(every.as_ns() * rows as u64),
            rule: Rule::Mser5(name.to_string()),
        },
        _ => {
            let because = format!("not settled by half of the run: {}", restless.join(", "));
            Study { warm_up: Span::ZERO, rule: Rule::NotSettled(because) }
        }
    }
}

/// The mean of all runs, row by row, in the order of the runs.
fn averaged(runs: &[&[f64]]) -> Vec<f64> {
    let rows = runs.iter().map(|run| run.len()).min().unwrap_or(0);
    (0..rows).map(|row| runs.iter().map(|run| run[row]).sum::<f64>() / runs.len() as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One series settles after 20 rows, the other after 5.
    #[test]
    fn the_longest_truncation_counts_and_who_has_not_settled_is_named() {
        let step = |at: usize, to: f64| -> Vec<f64> {
            (0..100).map(|row| if row < at { 0.0 } else { to }).collect()
        };
        let names =
            ["fleets.app.in_flight".to_string(), "servers.db.connected_clients".to_string()];
        let study = |levels: [Vec<f64>; 2]| chosen(&names, &[&levels, &levels], Span::from_secs(2));
        let settled = study([step(5, 3.0), step(20, 8.0)]);
        assert_eq!(settled.warm_up, Span::from_secs(40));
        assert_eq!(settled.rule, Rule::Mser5(names[1].clone()));
        assert!(settled.is_steady());
        let still = study([step(0, 3.0), step(0, 3.0)]);
        assert_eq!((still.warm_up, still.rule), (Span::ZERO, Rule::Mser5(names[0].clone())));
        let leaks = study([step(5, 3.0), (0..100).map(f64::from).collect()]);
        assert!(!leaks.is_steady());
        let because = "not settled by half of the run: servers.db.connected_clients";
        assert_eq!(leaks.rule, Rule::NotSettled(because.to_string()));
    }

    #[test]
    fn rows_are_averaged_run_by_run() {
        assert_eq!(averaged(&[&[1.0, 2.0, 3.0], &[3.0, 4.0]]), [2.0, 3.0]);
        assert_eq!(averaged(&[]), [0.0; 0]);
    }
}
