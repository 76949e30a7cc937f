//! The cases whose figures are known, played on the machine of whoever asks.
//!
//! A case stands in `scenario/cases.json`: parameters, expected figures, their source. How it is played
//! stands in `ways`: its scenario, which is an ordinary file, and what of a run is which figure. The
//! runs are those of `highwater run`. Each case has a seed of its own, and is judged by the rule in
//! `judge`; one that misses is played again with other seeds and four times as long (terminating cases:
//! four times as often), and only that counts.

mod absent;
mod computed;
mod judge;
mod play;
mod scenarios;
#[cfg(test)]
mod tests;
mod way;
mod ways;

use crate::experiment::Seen;
use crate::scenario::{Case, cases, nearest_name};

pub use judge::Judged;
use play::{Ready, Runner};
use way::Way;

/// The seed when nobody asks for another.
pub const SEED: &str = "closed forms";
/// Runs of a case at least.
pub const FEWEST_RUNS: u32 = 20;
/// So many times as long, or as often, a case is played again.
const AGAIN: u32 = 4;

/// What was played, and what came of it.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The seed that the seeds of the cases are made of.
    pub seed: String,
    /// The cases in the order of the file.
    pub cases: Vec<CaseOutcome>,
    /// Cases that are not simulated.
    pub not_playable: Vec<NotPlayable>,
    /// Runs of all cases, those played again included.
    pub runs: usize,
    /// Requests of all runs.
    pub requests: u64,
    /// Events of all runs.
    pub events: u64,
}

/// One case.
#[derive(Clone, Debug)]
pub struct CaseOutcome {
    /// Its name: `A01_mm1`.
    pub id: String,
    /// What kind of knowledge it is: `closed_form`, `published`, ...
    pub kind: String,
    /// Who says so.
    pub source: String,
    /// Its figures, those that are simulated first.
    pub figures: Vec<FigureOutcome>,
    /// Whether it was missed at first and played again; only that counts.
    pub again: bool,
    /// Expected figures of the case that no figure of a run is compared with.
    pub left_out: Vec<String>,
}

/// One figure of a case.
#[derive(Clone, Debug)]
pub struct FigureOutcome {
    /// Its name in the case.
    pub name: String,
    /// Where the figure beside the expected one comes from.
    pub how: How,
    /// What of a run it is; the name of the case's own figure where it is computed.
    pub measured: String,
    /// What is expected.
    pub expected: f64,
    /// What came of it.
    pub judged: Judged,
    /// Of so many runs; none where it is computed.
    pub runs: u32,
}

/// Where a figure comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// From runs.
    Simulated,
    /// From a closed form.
    Computed,
}

/// A case that is not simulated, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotPlayable {
    /// Its name.
    pub id: String,
    /// Why.
    pub why: &'static str,
}

/// A case in the list of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub id: String,
    /// How it is played: the names of its files, in order; none when it is not.
    pub scenarios: Vec<&'static str>,
    /// How many of its figures are compared with runs.
    pub simulated: usize,
    /// And how many with a closed form of this program.
    pub computed: usize,
    /// Why it is not played.
    pub why: Option<&'static str>,
}

/// All cases, in the order of the file, and what is done with each.
pub fn listed() -> Vec<Listed> {
    let ways = ways::ways();
    let listed = |case: &Case| {
        let plays = way(&ways, case).map_or(&[][..], |way| way.plays);
        let mut scenarios: Vec<&'static str> = plays.iter().map(|play| play.scenario).collect();
        scenarios.dedup();
        Listed {
            id: case.id().to_string(),
            scenarios,
            simulated: plays.iter().map(|play| play.figures.len()).sum(),
            computed: computed::computed(case).len(),
            why: not_playable(case).map(|no| no.why),
        }
    };
    cases().iter().map(listed).collect()
}

/// The cases that were asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    cases: Vec<Case>,
}

/// The cases whose ids begin with one of these; all of them when there are none.
///
/// # Errors
///
/// When no case begins so: a sentence with the nearest name.
pub fn asked(beginnings: &[String]) -> Result<Asked, String> {
    let all = cases();
    for wanted in beginnings {
        if wanted.is_empty() || !all.iter().any(|case| case.id().starts_with(wanted.as_str())) {
            let short = all.iter().filter_map(|case| case.id().split('_').next());
            let known = short.chain(all.iter().map(Case::id));
            let hint = nearest_name(wanted, known);
            let hint = hint.unwrap_or("all are in docs/verify.md".to_string());
            return Err(format!("there is no case {wanted:?}; {hint}"));
        }
    }
    let wanted = |case: &Case| {
        beginnings.is_empty() || beginnings.iter().any(|begin| case.id().starts_with(begin))
    };
    Ok(Asked { cases: all.into_iter().filter(wanted).collect() })
}

impl Asked {
    /// How many runs are played at first.
    pub fn runs(&self, runs: Option<u32>) -> usize {
        let ways = ways::ways();
        let of = |case: &Case| {
            way(&ways, case).map_or(0, |way| {
                way.plays.iter().map(|play| runs_of(play.runs, runs) as usize).sum()
            })
        };
        self.cases.iter().map(of).sum()
    }
}

