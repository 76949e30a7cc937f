//! What several runs say: what was studied, how well it is known, when it runs out.

use super::figures::table;
use super::{Paint, clean};
use crate::claims::{amount, between, share};
use crate::experiment::{
    Aimed, Exhaustion, Figure, Narrowed, Outcome, PILOT_RUNS, Reach, Rule, Spread, Study,
};
use crate::theory::{Mean, bound_when_none_seen};
use crate::units::Unit;

/// One line for the head: what is left out.
pub(super) fn study(study: &Study) -> String {
    let time = amount(study.warm_up.as_secs_f64(), Unit::Seconds);
    match &study.rule {
        Rule::Set if !study.is_steady() => {
            "Terminating: from the start to the end, nothing is left out".to_string()
        }
        Rule::Set => format!("Steady state: means and quantiles leave out the first {time}"),
        Rule::Mser5(series) => format!(
            "Steady state: the first {time} are left out (MSER-5 on {} over {PILOT_RUNS} pilot runs)",
            clean(series)
        ),
        Rule::NotSettled(_) => {
            "Terminating: nothing is left out, for want of a steady state".to_string()
        }
    }
}

/// Lines beside the verdict: whether what was asked for is known, and whether there is a steady state.
pub(super) fn standing(outcome: &Outcome, paint: Paint, out: &mut String) {
    let mut said = String::new();
    if let Rule::NotSettled(because) = &outcome.study.rule {
        let text = format!(
            "NO STEADY STATE: {because} (MSER-5 over {PILOT_RUNS} pilot runs); what follows is all from the \
             start to the end"
        );
        said.push_str(&format!("{}\n", paint.yellow(&paint.wrapped(&clean(&text), 2))));
    }
    if let Some(aimed) = &outcome.aimed {
        let text = paint.wrapped(&clean(&precision(aimed)), 2);
        let text = if aimed.reached { paint.green(&text) } else { paint.yellow(&text) };
        said.push_str(&format!("{text}\n"));
    }
    if !said.is_empty() {
        out.push_str(&format!("{said}\n"));
    }
}

/// How well it is known, in one sentence.
fn precision(aimed: &Aimed) -> String {
    let runs = aimed.runs;
    let Some(worst) = aimed.worst() else { return String::new() };
    let wanted = share(aimed.wanted);
    let known = match worst.share {
        Some(known) => format!("± {}", share(two_digits(known))),
        None => "no interval".to_string(),
    };
    if aimed.reached {
        let what = match aimed.of.len() {
            1 => worst.name.clone(),
            n => format!("all {n} figures ({} least)", worst.name),
        };
        // Runs that all say the same are no proof that the next one does.
        let alike = match worst.share {
            Some(0.0) => format!(
                "; all {runs} say the same, and up to {} of runs may not",
                share(two_digits(bound_when_none_seen(runs.into())))
            ),
            _ => String::new(),
        };
        return format!(
            "PRECISE: {what} known to {known} after {runs} runs ({wanted} asked for){alike}"
        );
    }
    let others = aimed.of.iter().filter(|figure| figure.standing != Reach::Reached).count() - 1;
    let others = if others == 0 { String::new() } else { format!(", and {others} more are not") };
    let why = match worst.standing {
        Reach::NoMean if worst.mean == Some(0.0) => {
            "has a mean of zero, so no share of it can be reached".to_string()
        }
        Reach::NoMean => {
            "never comes in some runs and comes in others, so it has no mean: its law stands below"
                .to_string()
        }
        Reach::NothingToMeasure => "has nothing to measure in any run".to_string(),
        Reach::Short | Reach::Reached => {
            format!("is known to {known} only; a larger --runs-max lets it go on")
        }
    };
    format!("UNDECIDED: {} {why}{others} (after {runs} runs; {wanted} was asked for)", worst.name)
}

/// A share to two digits, rounded up: a bound must not look smaller than it is.
fn two_digits(share: f64) -> f64 {
    if share <= 0.0 || !share.is_finite() {
        return share;
    }
    let mut scale = 1.0;
    while share * scale < 10.0 {
        scale *= 10.0;
    }
    // A hair below a step is on it.
    (share * scale - 1e-9).ceil() / scale
}

/// When what can run out does: a line for each first time that came in some run.
pub(super) fn exhaustion(outcome: &Outcome, paint: Paint, out: &mut String) {
    let came: Vec<&Exhaustion> = outcome.exhaustion.iter().filter(|law| law.came() > 0).collect();
    if outcome.runs < 2 || came.is_empty() {
        return;
    }
    let title = format!("When it runs out, over {} runs", outcome.runs);
    out.push_str(&format!("{}\n", paint.bold(&title)));
    let wide = came.iter().map(|law| words(&law.name).chars().count()).max().unwrap_or(0);
    let more = came.len().saturating_sub(ROWS);
    for law in came.into_iter().take(ROWS) {
        let name = format!("{:<wide$}", clean(&words(&law.name)));
        out.push_str(&format!("  {name}  {}\n", paint.wrapped(&law_in_words(law), wide + 4)));
    }
    if more > 0 {
        out.push_str(&format!("  {}\n", paint.dim(&format!("and {more} more (--format json)"))));
    }
    out.push('\n');
}

