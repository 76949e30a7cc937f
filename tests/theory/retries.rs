//! Attempts per request, and everybody's retries in step.

use std::collections::BTreeMap;

use highwater::model::Observation;
use highwater::scenario::*;
use highwater::units::{SimTime, Span};

use crate::meter::Meter;
use crate::probe::Diary;
use crate::rule::case;
use crate::support::*;

/// An attempt fails with probability p, independently: each of the two packets of an exchange is held
/// up for a second with probability 1 - sqrt(1 - p), and nobody waits so long. The pause lets late
/// replies pass. One shared connection, so that an attempt is one exchange and nothing else.
#[test]
fn e01_and_e02_attempts_per_request() {
    for id in ["E01", "E02"] {
        let case = case(id);
        let on_time = (1.0 - case.given("failure_probability")).sqrt();
        let shared = Strategy::Shared(Shared::plain(1));
        let mut retrying = fleet(poisson(100.0), shared, Dist::Constant(Span::ZERO));
        if let Step::Call(call) = &mut retrying.steps[0] {
            call.timeout = Some(span("500ms"));
        }
        retrying.retry = Retry::again(
            Some(case.given("max_retries") as u32 + 1),
            Backoff::Constant(span("10s")),
            Jitter::None,
        );
        let mut flaky = scenario(free_server("redis", 10), retrying, "700s");
        flaky.settings.network.delay =
            Dist::Table(vec![(Span::ZERO, on_time), (span("1s"), 1.0 - on_time)]);
        // Arrivals end early enough for the last request to end too.
        flaky.settings.fleets[0].arrivals = Arrivals::Poisson(Profile::Steps(vec![
            (SimTime::ZERO, per_second(100.0)),
            (at("600s"), per_second(0.0)),
        ]));
        case.check(&["attempts_per_request", "success"], |seed, run, _| {
            let flaky = Scenario { seed: seed.to_string(), ..flaky.clone() };
            let mut meter = Meter::of(&flaky).play(&flaky, run);
            ["attempts_per_request", "success"].map(|f| meter.figure(f, Span::ZERO)).to_vec()
        });
    }
}

/// A thousand clients are refused at once, pause for the same time, and come again at once.
#[test]
fn k05_clients_without_jitter_stay_in_step() {
    let case = case("K05");
    let arrivals = Arrivals::Instants { at: vec![SimTime::ZERO], each: 1000 };
    let mut clients = fleet(arrivals, per_request(NO_LEAK), Dist::Constant(Span::ZERO));
    clients.retry =
        Retry::again(Some(10), Backoff::exponential(span("100ms"), 2.0, span("1s")), Jitter::None);
    // An operator holds the only slot until the limit is raised.
    let mut server = free_server("redis", 1);
    server.internal.admin = 1;
    let mut lockstep = scenario(server, clients, "10s");
    let mut after = lockstep.settings.clone();
    after.servers[0].maxclients = 2000;
    let action = Action::Set(Box::new(after));
    lockstep.timeline.push(Entry { at: at("1s"), label: String::new(), action });
    let diary = Diary::of(&lockstep);
    let mut attempts: BTreeMap<u64, u32> = BTreeMap::new();
    for ms in diary.ms(|what| matches!(what, Observation::Attempted { .. })) {
        *attempts.entry(ms as u64).or_default() += 1;
    }
    let times = case.list("attempt_times_ms");
    let expected: Vec<(u64, u32)> = times.iter().map(|ms| (*ms as u64, 1000)).collect();
    assert_eq!(attempts.into_iter().collect::<Vec<_>>(), expected);
    assert_eq!(diary.ends(), vec![(case.expected("success_instant_ms"), None); 1000]);
}
