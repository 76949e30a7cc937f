//! The kernel's side: accept queue, SYN schedule, ports; and a mass of idle connections.

use std::sync::LazyLock;

use highwater::model::Observation;
use highwater::observe::Record;

use super::e1::CLIENTS;
use super::{Lines, peak, played, scenario, scenario_with};
use crate::figures::{Recorded, sample};
use crate::probe::Diary;
use crate::table::{Band, Line, Row, all_inside};

pub static LINES: Lines = LazyLock::new(|| {
    let mut lines = mass_reap();
    lines.extend(ports());
    lines.extend(accept_queue());
    lines
});

/// A timeout is switched on at 20 s over 10,000 connections that are idle for longer.
fn mass_reap() -> Vec<Line> {
    let scenario = scenario("mass-reap");
    let connected = sample(&played(&scenario), CLIENTS, 19.9);
    let reaped = Diary::of(&scenario).ms(|what| matches!(what, Observation::Reaped { .. }));
    let gone = |n: usize| reaped[n - 1] / 1e3 - 20.0;
    let row = |what: &str, from: f64, to: f64, simulated: f64| {
        Row::new("mass reap", what, Recorded::of(&[from, to]), simulated)
    };
    vec![
        row("idle connections", 10_000.0, 10_000.0, connected).within(Band::Same),
        row("half are left after", 0.70, 0.78, gone(5_000)).unit("s").within(Band::Runs),
        row("a tenth is left after", 2.27, 2.42, gone(9_000)).unit("s").within(Band::Runs),
        row("a hundredth is left after", 4.5, 4.7, gone(9_900)).unit("s").within(Band::Runs),
        row("none is left after", 6.2, 6.4, gone(10_000)).unit("s").within(Band::Runs),
    ]
}

/// How far a counter grew from one instant to another, in seconds.
fn grown(record: &Record, series: &str, from: f64, to: f64) -> f64 {
    sample(record, series, to) - sample(record, series, from)
}

/// Ports in TIME_WAIT at the client, which closes first.
fn ports() -> Vec<Line> {
    const SUCCEEDED: &str = "fleets.source.succeeded";
    let record = played(&scenario("ports"));
    let rate = grown(&record, SUCCEEDED, 60.0, 240.0) / 180.0;
    let few = played(&scenario("ports-100"));
    let served = |at: f64| grown(&few, SUCCEEDED, at - 0.5, at + 0.5);
    let row = |what: &str, recorded: f64, simulated: f64| {
        Row::new("ports", what, Recorded::of(&[recorded]), simulated)
    };
    vec![
        row("connects from one address, 28,232 ports over 60 s", 28_232.0 / 60.0, rate)
            .unit("/s")
            .within(Band::Share(0.002)),
        row("100 ports: of the first 100 dials get in", 100.0, served(1.0)).within(Band::Same),
        row("100 ports: of 100 more, a second later", 0.0, served(2.0)).within(Band::Same),
        row("100 ports: of 100 at 45 s", 0.0, served(45.0)).within(Band::Same),
        row("100 ports: of 100 at 62 s", 100.0, served(62.0)).within(Band::Same),
    ]
}

/// A server that does not accept for a while.
fn accept_queue() -> Vec<Line> {
    let row = |what: &str, recorded: f64, simulated: f64| {
        Row::new("accept queue", what, Recorded::of(&[recorded]), simulated)
    };
    let queue = |backlog: &str| {
        let set = [("servers.redis.backlog", backlog)];
        peak(&played(&scenario_with("accept-queue", &set)), "servers.redis.accept_queue")
    };
    // The queue is full when the second half dials, at 0.2 s.
    let late = |pause: &str| {
        let entry =
            format!(r#"[{{"at": "50ms", "pause": {{"server": "redis", "for": "{pause}"}}}}]"#);
        let diary = Diary::of(&scenario_with("accept-queue", &[("timeline", &entry)]));
        let ends = diary.ends();
        (ends.last().unwrap().0 / 1e3 - 0.2, ends.len() as f64)
    };
    let (early, late_by) = (late("2750ms"), late("5600ms"));
    vec![
        row("connections queued at a backlog of 511", 512.0, queue("511")).within(Band::Same),
        row("connections queued at a backlog of 5", 6.0, queue("5")).within(Band::Same),
        // The kernel's own timers were up to 0.2 s late.
        row("dials after an overflow, queue freed after 2.6 s: in after", 3.05, early.0)
            .unit("s")
            .within(Band::By(0.2)),
        row("dials after an overflow, queue freed after 5.45 s: in after", 7.1, late_by.0)
            .unit("s")
            .within(Band::By(0.2)),
        row("dials that got in in the end, of 1,024", 1024.0, late_by.1).within(Band::Same),
    ]
}

#[test]
fn queues_ports_and_a_mass_reap_are_as_measured() {
    all_inside(&LINES);
}
