//! Idle and old connections of pools: which are closed, and at which instant; what is checked.

use highwater::model::Observation;
use highwater::scenario::*;
use highwater::units::{SimTime, Span};

use crate::probe::Diary;
use crate::support::*;

fn instants(at_ms: &[u64], each: u32) -> Arrivals {
    let at = at_ms.iter().map(|ms| SimTime::from_ns(ms * 1_000_000)).collect();
    Arrivals::Instants { at, each }
}

fn ms(ms: u64) -> Span {
    Span::from_ns(ms * 1_000_000)
}

fn minutes(n: u64) -> Span {
    Span::from_secs(60 * n)
}

fn pooled(pool: Pooled, arrivals: Arrivals, hold_ms: u64) -> Scenario {
    let fleet = fleet(arrivals, Strategy::Pooled(pool), Dist::Constant(ms(hold_ms)));
    scenario(free_server("redis", 1_000_000), fleet, "3h")
}

/// When connections are closed, in seconds.
fn closed(scenario: &Scenario) -> Vec<f64> {
    let freed = |what: &Observation| matches!(what, Observation::Freed { .. });
    Diary::of(scenario).ms(freed).iter().map(|ms| ms / 1000.0).collect()
}

/// When connections are let in, in seconds.
fn opened(scenario: &Scenario) -> Vec<f64> {
    let received = |what: &Observation| matches!(what, Observation::Received { .. });
    Diary::of(scenario).ms(received).iter().map(|ms| ms / 1000.0).collect()
}

/// A connection last used at `used` and idle for T is closed by a reaper that looks every P from the
/// start of its process at the first look at or after `used` + T: T to T + P later. bb8, r2d2: 10 min
/// and 30 s; sqlx: 10 min and 10 min; pg-pool has a timer of its own for each.
#[test]
fn an_idle_connection_is_closed_at_the_first_look_after_its_time() {
    let cases = [
        (minutes(10), PoolReaper::Periodic(span("30s")), 30.0),
        (minutes(10), PoolReaper::Periodic(minutes(10)), 600.0),
        (span("10s"), PoolReaper::Exact, 0.0),
    ];
    for (idle, reaper, period) in cases {
        for used in [0u64, 1, 17, 29, 30, 599] {
            // Any setting beyond a plain pool makes the looks those of its process.
            let of = Pooled { idle_timeout: Some(idle), reaper, max_idle: Some(100), ..pool(10) };
            let due = used as f64 + idle.as_secs_f64();
            let at = if period == 0.0 { due } else { (due / period).ceil() * period };
            assert_eq!(closed(&pooled(of, instants(&[used * 1000], 1), 0)), [at], "{used}");
        }
    }
}

/// Five connections are used at once and never again; two are the minimum. psycopg closes one each ten
/// minutes, if one was idle since the look before: the first look has not seen them idle throughout.
#[test]
fn one_connection_is_closed_per_period_while_one_was_never_needed() {
    let of = Pooled { min: 2, reaper: PoolReaper::OnePer(minutes(10)), ..pool(10) };
    let idle = pooled(of.clone(), instants(&[1000], 5), 10);
    assert_eq!(closed(&idle), [1200.0, 1800.0, 2400.0]);
    // Where all five are needed once in each period none is closed.
    let often = pooled(of, instants(&[1000, 700_000, 1_500_000], 5), 10);
    assert_eq!(closed(&often), [2400.0, 3000.0, 3600.0]);
}

/// Npgsql counts the idle connections every 10 s, first 10 s after it has more than its minimum, and after
/// 30 counts closes as many as their median, the 15th of them in order. Ten connections are opened at
/// 1 s and in use for 145 s: 14 counts of none and 16 of ten make ten. In use for 195 s, 19 counts of
/// none and 11 of ten make none, and the next 30 make ten.
#[test]
fn the_median_of_the_idle_connections_is_closed() {
    let closed_after = |min, hold_ms| {
        let reaper = PoolReaper::Median { every: span("10s"), counts: 30 };
        closed(&pooled(Pooled { min, reaper, ..pool(100) }, instants(&[1000], 10), hold_ms))
    };
    assert_eq!(closed_after(0, 145_000), [301.0; 10]);
    assert_eq!(closed_after(0, 195_000), [601.0; 10]);
}

