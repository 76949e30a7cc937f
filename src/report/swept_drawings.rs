//! Which pictures a sweep has, and the figures they are drawn from.

use super::drawings::{Drawing, files, has_format};
use super::pictures::{
    Bars, Bound, CELLS_MAX, Curve, Curves, HeatMap, Influence as InfluenceBar, LINES_MAX,
    Parameter, Picture, PictureError, Point, Shown, Spacing, Swing, Tornado, curves, heat_map,
    tornado,
};
use crate::claims::Known;
use crate::experiment::{Design, Ends, Influence, Knobs, Plan, Standing, Swept, Tried};
use crate::scenario::{Knob, Range, Values};
use crate::theory::knee;
use crate::units::{Unit, quantity};

/// How the names of these pictures begin.
const BEGIN: &str = "sweep-";
/// Pictures of each kind at most.
const MOST: usize = 12;

/// Whether a file of this name is a picture of a sweep.
pub fn is_swept_drawing(name: &str) -> bool {
    name.starts_with(BEGIN) && has_format(name)
}

/// Every picture with the name of its file: of a grid the figures that goals and objectives are about,
/// else those that are kept by themselves; with Morris or Sobol' which knobs matter to them.
pub fn swept_drawings(plan: &Plan, swept: &Swept) -> Vec<Drawing> {
    let mut drawn = Vec::new();
    let mut put = |kind: &str, figure: usize, picture: Result<Picture, PictureError>| {
        let name = plan.figures[figure].name.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        drawn.extend(files(&format!("{BEGIN}{kind}-{name}"), picture));
    };
    for influence in &swept.influences {
        if shown(plan).contains(&influence.figure) {
            put("tornado", influence.figure, tornado(&bars(plan, influence)));
        }
    }
    if plan.design != Design::Grid {
        return drawn;
    }
    for figure in shown(plan) {
        let look = Look { plan, swept, figure };
        if let Some(picture) = look.curves() {
            put("curve", figure, curves(&picture));
        }
        if let Some(picture) = look.heat_map() {
            put("heat", figure, heat_map(&picture));
        }
    }
    drawn
}

/// The curves of a grid, for whoever draws them otherwise: figure and what is to be seen.
pub(super) fn swept_curves(plan: &Plan, swept: &Swept) -> Vec<(usize, Curves)> {
    if plan.design != Design::Grid {
        return Vec::new();
    }
    let curves = |figure: usize| Some((figure, Look { plan, swept, figure }.curves()?));
    shown(plan).into_iter().filter_map(curves).collect()
}

/// The figures that are drawn.
fn shown(plan: &Plan) -> Vec<usize> {
    let mut shown: Vec<usize> = Vec::new();
    for figure in plan.asked() {
        if !shown.contains(&figure) {
            shown.push(figure);
        }
    }
    if shown.is_empty() {
        shown.extend(0..plan.figures.len());
    }
    shown.truncate(MOST);
    shown
}

/// A figure over the points of a grid.
struct Look<'a> {
    plan: &'a Plan,
    swept: &'a Swept,
    figure: usize,
}

