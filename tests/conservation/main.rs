//! Laws that hold in every run, whatever the scenario: nothing is lost, nothing is counted twice,
//! everybody's wait ends, and the same seed gives the same run.

#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

#[path = "../support/draw.rs"]
mod draw;
#[path = "../support/mod.rs"]
mod support;

use draw::Draw;
use highwater::observe::Record;
use highwater::scenario::{Action, Cause, Fault, Old, Scenario};
use rayon::prelude::*;
use support::{last, play};

/// Scenarios drawn in the gate; `HIGHWATER_DRAWS=first..last` plays others.
const DRAWS: std::ops::Range<u32> = 0..300;

fn draws() -> std::ops::Range<u32> {
    #[expect(clippy::disallowed_methods, reason = "the switch that plays other draws")]
    let range = std::env::var("HIGHWATER_DRAWS");
    let Ok(range) = range else { return DRAWS };
    let (first, last) = range.split_once("..").expect("HIGHWATER_DRAWS is first..last");
    first.parse().unwrap()..last.parse().unwrap()
}

/// Plays a drawn scenario; every row asserts the laws of conservation (test builds check them at
/// every row), and at the end nobody may be in flight.
fn check(number: u32, scenario: &Scenario) -> Result<(), String> {
    let once = std::panic::catch_unwind(|| play(scenario, 0));
    let Ok(once) = once else { return Err(format!("draw {number} panicked")) };
    if let Some(why) = once.stopped {
        return Err(format!("draw {number} stopped: {why}"));
    }
    for fleet in &scenario.settings.fleets {
        let of = |what: &str| last(&once, &format!("fleets.{}.{what}", fleet.name));
        let (requests, ended) = (of("requests"), of("succeeded") + of("failed"));
        if requests != ended || of("in_flight") + of("in_flight_abandoned") != 0.0 {
            return Err(format!(
                "draw {number}: {requests} requests of fleet {}, {ended} ended, {} still in flight \
                 long after the load has ended",
                fleet.name,
                of("in_flight") + of("in_flight_abandoned")
            ));
        }
    }
    let again = play(scenario, 0);
    (again.digest == once.digest)
        .then_some(())
        .ok_or_else(|| format!("draw {number}: two runs, two digests"))
}

#[test]
fn every_drawn_scenario_obeys_the_laws_and_ends_every_request_once() {
    let bad: Vec<String> = draws()
        .into_par_iter()
        .filter_map(|number| check(number, &Draw::new("conservation", number).scenario()).err())
        .collect();
    assert!(bad.is_empty(), "{} of {:?} fail:\n{}", bad.len(), draws(), bad.join("\n"));
}

/// The laws prove something only if the drawn scenarios go everywhere: every cause of failure and
/// every kind of closing comes up.
#[test]
fn the_drawn_scenarios_reach_every_cause_and_every_closing() {
    let records: Vec<Record> = DRAWS
        .into_par_iter()
        .map(|number| play(&Draw::new("conservation", number).scenario(), 0))
        .collect();
    let seen = |ending: &str| {
        let of = |record: &Record| {
            let series = record.series.iter().filter(|s| s.name.ends_with(ending));
            let series = series.filter(|s| !s.name.contains(".scraped."));
            series.filter_map(|s| s.values.last()).sum::<f64>()
        };
        records.iter().map(of).sum::<f64>()
    };
    let causes = Cause::ALL.map(|cause| format!(".failed_by.{}", cause.name()));
    let closings = [
        "rejected_connections",
        "reaped_connections",
        "evicted_connections",
        "oom_kills",
        "close_wait",
        "scrapes",
        "scrapes_failed",
        "replicas",
        ".reloads",
        ".wasted",
        ".users_left",
    ];
    for ending in causes.iter().map(String::as_str).chain(closings) {
        println!("{ending}: {}", seen(ending));
        assert!(seen(ending) > 0.0, "no drawn scenario has {ending}");
    }
    let kinds: Vec<&str> =
        records.iter().flat_map(|record| record.events.iter().map(|event| event.kind)).collect();
    for kind in [
        "oom_kill",
        "timeline",
        "pool_empty",
        "deploy_done",
        "first_rejection",
        "server_up",
        "accept_starved",
        "config_refused",
        "operator_refused",
        "kill_done",
        "replica_refused",
        "replica_synced",
        "scrape_failed",
        "first_eviction",
        "breaker_opened",
        "breaker_half_opened",
        "breaker_closed",
        "server_up",
    ] {
        assert!(kinds.contains(&kind), "no drawn scenario has the event {kind}");
    }
}

/// Every kind of fault is drawn, servers that vanish among them, for which nobody may wait for ever.
#[test]
fn the_drawn_timelines_hold_every_fault() {
    let scenarios = DRAWS.map(|number| Draw::new("conservation", number).scenario());
    let faults: Vec<Fault> = scenarios
        .flat_map(|scenario| scenario.timeline)
        .filter_map(|entry| match entry.action {
            Action::Fault(fault) => Some(fault),
            _ => None,
        })
        .collect();
    let kind = |fault: &Fault| match fault {
        Fault::Vanish { .. } => 0,
        Fault::Kill { .. } => 1,
        Fault::Stop { .. } => 2,
        Fault::Restart { .. } => 3,
        Fault::Failover { old: Old::Closes, .. } => 4,
        Fault::Failover { old: Old::Vanishes, .. } => 5,
        Fault::Partition { .. } => 6,
    };
    let mut drawn = [0; 7];
    faults.iter().for_each(|fault| drawn[kind(fault)] += 1);
    println!("{drawn:?}");
    assert!(drawn.iter().all(|n| *n > 0), "{drawn:?}");
}
