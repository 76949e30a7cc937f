//! Descriptors of a server: the limit they leave, CONFIG SET, and accept() that fails.

use highwater::model::Observation;
use highwater::observe::Record;
use highwater::scenario::*;
use highwater::units::{Bytes, SimTime, Span};

use crate::probe::Diary;
use crate::support::*;

/// So many connections that stay, all at `at_s` seconds.
fn leaked(at_s: u64, each: u32) -> Fleet {
    let at = vec![SimTime::ZERO + Span::from_secs(at_s)];
    let leak = Leak { every: 1, kind: LeakKind::ClosesOnEof, ..NO_LEAK };
    fleet(Arrivals::Instants { at, each }, per_request(leak), Dist::Constant(Span::ZERO))
}

fn set(at_text: &str, settings: &Settings) -> Entry {
    let action = Action::Set(Box::new(settings.clone()));
    Entry { at: at(at_text), label: String::new(), action }
}

/// Adds a change of the one server.
fn change(scenario: &mut Scenario, at: &str, how: impl FnOnce(&mut Server)) {
    let last = scenario.timeline.iter().rev().find_map(|entry| match &entry.action {
        Action::Set(settings) => Some((**settings).clone()),
        _ => None,
    });
    let mut settings = last.unwrap_or_else(|| scenario.settings.clone());
    how(&mut settings.servers[0]);
    scenario.timeline.push(set(at, &settings));
}

fn clients(record: &Record, at_text: &str) -> f64 {
    value_at(record, "servers.redis.connected_clients", at(at_text))
}

/// Measured: CONFIG SET maxclients 993 and 15,000 at 1,024 descriptors are refused with "try with
/// 992", and 992 stays; 50 closes nobody and refuses whoever comes.
#[test]
fn config_set_is_refused_where_the_system_cannot() {
    let mut server = free_server("redis", 100);
    server.nofile = nofile(1024, 1024);
    server.internal.admin = 1;
    let mut told = scenario(server, leaked(0, 110), "20s");
    told.settings.fleets.push(Fleet { name: "g".into(), ..leaked(2, 110) });
    told.settings.fleets.push(Fleet { name: "h".into(), ..leaked(7, 5) });
    for (at, maxclients) in [("1s", 200), ("3s", 992), ("4s", 993), ("5s", 15_000), ("6s", 50)] {
        change(&mut told, at, |server| server.maxclients = maxclients);
    }
    let refused: Vec<(u32, u32)> = Diary::of(&told)
        .0
        .iter()
        .filter_map(|(_, what)| match what {
            Observation::ConfigRefused { asked, possible, .. } => Some((*asked, *possible)),
            _ => None,
        })
        .collect();
    assert_eq!(refused, [(993, 992), (15_000, 992)]);
    let record = play(&told, 0);
    assert_eq!(["1s", "3s", "10s"].map(|at| clients(&record, at)), [100.0, 200.0, 200.0]);
    // The recorded counter: 11, 10 and 5 refusals.
    assert_eq!(last(&record, "servers.redis.rejected_connections"), 26.0);
    let logged = record.events.iter().filter(|event| event.kind == "config_refused").count();
    assert_eq!(logged, 2);
}

/// A server that started at 1024/16384 has given its hard limit away, and 15,000 is refused; one that
/// started at 10033/16384 has not.
#[test]
fn whether_the_limit_can_be_raised_depends_on_the_soft_limit_at_the_start() {
    for (soft, refusals) in [(1024, 1), (10_033, 0)] {
        let mut server = free_server("redis", 10_000);
        server.nofile = nofile(soft, 16_384);
        server.internal.admin = 1;
        let mut raised = scenario(server, leaked(0, 1), "2s");
        change(&mut raised, "1s", |server| server.maxclients = 15_000);
        let refused = |what: &Observation| matches!(what, Observation::ConfigRefused { .. });
        assert_eq!(Diary::of(&raised).ms(refused).len(), refusals);
    }
}

