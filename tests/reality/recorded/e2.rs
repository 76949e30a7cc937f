//! E2: a leak under an idle timeout levels off.

use std::sync::LazyLock;

use highwater::engine::Observer;
use highwater::experiment::simulate;
use highwater::model::Observation;
use highwater::observe::Record;
use highwater::scenario::{Arrivals, Profile, Scenario};
use highwater::units::{Rate, SimTime, Span};
use rayon::prelude::*;

use super::e1::{CLIENTS, CLOSE_WAIT, RECEIVED, REJECTED};
use super::{Lines, last, scenario};
use crate::figures::{Recorded, recorded, sample, series};
use crate::probe::watch;
use crate::table::{Band, Line, Row, all_inside};

/// Runs of what is left to chance.
const RUNS: u32 = 100;

pub static LINES: Lines = LazyLock::new(|| {
    let mut lines = Vec::new();
    for (experiment, name, file, timeout, rate, until) in [
        ("E2a, T = 5 s", "e2a_T5", "e2a", 5.0, 100.0, 35.0),
        ("E2a, T = 10 s", "e2a_T10", "e2a-10s", 10.0, 100.0, 45.0),
        ("E2a, Poisson", "e2a_poisson", "e2a-poisson", 5.0, 100.0, 35.0),
        ("E2b", "e2b", "e2b", 5.0, 1000.0, 17.0),
        ("E2d", "e2d", "e2d", 5.0, 264.0, 60.0),
        ("E2v, Redis 8.0", "e2v_redis8", "e2v-redis-8", 5.0, 100.0, 25.0),
        ("E2v, Valkey 8.0", "e2v_valkey8", "e2v-valkey-8", 5.0, 100.0, 25.0),
    ] {
        let leak = Leak { experiment, name, scenario: scenario(file), timeout, rate, until };
        lines.extend(leak.levels_off());
    }
    lines.extend(above_the_limit());
    for (experiment, name, file, from) in [
        ("E2c, T = 10 s, p = 0.1", "e2c_T10_p10", "e2c", 24.0),
        ("E2c, T = 5 s, p = 0.1", "e2c_T5_p10", "e2c-5s", 14.0),
        ("E2c, T = 5 s, p = 0.2", "e2c_T5_p20", "e2c-5s-20", 14.0),
    ] {
        lines.extend(beside_a_churn(experiment, name, &scenario(file), from));
    }
    lines
});

/// The ages at which a server closed idle connections, in seconds and in order.
#[derive(Default)]
struct Ages(Vec<f64>);

impl Observer<Observation> for Ages {
    fn observe(&mut self, _: SimTime, what: Observation) {
        if let Observation::Reaped { idle, .. } = what {
            self.0.push(idle.as_secs_f64());
        }
    }
}

impl Ages {
    fn of(scenario: &Scenario, run: u32) -> Ages {
        let mut ages = Ages::default();
        watch(scenario, run, &mut ages);
        ages.0.sort_by(f64::total_cmp);
        ages
    }

    fn quantile(&self, q: f64) -> f64 {
        self.0[(q * self.0.len() as f64) as usize]
    }

    fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.0.len() as f64
    }
}

/// The load begins so much later: where the server's clock stands in its second was left to chance.
fn shifted(scenario: &Scenario, by: Span) -> Scenario {
    let mut shifted = scenario.clone();
    let arrivals = &mut shifted.settings.fleets[0].arrivals;
    let (Arrivals::Even(Profile::Steps(steps)) | Arrivals::Poisson(Profile::Steps(steps))) =
        arrivals
    else {
        panic!("the leak is in steps")
    };
    for (at, _) in steps.iter_mut() {
        *at = *at + by;
    }
    steps.insert(0, (SimTime::ZERO, Rate::per_second(0.0).unwrap()));
    shifted.duration = shifted.duration + by;
    shifted
}

/// A leak at `rate` a second until `until` under a timeout; times in seconds.
struct Leak {
    experiment: &'static str,
    name: &'static str,
    scenario: Scenario,
    timeout: f64,
    rate: f64,
    until: f64,
}

