//! The cases with known figures, for a person at a terminal: the verdict, then every figure.

use super::Paint;
use crate::claims::amount;
use crate::experiment::verify::{CaseOutcome, FigureOutcome, How, Verified};
use crate::units::Unit;

/// All cases: verdict, table, and what is not played.
pub fn verify(all: &Verified, paint: Paint) -> String {
    let verdict = paint.wrapped(&verified(all), 0);
    let verdict = if all.meets() { paint.green(&verdict) } else { paint.red(&verdict) };
    let mut out = format!("{verdict}\n\n");
    table(all, paint, &mut out);
    out.push_str(&format!("{}\n", paint.dim(&paint.wrapped(&rule(all), 0))));
    if !all.not_playable.is_empty() {
        out.push_str(&format!("{}\n", paint.dim(&paint.wrapped(&absent(all), 0))));
    }
    out
}

/// The verdict in one sentence.
pub(in crate::report) fn verified(all: &Verified) -> String {
    let simulated = all.figures().filter(|(_, figure)| figure.how == How::Simulated);
    let farthest = simulated.filter_map(|(_, figure)| figure.judged.off).map(f64::abs);
    let farthest = match farthest.reduce(f64::max) {
        Some(off) => format!(", the farthest {off:.1} standard errors away (4 allowed)"),
        None => String::new(),
    };
    let figures = count(all.figures().count(), "figure");
    let again = all.cases.iter().filter(|case| case.again).count();
    let again = match again {
        0 => String::new(),
        again => format!("; {} played again", count(again, "case")),
    };
    let all_cases = count(all.cases.len(), "case");
    if all.meets() {
        return format!("VERIFIED: {figures} of {all_cases}{farthest}{again}");
    }
    let missed = all.figures().filter(|(_, figure)| !figure.judged.meets);
    let missed: Vec<String> =
        missed.map(|(case, figure)| format!("{} {}", short(case), figure.name)).collect();
    let number = missed.len();
    let named = match number {
        0..=5 => missed.join(", "),
        _ => format!("{} and {} more", missed[..5].join(", "), number - 5),
    };
    format!("MISSED: {named}: {number} of {figures} of {all_cases}{farthest}{again}")
}

/// How long it took; not part of the text, which is the same everywhere.
pub fn verify_speed(all: &Verified, wall_seconds: f64, jobs: usize) -> String {
    format!(
        "{}, {} requests in {} on {}\n",
        count(all.runs, "run"),
        amount(all.requests as f64, Unit::Count),
        amount(wall_seconds, Unit::Seconds),
        count(jobs, "thread"),
    )
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// The first word of the id.
fn short(case: &CaseOutcome) -> &str {
    case.id.split('_').next().unwrap_or(&case.id)
}

/// Columns of the names, and of each figure behind them: as wide as is good to read, and narrower.
const WIDE: (usize, usize) = (44, 14);
const NARROW: (usize, usize) = (33, 12);
/// The columns of a line with wide ones.
const ALL: usize = 95;

/// A head for each case, and its figures below it.
fn table(all: &Verified, paint: Paint, out: &mut String) {
    let columns = if paint.width() < ALL { NARROW } else { WIDE };
    let head = ["expected", "simulated", "SE away"];
    let head = line("  case and figure", head, "verdict", columns);
    out.push_str(&format!("{}\n", paint.dim(&head)));
    for case in &all.cases {
        let again = if case.again { "  played again" } else { "" };
        out.push_str(&format!("  {}{again}\n", paint.bold(&case.id)));
        for figure in &case.figures {
            let line = row(figure, columns);
            let line = if figure.judged.meets { line } else { paint.red(&line) };
            out.push_str(&format!("{line}\n"));
        }
    }
    out.push('\n');
}

fn row(figure: &FigureOutcome, columns: (usize, usize)) -> String {
    let judged = &figure.judged;
    let off = match (figure.how, judged.off) {
        (How::Computed, _) => "computed".to_string(),
        (How::Simulated, Some(off)) => format!("{off:+.1}"),
        (How::Simulated, None) => "-".to_string(),
    };
    let simulated = judged.simulated.map_or("nothing".to_string(), digits);
    let verdict = if judged.meets { "meets" } else { "MISSED" };
    let figures = [digits(figure.expected), simulated, off];
    let figures = figures.each_ref().map(String::as_str);
    line(&format!("    {}", figure.name), figures, verdict, columns)
}

fn line(
    name: &str,
    [expected, simulated, off]: [&str; 3],
    verdict: &str,
    (names, wide): (usize, usize),
) -> String {
    format!("{name:names$}{expected:>wide$}{simulated:>wide$}{off:>wide$}  {verdict}")
}

/// Seven significant figures at most, without zeros at the end.
fn digits(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let whole = libm::floor(libm::log10(value.abs())) as i32;
    if !(-5..15).contains(&whole) {
        return format!("{value:.4e}");
    }
    let text = format!("{value:.*}", (6 - whole).max(0) as usize);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => text,
    }
}

fn rule(all: &Verified) -> String {
    let by_errors = all.figures().filter(|(_, figure)| figure.judged.off.is_some());
    let fewest = by_errors.map(|(_, figure)| figure.runs).min();
    let runs =
        fewest.map_or(String::new(), |runs| format!(" {runs} runs or more of each of these."));
    format!(
        "SE away: standard errors from what is expected; a figure is met within 4 of them, where they \
         are small enough.{runs} Without a number there: exact, a bound, or the case's own tolerance; \
         computed: a closed form of this program. Seed \"{}\".",
        super::clean(&all.seed)
    )
}

fn absent(all: &Verified) -> String {
    let ids: Vec<&str> = all.not_playable.iter().filter_map(|no| no.id.split('_').next()).collect();
    format!(
        "{} not simulated: {}. Why: --format json, docs/verify.md.",
        count(ids.len(), "case"),
        ids.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_seven_digits_at_most() {
        for (value, text) in [
            (0.8, "0.8"),
            (0.00353240870077, "0.003532409"),
            (2272.72727273, "2272.727"),
            (0.0, "0"),
            (22_000.0, "22000"),
            (-1.5, "-1.5"),
            (3.676677e-6, "3.6767e-6"),
        ] {
            assert_eq!(digits(value), text);
        }
    }
}
