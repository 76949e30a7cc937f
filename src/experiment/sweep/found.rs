//! What the rows of a sweep say.

use super::super::measured::{OUTAGE_FIGURE, Standing};
use super::super::precision::is_precise;
use super::super::replicate::joined;
use super::super::solve::judge::seen;
use super::super::spread::{Spread, comparable};
use super::influence::{Influence, influences};
use super::plan::{Design, Plan, Points, Runs};
use super::rows::{Got, Row};
use crate::claims::Goal;
use crate::scenario::Level;
use crate::theory::{
    Better, Dominated, Mean, mean_interval, pareto_of_runs, screen, wilson_interval,
};

/// The probability with which a goal of a point is decided wrongly, at most.
const ERROR: f64 = 0.05;
/// Candidates of which a Pareto set is made at most: each is compared with each.
const MOST_COMPARED: usize = 2000;

/// What came out of a sweep.
#[derive(Clone, Debug)]
pub struct Swept {
    /// The points, in order.
    pub points: Vec<Tried>,
    /// For each objective the points that may be the best.
    pub best: Vec<Best>,
    /// With two objectives or more: for each candidate one that is as good in all of them and better in
    /// one; its `by` is a place among the candidates.
    pub dominated: Vec<Option<Dominated>>,
    /// The points that are compared: those that can be and miss no goal.
    pub candidates: Vec<usize>,
    /// Of drawn settings: all points together, as one sample of what may happen.
    pub pooled: Option<Tried>,
    /// With Morris or Sobol': how much each knob matters.
    pub influences: Vec<Influence>,
    /// One digest for all runs.
    pub digest: String,
    /// Requests of all runs.
    pub requests: u64,
    /// Events of all runs.
    pub events: u64,
    /// How many runs were played.
    pub runs: u64,
}

/// The points that may be the best by one objective, of those that miss no goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Best {
    /// The objective, by its place in the plan.
    pub objective: usize,
    /// The point whose mean is best.
    pub first: usize,
    /// All that are not shown to be worse than another, with 95 % for all statements together.
    pub left: Vec<usize>,
    /// Whether these are the same in every run, so that nothing is left to tell apart.
    pub told_apart: bool,
}

/// One point with its runs.
#[derive(Clone, Debug)]
pub struct Tried {
    /// Its number, from 0.
    pub point: u32,
    /// The values of the knobs.
    pub levels: Vec<Level>,
    /// How often it was played.
    pub runs: u32,
    /// The figures, in the order of the plan.
    pub figures: Vec<Judged>,
    /// How it stands to each goal.
    pub goals: Vec<Met>,
    /// With a precision: whether what goals and objectives are about is known so well.
    pub precise: Option<bool>,
    /// Why there is no such scenario, or why a run stopped before its end.
    pub trouble: Option<String>,
}

/// What the whole sweep comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Some point meets all goals, or nothing was asked that could be missed; and it is told apart
    /// which is best, if that was asked.
    Found,
    /// No point meets them.
    Missed,
    /// More runs would tell.
    Undecided,
    /// There is no scenario with any of the settings.
    Impossible,
}

impl Swept {
    /// What it comes to.
    pub fn answer(&self, plan: &Plan) -> Answer {
        if self.points.iter().all(|point| point.runs == 0) {
            return Answer::Impossible;
        }
        let standings: Vec<Option<Standing>> = match &self.pooled {
            Some(pooled) => vec![pooled.standing()],
            // A run that did not reach its end has decided nothing.
            None => {
                let played = self.points.iter().filter(|point| point.runs > 0);
                let of = |point: &Tried| match point.trouble {
                    Some(_) => point.standing().map(|_| Standing::Undecided),
                    None => point.standing(),
                };
                played.map(of).collect()
            }
        };
        let any = |standing| standings.contains(&Some(standing));
        match () {
            () if plan.goals.is_empty() || any(Standing::Meets) => {}
            () if any(Standing::Undecided) => return Answer::Undecided,
            () => return Answer::Missed,
        }
        match self.best.as_slice() {
            _ if self.points.iter().any(|point| point.precise == Some(false)) => Answer::Undecided,
            [only] if !only.told_apart && self.dominated.is_empty() => Answer::Undecided,
            _ => Answer::Found,
        }
    }
}

