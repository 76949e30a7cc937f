//! E8: pools.

use std::sync::LazyLock;

use rayon::prelude::*;

use super::{Lines, scenario_with};
use crate::figures::{Recorded, recorded};
use crate::meter::Meter;
use crate::table::{Band, Line, Row, Side, all_inside};

/// Runs at each load.
const RUNS: u32 = 4;
/// Shorter waits are the noise of the recording machine's timers, and counted as none.
const NOISE_US: u32 = 150;

pub static LINES: Lines = LazyLock::new(|| {
    let mut lines = at_half_load();
    for (experiment, load, rate, share) in [
        ("E8a, 70 %", "7", 1400, 0.15),
        ("E8a, 80 %", "8", 1600, 0.15),
        ("E8a, 90 %", "9", 1800, 0.15),
        ("E8a, 95 %", "95", 1900, 0.25),
    ] {
        for (kind, hold) in [("exponential", "exp"), ("constant", "det")] {
            lines.extend(waits(experiment, &format!("e8a_{hold}_{load}"), rate, kind, share));
        }
    }
    lines
});

/// At half the load next to nobody waits, and what was recorded is the lateness of the recording
/// machine's timers: 0.03 ms in the mean, and some of them later than what counts as no wait.
fn at_half_load() -> Vec<Line> {
    let mut lines = Vec::new();
    for (kind, hold) in [("exponential", "exp"), ("constant", "det")] {
        let [mean, share] = pair("E8a, 50 %", &format!("e8a_{hold}_5"), 1000, kind);
        lines.push(mean.unit("ms").within(Band::By(0.03)));
        lines.push(share.outside(
            Band::Share(0.15),
            Side::Below,
            "late timers were counted as waits",
        ));
    }
    lines
}

/// Waits for a connection.
fn waits(experiment: &'static str, name: &str, rate: u32, hold: &str, share: f64) -> Vec<Line> {
    let [mean, waiting] = pair(experiment, name, rate, hold);
    vec![mean.unit("ms").within(Band::Share(share)), waiting.within(Band::Share(share))]
}

/// The mean wait and the share of those who wait.
fn pair(experiment: &'static str, name: &str, rate: u32, hold: &str) -> [Row; 2] {
    let arrivals = format!(r#"{{"poisson": {{"rate": "{rate}/s"}}}}"#);
    // The PING takes 0.06 ms of the time for which a connection was seen to be held.
    let ms = recorded(name, "hold_ms").mean - 0.06;
    let hold_for = match hold {
        "exponential" => format!(r#"{{"exponential": {{"mean": "{ms:.4}ms"}}}}"#),
        _ => format!(r#"{{"constant": "{ms:.4}ms"}}"#),
    };
    let steps =
        format!(r#"[{{"call": {{"server": "redis", "through": "main", "hold": {hold_for}}}}}]"#);
    let set = [("fleets.callers.arrivals", arrivals.as_str()), ("fleets.callers.steps", &steps)];
    let scenario = scenario_with("e8a", &set);
    let one = |run| {
        let meter = Meter::steady(&scenario).with_quantiles().play(&scenario, run);
        let waits = meter.waits.unwrap();
        let waited = waits.iter().filter(|us| **us > NOISE_US).count() as f64;
        let sum = waits.iter().map(|us| f64::from(*us)).sum::<f64>();
        [sum / 1e3 / waits.len() as f64, waited / waits.len() as f64]
    };
    let runs: Vec<[f64; 2]> = (0..RUNS).into_par_iter().map(one).collect();
    // Where next to nobody waits, at half the load, this is what the timers add to each wait.
    let noise = recorded(name.rsplit_once('_').unwrap().0, "median_wait_at_half_load_ms").mean;
    let row = |what: &str, recorded: Recorded, i: usize| {
        let seen: Vec<f64> = runs.iter().map(|run| run[i]).collect();
        let what = format!("{what}, {hold} hold");
        Row::new(experiment, what, recorded, Recorded::of(&seen).mean)
    };
    let mean = recorded(name, "mean_wait_ms").plus(-noise);
    [
        row("wait for a connection, mean", mean, 0),
        row("share of callers that wait", recorded(name, "share_waiting"), 1),
    ]
}

#[test]
fn callers_wait_for_a_pool_as_they_did_in_reality() {
    all_inside(&LINES);
}
