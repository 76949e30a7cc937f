//! Shared connections: what follows when one is lost, and who waits for the next.

use highwater::scenario::*;

use crate::full_server::from_text;
use crate::probe::Diary;

/// A server that is restarted, or closes what is idle, and one client with a command at each of these
/// instants. Nothing takes time but pauses and down times.
fn at_server(
    way: &str,
    arrivals: &[&str],
    server: &str,
    timeline: &str,
    instances: u32,
) -> Scenario {
    let at: Vec<String> = arrivals.iter().map(|at| format!("{at:?}")).collect();
    let at = at.join(", ");
    from_text(&format!(
        r#"{{
            "format": 1, "seed": "lost", "duration": "100s",
            "servers": {{ "redis": {{
                "preset": "redis-7.0", "reaper": "exact", {server}
                "cost": {{
                    "command": "0s", "connect": "0s", "rejection": "0s", "cron": "0s", "reap": "0s",
                    "visit": "0s"
                }}
            }} }},
            "network": {{ "delay": {{ "constant": "0s" }} }},
            "fleets": {{ "f": {{
                "instances": {instances},
                "arrivals": {{ "instants": {{ "at": [{at}] }} }},
                "connections": {{ "main": {way} }},
                "steps": [{{ "call": {{ "server": "redis", "through": "main" }} }}]
            }} }},
            "timeline": [{timeline}]
        }}"#
    ))
}

fn of(preset: &str) -> String {
    format!(r#"{{ "shared": {{ "preset": "{preset}" }} }}"#)
}

fn idle_close(preset: &str) -> Vec<Option<Cause>> {
    let asked = ["1s", "20s", "21s"];
    let closed = at_server(&of(preset), &asked, r#""timeout": "5s","#, "", 1);
    Diary::of(&closed).ends().iter().map(|(_, cause)| *cause).collect()
}

/// Measured: after the server has closed an idle connection, redis-rs sync and multiplexed connections
/// stay dead; a ConnectionManager fails one command and has recovered for the next; node-redis and
/// ioredis have dialled again before anybody asks.
#[test]
fn an_idle_close_kills_some_clients_costs_others_a_command_and_others_nothing() {
    const LOST: Option<Cause> = Some(Cause::ConnectionLost);
    for (presets, ends) in [
        (
            &[
                "redis-rs-0.23-sync",
                "redis-rs-0.23-multiplexed",
                "redis-rs-1.8-sync",
                "redis-rs-1.8-multiplexed",
            ][..],
            [None, LOST, LOST],
        ),
        (&["redis-rs-0.23-manager", "redis-rs-1.8-manager"], [None, LOST, None]),
        (
            &[
                "node-redis-4",
                "node-redis-6",
                "ioredis-5",
                "ioredis-6",
                "lettuce-7",
                "stackexchange-redis-3",
                "fred-10",
            ],
            [None, None, None],
        ),
    ] {
        for preset in presets {
            assert_eq!(idle_close(preset), ends, "{preset}");
        }
    }
}