/// The recorded case: 260 clients meet a limit of 1,000 clients and 200 descriptors, 7 of which are
/// other files, and one observer. All connect, 192 are answered, 68 wait without an answer and
/// without a rejection while the loop spins; when 100 have closed, all are answered.
/// Measured on Redis 7.0.15; Redis 8.0 milestone 1 and Valkey 8.0.1 differ by their other files.
#[test]
fn without_descriptors_clients_connect_and_hang_until_some_are_free() {
    for (other, answered) in [(7, 192), (11, 188), (9, 190)] {
        let mut server = redis(1000);
        server.nofile = nofile(65_536, 65_536);
        server.nofile.other = other;
        server.internal.admin = 1;
        let mut starved = scenario(server, leaked(2, 260), "30s");
        starved.settings.fleets[0].process.nofile = 1000;
        change(&mut starved, "1s", |server| server.nofile.soft = 200);
        let action = Action::ClientKill { server: 0, by: KillBy::MaxAge(span("1s")) };
        starved.timeline.push(Entry { at: at("12s"), label: String::new(), action });
        let record = play(&starved, 0);
        let of = |series: &str, s: &str| value_at(&record, series, at(s));
        assert_eq!(of("fleets.f.sockets.established", "10s"), 260.0, "every connect succeeds");
        assert_eq!(of("fleets.f.succeeded", "10s"), f64::from(answered));
        assert_eq!(of("servers.redis.connected_clients", "10s"), f64::from(answered + 1));
        assert_eq!(of("servers.redis.accept_queue", "10s"), f64::from(260 - answered));
        assert_eq!(of("servers.redis.loop_busy", "10s"), 1.0, "the loop spins");
        assert_eq!(of("servers.redis.loop_busy", "20s"), 0.0, "and stops when all are served");
        assert_eq!(last(&record, "servers.redis.rejected_connections"), 0.0);
        assert_eq!(last(&record, "fleets.f.succeeded"), 260.0);
        let kinds = record.events.iter().filter(|event| event.kind == "accept_starved").count();
        assert_eq!(kinds, 1);
    }
}

/// While the loop spins on the listener, whoever has a connection is served at once.
#[test]
fn a_spinning_loop_serves_those_it_has_accepted() {
    let pooled = Strategy::Pooled(Pooled { min: 3, ..pool(3) });
    let caller = fleet(even(10.0), pooled, Dist::Constant(Span::ZERO));
    let mut server = redis(1000);
    server.nofile = nofile(65_536, 65_536);
    let mut starved = scenario(server, caller, "10s");
    starved.settings.fleets.push(Fleet { name: "g".into(), ..leaked(2, 5) });
    change(&mut starved, "1s", |server| server.nofile.soft = 3);
    let record = play(&starved, 0);
    // The one that comes at the very end is not answered yet.
    assert_eq!(last(&record, "fleets.f.succeeded"), 100.0);
    assert_eq!(last(&record, "servers.redis.accept_queue"), 5.0);
    let served: Vec<f64> = Diary::of(&starved).ends().iter().map(|end| end.0).collect();
    for (number, at) in served.iter().enumerate().skip(30) {
        assert_eq!(*at, 100.0 * number as f64 + 0.007, "a command takes 7 us, also then");
    }
}

/// Left alone for 0.1 s at a time, the listener costs nothing; who waits is accepted at the next look.
#[test]
fn a_pause_after_emfile_spares_the_loop() {
    let mut server = redis(1000);
    server.nofile = nofile(65_536, 65_536);
    server.emfile_pause = span("100ms");
    server.internal.admin = 1;
    let mut starved = scenario(server, leaked(2, 10), "10s");
    change(&mut starved, "1s", |server| server.nofile.soft = 6);
    change(&mut starved, "4050ms", |server| server.nofile.soft = 600);
    let diary = Diary::of(&starved);
    let ends: Vec<f64> = diary.ends().iter().map(|end| end.0).collect();
    assert_eq!(ends.len(), 10);
    assert!(ends[..5].iter().all(|ms| (2000.0..2001.0).contains(ms)), "{ends:?}");
    assert!(ends[5..].iter().all(|ms| (4100.0..4101.0).contains(ms)), "{ends:?}");
    let record = play(&starved, 0);
    assert!(value_at(&record, "servers.redis.loop_busy", at("3s")) < 0.01);
    assert_eq!(diary.ms(|what| matches!(what, Observation::AcceptStarved { .. })).len(), 1);
}

