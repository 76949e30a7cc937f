//! What stands between a request and its attempts, exactly: breakers, limits, bulkheads, the entrance.

use highwater::model::Observation;
use highwater::scenario::*;
use highwater::units::{SimTime, Span};

use crate::probe::Diary;
use crate::support::*;

fn ms(ms: u64) -> Span {
    Span::from_ns(ms * 1_000_000)
}

/// One request at each of these milliseconds.
fn instants(at_ms: &[u64]) -> Arrivals {
    let at = at_ms.iter().map(|t| SimTime::ZERO + ms(*t)).collect();
    Arrivals::Instants { at, each: 1 }
}

/// Calls that hold a connection of a large pool for `hold_ms`.
fn calls(at_ms: &[u64], hold_ms: u64) -> Scenario {
    let strategy = Strategy::Pooled(pool(1_000));
    let fleet = fleet(instants(at_ms), strategy, Dist::Constant(ms(hold_ms)));
    scenario(free_server("redis", 1_000_000), fleet, "200s")
}

/// A fleet whose calls are refused at a full server, one at each of these milliseconds.
fn refused(at_ms: &[u64]) -> Scenario {
    let mut server = free_server("redis", 1);
    server.internal.admin = 1;
    let fleet = fleet(instants(at_ms), per_request(NO_LEAK), Dist::Constant(Span::ZERO));
    scenario(server, fleet, "200s")
}

fn only(scenario: &mut Scenario) -> &mut Fleet {
    &mut scenario.settings.fleets[0]
}

fn retry(attempts: u32, pause_ms: u64) -> Retry {
    let backoff = Backoff::Constant(ms(pause_ms));
    Retry::again(Some(attempts), backoff, Jitter::None)
}

/// The milliseconds at which a breaker opens, turns half-open and closes.
fn turns(diary: &Diary) -> [Vec<f64>; 3] {
    [
        diary.ms(|what| matches!(what, Observation::BreakerOpened { .. })),
        diary.ms(|what| matches!(what, Observation::BreakerHalfOpened { .. })),
        diary.ms(|what| matches!(what, Observation::BreakerClosed { .. })),
    ]
}

fn attempts(diary: &Diary) -> Vec<f64> {
    diary.ms(|what| matches!(what, Observation::Attempted { .. }))
}

/// The breaker of a preset, through the reader.
fn preset(name: &str) -> (Breaker, BreakerPlace) {
    let file = format!(
        r#"{{ "format": 1, "duration": "1min", "servers": {{ "redis": {{}} }}, "fleets": {{ "f": {{
            "arrivals": {{ "poisson": {{ "rate": "1/s" }} }},
            "steps": [{{ "work": {{ "constant": "0s" }} }}],
            "breaker": {{ "window": {{ "preset": "{name}" }} }} }} }} }}"#
    );
    let read = read("f.json", &|_| Ok(file.as_bytes().to_vec()), &[]);
    let fleet = read.unwrap_or_else(|bad| panic!("{bad}")).settings.fleets.remove(0);
    (fleet.breaker, fleet.guards.breaker)
}

/// At one call a second that always fails: Resilience4j wants a hundred calls, Hystrix sees 20 within
/// 10 s never, Polly a hundred within 30 s never. At ten a second Hystrix has its 20 after 1.9 s and
/// sees them at the end of that bucket, and Polly its hundred at 9.9 s.
#[test]
fn presets_trip_as_early_as_their_windows_let_them() {
    let slow: Vec<u64> = (0..150).map(|n| n * 1_000).collect();
    let fast: Vec<u64> = (0..150).map(|n| n * 100).collect();
    for (name, at_slow, at_fast) in [
        ("resilience4j-2-breaker", Some(99_000.0), Some(9_900.0)),
        ("hystrix-1.5-breaker", None, Some(2_000.0)),
        ("polly-8-breaker", None, Some(9_900.0)),
    ] {
        for (at, opens) in [(&slow, at_slow), (&fast, at_fast)] {
            let mut failing = refused(at);
            (only(&mut failing).breaker, only(&mut failing).guards.breaker) = preset(name);
            let [opened, ..] = turns(&Diary::of(&failing));
            assert_eq!(opened.first().copied(), opens, "{name}");
        }
    }
}

