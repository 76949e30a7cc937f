//! What a sweep comes to, piece by piece, for whoever lays it out otherwise.

use super::words::{between, quantile, unit_of, value};
use super::{Paint, Teller};
use crate::experiment::{Judged, Plan, Swept, Tried};
use crate::scenario::Level;
use crate::units::Unit;

/// The sentences of a sweep, without colour.
pub(in crate::report) struct Said<'a>(Teller<'a>);

impl<'a> Said<'a> {
    pub(in crate::report) fn new(plan: &'a Plan, swept: &'a Swept) -> Said<'a> {
        Said(Teller { plan, swept, paint: Paint::PLAIN })
    }

    /// What it comes to, one line after the other.
    pub(in crate::report) fn headlines(&self) -> Vec<String> {
        let teller = &self.0;
        let mut said = vec![of(|out| teller.precision(out)), of(|out| teller.goals(out))];
        said.extend(teller.swept.best.iter().map(|best| of(|out| teller.best(best, out))));
        said.push(of(|out| teller.pareto(out)));
        if teller.swept.pooled.is_none() && teller.swept.influences.is_empty() {
            said.push(of(|out| teller.bare(out)));
        }
        said.retain(|text| !text.is_empty());
        said
    }

    /// What was played.
    pub(in crate::report) fn facts(&self) -> String {
        let head = of(|out| self.0.head(out));
        head.split_once('\n').map_or(String::new(), |(_, facts)| facts.trim().to_string())
    }

    /// Settings that could not be played, and what an outage is.
    pub(in crate::report) fn remarks(&self) -> Vec<String> {
        let troubles = of(|out| self.0.troubles(out)).replace("\n  ", " ");
        let rule = of(|out| self.0.rule(out)).replace('\n', " ");
        let lines = troubles.lines().chain([rule.as_str()]);
        lines.filter(|line| !line.is_empty()).map(str::to_string).collect()
    }

    /// The settings of a point in a few words.
    pub(in crate::report) fn set(&self, levels: &[Level]) -> String {
        self.0.set(levels)
    }

    /// A figure of a point with its interval.
    pub(in crate::report) fn cell(&self, figure: usize, tried: &Tried) -> String {
        self.0.cell(figure, tried)
    }

    /// How a point stands, in words.
    pub(in crate::report) fn mark(&self, index: usize, tried: &Tried) -> String {
        self.0.mark(index, tried)
    }

    /// A figure over all points with its interval, and its quantiles.
    pub(in crate::report) fn pooled(&self, figure: usize, judged: &Judged) -> [String; 4] {
        let known = &self.0.plan.figures[figure];
        let unit = unit_of(judged, known.unit);
        let quantile = |q: f64| match quantile(judged, known.may_never_come, q) {
            Some(value) => super::words::signed(value, unit),
            None => "-".to_string(),
        };
        [value(judged, self.0.plan, figure), quantile(0.05), quantile(0.5), quantile(0.95)]
    }

    /// A value with its interval.
    pub(in crate::report) fn between(&self, value: f64, ends: (f64, f64), unit: Unit) -> String {
        between(value, ends.0, ends.1, unit)
    }
}

fn of(write: impl FnOnce(&mut String)) -> String {
    let mut out = String::new();
    write(&mut out);
    out.trim().to_string()
}
