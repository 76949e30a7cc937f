//! A sweep for a person at a terminal: what it comes to, then the settings.

use super::figures::table;
use super::{Paint, clean, wrap};
use crate::claims::{Goal, OUTAGE, amount, share};
use crate::experiment::{
    Answer, Best, Design, Influence, Judged, Knobs, Plan, Runs, Standing, Swept, Tried,
};
use crate::scenario::Level;
use crate::theory::Better;
use crate::units::Unit;

/// Rows of the table at most; files have all.
const ROWS: usize = 30;
/// Columns of the table that are as wide as a figure with its interval.
const COLUMNS: usize = 5;

/// What a sweep found.
pub fn sweep(plan: &Plan, swept: &Swept, paint: Paint) -> String {
    let teller = Teller { plan, swept, paint };
    let mut out = String::new();
    teller.head(&mut out);
    teller.precision(&mut out);
    teller.goals(&mut out);
    for best in &swept.best {
        teller.best(best, &mut out);
    }
    teller.pareto(&mut out);
    match &swept.pooled {
        Some(pooled) => teller.pooled(pooled, &mut out),
        None if !swept.influences.is_empty() => teller.influences(&mut out),
        None => {
            teller.bare(&mut out);
            teller.points(&mut out);
        }
    }
    teller.troubles(&mut out);
    teller.rule(&mut out);
    out
}

struct Teller<'a> {
    plan: &'a Plan,
    swept: &'a Swept,
    paint: Paint,
}

