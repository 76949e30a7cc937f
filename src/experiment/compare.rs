//! The same runs with and without something: what it changes, and whether it is the cause.
//!
//! Run number k of every side has the same seed, so that both meet the same arrivals and the same
//! chance in everything that does not differ (common random numbers). What is left of the difference
//! is the work of what was changed, and its interval is narrower than that of two sides by themselves.

use super::measured::outage;
use super::replicate::{Seen, joined};
use super::simulate;
use super::summary::{figures, is_first_time, summary};
use super::threads::in_order;
use crate::claims::{Goal, Known};
use crate::observe::Record;
use crate::scenario::Scenario;
use crate::theory::{Mean, mean_interval, paired_interval, sign_test};
use crate::units::Unit;

/// One of the scenarios that are compared.
#[derive(Clone, Debug)]
pub struct Side {
    /// What it is called: `metastable-collapse`, `servers.redis.timeout=5min`.
    pub name: String,
    /// What is played.
    pub scenario: Scenario,
    /// How it differs from the first one.
    pub differs: Differs,
}

/// How a side differs from the first.
#[derive(Clone, Debug, PartialEq)]
pub enum Differs {
    /// It is the first, or a file of its own.
    File,
    /// It is the first with something that is named.
    With(String),
    /// It is the first without something that is named.
    Without(String),
}

/// What came out of all runs of all sides.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// How many runs each side had.
    pub runs: u32,
    /// The goal that a run with an outage meets; `None` is the rule that holds without one
    /// ([`OUTAGE`](crate::claims::OUTAGE)).
    pub outage: Option<Goal>,
    /// The first side.
    pub first: Played,
    /// Each other side with its effect against the first.
    pub others: Vec<(Played, Effect)>,
    /// Requests of all runs.
    pub requests: u64,
    /// Events of all runs.
    pub events: u64,
}

/// The runs of one side.
#[derive(Clone, Debug)]
pub struct Played {
    /// What it is called.
    pub name: String,
    /// How it differs from the first.
    pub differs: Differs,
    /// Whether each run has the outage; `None` when it stopped, or there was nothing to measure.
    pub outages: Vec<Option<bool>>,
    /// One digest for all runs.
    pub digest: String,
    /// Why a run stopped before its end, if one did.
    pub stopped: Option<String>,
}

impl Played {
    /// Runs with the outage.
    pub fn count(&self) -> usize {
        self.outages.iter().filter(|outage| **outage == Some(true)).count()
    }
}

/// What a side changes against the first.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// Pairs of runs in which this side alone has the outage.
    pub only_here: u64,
    /// Pairs of runs in which the first side alone has it.
    pub only_first: u64,
    /// Pairs of runs that could be judged.
    pub pairs: u64,
    /// P(outage) of this side less that of the first.
    pub difference: f64,
    /// The 95 % interval of it.
    pub interval: (f64, f64),
    /// What follows from it, said of what this side has and the first has not.
    pub finding: Finding,
    /// Paired differences of the figures that both sides have, in the order of the first.
    pub figures: Vec<Paired>,
}

impl Effect {
    /// The same, said of what is named: with it and without it, whichever of the sides has it.
    pub fn of_what_differs(&self, first: &Played, here: &Played) -> Cause {
        let (count, against) = (here.count(), first.count());
        let (low, high) = self.interval;
        let as_is = Cause {
            with: count,
            without: against,
            difference: self.difference,
            interval: (low, high),
            finding: self.finding,
        };
        match here.differs {
            Differs::File | Differs::With(_) => as_is,
            Differs::Without(_) => Cause {
                with: against,
                without: count,
                // Zero keeps its sign.
                difference: 0.0 - self.difference,
                interval: (0.0 - high, 0.0 - low),
                finding: match self.finding {
                    Finding::Causes => Finding::Prevents,
                    Finding::Prevents => Finding::Causes,
                    other => other,
                },
            },
        }
    }
}

