//! The runs of the cases, and what each figure is in a run.

use super::judge::judge;
use super::way::{Figure, Play, Rule, Seen};
use super::{FigureOutcome, How, scenarios};
use crate::claims::measure;
use crate::experiment::threads::in_order;
use crate::experiment::{Seen as Glance, simulate, summary};
use crate::observe::Record;
use crate::scenario::{Case, Claim, ClaimTest, Measure, Scenario};
use crate::units::Span;

/// Who plays: on how many threads, watched by whom, and how many runs there were before.
pub(super) struct Runner<'a> {
    pub jobs: usize,
    pub watch: &'a (dyn Fn(Glance) + Sync),
    pub played: usize,
    pub requests: u64,
    pub events: u64,
}

/// One scenario of a case, ready to be played.
pub(super) struct Ready<'a> {
    pub case: &'a Case,
    pub play: &'a Play,
    scenario: Scenario,
    pub runs: u32,
}

impl<'a> Ready<'a> {
    /// With a seed of its own, so many times as long. What is embedded is read without problems, which a
    /// test checks.
    pub fn new(
        case: &'a Case,
        (number, play): (usize, &'a Play),
        seed: &str,
        (runs, times): (u32, u32),
    ) -> Self {
        let read = scenarios::read(play.scenario, play.set);
        let mut scenario = read.unwrap_or_else(|problems| panic!("{problems}"));
        let longer = (times > 1).then(|| longer(play, &scenario, times)).flatten();
        let runs = match (&longer, runs) {
            (None, 2..) => runs.saturating_mul(times),
            _ => runs,
        };
        scenario = longer.unwrap_or(scenario);
        scenario.seed = format!("{seed}, {} {number}", case.id());
        Ready { case, play, scenario, runs }
    }
}

/// A steady scenario so many times as long. None where instants matter, which a longer run does not
/// change, and where it would be longer than a run may be: there are more runs instead.
fn longer(play: &Play, scenario: &Scenario, times: u32) -> Option<Scenario> {
    let at_an_instant = |claim: &Claim| match &claim.test {
        ClaimTest::Outcome { measure, .. } => {
            !matches!(measure, Measure::Ratio { .. } | Measure::Quantile { .. })
        }
        ClaimTest::Assumption(_) | ClaimTest::Nothing => false,
    };
    if scenario.warm_up.is_zero() || scenario.claims.iter().any(at_an_instant) {
        return None;
    }
    let text = |span: Span| format!("{}ns", span.times(times.into()).as_ns());
    let (duration, warm_up, row) =
        (text(scenario.duration), text(scenario.warm_up), text(scenario.sample_every));
    let mut set = play.set.to_vec();
    set.extend([
        ("duration", duration.as_str()),
        ("warm_up", warm_up.as_str()),
        ("sample_every", row.as_str()),
    ]);
    scenarios::read(play.scenario, &set).ok()
}

/// What is kept of a run.
struct Kept {
    values: Vec<Option<f64>>,
    requests: u64,
    events: u64,
}

impl Runner<'_> {
    /// Plays all runs of all scenarios; gives for each its figures, judged.
    pub fn play(&mut self, all: &[Ready]) -> Vec<Vec<FigureOutcome>> {
        let tasks = all.iter().flat_map(|ready| (0..ready.runs).map(move |run| (ready, run)));
        let tasks: Vec<(&Ready, u32)> = tasks.collect();
        let (first, watch) = (self.played, self.watch);
        let one = |number: u32| {
            let (ready, run) = tasks[number as usize];
            keep(ready, run, first + number as usize, watch)
        };
        let kept = in_order(tasks.len() as u32, self.jobs, &one);
        self.played += kept.len();
        self.requests += kept.iter().map(|run| run.requests).sum::<u64>();
        self.events += kept.iter().map(|run| run.events).sum::<u64>();
        let mut rest = kept.as_slice();
        let mut outcomes = Vec::new();
        for ready in all {
            let (own, after) = rest.split_at(ready.runs as usize);
            rest = after;
            outcomes.push(judged(ready, own));
        }
        outcomes
    }
}

fn keep(ready: &Ready, run: u32, number: usize, watch: &(dyn Fn(Glance) + Sync)) -> Kept {
    let scenario = &ready.scenario;
    let duration = scenario.duration.as_secs_f64();
    let record = simulate(scenario, run, &mut |record: &Record| {
        let at = record.times.last().map_or(0.0, |at| at.as_secs_f64());
        let fraction = (at / duration).min(1.0);
        watch(Glance { run: number, record, fraction, requests: record.requests });
    });
    let look = Look { scenario, record: &record, figures: summary(scenario, &record) };
    let value = |figure: &Figure| look.value(&figure.seen).filter(|_| record.stopped.is_none());
    Kept {
        values: ready.play.figures.iter().map(value).collect(),
        requests: record.requests,
        events: record.handled,
    }
}

/// A run that is over.
struct Look<'a> {
    scenario: &'a Scenario,
    record: &'a Record,
    figures: Vec<crate::experiment::Figure>,
}

impl Look<'_> {
    fn value(&self, seen: &Seen) -> Option<f64> {
        match seen {
            Seen::Claim(id) => {
                let claim = self.scenario.claims.iter().find(|claim| claim.id == *id)?;
                match &claim.test {
                    ClaimTest::Outcome { measure: what, .. } => measure(what, self.record),
                    ClaimTest::Assumption(_) | ClaimTest::Nothing => None,
                }
            }
            Seen::Figure(name) => self.figures.iter().find(|figure| figure.name == *name)?.value,
            Seen::Waited(series) => {
                // The first range is the whole run after its warm-up.
                let range = self.record.ranges.iter().find(|range| range.series == *series)?;
                let (all, zeros) = (range.summary.count, range.summary.zeros);
                (all > 0).then(|| (all - zeros) as f64 / all as f64)
            }
            Seen::Less(a, b) => Some(self.value(a)? - self.value(b)?),
            Seen::Per(a, b) => Some(self.value(a)? / self.value(b)?),
            Seen::Linear(of, times, plus) => Some(times * self.value(of)? + plus),
            Seen::Number(number) => Some(*number),
            Seen::Below(of, bound) => Some(f64::from(u8::from(self.value(of)? < *bound))),
        }
    }
}

fn judged(ready: &Ready, kept: &[Kept]) -> Vec<FigureOutcome> {
    let one = |(i, figure): (usize, &Figure)| {
        let values: Vec<Option<f64>> = kept.iter().map(|run| run.values[i]).collect();
        let expected = expected(ready.case, figure);
        let known_to = match figure.rule {
            Rule::Beside(error, runs) => {
                ready.case.expected(error).unwrap_or(f64::NAN) / runs.sqrt()
            }
            _ => 0.0,
        };
        let label = ready.play.label;
        FigureOutcome {
            name: match label {
                "" => figure.pointer.to_string(),
                _ => format!("{}, {label}", figure.pointer),
            },
            how: How::Simulated,
            measured: figure.seen.to_string(),
            expected,
            judged: judge(figure.rule, figure.over, expected, known_to, &values),
            runs: ready.runs,
        }
    };
    ready.play.figures.iter().enumerate().map(one).collect()
}

/// What the case says; no number, and so never met, when it says nothing.
pub(super) fn expected(case: &Case, figure: &Figure) -> f64 {
    figure.is.or_else(|| case.expected(figure.pointer)).unwrap_or(f64::NAN)
}