/// The minimum stays, whatever the median: four of ten, which the pool has from its start on.
#[test]
fn the_median_leaves_the_minimum() {
    let reaper = PoolReaper::Median { every: span("10s"), counts: 30 };
    let of = Pooled { min: 4, reaper, ..pool(100) };
    assert_eq!(closed(&pooled(of, instants(&[1000], 10), 1)), [301.0; 6]);
}

/// node-redis destroys all idle connections above the minimum 3 s after the last one came back.
#[test]
fn a_quiet_pool_lets_everything_above_its_minimum_go() {
    let of = Pooled { min: 1, reaper: PoolReaper::Quiet(span("3s")), ..pool(10) };
    let used = pooled(of, instants(&[0, 2000, 4000], 5), 100);
    assert_eq!(closed(&used), [7.1; 4]);
}

/// The evictor of commons-pool looks at three of seven each half minute and goes on where it was: at
/// 60 s all are idle for long enough, and they go in threes.
#[test]
fn a_reaper_may_look_at_a_few_at_a_time() {
    let reaper = PoolReaper::Some { every: span("30s"), at_once: 3 };
    let of = Pooled { idle_timeout: Some(span("50s")), reaper, ..pool(10) };
    let used = pooled(of, instants(&[0], 7), 1);
    assert_eq!(closed(&used), [60.0, 60.0, 60.0, 90.0, 90.0, 90.0, 120.0]);
}

/// Ten at once, each second, in a pool that keeps two idle, as database/sql and mobc do: eight are closed
/// and opened again each time, and their ports stay in TIME_WAIT for a minute.
#[test]
fn a_pool_that_keeps_two_idle_opens_and_closes_the_rest_at_every_burst() {
    let at: Vec<u64> = (0..10).map(|n| n * 1000).collect();
    let of = Pooled { max_idle: Some(2), ..pool(10) };
    let mut churn = pooled(of, instants(&at, 10), 100);
    churn.duration = span("20s");
    churn.settings.fleets[0].process.time_wait = minutes(1);
    assert_eq!(opened(&churn).len(), 10 + 9 * 8);
    assert_eq!(closed(&churn).len(), 10 * 8);
    assert_eq!(last(&play(&churn, 0), "fleets.f.sockets.time_wait"), 80.0);
}

/// r2d2 closes what is too old, below the minimum too, and opens as many again at the same look. With the
/// minimum kept, nothing is closed.
#[test]
fn a_pool_of_fixed_size_replaces_what_grows_old() {
    let of = Pooled {
        min: 3,
        max_lifetime: Some(minutes(30)),
        lifetime_checked: Some(LookedAt { reaper: true, ..LookedAt::default() }),
        reaper: PoolReaper::Periodic(span("30s")),
        refill: Refill::AtOnce,
        ..pool(3)
    };
    let replaced = Pooled { min_spares: MinSpares::None, ..of.clone() };
    let never_used = |pool| {
        let mut idle = pooled(pool, instants(&[9_000_000], 1), 0);
        idle.duration = minutes(70);
        (opened(&idle), closed(&idle))
    };
    let (began, ended) = never_used(replaced);
    assert_eq!(ended, [1800.0, 1800.0, 1800.0, 3600.0, 3600.0, 3600.0]);
    assert_eq!(began, [[0.0; 3], [1800.0; 3], [3600.0; 3]].concat());
    assert!(never_used(of).1.is_empty());
}

/// HikariCP has a timer for each connection; one in use is closed when it comes back. Lifetimes are up to
/// a quarter shorter, evenly: of 2000 the mean is an eighth short, within four standard errors.
#[test]
fn a_lifetime_ends_by_its_own_timer_or_at_the_return_and_is_spread_by_its_jitter() {
    let timer = LookedAt { timer: true, on_return: true, ..LookedAt::default() };
    let of =
        Pooled { max_lifetime: Some(span("100s")), lifetime_checked: Some(timer), ..pool(2000) };
    let idle = pooled(of.clone(), instants(&[0], 1), 10);
    assert_eq!(closed(&idle), [100.0]);
    let in_use = pooled(of.clone(), instants(&[0], 1), 130_000);
    assert_eq!(closed(&in_use), [130.0]);
    let spread = Pooled { lifetime_jitter: ratio(0.25), ..of };
    let ages = closed(&pooled(spread, instants(&[0], 2000), 10));
    assert_eq!(ages.len(), 2000);
    assert!(ages.iter().all(|age| (75.0..=100.0).contains(age)));
    let mean = ages.iter().sum::<f64>() / 2000.0;
    let standard_error = 25.0 / 12f64.sqrt() / 2000f64.sqrt();
    assert!((mean - 87.5).abs() < 4.0 * standard_error, "{mean}");
}