/// What one run of it gave.
struct Run {
    /// When the load began, in seconds.
    begin: f64,
    record: Record,
    ages: Ages,
    plateau: Recorded,
}

impl Run {
    /// A value at so many seconds after the load began.
    fn sample(&self, series: &str, at: f64) -> f64 {
        sample(&self.record, series, self.begin + at)
    }
}

fn mean(runs: &[Run], of: impl Fn(&Run) -> f64) -> f64 {
    runs.iter().map(of).sum::<f64>() / runs.len() as f64
}

impl Leak {
    /// Ten runs, their beginnings spread over the second.
    fn runs(&self) -> Vec<Run> {
        let one = |place: u32| {
            let by = Span::from_ns(u64::from(place) * 103_700_000 + 1);
            let (begin, shifted) = (by.as_secs_f64(), shifted(&self.scenario, by));
            let record = simulate(&shifted, place, &mut |_| {});
            // The same window as in the recordings.
            let (from, to) = (begin + 2.0 * self.timeout + 3.0, begin + self.until - 0.5);
            let plateau = between(&record, CLIENTS, from, to);
            Run { begin, ages: Ages::of(&shifted, place), plateau, record }
        };
        (0..10).into_par_iter().map(one).collect()
    }

    fn row(&self, what: &str, figure: &str, simulated: f64) -> Row {
        Row::new(self.experiment, what, recorded(self.name, figure), simulated)
    }

    fn levels_off(&self) -> Vec<Line> {
        let runs = self.runs();
        let share = Band::Share(0.02);
        // Without the connection over which INFO was polled, as recorded.
        let plateau = mean(&runs, |run| run.plateau.mean) - 1.0;
        let youngest = runs.iter().map(|run| run.ages.0[0]).fold(f64::INFINITY, f64::min);
        let bound = Recorded::of(&[self.timeout]);
        let age = |what, figure, simulated| self.row(what, figure, simulated).unit("s");
        let quantile = |q: f64| mean(&runs, |run| run.ages.quantile(q));
        let over_rate = recorded(self.name, "plateau").times(1.0 / self.rate);
        let mut lines = vec![
            Row::new(self.experiment, "plateau over rate", over_rate, plateau / self.rate)
                .unit("s")
                .within(share),
            age("age when closed, mean", "lifetime_mean_s", mean(&runs, |run| run.ages.mean()))
                .within(share),
            age("age when closed, median", "lifetime_p50_s", quantile(0.5)).within(share),
            age("age when closed, p99", "lifetime_p99_s", quantile(0.99)).within(Band::By(0.4)),
            Row::new(self.experiment, "age when closed, least", bound, youngest)
                .unit("s")
                .within(Band::NotBelow),
            self.row("refused", "rejected", mean(&runs, |run| last(&run.record, REJECTED)))
                .within(Band::Same),
            self.row(
                "CLOSE_WAIT at the client when the leak ends",
                "close_wait_at_end_of_arrivals",
                mean(&runs, |run| run.sample(CLOSE_WAIT, self.until)),
            )
            .within(share),
        ];
        // A path that chance has taken need not lie among ten others.
        if let Arrivals::Even(_) = self.scenario.settings.fleets[0].arrivals {
            let what = "samples of connected_clients more than 3 % of the plateau outside the runs";
            let outside = self.outside(&runs, 0.03 * plateau);
            let none = Recorded::of(&[0.0]);
            lines.push(Row::new(self.experiment, what, none, outside).within(Band::Same));
        }
        lines
    }

    /// How many recorded samples lie further than `margin` outside what the runs span.
    fn outside(&self, runs: &[Run], margin: f64) -> f64 {
        let samples = series(self.name).column("connected_clients");
        let is_outside = |(at, value): &&(f64, f64)| {
            let all: Vec<f64> = runs.iter().map(|run| run.sample(CLIENTS, *at)).collect();
            let span = Recorded::of(&all);
            *at < self.until && !(span.least - margin..=span.most + margin).contains(value)
        };
        samples.iter().filter(is_outside).count() as f64
    }
}

