//! The kernels at both ends: SYN schedules, retransmission, ports, and the states of sockets.

use highwater::model::Observation;
use highwater::observe::Record;
use highwater::scenario::*;
use highwater::units::{Bytes, SimTime, Span};

use crate::probe::Diary;
use crate::support::*;

fn ms(ms: u64) -> Span {
    Span::from_ns(ms * 1_000_000)
}

fn once(at_ms: u64, each: u32) -> Arrivals {
    Arrivals::Instants { at: vec![SimTime::from_ns(at_ms * 1_000_000)], each }
}

fn fault(scenario: &mut Scenario, at: SimTime, fault: Fault) {
    scenario.timeline.push(Entry { at, label: String::new(), action: Action::Fault(fault) });
}

/// One request at 0 that dials through a partition of `length`.
fn through_a_partition(retries: SynRetries, length: Span) -> Vec<(f64, Option<Cause>)> {
    let mut caller = fleet(once(0, 1), per_request(NO_LEAK), Dist::Constant(ms(0)));
    caller.process.syn_retries = retries;
    let mut cut = scenario(free_server("redis", 10), caller, "300s");
    fault(&mut cut, SimTime::ZERO, Fault::Partition { fleet: 0, server: 0, length });
    Diary::of(&cut).ends()
}

/// Measured on Linux 6.18 (the queue was freed at 2.6 s, the dial was through at 3.05 s): a dial that
/// was not answered is through at an instant of the schedule, never between two. Both generations.
#[test]
fn a_lost_syn_is_sent_again_when_the_kernel_says() {
    let linear: &[u64] = &[1, 2, 3, 4, 5, 7, 11, 19, 35, 67];
    let exponential: &[u64] = &[1, 3, 7, 15, 31, 63];
    for (retries, grid, given_up) in
        [(SynRetries::Linear, linear, 131e3), (SynRetries::Exponential, exponential, 127e3)]
    {
        let mut before = 0;
        for second in grid {
            // Carried again right after the SYN before was lost, and right at this one.
            for length in [ms(before * 1000 + 1), ms(second * 1000)] {
                let ends = through_a_partition(retries, length);
                assert_eq!(ends, [(*second as f64 * 1e3, None)], "{retries:?}, cut for {length:?}");
            }
            before = *second;
        }
        let ends = through_a_partition(retries, ms(before * 1000 + 1));
        assert_eq!(ends, [(given_up, Some(Cause::ConnectTimeout))], "{retries:?}");
    }
    assert_eq!(through_a_partition(SynRetries::Linear, ms(2600)), [(3000.0, None)]);
}

/// With a share p of packets lost each SYN is answered with probability (1 - p)^2: every dial is
/// through at an instant of the schedule plus whole retransmissions of its last packet, and the share
/// through with the first SYN and no retransmission is (1 - p)^3.
#[test]
fn chance_loses_syns_on_the_same_schedule() {
    let callers = fleet(once(0, 20_000), per_request(NO_LEAK), Dist::Constant(ms(0)));
    let mut lossy = scenario(free_server("redis", 100_000), callers, "300s");
    let p = 0.2;
    lossy.settings.network.loss = ratio(p);
    // Slots are taken when the last packet of the handshake is there.
    let through = Diary::of(&lossy).ms(|what| matches!(what, Observation::Received { .. }));
    let grid = [0, 1000, 2000, 3000, 4000, 5000, 7000, 11_000, 19_000, 35_000, 67_000];
    let again =
        (0..16).map(|n| if n < 11 { 200 * ((1 << n) - 1) } else { 204_600 + 120_000 * (n - 10) });
    let again: Vec<i64> = again.collect();
    let on_grid = |at: &f64| grid.iter().any(|s| again.contains(&(*at as i64 - s)));
    assert!(through.iter().all(on_grid), "a dial is through between two instants");
    let (n, share) = (20_000.0, libm::pow(1.0 - p, 3.0));
    let first = through.iter().filter(|at| **at == 0.0).count() as f64 / n;
    let error = (share * (1.0 - share) / n).sqrt();
    assert!((first - share).abs() < 4.0 * error, "{first} of all at once, expected {share}");
    let by_1s = through.iter().filter(|at| **at < 1000.0).count() as f64 / n;
    let answered = libm::pow(1.0 - p, 2.0);
    // Of those answered at first a last packet lost three times comes after 1.4 s.
    let share = answered * (1.0 - libm::pow(p, 3.0));
    let error = (share * (1.0 - share) / n).sqrt();
    assert!((by_1s - share).abs() < 4.0 * error, "{by_1s} by a second, expected {share}");
}

