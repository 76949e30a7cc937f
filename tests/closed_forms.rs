//! The closed forms against figures that were published, or computed by another program.

use highwater::theory::*;
use highwater::units::{Rate, Span, parse_rate};
use serde_json::Value;

const CASES: &str = include_str!("reference/cases.json");

/// One case of `reference/cases.json`.
struct Case {
    id: &'static str,
    case: Value,
}

fn case(id: &'static str) -> Case {
    let all: Value = serde_json::from_str(CASES).unwrap();
    let cases = all["cases"].as_array().unwrap();
    let case = cases.iter().find(|case| case["id"] == id);
    Case { id, case: case.unwrap_or_else(|| panic!("there is a case {id}")).clone() }
}

impl Case {
    fn given(&self, key: &str) -> f64 {
        let value = &self.case["parameters"][key];
        value.as_f64().unwrap_or_else(|| panic!("{} gives {key}", self.id))
    }

    fn queue(&self) -> Queue {
        let servers = if self.case["parameters"]["pool"].is_null() { "slots" } else { "pool" };
        Queue {
            arrivals: rate(self.given("arrival_rate")),
            mean_service: Span::from_secs_f64(self.given("mean_service_s")),
            servers: self.given(servers) as u32,
        }
    }

    /// The file prints 12 significant figures, so a figure is off by 5e-12 of itself at most; the
    /// rest is room for ten-figure gamma functions.
    #[track_caller]
    fn check(&self, pointer: &str, actual: f64) {
        let expected = self.case["expected"].pointer(&format!("/{pointer}"));
        let expected = expected.and_then(Value::as_f64);
        let expected = expected.unwrap_or_else(|| panic!("{} expects {pointer}", self.id));
        let off = (actual - expected).abs();
        assert!(off <= 1e-10 * expected.abs(), "{} {pointer}: {actual}, not {expected}", self.id);
    }

    #[track_caller]
    fn check_waiting(&self, waiting: Waiting) {
        self.check("p_wait", waiting.p_wait);
        self.check("Wq", waiting.mean_wait_s);
        self.check("W", waiting.mean_sojourn_s);
        if self.case["expected"].get("Lq").is_some() {
            self.check("Lq", waiting.mean_waiting);
        }
        if self.case["expected"].get("L").is_some() {
            self.check("L", waiting.mean_in_system);
        }
    }
}

fn rate(per_second: f64) -> Rate {
    Rate::per_second(per_second).unwrap()
}

fn ms(ms: u64) -> Span {
    Span::from_ns(ms * 1_000_000)
}

#[test]
fn erlang_c_gives_means_and_quantiles() {
    for id in ["A01_mm1", "A02_mmc_c10"] {
        let case = case(id);
        let steady = MmC::new(case.queue()).unwrap();
        case.check_waiting(steady.waiting());
        case.check("rho", case.queue().load());
        for q in ["50", "99"] {
            let share: f64 = q.parse::<f64>().unwrap() / 100.0;
            case.check(&format!("wait_p{q}"), steady.wait_quantile_s(share));
            case.check(&format!("sojourn_p{q}"), steady.sojourn_quantile_s(share));
        }
    }
    let case = case("A04_erlangC_published");
    let steady = MmC::new(case.queue()).unwrap();
    case.check("p_wait", steady.waiting().p_wait);
    case.check("Wq", steady.waiting().mean_wait_s);
    case.check("p_wait_le_15s", 1.0 - steady.wait_exceeds(Span::from_secs(15)));
}

#[test]
fn a_line_with_an_end_blocks_its_share() {
    let case = case("A05_mmck_c8_K20");
    let bounded = mm_c_k(case.queue(), case.given("max_waiting") as u32);
    case.check("p_block", bounded.p_block);
    case.check("L", bounded.mean_in_system);
    case.check("Lq", bounded.mean_waiting);
    case.check("Wq_accepted", bounded.mean_wait_accepted_s);
    case.check("p_wait_accepted", bounded.p_wait_accepted);
    case.check("util", bounded.utilisation);
}

/// With no line at all the bounded queue is Erlang's loss system, at any load.
#[test]
fn a_line_of_none_is_erlang_b() {
    for offered in [0.5, 8.0, 12.0, 800.0] {
        let queue = Queue { arrivals: rate(offered), mean_service: ms(1000), servers: 8 };
        let blocked = mm_c_k(queue, 0).p_block;
        assert!((blocked / erlang_b(offered, 8) - 1.0).abs() < 1e-12, "{offered}: {blocked}");
    }
}