/// The law of a first time in one sentence.
fn law_in_words(law: &Exhaustion) -> String {
    let time = |value: f64| amount(value, Unit::Seconds);
    let runs = law.values.len();
    let median = median(law);
    let came = match (law.never, law.at_most) {
        (0, Some(bound)) => {
            format!("in every one of {runs} runs (never in at most {})", percent(bound))
        }
        (never, _) => format!(
            "never in {never} of {runs} runs ({} to {} of all)",
            percent(law.share.0),
            percent(law.share.1)
        ),
    };
    let (p05, p95) = (time(law.p05.estimate), time(law.p95.estimate));
    match p05 == p95 {
        true => format!("median {median}, {came}"),
        false => format!("median {median}, 5 % {p05}, 95 % {p95}, {came}"),
    }
}

/// The median of a first time with its interval.
pub(in crate::report) fn median(law: &Exhaustion) -> String {
    let median = amount(law.median.estimate, Unit::Seconds);
    match between(law.median.low, law.median.high, Unit::Seconds) {
        Some(range) => format!("{median} ({range})"),
        None => median,
    }
}

/// In how many runs it never came, and what that allows for.
pub(in crate::report) fn never(law: &Exhaustion) -> String {
    let runs = law.values.len();
    match law.at_most.filter(|_| law.never == 0) {
        Some(bound) => format!("in none of {runs} runs (at most {})", percent(bound)),
        None => {
            let (low, high) = (percent(law.share.0), percent(law.share.1));
            format!("in {} of {runs} runs ({low} to {high})", law.never)
        }
    }
}

fn percent(value: f64) -> String {
    format!("{:.0} %", 100.0 * value)
}

/// `servers.redis.first_rejection_s` as people say it: `redis first rejection`.
pub(in crate::report) fn words(name: &str) -> String {
    let (part, what) = name.rsplit_once('.').unwrap_or(("", name));
    let part = part.split_once('.').map_or(part, |(_, rest)| rest);
    let what = what.strip_suffix("_s").unwrap_or(what).replace('_', " ");
    format!("{part} {what}").trim_start().to_string()
}

/// Figures whose mean is worth its interval, by the ends of their names.
const HEADLINES: [&str; 4] =
    [".failed_ratio", ".latency_s_mean", ".latency_s_p99", ".checkout_wait_s_mean"];
/// A deviation below this share of the mean is what rounding leaves of none.
const ROUNDING: f64 = 1e-9;
/// Lines of a table at most.
const ROWS: usize = 16;

/// The means of the headline figures, and of those a precision was asked of, with Student's interval.
pub(super) fn means(outcome: &Outcome, paint: Paint, out: &mut String) {
    if outcome.runs < 2 {
        return;
    }
    let asked: Vec<&Narrowed> = outcome.aimed.iter().flat_map(|aimed| &aimed.of).collect();
    let is_figure = |name: &str| outcome.summary.iter().any(|figure| figure.name == name);
    let claims = asked.iter().filter(|figure| !is_figure(&figure.name));
    let mut rows: Vec<Vec<String>> = claims.map(|claim| of_claim(claim, outcome.runs)).collect();
    let wanted = |name: &str| {
        asked.iter().any(|figure| figure.name == name)
            || HEADLINES.iter().any(|end| name.ends_with(end))
    };
    let figures = outcome.summary.iter().zip(&outcome.spreads);
    let figures = figures.filter(|(figure, spread)| {
        wanted(&figure.name)
            && spread.runs > 1
            && spread.mean.is_some_and(|mean| mean.sd > ROUNDING * mean.mean.abs())
    });
    rows.extend(figures.map(|(figure, spread)| of_figure(figure, spread)));
    rows.truncate(ROWS);
    let over = format!("over {} runs", outcome.runs);
    table(&[&over, "mean", "± (95 %)", "of the mean", "sd of a run", "runs"], rows, paint, out);
}

fn of_figure(figure: &Figure, spread: &Spread) -> Vec<String> {
    let Mean { mean, sd, low, high } =
        spread.mean.unwrap_or(Mean { mean: 0.0, sd: 0.0, low: 0.0, high: 0.0 });
    let half = (high - low) / 2.0;
    let of = |value: f64| match figure.unit {
        Unit::Ratio => share(rounded(value)),
        unit => amount(value, unit),
    };
    let part = if mean == 0.0 { "-".to_string() } else { share(two_digits((half / mean).abs())) };
    vec![
        clean(&super::sweep::short(&figure.name)),
        of(mean),
        of(half),
        part,
        of(sd),
        spread.runs.to_string(),
    ]
}

fn of_claim(claim: &Narrowed, runs: u32) -> Vec<String> {
    let of = |value: Option<f64>| value.map_or("-".to_string(), |value| amount(value, claim.unit));
    let half = claim.mean.zip(claim.share).map(|(mean, share)| (mean * share).abs());
    let part = claim.share.map_or("-".to_string(), |part| share(two_digits(part)));
    vec![clean(&claim.name), of(claim.mean), of(half), part, "-".to_string(), runs.to_string()]
}

/// A share without digits that say nothing.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_said_as_people_say_them() {
        assert_eq!(words("servers.redis.first_rejection_s"), "redis first rejection");
        assert_eq!(words("fleets.chat.first_oom_kill_s"), "chat first oom kill");
        assert_eq!(words("odd"), "odd");
    }

    #[test]
    fn a_half_width_is_rounded_up_to_two_digits() {
        assert_eq!(two_digits(0.019_91), 0.02);
        assert_eq!(two_digits(0.0171), 0.018);
        assert_eq!(two_digits(0.017), 0.017);
        assert_eq!(two_digits(0.0), 0.0);
        assert_eq!(two_digits(3.21), 3.3);
    }
}