/// What something does, with it and without it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cause {
    /// Runs with it that have the outage.
    pub with: usize,
    /// Runs without it that have the outage.
    pub without: usize,
    /// P(outage with it) less P(outage without it).
    pub difference: f64,
    /// The 95 % interval of it.
    pub interval: (f64, f64),
    /// What follows.
    pub finding: Finding,
}

/// What follows about a cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// With it there are more outages.
    Causes,
    /// With it there are fewer.
    Prevents,
    /// No pair of runs differs.
    NoDifference,
    /// Some pairs differ, or too few could be judged.
    Undecided,
}

/// A figure on both sides of each pair of runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Paired {
    /// Its name.
    pub name: String,
    /// What it measures.
    pub unit: Unit,
    /// The mean of the first side, over the runs in which it has a value.
    pub first: f64,
    /// The mean of this side, over the runs in which it has a value.
    pub here: f64,
    /// This side less the first, over the pairs in which both have a value: mean and interval.
    pub difference: Mean,
    /// How many pairs these are.
    pub pairs: usize,
    /// Runs in which each side has a value at all: in the others it never came, or there was nothing
    /// to measure.
    pub came: (usize, usize),
    /// Pairs of runs in which only the first side has one, and only this side.
    pub came_only: (u64, u64),
}

/// What can be said of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It is the same in every pair of runs.
    Same,
    /// The interval of the difference does not hold zero; or it comes on one side and not on the
    /// other, more often than chance has it.
    Differs,
    /// It does.
    NotShown,
    /// There are no two pairs in which both sides have a value.
    NothingToCompare,
}

impl Paired {
    /// What can be said of it.
    pub fn changed(&self) -> Changed {
        let Mean { mean, sd, low, high } = self.difference;
        let (first, here) = self.came_only;
        match self.pairs {
            _ if self.came == (0, 0) => Changed::Same,
            _ if is_first_time(&self.name) && first + here > 0 => {
                if sign_test(first, here) <= 0.05 { Changed::Differs } else { Changed::NotShown }
            }
            0 | 1 => Changed::NothingToCompare,
            _ if mean == 0.0 && sd == 0.0 => Changed::Same,
            _ if low > 0.0 || high < 0.0 => Changed::Differs,
            _ => Changed::NotShown,
        }
    }
}

/// The fewest pairs of runs that can decide anything: of five that all differ one way chance makes
/// one in sixteen.
pub const FEWEST_PAIRS: u64 = 6;

/// What is kept of one run of one side.
struct Kept {
    /// The values of the figures, in their order; their names are the same in every run.
    figures: Vec<Option<f64>>,
    outage: Option<bool>,
    digest: String,
    requests: u64,
    events: u64,
    stopped: Option<String>,
}

/// Plays `runs` runs of every side on `jobs` threads, with the seed of the first, and compares each
/// with the first. The result is the same for any number of jobs. `watch` is called from the threads,
/// after each row; its run counts all runs of all sides.
///
/// # Panics
///
/// Without sides.
pub fn compare(
    sides: &[Side],
    outage: Option<&Goal>,
    runs: u32,
    jobs: usize,
    watch: &(dyn Fn(Seen) + Sync),
) -> Comparison {
    let scenarios: Vec<&Scenario> = sides.iter().map(|side| &side.scenario).collect();
    let keep = |scenario: &Scenario, record: &Record| keep(scenario, record, outage);
    let played = play(&scenarios, runs, jobs, watch, &keep);
    let first = &played[0];
    let names = figures(&sides[0].scenario);
    let other = |(side, runs): (&Side, &Vec<Kept>)| {
        (told(side, runs), effect((&names, &figures(&side.scenario)), first, runs))
    };
    let others = sides.iter().zip(&played).skip(1).map(other).collect();
    Comparison {
        runs,
        outage: outage.cloned(),
        first: told(&sides[0], first),
        others,
        requests: played.iter().flatten().map(|run| run.requests).sum(),
        events: played.iter().flatten().map(|run| run.events).sum(),
    }
}