impl Tried {
    /// How it stands to all goals: met when all are, missed when one is. `None` without goals.
    pub fn standing(&self) -> Option<Standing> {
        self.goals.iter().map(|met| met.standing).max()
    }
}

/// A figure of a point.
#[derive(Clone, Debug)]
pub struct Judged {
    /// One value per run; `None` when there was nothing to measure, or it never came.
    pub values: Vec<Option<f64>>,
    /// What they say.
    pub spread: Spread,
    /// For a share of runs: Wilson's interval of it.
    pub share: Option<(f64, f64)>,
    /// This point less the first one, run by run; `None` where the two share no runs.
    pub against_first: Option<Mean>,
}

/// How a point stands to a goal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Met {
    /// What the goal is held against: the mean over runs, the median of what may never come, the share
    /// of runs; `None` when there was nothing to measure.
    pub value: Option<f64>,
    /// Its 95 % interval.
    pub low: f64,
    /// Its other end.
    pub high: f64,
    /// What follows.
    pub standing: Standing,
}

impl Judged {
    fn of(values: Vec<Option<f64>>, is_share: bool, may_never_come: bool) -> Judged {
        let share = is_share.then(|| {
            let hits = values.iter().flatten().filter(|value| **value > 0.5).count() as u64;
            wilson_interval(hits, values.iter().flatten().count() as u64)
        });
        let spread = Spread::of(&values, may_never_come);
        Judged { values, spread, share, against_first: None }
    }

    /// What stands for all runs, with its 95 % interval: the share, the median of what may never come
    /// (infinite is never), else the mean.
    pub fn central(&self, may_never_come: bool) -> Option<(f64, f64, f64)> {
        let mean = self.spread.mean;
        match self.share {
            Some((low, high)) => mean.map(|mean| (mean.mean, low, high)),
            None if may_never_come => {
                self.spread.median.map(|median| (median.estimate, median.low, median.high))
            }
            None => mean.map(|mean| (mean.mean, mean.low, mean.high)),
        }
    }
}

impl Met {
    /// How a figure of a point stands to a goal about it: by the rule of `solve`, at 95 % for each.
    fn of(goal: &Goal, figure: &Judged) -> Met {
        let seen = seen(goal, &figure.values, ERROR, false);
        let standing = match seen.met {
            _ if seen.measured == 0 => Standing::Undecided,
            Some(true) => Standing::Meets,
            Some(false) => Standing::Misses,
            None => Standing::Undecided,
        };
        let value = (seen.measured > 0).then_some(seen.value);
        Met { value, low: seen.low, high: seen.high, standing }
    }
}

/// Makes what there is to say of the rows of a plan; those of some points may be missing.
pub fn found(plan: &Plan, rows: &[Row]) -> Swept {
    let laid_out = Points::of(plan);
    let mut points: Vec<Tried> = Vec::new();
    let (mut requests, mut events, mut runs, mut digests) = (0, 0, 0, Vec::new());
    for of_point in rows.chunk_by(|a, b| a.point == b.point) {
        points.push(tried(plan, &laid_out, of_point));
        for row in of_point {
            let Got::Played(got) = &row.got else { continue };
            requests += got.requests;
            events += got.events;
            runs += 1;
            digests.push(got.digest.clone());
        }
    }
    against_first(plan, &mut points);
    let misses = |point: &Tried| point.standing() == Some(Standing::Misses);
    let mut candidates: Vec<usize> = (0..points.len())
        .filter(|i| points[*i].trouble.is_none() && !misses(&points[*i]))
        .collect();
    if plan.design != Design::Grid {
        candidates.clear();
    }
    let columns: Vec<Vec<Vec<f64>>> = plan
        .objectives
        .iter()
        .map(|objective| column(plan, &points, &candidates, objective.figure))
        .collect();
    let best = |(objective, column): (usize, &Vec<Vec<f64>>)| {
        best(objective, column, plan.objectives[objective].better, &candidates)
    };
    let best = columns.iter().enumerate().filter_map(best).collect();
    let better: Vec<_> = plan.objectives.iter().map(|objective| objective.better).collect();
    let dominated = match columns.len() {
        0 | 1 => Vec::new(),
        _ if candidates.len() > MOST_COMPARED => Vec::new(),
        _ => {
            let by_point = |i: usize| columns.iter().map(|column| column[i].clone()).collect();
            let values: Vec<Vec<Vec<f64>>> = (0..candidates.len()).map(by_point).collect();
            pareto_of_runs(&values, &better)
        }
    };
    let digest = joined(&digests);
    let pooled = plan.draws_chance().then(|| pooled(plan, &points));
    let influences = influences(plan, &points);
    Swept {
        pooled,
        influences,
        points,
        best,
        dominated,
        candidates,
        digest,
        requests,
        events,
        runs,
    }
}

