//! Figures that are computed: the closed forms of this program against the cases.

use crate::scenario::Case;
use crate::theory::{
    FillTime, MmC, Queue, dm_1, effective_maxclients, erlang_a, erlang_b, erlang_c, largest_pool,
    leaky_server, md_c, mg_1, mm_c_fixed_patience, mm_c_k, open_leaks, time_to_full,
};
use crate::units::{Rate, Span};

/// The cases print twelve figures; gamma functions have ten.
pub(super) const ROOM: f64 = 1e-9;

/// The pointers of a case whose figures a closed form of this program gives, with what it gives.
pub(super) fn computed(case: &Case) -> Vec<(&'static str, f64)> {
    of(case).unwrap_or_default()
}

fn of(case: &Case) -> Option<Vec<(&'static str, f64)>> {
    Some(match case.id().split('_').next()? {
        "A01" | "A02" | "A04" => {
            let line = MmC::new(queue(case)?).ok()?;
            vec![("p_wait", line.waiting().p_wait), ("Wq", line.waiting().mean_wait_s)]
        }
        "A05" => {
            let bounded = mm_c_k(queue(case)?, case.given("max_waiting")? as u32);
            vec![("p_block", bounded.p_block), ("L", bounded.mean_in_system)]
        }
        "A07" | "A08" | "A09" => vec![("Wq", md_c(queue(case)?).ok()?.mean_wait_s)],
        "A10" => vec![("Wq", mg_1(queue(case)?, case.given("cv2")?).ok()?.mean_wait_s)],
        "A14" | "A15" => {
            let line = dm_1(queue(case)?).ok()?;
            vec![("p_wait", line.p_wait), ("Wq", line.mean_wait_s)]
        }
        "B01" | "B02" => {
            let offered = case.given("arrival_rate")? * case.given("mean_hold_s")?;
            vec![("p_block", erlang_b(offered, case.given("slots")? as u32))]
        }
        "B04" | "B05" => {
            let offered = case.given("connects_per_s")? * case.given("time_wait_s")?;
            vec![("p_block", erlang_b(offered, case.given("ports")? as u32))]
        }
        "C01" => {
            let seen = erlang_a(queue(case)?, seconds(case, "mean_patience_s")?);
            vec![
                ("p_abandon", seen.p_abandon),
                ("p_wait", seen.p_wait),
                ("Lq", seen.mean_waiting),
                ("Wq_all", seen.mean_wait_all_s),
                ("util", seen.utilisation),
            ]
        }
        "C03" | "C04" => {
            let seen = mm_c_fixed_patience(queue(case)?, seconds(case, "checkout_timeout_s")?);
            vec![("p_wait", seen.p_wait), ("p_abandon", seen.p_abandon), ("util", seen.utilisation)]
        }
        "D01" => vec![("mean", leaks_at(case, None)?)],
        "D03" | "D04" => {
            let leak = rate(case.given("leaks_per_s")?)?;
            let full = FillTime { count: case.given("slots")? as u32, leak };
            vec![("p05_s", full.quantile_s(0.05)), ("p95_s", full.quantile_s(0.95))]
        }
        "D06" | "D07" => {
            let seen = leaky_server(
                rate(case.given("arrival_rate")?)?,
                seconds(case, "mean_hold_s")?,
                case.given("leak_probability")?,
                seconds(case, "server_idle_timeout_s")?,
                case.given("maxclients")? as u32,
            );
            vec![("p_reject", seen.p_reject), ("mean_connected", seen.mean_connected)]
        }
        "J01" => smallest(case, 0.005, 0.01)?,
        "J02" => smallest(case, 0.01, 0.001)?,
        "J05" => {
            let loss = |slots| erlang_b(case.given("offered_erlangs").unwrap_or(0.0), slots);
            let smallest = (1..1000).find(|slots| loss(*slots) <= 0.001)?;
            vec![
                ("smallest_slots", f64::from(smallest)),
                ("loss_at_answer", loss(smallest)),
                ("loss_one_less", loss(smallest - 1)),
            ]
        }
        "J08" | "J09" => {
            let servers = case.given("pool")? as u32;
            vec![("exact_p_wait", erlang_c(case.given("offered_erlangs")?, servers).ok()?)]
        }
        "K07" => descriptors(case)?,
        "K08" => {
            let reserved = case.given("replica_links")? + case.given("cluster_bus")?;
            let instances = case.given("instances")? as u32;
            let pool = largest_pool(case.given("maxclients")? as u32, instances, reserved as u32);
            vec![("largest_pool_that_fits", f64::from(pool))]
        }
        "P01" => {
            let leak = rate(case.given("leaks_per_min")? / 60.0)?;
            let full = time_to_full(case.given("maxclients")? as u32, leak, None).ok()?;
            let timeout = seconds(case, "idle_timeout_s")?;
            vec![
                ("fill_time_without_timeout_min", full.as_secs_f64() / 60.0),
                ("plateau_with_timeout", open_leaks(leak, Some(timeout), timeout)),
            ]
        }
        "P14" => {
            let pool = |pods: &str| -> Option<f64> {
                let (limit, headroom) = (case.given("maxclients")?, case.given("headroom")?);
                Some(largest_pool(limit as u32, case.given(pods)? as u32, headroom as u32).into())
            };
            vec![
                ("largest_pool_per_pod/0", pool("pods/0")?),
                ("largest_pool_per_pod/1", pool("pods/1")?),
            ]
        }
        _ => return None,
    })
}

