//! Shares over pairs of runs: the same chance on both sides, with and without.

use statrs::function::beta::beta_reg;

/// The square of the normal quantile of 0.975.
const Z2: f64 = 1.959_963_984_540_054 * 1.959_963_984_540_054;
/// Halvings of an interval of length 2 until two neighbouring floats are left.
const HALVINGS: u32 = 60;

/// The 95 % interval of the difference of two shares seen on the same `pairs`: `first_only` pairs
/// show it on the first side only, `second_only` on the second only. The difference is that of the
/// first less the second. Everything, -1 to 1, of no pairs.
///
/// Tango's score interval: all differences that the score test does not refuse, the other parameter
/// at its most likely value. It is right at the edges: of n pairs that are all alike it is
/// ± z² / (n + z²), and of n pairs that all differ one way (n - z²) / (n + z²) to 1.
///
/// # Source
///
/// T. Tango, "Equivalence test and confidence interval for the difference in proportions for the
/// paired-sample design", Statistics in Medicine 17, 1998.
///
/// ```
/// use highwater::theory::paired_interval;
///
/// let (low, high) = paired_interval(20, 0, 20);
/// assert_eq!(format!("{low:.2} to {high:.2}"), "0.68 to 1.00");
/// ```
pub fn paired_interval(first_only: u64, second_only: u64, pairs: u64) -> (f64, f64) {
    if pairs == 0 {
        return (-1.0, 1.0);
    }
    // The square keeps its sign, so that nothing but products and one root is rounded.
    let bound = |goal: f64| {
        let (mut low, mut high) = (-1.0, 1.0);
        for _ in 0..HALVINGS {
            let middle = low + (high - low) / 2.0;
            if signed_square(first_only as f64, second_only as f64, pairs as f64, middle) > goal {
                low = middle;
            } else {
                high = middle;
            }
        }
        low + (high - low) / 2.0
    };
    let low = if second_only >= pairs { -1.0 } else { bound(Z2) };
    let high = if first_only >= pairs { 1.0 } else { bound(-Z2) };
    (low, high)
}

/// The square of Tango's statistic for a difference of `delta`, with the sign of the statistic. It
/// falls as `delta` grows.
fn signed_square(b: f64, c: f64, n: f64, delta: f64) -> f64 {
    let half = (2.0 * n - b + c) * delta - b - c;
    let root = libm::sqrt((half * half + 8.0 * n * c * delta * (1.0 - delta)).max(0.0));
    let other = ((root - half) / (4.0 * n)).max(0.0);
    let off = b - c - n * delta;
    let variance = n * (2.0 * other + delta * (1.0 - delta));
    if variance > 0.0 {
        off * off.abs() / variance
    } else if off == 0.0 {
        0.0
    } else {
        off.signum() * f64::INFINITY
    }
}

