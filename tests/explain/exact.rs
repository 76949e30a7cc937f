//! Small cases without chance: every instant and every figure is known.
//!
//! The network takes 1 ms a way and nothing else takes time: a dial reaches the server after 3 ms with
//! the first command behind it, the reply or the refusal is there after 4.

use highwater::claims::Class;
use highwater::experiment::{Explanation, Question, explain};
use highwater::scenario::*;
use highwater::units::SimTime;

use crate::support::*;

const FIRST: Question = Question::Failure { cause: None, fleet: None, after: SimTime::ZERO };

/// A server of three slots, requests evenly spaced; every second connection is never closed.
fn leaky(rate: f64, duration: &str) -> Scenario {
    let leak = Leak { every: 2, ..NO_LEAK };
    let fleet = fleet(even(rate), per_request(leak), Dist::Constant(span("0s")));
    let mut scenario = scenario(free_server("redis", 3), fleet, duration);
    scenario.settings.network.delay = Dist::Constant(span("1ms"));
    scenario
}

fn ask(scenario: &Scenario, question: Question) -> Explanation {
    explain(scenario, 0, question, &mut |_| {})
}

fn kinds(found: &Explanation) -> Vec<&str> {
    found.chain.iter().map(|link| link.kind).collect()
}

/// Requests 2, 4 and 6 leak, at 1, 3 and 5 s; request 7 finds three of three slots taken.
#[test]
fn a_leak_of_every_second_connection_fills_three_slots_with_the_sixth_request() {
    let found = ask(&leaky(1.0, "10s"), FIRST);
    let ended = found.ended.unwrap();
    assert_eq!(
        (ended.cause, ended.began, ended.at),
        (Some(Cause::Rejected), at("6s"), at("6004ms"))
    );
    let request = found.request.as_ref().unwrap();
    assert_eq!((request.number, request.attempts.len()), (Some(7), 1));
    let attempt = &request.attempts[0];
    let slots = attempt.slots.unwrap();
    assert_eq!((slots.taken, slots.limit, slots.leaked, slots.idle), (3, 3, 3, 0));
    assert_eq!(
        attempt.text,
        "was refused: 3 of 3 slots of redis held, 3 leaked by fleet f since 1 s"
    );
    assert_eq!(kinds(&found), ["failure", "attempt", "slots", "leak", "source"]);
    assert_eq!(found.chain[3].at, Some(at("1004ms")), "the first leak, when its reply was there");
    assert!(found.chain[4].text.contains("fleets.f.connections.main.per_request.leak (every 2"));
    assert!(found.chain[4].text.contains("servers.redis.timeout is 0"), "{}", found.chain[4].text);
}

/// Three of three are leaked within 4 s and 4 ms, from the first at 1.004 s to the refusal; a failure a
/// minute later changes nothing of how fast it was: the last row before the first refusal, at 6 s, has
/// the three.
#[test]
fn how_fast_it_leaks_is_counted_up_to_the_limit() {
    let scenario = leaky(1.0, "2min");
    let rate = |question: Question| {
        let found = ask(&scenario, question);
        let leak = found.chain.iter().find(|link| link.kind == "leak").unwrap().clone();
        let of = |name: &str| leak.values.iter().find(|value| value.name == name).unwrap().value;
        (of("held"), of("per_second"), leak.text)
    };
    let (held, late, text) = rate(Question::Failure { cause: None, fleet: None, after: at("60s") });
    assert_eq!(held, 3.0);
    assert!((late - 3.0 / (6.0 - 1.004)).abs() < 1e-12, "{late}");
    assert!(text.ends_with("a minute until the limit was reached"), "{text}");
    let (held, first, text) = rate(FIRST);
    assert_eq!(held, 3.0);
    let pace = 3.0 / (6.004 - 1.004)..=3.0 / (6.0 - 1.004);
    assert!(pace.contains(&first), "{first}");
    assert!(text.contains("3 are held by then") && text.ends_with(" a minute"), "{text}");
}

/// The connection that the second request leaked is the first in the chain, and stays.
#[test]
fn the_first_leaked_connection_is_followed_from_its_dial_at_both_ends() {
    let found = ask(&leaky(1.0, "10s"), FIRST);
    let life = found.connection.unwrap();
    assert_eq!((life.number, life.dialled, life.uses), (Some(2), at("1s"), 1));
    assert_eq!(life.accepted, Some((at("1003ms"), 2)));
    assert_eq!(life.leaked, Some((at("1004ms"), LeakKind::Forgotten)));
    assert!(!life.is_over && life.left_out == 0);
    let seen: Vec<(SimTime, &str, &str)> =
        life.moments.iter().map(|m| (m.at, m.client, m.server)).collect();
    assert_eq!(seen[0], (at("1s"), "SYN_SENT", "not seen yet"));
    assert_eq!(seen.last(), Some(&(at("1004ms"), "ESTABLISHED", "slot")));
    let then = life.at_failure.unwrap();
    assert_eq!((then.at, then.client, then.server), (at("6004ms"), "ESTABLISHED", "slot"));
    assert_eq!(then.idle, Some(span("5001ms")), "its only command came at 1.003 s");
}

