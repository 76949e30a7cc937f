//! Leaks: the level under an idle timeout, the time to fill, leaks beside traffic.

use highwater::engine::Observer;
use highwater::model::Observation;
use highwater::scenario::*;
use highwater::units::{SimTime, Span};

use crate::meter::{Meter, mean_and_variance, sampled};
use crate::probe::watch_until;
use crate::rule::case;
use crate::support::*;

fn s(s: f64) -> Span {
    Span::from_secs_f64(s)
}

/// Requests that each leak their connection with this probability, under the exact reaper. The client
/// closes when the server does, or it would run out of ports.
fn leaky(rate: f64, hold: f64, share: f64, timeout: f64, slots: u32) -> Scenario {
    let leak = Leak { kind: LeakKind::ClosesOnEof, on_success: ratio(share), ..NO_LEAK };
    let fleet = fleet(poisson(rate), per_request(leak), Dist::Constant(s(hold)));
    let mut server = free_server("redis", slots);
    server.timeout = s(timeout);
    scenario(server, fleet, "1s")
}

/// The level of leaks that live for 300 s each is a Poisson variable of mean 1,320, at every
/// instant. Instants 300 s apart are independent: 5,000 of them give the variance to 2 %, which is
/// 1 % of the standard deviation.
#[test]
fn d01_the_level_of_a_leak_under_a_timeout() {
    let case = case("D01").precision(0.025);
    let timeout = case.given("server_idle_timeout_s");
    let sd = case.expected("sd");
    let level = leaky(case.given("leaks_per_s"), 0.0, 1.0, timeout, 10_000);
    case.check_against(
        &[("mean", case.expected("mean")), ("variance", sd * sd)],
        |seed, run, longer| {
            let level = Scenario { seed: seed.to_string(), ..level.clone() };
            let instants = (2..252 * longer as u64).map(|i| SimTime::ZERO + s(timeout).times(i));
            let levels = sampled(&level, run, instants, |meter| meter.leaked.level as f64);
            let (mean, variance) = mean_and_variance(&levels);
            vec![mean, variance]
        },
    );
}

#[test]
fn d02_a_leak_under_a_timeout_from_the_start() {
    let case = case("D02").replications(200);
    let instants = ["60", "150", "300", "900"];
    let mut level = leaky(4.4, 0.0, 1.0, case.given("server_idle_timeout_s"), 10_000);
    level.duration = span("15min");
    let figures = instants.map(|at| format!("mean_at_s/{at}"));
    case.check(&figures.each_ref().map(String::as_str), |seed, run, _| {
        let level = Scenario { seed: seed.to_string(), ..level.clone() };
        let at = instants.map(|at| SimTime::ZERO + s(at.parse().unwrap()));
        sampled(&level, run, at, |meter| meter.leaked.level as f64)
    });
}

/// When the n-th connection was admitted.
#[derive(Default)]
struct Filled {
    received: u32,
    at: Option<SimTime>,
}

impl Observer<Observation> for Filled {
    fn observe(&mut self, at: SimTime, what: Observation) {
        if let Observation::Received { .. } = what {
            self.received += 1;
            if self.received == 10_000 {
                self.at = Some(at);
            }
        }
    }
}

/// The time of the 10,000th leak has a gamma law: its mean from few runs, its variance, from 1,200
/// runs of the first case and 200 of the second, to 4 % and 10 %.
#[test]
fn d03_and_d04_the_time_to_fill() {
    for (id, runs, precision) in [("D03", 60, 0.06), ("D04", 10, 0.15)] {
        let case = case(id).precision(precision);
        let (mean, sd) = (case.expected("mean_s"), case.expected("sd_s"));
        let mut filling = leaky(case.given("leaks_per_s"), 0.0, 1.0, 0.0, 10_000);
        filling.duration = s(mean + 10.0 * sd);
        case.check_against(&[("mean", mean), ("variance", sd * sd)], |seed, batch, longer| {
            let filling = Scenario { seed: seed.to_string(), ..filling.clone() };
            let runs = runs * longer as u32;
            let times: Vec<f64> = (batch * runs..(batch + 1) * runs)
                .map(|run| {
                    let mut filled = Filled::default();
                    watch_until(&filling, run, &mut filled, |filled| filled.at.is_some());
                    filled.at.unwrap().as_secs_f64()
                })
                .collect();
            let (mean, variance) = mean_and_variance(&times);
            vec![mean, variance]
        });
    }
}

