//! What budgets let through where attempts fail with a probability of their own.

use highwater::scenario::*;
use highwater::units::Span;

use crate::meter::Meter;
use crate::rule::case;
use crate::support::*;

/// A client that makes a call a hundredth of a second after the last one, each attempt of which fails
/// with probability `p`.
fn client(p: f64, instances: u32, policy: Policy, duration: f64) -> Scenario {
    let shared = Strategy::Shared(Shared::plain(1));
    let rate = 100.0 * f64::from(instances);
    let mut client = fleet(even(rate), shared, Dist::Constant(Span::ZERO));
    client.balancer = Balancer::RoundRobin;
    client.instances = instances;
    if let Step::Call(call) = &mut client.steps[0] {
        call.errors = ratio(p);
    }
    client.retry = Retry::Again(Box::new(policy));
    let mut client = scenario(free_server("redis", 100), client, "1h");
    client.duration = Span::from_secs_f64(duration);
    client.sample_every = client.duration;
    client
}

fn policy(attempts: Option<u32>, budget: Budget) -> Policy {
    let at_once = Backoff::Constant(Span::ZERO);
    Policy { budget, ..Policy::new(attempts, at_once, Jitter::None) }
}

/// A bucket of 5 in which every first attempt puts a tenth.
fn bucket() -> Budget {
    Budget::Tokens(Tokens {
        capacity: 5_000,
        initial: 5_000,
        cost: 1000,
        cost_of: Vec::new(),
        deposit: 100,
        deposit_on: Deposit::FirstAttempt,
        refund: false,
    })
}

/// Where the bucket is mostly empty every deposit is spent, and the attempts of a run differ from their
/// mean by what the bucket holds at its ends: no standard errors, but five tokens at most.
const SPENT: f64 = 0.2;

#[test]
fn e13_a_bucket_that_every_call_fills() {
    let case = case("E13");
    for p in ["0.01", "0.05", "0.1", "0.2", "0.5", "0.9"] {
        let of = |what: &str| (what.to_string(), case.expected(&format!("p={p}/{what}")));
        let share: f64 = p.parse().unwrap();
        let mut expected = vec![of("attempts_per_request"), of("success")];
        // Where a failure is one in millions there is none to be seen.
        expected.retain(|(name, figure)| match name.as_str() {
            "success" => *figure < 1.0 - 1e-6,
            _ => share < SPENT,
        });
        let expected: Vec<(&str, f64)> =
            expected.iter().map(|(name, figure)| (name.as_str(), *figure)).collect();
        let client = client(share, 1, policy(None, bucket()), 100.0);
        let attempts = case.expected(&format!("p={p}/attempts_per_request"));
        println!("p = {p}");
        case.check_against(&expected, |seed, run, longer| {
            let duration = Span::from_secs_f64(client.duration.as_secs_f64() * longer);
            let client = Scenario { seed: format!("{seed} {p}"), duration, ..client.clone() };
            let mut meter = Meter::steady(&client).play(&client, run);
            let mut figure = |name: &str| meter.figure(name, Span::ZERO);
            let found = figure("attempts_per_request");
            let five = 5.0 / (90.0 * 100.0 * longer);
            assert!(share < SPENT || (found - attempts).abs() <= five, "{found} of {attempts}");
            expected.iter().map(|(name, _)| figure(name)).collect()
        });
    }
}

/// Brooker's table (mbrooker/simulator_example, `retry_sim`): no retries, three, a bucket, and a
/// breaker on retries at 10 % failures.
#[test]
fn l05_brookers_table_of_retry_strategies() {
    let case = case("L05");
    let breaker = Budget::FailureShare { below: ratio(0.1) };
    for (strategy, attempts, budget) in [
        ("none", Some(1), Budget::None),
        ("three", Some(4), Budget::None),
        ("adaptive", None, bucket()),
        ("breaker", Some(4), breaker),
    ] {
        for p in ["0.01", "0.05", "0.2", "0.3", "0.5"] {
            let of = |what: &str| case.expected(&format!("p={p}/{strategy}/{what}"));
            let found = brooker(p.parse().unwrap(), attempts, budget.clone());
            // The tolerance is the case's own: the table has two decimals.
            for (what, found) in ["attempts", "success"].into_iter().zip(found) {
                let off = (found - of(what)).abs();
                assert!(off <= 0.01, "{strategy}, p = {p}: {what} {found}, not {}", of(what));
            }
        }
    }
}

/// Attempts per request and successes of ten clients with 5,000 calls each.
fn brooker(p: f64, attempts: Option<u32>, budget: Budget) -> [f64; 2] {
    let clients = client(p, 10, policy(attempts, budget), 50.0);
    let mut meter = Meter::of(&clients).play(&clients, 0);
    ["attempts_per_request", "success"].map(|name| meter.figure(name, Span::ZERO))
}
