//! What one client of each library does at a server that is full, with its default settings: how
//! often it dials, when, and when its first command fails.
//!
//! The figures were measured with the real libraries against Redis 7.0.15 with all slots taken, on one
//! machine, once each. Schedules without jitter are compared exactly, the others with the bounds that
//! their jitter allows.

use std::io;

use highwater::model::Observation;
use highwater::scenario::{Cause, Scenario, read};

use crate::probe::Diary;

/// One client held in this way, whose first command is given at that time, at a server without a
/// free slot, for so long. Nothing takes time but the pauses.
pub fn at_full_server(way: &str, at: &str, duration: &str) -> Scenario {
    crowd_at_full_server(way, (at, 1), duration)
}

/// The same with so many commands at once.
fn crowd_at_full_server(way: &str, (at, each): (&str, u32), duration: &str) -> Scenario {
    let text = format!(
        r#"{{
            "format": 1, "seed": "full", "duration": "{duration}",
            "servers": {{ "redis": {{
                "preset": "redis-7.0", "maxclients": 1, "internal": {{ "admin": 1 }},
                "cost": {{ "command": "0s", "connect": "0s", "rejection": "0s", "cron": "0s" }}
            }} }},
            "network": {{ "delay": {{ "constant": "0s" }} }},
            "fleets": {{ "f": {{
                "arrivals": {{ "instants": {{ "at": ["{at}"], "each": {each} }} }},
                "connections": {{ "main": {way} }},
                "steps": [{{ "call": {{ "server": "redis", "through": "main" }} }}]
            }} }}
        }}"#
    );
    from_text(&text)
}

pub fn from_text(text: &str) -> Scenario {
    let file = |_: &str| -> io::Result<Vec<u8>> { Ok(text.as_bytes().to_vec()) };
    read("full.json", &file, &[]).unwrap_or_else(|problems| panic!("{problems}"))
}

