//! Deploys: which instances are there at the same time, and with how many connections.

use highwater::model::Observation;
use highwater::scenario::*;
use highwater::units::{SimTime, Span};

use crate::probe::Diary;
use crate::support::*;

/// `instances` with a pool of `pool` connections each, opened at the start, and hardly a request.
fn eager(instances: u32, size: u32) -> Fleet {
    let pool = Strategy::Pooled(Pooled { min: size, ..pool(size) });
    let mut eager = fleet(even(1.0), pool, Dist::Constant(Span::ZERO));
    eager.instances = instances;
    eager.process.start_after = span("3s");
    eager
}

/// The first fleet is deployed again as it is, at 100 s.
fn redeployed(fleets: Vec<Fleet>, rollout: Rollout) -> Scenario {
    let mut again = scenario(free_server("redis", 10_000), fleets[0].clone(), "300s");
    again.settings.fleets = fleets;
    deploy(&mut again, rollout, |_| {});
    again
}

fn deploy(scenario: &mut Scenario, rollout: Rollout, change: impl Fn(&mut Fleet)) {
    let mut settings = Box::new(scenario.settings.clone());
    change(&mut settings.fleets[0]);
    let action = Action::Deploy { fleet: 0, settings, rollout };
    scenario.timeline.push(Entry { at: at("100s"), label: String::new(), action });
}

fn rollout(every: &str, drain: &str, how: Replacing) -> Rollout {
    Rollout { every: span(every), drain: span(drain), how }
}

fn rolling(surge: u32, unavailable: u32) -> Rollout {
    rollout("10s", "0s", Replacing::Rolling { surge, unavailable })
}

/// The connections at the server: in steady state, at most and at least during the deploy, and at
/// the end. The peak of the start of the run is left out.
fn clients(scenario: &Scenario) -> [f64; 4] {
    let record = play(scenario, 0);
    let series = record.find("servers.redis.connected_clients").unwrap();
    let during = record.times.iter().position(|t| *t >= at("100s")).unwrap();
    let peaks = series.peaks.as_ref().unwrap();
    let most = peaks[during..].iter().copied().fold(0.0, f64::max);
    let least = series.values[during..].iter().copied().fold(f64::INFINITY, f64::min);
    [series.values[during - 1], most, least, *series.values.last().unwrap()]
}

fn up(what: &Observation) -> bool {
    matches!(what, Observation::InstanceUp { .. })
}

fn stopped(what: &Observation) -> bool {
    matches!(what, Observation::InstanceStopped { .. })
}

fn deployed(what: &Observation) -> bool {
    matches!(what, Observation::Deployed { .. })
}

/// (N + surge) x pool for a pool that is filled at the start; with `max_unavailable` never more than
/// N x pool, and that many instances less while their successors start.
#[test]
fn the_peak_of_a_rolling_deploy_is_size_and_surge_times_the_pool() {
    for (surge, unavailable, most, least) in
        [(1, 0, 50.0, 40.0), (2, 0, 60.0, 40.0), (4, 0, 80.0, 40.0), (9, 0, 80.0, 40.0)]
    {
        let again = redeployed(vec![eager(4, 10)], rolling(surge, unavailable));
        assert_eq!(clients(&again), [40.0, most, least, 40.0], "surge {surge}");
    }
    for (unavailable, least) in [(1, 30.0), (2, 20.0), (4, 0.0)] {
        let again = redeployed(vec![eager(4, 10)], rolling(0, unavailable));
        assert_eq!(clients(&again), [40.0, 40.0, least, 40.0], "unavailable {unavailable}");
    }
    let both = redeployed(vec![eager(4, 10)], rolling(1, 1));
    assert_eq!(clients(&both), [40.0, 50.0, 30.0, 40.0], "one less and one more");
}

