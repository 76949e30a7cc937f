//! Breakers, throttles, bulkheads, hedges and an instance's own line against their closed forms.

use highwater::engine::Observer;
use highwater::model::Observation;
use highwater::scenario::*;
use highwater::theory::erlang_b;
use highwater::units::{SimTime, Span};

use crate::meter::Meter;
use crate::probe::watch;
use crate::rule::{Case, case};
use crate::support::*;

/// A call every ten seconds that fails with probability p, independently: a packet of it is held up
/// for longer than it waits (as in E01).
fn flaky(failure: f64, calls: f64) -> Scenario {
    let on_time = (1.0 - failure).sqrt();
    let shared = Strategy::Shared(Shared::plain(1));
    let mut caller = fleet(even(0.1), shared, Dist::Constant(Span::ZERO));
    if let Step::Call(call) = &mut caller.steps[0] {
        call.timeout = Some(span("500ms"));
    }
    let mut flaky = scenario(free_server("redis", 10), caller, "1s");
    flaky.duration = Span::from_secs_f64(10.0 * calls);
    flaky.sample_every = flaky.duration;
    flaky.settings.network.delay =
        Dist::Table(vec![(Span::ZERO, on_time), (span("1s"), 1.0 - on_time)]);
    flaky
}

/// Calls while a breaker is closed, and how often it opens.
#[derive(Default)]
struct Cycles {
    half_open: bool,
    calls: u32,
    openings: u32,
}

impl Observer<Observation> for Cycles {
    fn observe(&mut self, _: SimTime, what: Observation) {
        match what {
            Observation::Attempted { .. } if !self.half_open => self.calls += 1,
            Observation::BreakerOpened { .. } if !self.half_open => self.openings += 1,
            Observation::BreakerHalfOpened { .. } => self.half_open = true,
            Observation::BreakerClosed { .. } => self.half_open = false,
            _ => {}
        }
    }
}

/// The mean number of calls from closed to open: all calls over all openings, so that the cycle cut
/// off by the end of the run does not count for nothing. A reopening half-open breaker stays half-open
/// to this.
fn check_cycles(case: &Case, breaker: Breaker) {
    // Cycles are nearly memoryless: so many in 20 runs give a standard error of 0.8 %.
    let cycles = 800.0;
    let calls = cycles * (case.expected("mean_calls_until_open") + 1.0);
    let mut flaky = flaky(case.given("failure_probability"), calls);
    flaky.settings.fleets[0].breaker = breaker;
    case.check(&["mean_calls_until_open"], |seed, run, longer| {
        let mut flaky = Scenario { seed: seed.to_string(), ..flaky.clone() };
        flaky.duration = Span::from_secs_f64(flaky.duration.as_secs_f64() * longer);
        let mut cycles = Cycles::default();
        watch(&flaky, run, &mut cycles);
        vec![f64::from(cycles.calls) / f64::from(cycles.openings)]
    });
}

#[test]
fn e19_and_e20_calls_until_a_breaker_of_failures_in_a_row_opens() {
    for id in ["E19", "E20"] {
        let case = case(id);
        let failures = case.given("consecutive_failures_to_open") as u32;
        check_cycles(&case, Breaker::Consecutive { failures, open_for: span("1s") });
    }
}

/// A window that remembers no more than ten calls, judged after each once there are ten.
#[test]
fn e23_calls_until_a_breaker_of_a_window_opens() {
    let case = case("E23");
    let window = case.given("window_calls");
    let breaker = Breaker::Window(BreakerWindow {
        over: WindowOver::Calls(window as u32),
        min_calls: case.given("min_calls") as u32,
        failure_ratio: ratio(case.given("open_when_failures_at_least") / window),
        slow_call: None,
        slow_ratio: ratio(1.0),
        open_for: span("1s"),
        probes: 1,
        probes_close: ProbesClose::All,
        looks: Looks::EachCall,
    });
    check_cycles(&case, breaker);
}

/// A server with one slot, held for an exponential time, accepts mu s / (s + mu) of s attempts a
/// second (Erlang B), and a throttle sends k times what is accepted: s = (k - 1) mu. By the formula
/// itself it sends one attempt more in each window.
#[test]
fn a_throttle_sends_k_times_what_is_accepted() {
    let (k, mu, window) = (2.0, 100.0, 20.0);
    let hold = Dist::Exponential { mean: Span::from_secs_f64(1.0 / mu) };
    let mut eager = fleet(poisson(1000.0), per_request(NO_LEAK), hold);
    let throttle = Throttle { k, window: Span::from_secs_f64(window), buckets: 40 };
    eager.guards.limiter = Limiter::Throttle(throttle);
    let throttled = scenario(free_server("redis", 1), eager, "300s");
    let (sent, accepted) = ((k - 1.0) * mu, (k - 1.0) / k * mu);
    let expected =
        [("sent", sent), ("sent per accepted", k + 1.0 / (accepted * window)), ("all", 1000.0)];
    case("E01").named("throttle").check_against(&expected, |seed, run, longer| {
        let mut throttled = Scenario { seed: seed.to_string(), ..throttled.clone() };
        throttled.duration = Span::from_secs_f64(300.0 * longer);
        let meter = Meter { from: at("60s"), ..Meter::of(&throttled) }.play(&throttled, run);
        let sent = meter.attempted as f64;
        let all = (sent + meter.failed_by(Cause::Throttled)) / meter.seconds();
        vec![sent / meter.seconds(), sent / meter.succeeded as f64, all]
    });
}

