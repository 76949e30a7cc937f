//! The settings of a grid as a table.

use super::words::{between, short, value};
use super::{ROWS, Teller, clean};
use crate::experiment::{Runs, Standing, Tried};
use crate::report::text::figures::table;
use crate::theory::Better;

/// Columns of the table that are as wide as a figure with its interval.
const COLUMNS: usize = 5;

impl Teller<'_> {
    /// The figures of the table: those that were asked about, then those that are kept by themselves.
    pub(super) fn shown(&self) -> Vec<usize> {
        let plan = self.plan;
        let asked = plan.asked();
        let mut shown: Vec<usize> = Vec::new();
        let differ = |figure: &usize| {
            let mut values = self.swept.points.iter().filter(|point| point.runs > 0);
            let first = values.next().map(|point| &point.figures[*figure].values);
            values.any(|point| Some(&point.figures[*figure].values) != first)
        };
        let rest = (0..plan.figures.len()).filter(differ);
        for figure in asked.chain(rest) {
            if !shown.contains(&figure) {
                shown.push(figure);
            }
        }
        // A line is wide enough for so many.
        let judged = usize::from(!plan.goals.is_empty() || !self.swept.best.is_empty());
        let taken = plan.knobs.len().div_ceil(2) + judged + usize::from(self.tells_differences());
        shown.truncate(COLUMNS.saturating_sub(taken).max(1));
        shown
    }

    /// Whether there is room for differences to the first setting: of one figure at most, along one knob.
    pub(super) fn tells_differences(&self) -> bool {
        self.plan.goals.len() + self.plan.objectives.len() <= 1 && self.plan.knobs.len() == 1
    }

    pub(super) fn points(&self, out: &mut String) {
        let (plan, swept) = (self.plan, self.swept);
        let shown = self.shown();
        let mut head: Vec<String> =
            plan.knobs.iter().map(|knob| clean(&knob.short_name(&plan.knobs))).collect();
        if matches!(plan.runs, Runs::Until { .. }) {
            head.push("runs".to_string());
        }
        for (place, figure) in shown.iter().enumerate() {
            head.push(clean(&short(&plan.figures[*figure].name)));
            if place == 0 && self.tells_differences() {
                head.push("less the first".to_string());
            }
        }
        let judged = !plan.goals.is_empty() || !swept.best.is_empty();
        if judged {
            head.push(String::new());
        }
        let order = self.order();
        let row = |index: &usize| {
            let tried = &swept.points[*index];
            let labels = plan.knobs.iter().zip(&tried.levels);
            let mut cells: Vec<String> =
                labels.map(|(knob, level)| clean(&knob.label(level))).collect();
            if matches!(plan.runs, Runs::Until { .. }) {
                cells.push(tried.runs.to_string());
            }
            for (place, figure) in shown.iter().enumerate() {
                cells.push(self.cell(*figure, tried));
                if place == 0 && self.tells_differences() {
                    cells.push(self.less_first(*figure, tried));
                }
            }
            if judged {
                cells.push(self.mark(*index, tried));
            }
            cells
        };
        let rows: Vec<Vec<String>> = order.iter().take(ROWS).map(row).collect();
        let head: Vec<&str> = head.iter().map(String::as_str).collect();
        table(&head, rows, self.paint, out);
        let more = order.len().saturating_sub(ROWS);
        let all = if more > 0 {
            format!("{more} more settings are in points.csv of --out. ")
        } else {
            String::new()
        };
        let intervals = match plan.runs.first() {
            1 => "One run of each: nothing says how sure these figures are; --runs 10 does.",
            _ => {
                "In brackets the 95 % interval: of means Student's, of shares of runs Wilson's, of what may \
                 never come that of the median."
            }
        };
        let difference = match self.tells_differences() {
            true => " Less the first: the difference to the first setting, run by run.",
            false => "",
        };
        let note = format!(
            "{all}{intervals}{difference} Every figure kept is in --out and --format json."
        );
        self.legend(out);
        out.push_str(&format!("{}\n\n", self.paint.dim(&self.paint.wrapped(&note, 0))));
    }

    /// What the numbers of long values stand for.
    pub(super) fn legend(&self, out: &mut String) {
        let mut any = false;
        for knob in &self.plan.knobs {
            let long = knob.levels().iter().filter(|level| knob.label(level) != level.label());
            for level in long {
                let line = format!("{}: {}", knob.label(level), level.label());
                out.push_str(&format!(
                    "{}\n",
                    self.paint.dim(&self.paint.wrapped(&clean(&line), 4))
                ));
                any = true;
            }
        }
        if any {
            out.push('\n');
        }
    }

    /// As they were asked for; when there are too many, the best first.
    pub(super) fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.swept.points.len()).collect();
        let Some(best) = self.swept.best.first().filter(|_| order.len() > ROWS) else {
            return order;
        };
        let objective = &self.plan.objectives[best.objective];
        let never = self.plan.figures[objective.figure].may_never_come;
        let value = |index: &usize| {
            let central = self.swept.points[*index].figures[objective.figure].central(never);
            let value = central.map_or(f64::NAN, |central| central.0);
            let worst = self.swept.candidates.binary_search(index).is_err();
            match objective.better {
                Better::Smaller => (worst, value),
                Better::Larger => (worst, -value),
            }
        };
        order.sort_by(|a, b| {
            let (a, b) = (value(a), value(b));
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
        order
    }

    pub(super) fn mark(&self, index: usize, tried: &Tried) -> String {
        let mut words: Vec<&str> = Vec::new();
        match tried.standing() {
            Some(Standing::Meets) => words.push("✓ meets"),
            Some(Standing::Misses) => words.push("✗ misses"),
            Some(Standing::Undecided) => words.push("? undecided"),
            None => {}
        }
        match self.swept.best.as_slice() {
            [only] if only.left.contains(&index) => {
                words.push(if only.told_apart { "best" } else { "may be best" });
            }
            [_, _, ..] => {
                let place = self.swept.candidates.iter().position(|other| *other == index);
                let dominated = place.and_then(|place| self.swept.dominated.get(place));
                if matches!(dominated, Some(None)) {
                    words.push("Pareto");
                }
            }
            _ => {}
        }
        words.join(", ")
    }

    pub(super) fn cell(&self, figure: usize, tried: &Tried) -> String {
        match &tried.trouble {
            Some(_) if tried.runs == 0 => "cannot be".to_string(),
            Some(_) => "stopped".to_string(),
            None => value(&tried.figures[figure], self.plan, figure),
        }
    }

    /// The difference to the first setting, run by run.
    pub(super) fn less_first(&self, figure: usize, tried: &Tried) -> String {
        match tried.figures[figure].against_first {
            Some(against) => {
                let unit = self.plan.figures[figure].unit;
                between(against.mean, against.low, against.high, unit)
            }
            None => "-".to_string(),
        }
    }
}