/// An issue of a Jira integration: 441 connections of 36 web and 6 worker processes, and 837 at the
/// peak of a deploy. The difference is 396 = 36 x 11: all web processes were there twice, with 11
/// connections each, and 45 connections were not theirs.
///
/// # Source
///
/// atlassian/github-for-jira issue 350; that it was the web processes follows from the figures.
#[test]
fn a_deploy_that_doubles_36_web_processes_takes_441_connections_to_837() {
    let others = Fleet { name: "worker".to_string(), ..eager(1, 45) };
    let twice = redeployed(vec![eager(36, 11), others], rolling(36, 0));
    assert_eq!(clients(&twice), [441.0, 837.0, 441.0, 441.0]);
}

/// A batch waits for the one before: with an interval shorter than the start there is never more
/// than one above the size.
#[test]
fn a_batch_begins_when_the_one_before_is_ready() {
    let fast = redeployed(
        vec![eager(3, 1)],
        rollout("0s", "0s", Replacing::Rolling { surge: 1, unavailable: 0 }),
    );
    let diary = Diary::of(&fast);
    assert_eq!(diary.ms(up)[3..], [103e3, 106e3, 109e3]);
    assert_eq!(diary.ms(stopped), [103e3, 106e3, 109e3]);
    assert_eq!(diary.ms(deployed), [109e3]);
}

/// All new instances are ready at 103 s with their pools; they get the requests at 123 s, and the old
/// ones stay until 163 s with theirs.
#[test]
fn blue_and_green_double_the_connections_until_the_old_ones_go() {
    let how = Replacing::BlueGreen { switch_after: span("20s"), keep: span("40s") };
    let both = redeployed(vec![eager(4, 10)], rollout("10s", "0s", how));
    let record = play(&both, 0);
    let of = |series: &str, t: &str| value_at(&record, series, at(t));
    let clients = ["102s", "104s", "122s", "124s", "162s", "164s"]
        .map(|t| of("servers.redis.connected_clients", t));
    assert_eq!(clients, [40.0, 80.0, 80.0, 80.0, 80.0, 40.0]);
    let diary = Diary::of(&both);
    assert_eq!(diary.ms(up)[4..], [123e3; 4]);
    assert_eq!(diary.ms(stopped), [163e3; 4]);
    assert_eq!(diary.ms(deployed), [163e3]);
    assert!(diary.ends().iter().all(|(_, cause)| cause.is_none()));
}

/// A deploy that comes before the switch takes over: the green ones stop, nobody switches to them.
#[test]
fn a_deploy_before_the_switch_gives_the_green_ones_up() {
    let how = Replacing::BlueGreen { switch_after: span("60s"), keep: Span::ZERO };
    let mut both = redeployed(vec![eager(2, 10)], rollout("10s", "0s", how));
    let settings = Box::new(both.settings.clone());
    let action = Action::Deploy { fleet: 0, settings, rollout: rolling(2, 0) };
    both.timeline.push(Entry { at: at("120s"), label: String::new(), action });
    let diary = Diary::of(&both);
    assert_eq!(diary.ms(up), [0.0, 0.0, 123e3, 123e3]);
    assert_eq!(diary.ms(stopped), [120e3, 120e3, 123e3, 123e3]);
}

/// All stop at 100 s, and requests fail until the new ones are up at 103 s.
#[test]
fn a_fleet_that_is_recreated_is_away_while_it_starts() {
    let away = redeployed(vec![eager(2, 10)], rollout("10s", "0s", Replacing::Recreate));
    let diary = Diary::of(&away);
    assert_eq!(diary.ms(up)[2..], [103e3; 2]);
    let failed: Vec<_> = diary.ends().into_iter().filter(|(_, cause)| cause.is_some()).collect();
    let none = Some(Cause::NoInstance);
    assert_eq!(failed, [(100e3, none), (101e3, none), (102e3, none)]);
    assert_eq!(clients(&away)[1..3], [20.0, 0.0]);
}

