//! The answer of a search for a person at a terminal: the setting first, then everything tried.

use super::figures::table;
use super::sweep::three;
use super::{Paint, clean};
use crate::claims::{Goal, amount, share};
use crate::experiment::{Cheap, Next, Of, SeenGoal, Solution, Standing, Task, Trial, Verdict};
use crate::units::Unit;

/// What a search found.
pub fn solve(task: &Task, found: &Solution, paint: Paint) -> String {
    let mut out = String::new();
    head(task, found, paint, &mut out);
    let words = Words { task, found };
    let line = paint.wrapped(&words.headline(), 2);
    let line = match found.verdict {
        Verdict::Found { .. } => paint.green(&line),
        Verdict::Nothing => paint.red(&line),
        Verdict::Undecided { .. } => paint.yellow(&line),
    };
    out.push_str(&format!("{line}\n"));
    for remark in words.remarks() {
        out.push_str(&format!("  {}\n", paint.wrapped(&remark, 2)));
    }
    out.push('\n');
    tried(&words, paint, &mut out);
    out
}

/// The answer and what stands below it, in one sentence each; for JSON.
pub(in crate::report) fn sentences(task: &Task, found: &Solution) -> (String, Vec<String>) {
    let words = Words { task, found };
    (words.headline(), words.remarks())
}

/// A setting after some of its runs, in one line.
pub fn looked(task: &Task, trial: &Trial) -> String {
    let seen: Vec<String> =
        task.goals.iter().zip(&trial.seen).map(|(goal, seen)| said(goal, seen)).collect();
    let seen = match &trial.why {
        Some(why) => clean(why),
        None => seen.join(", "),
    };
    let standing = word(trial);
    format!("{} after {}: {seen}: {standing}", setting(task, &trial.levels), runs(trial.runs.len()))
}

fn head(task: &Task, found: &Solution, paint: Paint, out: &mut String) {
    let scenario = task.base;
    let title = clean(&scenario.about.title);
    let name = paint.bold(&clean(&scenario.name));
    out.push_str(&if title.is_empty() { name } else { format!("{name}  {title}") });
    let played = found.tried.iter().map(|trial| trial.runs.len()).sum();
    let facts = format!(
        "{}, {} of {}, up to {} each on the same random numbers, seed \"{}\"",
        amount(scenario.duration.as_secs_f64(), Unit::Seconds),
        runs(played),
        count(found.tried.len(), "setting"),
        amount(f64::from(task.most), Unit::Count),
        clean(&scenario.seed),
    );
    out.push_str(&format!("\n{}\n\n", paint.dim(&paint.wrapped(&facts, 0))));
}

struct Words<'a> {
    task: &'a Task<'a>,
    found: &'a Solution,
}

