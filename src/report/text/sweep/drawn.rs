//! What drawn settings say: all of them as one sample, and which of them matter.

use super::words::{between, quantile, short, signed, unit_of, value};
use super::{Teller, clean};
use crate::claims::share;
use crate::experiment::{Design, Influence, Judged, Knobs, Tried};
use crate::report::text::figures::table;
use crate::units::Unit;

impl Teller<'_> {
    pub(super) fn pooled(&self, pooled: &Tried, out: &mut String) {
        let plan = self.plan;
        if let Some(outage) = plan.figure("outage") {
            let figure = &pooled.figures[outage];
            let hits = figure.values.iter().flatten().filter(|value| **value > 0.5).count();
            let (low, high) = figure.share.unwrap_or((0.0, 1.0));
            let judged = figure.values.iter().flatten().count();
            let line = format!(
                "OUTAGE in {hits} of {judged} runs: {}, 95 % interval {} to {}",
                share(hits as f64 / judged.max(1) as f64),
                share(low),
                share(high)
            );
            out.push_str(&format!("{}\n\n", self.paint.bold(&self.paint.wrapped(&line, 2))));
        }
        let row = |(figure, judged): (usize, &Judged)| {
            let known = &plan.figures[figure];
            let quantile = |q: f64| match quantile(judged, known.may_never_come, q) {
                Some(value) => signed(value, unit_of(judged, known.unit)),
                None => "-".to_string(),
            };
            vec![
                clean(&short(&known.name)),
                value(judged, plan, figure),
                quantile(0.05),
                quantile(0.5),
                quantile(0.95),
            ]
        };
        let outage = plan.figure("outage");
        let rows = pooled.figures.iter().enumerate().filter(|(i, _)| Some(*i) != outage).map(row);
        let head = ["over what may be", "mean or median", "5 %", "half", "95 %"];
        table(&head, rows.collect(), self.paint, out);
    }

    pub(super) fn influences(&self, out: &mut String) {
        let plan = self.plan;
        let asked: Vec<usize> = plan.asked().collect();
        for influence in &self.swept.influences {
            if asked.is_empty() || asked.contains(&influence.figure) {
                self.influence(influence, out);
            }
        }
        let note = match self.plan.design {
            Design::Sobol(_) => {
                "first: the share of the variance that the setting makes by itself; total: the share that \
                 would be left if only it were unknown. 95 % intervals by the jackknife."
            }
            Design::Ends => {
                "swing: the high end less the low end, run by run, with everything else as in the file; what \
                 settings do together it does not show (--sensitivity morris does)."
            }
            _ => {
                "mu*: how far the figure moves, on average, when the setting goes from one end of its range \
                 to the other; sigma: how much that depends on the others, or on where it stands."
            }
        };
        out.push_str(&format!("{}\n\n", self.paint.dim(&self.paint.wrapped(note, 0))));
    }

    fn influence(&self, influence: &Influence, out: &mut String) {
        let known = &self.plan.figures[influence.figure];
        let name = clean(&known.name);
        let knob = |i: usize| clean(&self.plan.knobs[i].name());
        let unit = known.unit;
        let mut rows: Vec<(f64, bool, Vec<String>)> = Vec::new();
        let head = match &influence.knobs {
            Knobs::Ends(_, ends) => {
                for (i, ends) in ends.iter().enumerate() {
                    let swing = ends.swing;
                    let cells = vec![
                        knob(i),
                        signed(ends.low, unit),
                        signed(ends.high, unit),
                        between(swing.mean, swing.low, swing.high, unit),
                    ];
                    let shown = swing.low > 0.0 || swing.high < 0.0;
                    rows.push((swing.mean.abs(), shown, cells));
                }
                ["setting", "low end", "high end", "swing"].as_slice()
            }
            Knobs::Morris(effects) => {
                for (i, effect) in effects.iter().enumerate() {
                    let (low, high) = effect.interval;
                    let cells = vec![
                        knob(i),
                        signed(effect.mu, unit),
                        between(effect.mu_star, low, high, unit),
                        signed(effect.sigma, unit),
                    ];
                    rows.push((effect.mu_star, low > 0.0, cells));
                }
                ["setting", "mu", "mu*", "sigma"].as_slice()
            }
            Knobs::Sobol(indices) => {
                for (i, index) in indices.iter().enumerate() {
                    let share =
                        |value: f64, ends: (f64, f64)| between(value, ends.0, ends.1, Unit::Ratio);
                    let cells = vec![
                        knob(i),
                        share(index.first, index.first_interval),
                        share(index.total, index.total_interval),
                    ];
                    rows.push((index.total, index.total_interval.0 > 0.0, cells));
                }
                ["setting", "first", "total"].as_slice()
            }
        };
        // What cannot be said comes last.
        rows.sort_by(|a, b| a.0.is_nan().cmp(&b.0.is_nan()).then(b.0.total_cmp(&a.0)));
        let unsaid = rows.iter().any(|row| row.0.is_nan()) || rows.is_empty();
        let line = match rows.first() {
            _ if unsaid => format!(
                "CANNOT BE SAID of {name}: at some of these settings it never comes or is not measured"
            ),
            Some((size, shown, cells)) if *size > 0.0 => {
                let doubt = if *shown { "" } else { " (not shown: more --samples would tell)" };
                format!("MATTERS MOST to {name}: {}{doubt}", cells[0])
            }
            _ => format!("NOTHING MATTERS to {name} in these ranges: it is the same everywhere"),
        };
        out.push_str(&format!("{}\n", self.paint.bold(&self.paint.wrapped(&line, 2))));
        let rows = rows.into_iter().map(|(_, _, cells)| cells).collect();
        table(head, rows, self.paint, out);
    }
}
