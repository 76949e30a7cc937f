//! Clients that change one thing at once, and how they pause after a conflict: the simulator behind M.
//! Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog 2015
//! (aws-samples/aws-arch-backoff-simulator, `src/backoff_simulator.py`).

use highwater::model::Observation;
use highwater::scenario::*;
use highwater::theory::mean_interval;
use highwater::units::Span;
use rayon::prelude::*;

use crate::probe::{Diary, watch};
use crate::support::*;

/// Clients, policy, calls and their standard deviation, milliseconds until the last has succeeded and
/// their standard deviation: reference case L03, 400 runs of an independent program.
const TABLE: [(u32, &str, [f64; 4]); 15] = [
    (20, "exponential", [150.24, 14.0, 14372.0, 2820.0]),
    (20, "decorrelated", [100.68, 4.65, 820.0, 173.0]),
    (20, "equal", [107.97, 4.14, 1613.6, 470.0]),
    (20, "full", [100.52, 3.46, 1021.7, 311.0]),
    (20, "none", [151.78, 12.3, 600.2, 55.0]),
    (50, "exponential", [624.36, 28.1, 36253.0, 3170.0]),
    (50, "decorrelated", [374.71, 13.9, 2211.6, 553.0]),
    (50, "equal", [347.27, 6.25, 4254.6, 621.0]),
    (50, "full", [332.93, 5.23, 2875.8, 557.0]),
    (50, "none", [691.07, 16.9, 1143.2, 43.0]),
    (100, "exponential", [1858.06, 56.9, 63356.0, 3500.0]),
    (100, "decorrelated", [1001.45, 29.0, 4626.5, 702.0]),
    (100, "equal", [812.85, 8.11, 6660.7, 661.0]),
    (100, "full", [795.29, 7.13, 4893.2, 533.0]),
    (100, "none", [2423.08, 35.2, 2030.9, 49.0]),
];

const RUNS_OF_REFERENCE: f64 = 400.0;
const RUNS: u32 = 40;

fn retry(policy: &str) -> Retry {
    let ms = |ms: u64| Span::from_ns(ms * 1_000_000);
    // There the first pause is of attempt 1, base x 2^1, here of attempt 0: base 10 ms for 5 ms. Only
    // decorrelated pauses begin with the base itself.
    let backoff = |base| Backoff::exponential(base, 2.0, ms(2000));
    let (backoff, jitter) = match policy {
        "exponential" => (backoff(ms(10)), Jitter::None),
        "decorrelated" => (backoff(ms(5)), Jitter::Decorrelated),
        "equal" => (backoff(ms(10)), Jitter::Equal),
        "full" => (backoff(ms(10)), Jitter::Full),
        _ => (Backoff::Constant(Span::ZERO), Jitter::None),
    };
    Retry::again(None, backoff, jitter)
}

/// All clients begin at once, when all connections are open.
fn clients(number: u32, policy: &str) -> Scenario {
    let arrivals = Arrivals::Instants { at: vec![at("1s")], each: number };
    let open = Strategy::Pooled(Pooled { min: number, ..pool(number) });
    let mut clients = fleet(arrivals, open, Dist::Constant(Span::ZERO));
    clients.steps = vec![Step::Call(Call { transaction: Some(1), ..call() })];
    clients.retry = retry(policy);
    let mut contended = scenario(free_server("table", 1_000_000), clients, "300s");
    contended.settings.network.delay = Dist::Normal { mean: span("10ms"), sd: span("2ms") };
    contended.sample_every = span("100s");
    contended
}

/// The attempts of a run, and the milliseconds until the last client has succeeded.
fn outcome(scenario: &Scenario, run: u32) -> [f64; 2] {
    let mut diary = Diary::default();
    watch(scenario, run, &mut diary);
    let calls = diary.ms(|what| matches!(what, Observation::Attempted { .. })).len();
    let ends = diary.ends();
    assert_eq!(diary.ms(|what| matches!(what, Observation::Arrived { .. })).len(), ends.len());
    let last = ends.iter().map(|end| end.0).fold(0.0, f64::max);
    [calls as f64, last - 1000.0]
}

#[test]
fn l03_backoff_under_contention_is_that_of_the_aws_simulator() {
    let mut missed = Vec::new();
    for (number, policy, [calls, calls_sd, finish, finish_sd]) in TABLE {
        let contended = clients(number, policy);
        let runs: Vec<[f64; 2]> =
            (0..RUNS).into_par_iter().map(|run| outcome(&contended, run)).collect();
        for (i, (what, expected, sd)) in
            [("calls", calls, calls_sd), ("finish", finish, finish_sd)].into_iter().enumerate()
        {
            let seen = mean_interval(&runs.iter().map(|run| run[i]).collect::<Vec<_>>());
            let error = (sd * sd / RUNS_OF_REFERENCE + seen.sd * seen.sd / f64::from(RUNS)).sqrt();
            let off = (seen.mean - expected) / error;
            println!(
                "{number} {policy} {what}: expected {expected}, simulated {:.1}, {off:+.2}",
                seen.mean
            );
            if off.abs() > 4.0 {
                missed.push(format!("{number} {policy} {what} by {off:+.2} standard errors"));
            }
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
