//! Rejection at a limit: slots and ephemeral ports.

use highwater::scenario::*;
use highwater::units::Span;

use crate::meter::Meter;
use crate::rule::case;
use crate::support::*;

/// A connection per request to a server with few slots: M/G/c/c.
fn loss(rate: f64, hold: Dist, slots: u32, requests: f64) -> Scenario {
    let fleet = fleet(poisson(rate), per_request(NO_LEAK), hold);
    let mut loss = scenario(free_server("redis", slots), fleet, "1s");
    loss.duration = Span::from_secs_f64(requests / rate / 0.9);
    loss
}

/// 1.3 x (100 k)^2 requests in 20 runs, as in `waiting`.
fn requests(k: f64) -> f64 {
    650.0 * k * k
}

#[test]
fn b01_and_b02_erlangs_loss_formula_for_every_law_of_the_hold() {
    let mean_of = |id| Span::from_secs_f64(case(id).given("mean_hold_s"));
    let (second, short) = (mean_of("B01"), mean_of("B02"));
    let laws = [
        ("B01", Dist::Exponential { mean: second }, 2.8),
        ("B02", Dist::Exponential { mean: short }, 18.5),
        ("B02", Dist::Constant(short), 8.7),
        ("B02", Dist::LogNormal { mean: short, cv2: 4.0 }, 17.1),
    ];
    for (id, hold, k) in laws {
        let case = case(id);
        let (rate, slots) = (case.given("arrival_rate"), case.given("slots") as u32);
        let loss = loss(rate, hold, slots, requests(k));
        case.check(&["p_block", "mean_busy"], |seed, run, longer| {
            let mut loss = loss.clone();
            loss.seed = seed.to_string();
            loss.duration = Span::from_secs_f64(loss.duration.as_secs_f64() * longer);
            let mut meter = Meter::steady(&loss).play(&loss, run);
            ["p_block", "mean_busy"].map(|f| meter.figure(f, Span::ZERO)).to_vec()
        });
    }
}
