//! Many runs of one scenario, each with its own chance.

use sha2::{Digest, Sha256};

use super::audit::{Audit, audit, on_assumptions};
use super::precision::{Aim, Aimed, until};
use super::spread::{Exhaustion, Spread};
use super::threads::in_order;
use super::tipping::{Search, most_runs};
use super::warm_up::Study;
use super::{Figure, is_first_time, simulate, summary};
use crate::claims::{
    Fired, Identity, Judged, Tested, Variant, fired, foretell, identities, judge, measure,
    test_alerts, unjudged,
};
use crate::observe::Record;
use crate::scenario::{Claim, ClaimTest, Measure, Scenario, Verdict};

/// A glance at a run in progress, taken after each row of its series.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Which run of all that are played, from 0: first those of the scenario itself.
    pub run: usize,
    /// What it has recorded so far.
    pub record: &'a Record,
    /// The share that is over of its simulated time, and of that of the runs its claims ask for.
    pub fraction: f64,
    /// Requests that have arrived so far in all of these.
    pub requests: u64,
}

/// What came out of all runs.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The whole record of run 0; files and pictures show it.
    pub first: Record,
    /// How many runs there were.
    pub runs: u32,
    /// The claims with their verdicts over all runs, in the order of the file.
    pub claims: Vec<Judged>,
    /// What the audit found, where the scenario asks for one and it was wanted.
    pub audit: Option<Audit>,
    /// The rules of monitoring with what came of them, in the order of the file.
    pub alerts: Vec<Tested>,
    /// The standing checks, which need no run.
    pub identities: Vec<Identity>,
    /// The main figures: each the median over runs.
    pub summary: Vec<Figure>,
    /// What the runs say of each of these figures, in the same order.
    pub spreads: Vec<Spread>,
    /// Of the figures that are first times: when they come, and in how many runs never.
    pub exhaustion: Vec<Exhaustion>,
    /// Whether what was to be known well is, when that was asked for.
    pub aimed: Option<Aimed>,
    /// Whether all from the start to the end was studied, or the steady state.
    pub study: Study,
    /// The digest of each run.
    pub digests: Vec<String>,
    /// The digest of everything simulated: of the one run, or over the digests of all runs.
    pub digest: String,
    /// Requests of all runs, and of those that claims and rules of monitoring ask for.
    pub requests: u64,
    /// Events of all these.
    pub events: u64,
    /// Why a run stopped before its end, if one did.
    pub stopped: Option<String>,
}

/// All runs of one scenario.
pub(super) struct Played {
    kept: Vec<Kept>,
    /// The digest of the one run, or over the digests of all.
    pub digest: String,
    /// Why a run stopped before its end, if one did.
    pub stopped: Option<String>,
}

impl Played {
    /// No runs yet.
    pub fn none() -> Played {
        Played::of(Vec::new())
    }

    /// These runs and further ones of the same scenario after them.
    pub fn and(mut self, more: Played) -> Played {
        self.kept.extend(more.kept);
        Played::of(self.kept)
    }

    /// How many runs there are.
    pub fn runs(&self) -> u32 {
        self.kept.len() as u32
    }

    /// The values of a claim by its place in the file, one per run.
    pub fn claim(&self, index: usize) -> Vec<Option<f64>> {
        self.kept.iter().map(|run| run.values[index]).collect()
    }

    /// The values of a figure by its place in the summary, one per run.
    pub fn figure(&self, index: usize) -> Vec<Option<f64>> {
        self.kept.iter().map(|run| run.figures.get(index).copied().flatten()).collect()
    }

    fn of(kept: Vec<Kept>) -> Played {
        let digests: Vec<String> = kept.iter().map(|run| run.digest.clone()).collect();
        let stopped = kept.iter().find_map(|run| run.stopped.clone());
        Played { digest: joined(&digests), stopped, kept }
    }

    /// For each claim of the scenario its values, one per run.
    pub fn values(&self) -> Vec<Vec<Option<f64>>> {
        let claims = self.kept.first().map_or(0, |run| run.values.len());
        (0..claims).map(|index| self.claim(index)).collect()
    }

