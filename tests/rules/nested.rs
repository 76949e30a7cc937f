//! Calls made while others hold their connections: deadlock, and what ends it.

use highwater::model::Observation;
use highwater::scenario::*;
use highwater::units::Span;

use crate::probe::{Diary, watch};
use crate::support::*;

fn ms(ms: u64) -> Span {
    Span::from_ns(ms * 1_000_000)
}

/// A call through the way `through` that keeps its connection for `hold`, and then for `holding`.
fn held(through: usize, hold: Span, holding: Vec<Step>) -> Step {
    Step::Call(Call { through, hold: Dist::Constant(hold), holding, ..call() })
}

/// A task takes `each` connections of the pool, 1 ms apart, and lets all go 10 ms after the last.
fn tasks(number: u32, each: u32, settings: Pooled) -> Scenario {
    let arrivals = Arrivals::Instants { at: vec![at("0s")], each: number };
    let mut tasks = fleet(arrivals, Strategy::Pooled(settings), Dist::Constant(Span::ZERO));
    let last = held(0, ms(10), Vec::new());
    tasks.steps = (1..each).fold(vec![last], |inner, _| vec![held(0, ms(1), inner)]);
    scenario(free_server("db", 1_000_000), tasks, "60s")
}

fn deadlocks(diary: &Diary) -> Vec<(f64, u32, u32)> {
    let of = |(at, what): &(_, Observation)| match what {
        Observation::Deadlocked { requests, leases, .. } => {
            let at: highwater::units::SimTime = *at;
            Some((at.as_ns() as f64 / 1e6, *requests, *leases))
        }
        _ => None,
    };
    diary.0.iter().filter_map(of).collect()
}

/// Reference case F04: with 17 connections all tasks finish, at these instants.
#[test]
fn f04_a_pool_of_17_lets_8_tasks_with_3_connections_finish() {
    let diary = Diary::of(&tasks(8, 3, pool(17)));
    let ends: Vec<f64> = diary.ends().iter().map(|end| end.0).collect();
    assert_eq!(ends, [12.0, 22.0, 22.0, 22.0, 32.0, 32.0, 32.0, 32.0]);
    assert!(deadlocks(&diary).is_empty());
}

/// The same with 16: at 2 ms every task holds two and waits for a third.
#[test]
fn f04_a_pool_of_16_is_deadlocked_and_says_so() {
    let stuck = tasks(8, 3, pool(16));
    let diary = Diary::of(&stuck);
    assert!(diary.ends().is_empty(), "nobody finishes");
    assert_eq!(deadlocks(&diary), [(2.0, 8, 16)]);
    let record = play(&stuck, 0);
    let event = record.events.iter().find(|event| event.kind == "deadlock").unwrap();
    assert_eq!(
        event.text,
        "pool main of instance 0 is deadlocked: 8 requests hold 16 connections, each waits for one \
         more, and nobody can return one"
    );
    assert_eq!(last(&record, "fleets.f.deadlocks"), 1.0);
    assert_eq!(last(&record, "fleets.f.deadlocked"), 8.0);
    assert_eq!(last(&record, "fleets.f.pools.main.waiting"), 8.0);
}

/// Reference case F05: T tasks with C connections each need T x (C - 1) + 1 of them, one fewer is a
/// deadlock when they come together.
#[test]
fn f05_the_smallest_safe_pool_is_tasks_times_one_less_than_each_plus_one() {
    for (number, each, safe) in [(3, 4, 10), (8, 3, 17), (2, 2, 3), (1, 5, 5), (5, 8, 36)] {
        let all = Diary::of(&tasks(number, each, pool(safe)));
        assert_eq!(all.ends().len(), number as usize, "{number} tasks x {each} finish on {safe}");
        let none = Diary::of(&tasks(number, each, pool(safe - 1)));
        assert!(none.ends().is_empty(), "{number} tasks x {each} are stuck on {}", safe - 1);
        let leases = number * (each - 1);
        assert_eq!(deadlocks(&none), [((each - 1) as f64, number, leases)]);
    }
}

/// npgsql#4611: a second connection asked for while the first is held; with as many requests as
/// connections each times out, and what it held goes to the next in line.
#[test]
fn who_gives_up_waiting_frees_what_it_holds() {
    let limited = Pooled { wait_timeout: Some(ms(15_000)), ..pool(2) };
    let mut stuck = tasks(2, 2, limited);
    // The second task comes 5 ms later.
    stuck.settings.fleets[0].arrivals =
        Arrivals::Instants { at: vec![at("0s"), at("5ms")], each: 1 };
    for step in &mut stuck.settings.fleets[0].steps {
        if let Step::Call(outer) = step {
            outer.hold = Dist::Constant(ms(10));
        }
    }
    let diary = Diary::of(&stuck);
    assert_eq!(deadlocks(&diary), [(15.0, 2, 2)]);
    // The first gives up 15 s after 10 ms; its connection goes to the second, which holds it 10 ms.
    let expected = [(15_010.0, Some(Cause::CheckoutTimeout)), (15_020.0, None)];
    assert_eq!(diary.ends(), expected);
}

