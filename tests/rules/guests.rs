//! Guests of a server: operators, replicas, exporters. They are let in and refused like anyone.

use highwater::model::Observation;
use highwater::scenario::*;
use highwater::units::{SimTime, Span};

use crate::probe::Diary;
use crate::support::*;

fn instants(at_ms: &[u64], each: u32) -> Arrivals {
    let at = at_ms.iter().map(|ms| SimTime::from_ns(ms * 1_000_000)).collect();
    Arrivals::Instants { at, each }
}

/// Every request leaves its connection behind; the client closes when the server does.
fn leaking(arrivals: Arrivals) -> Fleet {
    let leak = Leak { every: 1, kind: LeakKind::ClosesOnEof, ..NO_LEAK };
    fleet(arrivals, per_request(leak), Dist::Constant(Span::ZERO))
}

fn entry(at_text: &str, action: Action) -> Entry {
    Entry { at: at(at_text), label: String::new(), action }
}

fn kill(at: &str, by: KillBy) -> Entry {
    entry(at, Action::ClientKill { server: 0, by })
}

fn kills(diary: &Diary) -> Vec<f64> {
    diary.ms(|what| matches!(what, Observation::Killed { .. }))
}

/// Idle for whole seconds, as CLIENT LIST shows them: what was used at 1.0 and 1.5 s is idle for one
/// at 2.9 s, what was used at 2.0 s for none.
#[test]
fn an_operator_kills_what_has_been_idle_for_whole_seconds() {
    let idle = leaking(instants(&[0, 500, 1000, 1500, 2000], 10));
    let mut killed = scenario(free_server("redis", 100), idle, "10s");
    killed.timeline.push(kill("2900ms", KillBy::Idle(span("1s"))));
    assert_eq!(kills(&Diary::of(&killed)), vec![2900.0; 40]);
}

/// A version with a filter closes all in one command; one without takes a round trip for each, after
/// one for CLIENT LIST. Recorded, over loopback: 150 CLIENT KILL ID took 4 to 80 ms.
#[test]
fn without_a_filter_every_kill_takes_a_round_trip() {
    for (by, filter, trips) in [
        (KillBy::MaxAge(span("1s")), true, 0),
        (KillBy::MaxAge(span("1s")), false, 150),
        (KillBy::Idle(span("1s")), false, 150),
        (KillBy::Fleet(0), true, 150),
        (KillBy::Kind(KillKind::Normal), false, 0),
        (KillBy::All, false, 0),
    ] {
        let mut server = free_server("redis", 200);
        server.kill_filters = KillFilters { max_age: filter, ..KillFilters::default() };
        server.cost = redis(1).cost;
        let mut killed = scenario(server, leaking(instants(&[0], 150)), "10s");
        killed.settings.network.delay = Dist::Constant(Span::from_ns(25_000));
        killed.timeline.push(kill("5s", by));
        let diary = Diary::of(&killed);
        let at = kills(&diary);
        assert_eq!(at.len(), 150, "{by:?}");
        // Dial, three ways and a turn with the connect and the command.
        let first = 5000.0 + 3.0 * 0.025 + 0.034;
        let took = at[149] - first;
        assert!(at[0] >= first - 1e-9 && at[0] < first + 0.1, "{at:?}");
        if trips == 0 {
            assert!(took.abs() < 1e-9, "{by:?} took {took} ms");
        } else {
            // Two ways and the command, each; a reap goes before the next command or beside it.
            assert!(took >= 150.0 * (0.05 + 0.007) - 1e-6, "{by:?} took {took} ms");
            assert!((4.0..80.0).contains(&took), "{by:?} took {took} ms");
        }
        let done = diary.ms(|what| matches!(what, Observation::KillDone { killed: 150, .. }));
        assert_eq!(done.len(), 1);
    }
}

