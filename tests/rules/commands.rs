//! Commands of different cost and kind, and what blocks a loop.

use highwater::model::Observation;
use highwater::scenario::*;
use highwater::units::{SimTime, Span};

use crate::probe::Diary;
use crate::support::*;

fn ms(ms: u64) -> Span {
    Span::from_ns(ms * 1_000_000)
}

fn instants(at_ms: &[u64], each: u32) -> Arrivals {
    let at = at_ms.iter().map(|ms| SimTime::from_ns(ms * 1_000_000)).collect();
    Arrivals::Instants { at, each }
}

/// Requests with these steps through a pool of ten.
fn pooled(arrivals: Arrivals, steps: Vec<Step>) -> Fleet {
    let fleet = fleet(arrivals, Strategy::Pooled(pool(10)), Dist::Constant(ms(0)));
    Fleet { steps, ..fleet }
}

fn entry(at: &str, action: Action) -> Entry {
    Entry { at: crate::support::at(at), label: String::new(), action }
}

/// A plain command of 1 ms, one of 20 ms sent twice in a row, and a plain one again.
#[test]
fn a_command_costs_what_its_call_says() {
    let dear = Call { cost: Some(Dist::Constant(ms(20))), commands: 2, pipelined: true, ..call() };
    let steps = vec![Step::Call(call()), Step::Call(dear), Step::Call(call())];
    let mut server = free_server("redis", 10);
    server.cost.command = ms(1);
    let ends = Diary::of(&scenario(server, pooled(instants(&[0], 1), steps), "1s")).ends();
    assert_eq!(ends, [(42.0, None)]);
}

/// The caller gives up after 50 ms; the server works its 100 ms for nobody, and whoever comes at
/// 60 ms waits for the end of that.
#[test]
fn a_command_that_nobody_waits_for_any_more_costs_as_much() {
    let slow = Call { cost: Some(Dist::Constant(ms(100))), timeout: Some(ms(50)), ..call() };
    let mut first = pooled(instants(&[0], 1), vec![Step::Call(slow)]);
    let mut second = pooled(instants(&[60], 1), vec![Step::Call(call())]);
    (first.name, second.name) = ("a".to_string(), "b".to_string());
    let mut both = scenario(free_server("redis", 10), first, "1s");
    both.settings.fleets.push(second);
    let diary = Diary::of(&both);
    assert_eq!(diary.ends(), [(50.0, Some(Cause::ReadTimeout)), (100.0, None)]);
}

/// BLPOP with a limit of 8 s under an idle timeout of 5 s: the connection is spared while it is
/// blocked, its clock starts anew, and it is closed at 13.1 to 14.1 s (measured on three servers; each
/// of the ten begins at another fraction of a second).
#[test]
fn a_blocked_client_is_spared_and_its_idle_clock_starts_when_it_unblocks() {
    let blocking = Call { blocking: Some(ms(8000)), ..call() };
    for phase in (0..1000).step_by(100) {
        let fleet = pooled(instants(&[3000 + phase], 1), vec![Step::Call(blocking.clone())]);
        let mut server = redis(100);
        server.timeout = ms(5000);
        let mut blpop = scenario(server, fleet, "30s");
        blpop.sample_every = ms(500);
        let diary = Diary::of(&blpop);
        let began = (3000 + phase) as f64;
        let [(answered, None)] = diary.ends()[..] else { panic!("one request succeeds") };
        // The command is read in the turn after that of its connection.
        assert!((8000.027..8000.1).contains(&(answered - began)), "{answered}");
        let reaped = diary.ms(|what| matches!(what, Observation::Reaped { .. }));
        let [reaped] = reaped[..] else { panic!("one connection is reaped: {reaped:?}") };
        let life = (reaped - began) / 1e3;
        // Whole seconds, strictly greater: from 13 s on, 14 s at the latest, and a call of the cron.
        assert!((13.0..14.11).contains(&life), "closed after {life} s");
        let record = play(&blpop, 0);
        let blocked = |s: &str| value_at(&record, "servers.redis.blocked_clients", at(s));
        assert_eq!((blocked("2s"), blocked("5s"), blocked("12s")), (0.0, 1.0, 0.0));
    }
}

