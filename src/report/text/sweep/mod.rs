//! A sweep for a person at a terminal: what it comes to, then the settings.

mod drawn;
mod said;
mod table;
mod words;

pub(in crate::report) use said::Said;
use words::count;
pub(super) use words::{short, three};

use super::{Paint, clean};
use crate::claims::{Goal, OUTAGE, share};
use crate::experiment::{Answer, Best, Design, Plan, Runs, Standing, Swept, Tried};
use crate::scenario::Level;
use crate::theory::Better;

/// Rows of the table at most; files have all.
const ROWS: usize = 30;

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
        out.push_str(&format!("\n{}\n\n", self.paint.dim(&self.paint.wrapped(&facts, 0))));
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
        let line = self.paint.wrapped(&line, 2);
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
        let line = self.paint.wrapped(&line, 2);
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
        let line = self.paint.wrapped(&line, 2);
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
                out.push_str(&format!("{}\n\n", self.paint.yellow(&self.paint.wrapped(&line, 2))));
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
        out.push_str(&format!("{}\n", self.paint.green(&self.paint.wrapped(&line, 2))));
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
            out.push_str(&format!("  {}\n", self.paint.wrapped(&line, 4)));
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
        out.push_str(&format!("{}\n\n", self.paint.bold(&self.paint.wrapped(&line, 2))));
    }

    fn troubles(&self, out: &mut String) {
        let troubled: Vec<&Tried> =
            self.swept.points.iter().filter(|point| point.trouble.is_some()).collect();
        for tried in troubled.iter().take(5) {
            let why = tried.trouble.as_deref().unwrap_or_default();
            let what = if tried.runs == 0 { "cannot be" } else { "stopped before its end" };
            let line = format!("{} {what}: {}", self.set(&tried.levels), clean(why));
            out.push_str(&format!("{}\n", self.paint.yellow(&self.paint.wrapped(&line, 2))));
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
        out.push_str(&format!("{}\n\n", self.paint.dim(&self.paint.wrapped(&rule, 0))));
    }
}