/// With a connection opened before, the operator need not be let in.
#[test]
fn an_operator_who_is_connected_gets_through_at_the_limit() {
    for (admin, clients, kills_at) in [(1, 9, Some(5000.0)), (0, 10, None)] {
        let mut server = free_server("redis", 10);
        server.internal.admin = admin;
        let mut full = scenario(server, leaking(instants(&[0], clients)), "20s");
        full.timeline.push(kill("5s", KillBy::All));
        let diary = Diary::of(&full);
        assert_eq!(kills(&diary).first().copied(), kills_at);
        let refused = diary.ms(|what| matches!(what, Observation::OperatorRefused { .. }));
        let rejected = diary.ms(|what| matches!(what, Observation::Rejected { .. }));
        // At 5 s, and every second after it up to the end.
        let tries = if admin == 0 { 16 } else { 0 };
        assert_eq!((refused.len(), rejected.len()), (tries, tries));
    }
}

/// A slot that comes free lets the operator in at his next try, and nobody else has taken it.
#[test]
fn an_operator_without_a_connection_waits_for_a_free_slot() {
    let mut server = free_server("redis", 10);
    server.timeout = span("7500ms");
    let mut full = scenario(server, leaking(instants(&[0], 10)), "20s");
    let mut lowered = full.settings.clone();
    lowered.servers[0].maxclients = 5;
    full.timeline.push(entry("5s", Action::Set(Box::new(lowered))));
    full.settings.fleets.push(Fleet { name: "g".into(), ..leaking(instants(&[9000], 7)) });
    if let Some(Action::Set(settings)) = full.timeline.first_mut().map(|entry| &mut entry.action) {
        settings.fleets = full.settings.fleets.clone();
    }
    let diary = Diary::of(&full);
    let refused = diary.ms(|what| matches!(what, Observation::OperatorRefused { .. }));
    assert_eq!(refused, [5000.0, 6000.0, 7000.0]);
    // The old limit held until 8 s; from then on five get in and two are refused.
    let rejected = diary.ms(|what| matches!(what, Observation::Rejected { .. }));
    assert_eq!(rejected, [5000.0, 6000.0, 7000.0, 9000.0, 9000.0]);
}

/// A limit of 50 with one replica that is synchronised for 30 s: with a second connection for the
/// data it takes two slots until then, one afterwards.
#[test]
fn a_replica_takes_a_second_slot_while_it_is_synchronised() {
    for (slots, during, after) in [(1, 1.0, 1.0), (2, 2.0, 1.0)] {
        let mut server = free_server("redis", 50);
        (server.sync_slots, server.timeout) = (slots, span("5s"));
        let mut attached = scenario(server, leaking(instants(&[60_000], 50)), "100s");
        let action = Action::AttachReplicas { server: 0, count: 1, sync: span("30s") };
        attached.timeline.push(entry("10s", action));
        let record = play(&attached, 0);
        let replicas = |at_text: &str| value_at(&record, "servers.redis.replicas", at(at_text));
        assert_eq!([replicas("9s"), replicas("20s"), replicas("45s")], [0.0, during, after]);
        // No timeout closes it, and it is not in connected_clients; one of the 50 finds no slot.
        assert_eq!(last(&record, "servers.redis.replicas"), 1.0);
        assert_eq!(value_at(&record, "servers.redis.connected_clients", at("61s")), 49.0);
        assert_eq!(last(&record, "servers.redis.rejected_connections"), 1.0);
    }
}

/// With one slot free a replica that needs two is refused at its second connection, gives the first
/// back, and tries again every second.
#[test]
fn a_replica_that_needs_two_slots_is_refused_with_one_free() {
    for (slots, synced) in [(1, 1), (2, 0)] {
        let mut server = free_server("redis", 10);
        server.sync_slots = slots;
        let mut full = scenario(server, leaking(instants(&[0], 9)), "10s");
        let action = Action::AttachReplicas { server: 0, count: 1, sync: span("1s") };
        full.timeline.push(entry("5s", action));
        let diary = Diary::of(&full);
        let refused = diary.ms(|what| matches!(what, Observation::ReplicaRefused { .. }));
        let done = diary.ms(|what| matches!(what, Observation::ReplicaSynced { .. }));
        assert_eq!(done.len(), synced);
        let tries = [5000.0, 6000.0, 7000.0, 8000.0, 9000.0, 10_000.0];
        assert_eq!(refused, if slots == 2 { &tries[..] } else { &[] });
    }
}

