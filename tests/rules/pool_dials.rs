//! Who dials for a pool, how often, and who learns of a dial that fails.

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

fn pooled(pool: Pooled, arrivals: Arrivals, hold_ms: u64) -> Scenario {
    let fleet = fleet(arrivals, Strategy::Pooled(pool), Dist::Constant(ms(hold_ms)));
    scenario(free_server("redis", 1_000_000), fleet, "100s")
}

/// The same with 1 ms one way: a dial takes 3 ms for whoever sends behind it.
fn far(pool: Pooled, arrivals: Arrivals, hold_ms: u64) -> Scenario {
    let mut far = pooled(pool, arrivals, hold_ms);
    far.settings.network.delay = Dist::Constant(ms(1));
    far
}

/// The server's only slot is taken for good by somebody who came first.
fn full(scenario: Scenario) -> Scenario {
    full_for(span("1day"), scenario)
}

/// The same for a while.
fn full_for(length: Span, mut scenario: Scenario) -> Scenario {
    scenario.settings.servers[0] = free_server("redis", 1);
    let held = Dist::Constant(length);
    let mut holder = fleet(instants(&[0], 1), per_request(NO_LEAK), held);
    holder.name = "a".to_string();
    scenario.settings.fleets.insert(0, holder);
    scenario
}

fn received(diary: &Diary) -> Vec<f64> {
    diary.ms(|what| matches!(what, Observation::Received { .. }))
}

fn rejected(diary: &Diary) -> Vec<f64> {
    diary.ms(|what| matches!(what, Observation::Rejected { .. }))
}

const UNLIMITED: Workers =
    Workers { workers: None, pause: Span::ZERO, one_growth: false, while_needed: false };

fn retry(base: Span, cap: Span, give_up_after: Option<Span>) -> DialRetry {
    DialRetry {
        base,
        factor: 2.0,
        cap,
        jitter: ratio(0.0),
        attempts: None,
        give_up_after,
        cut: false,
        transient_only: false,
    }
}

/// As bb8 0.9 with bb8-redis does it: the library's handshake makes a refusal a failed dial.
fn bb8(max: u32, timeout: Span) -> Pooled {
    let half = Span::from_ns(timeout.as_ns() / 2);
    Pooled {
        wait_timeout: Some(timeout),
        wait_covers: WaitCovers::All,
        hand_off: HandOff::Barging(Span::ZERO),
        setup_commands: 1,
        dialling: Dialling::Background(UNLIMITED),
        dial_errors: DialErrors::Hidden,
        dial_retry: Some(retry(ms(400), half, Some(timeout))),
        ..pool(max)
    }
}

/// Measured with bb8 0.9.1 at a full Redis 7.0.15: one `get()` makes 7 attempts in 30 s, at 0, 0.4, 1.2,
/// 2.8, 6.0, 12.4 and 25.2 s, and one more at 40.2 s, after its caller has left; it learns nothing but
/// its timeout. 50 callers who wait for 3 s make 40 attempts, four for each of ten places.
#[test]
fn hidden_dials_are_repeated_until_their_time_is_over_and_the_caller_sees_its_timeout_alone() {
    let one = full(pooled(bb8(10, span("30s")), instants(&[1000], 1), 0));
    let diary = Diary::of(&one);
    let timeout = Some(Cause::CheckoutTimeout);
    assert_eq!(diary.ends(), [(31_000.0, timeout)]);
    let after = [0.0, 400.0, 1200.0, 2800.0, 6000.0, 12_400.0, 25_200.0, 40_200.0];
    assert_eq!(rejected(&diary), after.map(|ms| 1000.0 + ms));
    let many = full(pooled(bb8(10, span("3s")), instants(&[1000], 50), 0));
    let diary = Diary::of(&many);
    assert_eq!(diary.ends(), vec![(4000.0, timeout); 50]);
    let in_time = rejected(&diary).iter().filter(|ms| **ms <= 4000.0).count();
    assert_eq!(in_time, 40);
}

/// r2d2 0.8 dials for ever, with three workers: 0.2 s, doubling, at most 15 s. The caller has left after
/// a second; the server has room from 30 s on, and the connection it gets at 40.4 s is the next
/// caller's.
#[test]
fn dials_without_a_limit_go_on_after_everybody_has_left() {
    let r2d2 = Pooled {
        wait_timeout: Some(span("1s")),
        setup_commands: 1,
        dialling: Dialling::Background(Workers { workers: Some(3), ..UNLIMITED }),
        dial_errors: DialErrors::Hidden,
        dial_retry: Some(retry(ms(200), span("15s"), None)),
        ..pool(10)
    };
    let room = full_for(span("30s"), pooled(r2d2, instants(&[0, 50_000], 1), 0));
    let diary = Diary::of(&room);
    let tries = [0.0, 200.0, 600.0, 1400.0, 3000.0, 6200.0, 12_600.0, 25_400.0];
    assert_eq!(rejected(&diary), tries);
    assert_eq!(received(&diary), [0.0, 40_400.0]);
    let ends = [(1000.0, Some(Cause::CheckoutTimeout)), (30_000.0, None), (50_000.0, None)];
    assert_eq!(diary.ends(), ends);
}

