//! The side of the servers: turns, queues, rejections, reapers.

use highwater::model::Observation;
use highwater::scenario::*;
use highwater::units::{SimTime, Span};

use crate::probe::{Diary, watch};
use crate::support::*;

fn ms(ms: u64) -> Span {
    Span::from_ns(ms * 1_000_000)
}

fn instants(at_ms: &[u64], each: u32) -> Arrivals {
    let at = at_ms.iter().map(|ms| SimTime::from_ns(ms * 1_000_000)).collect();
    Arrivals::Instants { at, each }
}

/// Two round trips of 20 ms each under a read timeout of 25 ms.
#[test]
fn the_read_timeout_counts_from_the_sending_of_each_command() {
    let fleet = fleet(instants(&[0, 1000], 1), Strategy::Pooled(pool(1)), Dist::Constant(ms(0)));
    let mut two = scenario(free_server("redis", 10), fleet, "10s");
    two.settings.network.delay = Dist::Constant(ms(10));
    two.settings.fleets[0].steps =
        vec![Step::Call(Call { commands: 2, timeout: Some(ms(25)), ..call() })];
    // Dial and first trip take four ways, the second trip two; with the connection open, two each.
    assert_eq!(Diary::of(&two).ends(), [(60.0, None), (1040.0, None)]);
}

/// A connection is due while the loop works for another one, whose last byte was heard before.
#[test]
fn the_exact_reaper_is_not_put_off_by_a_connection_in_use() {
    // The first of the two in the server's list is the one in use.
    let pool = Pooled { min: 2, idle_pick: IdlePick::Fifo, ..pool(2) };
    let fleet = fleet(instants(&[4_900], 1), Strategy::Pooled(pool), Dist::Constant(ms(0)));
    let mut server = free_server("redis", 10);
    server.timeout = ms(5_000);
    server.cost.command = ms(200);
    let reaped = Diary::of(&scenario(server, fleet, "60s"))
        .ms(|what| matches!(what, Observation::Reaped { .. }));
    assert_eq!(reaped, [5000.0, 10_100.0]);
}

/// A command takes the server 100 ms; the caller gives up after 50 ms and asks again 10 ms later on
/// the same shared connection. The reply to the first command, at 100 ms, is not the second one's.
#[test]
fn a_late_reply_is_not_taken_for_the_reply_to_a_retry() {
    let shared = Strategy::Shared(Shared::plain(1));
    let mut impatient = fleet(instants(&[0], 1), shared, Dist::Constant(ms(0)));
    if let Step::Call(call) = &mut impatient.steps[0] {
        call.timeout = Some(ms(50));
    }
    impatient.retry = Retry::again(Some(2), Backoff::Constant(ms(10)), Jitter::None);
    let mut server = free_server("redis", 10);
    server.cost.command = ms(100);
    let ends = Diary::of(&scenario(server, impatient, "10s")).ends();
    assert_eq!(ends, [(110.0, Some(Cause::ReadTimeout))]);
}

/// Ten connections each send a command of 100 ms while the loop stands still: all ten are read in one
/// turn, and all ten replies leave at its end (measured on real servers: all at 1.002 s).
#[test]
fn the_replies_of_a_turn_leave_at_its_end() {
    let pool = Pooled { min: 10, ..pool(10) };
    let slow = fleet(instants(&[1000], 10), Strategy::Pooled(pool), Dist::Constant(ms(0)));
    let mut server = free_server("redis", 100);
    server.cost.command = ms(100);
    let mut turn = scenario(server, slow, "10s");
    let action = Action::Pause { server: 0, length: ms(10) };
    turn.timeline.push(Entry { at: at("999ms"), label: String::new(), action });
    assert_eq!(Diary::of(&turn).ends(), vec![(2009.0, None); 10]);
}

/// Dials that meet a full accept queue try again when the kernel does: after 1, 2, 3, 4, 5, 7, 11, 19,
/// 35 and 67 s. Six of seven fit into a backlog of 5; the loop stands still for a while.
#[test]
fn a_full_accept_queue_sends_dials_back_to_the_grid_of_the_kernel() {
    for (pause_ms, got_in_ms) in [
        (500, 1000.0),
        (1500, 2000.0),
        (2500, 3000.0),
        (3500, 4000.0),
        (4500, 5000.0),
        (5500, 7000.0),
        (8000, 11_000.0),
        (12_000, 19_000.0),
        (20_000, 35_000.0),
        (36_000, 67_000.0),
    ] {
        let mut server = free_server("redis", 100);
        server.backlog = 5;
        let callers = fleet(instants(&[0], 7), per_request(NO_LEAK), Dist::Constant(ms(0)));
        let mut full = scenario(server, callers, "100s");
        let action = Action::Pause { server: 0, length: ms(pause_ms) };
        full.timeline.push(Entry { at: SimTime::ZERO, label: String::new(), action });
        let mut expected = vec![(pause_ms as f64, None); 6];
        expected.push((got_in_ms, None));
        assert_eq!(Diary::of(&full).ends(), expected, "a pause of {pause_ms} ms");
    }
}