/// A client that gives up a blocking command closes its connection: the slot is free at once.
#[test]
fn a_blocked_client_that_leaves_frees_its_slot() {
    let blocking = Call { blocking: Some(ms(8000)), timeout: Some(ms(2000)), ..call() };
    let fleet = pooled(instants(&[0], 3), vec![Step::Call(blocking)]);
    let mut left = scenario(free_server("redis", 10), fleet, "20s");
    left.sample_every = ms(500);
    let record = play(&left, 0);
    let of = |series: &str, s: &str| value_at(&record, &format!("servers.redis.{series}"), at(s));
    assert_eq!((of("connected_clients", "1500ms"), of("blocked_clients", "1500ms")), (3.0, 3.0));
    assert_eq!((of("connected_clients", "2500ms"), of("blocked_clients", "2500ms")), (0.0, 0.0));
}

/// On a shared connection everybody waits behind a blocking command; on connections of their own
/// nobody does.
#[test]
fn a_blocking_command_holds_up_its_own_connection_only() {
    let shared = Strategy::Shared(Shared::plain(1));
    for (strategy, ends) in [
        (shared, [(1000.0, None), (2000.0, None)]),
        (Strategy::Pooled(pool(2)), [(1000.0, None), (1100.0, None)]),
    ] {
        let blocking = Call { blocking: Some(ms(1000)), ..call() };
        let callers = fleet(instants(&[0, 100], 1), strategy, Dist::Constant(ms(0)));
        let callers = Fleet { steps: vec![Step::Call(blocking)], ..callers };
        assert_eq!(Diary::of(&scenario(free_server("redis", 10), callers, "5s")).ends(), ends);
    }
}

/// Two blocking commands in one go are one after the other.
#[test]
fn blocking_commands_of_one_trip_add_up() {
    let two = Call { blocking: Some(ms(1000)), commands: 2, pipelined: true, ..call() };
    let fleet = pooled(instants(&[0], 1), vec![Step::Call(two)]);
    assert_eq!(
        Diary::of(&scenario(free_server("redis", 10), fleet, "5s")).ends(),
        [(2000.0, None)]
    );
}

/// Measured: SUBSCRIBE is spared by the idle timeout, and whoever has unsubscribed is reaped again. A
/// connection subscribes at 0 s and is used for something else at 20 s; the other one never is.
#[test]
fn a_subscriber_is_spared_until_it_does_something_else() {
    for reaper in [Reaper::RedisCron, Reaper::Exact] {
        let subscribe = Call { subscribe: true, ..call() };
        let wait = Step::Work(Dist::Constant(ms(20_000)));
        let steps = vec![Step::Call(subscribe), wait, Step::Call(call())];
        let one = Strategy::Pooled(pool(1));
        let user = Fleet { steps, ..fleet(instants(&[0], 1), one, Dist::Constant(ms(0))) };
        let mut server = redis(10);
        (server.timeout, server.reaper) = (ms(5000), reaper);
        let diary = Diary::of(&scenario(server, user, "40s"));
        let reaped = diary.ms(|what| matches!(what, Observation::Reaped { .. }));
        let [reaped] = reaped[..] else { panic!("it is reaped once: {reaped:?}") };
        assert!((25_000.0..26_200.0).contains(&reaped), "{reaped} with {reaper:?}");
    }
}

