//! Processes and hosts that die, stop, restart or vanish.

use highwater::model::Observation;
use highwater::observe::Record;
use highwater::scenario::*;
use highwater::units::{SimTime, Span};

use crate::probe::Diary;
use crate::support::*;

fn ms(ms: u64) -> Span {
    Span::from_ns(ms * 1_000_000)
}

fn s(s: u64) -> Span {
    Span::from_secs(s)
}

fn instants(at_ms: &[u64], each: u32) -> Arrivals {
    let at = at_ms.iter().map(|ms| SimTime::from_ns(ms * 1_000_000)).collect();
    Arrivals::Instants { at, each }
}

fn fault(scenario: &mut Scenario, at: &str, fault: Fault) {
    let action = Action::Fault(fault);
    scenario.timeline.push(Entry { at: crate::support::at(at), label: String::new(), action });
}

fn freed(what: &Observation) -> bool {
    matches!(what, Observation::Freed { .. })
}

fn slots(record: &Record, s: &str) -> f64 {
    value_at(record, "servers.redis.connected_clients", at(s))
}

/// An instance with 300 idle connections, whose last byte was their set-up at time zero.
fn idle_connections(keepalive: Span, instances: u32) -> Scenario {
    let pool = Strategy::Pooled(Pooled { min: 300, ..pool(300) });
    let mut keeper = fleet(instants(&[], 1), pool, Dist::Constant(ms(0)));
    keeper.instances = instances;
    keeper.process.restart_after = s(50_000);
    let mut server = free_server("redis", 1000);
    server.keepalive = keepalive;
    scenario(server, keeper, "2000s")
}

/// Measured: a killed process's 3,000 connections have left the server within 0.11 s.
#[test]
fn a_killed_process_frees_its_slots_at_once_and_is_replaced() {
    let mut killed = idle_connections(s(300), 2);
    killed.settings.fleets[0].process.restart_after = s(30);
    fault(&mut killed, "100s", Fault::Kill { fleet: 0, instances: 1 });
    let diary = Diary::of(&killed);
    assert_eq!(diary.ms(freed), vec![100e3; 300]);
    let up = |what: &Observation| matches!(what, Observation::InstanceUp { .. });
    assert_eq!(diary.ms(up), [0.0, 0.0, 130e3]);
    let record = play(&killed, 0);
    assert_eq!((slots(&record, "101s"), slots(&record, "130s")), (300.0, 600.0));
}

/// Measured with a setting of 6 s: the slot of a vanished peer is free after 11 to 12 s; with 0: never.
#[test]
fn a_vanished_host_holds_its_slots_until_keepalive_finds_out() {
    for (keepalive, vanishes, free) in [
        (6, "500ms", Some(12e3)),
        (300, "100s", Some(600e3)),
        (300, "301s", Some(900e3)),
        (0, "1s", None),
    ] {
        let mut gone = idle_connections(s(keepalive), 1);
        fault(&mut gone, vanishes, Fault::Vanish { fleet: 0, instances: 1 });
        let expected = free.map_or(vec![], |at| vec![at; 300]);
        assert_eq!(Diary::of(&gone).ms(freed), expected, "keepalive {keepalive} s");
    }
}

/// Measured: a process stopped by a signal keeps all its connections, and so does one that leaks:
/// their kernels answer every probe.
#[test]
fn keepalive_closes_nothing_of_a_process_that_stands_still_or_leaks() {
    let mut stopped = idle_connections(s(6), 1);
    fault(&mut stopped, "10s", Fault::Stop { fleet: 0, instances: 1, length: s(1900) });
    assert!(Diary::of(&stopped).ms(freed).is_empty());
    let leak = Leak { every: 1, ..NO_LEAK };
    let leaking = fleet(instants(&[0], 50), per_request(leak), Dist::Constant(ms(0)));
    let mut server = free_server("redis", 1000);
    server.keepalive = s(6);
    assert!(Diary::of(&scenario(server, leaking, "2000s")).ms(freed).is_empty());
}