    /// Requests and events of all runs.
    pub fn cost(&self) -> (u64, u64) {
        let sum = |of: fn(&Kept) -> u64| self.kept.iter().map(of).sum();
        (sum(|run| run.requests), sum(|run| run.events))
    }
}

/// What is kept of one run.
struct Kept {
    record: Option<Record>,
    values: Vec<Option<f64>>,
    /// What came of each rule of monitoring.
    fired: Vec<Fired>,
    /// The values of the main figures, in their order; their names are the same in every run.
    figures: Vec<Option<f64>>,
    digest: String,
    requests: u64,
    events: u64,
    stopped: Option<String>,
}

/// Simulates `runs` runs on `jobs` threads and judges the claims over all of them.
///
/// The result is the same for any number of jobs. `watch` is called from the threads of the runs,
/// after each row of each run; only the record of run 0 is kept whole.
pub fn replicate(
    scenario: &Scenario,
    runs: u32,
    jobs: usize,
    watch: &(dyn Fn(Seen) + Sync),
) -> Outcome {
    play(scenario, None, (runs, None), jobs, watch)
}

/// The same, and audits its claims: `variants` are played beside the scenario ([`super::variants`]),
/// and after them what might mend conflicts.
pub fn replicate_audited(
    scenario: &Scenario,
    variants: Vec<Variant>,
    runs: u32,
    jobs: usize,
    watch: &(dyn Fn(Seen) + Sync),
) -> Outcome {
    play(scenario, Some(variants), (runs, None), jobs, watch)
}

/// The same with as many runs as the aim needs, `begin` at first; with `variants` the claims are audited
/// over as many.
///
/// How many runs these are depends on nothing but the values of the runs.
pub fn replicate_until(
    scenario: &Scenario,
    variants: Option<Vec<Variant>>,
    (begin, aim): (u32, &Aim),
    jobs: usize,
    watch: &(dyn Fn(Seen) + Sync),
) -> Outcome {
    play(scenario, variants, (begin, Some(aim)), jobs, watch)
}

/// Plays the scenario, what it is audited with, and the healthy one.
fn play(
    scenario: &Scenario,
    variants: Option<Vec<Variant>>,
    (runs, aim): (u32, Option<&Aim>),
    jobs: usize,
    watch: &(dyn Fn(Seen) + Sync),
) -> Outcome {
    // With an aim the scenario comes first, alone: it says how many runs all others have.
    let (itself, aimed) = aim.map(|aim| until(scenario, aim, (runs, jobs), watch)).unzip();
    let runs = itself.as_ref().map_or(runs.max(1), Played::runs);
    let first = if itself.is_some() { runs as usize } else { 0 };
    let well = healthy(scenario);
    let mut tasks = Vec::new();
    if itself.is_none() {
        tasks.push(Task { runs, whole: true, ..Task::of(scenario) });
    }
    tasks.extend(well.as_ref().map(|well| Task { whole: true, ..Task::of(well) }));
    let accounts = variants.as_deref().unwrap_or_default().iter();
    tasks.extend(accounts.map(|variant| Task { runs, ..Task::of(&variant.scenario) }));
    let mut played = play_all(&tasks, first, jobs, watch);
    played.splice(0..0, itself);
    let well = well.is_some().then(|| played.remove(1));
    let audit = variants.map(|all| audit(scenario, all, &played, (runs, jobs), watch));
    let mut played = played.into_iter();
    let itself = played.next().expect("the scenario itself is played");
    let mending = audit.as_ref().map_or((0, 0), |audit| audit.mending);
    let costs = played.map(|played| played.cost()).chain(well.as_ref().map(Played::cost));
    let (requests, events) = costs
        .fold(mending, |(requests, events), (more, happened)| (requests + more, events + happened));
    let mut outcome = fold(scenario, runs, itself, well);
    outcome.requests += requests;
    outcome.events += events;
    outcome.aimed = aimed;
    if let Some(audit) = audit {
        if outcome.stopped.is_none() && audit.stopped.is_none() {
            for (index, (verdict, because)) in on_assumptions(scenario, &audit) {
                let claim = &mut outcome.claims[index];
                (claim.verdict, claim.because) = (verdict, because);
            }
        }
        outcome.audit = Some(audit);
    }
    outcome
}

