//! Copies of a call, exactly: when they go out, who wins, what becomes of the others.

use highwater::model::Observation;
use highwater::scenario::*;
use highwater::units::{SimTime, Span};

use crate::probe::Diary;
use crate::support::*;

fn ms(ms: u64) -> Span {
    Span::from_ns(ms * 1_000_000)
}

/// One request at each of these milliseconds whose reply the server gives after `blocks_ms`.
fn hedged(at_ms: &[u64], blocks_ms: u64, hedge: Hedge) -> Scenario {
    let at = at_ms.iter().map(|t| SimTime::ZERO + ms(*t)).collect();
    let arrivals = Arrivals::Instants { at, each: 1 };
    let mut fleet = fleet(arrivals, Strategy::Pooled(pool(10)), Dist::Constant(Span::ZERO));
    fleet.guards.hedge = Some(hedge);
    if let Step::Call(call) = &mut fleet.steps[0] {
        call.blocking = Some(ms(blocks_ms));
    }
    scenario(free_server("redis", 1_000_000), fleet, "10s")
}

fn copies(delay_ms: Option<u64>, extra: u32, losers: Losers) -> Hedge {
    Hedge { delay: delay_ms.map(ms), extra, losers }
}

fn attempts(diary: &Diary) -> Vec<f64> {
    diary.ms(|what| matches!(what, Observation::Attempted { .. }))
}

/// Every reply takes 100 ms: a copy after 30 and 60 ms, the first one wins, one request is one
/// success. Of the three connections the losers' two are closed at once, or given back later.
#[test]
fn copies_go_out_one_by_one_and_the_first_reply_wins() {
    for (losers, kept) in [(Losers::Close, 1.0), (Losers::Drain, 3.0)] {
        let mut hedged = hedged(&[0], 100, copies(Some(30), 2, losers));
        let diary = Diary::of(&hedged);
        assert_eq!(attempts(&diary), [0.0, 30.0, 60.0]);
        assert_eq!(diary.ends(), [(100.0, None)]);
        hedged.sample_every = ms(10);
        let record = play(&hedged, 0);
        let series = |name: &str, t: &str| value_at(&record, &format!("fleets.f.{name}"), at(t));
        assert_eq!(series("pools.main.leased", "90ms"), 3.0);
        assert_eq!(series("in_flight", "90ms"), 1.0, "copies are no requests");
        let late = if losers == Losers::Drain { 2.0 } else { 0.0 };
        assert_eq!(series("pools.main.leased", "110ms"), late);
        assert_eq!(last(&record, "fleets.f.pools.main.idle"), kept);
    }
}

/// A reply that comes before the delay is over needs no copy.
#[test]
fn a_quick_reply_is_not_hedged() {
    let quick = hedged(&[0, 500], 29, copies(Some(30), 2, Losers::Close));
    assert_eq!(attempts(&Diary::of(&quick)), [0.0, 500.0]);
}

/// The server is full: each refusal sends the next copy at once; the last one fails the request, or
/// the attempt where there are retries.
#[test]
fn a_failure_sends_the_next_copy_at_once() {
    for delay in [Some(30), None] {
        let mut full = hedged(&[0], 100, copies(delay, 2, Losers::Close));
        full.settings.servers[0].maxclients = 1;
        full.settings.servers[0].internal.admin = 1;
        let fleet = &mut full.settings.fleets[0];
        fleet.connections[0].strategy = per_request(NO_LEAK);
        let diary = Diary::of(&full);
        assert_eq!(attempts(&diary), [0.0, 0.0, 0.0]);
        assert_eq!(diary.ends(), [(0.0, Some(Cause::Rejected))]);
        let backoff = Backoff::Constant(ms(50));
        full.settings.fleets[0].retry = Retry::again(Some(2), backoff, Jitter::None);
        let diary = Diary::of(&full);
        assert_eq!(attempts(&diary), [0.0, 0.0, 0.0, 50.0, 50.0, 50.0]);
        assert_eq!(diary.ends(), [(50.0, Some(Cause::Rejected))]);
    }
}