/// A leak beside traffic is a loss system whose connections are held for a moment or for the
/// timeout; only the offered load matters. As in the incident, to within 5 %: p_reject has k = 237.
#[test]
fn d07_a_leak_beside_traffic_at_the_limit() {
    let case = case("D07").precision(0.05);
    let (rate, slots) = (case.given("arrival_rate"), case.given("maxclients") as u32);
    let mut busy = leaky(rate, case.given("mean_hold_s"), 0.002, 30.0, slots);
    busy.duration = s(120.0 + 1.3 * (20.0 * 237f64) * (20.0 * 237f64) / 20.0 / rate);
    check_leaky(&case, busy, &["p_reject", "mean_leaked", "mean_connected"]);
}

/// The same offered load from a hundredth of the requests, held a hundred times as long: the same
/// law for a hundredth of the work, and so to 1 %. The timeout runs from the reply, so it must cover
/// the hold as well.
#[test]
fn d07_from_a_hundredth_of_the_requests() {
    let case = case("D07");
    let slots = case.given("maxclients") as u32;
    let mut scaled = leaky(22.0, 0.25, 0.2, 30.25, slots);
    scaled.duration = s(120.0 + 1.7 * 237f64 * 237f64 * 100.0 / 20.0 / 22.0);
    check_leaky(&case, scaled, &["p_reject", "mean_leaked", "mean_connected"]);
}

/// Far below the limit nobody is refused, and the level is Little's law: likewise scaled.
#[test]
fn d09_a_leak_beside_traffic_below_the_limit() {
    let case = case("D09");
    let mut roomy = leaky(220.0, 0.25, 0.02, 300.25, case.given("maxclients") as u32);
    roomy.duration = s(4000.0);
    check_leaky(&case, roomy, &["p_reject", "mean_leaked", "mean_connected"]);
}

fn check_leaky(case: &crate::rule::Case, leaky: Scenario, figures: &[&str]) {
    // The level settles within a few timeouts.
    let settled = leaky.settings.servers[0].timeout.times(4);
    case.check(figures, |seed, run, longer| {
        let mut leaky = Scenario { seed: seed.to_string(), ..leaky.clone() };
        leaky.duration = s(leaky.duration.as_secs_f64() * longer);
        let from = SimTime::ZERO + settled;
        let mut meter = Meter { from, ..Meter::of(&leaky) }.play(&leaky, run);
        figures.iter().map(|figure| meter.figure(figure, Span::ZERO)).collect()
    });
}

/// When all twenty slots are held by leaks, and what had come until then.
#[derive(Default)]
struct Exhausted {
    arrived: u32,
    rejected: u32,
    leaked: u32,
    end: Option<[f64; 3]>,
}

impl Observer<Observation> for Exhausted {
    fn observe(&mut self, at: SimTime, what: Observation) {
        match what {
            Observation::Arrived { .. } => self.arrived += 1,
            Observation::Rejected { .. } => self.rejected += 1,
            Observation::Leaked { .. } => {
                self.leaked += 1;
                if self.leaked == 20 {
                    let (rejected, arrived) = (f64::from(self.rejected), f64::from(self.arrived));
                    self.end = Some([at.as_secs_f64(), rejected, arrived]);
                }
            }
            _ => {}
        }
    }
}

/// The number of refusals varies by nearly its mean from run to run: 4,000 runs give it to 1.5 %.
#[test]
fn d10_the_last_slot_is_leaked() {
    let case = case("D10").replications(4000).precision(0.02);
    let mean = s(case.given("mean_hold_s"));
    let mut filling = leaky(100.0, 0.0, 0.01, 0.0, 20);
    filling.duration = span("300s");
    let Step::Call(call) = &mut filling.settings.fleets[0].steps[0] else { unreachable!() };
    call.hold = Dist::Exponential { mean };
    let figures = ["mean_time_to_all_leaked_s", "mean_rejected", "mean_arrivals"];
    case.check(&figures, |seed, run, _| {
        let filling = Scenario { seed: seed.to_string(), ..filling.clone() };
        let mut exhausted = Exhausted::default();
        watch_until(&filling, run, &mut exhausted, |seen| seen.end.is_some());
        exhausted.end.unwrap().to_vec()
    });
}
