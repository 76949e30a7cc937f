//! Cases without chance: every figure is exact.

use highwater::model::Observation;
use highwater::scenario::*;
use highwater::units::{SimTime, Span};

use crate::meter::sampled;
use crate::probe::Diary;
use crate::rule::case;
use crate::support::*;

fn ms(ms: f64) -> Span {
    Span::from_secs_f64(ms / 1e3)
}

/// Callers all at once at a pool of ten.
fn burst(service_ms: f64, timeout_ms: f64) -> Vec<(f64, Option<Cause>)> {
    let arrivals = Arrivals::Instants { at: vec![SimTime::ZERO], each: 100 };
    let patient = Pooled { wait_timeout: Some(ms(timeout_ms)), ..pool(10) };
    let fleet = fleet(arrivals, Strategy::Pooled(patient), Dist::Constant(ms(service_ms)));
    Diary::of(&scenario(free_server("redis", 1000), fleet, "1s")).ends()
}

#[test]
fn k01_a_burst_with_a_checkout_timeout() {
    let case = case("K01");
    let ends = burst(case.given("service_ms"), case.given("checkout_timeout_ms"));
    let mut expected = Vec::new();
    for wait in case.list("served_wait_ms_each_wave") {
        expected.extend([(wait + case.given("service_ms"), None); 10]);
    }
    let gave_up = (case.expected("timeout_instant_ms"), Some(Cause::CheckoutTimeout));
    expected.extend(vec![gave_up; case.expected("timed_out") as usize]);
    expected.sort_by(|a, b| a.0.total_cmp(&b.0));
    assert_eq!(ends, expected);
}

/// What is done at the last instant is done in time: a connection released at the very instant at
/// which a caller's patience ends is handed to that caller.
#[test]
fn k02_release_comes_before_timeout() {
    let case = case("K02");
    let ends = burst(case.given("service_ms"), case.given("checkout_timeout_ms"));
    let served = ends.iter().filter(|(_, cause)| cause.is_none()).count() as f64;
    assert_eq!(served, case.expected("if_release_before_timeout/served"));
    assert_eq!(ends.len() as f64 - served, case.expected("if_release_before_timeout/timed_out"));
}

#[test]
fn k03_a_line_that_grows_steadily() {
    let fleet = fleet(even(100.0), Strategy::Pooled(pool(2)), Dist::Constant(ms(25.0)));
    let diary = Diary::of(&scenario(free_server("redis", 10), fleet, "10s"));
    let waits: Vec<u64> = diary
        .0
        .iter()
        .filter_map(|(_, what)| match what {
            Observation::CheckedOut { wait, .. } => Some(wait.as_ns() / 1_000_000),
            _ => None,
        })
        .collect();
    let expected: Vec<u64> = (0..waits.len() as u64).map(|k| 5 * (k / 2)).collect();
    assert_eq!(waits, expected);
    assert_eq!(waits[200] as f64, case("K03").expected("wait_ms_k200"));
}

#[test]
fn k07_descriptors_limit_the_clients() {
    let pairs = [
        [10000, 1024],
        [10000, 2048],
        [10000, 4096],
        [10000, 10032],
        [10000, 65535],
        [15000, 10032],
    ];
    let expected = case("K07").list("effective_maxclients");
    for ([maxclients, ulimit], expected) in pairs.into_iter().zip(expected) {
        let mut server = free_server("redis", maxclients);
        server.nofile = nofile(ulimit, ulimit);
        assert_eq!(server.effective_maxclients().map(f64::from), Some(expected));
    }
}

/// Every n-th request leaks, and requests are evenly spaced: the level is exact. As many leaks as in
/// the case, 4.4 a second, from 44 requests a second instead of 22,000.
fn every_tenth(timeout: Span, duration: &str) -> Scenario {
    let leak = Leak { every: 10, ..NO_LEAK };
    let fleet = fleet(even(44.0), per_request(leak), Dist::Constant(Span::ZERO));
    let mut server = free_server("redis", 10_000);
    server.timeout = timeout;
    scenario(server, fleet, duration)
}

#[test]
fn k09_evenly_spaced_leaks_fill_the_server_at_a_known_instant() {
    let case = case("K09");
    let diary = Diary::of(&every_tenth(Span::ZERO, "2280s"));
    let rejected = diary.ms(|what| matches!(what, Observation::Rejected { .. }));
    // Request number 100,000, from zero, is the first that finds 10,000 slots leaked.
    let expected_ns = (100_000.0 / 44.0 * 1e9_f64).round();
    assert_eq!((rejected[0] * 1e6).round(), expected_ns);
    assert!((rejected[0] / 1e3 - case.expected("timeout_0_limit_reached_s")).abs() < 1e-3);
}

#[test]
fn k09_evenly_spaced_leaks_level_off_at_rate_times_timeout() {
    let plateau = case("K09").expected("timeout_300_plateau_connections");
    let level = every_tenth(span("300s"), "1000s");
    // Just before requests, from the end of the first timeout on.
    let instants = (301..1000).map(|s| at(&format!("{s}s")) + ms(1.0));
    let levels = sampled(&level, 0, instants, |meter| meter.leaked.level as f64);
    assert!(levels.iter().all(|level| *level == plateau), "{levels:?}");
}

/// The server of Redis compares whole seconds and looks about once a second: one idle connection,
/// leaked at two hundred different parts of a second, lives between T and T + 1 s and one call of the
/// cron.
#[test]
fn k10_the_granularity_of_the_idle_reaper() {
    let case = case("K10");
    let mut lives = Vec::new();
    for part in 0..200 {
        let leaked = SimTime::ZERO + ms(5000.0 + 5.0 * f64::from(part) + 0.5);
        let leak = Leak { every: 1, ..NO_LEAK };
        let arrivals = Arrivals::Instants { at: vec![leaked], each: 1 };
        let fleet = fleet(arrivals, per_request(leak), Dist::Constant(Span::ZERO));
        let mut server = free_server("redis", 10);
        server.timeout = Span::from_secs_f64(case.given("timeout_s"));
        server.reaper = Reaper::RedisCron;
        let diary = Diary::of(&scenario(server, fleet, "400s"));
        let reaped = diary.ms(|what| matches!(what, Observation::Reaped { .. }));
        lives.push(reaped[0] / 1e3 - leaked.as_secs_f64());
    }
    let (shortest, longest) =
        lives.iter().fold((f64::MAX, 0.0f64), |(s, l), life| (s.min(*life), l.max(*life)));
    println!("K10: idle lives of {shortest} to {longest} s");
    assert!(shortest > case.expected("idle_life_s_lower_exclusive"));
    assert!(longest < case.expected("idle_life_s_upper_before_cron") + 0.1);
    assert!(longest > case.expected("idle_life_s_upper_before_cron") - 0.1);
}
