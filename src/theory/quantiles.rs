//! Quantiles of the law behind the values of several runs.

use statrs::function::beta::beta_reg;

/// A quantile with an interval, whatever the law.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuantileInterval {
    /// The quantile of the values.
    pub estimate: f64,
    /// The low end of the interval: one of the values.
    pub low: f64,
    /// The high end.
    pub high: f64,
    /// How likely the interval holds the quantile of the law: 95 % or more, or less where there are
    /// too few values for that, and an end is the smallest or the largest of all.
    pub covers: f64,
}

/// The quantile `q` of the law behind sorted independent values, with a 95 % interval from one of the
/// values to another.
///
/// The number of values at or below the quantile is binomial, n coins of probability q, whatever the
/// law: the low end is the value of the highest rank that lies above the quantile with probability
/// 2.5 % at most, the high end the one of the lowest rank that lies below it so. Where no rank does, for
/// want of values, that end is the smallest or the largest value of all, and `covers` says how much of
/// the 95 % is left.
/// Values may be infinite ("never"). The estimate interpolates between neighbours (type 7 of Hyndman and
/// Fan, which makes the median the middle one, or the mean of the middle two); between two infinities of
/// different sign it is NaN. Of no values, or outside 0 to 1, everything is NaN.
///
/// # Source
///
/// W. R. Thompson, "On Confidence Ranges for the Median", Annals of Mathematical Statistics 7, 1936;
/// H. A. David, H. N. Nagaraja, "Order Statistics", 3rd edition, section 7.1.
///
/// ```
/// use highwater::theory::quantile_interval;
///
/// let runs: Vec<f64> = (1..=100).map(f64::from).collect();
/// let p95 = quantile_interval(&runs, 0.95);
/// assert_eq!((p95.low, p95.high), (90.0, 100.0));
/// assert!(p95.covers >= 0.95);
/// let of_twenty = quantile_interval(&runs[..20], 0.95);
/// assert!(of_twenty.high == 20.0 && of_twenty.covers < 0.95);
/// ```
pub fn quantile_interval(sorted: &[f64], q: f64) -> QuantileInterval {
    let n = sorted.len();
    if n == 0 || !(0.0..=1.0).contains(&q) {
        let nan = f64::NAN;
        return QuantileInterval { estimate: nan, low: nan, high: nan, covers: nan };
    }
    // Fewer than `rank` values at or below the quantile: the value of that rank lies above it.
    let above = |rank: usize| beta_reg((n - rank + 1) as f64, rank as f64, 1.0 - q);
    // At least `rank` of them: that value lies below it, or on it.
    let below = |rank: usize| beta_reg(rank as f64, (n - rank + 1) as f64, q);
    let low = last(n, |rank| above(rank) <= ALLOWED).max(1);
    let high = (last(n, |rank| below(rank) > ALLOWED) + 1).min(n);
    QuantileInterval {
        estimate: quantile(sorted, q),
        low: sorted[low - 1],
        high: sorted[high - 1],
        // Of a law with steps it is more.
        covers: (1.0 - above(low) - below(high)).max(0.0),
    }
}

/// What may lie beyond each end.
const ALLOWED: f64 = 0.025;

/// The last of the ranks 1 to n for which something holds that holds for all before it; 0 for none.
fn last(n: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut good, mut bad) = (0, n + 1);
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        if holds(middle) { good = middle } else { bad = middle }
    }
    good
}

/// The quantile of the values themselves, between neighbours where it falls between them.
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let place = q * (sorted.len() - 1) as f64;
    let (at, rest) = (place as usize, place - libm::floor(place));
    let here = sorted[at];
    match sorted.get(at + 1) {
        Some(next) if rest > 0.0 && *next != here => here + (next - here) * rest,
        _ => here,
    }
}

