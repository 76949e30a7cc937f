//! Requests of several kinds: branches by chance.

use highwater::scenario::*;
use highwater::units::Span;

use crate::support::*;

/// A fleet of 1,000 requests a second, evenly spaced, with these steps.
fn with(steps: Vec<Step>, strategy: Strategy) -> Scenario {
    let mut mixed = fleet(even(1000.0), strategy, Dist::Constant(Span::ZERO));
    let way = mixed.connections[0].clone();
    mixed.connections.push(Connections { name: "other".to_string(), ..way });
    mixed.steps = steps;
    scenario(free_server("db", 1_000_000), mixed, "100s")
}

fn branch(share: f64, steps: Vec<Step>) -> Branch {
    Branch { share: ratio(share), steps }
}

fn attempts(of: &Scenario, run: u32) -> f64 {
    last(&play(of, run), "fleets.f.attempts")
}

/// 100,000 requests, of which 10 % make one call and 20 % two: 50,000 calls. The variance of the
/// calls of one request is 0.1 + 0.8 - 0.25 = 0.65, so four standard errors are 1,020.
#[test]
fn each_branch_has_its_share_and_the_rest_has_none() {
    let one = Step::Call(call());
    let branches = vec![branch(0.1, vec![one.clone()]), branch(0.2, vec![one.clone(), one])];
    let mixed = with(vec![Step::OneOf(branches)], Strategy::Pooled(pool(10)));
    let seen = attempts(&mixed, 0);
    assert!((seen - 50_000.0).abs() < 1_020.0, "{seen} calls");
}

/// Shares of nothing and of all are exact.
#[test]
fn a_branch_of_all_is_taken_always_and_one_of_none_never() {
    let one = || vec![Step::Call(call())];
    let all = with(
        vec![Step::OneOf(vec![branch(0.0, one()), branch(1.0, [one(), one()].concat())])],
        Strategy::Pooled(pool(10)),
    );
    assert_eq!(attempts(&all, 0), 2.0 * last(&play(&all, 0), "fleets.f.requests"));
}

/// The branch a request takes has a stream of its own: with other shares, or without branches, every
/// request draws the same hold as before.
#[test]
fn branches_move_no_other_draw() {
    let hold = Dist::Exponential { mean: Span::from_ns(1_000_000) };
    let held = || Step::Call(Call { hold: hold.clone(), ..call() });
    let other = || Step::Work(Dist::Constant(Span::ZERO));
    let latency = |steps: Vec<Step>| {
        let record = play(&with(steps, Strategy::Pooled(pool(1000))), 0);
        let series = record.series.iter().filter(|s| s.name.contains("latency"));
        series.map(|s| format!("{:?}", s.values)).collect::<Vec<_>>()
    };
    let plain = latency(vec![held()]);
    for share in [0.1, 0.9] {
        let branches = vec![branch(share, vec![other()])];
        assert_eq!(latency(vec![Step::OneOf(branches), held()]), plain);
    }
}

/// Reads and writes have pools of their own: writers that hold every connection of theirs leave the
/// readers alone, and through one pool they do not.
#[test]
fn separate_pools_for_reads_and_writes_keep_them_apart() {
    let write = |through| {
        Step::Call(Call { through, hold: Dist::Constant(Span::from_secs(200)), ..call() })
    };
    let read = || Step::Call(call());
    let succeeded = |through| {
        let branches = vec![branch(0.01, vec![write(through)]), branch(0.99, vec![read()])];
        let mixed = with(vec![Step::OneOf(branches)], Strategy::Pooled(pool(10)));
        let record = play(&mixed, 0);
        (last(&record, "fleets.f.requests"), last(&record, "fleets.f.succeeded"))
    };
    let (requests, apart) = succeeded(1);
    // All but the writes: a hundredth, with a standard error of a thousandth part of a tenth.
    assert!((apart / requests - 0.99).abs() < 4.0 * (0.0099_f64 / requests).sqrt());
    // Ten writes end it, which takes about a second of the hundred.
    let (requests, together) = succeeded(0);
    assert!(together / requests < 0.05, "{together} of {requests}");
}