pub fn shared(preset: &str) -> String {
    format!(r#"{{ "shared": {{ "preset": "{preset}" }} }}"#)
}

pub fn pool(preset: &str) -> String {
    format!(r#"{{ "pooled": {{ "preset": "{preset}" }} }}"#)
}

/// When the server refused a dial, in milliseconds, and how the requests ended.
pub fn seen(scenario: &Scenario) -> (Vec<f64>, Vec<(f64, Option<Cause>)>) {
    let diary = Diary::of(scenario);
    (diary.ms(|what| matches!(what, Observation::Rejected { .. })), diary.ends())
}

/// The sums of the first, the first two, ... of these pauses, from 0.
fn instants(pauses: impl Iterator<Item = f64>, until: f64) -> Vec<f64> {
    let mut at = vec![0.0];
    for pause in pauses {
        let next = at[at.len() - 1] + pause;
        if next > until {
            break;
        }
        at.push(next);
    }
    at
}

/// Measured: one attempt, at once. 0.23 connects and fails with the first command, 1.8 fails to
/// connect; none dials again by itself.
#[test]
fn redis_rs_dials_once_and_leaves_the_rest_to_the_caller() {
    for preset in [
        "redis-rs-0.23-sync",
        "redis-rs-0.23-multiplexed",
        "redis-rs-1.8-sync",
        "redis-rs-1.8-multiplexed",
    ] {
        let (refused, ends) = seen(&at_full_server(&shared(preset), "0s", "30s"));
        assert_eq!(refused, [0.0], "{preset}");
        assert_eq!(ends, [(0.0, Some(Cause::Rejected))], "{preset}");
    }
}

/// Measured: connecting succeeds in one attempt, the first command fails, and a failed command makes it
/// dial again.
#[test]
fn an_old_connection_manager_dials_again_with_every_command_that_fails() {
    let (refused, ends) = seen(&at_full_server(&shared("redis-rs-0.23-manager"), "0s", "30s"));
    assert_eq!(refused, [0.0, 0.0]);
    assert_eq!(ends, [(0.0, Some(Cause::Rejected))]);
}

/// Measured: 7 attempts in 9.45 s. Six pauses of 100 ms x 2^n, each stretched by 1 to 2: the k-th
/// attempt comes between 100 (2^k - 1) and 200 (2^k - 1) ms, the last between 6.3 and 12.6 s.
#[test]
fn a_connection_manager_dials_seven_times_in_6_to_13_seconds() {
    let (refused, ends) = seen(&at_full_server(&shared("redis-rs-1.8-manager"), "0s", "60s"));
    assert_eq!(refused.len(), 7);
    for (k, at) in refused.iter().enumerate() {
        let least = 100.0 * f64::from((1 << k) - 1);
        assert!((least..=2.0 * least).contains(at), "attempt {k} at {at} ms");
    }
    assert_eq!(ends, [(refused[6], Some(Cause::Rejected))], "all fail with the series");
}

/// Measured: 66 attempts in 30 s, about 2 a second for ever; a first command given after 0.3 s failed
/// at 0.31 s. A pause of 0 takes a millisecond, as a timer of Node.js does.
#[test]
fn node_redis_4_dials_66_times_in_30_seconds() {
    let (refused, ends) = seen(&at_full_server(&shared("node-redis-4"), "300ms", "30s"));
    let pauses = (0..).map(|n| f64::from((50 * n).clamp(1, 500)));
    assert_eq!(refused, instants(pauses, 30_000.0));
    assert_eq!(refused.len(), 66);
    assert_eq!(ends, [(301.0, Some(Cause::Rejected))], "lost with the next setup");
}

/// Measured: 19 attempts in 30 s. Pauses of min(50 x 2^n, 2000) ms and up to 200 ms more: the 19th
/// comes between 27.15 and 30.75 s, the 20th between 29.15 and 32.95 s.
#[test]
fn node_redis_6_dials_about_19_times_in_30_seconds() {
    let (refused, ends) = seen(&at_full_server(&shared("node-redis-6"), "300ms", "40s"));
    let mut least = 0.0;
    for (k, at) in refused.iter().enumerate() {
        assert!((least..=least + 200.0 * k as f64).contains(at), "attempt {k} at {at} ms");
        least += f64::min(50.0 * f64::from(1 << k.min(20)), 2000.0);
    }
    let within = refused.iter().filter(|at| **at <= 30_000.0).count();
    assert!((18..=20).contains(&within), "{within}");
    assert_eq!(ends.len(), 1);
    let next = refused.iter().find(|at| **at >= 300.0);
    assert_eq!(ends[0], (*next.unwrap(), Some(Cause::Rejected)));
}

/// Measured: 35 attempts in 30 s, and the first command fails at 10.6 s: with the 21st close, after
/// 50 + 100 + ... + 1000 ms.
#[test]
fn ioredis_5_dials_35_times_in_30_seconds_and_fails_at_the_21st() {
    let (refused, ends) = seen(&at_full_server(&shared("ioredis-5"), "0s", "30s"));
    let pauses = (1..).map(|n| f64::from((50 * n).min(2000)));
    assert_eq!(refused, instants(pauses, 30_000.0));
    assert_eq!(refused.len(), 35);
    assert_eq!(ends, [(10_500.0, Some(Cause::Rejected))]);
}

/// Measured: 12 attempts in 30 s, the first command still queued then. Pauses of min(50 x 2^(n-1),
/// 5000) ms and up to 200 ms more: the 12th attempt comes between 26.35 and 28.55 s, the 13th after
/// 31.35 s, the 21st, with which what waits fails, between 71.35 and 75.35 s.
#[test]
fn ioredis_6_dials_12_times_in_30_seconds_and_fails_after_73() {
    let (refused, ends) = seen(&at_full_server(&shared("ioredis-6"), "0s", "80s"));
    assert_eq!(refused.iter().filter(|at| **at <= 30_000.0).count(), 12);
    assert_eq!(ends, [(refused[20], Some(Cause::Rejected))]);
    assert!((71_350.0..=75_350.0).contains(&ends[0].0), "{ends:?}");
}

/// As read: Lettuce, StackExchange.Redis and fred fail their first connect, and dial no more until
/// they are asked again.
#[test]
fn some_libraries_repeat_no_first_connect() {
    for preset in ["lettuce-7", "fred-10", "stackexchange-redis-3"] {
        let (refused, ends) = seen(&at_full_server(&shared(preset), "1s", "30s"));
        let aside = if preset == "stackexchange-redis-3" { 2 } else { 1 };
        assert_eq!(refused.len(), 2 * aside, "{preset}: at the start, and with the command");
        assert_eq!(ends, [(1000.0, Some(Cause::Rejected))], "{preset}");
    }
}

/// Measured: get() fails at once, after one attempt, with the error of the dial.
#[test]
fn pools_whose_callers_dial_fail_at_once() {
    for preset in [
        "deadpool-redis-0.23",
        "redis-py-5",
        "redis-py-5-blocking",
        "redis-py-6",
        "redis-py-6-blocking",
    ] {
        let (refused, ends) = seen(&at_full_server(&pool(preset), "0s", "60s"));
        assert_eq!(refused, [0.0], "{preset}");
        assert_eq!(ends, [(0.0, Some(Cause::Rejected))], "{preset}");
    }
}

/// Measured: one get() makes 7 attempts in 30 s and ends as TimedOut at 30.0 s; read: pauses of 400 ms
/// doubled up to 15 s, with one more attempt at 40.2 s, when nobody waits any more.
#[test]
fn bb8_dials_in_the_background_and_tells_nobody_why() {
    let (refused, ends) = seen(&at_full_server(&pool("bb8-redis-0.26"), "0s", "200s"));
    let pauses = [400.0, 800.0, 1600.0, 3200.0, 6400.0, 12_800.0, 15_000.0];
    assert_eq!(refused, instants(pauses.into_iter(), f64::INFINITY));
    assert_eq!(refused[7], 40_200.0);
    assert_eq!(refused.iter().filter(|at| **at <= 30_000.0).count(), 7);
    assert_eq!(ends, [(30_000.0, Some(Cause::CheckoutTimeout))]);
}

/// Measured: 50 concurrent get() with a timeout of 3 s make 40 attempts in 3 s (10 places, 4 each) and
/// end as 50 TimedOut at 3.0 s. The longest pause is half of the timeout.
#[test]
fn fifty_callers_of_bb8_make_40_dials_in_3_seconds() {
    let way = r#"{ "pooled": {
        "preset": "bb8-redis-0.26", "wait_timeout": "3s",
        "dial_retry": { "backoff": { "base": "400ms", "cap": "1500ms", "give_up_after": "3s" } }
    } }"#;
    let (refused, ends) = seen(&crowd_at_full_server(way, ("0s", 50), "3s"));
    let each: Vec<f64> = [0.0, 400.0, 1200.0, 2700.0].iter().flat_map(|at| [*at; 10]).collect();
    assert_eq!(refused, each);
    assert_eq!(ends, [(3000.0, Some(Cause::CheckoutTimeout)); 50]);
}

