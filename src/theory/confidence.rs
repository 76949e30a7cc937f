//! Intervals of any confidence: for decisions that look more than once at data that grow.
//!
//! A decision that may be made at any of m looks errs with probability e at most when the interval of
//! each look misses the truth with probability e / m at most (Bonferroni). Then e / m is small, and an
//! interval must keep its word far out in the tails: those of shares and medians here are exact.

use statrs::function::beta::beta_reg;

use super::statistics::{Mean, standard_error};

/// Halvings of the interval from 0 to 1 until two neighbouring floats are left, also near 0.
const HALVINGS: u32 = 200;

/// The mean of independent values with the interval of Student that misses the truth with probability
/// `error`. Values that are all the same are their own interval; of fewer than two it has no ends. Sums
/// run in the order of the values.
///
/// ```
/// use highwater::theory::student_interval;
///
/// let waits = student_interval(&[3.0, 5.0, 4.0, 4.0], 0.001);
/// assert_eq!(format!("{:.2} to {:.2}", waits.low, waits.high), "-1.28 to 9.28");
/// ```
pub fn student_interval(values: &[f64], error: f64) -> Mean {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    match values {
        [] | [_] => Mean { mean, sd: 0.0 * mean, low: f64::NEG_INFINITY, high: f64::INFINITY },
        [first, rest @ ..] if rest.iter().all(|value| value == first) => {
            Mean { mean: *first, sd: 0.0, low: *first, high: *first }
        }
        _ => {
            let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
            let sd = libm::sqrt(squares / (n - 1.0));
            let reach = student_reach(n - 1.0, error) * standard_error(sd, values.len());
            Mean { mean, sd, low: mean - reach, high: mean + reach }
        }
    }
}

/// What Student's t of so many degrees of freedom passes, up or down, with probability `error`.
fn student_reach(freedom: f64, error: f64) -> f64 {
    // P(|T| > t) = I(f / 2, 1 / 2; f / (f + t^2)).
    let x = root(|x| beta_reg(freedom / 2.0, 0.5, x) - error);
    libm::sqrt(freedom * (1.0 - x) / x)
}

/// An interval that misses the median of the law behind sorted values with probability `error` at
/// most, whatever the law: from the k-th smallest value to the k-th largest. It has no ends when there
/// are too few values for any k.
///
/// # Source
///
/// W. R. Thompson, "On Confidence Ranges for the Median", Annals of Mathematical Statistics 7, 1936.
///
/// ```
/// use highwater::theory::rank_interval;
///
/// let runs: Vec<f64> = (1..=20).map(f64::from).collect();
/// assert_eq!(rank_interval(&runs, 0.001), (3.0, 18.0));
/// ```
pub fn rank_interval(sorted: &[f64], error: f64) -> (f64, f64) {
    let n = sorted.len();
    // P(fewer than k of n heads) = I(n - k + 1, k; 1/2), which grows with k.
    let rare = |k: usize| beta_reg((n - k + 1) as f64, k as f64, 0.5) <= error / 2.0;
    let (mut good, mut bad) = (0, n / 2 + 1);
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        if rare(middle) { good = middle } else { bad = middle }
    }
    match good {
        0 => (f64::NEG_INFINITY, f64::INFINITY),
        k => (sorted[k - 1], sorted[n - k]),
    }
}

/// An interval that misses a share of which `hits` of `trials` were seen with probability `error` at
/// most; everything, 0 to 1, when nothing was tried.
///
/// Wilson's interval is shorter, but off in the tails: for one hit of many it says at an error of
/// 0.0005 that a share which brings a hit in 7 % of cases is out of the question.
///
/// # Source
///
/// C. J. Clopper, E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of
/// the binomial", Biometrika 26, 1934.
///
/// ```
/// use highwater::theory::share_interval;
///
/// let (low, high) = share_interval(7, 20, 0.05);
/// assert_eq!(format!("{low:.4} to {high:.4}"), "0.1539 to 0.5922");
/// assert_eq!(format!("{:.4}", share_interval(0, 1000, 0.1).1), "0.0030");
/// ```
pub fn share_interval(hits: u64, trials: u64, error: f64) -> (f64, f64) {
    let (k, n) = (hits.min(trials) as f64, trials as f64);
    // P(at least k of n) = I(k, n - k + 1; p).
    let low = match hits {
        0 => 0.0,
        _ => root(|p| beta_reg(k, n - k + 1.0, p) - error / 2.0),
    };
    let high = match hits {
        _ if hits >= trials => 1.0,
        _ => root(|p| error / 2.0 - beta_reg(n - k, k + 1.0, 1.0 - p)),
    };
    (low, high)
}