/// Data is sent again after 200 ms, then after twice as long each time: what is sent at 1 s into a
/// partition crosses at 1.2, 1.6, 2.4, 4.0, 7.2 s.
#[test]
fn data_in_a_partition_crosses_with_the_first_retransmission_after_it() {
    for (until, arrives) in
        [(1100, 1200.0), (1201, 1600.0), (2000, 2400.0), (3000, 4000.0), (7200, 7200.0)]
    {
        let pool = Strategy::Pooled(Pooled { min: 1, ..pool(1) });
        let caller = fleet(once(1000, 1), pool, Dist::Constant(ms(0)));
        let mut cut = scenario(free_server("redis", 10), caller, "60s");
        let length = ms(until - 900);
        fault(&mut cut, at("900ms"), Fault::Partition { fleet: 0, server: 0, length });
        assert_eq!(Diary::of(&cut).ends(), [(arrives, None)], "until {until} ms");
    }
}

/// tcp_retries2 of 15: 924.6 s after the first sending the client's kernel gives up. The server knows
/// nothing of it: the slot is free when keepalive finds nobody.
#[test]
fn data_that_is_never_acknowledged_ends_the_connection_after_924_seconds() {
    let pool = Strategy::Pooled(Pooled { min: 1, ..pool(1) });
    let caller = fleet(once(1000, 1), pool, Dist::Constant(ms(0)));
    let mut server = free_server("redis", 10);
    server.keepalive = ms(300_000);
    let mut cut = scenario(server, caller, "2000s");
    let length = ms(1_500_000);
    fault(&mut cut, at("900ms"), Fault::Partition { fleet: 0, server: 0, length });
    let diary = Diary::of(&cut);
    assert_eq!(diary.ends(), [(925_600.0, Some(Cause::ConnectionLost))]);
    assert_eq!(diary.ms(|what| matches!(what, Observation::Freed { .. })), [600_000.0]);
}

/// 28,232 ports, each held for 60 s after the client has closed: 470 dials a second from one address
/// to one server, whatever is asked for.
#[test]
fn an_address_opens_470_connections_a_second_when_the_client_closes_first() {
    let mut caller = fleet(even(1000.0), per_request(NO_LEAK), Dist::Constant(ms(0)));
    (caller.process.port_first, caller.process.port_last) = (32_768, 60_999);
    caller.process.time_wait = Span::from_secs(60);
    let record = play(&scenario(free_server("redis", 100), caller, "180s"), 0);
    let done = |s: &str| value_at(&record, "fleets.f.succeeded", at(s));
    // The row at 60 s includes the request of that very instant.
    assert_eq!((done("59s"), done("119s"), done("179s")), (28_232.0, 56_464.0, 84_696.0));
    assert_eq!((28_232.0 / 60.0f64).floor(), 470.0);
}

/// Measured with 100 ports: closed by the client first, 100 of 300 dials have a port; closed by the
/// server first (here: refused), 300 of 300.
#[test]
fn a_server_that_closes_first_leaves_the_client_its_ports() {
    for (admin, port_exhausted) in [(0, 200), (1, 0)] {
        let mut caller = fleet(even(100.0), per_request(NO_LEAK), Dist::Constant(ms(0)));
        (caller.process.port_first, caller.process.port_last) = (40_000, 40_099);
        caller.process.time_wait = Span::from_secs(60);
        let mut server = free_server("redis", 1);
        server.internal.admin = admin;
        let ends = Diary::of(&scenario(server, caller, "2990ms")).ends();
        assert_eq!(ends.len(), 300);
        let of = |cause| ends.iter().filter(|end| end.1 == Some(cause)).count();
        assert_eq!(of(Cause::PortExhausted), port_exhausted);
        assert_eq!(of(Cause::Rejected), if admin == 1 { 300 } else { 0 });
    }
}

