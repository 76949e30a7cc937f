//! Proxies: who has an upstream connection, and for how long.
//!
//! Every packet takes 1 ms one way, and nothing else takes time. A client that dials has its first
//! command at the proxy after 3 ms. A pool of sessions then dials (3 ms) and logs in (its first
//! command is there with the handshake, the reply takes 1 ms): 7 ms.

use highwater::model::Observation;
use highwater::scenario::*;
use highwater::units::Span;

use crate::probe::Diary;
use crate::support::*;

fn ms(ms: u64) -> Span {
    Span::from_ns(ms * 1_000_000)
}

fn instants(at_ms: &[u64], each: u32) -> Arrivals {
    Arrivals::Instants { at: at_ms.iter().map(|n| at(&format!("{n}ms"))).collect(), each }
}

/// Requests of one command each at these instants, by clients that keep their connections.
fn kept(at_ms: &[u64], each: u32) -> Fleet {
    fleet(instants(at_ms, each), Strategy::Pooled(pool(1000)), Dist::Constant(Span::ZERO))
}

/// Requests that dial, ask one command, hold the connection for so long, and close it.
fn dialling(at_ms: &[u64], each: u32, hold: u64) -> Fleet {
    fleet(instants(at_ms, each), per_request(NO_LEAK), Dist::Constant(ms(hold)))
}

fn with_commands(mut fleet: Fleet, commands: u32) -> Fleet {
    for step in &mut fleet.steps {
        if let Step::Call(call) = step {
            call.commands = commands;
        }
    }
    fleet
}

/// A proxy, a server behind it, a fleet in front.
fn behind(proxy: Server, server: Server, fleet: Fleet) -> Scenario {
    let mut two = scenario(proxy, fleet, "100s");
    two.settings.servers.push(server);
    two.settings.network.delay = Dist::Constant(ms(1));
    two
}

fn change(proxy: &mut Server) -> &mut Proxy {
    proxy.proxy.as_mut().unwrap()
}

fn ends(scenario: &Scenario) -> Vec<(f64, Option<Cause>)> {
    Diary::of(scenario).ends()
}

/// When connections are let in by the server behind, in milliseconds.
fn let_in(scenario: &Scenario) -> Vec<f64> {
    Diary::of(scenario).ms(|what| matches!(what, Observation::Received { server: 1 }))
}

const FREE: fn() -> Server = || free_server("redis", 1_000_000);

#[test]
fn a_pool_dials_and_logs_in_for_the_first_command_and_is_ready_for_the_next() {
    for mode in [ProxyMode::Session, ProxyMode::Transaction, ProxyMode::Statement] {
        let one = behind(proxy(mode, 20), FREE(), kept(&[0, 1000], 1));
        // At the server 8 ms, back at the proxy 9, at the client 10; then four ways.
        assert_eq!(ends(&one), [(10.0, None), (1004.0, None)], "{mode:?}");
        assert_eq!(let_in(&one), [6.0], "{mode:?}");
    }
}

#[test]
fn bytes_that_are_only_passed_on_need_no_login() {
    for mode in [ProxyMode::OneToOne, ProxyMode::Multiplexed] {
        let one = behind(proxy(mode, 20), FREE(), kept(&[0, 1000], 1));
        let second = if mode == ProxyMode::OneToOne { 1004.0 } else { 1008.0 - 2.0 };
        // The second command of a multiplexing proxy is the first on its next connection.
        assert_eq!(ends(&one), [(8.0, None), (second, None)], "{mode:?}");
    }
}

/// One upstream connection, two clients with two commands each.
#[test]
fn a_transaction_keeps_the_connection_between_its_commands_and_a_statement_does_not() {
    let two = |mode| behind(proxy(mode, 1), FREE(), with_commands(kept(&[0], 2), 2));
    assert_eq!(ends(&two(ProxyMode::Transaction)), [(14.0, None), (20.0, None)]);
    assert_eq!(ends(&two(ProxyMode::Statement)), [(14.0, None), (16.0, None)]);
}

