//! Arrivals that come many at a time, or not at all for a while.

use highwater::scenario::*;
use highwater::units::Span;

use crate::meter::Meter;
use crate::rule::{Case, case};
use crate::support::*;
use crate::waiting::{line, requests_per_run};

fn bursts(batches: f64, size: Sizes) -> Arrivals {
    Arrivals::Bursts(Bursts { batches: Profile::Constant(per_second(batches)), size })
}

fn judge(case: &Case, expected: &[(&str, f64)], scenario: &Scenario) {
    case.check_against(expected, |seed, run, longer| {
        let mut played = scenario.clone();
        played.seed = seed.to_string();
        played.duration = Span::from_secs_f64(played.duration.as_secs_f64() * longer);
        let mut meter = Meter::steady(&played).play(&played, run);
        expected.iter().map(|(figure, _)| meter.figure(figure, Span::ZERO)).collect()
    });
}

/// A batch takes the slots that are free, and the rest of it is refused.
#[test]
fn b09_batches_before_too_few_slots() {
    let case = case("B09");
    let (rate, size) = (case.given("batch_rate"), case.given("batch_size"));
    let hold = Dist::Exponential { mean: Span::from_secs_f64(case.given("mean_hold_s")) };
    let arrivals = bursts(rate, Sizes::Fixed(size as u32));
    let server = free_server("redis", case.given("slots") as u32);
    let mut loss = scenario(server, fleet(arrivals, per_request(NO_LEAK), hold), "1s");
    loss.duration = Span::from_secs_f64(requests_per_run(6.1) / (rate * size) / 0.9);
    let expected =
        [("p_block", case.expected("p_block_request")), ("mean_busy", case.expected("mean_busy"))];
    judge(&case, &expected, &loss);
}

/// Batches of five, all of one size or five on average: L = rho (E[X^2] + E[X]) / (2 E[X] (1 - rho)),
/// which is 12 for the first and rho E[X] / (1 - rho) = 20 for geometric ones.
#[test]
fn g03_requests_in_batches() {
    let case = case("G03");
    let mean = Span::from_secs_f64(case.given("mean_service_s"));
    let (rate, size) = (case.given("batch_rate"), case.given("batch_size"));
    let of = |sizes: Sizes, k: f64| {
        let service = Dist::Exponential { mean };
        line(bursts(rate, sizes), rate * size, service, pool(1), k)
    };
    let expected = ["L", "W", "Wq"].map(|figure| (figure, case.expected(figure)));
    judge(&case, &expected, &of(Sizes::Fixed(size as u32), 15.7));
    let rho = rate * size * mean.as_secs_f64();
    let l = rho * size / (1.0 - rho);
    let expected = [("L", l), ("W", l / (rate * size))];
    judge(&case.named("geometric batches"), &expected, &of(Sizes::Geometric(size), 20.0));
    // One or nine with equal weights: five on average, E[X^2] = 41.
    let l = rho * (41.0 + size) / (2.0 * size * (1.0 - rho));
    let table = Sizes::Table(vec![(1, 1.0), (9, 1.0), (100, 0.0)]);
    let case = crate::rule::case("G03").named("batches of one or nine");
    judge(&case, &[("L", l)], &of(table, 20.0));
}

/// An interrupted Poisson process before one slot: with rate a while it is on, and ends of its times on
/// and off at rates c and o, an arrival finds the hold of the one before unfinished with probability
/// phi(m), the transform of the time between two arrivals at the rate m at which holds end:
/// a (m + o) / (m^2 + (a + c + o) m + a o). The mean rate is a o / (c + o).
#[test]
fn an_interrupted_stream_before_one_slot() {
    let (a, c, o, m) = (2.0, 0.5, 0.25, 1.0);
    let exponential = |rate: f64| Dist::Exponential { mean: Span::from_secs_f64(1.0 / rate) };
    let arrivals = Arrivals::OnOff(OnOff {
        rate: per_second(a),
        even: false,
        on: exponential(c),
        off: exponential(o),
    });
    let fleet = fleet(arrivals, per_request(NO_LEAK), exponential(m));
    let loss = scenario(free_server("redis", 1), fleet, "60000s");
    let block = a * (m + o) / (m * m + (a + c + o) * m + a * o);
    let served = a * o / (c + o) * (1.0 - block);
    let case = case("B01").named("interrupted Poisson");
    judge(&case, &[("p_block", block), ("throughput", served)], &loss);
}