/// go-redis 9 with a pool of two, at a server that is down until 3 s: each get dials 5 times, 100 ms
/// apart. Two failed series arm the switch at 400 ms: a get at 500 ms fails at once, without a dial.
/// The prober dials at 0.4, 1.4, 2.4 and 3.4 s, and only then gets are served again. Four attempts of a
/// command make 20 dials.
#[test]
fn a_pool_that_fails_fast_dials_with_one_prober_until_that_succeeds() {
    let series = DialRetry { factor: 1.0, attempts: Some(5), ..retry(ms(100), ms(100), None) };
    let go_redis = Pooled {
        wait_timeout: Some(span("6s")),
        dialling: Dialling::Background(UNLIMITED),
        dial_retry: Some(series),
        fail_fast: Some(FailFast { failures: None, probe_every: span("1s") }),
        ..pool(2)
    };
    let mut down = pooled(go_redis.clone(), instants(&[0, 500, 3200, 3500], 2), 0);
    let action = Action::Fault(Fault::Restart { server: 0, down: span("3s") });
    down.timeline.push(Entry { at: SimTime::ZERO, label: String::new(), action });
    let diary = Diary::of(&down);
    let refused = Some(Cause::ConnectionRefused);
    let mut ends = vec![(400.0, refused); 2];
    ends.extend([(500.0, refused), (500.0, refused), (3200.0, refused), (3200.0, refused)]);
    ends.extend([(3500.0, None); 2]);
    assert_eq!(diary.ends(), ends);
    assert_eq!(received(&diary), [3400.0, 3500.0, 3500.0]);
    let again = Retry::again(Some(4), Backoff::Constant(Span::ZERO), Jitter::None);
    let patient = Pooled { setup_commands: 1, fail_fast: None, ..go_redis };
    let mut dials = full(pooled(patient, instants(&[0], 1), 0));
    dials.settings.fleets[1].retry = again;
    assert_eq!(rejected(&Diary::of(&dials)).len(), 20);
}

/// Three callers at once, at a server 3 ms away. psycopg dials one at a time for those who wait;
/// HikariCP has one worker, which rests for 30 ms after each; others dial for all at once.
#[test]
fn workers_dial_for_all_at_once_or_one_after_the_other_or_with_a_rest_between() {
    let cases = [
        (UNLIMITED, [3.0, 3.0, 3.0]),
        (Workers { workers: Some(3), one_growth: true, ..UNLIMITED }, [3.0, 6.0, 9.0]),
        (Workers { workers: Some(1), ..UNLIMITED }, [3.0, 6.0, 9.0]),
        (Workers { workers: Some(1), pause: ms(30), ..UNLIMITED }, [3.0, 36.0, 69.0]),
        (Workers { workers: Some(2), ..UNLIMITED }, [3.0, 3.0, 6.0]),
    ];
    for (workers, expected) in cases {
        let of = Pooled { dialling: Dialling::Background(workers), ..pool(10) };
        let diary = Diary::of(&far(of, instants(&[0], 3), 1000));
        assert_eq!(received(&diary), expected, "{workers:?}");
        // Each caller is served by the next connection: the command and its reply take 2 ms.
        let ends: Vec<f64> = diary.ends().iter().map(|end| end.0).collect();
        assert_eq!(ends, expected.map(|ms| ms + 2.0 + 1000.0), "{workers:?}");
    }
}

/// A dial of 3 ms for a caller that waits for 1 ms: it goes on, and its connection serves the next.
#[test]
fn a_background_dial_goes_on_after_its_caller_has_left() {
    let of =
        Pooled { wait_timeout: Some(ms(1)), dialling: Dialling::Background(UNLIMITED), ..pool(10) };
    let diary = Diary::of(&far(of, instants(&[0, 10], 1), 0));
    assert_eq!(diary.ends(), [(1.0, Some(Cause::CheckoutTimeout)), (12.0, None)]);
    assert_eq!(received(&diary), [3.0]);
    // A worker that looks whether it is still needed does not begin a second dial for nobody.
    let one = |while_needed| {
        let workers = Workers { workers: Some(1), while_needed, ..UNLIMITED };
        let of = Pooled {
            wait_timeout: Some(ms(1)),
            dialling: Dialling::Background(workers),
            ..pool(10)
        };
        received(&Diary::of(&far(of, instants(&[0], 3), 0)))
    };
    assert_eq!(one(false), [3.0, 6.0, 9.0]);
    assert_eq!(one(true), [3.0]);
}

