//! Which of many configurations may be the best, by runs that all meet the same chance.

use super::pairs::sign_test;
use super::statistics::{Mean, mean_interval, standard_error, student_beyond};
use std::cmp::Ordering;

/// How improbable all wrong statements together are at most.
const WRONG: f64 = 0.05;

/// Which of two values is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// The smaller one: a share of failures, a wait.
    Smaller,
    /// The larger one: a time to failure.
    Larger,
}

/// Which configurations may be the best.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screening {
    /// The configuration with the best mean; `None` when nothing was measured. It always stays.
    pub best: Option<usize>,
    /// For each configuration the best one that is shown to be better, `None` when it stays.
    pub beaten_by: Vec<Option<usize>>,
}

impl Screening {
    /// Whether a configuration may be the best.
    pub fn stays(&self, configuration: usize) -> bool {
        matches!(self.beaten_by.get(configuration), Some(None))
    }
}

/// The configurations that may be the best, from `values[configuration][run]` with run number k of
/// each on the same chance. The best one, by its true mean, is among those that stay with probability
/// 95 % or more.
///
/// One is beaten when another is better by more than t S / sqrt(n): S is the standard deviation of
/// their differences run by run, and t the quantile of 1 - 0.05/(k - 1) of Student's law for k
/// configurations, which covers all comparisons of one whatever the dependence between them
/// (Bonferroni). With fewer than two common runs nothing is beaten; those that are equal in every run
/// stay both; and when all differences are the same, that is the difference.
///
/// A value may be infinite: what is timed never came. Means say nothing then, so pairs with an infinity
/// on either side are compared by a sign test instead, and so are figures that are 0 or 1 in every run: in how many runs is each of them better, equal
/// ones left out. One is beaten when that is as improbable as above for a fair coin, and when the other
/// also comes before it in the order of means (fewer runs at the bad infinity, then more at the good
/// one, then the mean of the rest), so that the best never goes. A NaN is a run without a value, left
/// out of its pairs.
///
/// # Source
///
/// B. L. Nelson, J. Swann, D. Goldsman, W. Song, "Simple Procedures for Selecting the Best Simulated
/// System When the Number of Alternatives is Large", Operations Research 49(6), 2001; with the same
/// chance for all, as in S.-H. Kim, B. L. Nelson, "A Fully Sequential Procedure for
/// Indifference-Zone Selection in Simulation", ACM TOMACS 11(3), 2001.
///
/// ```
/// use highwater::theory::{Better, screen};
///
/// // Runs differ by much, configurations in the same run by little.
/// let waits = [vec![10.0, 20.0, 31.0], vec![15.0, 25.0, 36.0], vec![10.1, 20.0, 30.8]];
/// let screening = screen(&waits, Better::Smaller);
/// assert_eq!(screening.beaten_by, [None, Some(2), None]);
/// assert_eq!(screening.best, Some(2));
/// ```
pub fn screen(values: &[Vec<f64>], better: Better) -> Screening {
    let values: Vec<Vec<f64>> = values.iter().map(|runs| losses(runs, better)).collect();
    let marks: Vec<Mark> = values.iter().map(|runs| Mark::of(runs)).collect();
    let mut order: Vec<usize> = (0..values.len()).collect();
    // Stable: of equal ones the first is the best.
    order.sort_by(|&a, &b| marks[a].compare(&marks[b]));
    let level = WRONG / values.len().saturating_sub(1).max(1) as f64;
    let mut student = Student::new(level);
    let mut beats = |j: usize, i: usize| {
        marks[j].compare(&marks[i]) == Ordering::Less && student.less(&values[j], &values[i])
    };
    let beaten_by =
        (0..values.len()).map(|i| order.iter().copied().find(|&j| beats(j, i))).collect();
    let best = order.first().copied().filter(|&best| marks[best].seen > 0);
    Screening { best, beaten_by }
}

/// Values so that smaller ones are better.
fn losses(values: &[f64], better: Better) -> Vec<f64> {
    let sign = match better {
        Better::Smaller => 1.0,
        Better::Larger => -1.0,
    };
    values.iter().map(|value| sign * value).collect()
}