fn consecutive(failures: u32, open_ms: u64) -> Breaker {
    Breaker::Consecutive { failures, open_for: ms(open_ms) }
}

/// Four attempts of one request 100 ms apart, and a breaker of two failures: around each attempt it
/// opens at the second and refuses the third, which ends the request or waits for the fourth as any
/// other failure does; around the call it learns of one failure, the last.
#[test]
fn retries_stand_outside_of_a_breaker_or_inside() {
    let play = |place: BreakerPlace, failures| {
        let mut failing = refused(&[0]);
        let fleet = only(&mut failing);
        (fleet.retry, fleet.breaker) = (retry(4, 100), consecutive(failures, 150));
        fleet.guards.breaker = place;
        let diary = Diary::of(&failing);
        (attempts(&diary), turns(&diary)[0].clone(), diary.ends())
    };
    let outside = BreakerPlace::default();
    let end = |at, cause| vec![(at, Some(cause))];
    assert_eq!(play(outside, 2), (vec![0.0, 100.0], vec![100.0], end(200.0, Cause::BreakerOpen)));
    let retried = BreakerPlace { refusals_retried: true, ..outside };
    assert_eq!(
        play(retried, 2),
        (vec![0.0, 100.0, 300.0], vec![100.0, 300.0], end(300.0, Cause::Rejected))
    );
    let inside = BreakerPlace { around_call: true, ..outside };
    let all = vec![0.0, 100.0, 200.0, 300.0];
    assert_eq!(play(inside, 2), (all.clone(), vec![], end(300.0, Cause::Rejected)));
    assert_eq!(play(inside, 1), (all, vec![300.0], end(300.0, Cause::Rejected)));
}

/// What it ignores neither opens it nor counts for a success.
#[test]
fn an_ignored_cause_teaches_a_breaker_nothing() {
    let mut failing = refused(&[0, 10, 20, 30]);
    only(&mut failing).breaker = consecutive(2, 1_000);
    assert_eq!(turns(&Diary::of(&failing))[0], [10.0]);
    only(&mut failing).guards.breaker.ignores = Causes::of([Cause::Rejected]);
    assert_eq!(turns(&Diary::of(&failing))[0], [0.0; 0]);
}

/// A breaker that opens leaves the connections of its instance as they are: those leaked, and those
/// idle in a pool, keep their slots.
#[test]
fn an_open_breaker_frees_no_connection() {
    let leaky = Leak { on_success: ratio(1.0), ..NO_LEAK };
    let pooled = Strategy::Pooled(Pooled { min: 3, ..pool(5) });
    for (strategy, held) in [(per_request(leaky), 3.0), (pooled, 3.0)] {
        let mut full = calls(&[0, 1, 2, 10, 11, 12], 0);
        let fleet = only(&mut full);
        fleet.connections[0].strategy = strategy;
        fleet.breaker = consecutive(2, 1_000_000);
        // From 5 ms on no reply is waited for at all.
        let mut settings = full.settings.clone();
        settings.network.delay = Dist::Constant(span("1h"));
        if let Step::Call(call) = &mut settings.fleets[0].steps[0] {
            call.timeout = Some(ms(1));
        }
        if let Strategy::PerRequest { connect_timeout, .. } =
            &mut settings.fleets[0].connections[0].strategy
        {
            *connect_timeout = Some(ms(1));
        }
        let action = Action::Set(Box::new(settings));
        full.timeline.push(Entry { at: at("5ms"), label: String::new(), action });
        let record = play(&full, 0);
        assert_eq!(last(&record, "fleets.f.breakers_open"), 1.0);
        assert_eq!(last(&record, "fleets.f.failed"), 3.0);
        assert_eq!(last(&record, "servers.redis.connected_clients"), held);
    }
}

