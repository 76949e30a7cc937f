//! The rule by which a simulation is judged against a figure that is known.

use super::way::{Over, Rule};
use crate::theory::mean_interval;

/// How many standard errors a figure may be away.
pub(super) const ALLOWED: f64 = 4.0;
/// The cases have twelve figures, and instants in seconds a little less than sixteen.
const PRINTED: f64 = 1e-10;

/// What came of one figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// What was simulated or computed; `None` when a run had nothing to measure.
    pub simulated: Option<f64>,
    /// Its standard error, where there is chance.
    pub standard_error: Option<f64>,
    /// How many standard errors it is away from what is expected.
    pub off: Option<f64>,
    /// The standard error as a share of what is expected.
    pub share: Option<f64>,
    /// Whether it is what is expected.
    pub meets: bool,
}

/// Judges the values of all runs. `known_to` is what a rule needs of the case besides: the error of
/// the expected figure itself.
pub(super) fn judge(
    rule: Rule,
    over: Over,
    expected: f64,
    known_to: f64,
    values: &[Option<f64>],
) -> Judged {
    let values: Option<Vec<f64>> = values.iter().copied().collect();
    let values = values.filter(|v| !v.is_empty() && v.iter().all(|value| value.is_finite()));
    let Some(values) = values else {
        return Judged {
            simulated: None,
            standard_error: None,
            off: None,
            share: None,
            meets: false,
        };
    };
    let (seen, error) = estimate(over, &values);
    let constant = values.iter().all(|value| *value == values[0]);
    match rule {
        Rule::Known(share) => by_errors(expected, seen, error, Some(share)),
        Rule::Beside(..) => by_errors(expected, seen, libm::hypot(error, known_to), None),
        Rule::Exact => {
            let odd = values.iter().find(|value| !same(**value, expected));
            plain(odd.copied().unwrap_or(values[0]), None, odd.is_none())
        }
        Rule::AtMost | Rule::Above => {
            let worst = match rule {
                Rule::AtMost => values.iter().copied().fold(f64::MIN, f64::max),
                _ => values.iter().copied().fold(f64::MAX, f64::min),
            };
            let meets = match rule {
                Rule::AtMost => worst <= expected,
                _ => worst > expected,
            };
            plain(worst, None, meets)
        }
        Rule::Relative(_) | Rule::Absolute(_) => {
            let room = match rule {
                Rule::Relative(share) => share * expected.abs(),
                Rule::Absolute(room) => room,
                _ => 0.0,
            };
            plain(seen, (!constant).then_some(error), (seen - expected).abs() <= room)
        }
    }
}

/// A figure that is computed, not simulated.
pub(super) fn judge_computed(expected: f64, computed: f64, room: f64) -> Judged {
    plain(computed, None, (computed - expected).abs() <= room * expected.abs())
}

fn plain(simulated: f64, standard_error: Option<f64>, meets: bool) -> Judged {
    Judged { simulated: Some(simulated), standard_error, off: None, share: None, meets }
}

fn by_errors(expected: f64, seen: f64, error: f64, most: Option<f64>) -> Judged {
    // Where there is no chance there is no error either.
    if error == 0.0 {
        return Judged { standard_error: Some(0.0), ..plain(seen, None, same(seen, expected)) };
    }
    let (off, share) = ((seen - expected) / error, error / expected.abs());
    let well_known = most.is_none_or(|most| share <= most);
    Judged {
        simulated: Some(seen),
        standard_error: Some(error),
        off: Some(off),
        share: Some(share),
        meets: off.abs() <= ALLOWED && well_known,
    }
}

fn same(a: f64, b: f64) -> bool {
    (a - b).abs() <= PRINTED * b.abs()
}

