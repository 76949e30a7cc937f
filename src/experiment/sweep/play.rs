//! Plays the runs of a sweep that are not there yet.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use super::super::measured::Bench;
use super::super::precision::more_runs;
use super::super::replicate::Seen;
use super::super::threads::in_order;
use super::plan::{Plan, Points, Runs};
use super::rows::{Got, Row, Shard};
use crate::observe::Record;
use crate::scenario::Scenario;

/// Who hears of a sweep while it goes on; called from its threads.
pub struct Ears<'a> {
    /// A run is over; answers whether to go on.
    pub done: &'a (dyn Fn(&Row) -> bool + Sync),
    /// Runs are about to be played: how many more.
    pub begin: &'a (dyn Fn(usize) + Sync),
    /// A row of the series of a run; its number counts all runs of the sweep that were begun with.
    pub watch: &'a (dyn Fn(Seen) + Sync),
}

/// Plays what is missing in a shard of a plan, on `jobs` threads, and answers with all its rows in
/// order, those of `known` too. The rows are the same for any number of jobs and whatever is known
/// already. When `ears.done` says so it ends early, with what there is.
pub fn sweep(
    base: &Scenario,
    plan: &Plan,
    shard: Shard,
    known: Vec<Row>,
    jobs: usize,
    ears: &Ears,
) -> Vec<Row> {
    let base = Scenario { seed: plan.seed.clone(), ..base.clone() };
    let outage = plan.outage.as_ref();
    let bench = Bench { base: &base, knobs: &plan.knobs, figures: &plan.figures, outage };
    let points = Points::of(plan);
    let mut rows = by_place(known);
    let going = AtomicBool::new(true);
    let mut first = 0;
    loop {
        let missing = still_missing(plan, shard, &rows);
        if missing.is_empty() || !going.load(Ordering::Relaxed) {
            break;
        }
        (ears.begin)(missing.len());
        let one = |index: u32| {
            if !going.load(Ordering::Relaxed) {
                return None;
            }
            let (point, run) = missing[index as usize];
            let mut watch = |seen: Seen| {
                (ears.watch)(Seen { run: first + index as usize, ..seen });
            };
            let row = play(&bench, plan, &points, (point, run), &mut watch);
            if !(ears.done)(&row) {
                going.store(false, Ordering::Relaxed);
            }
            Some(row)
        };
        let played = in_order(missing.len() as u32, jobs, &one);
        rows.extend(played.into_iter().flatten().map(|row| (row.place(), row)));
        first += missing.len();
    }
    rows.into_values().collect()
}

fn play(
    bench: &Bench,
    plan: &Plan,
    points: &Points,
    (point, run): (u32, u32),
    watch: &mut dyn FnMut(Seen),
) -> Row {
    let got = match bench.set(&points.levels(point)) {
        Err(why) => Got::Impossible(why),
        Ok(scenario) => {
            let length = scenario.duration.as_secs_f64();
            let mut follow = |record: &Record| {
                let at = record.times.last().map_or(0.0, |at| at.as_secs_f64());
                let fraction = (at / length).min(1.0);
                watch(Seen { run: 0, record, fraction, requests: record.requests });
            };
            Got::Played(bench.play(&scenario, plan.chance(point, run), &mut follow))
        }
    };
    Row { point, run, got }
}

/// Which runs of a shard are to be played next, as point and run, when these rows are there: none when
/// it is complete.
pub fn missing(plan: &Plan, shard: Shard, rows: &[Row]) -> Vec<(u32, u32)> {
    still_missing(plan, shard, &by_place(rows.to_vec()))
}

fn by_place(rows: Vec<Row>) -> BTreeMap<(u32, u32), Row> {
    rows.into_iter().map(|row| (row.place(), row)).collect()
}

