//! What the runs of one setting say about its goals, and how many of them it takes.

use crate::claims::Goal;
use crate::experiment::measured::{Figures, OUTAGE_FIGURE};
use crate::theory::{median, rank_interval, share_interval, student_interval};

use super::super::measured::Standing;

/// What of the runs a goal speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// The mean over runs, with Student's interval.
    Mean,
    /// The median over runs, where what never came is later than any time, with an interval between
    /// two of the values.
    Median,
    /// The share of runs, with the exact interval.
    Share,
}

/// A goal beside what was seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// What of the runs it speaks of.
    pub of: Of,
    /// The estimate; NaN when there was nothing to measure.
    pub value: f64,
    /// The low end of its interval.
    pub low: f64,
    /// The high end of its interval.
    pub high: f64,
    /// Runs in which there was something to measure.
    pub measured: usize,
    /// Whether the goal is met; `None` when the interval does not say.
    pub met: Option<bool>,
}

impl Of {
    /// What a goal speaks of.
    pub fn goal(goal: &Goal) -> Of {
        match goal.of.may_never_come {
            _ if goal.of.name == OUTAGE_FIGURE => Of::Share,
            true => Of::Median,
            false => Of::Mean,
        }
    }
}

/// Sets the values of all runs against a goal. The interval misses the truth with probability `error`.
///
/// Of many runs that are all the same but for a few, Student's interval says little: what comes in one
/// run of thirty may not have come yet. With `patient` such a mean has no ends before there are enough
/// runs to have seen what comes in one of twenty.
pub fn seen(goal: &Goal, values: &[Option<f64>], error: f64, patient: bool) -> Seen {
    let of = Of::goal(goal);
    let there: Vec<f64> = match of {
        Of::Median => values.iter().map(|value| value.unwrap_or(f64::INFINITY)).collect(),
        Of::Mean | Of::Share => values.iter().copied().flatten().collect(),
    };
    let (value, low, high) = match of {
        Of::Mean => {
            let seen = student_interval(&there, error);
            match patient && is_nearly_constant(&there) && there.len() < enough(error) {
                true => (seen.mean, f64::NEG_INFINITY, f64::INFINITY),
                false => (seen.mean, seen.low, seen.high),
            }
        }
        Of::Share => {
            let hits = there.iter().filter(|value| **value > 0.0).count();
            let (low, high) = share_interval(hits as u64, there.len() as u64, error);
            (hits as f64 / there.len() as f64, low, high)
        }
        Of::Median => {
            let mut sorted = there.clone();
            sorted.sort_by(f64::total_cmp);
            let (low, high) = rank_interval(&sorted, error);
            // Between two that never came there is nothing to halve.
            let middle = sorted.get((sorted.len().max(1) - 1) / 2).copied();
            let never = middle == Some(f64::INFINITY);
            (if never { f64::INFINITY } else { median(&sorted) }, low, high)
        }
    };
    Seen { of, value, low, high, measured: there.len(), met: goal.stands(low, high) }
}

/// Fewer values than this that differ from the others say little of how often that happens.
const FEW: usize = 5;

/// Whether all values are the same but for a few.
fn is_nearly_constant(values: &[f64]) -> bool {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let most = sorted.chunk_by(|a, b| a == b).map(<[f64]>::len).max().unwrap_or(0);
    sorted.len() - most < FEW
}

/// Runs after which what comes in one of twenty has been seen, but for an error of this size.
fn enough(error: f64) -> usize {
    libm::ceil(libm::log(error) / libm::log(0.95)) as usize
}

/// What follows from all goals together.
pub fn standing(seen: &[Seen]) -> Standing {
    match () {
        () if seen.iter().any(|goal| goal.met == Some(false)) => Standing::Misses,
        () if seen.iter().all(|goal| goal.met == Some(true)) => Standing::Meets,
        () => Standing::Undecided,
    }
}

/// The values of one figure of all runs.
pub fn values(runs: &[Figures], figure: usize) -> Vec<Option<f64>> {
    runs.iter().map(|run| run.values.get(figure).copied().flatten()).collect()
}

