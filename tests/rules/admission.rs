//! Who is let in, and what becomes of those who are not.

use highwater::model::Observation;
use highwater::observe::Record;
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

/// `callers` requests at once, each with a connection that it holds for ten seconds.
fn holders(callers: u32) -> Fleet {
    fleet(instants(&[0], callers), per_request(NO_LEAK), Dist::Constant(ms(10_000)))
}

fn of_server(record: &Record, what: &str, s: &str) -> f64 {
    value_at(record, &format!("servers.redis.{what}"), at(s))
}

/// Measured with a limit of 50 (nine runs each on three servers): refusals begin at 50 connected
/// clients, at 48 with two replicas, at 46 in a cluster of three; monitors, subscribers and blocked
/// clients are among them. Five blocking clients count in blocked_clients too.
#[test]
fn at_a_limit_of_50_refusals_begin_where_they_were_measured() {
    let alone = Internal::NONE;
    for (internal, connected) in [
        (alone, 50.0),
        (Internal { replicas: 2, ..alone }, 48.0),
        (Internal { cluster_nodes: 3, ..alone }, 46.0),
        (Internal { monitors: 3, subscribers: 4, blocked: 5, admin: 1, ..alone }, 50.0),
        (Internal { sentinels: 3, primary_link: true, replicas: 2, ..alone }, 48.0),
    ] {
        let server = Server { internal, ..redis(50) };
        let record = play(&scenario(server, holders(60), "5s"), 0);
        assert_eq!(of_server(&record, "connected_clients", "4s"), connected, "{internal:?}");
        let admitted = of_server(&record, "total_connections_received", "4s");
        assert_eq!(admitted, connected - f64::from(internal.clients()));
        assert_eq!(of_server(&record, "rejected_connections", "4s"), 60.0 - admitted);
        let blocked = of_server(&record, "blocked_clients", "4s");
        assert_eq!(blocked, f64::from(internal.blocked));
    }
}

/// PostgreSQL keeps 3 of its 100 for superusers; MySQL lets 151 in, and one more that is privileged;
/// Redis keeps none (an operator is refused like anyone else).
#[test]
fn reserved_slots_are_for_the_privileged() {
    for (limit, reserved, reserved_beyond, ordinary, privileged) in
        [(100, 3, 0, 97.0, 3.0), (151, 0, 1, 151.0, 1.0), (100, 0, 0, 100.0, 0.0)]
    {
        let server = Server { reserved, reserved_beyond, ..redis(limit) };
        let mut crowd = scenario(server, holders(200), "5s");
        let mut operators = Fleet { privileged: true, ..holders(5) };
        (crowd.settings.fleets[0].name, operators.name) = ("crowd".into(), "operators".into());
        operators.arrivals = instants(&[1000], 5);
        crowd.settings.fleets.push(operators);
        let record = play(&crowd, 0);
        let of = |fleet: &str| value_at(&record, &format!("fleets.{fleet}.failed"), at("4s"));
        assert_eq!(200.0 - of("crowd"), ordinary, "of {limit}");
        assert_eq!(5.0 - of("operators"), privileged, "of {limit}");
    }
}

/// Privileged clients take reserved slots only when no others are left.
#[test]
fn a_reserved_slot_is_the_last_to_be_taken() {
    let server = Server { reserved: 2, ..redis(10) };
    let mut both = scenario(server, holders(20), "5s");
    let mut operators = Fleet { privileged: true, ..holders(4) };
    (both.settings.fleets[0].name, operators.name) = ("a".into(), "b".into());
    both.settings.fleets[0].arrivals = instants(&[1000], 20);
    both.settings.fleets.push(operators);
    let record = play(&both, 0);
    // Four of the eight places for everybody are taken by the privileged who came first.
    assert_eq!(value_at(&record, "fleets.a.failed", at("4s")), 16.0);
    assert_eq!(of_server(&record, "connected_clients", "4s"), 8.0);
}

/// A refusal has its words over plain TCP only; the server counts it all the same.
#[test]
fn a_refusal_without_words_is_another_cause() {
    for (tls, when_full, cause) in [
        (false, WhenFull::Reject, Cause::Rejected),
        (false, WhenFull::RejectSilently, Cause::RejectedSilently),
        (true, WhenFull::Reject, Cause::RejectedSilently),
    ] {
        let server = Server { tls, when_full, ..redis(3) };
        let record = play(&scenario(server, holders(8), "5s"), 0);
        let series = format!("fleets.f.failed_by.{}", cause.name());
        assert_eq!(value_at(&record, &series, at("4s")), 5.0, "TLS {tls}, {when_full:?}");
        assert_eq!(of_server(&record, "rejected_connections", "4s"), 5.0);
    }
}