#[test]
fn a_dial_that_nobody_ever_answers_is_given_up_after_131_s() {
    let mut server = free_server("redis", 100);
    server.backlog = 0;
    let callers = fleet(instants(&[0], 2), per_request(NO_LEAK), Dist::Constant(ms(0)));
    let mut dead = scenario(server, callers, "300s");
    let action = Action::Pause { server: 0, length: ms(200_000) };
    dead.timeline.push(Entry { at: SimTime::ZERO, label: String::new(), action });
    let expected = [(131_000.0, Some(Cause::ConnectTimeout)), (200_000.0, None)];
    assert_eq!(Diary::of(&dead).ends(), expected);
}

/// At the limit: SYN, its answer, the request behind the handshake, then the refusal and its way
/// back: four ways and the work of refusing.
#[test]
fn a_refusal_costs_the_server_and_reaches_the_client_after_four_ways() {
    let mut server = redis(1);
    server.internal.admin = 1;
    let callers = fleet(instants(&[0], 3), per_request(NO_LEAK), Dist::Constant(ms(0)));
    let mut full = scenario(server, callers, "1s");
    full.settings.network.delay = Dist::Constant(ms(10));
    let diary = Diary::of(&full);
    // Two more were queued when the turn for the first ended; they are refused in one turn.
    let rejected = diary.ms(|what| matches!(what, Observation::Rejected { .. }));
    assert_eq!(rejected, [30.027, 30.054, 30.081]);
    let refused = Some(Cause::Rejected);
    assert_eq!(diary.ends(), [(40.027, refused), (40.054, refused), (40.081, refused)]);
    assert!(diary.ms(|what| matches!(what, Observation::Received { .. })).is_empty());
}

/// CONFIG SET timeout on 10,000 idle connections. Measured on three servers: half are gone at 0.71 to
/// 0.77 s, a tenth is left at 2.3 to 2.4 s, a hundredth at 4.5 to 4.7 s, none at 6.2 to 6.4 s.
#[test]
fn a_mass_of_idle_connections_is_reaped_as_measured() {
    let keeper = Pooled { min: 10_000, ..pool(10_000) };
    let mut idle = fleet(instants(&[0], 1), Strategy::Pooled(keeper), Dist::Constant(ms(0)));
    idle.process.nofile = 65_536;
    let mut server = redis(20_000);
    (server.backlog, server.somaxconn) = (20_000, 20_000);
    let mut mass = scenario(server, idle, "60s");
    let mut after = mass.settings.clone();
    after.servers[0].timeout = ms(5_000);
    let action = Action::Set(Box::new(after));
    mass.timeline.push(Entry { at: at("30s"), label: String::new(), action });
    let reaped = Diary::of(&mass).ms(|what| matches!(what, Observation::Reaped { .. }));
    assert_eq!(reaped.len(), 10_000);
    let gone = |n: usize| reaped[n - 1] / 1e3 - 30.0;
    let times = [gone(5_000), gone(9_000), gone(9_900), gone(10_000)];
    println!("half, a tenth, a hundredth, none are left after {times:.3?} s");
    for (seen, measured) in times.iter().zip([0.71..0.77, 2.3..2.4, 4.5..4.7, 6.2..6.4]) {
        assert!(measured.contains(seen), "{seen} s, measured {measured:?}");
    }
}

/// Ten idle clients, connected 10 ms apart; a timeout is set at 20.0005 s. Five are looked at in a
/// call: the oldest where the sweep begins at the head, the youngest where it begins at the tail. The
/// first call is due at 20.1005 s, but the loop has slept since a request at 20.0507 s, and wakes 50
/// whole milliseconds later; the second is due, and comes, 100 ms after the first.
#[test]
fn the_sweep_begins_where_its_version_does_and_a_sleeping_loop_wakes_in_whole_milliseconds() {
    for (sweep, first_in) in [(Sweep::Head, [0, 1, 2, 3, 4]), (Sweep::Tail, [9, 8, 7, 6, 5])] {
        let at_ms: Vec<u64> = (0..10).map(|n| 10 * n).collect();
        let leak = Leak { every: 1, ..NO_LEAK };
        let leaking = fleet(instants(&at_ms, 1), per_request(leak), Dist::Constant(ms(0)));
        let mut server = free_server("redis", 100);
        (server.reaper, server.sweep) = (Reaper::RedisCron, sweep);
        let mut idle = scenario(server, leaking, "30s");
        let once = Arrivals::Instants { at: vec![at("20050700us")], each: 1 };
        let passer_by = fleet(once, per_request(NO_LEAK), Dist::Constant(ms(0)));
        idle.settings.fleets.push(Fleet { name: "g".to_string(), ..passer_by });
        let mut after = idle.settings.clone();
        after.servers[0].timeout = ms(5_000);
        let action = Action::Set(Box::new(after));
        idle.timeline.push(Entry { at: at("20000500us"), label: String::new(), action });
        let mut diary = Diary::default();
        watch(&idle, 0, &mut diary);
        let reaped: Vec<(u64, u64)> = diary
            .0
            .iter()
            .filter_map(|(at, what)| match what {
                Observation::Reaped { idle, .. } => {
                    Some((at.as_ns() / 1_000, (at.as_ns() - idle.as_ns()) / 10_000_000))
                }
                _ => None,
            })
            .collect();
        let firsts: Vec<u64> = reaped[..5].iter().map(|(_, number)| *number).collect();
        assert_eq!(firsts, first_in, "{sweep:?}");
        let calls: Vec<u64> = reaped.iter().step_by(5).map(|(at_us, _)| *at_us).collect();
        assert_eq!(calls, [20_100_700, 20_200_700], "{sweep:?}");
    }
}