impl Teller<'_> {
    fn head(&self, out: &mut String) {
        let (plan, swept) = (self.plan, self.swept);
        let name = self.paint.bold(&clean(&plan.scenario));
        let title = clean(&plan.title);
        out.push_str(&if title.is_empty() { name } else { format!("{name}  {title}") });
        let points = swept.points.len();
        let what = match plan.design {
            Design::Grid => format!("{} of {}", count(points, "setting"), self.knob_names()),
            Design::Samples(_) => {
                format!("{points} settings of {} drawn by a Latin hypercube", self.knob_names())
            }
            Design::Ends => format!("both ends of {}", self.knob_names()),
            Design::Morris(walks) => {
                format!("{} of Morris, {points} settings", count(walks as usize, "trajectory"))
            }
            Design::Sobol(rows) => {
                format!("{} of Saltelli, {points} settings", count(rows as usize, "row"))
            }
        };
        let runs = match plan.runs {
            _ if plan.draws_chance() => "a run each, all with chance of their own".to_string(),
            Runs::Fixed(runs) => {
                format!("{} of each on the same random numbers", count(runs as usize, "run"))
            }
            Runs::Until { precision, first, most } => format!(
                "{first} to {most} runs of each on the same random numbers, until {} is reached",
                share(precision)
            ),
        };
        let facts =
            format!("{what}, {runs}, seed \"{}\", digest {}", clean(&plan.seed), swept.digest);
        out.push_str(&format!("\n{}\n\n", self.paint.dim(&wrap(&facts, 0))));
    }

    fn knob_names(&self) -> String {
        let names: Vec<String> =
            self.plan.knobs.iter().map(|knob| knob.short_name(&self.plan.knobs)).collect();
        clean(&names.join(" x "))
    }

    /// The settings of a point in a few words.
    fn set(&self, levels: &[Level]) -> String {
        let all = self.plan.knobs.iter().zip(levels).filter(|(_, level)| !level.texts.is_empty());
        let words: Vec<String> = all
            .map(|(knob, level)| {
                format!("{} = {}", knob.short_name(&self.plan.knobs), knob.label(level))
            })
            .collect();
        match words.is_empty() {
            true => "as in the file".to_string(),
            false => clean(&words.join(", ")),
        }
    }

    /// Settings that are not known as well as was asked for.
    fn precision(&self, out: &mut String) {
        let Runs::Until { precision, most, .. } = self.plan.runs else { return };
        let short = self.swept.points.iter().filter(|point| point.precise == Some(false)).count();
        let line = match short {
            0 => format!("PRECISE: every setting is known to ± {}", share(precision)),
            _ => format!(
                "UNDECIDED: {} of {} settings are not known to ± {} after {most} runs, or have no mean",
                short,
                self.swept.points.len(),
                share(precision)
            ),
        };
        let line = wrap(&line, 2);
        let line = if short == 0 { self.paint.green(&line) } else { self.paint.yellow(&line) };
        out.push_str(&format!("{line}\n\n"));
    }

    fn goals(&self, out: &mut String) {
        if self.plan.goals.is_empty() {
            return;
        }
        let said = |goal: &Goal| match goal.of.may_never_come {
            true => format!("median of {goal}"),
            false => goal.to_string(),
        };
        let goals: Vec<String> = self.plan.goals.iter().map(said).collect();
        let goals = clean(&goals.join(" and "));
        let answer = self.swept.answer(self.plan);
        let line = match &self.swept.pooled {
            Some(pooled) => match pooled.standing() {
                Some(Standing::Meets) => format!("MET: {goals}"),
                Some(Standing::Misses) => format!("MISSED: {goals}"),
                _ => format!("UNDECIDED: {goals}"),
            },
            None => self.counted(&goals),
        };
        let line = wrap(&line, 2);
        let any = self.swept.points.iter().any(|point| point.standing() == Some(Standing::Meets));
        let line = match answer {
            _ if any => self.paint.green(&line),
            Answer::Missed | Answer::Impossible => self.paint.red(&line),
            Answer::Undecided => self.paint.yellow(&line),
            Answer::Found => self.paint.green(&line),
        };
        out.push_str(&format!("{line}\n\n"));
    }

    fn counted(&self, goals: &str) -> String {
        let points = &self.swept.points;
        let of =
            |standing| points.iter().filter(|point| point.standing() == Some(standing)).count();
        let (meet, undecided) = (of(Standing::Meets), of(Standing::Undecided));
        let head = match (meet, undecided) {
            (0, 0) => "NONE MEETS".to_string(),
            (0, _) => "UNDECIDED".to_string(),
            _ => format!("{meet} OF {} MEET", points.len()),
        };
        let list = |standing| match self.listed(standing) {
            Some(list) => format!(" ({list})"),
            None => String::new(),
        };
        format!(
            "{head} {goals}{}; {} miss it{}, {undecided} undecided{}",
            list(Standing::Meets),
            of(Standing::Misses),
            list(Standing::Misses),
            list(Standing::Undecided)
        )
    }

    /// The values of a single knob at which the goals stand so, a row of neighbours by its ends.
    fn listed(&self, standing: Standing) -> Option<String> {
        let [knob] = self.plan.knobs.as_slice() else { return None };
        let there = |point: &Tried| point.standing() == Some(standing);
        let rows = self.swept.points.chunk_by(|a, b| there(a) == there(b));
        let rows: Vec<String> = rows
            .filter(|row| there(&row[0]))
            .map(|row| {
                let (first, last) =
                    (row[0].levels[0].label(), row[row.len() - 1].levels[0].label());
                if row.len() == 1 { first } else { format!("{first} to {last}") }
            })
            .collect();
        let name = knob.short_name(&self.plan.knobs);
        (1..=6).contains(&rows.len()).then(|| clean(&format!("{name} {}", rows.join(", "))))
    }

    fn best(&self, best: &Best, out: &mut String) {
        let objective = &self.plan.objectives[best.objective];
        let known = &self.plan.figures[objective.figure];
        let first = &self.swept.points[best.first];
        let value = self.cell(objective.figure, first);
        let way = match objective.better {
            Better::Smaller => "SMALLEST",
            Better::Larger => "LARGEST",
        };
        let name = clean(&known.name);
        let others = best.left.iter().filter(|point| **point != best.first);
        let others: Vec<String> = others
            .take(5)
            .map(|point| format!("({})", self.set(&self.swept.points[*point].levels)))
            .collect();
        let more = match best.left.len().saturating_sub(6) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let beaten = self.swept.candidates.len() - best.left.len();
        let line = match (best.told_apart, others.is_empty()) {
            (_, true) => format!("{way} {name}: {} with {value}; {}", self.set(&first.levels), {
                match beaten {
                    0 => "there is no other".to_string(),
                    1 => "shown against the other one".to_string(),
                    _ => format!("shown against all {beaten} others"),
                }
            }),
            (true, false) => format!(
                "{way} {name}: {} with {value}; the same in every run: {}{more}",
                self.set(&first.levels),
                others.join(", ")
            ),
            (false, false) => format!(
                "{way} {name}, UNDECIDED between {} with {value} and {}{more}: more --runs would tell; {} \
                 shown to be worse",
                self.set(&first.levels),
                others.join(", "),
                match beaten {
                    1 => "1 is".to_string(),
                    beaten => format!("{beaten} are"),
                }
            ),
        };
        let line = wrap(&line, 2);
        let line = if best.told_apart { self.paint.green(&line) } else { self.paint.yellow(&line) };
        out.push_str(&format!("{line}\n\n"));
    }

    fn pareto(&self, out: &mut String) {
        let swept = self.swept;
        if swept.dominated.is_empty() {
            if self.plan.objectives.len() > 1 && !swept.candidates.is_empty() {
                let line = format!(
                    "PARETO SET: not made of {} settings; --goal leaves fewer to compare",
                    swept.candidates.len()
                );
                out.push_str(&format!("{}\n\n", self.paint.yellow(&wrap(&line, 2))));
            }
            return;
        }
        let inside: Vec<usize> =
            (0..swept.candidates.len()).filter(|place| swept.dominated[*place].is_none()).collect();
        let shown = swept.dominated.iter().flatten().filter(|by| by.shown).count();
        let out_by_means = swept.dominated.iter().flatten().count() - shown;
        let others = match (shown, out_by_means) {
            (0, 0) => String::new(),
            (0, _) => {
                "; the others are out by their means only, more --runs would tell".to_string()
            }
            (_, 0) => {
                "; the others are shown to be no better in anything than one of these".to_string()
            }
            (_, some) => format!(
                "; {shown} others are shown to be no better in anything than one of these, {some} are out \
                 by their means only"
            ),
        };
        let line =
            format!("PARETO SET: {} of {} settings{others}", inside.len(), swept.candidates.len());
        out.push_str(&format!("{}\n", self.paint.green(&wrap(&line, 2))));
        for place in inside.iter().take(ROWS) {
            let tried = &swept.points[swept.candidates[*place]];
            let objectives = self.plan.objectives.iter();
            let values: Vec<String> = objectives
                .map(|objective| {
                    let name = short(&self.plan.figures[objective.figure].name);
                    format!("{name} {}", self.cell(objective.figure, tried))
                })
                .collect();
            let line = format!("{}: {}", self.set(&tried.levels), clean(&values.join("; ")));
            out.push_str(&format!("  {}\n", wrap(&line, 4)));
        }
        if inside.len() > ROWS {
            out.push_str(&format!("  and {} more (points.csv in --out)\n", inside.len() - ROWS));
        }
        out.push('\n');
    }

    /// Without goals and objectives: what becomes of runs.
    fn bare(&self, out: &mut String) {
        let (plan, swept) = (self.plan, self.swept);
        let Some(outage) = plan.figure("outage") else { return };
        if !plan.goals.is_empty() || !plan.objectives.is_empty() {
            return;
        }
        let played: Vec<&Tried> = swept.points.iter().filter(|point| point.runs > 0).collect();
        let mean = |point: &Tried| point.figures[outage].spread.mean.map(|mean| mean.mean);
        let of = |value: f64| played.iter().filter(|point| mean(point) == Some(value)).count();
        let (always, never) = (of(1.0), of(0.0));
        let some = played.len() - always - never;
        let line = format!(
            "OUTAGE: in every run of {}, in no run of {never}, in some runs of {some}",
            count(always, "setting")
        );
        out.push_str(&format!("{}\n\n", self.paint.bold(&wrap(&line, 2))));
    }

    /// The figures of the table: those that were asked about, then those that are kept by themselves.
    fn shown(&self) -> Vec<usize> {
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
    fn tells_differences(&self) -> bool {
        self.plan.goals.len() + self.plan.objectives.len() <= 1 && self.plan.knobs.len() == 1
    }

    fn points(&self, out: &mut String) {
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
        out.push_str(&format!("{}\n\n", self.paint.dim(&wrap(&note, 0))));
    }

    /// What the numbers of long values stand for.
    fn legend(&self, out: &mut String) {
        let mut any = false;
        for knob in &self.plan.knobs {
            let long = knob.levels().iter().filter(|level| knob.label(level) != level.label());
            for level in long {
                let line = format!("{}: {}", knob.label(level), level.label());
                out.push_str(&format!("{}\n", self.paint.dim(&wrap(&clean(&line), 4))));
                any = true;
            }
        }
        if any {
            out.push('\n');
        }
    }

    /// As they were asked for; when there are too many, the best first.
    fn order(&self) -> Vec<usize> {
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

    fn mark(&self, index: usize, tried: &Tried) -> String {
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

    fn cell(&self, figure: usize, tried: &Tried) -> String {
        match &tried.trouble {
            Some(_) if tried.runs == 0 => "cannot be".to_string(),
            Some(_) => "stopped".to_string(),
            None => value(&tried.figures[figure], self.plan, figure),
        }
    }

    /// The difference to the first setting, run by run.
    fn less_first(&self, figure: usize, tried: &Tried) -> String {
        match tried.figures[figure].against_first {
            Some(against) => {
                let unit = self.plan.figures[figure].unit;
                between(against.mean, against.low, against.high, unit)
            }
            None => "-".to_string(),
        }
    }

    fn pooled(&self, pooled: &Tried, out: &mut String) {
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
            out.push_str(&format!("{}\n\n", self.paint.bold(&wrap(&line, 2))));
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

    fn influences(&self, out: &mut String) {
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
        out.push_str(&format!("{}\n\n", self.paint.dim(&wrap(note, 0))));
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
        out.push_str(&format!("{}\n", self.paint.bold(&wrap(&line, 2))));
        let rows = rows.into_iter().map(|(_, _, cells)| cells).collect();
        table(head, rows, self.paint, out);
    }

    fn troubles(&self, out: &mut String) {
        let troubled: Vec<&Tried> =
            self.swept.points.iter().filter(|point| point.trouble.is_some()).collect();
        for tried in troubled.iter().take(5) {
            let why = tried.trouble.as_deref().unwrap_or_default();
            let what = if tried.runs == 0 { "cannot be" } else { "stopped before its end" };
            let line = format!("{} {what}: {}", self.set(&tried.levels), clean(why));
            out.push_str(&format!("{}\n", self.paint.yellow(&wrap(&line, 2))));
        }
        match troubled.len() {
            0 => {}
            n if n > 5 => out.push_str(&format!("and {} more like these\n\n", n - 5)),
            _ => out.push('\n'),
        }
    }

    fn rule(&self, out: &mut String) {
        if self.plan.figure("outage").is_none() {
            return;
        }
        let rule = match &self.plan.outage {
            Some(goal) => format!("Outage, as --outage says: {}.", clean(&goal.to_string())),
            None => format!("Outage, unless --outage says otherwise: {OUTAGE}."),
        };
        out.push_str(&format!("{}\n\n", self.paint.dim(&wrap(&rule, 0))));
    }
}

fn count(number: usize, what: &str) -> String {
    match (number, what) {
        (1, _) => format!("1 {what}"),
        (_, "trajectory") => format!("{number} trajectories"),
        _ => format!("{number} {what}s"),
    }
}

/// The name of a figure without what goes without saying.
pub(super) fn short(name: &str) -> String {
    let name = name.strip_prefix("fleets.").or(name.strip_prefix("servers.")).unwrap_or(name);
    let name = name.replace(".pools.", ".");
    match name.strip_suffix("_s") {
        Some(name) => name.to_string(),
        None => name.replace("_s_", "_").replace("_bytes_", "_"),
    }
}

/// What stands for all runs of a point, with its interval.
fn value(judged: &Judged, plan: &Plan, figure: usize) -> String {
    let known = &plan.figures[figure];
    match judged.central(known.may_never_come) {
        None => "-".to_string(),
        // What is measured is never below nothing, and no share above all, though an interval by the
        // deviation may be.
        Some((middle, low, high)) => {
            let unit = unit_of(judged, known.unit);
            let high = if unit == Unit::Ratio { high.min(1.0) } else { high };
            between(middle, low.max(0.0_f64.min(middle)), high, unit)
        }
    }
}

/// A value and its interval with three figures each, the unit said once where it is the same.
fn between(middle: f64, low: f64, high: f64, unit: Unit) -> String {
    let said = |value: f64| match unit {
        _ if value.is_nan() => "-".to_string(),
        _ if !value.is_finite() => amount(value, unit),
        Unit::Ratio => share(three(value)),
        unit => amount(three(value), unit),
    };
    let middle_said = said(middle + 0.0);
    if low == high || low.is_nan() || high.is_nan() {
        return middle_said;
    }
    let (low, high) = (said(low + 0.0), said(high + 0.0));
    let unit = middle_said.split_once(' ').map(|(_, unit)| unit);
    let same = |text: &str| text.split_once(' ').map(|(_, its)| its) == unit;
    match (same(&low) && same(&high), unit) {
        (true, Some(_)) => {
            let bare = |text: &str| text.split(' ').next().unwrap_or_default().to_string();
            format!("{middle_said} ({} to {})", bare(&low), bare(&high))
        }
        _ => format!("{middle_said} ({low} to {high})"),
    }
}

/// With three significant figures; whole numbers below a million stay whole.
fn three(value: f64) -> f64 {
    match value.abs() {
        size if (1000.0..1e6).contains(&size) => libm::round(value),
        _ => format!("{value:.2e}").parse().unwrap_or(value),
    }
}

/// A ratio that may be above one is no share: attempts for a request.
fn unit_of(judged: &Judged, unit: Unit) -> Unit {
    let above = judged.values.iter().flatten().any(|value| *value > 1.0);
    if unit == Unit::Ratio && above { Unit::Count } else { unit }
}

fn signed(value: f64, unit: Unit) -> String {
    match unit {
        _ if value.is_nan() => "-".to_string(),
        Unit::Ratio => share(value),
        unit => amount(value, unit),
    }
}

/// A quantile of the values of all runs; infinite is never.
fn quantile(judged: &Judged, may_never_come: bool, q: f64) -> Option<f64> {
    let never = may_never_come.then_some(f64::INFINITY);
    let mut values: Vec<f64> = judged.values.iter().filter_map(|value| value.or(never)).collect();
    values.sort_by(f64::total_cmp);
    (!values.is_empty()).then(|| crate::theory::quantile_interval(&values, q).estimate)
}