/// Where a function that rises from 0 to 1 changes its sign.
fn root(rising: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        if rising(middle) < 0.0 { low = middle } else { high = middle }
    }
    low + (high - low) / 2.0
}

#[cfg(test)]
mod tests {
    use super::super::{mean_interval, median_interval};
    use super::*;

    /// Tables print three decimals.
    #[test]
    fn students_quantiles_are_those_of_the_tables() {
        for (freedom, error, reach) in [
            (9.0, 0.05, 2.262),
            (9.0, 0.001, 4.781),
            (19.0, 0.001, 3.883),
            (1.0, 0.01, 63.657),
            (120.0, 0.001, 3.373),
        ] {
            assert!((student_reach(freedom, error) - reach).abs() < 5.1e-4, "{freedom} {error}");
        }
    }

    #[test]
    fn at_one_in_twenty_they_are_the_usual_ones() {
        let values = [3.0, 5.0, 4.5, 4.0, 7.0, 1.0, 2.0, 9.0];
        let (one, other) = (student_interval(&values, 0.05), mean_interval(&values));
        assert!((one.low - other.low).abs() < 1e-9 && (one.high - other.high).abs() < 1e-9);
        for n in 6..60u32 {
            let sorted: Vec<f64> = (0..n).map(f64::from).collect();
            assert_eq!(rank_interval(&sorted, 0.05), median_interval(&sorted));
        }
    }

    /// n coins that all show the same side: 2^(1-n) must be below the error.
    #[test]
    fn too_few_values_decide_nothing() {
        let none = (f64::NEG_INFINITY, f64::INFINITY);
        let first = |n: u32| (0..n).map(f64::from).collect::<Vec<f64>>();
        assert_eq!(rank_interval(&first(10), 0.001), none);
        assert_eq!(rank_interval(&first(11), 0.001), (0.0, 10.0));
        assert_eq!(rank_interval(&[], 0.05), none);
        for few in [&[][..], &[1.0]] {
            let seen = student_interval(few, 0.05);
            assert_eq!((seen.low, seen.high), none);
        }
        assert_eq!(share_interval(0, 0, 0.001), (0.0, 1.0));
    }

    #[test]
    fn values_that_are_all_the_same_are_their_own_interval() {
        let seen = student_interval(&[0.1; 10], 0.001);
        assert_eq!((seen.mean, seen.low, seen.high), (0.1, 0.1, 0.1));
    }

    /// Over every share on a grid: the outcomes whose interval misses it are as improbable as asked for.
    #[test]
    fn the_interval_of_a_share_keeps_its_word_by_enumeration() {
        let choose = |n: u64, k: u64| (0..k).fold(1.0, |c, i| c * (n - i) as f64 / (i + 1) as f64);
        for n in [1, 2, 10, 40] {
            for error in [0.05, 0.001] {
                let all: Vec<(f64, f64)> = (0..=n).map(|k| share_interval(k, n, error)).collect();
                for hundredth in 0..=200 {
                    let p = f64::from(hundredth) / 200.0;
                    let power = |x: f64, k: u64| libm::pow(x, k as f64);
                    let missed: f64 = (0..=n)
                        .filter(|k| {
                            let (low, high) = all[*k as usize];
                            p < low || p > high
                        })
                        .map(|k| choose(n, k) * power(p, k) * power(1.0 - p, n - k))
                        .sum();
                    assert!(missed <= error * (1.0 + 1e-9), "{n} {error} {p}: {missed}");
                }
            }
        }
    }
}