/// Three at once where one has a place, each for a second, and nobody is refused: the second and the
/// third wait in the kernel's queue. A read timeout of 1.5 s covers that wait, a connect timeout does
/// not: they are connected.
#[test]
fn a_server_that_stops_accepting_leaves_the_rest_in_the_kernels_queue() {
    let server = Server { when_full: WhenFull::StopAccepting, ..free_server("redis", 1) };
    let waiting = Strategy::PerRequest { leak: NO_LEAK, connect_timeout: Some(ms(100)) };
    let callers = fleet(instants(&[0], 3), waiting, Dist::Constant(ms(1000)));
    let mut full = scenario(server, callers, "10s");
    full.sample_every = ms(500);
    assert_eq!(Diary::of(&full).ends(), [(1000.0, None), (2000.0, None), (3000.0, None)]);
    let record = play(&full, 0);
    assert_eq!(of_server(&record, "accept_queue", "500ms"), 2.0);
    let stopped = record.events.iter().filter(|event| event.kind == "accepts_stopped");
    assert_eq!(stopped.map(|event| event.at.as_secs_f64()).collect::<Vec<_>>(), [0.0]);
    assert_eq!(of_server(&record, "rejected_connections", "9s"), 0.0);
    if let Step::Call(call) = &mut full.settings.fleets[0].steps[0] {
        call.timeout = Some(ms(1500));
    }
    let late = Some(Cause::ReadTimeout);
    assert_eq!(Diary::of(&full).ends(), [(1000.0, None), (1500.0, late), (2000.0, None)]);
}

/// One in its slot, three in a queue of three, and the fifth meets a full queue: its SYN is sent again
/// after 1, 2, 3, 4 s, when there is room since 1 s.
#[test]
fn behind_a_server_that_stops_accepting_the_queue_overflows() {
    let mut server = Server { when_full: WhenFull::StopAccepting, ..free_server("redis", 1) };
    server.backlog = 2;
    let callers = fleet(instants(&[0, 1], 1), per_request(NO_LEAK), Dist::Constant(ms(900)));
    let mut full = scenario(server, callers, "10s");
    full.settings.fleets[0].arrivals = instants(&[0, 1, 2, 3, 4], 1);
    let ends: Vec<f64> = Diary::of(&full).ends().iter().map(|end| end.0).collect();
    // The fifth gets into the queue 1 s after its first SYN, behind three others.
    assert_eq!(ends, [900.0, 1800.0, 2700.0, 3600.0, 4500.0]);
    let record = play(&full, 0);
    assert_eq!(value_at(&record, "fleets.f.succeeded", at("9s")), 5.0);
    assert_eq!(of_server(&record, "syns_dropped", "9s"), 1.0);
    let full: Vec<_> =
        record.events.iter().filter(|event| event.kind == "accept_queue_full").collect();
    assert_eq!(full.len(), 1);
}

/// A limit that is raised lets in those who wait; but an operator without a connection waits in the
/// same line, behind them.
#[test]
fn a_raised_limit_lets_in_who_was_not_accepted() {
    for (admin, ends) in [(1, [1000.0, 1500.0, 1500.0]), (0, [1000.0, 2000.0, 3000.0])] {
        let mut server =
            Server { when_full: WhenFull::StopAccepting, ..free_server("redis", 1 + admin) };
        server.internal.admin = admin;
        let callers = fleet(instants(&[0], 3), per_request(NO_LEAK), Dist::Constant(ms(1000)));
        let mut raised = scenario(server, callers, "10s");
        let mut after = raised.settings.clone();
        after.servers[0].maxclients = 3 + admin;
        let action = Action::Set(Box::new(after));
        raised.timeline.push(Entry { at: at("500ms"), label: String::new(), action });
        assert_eq!(Diary::of(&raised).ends(), ends.map(|ms| (ms, None)), "{admin} connected");
    }
}

/// Measured: two TCP clients that never send a byte of TLS took connected_clients from 3 to 5 while
/// total_connections_received stayed 3. Here 20 clients wait for handshakes of 100 ms: all hold slots,
/// few count as received, and the limit refuses the rest.
#[test]
fn handshakes_in_progress_hold_slots_and_are_not_received() {
    let mut server = Server { tls: true, accepts_per_turn_tls: 1000, ..redis(20) };
    server.cost.tls_handshake = ms(100);
    let mut waiting = scenario(server, holders(30), "5s");
    waiting.sample_every = ms(50);
    let record = play(&waiting, 0);
    assert_eq!(of_server(&record, "connected_clients", "550ms"), 20.0);
    assert_eq!(of_server(&record, "total_connections_received", "50ms"), 0.0);
    assert_eq!(of_server(&record, "total_connections_received", "550ms"), 1.0);
    assert_eq!(of_server(&record, "rejected_connections", "550ms"), 10.0);
    assert_eq!(of_server(&record, "total_connections_received", "4s"), 20.0);
}

/// At most the batch is accepted or refused in one turn, for every batch, with admissions and
/// refusals in it.
#[test]
fn no_turn_accepts_or_refuses_more_than_the_batch() {
    for batch in [1, 10, 1000] {
        let mut server = redis(200);
        server.accepts_per_turn = batch;
        server.cost.command = Span::from_ns(50_000);
        // All accepts of a turn are noted at its beginning; 200 at once, and nobody later.
        let mut crowd = scenario(server, holders(200), "5s");
        let action = Action::Pause { server: 0, length: ms(10) };
        crowd.timeline.push(Entry { at: SimTime::ZERO, label: String::new(), action });
        let received = Diary::of(&crowd).ms(|what| matches!(what, Observation::Received { .. }));
        let mut turns: Vec<(f64, u32)> = Vec::new();
        for at in received {
            match turns.last_mut() {
                Some((same, count)) if *same == at => *count += 1,
                _ => turns.push((at, 1)),
            }
        }
        let most = turns.iter().map(|(_, count)| *count).max();
        assert_eq!(most, Some(batch.min(200)), "batch {batch}");
        assert_eq!(turns.iter().map(|(_, count)| count).sum::<u32>(), 200);
        assert_eq!(turns.len() as u32, 200u32.div_ceil(batch), "batch {batch}");
    }
}
