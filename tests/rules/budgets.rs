//! What retries are paid from, exactly: tokens counted one by one.

use highwater::model::Observation;
use highwater::scenario::*;
use highwater::units::{Ratio, SimTime, Span};

use crate::probe::Diary;
use crate::support::*;

/// Requests one after the other, one a second, each of whose attempts is answered with an error with
/// probability `errors`, under a policy without pauses.
fn requests(number: u32, errors: f64, attempts: u32, budget: Budget) -> Scenario {
    let at = (0..number).map(|n| SimTime::ZERO + Span::from_secs(n.into())).collect();
    let shared = Strategy::Shared(Shared::plain(1));
    let arrivals = Arrivals::Instants { at, each: 1 };
    let mut caller = fleet(arrivals, shared, Dist::Constant(Span::ZERO));
    if let Step::Call(call) = &mut caller.steps[0] {
        call.errors = ratio(errors);
    }
    caller.retry = paid(attempts, Span::ZERO, budget);
    let mut requests = scenario(free_server("redis", 10), caller, "1h");
    requests.sample_every = span("1min");
    requests
}

fn paid(attempts: u32, pause: Span, budget: Budget) -> Retry {
    let policy = Policy::new(Some(attempts), Backoff::Constant(pause), Jitter::None);
    Retry::Again(Box::new(Policy { budget, ..policy }))
}

/// Thousandths of tokens.
fn tokens(capacity: u32, cost: u32, deposit: u32, deposit_on: Deposit) -> Tokens {
    let (initial, cost_of, refund) = (capacity, Vec::new(), false);
    Tokens { capacity, initial, cost, cost_of, deposit, deposit_on, refund }
}

fn attempts(scenario: &Scenario) -> usize {
    Diary::of(scenario).ms(|what| matches!(what, Observation::Attempted { .. })).len()
}

/// Reference case E17: a thousand requests to a dead server, three retries each, a bucket of 100.
#[test]
fn e17_a_bucket_runs_dry_against_a_dead_server() {
    for (deposit_on, retries) in [(Deposit::Success, 100), (Deposit::FirstAttempt, 199)] {
        let budget = Budget::Tokens(tokens(100_000, 1000, 100, deposit_on));
        let dead = requests(1000, 1.0, 4, budget);
        assert_eq!(attempts(&dead), 1000 + retries, "{deposit_on:?}");
        let record = play(&dead, 0);
        // Every request fails: with three retries paid, or with one that was refused.
        assert_eq!(last(&record, "fleets.f.failed_by.server_error"), 1000.0);
    }
}

/// The bucket of the AWS SDKs, 500: without a success 100 retries at 5 each (2.0), 35 at 14 each (2.1),
/// 50 at 10 each after transient errors; then none.
#[test]
fn an_outage_leaves_as_many_retries_as_the_aws_bucket_pays_for() {
    let aws = |cost, cost_of| {
        let bucket = tokens(500_000, cost, 1000, Deposit::Success);
        Budget::Tokens(Tokens { refund: true, cost_of, ..bucket })
    };
    let transient = vec![(Cause::ServerError, 10_000)];
    for (budget, retries) in
        [(aws(5_000, Vec::new()), 100), (aws(14_000, Vec::new()), 35), (aws(5_000, transient), 50)]
    {
        let diary = Diary::of(&requests(300, 1.0, 3, budget));
        let at = diary.ms(|what| matches!(what, Observation::Attempted { .. }));
        assert_eq!(at.len(), 300 + retries);
        // Two retries each, until they cannot be paid.
        let last_retry = at.windows(2).rfind(|pair| pair[0] == pair[1]).unwrap()[1];
        assert_eq!(last_retry, f64::from(retries.div_ceil(2) as u32 - 1) * 1000.0);
    }
}

/// A success after a retry gives back what the retry cost. A bucket that pays for two retries lasts
/// until two of them have failed: where half of them do, for four on average, with a variance of
/// 2 x (1/2) / (1/2)^2.
#[test]
fn a_success_after_a_retry_gives_its_cost_back() {
    let bucket = tokens(10_000, 5_000, 0, Deposit::Success);
    let retries = |refund, run| {
        let budget = Budget::Tokens(Tokens { refund, ..bucket.clone() });
        let record = play(&requests(100, 0.5, 2, budget), run);
        last(&record, "fleets.f.attempts") - 100.0
    };
    assert_eq!(retries(false, 0), 2.0);
    let runs = 400;
    let mean = (0..runs).map(|run| retries(true, run)).sum::<f64>() / f64::from(runs);
    assert!((mean - 4.0).abs() < 4.0 * (4.0 / f64::from(runs)).sqrt(), "{mean}");
}