impl Words<'_> {
    fn goals(&self) -> String {
        let goals = self.task.goals.iter().map(|goal| clean(&goal.to_string()));
        goals.collect::<Vec<_>>().join(" and ")
    }

    fn names(&self) -> String {
        let knobs = self.task.knobs;
        knobs.iter().map(|knob| clean(&knob.short_name(knobs))).collect::<Vec<_>>().join(", ")
    }

    fn trial(&self, trial: usize) -> &Trial {
        &self.found.tried[trial]
    }

    /// The value of the only knob, or of each with its name.
    fn place(&self, trial: usize) -> String {
        let levels = &self.trial(trial).levels;
        match self.task.set(levels).as_slice() {
            [level] => clean(&level.label()),
            _ => setting(self.task, levels),
        }
    }

    /// What a setting comes to: `9.1 ms ± 0.2 ms`; with several goals each with its name.
    fn comes_to(&self, trial: usize) -> String {
        let trial = self.trial(trial);
        if let Some(why) = &trial.why {
            return clean(why);
        }
        let several = self.task.goals.len() > 1;
        let one = |(goal, seen): (&Goal, &SeenGoal)| match several {
            true => format!("{} {}", clean(&goal.of.name), said(goal, seen)),
            false => said(goal, seen),
        };
        let seen: Vec<String> = self.task.goals.iter().zip(&trial.seen).map(one).collect();
        format!("{} over {}", seen.join(", "), runs(trial.runs.len()))
    }

    fn end(&self) -> &'static str {
        match self.found.cheap.first() {
            Some(Cheap::Largest) => "largest",
            _ => "smallest",
        }
    }

    fn headline(&self) -> String {
        let (goals, names) = (self.goals(), self.names());
        let one = self.task.knobs.len() == 1;
        match &self.found.verdict {
            Verdict::Found { answer, next } => {
                let what = match one {
                    true => format!("{} {names} that meets {goals}", self.end().to_uppercase()),
                    false => format!("CORNER of {names} that meets {goals}"),
                };
                let below = match next.as_slice() {
                    [next] if one => {
                        format!(
                            "; {} does not ({})",
                            self.place(next.trial),
                            self.comes_to(next.trial)
                        )
                    }
                    _ => String::new(),
                };
                format!("{what}: {} ({}){below}", self.place(*answer), self.comes_to(*answer))
            }
            Verdict::Nothing if one => {
                let levels = self.task.knobs[0].levels();
                let label = |level: Option<&crate::scenario::Level>| {
                    level.map_or(String::new(), |level| clean(&level.label()))
                };
                let (low, high) = (label(levels.first()), label(levels.last()));
                format!("NONE: no {names} between {low} and {high} meets {goals}")
            }
            Verdict::Nothing => {
                format!("NONE: with all of {names} at their generous ends {goals} is not met")
            }
            Verdict::Undecided { meets, misses, .. } => {
                let side = |trial: &Option<usize>, word: &str| {
                    trial.map(|trial| {
                        format!("{} ({word}: {})", self.place(trial), self.comes_to(trial))
                    })
                };
                let what = match one {
                    true => format!("UNDECIDED: the {} {names} that meets {goals}", self.end()),
                    false => format!("UNDECIDED: a corner of {names} that meets {goals}"),
                };
                match (side(misses, "misses"), side(meets, "meets")) {
                    (Some(low), Some(high)) if one => {
                        format!("{what} lies between {low} and {high}")
                    }
                    (_, Some(high)) if one => format!("{what} is {high} or beyond it"),
                    (_, Some(high)) => format!("{what} lies at or below {high}"),
                    (Some(low), None) => format!("{what} lies beyond {low}, if there is one"),
                    (None, None) => what,
                }
            }
        }
    }

    fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        match &self.found.verdict {
            Verdict::Found { answer, next } => self.found_remarks(*answer, next, &mut remarks),
            Verdict::Nothing => {
                let ends = if self.task.knobs.len() == 1 { 2 } else { 1 };
                let tried = self.found.tried.len();
                remarks.extend((0..tried.min(ends)).map(|trial| {
                    format!("{} comes to {}", self.place(trial), self.comes_to(trial))
                }));
                match tried - tried.min(ends) {
                    0 => {}
                    1 => remarks.push("nor does the one tried between them".to_string()),
                    more => remarks.push(format!("nor does any of {more} tried between them")),
                }
            }
            Verdict::Undecided { open, .. } => {
                for trial in open {
                    let more = match self.trial(*trial).why {
                        Some(_) => "cannot be judged",
                        None => "needs more runs (--runs-max)",
                    };
                    remarks.push(format!(
                        "{} {more}: {}",
                        self.place(*trial),
                        self.comes_to(*trial)
                    ));
                }
            }
        }
        if let Some((met, missed)) = self.found.contradiction {
            remarks.push(format!(
                "NOT MONOTONE: {} meets it and {}, which is more generous, does not: there may be other answers",
                self.place(met),
                self.place(missed)
            ));
        }
        remarks
    }

    fn found_remarks(&self, answer: usize, next: &[Next], remarks: &mut Vec<String>) {
        let knobs = self.task.knobs;
        for next in next {
            let name = clean(&knobs[next.knob].short_name(knobs));
            let levels = &self.trial(next.trial).levels;
            let label = |levels: &[usize]| clean(&self.task.set(levels)[next.knob].label());
            if knobs.len() > 1 {
                remarks.push(format!(
                    "{name} {} alone does not: {}",
                    label(levels),
                    self.comes_to(next.trial)
                ));
            }
            for (goal, d) in
                self.task.goals.iter().zip(&next.differences).filter(|(_, d)| d.pairs > 1)
            {
                let unit = goal.of.unit;
                let signed = |value: f64| {
                    format!("{}{}", if value > 0.0 { "+" } else { "" }, figure(value, unit))
                };
                let of = match self.task.goals.len() {
                    1 => String::new(),
                    _ => format!("{} ", clean(&goal.of.name)),
                };
                remarks.push(format!(
                    "run by run, {name} {} less {}: {of}{}, 95 % interval {} to {}, over {}",
                    label(levels),
                    label(&self.trial(answer).levels),
                    signed(d.mean),
                    signed(d.low),
                    signed(d.high),
                    count(d.pairs, "pair"),
                ));
            }
        }
        let at = &self.trial(answer).levels;
        for (i, knob) in knobs.iter().enumerate() {
            let end = match self.found.cheap.get(i) {
                Some(Cheap::Largest) => knob.levels().len() - 1,
                _ => 0,
            };
            if at[i] == end {
                let (further, which) = match end {
                    0 => ("smaller", "begins too late"),
                    _ => ("larger", "ends too early"),
                };
                let unsaid = knobs.len() == 1 && self.task.cheap.iter().all(Option::is_none);
                let other = if unsaid { "; --largest looks from the other end" } else { "" };
                remarks.push(format!(
                    "the range of {} {which}: a {further} one may do as well{other}",
                    clean(&knob.short_name(knobs))
                ));
            }
        }
        if knobs.len() > 1 {
            remarks.push(
                "none can be made cheaper alone: that is a corner, not the cheapest of all combinations: \
                 it depends on the order of --vary"
                    .to_string(),
            );
        }
    }
}

