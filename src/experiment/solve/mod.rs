//! The smallest or largest setting that meets a goal.
//!
//! A setting is judged by its runs: run number k has the same seed at every setting, so neighbours meet
//! the same arrivals. It *meets* a goal when the whole interval of what the goal speaks of lies on the
//! right side of the bound, and *misses* it when the whole interval lies on the wrong side. While
//! neither is so there are twice as many runs, up to a limit; then it is undecided.
//!
//! A search looks several times at several settings, and one interval that misses its truth is enough
//! for a wrong answer. So each interval may miss with probability 5 % / (looks at a setting x settings
//! asked about at most x goals) only: whatever the search asks, all intervals hold at once with
//! probability 95 % or more (Bonferroni), and then every setting that is said to meet or to miss does.
//! What the number of settings at most is follows from the levels of the knobs alone
//! ([`search::most_asked`]), so that the size of the step does not depend on what was seen.
//!
//! Between what is tried, meeting is taken to be monotone. It is checked where that costs nothing: when
//! both ends miss, three settings between them are tried, and whatever was tried is looked through for a
//! more generous setting that misses where a cheaper one meets.

pub(super) mod judge;
mod referee;
mod search;

use std::collections::BTreeMap;

pub use judge::{Of, Seen};
pub use referee::{ERROR, Trial};

use super::measured::{Bench, Figures, Standing};
use super::replicate::joined;
use super::threads::in_order;
use crate::claims::Goal;
use crate::scenario::{Knob, Level, Scenario};
use crate::theory::{Mean, mean_interval, paired_interval};
use judge::values;
use referee::Referee;
use search::{End, along_each, along_one, contradiction, most_asked};

/// What is looked for.
#[derive(Clone, Debug)]
pub struct Task<'a> {
    /// The scenario as its file says.
    pub base: &'a Scenario,
    /// The settings that are turned; each has levels.
    pub knobs: &'a [Knob],
    /// The cheap end of each, where somebody said so.
    pub cheap: &'a [Option<Cheap>],
    /// All must be met.
    pub goals: &'a [Goal],
    /// What an outage is, when not the rule that holds without one.
    pub outage: Option<&'a Goal>,
    /// Runs of a setting at its first look.
    pub runs: u32,
    /// Runs of a setting at its last.
    pub most: u32,
    /// Threads.
    pub jobs: usize,
}

/// The end of a knob that is wanted as long as the goals are met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cheap {
    /// The first level.
    Smallest,
    /// The last.
    Largest,
}

/// A run that was played, as it is kept to go on later.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The values of the knobs, path by path.
    pub set: Vec<String>,
    /// Its number.
    pub run: u32,
    /// What it came to: the figures of the goals, in their order.
    pub figures: Figures,
}

/// What a search found.
#[derive(Clone, Debug)]
pub struct Solution {
    /// The answer.
    pub verdict: Verdict,
    /// Every setting that was tried, in order.
    pub tried: Vec<Trial>,
    /// The cheap end of each knob.
    pub cheap: Vec<Cheap>,
    /// Of two settings the more generous one misses, and the cheaper one meets: not monotone.
    pub contradiction: Option<(usize, usize)>,
    /// The probability with which one interval may miss its truth.
    pub error: f64,
    /// One digest for all runs.
    pub digest: String,
    /// Requests of all runs.
    pub requests: u64,
    /// Events of all runs.
    pub events: u64,
}

/// The answer of a search. Settings are numbers among those tried.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// This setting meets the goals, and the next cheaper ones miss them.
    Found {
        /// The setting.
        answer: usize,
        /// The next cheaper of each knob that has one.
        next: Vec<Next>,
    },
    /// None of those tried does.
    Nothing,
    /// It lies between.
    Undecided {
        /// The cheapest that is known to meet them.
        meets: Option<usize>,
        /// The most generous below it that is known to miss them.
        misses: Option<usize>,
        /// What is undecided.
        open: Vec<usize>,
    },
}

/// The neighbour of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Next {
    /// The knob that is one level cheaper.
    pub knob: usize,
    /// The setting.
    pub trial: usize,
    /// What each goal speaks of, of this setting less that of the answer, run by run.
    pub differences: Vec<Difference>,
}

/// A figure at one setting less that at another, over the runs that both have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Pairs of runs in which both have a value.
    pub pairs: usize,
    /// The mean of the difference.
    pub mean: f64,
    /// The low end of its 95 % interval.
    pub low: f64,
    /// The high end.
    pub high: f64,
}