/// 300 ms of a script at 1 s. Ten commands a second, and a leak a second whose timeout is over at
/// 1.1 s: the replies of that turn and the close wait for the end of the script.
#[test]
fn a_slow_command_holds_up_replies_accepts_and_the_cron_and_uses_the_cpu() {
    let callers = fleet(even(10.0), per_request(NO_LEAK), Dist::Constant(ms(0)));
    let mut blocked = scenario(free_server("redis", 1000), callers, "2s");
    blocked.sample_every = ms(100);
    let slow = Action::SlowCommand { server: 0, length: ms(300) };
    blocked.timeline.push(entry("1s", slow));
    let ends: Vec<f64> = Diary::of(&blocked).ends().iter().map(|end| end.0).collect();
    let held = |ms: f64| if (1000.0..1300.0).contains(&ms) { 1300.0 } else { ms };
    assert_eq!(ends, (0..=20).map(|i| held(f64::from(i) * 100.0)).collect::<Vec<f64>>());
    let record = play(&blocked, 0);
    let busy = |s: &str| value_at(&record, "servers.redis.loop_busy", at(s));
    assert_eq!((busy("1s"), busy("1100ms"), busy("1200ms")), (0.0, 1.0, 1.0));
    assert_eq!((busy("1300ms"), busy("1400ms")), (1.0, 0.0));
    // A process that is stopped holds up just as much, and uses no CPU.
    blocked.timeline[0].action = Action::Pause { server: 0, length: ms(300) };
    let record = play(&blocked, 0);
    assert_eq!(value_at(&record, "servers.redis.loop_busy", at("1200ms")), 0.0);
}

/// Nobody is reaped while the loop is blocked: connections whose timeout is over at 6 s are closed
/// when the command of 4 s is done.
#[test]
fn a_blocked_loop_reaps_nobody() {
    let leak = Leak { every: 1, ..NO_LEAK };
    let leaking = fleet(instants(&[0], 5), per_request(leak), Dist::Constant(ms(0)));
    let mut server = redis(100);
    server.timeout = ms(5000);
    let mut blocked = scenario(server, leaking, "20s");
    blocked.timeline.push(entry("5500ms", Action::SlowCommand { server: 0, length: ms(4000) }));
    let reaped = Diary::of(&blocked).ms(|what| matches!(what, Observation::Reaped { .. }));
    assert_eq!(reaped.len(), 5);
    assert!(reaped.iter().all(|ms| (9500.0..9601.0).contains(ms)), "{reaped:?}");
}

/// Three times as slow for a second, then as before; the second one takes over from the first.
#[test]
fn a_slow_down_multiplies_every_cost_for_a_while() {
    let callers =
        fleet(instants(&[0, 1000, 2500, 4000], 1), per_request(NO_LEAK), Dist::Constant(ms(0)));
    let mut server = free_server("redis", 10);
    (server.cost.command, server.cost.connect) = (ms(10), ms(1));
    let mut slow = scenario(server, callers, "5s");
    let down = |factor| Action::SlowDown { server: 0, factor, length: ms(2000) };
    slow.timeline = vec![entry("1s", down(3.0)), entry("2s", down(5.0))];
    let ends = Diary::of(&slow).ends();
    assert_eq!(ends, [(11.0, None), (1033.0, None), (2555.0, None), (4011.0, None)]);
}

/// Three callers connect while the server stands still, give up after a second and close. Their
/// commands lie in its buffers: when it goes on, it serves all of them before the one who comes then.
#[test]
fn commands_of_who_has_closed_are_served_if_they_came_before_the_close() {
    for (discipline, through) in [
        (Discipline::Fifo, per_request(NO_LEAK)),
        (Discipline::Turns, per_request(NO_LEAK)),
        (Discipline::Fifo, Strategy::Pooled(pool(10))),
        (Discipline::Fifo, Strategy::Shared(Shared::plain(1))),
    ] {
        let slow = Call { cost: Some(Dist::Constant(ms(100))), timeout: Some(ms(1000)), ..call() };
        let callers = instants(&[100, 101, 102, 5000], 1);
        let mut callers = fleet(callers, through, Dist::Constant(Span::ZERO));
        callers.steps = vec![Step::Call(slow)];
        let server = Server { discipline, ..free_server("db", 1000) };
        let mut paused = scenario(server, callers, "60s");
        let action = Action::Pause { server: 0, length: ms(5000) };
        paused.timeline.push(Entry { at: at("0s"), label: String::new(), action });
        let ends = Diary::of(&paused).ends();
        let timeout = Some(Cause::ReadTimeout);
        let expected = [(1100.0, timeout), (1101.0, timeout), (1102.0, timeout), (5400.0, None)];
        assert_eq!(ends, expected, "{discipline:?}");
    }
}
