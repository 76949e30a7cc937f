//! Two instances with a line each: the shorter line against its Markov chain.

use highwater::scenario::*;
use highwater::units::Span;

use crate::meter::Meter;
use crate::rule::case;
use crate::support::*;

/// Lines so long are left out of the chain: at a load of 0.8 a pair has more than 80 in all with a
/// probability below 0.8^80 or 2e-8.
const LONGEST: usize = 60;

/// The mean number of requests at two servers of rate one, where each of `rate` arrivals joins the
/// shorter line, or either of two equals: the stationary law of the chain of both lengths, by
/// Gauss-Seidel steps until nothing moves.
fn mean_in_shorter_line_system(rate: f64) -> f64 {
    let n = LONGEST + 1;
    let at = |i: usize, j: usize| i * n + j;
    // Of arrivals at (i, j): the share that goes to the first line.
    let to_first = |i: usize, j: usize| match i.cmp(&j) {
        std::cmp::Ordering::Less => 1.0,
        std::cmp::Ordering::Equal => 0.5,
        std::cmp::Ordering::Greater => 0.0,
    };
    let mut p = vec![1.0 / (n * n) as f64; n * n];
    loop {
        let mut moved: f64 = 0.0;
        for i in 0..n {
            for j in 0..n {
                let grows = i.min(j) < LONGEST;
                let out = f64::from(u8::from(i > 0))
                    + f64::from(u8::from(j > 0))
                    + if grows { rate } else { 0.0 };
                let mut into = 0.0;
                if i > 0 {
                    into += rate * to_first(i - 1, j) * p[at(i - 1, j)];
                }
                if j > 0 {
                    into += rate * (1.0 - to_first(i, j - 1)) * p[at(i, j - 1)];
                }
                if i + 1 < n {
                    into += p[at(i + 1, j)];
                }
                if j + 1 < n {
                    into += p[at(i, j + 1)];
                }
                let new = into / out;
                moved = moved.max((new - p[at(i, j)]).abs());
                p[at(i, j)] = new;
            }
        }
        let all: f64 = p.iter().sum();
        p.iter_mut().for_each(|share| *share /= all);
        if moved < 1e-13 {
            break;
        }
    }
    (0..n * n).map(|k| p[k] * (k / n + k % n) as f64).sum()
}

/// With two instances, two different ones drawn by chance are both: the same law. Round robin and
/// chance, which do not look, have longer lines: chance that of two queues M/M/1.
#[test]
fn two_lines_and_the_shorter_of_them() {
    let rate = 1.6;
    let chain = mean_in_shorter_line_system(rate);
    let chance = 2.0 * 0.8 / (1.0 - 0.8);
    println!("shorter line {chain}, by chance {chance}");
    let hold = Dist::Exponential { mean: Span::from_secs(1) };
    let of = |balancer: Balancer| {
        let mut fleet = fleet(poisson(rate), Strategy::Pooled(pool(1)), hold.clone());
        (fleet.instances, fleet.balancer) = (2, balancer);
        scenario(free_server("redis", 100), fleet, "60000s")
    };
    let all = [of(Balancer::LeastInFlight), of(Balancer::TwoChoices), of(Balancer::Random)];
    let expected = [("least in flight", chain), ("two choices", chain), ("random", chance)];
    case("A01").named("the shorter of two lines").check_against(&expected, |seed, run, longer| {
        let mean = |scenario: &Scenario| {
            let mut played = scenario.clone();
            played.seed = seed.to_string();
            played.duration = Span::from_secs_f64(played.duration.as_secs_f64() * longer);
            Meter::steady(&played).play(&played, run).figure("L", Span::ZERO)
        };
        all.iter().map(mean).collect()
    });
}