/// After how many runs a setting is looked at: twice as many each time, up to the most.
pub fn looks(first: u32, most: u32) -> Vec<u32> {
    let first = first.clamp(1, most.max(1));
    let mut looks: Vec<u32> = std::iter::successors(Some(first), |runs| runs.checked_mul(2))
        .take_while(|n| *n < most)
        .collect();
    looks.push(most.max(1));
    looks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::Known;
    use crate::units::Unit;

    fn goal(text: &str) -> Goal {
        let of =
            |name: &str, unit, may_never_come| Known { name: name.into(), unit, may_never_come };
        let known = [
            of("wait", Unit::Seconds, false),
            of("first_failure_s", Unit::Seconds, true),
            of(OUTAGE_FIGURE, Unit::Ratio, false),
        ];
        Goal::read(text, &known).unwrap()
    }

    fn met(text: &str, values: &[Option<f64>]) -> Option<bool> {
        seen(&goal(text), values, 0.001, false).met
    }

    /// Ten zeros are no proof of nothing: what comes in one run of thirty is missing in ten of them more
    /// often than not.
    #[test]
    fn what_is_nearly_always_the_same_needs_patience() {
        let met = |runs: usize, others: usize| {
            let values: Vec<Option<f64>> =
                (0..runs).map(|run| Some(if run < others { 30.0 } else { 0.0 })).collect();
            seen(&goal("wait < 20s"), &values, 0.001, true).met
        };
        assert_eq!((met(10, 0), met(134, 0), met(135, 0)), (None, None, Some(true)));
        assert_eq!((met(100, 4), met(135, 4)), (None, Some(true)));
        assert_eq!(met(100, 5), Some(true), "five that differ show how often that is");
    }

    #[test]
    fn runs_double_from_the_first_look_to_the_last() {
        assert_eq!(looks(10, 1000), [10, 20, 40, 80, 160, 320, 640, 1000]);
        assert_eq!(looks(10, 20), [10, 20]);
        assert_eq!((looks(10, 10), looks(20, 10), looks(1, 2)), (vec![10], vec![10], vec![1, 2]));
        assert_eq!(looks(3_000_000_000, u32::MAX), [3_000_000_000, u32::MAX]);
    }

    #[test]
    fn the_interval_must_lie_on_one_side() {
        let about = |centre: f64| -> Vec<Option<f64>> {
            (0..10).map(|i| Some(centre + f64::from(i % 2) * 0.001)).collect()
        };
        assert_eq!(met("wait < 10ms", &about(0.005)), Some(true));
        assert_eq!(met("wait < 10ms", &about(0.015)), Some(false));
        assert_eq!(met("wait < 10ms", &about(0.0095)), None);
        assert_eq!(met("wait > 10ms", &about(0.015)), Some(true));
        assert_eq!(met("wait = 10ms", &about(0.015)), Some(false));
        assert_eq!(met("wait = 10ms", &about(0.0095)), None);
        assert_eq!(met("wait != 10ms", &about(0.015)), Some(true));
        assert_eq!(met("wait < 10ms", &[None; 10]), None);
        assert_eq!(met("wait < 10ms", &[Some(0.005)]), None, "one run shows no spread");
    }

    #[test]
    fn what_is_the_same_in_all_runs_is_decided() {
        assert_eq!(met("wait < 10ms", &[Some(0.01); 10]), Some(false));
        assert_eq!(met("wait <= 10ms", &[Some(0.01); 10]), Some(true));
        assert_eq!(met("wait = 10ms", &[Some(0.01); 10]), Some(true));
        assert_eq!(met("wait != 10ms", &[Some(0.01); 10]), Some(false));
    }

    /// No outage in n runs leaves a share of about ln(2000) / n possible.
    #[test]
    fn a_share_of_none_is_bounded_and_not_zero() {
        assert_eq!(met("outage < 1%", &[Some(0.0); 20]), None);
        assert_eq!(met("outage < 1%", &[Some(0.0); 1000]), Some(true));
        assert_eq!(met("outage < 50%", &[Some(1.0); 20]), Some(false));
    }

    #[test]
    fn what_never_came_is_later_than_any_time() {
        assert_eq!(met("first_failure_s = never", &[None; 20]), Some(true));
        assert_eq!(met("first_failure_s > 1min", &[None; 20]), Some(true));
        assert_eq!(met("first_failure_s > 1min", &[None; 10]), None, "too few for any rank");
        assert_eq!(met("first_failure_s > 1min", &[Some(30.0); 20]), Some(false));
        let mixed: Vec<Option<f64>> = (0..40).map(|i| (i % 2 == 0).then_some(30.0)).collect();
        assert_eq!(met("first_failure_s > 1min", &mixed), None);
        let seen = seen(&goal("first_failure_s = never"), &[None; 20], 0.001, false);
        assert_eq!((seen.value, seen.low), (f64::INFINITY, f64::INFINITY));
    }

    #[test]
    fn one_goal_missed_is_a_miss_and_all_must_be_met() {
        let of = |met| Seen { of: Of::Mean, value: 0.0, low: 0.0, high: 0.0, measured: 2, met };
        for (goals, expected) in [
            (&[Some(true), Some(true)][..], Standing::Meets),
            (&[Some(true), Some(false)], Standing::Misses),
            (&[None, Some(false)], Standing::Misses),
            (&[Some(true), None], Standing::Undecided),
        ] {
            let seen: Vec<Seen> = goals.iter().map(|met| of(*met)).collect();
            assert_eq!(standing(&seen), expected);
        }
    }
}