/// The first of two clients holds its connection for 100 ms after the reply; the other one waits
/// for its session, and at most 50 ms if told so.
#[test]
fn a_session_lasts_as_long_as_the_client_and_who_waits_too_long_gets_an_error() {
    let patient = behind(proxy(ProxyMode::Session, 1), FREE(), dialling(&[0], 2, 100));
    // The first one's close is at the proxy at 111 ms.
    assert_eq!(ends(&patient), [(110.0, None), (214.0, None)]);
    let mut hurried = proxy(ProxyMode::Session, 1);
    change(&mut hurried).queue_timeout = Some(ms(50));
    let hurried = behind(hurried, FREE(), dialling(&[0], 2, 100));
    assert_eq!(ends(&hurried), [(54.0, Some(Cause::ServerError)), (110.0, None)]);
    let transactions = behind(proxy(ProxyMode::Transaction, 1), FREE(), dialling(&[0], 2, 100));
    assert_eq!(ends(&transactions), [(110.0, None), (112.0, None)]);
}

#[test]
fn a_pool_serves_its_line_in_order() {
    let line = behind(proxy(ProxyMode::Transaction, 1), FREE(), dialling(&[0, 1, 2, 3], 1, 0));
    let ends: Vec<f64> = ends(&line).iter().map(|(at, _)| *at).collect();
    // Two ways to the server and back for each, one after the other.
    assert_eq!(ends, [10.0, 12.0, 14.0, 16.0]);
}

/// Slots at the server behind, whatever the number of clients: 100 at once here.
#[test]
fn the_server_behind_sees_the_upstream_connections_only() {
    let peak = |mode, connections| {
        let many = behind(proxy(mode, connections), FREE(), dialling(&[0], 100, 1000));
        let record = play(&many, 0);
        assert_eq!(last(&record, "fleets.f.succeeded"), 100.0, "{mode:?}");
        let clients = record.find("servers.redis.connected_clients").unwrap();
        clients.peaks.as_ref().unwrap().iter().copied().fold(0.0, f64::max)
    };
    assert_eq!(peak(ProxyMode::Session, 20), 20.0);
    assert_eq!(peak(ProxyMode::OneToOne, 1000), 100.0);
    assert_eq!(peak(ProxyMode::OneToOne, 7), 7.0);
    assert_eq!(peak(ProxyMode::Multiplexed, 1), 1.0);
    assert_eq!(peak(ProxyMode::Multiplexed, 4), 4.0);
}

/// Two proxies with one connection each in front of one server.
#[test]
fn multiplexing_costs_the_server_one_connection_for_each_proxy() {
    let mut other = proxy(ProxyMode::Multiplexed, 1);
    other.name = "second".to_string();
    let mut two = behind(proxy(ProxyMode::Multiplexed, 1), FREE(), kept(&[0], 50));
    two.settings.servers.push(other);
    let mut fleet = kept(&[0], 50);
    fleet.name = "g".to_string();
    if let Step::Call(call) = &mut fleet.steps[0] {
        call.server = 2;
    }
    two.settings.fleets.push(fleet);
    let record = play(&two, 0);
    assert_eq!(last(&record, "servers.redis.connected_clients"), 2.0);
    assert_eq!(last(&record, "servers.proxy.connected_clients"), 50.0);
    assert_eq!(last(&record, "fleets.g.succeeded"), 50.0);
}

#[test]
fn multiplexed_commands_of_all_clients_are_answered_together() {
    let many = behind(proxy(ProxyMode::Multiplexed, 1), FREE(), kept(&[0], 100));
    assert_eq!(ends(&many), vec![(8.0, None); 100]);
    assert_eq!(let_in(&many), [6.0]);
}

/// One to one with room for two: the third client is dialled for when the first one's close, at
/// 108 + 1 ms, has reached the proxy.
#[test]
fn one_to_one_queues_above_its_maximum() {
    let three = behind(proxy(ProxyMode::OneToOne, 2), FREE(), dialling(&[0], 3, 100));
    assert_eq!(let_in(&three), [6.0, 6.0, 112.0]);
    assert_eq!(ends(&three), [(108.0, None), (108.0, None), (214.0, None)]);
}

#[test]
fn one_to_one_dials_for_clients_that_ask_nothing() {
    let mut idle = kept(&[90_000], 1);
    idle.connections[0].strategy = Strategy::Pooled(Pooled { min: 5, ..pool(5) });
    let idle = behind(proxy(ProxyMode::OneToOne, 100), FREE(), idle);
    assert_eq!(let_in(&idle), [6.0; 5]);
    let mut pooled = idle.clone();
    change(&mut pooled.settings.servers[0]).mode = ProxyMode::Session;
    assert_eq!(let_in(&pooled), [90_004.0]);
}

