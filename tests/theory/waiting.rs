//! Waiting in a pool: M/M/c, M/G/1, M/D/c, D/M/1, bounded lines, patience. Those of which a run's own
//! figures say all are played by `highwater verify`: A01, A02, and A08, A09 and A12 in a pool.

use highwater::scenario::*;
use highwater::units::Span;

use crate::meter::Meter;
use crate::rule::{Case, case};
use crate::support::*;

/// Requests that a figure needs in all 20 replications for a standard error of 1 %, where `k` is its
/// relative standard deviation times the root of the requests. Two thirds more than that, since the
/// standard error of 20 runs is itself known to 16 % only.
pub fn requests_per_run(k: f64) -> f64 {
    1.7 * (100.0 * k) * (100.0 * k) / 20.0
}

/// The service of the case.
fn service(case: &Case, law: &str) -> Dist {
    let mean = Span::from_secs_f64(case.given("mean_service_s"));
    match law {
        "exp" => Dist::Exponential { mean },
        "deterministic" => Dist::Constant(mean),
        "lognormal" => Dist::LogNormal { mean, cv2: case.given("cv2") },
        _ => panic!("there is no law {law}"),
    }
}

/// A pool whose callers arrive by `arrivals`, as long as `k` needs.
pub fn line(arrivals: Arrivals, rate: f64, service: Dist, pool: Pooled, k: f64) -> Scenario {
    let fleet = fleet(arrivals, Strategy::Pooled(pool), service);
    let mut line = scenario(free_server("redis", 1_000_000), fleet, "1s");
    line.duration = Span::from_secs_f64(requests_per_run(k) / rate / 0.9);
    line
}

/// Plays `line` for the case and judges its figures.
pub fn check(case: &Case, figures: &[&str], line: &Scenario) {
    let patience = match &line.settings.fleets[0].connections[0].strategy {
        Strategy::Pooled(pool) => pool.wait_timeout.unwrap_or(Span::ZERO),
        _ => Span::ZERO,
    };
    case.check(figures, |seed, run, longer| {
        let mut line = line.clone();
        line.seed = seed.to_string();
        line.duration = Span::from_secs_f64(line.duration.as_secs_f64() * longer);
        let mut meter = Meter::steady(&line).play(&line, run);
        figures.iter().map(|figure| meter.figure(figure, patience)).collect()
    });
}

/// A pool without end to its line.
fn check_pool(id: &'static str, law: &str, k: f64, figures: &[&str]) {
    let case = case(id);
    let rate = case.given("arrival_rate");
    let pool = pool(case.given("pool") as u32);
    check(&case, figures, &line(poisson(rate), rate, service(&case, law), pool, k));
}

#[test]
fn a10_holds_of_great_variance() {
    check_pool("A10", "lognormal", 36.0, &["p_wait", "Wq", "W", "Lq", "L"]);
}

#[test]
fn a05_a_line_with_room_for_twelve() {
    let case = case("A05");
    let max_waiting = Some(case.given("max_waiting") as u32);
    let pool = Pooled { max_waiting, ..pool(case.given("pool") as u32) };
    let line = line(poisson(1000.0), 1000.0, service(&case, "exp"), pool, 12.3);
    let figures =
        ["p_block", "accepted_rate", "L", "Lq", "Wq_accepted", "W_accepted", "p_wait_accepted"];
    check(&case, &figures, &line);
}

/// Arrivals like clockwork. The relative deviation k is about 8 at 0.8 and 29 at 0.95 of the load:
/// half the variance of A01 and of its like at 0.95.
#[test]
fn a14_and_a15_arrivals_like_clockwork() {
    for (id, k) in [("A14", 8.0), ("A15", 29.0)] {
        let case = case(id);
        let rate = case.given("arrival_rate");
        let line = line(even(rate), rate, service(&case, "exp"), pool(1), k);
        check(&case, &["p_wait", "Wq", "W"], &line);
    }
}

/// M/D/1 is the plain server, first come, first served: commands of 10 ms on a shared connection.
#[test]
fn a07_a_plain_server_is_m_d_1() {
    let case = case("A07");
    let service = Span::from_secs_f64(case.given("mean_service_s"));
    let shared = Strategy::Shared(Shared::plain(1));
    let mut server = free_server("redis", 10);
    server.discipline = Discipline::Fifo;
    server.cost.command = service;
    let fleet = fleet(poisson(80.0), shared, Dist::Constant(Span::ZERO));
    let plain = scenario(server, fleet, "1s");
    case.check(&["p_wait", "Wq", "W", "Lq", "L"], |seed, run, longer| {
        let mut plain = plain.clone();
        plain_run(&mut plain, seed, longer);
        let mut meter = Meter { slow: service, ..Meter::steady(&plain) }.play(&plain, run);
        let (w, l) = (meter.figure("W", Span::ZERO), meter.figure("L", Span::ZERO));
        let wq = w - service.as_secs_f64();
        let p_wait = meter.slower as f64 / meter.succeeded as f64;
        vec![p_wait, wq, w, wq * meter.succeeded as f64 / meter.seconds(), l]
    });
}

fn plain_run(plain: &mut Scenario, seed: &str, longer: f64) {
    plain.seed = seed.to_string();
    plain.duration = Span::from_secs_f64(longer * requests_per_run(7.8) / 80.0 / 0.9);
}