/// What stands for the mean of losses some of which may be infinite.
#[derive(Clone, Copy, Debug)]
struct Mark {
    seen: usize,
    /// Shares of the values that are infinitely bad and infinitely good.
    worst: f64,
    best: f64,
    /// The mean of the others.
    mean: f64,
}

impl Mark {
    fn of(losses: &[f64]) -> Mark {
        let count = |what: fn(&f64) -> bool| losses.iter().filter(|&x| what(x)).count();
        let seen = count(|loss| !loss.is_nan());
        let share = |count: usize| count as f64 / seen.max(1) as f64;
        let finite: Vec<f64> = losses.iter().copied().filter(|loss| loss.is_finite()).collect();
        Mark {
            seen,
            worst: share(count(|loss| *loss == f64::INFINITY)),
            best: share(count(|loss| *loss == f64::NEG_INFINITY)),
            mean: if finite.is_empty() { 0.0 } else { mean_interval(&finite).mean },
        }
    }

    /// The better one is less; what was never measured is the last.
    fn compare(&self, other: &Mark) -> Ordering {
        let unseen = (self.seen == 0).cmp(&(other.seen == 0));
        unseen
            .then(self.worst.total_cmp(&other.worst))
            .then(other.best.total_cmp(&self.best))
            .then(self.mean.total_cmp(&other.mean))
    }
}

/// Paired comparisons at one level, with the quantiles that were needed so far: most pairs have the
/// same number of runs.
struct Student {
    level: f64,
    known: Option<(usize, f64)>,
}

impl Student {
    fn new(level: f64) -> Student {
        Student { level, known: None }
    }

    fn quantile(&mut self, runs: usize) -> f64 {
        match self.known {
            Some((known, quantile)) if known == runs => quantile,
            _ => {
                let quantile = student_beyond(self.level, (runs - 1) as f64);
                self.known = Some((runs, quantile));
                quantile
            }
        }
    }

    /// Whether the first losses are shown to be less than the second.
    fn less(&mut self, first: &[f64], second: &[f64]) -> bool {
        let pairs = first.iter().zip(second).filter(|(a, b)| !a.is_nan() && !b.is_nan());
        let pairs: Vec<(f64, f64)> = pairs.map(|(a, b)| (*a, *b)).collect();
        if pairs.len() < 2 {
            return false;
        }
        // Of figures that say yes or no, few runs are often all alike, which Student takes for certainty.
        let yes_or_no =
            pairs.iter().all(|(a, b)| [a, b].iter().all(|x| [0.0, 1.0].contains(&x.abs())));
        if yes_or_no || pairs.iter().any(|(a, b)| a.is_infinite() || b.is_infinite()) {
            let count = |less: fn(f64, f64) -> bool| {
                pairs.iter().filter(|(a, b)| less(*a, *b)).count() as u64
            };
            let (wins, losses) = (count(|a, b| a < b), count(|a, b| a > b));
            // Half of the test on both sides is the one on this side.
            return wins > losses && sign_test(wins, losses) / 2.0 <= self.level;
        }
        let differences: Vec<f64> = pairs.iter().map(|(a, b)| b - a).collect();
        let Mean { mean, sd, .. } = mean_interval(&differences);
        mean > self.quantile(pairs.len()) * standard_error(sd, pairs.len())
    }
}

/// For each configuration of `means[configuration][figure]` one that dominates it: no worse in any
/// figure and better in one. `None` is said of those that nothing dominates, which are the set of
/// Pareto. Those named are in that set. Figures may be infinite; one without a value (NaN) compares
/// with nothing, so its configuration neither dominates nor is dominated.
///
/// ```
/// use highwater::theory::{Better, pareto};
///
/// let means = [vec![1.0, 9.0], vec![2.0, 3.0], vec![2.0, 4.0]];
/// assert_eq!(pareto(&means, &[Better::Smaller, Better::Smaller]), [None, None, Some(1)]);
/// ```
pub fn pareto(means: &[Vec<f64>], better: &[Better]) -> Vec<Option<usize>> {
    let figures = |configuration: usize| {
        let of = &means[configuration];
        better.iter().enumerate().map(move |(figure, better)| {
            let value = of.get(figure).copied().unwrap_or(f64::NAN);
            losses(&[value], *better)[0]
        })
    };
    let dominates = |j: usize, i: usize| {
        let mut one = false;
        let all = figures(j).zip(figures(i)).all(|(a, b)| {
            one |= a < b;
            a <= b
        });
        all && one
    };
    dominators(means.len(), dominates)
}