/// Places for two; four come at once. One waits, one does not fit in line; who waits too long fails.
#[test]
fn a_bulkhead_lets_in_those_first_in_line() {
    let guarded = |at: &[u64], wait| {
        let mut guarded = calls(at, 100);
        let fleet = only(&mut guarded);
        fleet.guards.bulkheads = vec![Bulkhead {
            name: "b".to_string(),
            max: 2,
            max_waiting: Some(1),
            wait_timeout: wait,
        }];
        if let Step::Call(call) = &mut fleet.steps[0] {
            call.bulkhead = Some(0);
        }
        let diary = Diary::of(&guarded);
        (diary.ends(), attempts(&diary))
    };
    let full = Some(Cause::BulkheadFull);
    let four = [0, 0, 0, 0];
    let (ends, begun) = guarded(&four, None);
    assert_eq!(ends, [(0.0, full), (100.0, None), (100.0, None), (200.0, None)]);
    assert_eq!(begun, [0.0, 0.0, 100.0], "what is refused is no attempt");
    let (ends, _) = guarded(&four, Some(ms(99)));
    assert_eq!(ends, [(0.0, full), (99.0, full), (100.0, None), (100.0, None)]);
    let (ends, _) = guarded(&four, Some(Span::ZERO));
    assert_eq!(ends, [(0.0, full), (0.0, full), (100.0, None), (100.0, None)]);
    // The place in line is free again once somebody has taken a permit.
    let (ends, _) = guarded(&[0, 0, 10, 110], None);
    assert_eq!(ends, [(100.0, None), (100.0, None), (200.0, None), (210.0, None)]);
}

/// One call behind a bulkhead, another beside it: only the first is held up.
#[test]
fn a_bulkhead_holds_up_its_own_calls_only() {
    let mut two = calls(&[0, 0], 100);
    let fleet = only(&mut two);
    fleet.guards.bulkheads =
        vec![Bulkhead { name: "b".to_string(), max: 1, max_waiting: None, wait_timeout: None }];
    let mut behind = fleet.steps[0].clone();
    if let Step::Call(call) = &mut behind {
        call.bulkhead = Some(0);
    }
    fleet.steps.push(behind);
    let ends = Diary::of(&two).ends();
    assert_eq!(ends, [(200.0, None), (300.0, None)]);
}

/// A fixed limit of two attempts at once, and one that falls by half with each failure.
#[test]
fn a_limit_refuses_who_comes_when_it_is_reached() {
    let aimd = LimitRule::Aimd { backoff: ratio(0.5), timeout: span("10s") };
    let limit = |initial, min, max| Limiter::Limit(Limit { initial, min, max, rule: aimd });
    let mut busy = calls(&[0, 10, 20, 120], 100);
    // The reply comes at once and frees the place: a slow server makes the calls long.
    busy.settings.network.delay = Dist::Constant(ms(25));
    only(&mut busy).guards.limiter = limit(2, 2, 2);
    let ends = Diary::of(&busy).ends();
    assert_eq!(ends[0], (20.0, Some(Cause::LimitReached)));
    assert_eq!(ends.iter().filter(|(_, end)| end.is_none()).count(), 3);
    // 8 falls to 4 and 2 and 1, and not below.
    let mut failing = refused(&[0, 1_000, 2_000, 3_000]);
    only(&mut failing).guards.limiter = limit(8, 1, 20);
    failing.sample_every = ms(500);
    let record = play(&failing, 0);
    let limits: Vec<f64> = ["0s", "500ms", "1s", "2s", "3s"]
        .map(|t| value_at(&record, "fleets.f.limit", at(t)))
        .into();
    assert_eq!(limits[1..], [4.0, 2.0, 1.0, 1.0][..]);
}