/// Two slots at the server. Both copies wait longer than they want to: the first gives up at 80 ms
/// while the second is out, whose own time is over at 110 ms.
#[test]
fn the_request_fails_when_the_last_copy_has() {
    let mut slow = hedged(&[0], 1_000, copies(Some(30), 1, Losers::Close));
    if let Step::Call(call) = &mut slow.settings.fleets[0].steps[0] {
        call.timeout = Some(ms(80));
    }
    let diary = Diary::of(&slow);
    assert_eq!(attempts(&diary), [0.0, 30.0]);
    assert_eq!(diary.ends(), [(110.0, Some(Cause::ReadTimeout))]);
}

/// What nobody wants any more still costs the server: with drained losers it serves both copies of a
/// command of 40 ms one after the other, and the next request waits for both.
#[test]
fn abandoned_copies_still_cost_the_server() {
    let mut busy = hedged(&[0, 45], 1, copies(Some(10), 1, Losers::Drain));
    busy.settings.servers[0].discipline = Discipline::Fifo;
    if let Step::Call(call) = &mut busy.settings.fleets[0].steps[0] {
        (call.blocking, call.cost) = (None, Some(Dist::Constant(ms(40))));
    }
    let ends: Vec<f64> = Diary::of(&busy).ends().iter().map(|(at, _)| *at).collect();
    assert_eq!(ends, [40.0, 120.0]);
}

/// Every copy takes a permit: with one permit the second copy waits for it, and is given up before it
/// has begun.
#[test]
fn every_copy_passes_the_guards_for_itself() {
    let mut one = hedged(&[0, 300], 100, copies(Some(30), 2, Losers::Close));
    one.settings.fleets[0].guards.bulkheads =
        vec![Bulkhead { name: "b".to_string(), max: 1, max_waiting: None, wait_timeout: None }];
    if let Step::Call(call) = &mut one.settings.fleets[0].steps[0] {
        call.bulkhead = Some(0);
    }
    let diary = Diary::of(&one);
    assert_eq!(attempts(&diary), [0.0, 300.0]);
    assert_eq!(diary.ends(), [(100.0, None), (400.0, None)]);
}

/// Every second first copy fails, and then the second one wins, with draws of its own. Whether the
/// winner's connection is leaked does not depend on steps that it is kept for.
#[test]
fn a_connection_that_is_kept_is_leaked_as_its_copy_drew() {
    let leaked = |holding: Vec<Step>| {
        let at: Vec<u64> = (0..200).map(|n| n * 10).collect();
        let mut hedged = hedged(&at, 1, copies(None, 1, Losers::Close));
        let half = highwater::units::Ratio::new(0.5).unwrap();
        let leak = Leak { on_success: half, ..NO_LEAK };
        hedged.settings.fleets[0].connections[0].strategy = per_request(leak);
        if let Step::Call(call) = &mut hedged.settings.fleets[0].steps[0] {
            (call.errors, call.holding) = (half, holding);
        }
        hedged.sample_every = ms(10);
        let record = play(&hedged, 0);
        let left = |n: u64| {
            let t = SimTime::ZERO + ms(10 * n + 8);
            value_at(&record, "fleets.f.sockets.leaked", t)
        };
        (0..200).map(left).collect::<Vec<f64>>()
    };
    let work = vec![Step::Work(Dist::Constant(ms(1)))];
    let plain = leaked(Vec::new());
    assert!(plain[199] > 50.0, "{plain:?}");
    assert_eq!(leaked(work), plain);
}

/// One permit, which the first request keeps while further steps run, and copies of the second one in
/// line for it: when the process is killed nobody is let through, and both requests have ended once.
#[test]
fn copies_in_line_for_a_permit_go_with_their_process() {
    let mut killed = hedged(&[0, 50], 10, copies(Some(5), 2, Losers::Close));
    let fleet = &mut killed.settings.fleets[0];
    fleet.guards.bulkheads =
        vec![Bulkhead { name: "b".to_string(), max: 1, max_waiting: None, wait_timeout: None }];
    if let Step::Call(call) = &mut fleet.steps[0] {
        call.bulkhead = Some(0);
        call.holding = vec![Step::Work(Dist::Constant(ms(500)))];
    }
    let action = Action::Fault(Fault::Kill { fleet: 0, instances: 1 });
    let at = SimTime::ZERO + ms(100);
    killed.timeline.push(Entry { at, label: String::new(), action });
    let died = (100.0, Some(Cause::InstanceStopped));
    assert_eq!(Diary::of(&killed).ends(), [died, died]);
}
