//! Rejection at a limit: slots and ephemeral ports.

use highwater::scenario::*;
use highwater::units::{SimTime, Span};

use crate::meter::Meter;
use crate::probe::Diary;
use crate::rule::case;
use crate::support::*;

/// A connection per request to a server with few slots: M/G/c/c.
fn loss(rate: f64, hold: Dist, slots: u32, requests: f64) -> Scenario {
    let fleet = fleet(poisson(rate), per_request(NO_LEAK), hold);
    let mut loss = scenario(free_server("redis", slots), fleet, "1s");
    loss.duration = Span::from_secs_f64(requests / rate / 0.9);
    loss
}

/// Requests per run, as in `waiting`.
fn requests(k: f64) -> f64 {
    1.7 * (100.0 * k) * (100.0 * k) / 20.0
}

#[test]
fn b01_and_b02_erlangs_loss_formula_for_every_law_of_the_hold() {
    let mean_of = |id| Span::from_secs_f64(case(id).given("mean_hold_s"));
    let (second, short) = (mean_of("B01"), mean_of("B02"));
    let laws = [
        ("B01", Dist::Exponential { mean: second }, 3.2),
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

/// Every connection holds a port, then TIME_WAIT does: 28,232 ports are the slots of a loss system
/// with constant holds of a minute. In B04 nearly all that varies is the number of arrivals, and their
/// rate is known, so the rate that gets through is measured; in B05 what the arrivals see, since there
/// the gap of the first minutes comes again every minute, and nothing but the arrivals varies.
#[test]
fn b04_and_b05_ephemeral_ports() {
    for id in ["B04", "B05"] {
        let case = case(id);
        let rate = case.given("connects_per_s");
        let mut ports = loss(rate, Dist::Constant(Span::ZERO), 1_000_000, 1.0);
        ports.settings.fleets[0].process = Process {
            port_first: 32_768,
            port_last: 60_999,
            time_wait: Span::from_secs_f64(case.given("time_wait_s")),
            ..free_process()
        };
        case.check(&["p_block"], |seed, run, longer| {
            let mut ports = ports.clone();
            ports.seed = seed.to_string();
            // Ports come free as they were taken a minute ago: the gap of the first minutes, when all
            // were free, takes a quarter of an hour to blur. Then whole minutes count.
            let blurred = Span::from_secs(900);
            ports.duration = blurred + Span::from_secs(600).times(longer as u64);
            let from = SimTime::ZERO + blurred;
            let meter = Meter { from, ..Meter::of(&ports) }.play(&ports, run);
            let refused = meter.failed_by(Cause::PortExhausted) / meter.arrived as f64;
            let through = meter.succeeded as f64 / meter.seconds();
            vec![if id == "B04" { 1.0 - through / rate } else { refused }]
        });
        let mut even_ports = ports.clone();
        even_ports.settings.fleets[0].arrivals = even(rate);
        even_ports.duration = Span::from_secs(60);
        let first = Diary::of(&even_ports).ends().into_iter().find(|(_, cause)| cause.is_some());
        let expected_ns = (28_232.0 / rate * 1e9).round();
        let (ms, cause) = first.unwrap();
        assert_eq!(((ms * 1e6).round(), cause), (expected_ns, Some(Cause::PortExhausted)), "{id}");
        assert!((ms / 1e3 - case.expected("first_exhaustion_s_deterministic")).abs() < 1e-5);
    }
}
