//! A fleet whose size follows its load.

use highwater::model::Observation;
use highwater::scenario::*;
use highwater::units::{Ratio, SimTime, Span};

use crate::probe::Diary;
use crate::support::*;

fn rule(on: ScaleOn, target: f64, min: u32, max: u32) -> Autoscale {
    Autoscale {
        on,
        target,
        min,
        max,
        every: span("15s"),
        tolerance: Ratio::new(0.1).unwrap(),
        up_after: Span::ZERO,
        down_after: span("5min"),
        up_by: 4,
        up_factor: 2.0,
        down_by: None,
        cooldown: Span::ZERO,
        drain: span("30s"),
    }
}

fn steps(rates: &[(&str, f64)]) -> Arrivals {
    let step = |(t, rate): &(&str, f64)| (at(t), per_second(*rate));
    Arrivals::Even(Profile::Steps(rates.iter().map(step).collect()))
}

fn scaled(what: &Observation) -> bool {
    matches!(what, Observation::Scaled { .. })
}

/// The instants of changes in seconds, with the size after each.
fn sizes(scenario: &Scenario) -> Vec<(f64, u32)> {
    let change = |(at, what): &(SimTime, Observation)| match what {
        Observation::Scaled { to, .. } => Some((at.as_secs_f64(), *to)),
        _ => None,
    };
    Diary::of(scenario).0.iter().filter_map(change).collect()
}

/// 100 to 1,000 to 100 requests a second at 35 an instance: 3, then 7, 14 and 15 at most, and back to
/// 3 five minutes after the last look that saw more.
#[test]
fn a_fleet_follows_its_requests_up_at_once_and_down_after_a_while() {
    let load = steps(&[("0s", 100.0), ("60s", 1000.0), ("180s", 100.0)]);
    let mut web = fleet(load, per_request(NO_LEAK), Dist::Constant(Span::ZERO));
    web.instances = 3;
    web.autoscale = Some(rule(ScaleOn::Requests, 35.0, 3, 15));
    let grown = scenario(free_server("db", 1000), web, "10min");
    assert_eq!(sizes(&grown), [(75.0, 7), (90.0, 14), (105.0, 15), (495.0, 3)]);
}

/// Work of 100 ms CPU at 14 a second on two instances: 70 % of each core, which is the target; at 28 a
/// second 140 % cannot be, a core is at most all busy, so growth is by 1 / 0.7 at a look.
#[test]
fn a_fleet_follows_the_share_of_its_cores_that_is_busy() {
    let load = steps(&[("0s", 14.0), ("60s", 28.0)]);
    let mut web = fleet(load, per_request(NO_LEAK), Dist::Constant(Span::ZERO));
    (web.instances, web.balancer) = (2, Balancer::RoundRobin);
    web.process.cpu = ProcessCpu { request: span("100ms"), ..ProcessCpu::UNUSED };
    web.autoscale = Some(rule(ScaleOn::Cpu, 0.7, 1, 20));
    let sizes = sizes(&scenario(free_server("db", 1000), web, "3min"));
    assert_eq!(sizes[0], (75.0, 3), "2 x 1 / 0.7 rounded up");
    // Work that has piled up at the first two keeps them all busy for a while.
    assert!(sizes[1..].iter().all(|(_, size)| (4..=5).contains(size)), "{sizes:?}");
    assert!(!sizes[1..].is_empty());
}

/// Memory and requests in flight: sizes for the mean of one instance, exactly.
#[test]
fn a_fleet_follows_memory_or_requests_in_flight() {
    for (on, target) in [(ScaleOn::InFlight, 10.0), (ScaleOn::Memory, 10e6)] {
        let mut web = fleet(even(100.0), per_request(NO_LEAK), Dist::Constant(span("500ms")));
        web.process.memory_per_request = highwater::units::Bytes(1_000_000);
        web.autoscale = Some(rule(on, target, 1, 20));
        let sizes = sizes(&scenario(free_server("db", 1000), web, "1min"));
        assert_eq!(sizes, [(15.0, 5)], "50 in flight at ten each: {on:?}");
    }
}

/// Load times ten takes three pods with pools of 50 to fifteen at a database that lets 200 in: four
/// pods have their connections, and the others end at their start, again and again.
///
/// # Source
///
/// dev.to, "autoscaling incident" of January 2026: 100 to 1,000 requests a second, 3 to 15 pods, pool
/// 50, `max_connections` 200. That a pod needs its whole pool at its start is assumed.
#[test]
fn pods_beyond_the_connection_limit_crash_loop() {
    let load = steps(&[("0s", 100.0), ("60s", 1000.0)]);
    let pool = Strategy::Pooled(Pooled { min: 50, ..pool(50) });
    let mut web = fleet(load, pool, Dist::Constant(span("1ms")));
    web.instances = 3;
    web.autoscale = Some(rule(ScaleOn::Requests, 35.0, 3, 15));
    web.process.start = AtStart { needs_connections: true, give_up_after: span("30s") };
    web.process.backoff =
        Some(RestartBackoff { first: span("10s"), cap: span("5min"), reset_after: span("10min") });
    (web.process.start_after, web.process.restart_after) = (span("5s"), span("5s"));
    let full = scenario(free_server("db", 200), web, "20min");
    let record = play(&full, 0);
    let of = |series: &str, t: &str| value_at(&record, series, at(t));
    assert_eq!(of("fleets.f.instances_up", "59s"), 3.0);
    assert_eq!(of("fleets.f.instances_up", "19min"), 4.0);
    assert_eq!(of("servers.db.connected_clients", "19min"), 200.0);
    assert!(last(&record, "servers.db.rejected_connections") > 0.0);
    // Eleven pods, each started again at once and after 10, 20, 40, 80, 160, 300, 300 s, with five
    // seconds for each start.
    let failures = last(&record, "fleets.f.start_failures");
    assert!((11.0 * 8.0..=11.0 * 9.0).contains(&failures), "{failures}");
    assert!(Diary::of(&full).ms(scaled).len() >= 2);
}
