//! Settings that change while something is under way.

use highwater::model::Observation;
use highwater::scenario::*;
use highwater::units::Span;

use crate::probe::Diary;
use crate::support::*;

fn entry(at: &str, action: Action) -> Entry {
    Entry { at: crate::support::at(at), label: String::new(), action }
}

fn set(at: &str, settings: &Settings) -> Entry {
    entry(at, Action::Set(Box::new(settings.clone())))
}

fn count(scenario: &Scenario, is: impl Fn(&Observation) -> bool) -> usize {
    Diary::of(scenario).0.iter().filter(|(_, what)| is(what)).count()
}

/// Four instances leak every second connection; a rolling deploy mends that, one instance in 20 s.
/// A change of traffic in the middle (to the same rate, said otherwise) must not end the deploy.
#[test]
fn a_change_of_traffic_leaves_a_deploy_alone() {
    let leak = Leak { on_success: ratio(0.5), ..NO_LEAK };
    let mut rolling = scenario(
        free_server("redis", 100_000),
        fleet(even(50.0), per_request(leak), Dist::Constant(Span::ZERO)),
        "2min",
    );
    rolling.settings.fleets[0].instances = 4;
    let mut mended = rolling.settings.clone();
    mended.fleets[0].connections[0].strategy = per_request(NO_LEAK);
    let settings = Box::new(mended.clone());
    let rollout = one_by_one("20s", "5s");
    rolling.timeline.push(entry("20s", Action::Deploy { fleet: 0, settings, rollout }));
    let leaked = |what: &Observation| matches!(what, Observation::Leaked { .. });
    let before = count(&rolling, leaked);
    mended.fleets[0].arrivals =
        Arrivals::Even(Profile::Steps(vec![(crate::support::at("0s"), per_second(50.0))]));
    rolling.timeline.push(set("30s", &mended));
    assert_eq!(count(&rolling, leaked), before);
    assert!(before > 500, "{before}");
}

/// Work of 5 s, a drain of 1 s: the requests it cuts off have not failed for memory.
#[test]
fn what_a_drain_cuts_off_has_a_cause_of_its_own() {
    let mut cut = scenario(
        free_server("redis", 1000),
        fleet(even(10.0), per_request(NO_LEAK), Dist::Constant(span("5s"))),
        "60s",
    );
    let settings = Box::new(cut.settings.clone());
    let rollout = one_by_one("10s", "1s");
    cut.timeline.push(entry("20s", Action::Deploy { fleet: 0, settings, rollout }));
    let of = |cause: Cause| {
        count(&cut, |what| matches!(what, Observation::Failed { cause: c, .. } if *c == cause))
    };
    assert_eq!(of(Cause::Oom), 0);
    // Those that arrived in the five seconds before, but for the second of the drain.
    assert!((39..=41).contains(&of(Cause::InstanceStopped)), "{}", of(Cause::InstanceStopped));
}

/// Ten leaked connections and an operator fill the server under the exact reaper and a timeout of a
/// minute; then the cron takes over with 5 s.
#[test]
fn a_change_of_reaper_does_not_lose_those_who_are_idle() {
    for (from, to) in [(Reaper::Exact, Reaper::RedisCron), (Reaper::RedisCron, Reaper::Exact)] {
        let leak = Leak { every: 1, ..NO_LEAK };
        let internal = Internal { admin: 1, ..Internal::NONE };
        let mut full = scenario(
            Server { reaper: from, timeout: span("60s"), internal, ..free_server("redis", 11) },
            fleet(
                Arrivals::Instants { at: vec![crate::support::at("0s")], each: 10 },
                per_request(leak),
                Dist::Constant(Span::ZERO),
            ),
            "50s",
        );
        let mut other = full.settings.clone();
        (other.servers[0].reaper, other.servers[0].timeout) = (to, span("5s"));
        full.timeline.push(set("20s", &other));
        let reaped = |what: &Observation| matches!(what, Observation::Reaped { .. });
        assert_eq!(count(&full, reaped), 10, "{from:?} to {to:?}");
    }
}

/// A pool that sweeps every 30 s, while something else about the fleet changes every 20 s.
#[test]
fn an_unrelated_change_does_not_put_a_sweep_off() {
    let swept = Pooled {
        idle_timeout: Some(span("5s")),
        reaper: PoolReaper::Periodic(span("30s")),
        ..pool(10)
    };
    let burst = Arrivals::Instants { at: vec![crate::support::at("0s")], each: 10 };
    let mut changed = scenario(
        free_server("redis", 1000),
        fleet(burst, Strategy::Pooled(swept), Dist::Constant(span("1s"))),
        "2min",
    );
    for (number, at) in ["20s", "40s", "60s", "80s", "100s"].into_iter().enumerate() {
        let mut settings = changed.settings.clone();
        settings.fleets[0].process.nofile = 1000 + number as u32;
        changed.timeline.push(set(at, &settings));
    }
    let freed = Diary::of(&changed).ms(|what| matches!(what, Observation::Freed { .. }));
    assert_eq!(freed, [31_000.0; 10], "swept 30 s after the first came back, at 1 s");
}

/// A deploy that also doubles the traffic and the fleet: both are the fleet's and change at once.
#[test]
fn a_deploy_may_change_traffic_and_size() {
    let mut grown = scenario(
        free_server("redis", 1000),
        fleet(even(10.0), per_request(NO_LEAK), Dist::Constant(Span::ZERO)),
        "20s",
    );
    grown.settings.fleets[0].instances = 2;
    let mut larger = grown.settings.clone();
    larger.fleets[0].arrivals = even(20.0);
    larger.fleets[0].instances = 4;
    let settings = Box::new(larger);
    let rollout = one_by_one("1s", "1s");
    let deploy = Action::Deploy { fleet: 0, settings, rollout };
    grown.timeline.push(entry("10s", deploy));
    let arrived = |what: &Observation| matches!(what, Observation::Arrived { .. });
    assert_eq!(count(&grown, arrived), 301, "100 in the first half, 200 in the second, both ends");
    let up = |what: &Observation| matches!(what, Observation::InstanceUp { .. });
    let stopped = |what: &Observation| matches!(what, Observation::InstanceStopped { .. });
    assert_eq!(count(&grown, up) - count(&grown, stopped), 4);
}

/// One shared connection, then three, then one again.
#[test]
fn shared_connections_become_more_and_fewer() {
    let shared = |connections| Strategy::Shared(Shared::plain(connections));
    let mut resized = scenario(
        free_server("redis", 1000),
        fleet(even(10.0), shared(1), Dist::Constant(Span::ZERO)),
        "6s",
    );
    for (at, connections) in [("2s", 3), ("4s", 1)] {
        let mut settings = resized.settings.clone();
        settings.fleets[0].connections[0].strategy = shared(connections);
        resized.timeline.push(set(at, &settings));
    }
    let record = play(&resized, 0);
    let clients =
        |at: &str| value_at(&record, "servers.redis.connected_clients", crate::support::at(at));
    // Who is no longer used stays open until the server closes it.
    assert_eq!([clients("1s"), clients("3s"), clients("5s")], [1.0, 3.0, 3.0]);
    assert!(Diary::of(&resized).ends().iter().all(|(_, cause)| cause.is_none()));
}
