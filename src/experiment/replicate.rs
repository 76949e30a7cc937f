//! Many runs of one scenario, each with its own chance.

use sha2::{Digest, Sha256};

use super::threads::in_order;
use super::tipping::{Search, most_runs};
use super::{Figure, simulate, summary};
use crate::claims::{Identity, Judged, identities, judge, measure, unjudged};
use crate::observe::Record;
use crate::scenario::{ClaimTest, Measure, Scenario};

/// A glance at a run in progress, taken after each row of its series.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Which run, from 0.
    pub run: u32,
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
    /// The standing checks, which need no run.
    pub identities: Vec<Identity>,
    /// The main figures: each the median over runs.
    pub summary: Vec<Figure>,
    /// The digest of each run.
    pub digests: Vec<String>,
    /// The digest of everything simulated: of the one run, or over the digests of all runs.
    pub digest: String,
    /// Requests of all runs, and of those that claims ask for.
    pub requests: u64,
    /// Events of all these.
    pub events: u64,
    /// Why a run stopped before its end, if one did.
    pub stopped: Option<String>,
}

/// What is kept of one run.
struct Kept {
    record: Option<Record>,
    values: Vec<Option<f64>>,
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
    let runs = runs.max(1);
    let one = |run: u32| keep(scenario, run, watch);
    fold(scenario, runs, in_order(runs, jobs, &one))
}

fn keep(scenario: &Scenario, run: u32, watch: &(dyn Fn(Seen) + Sync)) -> Kept {
    let duration = scenario.duration.as_secs_f64();
    let all = f64::from(1 + most_runs(scenario));
    let mut follow = |record: &Record| {
        let at = record.times.last().map_or(0.0, |at| at.as_secs_f64());
        let fraction = if duration > 0.0 { (at / duration).min(1.0) } else { 1.0 };
        watch(Seen { run, record, fraction: fraction / all, requests: record.requests });
    };
    let record = simulate(scenario, run, &mut follow);
    let mut told = |over: f64, requests: u64| {
        let requests = record.requests + requests;
        watch(Seen { run, record: &record, fraction: (1.0 + over) / all, requests });
    };
    let mut search = Search::new(run, &mut told);
    let mut value = |claim: &crate::scenario::Claim| match &claim.test {
        ClaimTest::Outcome { measure: Measure::Tips(tips), .. } => {
            search.stopped.is_none().then(|| search.tipping_point(tips)).flatten()
        }
        ClaimTest::Outcome { measure: what, .. } => measure(what, &record),
        ClaimTest::Assumption | ClaimTest::Nothing => None,
    };
    let values = scenario.claims.iter().map(&mut value).collect();
    let (requests, events, stopped) = (search.requests, search.events, search.stopped);
    Kept {
        values,
        figures: summary(scenario, &record).iter().map(|figure| figure.value).collect(),
        digest: record.digest.clone(),
        requests: record.requests + requests,
        events: record.handled + events,
        stopped: record.stopped.clone().or(stopped),
        record: (run == 0).then_some(record),
    }
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
        summary: medians(summary(scenario, &first), &kept),
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