/// The first caller has its connection from 3 ms on and returns it at 6 ms. The second comes at 4 ms: a
/// worker dials for it until 7 ms, but it has the connection that came back. A caller that dials for
/// itself has none but its own.
#[test]
fn a_caller_for_whom_a_worker_dials_may_be_served_by_a_connection_that_comes_back() {
    let ends = |dialling| {
        let of = Pooled { dialling, ..pool(2) };
        let diary = Diary::of(&far(of, instants(&[0, 4], 1), 1));
        (diary.ends(), received(&diary))
    };
    // In the background the first command leaves when the connection is there.
    assert_eq!(
        ends(Dialling::Background(UNLIMITED)),
        (vec![(6.0, None), (9.0, None)], vec![3.0, 7.0])
    );
    assert_eq!(ends(Dialling::Caller), (vec![(5.0, None), (9.0, None)], vec![3.0, 7.0]));
}

/// sqlx at a Postgres that is full: refusals are repeated after 10 ms, doubling, at most 6 s, until the
/// 30 s of the whole acquire are over. What is no refusal surfaces at once.
#[test]
fn a_caller_repeats_its_dial_until_its_own_time_is_over() {
    let transient = DialRetry { transient_only: true, ..retry(ms(10), span("6s"), None) };
    let sqlx = Pooled {
        wait_timeout: Some(span("30s")),
        wait_covers: WaitCovers::All,
        setup_commands: 1,
        dial_retry: Some(transient),
        ..pool(10)
    };
    let diary = Diary::of(&full(pooled(sqlx.clone(), instants(&[0], 1), 0)));
    let (mut tries, mut next, mut pause) = (Vec::new(), 0, 10);
    while next < 30_000 {
        tries.push(f64::from(next));
        next += pause;
        pause = (2 * pause).min(6000);
    }
    assert_eq!(rejected(&diary), tries);
    assert_eq!(diary.ends(), [(30_000.0, Some(Cause::CheckoutTimeout))]);
    let mut without = pooled(sqlx, instants(&[0], 1), 0);
    without.settings.fleets[0].process.nofile = 0;
    assert_eq!(Diary::of(&without).ends(), [(0.0, Some(Cause::Emfile))]);
}

/// A limit of 2 ms and a dial of 3 ms; a limit of 2 ms and a check whose reply takes 2 ms more than
/// that.
#[test]
fn the_wait_timeout_covers_the_wait_or_the_dial_too_or_the_check_too() {
    use WaitCovers::{All, Wait, WaitAndDial};
    let gave_up = Some(Cause::CheckoutTimeout);
    let dial = |wait_covers| {
        let of = Pooled { wait_timeout: Some(ms(2)), wait_covers, ..pool(1) };
        Diary::of(&far(of, instants(&[0], 1), 0)).ends()
    };
    assert_eq!(dial(Wait), [(4.0, None)]);
    assert_eq!(dial(WaitAndDial), [(2.0, gave_up)]);
    assert_eq!(dial(All), [(2.0, gave_up)]);
    let check = |wait_covers| {
        let of = Pooled {
            min: 1,
            wait_timeout: Some(ms(2)),
            wait_covers,
            validate: Validate::Ping,
            ..pool(1)
        };
        let mut slow = far(of, instants(&[10], 1), 0);
        slow.settings.servers[0].cost.command = ms(2);
        Diary::of(&slow).ends()
    };
    assert_eq!(check(Wait), [(18.0, None)]);
    assert_eq!(check(WaitAndDial), [(18.0, None)]);
    assert_eq!(check(All), [(12.0, gave_up)]);
}

/// Three instances fill pools of ten before any request comes; three workers take four rounds of 3 ms.
#[test]
fn a_minimum_of_the_whole_pool_is_open_before_any_request() {
    for (dialling, done) in [
        (Dialling::Caller, 3.0),
        (Dialling::Background(Workers { workers: Some(3), ..UNLIMITED }), 12.0),
    ] {
        let of = Pooled { min: 10, dialling, ..pool(10) };
        let mut fleet = far(of, instants(&[90_000], 1), 0);
        fleet.settings.fleets[0].instances = 3;
        let opened = received(&Diary::of(&fleet));
        assert_eq!((opened.len(), opened.last().copied()), (30, Some(done)));
    }
}

