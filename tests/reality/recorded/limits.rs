//! E2f, E3, E4, E8c, E9: states after a reap, descriptors, what counts, what is spared.

use std::sync::LazyLock;

use highwater::model::Observation;
use highwater::scenario::Cause;

use super::e1::{CLIENTS, RECEIVED, REJECTED};
use super::{Lines, last, peak, played, scenario, scenario_with};
use crate::figures::{Recorded, recorded, sample};
use crate::files::over_runs;
use crate::probe::Diary;
use crate::table::{Band, Line, Row, all_inside};

/// Races of clients and replicas.
const RACES: u32 = 400;
/// How many standard errors two shares may be apart.
const STANDARD_ERRORS: f64 = 4.0;

pub static LINES: Lines = LazyLock::new(|| {
    let mut lines = states();
    lines.extend(descriptors());
    lines.extend(configured());
    lines.extend(without_descriptors());
    lines.extend(stale());
    lines.extend(spared());
    lines.extend(counted());
    lines
});

fn row(experiment: &'static str, what: &str, recorded: &[f64], simulated: f64) -> Row {
    Row::new(experiment, what, Recorded::of(recorded), simulated)
}

/// Both sides of 100 connections that the server has closed and the client has not.
fn states() -> Vec<Line> {
    let record = played(&scenario("e2f"));
    let fin_wait2 = record.find("servers.redis.sockets.fin_wait2").unwrap();
    let held: Vec<f64> = record
        .seconds()
        .into_iter()
        .zip(&fin_wait2.values)
        .filter(|(_, n)| **n > 0.0)
        .map(|(at, _)| at)
        .collect();
    let real = |figure: &str, simulated| {
        Row::new("E2f", figure_name(figure), recorded("e2f", figure), simulated)
    };
    vec![
        // The recording looked once a second.
        real("fin_wait2_from_s", held[0]).unit("s").within(Band::By(1.02)),
        real("fin_wait2_until_s", *held.last().unwrap()).unit("s").within(Band::By(1.02)),
        row(
            "E2f",
            "most in FIN_WAIT2 at the server",
            &[100.0],
            peak(&record, "servers.redis.sockets.fin_wait2"),
        )
        .within(Band::Same),
        real("client_close_wait_at_80s", last(&record, "fleets.leak.sockets.close_wait"))
            .within(Band::Same),
    ]
}

fn figure_name(figure: &str) -> &'static str {
    match figure {
        "fin_wait2_from_s" => "FIN_WAIT2 at the server from",
        "fin_wait2_until_s" => "FIN_WAIT2 at the server until",
        _ => "CLOSE_WAIT at the client after 80 s",
    }
}