/// The smallest pool in which a share of `most` at most waits longer than `wait_s`.
fn smallest(case: &Case, wait_s: f64, most: f64) -> Option<Vec<(&'static str, f64)>> {
    let (arrivals, mean_service) =
        (rate(case.given("arrival_rate")?)?, seconds(case, "mean_service_s")?);
    let wait = Span::from_secs_f64(wait_s);
    let late = |servers: u32| {
        let queue = Queue { arrivals, mean_service, servers };
        MmC::new(queue).map_or(1.0, |line| line.wait_exceeds(wait))
    };
    let smallest = (1..1000).find(|servers| late(*servers) <= most)?;
    Some(vec![
        ("smallest_pool", f64::from(smallest)),
        ("prob_at_answer", late(smallest)),
        ("prob_one_less", late(smallest - 1)),
    ])
}

fn descriptors(case: &Case) -> Option<Vec<(&'static str, f64)>> {
    const POINTERS: [&str; 6] = [
        "effective_maxclients/0",
        "effective_maxclients/1",
        "effective_maxclients/2",
        "effective_maxclients/3",
        "effective_maxclients/4",
        "effective_maxclients/5",
    ];
    let limit = |i: usize| -> Option<f64> {
        let of = |part: usize| case.given(&format!("pairs_maxclients_ulimit/{i}/{part}"));
        let (maxclients, nofile) = (of(0)? as u32, of(1)? as u32);
        effective_maxclients(maxclients, nofile, nofile).map(f64::from)
    };
    let all = POINTERS.iter().enumerate();
    all.map(|(i, pointer)| limit(i).map(|limit| (*pointer, limit))).collect()
}

fn leaks_at(case: &Case, at: Option<Span>) -> Option<f64> {
    let timeout = seconds(case, "server_idle_timeout_s")?;
    let leak = rate(case.given("leaks_per_s")?)?;
    Some(open_leaks(leak, Some(timeout), at.unwrap_or(timeout)))
}

fn queue(case: &Case) -> Option<Queue> {
    Some(Queue {
        arrivals: rate(case.given("arrival_rate")?)?,
        mean_service: seconds(case, "mean_service_s")?,
        servers: case.given("pool")? as u32,
    })
}

fn rate(per_second: f64) -> Option<Rate> {
    Rate::per_second(per_second)
}

fn seconds(case: &Case, key: &str) -> Option<Span> {
    case.given(key).map(Span::from_secs_f64)
}
