//! Which parameters a result depends on: elementary effects, shares of the variance, swings.

use super::statistics::{Mean, mean_interval, student_quantile};

/// What the elementary effects of one factor say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effects {
    /// The mean effect: which way the factor moves the result.
    pub mu: f64,
    /// The mean size of an effect: how much the factor matters.
    pub mu_star: f64,
    /// Student's 95 % interval of `mu_star`, its low end not below zero.
    pub interval: (f64, f64),
    /// The standard deviation of the effects: how far they depend on the other factors, or on where
    /// the factor stands. Zero for a factor that adds the same everywhere.
    pub sigma: f64,
    /// How many effects were finite; the others are left out.
    pub seen: usize,
}

/// The screening of Morris: `effects[factor][trajectory]` are differences of the result over the step
/// of the factor. Of a factor without a finite effect all figures are NaN.
///
/// # Source
///
/// M. D. Morris, "Factorial Sampling Plans for Preliminary Computational Experiments", Technometrics
/// 33(2), 1991; the mean of sizes: F. Campolongo, J. Cariboni, A. Saltelli, "An effective screening
/// design for sensitivity analysis of large models", Environmental Modelling & Software 22, 2007.
///
/// ```
/// use highwater::theory::morris;
///
/// let seen = morris(&[vec![2.0, -2.0, 2.0, -2.0]]);
/// assert_eq!((seen[0].mu, seen[0].mu_star), (0.0, 2.0));
/// ```
pub fn morris(effects: &[Vec<f64>]) -> Vec<Effects> {
    let of_factor = |effects: &Vec<f64>| {
        let finite: Vec<f64> = effects.iter().copied().filter(|x| x.is_finite()).collect();
        let sizes: Vec<f64> = finite.iter().map(|effect| effect.abs()).collect();
        let (way, size) = (mean_interval(&finite), mean_interval(&sizes));
        Effects {
            mu: way.mean,
            mu_star: size.mean,
            interval: (size.low.max(0.0 * size.low), size.high),
            sigma: way.sd,
            seen: finite.len(),
        }
    };
    effects.iter().map(of_factor).collect()
}

/// How much of the variance of the result one factor makes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SobolIndex {
    /// The share that the factor makes by itself.
    pub first: f64,
    /// The share that would be left if only this factor were unknown: by itself and with others.
    pub total: f64,
    /// The 95 % interval of `first`.
    pub first_interval: (f64, f64),
    /// The 95 % interval of `total`.
    pub total_interval: (f64, f64),
}

/// The indices of Sobol' of each factor: `a` and `b` are results at the rows of two independent
/// samples, `ab[factor]` those at the rows of the first with this factor taken from the second.
///
/// First-order indices by the estimator of Saltelli and others, from which the mean of the result is
/// taken; total ones by Jansen's. Estimates may fall slightly below 0 or above 1. Intervals are
/// Student's over the delete-one jackknife, so the same rows always give the same interval.
///
/// Empty when there are fewer than three rows, when the lengths differ, and when the result does not
/// vary or is not finite somewhere: then it has no variance to share.
///
/// # Source
///
/// A. Saltelli and others, "Variance based sensitivity analysis of model output", Computer Physics
/// Communications 181, 2010, table 2 (b) and (f); M. J. W. Jansen, "Analysis of variance designs for
/// model output", Computer Physics Communications 117, 1999.
pub fn sobol(a: &[f64], b: &[f64], ab: &[Vec<f64>]) -> Vec<SobolIndex> {
    let rows = a.len();
    let finite = |values: &[f64]| values.iter().all(|value| value.is_finite());
    let fits = |values: &[f64]| values.len() == rows && finite(values);
    if rows < 3 || !finite(a) || !fits(b) || !ab.iter().all(|values| fits(values)) {
        return Vec::new();
    }
    // Both estimators are the same for a result less a constant; near its mean rounding is least.
    let shift = a.iter().zip(b).map(|(a, b)| a / 2.0 + b / 2.0).sum::<f64>() / rows as f64;
    let of_factor = |ab: &Vec<f64>| {
        let rows = a.iter().zip(b).zip(ab);
        let rows: Vec<Sums> =
            rows.map(|((a, b), ab)| Sums::row(a - shift, b - shift, ab - shift)).collect();
        index(&rows)
    };
    ab.iter().map(of_factor).collect::<Option<_>>().unwrap_or_default()
}

/// What both estimators need of some rows, added up.
#[derive(Clone, Copy, Default)]
struct Sums {
    rows: f64,
    both: f64,
    squares: f64,
    step: f64,
    product: f64,
    step_squares: f64,
}

impl Sums {
    fn row(a: f64, b: f64, ab: f64) -> Sums {
        let step = ab - a;
        Sums {
            rows: 1.0,
            both: a + b,
            squares: a * a + b * b,
            step,
            product: b * step,
            step_squares: step * step,
        }
    }

    fn with(self, other: Sums, sign: f64) -> Sums {
        Sums {
            rows: self.rows + sign * other.rows,
            both: self.both + sign * other.both,
            squares: self.squares + sign * other.squares,
            step: self.step + sign * other.step,
            product: self.product + sign * other.product,
            step_squares: self.step_squares + sign * other.step_squares,
        }
    }

    /// The first-order and the total index, if the result varies.
    fn indices(self) -> Option<(f64, f64)> {
        let mean = self.both / (2.0 * self.rows);
        let variance = self.squares / (2.0 * self.rows) - mean * mean;
        // What rounding leaves of a variance that is none.
        if variance <= 64.0 * f64::EPSILON * self.squares {
            return None;
        }
        let first = (self.product - mean * self.step) / self.rows / variance;
        Some((first, self.step_squares / (2.0 * self.rows) / variance))
    }
}