impl Look<'_> {
    fn title(&self) -> String {
        match self.plan.title.is_empty() {
            true => self.plan.scenario.clone(),
            false => self.plan.title.clone(),
        }
    }

    /// What is shown, and at which values the knobs stand that are not on an axis.
    fn subtitle(&self, on_axes: usize) -> String {
        let known = &self.plan.figures[self.figure];
        let middle = match () {
            () if known.name == "outage" => "share of runs with an outage",
            () if known.may_never_come => "median over runs",
            () => "mean over runs",
        };
        let held = self.plan.knobs.iter().skip(on_axes).filter_map(|knob| {
            let level = knob.levels().first().filter(|_| knob.levels().len() > 1)?;
            Some(format!("{} = {}", knob.short_name(&self.plan.knobs), knob.label(level)))
        });
        let held: Vec<String> = held.collect();
        let held = match held.is_empty() {
            true => String::new(),
            false => format!("; at {}", held.join(", ")),
        };
        let runs = self.plan.runs.first();
        let least = match self.plan.runs {
            crate::experiment::Runs::Until { .. } => "or more ",
            crate::experiment::Runs::Fixed(_) => "",
        };
        let plural = if runs == 1 { "run" } else { "runs" };
        format!("{}: {middle}, 95 % interval, {runs} {plural} {least}each{held}", known.name)
    }

    fn measure(&self) -> String {
        self.plan.figures[self.figure].name.clone()
    }

    /// The goals about this figure.
    fn goals(&self) -> Vec<&crate::claims::Goal> {
        let known = &self.plan.figures[self.figure];
        self.plan.goals.iter().filter(|goal| goal.of.name == known.name).collect()
    }

    /// The point where the knobs have these levels, those that are not named their first.
    fn at(&self, levels: &[usize]) -> Option<&Tried> {
        let mut number = 0;
        for (index, knob) in self.plan.knobs.iter().enumerate() {
            number = number * knob.levels().len() + levels.get(index).copied().unwrap_or(0);
        }
        let place = self.swept.points.binary_search_by_key(&(number as u32), |tried| tried.point);
        self.swept.points.get(place.ok()?)
    }

    fn point(&self, levels: &[usize]) -> Point {
        let known = &self.plan.figures[self.figure];
        let Some(tried) = self.at(levels).filter(|tried| tried.runs > 0) else {
            return Point { shown: Shown::Nothing, standing: super::pictures::Standing::Unasked };
        };
        let shown = match tried.figures[self.figure].central(known.may_never_come) {
            None => Shown::Nothing,
            Some((value, ..)) if value == f64::INFINITY => Shown::Never,
            Some((value, low, high)) => Shown::Value { value, low, high },
        };
        let about = |goal: &crate::claims::Goal| goal.of.name == known.name;
        let of_goals = self.plan.goals.iter().zip(&tried.goals);
        let standing = of_goals.filter(|(goal, _)| about(goal)).map(|(_, met)| met.standing).max();
        let standing = match standing {
            None => super::pictures::Standing::Unasked,
            Some(Standing::Meets) => super::pictures::Standing::Meets,
            Some(Standing::Undecided) => super::pictures::Standing::Undecided,
            Some(Standing::Misses) => super::pictures::Standing::Misses,
        };
        Point { shown, standing }
    }

    /// Lines over the first knob, one for each value of the second.
    fn curves(&self) -> Option<Curves> {
        let first = self.plan.knobs.first().filter(|knob| knob.levels().len() > 1)?;
        let second = self.plan.knobs.get(1);
        let lines = second.map_or(1, |knob| knob.levels().len());
        if lines > LINES_MAX {
            return None;
        }
        let line = |of: usize| {
            let points: Vec<Point> =
                (0..first.levels().len()).map(|across| self.point(&[across, of])).collect();
            let label = second.map(|knob| {
                format!(
                    "{} = {}",
                    knob.short_name(&self.plan.knobs),
                    knob.label(&knob.levels()[of])
                )
            });
            Curve { label: label.unwrap_or_default(), knee: bend(first, &points), points }
        };
        let known = &self.plan.figures[self.figure];
        let bound = match self.goals().as_slice() {
            [only] if only.bound.is_finite() => Some(*only),
            _ => None,
        };
        Some(Curves {
            title: self.title(),
            subtitle: self.subtitle(2),
            measure: self.measure(),
            unit: known.unit,
            log: false,
            across: parameter(first),
            lines: (0..lines).map(line).collect(),
            bound: bound.map(|goal| Bound { value: goal.bound, label: format!("goal: {goal}") }),
        })
    }

    /// Cells of the first knob, across, and the second, up.
    fn heat_map(&self) -> Option<HeatMap> {
        let [first, second, ..] = self.plan.knobs.as_slice() else { return None };
        let (columns, rows) = (first.levels().len(), second.levels().len());
        if columns < 2 || rows < 2 || columns > CELLS_MAX || rows > CELLS_MAX {
            return None;
        }
        let row = |up: usize| (0..columns).map(|across| self.point(&[across, up])).collect();
        let known = &self.plan.figures[self.figure];
        let goals: Vec<String> = self.goals().iter().map(|goal| goal.to_string()).collect();
        Some(HeatMap {
            title: self.title(),
            subtitle: self.subtitle(2),
            measure: self.measure(),
            unit: known.unit,
            log: false,
            across: parameter(first),
            up: parameter(second),
            cells: (0..rows).map(row).collect(),
            goal: (!goals.is_empty()).then(|| format!("goal: {}", goals.join(" and "))),
        })
    }
}

