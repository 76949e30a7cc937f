//! Leaks and limits.

use super::cases::{case, ms, rate};
use highwater::scenario::{DescriptorRule, Nofile};
use highwater::theory::*;
use highwater::units::{Span, parse_rate};

#[test]
fn leaks_under_an_idle_timeout_are_poisson() {
    let case = case("D01_leak_with_idle_timeout_occupancy");
    let leak = rate(case.given("leaks_per_s"));
    let timeout = Span::from_secs_f64(case.given("server_idle_timeout_s"));
    let mean = open_leaks(leak, Some(timeout), timeout);
    case.check("mean", mean);
    case.check("sd", mean.sqrt());
    for (name, q) in [("p05", 0.05), ("p50", 0.5), ("p95", 0.95), ("p99", 0.99)] {
        case.check(name, poisson_quantile(mean, q) as f64);
    }
    case.check("p999999", poisson_quantile(mean, 0.999_999) as f64);
    for seconds in [60, 150, 300, 900] {
        let early = self::case("D02_leak_occupancy_transient");
        let mean = open_leaks(leak, Some(timeout), Span::from_secs(seconds));
        early.check(&format!("mean_at_s/{seconds}"), mean);
    }
}

#[test]
fn fill_times_follow_a_gamma_law() {
    for id in ["D03_fill_time_264_per_min", "D04_fill_time_120_per_min"] {
        let case = case(id);
        let full =
            FillTime { count: case.given("slots") as u32, leak: rate(case.given("leaks_per_s")) };
        case.check("mean_s", full.mean_s());
        case.check("sd_s", full.sd_s());
        case.check("p05_s", full.quantile_s(0.05));
        case.check("p95_s", full.quantile_s(0.95));
    }
}

/// The storefront: 240 MB and 0.618 MB per leaked connection under 2,048 MB, 340 requests a second on
/// three tasks, of which the share 1.2607e-3 leaks. Each task alone dies near 341 min, standard
/// deviation 6.3 min; the first of three near 336 min.
#[test]
fn memory_runs_out_by_a_gamma_law() {
    let leak = rate(340.0 / 3.0 * 1.2607e-3);
    let dead = FillTime::of_memory(1_808_000_000, 618_000, leak);
    assert_eq!(dead.count, 2926);
    assert_eq!(format!("{:.1}", dead.mean_s() / 60.0), "341.3");
    assert_eq!(format!("{:.1}", dead.sd_s() / 60.0), "6.3");
    assert_eq!(format!("{:.0}", dead.first_mean_s(3) / 60.0), "336");
    // The smallest of three normal numbers is 0.8463 standard deviations below their mean; the gamma
    // law of 2,926 leaks is skewed by 2/sqrt(2926) = 0.037, so this holds to a few hundredths.
    let below = (dead.mean_s() - dead.first_mean_s(3)) / dead.sd_s();
    assert!((below - 0.8463).abs() < 0.037, "{below}");
    assert_eq!(dead.first_quantile_s(1, 0.3), dead.quantile_s(0.3));
    let median = dead.first_quantile_s(3, 0.5);
    let alive = libm::pow(1.0 - dead.over_by(median), 3.0);
    assert!((alive - 0.5).abs() < 1e-9, "{alive}");
}

#[test]
fn a_leak_shares_the_slots_with_the_traffic() {
    for id in [
        "D06_leak_plus_traffic_c1400",
        "D07_leak_plus_traffic_c140",
        "D09_leak_plus_traffic_c10000",
    ] {
        let case = case(id);
        let seen = leaky_server(
            rate(case.given("arrival_rate")),
            Span::from_secs_f64(case.given("mean_hold_s")),
            case.given("leak_probability"),
            Span::from_secs_f64(case.given("server_idle_timeout_s")),
            case.given("maxclients") as u32,
        );
        case.check("mean_leaked", seen.mean_leaked);
        case.check("mean_connected", seen.mean_connected);
        if id.starts_with("D09") {
            assert!(seen.p_reject < 1e-12, "the limit is far away");
        } else {
            case.check("p_reject", seen.p_reject);
        }
    }
}

#[test]
fn limits_follow_from_descriptors_and_fleets() {
    let case = case("K07_fd_cap");
    let pairs = case.case["parameters"]["pairs_maxclients_ulimit"].as_array().unwrap();
    let effective = case.case["expected"]["effective_maxclients"].as_array().unwrap();
    for (pair, effective) in pairs.iter().zip(effective) {
        let [maxclients, nofile] = [0, 1].map(|i| pair[i].as_u64().unwrap() as u32);
        let seen = effective_maxclients(maxclients, nofile, nofile).map(u64::from);
        assert_eq!(seen, effective.as_u64(), "{pair}");
    }
    assert_eq!(largest_pool(10_000, 40, 2 + 12), 249);
    assert_eq!([largest_pool(10_000, 4, 1000), largest_pool(10_000, 8, 1000)], [2250, 1125]);
}

#[test]
fn an_idle_timeout_levels_a_leak_off() {
    let leak = parse_rate("264/min").unwrap();
    let full = |timeout: u64| time_to_full(10_000, leak, Some(Span::from_secs(timeout)));
    assert_eq!(time_to_full(10_000, leak, None), Ok(Span::from_ns(2_272_727_272_727)));
    assert_eq!(full(300), Err(LevelsOff { at: 1320 }));
    assert_eq!(full(0), Err(LevelsOff { at: 0 }));
    // 10,000 leaks take 2,272.7 s, and the first is 227 ms old when the leak begins to count.
    assert_eq!(full(2272), Err(LevelsOff { at: 9997 }));
    assert_eq!(full(2273), Ok(Span::from_ns(2_272_727_272_727)));
    assert_eq!(time_to_full(10_000, rate(0.0), None), Err(LevelsOff { at: 0 }));
    assert_eq!(time_to_full(0, leak, Some(ms(1))), Ok(Span::ZERO));
}

/// The model and the closed form were written apart from the same source.
#[test]
fn the_model_and_the_closed_form_agree_on_the_effective_limit() {
    let limits = [0, 1, 16, 31, 32, 33, 48, 49, 1000, 1024, 1039, 4096, 10_031, 10_032, 70_000];
    for maxclients in limits.map(|limit| limit + 1) {
        for soft in limits {
            for hard in limits.into_iter().filter(|hard| *hard >= soft) {
                let mut limits = Nofile { soft, hard, privileged: false, other: 0 };
                let model = limits.fit(DescriptorRule::Redis, maxclients);
                let theory = effective_maxclients(maxclients, soft, hard);
                assert_eq!(model, theory, "maxclients {maxclients}, nofile {soft}/{hard}");
            }
        }
    }
}
