//! Pools: who waits, who dials, who gives up, and when.

use highwater::model::Observation;
use highwater::scenario::*;
use highwater::units::{SimTime, Span};

use crate::probe::Diary;
use crate::support::*;

/// `each` requests at every instant.
fn instants(at_ms: &[u64], each: u32) -> Arrivals {
    let at = at_ms.iter().map(|ms| SimTime::from_ns(ms * 1_000_000)).collect();
    Arrivals::Instants { at, each }
}

fn ms(ms: u64) -> Span {
    Span::from_ns(ms * 1_000_000)
}

fn pooled(pool: Pooled, arrivals: Arrivals, hold_ms: u64) -> Scenario {
    let fleet = fleet(arrivals, Strategy::Pooled(pool), Dist::Constant(ms(hold_ms)));
    scenario(free_server("redis", 1_000_000), fleet, "60s")
}

fn set(scenario: &mut Scenario, at: &str, change: impl Fn(&mut Settings)) {
    let mut settings =
        scenario.timeline.last().map_or(scenario.settings.clone(), |entry| match &entry.action {
            Action::Set(settings) => (**settings).clone(),
            _ => scenario.settings.clone(),
        });
    change(&mut settings);
    let action = Action::Set(Box::new(settings));
    scenario.timeline.push(Entry { at: crate::support::at(at), label: String::new(), action });
}

fn pool_of(settings: &mut Settings) -> &mut Pooled {
    match &mut settings.fleets[0].connections[0].strategy {
        Strategy::Pooled(pool) => pool,
        _ => panic!("the connections are pooled"),
    }
}

/// Ten callers of a pool of one that holds each for 10 s; the pool is made ten times as large at 1 s.
#[test]
fn a_pool_that_grows_lets_those_in_line_dial() {
    let mut grown = pooled(pool(1), instants(&[0], 10), 10_000);
    set(&mut grown, "1s", |settings| pool_of(settings).max = 10);
    let ends = Diary::of(&grown).ends();
    let mut expected = vec![(10_000.0, None)];
    expected.extend([(11_000.0, None); 9]);
    assert_eq!(ends, expected);
}

/// The line may wait for 60 s, then for 2 s only: who has waited for longer gives up at once.
#[test]
fn a_shortened_wait_holds_for_those_in_line() {
    let patient = Pooled { wait_timeout: Some(ms(60_000)), ..pool(1) };
    let mut hurried = pooled(patient, instants(&[0, 1000, 4000], 1), 30_000);
    set(&mut hurried, "5s", |settings| pool_of(settings).wait_timeout = Some(ms(2000)));
    let ends = Diary::of(&hurried).ends();
    let gave_up = Some(Cause::CheckoutTimeout);
    assert_eq!(ends, [(5000.0, gave_up), (6000.0, gave_up), (30_000.0, None)]);
}

/// 50,000 idle connections are too old when the next caller comes.
#[test]
fn a_pool_full_of_stale_connections_is_cleared_by_one_checkout() {
    let stale =
        Pooled { reaper: PoolReaper::OnCheckout, idle_timeout: Some(ms(1000)), ..pool(60_000) };
    let ends = Diary::of(&pooled(stale, instants(&[0, 5000], 50_000), 1)).ends();
    assert_eq!(ends.len(), 100_000);
    assert!(ends.iter().all(|(_, cause)| cause.is_none()));
}

/// 50,000 callers stand in line when the only connection is lost and no other can be dialled: all
/// of them fail, at once.
#[test]
fn a_long_line_fails_when_no_port_is_left() {
    let mut line = pooled(pool(1), instants(&[0], 50_000), 1);
    line.settings.fleets[0].process =
        Process { port_first: 1, port_last: 1, time_wait: span("60s"), ..free_process() };
    line.settings.servers[0].cost.command = ms(20_000);
    if let Step::Call(call) = &mut line.settings.fleets[0].steps[0] {
        call.timeout = Some(ms(1000));
    }
    let ends = Diary::of(&line).ends();
    assert_eq!(ends.len(), 50_000);
    assert!(ends.iter().all(|end| end.0 == 1000.0));
    let of = |cause| ends.iter().filter(|end| end.1 == Some(cause)).count();
    assert_eq!((of(Cause::ReadTimeout), of(Cause::PortExhausted)), (1, 49_999));
}