/// Measured: a backlog of 511 holds 512.
#[test]
fn a_backlog_of_511_holds_512_connections() {
    let callers = fleet(once(0, 600), per_request(NO_LEAK), Dist::Constant(ms(0)));
    let mut server = redis(10_000);
    server.backlog = 511;
    let mut still = scenario(server, callers, "900ms");
    let action = Action::Pause { server: 0, length: ms(10_000) };
    still.timeline.push(Entry { at: SimTime::ZERO, label: String::new(), action });
    let record = play(&still, 0);
    assert_eq!(last(&record, "servers.redis.accept_queue"), 512.0);
    assert_eq!(last(&record, "servers.redis.sockets.established"), 512.0);
    assert_eq!(last(&record, "fleets.f.sockets.established"), 512.0);
}

/// The server's sockets at a row: established, CLOSE_WAIT, FIN_WAIT2, TIME_WAIT; and the client's
/// established, CLOSE_WAIT, descriptors.
fn sockets(record: &Record, s: &str) -> ([f64; 4], [f64; 3]) {
    let of = |name: &str| value_at(record, name, at(s));
    (
        ["established", "close_wait", "fin_wait2", "time_wait"]
            .map(|state| of(&format!("servers.redis.sockets.{state}"))),
        ["sockets.established", "sockets.close_wait", "descriptors"]
            .map(|state| of(&format!("fleets.f.{state}"))),
    )
}

/// Measured on three servers: 100 leaked connections under a timeout of 2 s, never closed by their
/// clients, are in FIN_WAIT2 for 60 s and then gone; the clients' are in CLOSE_WAIT without end. Where
/// the client closes too, the server has them in TIME_WAIT for 60 s.
#[test]
fn what_the_server_closes_first_waits_at_the_server() {
    for (kind, after, in_the_end) in [
        (LeakKind::Forgotten, [0., 0., 100., 0.], [0., 100., 100.]),
        (LeakKind::ClosesOnEof, [0., 0., 0., 100.], [0., 0., 0.]),
    ] {
        let leak = Leak { every: 1, kind, ..NO_LEAK };
        let leaking = fleet(once(0, 100), per_request(leak), Dist::Constant(ms(0)));
        let mut server = free_server("redis", 200);
        server.timeout = ms(2_000);
        let record = play(&scenario(server, leaking, "80s"), 0);
        assert_eq!(sockets(&record, "1s"), ([100., 0., 0., 0.], [100., 0., 100.]), "{kind:?}");
        assert_eq!(sockets(&record, "2s").0, after, "{kind:?}");
        assert_eq!(sockets(&record, "61s").0, after, "{kind:?}");
        assert_eq!(sockets(&record, "62s").0, [0.; 4], "{kind:?}");
        assert_eq!(sockets(&record, "80s").1, in_the_end, "{kind:?}");
    }
}

/// Measured: refused with a command under way, the connection is reset: no state is left on either
/// side, but a client that never closes keeps its descriptor. Refused before anything was sent, and
/// closed by the client, it is in TIME_WAIT at the server.
#[test]
fn a_refusal_is_a_reset_where_a_command_was_sent() {
    let mut full = free_server("redis", 1);
    full.internal.admin = 1;
    let leak = Leak { on_error: ratio(1.0), ..NO_LEAK };
    let mut asking = fleet(once(0, 500), per_request(leak), Dist::Constant(ms(0)));
    asking.process.memory_per_socket = Bytes(1);
    let record = play(&scenario(full.clone(), asking, "5s"), 0);
    assert_eq!(sockets(&record, "1s"), ([0.; 4], [0., 0., 500.]));
    assert_eq!(last(&record, "fleets.f.memory_max"), 500.0);
    assert_eq!(last(&record, "fleets.f.ports_used"), 0.0, "a reset gives the port back");
    let tls = Server { tls: true, ..full.clone() };
    let asking = fleet(once(0, 500), per_request(leak), Dist::Constant(ms(0)));
    let record = play(&scenario(tls, asking, "5s"), 0);
    assert_eq!(sockets(&record, "1s"), ([0.; 4], [0., 0., 500.]));
    let filling = Strategy::Pooled(Pooled { min: 500, ..pool(500) });
    let silent = fleet(once(60_000, 1), filling, Dist::Constant(ms(0)));
    let record = play(&scenario(full, silent, "5s"), 0);
    assert_eq!(sockets(&record, "1s"), ([0., 0., 0., 500.], [0., 0., 0.]));
}