fn best(
    objective: usize,
    column: &[Vec<f64>],
    better: Better,
    candidates: &[usize],
) -> Option<Best> {
    let screening = screen(column, better);
    let first = screening.best?;
    let left: Vec<usize> = (0..candidates.len()).filter(|i| screening.stays(*i)).collect();
    let same = |i: &usize| {
        column[*i].iter().map(|x| x.to_bits()).eq(column[first].iter().map(|x| x.to_bits()))
    };
    let told_apart = left.len() == 1 || left.iter().all(same);
    let left = left.into_iter().map(|i| candidates[i]).collect();
    Some(Best { objective, first: candidates[first], left, told_apart })
}

/// All points as one sample.
fn pooled(plan: &Plan, points: &[Tried]) -> Tried {
    let of = |i: usize| {
        let values = points.iter().flat_map(|point| point.figures[i].values.iter().copied());
        judged(plan, i, values.collect())
    };
    let figures: Vec<Judged> = (0..plan.figures.len()).map(of).collect();
    let troubles = points.iter().filter_map(|point| point.trouble.clone());
    Tried {
        point: 0,
        levels: Vec::new(),
        runs: points.iter().map(|point| point.runs).sum(),
        goals: goals(plan, &figures),
        figures,
        precise: None,
        trouble: troubles.into_iter().next(),
    }
}

fn judged(plan: &Plan, figure: usize, values: Vec<Option<f64>>) -> Judged {
    let known = &plan.figures[figure];
    Judged::of(values, known.name == OUTAGE_FIGURE, known.may_never_come)
}

fn goals(plan: &Plan, figures: &[Judged]) -> Vec<Met> {
    let met = |goal: &Goal| Some(Met::of(goal, &figures[plan.figure(&goal.of.name)?]));
    plan.goals.iter().filter_map(met).collect()
}

fn tried(plan: &Plan, laid_out: &Points, rows: &[Row]) -> Tried {
    let point = rows[0].point;
    let trouble = rows.iter().find_map(|row| match &row.got {
        Got::Impossible(why) => Some(why.clone()),
        Got::Played(got) => got.stopped.as_ref().map(|why| format!("run {}: {why}", row.run)),
    });
    let played = || {
        rows.iter().filter_map(|row| match &row.got {
            Got::Played(got) => Some(got),
            Got::Impossible(_) => None,
        })
    };
    let figures: Vec<Judged> = (0..plan.figures.len())
        .map(|i| judged(plan, i, played().map(|got| got.values[i]).collect()))
        .collect();
    let goals = goals(plan, &figures);
    let runs = played().count() as u32;
    let precise =
        match plan.runs {
            Runs::Fixed(_) => None,
            Runs::Until { precision, .. } => Some(plan.asked().all(|figure| {
                is_precise(&plan.figures[figure], &figures[figure].values, precision)
            })),
        };
    Tried { point, levels: laid_out.levels(point), runs, figures, goals, precise, trouble }
}