/// The limit that descriptors leave, by filling it; and a client without descriptors.
fn descriptors() -> Vec<Line> {
    let mut lines = Vec::new();
    for (soft, hard, limit) in [
        (33, 33, 1),
        (64, 64, 32),
        (512, 512, 480),
        (1024, 1024, 992),
        (4096, 4096, 4064),
        (10_031, 10_031, 9_999),
        (10_032, 10_032, 10_000),
        (512, 20_000, 10_000),
        (1024, 20_000, 10_000),
    ] {
        let nofile = format!(r#"{{"soft": {soft}, "hard": {hard}}}"#);
        let record = played(&scenario_with("e3a", &[("servers.redis.nofile", &nofile)]));
        assert!(last(&record, REJECTED) > 0.0, "the limit is reached");
        let what = format!("maxclients with descriptor limits {soft} and {hard}");
        lines.push(
            row("E3a", &what, &[f64::from(limit)], peak(&record, CLIENTS)).within(Band::Same),
        );
    }
    lines.push(Line::NotSimulated {
        experiment: "E3c",
        what: "the log of a server that has no descriptor left",
        recorded: "about 300,000 lines/s to standard output, none to a file",
        reason: "there are no logs",
    });
    let record = played(&scenario("e4"));
    let diary = Diary::of(&scenario("e4"));
    let emfile = diary.ends().into_iter().find(|(_, cause)| *cause == Some(Cause::Emfile));
    lines.extend([
        row("E4", "connections of a process with 256 descriptors", &[252.0], last(&record, RECEIVED))
            .within(Band::Same),
        row("E4", "first EMFILE", &[2.52], emfile.unwrap().0 / 1e3).unit("s").within(Band::By(0.01)),
        row("E4", "refused by the server", &[0.0], last(&record, REJECTED)).within(Band::Same),
        Line::NotSimulated {
            experiment: "E4, redis-py",
            what: "errors after 2.2 to 4.6 s of internal retries; open() and getaddrinfo fail too",
            recorded: "limit less 3 connections",
            reason: "a process here has no descriptors but sockets, and that client is not modelled",
        },
    ]);
    lines
}

/// CONFIG SET maxclients, under 1,024 descriptors.
fn configured() -> Vec<Line> {
    let record = played(&scenario("e3b"));
    let refused: Vec<_> = record.events.iter().filter(|e| e.kind == "config_refused").collect();
    let named = refused.iter().filter(|e| e.text.contains("992")).count() as f64;
    let at = |what: &str, series: &str, at: f64, recorded: f64| {
        row("E3b", what, &[recorded], sample(&record, series, at)).within(Band::Same)
    };
    vec![
        at("maxclients 100, 110 clients: connected", CLIENTS, 0.9, 100.0),
        at("maxclients 100, 110 clients: refused", REJECTED, 0.9, 11.0),
        at("raised to 200, 110 more: connected", CLIENTS, 1.9, 200.0),
        at("raised to 200, 110 more: refused in all", REJECTED, 1.9, 21.0),
        row("E3b", "993 and 15,000: refused settings", &[2.0], refused.len() as f64)
            .within(Band::Same),
        row("E3b", "993 and 15,000: refusals that name 992", &[2.0], named).within(Band::Same),
        at("lowered to 50: still connected", CLIENTS, 5.9, 200.0),
        at("lowered to 50, 5 more: refused in all", REJECTED, 6.9, 26.0),
    ]
}

/// A running server without descriptors for those who connect.
fn without_descriptors() -> Vec<Line> {
    let record = played(&scenario("e3c"));
    let at = |what: &str, series: &str, at: f64, recorded: f64| {
        row("E3c", what, &[recorded], sample(&record, series, at)).within(Band::Same)
    };
    let answered = |at: f64| sample(&record, "fleets.lasting.succeeded", at);
    let busy = sample(&record, "servers.redis.loop_busy", 3.0);
    vec![
        // A hundred hold their connection before they succeed.
        row("E3c", "answered, of 260 with 200 descriptors", &[192.0], 100.0 + answered(3.5))
            .within(Band::Same),
        at("connected_clients", CLIENTS, 3.5, 193.0),
        at("refused", REJECTED, 3.5, 0.0),
        row("E3c", "answered when 100 others have closed", &[68.0], answered(5.5) - answered(3.5))
            .within(Band::Same),
        // Other work took the rest of the core.
        row("E3c", "CPU of the server while they wait", &[0.647, 0.973], busy)
            .unit("cores")
            .within(Band::Between(0.647, 1.0)),
    ]
}

/// A connection that the server closed while it was idle in a pool, then five uses.
fn stale() -> Vec<Line> {
    let failures = |validate: &str| {
        let key = "fleets.pool.connections.main.pooled.validate";
        let ends = Diary::of(&scenario_with("e8c", &[(key, validate)])).ends();
        assert_eq!(ends.len(), 6, "all six uses end");
        ends.iter().filter(|(_, cause)| cause.is_some()).count() as f64
    };
    vec![
        row(
            "E8c",
            "failures of 5 uses: checked by a round trip (deadpool, bb8)",
            &[0.0],
            failures("ping"),
        )
        .within(Band::Same),
        row("E8c", "failures of 5 uses: looked at before use", &[0.0], failures("peek"))
            .within(Band::Same),
        row(
            "E8c",
            "failures of 5 uses: unchecked, closed on failure (redis-rs ConnectionManager)",
            &[1.0],
            failures("none"),
        )
        .within(Band::Same),
        Line::NotSimulated {
            experiment: "E8c, bb8 unchecked",
            what: "failures of 5 uses without test_on_check_out",
            recorded: "5",
            reason: "a pool here never hands out again what has failed in use",
        },
        Line::NotSimulated {
            experiment: "E8d",
            what: "what each client library does with a refused connection",
            recorded: "1 to 11 attempts a call, in 3 to 6 s",
            reason: "retries are those of a scenario; these libraries' own loops are not modelled",
        },
    ]
}

/// What the idle timeout spares.
fn spared() -> Vec<Line> {
    let diary = Diary::of(&scenario("e9a"));
    let reaped = diary.ms(|what| matches!(what, Observation::Reaped { .. }));
    let connected = |monitors: &str| {
        let set = [("servers.redis.internal.monitors", monitors)];
        last(&played(&scenario_with("e9a", &set)), CLIENTS)
    };
    let monitors = connected("1") - connected("0");
    // Both are opened 0.3 s after the start.
    let after = |i: usize| reaped[i] / 1e3 - 0.3;
    vec![
        row("E9a", "connections closed within 25 s, of 4", &[2.0], reaped.len() as f64)
            .within(Band::Same),
        row("E9a", "idle after PING: closed after", &[5.2, 6.3], after(0))
            .unit("s")
            .within(Band::Runs),
        row("E9a", "in MONITOR: still connected after 25 s", &[1.0], monitors).within(Band::Same),
        OTHER_KINDS,
        BYTE_BY_BYTE,
        row("E9a", "blocked for 8 s: closed after", &[13.1, 14.1], after(1))
            .unit("s")
            .within(Band::Runs),
    ]
}

/// Kinds of idle clients that no scenario can tell apart.
const OTHER_KINDS: Line = Line::NotSimulated {
    experiment: "E9a, others",
    what: "MULTI, WATCH, tracking, NO-EVICT, REPLY OFF, half a command, nothing ever sent",
    recorded: "closed like an idle client, after 5.2 to 6.3 s",
    reason: "here all of these are an idle client",
};

/// A client that is never idle and never asks for anything.
const BYTE_BY_BYTE: Line = Line::NotSimulated {
    experiment: "E9a, byte by byte",
    what: "a byte every 3 s of a command that is never whole",
    recorded: "not closed within 25 s",
    reason: "commands arrive whole here; nothing else a client sends ends its idleness",
};

/// What counts under the limit.
fn counted() -> Vec<Line> {
    let mut lines = Vec::new();
    for (experiment, file, connected) in [
        ("E9b", "e9b", 50.0),
        ("E9b, two replicas", "e9b-replicas", 48.0),
        ("E9c, cluster of three", "e9c", 46.0),
    ] {
        let record = played(&scenario(file));
        assert!(last(&record, REJECTED) > 0.0, "the limit is reached");
        let what = "connected_clients when refusals begin, maxclients 50";
        lines.push(row(experiment, what, &[connected], peak(&record, CLIENTS)).within(Band::Same));
    }
    lines.extend(race());
    lines
}

/// Clients and two killed replicas race for the two slots. What was refused in the recording (5 when
/// both replicas got back, 9 when one did) is one client before the race, four in it, less one that
/// got in, and five tries of a replica, one a second: so the scenario has 0.8 clients a second. When
/// each of them dialled was not recorded.
fn race() -> Vec<Line> {
    let ends = over_runs(&scenario("e9b-race"), RACES, |record| {
        [last(&record, "servers.redis.replicas"), last(&record, CLIENTS)]
    });
    let share = ends.iter().filter(|[replicas, _]| *replicas == 1.0).count() as f64;
    let (real, slots) = (recorded("e9b_race", "replicas_back"), recorded("e9b_race", "slots"));
    // Each time one or both were back.
    let one = 2.0 - real.mean;
    let error = (one * (1.0 - one) / real.runs).sqrt();
    let taken = Recorded::of(&ends.iter().map(|[replicas, n]| replicas + n).collect::<Vec<_>>());
    vec![
        row("E9b, race", "share of races after which one replica of two is back", &[one], {
            share / f64::from(RACES)
        })
        .within(Band::By(STANDARD_ERRORS * error)),
        Row::new("E9b, race", "clients and replicas afterwards, most", slots, taken.most)
            .within(Band::Same),
    ]
}

#[test]
fn limits_states_and_exemptions_are_as_recorded() {
    all_inside(&LINES);
}