/// A hundred seconds apart the leaked ones have been silent for 500, 300 and 100 s.
#[test]
fn sockets_that_are_silent_for_over_a_minute_are_told_apart() {
    let found = ask(&leaky(0.01, "15min"), FIRST);
    let request = found.request.unwrap();
    assert_eq!(
        request.attempts[0].text,
        "was refused: 3 of 3 slots of redis held, 3 by sockets idle longer than 60 s, leaked by fleet f \
         since 100 s"
    );
    assert_eq!(found.signature.class, Class::Leak);
}

/// Three attempts, 50 ms between the end of one and the begin of the next.
#[test]
fn every_attempt_has_its_own_line() {
    let mut scenario = leaky(1.0, "10s");
    let fleet = &mut scenario.settings.fleets[0];
    fleet.retry = Retry::again(Some(3), Backoff::Constant(span("50ms")), Jitter::None);
    let found = ask(&scenario, FIRST);
    let request = found.request.as_ref().unwrap();
    let attempts: Vec<_> =
        request.attempts.iter().map(|a| (a.first, a.began, a.ended, a.met)).collect();
    let refused = Some(Cause::Rejected);
    assert_eq!(
        attempts,
        [
            (1, at("6s"), at("6004ms"), refused),
            (2, at("6054ms"), at("6058ms"), refused),
            (3, at("6108ms"), at("6112ms"), refused),
        ]
    );
    assert_eq!(request.ended, Some(at("6112ms")));
    assert!(request.attempts.iter().all(|attempt| attempt.slots.is_some()));
    let policy = "3 failed by rejected (policy: 3 attempts at most, 50 ms apart)";
    assert_eq!(kinds(&found)[..3], ["failure", "attempts", "attempt"]);
    assert!(found.chain[1].text.ends_with(policy), "{}", found.chain[1].text);
}

/// A request is found by its number, whatever becomes of it; so is a connection.
#[test]
fn requests_and_connections_are_found_by_their_numbers() {
    let scenario = leaky(1.0, "10s");
    let request = |number| ask(&scenario, Question::Request { fleet: None, number });
    let first = request(1).request.unwrap();
    assert_eq!((first.began, first.ended, first.succeeded), (at("0s"), Some(at("4ms")), true));
    let seventh = request(7);
    assert_eq!(seventh.request, ask(&scenario, FIRST).request);
    let none = request(12);
    assert!(none.request.is_none());
    assert_eq!(none.headline, "There is no request 12: 11 arrive in the run.");
    let connection = |number| ask(&scenario, Question::Connection { number }).connection;
    let refused = connection(7).unwrap();
    assert_eq!((refused.dialled, refused.accepted, refused.is_over), (at("6s"), None, true));
    assert_eq!(refused.moments.last().unwrap().at, at("6004ms"));
    let closed = connection(1).unwrap();
    assert_eq!(closed.moments.last().unwrap().at, at("5ms"), "its close is there 1 ms after");
    assert!(connection(100).is_none());
}

/// The cause and the time that are asked for.
#[test]
fn a_later_failure_can_be_asked_for() {
    let scenario = leaky(1.0, "10s");
    let after = Question::Failure { cause: Some(Cause::Rejected), fleet: Some(0), after: at("7s") };
    assert_eq!(ask(&scenario, after).ended.unwrap().at, at("7004ms"));
    let none = Question::Failure { cause: Some(Cause::Oom), fleet: None, after: at("0s") };
    let found = ask(&scenario, none);
    assert!(found.request.is_none() && found.has_failure);
    assert!(found.headline.starts_with("No such failure in this run"), "{}", found.headline);
}

