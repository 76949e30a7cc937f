//! Which knobs matter: what the points of Morris and of Saltelli say.

use super::super::design::Trajectory;
use super::found::Tried;
use super::plan::{Design, Plan, trajectories};
use crate::theory::{Effects, Mean, SobolIndex, morris, sobol, swing};

/// How much each knob matters to one figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Influence {
    /// The figure, by its place in the plan.
    pub figure: usize,
    /// The knobs, in the order of the plan.
    pub knobs: Knobs,
}

/// A figure at both ends of a knob, the others as in the file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ends {
    /// Its mean at the low end.
    pub low: f64,
    /// Its mean at the high end.
    pub high: f64,
    /// The high end less the low one, run by run.
    pub swing: Mean,
}

/// What there is to say of each knob.
#[derive(Clone, Debug, PartialEq)]
pub enum Knobs {
    /// The figure at both ends of each, and as in the file.
    Ends(f64, Vec<Ends>),
    /// Elementary effects: the change of the figure from one end of the knob to the other.
    Morris(Vec<Effects>),
    /// Shares of the variance of the figure; none when it does not vary, or is not there everywhere.
    Sobol(Vec<SobolIndex>),
}

/// The influence on every figure of a plan that asks for it.
pub(super) fn influences(plan: &Plan, points: &[Tried]) -> Vec<Influence> {
    let of = |figure: usize| {
        let results = results(plan, points, figure);
        let knobs = match plan.design {
            Design::Grid | Design::Samples(_) => return None,
            Design::Ends => {
                let ends = (0..plan.knobs.len()).map(|knob| ends(points, &results, figure, knob));
                Knobs::Ends(results[0], ends.collect())
            }
            Design::Morris(_) => Knobs::Morris(screened(plan, &results)),
            Design::Sobol(rows) => {
                let rows = rows as usize;
                let part = |number: usize| {
                    results.get(number * rows..(number + 1) * rows).unwrap_or_default()
                };
                let mixed: Vec<Vec<f64>> =
                    (0..plan.knobs.len()).map(|knob| part(knob + 2).to_vec()).collect();
                Knobs::Sobol(sobol(part(0), part(1), &mixed))
            }
        };
        Some(Influence { figure, knobs })
    };
    (0..plan.figures.len()).filter_map(of).collect()
}

/// The mean of a figure at every point of the plan; NaN where there is none.
fn results(plan: &Plan, points: &[Tried], figure: usize) -> Vec<f64> {
    let mut results = vec![f64::NAN; plan.points() as usize];
    for point in points {
        let mean = point.figures[figure].spread.mean;
        if let (Some(mean), Some(result)) = (mean, results.get_mut(point.point as usize)) {
            *result = mean.mean;
        }
    }
    results
}

fn ends(points: &[Tried], results: &[f64], figure: usize, knob: usize) -> Ends {
    let (low, high) = (1 + 2 * knob, 2 + 2 * knob);
    let values = |number: usize| -> Vec<f64> {
        let tried = points.iter().find(|point| point.point as usize == number);
        let values = tried.map(|tried| tried.figures[figure].values.as_slice()).unwrap_or_default();
        values.iter().map(|value| value.unwrap_or(f64::NAN)).collect()
    };
    Ends { low: results[low], high: results[high], swing: swing(&values(low), &values(high)) }
}

fn screened(plan: &Plan, results: &[f64]) -> Vec<Effects> {
    let length = plan.knobs.len() + 1;
    let of = |(walk, results): (&Trajectory, &[f64])| walk.effects(results);
    let walks: Vec<Vec<f64>> =
        trajectories(plan).iter().zip(results.chunks(length)).map(of).collect();
    let of_knob = |knob: usize| walks.iter().map(|effects| effects[knob]).collect();
    morris(&(0..plan.knobs.len()).map(of_knob).collect::<Vec<Vec<f64>>>())
}