/// tcp_max_tw_buckets: what is more is dropped at once, at the server and at the client's host.
#[test]
fn a_host_keeps_so_many_connections_in_time_wait_at_most() {
    for (kind, series) in [
        (Some(LeakKind::ClosesOnEof), "servers.redis.sockets.time_wait"),
        (None, "fleets.f.sockets.time_wait"),
    ] {
        let leak = kind.map_or(NO_LEAK, |kind| Leak { every: 1, kind, ..NO_LEAK });
        let mut caller = fleet(once(0, 100), per_request(leak), Dist::Constant(ms(0)));
        caller.process.time_wait = Span::from_secs(60);
        let mut server = free_server("redis", 200);
        server.timeout = ms(2_000);
        let mut few = scenario(server, caller, "10s");
        few.settings.network.tw_buckets = 40;
        let record = play(&few, 0);
        assert_eq!(value_at(&record, series, at("5s")), 40.0, "{series}");
        assert_eq!(last(&record, "fleets.f.succeeded"), 100.0);
    }
}

/// Eight dials whose packets cross together in 10 ms meet a backlog of 5 and a loop that stands still:
/// nobody's SYN finds the queue full, so all believe themselves connected, and the last two are heard
/// when what they sent is sent again, 200, 600, 1000, 1400 ms, ... later. Dials of 5 ms later find the
/// queue full and keep to the schedule of SYNs.
#[test]
fn a_queue_that_fills_behind_a_syn_leaves_clients_that_believe_themselves_connected() {
    for (pause_ms, unheard_ms, syn_ms) in
        [(190, 230.0, 1035.0), (590, 630.0, 1035.0), (1090, 1430.0, 2035.0), (2000, 3030.0, 2035.0)]
    {
        let mut server = free_server("redis", 100);
        server.backlog = 5;
        let callers = fleet(once(0, 8), per_request(NO_LEAK), Dist::Constant(ms(0)));
        let mut full = scenario(server, callers, "60s");
        full.settings.network.delay = Dist::Constant(ms(10));
        let mut later = fleet(once(25, 1), per_request(NO_LEAK), Dist::Constant(ms(0)));
        later.name = "g".to_string();
        full.settings.fleets.push(later);
        let action = Action::Pause { server: 0, length: ms(pause_ms) };
        full.timeline.push(Entry { at: at("20ms"), label: String::new(), action });
        let record = play(&full, 0);
        let mut expected = vec![(pause_ms as f64 + 30.0, None); 6];
        expected.extend([(unheard_ms + 10.0, None), (unheard_ms + 10.0, None)]);
        expected.push((syn_ms + 30.0, None));
        expected.sort_by(|a: &(f64, Option<Cause>), b| a.0.total_cmp(&b.0));
        assert_eq!(Diary::of(&full).ends(), expected, "a pause of {pause_ms} ms");
        assert_eq!(last(&record, "fleets.f.succeeded"), 8.0);
    }
}

/// After five more SYN-ACKs, 63 s, the server has forgotten such a connection: what its client sends
/// then is answered by a reset. Who has nothing to send never learns of it.
#[test]
fn a_server_forgets_what_it_could_not_hear() {
    let mut server = free_server("redis", 100);
    server.backlog = 0;
    let callers = fleet(once(0, 2), per_request(NO_LEAK), Dist::Constant(ms(0)));
    let mut dead = scenario(server.clone(), callers, "300s");
    dead.settings.network.delay = Dist::Constant(ms(10));
    let action = Action::Pause { server: 0, length: ms(200_000) };
    dead.timeline.push(Entry { at: SimTime::ZERO, label: String::new(), action });
    let expected = [(51_040.0, Some(Cause::ConnectionLost)), (200_010.0, None)];
    assert_eq!(Diary::of(&dead).ends(), expected);
    let filling = Strategy::Pooled(Pooled { min: 2, ..pool(2) });
    dead.settings.fleets[0] = fleet(once(250_000, 1), filling, Dist::Constant(ms(0)));
    let record = play(&dead, 0);
    assert_eq!(value_at(&record, "fleets.f.sockets.established", at("240s")), 2.0);
    assert_eq!(value_at(&record, "servers.redis.sockets.established", at("240s")), 1.0);
}