/// Measured with a limit of 50 and two replicas: refusal starts at 48 clients; when the replicas are
/// lost and clients take their slots, they are refused and try about once a second.
#[test]
fn lost_replicas_race_with_clients_for_their_slots() {
    let mut server = free_server("redis", 50);
    server.internal.replicas = 2;
    server.internal.admin = 1;
    let mut full = scenario(server, leaking(instants(&[0], 60)), "20s");
    full.settings.fleets.push(Fleet { name: "g".into(), ..leaking(instants(&[5500], 1)) });
    full.timeline.push(kill("5s", KillBy::Kind(KillKind::Replica)));
    let record = play(&full, 0);
    let of = |series: &str, s: &str| value_at(&record, series, at(s));
    assert_eq!(of("servers.redis.connected_clients", "4s"), 48.0);
    assert_eq!(of("servers.redis.replicas", "4s"), 2.0);
    assert_eq!(last(&record, "servers.redis.replicas"), 1.0, "one of two finds a slot");
    assert_eq!(last(&record, "servers.redis.connected_clients"), 49.0);
    // 13 at the start; the other replica at 6 s and every second up to the end.
    assert_eq!(last(&record, "servers.redis.rejected_connections"), 13.0 + 15.0);
}

/// Each scrape is a connection of its own, which counts as long as it is open; the last good sample
/// stays when scrapes fail. Full from 40 s on: the third scrape, at 30 s, is the last one.
#[test]
fn exporters_go_blind_at_the_limit() {
    let mut server = free_server("redis", 100);
    server.exporters = Exporters { count: 1, every: span("10s") };
    let arrivals = Arrivals::Even(Profile::Constant(per_second(2.5)));
    let blind = scenario(server, leaking(arrivals), "105s");
    let record = play(&blind, 0);
    assert_eq!(last(&record, "servers.redis.scrapes"), 3.0);
    assert_eq!(last(&record, "servers.redis.scrapes_failed"), 7.0);
    // The 75 leaked before 30 s, and the exporter itself.
    assert_eq!(last(&record, "servers.redis.scraped.connected_clients"), 76.0);
    assert_eq!(last(&record, "servers.redis.scraped.rejected_connections"), 0.0);
    assert!(last(&record, "servers.redis.rejected_connections") > 100.0);
    assert_eq!(last(&record, "fleets.f.requests"), 263.0, "a scrape is no request of a fleet");
}

/// What a guest needs of chance is its own: with exporters the fleets' packets take as long as before.
#[test]
fn guests_leave_the_network_of_the_fleets_as_it_was() {
    let with = |count| {
        let mut server = free_server("redis", 100);
        server.exporters = Exporters { count, every: span("1s") };
        let mut far = scenario(server, leaking(even(5.0)), "20s");
        far.settings.network.delay = Dist::Exponential { mean: span("3ms") };
        Diary::of(&far).ends()
    };
    assert_eq!(with(0), with(3));
}

/// Commands take 10 ms and come every 3 ms, so that some wait whenever a turn ends: the operator's
/// command among them, which closes nobody, loses no reply.
#[test]
fn an_operators_command_loses_nobodys_reply() {
    let at_ms: Vec<u64> = (0..120).map(|k| 1000 + 3 * k).collect();
    let pooled = Strategy::Pooled(Pooled { min: 120, ..pool(120) });
    let callers = fleet(instants(&at_ms, 1), pooled, Dist::Constant(Span::ZERO));
    let mut server = free_server("redis", 200);
    server.cost.command = span("10ms");
    let mut asked = scenario(server, callers, "10s");
    asked.timeline.push(kill("1015ms", KillBy::Idle(span("1h"))));
    let diary = Diary::of(&asked);
    let ends = diary.ends();
    assert_eq!(ends.len(), 120);
    assert!(ends.iter().all(|(_, cause)| cause.is_none()), "{ends:?}");
    // 121 commands of 10 ms, without a gap.
    assert_eq!(ends.last().map(|end| end.0), Some(2210.0));
    assert_eq!(diary.ms(|what| matches!(what, Observation::KillDone { killed: 0, .. })).len(), 1);
}