/// Evenly spaced leaks under the reaper of Redis, against recordings of real servers: mean life and
/// plateau over rate, in seconds. The recordings allow 3 %; no life is shorter than T, nor longer than
/// T + 1 s (whole seconds), a round of the sweep (a second) and a call of the cron.
#[test]
fn leaked_connections_live_as_long_as_on_real_servers() {
    for (timeout, rate, life) in
        [(5, 100, 6.03..6.11), (10, 100, 11.08..11.10), (5, 1000, 6.18..6.25), (5, 264, 6.03..6.09)]
    {
        let leak = Leak { every: 1, ..NO_LEAK };
        let until = at("60s");
        let arrivals = Arrivals::Even(Profile::Steps(vec![
            (SimTime::ZERO, per_second(f64::from(rate))),
            (until, per_second(0.0)),
        ]));
        let leaking = fleet(arrivals, per_request(leak), Dist::Constant(ms(0)));
        let mut server = redis(10_000);
        server.timeout = Span::from_secs(timeout);
        let mut leaky = scenario(server, leaking, "90s");
        leaky.settings.fleets[0].process.nofile = 100_000;
        let diary = Diary::of(&leaky);
        let leaked = diary.ms(|what| matches!(what, Observation::Leaked { .. }));
        let reaped = diary.ms(|what| matches!(what, Observation::Reaped { .. }));
        assert_eq!(leaked.len(), reaped.len(), "in the end all are reaped");
        // All ages lie in an interval only if those of the k-th leaked and the k-th reaped do. When
        // nobody comes any more the sweep slows down with the number that is left.
        let steady = leaked.iter().zip(&reaped).filter(|(_, reaped)| **reaped < 60e3);
        let ages: Vec<f64> = steady.map(|(leaked, reaped)| (reaped - leaked) / 1e3).collect();
        let (low, high) = (timeout as f64, timeout as f64 + 2.1);
        assert!(ages.iter().all(|age| (low..high).contains(age)), "{timeout} s at {rate}/s");
        let mean = ages.iter().sum::<f64>() / ages.len() as f64;
        println!("T = {timeout} s at {rate}/s: mean life {mean:.3} s, measured {life:?}");
        assert!(
            (0.97 * life.start..1.03 * life.end).contains(&mean),
            "{mean} s, measured {life:?}"
        );
    }
}

/// Connections that the server has closed stay with a client that forgot them: CLOSE_WAIT and a
/// descriptor, but no slot.
#[test]
fn what_the_server_closes_and_the_client_forgot_is_close_wait_without_a_slot() {
    for (kind, close_wait) in [(LeakKind::Forgotten, 50.0), (LeakKind::ClosesOnEof, 0.0)] {
        let leak = Leak { every: 1, kind, ..NO_LEAK };
        let leaking = fleet(instants(&[0], 50), per_request(leak), Dist::Constant(ms(0)));
        let mut server = free_server("redis", 100);
        server.timeout = ms(5_000);
        let record = play(&scenario(server, leaking, "10s"), 0);
        let of = |series: &str, s: &str| value_at(&record, series, at(s));
        assert_eq!(of("fleets.f.sockets.established", "4s"), 50.0);
        assert_eq!(of("servers.redis.slots_leaked", "4s"), 50.0);
        assert_eq!(of("fleets.f.sockets.close_wait", "9s"), close_wait);
        assert_eq!(of("fleets.f.descriptors", "9s"), close_wait);
        assert_eq!(of("servers.redis.connected_clients", "9s"), 0.0);
    }
}

/// A loop that stands still answers everybody when it goes on.
#[test]
fn a_pause_holds_every_reply_until_it_is_over() {
    let caller = fleet(even(10.0), Strategy::Pooled(pool(100)), Dist::Constant(ms(0)));
    let mut paused = scenario(free_server("redis", 1000), caller, "2s");
    let action = Action::Pause { server: 0, length: ms(450) };
    paused.timeline.push(Entry { at: at("1s"), label: String::new(), action });
    let ends: Vec<f64> = Diary::of(&paused).ends().iter().map(|end| end.0).collect();
    let expected = (0..=20).map(|i| f64::from(i) * 100.0);
    let held = |ms: f64| if (1000.0..1450.0).contains(&ms) { 1450.0 } else { ms };
    assert_eq!(ends, expected.map(held).collect::<Vec<f64>>());
}