/// A reply that nobody acknowledges, and pushes to a subscriber, wait for retransmissions to end and
/// not for keepalive: 924.6 s.
#[test]
fn unacknowledged_data_keeps_the_slot_of_a_vanished_host_for_924_seconds() {
    let pooled = Strategy::Pooled(Pooled { min: 1, ..pool(1) });
    let mut asking = fleet(instants(&[1000], 1), pooled, Dist::Constant(ms(0)));
    asking.process.restart_after = s(50_000);
    let mut server = free_server("redis", 10);
    server.keepalive = s(300);
    server.cost.command = ms(500);
    let mut gone = scenario(server.clone(), asking, "2000s");
    // The command is at work when the host vanishes; its reply leaves at 1.5 s.
    fault(&mut gone, "1200ms", Fault::Vanish { fleet: 0, instances: 1 });
    assert_eq!(Diary::of(&gone).ms(freed), [926_100.0]);
    let leak = Leak { every: 1, kind: LeakKind::Subscribed, ..NO_LEAK };
    let mut listening = fleet(instants(&[0], 1), per_request(leak), Dist::Constant(ms(0)));
    listening.process.restart_after = s(50_000);
    let mut gone = scenario(server, listening, "2000s");
    fault(&mut gone, "100s", Fault::Vanish { fleet: 0, instances: 1 });
    assert_eq!(Diary::of(&gone).ms(freed), [1_024_600.0]);
}

/// What falls due while a process stands still happens when it goes on: replies that have come are
/// taken, timeouts of those that have not strike, and requests that came meanwhile begin.
#[test]
fn a_process_that_stands_still_goes_on_where_it_was() {
    let pool = Strategy::Pooled(Pooled { min: 2, ..pool(2) });
    let mut caller = fleet(instants(&[1000, 1100, 2000], 1), pool, Dist::Constant(ms(0)));
    if let Step::Call(call) = &mut caller.steps[0] {
        call.timeout = Some(ms(500));
    }
    let mut server = free_server("redis", 10);
    server.cost.command = ms(400);
    server.discipline = Discipline::Fifo;
    let mut stopped = scenario(server, caller, "60s");
    fault(&mut stopped, "1200ms", Fault::Stop { fleet: 0, instances: 1, length: ms(5000) });
    // Replies leave at 1.4 and 1.8 s: the second after its timeout of 1.6 s, but before anybody looks.
    let ends = Diary::of(&stopped).ends();
    assert_eq!(ends, [(6200.0, None), (6200.0, None), (6600.0, None)]);
}

/// The reply comes a second after the process has gone on again: its timeout has struck.
#[test]
fn a_timeout_that_falls_due_in_a_stop_strikes_at_its_end() {
    let pool = Strategy::Pooled(Pooled { min: 1, ..pool(1) });
    let mut caller = fleet(instants(&[1000], 1), pool, Dist::Constant(ms(0)));
    if let Step::Call(call) = &mut caller.steps[0] {
        call.timeout = Some(ms(500));
    }
    let mut server = free_server("redis", 10);
    server.cost.command = ms(6000);
    let mut stopped = scenario(server, caller, "60s");
    fault(&mut stopped, "1200ms", Fault::Stop { fleet: 0, instances: 1, length: ms(4800) });
    assert_eq!(Diary::of(&stopped).ends(), [(6000.0, Some(Cause::ReadTimeout))]);
}

/// A restart at 1 s, down for 2 s: the command at work is lost, dials are refused at once, and from
/// 3 s on everything works.
#[test]
fn a_restarting_server_closes_everything_and_refuses_dials_until_it_listens() {
    let mut caller = fleet(
        instants(&[0, 900, 1500, 2999, 3000, 3100], 1),
        per_request(NO_LEAK),
        Dist::Constant(ms(0)),
    );
    caller.process.time_wait = s(60);
    let mut server = free_server("redis", 10);
    server.cost.command = ms(200);
    let mut restarted = scenario(server, caller, "10s");
    fault(&mut restarted, "1s", Fault::Restart { server: 0, down: s(2) });
    let diary = Diary::of(&restarted);
    let refused = Some(Cause::ConnectionRefused);
    let lost = Some(Cause::ConnectionLost);
    // The turn of 3 s is of the new process: 200 ms for one command, then for the next.
    let expected = [
        (200.0, None),
        (1000.0, lost),
        (1500.0, refused),
        (2999.0, refused),
        (3200.0, None),
        (3400.0, None),
    ];
    assert_eq!(diary.ends(), expected);
    let up = |what: &Observation| matches!(what, Observation::ServerUp { .. });
    assert_eq!(diary.ms(up), [3000.0]);
}