fn index(rows: &[Sums]) -> Option<SobolIndex> {
    let all = rows.iter().fold(Sums::default(), |sum, row| sum.with(*row, 1.0));
    let (first, total) = all.indices()?;
    let without = rows.iter().map(|row| all.with(*row, -1.0).indices());
    let (firsts, totals): (Vec<f64>, Vec<f64>) =
        without.collect::<Option<Vec<_>>>()?.into_iter().unzip();
    Some(SobolIndex {
        first,
        total,
        first_interval: jackknife(first, &firsts),
        total_interval: jackknife(total, &totals),
    })
}

/// The interval around an estimate from the estimates with one row left out.
fn jackknife(estimate: f64, without_one: &[f64]) -> (f64, f64) {
    let n = without_one.len() as f64;
    // The variance is (n - 1)/n times the sum of squares: (n - 1)²/n times what divides by n - 1.
    let sd = mean_interval(without_one).sd;
    let error = (n - 1.0) / libm::sqrt(n) * sd;
    let reach = student_quantile(n - 1.0) * error;
    (estimate - reach, estimate + reach)
}

/// What a parameter moves when it goes from its low end to its high end: the results at the high end
/// less those at the low end, run by run with the same chance, as a mean with its interval. A pair in
/// which one of the two is not finite is left out.
pub fn swing(low: &[f64], high: &[f64]) -> Mean {
    let differences = low.iter().zip(high).map(|(low, high)| high - low);
    let finite: Vec<f64> = differences.filter(|difference| difference.is_finite()).collect();
    mean_interval(&finite)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Effects of 1, 2, 3 and their opposites: by hand.
    #[test]
    fn effects_by_hand() {
        let seen = morris(&[vec![1.0, -2.0, 3.0], vec![], vec![f64::INFINITY, 4.0, 4.0]]);
        let (mean, mu) = (seen[0].mu_star, seen[0].mu);
        assert_eq!((mean, seen[0].seen), (2.0, 3));
        assert!((mu - 2.0 / 3.0).abs() < 1e-15);
        // Sizes 1, 2, 3: sd 1, t(0.975, 2) = 4.30265, error 1/sqrt(3).
        assert!((seen[0].interval.1 - (2.0 + 4.302_652_73 / 3.0_f64.sqrt())).abs() < 1e-7);
        assert_eq!(seen[0].interval.0, 0.0, "a size is not negative");
        // Effects 1, -2, 3 around 2/3: squares 1/9 + 64/9 + 49/9 over 2.
        assert!((seen[0].sigma * seen[0].sigma - 114.0 / 18.0).abs() < 1e-12);
        assert!(seen[1].mu_star.is_nan() && seen[1].seen == 0);
        assert_eq!((seen[2].mu_star, seen[2].sigma, seen[2].seen), (4.0, 0.0, 2));
    }

    /// The fast jackknife, by sums less one row, is the slow one, which forgets the row and starts over.
    #[test]
    fn the_jackknife_is_that_of_the_definition() {
        let a = [3.0, 1.0, 4.0, 1.5, 5.0, 9.0];
        let b = [2.0, 6.0, 5.5, 3.5, 5.0, 8.0];
        let ab = [3.5, 2.0, 4.0, 2.5, 5.5, 7.0];
        let without = |values: &[f64], row: usize| -> Vec<f64> {
            let kept = values.iter().enumerate().filter(|(i, _)| *i != row);
            kept.map(|(_, value)| *value).collect()
        };
        let whole = sobol(&a, &b, &[ab.to_vec()])[0];
        let firsts: Vec<f64> = (0..6)
            .map(|row| sobol(&without(&a, row), &without(&b, row), &[without(&ab, row)])[0].first)
            .collect();
        let mean = firsts.iter().sum::<f64>() / 6.0;
        let squares: f64 = firsts.iter().map(|x| (x - mean) * (x - mean)).sum();
        let reach = student_quantile(5.0) * libm::sqrt(5.0 / 6.0 * squares);
        assert!((whole.first + reach - whole.first_interval.1).abs() < 1e-9);
        // The same by hand: the mean of all twelve is 4.458333, variance by 12.
        let mean = a.iter().chain(&b).sum::<f64>() / 12.0;
        let variance = a.iter().chain(&b).map(|x| (x - mean) * (x - mean)).sum::<f64>() / 12.0;
        let steps = || a.iter().zip(&ab).map(|(a, ab)| ab - a);
        let first = b.iter().zip(steps()).map(|(b, step)| (b - mean) * step).sum::<f64>() / 6.0;
        let total = steps().map(|step| step * step).sum::<f64>() / 12.0;
        assert!((whole.first - first / variance).abs() < 1e-12);
        assert!((whole.total - total / variance).abs() < 1e-12);
    }

    #[test]
    fn what_does_not_vary_has_no_shares() {
        let flat = [0.1 + 0.2; 4];
        assert_eq!(sobol(&flat, &flat, &[flat.to_vec()]), []);
        assert_eq!(sobol(&[1.0, 2.0], &[2.0, 1.0], &[vec![1.0, 1.0]]), []);
        assert_eq!(sobol(&[1.0, 2.0, f64::INFINITY], &[2.0; 3], &[vec![1.0; 3]]), []);
        assert_eq!(sobol(&[1.0, 2.0, 3.0], &[2.0; 3], &[vec![1.0; 2]]), []);
    }

    #[test]
    fn a_swing_is_paired() {
        // Runs differ by tens, the ends in each run by exactly 1.
        let seen = swing(&[10.0, 20.0, 30.0, f64::INFINITY], &[11.0, 21.0, 31.0, 1.0]);
        assert_eq!((seen.mean, seen.low, seen.high), (1.0, 1.0, 1.0));
    }
}