/// A server with workers is M/D/c: as many connections as callers, and cores enough for some of them.
#[test]
fn a08_and_a09_workers_are_m_d_c() {
    for (id, k) in [("A08", 14.5), ("A09", 13.2)] {
        let case = case(id);
        let rate = case.given("arrival_rate");
        let service = Span::from_secs_f64(case.given("mean_service_s"));
        let mut server = free_server("postgresql", 1_000_000);
        server.discipline = Discipline::Workers;
        server.workers = case.given("pool") as u32;
        server.cost.command = service;
        let callers = fleet(poisson(rate), per_request(NO_LEAK), Dist::Constant(Span::ZERO));
        let mut workers = scenario(server, callers, "1s");
        workers.duration = Span::from_secs_f64(requests_per_run(k) / rate / 0.9);
        case.check(&["p_wait", "Wq", "W"], |seed, run, longer| {
            let mut workers = Scenario { seed: seed.to_string(), ..workers.clone() };
            workers.duration = Span::from_secs_f64(workers.duration.as_secs_f64() * longer);
            let meter = Meter { slow: service, ..Meter::steady(&workers) };
            let mut meter = meter.play(&workers, run);
            let w = meter.figure("W", Span::ZERO);
            let p_wait = meter.slower as f64 / meter.succeeded as f64;
            vec![p_wait, w - service.as_secs_f64(), w]
        });
    }
}

/// One command in a hundred is slow, served first come, first served, by a plain server and by one
/// worker: M/G/1. Two fleets, each with a cost of its own, make the mixture.
#[test]
fn a12_commands_of_two_costs_are_m_g_1() {
    let case = case("A12");
    let of = |name: &str, rate: f64, cost: &str| {
        let callers = fleet(poisson(rate), per_request(NO_LEAK), Dist::Constant(Span::ZERO));
        let steps = vec![Step::Call(Call { cost: Some(Dist::Constant(span(cost))), ..call() })];
        Fleet { name: name.to_string(), steps, ..callers }
    };
    for discipline in [Discipline::Fifo, Discipline::Workers] {
        let server = Server { discipline, ..free_server("redis", 1_000_000) };
        let mut mixed = scenario(server, of("quick", 198.0, "1ms"), "1s");
        mixed.settings.fleets.push(of("slow", 2.0, "101ms"));
        mixed.duration = Span::from_secs_f64(requests_per_run(13.2) / 200.0 / 0.9);
        case.check(&["Wq", "W", "L"], |seed, run, longer| {
            let mut mixed = Scenario { seed: seed.to_string(), ..mixed.clone() };
            mixed.duration = Span::from_secs_f64(mixed.duration.as_secs_f64() * longer);
            let mut meter = Meter::steady(&mixed).play(&mixed, run);
            let w = meter.figure("W", Span::ZERO);
            vec![w - 0.002, w, meter.figure("L", Span::ZERO)]
        });
    }
}

#[test]
fn c03_and_c04_callers_who_give_up() {
    let figures = ["p_wait", "p_abandon", "Wq_all", "Wq_served", "Lq", "throughput"];
    for (id, k, figures) in [("C03", 9.0, &figures), ("C04", 30.0, &figures)] {
        let case = case(id);
        let wait_timeout = Some(Span::from_secs_f64(case.given("checkout_timeout_s")));
        let pool = Pooled { wait_timeout, ..pool(10) };
        let rate = case.given("arrival_rate");
        let line = line(poisson(rate), rate, service(&case, "exp"), pool, k);
        check(&case, figures, &line);
    }
}

/// The smallest figures of a pool whose callers are as patient as a hold is long: the shares that give
/// up at 80, 100 and 120 % of the load (M/M/10 with fixed patience, `theory::mm_c_fixed_patience`).
#[test]
fn a_pool_of_ten_whose_callers_wait_as_long_as_a_hold() {
    let hold = Span::from_ns(50_000_000);
    let plain = Pooled { wait_timeout: Some(hold), ..pool(10) };
    // Who dials makes no difference once all ten are open.
    let workers =
        Workers { workers: None, pause: Span::ZERO, one_growth: false, while_needed: false };
    let background = Pooled {
        wait_covers: WaitCovers::All,
        dialling: Dialling::Background(workers),
        ..plain.clone()
    };
    for (pool, rate, share, k) in [
        (&plain, 160.0, 0.0115887, 16.0),
        (&plain, 200.0, 0.0682118, 8.0),
        (&plain, 240.0, 0.1774236, 6.0),
        (&background, 240.0, 0.1774236, 6.0),
    ] {
        let pool = pool.clone();
        let line = line(poisson(rate), rate, Dist::Exponential { mean: hold }, pool, k);
        case("C03").named("pool of ten").check_against(
            &[("p_abandon", share)],
            |seed, run, longer| {
                let mut line = Scenario { seed: format!("{seed}, {rate}"), ..line.clone() };
                line.duration = Span::from_secs_f64(line.duration.as_secs_f64() * longer);
                vec![Meter::steady(&line).play(&line, run).figure("p_abandon", hold)]
            },
        );
    }
}

/// One pool of 20 against four of 5 with a quarter of the requests each, dealt out by chance.
#[test]
fn g07_one_pool_waits_less_than_its_parts() {
    let case = case("G07");
    let mean = Span::from_secs_f64(case.given("mean_service_s"));
    let service = Dist::Exponential { mean };
    let shared = line(poisson(1600.0), 1600.0, service.clone(), pool(20), 25.0);
    check(&case, &["shared_Wq"], &shared);
    let mut parts = line(poisson(1600.0), 1600.0, service, pool(5), 19.4);
    parts.settings.fleets[0].instances = 4;
    check(&case, &["partitioned_Wq"], &parts);
}
