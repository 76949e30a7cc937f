//! E6: one thread that serves in turns, and what it costs.

use std::sync::LazyLock;

use highwater::experiment::simulate;
use highwater::observe::{Record, Summary};
use highwater::units::Span;
use rayon::prelude::*;

use super::{Lines, last, played, scenario, scenario_with};
use crate::figures::{Recorded, recorded, sample};
use crate::probe::Diary;
use crate::table::{Band, Line, Row, Side, all_inside};

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

/// What the closed loops did: their settings, the recorded figures, and what is known to be outside.
struct Loop {
    file: &'static str,
    tls: bool,
    what: &'static str,
    /// The beginning of the names of its figures.
    figures: &'static str,
    /// Where the preset's costs are known to be outside, in CPU time for an operation.
    cpu: Option<(Side, &'static str)>,
}

const SHARE_OF_A_CORE: f64 = 0.95;

const LOOPS: [Loop; 4] = [
    Loop {
        file: "e6a-connect",
        tls: false,
        what: "connect, PING, close",
        figures: "connect_ping_close",
        cpu: Some((
            Side::Below,
            "the preset was measured to 33 to 35 us; loopback charges TCP work of one end to the \
             other, here (inferred) more of it to the server",
        )),
    },
    Loop {
        file: "e6a-connect",
        tls: true,
        what: "connect with TLS (ECDSA), PING, close",
        figures: "tls_connect_ping_close",
        cpu: Some((
            Side::Above,
            "the preset's 390 us of a handshake were measured with the connect, the command and the \
             close in them, which count once more here",
        )),
    },
    Loop {
        file: "e6a",
        tls: false,
        what: "PING on kept connections",
        figures: "ping_persistent",
        cpu: None,
    },
    Loop {
        file: "e6a",
        tls: true,
        what: "PING on kept connections with TLS",
        figures: "tls_ping_persistent",
        cpu: Some((
            Side::Below,
            "a command costs the same with TLS here; encryption took the server 3 us more",
        )),
    },
];

/// The server's CPU time for an operation in us, and operations a second, in a closed loop of 64 users.
/// Costs are in us; real-time scheduling leaves a process 95 % of its core.
fn closed(file: &str, costs: &[(&str, f64)], more: &[(&str, &str)]) -> (f64, f64) {
    let costs: Vec<(&str, String)> = costs
        .iter()
        .map(|(of, us)| (*of, format!("\"{}ns\"", (us * 1e3 / SHARE_OF_A_CORE).round())))
        .collect();
    let mut set: Vec<(&str, &str)> = costs.iter().map(|(k, v)| (*k, v.as_str())).collect();
    set.extend(more);
    let record = played(&scenario_with(file, &set));
    let succeeded = "fleets.closed.succeeded";
    let seconds = record.seconds().last().unwrap() - 1.0;
    let rate = (last(&record, succeeded) - sample(&record, succeeded, 1.0)) / seconds;
    let busy = record.find("servers.redis.loop_busy").unwrap();
    let second: Vec<f64> = record
        .seconds()
        .into_iter()
        .zip(&busy.values)
        .filter_map(|(at, busy)| (at > 1.0).then_some(*busy))
        .collect();
    let busy = second.iter().sum::<f64>() / second.len() as f64;
    (busy * SHARE_OF_A_CORE * 1e6 / rate, rate)
}

/// Closed loops: from the recorded CPU time, which says only that capacity is its inverse; and from
/// the costs of the preset and the CPU time of the client.
fn capacity() -> Vec<Line> {
    let cpu = |figure: &str| recorded("e6a", figure).mean;
    let inverse = |what: &str, figure: &str, (_, simulated): (f64, f64)| {
        let what = format!("{what}: rate, from the recorded CPU time, whose inverse it is");
        // The CPU time itself was measured to 3 %.
        Row::new("E6a", what, recorded("e6a", figure), simulated)
            .unit("/s")
            .within(Band::Share(0.03))
    };
    let mut lines = vec![
        inverse(
            "PING on kept connections",
            "ping_persistent_per_s",
            closed("e6a", &[("servers.redis.cost.command", cpu("ping_persistent_cpu_us"))], &[]),
        ),
        inverse(
            "connect, PING, close",
            "connect_ping_close_per_s",
            closed(
                "e6a-connect",
                &[
                    ("servers.redis.cost.command", 0.0),
                    ("servers.redis.cost.connect", cpu("connect_ping_close_cpu_us")),
                ],
                &[],
            ),
        ),
    ];
    lines.extend(LOOPS.iter().flat_map(from_preset));
    lines
}

/// With the costs of the preset, and one core for all 64 users, each operation of which takes the
/// client the CPU time that was recorded.
fn from_preset(of: &Loop) -> [Line; 2] {
    let preset = scenario(of.file).settings.servers[0].cost;
    let us = |span: Span| span.as_secs_f64() * 1e6;
    let client = recorded("e6a", &format!("{}_client_cpu_us", of.figures)).mean;
    let costs = [
        ("servers.redis.cost.connect", us(preset.connect)),
        ("servers.redis.cost.command", us(preset.command)),
        ("servers.redis.cost.tls_handshake", us(preset.tls_handshake)),
        ("fleets.closed.process.cpu.reply", client),
    ];
    let tls = if of.tls { "true" } else { "false" };
    let more = [
        ("servers.redis.tls", tls),
        ("fleets.closed.instances", "1"),
        // The client sends the next command in the same handling of its event.
        ("fleets.closed.process.cpu.events_per_turn", "1"),
        ("duration", r#""5s""#),
    ];
    let (cpu, rate) = closed(of.file, &costs, &more);
    let limit = if client > cpu { "client" } else { "server" };
    // The costs differ by as much between versions.
    let line = |what: &str, figure: &str, unit, seen: f64, outside: Option<(Side, _)>| {
        let real = recorded("e6a", &format!("{}_{figure}", of.figures));
        let band = Band::Between(0.9 * real.least, 1.1 * real.most);
        let row = Row::new("E6a, preset", format!("{}: {what}", of.what), real, seen).unit(unit);
        match outside {
            None => row.within(band),
            Some((side, reason)) => row.outside(band, side, reason),
        }
    };
    [
        line("CPU of the server for one", "cpu_us", "us", cpu, of.cpu),
        line(
            &format!("rate, one core at either end, the {limit}'s is the limit"),
            "per_s",
            "/s",
            rate,
            None,
        ),
    ]
}

#[test]
fn the_loop_serves_in_turns_as_real_servers_do() {
    all_inside(&LINES);
}
