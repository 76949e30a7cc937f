//! Statistics of runs: coverage of intervals, common random numbers, rare events, conservation.

use highwater::engine::Observer;
use highwater::model::Observation;
use highwater::scenario::*;
use highwater::theory::mean_interval;
use highwater::units::{SimTime, Span};
use rayon::prelude::*;

use crate::meter::Meter;
use crate::probe::watch;
use crate::rule::case;
use crate::support::*;

fn s(s: f64) -> Span {
    Span::from_secs_f64(s)
}

fn line(rate: f64, mean_s: f64, connections: u32, duration: f64) -> Scenario {
    let hold = Dist::Exponential { mean: s(mean_s) };
    let fleet = fleet(poisson(rate), Strategy::Pooled(pool(connections)), hold);
    Scenario { duration: s(duration), ..scenario(free_server("redis", 1000), fleet, "1s") }
}

/// Of a hundred 95 % intervals over 20 replications about 95 hold the truth. In the small: 400
/// intervals over the loss system of B01, 2,000 requests a run (the case asks for 500 over A01).
#[test]
fn n01_intervals_hold_what_they_promise() {
    let (coverage, loss) = (case("N01"), case("B01"));
    let truth = loss.expected("p_block");
    let hold = Dist::Exponential { mean: s(1.0) };
    let fleet = fleet(poisson(10.0), per_request(NO_LEAK), hold);
    let mut slots = scenario(free_server("redis", 10), fleet, "222s");
    slots.seed = "case N01".to_string();
    let values: Vec<f64> = (0..400 * 20)
        .into_par_iter()
        .map(|run| Meter::steady(&slots).play(&slots, run).figure("p_block", Span::ZERO))
        .collect();
    let held = values
        .chunks(20)
        .map(mean_interval)
        .filter(|interval| (interval.low..=interval.high).contains(&truth))
        .count();
    let share = held as f64 / 400.0;
    println!("N01 coverage: {share}");
    let bounds = coverage.expected("coverage_low")..=coverage.expected("coverage_high");
    assert!(bounds.contains(&share), "{share} of the intervals hold {truth}");
}

/// Two pools on the same arrivals and holds differ by less chance than two on their own.
#[test]
fn n04_common_random_numbers_make_differences_sharper() {
    let case = case("N04");
    let waits = |connections: u32, run: u32| {
        let mut line = line(850.0, 0.01, connections, 100_000.0 / 850.0 / 0.9);
        line.seed = "case N04".to_string();
        Meter::steady(&line).play(&line, run).figure("Wq", Span::ZERO)
    };
    let runs: Vec<(f64, f64)> =
        (0..60).into_par_iter().map(|run| (waits(10, run), waits(11, run))).collect();
    let spread = |values: Vec<f64>| mean_interval(&values);
    let ten = spread(runs.iter().map(|run| run.0).collect());
    let eleven = spread(runs.iter().map(|run| run.1).collect());
    let difference = spread(runs.iter().map(|run| run.0 - run.1).collect());
    let square = |x: f64| x * x;
    let gain = (square(ten.sd) + square(eleven.sd)) / square(difference.sd);
    let error = difference.sd / 60f64.sqrt();
    let expected = case.expected("mean_wait_difference_s");
    println!(
        "N04: difference {} ({:+.2} standard errors), {gain:.2} times less variance",
        difference.mean,
        (difference.mean - expected) / error
    );
    assert!((difference.mean - expected).abs() <= 4.0 * error);
    assert!(gain >= case.expected("variance_ratio_independent_over_crn_at_least"));
}

/// Counts busy periods, and those in which twenty were in the system at once.
#[derive(Default)]
struct Overflows {
    in_system: u32,
    peak: u32,
    periods: u64,
    overflows: u64,
}

impl Observer<Observation> for Overflows {
    fn observe(&mut self, _: SimTime, what: Observation) {
        match what {
            Observation::Arrived { .. } => {
                self.in_system += 1;
                self.peak = self.peak.max(self.in_system);
            }
            Observation::Succeeded { .. } => {
                self.in_system -= 1;
                if self.in_system == 0 {
                    self.periods += 1;
                    self.overflows += u64::from(self.peak >= 20);
                    self.peak = 0;
                }
            }
            _ => {}
        }
    }
}

/// About one busy period in 343 overflows; a busy period is 5 requests long. 20 million requests
/// give the share to 1 %.
#[test]
fn m01_twenty_in_the_system_before_none() {
    let line = line(80.0, 0.01, 1, 1_000_000.0 / 80.0);
    case("M01").check(&["probability"], |seed, run, longer| {
        let mut line = Scenario { seed: seed.to_string(), ..line.clone() };
        line.duration = s(line.duration.as_secs_f64() * longer);
        let mut seen = Overflows::default();
        watch(&line, run, &mut seen);
        vec![seen.overflows as f64 / seen.periods as f64]
    });
}

/// Reference case N05 in one eventful run that runs empty: every request ends once, what is opened
/// is closed, every attempt is a first one or a retry, and the integral of the number in the system
/// is the sum of the sojourns, to the nanosecond.
#[test]
fn n05_littles_law_is_exact_in_every_run() {
    for run in 0..20 {
        let patient = Pooled { wait_timeout: Some(span("30ms")), ..pool(5) };
        let hold = Dist::LogNormal { mean: s(0.02), cv2: 4.0 };
        let mut fleet = fleet(poisson(240.0), Strategy::Pooled(patient), hold);
        fleet.arrivals = Arrivals::Poisson(Profile::Steps(vec![
            (SimTime::ZERO, per_second(240.0)),
            (at("100s"), per_second(0.0)),
        ]));
        fleet.retry =
            Retry::again(Some(3), Backoff::exponential(span("5ms"), 2.0, span("1s")), Jitter::Full);
        let mut server = redis(4);
        server.cost.command = span("100us");
        let mut busy = scenario(server, fleet, "200s");
        busy.settings.network.delay = Dist::Exponential { mean: span("1ms") };
        let mut little = Little::default();
        watch(&busy, run, &mut little);
        assert!(little.failed > 0 && little.attempts > little.arrived, "the run is eventful");
        assert_eq!((little.in_flight, little.arrived), (0, little.succeeded + little.failed));
        assert_eq!(little.area, little.sojourns, "run {run}");
    }
}

#[derive(Default)]
struct Little {
    arrived: u64,
    attempts: u64,
    succeeded: u64,
    failed: u64,
    in_flight: u64,
    since: SimTime,
    area: u128,
    sojourns: u128,
}

impl Observer<Observation> for Little {
    fn observe(&mut self, at: SimTime, what: Observation) {
        let change = |little: &mut Little, by: i64| {
            let span = u128::from(at.since(little.since).as_ns());
            little.area += u128::from(little.in_flight) * span;
            little.since = at;
            little.in_flight = little.in_flight.checked_add_signed(by).unwrap();
        };
        match what {
            Observation::Arrived { .. } => {
                self.arrived += 1;
                change(self, 1);
            }
            Observation::Attempted { .. } => self.attempts += 1,
            Observation::Succeeded { began, .. } => {
                self.succeeded += 1;
                self.sojourns += u128::from(at.since(began).as_ns());
                change(self, -1);
            }
            Observation::Failed { began, .. } => {
                self.failed += 1;
                self.sojourns += u128::from(at.since(began).as_ns());
                change(self, -1);
            }
            _ => {}
        }
    }
}