/// Where a line bends, if its knob is a growing number.
fn bend(knob: &Knob, points: &[Point]) -> Option<usize> {
    let numbers = numbers(knob)?;
    let value = |point: &Point| match point.shown {
        Shown::Value { value, low, high } => Some((value, (high - low) / 2.0)),
        Shown::Nothing | Shown::Never => None,
    };
    let values: Vec<(f64, f64)> = points.iter().map(value).collect::<Option<_>>()?;
    let line: Vec<(f64, f64)> = numbers.iter().zip(&values).map(|(x, y)| (*x, y.0)).collect();
    let widths: Vec<f64> = values.iter().map(|value| value.1).collect();
    knee(&line, &widths)
}

fn numbers(knob: &Knob) -> Option<Vec<f64>> {
    let numbers: Vec<f64> =
        knob.levels().iter().map(|level| level.number).collect::<Option<_>>()?;
    numbers.windows(2).all(|pair| pair[0] < pair[1]).then_some(numbers)
}

fn parameter(knob: &Knob) -> Parameter {
    // Values that grow by a factor stand on a scale of factors.
    let spacing = match numbers(knob) {
        None => Spacing::Even,
        Some(numbers) => {
            let by_factor = numbers.len() > 2
                && numbers[0] > 0.0
                && numbers.windows(3).all(|three| {
                    let (one, next) = (three[1] / three[0], three[2] / three[1]);
                    (one / next - 1.0).abs() < 0.2 && one > 1.3
                });
            if by_factor { Spacing::Log(numbers) } else { Spacing::Linear(numbers) }
        }
    };
    let settings = knob.levels().iter().map(|level| knob.label(level)).collect();
    Parameter { name: knob.name(), settings, spacing }
}

fn bars(plan: &Plan, influence: &Influence) -> Tornado {
    let known = &plan.figures[influence.figure];
    fn named<T: Copy>(plan: &Plan, values: &[T]) -> Vec<InfluenceBar<T>> {
        let one = |(knob, influence): (&Knob, &T)| InfluenceBar {
            name: knob.name(),
            range: range(knob),
            influence: *influence,
        };
        plan.knobs.iter().zip(values).map(one).collect()
    }
    let (bars, what) = match &influence.knobs {
        Knobs::Ends(base, ends) => {
            let bars =
                plan.knobs.iter().zip(ends).map(|(knob, ends)| swing(known, knob, ends)).collect();
            let base = Some(*base).filter(|base| base.is_finite());
            (Bars::Swings { base, bars }, "each from end to end, the others as in the file")
        }
        Knobs::Morris(effects) => (Bars::Morris(named(plan, effects)), "Morris screening"),
        Knobs::Sobol(indices) => {
            (Bars::Sobol(named(plan, indices)), "shares of the variance (Sobol')")
        }
    };
    let title = if plan.title.is_empty() { &plan.scenario } else { &plan.title };
    Tornado {
        title: title.clone(),
        subtitle: format!("What matters to {}: {what}", known.name),
        measure: known.name.clone(),
        unit: known.unit,
        bars,
    }
}

fn swing(known: &Known, knob: &Knob, ends: &Ends) -> Swing {
    let shown = |value: f64| match value.is_nan() {
        true if known.may_never_come => Shown::Never,
        true => Shown::Nothing,
        false => Shown::Value { value, low: value, high: value },
    };
    let range = range(knob);
    let (low, high) = range.split_once(" to ").unwrap_or(("low end", "high end"));
    Swing {
        name: knob.name(),
        low_setting: low.to_string(),
        high_setting: high.to_string(),
        low: shown(ends.low),
        high: shown(ends.high),
        differs: ends.swing.low > 0.0 || ends.swing.high < 0.0,
    }
}

/// A range in words: `60s to 10min`.
pub(super) fn range(knob: &Knob) -> String {
    let said = |number: f64| match knob.scale.unit() {
        Unit::Count | Unit::Ratio => quantity(number, knob.scale.unit()),
        _ => knob.scale.text(knob.scale.rounded(number)),
    };
    match &knob.values {
        Values::Range(Range::Normal { mean, sd }) => {
            format!("normal, {} ± {}", said(*mean), said(*sd))
        }
        Values::Range(range) => {
            let (low, high) = range.ends();
            format!("{} to {}", said(low), said(high))
        }
        Values::Levels(levels) => match levels.as_slice() {
            [first, .., last] => format!("{} to {}", first.label(), last.label()),
            [only] => only.label(),
            [] => String::new(),
        },
    }
}
