//! Servers with several workers.

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

fn workers(workers: u32) -> Server {
    let mut server =
        Server { discipline: Discipline::Workers, workers, ..free_server("redis", 100) };
    server.cost.command = ms(100);
    server
}

fn ends(server: Server, fleet: Fleet) -> Vec<f64> {
    Diary::of(&scenario(server, fleet, "10s")).ends().iter().map(|end| end.0).collect()
}

#[test]
fn workers_serve_side_by_side_and_each_reply_leaves_at_once() {
    let callers = fleet(instants(&[0], 5), per_request(NO_LEAK), Dist::Constant(ms(0)));
    assert_eq!(ends(workers(2), callers.clone()), [100.0, 100.0, 200.0, 200.0, 300.0]);
    assert_eq!(ends(workers(5), callers.clone()), [100.0; 5]);
    assert_eq!(ends(workers(1), callers), [100.0, 200.0, 300.0, 400.0, 500.0]);
}

/// A connection has one process or thread: two commands on it are one after the other, although
/// another worker has nothing to do.
#[test]
fn the_commands_of_one_connection_are_served_one_after_the_other() {
    let shared = Strategy::Shared(Shared::plain(1));
    let callers = fleet(instants(&[0], 3), shared, Dist::Constant(ms(0)));
    assert_eq!(ends(workers(2), callers), [100.0, 200.0, 300.0]);
}

/// The acceptor takes 10 ms for each; a connection's first command is read when it is accepted.
#[test]
fn one_acceptor_accepts_one_connection_at_a_time() {
    let mut server = workers(5);
    server.cost.connect = ms(10);
    let callers = fleet(instants(&[0], 4), per_request(NO_LEAK), Dist::Constant(ms(0)));
    assert_eq!(ends(server, callers), [110.0, 120.0, 130.0, 140.0]);
}

/// Refusals are the acceptor's work too (PostgreSQL forks for each), and delay who comes after them.
#[test]
fn refusals_are_the_acceptors_work() {
    let mut server = Server { maxclients: 1, ..workers(5) };
    (server.cost.connect, server.cost.rejection) = (ms(1), ms(10));
    let callers = fleet(instants(&[0], 4), per_request(NO_LEAK), Dist::Constant(ms(1000)));
    let diary = Diary::of(&scenario(server, callers, "10s"));
    let refused = Some(Cause::Rejected);
    assert_eq!(diary.ends(), [(11.0, refused), (21.0, refused), (31.0, refused), (1101.0, None)]);
}

/// A slow command keeps one worker, a pause all of them; a blocking command none.
#[test]
fn a_slow_command_keeps_one_worker_a_pause_all_a_blocking_command_none() {
    let callers = fleet(instants(&[0], 4), per_request(NO_LEAK), Dist::Constant(ms(0)));
    for (action, expected) in [
        (Action::SlowCommand { server: 0, length: ms(150) }, [100.0, 200.0, 250.0, 300.0]),
        (Action::Pause { server: 0, length: ms(150) }, [250.0, 250.0, 350.0, 350.0]),
    ] {
        let mut blocked = scenario(workers(2), callers.clone(), "10s");
        blocked.timeline.push(Entry { at: SimTime::ZERO, label: String::new(), action });
        let ends: Vec<f64> = Diary::of(&blocked).ends().iter().map(|end| end.0).collect();
        assert_eq!(ends, expected);
    }
    let blocking = Call { blocking: Some(ms(1000)), cost: Some(Dist::Constant(ms(1))), ..call() };
    let waiting = Fleet { steps: vec![Step::Call(blocking)], ..callers };
    assert_eq!(ends(workers(1), waiting), [1000.0, 1001.0, 1002.0, 1003.0]);
}

/// Four workers, of which one is at work for half of a second: an eighth.
#[test]
fn the_loop_is_as_busy_as_its_workers_in_the_mean() {
    let mut server = workers(4);
    server.cost.command = ms(500);
    let callers = fleet(instants(&[200], 1), per_request(NO_LEAK), Dist::Constant(ms(0)));
    let record = play(&scenario(server, callers, "2s"), 0);
    assert_eq!(value_at(&record, "servers.redis.loop_busy", at("1s")), 0.125);
}

/// Workers do the TLS handshakes: two at once, and the commands behind them.
#[test]
fn workers_share_the_handshakes() {
    let mut server = Server { tls: true, ..workers(2) };
    server.cost.tls_handshake = ms(100);
    server.cost.command = ms(1);
    let callers = fleet(instants(&[0], 3), per_request(NO_LEAK), Dist::Constant(ms(0)));
    assert_eq!(ends(server, callers), [101.0, 102.0, 201.0]);
}