/// Plays the cases and judges them. With `runs` each has so many at least, where there is chance.
/// `watch` is called from the threads of the runs, after each row of each run.
pub fn verify(
    asked: &Asked,
    seed: &str,
    runs: Option<u32>,
    jobs: usize,
    watch: &(dyn Fn(Seen) + Sync),
) -> Verified {
    verify_by(asked, &ways::ways(), seed, (runs, jobs), watch)
}

/// The same by another table.
fn verify_by(
    asked: &Asked,
    ways: &[Way],
    seed: &str,
    (runs, jobs): (Option<u32>, usize),
    watch: &(dyn Fn(Seen) + Sync),
) -> Verified {
    let mut runner = Runner { jobs, watch, played: 0, requests: 0, events: 0 };
    let mut outcomes: Vec<CaseOutcome> = asked.cases.iter().map(by_computing).collect();
    play_all(&mut outcomes, asked, ways, (seed, runs, 1), &mut runner);
    let missed: Vec<bool> = outcomes.iter().map(|case| !case.meets()).collect();
    for (case, missed) in outcomes.iter_mut().zip(&missed) {
        let simulated = case.figures.iter().any(|figure| figure.how == How::Simulated);
        case.again = *missed && simulated;
        if case.again {
            case.figures.retain(|figure| figure.how == How::Computed);
        }
    }
    let fresh = format!("{seed}, again");
    play_all(&mut outcomes, asked, ways, (&fresh, runs, AGAIN), &mut runner);
    let outcomes = outcomes.into_iter();
    let playable = |case: &CaseOutcome| !case.figures.is_empty();
    Verified {
        seed: seed.to_string(),
        cases: outcomes.filter(playable).collect(),
        not_playable: asked.cases.iter().filter_map(not_playable).collect(),
        runs: runner.played,
        requests: runner.requests,
        events: runner.events,
    }
}

/// Plays the first time those that have no figures from runs yet; the second time those that missed.
fn play_all(
    outcomes: &mut [CaseOutcome],
    asked: &Asked,
    ways: &[Way],
    (seed, runs, times): (&str, Option<u32>, u32),
    runner: &mut Runner,
) {
    let mut all = Vec::new();
    let mut owners = Vec::new();
    for (index, case) in asked.cases.iter().enumerate() {
        let wanted = times == 1 || outcomes[index].again;
        let Some(way) = way(ways, case).filter(|_| wanted) else { continue };
        for play in way.plays.iter().enumerate() {
            all.push(Ready::new(case, play, seed, (runs_of(play.1.runs, runs), times)));
            owners.push(index);
        }
    }
    // Figures from runs stand before those that are computed.
    let mut before = vec![0; outcomes.len()];
    for (owner, figures) in owners.into_iter().zip(runner.play(&all)) {
        let at = before[owner];
        before[owner] += figures.len();
        outcomes[owner].figures.splice(at..at, figures);
    }
    for (case, outcome) in asked.cases.iter().zip(outcomes) {
        outcome.left_out = left_out(case, outcome);
    }
}

fn way<'a>(ways: &'a [Way], case: &Case) -> Option<&'a Way> {
    ways.iter().find(|way| is(case, way.case))
}

/// Whether `short` is the first word of the id.
fn is(case: &Case, short: &str) -> bool {
    case.id().split('_').next() == Some(short)
}

/// Where there is no chance one run says all.
fn runs_of(fewest: u32, asked: Option<u32>) -> u32 {
    if fewest == 1 { 1 } else { asked.map_or(fewest, |asked| asked.max(fewest)) }
}

/// A case with the figures that need no run.
fn by_computing(case: &Case) -> CaseOutcome {
    let figure = |(pointer, computed): (&'static str, f64)| {
        let expected = case.expected(pointer).unwrap_or(f64::NAN);
        FigureOutcome {
            name: pointer.to_string(),
            how: How::Computed,
            measured: "closed form".to_string(),
            expected,
            judged: judge::judge_computed(expected, computed, computed::ROOM),
            runs: 0,
        }
    };
    CaseOutcome {
        id: case.id().to_string(),
        kind: case.kind().to_string(),
        source: case.source().to_string(),
        figures: computed::computed(case).into_iter().map(figure).collect(),
        again: false,
        left_out: Vec::new(),
    }
}

fn left_out(case: &Case, outcome: &CaseOutcome) -> Vec<String> {
    let told = |pointer: &String| {
        outcome.figures.iter().any(|figure| figure.name.split(", ").next() == Some(pointer))
    };
    case.figures().into_iter().filter(|pointer| !told(pointer)).collect()
}

fn not_playable(case: &Case) -> Option<NotPlayable> {
    let (_, why) = absent::ABSENT.iter().find(|(short, _)| is(case, short))?;
    Some(NotPlayable { id: case.id().to_string(), why })
}

impl CaseOutcome {
    /// Whether all its figures are what is expected.
    pub fn meets(&self) -> bool {
        self.figures.iter().all(|figure| figure.judged.meets)
    }
}

impl Verified {
    /// Whether every figure is what is expected.
    pub fn meets(&self) -> bool {
        self.cases.iter().all(CaseOutcome::meets)
    }

    /// All figures with their cases.
    pub fn figures(&self) -> impl Iterator<Item = (&CaseOutcome, &FigureOutcome)> {
        self.cases.iter().flat_map(|case| case.figures.iter().map(move |figure| (case, figure)))
    }
}