/// How probable it is that pairs which differ by a fair coin fall as unevenly as `first_only` to
/// `second_only`, or more so: McNemar's test in its exact form, on both sides. With at most 0.05 there
/// is a difference; that takes six pairs at least, and errs in at most one case of twenty, however few
/// the pairs.
///
/// # Source
///
/// Q. McNemar, "Note on the sampling error of the difference between correlated proportions or
/// percentages", Psychometrika 12, 1947.
///
/// ```
/// use highwater::theory::sign_test;
///
/// assert_eq!(format!("{:.5}", sign_test(6, 0)), "0.03125");
/// assert_eq!(format!("{:.5}", sign_test(5, 0)), "0.06250");
/// ```
pub fn sign_test(first_only: u64, second_only: u64) -> f64 {
    let (least, all) = (first_only.min(second_only), first_only + second_only);
    if 2 * least >= all {
        return 1.0;
    }
    // P(at most `least` of `all` heads) = I(all - least, least + 1; 1/2).
    let tail = beta_reg((all - least) as f64, (least + 1) as f64, 0.5);
    (2.0 * tail).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const Z: f64 = 1.959_963_984_540_054;

    fn choose(n: u64, k: u64) -> f64 {
        (0..k).fold(1.0, |product, i| product * (n - i) as f64 / (i + 1) as f64)
    }

    /// The probability of each outcome of `n` pairs.
    fn outcomes(n: u64, first: f64, second: f64) -> impl Iterator<Item = (u64, u64, f64)> {
        let alike = (1.0 - first - second).max(0.0);
        (0..=n).flat_map(move |b| {
            (0..=n - b).map(move |c| {
                let ways = choose(n, b) * choose(n - b, c);
                let power = |p: f64, k: u64| libm::pow(p, k as f64);
                (b, c, ways * power(first, b) * power(second, c) * power(alike, n - b - c))
            })
        })
    }

    /// M. Fagerland, S. Lydersen, P. Laake, "Recommended tests and confidence intervals for paired
    /// binomial proportions", Statistics in Medicine 33, 2014: 1 and 7 of 21 children.
    #[test]
    fn a_published_example() {
        let (low, high) = paired_interval(1, 7, 21);
        assert_eq!(format!("{low:.3} {high:.3}"), "-0.517 -0.026");
        let (low, high) = paired_interval(7, 1, 21);
        assert_eq!(format!("{low:.3} {high:.3}"), "0.026 0.517");
    }

    /// Where all pairs are alike, or all differ one way, the test is a quadratic equation.
    #[test]
    fn at_the_edges_it_is_a_closed_form() {
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        for n in [1, 6, 20, 1000, 100_000] {
            let size = n as f64;
            let (low, high) = paired_interval(0, 0, n);
            near(high, Z2 / (size + Z2));
            near(low, -high);
            let (low, high) = paired_interval(n, 0, n);
            near(low, (size - Z2) / (size + Z2));
            assert_eq!(high, 1.0);
            let (least, most) = paired_interval(0, n, n);
            assert_eq!(least, -1.0);
            near(most, -low);
        }
        assert_eq!(paired_interval(0, 0, 0), (-1.0, 1.0));
    }

    /// At a difference of zero the statistic is McNemar's, (b - c) / sqrt(b + c): zero lies outside
    /// exactly when that is beyond the quantile.
    #[test]
    fn zero_is_outside_when_mcnemar_refuses_it() {
        for n in 1..=25u64 {
            for b in 0..=n {
                for c in 0..=n - b {
                    let (low, high) = paired_interval(b, c, n);
                    let refused = b != c && {
                        let off = b as f64 - c as f64;
                        off.abs() / libm::sqrt((b + c) as f64) > Z
                    };
                    assert_eq!(low > 0.0 || high < 0.0, refused, "{b} {c} of {n}");
                    let estimate = (b as f64 - c as f64) / n as f64;
                    assert!(low <= estimate && estimate <= high, "{b} {c} of {n}");
                }
            }
        }
    }

    /// Over every pair of probabilities on a grid of twentieths: 95 % or more on average. The worst
    /// places are as an independent program finds them.
    #[test]
    fn coverage_by_enumeration() {
        for (n, mean, worst) in
            [(6, 0.97147, 0.91238), (10, 0.96478, 0.91386), (20, 0.95868, 0.92452)]
        {
            let mut seen = Vec::new();
            for i in 0..=20 {
                for j in 0..=20 - i {
                    let (first, second) = (f64::from(i) / 20.0, f64::from(j) / 20.0);
                    let truth = first - second;
                    let held = outcomes(n, first, second).filter(|(b, c, _)| {
                        let (low, high) = paired_interval(*b, *c, n);
                        // The truth may stand on an end of it.
                        low - 1e-12 <= truth && truth <= high + 1e-12
                    });
                    seen.push(held.map(|(.., p)| p).sum::<f64>());
                }
            }
            let average = seen.iter().sum::<f64>() / seen.len() as f64;
            let least = seen.iter().copied().fold(1.0, f64::min);
            assert!(average >= 0.95, "{n}: {average}");
            assert_eq!(format!("{average:.5} {least:.5}"), format!("{mean:.5} {worst:.5}"), "{n}");
        }
    }

    /// However few the pairs and however often they differ, a difference that is none is seen in at
    /// most one case of twenty.
    #[test]
    fn the_exact_test_keeps_its_word_for_any_number_of_pairs() {
        for n in 1..=30 {
            for share in 0..=20 {
                let half = f64::from(share) / 40.0;
                let wrong: f64 = outcomes(n, half, half)
                    .filter(|(b, c, _)| sign_test(*b, *c) <= 0.05)
                    .map(|(.., p)| p)
                    .sum();
                assert!(wrong <= 0.05, "{n} pairs, {half}: {wrong}");
            }
        }
    }

    #[test]
    fn the_exact_test_is_the_sum_of_coins() {
        for all in 1..=40u64 {
            for least in 0..=all / 2 {
                let tail: f64 = (0..=least).map(|k| choose(all, k)).sum::<f64>();
                let expected = (2.0 * tail / libm::pow(2.0, all as f64)).min(1.0);
                assert!((sign_test(all - least, least) - expected).abs() < 1e-12, "{least} {all}");
            }
        }
        assert_eq!(sign_test(0, 0), 1.0);
    }
}