/// Differences to the first point that can be, run by run. Points with chances of their own have none.
fn against_first(plan: &Plan, points: &mut [Tried]) {
    let Some(first) = points.iter().position(|point| point.trouble.is_none()) else { return };
    if plan.draws_chance() {
        return;
    }
    for figure in 0..plan.figures.len() {
        let base = points[first].figures[figure].values.clone();
        for point in points.iter_mut().skip(first + 1) {
            let here = &mut point.figures[figure];
            let pairs = base.iter().zip(&here.values);
            let differences: Vec<f64> =
                pairs.filter_map(|(a, b)| Some(((*b)?, (*a)?))).map(|(b, a)| b - a).collect();
            // Where it came in some runs only, those are a choice of their own; and one pair has no spread.
            let all = base.len().max(here.values.len());
            let whole = !plan.figures[figure].may_never_come || differences.len() == all;
            here.against_first =
                (differences.len() > 1 && whole).then(|| mean_interval(&differences));
        }
    }
}

/// The values of a figure, by candidate and run; NaN where there was nothing to measure.
fn column(plan: &Plan, points: &[Tried], candidates: &[usize], figure: usize) -> Vec<Vec<f64>> {
    let never = plan.figures[figure].may_never_come;
    let of = |i: &usize| {
        let values = &points[*i].figures[figure].values;
        values.iter().map(|value| comparable(&[*value], never).first().copied().unwrap_or(f64::NAN))
    };
    candidates.iter().map(|i| of(i).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::Known;
    use crate::units::Unit;

    fn goal(text: &str, may_never_come: bool) -> Goal {
        let unit = if may_never_come { Unit::Seconds } else { Unit::Ratio };
        Goal::read(text, &[Known { name: "x".into(), unit, may_never_come }]).unwrap()
    }

    fn standing(text: &str, values: &[Option<f64>]) -> Standing {
        let never = text.contains('s') || text.contains("never");
        Met::of(&goal(text, never), &Judged::of(values.to_vec(), false, never)).standing
    }

    #[test]
    fn a_goal_is_met_when_the_whole_interval_is_there() {
        let values = [Some(0.10), Some(0.11), Some(0.12)];
        assert_eq!(standing("x < 0.2", &values), Standing::Meets);
        assert_eq!(standing("x > 0.2", &values), Standing::Misses);
        assert_eq!(standing("x < 0.12", &values), Standing::Undecided);
        assert_eq!(standing("x = 0.11", &values), Standing::Undecided);
        assert_eq!(standing("x = 0.5", &values), Standing::Misses);
        assert_eq!(standing("x < 0.2", &[None, None]), Standing::Undecided);
        assert_eq!(standing("x < 0.2", &[Some(0.1)]), Standing::Undecided, "one run has no spread");
        // Exactly on the bound in every run.
        assert_eq!(standing("x <= 0.2", &[Some(0.2); 4]), Standing::Meets);
        assert_eq!(standing("x < 0.2", &[Some(0.2); 4]), Standing::Misses);
    }

    #[test]
    fn never_is_later_than_any_bound() {
        assert_eq!(standing("x > 5s", &[None; 8]), Standing::Meets);
        assert_eq!(
            standing("x > 5s", &[None; 5]),
            Standing::Undecided,
            "five runs bound no median"
        );
        let some: Vec<Option<f64>> = (0..12).map(|i| (i % 2 == 0).then_some(3.0)).collect();
        assert_eq!(standing("x > 5s", &some), Standing::Undecided);
        assert_eq!(standing("x = never", &[None; 8]), Standing::Meets);
    }

    #[test]
    fn a_share_of_few_runs_is_not_nothing() {
        let none = Judged::of(vec![Some(0.0); 20], true, false);
        let known = [super::super::super::measured::outage_figure()];
        let of = |text: &str| Met::of(&Goal::read(text, &known).unwrap(), &none).standing;
        assert_eq!((of("outage < 20%"), of("outage < 5%")), (Standing::Meets, Standing::Undecided));
    }
}
