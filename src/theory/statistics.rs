//! Intervals for what several runs have shown.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// The normal quantile of 0.975.
const Z: f64 = 1.959_963_984_540_054;

/// A mean over runs with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mean {
    /// The mean.
    pub mean: f64,
    /// The standard deviation of one run (dividing by n - 1); zero for a single run.
    pub sd: f64,
    /// The low end of the interval.
    pub low: f64,
    /// The high end of the interval.
    pub high: f64,
}

/// The mean of independent values with Student's 95 % interval. One value is its own interval; of no
/// values everything is NaN. Sums run in the order of the values.
///
/// # Source
///
/// "Student", "The Probable Error of a Mean", Biometrika 6(1), 1908.
///
/// ```
/// use highwater::theory::mean_interval;
///
/// let waits = mean_interval(&[3.0, 5.0, 4.0, 4.0]);
/// assert_eq!(waits.mean, 4.0);
/// assert_eq!(format!("{:.2} to {:.2}", waits.low, waits.high), "2.70 to 5.30");
/// ```
pub fn mean_interval(values: &[f64]) -> Mean {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    if values.len() < 2 {
        return Mean { mean, sd: 0.0 * mean, low: mean, high: mean };
    }
    let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
    let sd = libm::sqrt(squares / (n - 1.0));
    let reach = student_quantile(n - 1.0) * standard_error(sd, values.len());
    Mean { mean, sd, low: mean - reach, high: mean + reach }
}

/// The quantile of 0.975 of Student's law.
pub(super) fn student_quantile(freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::NAN, |law| law.inverse_cdf(0.975))
}

/// The value that Student's law exceeds with probability `tail`, which is below a half and may be very
/// small: by halving, as the library's own inverse loses its way far out (at 4e-9 with one degree of
/// freedom it gives 0.6 of the value).
pub(super) fn student_beyond(tail: f64, freedom: f64) -> f64 {
    let Ok(law) = StudentsT::new(0.0, 1.0, freedom) else { return f64::NAN };
    let (mut low, mut high) = (0.0, 1.0);
    while law.cdf(-high) > tail && high < 1e150 {
        (low, high) = (high, high * 2.0);
    }
    // Enough to reach the last bit.
    for _ in 0..60 {
        let middle = low + (high - low) / 2.0;
        if law.cdf(-middle) > tail { low = middle } else { high = middle }
    }
    high
}

/// The standard error of a mean over `n` independent values with standard deviation `sd`.
pub fn standard_error(sd: f64, n: usize) -> f64 {
    sd / libm::sqrt(n as f64)
}

/// The standard error of a share `p` seen in `n` independent trials.
pub fn share_error(p: f64, n: u64) -> f64 {
    libm::sqrt(p * (1.0 - p) / n as f64)
}

/// The median of sorted values: the middle one, or the mean of the middle two. NaN of none.
pub fn median(sorted: &[f64]) -> f64 {
    let n = sorted.len();
    match (sorted.get(n.wrapping_sub(1) / 2), sorted.get(n / 2)) {
        (Some(low), Some(high)) => low + (high - low) / 2.0,
        _ => f64::NAN,
    }
}

/// Wilson's 95 % interval for a share of which `hits` of `trials` were seen; everything, 0 to 1, when
/// nothing was tried.
///
/// # Source
///
/// E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal of
/// the American Statistical Association 22, 1927.
///
/// ```
/// use highwater::theory::wilson_interval;
///
/// let (low, high) = wilson_interval(7, 20);
/// assert_eq!(format!("{low:.3} to {high:.3}"), "0.181 to 0.567");
/// ```
pub fn wilson_interval(hits: u64, trials: u64) -> (f64, f64) {
    if trials == 0 {
        return (0.0, 1.0);
    }
    let n = trials as f64;
    let p = hits.min(trials) as f64 / n;
    let centre = p + Z * Z / (2.0 * n);
    let reach = Z * libm::sqrt(p * (1.0 - p) / n + Z * Z / (4.0 * n * n));
    let whole = 1.0 + Z * Z / n;
    // At the ends the exact bounds are 0 and 1; rounding must not miss them.
    let low = if hits == 0 { 0.0 } else { ((centre - reach) / whole).max(0.0) };
    let high = if hits >= trials { 1.0 } else { ((centre + reach) / whole).min(1.0) };
    (low, high)
}

/// The largest share that is still likely (at 95 %) for something never seen in `trials`: about 3 in
/// `trials`.
///
/// ```
/// use highwater::theory::bound_when_none_seen;
///
/// assert_eq!(format!("{:.4}", bound_when_none_seen(1000)), "0.0030");
/// ```
pub fn bound_when_none_seen(trials: u64) -> f64 {
    if trials == 0 { 1.0 } else { -libm::expm1(libm::log(0.05) / trials as f64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_are_what_they_are_and_none_give_nothing() {
        assert!(median(&[]).is_nan());
        assert_eq!((median(&[1.0, 2.0, 9.0]), median(&[1.0, 2.0])), (2.0, 1.5));
        assert_eq!(mean_interval(&[4.0]), Mean { mean: 4.0, sd: 0.0, low: 4.0, high: 4.0 });
        assert!(mean_interval(&[]).mean.is_nan());
    }

    #[test]
    fn students_quantiles_are_those_of_the_tables() {
        for (freedom, quantile) in [(1.0, 12.706), (4.0, 2.776), (19.0, 2.093), (99.0, 1.984)] {
            assert!((student_quantile(freedom) - quantile).abs() < 5.1e-4, "{freedom}");
        }
    }

    /// Screening asks for quantiles far out in the tail. With one degree of freedom the law is
    /// Cauchy's, t = 1 / tan(pi tail), with two t = (1 - 2 tail) / sqrt(2 tail (1 - tail)). At 2.5 % it
    /// is the quantile that intervals have. The library's functions have ten figures.
    #[test]
    fn students_quantiles_hold_far_out() {
        for tail in [0.05, 1e-3, 1.4e-5, 3.9e-9, 1e-15] {
            let cauchy = 1.0 / libm::tan(std::f64::consts::PI * tail);
            let root = (1.0 - 2.0 * tail) / libm::sqrt(2.0 * tail * (1.0 - tail));
            for (freedom, exact) in [(1.0, cauchy), (2.0, root)] {
                let seen = student_beyond(tail, freedom);
                assert!((seen / exact - 1.0).abs() < 1e-9, "{tail} {freedom}: {seen} {exact}");
            }
        }
        for freedom in [1.0, 4.0, 19.0, 99.0] {
            let (seen, exact) = (student_beyond(0.025, freedom), student_quantile(freedom));
            assert!((seen / exact - 1.0).abs() < 1e-9, "{freedom}: {seen} {exact}");
        }
        assert!(student_beyond(0.01, 0.0).is_nan());
    }

    #[test]
    fn a_share_of_nothing_or_all_keeps_its_end() {
        assert_eq!(wilson_interval(0, 20).0, 0.0);
        assert_eq!(wilson_interval(20, 20).1, 1.0);
        assert!(wilson_interval(0, 20).1 > 0.1 && wilson_interval(0, 0) == (0.0, 1.0));
    }
}