/// CONFIG SET and CLIENT KILL over a connection opened before are commands: while a slow command or a
/// pause of 10 s holds the loop they wait until 20 s; a server with workers takes them when one is free.
#[test]
fn an_operators_command_waits_for_a_loop_that_is_blocked() {
    let length = span("10s");
    for (action, discipline, workers, acts) in [
        (Action::SlowCommand { server: 0, length }, Discipline::Turns, 1, 20e3),
        (Action::Pause { server: 0, length }, Discipline::Turns, 1, 20e3),
        (Action::SlowCommand { server: 0, length }, Discipline::Fifo, 1, 20e3),
        (Action::SlowCommand { server: 0, length }, Discipline::Workers, 1, 20e3),
        (Action::SlowCommand { server: 0, length }, Discipline::Workers, 2, 12e3),
        (Action::Pause { server: 0, length }, Discipline::Workers, 2, 20e3),
    ] {
        let mut server = Server { discipline, workers, ..free_server("redis", 100) };
        server.internal.admin = 1;
        let mut blocked = scenario(server, leaking(instants(&[0, 15_000], 5)), "30s");
        blocked.timeline.push(entry("10s", action.clone()));
        blocked.timeline.push(kill("12s", KillBy::All));
        let mut lowered = blocked.settings.clone();
        lowered.servers[0].maxclients = 6;
        blocked.timeline.push(entry("13s", Action::Set(Box::new(lowered))));
        let diary = Diary::of(&blocked);
        // An acceptor of its own lets five more in while the only worker is at the slow command.
        let clients = if (discipline, workers) == (Discipline::Workers, 1) { 10 } else { 5 };
        assert_eq!(kills(&diary), vec![acts; clients], "{action:?} {discipline:?} of {workers}");
        let rejected = diary.ms(|what| matches!(what, Observation::Rejected { .. })).len();
        assert_eq!(rejected, 0, "five and the operator fit under either limit");
        assert_eq!(diary.ms(|what| matches!(what, Observation::KillDone { .. })), [acts]);
    }
}

/// The command costs what a command costs, and each close what a reap does: 10 + 5 * 3 ms.
#[test]
fn an_operators_command_takes_its_time_in_a_turn() {
    let mut server = free_server("redis", 100);
    server.internal.admin = 1;
    (server.cost.command, server.cost.reap) = (span("10ms"), span("3ms"));
    let mut killed = scenario(server, leaking(instants(&[0, 5001], 5)), "30s");
    killed.timeline.push(kill("5s", KillBy::All));
    let diary = Diary::of(&killed);
    assert_eq!(kills(&diary), [5000.0; 5]);
    // Those who come during it are accepted, and all are answered at the end of the next turn but one.
    let ends = diary.ends();
    assert_eq!(ends[5..], [(5075.0, None); 5]);
}

/// The process that an operator was connected to is gone: he dials like anyone, and again every
/// second while no process listens.
#[test]
fn an_operator_loses_the_connection_with_the_process() {
    for (at_text, old, acts) in [
        ("6500ms", Old::Closes, 10_500.0),
        ("6500ms", Old::Vanishes, 10_500.0),
        ("12s", Old::Closes, 12_000.0),
    ] {
        let mut server = free_server("redis", 100);
        server.internal.admin = 1;
        let mut over = scenario(server, leaking(instants(&[0, 11_000], 5)), "30s");
        let fault = Fault::Failover { server: 0, after: span("5s"), old };
        over.timeline.push(entry("5s", Action::Fault(fault)));
        over.timeline.push(kill(at_text, KillBy::All));
        let diary = Diary::of(&over);
        let done = diary.ms(|what| matches!(what, Observation::KillDone { .. }));
        // Refused at once by a host that closes, a second apart; unanswered, SYNs go out a second apart.
        assert_eq!(done, [acts], "{at_text} {old:?}");
        let refused = diary.ms(|what| matches!(what, Observation::OperatorRefused { .. }));
        assert_eq!(refused, [0.0; 0], "there is room under the limit");
    }
}

