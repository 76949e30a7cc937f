//! Many runs of one scenario, each with its own chance.

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::{Figure, simulate, summary};
use crate::claims::{Identity, Judged, identities, judge, measure, unjudged};
use crate::observe::Record;
use crate::scenario::{ClaimTest, Scenario};

/// A glance at a run in progress, taken after each row of its series.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Which run, from 0.
    pub run: u32,
    /// What it has recorded so far.
    pub record: &'a Record,
    /// The share of its simulated time that is over.
    pub fraction: f64,
    /// Requests that have arrived so far.
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
    /// The standing checks, which need no run.
    pub identities: Vec<Identity>,
    /// The main figures: each the median over runs.
    pub summary: Vec<Figure>,
    /// The digest of each run.
    pub digests: Vec<String>,
    /// The digest of everything simulated: of the one run, or over the digests of all runs.
    pub digest: String,
    /// Requests of all runs.
    pub requests: u64,
    /// Events of all runs.
    pub events: u64,
    /// Why a run stopped before its end, if one did.
    pub stopped: Option<String>,
}

/// What is kept of one run.
struct Kept {
    record: Option<Record>,
    values: Vec<Option<f64>>,
    summary: Vec<Figure>,
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
    let runs = runs.max(1);
    let one = |run: u32| keep(scenario, run, watch);
    let pool = (runs > 1 && jobs > 1)
        .then(|| rayon::ThreadPoolBuilder::new().num_threads(jobs).build().ok())
        .flatten();
    // Without threads to be had the runs follow one another: the same result, later.
    let kept: Vec<Kept> = match pool {
        Some(pool) => pool.install(|| (0..runs).into_par_iter().map(one).collect()),
        None => (0..runs).map(one).collect(),
    };
    fold(scenario, runs, kept)
}

fn keep(scenario: &Scenario, run: u32, watch: &(dyn Fn(Seen) + Sync)) -> Kept {
    let duration = scenario.duration.as_secs_f64();
    let mut follow = |record: &Record| {
        let at = record.times.last().map_or(0.0, |at| at.as_secs_f64());
        let fraction = if duration > 0.0 { (at / duration).min(1.0) } else { 1.0 };
        watch(Seen { run, record, fraction, requests: arrived(scenario, record) });
    };
    let record = simulate(scenario, run, &mut follow);
    let value = |claim: &crate::scenario::Claim| match &claim.test {
        ClaimTest::Outcome { measure: what, .. } => measure(what, &record),
        ClaimTest::Assumption | ClaimTest::Nothing => None,
    };
    Kept {
        values: scenario.claims.iter().map(value).collect(),
        summary: summary(scenario, &record),
        digest: record.digest.clone(),
        requests: record.requests,
        events: record.handled,
        stopped: record.stopped.clone(),
        record: (run == 0).then_some(record),
    }
}

/// Requests of all fleets up to the last row.
fn arrived(scenario: &Scenario, record: &Record) -> u64 {
    let of = |name: &str| record.find(&format!("fleets.{name}.requests"))?.values.last().copied();
    scenario.settings.fleets.iter().filter_map(|fleet| of(&fleet.name)).sum::<f64>() as u64
}

fn fold(scenario: &Scenario, runs: u32, mut kept: Vec<Kept>) -> Outcome {
    let first = kept[0].record.take().expect("run 0 keeps its record");
    let stopped = kept.iter().find_map(|run| run.stopped.clone());
    let start = scenario.about.start;
    let claims = scenario.claims.iter().enumerate().map(|(i, claim)| match &stopped {
        Some(why) => unjudged(claim, why),
        None => {
            let values: Vec<Option<f64>> = kept.iter().map(|run| run.values[i]).collect();
            judge(claim, &values, start)
        }
    });
    let claims = claims.collect();
    let digests: Vec<String> = kept.iter().map(|run| run.digest.clone()).collect();
    Outcome {
        claims,
        identities: identities(scenario),
        summary: medians(&kept),
        digest: joined(&digests),
        digests,
        requests: kept.iter().map(|run| run.requests).sum(),
        events: kept.iter().map(|run| run.events).sum(),
        stopped,
        first,
        runs,
    }
}

/// Each figure's median over runs, where "never" counts as infinitely late; `None` when the median
/// run has no value.
fn medians(kept: &[Kept]) -> Vec<Figure> {
    let mut figures = kept[0].summary.clone();
    for figure in &mut figures {
        let find = |run: &Kept| run.summary.iter().find(|other| other.name == figure.name)?.value;
        let mut values: Vec<f64> =
            kept.iter().map(|run| find(run).unwrap_or(f64::INFINITY)).collect();
        values.sort_by(f64::total_cmp);
        let n = values.len();
        let median = (values[(n - 1) / 2] + values[n / 2]) / 2.0;
        figure.value = median.is_finite().then_some(median);
    }
    figures
}

/// One digest for all runs: 32 hexadecimal digits.
fn joined(digests: &[String]) -> String {
    if let [only] = digests {
        return only.clone();
    }
    let mut hash = Sha256::new();
    for digest in digests {
        hash.update(digest.as_bytes());
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