/// 300 idle connections and 5 in the accept queue of a loop that stands still: the idle ones are
/// closed in good order and seen closed when they are looked at, the queued ones are reset.
#[test]
fn a_restart_leaves_fin_wait_for_idle_connections_and_nothing_for_queued_ones() {
    let mut restarted = idle_connections(s(0), 1);
    let mut others = fleet(instants(&[1500], 5), per_request(NO_LEAK), Dist::Constant(ms(0)));
    others.name = "g".to_string();
    restarted.settings.fleets.push(others);
    let action = Action::Pause { server: 0, length: s(100) };
    restarted.timeline.push(Entry { at: at("1s"), label: String::new(), action });
    fault(&mut restarted, "10s", Fault::Restart { server: 0, down: s(5) });
    let record = play(&restarted, 0);
    let of = |series: &str, s: &str| value_at(&record, series, at(s));
    assert_eq!(of("servers.redis.accept_queue", "9s"), 5.0);
    assert_eq!(of("servers.redis.sockets.established", "9s"), 305.0);
    assert_eq!(of("servers.redis.sockets.established", "10s"), 0.0);
    assert_eq!(of("servers.redis.sockets.fin_wait2", "10s"), 300.0);
    assert_eq!(of("servers.redis.sockets.fin_wait2", "70s"), 0.0);
    assert_eq!(of("fleets.f.sockets.close_wait", "70s"), 300.0);
    assert_eq!(of("fleets.g.failed_by.connection_lost", "10s"), 5.0);
}

/// A pause of 100 s does not outlive the process: the new one answers when it listens.
#[test]
fn a_restart_ends_a_pause() {
    let caller = fleet(instants(&[2000, 7000], 1), per_request(NO_LEAK), Dist::Constant(ms(0)));
    let mut restarted = scenario(free_server("redis", 10), caller, "60s");
    let action = Action::Pause { server: 0, length: s(100) };
    restarted.timeline.push(Entry { at: at("1s"), label: String::new(), action });
    fault(&mut restarted, "5s", Fault::Restart { server: 0, down: s(1) });
    let expected = [(5000.0, Some(Cause::ConnectionLost)), (7000.0, None)];
    assert_eq!(Diary::of(&restarted).ends(), expected);
}

/// The new primary answers 5 s after the old one has gone without a word at 1 s. Who dials waits for
/// the schedule of its SYNs; who has a connection to the old one waits for a read timeout, or for
/// 924.6 s after what it sent.
#[test]
fn a_failover_leaves_stale_connections_to_a_host_that_is_gone() {
    for (timeout, ends_at, cause) in
        [(Some(ms(3000)), 5000.0, Cause::ReadTimeout), (None, 926_600.0, Cause::ConnectionLost)]
    {
        let pooled = Strategy::Pooled(Pooled { min: 1, ..pool(1) });
        let mut keeper = fleet(instants(&[2000], 1), pooled, Dist::Constant(ms(0)));
        if let Step::Call(call) = &mut keeper.steps[0] {
            call.timeout = timeout;
        }
        let mut over = scenario(free_server("redis", 10), keeper, "1000s");
        let mut dialling =
            fleet(instants(&[1500, 7000], 1), per_request(NO_LEAK), Dist::Constant(ms(0)));
        dialling.name = "g".to_string();
        over.settings.fleets.push(dialling);
        fault(&mut over, "1s", Fault::Failover { server: 0, after: s(5), old: Old::Vanishes });
        let mut expected: [(f64, _); 3] = [(ends_at, Some(cause)), (6500.0, None), (7000.0, None)];
        expected.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert_eq!(Diary::of(&over).ends(), expected);
    }
}

/// With an old primary that closes, its clients know at once; dials are refused until the new one
/// answers.
#[test]
fn a_failover_from_a_server_that_closes_is_seen_at_once() {
    let peek = Pooled { min: 1, validate: Validate::Peek, ..pool(1) };
    let keeper = fleet(instants(&[2000, 8000], 1), Strategy::Pooled(peek), Dist::Constant(ms(0)));
    let mut over = scenario(free_server("redis", 10), keeper, "60s");
    fault(&mut over, "1s", Fault::Failover { server: 0, after: s(5), old: Old::Closes });
    let expected = [(2000.0, Some(Cause::ConnectionRefused)), (8000.0, None)];
    assert_eq!(Diary::of(&over).ends(), expected);
}

/// A partition concerns the two it is between.
#[test]
fn a_partition_concerns_one_fleet_and_one_server() {
    let pool = Strategy::Pooled(Pooled { min: 1, ..pool(1) });
    let caller = fleet(instants(&[2000], 1), pool, Dist::Constant(ms(0)));
    let mut cut = scenario(free_server("redis", 10), caller, "60s");
    let mut other = cut.settings.fleets[0].clone();
    other.name = "g".to_string();
    cut.settings.fleets.push(other);
    fault(&mut cut, "1s", Fault::Partition { fleet: 0, server: 0, length: s(2) });
    assert_eq!(Diary::of(&cut).ends(), [(2000.0, None), (3400.0, None)]);
}