/// An interval that holds the median of the law behind sorted values with probability 95 % or more,
/// whatever the law: from the k-th smallest value to the k-th largest.
///
/// It is that of [`quantile_interval`] at 1/2. Below six values no rank will do: the whole range is
/// given, which holds the median with probability 1 - 2^(1-n). Of no values both ends are NaN.
///
/// ```
/// use highwater::theory::median_interval;
///
/// let runs: Vec<f64> = (1..=20).map(f64::from).collect();
/// assert_eq!(median_interval(&runs), (6.0, 15.0));
/// ```
pub fn median_interval(sorted: &[f64]) -> (f64, f64) {
    let interval = quantile_interval(sorted, 0.5);
    (interval.low, interval.high)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranks(n: u32) -> Vec<f64> {
        (1..=n).map(f64::from).collect()
    }

    /// The ranks of the classical table: n, k.
    #[test]
    fn the_median_interval_has_the_ranks_of_the_tables() {
        for (n, k) in [(6, 1), (8, 1), (9, 2), (11, 2), (12, 3), (20, 6), (40, 14), (100, 40)] {
            let expected = (f64::from(k), f64::from(n + 1 - k));
            assert_eq!(median_interval(&ranks(n)), expected, "n = {n}");
        }
    }

    #[test]
    fn few_values_give_their_range_and_none_give_nothing() {
        assert_eq!(median_interval(&[1.0, 2.0, 9.0]), (1.0, 9.0));
        assert_eq!(median_interval(&[4.0]), (4.0, 4.0));
        assert!(median_interval(&[]).0.is_nan());
        for q in [-0.1, 1.1, f64::NAN] {
            assert!(quantile_interval(&[1.0, 2.0], q).estimate.is_nan());
        }
        // Three coins: not all the same.
        assert!((quantile_interval(&[1.0, 2.0, 9.0], 0.5).covers - 0.75).abs() < 1e-12);
    }

    /// The tails of the binomial law, summed term by term: no rank further in keeps its word.
    #[test]
    fn the_ranks_are_the_innermost_whose_tails_are_rare() {
        for n in [1usize, 5, 19, 20, 59, 73, 100, 250] {
            for q in [0.05, 0.3, 0.5, 0.9, 0.95] {
                let term = |k: usize| {
                    let (n, k) = (n as f64, k as f64);
                    let ways =
                        libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0);
                    libm::exp(ways + k * libm::log(q) + (n - k) * libm::log(1.0 - q))
                };
                let at_most = |k: usize| (0..=k).map(term).sum::<f64>();
                let from = |k: usize| (k..=n).map(term).sum::<f64>();
                let low = (1..=n).rev().find(|r| at_most(r - 1) <= 0.025).unwrap_or(1);
                let high = (1..=n).find(|s| from(*s) <= 0.025).unwrap_or(n);
                let found = quantile_interval(&ranks(n as u32), q);
                assert_eq!((found.low, found.high), (low as f64, high as f64), "{n} {q}");
                let covers = (low..high).map(term).sum::<f64>();
                assert!((found.covers - covers).abs() < 1e-9, "{n} {q}: {found:?} {covers}");
            }
        }
        // 1 - 0.95^20 of the samples have a value beyond the 95 % quantile.
        let twenty = quantile_interval(&ranks(20), 0.95).covers;
        assert!(twenty < 1.0 - libm::pow(0.95, 20.0), "{twenty}");
    }

    #[test]
    fn never_is_a_value_like_another() {
        let never = f64::INFINITY;
        let some = [1.0, 2.0, 3.0, never, never];
        assert_eq!(quantile_interval(&some, 0.5).estimate, 3.0);
        assert_eq!(quantile_interval(&some, 0.95).estimate, never);
        assert_eq!(quantile_interval(&[never; 20], 0.05).low, never);
        assert_eq!(quantile_interval(&[never; 3], 0.3).estimate, never);
        assert_eq!(quantile_interval(&[1.0, 2.0], 0.25).estimate, 1.25);
    }
}
