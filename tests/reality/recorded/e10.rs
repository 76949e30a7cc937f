//! E10: memory of idle connections.

use std::sync::LazyLock;

use highwater::observe::Record;

use super::e1::CLIENTS;
use super::{Lines, played, scenario_with};
use crate::figures::{recorded, sample};
use crate::table::{Band, Line, Row, all_inside};

/// Memory of the server per connection: right after its first command, when it has been idle, what of
/// that counts as clients', and what TLS adds to it.
pub static LINES: Lines = LazyLock::new(|| {
    let mut lines = Vec::new();
    for (experiment, name, preset) in [
        ("E10, Redis 7.0", "e10_redis7", "redis-7.0"),
        ("E10, Redis 8.0", "e10_redis8", "redis-8.0"),
        ("E10, Valkey 8.0", "e10_valkey8", "valkey-8.0"),
    ] {
        let play = |tls: &str| {
            let preset = format!("\"{preset}\"");
            let set = [("servers.redis.preset", preset.as_str()), ("servers.redis.tls", tls)];
            played(&scenario_with("e10", &set))
        };
        let (plain, tls) = (play("false"), play("true"));
        let each = |record: &Record, series: &str, at: f64| {
            let of = |series: &str| sample(record, series, at) - sample(record, series, 0.5);
            of(series) / of(CLIENTS)
        };
        let memory = |record: &Record, at: f64| each(record, "servers.redis.memory", at);
        let row = |what: &str, figure: &str, seen: f64| {
            Row::new(experiment, what, recorded(name, figure), seen).unit("B")
        };
        lines.extend([
            row(
                "used_memory per connection right after its first command",
                "fresh_b",
                memory(&plain, 1.5),
            )
            .within(Band::Runs),
            // It falls by 2 % from 1,000 connections to 9,900.
            row("used_memory per connection after 20 s", "idle_b", memory(&plain, 21.0))
                .within(Band::Share(0.02)),
            row(
                "mem_clients_normal per connection after 20 s",
                "clients_normal_b",
                each(&plain, "servers.redis.memory_clients", 21.0),
            )
            .within(Band::Same),
            row(
                "resident memory per connection after 20 s, more with TLS than without",
                "tls_resident_more_b",
                memory(&tls, 21.0) - memory(&plain, 21.0),
            )
            .within(Band::Runs),
        ]);
    }
    lines.push(Line::NotSimulated {
        experiment: "E10, clients",
        what: "memory per leaked client object",
        recorded: "17 kB (node-redis 5) to 939 kB (redis-py, TLS)",
        reason: "it is a setting of a scenario (`process.memory`), not a result",
    });
    lines
});

#[test]
fn an_idle_connection_takes_the_memory_it_did() {
    all_inside(&LINES);
}
