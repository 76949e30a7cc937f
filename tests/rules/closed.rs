//! Closed users, the client's cores and the circuit breaker, exactly.

use highwater::model::Observation;
use highwater::scenario::*;
use highwater::units::Span;

use crate::probe::Diary;
use crate::support::*;

/// So many users who think for 100 ms and then hold a connection for 50 ms.
fn users(users: u32, thinking_first: bool) -> Arrivals {
    Arrivals::Users(Users {
        users,
        think: Dist::Constant(span("100ms")),
        thinking_first,
        leave: ratio(0.0),
        return_after: None,
    })
}

fn closed(arrivals: Arrivals, slots: u32, duration: &str) -> Scenario {
    let fleet = fleet(arrivals, per_request(NO_LEAK), Dist::Constant(span("50ms")));
    scenario(free_server("redis", slots), fleet, duration)
}

fn arrived(diary: &Diary) -> Vec<f64> {
    diary.ms(|what| matches!(what, Observation::Arrived { .. }))
}

#[test]
fn a_user_thinks_asks_and_waits_for_the_end() {
    assert_eq!(
        arrived(&Diary::of(&closed(users(1, true), 9, "600ms"))),
        [100.0, 250.0, 400.0, 550.0]
    );
    assert_eq!(arrived(&Diary::of(&closed(users(1, false), 9, "400ms"))), [0.0, 150.0, 300.0]);
}

/// Two come at once to one slot: the one who is refused thinks again at once.
#[test]
fn a_failure_is_an_end_too() {
    let diary = Diary::of(&closed(users(2, true), 1, "450ms"));
    assert_eq!(arrived(&diary), [100.0, 100.0, 200.0, 250.0, 350.0, 400.0]);
    let refused = (100.0, Some(Cause::Rejected));
    // The other one thinks until 250: who comes at the very instant of a release finds the slot free.
    assert_eq!(diary.ends()[..4], [refused, (150.0, None), (250.0, None), (300.0, None)]);
}

/// More users begin with a thought of their own; those too many leave when a thought or a request ends.
#[test]
fn users_come_and_go_with_the_settings() {
    let mut closed = closed(users(1, true), 9, "1s");
    for (at_ms, users) in [("300ms", users(3, true)), ("420ms", users(0, true))] {
        let mut settings = closed.settings.clone();
        settings.fleets[0].arrivals = users;
        let action = Action::Set(Box::new(settings));
        closed.timeline.push(Entry { at: at(at_ms), label: String::new(), action });
    }
    let diary = Diary::of(&closed);
    assert_eq!(arrived(&diary), [100.0, 250.0, 400.0, 400.0, 400.0]);
    assert_eq!(diary.ends().len(), 5, "requests that are in flight end");
}

fn burst(each: u32) -> Arrivals {
    Arrivals::Instants { at: vec![at("0s")], each }
}

/// Three come at once; an attempt takes 10 ms of the core and reading its reply 1 ms. The replies to the
/// first two are there before the third attempt is made, but the loop looks at its sockets after all
/// timers that it found due; the third reply comes at 30 ms, when it has found two, and waits for the
/// next turn. Holds of 50 ms end when the core has long been free. Holds of no time are let go at once,
/// in the same piece of work. Of holds of 1 ms the first ends at 32 ms: its release is the one timer
/// due before the third reply is read.
#[test]
fn timers_and_replies_take_turns_at_the_core() {
    let run = |hold: &str, cores: u32| {
        let mut busy = closed(burst(3), 9, "1s");
        if let Step::Call(call) = &mut busy.settings.fleets[0].steps[0] {
            call.hold = Dist::Constant(span(hold));
        }
        busy.settings.fleets[0].process.cpu = ProcessCpu {
            cores,
            attempt: span("8ms"),
            dial: span("2ms"),
            reply: span("1ms"),
            release: span("4ms"),
            ..ProcessCpu::UNUSED
        };
        let diary = Diary::of(&busy);
        let attempts = diary.ms(|what| matches!(what, Observation::Attempted { .. }));
        let ends: Vec<f64> = diary.ends().iter().map(|(at, _)| *at).collect();
        (attempts, ends)
    };
    let attempts = vec![10.0, 20.0, 30.0];
    assert_eq!(run("50ms", 1), (attempts.clone(), vec![85.0, 89.0, 93.0]));
    assert_eq!(run("0s", 1), (attempts.clone(), vec![35.0, 40.0, 45.0]));
    assert_eq!(run("1ms", 1), (attempts, vec![36.0, 41.0, 45.0]));
    // On two cores two attempts go on side by side; the third takes one core, the replies the other.
    assert_eq!(run("50ms", 2), (vec![10.0, 10.0, 20.0], vec![65.0, 66.0, 75.0]));
}