#[test]
fn one_server_waits_as_pollaczek_and_khinchine_say() {
    let (constant, lognormal) = (case("A07_md1"), case("A10_mg1_lognormal_cv2_4"));
    constant.check_waiting(md_1(constant.queue()).unwrap());
    constant.check_waiting(md_c(constant.queue()).unwrap());
    lognormal.check_waiting(mg_1(lognormal.queue(), lognormal.given("cv2")).unwrap());
    // Of 100 commands one is slow: mean 2 ms, mean square 1.0300e-4 s^2.
    let slow = case("A12_mg1_slow_command");
    let square = 0.99 * 0.001 * 0.001 + 0.01 * 0.101 * 0.101;
    let cv2 = square / (0.002 * 0.002) - 1.0;
    let queue = Queue { arrivals: rate(200.0), mean_service: ms(2), servers: 1 };
    let waiting = mg_1(queue, cv2).unwrap();
    slow.check("Wq", waiting.mean_wait_s);
    slow.check("W", waiting.mean_sojourn_s);
    slow.check("p_wait", waiting.p_wait);
}

#[test]
fn constant_services_wait_as_crommelin_says() {
    for id in ["A08_mdc_c10", "A09_mdc_c7"] {
        let case = case(id);
        case.check_waiting(md_c(case.queue()).unwrap());
    }
}

#[test]
fn evenly_spaced_arrivals_wait_less() {
    for id in ["A14_dm1_cron_arrivals", "A15_dm1_rho95"] {
        let case = case(id);
        case.check_waiting(dm_1(case.queue()).unwrap());
    }
}

#[test]
fn erlang_b_gives_the_share_refused_at_a_limit() {
    for id in ["B01_erlangB_c10_a10", "B02_erlangB_insensitivity_c60"] {
        let case = case(id);
        let offered = case.given("arrival_rate") * case.given("mean_hold_s");
        let blocked = erlang_b(offered, case.given("slots") as u32);
        case.check("p_block", blocked);
        case.check("mean_busy", offered * (1.0 - blocked));
    }
    for id in ["B04_ephemeral_ports_480", "B05_ephemeral_ports_600"] {
        let case = case(id);
        let offered = case.given("connects_per_s") * case.given("time_wait_s");
        case.check("p_block", erlang_b(offered, case.given("ports") as u32));
    }
}

#[test]
fn callers_with_a_checkout_timeout_give_up_in_their_share() {
    for id in ["C03_fixed_checkout_timeout", "C04_fixed_checkout_timeout_250ms"] {
        let case = case(id);
        let patience = Span::from_secs_f64(case.given("checkout_timeout_s"));
        let seen = mm_c_fixed_patience(case.queue(), patience);
        case.check("p_wait", seen.p_wait);
        case.check("p_abandon", seen.p_abandon);
        case.check("Wq_all", seen.mean_wait_all_s);
        case.check("Wq_served", seen.mean_wait_served_s);
        case.check("Lq", seen.mean_waiting);
        case.check("util", seen.utilisation);
    }
}

/// A pool of 10, exponential holds of 50 ms, a wait limit of 50 ms. The figures have seven decimals.
#[test]
fn a_pool_of_ten_times_out_in_its_share() {
    for (arrivals, timeouts) in [(160.0, 0.011_588_7), (200.0, 0.068_211_8), (240.0, 0.177_423_6)] {
        let queue = Queue { arrivals: rate(arrivals), mean_service: ms(50), servers: 10 };
        let seen = mm_c_fixed_patience(queue, ms(50)).p_abandon;
        assert!((seen - timeouts).abs() <= 0.5e-7, "{arrivals}/s: {seen}, not {timeouts}");
    }
}

#[test]
fn callers_with_an_exponential_patience_give_up_as_erlang_a_says() {
    let case = case("C01_erlangA");
    let seen = erlang_a(case.queue(), Span::from_secs_f64(case.given("mean_patience_s")));
    case.check("p_abandon", seen.p_abandon);
    case.check("p_wait", seen.p_wait);
    case.check("Lq", seen.mean_waiting);
    case.check("Wq_all", seen.mean_wait_all_s);
    case.check("util", seen.utilisation);
}