/// gRPC's example, (10, 0.1): the fifth failure in a row is the first without a retry; then each
/// further one must be paid by ten successes.
#[test]
fn five_failures_disable_the_retries_of_the_grpc_example() {
    let throttle = Budget::Throttle { most: 10_000, success: 100 };
    let dead = requests(20, 1.0, 100, throttle.clone());
    let diary = Diary::of(&dead);
    let at = diary.ms(|what| matches!(what, Observation::Attempted { .. }));
    assert_eq!(at.iter().filter(|ms| **ms == 0.0).count(), 5);
    assert_eq!(at.len(), 5 + 19, "every later request has one attempt");
    // The errors end after the first request, and begin again after so many successes.
    for (successes, retries) in [(9, 0), (10, 0), (11, 1), (20, 1), (21, 2)] {
        let mut flaky = requests(2 + successes, 1.0, 100, throttle.clone());
        for (at, share) in [("500ms", 0.0), (&*format!("{successes}500ms"), 1.0)] {
            let mut settings = flaky.settings.clone();
            if let Step::Call(call) = &mut settings.fleets[0].steps[0] {
                call.errors = ratio(share);
            }
            let action = Action::Set(Box::new(settings));
            let at = crate::support::at(at);
            flaky.timeline.push(Entry { at, label: String::new(), action });
        }
        // 5 tokens are left, and a tenth of one for each success; a failure takes one, and above 5 there is a retry.
        assert_eq!(attempts(&flaky), (5 + successes + 1 + retries) as usize, "{successes}");
    }
}

/// Envoy's three at once: of a hundred calls that fail together three are tried again, and while
/// those pause nobody else is; a share of the calls under way allows more at scale.
#[test]
fn no_more_retries_at_once_than_allowed() {
    for (share, expected) in [(0.0, 3), (0.2, 20)] {
        let arrivals = Arrivals::Instants { at: vec![SimTime::ZERO], each: 100 };
        let shared = Strategy::Shared(Shared::plain(1));
        let mut caller = fleet(arrivals, shared, Dist::Constant(Span::ZERO));
        if let Step::Call(call) = &mut caller.steps[0] {
            call.errors = Ratio::new(1.0).unwrap();
        }
        let budget = Budget::Concurrent { retries: 3, share: ratio(share) };
        caller.retry = paid(3, span("1s"), budget);
        let mut storm = scenario(free_server("redis", 10), caller, "1min");
        // All replies are on their way before the first comes back.
        storm.settings.network.delay = Dist::Constant(span("10ms"));
        let diary = Diary::of(&storm);
        let at = diary.ms(|what| matches!(what, Observation::Attempted { .. }));
        let first = at.iter().filter(|ms| **ms < 1000.0).count();
        assert_eq!(first, 100);
        // The n-th failure finds 100 - n calls under way: a fifth of them is met at the 17th.
        let retries = at.iter().filter(|ms| **ms > 1000.0 && **ms < 2000.0).count();
        let allowed = (1..=100usize).fold(0, |held, n| {
            let most = (share * (100 - n) as f64).max(3.0);
            if (held as f64) < most { held + 1 } else { held }
        });
        assert_eq!(retries, allowed);
        assert!(retries <= expected, "{retries}");
    }
}

/// Reference case E16: Finagle's budget at 1,000 requests/s to a dead server never lets more than
/// 20 % of them and 10 a second through in any ten seconds, and nearly so many.
#[test]
fn e16_a_ratio_budget_bounds_retries_over_its_window() {
    let shared = Strategy::Shared(Shared::plain(1));
    let mut caller = fleet(even(1000.0), shared, Dist::Constant(Span::ZERO));
    if let Step::Call(call) = &mut caller.steps[0] {
        call.errors = ratio(1.0);
    }
    let budget = Budget::Ratio {
        share: ratio(0.2),
        reserve: per_second(10.0),
        over: span("10s"),
        deposit_on: Deposit::FirstAttempt,
    };
    let policy = Policy::new(None, Backoff::Constant(Span::ZERO), Jitter::None);
    caller.retry = Retry::Again(Box::new(Policy { budget, ..policy }));
    let dead = scenario(free_server("redis", 10), caller, "100s");
    let record = play(&dead, 0);
    let series = |name: &str| &record.find(name).unwrap().values;
    let retries: Vec<f64> = series("fleets.f.attempts")
        .iter()
        .zip(series("fleets.f.requests"))
        .map(|(attempts, requests)| attempts - requests)
        .collect();
    let all = retries.last().unwrap();
    // The reserve can be spent at once, and again once the window has passed it.
    assert!(*all <= 210.0 * 100.0 + 100.0, "{all} retries in 100 s");
    assert!(*all >= 0.95 * 210.0 * 100.0, "{all} retries in 100 s");
    for ten in retries.windows(11) {
        assert!(ten[10] - ten[0] <= 2.0 * 2100.0, "{ten:?}");
    }
}

/// A call of ten attempts, a minute apart, begins under a budget with more than enough in reserve. When
/// the policy is replaced by one without a budget, its third attempt has been paid; nothing is left from
/// which the call could pay for a fourth.
#[test]
fn a_call_that_outlives_its_budget_has_nothing_to_pay_from() {
    let mut replaced = requests(1, 1.0, 1, Budget::None);
    let plenty = Budget::Ratio {
        share: ratio(0.5),
        reserve: per_second(10.0),
        over: span("10s"),
        deposit_on: Deposit::FirstAttempt,
    };
    replaced.settings.fleets[0].retry = paid(10, span("1min"), plenty);
    assert_eq!(attempts(&replaced), 10);
    let mut after = replaced.settings.clone();
    after.fleets[0].retry = paid(10, span("1min"), Budget::None);
    let action = Action::Set(Box::new(after));
    replaced.timeline.push(Entry { at: at("90s"), label: String::new(), action });
    assert_eq!(attempts(&replaced), 3);
}