/// psycopg cuts the last pause so that the last dial comes when the time is over; a share of jitter
/// keeps pauses within it.
#[test]
fn the_last_pause_may_be_cut_and_jitter_stays_within_its_share() {
    let tries = |retry: DialRetry| {
        let of = Pooled {
            wait_timeout: Some(span("1s")),
            setup_commands: 1,
            dialling: Dialling::Background(UNLIMITED),
            dial_errors: DialErrors::Hidden,
            dial_retry: Some(retry),
            ..pool(1)
        };
        rejected(&Diary::of(&full(pooled(of, instants(&[0], 1), 0))))
    };
    let whole = retry(span("1s"), span("30s"), Some(span("10s")));
    assert_eq!(tries(whole), [0.0, 1000.0, 3000.0, 7000.0, 15_000.0]);
    assert_eq!(tries(DialRetry { cut: true, ..whole }), [0.0, 1000.0, 3000.0, 7000.0, 10_000.0]);
    let spread = tries(DialRetry { jitter: ratio(0.1), ..whole });
    for (n, pair) in spread.windows(2).enumerate() {
        let (pause, plain) = (pair[1] - pair[0], f64::from(1 << n) * 1000.0);
        assert!((pause / plain - 1.0).abs() <= 0.1 && pause != plain, "{pause} of {plain}");
    }
}

/// A pool of two idle connections. A request whose command takes 3 s gives up at 2 s, and its
/// connection is closed. redis-py keeps the place, on top of the stack: the next caller dials, although
/// another connection is idle. Others take that one.
#[test]
fn a_place_whose_connection_broke_is_dialled_for_by_whoever_is_given_it() {
    let opened = |broken| {
        let of = Pooled { min: 2, broken, ..pool(2) };
        let mut cut = pooled(of, instants(&[1000, 5000], 1), 0);
        cut.settings.servers[0].cost.command = span("3s");
        if let Step::Call(call) = &mut cut.settings.fleets[0].steps[0] {
            call.timeout = Some(span("1s"));
        }
        received(&Diary::of(&cut)).len()
    };
    assert_eq!((opened(Broken::Removed), opened(Broken::SlotKept)), (2, 3));
}

/// The server closes the only connection while a command is under way. A pool that does not look hands
/// the closed connection to the next caller, and to the one after; a check finds it out.
#[test]
fn a_broken_connection_stays_in_a_pool_that_never_looks() {
    let ends = |validate| {
        let of = Pooled { broken: Broken::UntilValidated, validate, ..pool(1) };
        let mut killed = pooled(of, instants(&[0, 2000, 3000], 1), 0);
        killed.settings.servers[0].cost.command = ms(800);
        let action = Action::Fault(Fault::Restart { server: 0, down: ms(100) });
        killed.timeline.push(Entry { at: at("500ms"), label: String::new(), action });
        Diary::of(&killed).ends().iter().map(|end| end.1).collect::<Vec<_>>()
    };
    let (lost, stale) = (Some(Cause::ConnectionLost), Some(Cause::StaleConnection));
    assert_eq!(ends(Validate::None), [lost, stale, stale]);
    assert_eq!(ends(Validate::Ping), [lost, None, None]);
}

/// A lease that is leaked is taken back by force after 5 s: the second caller dials then.
#[test]
fn a_leaked_lease_is_reclaimed_after_its_time() {
    let of = Pooled {
        leak: Leak { kind: LeakKind::Lease, every: 1, ..NO_LEAK },
        reclaim_after: Some(span("5s")),
        ..pool(1)
    };
    let diary = Diary::of(&pooled(of, instants(&[0, 1000], 1), 100));
    assert_eq!(diary.ends(), [(100.0, None), (5200.0, None)]);
    assert_eq!(received(&diary), [0.0, 5100.0]);
}

/// Four callers wait for one connection; who has it first is anyone of them with the same chance. Chi
/// squared with three degrees of freedom has mean 3 and standard deviation sqrt(6).
#[test]
fn a_random_hand_off_prefers_nobody() {
    const RUNS: u32 = 400;
    let of = Pooled { hand_off: HandOff::Random, ..pool(1) };
    let line = pooled(of, instants(&[0, 1, 2, 3, 4], 1), 50);
    let mut first = [0u32; 4];
    for run in 0..RUNS {
        let mut diary = Diary::default();
        crate::probe::watch(&line, run, &mut diary);
        let began = |(_, what): &(SimTime, Observation)| match what {
            Observation::Succeeded { began, .. } => Some(began.as_ns() / 1_000_000),
            _ => None,
        };
        let order: Vec<u64> = diary.0.iter().filter_map(began).collect();
        assert_eq!(order.len(), 5);
        first[order[1] as usize - 1] += 1;
    }
    let each = f64::from(RUNS) / 4.0;
    let chi: f64 =
        first.iter().map(|n| (f64::from(*n) / each - 1.0) * (f64::from(*n) - each)).sum();
    assert!(chi < 3.0 + 4.0 * 6f64.sqrt(), "{first:?}");
}