/// Goal: the wait of the served in Erlang A, which no reference gives. Method: the chain summed state
/// by state from the empty line; a caller who finds j in line waits for departures at the rates
/// capacity + i x giving up, i = j + 1 down to 1, each of which spares it with the complement of
/// giving up over that rate.
#[test]
fn the_served_of_erlang_a_wait_as_the_chain_says() {
    for arrivals in [100.0, 900.0, 1100.0, 5000.0] {
        let queue = Queue { arrivals: rate(arrivals), mean_service: ms(10), servers: 10 };
        let (capacity, giving_up) = (1000.0, 20.0);
        let (mut weight, mut busy, mut wait) = (1.0, 0.0, 0.0);
        for j in 0..2000 {
            let (mut spared, mut time) = (1.0, 0.0);
            for i in 1..=j + 1 {
                let departures = capacity + f64::from(i) * giving_up;
                spared *= 1.0 - giving_up / departures;
                time += 1.0 / departures;
            }
            busy += weight;
            wait += weight * spared * time;
            weight *= arrivals / (capacity + f64::from(j + 1) * giving_up);
        }
        let total = busy + 1.0 / erlang_b(arrivals * 0.01, 10) - 1.0;
        let seen = erlang_a(queue, ms(50));
        let expected = wait / total / (1.0 - seen.p_abandon);
        let off = seen.mean_wait_served_s / expected - 1.0;
        assert!(off.abs() < 1e-10, "{arrivals}/s: {}, not {expected}", seen.mean_wait_served_s);
    }
}

/// Patience without end is no impatience, patience of none is a loss system.
#[test]
fn fixed_patience_lies_between_erlang_b_and_erlang_c() {
    let queue = Queue { arrivals: rate(850.0), mean_service: ms(10), servers: 10 };
    let endless = mm_c_fixed_patience(queue, Span::from_secs(3600));
    let steady = MmC::new(queue).unwrap().waiting();
    assert!((endless.mean_wait_all_s / steady.mean_wait_s - 1.0).abs() < 1e-10);
    assert!(endless.p_abandon < 1e-100);
    let none = mm_c_fixed_patience(queue, Span::ZERO);
    assert!((none.p_abandon / erlang_b(8.5, 10) - 1.0).abs() < 1e-12);
}

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
fn the_smallest_pool_for_a_goal_is_found_by_counting_up() {
    for (id, wait) in
        [("J01_smallest_pool_wait_slo", ms(5)), ("J02_smallest_pool_wait_slo", ms(10))]
    {
        let case = case(id);
        let mean_service = Span::from_secs_f64(case.given("mean_service_s"));
        let exceeds = |servers| {
            let queue = Queue { arrivals: rate(case.given("arrival_rate")), mean_service, servers };
            MmC::new(queue).map_or(1.0, |steady| steady.wait_exceeds(wait))
        };
        let smallest = case.case["expected"]["smallest_pool"].as_u64().unwrap() as u32;
        case.check("prob_at_answer", exceeds(smallest));
        case.check("prob_one_less", exceeds(smallest - 1));
    }
    let case = case("J05_smallest_maxclients_loss_slo");
    case.check("loss_at_answer", erlang_b(case.given("offered_erlangs"), 77));
    case.check("loss_one_less", erlang_b(case.given("offered_erlangs"), 76));
    assert_eq!(format!("{:.4}", erlang_c(100.0, 110).unwrap()), "0.2370");
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

#[test]
fn without_a_steady_state_there_is_an_error_and_extremes_do_not_panic() {
    let queue = Queue { arrivals: rate(1000.0), mean_service: ms(10), servers: 10 };
    assert_eq!(MmC::new(queue), Err(Overloaded { load: 1.0 }));
    assert!(md_c(queue).is_err() && mg_1(queue, 1.0).is_err() && dm_1(queue).is_err());
    for arrivals in [0.0, 1e-100, 1.0, 1e100] {
        for service in [Span::ZERO, Span::from_ns(1), Span::from_ns(u64::MAX)] {
            for servers in [0, 1, 1000] {
                let queue = Queue { arrivals: rate(arrivals), mean_service: service, servers };
                let share = mm_c_fixed_patience(queue, ms(10)).p_abandon;
                assert!((0.0..=1.0).contains(&share), "{queue:?}: {share}");
                let _ = (md_c(queue), dm_1(queue), mm_c_k(queue, 100));
                if let Ok(steady) = MmC::new(queue) {
                    let _ = (steady.waiting(), steady.sojourn_quantile_s(0.99));
                }
            }
        }
        let _ = FillTime { count: 10, leak: rate(arrivals) }.quantile_s(0.5);
        let _ = FillTime { count: 0, leak: rate(arrivals) }.first_mean_s(3);
    }
    assert_eq!(poisson_quantile(0.0, 0.5), 0);
    assert_eq!(poisson_quantile(f64::NAN, 0.5), 0);
}