/// A stream that never ends is cut at the limit of the drain, and its successor starts only then.
#[test]
fn a_request_without_end_is_cut_at_the_limit_of_the_drain() {
    let mut long = eager(1, 1);
    long.arrivals = Arrivals::Instants { at: vec![SimTime::ZERO], each: 1 };
    long.steps = vec![Step::Call(Call { hold: Dist::Constant(span("1h")), ..call() })];
    for (how, stops, ups) in [
        (Replacing::Rolling { surge: 0, unavailable: 1 }, 130e3, 133e3),
        (Replacing::Recreate, 130e3, 133e3),
        (Replacing::Rolling { surge: 1, unavailable: 0 }, 133e3, 103e3),
    ] {
        let diary = Diary::of(&redeployed(vec![long.clone()], rollout("10s", "30s", how)));
        assert_eq!(diary.ends(), [(stops, Some(Cause::InstanceStopped))]);
        assert_eq!((diary.ms(stopped), diary.ms(up)[1]), (vec![stops], ups), "{how:?}");
    }
}

/// From a connection per request to a pool to one shared connection, by deploys; then back. The old
/// instances keep their way while the new ones have theirs.
#[test]
fn a_deploy_may_change_how_connections_are_held() {
    let mut mended = scenario(
        free_server("redis", 1000),
        fleet(even(10.0), per_request(Leak { every: 1, ..NO_LEAK }), Dist::Constant(Span::ZERO)),
        "300s",
    );
    mended.settings.fleets[0].instances = 2;
    let pooled = Strategy::Pooled(Pooled { min: 4, ..pool(4) });
    let shared = Strategy::Shared(Shared::plain(1));
    let leaking = mended.settings.fleets[0].connections[0].strategy.clone();
    for (when, strategy) in [("10s", pooled), ("100s", shared), ("200s", leaking)] {
        let mut settings = Box::new(mended.settings.clone());
        settings.fleets[0].connections[0].strategy = strategy;
        let action = Action::Deploy { fleet: 0, settings, rollout: one_by_one("5s", "0s") };
        mended.timeline.push(Entry { at: at(when), label: String::new(), action });
    }
    let record = play(&mended, 0);
    let clients = |t: &str| value_at(&record, "servers.redis.connected_clients", at(t));
    assert!(clients("9s") >= 90.0, "ten leaks a second");
    assert_eq!([clients("50s"), clients("150s")], [8.0, 2.0]);
    assert!(clients("299s") > 900.0);
    let size = record.find("fleets.f.pools.main.size").expect("a fleet that comes to have a pool");
    assert_eq!(value_at(&record, "fleets.f.pools.main.size", at("50s")), 8.0);
    assert_eq!(size.values[5], 0.0);
    assert!(Diary::of(&mended).ends().iter().all(|(_, cause)| cause.is_none()));
}

/// Settings that come while the old version still runs reach only those that hold connections the
/// same way.
#[test]
fn a_change_during_such_a_deploy_leaves_the_old_version_as_it_is() {
    let mut rolling = scenario(
        free_server("redis", 1000),
        fleet(even(10.0), per_request(NO_LEAK), Dist::Constant(Span::ZERO)),
        "100s",
    );
    rolling.settings.fleets[0].instances = 2;
    let mut settings = rolling.settings.clone();
    settings.fleets[0].connections[0].strategy = Strategy::Pooled(pool(3));
    let (first, rollout) = (Box::new(settings.clone()), one_by_one("50s", "0s"));
    let action = Action::Deploy { fleet: 0, settings: first, rollout };
    rolling.timeline.push(Entry { at: at("10s"), label: String::new(), action });
    settings.fleets[0].process.nofile = 500;
    let action = Action::Set(Box::new(settings));
    rolling.timeline.push(Entry { at: at("20s"), label: String::new(), action });
    assert!(Diary::of(&rolling).ends().iter().all(|(_, cause)| cause.is_none()));
}

/// An old instance that dies while its replacement starts is not started again.
#[test]
fn a_death_during_a_deploy_does_not_make_the_fleet_larger() {
    let mut dying = redeployed(vec![eager(1, 1)], rolling(1, 0));
    let action = Action::Fault(Fault::Kill { fleet: 0, instances: 1 });
    dying.timeline.push(Entry { at: at("101s"), label: String::new(), action });
    let diary = Diary::of(&dying);
    assert_eq!(diary.ms(up), [0.0, 103e3]);
    assert_eq!(diary.ms(stopped), [101e3]);
}