/// More than 32 other files starve accept() below the limit: 100 clients are allowed, 92 come in.
#[test]
fn more_than_32_other_files_leave_fewer_clients_than_maxclients() {
    let mut server = free_server("redis", 100);
    server.nofile = Nofile { other: 40, ..nofile(132, 132) };
    let record = play(&scenario(server, leaked(0, 120), "5s"), 0);
    assert_eq!(last(&record, "servers.redis.connected_clients"), 92.0);
    assert_eq!(last(&record, "servers.redis.rejected_connections"), 0.0);
    assert_eq!(last(&record, "servers.redis.accept_queue"), 28.0);
}

/// A client in use has its buffers, one that is idle has not. Measured, used_memory per client: Redis
/// 7.0.15 38.1 KB right after a command and 2.3 KB after 6 s, Redis 8.0 milestone 1 17.4 and 2.3 KB;
/// 1,800 B of the idle are client memory; TLS adds 26.6 KB that neither counts.
#[test]
fn clients_in_use_take_their_buffers_and_tls_takes_more() {
    let redis_7 = Memory {
        base: Bytes(1_000_000),
        per_connection: Bytes(2300),
        counted: Bytes(1800),
        fresh: Bytes(35_800),
        fresh_for: span("3s"),
        tls: Bytes(26_600),
    };
    for tls in [false, true] {
        let mut server = free_server("redis", 10_000);
        (server.memory, server.tls) = (redis_7, tls);
        let record = play(&scenario(server, leaked(2, 1000), "10s"), 0);
        let of = |series: &str, s: &str| value_at(&record, series, at(s));
        let secret = if tls { 26_600.0 } else { 0.0 };
        let each = |at: &str| (of("servers.redis.memory", at) - 1e6) / 1000.0 - secret;
        assert_eq!([each("3s"), each("4s"), each("8s")], [38_100.0, 38_100.0, 2300.0]);
        let counted = |at: &str| of("servers.redis.memory_clients", at) / 1000.0;
        assert_eq!([counted("3s"), counted("8s")], [37_600.0, 1800.0]);
    }
}

/// Client memory at the limit: whoever has buffers goes first, in the order in which they got them,
/// then the idle, longest first; never more than needed.
#[test]
fn clients_are_closed_for_memory_largest_bucket_first() {
    let memory =
        Memory { counted: Bytes(2000), fresh: Bytes(38_000), fresh_for: span("3s"), ..NO_MEMORY };
    let mut server = free_server("redis", 10_000);
    (server.memory, server.maxmemory_clients) = (memory, Bytes(200_000));
    // Two clients every 4 s, 50 in all, take 100,000 when they are idle; three more with their buffers
    // make it 220,000. When the first of these has gone there is room.
    let mut full = scenario(server, leaked(0, 2), "200s");
    let at = (0..25).map(|k| SimTime::ZERO + Span::from_secs(4 * k)).collect();
    full.settings.fleets[0].arrivals = Arrivals::Instants { at, each: 2 };
    full.settings.fleets.push(Fleet { name: "g".into(), ..leaked(150, 3) });
    let diary = Diary::of(&full);
    assert_eq!(diary.ms(|what| matches!(what, Observation::Evicted { .. })), [150_000.0]);
    let record = play(&full, 0);
    assert_eq!(
        value_at(&record, "servers.redis.memory_clients", crate::support::at("151s")),
        180_000.0
    );
    assert_eq!(last(&record, "servers.redis.memory_clients"), 52.0 * 2000.0);
    assert_eq!(last(&record, "servers.redis.evicted_connections"), 1.0);
    assert_eq!(last(&record, "fleets.g.sockets.open"), 2.0, "the largest has gone, not the oldest");
}