/// The server behind lets one connection in.
#[test]
fn a_refusal_behind_is_passed_on_or_waited_out_or_answered_with_an_error() {
    let refusing = |mode| {
        let mut proxy = proxy(mode, 2);
        change(&mut proxy).queue_timeout = Some(ms(40_000));
        behind(proxy, free_server("redis", 1), dialling(&[0], 2, 100))
    };
    // Refused at 6 ms, at the proxy at 7, at the client at 8: with the words of the server.
    assert_eq!(ends(&refusing(ProxyMode::OneToOne)), [(8.0, Some(Cause::Rejected)), (108.0, None)]);
    // The second connection is refused at 10 ms; its client is served by the first one.
    assert_eq!(ends(&refusing(ProxyMode::Session)), [(110.0, None), (214.0, None)]);
    // The second shared connection is refused: an error, and the client keeps its connection.
    let shared = refusing(ProxyMode::Multiplexed);
    assert_eq!(ends(&shared), [(8.0, Some(Cause::ServerError)), (108.0, None)]);
}

/// Dials one at a time, and none for 15 s after a failure.
#[test]
fn a_failed_login_stops_all_dials_for_a_while() {
    let mut proxy = proxy(ProxyMode::Session, 10);
    change(&mut proxy).queue_timeout = Some(ms(40_000));
    let refusing = behind(proxy, free_server("redis", 1), dialling(&[0], 5, 100_000));
    let diary = Diary::of(&refusing);
    let rejected = diary.ms(|what| matches!(what, Observation::Rejected { server: 1 }));
    // Dialled at 7 ms, when the first one is ready; known at 11, 15 s later dialled again.
    assert_eq!(rejected, [10.0, 15_014.0, 30_018.0]);
    let errors = diary.ends();
    assert_eq!(errors, vec![(40_004.0, Some(Cause::ServerError)); 4]);
}

#[test]
fn a_cold_pool_fills_one_by_one() {
    let filling = |at_once| {
        let mut proxy = proxy(ProxyMode::Session, 5);
        change(&mut proxy).dials_at_once = at_once;
        let_in(&behind(proxy, FREE(), dialling(&[0], 5, 1000)))
    };
    assert_eq!(filling(Some(1)), [6.0, 10.0, 14.0, 18.0, 22.0]);
    assert_eq!(filling(Some(2)), [6.0, 6.0, 10.0, 10.0, 14.0]);
    assert_eq!(filling(None), [6.0; 5]);
}

/// The host behind is gone without a word: a dial is given up after 500 ms, and made again twice, a
/// second later each, before the client is disconnected.
#[test]
fn one_to_one_repeats_a_dial_that_failed() {
    let mut proxy = proxy(ProxyMode::OneToOne, 10);
    *change(&mut proxy) = Proxy {
        connect_timeout: Some(ms(500)),
        retry_after: ms(1000),
        retries: 2,
        ..change(&mut proxy).clone()
    };
    let mut gone = behind(proxy, FREE(), dialling(&[0, 2000], 1, 0));
    let old = Old::Vanishes;
    let action = Action::Fault(Fault::Failover { server: 1, after: ms(4_000), old });
    gone.timeline.push(Entry { at: at("1ms"), label: String::new(), action });
    // Dialled at 3, 1503 and 3003 ms; given up at 3503; the client learns of it a way later. The second
    // client is dialled for at 2003, 3503 and 5003 ms, when another server is there.
    let lost = (3504.0, Some(Cause::ConnectionLost));
    assert_eq!(ends(&gone), [lost, (5008.0, None)]);
}

#[test]
fn idle_and_old_upstream_connections_are_closed() {
    let closed = |idle, age| {
        let mut proxy = proxy(ProxyMode::Transaction, 5);
        change(&mut proxy).idle_timeout = idle;
        change(&mut proxy).max_lifetime = age;
        let two = behind(proxy, FREE(), kept(&[0, 6000], 1));
        Diary::of(&two).ms(|what| matches!(what, Observation::Freed { server: 1 }))
    };
    // Idle at the proxy since 9 ms, and since 6003 ms, or 6007 ms when it had to be dialled again.
    assert_eq!(closed(Some(ms(10_000)), None), [16_004.0]);
    assert_eq!(closed(Some(ms(1_000)), None), [1_010.0, 7_008.0]);
    // Dialled at 3 ms.
    assert_eq!(closed(None, Some(ms(10_000))), [10_004.0]);
}

