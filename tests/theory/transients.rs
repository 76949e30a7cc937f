//! On the way: a step of load, a start from empty, the wait of the n-th request.

use highwater::engine::Observer;
use highwater::model::Observation;
use highwater::scenario::*;
use highwater::units::{SimTime, Span};

use crate::meter::sampled;
use crate::probe::watch_until;
use crate::rule::case;
use crate::support::*;

fn s(s: f64) -> Span {
    Span::from_secs_f64(s)
}

/// The load steps up after a second; twenty mean holds before that are as good as for ever.
#[test]
fn d13_and_d14_a_step_of_load() {
    let mean = s(0.05);
    for (id, hold) in [("D13", Dist::Exponential { mean }), ("D14", Dist::Constant(mean))] {
        let case = case(id).replications(60);
        let rate = |key| per_second(case.given(key));
        let arrivals = Arrivals::Poisson(Profile::Steps(vec![
            (SimTime::ZERO, rate("rate_before")),
            (SimTime::ZERO + s(1.0), rate("rate_after")),
        ]));
        let fleet = fleet(arrivals, per_request(NO_LEAK), hold);
        let step = scenario(free_server("redis", 1_000_000), fleet, "2s");
        let instants = ["0.02", "0.05", "0.1"];
        let figures = instants.map(|at| format!("mean_in_use_at_s/{at}"));
        case.check(&figures.each_ref().map(String::as_str), |seed, run, _| {
            let step = Scenario { seed: seed.to_string(), ..step.clone() };
            let at = instants.map(|at| SimTime::ZERO + s(1.0 + at.parse::<f64>().unwrap()));
            sampled(&step, run, at, |meter| meter.slots.level as f64)
        });
    }
}

#[test]
fn d15_a_loss_system_from_empty() {
    let case = case("D15").replications(3000);
    let hold = Dist::Exponential { mean: s(case.given("mean_hold_s")) };
    let fleet = fleet(poisson(case.given("arrival_rate")), per_request(NO_LEAK), hold);
    let start = scenario(free_server("redis", case.given("slots") as u32), fleet, "6s");
    let instants = ["0.5", "1", "2", "5"];
    let figures = instants.map(|at| format!("mean_busy_at_s/{at}"));
    case.check(&figures.each_ref().map(String::as_str), |seed, run, _| {
        let start = Scenario { seed: seed.to_string(), ..start.clone() };
        let at = instants.map(|at| SimTime::ZERO + s(at.parse().unwrap()));
        sampled(&start, run, at, |meter| meter.slots.level as f64)
    });
}

/// The waits of the first requests, in the order of their checkouts (which is that of arrival).
#[derive(Default)]
struct Waits(Vec<f64>);

impl Observer<Observation> for Waits {
    fn observe(&mut self, _: SimTime, what: Observation) {
        if let Observation::CheckedOut { wait, .. } = what {
            self.0.push(wait.as_secs_f64());
        }
    }
}

/// Reference case N02: what a warm-up must leave out, exactly.
#[test]
fn n02_the_wait_of_the_nth_request_after_an_empty_start() {
    let case = case("N02").replications(45_000);
    let mean = s(case.given("mean_service_s"));
    let line = fleet(poisson(80.0), Strategy::Pooled(pool(1)), Dist::Exponential { mean });
    let start = scenario(free_server("redis", 10), line, "20s");
    let numbers = [2, 10, 100];
    let figures = numbers.map(|n| format!("mean_wait_of_nth_request_s/{n}"));
    case.check(&figures.each_ref().map(String::as_str), |seed, run, _| {
        let start = Scenario { seed: seed.to_string(), ..start.clone() };
        let mut waits = Waits::default();
        watch_until(&start, run, &mut waits, |waits| waits.0.len() >= 100);
        numbers.iter().map(|n| waits.0[n - 1]).collect()
    });
}