/// A blocked client lets its buffers go like an idle one, and has them again when it unblocks.
#[test]
fn a_client_that_unblocks_has_its_buffers_again() {
    let memory =
        Memory { counted: Bytes(2000), fresh: Bytes(38_000), fresh_for: span("3s"), ..NO_MEMORY };
    let mut server = free_server("redis", 10_000);
    (server.memory, server.maxmemory_clients) = (memory, Bytes(1_000_000));
    let blocking = Call { blocking: Some(span("10s")), ..call() };
    let fleet = Fleet { steps: vec![Step::Call(blocking)], ..leaked(1, 1) };
    let record = play(&scenario(server, fleet, "20s"), 0);
    let counted = ["2s", "8s", "12s", "18s"]
        .map(|s| value_at(&record, "servers.redis.memory_clients", at(s)));
    assert_eq!(counted, [40_000.0, 2000.0, 40_000.0, 2000.0]);
}

/// Where all clients are in the smallest bucket, the one that was admitted first goes first; a limit
/// below 128 KiB is taken for that, and replicas are spared.
#[test]
fn of_small_clients_the_oldest_is_closed_for_memory() {
    let memory = Memory { counted: Bytes(2000), ..NO_MEMORY };
    let mut server = free_server("redis", 10_000);
    (server.memory, server.maxmemory_clients) = (memory, Bytes(1));
    let mut full = scenario(server, leaked(1, 40), "10s");
    full.settings.fleets.push(Fleet { name: "g".into(), ..leaked(2, 40) });
    let action = Action::AttachReplicas { server: 0, count: 3, sync: span("1s") };
    full.timeline.push(Entry { at: at("0s"), label: String::new(), action });
    let record = play(&full, 0);
    // 65 clients take 130,000 B; the 66th passes 131,072.
    assert_eq!(last(&record, "servers.redis.connected_clients"), 65.0);
    assert_eq!(last(&record, "fleets.f.sockets.open"), 25.0);
    assert_eq!(last(&record, "fleets.g.sockets.open"), 40.0);
    assert_eq!(last(&record, "servers.redis.replicas"), 3.0);
}

/// What arithmetic says of the limits over the timeline: what the system refuses changes nothing, and
/// neither does a change of the descriptors themselves.
#[test]
fn the_limits_over_the_timeline_leave_out_what_is_refused() {
    let mut server = free_server("redis", 100);
    server.nofile = nofile(1024, 1024);
    let mut changed = scenario(server, leaked(0, 1), "10s");
    change(&mut changed, "1s", |server| server.maxclients = 993);
    change(&mut changed, "2s", |server| server.maxclients = 992);
    change(&mut changed, "3s", |server| server.nofile = nofile(200, 200));
    change(&mut changed, "4s", |server| server.maxclients = 100);
    let seen = changed.limits(0);
    assert_eq!(seen, [(at("0s"), 100), (at("2s"), 992), (at("4s"), 100)]);
}

/// Redis logs three warnings at such a start; a limit that fits is not news.
#[test]
fn a_limit_that_descriptors_lower_is_told_at_the_start() {
    for (maxclients, told) in [
        (992, None),
        (10_000, Some("maxclients 10,000 is lowered to 992: 1,024 descriptors less 32")),
    ] {
        let mut server = free_server("redis", maxclients);
        server.nofile = nofile(1024, 1024);
        let record = play(&scenario(server, leaked(0, 1), "2s"), 0);
        let lowered = record.events.iter().find(|event| event.kind == "limit_lowered");
        assert_eq!(lowered.map(|event| event.text.as_str()), told);
        assert!(lowered.is_none_or(|event| event.at == SimTime::ZERO));
    }
}
