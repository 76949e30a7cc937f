//! The interval around a median.

/// Bounds of the median of the law behind `sorted` (ascending, not empty) at 95 % confidence or
/// more, without assuming what law it is: the binomial order-statistic interval. With fewer than
/// six values no such interval exists, and the range of the values stands for it.
///
/// Source: H. A. David and H. N. Nagaraja, "Order Statistics", 3rd edition, 2003, section 7.1.
pub fn median_interval(sorted: &[f64]) -> (f64, f64) {
    let n = sorted.len();
    let cut = if n < 6 { 0 } else { tail(n) };
    (sorted[cut], sorted[n - 1 - cut])
}

/// The most values that can be cut off at each end of `n`: the largest c with
/// P(Binomial(n, 1/2) <= c) at most 0.025.
fn tail(n: usize) -> usize {
    if n > 1000 {
        // The binomial is normal to well below one rank here, and 0.5^n would underflow.
        let n = n as f64;
        return ((n - 1.96 * n.sqrt()) / 2.0) as usize;
    }
    let mut term = (0..n).fold(1.0_f64, |p, _| p * 0.5);
    let mut below = 0.0;
    for k in 0..n {
        below += term;
        if below > 0.025 {
            return k.saturating_sub(1);
        }
        term *= (n - k) as f64 / (k + 1) as f64;
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published ranks: 6 of 6 values, the 2nd and 9th of 10, the 6th and 15th of 20.
    #[test]
    fn the_ranks_are_those_of_the_tables() {
        let ranks = |n: usize| {
            let values: Vec<f64> = (1..=n).map(|i| i as f64).collect();
            median_interval(&values)
        };
        assert_eq!(ranks(1), (1.0, 1.0));
        assert_eq!(ranks(5), (1.0, 5.0));
        assert_eq!(ranks(6), (1.0, 6.0));
        assert_eq!(ranks(10), (2.0, 9.0));
        assert_eq!(ranks(20), (6.0, 15.0));
        assert_eq!(ranks(100), (40.0, 61.0));
        assert!((ranks(1001).0 - 470.0).abs() <= 1.0);
    }
}