/// The plateau would lie above the limit: full, then freed in batches.
fn above_the_limit() -> Vec<Line> {
    let (timeout, until) = (10.0, 60.0);
    let (experiment, name, rate) = ("E2e", "e2e", 100.0);
    let leak = Leak { experiment, name, scenario: scenario("e2e"), timeout, rate, until };
    let runs = leak.runs();
    let flow = |samples: &[(f64, f64)]| {
        let at = |from: f64| samples.iter().find(|(at, _)| *at >= from).unwrap();
        // Three rounds of the timeout, so that it does not matter where in the round they begin.
        let ((t0, n0), (t1, n1)) = (at(25.0), at(58.0));
        (n1 - n0) / (t1 - t0)
    };
    let real = flow(&series(name).column("total_connections_received"));
    let admitted = |run: &Run| {
        let ends = [25.0, 58.0].map(|at| (at, run.sample(RECEIVED, at)));
        flow(&ends)
    };
    vec![
        leak.row("connected_clients, mean", "plateau", mean(&runs, |run| run.plateau.mean - 1.0))
            .within(Band::Share(0.02)),
        leak.row(
            "connected_clients, most",
            "plateau_most",
            mean(&runs, |run| run.plateau.most - 1.0),
        )
        .within(Band::Same),
        leak.row(
            "connected_clients, least",
            "plateau_least",
            mean(&runs, |run| run.plateau.least - 1.0),
        )
        .within(Band::Share(0.02)),
        leak.row("refused", "rejected", mean(&runs, |run| last(&run.record, REJECTED)))
            .within(Band::Share(0.02)),
        Row::new(experiment, "let in", Recorded::of(&[real]), mean(&runs, admitted))
            .unit("/s")
            .within(Band::Share(0.02)),
        leak.row("age when closed, mean", "lifetime_mean_s", mean(&runs, |run| run.ages.mean()))
            .unit("s")
            .within(Band::Share(0.02)),
        leak.row(
            "CLOSE_WAIT at the client when the leak ends",
            "close_wait_at_end_of_arrivals",
            mean(&runs, |run| run.sample(CLOSE_WAIT, until)),
        )
        .within(Band::Share(0.02)),
    ]
}

/// A leak beside requests that close what they open; from `from` seconds on it is steady.
fn beside_a_churn(
    experiment: &'static str,
    name: &str,
    scenario: &Scenario,
    from: f64,
) -> Vec<Line> {
    let to = scenario.duration.as_secs_f64();
    let one = |run: u32| {
        let record = simulate(scenario, run, &mut |_| {});
        let grown = |series: &str| last(&record, series) - sample(&record, series, from);
        let share = grown("fleets.leak.succeeded") / grown("fleets.leak.requests");
        let clients = between(&record, CLIENTS, from, to).mean;
        [share, clients, Ages::of(scenario, run).mean()]
    };
    let all: Vec<[f64; 3]> = (0..RUNS).into_par_iter().map(one).collect();
    let row = |what: &str, figure: &str, column: usize| {
        let seen: Vec<f64> = all.iter().map(|run| run[column]).collect();
        Row::new(experiment, what, recorded(name, figure), Recorded::of(&seen).mean)
    };
    vec![
        row("share of requests served", "success_share", 0).within(Band::By(0.04)),
        row("connected_clients, mean", "connected_clients", 1).within(Band::Share(0.03)),
        row("age when closed, mean", "lifetime_mean_s", 2).unit("s").within(Band::Share(0.03)),
    ]
}

/// The values of a series from one instant to another, in seconds.
fn between(record: &Record, name: &str, from: f64, to: f64) -> Recorded {
    let series = record.find(name).unwrap_or_else(|| panic!("there is no {name}"));
    let rows = record.times.iter().zip(&series.values);
    let inside = rows.filter(|(at, _)| (from..to).contains(&at.as_secs_f64()));
    Recorded::of(&inside.map(|(_, value)| *value).collect::<Vec<f64>>())
}

#[test]
fn a_leak_under_an_idle_timeout_levels_off_where_it_did_on_real_servers() {
    all_inside(&LINES);
}