/// The server closes what is idle for 5 s. Jedis pings idle connections, here every 2 s, and keeps them.
#[test]
fn an_evictor_that_pings_keeps_connections_from_the_idle_timeout_of_the_server() {
    let closed_in_a_minute = |validate_idle| {
        let reaper = PoolReaper::Periodic(span("2s"));
        let of = Pooled { max_idle: Some(9), reaper, validate_idle, ..pool(2) };
        let mut idle = pooled(of, instants(&[0], 2), 10);
        idle.duration = minutes(1);
        idle.settings.servers[0].timeout = span("5s");
        idle.settings.servers[0].reaper = Reaper::Exact;
        closed(&idle).len()
    };
    assert_eq!((closed_in_a_minute(false), closed_in_a_minute(true)), (2, 0));
}

/// 100 checkouts, one after the other, at a server where a command takes 1 ms: deadpool-redis sends
/// UNWATCH and PING before each but the first, three commands then instead of one. Measured: 199 to
/// 200 for 100 checkouts of idle connections.
#[test]
fn a_check_of_two_commands_costs_two_commands_in_one_round_trip() {
    let of = Pooled { validate: Validate::Ping, validate_commands: 2, ..pool(1) };
    let mut checked = pooled(of, even(50.0), 0);
    checked.duration = span("2s");
    checked.settings.servers[0].cost.command = ms(1);
    let ends = Diary::of(&checked).ends();
    let began = ends.len();
    let arrived = |n: usize| 20.0 * n as f64;
    assert!((99..=101).contains(&began));
    for (n, (ended, cause)) in ends.iter().enumerate() {
        let commands = if n == 0 { 1.0 } else { 3.0 };
        assert_eq!((*ended, *cause), (arrived(n) + commands, None), "request {n}");
    }
}

/// HikariCP skips the check within 500 ms of the last use. A check takes 2 ms more.
#[test]
fn a_check_may_be_left_out_soon_after_the_last_use() {
    let of = Pooled { validate: Validate::PingIfIdle(ms(500)), ..pool(1) };
    let mut skipped = pooled(of, instants(&[0, 100, 604, 1300], 1), 0);
    skipped.settings.network.delay = Dist::Constant(ms(1));
    // The first dials (4 ms); idle since 4, 102, 606 ms.
    let ends: Vec<f64> = Diary::of(&skipped).ends().iter().map(|end| end.0).collect();
    assert_eq!(ends, [4.0, 102.0, 608.0, 1304.0]);
}

/// sqlx pings what comes back before anybody else has it: the second caller waits 2 ms more.
#[test]
fn a_connection_may_be_checked_when_it_comes_back() {
    let second = |validate_on_return| {
        let of = Pooled { validate_on_return, max_idle: Some(9), ..pool(1) };
        let mut line = pooled(of, instants(&[0, 1], 1), 10);
        line.settings.network.delay = Dist::Constant(ms(1));
        Diary::of(&line).ends()[1].0
    };
    assert_eq!((second(false), second(true)), (26.0, 28.0));
}

/// Two connections, used at once at 0 and then one each second until 4 s, are closed when idle for 2.5 s.
/// The stack uses one and lets the other go; the queue uses both in turn, and so do two threads that
/// come in turn, each its own.
#[test]
fn the_idle_connection_is_the_last_or_the_first_returned_or_the_one_the_thread_knows() {
    let closed_by = |idle_pick| {
        let (idle_timeout, reaper) = (Some(ms(2500)), PoolReaper::Exact);
        let of = Pooled { idle_pick, idle_timeout, reaper, ..pool(2) };
        closed(&pooled(of, instants(&[0, 0, 1000, 2000, 3000, 4000], 1), 1))
    };
    assert_eq!(closed_by(IdlePick::Lifo), [2.501, 6.501]);
    assert_eq!(closed_by(IdlePick::Fifo), [5.501, 6.501]);
    assert_eq!(closed_by(IdlePick::Affine { threads: 2 }), [5.501, 6.501]);
    // One thread has one connection, and a thread without one takes the oldest.
    assert_eq!(closed_by(IdlePick::Affine { threads: 1 }), [2.501, 6.501]);
}