impl Task<'_> {
    /// The values of the knobs at these levels.
    pub fn set(&self, levels: &[usize]) -> Vec<&Level> {
        self.knobs.iter().zip(levels).filter_map(|(knob, at)| knob.levels().get(*at)).collect()
    }

    fn lengths(&self) -> Vec<usize> {
        self.knobs.iter().map(|knob| knob.levels().len()).collect()
    }

    /// What the runs of a search depend on besides the levels of the knobs: runs of another scenario
    /// have another fingerprint.
    pub fn fingerprint(&self) -> String {
        let scenario = Scenario { origin: None, name: String::new(), ..self.base.clone() };
        let knobs: Vec<String> = self.knobs.iter().map(Knob::name).collect();
        joined(&[format!("{scenario:?}"), knobs.join("\n")])
    }
}

/// Looks for the cheapest setting that meets the goals. Runs `before` are not played again; `finished`
/// is called from the threads with each run that is, `looked` after each look at a setting. The result
/// is the same for any number of jobs, and with and without runs of before.
///
/// # Errors
///
/// When the scenario cannot be at an end of the search: why.
pub fn solve(
    task: &Task,
    before: Vec<Run>,
    finished: &(dyn Fn(&Run) + Sync),
    looked: &mut dyn FnMut(&Trial),
) -> Result<Solution, String> {
    let names: Vec<_> = task.goals.iter().map(|goal| goal.of.clone()).collect();
    let bench = Bench { base: task.base, knobs: task.knobs, figures: &names, outage: task.outage };
    let lengths = task.lengths();
    ends_can_be(task, &bench, &lengths)?;
    let known = before.into_iter().map(|run| ((run.set, run.run), run.figures)).collect();
    let mut stage = Stage { task, bench: &bench, known, played: BTreeMap::new(), finished };
    let mut play = |levels: &[usize], runs: u32| stage.play(levels, runs);
    let asked = most_asked(&lengths);
    let mut referee = Referee::new(task.goals, (task.runs, task.most), asked, &mut play, looked);
    let (end, cheap) = search(task, &lengths, &mut referee);
    let places: Vec<_> = referee
        .tried
        .iter()
        .map(|trial| (turned(&trial.levels, &lengths, &cheap), trial.standing))
        .collect();
    let verdict = verdict(task, end, (&lengths, &cheap), &referee.tried);
    let runs = || referee.tried.iter().flat_map(|trial| &trial.runs);
    let digests: Vec<String> = runs().map(|run| run.digest.clone()).collect();
    Ok(Solution {
        verdict,
        contradiction: contradiction(&places),
        cheap,
        error: referee.error(),
        digest: joined(&digests),
        requests: runs().map(|run| run.requests).sum(),
        events: runs().map(|run| run.events).sum(),
        tried: referee.tried.clone(),
    })
}

/// Both ends of one knob, or the corner where all begin, must be scenarios.
fn ends_can_be(task: &Task, bench: &Bench, lengths: &[usize]) -> Result<(), String> {
    let last = |(knob, length): (usize, &usize)| match task.cheap.get(knob) {
        Some(Some(Cheap::Largest)) => 0,
        _ => length - 1,
    };
    let generous: Vec<usize> = lengths.iter().enumerate().map(last).collect();
    let ends = match lengths {
        [length] => vec![vec![0], vec![length - 1]],
        _ => vec![generous],
    };
    for end in ends {
        let levels: Vec<Level> = task.set(&end).into_iter().cloned().collect();
        bench.set(&levels).map_err(|why| format!("{}: {why}", label(task.knobs, &levels)))?;
    }
    Ok(())
}

/// The values of all knobs in a few words.
fn label(knobs: &[Knob], levels: &[Level]) -> String {
    let one = |(knob, level): (&Knob, &Level)| format!("{}={}", knob.name(), level.label());
    knobs.iter().zip(levels).map(one).collect::<Vec<_>>().join(" ")
}

/// Runs on threads, each once.
struct Stage<'a> {
    task: &'a Task<'a>,
    bench: &'a Bench<'a>,
    known: BTreeMap<(Vec<String>, u32), Figures>,
    played: BTreeMap<Vec<usize>, Vec<Figures>>,
    finished: &'a (dyn Fn(&Run) + Sync),
}

