//! Replications until figures are known as well as was asked for.

use super::measured::measurable;
use super::replicate::{Played, Seen, Task, play_all};
use super::spread::comparable;
use crate::claims::Known;
use crate::scenario::{Claim, ClaimTest, Scenario};
use crate::theory::{Precision, mean_interval, runs_needed};
use crate::units::Unit;

/// How well which figures are to be known.
#[derive(Clone, Debug, PartialEq)]
pub struct Aim {
    /// The half-width of Student's 95 % interval over the mean: 0.02 is 2 %.
    pub precision: f64,
    /// Names of figures of the summary, or ids of claims ([`measurable`]).
    pub of: Vec<String>,
    /// Runs at most.
    pub most: u32,
}

/// What came of an [`Aim`].
#[derive(Clone, Debug, PartialEq)]
pub struct Aimed {
    /// The precision that was asked for.
    pub wanted: f64,
    /// Whether all figures are known so well.
    pub reached: bool,
    /// After how many runs.
    pub runs: u32,
    /// The figures, in the order in which they were asked for.
    pub of: Vec<Narrowed>,
}

impl Aimed {
    /// The figure that is known least well: one without any precision, else the widest.
    pub fn worst(&self) -> Option<&Narrowed> {
        let width = |figure: &Narrowed| figure.share.unwrap_or(f64::INFINITY);
        self.of
            .iter()
            .reduce(|worst, other| if width(other) > width(worst) { other } else { worst })
    }
}

/// How well a figure is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Narrowed {
    /// Its name.
    pub name: String,
    /// What it measures.
    pub unit: Unit,
    /// Its mean over the runs that have a value; `None` when it is not finite.
    pub mean: Option<f64>,
    /// The half-width of its interval over the mean; `None` when there is none.
    pub share: Option<f64>,
    /// Where that leaves it.
    pub standing: Reach,
}

/// Where a figure stands to the precision that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Known well enough.
    Reached,
    /// More runs would narrow it.
    Short,
    /// No number of runs would: in some runs it never comes and in others it does, or its mean is zero.
    NoMean,
    /// No run has had anything to measure.
    NothingToMeasure,
}

/// Plays a scenario `begin` times, and on from there until the aim is reached, cannot be, or the runs are
/// at an end. How many these are depends on nothing but the values of the runs.
pub(super) fn until(
    scenario: &Scenario,
    aim: &Aim,
    (begin, jobs): (u32, usize),
    watch: &(dyn Fn(Seen) + Sync),
) -> (Played, Aimed) {
    let known = measurable(scenario);
    let most = aim.most.max(1);
    let mut wanted = begin.clamp(1, most);
    let mut played = Played::none();
    loop {
        let first = played.runs();
        let task = Task { first, runs: wanted - first, whole: true, ..Task::of(scenario) };
        for more in play_all(&[task], first as usize, jobs, watch) {
            played = played.and(more);
        }
        let (aimed, next) = look(aim, scenario, &known, &played);
        match next {
            Some(next) if wanted < most && played.stopped.is_none() => wanted = next.min(most),
            _ => return (played, aimed),
        }
    }
}

/// How well all figures are known, and how many runs to look at next: none when all are, or one never
/// will be.
fn look(aim: &Aim, scenario: &Scenario, known: &[Known], played: &Played) -> (Aimed, Option<u32>) {
    let is_measured = |claim: &&Claim| matches!(claim.test, ClaimTest::Outcome { .. });
    let measured = scenario.claims.iter().filter(is_measured).count();
    let mut next = Some(0);
    let mut of = Vec::new();
    for name in &aim.of {
        let Some(index) = known.iter().position(|known| known.name == *name) else { continue };
        let figure = &known[index];
        let values = match scenario.claims.iter().position(|claim| claim.id == *name) {
            Some(claim) if index < measured => played.claim(claim),
            _ => played.figure(index - measured),
        };
        let (narrowed, more) = narrowed(figure, &values, aim.precision);
        next = match (next, narrowed.standing) {
            (Some(next), Reach::Short | Reach::NothingToMeasure) => Some(more.max(next)),
            (next, Reach::Reached) => next,
            (_, Reach::NoMean) | (None, _) => None,
        };
        of.push(narrowed);
    }
    let reached = of.iter().all(|figure| figure.standing == Reach::Reached);
    let next = next.filter(|_| !reached).map(|next| next.max(played.runs() + 1));
    (Aimed { wanted: aim.precision, reached, runs: played.runs(), of }, next)
}

fn narrowed(figure: &Known, values: &[Option<f64>], precision: f64) -> (Narrowed, u32) {
    let runs = values.len() as u32;
    let values = comparable(values, figure.may_never_come);
    let mean = mean_interval(&values).mean;
    let (standing, share, more) = match runs_needed(&values, precision) {
        Precision::Reached { share } => (Reach::Reached, Some(share), runs),
        Precision::Unbounded => (Reach::NoMean, None, runs),
        // Twice as many may have one.
        Precision::More { .. } if values.is_empty() => {
            (Reach::NothingToMeasure, None, runs.saturating_mul(2).max(10))
        }
        Precision::More { share, runs: wanted } => {
            // Of the runs only some have a value.
            let more = wanted.saturating_sub(values.len()).min(1 << 20) as u32;
            (Reach::Short, share.is_finite().then_some(share), runs.saturating_add(more))
        }
    };
    let narrowed = Narrowed {
        name: figure.name.clone(),
        unit: figure.unit,
        mean: mean.is_finite().then_some(mean),
        share,
        standing,
    };
    (narrowed, more)
}

/// How many runs a figure needs next to be known so well; `None` when it is, or never will be.
pub(super) fn more_runs(figure: &Known, values: &[Option<f64>], precision: f64) -> Option<u32> {
    let (narrowed, more) = narrowed(figure, values, precision);
    matches!(narrowed.standing, Reach::Short | Reach::NothingToMeasure).then_some(more)
}

/// Whether a figure is known so well.
pub(super) fn is_precise(figure: &Known, values: &[Option<f64>], precision: f64) -> bool {
    narrowed(figure, values, precision).0.standing == Reach::Reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(may_never_come: bool) -> Known {
        Known { name: "x".to_string(), unit: Unit::Count, may_never_come }
    }

    #[test]
    fn runs_without_a_value_are_made_up_for() {
        let mut values = vec![Some(5.0); 9];
        values.extend([None; 3]);
        let (short, more) = narrowed(&known(false), &values, 0.02);
        assert_eq!((short.standing, short.share, more), (Reach::Short, None, 13));
        let (nothing, more) = narrowed(&known(false), &[None; 12], 0.02);
        assert_eq!((nothing.standing, nothing.mean, more), (Reach::NothingToMeasure, None, 24));
    }

    #[test]
    fn what_sometimes_never_comes_has_no_mean() {
        let mut values = vec![Some(5.0); 11];
        assert_eq!(narrowed(&known(true), &values, 0.02).0.standing, Reach::Reached);
        values.push(None);
        let (never, _) = narrowed(&known(true), &values, 0.02);
        assert_eq!((never.standing, never.mean, never.share), (Reach::NoMean, None, None));
        let (always, _) = narrowed(&known(true), &[None; 10], 0.02);
        assert_eq!((always.standing, always.share), (Reach::Reached, Some(0.0)));
    }
}