/// One takes a connection of the first pool and then one of the second, the other the reverse.
#[test]
fn a_circle_of_two_pools_is_a_deadlock_too() {
    let mut crossed = tasks(1, 2, pool(1));
    let way = |name: &str| Connections {
        name: name.to_string(),
        strategy: Strategy::Pooled(pool(1)),
        retry: Retry::None,
    };
    let mut there = crossed.settings.fleets[0].clone();
    there.connections = vec![way("read"), way("write")];
    let (read_first, write_first) = (
        held(0, ms(1), vec![held(1, ms(1), vec![])]),
        held(1, ms(1), vec![held(0, ms(1), vec![])]),
    );
    // Chance decides which: with these odds both orders come up among the first two of some seed.
    let half = |step: &Step| Branch { share: ratio(0.5), steps: vec![step.clone()] };
    there.steps = vec![Step::OneOf(vec![half(&read_first), half(&write_first)])];
    there.arrivals = Arrivals::Instants { at: vec![at("0s")], each: 2 };
    crossed.settings.fleets = vec![there];
    let (mut circles, mut rows) = (0, 0);
    for run in 0..20 {
        let mut diary = Diary::default();
        watch(&crossed, run, &mut diary);
        match diary.ends().len() {
            0 => {
                assert_eq!(deadlocks(&diary), [(1.0, 2, 2)]);
                circles += 1;
            }
            // The same order: one after the other.
            ends => {
                assert_eq!((ends, deadlocks(&diary)), (2, Vec::new()));
                rows += 1;
            }
        }
    }
    assert!(circles > 0 && rows > 0, "{circles} circles, {rows} in a row");
}

/// A line is no deadlock as long as one who holds a connection does not wait for another.
#[test]
fn a_long_line_is_no_deadlock() {
    let mut busy = tasks(2, 2, pool(2));
    let mut plain = busy.settings.fleets[0].clone();
    // One in two makes a call of 100 ms that needs nothing else.
    let short = held(0, ms(100), vec![]);
    let share = ratio(0.5);
    plain.steps = vec![Step::OneOf(vec![
        Branch { share, steps: vec![short] },
        Branch { share, steps: plain.steps.clone() },
    ])];
    plain.arrivals = Arrivals::Instants { at: vec![at("0s")], each: 2 };
    busy.settings.fleets = vec![plain];
    let mixed = (0..20).find(|run| {
        let mut diary = Diary::default();
        watch(&busy, *run, &mut diary);
        let ends: Vec<f64> = diary.ends().iter().map(|end| end.0).collect();
        // The nested one waits for the plain one, and is served.
        ends == [100.0, 110.0] && deadlocks(&diary).is_empty()
    });
    assert!(mixed.is_some(), "one of each comes up");
}

/// A connection held by each request outlives its attempts: retries of the inner call keep the outer.
#[test]
fn the_outer_connection_is_held_through_the_pauses_of_the_inner_call() {
    let settings = Pooled { wait_timeout: Some(ms(100)), ..pool(1) };
    let mut nested = tasks(1, 2, settings);
    nested.settings.fleets[0].retry =
        Retry::again(Some(3), Backoff::Constant(ms(50)), Jitter::None);
    let diary = Diary::of(&nested);
    // Asked for at 1, 151 and 301 ms, each time for 100 ms.
    assert_eq!(diary.ends(), [(401.0, Some(Cause::CheckoutTimeout))]);
    assert_eq!(deadlocks(&diary), [(1.0, 1, 1), (151.0, 1, 1), (301.0, 1, 1)]);
    let record = play(&nested, 0);
    assert_eq!(last(&record, "fleets.f.pools.main.leased"), 0.0);
}

/// What a process held goes with it, and its successor has a whole pool.
#[test]
fn a_killed_process_takes_its_deadlock_with_it() {
    let mut killed = tasks(2, 2, pool(2));
    let fault = Fault::Kill { fleet: 0, instances: 1 };
    killed.timeline.push(Entry {
        at: at("1500ms"),
        label: String::new(),
        action: Action::Fault(fault),
    });
    let record = play(&killed, 0);
    assert_eq!(last(&record, "fleets.f.failed"), 2.0);
    assert_eq!(value_at(&record, "fleets.f.deadlocked", at("1s")), 2.0);
    assert_eq!(last(&record, "fleets.f.deadlocked"), 0.0);
}