/// The server behind closes connections idle for 5 s. An idle one is taken out of the pool at once.
/// A client in session mode is disconnected with the error; it meets that when it asks again.
#[test]
fn a_close_behind_reaches_whoever_has_the_connection() {
    let closing = |mode| {
        let mut server = FREE();
        server.timeout = ms(5_000);
        ends(&behind(proxy(mode, 5), server, kept(&[0, 6000], 1)))
    };
    assert_eq!(closing(ProxyMode::Transaction), [(10.0, None), (6008.0, None)]);
    let stale = (6002.0, Some(Cause::StaleConnection));
    assert_eq!(closing(ProxyMode::Session), [(10.0, None), stale]);
    assert_eq!(closing(ProxyMode::OneToOne), [(8.0, None), stale]);
}

/// The server behind restarts while it is at work on a command of 500 ms.
#[test]
fn what_is_outstanding_on_a_lost_connection_fails() {
    let lost = |mode, when| {
        let mut cut = behind(proxy(mode, 1), FREE(), with_commands(kept(&[0], 1), 1));
        cut.settings.servers[1].cost.command = ms(500);
        let action = Action::Fault(Fault::Restart { server: 1, down: ms(60_000) });
        cut.timeline.push(Entry { at: at(when), label: String::new(), action });
        ends(&cut)
    };
    // The login takes until 506 ms; then the command is served.
    let transaction = lost(ProxyMode::Transaction, "700ms");
    assert_eq!(transaction, [(702.0, Some(Cause::ServerError))]);
    let multiplexed = lost(ProxyMode::Multiplexed, "300ms");
    assert_eq!(multiplexed, [(302.0, Some(Cause::ServerError))]);
    let one_to_one = lost(ProxyMode::OneToOne, "300ms");
    assert_eq!(one_to_one, [(302.0, Some(Cause::ConnectionLost))]);
}

/// A client gives up on a command that takes 500 ms. Its connection upstream is closed with it: it
/// might be in the middle of anything.
#[test]
fn a_client_that_leaves_in_the_middle_takes_its_connection_with_it() {
    let impatient = |mode| {
        let mut fleet = kept(&[0], 1);
        if let Step::Call(call) = &mut fleet.steps[0] {
            call.timeout = Some(ms(50));
        }
        let mut slow = behind(proxy(mode, 1), FREE(), fleet);
        slow.settings.servers[1].cost.command = ms(500);
        let record = play(&slow, 0);
        assert_eq!(last(&record, "fleets.f.failed_by.read_timeout"), 1.0);
        last(&record, "servers.redis.connected_clients")
    };
    assert_eq!(impatient(ProxyMode::OneToOne), 0.0);
    assert_eq!(impatient(ProxyMode::Multiplexed), 1.0);
}

/// A ping of the clients' pool tests the proxy, not the server behind, which stands still.
#[test]
fn a_proxy_that_answers_pings_says_nothing_about_the_server_behind() {
    let pinged = |answers| {
        let mut fleet = kept(&[0, 1000], 1);
        let pool = Pooled { validate: Validate::Ping, ..pool(1) };
        fleet.connections[0].strategy = Strategy::Pooled(pool);
        let mut proxy = proxy(ProxyMode::Multiplexed, 1);
        change(&mut proxy).answers_ping = answers;
        ends(&behind(proxy, FREE(), fleet))
    };
    assert_eq!(pinged(true), [(8.0, None), (1006.0, None)]);
    assert_eq!(pinged(false), [(8.0, None), (1008.0, None)]);
}

/// The proxy's own loop, limit and queue are those of any server.
#[test]
fn a_proxy_has_a_limit_and_costs_of_its_own() {
    let mut small = proxy(ProxyMode::Multiplexed, 1);
    small.maxclients = 2;
    let full = behind(small, FREE(), dialling(&[0], 3, 10));
    let refused = (4.0, Some(Cause::Rejected));
    assert_eq!(ends(&full), [refused, (18.0, None), (18.0, None)]);
    let mut slow = proxy(ProxyMode::Multiplexed, 1);
    slow.cost.command = ms(20);
    let slow = behind(slow, FREE(), kept(&[0], 2));
    // The first command is read until 23 ms and its reply is there at 27, while the loop reads the
    // second one until 43.
    assert_eq!(ends(&slow), [(44.0, None), (46.0, None)]);
}

