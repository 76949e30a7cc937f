//! Instances: deploys, rollbacks, scaling, memory.

use highwater::model::Observation;
use highwater::scenario::*;
use highwater::theory::{FillTime, mean_interval};
use highwater::units::{Bytes, Rate, SimTime, Span};
use rayon::prelude::*;

use crate::probe::{Diary, watch};
use crate::support::*;

fn s(s: u64) -> Span {
    Span::from_secs(s)
}

/// Four instances, one request a second.
fn four() -> Scenario {
    let fleet = fleet(even(1.0), per_request(NO_LEAK), Dist::Constant(Span::ZERO));
    let mut four = scenario(free_server("redis", 1000), fleet, "5min");
    four.settings.fleets[0].instances = 4;
    four
}

fn deploy(scenario: &mut Scenario, at: &str, settings: &Settings) {
    let action = Action::Deploy {
        fleet: 0,
        settings: Box::new(settings.clone()),
        rollout: one_by_one("10s", "5s"),
    };
    scenario.timeline.push(Entry { at: crate::support::at(at), label: String::new(), action });
}

fn set(scenario: &mut Scenario, at: &str, settings: &Settings) {
    let action = Action::Set(Box::new(settings.clone()));
    scenario.timeline.push(Entry { at: crate::support::at(at), label: String::new(), action });
}

fn up(what: &Observation) -> bool {
    matches!(what, Observation::InstanceUp { .. })
}

fn stopped(what: &Observation) -> bool {
    matches!(what, Observation::InstanceStopped { .. })
}

#[test]
fn a_deploy_replaces_one_instance_after_the_other() {
    let mut rolling = four();
    let mut new = rolling.settings.clone();
    new.fleets[0].process.start_after = s(3);
    deploy(&mut rolling, "100s", &new);
    let diary = Diary::of(&rolling);
    assert_eq!(diary.ms(up)[4..], [103e3, 113e3, 123e3, 133e3]);
    // The one replaced goes on until its replacement takes requests.
    assert_eq!(diary.ms(stopped), [103e3, 113e3, 123e3, 133e3]);
    assert_eq!(diary.ms(|what| matches!(what, Observation::Deployed { .. })), [140e3]);
}

/// The rollback comes at 115 s, when two of four have been replaced: those that still run the old
/// settings are replaced too, but nobody starts with the new settings any more.
#[test]
fn a_rollback_ends_the_deploy_under_way() {
    let mut rolled = four();
    let old = rolled.settings.clone();
    let mut new = old.clone();
    new.fleets[0].process.start_after = s(3);
    deploy(&mut rolled, "100s", &new);
    deploy(&mut rolled, "115s", &old);
    let ups = Diary::of(&rolled).ms(up);
    assert_eq!(ups[4..], [103e3, 113e3, 115e3, 125e3, 135e3, 145e3]);
}

/// A fleet of four is made smaller while a deploy goes on: two are left, not more.
#[test]
fn a_deploy_does_not_bring_back_instances_that_were_taken_away() {
    let mut shrunk = four();
    let settings = shrunk.settings.clone();
    deploy(&mut shrunk, "100s", &settings);
    let mut fewer = settings.clone();
    fewer.fleets[0].instances = 2;
    set(&mut shrunk, "115s", &fewer);
    let diary = Diary::of(&shrunk);
    assert_eq!(diary.ms(up).len() - diary.ms(stopped).len(), 2);
}

/// A process that needs more memory than it may have dies again and again; time goes on.
#[test]
fn a_process_that_dies_at_its_start_does_not_stop_the_clock() {
    let keeper = Pooled { min: 10, ..pool(10) };
    let fleet = fleet(even(1.0), Strategy::Pooled(keeper), Dist::Constant(Span::ZERO));
    let mut dying = scenario(free_server("redis", 1000), fleet, "1s");
    dying.settings.fleets[0].process = Process {
        memory_per_socket: Bytes(1),
        memory_limit: Bytes(5),
        restart_after: Span::ZERO,
        ..free_process()
    };
    let kills = Diary::of(&dying).ms(|what| matches!(what, Observation::OomKilled { .. }));
    assert_eq!(kills.len(), 1001, "one at the start and one every millisecond");
}

/// Two instances more at 100 s, four fewer at 200 s: the youngest go, after their requests.
#[test]
fn scaling_starts_and_drains_instances() {
    let mut scaled = four();
    scaled.settings.fleets[0].process.start_after = s(7);
    let mut more = scaled.settings.clone();
    more.fleets[0].instances = 6;
    set(&mut scaled, "100s", &more);
    let mut fewer = more.clone();
    fewer.fleets[0].instances = 2;
    set(&mut scaled, "200s", &fewer);
    let diary = Diary::of(&scaled);
    assert_eq!(diary.ms(up), [0.0, 0.0, 0.0, 0.0, 107e3, 107e3]);
    assert_eq!(diary.ms(stopped), [200e3; 4]);
    assert!(diary.ends().iter().all(|(_, cause)| cause.is_none()));
}

