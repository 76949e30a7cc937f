//! How many runs a figure needs, and what a warm-up leaves out.

use highwater::chance::{Purpose, Stream};
use highwater::experiment::{Aim, Rule, replicate_until, warm_up};
use highwater::scenario::*;
use highwater::theory::{Precision, mean_interval, mser5, runs_needed, standard_error};
use highwater::units::Span;
use rayon::prelude::*;

use crate::rule::case;
use crate::support::*;

/// What was published for the waits of case A02 at 2 %: 20,000 requests a run, k = 22.1.
const RUNS: f64 = 245.0;
const COVERAGE: f64 = 0.932;

/// Plays until the rule is content; `draw` gives the value of a run. Answers with the runs it took and
/// its interval.
fn sequential(precision: f64, mut draw: impl FnMut() -> f64) -> (usize, f64, f64) {
    let mut values: Vec<f64> = Vec::new();
    loop {
        match runs_needed(&values, precision) {
            Precision::More { runs, .. } => values.extend((values.len()..runs).map(|_| draw())),
            Precision::Reached { .. } => {
                let mean = mean_interval(&values);
                return (values.len(), mean.low, mean.high);
            }
            Precision::Unbounded => panic!("the mean is 1"),
        }
    }
}

/// In the stead of a run of the pool: the mean of 41 exponential numbers, with a relative deviation of
/// 0.1562, as the waits of 20,000 requests have (22.1 / sqrt(20,000) = 0.1563), skewed like these.
#[test]
fn stopping_at_2_percent_takes_245_runs_and_keeps_93_percent_of_its_word() {
    const REPETITIONS: u32 = 2000;
    let one = |repetition: u32| {
        let mut stream = Stream::new("precision", repetition, "runs", Purpose::Service);
        sequential(0.02, || (0..41).map(|_| stream.exponential()).sum::<f64>() / 41.0)
    };
    let found: Vec<(usize, f64, f64)> = (0..REPETITIONS).into_par_iter().map(one).collect();
    let runs: Vec<f64> = found.iter().map(|(runs, ..)| *runs as f64).collect();
    let runs = mean_interval(&runs);
    let held = found.iter().filter(|(_, low, high)| (*low..=*high).contains(&1.0)).count();
    let coverage = held as f64 / f64::from(REPETITIONS);
    println!("2 %: {} runs, coverage {coverage}", runs.mean);
    // A look comes after a tenth more runs at most: half of that is played too much on average. Of
    // what was published the last digit is known.
    let (least, most) = (RUNS - 1.0, 1.05 * (RUNS + 1.0));
    let error = 4.0 * standard_error(runs.sd, REPETITIONS as usize);
    assert!((least - error..=most + error).contains(&runs.mean), "{runs:?}");
    // Fewer looks cost less coverage than one after every run, and none gains any.
    let error = 4.0 * (COVERAGE * (1.0 - COVERAGE) / f64::from(REPETITIONS)).sqrt();
    assert!((COVERAGE - error..=0.95 + error).contains(&coverage), "{coverage}");
}

/// The pool itself, at 5 %: 245 x (2 / 5)^2 = 39 runs, and Student's quantile of so few is 2.02 instead of
/// 1.97.
#[test]
fn a02_is_played_until_its_wait_is_known() {
    let case = case("A02");
    let hold = Dist::Exponential { mean: Span::from_secs_f64(case.given("mean_service_s")) };
    let rate = case.given("arrival_rate");
    let mut fleet = fleet(poisson(rate), Strategy::Pooled(pool(10)), hold);
    fleet.connections[0].name = "main".to_string();
    let mut line = scenario(free_server("redis", 1_000_000), fleet, "1s");
    // 20,000 requests after the tenth that is left out.
    line.duration = Span::from_secs_f64(20_000.0 / rate / 0.9);
    line.warm_up = Span::from_secs_f64(20_000.0 / rate / 9.0);
    line.seed = "precision of A02".to_string();
    let name = &line.settings.fleets[0].name;
    let figure = format!("fleets.{name}.pools.main.checkout_wait_s_mean");
    let aim = Aim { precision: 0.05, of: vec![figure.clone()], most: 1000 };
    let play = |jobs| replicate_until(&line, None, (10, &aim), jobs, &|_| {});
    let outcome = play(2);
    let aimed = outcome.aimed.unwrap();
    println!("A02 at 5 %: {aimed:?}");
    assert!(aimed.reached && aimed.runs == outcome.runs);
    // The number of runs goes with the square of the spread seen, whose relative deviation is
    // 1 / sqrt(2 n), and of the mean seen, 0.156 / sqrt(n); it may end a tenth too late.
    let square = |x: f64| x * x;
    let expected = RUNS * square(2.0 / 5.0) * square(2.02 / 1.97);
    let deviation = 2.0 * (0.5 + 0.0244f64).sqrt() / expected.sqrt();
    let (least, most) = (1.0 - 4.0 * deviation, 1.1 * (1.0 + 4.0 * deviation));
    let runs = f64::from(outcome.runs) / expected;
    assert!((least.max(0.0)..=most).contains(&runs), "{} runs", outcome.runs);
    let index = outcome.summary.iter().position(|found| found.name == figure).unwrap();
    let mean = outcome.spreads[index].mean.unwrap();
    let error = standard_error(mean.sd, outcome.runs as usize);
    assert!((mean.mean - case.expected("Wq")).abs() <= 4.0 * error, "{mean:?}");
}

/// An M/M/1 of 80 requests a second and a mean service of 10 ms that begins empty.
fn empty() -> Scenario {
    let hold = Dist::Exponential { mean: Span::from_ns(10_000_000) };
    let line = fleet(poisson(80.0), Strategy::Pooled(pool(1)), hold);
    scenario(free_server("redis", 10), line, "60s")
}

