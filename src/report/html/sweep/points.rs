//! The settings of a sweep as tables.

use super::super::chart::said;
use super::super::detail::Detail;
use super::super::table::{Cell, Table};
use super::super::text::escape;
use crate::experiment::{Influence, Judged, Knobs, Plan, Standing, Swept, Tried};
use crate::report::text::Said;
use crate::units::Unit;

/// Columns of figures at most; points.csv has all.
const FIGURES: usize = 8;

/// What the tables are made of.
pub(super) struct Points<'a> {
    pub plan: &'a Plan,
    pub swept: &'a Swept,
    pub said: &'a Said<'a>,
    pub detail: Detail,
}

impl Points<'_> {
    /// Every setting: knobs, figures, how it stands.
    pub fn table(&self) -> String {
        let (plan, swept) = (self.plan, self.swept);
        let figures = self.figures();
        let names: Vec<String> =
            plan.knobs.iter().map(|knob| knob.short_name(&plan.knobs)).collect();
        let judged = !plan.goals.is_empty() || !swept.best.is_empty();
        let mut head: Vec<&str> = names.iter().map(String::as_str).collect();
        if judged {
            head.push("stands");
        }
        head.extend(figures.iter().map(|figure| plan.figures[*figure].name.as_str()));
        head.push("runs");
        let row = |(index, tried): (usize, &Tried)| {
            let mut row: Vec<Cell> = self.knobs(tried);
            if judged {
                row.push(self.standing(index, tried));
            }
            row.extend(figures.iter().map(|figure| self.figure(*figure, tried)));
            row.push(Cell::Number(tried.runs.to_string(), tried.runs.into()));
            row
        };
        let table = Table {
            name: "Settings; the heads of columns sort",
            head: &head,
            sortable: true,
            rest: "points.csv has all",
        };
        let rows = swept.points.iter().enumerate().map(row).collect();
        table.of(self.detail, rows) + &self.note()
    }

    fn note(&self) -> String {
        let text = match self.plan.runs.first() {
            1 => "One run of each: nothing says how sure these figures are; more --runs do.",
            _ => {
                "In brackets the 95 % interval: of means Student's, of shares of runs Wilson's, of what may \
                 never come that of the median."
            }
        };
        format!("<p class=\"note\">{text}</p>\n")
    }

    /// What was asked about, then what differs between settings.
    fn figures(&self) -> Vec<usize> {
        let differs = |figure: &usize| {
            let mut values = self.swept.points.iter().filter(|point| point.runs > 0);
            let first = values.next().map(|point| &point.figures[*figure].values);
            values.any(|point| Some(&point.figures[*figure].values) != first)
        };
        let mut shown: Vec<usize> = Vec::new();
        for figure in self.plan.asked().chain((0..self.plan.figures.len()).filter(differs)) {
            if !shown.contains(&figure) {
                shown.push(figure);
            }
        }
        shown.truncate(FIGURES);
        shown
    }

    fn knobs(&self, tried: &Tried) -> Vec<Cell> {
        let of = self.plan.knobs.iter().zip(&tried.levels);
        of.enumerate()
            .map(|(place, (knob, level))| match level.number {
                _ if place == 0 => Cell::Head(knob.label(level)),
                Some(number) => Cell::Number(knob.label(level), number),
                None => Cell::text(knob.label(level)),
            })
            .collect()
    }

    fn figure(&self, figure: usize, tried: &Tried) -> Cell {
        let known = &self.plan.figures[figure];
        let central = tried.figures[figure].central(known.may_never_come);
        Cell::Number(self.said.cell(figure, tried), central.map_or(f64::NAN, |central| central.0))
    }

    fn standing(&self, index: usize, tried: &Tried) -> Cell {
        let words = self.said.mark(index, tried);
        let class = match tried.standing() {
            Some(Standing::Meets) => "good",
            Some(Standing::Misses) => "bad",
            Some(Standing::Undecided) => "open",
            None => "plain",
        };
        match words.is_empty() {
            true => Cell::text(""),
            false => {
                Cell::Markup(format!("<span class=\"badge {class}\">{}</span>", escape(&words)))
            }
        }
    }

    /// What no other setting beats in everything.
    pub fn pareto(&self) -> String {
        let (plan, swept) = (self.plan, self.swept);
        if swept.dominated.is_empty() {
            return String::new();
        }
        let mut head = vec!["setting"];
        let objectives = || plan.objectives.iter().map(|objective| objective.figure);
        head.extend(objectives().map(|figure| plan.figures[figure].name.as_str()));
        head.push("beaten by");
        let row = |(place, dominated): (usize, &Option<crate::theory::Dominated>)| {
            let tried = &swept.points[swept.candidates[place]];
            let mut row = vec![Cell::Head(self.said.set(&tried.levels))];
            row.extend(objectives().map(|figure| self.figure(figure, tried)));
            row.push(match dominated {
                None => Cell::Markup("<span class=\"badge good\">in the set</span>".to_string()),
                Some(by) => {
                    let other = &swept.points[swept.candidates[by.by]];
                    let how = if by.shown { "" } else { " (by the means only)" };
                    Cell::text(format!("{}{how}", self.said.set(&other.levels)))
                }
            });
            row
        };
        let mut order: Vec<(usize, &Option<crate::theory::Dominated>)> =
            swept.dominated.iter().enumerate().collect();
        order.sort_by_key(|(_, dominated)| dominated.is_some());
        let table = Table {
            name: "Settings against each other",
            head: &head,
            sortable: true,
            rest: "sweep.json has all",
        };
        table.of(self.detail, order.into_iter().map(row).collect())
    }

    /// All settings as one sample.
    pub fn pooled(&self) -> String {
        let Some(pooled) = &self.swept.pooled else { return String::new() };
        let row = |(figure, judged): (usize, &Judged)| {
            let mut row = vec![Cell::Head(self.plan.figures[figure].name.clone())];
            row.extend(self.said.pooled(figure, judged).map(Cell::Text));
            row
        };
        let table = Table {
            name: "Figures over all settings that were drawn",
            head: &["figure", "mean or median, 95 % interval", "5 %", "half", "95 %"],
            sortable: false,
            rest: "sweep.json has all",
        };
        table.of(self.detail, pooled.figures.iter().enumerate().map(row).collect())
    }

    /// What each setting does to each figure.
    pub fn influences(&self) -> String {
        let asked: Vec<usize> = self.plan.asked().collect();
        let wanted = |one: &&Influence| asked.is_empty() || asked.contains(&one.figure);
        self.swept.influences.iter().filter(wanted).map(|one| self.influence(one)).collect()
    }

    fn influence(&self, influence: &Influence) -> String {
        let known = &self.plan.figures[influence.figure];
        let unit = known.unit;
        let knob = |place: usize| Cell::Head(self.plan.knobs[place].name());
        let plain = |value: f64| Cell::Number(said(value, unit), value);
        let ends = |value: f64, ends: (f64, f64), unit: Unit| {
            Cell::Number(self.said.between(value, ends, unit), value)
        };
        // What moves the figure most comes first.
        let mut rows: Vec<(f64, Vec<Cell>)> = Vec::new();
        let (head, what): (&[&str], &str) = match &influence.knobs {
            Knobs::Ends(_, of) => {
                for (place, one) in of.iter().enumerate() {
                    let swing = one.swing;
                    let swing_cell = ends(swing.mean, (swing.low, swing.high), unit);
                    let row = vec![knob(place), plain(one.low), plain(one.high), swing_cell];
                    rows.push((swing.mean.abs(), row));
                }
                (
                    &["setting", "low end", "high end", "swing, 95 % interval"],
                    "The high end less the low end, run by run, everything else as in the file.",
                )
            }
            Knobs::Morris(of) => {
                for (place, one) in of.iter().enumerate() {
                    let star = ends(one.mu_star, one.interval, unit);
                    rows.push((
                        one.mu_star,
                        vec![knob(place), plain(one.mu), star, plain(one.sigma)],
                    ));
                }
                (
                    &["setting", "mu", "mu*, 95 % interval", "sigma"],
                    "mu*: how far the figure moves, on average, from one end of the range to the other; \
                     sigma: how much that depends on the others, or on where the setting stands.",
                )
            }
            Knobs::Sobol(of) => {
                for (place, one) in of.iter().enumerate() {
                    let first = ends(one.first, one.first_interval, Unit::Ratio);
                    let total = ends(one.total, one.total_interval, Unit::Ratio);
                    rows.push((one.total, vec![knob(place), first, total]));
                }
                (
                    &["setting", "first", "total"],
                    "Shares of the variance. First: what the setting makes by itself; total: what would be \
                     left if only it were unknown. 95 % intervals by the jackknife.",
                )
            }
        };
        rows.sort_by(|a, b| a.0.is_nan().cmp(&b.0.is_nan()).then(b.0.total_cmp(&a.0)));
        let name = format!("What matters to {}", known.name);
        let table = Table { name: &name, head, sortable: true, rest: "sweep.json has all" };
        let table = table.of(self.detail, rows.into_iter().map(|(_, row)| row).collect());
        format!("<h3>{}</h3>\n{table}<p class=\"note\">{what}</p>\n", self.detail.text(&name))
    }
}