/// A restart of 10 s: nobody is connected meanwhile; all come back when the server listens, but for
/// the operator, who dials when there is something to do.
#[test]
fn connections_of_before_are_gone_while_no_process_listens() {
    for fault in [
        Fault::Restart { server: 0, down: span("10s") },
        Fault::Failover { server: 0, after: span("10s"), old: Old::Closes },
        Fault::Failover { server: 0, after: span("10s"), old: Old::Vanishes },
    ] {
        let mut server = free_server("redis", 100);
        server.internal = Internal {
            replicas: 2,
            cluster_nodes: 3,
            sentinels: 2,
            admin: 2,
            monitors: 3,
            subscribers: 4,
            blocked: 2,
            primary_link: true,
            ..Internal::NONE
        };
        let mut down = scenario(server, leaking(instants(&[0], 5)), "30s");
        down.timeline.push(entry("10s", Action::Fault(fault)));
        let record = play(&down, 0);
        for (series, figures) in [
            ("connected_clients", [21.0, 0.0, 0.0, 15.0]),
            ("blocked_clients", [2.0, 0.0, 0.0, 2.0]),
            ("replicas", [2.0, 0.0, 0.0, 2.0]),
        ] {
            let of = |s: &str| value_at(&record, &format!("servers.redis.{series}"), at(s));
            assert_eq!(["9s", "10s", "19s", "20s"].map(of), figures, "{series}");
        }
    }
}

/// With a command under way when the process ends, the operator dials a second later: CLIENT LIST is
/// served at 5.0 s, the second CLIENT KILL ID at 5.4 s, the restart comes at 5.5 s.
#[test]
fn an_operator_at_work_goes_on_with_a_new_connection() {
    let mut server = free_server("redis", 100);
    server.internal.admin = 1;
    let mut over = scenario(server, leaking(instants(&[0], 5)), "30s");
    over.settings.network.delay = Dist::Constant(span("100ms"));
    over.timeline.push(kill("5s", KillBy::Idle(span("1s"))));
    let fault = Fault::Restart { server: 0, down: span("500ms") };
    over.timeline.push(entry("5500ms", Action::Fault(fault)));
    let diary = Diary::of(&over);
    assert_eq!(kills(&diary), [5200.0, 5400.0]);
    // Dials at 6.5 s, three ways, then a round trip for each of the three ids that nobody has now.
    let done = diary.ms(|what| matches!(what, Observation::KillDone { killed: 2, .. }));
    assert_eq!(done, [7200.0]);
}

/// With several ids in one command (Valkey 8.1) all that CLIENT LIST has shown is closed a round trip
/// later, at once.
#[test]
fn several_ids_in_one_command_take_one_round_trip() {
    for (ids, last) in [(true, 5200.0), (false, 5000.0 + 150.0 * 200.0)] {
        let mut server = free_server("redis", 200);
        server.internal.admin = 1;
        server.kill_filters = KillFilters { max_age: true, idle: false, ids };
        let mut killed = scenario(server, leaking(instants(&[0], 150)), "40s");
        killed.settings.network.delay = Dist::Constant(span("100ms"));
        killed.timeline.push(kill("5s", KillBy::Idle(span("1s"))));
        let diary = Diary::of(&killed);
        let at = kills(&diary);
        assert_eq!((at.len(), at[0], at[149]), (150, 5200.0, last));
        let done = diary.ms(|what| matches!(what, Observation::KillDone { killed: 150, .. }));
        assert_eq!(done, [last]);
    }
}

/// Three monitors, four subscribers, two blocked clients, two Sentinels with a connection of each
/// type, a replica's own link, the operator and a client of the fleet: 16 that INFO counts.
#[test]
fn a_kill_takes_those_of_its_type_that_were_there_before() {
    for (by, killed, left, blocked) in [
        (KillBy::Kind(KillKind::Monitor), 3, 13.0, 2.0),
        (KillBy::Kind(KillKind::Pubsub), 6, 10.0, 2.0),
        (KillBy::Kind(KillKind::Blocked), 2, 14.0, 0.0),
        (KillBy::Kind(KillKind::Normal), 8, 8.0, 0.0),
        (KillBy::All, 14, 2.0, 0.0),
        (KillBy::MaxAge(span("1s")), 1, 15.0, 2.0),
    ] {
        let mut server = free_server("redis", 100);
        server.internal = Internal {
            sentinels: 2,
            admin: 1,
            monitors: 3,
            subscribers: 4,
            blocked: 2,
            primary_link: true,
            ..Internal::NONE
        };
        let mut full = scenario(server, leaking(instants(&[0], 1)), "10s");
        full.timeline.push(kill("5s", by));
        full.timeline.push(kill("8s", by));
        // The client of the fleet is a normal one, and of known age.
        let closed = |what: &Observation| matches!(what, Observation::Killed { .. });
        assert_eq!(Diary::of(&full).ms(closed), vec![5000.0; killed], "{by:?}");
        let record = play(&full, 0);
        assert_eq!(last(&record, "servers.redis.connected_clients"), left, "{by:?}");
        assert_eq!(last(&record, "servers.redis.blocked_clients"), blocked, "{by:?}");
    }
}