fn tried(words: &Words, paint: Paint, out: &mut String) {
    let (task, found) = (words.task, words.found);
    out.push_str(&format!("{}\n", paint.bold("Tried, in this order")));
    let mut head: Vec<String> =
        task.knobs.iter().map(|knob| clean(&knob.short_name(task.knobs))).collect();
    head.push("runs".to_string());
    head.extend(task.goals.iter().map(|goal| clean(last(&goal.of.name))));
    head.push(String::new());
    let row = |trial: &Trial| {
        let mut row: Vec<String> =
            task.set(&trial.levels).into_iter().map(|level| clean(&level.label())).collect();
        row.push(amount(trial.runs.len() as f64, Unit::Count));
        let seen =
            |i: usize| trial.seen.get(i).map_or("-".to_string(), |seen| said(&task.goals[i], seen));
        row.extend((0..task.goals.len()).map(seen));
        row.push(word(trial).to_string());
        row
    };
    let heads: Vec<&str> = head.iter().map(String::as_str).collect();
    table(&heads, found.tried.iter().map(row).collect(), paint, out);
    for trial in &found.tried {
        if let Some(why) = &trial.why {
            let text = format!("{}: {}", setting(task, &trial.levels), clean(why));
            out.push_str(&format!("{}\n\n", paint.yellow(&paint.wrapped(&text, 0))));
        }
    }
    let note = format!(
        "Each interval misses its truth with a probability of {} % at most, so that all of them hold at once in 95 % of searches.",
        short(found.error * 100.0)
    );
    out.push_str(&format!("{}\n\n", paint.dim(&paint.wrapped(&note, 0))));
}

/// The settings of all knobs: `max=14 timeout=5min`.
fn setting(task: &Task, levels: &[usize]) -> String {
    let knobs = task.knobs;
    let one = |(knob, level): (&crate::scenario::Knob, &crate::scenario::Level)| {
        format!("{}={}", clean(&knob.short_name(knobs)), clean(&level.label()))
    };
    let levels = task.set(levels);
    knobs.iter().zip(levels).map(one).collect::<Vec<_>>().join(" ")
}

/// An estimate with its interval.
fn said(goal: &Goal, seen: &SeenGoal) -> String {
    let unit = goal.of.unit;
    let end = |value: f64| figure(value, unit);
    if seen.value.is_nan() {
        return "nothing to measure".to_string();
    }
    match seen.of {
        Of::Mean if seen.low == seen.high => format!("{}, always", end(seen.value)),
        Of::Mean if !seen.high.is_finite() => format!("{} ± ?", end(seen.value)),
        Of::Mean => plus_minus(seen.value, (seen.high - seen.low) / 2.0, unit),
        Of::Median if seen.low == f64::NEG_INFINITY => {
            format!("median {} (too few runs)", end(seen.value))
        }
        Of::Median if seen.low == seen.high => format!("median {}", end(seen.value)),
        Of::Median => {
            format!("median {} ({} to {})", end(seen.value), end(seen.low), end(seen.high))
        }
        Of::Share => format!("{} ({} to {})", end(seen.value), end(seen.low), end(seen.high)),
    }
}

/// A value and how far off it may be, in one unit: `10.4 ± 0.27 ms`.
fn plus_minus(value: f64, reach: f64, unit: Unit) -> String {
    let (value, reach) = rounded(value, reach);
    let said = figure(value, unit);
    let (number, unit_of_it) = said.split_once(' ').map_or((said.as_str(), ""), |(n, u)| (n, u));
    match number.replace(',', "").parse::<f64>() {
        // As many of its unit as the value is.
        Ok(shown) if !unit_of_it.is_empty() && shown != 0.0 && value != 0.0 => {
            format!("{number} ± {} {unit_of_it}", amount(reach * shown / value, Unit::Ratio))
        }
        _ => format!("{said} ± {}", figure(reach, unit)),
    }
}

/// A value and how far off it may be, to two figures of the latter.
fn rounded(value: f64, reach: f64) -> (f64, f64) {
    if !(reach > 0.0 && reach.is_finite()) {
        return (value, reach);
    }
    let place = libm::pow(10.0, libm::floor(libm::log10(reach)) - 1.0);
    let round = |x: f64| libm::round(x / place) * place;
    (round(value), round(reach))
}

fn figure(value: f64, unit: Unit) -> String {
    let size = match unit {
        // As goals say shares.
        Unit::Ratio if value.abs() <= 1.0 => share(three(value.abs())),
        unit => amount(value.abs(), unit),
    };
    if value < 0.0 { format!("-{size}") } else { size }
}

/// A number of percent with three figures.
fn short(percent: f64) -> String {
    let text = match percent {
        _ if percent >= 10.0 => format!("{percent:.1}"),
        _ if percent >= 1.0 => format!("{percent:.2}"),
        _ => format!("{percent:.3}"),
    };
    let text = text.trim_end_matches('0').trim_end_matches('.').to_string();
    if text.is_empty() { "0".to_string() } else { text }
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn word(trial: &Trial) -> &'static str {
    match trial.standing {
        _ if trial.why.is_some() => "cannot be judged",
        Standing::Meets => "meets",
        Standing::Misses => "misses",
        Standing::Undecided => "undecided",
    }
}

fn runs(count: usize) -> String {
    super::compare::runs(count)
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