/// One connection held for a second, and a second request that waits half a second for it.
#[test]
fn who_waits_at_an_empty_pool_learns_who_has_it() {
    let held = Dist::Constant(span("1s"));
    let pooled = Pooled { wait_timeout: Some(span("500ms")), ..pool(1) };
    let arrivals = Arrivals::Instants { at: vec![at("1s"), at("1200ms")], each: 1 };
    let mut scenario =
        scenario(free_server("redis", 10), fleet(arrivals, Strategy::Pooled(pooled), held), "3s");
    scenario.settings.network.delay = Dist::Constant(span("1ms"));
    let found = ask(&scenario, FIRST);
    let ended = found.ended.unwrap();
    assert_eq!((ended.cause, ended.at), (Some(Cause::CheckoutTimeout), at("1700ms")));
    assert_eq!(
        found.request.as_ref().unwrap().attempts[0].text,
        "got no connection of the pool within 500 ms: pool main of instance 0 has 1 of 1 leased, 0 \
         idle, 1 caller in line"
    );
    let pool = found.chain.iter().find(|link| link.kind == "pool").unwrap();
    assert!(
        pool.text.contains("of the requests that have one, 1 work with it in hand"),
        "{}",
        pool.text
    );
    assert!(pool.text.ends_with("the oldest of their requests arrived 700 ms before"));
    assert_eq!(found.connection.unwrap().number, Some(1));
}

/// One port, which the first request leaves in TIME_WAIT: the second fails in the instant it arrives.
#[test]
fn a_request_that_fails_as_it_arrives_is_explained_too() {
    let mut scenario = scenario(
        free_server("redis", 10),
        fleet(even(1.0), per_request(NO_LEAK), Dist::Constant(span("0s"))),
        "3s",
    );
    let process = &mut scenario.settings.fleets[0].process;
    (process.port_first, process.port_last, process.time_wait) = (4000, 4000, span("60s"));
    let found = ask(&scenario, FIRST);
    let ended = found.ended.unwrap();
    assert_eq!((ended.cause, ended.at), (Some(Cause::PortExhausted), at("1s")));
    let request = found.request.unwrap();
    assert_eq!((request.number, request.began, request.ended), (Some(2), at("1s"), Some(at("1s"))));
    assert_eq!(
        request.attempts[0].text,
        "found no port left at instance 0: 1 of 1 towards redis taken, 1 in TIME_WAIT and 0 by sockets"
    );
    assert_eq!(found.signature.class, Class::Other);
    assert!(found.instead.unwrap().contains("ports run out"));
}

/// Three descriptors, each of them leaked.
#[test]
fn descriptors_that_were_leaked_are_counted() {
    let leak = Leak { every: 1, ..NO_LEAK };
    let mut scenario = scenario(
        free_server("redis", 10),
        fleet(even(1.0), per_request(leak), Dist::Constant(span("0s"))),
        "6s",
    );
    scenario.settings.network.delay = Dist::Constant(span("1ms"));
    scenario.settings.fleets[0].process.nofile = 3;
    let found = ask(&scenario, FIRST);
    assert_eq!(found.ended.unwrap().at, at("3s"));
    assert_eq!(
        found.request.unwrap().attempts[0].text,
        "found no descriptor left at instance 0: 3 of 3 taken by sockets, 3 of them leaked"
    );
    assert_eq!(found.signature.class, Class::Leak);
    assert_eq!(found.connection.unwrap().leaked.unwrap().0, at("4ms"));
}

/// Each leaked connection takes 1 MB of 3.5: the fourth kills the process, and a request in flight
/// with it.
#[test]
fn a_process_that_dies_of_its_leaks_is_seen_as_it_was_before() {
    let leak = Leak { every: 1, ..NO_LEAK };
    let mut scenario = scenario(
        free_server("redis", 10),
        fleet(even(1.0), per_request(leak), Dist::Constant(span("0s"))),
        "6s",
    );
    scenario.settings.network.delay = Dist::Constant(span("1ms"));
    let slow = Arrivals::Instants {
        at: vec![at("3500us"), at("1s"), at("2s"), at("3s"), at("3002ms")],
        each: 1,
    };
    let fleet = &mut scenario.settings.fleets[0];
    fleet.arrivals = slow;
    fleet.process.memory_per_leak = highwater::units::Bytes(1_000_000);
    fleet.process.memory_limit = highwater::units::Bytes(3_500_000);
    let found = ask(&scenario, FIRST);
    let ended = found.ended.unwrap();
    assert_eq!((ended.cause, ended.at), (Some(Cause::Oom), at("3004ms")));
    let text = &found.request.unwrap().attempts[0].text;
    assert!(
        text.starts_with("died with instance 0, killed at 4 MB of 3.5 MB: 5 sockets open"),
        "{text}"
    );
    assert_eq!(found.signature.class, Class::Leak);
}

/// No failure at all: it says so, and what came nearest to its limit.
#[test]
fn a_run_without_failures_says_what_came_nearest() {
    let found = ask(&leaky(1.0, "5s"), FIRST);
    assert!(!found.has_failure && found.request.is_none() && found.chain.is_empty());
    assert_eq!(
        found.headline,
        "No request fails in this run. Nearest to running out: slots of redis, 100 % taken."
    );
}