/// As read: r2d2's three threads each dial for ever; HikariCP's one thread only while somebody waits
/// or connections are missing, and of both the callers learn after 30 s.
#[test]
fn pools_as_read_dial_by_their_schedules() {
    let (refused, ends) = seen(&at_full_server(&pool("r2d2-0.8"), "0s", "60s"));
    let pauses = [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8].map(|s| s * 1000.0);
    let pauses = pauses.into_iter().chain(std::iter::repeat(15_000.0));
    let one: Vec<f64> = instants(pauses, 60_000.0);
    let three: Vec<f64> = one.iter().flat_map(|at| [*at; 3]).collect();
    assert_eq!(refused.len(), three.len());
    assert!(refused.iter().zip(&three).all(|(at, law)| (at - law).abs() < 1e-3), "{refused:?}");
    assert_eq!(ends, [(30_000.0, Some(Cause::CheckoutTimeout))]);

    let (refused, ends) = seen(&at_full_server(&pool("hikaricp-6"), "0s", "60s"));
    let pauses = (0..).map(|n| f64::min(10.0 * f64::from(1 << n.min(20)), 5000.0));
    assert_eq!(refused, instants(pauses, 60_000.0));
    assert_eq!(ends, [(30_000.0, Some(Cause::CheckoutTimeout))]);
}

/// Measured: 11 attempts per command, the last after 3.29 s. The law: pauses of min(1 s, U x 10 ms x
/// 2^f), f from 1 to 10, so 5.26 s at most; their sum has a mean of 3.898 s and a standard deviation of
/// 0.575 s.
#[test]
fn redis_py_8_makes_11_attempts_per_command() {
    let crowd = crowd_at_full_server(&pool("redis-py-8"), ("0s", 100), "60s");
    let (refused, ends) = seen(&crowd);
    assert_eq!((refused.len(), ends.len()), (1100, 100));
    assert!(ends.iter().all(|(_, cause)| *cause == Some(Cause::Rejected)));
    let longest: f64 = (1..=10).map(|f| f64::min(1000.0, 10.0 * f64::from(1 << f))).sum();
    assert_eq!(longest, 5260.0);
    assert!(ends.iter().all(|(at, _)| *at <= longest), "{ends:?}");
    // Of c x min(1, U / r), r = c / a: where a pause cannot reach the cap it is even up to a.
    let (mut mean, mut variance) = (0.0, 0.0);
    for f in 1..=10 {
        let (a, c) = (10.0 * f64::from(1 << f), 1000.0);
        if a <= c {
            mean += a / 2.0;
            variance += a * a / 12.0;
        } else {
            let (first, second) = (1.0 - c / (2.0 * a), 1.0 - 2.0 * c / (3.0 * a));
            mean += c * first;
            variance += c * c * (second - first * first);
        }
    }
    let found = ends.iter().map(|(at, _)| at).sum::<f64>() / 100.0;
    let error = f64::sqrt(variance / 100.0);
    assert!((found - mean).abs() <= 4.0 * error, "{found} ms, expected {mean} +- {error}");
    assert!((3290.0 - mean).abs() <= 4.0 * variance.sqrt(), "the measured one is of this law");
}

