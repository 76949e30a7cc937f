//! Common random numbers: what a change does not concern keeps its draws, request by request.

use highwater::model::{Observation, Task, errands};
use highwater::scenario::*;
use highwater::units::{SimTime, Span};

use crate::probe::Diary;
use crate::support::*;

/// Something that changes.
type Change = fn(&mut Settings);

/// A pool so large that nobody waits: a sojourn is the hold that was drawn.
fn roomy() -> Scenario {
    let leak = Leak { on_success: ratio(0.05), ..NO_LEAK };
    let pool = Pooled { leak, ..pool(2000) };
    let hold = Dist::Exponential { mean: span("20ms") };
    scenario(
        free_server("redis", 100_000),
        fleet(poisson(500.0), Strategy::Pooled(pool), hold),
        "20s",
    )
}

/// All that happened to the first fleet.
fn first_fleet(scenario: &Scenario) -> Vec<(SimTime, Observation)> {
    use Observation as O;
    let of_it = |what: &O| {
        matches!(
            what,
            O::Arrived { fleet: 0 }
                | O::Succeeded { fleet: 0, .. }
                | O::Failed { fleet: 0, .. }
                | O::Leaked { fleet: 0 }
        )
    };
    Diary::of(scenario).0.into_iter().filter(|(_, what)| of_it(what)).collect()
}

#[test]
fn arrivals_holds_and_leaks_stay_when_something_else_changes() {
    let plain = first_fleet(&roomy());
    let leaks = plain.iter().filter(|(_, what)| matches!(what, Observation::Leaked { .. })).count();
    assert!(plain.len() > 20_000 && leaks > 400, "{} {leaks}", plain.len());
    let change = |change: Change| {
        let mut changed = roomy();
        change(&mut changed.settings);
        first_fleet(&changed)
    };
    let changes: [(&str, Change); 6] = [
        ("the size of the pool", |s| {
            if let Strategy::Pooled(pool) = &mut s.fleets[0].connections[0].strategy {
                pool.max = 1000;
            }
        }),
        ("the retry policy", |s| {
            let backoff = Backoff::Constant(Span::from_secs(1));
            s.fleets[0].retry = Retry::again(Some(5), backoff, Jitter::Full);
        }),
        ("a balancer that draws nothing", |s| s.fleets[0].balancer = Balancer::RoundRobin),
        ("more instances", |s| s.fleets[0].instances = 3),
        ("another server", |s| s.servers.push(free_server("valkey", 10))),
        ("another fleet on another server", |s| {
            s.servers.push(free_server("valkey", 10));
            let hold = Dist::Exponential { mean: span("5ms") };
            let mut other = fleet(poisson(300.0), per_request(NO_LEAK), hold);
            other.name = "other".to_string();
            if let Step::Call(call) = &mut other.steps[0] {
                call.server = 1;
            }
            s.fleets.push(other);
        }),
    ];
    for (what, by) in changes {
        assert!(change(by) == plain, "{what} changes what happens to the requests");
    }
}

/// Retries draw from streams of their own: a storm of them leaves every later request its first draws.
#[test]
fn retries_take_nothing_from_the_requests_after_them() {
    let storm = |attempts: u32| {
        let mut storm = roomy();
        // For the first second the server is full: its only slot is an operator's.
        storm.settings.servers[0].internal.admin = 1;
        storm.settings.servers[0].maxclients = 1;
        let backoff = Backoff::Constant(Span::from_ns(50_000_000));
        storm.settings.fleets[0].retry = Retry::again(Some(attempts), backoff, Jitter::Full);
        let mut after = storm.settings.clone();
        after.servers[0].maxclients = 100_000;
        let action = Action::Set(Box::new(after));
        storm.timeline.push(Entry { at: at("1s"), label: String::new(), action });
        let late = |(at, what): &(SimTime, Observation)| match what {
            // Those that arrived when the storm was over.
            Observation::Succeeded { began, .. } => *began > crate::support::at("3s"),
            Observation::Arrived { .. } => *at > crate::support::at("3s"),
            _ => false,
        };
        let all = first_fleet(&storm);
        let failed = all.iter().any(|(_, what)| matches!(what, Observation::Failed { .. }));
        assert!(failed, "the storm rages");
        all.into_iter().filter(late).collect::<Vec<_>>()
    };
    let calm = storm(1);
    assert!(calm.len() > 10_000);
    assert!(storm(4) == calm);
}

/// At a server that costs nothing a request of one call takes as long as its hold.
#[test]
fn errands_are_the_requests_of_the_run() {
    let leak = Leak { on_success: ratio(0.05), ..NO_LEAK };
    let hold = Dist::Exponential { mean: span("20ms") };
    let mut scenario = scenario(
        free_server("redis", 100_000),
        fleet(poisson(500.0), per_request(leak), hold),
        "20s",
    );
    let mut faster = scenario.settings.clone();
    faster.fleets[0].arrivals = poisson(800.0);
    let action = Action::Set(Box::new(faster));
    scenario.timeline = vec![Entry { at: at("10s"), label: String::new(), action }];
    let (mut arrived, mut leaked, mut sojourns) = (Vec::new(), 0, Vec::new());
    for (at, what) in Diary::of(&scenario).0 {
        match what {
            Observation::Arrived { .. } => arrived.push(at),
            Observation::Leaked { .. } => leaked += 1,
            Observation::Succeeded { began, .. } => sojourns.push((began, at.since(began))),
            _ => {}
        }
    }
    let end = SimTime::ZERO + scenario.duration;
    let (mut due, mut leaks, mut holds) = (Vec::new(), 0, Vec::new());
    for errand in errands(&scenario, 0) {
        let Task::Call { hold, leak_on_success, .. } = errand.tasks[0] else { panic!("no call") };
        due.push(errand.at);
        if errand.at + hold <= end {
            leaks += u32::from(leak_on_success);
            holds.push((errand.at, hold));
        }
    }
    assert!(due.len() > 12_000 && leaks > 500, "{} {leaks}", due.len());
    assert_eq!(due, arrived);
    assert_eq!(leaks, leaked);
    sojourns.sort();
    assert_eq!(holds, sojourns);
}