/// The scenario without the fault, on the same random numbers, when there are rules whose false alarms it
/// can tell.
pub fn healthy(scenario: &Scenario) -> Option<Scenario> {
    let well = scenario.healthy.as_deref().filter(|_| !scenario.alerts.is_empty())?;
    Some(Scenario { seed: scenario.seed.clone(), ..well.clone() })
}

/// Runs of one scenario that are to be played.
#[derive(Clone, Copy)]
pub(super) struct Task<'s> {
    pub scenario: &'s Scenario,
    /// The number of the first run.
    pub first: u32,
    pub runs: u32,
    /// Whether the record of run 0 is kept.
    pub whole: bool,
}

impl<'s> Task<'s> {
    /// One run, of which only the figures are kept.
    pub fn of(scenario: &'s Scenario) -> Task<'s> {
        Task { scenario, first: 0, runs: 1, whole: false }
    }
}

/// All runs of all tasks; each run is told of by its number, from `first` on.
pub(super) fn play_all(
    tasks: &[Task],
    first: usize,
    jobs: usize,
    watch: &(dyn Fn(Seen) + Sync),
) -> Vec<Played> {
    let runs =
        tasks.iter().flat_map(|task| (0..task.runs).map(move |run| (task, task.first + run)));
    let all: Vec<(&Task, u32)> = runs.collect();
    let one = |number: u32| {
        let (task, run) = all[number as usize];
        keep(task, run, first + number as usize, watch)
    };
    let mut kept = in_order(all.len() as u32, jobs, &one).into_iter();
    tasks.iter().map(|task| Played::of(kept.by_ref().take(task.runs as usize).collect())).collect()
}

fn keep(task: &Task, run: u32, number: usize, watch: &(dyn Fn(Seen) + Sync)) -> Kept {
    let scenario = task.scenario;
    let duration = scenario.duration.as_secs_f64();
    let all = f64::from(1 + most_runs(scenario));
    let mut follow = |record: &Record| {
        let at = record.times.last().map_or(0.0, |at| at.as_secs_f64());
        let fraction = if duration > 0.0 { (at / duration).min(1.0) } else { 1.0 };
        watch(Seen { run: number, record, fraction: fraction / all, requests: record.requests });
    };
    let record = simulate(scenario, run, &mut follow);
    let mut told = |over: f64, requests: u64| {
        let requests = record.requests + requests;
        watch(Seen { run: number, record: &record, fraction: (1.0 + over) / all, requests });
    };
    let mut search = Search::new(run, &mut told);
    let mut value = |claim: &crate::scenario::Claim| match &claim.test {
        ClaimTest::Outcome { measure: Measure::Tips(tips), .. } => {
            search.stopped.is_none().then(|| search.tipping_point(tips)).flatten()
        }
        ClaimTest::Outcome { measure: what, .. } => measure(what, &record),
        ClaimTest::Assumption(_) | ClaimTest::Nothing => None,
    };
    let values = scenario.claims.iter().map(&mut value).collect();
    let (requests, events, stopped) = (search.requests, search.events, search.stopped);
    Kept {
        values,
        fired: fired(scenario, &record),
        figures: summary(scenario, &record).iter().map(|figure| figure.value).collect(),
        digest: record.digest.clone(),
        requests: record.requests + requests,
        events: record.handled + events,
        stopped: record.stopped.clone().or(stopped),
        record: (task.whole && run == 0).then_some(record),
    }
}

fn fold(scenario: &Scenario, runs: u32, played: Played, well: Option<Played>) -> Outcome {
    let figures =
        summary(scenario, played.kept[0].record.as_ref().expect("run 0 keeps its record"));
    let (spreads, exhaustion) = laws(&figures, &played);
    let Played { mut kept, digest, stopped } = played;
    let first = kept[0].record.take().expect("run 0 keeps its record");
    let start = scenario.about.start;
    let claims = scenario.claims.iter().enumerate().map(|(i, claim)| match &stopped {
        Some(why) => unjudged(claim, why),
        None => {
            let values: Vec<Option<f64>> = kept.iter().map(|run| run.values[i]).collect();
            let judged = judge(claim, &values, start);
            let contradicted = judged.verdict == Verdict::Contradicted;
            let by_arithmetic = contradicted.then(|| refuted(scenario, claim)).flatten();
            Judged { by_arithmetic, ..judged }
        }
    });
    let claims = claims.collect();
    let of_runs: Vec<&[Fired]> = kept.iter().map(|run| run.fired.as_slice()).collect();
    // What did not fire in a part of the healthy run says nothing of the rest.
    let well = well.filter(|well| well.stopped.is_none());
    let well = well.as_ref().and_then(|well| well.kept[0].record.as_ref());
    let alerts = test_alerts(scenario, &of_runs, &first, well);
    let digests: Vec<String> = kept.iter().map(|run| run.digest.clone()).collect();
    Outcome {
        claims,
        audit: None,
        alerts,
        identities: identities(scenario),
        summary: medians(figures, &kept),
        spreads,
        exhaustion,
        aimed: None,
        study: Study::of(scenario),
        digest,
        digests,
        requests: kept.iter().map(|run| run.requests).sum(),
        events: kept.iter().map(|run| run.events).sum(),
        stopped,
        first,
        runs,
    }
}

/// The arithmetic that refutes a claim as the file is set, if there is any.
fn refuted(scenario: &Scenario, claim: &Claim) -> Option<String> {
    let ClaimTest::Outcome { measure, expect, within, .. } = &claim.test else { return None };
    let foretold = foretell(scenario, measure)?;
    foretold.refutes(*expect, *within).then_some(foretold.text)
}

/// What the runs say of each figure, and of the first times among them.
fn laws(figures: &[Figure], played: &Played) -> (Vec<Spread>, Vec<Exhaustion>) {
    let (mut spreads, mut exhaustion) = (Vec::new(), Vec::new());
    for (index, figure) in figures.iter().enumerate() {
        let values = played.figure(index);
        let may_never_come = is_first_time(&figure.name);
        spreads.push(Spread::of(&values, may_never_come));
        if may_never_come {
            exhaustion.push(Exhaustion::of(&figure.name, values));
        }
    }
    (spreads, exhaustion)
}

/// Each figure's median over runs, where "never" counts as infinitely late; `None` when the median
/// run has no value.
fn medians(mut figures: Vec<Figure>, kept: &[Kept]) -> Vec<Figure> {
    for (index, figure) in figures.iter_mut().enumerate() {
        let value = |run: &Kept| run.figures.get(index).copied().flatten();
        let mut values: Vec<f64> =
            kept.iter().map(|run| value(run).unwrap_or(f64::INFINITY)).collect();
        values.sort_by(f64::total_cmp);
        let n = values.len();
        let median = (values[(n - 1) / 2] + values[n / 2]) / 2.0;
        figure.value = median.is_finite().then_some(median);
    }
    figures
}

/// One digest for all runs: 32 hexadecimal digits.
pub(super) fn joined(digests: &[String]) -> String {
    if let [only] = digests {
        return only.clone();
    }
    let mut hash = Sha256::new();
    for digest in digests {
        hash.update(digest.as_bytes());
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Unit;

    #[test]
    fn one_digest_stands_for_itself_and_several_for_their_order() {
        let digests = |texts: &[&str]| -> Vec<String> {
            texts.iter().map(|text| (*text).to_string()).collect()
        };
        assert_eq!(joined(&digests(&["ab"])), "ab");
        let both = joined(&digests(&["ab", "cd"]));
        assert_eq!(both.len(), 32);
        assert_ne!(both, joined(&digests(&["cd", "ab"])));
    }

    /// In two of three runs it never came: then the median is that it never comes.
    #[test]
    fn never_is_later_than_any_time() {
        let run = |value: Option<f64>| Kept {
            record: None,
            values: Vec::new(),
            fired: Vec::new(),
            figures: vec![value],
            digest: String::new(),
            requests: 0,
            events: 0,
            stopped: None,
        };
        let figure = || vec![Figure { name: "t_s".into(), value: None, unit: Unit::Seconds }];
        let median = |values: [Option<f64>; 3]| medians(figure(), &values.map(run))[0].value;
        assert_eq!(median([Some(3.0), None, Some(1.0)]), Some(3.0));
        assert_eq!(median([Some(3.0), None, None]), None);
    }
}
