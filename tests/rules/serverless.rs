//! Serverless: an instance for every request in flight, frozen between two.

use highwater::model::Observation;
use highwater::scenario::*;
use highwater::units::{SimTime, Span};

use crate::probe::Diary;
use crate::support::*;

fn function(arrivals: Arrivals, strategy: Strategy, hold: &str, max: u32) -> Fleet {
    let mut function = fleet(arrivals, strategy, Dist::Constant(span(hold)));
    function.serverless = Some(Serverless {
        max,
        keep: span("10min"),
        cold_start: Dist::Constant(span("200ms")),
        provisioned: 0,
        frozen: true,
    });
    function
}

fn provisioned(fleet: &mut Fleet, number: u32) {
    fleet.serverless.as_mut().unwrap().provisioned = number;
}

/// `each` requests at each of these instants.
fn waves(instants: &[&str], each: u32) -> Arrivals {
    Arrivals::Instants { at: instants.iter().map(|instant| at(instant)).collect(), each }
}

fn failures(scenario: &Scenario) -> Vec<Cause> {
    Diary::of(scenario).ends().iter().filter_map(|(_, cause)| *cause).collect()
}

fn eager(size: u32) -> Strategy {
    Strategy::Pooled(Pooled { min: size, ..pool(size) })
}

/// A hundred environments are there ahead of need, one connection each, at a database that has 50:
/// exactly half of the first wave fails, whether they connect when they start or with the first
/// request.
///
/// # Source
///
/// distributedjava.com on Lambda and RDS: provisioned concurrency 100, `max_connections` 50.
#[test]
fn half_of_a_hundred_environments_find_no_connection_of_fifty() {
    for strategy in [eager(1), Strategy::Pooled(pool(1))] {
        let mut lambda = function(waves(&["10s"], 100), strategy, "50ms", 100);
        provisioned(&mut lambda, 100);
        let full = scenario(free_server("db", 50), lambda, "20s");
        assert_eq!(failures(&full).len(), 50);
        let record = play(&full, 0);
        assert_eq!(last(&record, "fleets.f.cold_starts"), 0.0);
        assert_eq!(last(&record, "fleets.f.succeeded"), 50.0);
    }
}

/// Two hundred functions at once with a pool of three each make 600 connections, which they keep while
/// they are frozen.
///
/// # Source
///
/// prisma/web issue 1537: 200 functions with `connection_limit` 3.
#[test]
fn two_hundred_functions_with_pools_of_three_hold_600_connections() {
    let functions = function(waves(&["0s"], 200), eager(3), "50ms", 1000);
    let record = play(&scenario(free_server("db", 1000), functions, "5min"), 0);
    let clients = |t: &str| value_at(&record, "servers.db.connected_clients", at(t));
    assert_eq!([clients("1s"), clients("299s")], [600.0, 600.0]);
    assert_eq!(last(&record, "fleets.f.cold_starts"), 200.0);
}

/// The server closes after a minute of silence what a frozen instance holds; that one never hears of
/// it, and its next request fails on the connection.
#[test]
fn a_frozen_instance_finds_a_closed_connection_at_its_next_use() {
    let timed = Server { timeout: span("60s"), ..free_server("db", 1000) };
    for (frozen, cause) in [(true, vec![Cause::StaleConnection]), (false, vec![])] {
        let again = waves(&["0s", "100s", "101s"], 1);
        // One that stands by sees the close, and its pool looks before it hands out.
        let peeking = Pooled { validate: Validate::Peek, ..pool(1) };
        let mut function = function(again, Strategy::Pooled(peeking), "1ms", 10);
        function.serverless.as_mut().unwrap().frozen = frozen;
        let scenario = scenario(timed.clone(), function, "120s");
        assert_eq!(failures(&scenario), cause, "frozen: {frozen}");
        let record = play(&scenario, 0);
        let clients = |t: &str| value_at(&record, "servers.db.connected_clients", at(t));
        assert_eq!([clients("50s"), clients("90s"), clients("110s")], [1.0, 0.0, 1.0]);
        assert_eq!(last(&record, "fleets.f.cold_starts"), 1.0);
    }
}

/// An instance that has not been used for `keep` is gone; frozen ones close nothing, and the server
/// holds what it had of them until its own timeout.
#[test]
fn connections_of_instances_that_are_gone_stay_until_the_timeout() {
    for (frozen, left) in [(true, 20.0), (false, 0.0)] {
        let timed = Server { timeout: span("120s"), ..free_server("db", 1000) };
        let mut function = function(waves(&["0s"], 20), Strategy::Pooled(pool(1)), "1ms", 100);
        let settings = function.serverless.as_mut().unwrap();
        (settings.keep, settings.frozen) = (span("60s"), frozen);
        let record = play(&scenario(timed, function, "200s"), 0);
        let of = |series: &str, t: &str| value_at(&record, series, at(t));
        assert_eq!(of("fleets.f.instances_up", "60s"), 20.0);
        assert_eq!(of("fleets.f.instances_up", "61s"), 0.0);
        let clients = |t: &str| of("servers.db.connected_clients", t);
        assert_eq!([clients("60s"), clients("62s"), clients("150s")], [20.0, left, 0.0]);
    }
}

/// The pool of a frozen instance does not look; it does as soon as the instance goes on.
#[test]
fn the_pool_of_a_frozen_instance_does_not_reap() {
    let reaping = Pooled {
        idle_timeout: Some(span("10s")),
        reaper: PoolReaper::Periodic(span("5s")),
        ..pool(2)
    };
    let function = function(waves(&["0s", "60s"], 1), Strategy::Pooled(reaping), "1ms", 10);
    let record = play(&scenario(free_server("db", 10), function, "100s"), 0);
    let clients = |t: &str| value_at(&record, "servers.db.connected_clients", at(t));
    // Used again at 60 s, it has been idle for no time when the pool looks.
    assert_eq!([clients("59s"), clients("61s"), clients("99s")], [1.0, 1.0, 1.0]);
}