/// Two connections, dialled at 0 and at 1 s, live for 5 s. The exact reaper closes each at its own
/// end, although the one to look at first is not the one returned first.
#[test]
fn the_exact_pool_reaper_closes_each_connection_at_its_own_instant() {
    let exact = Pooled {
        reaper: PoolReaper::Exact,
        idle_timeout: Some(ms(20_000)),
        max_lifetime: Some(ms(5_000)),
        ..pool(2)
    };
    // The first caller holds its connection from 0 to 2 s, the second from 1 s to 3 s.
    let diary = Diary::of(&pooled(exact, instants(&[0, 1000], 1), 2000));
    let freed = diary.ms(|what| matches!(what, Observation::Freed { .. }));
    assert_eq!(freed, [5000.0, 6000.0]);
    // A connection that is returned later and ends sooner.
    let mixed = Pooled {
        reaper: PoolReaper::Exact,
        idle_timeout: Some(ms(4_000)),
        max_lifetime: Some(ms(5_000)),
        ..pool(2)
    };
    // 0 holds until 4 s (ends at 5 s by age); 1 s holds until 1.5 s (ends at 5.5 s, idle).
    let mut two = pooled(mixed, instants(&[0, 1000], 1), 0);
    two.settings.fleets[0].steps = vec![Step::Call(Call {
        hold: Dist::Table(vec![(ms(4000), 0.5), (ms(500), 0.5)]),
        ..call()
    })];
    let seed = (0..100)
        .map(|i| i.to_string())
        .find(|seed| {
            two.seed = seed.clone();
            let ends = Diary::of(&two).ends();
            ends.iter().map(|end| end.0).eq([1500.0, 4000.0])
        })
        .unwrap();
    two.seed = seed;
    let freed = Diary::of(&two).ms(|what| matches!(what, Observation::Freed { .. }));
    assert_eq!(freed, [5000.0, 5500.0]);
}

/// One connection, holds of 50 ms, and a woken caller who looks 10 ms after a return. The second caller
/// waits from 10 ms; the third asks at 55 ms, before it has looked, and overtakes it; so it goes to the
/// end of the line, in front of the fourth, who comes at 70 ms. The fifth asks at 115 ms, the very
/// instant at which the second looks, and overtakes as well; now the second stands behind the fourth.
#[test]
fn newcomers_overtake_until_the_woken_caller_has_looked() {
    let barging = Pooled { hand_off: HandOff::Barging(ms(10)), ..pool(1) };
    let line = pooled(barging, instants(&[0, 10, 55, 70, 115], 1), 50);
    let in_ms = |at: SimTime| at.as_ns() / 1_000_000;
    let served: Vec<(u64, u64)> = Diary::of(&line)
        .0
        .iter()
        .filter_map(|(at, what)| match what {
            Observation::Succeeded { began, .. } => Some((in_ms(*began), in_ms(*at))),
            _ => None,
        })
        .collect();
    assert_eq!(served, [(0, 50), (55, 105), (115, 165), (70, 225), (10, 285)]);
}

/// The pool dials its minimum of three at the start, a millisecond each way: two callers find a dial
/// under way for each; with four at once one waits for another to come back, and that is told.
#[test]
fn a_caller_for_whom_a_dial_is_under_way_finds_no_empty_pool() {
    for (callers, told) in [(2, 0), (3, 0), (4, 1)] {
        let filled = Pooled { min: 3, ..pool(3) };
        let mut filling = pooled(filled, instants(&[0], callers), 1000);
        filling.settings.network.delay = Dist::Constant(ms(1));
        let record = play(&filling, 0);
        let empty = record.events.iter().filter(|event| event.kind == "pool_empty").count();
        assert_eq!(empty, told, "{callers} callers");
    }
}

/// How long callers waited who were given a connection from `after_ms` on, in milliseconds.
fn waits(scenario: &Scenario, after_ms: u64) -> Vec<f64> {
    let of = |(at, what): &(SimTime, Observation)| match what {
        Observation::CheckedOut { wait, .. } if *at >= SimTime::ZERO + ms(after_ms) => {
            Some(wait.as_ns() as f64 / 1e6)
        }
        _ => None,
    };
    Diary::of(scenario).0.iter().filter_map(of).collect()
}

/// Twice as many callers as one connection with holds of 100 ms can serve, who wait for a second at
/// most. In a fair line all that are served have waited for nearly all of it: whoever is next came after
/// those that gave up, at most a hold and the time between two callers later. Where newcomers overtake,
/// some wait for nothing, and the others for as long.
#[test]
fn under_overload_a_fair_line_serves_everybody_late_and_a_barging_one_some_at_once() {
    let at: Vec<u64> = (0..1000).map(|n| 47 * n).collect();
    let of = |hand_off| {
        let pool = Pooled { hand_off, wait_timeout: Some(ms(1000)), ..pool(1) };
        waits(&pooled(pool, instants(&at, 1), 100), 5_000)
    };
    let fair = of(HandOff::Fair);
    assert!(fair.len() > 300, "{}", fair.len());
    assert!(fair.iter().all(|wait| (1000.0 - 147.0..=1000.0).contains(wait)), "{fair:?}");
    let barging = of(HandOff::Barging(ms(10)));
    assert!(barging.contains(&0.0), "{barging:?}");
    assert!(barging.iter().any(|wait| *wait > 900.0), "{barging:?}");
}

/// A pool of ten whose connections are held for 50 ms serves 10 / 50 ms = 200 a second, however many
/// ask.
#[test]
fn a_pool_of_ten_serves_at_most_ten_per_hold() {
    let ends = Diary::of(&pooled(pool(10), instants(&[0], 1000), 50)).ends();
    let expected: Vec<(f64, Option<Cause>)> =
        (0..1000).map(|n| (50.0 * f64::from(n / 10 + 1), None)).collect();
    assert_eq!(ends, expected);
}