/// For each of `count` one that dominates it and is itself not dominated.
fn dominators(count: usize, dominates: impl Fn(usize, usize) -> bool) -> Vec<Option<usize>> {
    let in_set: Vec<bool> = (0..count).map(|i| !(0..count).any(|j| dominates(j, i))).collect();
    (0..count).map(|i| (0..count).find(|&j| in_set[j] && dominates(j, i))).collect()
}

/// One configuration dominates another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dominated {
    /// The one that dominates.
    pub by: usize,
    /// Whether the runs show it; otherwise only the means say so.
    pub shown: bool,
}

/// As [`pareto`], from `values[configuration][figure][run]` with run number k of every configuration on
/// the same chance: by the means, and whether the runs show it. One that shows it is preferred.
///
/// It is shown when in every figure the two are equal in every run, or the one that dominates is better
/// beyond chance as in [`screen`], and so in one figure at least. To be wrong about a pair it takes
/// one figure in which the truth is otherwise, so each figure has the level of the pair; with k(k - 1)
/// pairs that is 0.05/(k(k - 1)), and with probability 95 % or more nothing that is said to be shown
/// is wrong.
///
/// # Source
///
/// R. L. Berger, "Multiparameter Hypothesis Testing and Acceptance Sampling", Technometrics 24(4),
/// 1982, for the level of several figures together; otherwise as [`screen`].
pub fn pareto_of_runs(values: &[Vec<Vec<f64>>], better: &[Better]) -> Vec<Option<Dominated>> {
    let count = values.len();
    let losses: Vec<Vec<Vec<f64>>> = values
        .iter()
        .map(|figures| figures.iter().zip(better).map(|(runs, way)| losses(runs, *way)).collect())
        .collect();
    let marks: Vec<Vec<Mark>> =
        losses.iter().map(|figures| figures.iter().map(|runs| Mark::of(runs)).collect()).collect();
    let dominates = |j: usize, i: usize| {
        let measured = |of: &Vec<Mark>| of.len() == better.len() && of.iter().all(|m| m.seen > 0);
        let ways = || marks[j].iter().zip(&marks[i]).map(|(a, b)| a.compare(b));
        measured(&marks[j])
            && measured(&marks[i])
            && ways().all(Ordering::is_le)
            && ways().any(Ordering::is_lt)
    };
    let mut student = Student::new(WRONG / (count * count.saturating_sub(1)).max(1) as f64);
    let mut shown = |j: usize, i: usize| {
        losses[j].iter().zip(&losses[i]).all(|(a, b)| a == b || student.less(a, b))
    };
    let by_means = dominators(count, dominates);
    let named = |(i, by): (usize, Option<usize>)| {
        let by = by?;
        let showing = (0..count).find(|&j| by_means[j].is_none() && dominates(j, i) && shown(j, i));
        Some(Dominated { by: showing.unwrap_or(by), shown: showing.is_some() })
    };
    by_means.clone().into_iter().enumerate().map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const INF: f64 = f64::INFINITY;

    /// Three configurations and four runs. Differences of 2 and 0 are 1, 2, 3, 2: mean 2, S² = 2/3,
    /// error sqrt(2/3)/2 = 0.408; t(1 - 0.05/2, 3) = 3.182, so 1.299 is enough. Those of 1 and 0 are
    /// -1, 1, 3, 1: mean 1, S² = 8/3, error 0.816, bound 2.598.
    #[test]
    fn a_case_by_hand() {
        let zero = vec![5.0, 9.0, 2.0, 7.0];
        let plus = |by: [f64; 4]| zero.iter().zip(by).map(|(x, d)| x + d).collect::<Vec<f64>>();
        let values = [zero.clone(), plus([-1.0, 1.0, 3.0, 1.0]), plus([1.0, 2.0, 3.0, 2.0])];
        let screening = screen(&values, Better::Smaller);
        assert_eq!(screening, Screening { best: Some(0), beaten_by: vec![None, None, Some(0)] });
        assert!(screening.stays(1) && !screening.stays(2) && !screening.stays(3));
        // The other way round 2 is the best; of 0 it is better by 2, of 1 by 2, 1, 0, 1: mean 1,
        // S² = 2/3, bound 1.299.
        let screening = screen(&values, Better::Larger);
        assert_eq!(screening, Screening { best: Some(2), beaten_by: vec![Some(2), None, None] });
    }

    #[test]
    fn what_is_undecided_stays() {
        let stay = |values: &[Vec<f64>]| screen(values, Better::Smaller).beaten_by;
        assert_eq!(stay(&[vec![1.0], vec![900.0]]), [None, None]);
        assert_eq!(stay(&[vec![1.0, 2.0], vec![1.0, 2.0]]), [None, None]);
        assert_eq!(stay(&[vec![1.0, 2.0], vec![1.5, 2.5]]), [None, Some(0)]);
        assert_eq!(stay(&[vec![1.0, f64::NAN, 2.0], vec![f64::NAN, 9.0, 8.0]]), [None, None]);
        assert_eq!(screen(&[], Better::Larger), Screening { best: None, beaten_by: vec![] });
        let none = screen(&[vec![], vec![f64::NAN]], Better::Larger);
        assert_eq!(none, Screening { best: None, beaten_by: vec![None, None] });
    }

    /// Never is the worst end of a recovery and the best of a failure. Two configurations, so each
    /// comparison has 0.05: five runs out of five (1/32) show it, four do not (1/16).
    #[test]
    fn never_is_compared_by_signs() {
        let never = |n: usize| vec![INF; n];
        let finite = |n: usize| (0..n).map(|run| run as f64).collect::<Vec<f64>>();
        for (runs, beaten) in [(4, None), (5, Some(0))] {
            let both = [finite(runs), never(runs)];
            let screening = screen(&both, Better::Smaller);
            assert_eq!(screening, Screening { best: Some(0), beaten_by: vec![None, beaten] });
            let screening = screen(&both, Better::Larger);
            let beaten = beaten.map(|_| 1);
            assert_eq!(screening, Screening { best: Some(1), beaten_by: vec![beaten, None] });
        }
        assert_eq!(screen(&[never(9), never(9)], Better::Smaller).beaten_by, [None, None]);
        // Better in nineteen of twenty runs, but once it never comes: means and signs disagree, and
        // nobody goes.
        let mut once = vec![0.0; 19];
        once.push(INF);
        let screening = screen(&[once, vec![1.0; 20]], Better::Smaller);
        assert_eq!(screening, Screening { best: Some(1), beaten_by: vec![None, None] });
    }

    #[test]
    fn whoever_is_named_is_in_the_set() {
        let way = [Better::Smaller, Better::Larger];
        let chain = [vec![3.0, 1.0], vec![2.0, 2.0], vec![1.0, 3.0], vec![1.0, 3.0]];
        assert_eq!(pareto(&chain, &way), [Some(2), Some(2), None, None]);
        let odd = [vec![INF, 1.0], vec![INF, 2.0], vec![f64::NAN, 9.0], vec![0.0, INF]];
        assert_eq!(pareto(&odd, &way), [Some(3), Some(3), None, None]);
        assert_eq!(pareto(&[], &way), []);
    }

    #[test]
    fn what_only_means_say_is_said_so() {
        let way = [Better::Smaller, Better::Smaller];
        let flat = |value: f64| vec![value; 5];
        let values = [
            vec![flat(1.0), vec![1.0, 2.0, 3.0, 4.0, 5.0]],
            vec![flat(1.0), vec![9.0, 9.1, 9.9, 9.0, 9.0]],
            vec![flat(1.0), vec![4.0, 2.0, 2.0, 4.0, 3.5]],
        ];
        let by = |by, shown| Some(Dominated { by, shown });
        assert_eq!(pareto_of_runs(&values, &way), [None, by(0, true), by(0, false)]);
        let means: Vec<Vec<f64>> = values
            .iter()
            .map(|figures| figures.iter().map(|runs| mean_interval(runs).mean).collect())
            .collect();
        let plain: Vec<Option<usize>> = pareto(&means, &way);
        let named: Vec<Option<usize>> =
            pareto_of_runs(&values, &way).iter().map(|found| found.map(|found| found.by)).collect();
        assert_eq!(plain, named);
    }
}