/// Whether `at` can be the sum of the first so many pauses of a go-redis command: 10 ms and up to
/// 20, 40, 80 ms more.
fn are_pauses_of_go_redis(at: f64, number: usize) -> bool {
    let most: f64 = [30.0, 50.0, 90.0].iter().take(number).sum();
    (10.0 * number as f64..=most).contains(&at)
}

/// As read: four attempts of a command, of five dials each, 100 ms apart.
#[test]
fn go_redis_makes_20_dials_per_command() {
    let (refused, ends) = seen(&at_full_server(&pool("go-redis-9"), "0s", "60s"));
    assert_eq!(refused.len(), 20);
    for (n, five) in refused.chunks(5).enumerate() {
        assert!(are_pauses_of_go_redis(five[0] - 400.0 * n as f64, n), "{refused:?}");
        let after = |at: &f64| (at - five[0]).round();
        let instants: Vec<f64> = five.iter().map(after).collect();
        assert_eq!(instants, [0.0, 100.0, 200.0, 300.0, 400.0]);
    }
    assert_eq!(ends, [(refused[19], Some(Cause::Rejected))]);

    let (refused, ends) = seen(&at_full_server(&pool("go-redis-9.0"), "0s", "60s"));
    assert_eq!((refused.len(), ends.len()), (4, 1), "without repeated dials");
}

/// As read: a checkout that timed out is tried again, so a command of go-redis can wait four times 6 s,
/// and 30 to 170 ms of pauses.
#[test]
fn a_command_of_go_redis_waits_24_seconds_for_a_connection() {
    let text = r#"{
        "format": 1, "seed": "wait", "duration": "60s",
        "servers": { "redis": { "preset": "redis-7.0" } },
        "network": { "delay": { "constant": "0s" } },
        "fleets": { "f": {
            "arrivals": { "instants": { "at": ["0s", "1s"] } },
            "connections": { "main": { "pooled": { "preset": "go-redis-9", "max": 1 } } },
            "steps": [{ "call": { "server": "redis", "through": "main", "hold": { "constant": "55s" } } }]
        } }
    }"#;
    let ends = Diary::of(&from_text(text)).ends();
    assert_eq!(ends[0].1, Some(Cause::CheckoutTimeout));
    assert!(are_pauses_of_go_redis(ends[0].0 - 25_000.0, 3), "{ends:?}");
}

/// A connection that is established and then refused is a failed dial: the minimum of r2d2 is dialled
/// again after pauses of 200 ms, doubled up to 15 s, although nothing is sent to set it up.
#[test]
fn a_refused_refill_waits_for_the_pause_of_its_library() {
    for waits in ["0s", "59s"] {
        let text = format!(
            r#"{{
                "format": 1, "seed": "refill", "duration": "60s",
                "servers": {{ "redis": {{
                    "preset": "redis-7.0", "maxclients": 1, "internal": {{ "admin": 1 }},
                    "cost": {{ "command": "0s", "connect": "0s", "rejection": "0s", "cron": "0s" }}
                }} }},
                "network": {{ "delay": {{ "constant": "500us" }} }},
                "fleets": {{ "f": {{
                    "arrivals": {{ "instants": {{ "at": ["{waits}"] }} }},
                    "connections": {{ "main": {{
                        "pooled": {{ "preset": "r2d2-0.8", "max": 1, "min": 1, "setup_commands": 0 }}
                    }} }},
                    "steps": [{{ "call": {{ "server": "redis", "through": "main" }} }}]
                }} }}
            }}"#
        );
        let (refused, _) = seen(&from_text(&text));
        let pauses = [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 15.0, 15.0].map(|s| s * 1000.0);
        let between: Vec<f64> = refused.windows(2).map(|two| two[1] - two[0]).collect();
        assert_eq!(between.len(), 9, "{refused:?}");
        for (between, pause) in between.iter().zip(pauses) {
            let more = between - pause;
            assert!((0.9..=2.1).contains(&more), "one or two round trips: {between} ms");
        }
    }
}
