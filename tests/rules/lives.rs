//! Instances: deploys, rollbacks, scaling, memory.

use highwater::model::Observation;
use highwater::scenario::*;
use highwater::units::{Bytes, SimTime, Span};

use crate::probe::Diary;
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
        every: s(10),
        drain: s(5),
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
    let _ = SimTime::ZERO;
}