/// What is made of the values, and its standard error. That of a variance follows from the fourth
/// moment: the variance of s² is (m4 - s⁴) / n to first order; that of a deviation is half as large a
/// share of it.
fn estimate(over: Over, values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let all = mean_interval(values);
    if over == Over::Mean {
        return (all.mean, all.sd / n.sqrt());
    }
    let variance = all.sd * all.sd;
    let square = |x: f64| x * x;
    let fourth = values.iter().map(|value| square(square(value - all.mean))).sum::<f64>() / n;
    let error = ((fourth - square(variance)).max(0.0) / n).sqrt();
    match over {
        Over::Variance => (variance, error),
        _ if all.sd > 0.0 => (all.sd, error / (2.0 * all.sd)),
        _ => (0.0, 0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rule: Rule, expected: f64, values: &[f64]) -> Judged {
        let values: Vec<Option<f64>> = values.iter().copied().map(Some).collect();
        judge(rule, Over::Mean, expected, 0.0, &values)
    }

    /// Four values around 10: mean 10, standard deviation 0.2, standard error 0.1 or 1 %.
    const VALUES: [f64; 4] = [9.8, 9.9, 10.0, 10.3];

    #[test]
    fn a_mean_may_be_four_standard_errors_away_and_no_more() {
        let error = mean_interval(&VALUES).sd / 2.0;
        for (errors, meets) in [(0.0, true), (3.99, true), (-3.99, true), (4.01, false)] {
            let judged = of(Rule::Known(0.02), 10.0 - errors * error, &VALUES);
            assert_eq!(judged.meets, meets, "{errors}: {judged:?}");
            assert!((judged.off.unwrap() - errors).abs() < 1e-9);
        }
    }

    #[test]
    fn a_figure_that_is_not_known_well_enough_is_missed() {
        let judged = of(Rule::Known(0.01), 10.0, &VALUES);
        assert!(!judged.meets && judged.share.unwrap() > 0.01);
        assert!(of(Rule::Known(0.012), 10.0, &VALUES).meets);
    }

    #[test]
    fn exact_is_exact_in_every_run() {
        assert!(of(Rule::Exact, 50.0, &[50.0, 50.0]).meets);
        let odd = of(Rule::Exact, 50.0, &[50.0, 49.0]);
        assert_eq!((odd.meets, odd.simulated), (false, Some(49.0)));
        // Without chance the statistical rule is the exact one.
        assert!(of(Rule::Known(0.01), 50.0, &[50.0, 50.0]).meets);
        assert!(!of(Rule::Known(0.01), 50.1, &[50.0, 50.0]).meets);
    }

    #[test]
    fn bounds_hold_in_every_run() {
        assert!(of(Rule::AtMost, 302.0, &[301.0, 302.0]).meets);
        assert!(!of(Rule::AtMost, 302.0, &[301.0, 302.1]).meets);
        assert!(of(Rule::Above, 300.0, &[300.1, 302.0]).meets);
        assert!(!of(Rule::Above, 300.0, &[300.0, 302.0]).meets);
    }

    #[test]
    fn tolerances_of_the_case_itself() {
        assert!(of(Rule::Relative(0.02), 10.2, &VALUES).meets);
        assert!(!of(Rule::Relative(0.02), 10.3, &VALUES).meets);
        assert!(of(Rule::Absolute(0.1), 10.05, &VALUES).meets);
        assert!(!of(Rule::Absolute(0.1), 10.15, &VALUES).meets);
        // What is expected has an error of its own.
        let values = VALUES.map(Some);
        let judged = |known_to| judge(Rule::Beside("", 1.0), Over::Mean, 10.8, known_to, &values);
        assert!(!judged(0.0).meets && judged(0.3).meets);
    }

    #[test]
    fn a_run_without_a_value_is_a_miss() {
        let judged = judge(Rule::Known(1.0), Over::Mean, 1.0, 0.0, &[Some(1.0), None]);
        assert_eq!((judged.meets, judged.simulated), (false, None));
        assert!(!judge(Rule::Exact, Over::Mean, 1.0, 0.0, &[]).meets);
    }

    /// A fair coin of 0 and 2: variance 1, fourth moment 1, so that its variance has no error to first
    /// order; of 0, 1, 2 the fourth moment is 2/3 and the variance 2/3.
    #[test]
    fn a_variance_is_known_by_its_fourth_moment() {
        let three: Vec<f64> = (0..3000).map(|i| f64::from(i % 3)).collect();
        let (variance, error) = estimate(Over::Variance, &three);
        let exact = ((2.0 / 3.0 - 4.0 / 9.0) / 3000.0_f64).sqrt();
        assert!((variance - 2.0 / 3.0).abs() < 1e-3 && (error - exact).abs() < 1e-4, "{error}");
        let (sd, error) = estimate(Over::Sd, &three);
        assert!((sd * sd - variance).abs() < 1e-9);
        assert!((error - exact / (2.0 * sd)).abs() < 1e-4);
    }
}