/// The mean wait of each of the first `n` requests of it, by the exact chain of how many an arrival finds:
/// between two arrivals k services end with probability (5/9)^k 4/9, no more than there are.
fn exact(n: usize) -> Vec<f64> {
    let (arrives, serves) = (4.0 / 9.0, 5.0 / 9.0);
    let mut found = vec![0.0; n + 2];
    found[0] = 1.0;
    let mut waits = Vec::new();
    for _ in 0..n {
        waits.push(found.iter().enumerate().map(|(line, p)| line as f64 * p).sum::<f64>() * 0.01);
        let mut next = vec![0.0; n + 2];
        for line in (1..=n).rev() {
            next[line] = serves * next[line + 1] + arrives * found[line - 1];
        }
        next[0] = 1.0 - next[1..].iter().sum::<f64>();
        found = next;
    }
    waits
}

/// The waits of the first requests of one run, by Lindley's recursion.
fn waits(run: u32, requests: usize) -> impl Iterator<Item = f64> {
    let stream = |purpose| Stream::new("warm-up", run, "line", purpose);
    let (mut arrivals, mut services) = (stream(Purpose::Arrival), stream(Purpose::Service));
    let mut wait = 0.0f64;
    (0..requests).map(move |_| {
        let now = wait;
        wait = (wait + 0.01 * services.exponential() - 0.0125 * arrivals.exponential()).max(0.0);
        now
    })
}

/// Reference case N02: the start biases the mean of the first waits by just as much as the exact chain
/// says, and after the truncation that MSER-5 chooses there is nothing left to see of it.
///
/// The bias of 3,000 requests is less than 1 % of the wait, so it is seen in each run's difference between the
/// two means, from which the chance of the later requests is gone.
#[test]
fn n02_what_mser5_leaves_out_is_the_bias() {
    const REQUESTS: usize = 3000;
    const RUNS: u32 = 2000;
    let case = case("N02");
    let limit = case.expected("limit");
    let exact = exact(REQUESTS);
    for n in [2, 10, 100] {
        let expected = case.expected(&format!("mean_wait_of_nth_request_s/{n}"));
        assert!((exact[n - 1] / expected - 1.0).abs() < 1e-9, "{n}: {}", exact[n - 1]);
    }
    // In pieces of fixed size, so that the sums do not depend on the threads.
    let piece = |piece: u32| {
        let mut sums = vec![0.0; REQUESTS];
        for run in 100 * piece..100 * (piece + 1) {
            waits(run, REQUESTS).zip(&mut sums).for_each(|(wait, sum)| *sum += wait);
        }
        sums
    };
    let pieces: Vec<Vec<f64>> = (0..RUNS / 100).into_par_iter().map(piece).collect();
    let sum = |n: usize| pieces.iter().map(|sums| sums[n]).sum::<f64>();
    let averaged: Vec<f64> = (0..REQUESTS).map(|n| sum(n) / f64::from(RUNS)).collect();
    let truncation = mser5(&averaged).expect("it settles in the first half");
    let left = |from: usize| (REQUESTS - from) as f64;
    let cut = truncation.values;
    let one = |run: u32| {
        let after = waits(run, REQUESTS).skip(cut).sum::<f64>();
        let start = waits(run, cut).sum::<f64>();
        ((start + after) / left(0), after / left(cut))
    };
    let means: Vec<(f64, f64)> = (0..RUNS).into_par_iter().map(one).collect();
    let exactly = |from: usize| exact[from..].iter().sum::<f64>() / left(from);
    let check = |what: &str, of: fn(&(f64, f64)) -> f64, expected: f64| {
        let seen = mean_interval(&means.iter().map(of).collect::<Vec<_>>());
        let error = standard_error(seen.sd, means.len());
        println!("N02, {cut} left out: {what} {} by {error}, exactly {expected}", seen.mean);
        assert!((seen.mean - expected).abs() <= 4.0 * error, "{what}");
        (seen.mean, error)
    };
    check("before", |(before, _)| *before, exactly(0));
    let (bias, error) = check("bias", |(before, after)| after - before, exactly(cut) - exactly(0));
    assert!(bias > 4.0 * error, "the bias is there to be seen");
    let (after, error) = check("after", |(_, after)| *after, exactly(cut));
    assert!((after - limit).abs() <= 4.0 * error);
}

/// The same line, looked at from outside: what a minute of rows tells ten pilot runs. A leak tells them
/// that there is no steady state.
#[test]
fn pilot_runs_find_a_warm_up_or_that_there_is_none() {
    let mut line = empty();
    line.sample_every = Span::from_ns(100_000_000);
    let study = warm_up(&line, 2, &|_, _| {}).unwrap();
    assert!(matches!(study.rule, Rule::Mser5(_)) && study.is_steady(), "{study:?}");
    assert!(study.warm_up <= Span::from_secs(30), "{study:?}");
    assert_eq!(warm_up(&line, 1, &|_, _| {}).unwrap(), study);
    let leak = Leak { on_success: ratio(0.1), ..NO_LEAK };
    line.settings.fleets[0].connections[0].strategy = per_request(leak);
    line.settings.servers[0].maxclients = 1_000_000;
    let study = warm_up(&line, 2, &|_, _| {}).unwrap();
    assert!(matches!(study.rule, Rule::NotSettled(_)) && !study.is_steady(), "{study:?}");
    line.sample_every = Span::from_secs(2);
    assert_eq!(warm_up(&line, 2, &|_, _| {}).unwrap_err().rows, 31);
}
