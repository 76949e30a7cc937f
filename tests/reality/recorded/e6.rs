//! E6: one thread that serves in turns, and what it costs.

use std::sync::LazyLock;

use highwater::experiment::simulate;
use highwater::observe::{Record, Summary};
use rayon::prelude::*;

use super::{Lines, last, played, scenario, scenario_with};
use crate::figures::{Recorded, recorded, sample};
use crate::probe::Diary;
use crate::table::{Band, Line, Row, all_inside};

/// Runs at each load.
const RUNS: u32 = 6;

pub static LINES: Lines = LazyLock::new(|| {
    let mut lines = capacity();
    for (experiment, name, rate) in [
        ("E6d, 30 %", "e6d_3", "287.4/s"),
        ("E6d, 60 %", "e6d_6", "574.8/s"),
        ("E6d, 80 %", "e6d_8", "766.4/s"),
        ("E6d, 90 %", "e6d_9", "862.2/s"),
    ] {
        lines.extend(sojourn(experiment, name, rate));
    }
    lines.extend(waiting_commands());
    lines.extend([
        Line::NotSimulated {
            experiment: "E6b",
            what: "latency of connections per request and of pools, plain and TLS, at 30 to 110 %",
            recorded: "0.13 ms to 3.4 s",
            reason: "both cores, server's and load's, were the limit at once; E6d is the clean case",
        },
        Line::NotSimulated {
            experiment: "E6c",
            what: "as E6d with a script that computes for 717 us",
            recorded: "0.9 to 27 ms",
            reason: "the script shared its core with other work, which E6d's sleep does not feel",
        },
    ]);
    lines
});

/// The latency of a fleet over a run, after its warm-up.
pub fn latency(record: &Record, series: &str) -> Summary {
    let range = record.ranges.iter().find(|range| range.series == series);
    range.unwrap_or_else(|| panic!("there is no {series}")).summary
}

/// From arrival to reply, with commands that hold the loop.
fn sojourn(experiment: &'static str, name: &str, rate: &str) -> Vec<Line> {
    let arrivals = format!(r#"{{"poisson": {{"rate": "{rate}"}}}}"#);
    let scenario = scenario_with("e6d", &[("fleets.open.arrivals", &arrivals)]);
    let one = |run| latency(&simulate(&scenario, run, &mut |_| {}), "fleets.open.latency");
    let runs: Vec<Summary> = (0..RUNS).into_par_iter().map(one).collect();
    let row = |what: &str, figure: &str, of: fn(&Summary) -> f64| {
        let seen = runs.iter().map(of).sum::<f64>() / runs.len() as f64;
        let real = recorded(name, figure).times(1e-3);
        Row::new(experiment, what, real, seen * 1e3).unit("ms")
    };
    // At 90 % a run of 20 s sees few of the long queues that make its p99: the recorded ones are up
    // to 19 % from their mean.
    let tail = if name == "e6d_9" { Band::Runs } else { Band::Share(0.08) };
    vec![
        row("from arrival to reply, mean", "mean_us", |s| s.mean).within(Band::Share(0.08)),
        row("from arrival to reply, median", "p50_us", |s| s.quantiles.p50)
            .within(Band::Share(0.08)),
        row("from arrival to reply, p99", "p99_us", |s| s.quantiles.p99).within(tail),
    ]
}

/// Ten commands of 0.1 s that wait when the server goes on.
fn waiting_commands() -> Vec<Line> {
    let ends = Diary::of(&scenario("e6e")).ends();
    let replies: Vec<f64> = ends.iter().map(|(ms, _)| ms / 1e3 - 2.0).collect();
    let seen = Recorded::of(&replies);
    let row = |what, figure, simulated| {
        Row::new("E6e", what, recorded("e6e", figure), simulated).unit("s")
    };
    vec![
        // Ten sleeps, each of which ends a little late.
        row("ten waiting commands: the last reply", "reply_s", seen.most).within(Band::By(0.005)),
        row("ten waiting commands: first to last reply", "spread_s", seen.most - seen.least)
            .within(Band::Same),
    ]
}

/// Requests a second in a closed loop, from the server's CPU time for one.
fn capacity() -> Vec<Line> {
    let rate = |file: &str, costs: &[(&str, f64)]| {
        // Real-time scheduling leaves a process 95 % of its core.
        let costs: Vec<(String, String)> = costs
            .iter()
            .map(|(of, us)| {
                (format!("servers.redis.cost.{of}"), format!("\"{}ns\"", (us / 0.95e-3).round()))
            })
            .collect();
        let set: Vec<(&str, &str)> = costs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let record = played(&scenario_with(file, &set));
        let succeeded = "fleets.closed.succeeded";
        (last(&record, succeeded) - sample(&record, succeeded, 1.0)) / 1.0
    };
    let cpu = |figure: &str| recorded("e6a", figure).mean;
    let row = |what: &str, figure: &str, simulated| {
        // The CPU time itself was measured to 3 %.
        Row::new("E6a", what, recorded("e6a", figure), simulated)
            .unit("/s")
            .within(Band::Share(0.03))
    };
    vec![
        row(
            "PING on kept connections",
            "ping_persistent_per_s",
            rate("e6a", &[("command", cpu("ping_persistent_cpu_us"))]),
        ),
        row(
            "connect, PING, close",
            "connect_ping_close_per_s",
            rate("e6a-connect", &[("command", 0.0), ("connect", cpu("connect_ping_close_cpu_us"))]),
        ),
    ]
}

#[test]
fn the_loop_serves_in_turns_as_real_servers_do() {
    all_inside(&LINES);
}