/// A load balancer in front of a pooler in front of a server.
#[test]
fn a_proxy_may_stand_in_front_of_a_proxy() {
    let mut chain = behind(proxy(ProxyMode::OneToOne, 10), FREE(), dialling(&[0], 4, 0));
    let pooler = Server { name: "pooler".to_string(), ..proxy(ProxyMode::Transaction, 1) };
    chain.settings.servers.push(pooler);
    change(&mut chain.settings.servers[0]).to = 2;
    let record = play(&chain, 0);
    assert_eq!(last(&record, "fleets.f.succeeded"), 4.0);
    assert_eq!(last(&record, "servers.redis.total_connections_received"), 1.0);
    assert_eq!(last(&record, "servers.pooler.total_connections_received"), 4.0);
}

#[test]
fn a_pool_can_grow_and_shrink_during_a_run() {
    let mut change_size = behind(proxy(ProxyMode::Session, 1), FREE(), dialling(&[0], 3, 5_000));
    for (when, size) in [("1s", 3), ("20s", 0)] {
        let mut settings = change_size.settings.clone();
        change(&mut settings.servers[0]).connections = Some(size.max(1));
        let action = Action::Set(Box::new(settings));
        change_size.timeline.push(Entry { at: at(when), label: String::new(), action });
    }
    let record = play(&change_size, 0);
    let size = |when| value_at(&record, "servers.proxy.upstream.size", at(when));
    assert_eq!([size("500ms"), size("2s"), size("15s"), size("30s")], [1.0, 3.0, 3.0, 1.0]);
}

/// A proxy restarts: its clients and its upstream connections are closed, and both are dialled anew.
#[test]
fn a_restart_of_a_proxy_closes_both_sides() {
    let mut restart = behind(proxy(ProxyMode::Transaction, 5), FREE(), kept(&[0, 2000, 3000], 1));
    let action = Action::Fault(Fault::Restart { server: 0, down: ms(100) });
    restart.timeline.push(Entry { at: at("1s"), label: String::new(), action });
    let diary = Diary::of(&restart);
    let freed = diary.ms(|what| matches!(what, Observation::Freed { server: 1 }));
    assert_eq!(freed, [1001.0]);
    let stale = (2002.0, Some(Cause::StaleConnection));
    assert_eq!(diary.ends(), [(10.0, None), stale, (3010.0, None)]);
}

/// The server behind fails over to another one: a pool dials the new one when it is there.
#[test]
fn a_failover_behind_empties_the_pool() {
    let mut failover = behind(proxy(ProxyMode::Transaction, 5), FREE(), kept(&[0, 2000, 3000], 1));
    change(&mut failover.settings.servers[0]).retry_after = ms(500);
    let old = Old::Closes;
    let action = Action::Fault(Fault::Failover { server: 1, after: ms(1200), old });
    failover.timeline.push(Entry { at: at("1s"), label: String::new(), action });
    // Nobody listens at 2004 ms, which the proxy knows then; dialled again at 2504.
    assert_eq!(ends(&failover), [(10.0, None), (2511.0, None), (3004.0, None)]);
}

/// Nobody listens behind until 5 s. The client that waits for the first dial waits on; those that
/// come to a pool whose last dial has failed, and which is empty, are turned away at once.
#[test]
fn a_pool_that_cannot_dial_turns_newcomers_away() {
    let mut down =
        behind(proxy(ProxyMode::Session, 5), FREE(), dialling(&[1000, 2000, 9000], 1, 0));
    change(&mut down.settings.servers[0]).retry_after = ms(7000);
    let action = Action::Fault(Fault::Restart { server: 1, down: ms(5000) });
    down.timeline.push(Entry { at: at("0ms"), label: String::new(), action });
    // Refused at 1006 ms; dialled again at 8006: logged in at 8010, served by 8013.
    let away = (2004.0, Some(Cause::ServerError));
    assert_eq!(ends(&down), [away, (8013.0, None), (9006.0, None)]);
}
