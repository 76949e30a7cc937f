//! Closed loops: users who think, ask, wait for the end, and think again.

use highwater::scenario::*;
use highwater::units::{Ratio, Span};

use crate::meter::Meter;
use crate::rule::{Case, case};
use crate::support::*;

fn users(case: &Case, users: &str, think: &str) -> Arrivals {
    Arrivals::Users(Users {
        users: case.given(users) as u32,
        think: Dist::Exponential { mean: Span::from_secs_f64(case.given(think)) },
        thinking_first: true,
        leave: Ratio::ZERO,
        return_after: None,
    })
}

/// Played so long, the figures of a run after its first tenth.
fn figures(scenario: &Scenario, seed: &str, run: u32, longer: f64, of: &[&str]) -> Vec<f64> {
    let mut played = scenario.clone();
    played.seed = seed.to_string();
    played.duration = Span::from_secs_f64(played.duration.as_secs_f64() * longer);
    let mut meter = Meter::steady(&played).play(&played, run);
    of.iter().map(|figure| meter.figure(figure, Span::ZERO)).collect()
}

/// Engset: the refused think again. A limited number of users sees another congestion than the clock.
#[test]
fn b06_users_before_too_few_slots() {
    let case = case("B06");
    let hold = Dist::Exponential { mean: Span::from_secs_f64(case.given("mean_hold_s")) };
    let arrivals = users(&case, "clients", "think_s");
    let slots = case.given("slots") as u32;
    let closed =
        scenario(free_server("redis", slots), fleet(arrivals, per_request(NO_LEAK), hold), "800s");
    let expected =
        [("p_block", case.expected("call_congestion")), ("mean_busy", case.expected("mean_busy"))];
    case.check_against(&expected, |seed, run, longer| {
        figures(&closed, seed, run, longer, &["p_block", "mean_busy"])
    });
}

/// The machine repair model: one connection for fifty users; N = X (Z + R) ties its figures together.
#[test]
fn f01_users_wait_for_one_connection() {
    let case = case("F01");
    let hold = Dist::Exponential { mean: Span::from_secs_f64(case.given("mean_service_s")) };
    let arrivals = users(&case, "users", "mean_think_s");
    let pooled = Strategy::Pooled(pool(case.given("pool") as u32));
    let closed = scenario(free_server("redis", 100), fleet(arrivals, pooled, hold), "1500s");
    let expected = [
        ("throughput", case.expected("throughput")),
        ("W", case.expected("R")),
        ("L", case.expected("mean_in_system")),
        ("p_wait", case.expected("p_wait")),
    ];
    case.check_against(&expected, |seed, run, longer| {
        figures(&closed, seed, run, longer, &expected.map(|(figure, _)| figure))
    });
}

/// The same server, the same load: open arrivals wait twice as long as ten users, and a user alone
/// never waits.
#[test]
fn f03_an_open_loop_waits_longer_than_a_closed_one() {
    let case = case("F03");
    let mean = Span::from_secs_f64(case.given("mean_service_s"));
    let of = |arrivals: Arrivals| {
        let fleet = fleet(arrivals, Strategy::Pooled(pool(1)), Dist::Exponential { mean });
        scenario(free_server("redis", 100), fleet, "40000s")
    };
    let closed = |users: u32, think: f64| {
        let think = Dist::Exponential { mean: Span::from_secs_f64(think) };
        of(Arrivals::Users(Users {
            users,
            think,
            thinking_first: true,
            leave: Ratio::ZERO,
            return_after: None,
        }))
    };
    let all = [of(poisson(case.given("open_rate"))), closed(1, 1.0), closed(10, 1.145)];
    let expected = [
        ("open", case.expected("open_mean_latency_s")),
        ("one user", case.expected("closed_1_mean_latency_s")),
        ("ten users", case.expected("closed_10_mean_latency_s")),
        ("throughput of ten", case.expected("closed_10_throughput")),
    ];
    case.check_against(&expected, |seed, run, longer| {
        let w = |scenario| figures(scenario, seed, run, longer, &["W"])[0];
        let ten = figures(&all[2], seed, run, longer, &["W", "throughput"]);
        vec![w(&all[0]), w(&all[1]), ten[0], ten[1]]
    });
}