/// A pool's dial waits for a core by itself, and so does every use of an open connection.
#[test]
fn a_pool_dials_on_the_same_core() {
    let mut pooled = closed(burst(1), 9, "1s");
    pooled.settings.fleets[0].connections[0].strategy = Strategy::Pooled(pool(1));
    pooled.settings.fleets[0].arrivals =
        Arrivals::Instants { at: vec![at("0s"), at("100ms")], each: 1 };
    pooled.settings.fleets[0].process.cpu =
        ProcessCpu { attempt: span("8ms"), dial: span("2ms"), ..ProcessCpu::UNUSED };
    let ends = Diary::of(&pooled).ends();
    assert_eq!(ends, [(60.0, None), (158.0, None)]);
}

#[test]
fn a_breaker_ends_a_request_between_its_attempts() {
    let mut refused = closed(burst(2), 1, "1s");
    refused.settings.servers[0].internal.admin = 1;
    let fleet = &mut refused.settings.fleets[0];
    let backoff = Backoff::Constant(span("10ms"));
    fleet.retry = Retry::again(None, backoff, Jitter::None);
    fleet.breaker = Breaker::Consecutive { failures: 3, open_for: span("100ms") };
    // Two attempts fail at 0 ms, and two more at 10 ms, both begun before the third failure opened the
    // breaker; the retries at 20 ms find it open.
    let open = Some(Cause::BreakerOpen);
    assert_eq!(Diary::of(&refused).ends(), [(20.0, open), (20.0, open)]);
}

#[test]
fn attempts_without_limit_go_on_until_one_succeeds() {
    let mut refused = closed(burst(1), 1, "2s");
    refused.settings.servers[0].internal.admin = 1;
    let backoff = Backoff::exponential(span("1ms"), 1.0, span("1ms"));
    refused.settings.fleets[0].retry = Retry::again(None, backoff, Jitter::None);
    let mut settings = refused.settings.clone();
    settings.servers[0].internal.admin = 0;
    let action = Action::Set(Box::new(settings));
    refused.timeline.push(Entry { at: at("1500ms"), label: String::new(), action });
    let diary = Diary::of(&refused);
    assert_eq!(arrived(&diary).len(), 1);
    assert_eq!(diary.ms(|what| matches!(what, Observation::Attempted { .. })).len(), 1501);
    assert_eq!(diary.ends(), [(1550.0, None)]);
}

/// Endless retries without a pause would stop the clock; a core's time per attempt spaces them.
#[test]
fn immediate_retries_saturate_the_core() {
    let mut refused = closed(burst(5), 1, "1s");
    refused.settings.servers[0].internal.admin = 1;
    let fleet = &mut refused.settings.fleets[0];
    let backoff = Backoff::Constant(Span::ZERO);
    fleet.retry = Retry::again(None, backoff, Jitter::None);
    fleet.process.cpu = ProcessCpu { attempt: span("1ms"), ..ProcessCpu::UNUSED };
    let attempts = Diary::of(&refused).ms(|what| matches!(what, Observation::Attempted { .. }));
    assert_eq!(attempts.len(), 1000);
}