fn told(scenario: &Scenario, kinds: &[&str]) -> Vec<(String, f64, String)> {
    let record = play(scenario, 0);
    let events = record.events.iter().filter(|event| kinds.contains(&event.kind));
    events.map(|e| (e.kind.to_string(), e.at.as_secs_f64(), e.text.clone())).collect()
}

/// Ten slots are taken until the timeout frees them between 8 and 9 s. What was asked for at 5 s holds
/// when the operator gets in, and the next refusal names the limit that holds then.
#[test]
fn the_log_tells_when_a_setting_takes_effect_and_names_the_limit_in_force() {
    let mut server = free_server("redis", 11);
    server.internal.monitors = 1;
    server.timeout = span("7500ms");
    let mut full = scenario(server, leaking(instants(&[0], 10)), "20s");
    full.settings.fleets.push(Fleet { name: "g".into(), ..leaking(instants(&[9000], 7)) });
    let mut lowered = full.settings.clone();
    lowered.servers[0].maxclients = 5;
    full.timeline.push(entry("5s", Action::Set(Box::new(lowered))));
    let told = told(&full, &["operator_refused", "operator_admitted", "config_set"]);
    let (kinds, at): (Vec<&str>, Vec<f64>) =
        told.iter().map(|(k, at, _)| (k.as_str(), *at)).unzip();
    assert_eq!(kinds, ["operator_refused", "operator_admitted", "config_set"]);
    assert_eq!(at, [5.0, 8.0, 8.0]);
    assert_eq!(told[2].2, "CONFIG SET takes effect, 3 s after it was asked for");
}

/// A limit of 20 is lowered to 9 before 15 clients come; the operator who was connected before takes a
/// slot of it, and so do monitors.
#[test]
fn the_first_rejection_names_the_limit_in_force_and_what_is_left_for_clients() {
    for (reserved, admin, monitors, left) in [
        (0, 1, 0, " (8 left for clients)"),
        (3, 1, 0, " (5 left for ordinary clients: 3 reserved)"),
        (0, 1, 3, " (5 left for clients)"),
        (0, 0, 0, ""),
        (3, 0, 0, " (6 for ordinary clients: 3 reserved)"),
    ] {
        let mut server = free_server("redis", 20);
        server.reserved = reserved;
        (server.internal.admin, server.internal.monitors) = (admin, monitors);
        let mut set = scenario(server, leaking(instants(&[2000], 15)), "5s");
        let mut lowered = set.settings.clone();
        lowered.servers[0].maxclients = 9;
        set.timeline.push(entry("1s", Action::Set(Box::new(lowered))));
        let told = told(&set, &["first_rejection"]);
        let text = format!("first rejection: the limit of 9 is reached{left}");
        assert_eq!(told.iter().map(|(.., text)| text).collect::<Vec<_>>(), [&text]);
    }
}

/// Five clients fill the limit at 1.5 s and are idle for longer than 2.9 s at 4.4 s: the scrapes of
/// 2, 3 and 4 s fail.
#[test]
fn the_log_tells_when_scrapes_fail_and_when_they_work_again() {
    let mut server = free_server("redis", 5);
    server.exporters = Exporters { count: 1, every: span("1s") };
    server.timeout = span("2900ms");
    let blind = scenario(server, leaking(instants(&[1500], 5)), "10s");
    let told = told(&blind, &["scrape_failed", "scrape_ok"]);
    let told: Vec<(&str, f64)> = told.iter().map(|(kind, at, _)| (kind.as_str(), *at)).collect();
    assert_eq!(told, [("scrape_failed", 2.0), ("scrape_ok", 5.0)]);
}
