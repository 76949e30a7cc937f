//! Shared connections: what follows when one is lost, and who waits for the next.

use highwater::model::Observation;
use highwater::scenario::*;

use crate::full_server::{from_text, pool};
use crate::probe::{Diary, watch};
use crate::support::{at, span};

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

/// Measured: deadpool-redis and redis-py hide an idle close, for they look at a connection before they
/// hand it out, and dial another.
#[test]
fn pools_that_look_before_they_hand_out_hide_an_idle_close() {
    for preset in ["deadpool-redis-0.23", "redis-py-5", "redis-py-8", "bb8-redis-0.26"] {
        let asked = ["1s", "20s", "21s"];
        let closed = at_server(&pool(preset), &asked, r#""timeout": "5s","#, "", 1);
        let causes: Vec<_> = Diary::of(&closed).ends().iter().map(|(_, cause)| *cause).collect();
        assert_eq!(causes, [None, None, None], "{preset}");
    }
}

/// Measured: 100 checkouts of idle connections from deadpool-redis cost the server 199 to 200 commands.
#[test]
fn a_hundred_checkouts_of_deadpool_redis_cost_200_commands() {
    let asked: Vec<String> = (0..=100).map(|at| format!("{at}s")).collect();
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    let mut calm = at_server(&pool("deadpool-redis-0.23"), &asked, "", "", 1);
    calm.duration = span("102s");
    calm.settings.servers[0].cost.command = span("1ms");
    let mut world = watch(&calm, 0, &mut Diary::default());
    let commands = world.server_census(0, at("102s")).busy_ns / 1_000_000;
    // A dial sets up with two; each of 101 callers sends its own.
    assert_eq!(commands - 2 - 101, 200);
}

/// When connections were set up after the start, in milliseconds.
fn received(scenario: &Scenario) -> Vec<f64> {
    Diary::of(scenario).ms(|what| matches!(what, Observation::Received { .. }))
}

const DOWN_AT_10S: &str = r#"{ "at": "10s", "restart": { "server": "redis", "down": "3s" } }"#;

/// Fifty processes lose their connection at one instant, for three seconds. Schedules without jitter
/// bring all of them back at one instant, which follows from their pauses:
/// node-redis 4 0, 1 (a timer of 0), 50, 100, ... 450, 500, 500 ms; ioredis 5 50, 100, ... 550 ms;
/// Lettuce 1, 2, 4, ... 2048 ms.
#[test]
fn clients_without_jitter_come_back_all_at_once() {
    for (preset, back) in
        [("node-redis-4", 13_251.0), ("ioredis-5", 13_300.0), ("lettuce-7", 14_095.0)]
    {
        let back_at = received(&at_server(&of(preset), &["99s"], "", DOWN_AT_10S, 50));
        assert_eq!(back_at[..50], [0.0; 50], "{preset}: dialled at the start");
        assert_eq!(back_at[50..], [back; 50], "{preset}");
    }
}

/// With jitter they come back one by one: after pauses of 50 + 100 + 200 + ... ms with up to 200 ms
/// more each. (fred: about a second each.)
#[test]
fn clients_with_jitter_come_back_one_by_one() {
    for preset in ["node-redis-6", "ioredis-6", "fred-10"] {
        let mut back =
            received(&at_server(&of(preset), &["99s"], "", DOWN_AT_10S, 50)).split_off(50);
        assert_eq!(back.len(), 50, "{preset}");
        back.dedup();
        assert_eq!(back.len(), 50, "{preset}: no two at one instant");
        assert!(back[0] >= 13_000.0 && back[49] - back[0] > 100.0, "{preset}: {back:?}");
    }
}

/// A socket for commands and one for subscriptions. They look once a second: after the dial at once,
/// at 10.3 s, the pause is 2.5 s, so 13 s; then between 2.5 and 2.75 s, so 16 s.
#[test]
fn stackexchange_redis_comes_back_with_its_heartbeat() {
    let down = r#"{ "at": "10300ms", "restart": { "server": "redis", "down": "5s" } }"#;
    let back = received(&at_server(&of("stackexchange-redis-3"), &["99s"], "", down, 1));
    assert_eq!(back, [0.0, 0.0, 16_000.0, 16_000.0]);
}

fn ends(way: &str, arrivals: &[&str], timeline: &str) -> Vec<(f64, Option<Cause>)> {
    Diary::of(&at_server(way, arrivals, "", timeline, 1)).ends()
}

/// The command that finds the connection closed fails and begins a series of dials; those after it
/// await the series: together they go out, or fail.
#[test]
fn who_asks_a_connection_manager_awaits_the_series_of_whoever_failed_first() {
    let way = of("redis-rs-1.8-manager");
    let asked = ["1s", "10500ms", "10600ms", "10700ms"];
    let ended = ends(&way, &asked, DOWN_AT_10S);
    assert_eq!(ended[1], (10_500.0, Some(Cause::ConnectionLost)));
    assert_eq!((ended[2].1, ended[3].1), (None, None));
    assert_eq!(ended[2].0, ended[3].0, "with the same dial");
    assert!((13_000.0..=16_700.0).contains(&ended[2].0), "{ended:?}");

    let for_a_minute = r#"{ "at": "10s", "restart": { "server": "redis", "down": "60s" } }"#;
    let ended = ends(&way, &asked, for_a_minute);
    assert_eq!(ended[2].0, ended[3].0, "with the same series");
    assert_eq!(ended[2].1, Some(Cause::ConnectionRefused));
    assert!((16_800.0..=23_100.0).contains(&ended[2].0), "6.3 to 12.6 s after 10.5 s: {ended:?}");
}

/// Commands given while the server is down go out with the next connection.
#[test]
fn commands_wait_in_the_offline_queue() {
    let ended = ends(&of("ioredis-5"), &["11s", "12s"], DOWN_AT_10S);
    assert_eq!(ended, [(13_300.0, None), (13_300.0, None)]);
}

#[test]
fn a_full_offline_queue_refuses_and_one_of_none_fails_at_once() {
    let way = |limit: u32| {
        format!(r#"{{ "shared": {{ "preset": "ioredis-5", "offline": {{ "limit": {limit} }} }} }}"#)
    };
    let full = (12_000.0, Some(Cause::QueueFull));
    assert_eq!(ends(&way(1), &["11s", "12s"], DOWN_AT_10S), [full, (13_300.0, None)]);
    let fails = |at| (at, Some(Cause::ConnectionLost));
    assert_eq!(ends(&way(0), &["11s", "12s"], DOWN_AT_10S), [fails(11_000.0), fails(12_000.0)]);
}

/// The timeout of a command runs while it waits where the library starts its clock with the call
/// (Lettuce), and only with the sending where it does not (ioredis).
#[test]
fn the_timeout_of_a_waiting_command_runs_where_the_library_says_so() {
    let way = |preset: &str| {
        format!(r#"{{ "shared": {{ "preset": "{preset}", "command_timeout": "1s" }} }}"#)
    };
    let asked = ["5s", "11s"];
    assert_eq!(
        ends(&way("lettuce-7"), &asked, DOWN_AT_10S)[1],
        (12_000.0, Some(Cause::ReadTimeout))
    );
    assert_eq!(ends(&way("ioredis-5"), &asked, DOWN_AT_10S)[1], (13_300.0, None));
}

/// Commands of 100 ms are under way when the connection is lost: ioredis sends them again, node-redis
/// fails them.
#[test]
fn commands_in_flight_are_sent_again_or_fail() {
    for (preset, end) in [
        ("ioredis-5", (13_400.0, None)),
        ("lettuce-7", (14_195.0, None)),
        ("node-redis-4", (10_000.0, Some(Cause::ConnectionLost))),
        ("redis-rs-1.8-manager", (10_000.0, Some(Cause::ConnectionLost))),
    ] {
        let mut lost = at_server(&of(preset), &["9950ms"], "", DOWN_AT_10S, 1);
        lost.settings.servers[0].cost.command = span("100ms");
        // The setup is of commands too.
        for way in &mut lost.settings.fleets[0].connections {
            if let Strategy::Shared(shared) = &mut way.strategy {
                shared.setup = 0;
                shared.offline.with_setup = false;
            }
        }
        assert_eq!(Diary::of(&lost).ends(), [end], "{preset}");
    }
}

/// A connection whose setup is not answered is given up after the connect timeout, and dialled again.
#[test]
fn the_connect_timeout_covers_the_setup() {
    let pause = r#"{ "at": "0s", "pause": { "server": "redis", "for": "8s" } }"#;
    let way = r#"{ "shared": {
        "setup_commands": 1, "connect_timeout": "5s", "reconnect": { "background": { "at_once": true } }
    } }"#;
    // Given up at 6 s, dialled again at 7 s; the server finds both when it goes on.
    assert_eq!(received(&at_server(way, &["1s"], "", pause, 1)), [8000.0, 8000.0]);
    assert_eq!(ends(way, &["1s"], pause), [(8000.0, None)]);
}

/// A leaked client dials by its own schedule, and counts its own failures.
#[test]
fn a_leaked_client_dials_by_the_schedule_of_its_library() {
    let leak = |reconnect: &str| {
        format!(
            r#"{{ "per_request": {{
                "leak": {{ "kind": "reconnects", "every": 1, "reconnect": {reconnect} }}
            }} }}"#
        )
    };
    let of = |name: &str| format!(r#"{{ "of": "{name}" }}"#);
    let seconds = r#"{ "background": { "pause": { "constant": "1s" } } }"#;
    // Closed by the server after 30 s.
    for (reconnect, back) in [
        (of("node-redis-6"), [0.0, 30_000.0, 60_000.0, 90_000.0]),
        (of("ioredis-5"), [0.0, 30_050.0, 60_100.0, 90_150.0]),
        (seconds.to_string(), [0.0, 31_000.0, 62_000.0, 93_000.0]),
    ] {
        let idle = at_server(&leak(&reconnect), &["0s"], r#""timeout": "30s","#, "", 1);
        assert_eq!(received(&idle), back, "{reconnect}");
    }
    // Lost with a restart, and back when the server is: one of two that leaked at different times.
    for (reconnect, back) in [(of("node-redis-4"), 13_251.0), (of("lettuce-7"), 14_095.0)] {
        let restarted = at_server(&leak(&reconnect), &["0s", "1s"], "", DOWN_AT_10S, 1);
        assert_eq!(received(&restarted), [0.0, 1000.0, back, back], "{reconnect}");
    }
}

/// Three commands, one after the other, each with a round trip of 600 ms and a timeout of 1 s. The
/// third, asked for at 11.2 s, is under way when the client hears at 11.3 s that the server is gone, and
/// waits for the next connection: its own second is over at 12.2 s, although that of the first was over
/// at 11 s.
#[test]
fn a_command_that_is_sent_again_has_the_rest_of_its_own_time() {
    let way = r#"{ "shared": { "preset": "ioredis-5", "command_timeout": "1s", "offline": { "timed": true } } }"#;
    let text = format!(
        r#"{{
            "format": 1, "seed": "rest", "duration": "30s",
            "servers": {{ "redis": {{
                "preset": "redis-7.0",
                "cost": {{ "command": "0s", "connect": "0s", "rejection": "0s", "cron": "0s" }}
            }} }},
            "network": {{ "delay": {{ "constant": "300ms" }} }},
            "fleets": {{ "f": {{
                "arrivals": {{ "instants": {{ "at": ["10s"] }} }},
                "connections": {{ "main": {way} }},
                "steps": [
                    {{ "call": {{ "server": "redis", "through": "main", "commands": 3 }} }}
                ]
            }} }},
            "timeline": [{{ "at": "11s", "restart": {{ "server": "redis", "down": "3s" }} }}]
        }}"#
    );
    let ends = Diary::of(&from_text(&text)).ends();
    assert_eq!(ends, [(12_200.0, Some(Cause::ReadTimeout))]);
}
