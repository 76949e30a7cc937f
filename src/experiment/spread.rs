//! What several runs say of one figure.

use crate::theory::{
    Mean, QuantileInterval, bound_when_none_seen, mean_interval, quantile_interval, wilson_interval,
};

/// The values of a figure over several runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The mean with Student's 95 % interval; `None` when no run has a value, or when in some run it
    /// never came, which leaves no finite mean.
    pub mean: Option<Mean>,
    /// The median with its interval, in which "never" is infinite; `None` when no run has a value.
    pub median: Option<QuantileInterval>,
    /// Runs that have a value.
    pub runs: usize,
}

impl Spread {
    /// Of the values of a figure, one per run. A missing one is an event that never came, and infinitely
    /// late, where that may be; else there was nothing to measure, and it is left out.
    ///
    /// ```
    /// use highwater::experiment::Spread;
    ///
    /// let first_rejection = Spread::of(&[Some(3.0), None, Some(4.0)], true);
    /// assert_eq!((first_rejection.mean, first_rejection.runs), (None, 2));
    /// assert_eq!(first_rejection.median.map(|median| median.estimate), Some(4.0));
    /// let latency = Spread::of(&[Some(3.0), None, Some(4.0)], false);
    /// assert_eq!(latency.mean.map(|mean| mean.mean), Some(3.5));
    /// ```
    pub fn of(values: &[Option<f64>], may_never_come: bool) -> Spread {
        let runs = values.iter().flatten().filter(|value| value.is_finite()).count();
        let mut values = comparable(values, may_never_come);
        let mean = (!values.is_empty() && values.iter().all(|value| value.is_finite()))
            .then(|| mean_interval(&values));
        values.sort_by(f64::total_cmp);
        let median = (!values.is_empty()).then(|| quantile_interval(&values, 0.5));
        Spread { mean, median, runs }
    }
}

/// The values that there are; what never came is infinite where that may be.
pub(super) fn comparable(values: &[Option<f64>], may_never_come: bool) -> Vec<f64> {
    let never = may_never_come.then_some(f64::INFINITY);
    values.iter().filter_map(|value| value.or(never)).collect()
}

/// When something first comes, as a law: the time to exhaustion.
#[derive(Clone, Debug, PartialEq)]
pub struct Exhaustion {
    /// The figure: `servers.redis.first_rejection_s`.
    pub name: String,
    /// One value per run; `None` where it never came.
    pub values: Vec<Option<f64>>,
    /// The time by which it came in one of twenty runs, in seconds; infinite is never.
    pub p05: QuantileInterval,
    /// In half of them.
    pub median: QuantileInterval,
    /// In all but one of twenty.
    pub p95: QuantileInterval,
    /// Runs in which it never came.
    pub never: u64,
    /// The 95 % interval (Wilson's) of the share of runs in which it never comes.
    pub share: (f64, f64),
    /// Where it came in every run, the largest share of runs in which it still may never come; where it
    /// came in none, the largest share in which it may: at 95 %. `None` where both were seen.
    pub at_most: Option<f64>,
}

impl Exhaustion {
    /// Of one value per run.
    pub fn of(name: &str, values: Vec<Option<f64>>) -> Exhaustion {
        let mut sorted = comparable(&values, true);
        sorted.sort_by(f64::total_cmp);
        let quantile = |q: f64| quantile_interval(&sorted, q);
        let (never, runs) =
            (values.iter().filter(|value| value.is_none()).count() as u64, values.len() as u64);
        Exhaustion {
            name: name.to_string(),
            p05: quantile(0.05),
            median: quantile(0.5),
            p95: quantile(0.95),
            never,
            share: wilson_interval(never, runs),
            at_most: (never == 0 || never == runs).then(|| bound_when_none_seen(runs)),
            values,
        }
    }

    /// Runs in which it came.
    pub fn came(&self) -> u64 {
        self.values.len() as u64 - self.never
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_of_no_runs_or_of_one() {
        let none = Spread { mean: None, median: None, runs: 0 };
        assert_eq!(Spread::of(&[], true), none);
        assert_eq!(Spread::of(&[None], false), none);
        let one = Spread::of(&[Some(3.0)], false);
        assert_eq!(one.mean, Some(Mean { mean: 3.0, sd: 0.0, low: 3.0, high: 3.0 }));
        let never = Spread::of(&[None; 6], true);
        assert_eq!((never.mean, never.runs), (None, 0));
        assert_eq!(never.median.map(|median| median.low), Some(f64::INFINITY));
    }

    /// Nineteen of twenty: the largest time is the 95 % quantile's neighbour, "never" the one beyond.
    #[test]
    fn a_law_with_a_share_that_never_comes() {
        let mut values: Vec<Option<f64>> = (1..=19).map(|i| Some(f64::from(i))).collect();
        values.push(None);
        let law = Exhaustion::of("servers.redis.first_rejection_s", values);
        assert_eq!((law.never, law.came(), law.at_most), (1, 19, None));
        assert_eq!(law.median.estimate, 10.5);
        assert_eq!((law.p95.estimate, law.p95.high), (f64::INFINITY, f64::INFINITY));
        assert_eq!(law.share, wilson_interval(1, 20));
        let all = Exhaustion::of("x", vec![Some(1.0); 20]);
        assert_eq!((all.never, all.at_most), (0, Some(bound_when_none_seen(20))));
        let none = Exhaustion::of("x", vec![None; 20]);
        assert_eq!((none.came(), none.at_most), (0, Some(bound_when_none_seen(20))));
        assert_eq!(none.p05.estimate, f64::INFINITY);
    }
}