/// One worker, two places in line, 100 ms each: who comes fourth fails at once, who is second in line
/// waits too long, and the last to come is served first where it is said so.
#[test]
fn requests_wait_for_a_worker_in_a_bounded_line() {
    let played = |lifo, wait_timeout| {
        let mut line = calls(&[0, 1, 2, 3], 0);
        let fleet = only(&mut line);
        fleet.steps = vec![Step::Work(Dist::Constant(ms(100)))];
        fleet.process.entrance = Entrance {
            max_in_flight: Some(1),
            queue: RequestQueue { max: 2, lifo, wait_timeout },
            rate_limit: None,
        };
        line
    };
    let began = |scenario: &Scenario| {
        let diary = Diary::of(scenario);
        diary
            .0
            .iter()
            .filter_map(|(at, what)| match what {
                Observation::Succeeded { began, .. } => {
                    Some((at.as_ns() / 1_000_000, began.as_ns() / 1_000_000))
                }
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    let full = (3.0, Some(Cause::QueueFull));
    let fifo = played(false, None);
    assert_eq!(Diary::of(&fifo).ends()[0], full);
    assert_eq!(began(&fifo), [(100, 0), (200, 1), (300, 2)]);
    assert_eq!(began(&played(true, None)), [(100, 0), (200, 2), (300, 1)]);
    let hurried = played(false, Some(ms(150)));
    let late = (152.0, Some(Cause::QueueTimeout));
    assert_eq!(Diary::of(&hurried).ends(), [full, (100.0, None), late, (200.0, None)]);
    // They hold their memory while they wait, and are counted.
    let mut heavy = fifo;
    only(&mut heavy).process.memory_per_request = highwater::units::Bytes(1_000);
    heavy.sample_every = ms(50);
    let record = play(&heavy, 0);
    assert_eq!(value_at(&record, "fleets.f.queued", at("50ms")), 2.0);
    assert_eq!(value_at(&record, "fleets.f.memory_max", at("50ms")), 3_000.0);
    assert_eq!(value_at(&record, "fleets.f.queued", at("150ms")), 1.0);
}

/// A limit that is taken away lets in who waits; one that is lowered lets those at work finish.
#[test]
fn a_limit_of_workers_changes_at_once() {
    let mut line = calls(&[0, 1, 2, 60], 0);
    let fleet = only(&mut line);
    fleet.steps = vec![Step::Work(Dist::Constant(ms(100)))];
    let queue = RequestQueue { max: 10, lifo: false, wait_timeout: None };
    fleet.process.entrance = Entrance { max_in_flight: Some(1), queue, rate_limit: None };
    for (at_ms, most) in [("10ms", 2), ("55ms", 1)] {
        let mut settings = line.settings.clone();
        settings.fleets[0].process.entrance.max_in_flight = Some(most);
        let action = Action::Set(Box::new(settings));
        line.timeline.push(Entry { at: at(at_ms), label: String::new(), action });
    }
    let ends: Vec<f64> = Diary::of(&line).ends().iter().map(|(at, _)| *at).collect();
    assert_eq!(ends, [100.0, 110.0, 210.0, 310.0]);
}

/// Two tokens at the start and ten a second.
#[test]
fn a_rate_limit_takes_the_rest_away_at_once() {
    let mut edge = calls(&[0, 0, 0, 50, 100], 0);
    only(&mut edge).process.entrance.rate_limit =
        Some(TokenBucket { rate: per_second(10.0), burst: 2 });
    let shed = Some(Cause::RateLimited);
    let ends = Diary::of(&edge).ends();
    assert_eq!(ends.iter().filter(|(_, end)| *end == shed).count(), 2);
    assert_eq!(
        (ends[4], ends.iter().filter(|end| **end == (50.0, shed)).count()),
        ((100.0, None), 1)
    );
}

/// A process that stands still takes what comes when it goes on: the first two of three then.
#[test]
fn a_process_that_stands_still_takes_who_came_when_it_goes_on() {
    let mut stopped = calls(&[10, 20, 30], 0);
    let fleet = only(&mut stopped);
    fleet.steps = vec![Step::Work(Dist::Constant(ms(5)))];
    let queue = RequestQueue { max: 1, lifo: false, wait_timeout: None };
    fleet.process.entrance = Entrance { max_in_flight: Some(1), queue, rate_limit: None };
    let fault = Fault::Stop { fleet: 0, instances: 1, length: ms(100) };
    let entry = Entry { at: SimTime::ZERO, label: String::new(), action: Action::Fault(fault) };
    stopped.timeline.push(entry);
    let ends = Diary::of(&stopped).ends();
    assert_eq!(ends, [(100.0, Some(Cause::QueueFull)), (105.0, None), (110.0, None)]);
}
