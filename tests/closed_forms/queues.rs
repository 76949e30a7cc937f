//! Waiting lines, loss and patience.

use super::cases::{case, ms, rate};
use highwater::theory::*;
use highwater::units::Span;

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
