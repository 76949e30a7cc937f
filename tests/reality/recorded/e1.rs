//! E1: a leak without an idle timeout runs into the limit.

use std::sync::LazyLock;

use highwater::model::Observation;
use highwater::scenario::Scenario;
use highwater::theory::FillTime;
use highwater::units::Rate;
use rayon::prelude::*;

use super::{Lines, last, peak, played, scenario};
use crate::figures::{Recorded, recorded, series};
use crate::probe::{Diary, watch};
use crate::table::{Band, Line, Row, all_inside};

pub const CLIENTS: &str = "servers.redis.connected_clients";
pub const REJECTED: &str = "servers.redis.rejected_connections";
pub const CLOSE_WAIT: &str = "fleets.leak.sockets.close_wait";
const DESCRIPTORS: &str = "fleets.leak.descriptors";
pub const RECEIVED: &str = "servers.redis.total_connections_received";

/// Runs of what is left to chance.
const RUNS: u32 = 60;
/// How many standard errors two means may be apart.
const STANDARD_ERRORS: f64 = 4.0;

pub static LINES: Lines = LazyLock::new(|| {
    let mut lines = Vec::new();
    for (experiment, name, file, rate) in [
        ("E1a", "e1a", "e1a", 100.0),
        ("E1a, refused closed", "e1a_close", "e1a-close", 100.0),
        ("E1b", "e1b", "e1b", 264.0),
        ("E1d, TLS", "e1d", "e1d", 100.0),
        ("E1, Redis 8.0", "e1_redis8", "e1a-redis-8", 100.0),
        ("E1, Valkey 8.0", "e1_valkey8", "e1a-valkey-8", 100.0),
    ] {
        lines.extend(evenly_leaked(experiment, name, &scenario(file), rate));
    }
    lines.push(Line::NotSimulated {
        experiment: "E1a, silent",
        what: "connections that never send a byte",
        recorded: "refused from the same connection on; the refused stay in CLOSE_WAIT at the client",
        reason: "a call has at least one command, and one without any does not exist in the format; \
                 admission does not look at it, but the client's end of a refused connection does",
    });
    lines.extend(by_chance());
    lines.extend(mixed());
    lines
});

/// One arrival every 1/rate seconds.
fn evenly_leaked(
    experiment: &'static str,
    name: &str,
    scenario: &Scenario,
    rate: f64,
) -> Vec<Line> {
    let record = played(scenario);
    let (refusals, received) = refused_and_received(scenario);
    let first = refusals[0];
    let let_in = received.iter().filter(|at| **at < first).count() as f64;
    let real = series(name);
    let row = |what: &str, figure: &str, simulated| {
        Row::new(experiment, what, recorded(name, figure), simulated)
    };
    let flat = real.column("total_connections_received");
    let flat = flat.last().unwrap().1 - flat.iter().find(|(at, _)| *at > first + 0.5).unwrap().1;
    let mut lines = vec![
        row("first refusal", "first_refusal_s", first).unit("s").within(Band::By(1.0 / rate)),
        row("let in before it", "accepted_before_first_refusal", let_in).within(Band::By(1.0)),
        row("refused in all", "rejected", last(&record, REJECTED)).within(Band::By(1.0)),
        row("most connected_clients", "most_connected_clients", peak(&record, CLIENTS))
            .within(Band::Same),
        row("CLOSE_WAIT at the client in the end", "close_wait_at_end", last(&record, CLOSE_WAIT))
            .within(Band::Same),
        row(
            "descriptors of the client in the end",
            "descriptors_at_end",
            last(&record, DESCRIPTORS),
        )
        .within(Band::By(1.0)),
        Row::new(
            experiment,
            "growth of total_connections_received while refusing",
            Recorded::of(&[flat]),
            last(&record, RECEIVED) - let_in,
        )
        .within(Band::Same),
    ];
    for (what, column, simulated) in [
        ("connected_clients at every sample, furthest apart", "connected_clients", CLIENTS),
        ("rejected_connections at every sample, furthest apart", "rejected_connections", REJECTED),
    ] {
        // INFO is asked at an instant known to 10 ms, and answers within 20 ms.
        let band = 1.0 + (0.03 * rate).ceil();
        let apart = real.distance(column, &record, simulated, f64::INFINITY);
        lines.push(Row::new(experiment, what, Recorded::of(&[0.0]), apart).within(Band::By(band)));
    }
    lines
}