impl Stage<'_> {
    fn play(&mut self, at: &[usize], count: u32) -> Result<Vec<Figures>, String> {
        let levels: Vec<Level> = self.task.set(at).into_iter().cloned().collect();
        let set: Vec<String> = levels.iter().flat_map(|level| level.texts.clone()).collect();
        let scenario = self.bench.set(&levels)?;
        let have = self.played.entry(at.to_vec()).or_default();
        let from = have.len() as u32;
        let one = |index: u32| {
            let run = from + index;
            if let Some(figures) = self.known.get(&(set.clone(), run)) {
                return figures.clone();
            }
            let figures = self.bench.play(&scenario, run, &mut |_| {});
            (self.finished)(&Run { set: set.clone(), run, figures: figures.clone() });
            figures
        };
        have.extend(in_order(count.saturating_sub(from), self.task.jobs, &one));
        Ok(have.clone())
    }
}

/// Levels counted from the cheap end of each knob, or back again.
fn turned(levels: &[usize], lengths: &[usize], cheap: &[Cheap]) -> Vec<usize> {
    let one = |((at, length), cheap): ((&usize, &usize), &Cheap)| match cheap {
        Cheap::Smallest => *at,
        Cheap::Largest => length - 1 - at,
    };
    levels.iter().zip(lengths).zip(cheap).map(one).collect()
}

fn search(task: &Task, lengths: &[usize], referee: &mut Referee) -> (End, Vec<Cheap>) {
    let said = |knob: usize| task.cheap.get(knob).copied().flatten();
    match lengths {
        [length] => {
            let cheap = said(0).unwrap_or_else(|| {
                let (low, high) = (referee.ask(&[0]), referee.ask(&[length - 1]));
                towards(low, high)
            });
            let ask = |at: usize| turned(&[at], lengths, &[cheap]);
            (along_one(*length, &mut |at| referee.ask(&ask(at))), vec![cheap])
        }
        _ => {
            let cheap: Vec<Cheap> =
                (0..lengths.len()).map(|knob| said(knob).unwrap_or(Cheap::Smallest)).collect();
            let mut ask = |at: &[usize]| referee.ask(&turned(at, lengths, &cheap));
            (along_each(lengths, &mut ask), cheap.clone())
        }
    }
}

/// The cheap end when nobody says: where the goals are missed. When the ends stand alike, the smallest.
fn towards(low: Standing, high: Standing) -> Cheap {
    match (low, high) {
        (Standing::Meets, Standing::Misses | Standing::Undecided)
        | (Standing::Undecided, Standing::Misses) => Cheap::Largest,
        _ => Cheap::Smallest,
    }
}

fn verdict(
    task: &Task,
    end: End,
    (lengths, cheap): (&[usize], &[Cheap]),
    tried: &[Trial],
) -> Verdict {
    let find = |place: &Vec<usize>| {
        let levels = turned(place, lengths, cheap);
        tried.iter().position(|trial| trial.levels == levels)
    };
    match end {
        End::Nothing => Verdict::Nothing,
        End::Undecided { meets, misses, open } => Verdict::Undecided {
            meets: meets.as_ref().and_then(find),
            misses: misses.as_ref().and_then(find),
            open: open.iter().filter_map(find).collect(),
        },
        End::Found(place) => {
            let Some(answer) = find(&place) else { return Verdict::Nothing };
            let next = |knob: usize| {
                let mut cheaper = place.clone();
                cheaper[knob] = cheaper[knob].checked_sub(1)?;
                let trial = find(&cheaper)?;
                let of = |(figure, goal): (usize, &Goal)| {
                    difference(Of::goal(goal), figure, &tried[trial].runs, &tried[answer].runs)
                };
                let differences = task.goals.iter().enumerate().map(of).collect();
                Some(Next { knob, trial, differences })
            };
            Verdict::Found { answer, next: (0..place.len()).filter_map(next).collect() }
        }
    }
}

/// A figure here less there, over the pairs of runs in which both have a value.
fn difference(of: Of, figure: usize, here: &[Figures], there: &[Figures]) -> Difference {
    let both: Vec<(f64, f64)> = values(here, figure)
        .into_iter()
        .zip(values(there, figure))
        .filter_map(|(here, there)| Some((here?, there?)))
        .collect();
    let pairs = both.len();
    let differences: Vec<f64> = both.iter().map(|(here, there)| here - there).collect();
    let Mean { mean, low, high, .. } = mean_interval(&differences);
    match of {
        Of::Mean | Of::Median => Difference { pairs, mean, low, high },
        Of::Share => {
            let only = |sign: f64| differences.iter().filter(|d| **d * sign > 0.0).count() as u64;
            let (low, high) = paired_interval(only(1.0), only(-1.0), pairs as u64);
            Difference { pairs, mean, low, high }
        }
    }
}