/// Plays every run of every scenario with the seed of the first; answers what `keep` keeps, by
/// scenario and run.
pub(super) fn play<T: Send>(
    scenarios: &[&Scenario],
    runs: u32,
    jobs: usize,
    watch: &(dyn Fn(Seen) + Sync),
    keep: &(dyn Fn(&Scenario, &Record) -> T + Sync),
) -> Vec<Vec<T>> {
    let seed = scenarios[0].seed.clone();
    let seeded = |scenario: &&Scenario| Scenario { seed: seed.clone(), ..(*scenario).clone() };
    let scenarios: Vec<Scenario> = scenarios.iter().map(seeded).collect();
    let count = scenarios.len() as u32;
    let one = |index: u32| {
        let scenario = &scenarios[(index % count) as usize];
        let length = scenario.duration.as_secs_f64();
        let mut follow = |record: &Record| {
            let at = record.times.last().map_or(0.0, |at| at.as_secs_f64());
            let fraction = (at / length).min(1.0);
            watch(Seen { run: index as usize, record, fraction, requests: record.requests });
        };
        keep(scenario, &simulate(scenario, index / count, &mut follow))
    };
    let mut played: Vec<Vec<T>> = scenarios.iter().map(|_| Vec::new()).collect();
    for (index, kept) in in_order(count * runs.max(1), jobs, &one).into_iter().enumerate() {
        played[index % count as usize].push(kept);
    }
    played
}

fn keep(scenario: &Scenario, record: &Record, goal: Option<&Goal>) -> Kept {
    let figures = summary(scenario, record);
    let outage = outage(scenario, record, &figures, goal);
    Kept {
        outage,
        figures: figures.iter().map(|figure| figure.value).collect(),
        digest: record.digest.clone(),
        requests: record.requests,
        events: record.handled,
        stopped: record.stopped.clone(),
    }
}

fn told(side: &Side, runs: &[Kept]) -> Played {
    let digests: Vec<String> = runs.iter().map(|run| run.digest.clone()).collect();
    Played {
        name: side.name.clone(),
        differs: side.differs.clone(),
        outages: runs.iter().map(|run| run.outage).collect(),
        digest: joined(&digests),
        stopped: runs.iter().find_map(|run| run.stopped.clone()),
    }
}

fn effect(names: Names, first: &[Kept], here: &[Kept]) -> Effect {
    let pairs = first.iter().zip(here);
    let judged = pairs.filter_map(|(first, here)| Some((first.outage?, here.outage?)));
    let (mut pairs, mut only_first, mut only_here) = (0, 0, 0);
    for (first, here) in judged {
        pairs += 1;
        only_first += u64::from(first && !here);
        only_here += u64::from(here && !first);
    }
    Effect {
        only_here,
        only_first,
        pairs,
        difference: (only_here as f64 - only_first as f64) / pairs.max(1) as f64,
        interval: paired_interval(only_here, only_first, pairs),
        finding: finding(only_here, only_first, pairs),
        figures: names.0.iter().filter_map(|known| paired(known, names, first, here)).collect(),
    }
}

fn finding(only_here: u64, only_first: u64, pairs: u64) -> Finding {
    let decided = sign_test(only_here, only_first) <= 0.05;
    match only_here + only_first {
        _ if pairs < FEWEST_PAIRS => Finding::Undecided,
        0 => Finding::NoDifference,
        _ if !decided => Finding::Undecided,
        _ if only_here > only_first => Finding::Causes,
        _ => Finding::Prevents,
    }
}

/// The figures of the first side and of another.
type Names<'a> = (&'a [Known], &'a [Known]);