/// When connections were refused, and when they were let in, in seconds.
fn refused_and_received(scenario: &Scenario) -> (Vec<f64>, Vec<f64>) {
    let diary = Diary::of(scenario);
    let seconds = |is: fn(&Observation) -> bool| diary.ms(is).into_iter().map(|ms| ms / 1e3);
    (
        seconds(|what| matches!(what, Observation::Rejected { .. })).collect(),
        seconds(|what| matches!(what, Observation::Received { .. })).collect(),
    )
}

/// Poisson arrivals: from the first connection to the first refusal, 199 gaps.
fn by_chance() -> Vec<Line> {
    let scenario = scenario("e1e");
    let one = |run: u32| {
        let mut diary = Diary::default();
        watch(&scenario, run, &mut diary);
        let first = |is: fn(&Observation) -> bool| diary.ms(is)[0] / 1e3;
        first(|what| matches!(what, Observation::Rejected { .. }))
            - first(|what| matches!(what, Observation::Received { .. }))
    };
    let times: Vec<f64> = (0..RUNS).into_par_iter().map(one).collect();
    let seen = Recorded::of(&times);
    let real = recorded("e1e", "first_refusal_s");
    let law = FillTime { count: 199, leak: Rate::per_second(100.0).unwrap() };
    let error = law.sd_s() * (1.0 / seen.runs + 1.0 / real.runs).sqrt();
    let alone = law.sd_s() / seen.runs.sqrt();
    let row =
        |what: &str, recorded, simulated| Row::new("E1e", what, recorded, simulated).unit("s");
    vec![
        row("first refusal, mean", real, seen.mean).within(Band::By(STANDARD_ERRORS * error)),
        row(
            "first refusal, mean, against the sum of 199 gaps",
            Recorded::of(&[law.mean_s()]),
            seen.mean,
        )
        .within(Band::By(STANDARD_ERRORS * alone)),
        // A deviation of n values has itself one of 1/sqrt(2n) of it.
        row("first refusal, deviation", Recorded::of(&[real.sd]), seen.sd)
            .within(Band::By(STANDARD_ERRORS * law.sd_s() / (2.0 * real.runs).sqrt())),
    ]
}

/// Requests that hold their connection for 20 ms, one in ten for ever.
fn mixed() -> Vec<Line> {
    let scenario = scenario("e1f");
    let one = |run: u32| {
        let mut diary = Diary::default();
        watch(&scenario, run, &mut diary);
        let first = diary.ms(|what| matches!(what, Observation::Rejected { .. }))[0] / 1e3;
        let good = diary.ms(|what| matches!(what, Observation::Succeeded { .. }));
        let last = good.last().unwrap() / 1e3;
        let late = good.iter().filter(|ms| **ms > 10e3).count() as f64;
        [first, good.len() as f64, last - first, late]
    };
    let all: Vec<[f64; 4]> = (0..RUNS).into_par_iter().map(one).collect();
    let row = |what: &str, figure: &str, column: usize| {
        let seen: Vec<f64> = all.iter().map(|run| run[column]).collect();
        let (seen, real) = (Recorded::of(&seen), recorded("e1f", figure));
        let error = seen.sd * (1.0 / seen.runs + 1.0 / real.runs).sqrt();
        (Row::new("E1f", what, real, seen.mean), Band::By(STANDARD_ERRORS * error))
    };
    let (first, first_band) = row("first refusal, mean", "first_refusal_s", 0);
    let (good, good_band) = row("requests served, mean", "succeeded", 1);
    let (way, way_band) = row(
        "from the first refusal to the last success, mean",
        "last_success_after_first_refusal_s",
        2,
    );
    let (late, _) = row("served in the second half", "second_half_succeeded", 3);
    vec![
        first.unit("s").within(first_band),
        good.within(good_band),
        way.unit("s").within(way_band),
        late.within(Band::Same),
    ]
}

#[test]
fn a_leak_reaches_the_limit_when_it_did_on_real_servers() {
    all_inside(&LINES);
}