/// Without a wait a bulkhead is a loss system: Erlang B, whatever the law of the hold.
#[test]
fn a_bulkhead_without_a_wait_refuses_as_erlang_b_says() {
    let (max, rate, hold) = (10, 300.0, span("50ms"));
    for law in [Dist::Exponential { mean: hold }, Dist::Constant(hold)] {
        let mut busy = fleet(poisson(rate), Strategy::Pooled(pool(1_000)), law);
        let wait_timeout = Some(Span::ZERO);
        busy.guards.bulkheads = vec![Bulkhead { wait_timeout, ..bulkhead_of(max) }];
        let busy = bulkheaded(scenario(free_server("redis", 1_000_000), busy, "120s"));
        let expected = [("p_block", erlang_b(rate * hold.as_secs_f64(), max))];
        case("E01").named("bulkhead").check_against(&expected, |seed, run, longer| {
            let mut busy = Scenario { seed: seed.to_string(), ..busy.clone() };
            busy.duration = Span::from_secs_f64(120.0 * longer);
            let meter = Meter::steady(&busy).play(&busy, run);
            vec![meter.failed_by(Cause::BulkheadFull) / meter.arrived as f64]
        });
    }
}

/// A bulkhead with a bounded line, and an instance with as many workers and as long a queue, are both
/// M/M/c/K.
#[test]
fn a05_a_bounded_line_before_a_bulkhead_and_before_the_workers() {
    let case = case("A05");
    let (max, line) = (case.given("pool") as u32, case.given("max_waiting") as u32);
    let rate = case.given("arrival_rate");
    let service = Dist::Exponential { mean: Span::from_secs_f64(case.given("mean_service_s")) };
    let mut behind = fleet(poisson(rate), Strategy::Pooled(pool(1_000)), service.clone());
    behind.guards.bulkheads = vec![Bulkhead { max_waiting: Some(line), ..bulkhead_of(max) }];
    let behind = bulkheaded(scenario(free_server("redis", 1_000_000), behind, "150s"));
    let mut workers = fleet(poisson(rate), per_request(NO_LEAK), Dist::Constant(Span::ZERO));
    workers.steps = vec![Step::Work(service)];
    workers.process.entrance = Entrance {
        max_in_flight: Some(max),
        queue: RequestQueue { max: line, lifo: false, wait_timeout: None },
        rate_limit: None,
    };
    let workers = scenario(free_server("redis", 1), workers, "150s");
    let mut newest_first = workers.clone();
    newest_first.settings.fleets[0].process.entrance.queue.lifo = true;
    for (what, cause) in [
        (behind, Cause::BulkheadFull),
        (workers, Cause::QueueFull),
        (newest_first, Cause::QueueFull),
    ] {
        case.check(&["p_block", "L", "W_accepted"], |seed, run, longer| {
            let mut what = Scenario { seed: seed.to_string(), ..what.clone() };
            what.duration = Span::from_secs_f64(150.0 * longer);
            let mut meter = Meter::steady(&what).play(&what, run);
            let refused = meter.failed_by(cause) / meter.arrived as f64;
            let [load, sojourn] = ["L", "W"].map(|figure| meter.figure(figure, Span::ZERO));
            vec![refused, load, sojourn]
        });
    }
}

fn bulkhead_of(max: u32) -> Bulkhead {
    Bulkhead { name: "b".to_string(), max, max_waiting: None, wait_timeout: None }
}

/// All calls pass the first bulkhead.
fn bulkheaded(mut scenario: Scenario) -> Scenario {
    if let Step::Call(call) = &mut scenario.settings.fleets[0].steps[0] {
        call.bulkhead = Some(0);
    }
    scenario
}

/// Both ways of an exchange take exponential times of mean m, so a reply comes after T with
/// P(T > t) = (1 + t/m) e^(-t/m). A copy after d: the share of hedged calls is P(T > d), and the mean
/// of min(T, d + T') is, with x = d/m,
/// m (2 - (2 + x) e^-x + e^-x ((1 + x)/2 + (2 + x)/4 + 1/4)).
#[test]
fn the_first_of_two_replies_comes_as_the_law_of_the_minimum_says() {
    let mean = 0.005;
    for x in [0.0, 0.5, 2.0] {
        let shared = Strategy::Shared(Shared::plain(1));
        let mut hedged = fleet(poisson(50.0), shared, Dist::Constant(Span::ZERO));
        let delay = Some(Span::from_secs_f64(x * mean));
        hedged.guards.hedge = Some(Hedge { delay, extra: 1, losers: Losers::Close });
        let mut hedged = scenario(free_server("redis", 10), hedged, "400s");
        hedged.settings.network.delay = Dist::Exponential { mean: Span::from_secs_f64(mean) };
        let e = libm::exp(-x);
        let both = (1.0 + x) / 2.0 + (2.0 + x) / 4.0 + 0.25;
        let expected = [
            ("W", mean * (2.0 - (2.0 + x) * e + e * both)),
            ("attempts_per_request", 1.0 + (1.0 + x) * e),
        ];
        case("E01").named("hedge").check_against(&expected, |seed, run, longer| {
            let mut hedged = Scenario { seed: seed.to_string(), ..hedged.clone() };
            hedged.duration = Span::from_secs_f64(400.0 * longer);
            let mut meter = Meter::steady(&hedged).play(&hedged, run);
            expected.map(|(figure, _)| meter.figure(figure, Span::ZERO)).to_vec()
        });
    }
}