fn still_missing(plan: &Plan, shard: Shard, rows: &BTreeMap<(u32, u32), Row>) -> Vec<(u32, u32)> {
    let mut missing = Vec::new();
    for point in shard.points(plan) {
        let there = || rows.range((point, 0)..=(point, u32::MAX)).map(|(_, row)| row);
        if there().any(|row| matches!(row.got, Got::Impossible(_))) {
            continue;
        }
        let wanted = wanted(plan, there());
        let has = |run: &u32| rows.contains_key(&(point, *run));
        missing.extend((0..wanted).filter(|run| !has(run)).map(|run| (point, run)));
    }
    missing
}

/// How many runs a point needs, by those it has.
fn wanted<'r>(plan: &Plan, there: impl Iterator<Item = &'r Row>) -> u32 {
    let Runs::Until { precision, first, most } = plan.runs else { return plan.runs.first() };
    let played: Vec<&Row> = there.collect();
    // What follows depends on whole sets only: a killed process may have left holes.
    let runs = played.iter().zip(0..).take_while(|(row, run)| row.run == *run).count() as u32;
    let mut wanted = first.min(most);
    while wanted < most && wanted <= runs {
        let some = &played[..wanted as usize];
        let stopped = |row: &&Row| matches!(&row.got, Got::Played(got) if got.stopped.is_some());
        let next = if some.iter().any(stopped) { None } else { next(plan, some, precision) };
        match next {
            Some(next) => wanted = next.clamp(wanted + 1, most),
            None => break,
        }
    }
    wanted
}

/// How many runs to have next, as some figure asked about is not precise enough.
fn next(plan: &Plan, rows: &[&Row], precision: f64) -> Option<u32> {
    let more = |figure: usize| {
        let values: Vec<Option<f64>> = rows
            .iter()
            .filter_map(|row| match &row.got {
                Got::Played(got) => Some(got.values[figure]),
                Got::Impossible(_) => None,
            })
            .collect();
        more_runs(&plan.figures[figure], &values, precision)
    };
    plan.asked().filter_map(more).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::{Goal, Known};
    use crate::experiment::{Design, Figures};
    use crate::units::Unit;

    /// A plan of one point that wants its figure to 5 %, from four runs on.
    fn plan() -> Plan {
        let known = Known { name: "x".into(), unit: Unit::Count, may_never_come: false };
        Plan {
            scenario: String::new(),
            title: String::new(),
            seed: String::new(),
            set: Vec::new(),
            meant: String::new(),
            knobs: Vec::new(),
            design: Design::Grid,
            runs: Runs::Until { precision: 0.05, first: 4, most: 100 },
            goals: vec![Goal::read("x < 20", std::slice::from_ref(&known)).unwrap()],
            outage: None,
            objectives: Vec::new(),
            figures: vec![known],
        }
    }

    fn row(run: u32) -> Row {
        // Seven different values around ten.
        let value = 10.0 + f64::from(run * 5 % 7) - 3.0;
        let got = Figures {
            values: vec![Some(value)],
            digest: String::new(),
            requests: 0,
            events: 0,
            stopped: None,
        };
        Row { point: 0, run, got: Got::Played(got) }
    }

    /// However many rows a killed process has left, and with whichever holes, the runs that are played in
    /// the end are the same.
    #[test]
    fn holes_are_filled_and_lead_to_the_same_runs() {
        let plan = plan();
        let finished = |mut rows: Vec<Row>| {
            loop {
                let next = missing(&plan, Shard::WHOLE, &rows);
                if next.is_empty() {
                    rows.sort_by_key(Row::place);
                    return rows.iter().map(|row| row.run).collect::<Vec<u32>>();
                }
                rows.extend(next.iter().map(|(_, run)| row(*run)));
            }
        };
        let all = finished(Vec::new());
        assert!(all.len() > 10 && all.len() < 100, "{}", all.len());
        for hole in 0..all.len() as u32 {
            for from in [hole, 0] {
                let left = (from..all.len() as u32).filter(|run| *run != hole).map(row).collect();
                assert_eq!(finished(left), all, "without {hole}, from {from}");
            }
        }
    }
}
