//! How processes start, start again, and are slow at first.

use highwater::model::Observation;
use highwater::scenario::*;
use highwater::units::{Bytes, Span};

use crate::probe::Diary;
use crate::support::*;

const KUBELET: RestartBackoff = RestartBackoff {
    first: Span::from_secs(10),
    cap: Span::from_secs(300),
    reset_after: Span::from_secs(600),
};

fn needy(instances: u32, size: u32) -> Fleet {
    let pool = Strategy::Pooled(Pooled { min: size, ..pool(size) });
    let mut needy = fleet(even(1.0), pool, Dist::Constant(Span::ZERO));
    needy.instances = instances;
    needy.process.start = AtStart { needs_connections: true, give_up_after: span("30s") };
    needy.process.restart_after = Span::ZERO;
    needy
}

fn failed(what: &Observation) -> bool {
    matches!(what, Observation::StartFailed { .. })
}

fn up(what: &Observation) -> bool {
    matches!(what, Observation::InstanceUp { .. })
}

/// Two pools of ten fill a server of 20; the third process finds none, ends, and is started again at
/// once, then after 10, 20, 40, ... and at most 300 s. Each start takes the millisecond that a restart
/// takes at least.
#[test]
fn a_process_that_cannot_open_its_connections_crash_loops() {
    let mut full = scenario(free_server("redis", 20), needy(3, 10), "1000s");
    full.settings.fleets[0].process.backoff = Some(KUBELET);
    let diary = Diary::of(&full);
    assert_eq!(diary.ms(up), [0.0, 0.0]);
    let waits = [0.0, 1.0, 10_002.0, 30_003.0, 70_004.0, 150_005.0, 310_006.0, 610_007.0];
    assert_eq!(diary.ms(failed), [&waits[..], &[910_008.0]].concat());
    assert_eq!(last(&play(&full, 0), "fleets.f.start_failures"), 9.0);
}

/// It takes requests when the last connection is open: three crossings of a dial of 10 ms and one back.
#[test]
fn a_process_takes_requests_when_its_connections_are_open() {
    let mut ready = scenario(free_server("redis", 100), needy(2, 10), "20s");
    ready.settings.network.delay = Dist::Constant(span("10ms"));
    let diary = Diary::of(&ready);
    assert_eq!(diary.ms(up), [40.0, 40.0]);
    // The request of time zero finds nobody; one a second follows.
    let none = |(_, cause): &&(f64, Option<Cause>)| *cause == Some(Cause::NoInstance);
    assert_eq!(diary.ends().iter().filter(none).count(), 1);
    assert_eq!(last(&play(&ready, 0), "servers.redis.connected_clients"), 20.0);
}

/// A server that stops accepting says nothing: the process gives up after its limit.
#[test]
fn a_process_gives_a_silent_server_up() {
    let silent = Server { when_full: WhenFull::StopAccepting, ..free_server("memcached", 5) };
    let mut waiting = scenario(silent, needy(1, 10), "100s");
    waiting.settings.fleets[0].process.backoff = Some(KUBELET);
    let failures = Diary::of(&waiting).ms(failed);
    assert_eq!(failures, [30_000.0, 60_001.0]);
}

/// One leak a second: killed by the third, a process has lived too short for a new row of deaths;
/// killed by the sixth it has not.
#[test]
fn a_process_that_lived_long_enough_is_started_again_at_once() {
    for (limit, kills) in [
        // Up at 0, 2.001, 4.002 + 10 s, ...: with a leak on every whole second.
        (2, vec![2e3, 5e3, 18e3, 41e3, 84e3]),
        (5, vec![5e3, 11e3, 17e3, 23e3, 29e3, 35e3, 41e3, 47e3]),
    ] {
        let leak = Leak { every: 1, ..NO_LEAK };
        let leaking = fleet(even(1.0), per_request(leak), Dist::Constant(Span::ZERO));
        let mut heavy = scenario(free_server("redis", 1000), leaking, "100s");
        heavy.settings.fleets[0].process = Process {
            memory_per_leak: Bytes(1),
            memory_limit: Bytes(limit),
            restart_after: Span::ZERO,
            backoff: Some(RestartBackoff { reset_after: span("4s"), ..KUBELET }),
            ..free_process()
        };
        let seen = Diary::of(&heavy).ms(|what| matches!(what, Observation::OomKilled { .. }));
        assert_eq!(seen[..kills.len()], kills, "limit {limit}");
    }
}

/// Work of 100 ms takes 300 ms for requests that begin in the first ten seconds; then 100 ms. After a
/// restart it is the same again.
#[test]
fn a_cold_process_is_slow_at_first() {
    let mut jit = fleet(even(1.0), per_request(NO_LEAK), Dist::Constant(Span::ZERO));
    jit.steps.insert(0, Step::Work(Dist::Constant(span("100ms"))));
    jit.process.cold = Cold { length: span("10s"), factor: 3.0 };
    jit.process.restart_after = span("500ms");
    let mut cold = scenario(free_server("redis", 100), jit, "40s");
    let action = Action::Fault(Fault::Kill { fleet: 0, instances: 1 });
    cold.timeline.push(Entry { at: at("20500ms"), label: String::new(), action });
    let late: Vec<f64> = Diary::of(&cold).ends().iter().map(|(ms, _)| ms % 1000.0).collect();
    let expected = |second: usize| if second % 21 < 10 { 300.0 } else { 100.0 };
    assert_eq!(late, (0..40).map(expected).collect::<Vec<_>>());
}

/// CPU time of a cold process costs more too: 100 us a request become 300 us.
#[test]
fn a_cold_process_needs_more_cpu() {
    let mut jit = fleet(even(1.0), per_request(NO_LEAK), Dist::Constant(Span::ZERO));
    jit.process.cpu = ProcessCpu { request: span("1ms"), ..ProcessCpu::UNUSED };
    jit.process.cold = Cold { length: span("2s"), factor: 3.0 };
    let cold = scenario(free_server("redis", 100), jit, "4s");
    let ends: Vec<f64> = Diary::of(&cold).ends().iter().map(|(ms, _)| *ms).collect();
    assert_eq!(ends, [3.0, 1003.0, 2001.0, 3001.0]);
}
