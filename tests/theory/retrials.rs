//! Orbits: who finds no slot comes again after a pause that is drawn.

use highwater::model::Observation;
use highwater::scenario::*;
use highwater::units::Span;

use crate::meter::Meter;
use crate::rule::{Case, case};
use crate::support::*;

/// Callers hold a slot for an exponential time, or come again after an exponential pause.
fn orbit(case: &Case, attempts: Option<u32>, duration: f64) -> Scenario {
    let mean = |key: &str| Span::from_secs_f64(case.given(key));
    let hold = Dist::Exponential { mean: mean("mean_hold_s") };
    let mut callers = fleet(poisson(case.given("arrival_rate")), per_request(NO_LEAK), hold);
    let pause = Backoff::Drawn(Dist::Exponential { mean: mean("mean_backoff_s") });
    callers.retry = Retry::again(attempts, pause, Jitter::None);
    let mut orbit = scenario(free_server("redis", case.given("slots") as u32), callers, "1h");
    orbit.duration = Span::from_secs_f64(duration);
    orbit.sample_every = orbit.duration;
    orbit
}

/// The figures of a steady run: attempts that were refused, by whether they were the first of their
/// request, follow from counts: every request has one first attempt.
fn figure(meter: &mut Meter, name: &str) -> f64 {
    let arrived = meter.arrived as f64;
    match name {
        "mean_orbit" => meter.mean(meter.in_flight) - meter.mean(meter.slots),
        "attempt_rate" => meter.attempted as f64 / meter.seconds(),
        "loss_fraction" => meter.failed_by(Cause::Rejected) / arrived,
        _ => meter.figure(name, Span::ZERO),
    }
}

/// The same case, played so long that its figures are known to `share`.
fn check(id: &'static str, attempts: Option<u32>, duration: f64, share: f64, figures: &[&str]) {
    let case = case(id).precision(share);
    let orbit = orbit(&case, attempts, duration);
    case.check(figures, |seed, run, longer| {
        let duration = Span::from_secs_f64(orbit.duration.as_secs_f64() * longer);
        let orbit = Scenario { seed: seed.to_string(), duration, ..orbit.clone() };
        let mut meter = Meter::steady(&orbit).play(&orbit, run);
        figures.iter().map(|name| figure(&mut meter, name)).collect()
    });
}

#[test]
fn e05_and_e06_one_slot_and_an_orbit() {
    check("E05", None, 60_000.0, 0.03, &["mean_orbit", "amplification", "mean_busy"]);
    check("E06", None, 60_000.0, 0.03, &["mean_orbit", "amplification", "mean_busy"]);
}

#[test]
fn e07_ten_slots_and_an_orbit() {
    check(
        "E07",
        None,
        6_000.0,
        0.03,
        &["mean_orbit", "amplification", "attempt_rate", "mean_busy"],
    );
}

#[test]
fn e09_one_retry_after_an_exponential_pause() {
    check("E09", Some(2), 6_000.0, 0.03, &["mean_orbit", "amplification", "loss_fraction"]);
}

/// Reference cases E27 and E28: the retries of clients that all fail at once and draw their pauses
/// evenly from a window; the probability that no two come within delta of each other is
/// (1 - (n - 1) delta / window)^n.
#[test]
fn e27_and_e28_no_two_retries_within_delta() {
    for id in ["E27", "E28"] {
        let case = case(id);
        let (clients, window) = (case.given("clients"), case.given("window_s"));
        let arrivals =
            Arrivals::Instants { at: vec![highwater::units::SimTime::ZERO], each: clients as u32 };
        let mut refused = fleet(arrivals, per_request(NO_LEAK), Dist::Constant(Span::ZERO));
        let window = Span::from_secs_f64(window);
        refused.retry = Retry::again(Some(2), Backoff::Constant(window), Jitter::Full);
        let mut server = free_server("redis", 1);
        server.internal.admin = 1;
        let refused = scenario(server, refused, "10s");
        let apart = |run: u32| {
            let mut diary = crate::probe::Diary::default();
            crate::probe::watch(&refused, run, &mut diary);
            let mut at = diary.ms(|what| matches!(what, Observation::Attempted { .. }));
            at.retain(|ms| *ms > 0.0);
            assert_eq!(at.len(), clients as usize);
            let delta = case.given("delta_s") * 1e3;
            at.windows(2).all(|pair| pair[1] - pair[0] >= delta)
        };
        let (runs, p) = (2000, case.expected("p_no_pair_within_delta"));
        let share = (0..runs).filter(|run| apart(*run)).count() as f64 / f64::from(runs);
        let standard_error = (p * (1.0 - p) / f64::from(runs)).sqrt();
        assert!((share - p).abs() < 4.0 * standard_error, "{id}: {share} of {p}");
    }
}
