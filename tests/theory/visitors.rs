//! Visitors who lose patience, against chains that can be solved.

use highwater::scenario::*;
use highwater::units::Span;

use crate::meter::Meter;
use crate::rule::case;
use crate::support::*;

/// Requests of exponential length at a pool, from visitors of this patience.
fn impatient(rate: f64, mean_s: f64, size: u32, patience: Dist, abandoned: Abandoned) -> Scenario {
    let hold = Dist::Exponential { mean: Span::from_secs_f64(mean_s) };
    let mut fleet = fleet(poisson(rate), Strategy::Pooled(pool(size)), hold);
    fleet.visitors.patience = Some(patience);
    fleet.abandoned = abandoned;
    scenario(free_server("redis", 1000), fleet, "4000s")
}

fn play_steady(scenario: &Scenario, seed: &str, run: u32, longer: f64) -> Meter {
    let mut played = scenario.clone();
    played.seed = seed.to_string();
    played.duration = Span::from_secs_f64(played.duration.as_secs_f64() * longer);
    Meter::steady(&played).play(&played, run)
}

/// Cancelled requests leave at rate n theta while n are there, wherever they are: a birth-death chain
/// with death rate min(n, c) mu + n theta. A share theta E[n] / lambda of them is abandoned.
#[test]
fn cancelled_requests_leave_like_a_birth_death_chain() {
    let (rate, mean_s, size, patience_s) = (50.0, 0.1, 4, 0.5);
    let (mu, theta) = (1.0 / mean_s, 1.0 / patience_s);
    let mut weights = vec![1.0f64];
    for n in 1..400 {
        let death = f64::from(n.min(size)) * mu + f64::from(n) * theta;
        weights.push(weights[n as usize - 1] * rate / death);
    }
    let all: f64 = weights.iter().sum();
    let mean = weights.iter().enumerate().map(|(n, w)| n as f64 * w).sum::<f64>() / all;
    let patience = Dist::Exponential { mean: Span::from_secs_f64(patience_s) };
    let chain = impatient(rate, mean_s, size as u32, patience, Abandoned::Cancelled);
    let expected = [("abandoned", theta * mean / rate), ("L", mean)];
    case("C01").named("cancelled").check_against(&expected, |seed, run, longer| {
        let mut meter = play_steady(&chain, seed, run, longer);
        let abandoned = meter.failed_by(Cause::Abandoned) / meter.arrived as f64;
        vec![abandoned, meter.figure("L", Span::ZERO)]
    });
}

/// Nobody tells the instance: its line is that of M/M/1 whatever the patience, and a share
/// exp(-(mu - lambda) t) of the visitors has left after t.
#[test]
fn abandoned_requests_that_go_on_leave_the_line_as_it_is() {
    let (rate, mean_s, patience_s) = (80.0, 0.01, 0.05);
    let gone = libm::exp(-(1.0 / mean_s - rate) * patience_s);
    let patience = Dist::Constant(Span::from_secs_f64(patience_s));
    let line = impatient(rate, mean_s, 1, patience, Abandoned::GoesOn);
    // Waits count whoever waits: rho / (mu - lambda).
    let wait = rate * mean_s / (1.0 / mean_s - rate);
    let expected = [("abandoned", gone), ("Wq", wait)];
    case("A01").named("goes on").check_against(&expected, |seed, run, longer| {
        let mut meter = play_steady(&line, seed, run, longer);
        let abandoned = meter.failed_by(Cause::Abandoned) / meter.arrived as f64;
        vec![abandoned, meter.figure("Wq", Span::ZERO)]
    });
}