/// Beyond the limit requests are throttled, and each of the others waits for its start: three at once
/// with two instances at most, and later two that find them warm.
#[test]
fn a_request_beyond_the_limit_is_throttled() {
    let mut arrivals = waves(&["0s"], 3);
    if let Arrivals::Instants { at, .. } = &mut arrivals {
        at.push(SimTime::ZERO + span("10s"));
    }
    let function = function(arrivals, per_request(NO_LEAK), "1s", 2);
    let diary = Diary::of(&scenario(free_server("db", 10), function, "20s"));
    let throttled = Some(Cause::ConcurrencyLimit);
    let ends = [
        (0.0, throttled),
        (1200.0, None),
        (1200.0, None),
        (10_000.0, throttled),
        (11_000.0, None),
        (11_000.0, None),
    ];
    assert_eq!(diary.ends(), ends);
}

/// Who came free last is used first: with one request a second only one of ten instances goes on
/// being used, and the others go after `keep`.
#[test]
fn the_instance_used_last_is_used_first() {
    let mut arrivals = vec![SimTime::ZERO; 10];
    arrivals.extend((1..100).map(|second| SimTime::ZERO + Span::from_secs(second)));
    let arrivals = Arrivals::Instants { at: arrivals, each: 1 };
    let mut function = function(arrivals, per_request(NO_LEAK), "1ms", 100);
    function.serverless.as_mut().unwrap().keep = span("30s");
    let record = play(&scenario(free_server("db", 100), function, "90s"), 0);
    let up = |t: &str| value_at(&record, "fleets.f.instances_up", at(t));
    assert_eq!([up("1s"), up("30s"), up("31s"), up("80s")], [10.0, 10.0, 1.0, 1.0]);
    assert_eq!(last(&record, "fleets.f.cold_starts"), 10.0);
}

/// A deploy of a function: new requests get new instances at once, the frozen ones of before are gone,
/// and a request under way ends where it is.
#[test]
fn a_deploy_of_a_function_renews_the_free_instances_at_once() {
    let function = function(waves(&["0s", "10s", "20s"], 3), Strategy::Pooled(pool(1)), "1s", 9);
    let mut renewed = scenario(free_server("db", 100), function, "30s");
    let mut settings = Box::new(renewed.settings.clone());
    settings.fleets[0].connections[0].strategy = per_request(NO_LEAK);
    let action = Action::Deploy { fleet: 0, settings, rollout: one_by_one("1s", "1s") };
    renewed.timeline.push(Entry { at: at("10500ms"), label: String::new(), action });
    let record = play(&renewed, 0);
    assert_eq!(last(&record, "fleets.f.succeeded"), 9.0);
    assert_eq!(last(&record, "fleets.f.cold_starts"), 6.0);
    let clients = |t: &str| value_at(&record, "servers.db.connected_clients", at(t));
    // Those under way end with their process, which closes; the new ones dial for each request.
    assert_eq!([clients("9s"), clients("19s"), clients("29s")], [3.0, 0.0, 0.0]);
}

/// Instances that are there always are started again when they die.
#[test]
fn provisioned_instances_are_replaced() {
    let mut function = function(waves(&["50s"], 5), per_request(NO_LEAK), "1ms", 5);
    provisioned(&mut function, 5);
    function.serverless.as_mut().unwrap().keep = Span::ZERO;
    let mut killed = scenario(free_server("db", 10), function, "60s");
    let action = Action::Fault(Fault::Kill { fleet: 0, instances: 2 });
    killed.timeline.push(Entry { at: at("20s"), label: String::new(), action });
    let record = play(&killed, 0);
    let up = |t: &str| value_at(&record, "fleets.f.instances_up", at(t));
    assert_eq!([up("10s"), up("20s"), up("29s"), up("31s")], [5.0, 3.0, 3.0, 5.0]);
    assert_eq!(last(&record, "fleets.f.cold_starts"), 0.0);
    assert!(failures(&killed).is_empty());
    let cold = |what: &Observation| matches!(what, Observation::ColdStart { .. });
    assert!(Diary::of(&killed).ms(cold).is_empty());
}

/// A pool with a timer for each connection, 10 s of idleness: the timer that was to ring at 11.2 s
/// stands still with its instance, and is set anew when the instance is used again, for long enough.
#[test]
fn the_timers_of_a_pool_go_on_after_the_thaw() {
    let timed = Pooled {
        idle_timeout: Some(span("10s")),
        reaper: PoolReaper::Exact,
        lifetime_jitter: ratio(0.1),
        ..pool(1)
    };
    let mut function = function(waves(&["1s", "61s"], 1), Strategy::Pooled(timed), "0s", 1);
    function.steps.push(Step::Work(Dist::Constant(span("8s"))));
    let mut scenario = scenario(free_server("db", 50), function, "100s");
    let mut longer = scenario.settings.clone();
    longer.fleets[0].steps[1] = Step::Work(Dist::Constant(span("30s")));
    let action = Action::Set(Box::new(longer));
    scenario.timeline.push(Entry { at: at("30s"), label: String::new(), action });
    let freed = Diary::of(&scenario).ms(|seen| matches!(seen, Observation::Freed { .. }));
    assert_eq!(freed.len(), 1, "{freed:?}");
    assert!((71_000.0..71_010.0).contains(&freed[0]), "{freed:?}");
}