/// A figure of the first side beside the same one of the other; `None` when that one has it not.
fn paired(figure: &Known, names: Names, first: &[Kept], here: &[Kept]) -> Option<Paired> {
    let place = |names: &[Known]| names.iter().position(|other| other.name == figure.name);
    let (at, there) = (place(names.0)?, place(names.1)?);
    let value = |run: &Kept, at: usize| run.figures.get(at).copied().flatten();
    let values: Vec<(Option<f64>, Option<f64>)> =
        first.iter().zip(here).map(|(a, b)| (value(a, at), value(b, there))).collect();
    let both: Vec<(f64, f64)> = values.iter().filter_map(|(a, b)| Some(((*a)?, (*b)?))).collect();
    let of_side = |runs: &[Kept], at: usize| {
        mean_interval(&runs.iter().filter_map(|run| value(run, at)).collect::<Vec<f64>>()).mean
    };
    Some(Paired {
        name: figure.name.clone(),
        unit: figure.unit,
        first: of_side(first, at),
        here: of_side(here, there),
        difference: mean_interval(&both.iter().map(|pair| pair.1 - pair.0).collect::<Vec<f64>>()),
        pairs: both.len(),
        came: (
            values.iter().filter(|(a, _)| a.is_some()).count(),
            values.iter().filter(|(_, b)| b.is_some()).count(),
        ),
        came_only: (
            values.iter().filter(|(a, b)| a.is_some() && b.is_none()).count() as u64,
            values.iter().filter(|(a, b)| a.is_none() && b.is_some()).count() as u64,
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_from_pairs_of_runs() {
        for (only_here, only_first, pairs, expected) in [
            (20, 0, 20, Finding::Causes),
            (0, 20, 20, Finding::Prevents),
            (0, 0, 20, Finding::NoDifference),
            (6, 0, 6, Finding::Causes),
            (5, 0, 20, Finding::Undecided),
            (5, 5, 20, Finding::Undecided),
            (5, 0, 5, Finding::Undecided),
            (0, 0, 5, Finding::Undecided),
            (0, 0, 0, Finding::Undecided),
        ] {
            assert_eq!(finding(only_here, only_first, pairs), expected, "{only_here} {only_first}");
        }
    }

    /// A decision never stands beside an interval that holds zero.
    #[test]
    fn a_decision_agrees_with_its_interval() {
        for pairs in 1..=40 {
            for here in 0..=pairs {
                for first in 0..=pairs - here {
                    let (low, high) = paired_interval(here, first, pairs);
                    match finding(here, first, pairs) {
                        Finding::Causes => assert!(low > 0.0, "{here} {first} of {pairs}"),
                        Finding::Prevents => assert!(high < 0.0, "{here} {first} of {pairs}"),
                        Finding::NoDifference => assert!(low < 0.0 && high > 0.0),
                        Finding::Undecided => {}
                    }
                }
            }
        }
    }

    #[test]
    fn figures_are_compared_run_by_run() {
        let run = |value: Option<f64>| Kept {
            figures: vec![value],
            outage: None,
            digest: String::new(),
            requests: 0,
            events: 0,
            stopped: None,
        };
        let names = [Known { name: "x".into(), unit: Unit::Count, may_never_come: false }];
        let of = |first: &[Option<f64>], here: &[Option<f64>]| {
            let side = |values: &[Option<f64>]| values.iter().copied().map(run).collect::<Vec<_>>();
            let (first, here) = (side(first), side(here));
            paired(&names[0], (&names, &names), &first, &here).unwrap()
        };
        // Far apart from run to run, and always one more: the pairs see it.
        let shifted = of(&[Some(10.0), Some(500.0), None], &[Some(11.0), Some(501.0), Some(3.0)]);
        assert_eq!((shifted.difference.mean, shifted.difference.sd), (1.0, 0.0));
        assert_eq!((shifted.pairs, shifted.came), (2, (2, 3)));
        assert_eq!((shifted.first, shifted.here), (255.0, 515.0 / 3.0));
        assert_eq!(shifted.changed(), Changed::Differs);
        let same = of(&[Some(1.0), Some(2.0)], &[Some(1.0), Some(2.0)]);
        assert_eq!(same.changed(), Changed::Same);
        let apart = of(&[Some(1.0), Some(2.0)], &[Some(2.0), Some(1.0)]);
        assert_eq!(apart.changed(), Changed::NotShown);
        assert_eq!(of(&[Some(1.0)], &[None]).changed(), Changed::NothingToCompare);
        assert_eq!(of(&[None], &[None]).changed(), Changed::Same);
    }
}