/// A drained instance finishes what it has; what takes longer than the limit is cut off.
#[test]
fn a_drained_instance_finishes_what_it_can_in_time() {
    for (hold, ends, stop) in
        [(s(3), (102e3, None), 102e3), (s(9), (104e3, Some(Cause::InstanceStopped)), 104e3)]
    {
        let mut drained = four();
        drained.settings.fleets[0].instances = 1;
        let at = vec![SimTime::ZERO + s(99)];
        drained.settings.fleets[0].arrivals = Arrivals::Instants { at, each: 1 };
        if let Step::Call(call) = &mut drained.settings.fleets[0].steps[0] {
            call.hold = Dist::Constant(hold);
        }
        let settings = drained.settings.clone();
        deploy(&mut drained, "99500ms", &settings);
        let action = &mut drained.timeline[0].action;
        if let Action::Deploy { rollout, .. } = action {
            rollout.drain = Span::from_ns(4_500_000_000);
        }
        let diary = Diary::of(&drained);
        assert_eq!((diary.ends()[0], diary.ms(stopped)[0]), (ends, stop));
    }
}

/// Descriptors run out at the client: the 101st socket is refused by its own kernel, and nothing of
/// it reaches the server.
#[test]
fn a_client_without_descriptors_fails_by_itself() {
    let leak = Leak { every: 1, ..NO_LEAK };
    let leaking = fleet(even(10.0), per_request(leak), Dist::Constant(Span::ZERO));
    let mut full = scenario(free_server("redis", 1000), leaking, "20s");
    full.settings.fleets[0].process.nofile = 100;
    let diary = Diary::of(&full);
    let failed: Vec<_> = diary.ends().into_iter().filter(|(_, cause)| cause.is_some()).collect();
    assert_eq!(failed[0], (10_000.0, Some(Cause::Emfile)));
    assert_eq!(failed.len(), 101, "from 10 s to 20 s, both ends counted");
    assert_eq!(diary.ms(|what| matches!(what, Observation::Received { .. })).len(), 100);
}

/// Exact, with evenly spaced leaks: 240 MB and 0.618 MB a leak reach 2,048 MB with the 2,926th.
#[test]
fn a_process_is_killed_by_the_leak_that_takes_it_over_its_limit() {
    let leak = Leak { every: 1, ..NO_LEAK };
    let leaking = fleet(even(10.0), per_request(leak), Dist::Constant(Span::ZERO));
    let mut heavy = scenario(free_server("redis", 100_000), leaking, "300s");
    heavy.settings.fleets[0].process = heavy_process();
    let diary = Diary::of(&heavy);
    let kills = diary.ms(|what| matches!(what, Observation::OomKilled { .. }));
    assert_eq!(kills, [292_500.0]);
    let ups = diary.ms(up);
    assert_eq!(ups, [0.0]);
}

fn heavy_process() -> Process {
    Process {
        memory_base: Bytes(240_000_000),
        memory_per_leak: Bytes(618_000),
        memory_limit: Bytes(2_048_000_000),
        restart_after: s(30),
        ..free_process()
    }
}

/// With leaks by chance the life of a process has a gamma law: three tasks share 340 requests a second,
/// of which 1.2607e-3 leak. Every request leaks here, and there are as few of them.
#[test]
fn the_life_of_a_leaking_process_has_a_gamma_law() {
    let leak_rate = 340.0 * 1.2607e-3;
    let leak = Leak { every: 1, ..NO_LEAK };
    let leaking = fleet(poisson(leak_rate), per_request(leak), Dist::Constant(Span::ZERO));
    let mut heavy = scenario(free_server("redis", 100_000), leaking, "480min");
    heavy.settings.fleets[0].instances = 3;
    heavy.settings.fleets[0].process = Process { restart_after: s(86_400), ..heavy_process() };
    let lives: Vec<Vec<f64>> = (0..1600)
        .into_par_iter()
        .map(|run| {
            let mut diary = Diary::default();
            watch(&heavy, run, &mut diary);
            diary.ms(|what| matches!(what, Observation::OomKilled { .. }))
        })
        .collect();
    assert!(lives.iter().all(|lives| lives.len() == 3));
    let per_task = Rate::per_second(leak_rate / 3.0).unwrap();
    let law = FillTime::of_memory(2_048_000_000 - 240_000_000, 618_000, per_task);
    let min = |ms: f64| ms / 60e3;
    let all: Vec<f64> = lives.iter().flatten().map(|ms| min(*ms)).collect();
    let first: Vec<f64> = lives.iter().map(|lives| min(lives[0])).collect();
    // Arrivals to a task stop when others die, which spreads them over fewer: only the first death
    // leaves the law of each task alone.
    let seen = mean_interval(&first);
    let expected = law.first_mean_s(3) / 60.0;
    let error = seen.sd / (first.len() as f64).sqrt();
    println!(
        "first of three: {:.2} min, sd {:.2}; expected {expected:.2}; alone {:.2}, sd {:.2}",
        seen.mean,
        seen.sd,
        law.mean_s() / 60.0,
        law.sd_s() / 60.0
    );
    assert!((seen.mean - expected).abs() < 4.0 * error);
    assert!(all.len() == 4800);
    assert!((law.mean_s() / 60.0 - 341.1).abs() < 0.3 && (law.sd_s() / 60.0 - 6.3).abs() < 0.05);
}
