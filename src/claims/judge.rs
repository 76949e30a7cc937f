//! The values of all runs against what a claim expects.

use super::words::{amount, between, plus_minus};
use crate::scenario::{Claim, ClaimTest, Distance, Extreme, Measure, Verdict};
use crate::theory::median_interval;
use crate::units::{Start, Unit, wall_clock};

/// A claim with its verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The claim's short name.
    pub id: String,
    /// The statement in words.
    pub says: String,
    /// Where it stands.
    pub source: String,
    /// What was found.
    pub verdict: Verdict,
    /// What the file's author knows it to be.
    pub wanted: Verdict,
    /// The value the claim expects, in base units; `None` when nothing is measured.
    pub expected: Option<f64>,
    /// The allowed difference, in base units.
    pub within: Option<f64>,
    /// What was measured.
    pub observed: Option<Observed>,
    /// One sentence: why this verdict, with the figures.
    pub because: String,
    /// The arithmetic that refutes the claim without any simulation, in one sentence.
    pub by_arithmetic: Option<String>,
}

impl Judged {
    /// Whether the verdict is as the file expects; what cannot be tested disappoints nobody.
    pub fn as_wanted(&self) -> bool {
        self.verdict == self.wanted
            || self.verdict == Verdict::NotTestable
            || self.wanted == Verdict::NotTestable
    }
}

impl Judged {
    /// What is expected, in a few words: `38 min ± 1 min`, `never`; empty when nothing is measured.
    pub fn expectation(&self) -> String {
        let unit = self.observed.as_ref().map_or(Unit::Count, |observed| observed.unit);
        match (self.expected, self.within) {
            (Some(f64::INFINITY), _) => "never".to_string(),
            (Some(expect), Some(within)) if self.observed.is_some() => {
                plus_minus(expect, within, unit)
            }
            _ => String::new(),
        }
    }
}

impl Observed {
    /// The median and its interval in a few words: `37.88 min (37.4 to 38.2 min)`; empty when there
    /// was nothing to measure.
    pub fn in_words(&self) -> String {
        let words = |value: f64| match value {
            f64::NEG_INFINITY => "always".to_string(),
            value => amount(value, self.unit),
        };
        let Some(median) = self.median.map(words) else { return String::new() };
        match (self.low, self.high) {
            (Some(low), Some(high)) if low.is_finite() => match between(low, high, self.unit) {
                Some(interval) => format!("{median} ({interval})"),
                None => median,
            },
            _ => median,
        }
    }
}

/// How the verdicts of a run stand to what its file expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// Every verdict is as the file expects.
    AsExpected,
    /// Some verdict is not.
    Differs,
    /// Nothing differs, but something could not be decided.
    Undecided,
}

/// Sets the verdicts of a run against the file's.
pub fn agreement(claims: &[Judged]) -> Agreement {
    let others = || claims.iter().filter(|claim| !claim.as_wanted());
    if others().any(|claim| claim.verdict != Verdict::Undecided) {
        Agreement::Differs
    } else if others().next().is_some() {
        Agreement::Undecided
    } else {
        Agreement::AsExpected
    }
}

/// The values of all runs in a few figures, in base units. "Never" is positive infinity.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// The median over runs; `None` when no run had anything to measure.
    pub median: Option<f64>,
    /// The mean; `None` when it is not finite.
    pub mean: Option<f64>,
    /// The standard deviation; `None` with fewer than two values or a mean that is not finite.
    pub sd: Option<f64>,
    /// The lower end of the median's 95 % interval.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
    /// One value per run; `None` where the event never came or there was nothing to measure.
    pub values: Vec<Option<f64>>,
    /// What the values measure.
    pub unit: Unit,
}

/// Judges a claim by its values, one per run.
///
/// The interval of the median inside what is expected: holds; disjoint from it: contradicted; else
/// undecided. For `first_time` and `recovers` a missing value is an event that never came and counts
/// as infinitely late; for other measures it is a run with nothing to measure and is left out. Of
/// `tips` an infinite value is a system that no trigger looked at tips, or, below zero, each of them. With `start` the
/// sentence says the wall clock beside simulated time.
pub fn judge(claim: &Claim, values: &[Option<f64>], start: Option<Start>) -> Judged {
    let ClaimTest::Outcome { measure, expect, within, unit } = &claim.test else {
        return untested(claim);
    };
    // A search without a value found no one tipping point; that it found none at all is infinite.
    let never_counts = measure.may_never_come() && !matches!(measure, Measure::Tips(_));
    let observed = observe(values, never_counts, *unit);
    let verdict = match (observed.low, observed.high) {
        (Some(low), Some(high)) => compare(low, high, *expect, *within),
        _ => Verdict::Undecided,
    };
    let found = found(measure, &observed, start);
    let because = format!("{found}, {}", relation(verdict, &observed, *expect, *within));
    Judged {
        verdict,
        expected: Some(*expect),
        within: Some(*within),
        observed: Some(observed),
        because,
        ..blank(claim)
    }
}

/// A claim of a run that stopped early: whatever it measured is undecided.
pub fn unjudged(claim: &Claim, stopped: &str) -> Judged {
    match &claim.test {
        ClaimTest::Outcome { expect, within, .. } => Judged {
            verdict: Verdict::Undecided,
            expected: Some(*expect),
            within: Some(*within),
            because: format!("the run stopped before its end: {stopped}"),
            ..blank(claim)
        },
        _ => untested(claim),
    }
}

fn untested(claim: &Claim) -> Judged {
    let because = match claim.test {
        ClaimTest::Assumption(_) => "a setting taken for granted: judged by the audit alone",
        _ => "nothing that this simulation measures",
    };
    Judged { because: because.to_string(), ..blank(claim) }
}

fn blank(claim: &Claim) -> Judged {
    Judged {
        id: claim.id.clone(),
        says: claim.says.clone(),
        source: claim.source.clone(),
        verdict: Verdict::NotTestable,
        wanted: claim.wanted,
        expected: None,
        within: None,
        observed: None,
        because: String::new(),
        by_arithmetic: None,
    }
}

/// The values of all runs in a few figures; a missing one is infinitely late when `never_counts`.
pub(super) fn observe(values: &[Option<f64>], never_counts: bool, unit: Unit) -> Observed {
    let mut sorted: Vec<f64> =
        values.iter().filter_map(|value| value.or(never_counts.then_some(f64::INFINITY))).collect();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    let (median, low, high) = if n == 0 {
        (None, None, None)
    } else {
        let (low, high) = median_interval(&sorted);
        let middle = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2.0;
        // Between a system that always tips and one that never does there is no middle.
        (Some(if middle.is_nan() { sorted[n / 2] } else { middle }), Some(low), Some(high))
    };
    let mean = sorted.iter().sum::<f64>() / n as f64;
    let squares: f64 = sorted.iter().map(|value| (value - mean) * (value - mean)).sum();
    let sd = (squares / (n.max(2) - 1) as f64).sqrt();
    Observed {
        median,
        mean: mean.is_finite().then_some(mean),
        sd: (n > 1 && sd.is_finite()).then_some(sd),
        low,
        high,
        values: values.to_vec(),
        unit,
    }
}

fn compare(low: f64, high: f64, expect: f64, within: f64) -> Verdict {
    let (from, to) = (expect - within, expect + within);
    if from <= low && high <= to {
        Verdict::Holds
    } else if high < from || to < low {
        Verdict::Contradicted
    } else {
        Verdict::Undecided
    }
}

/// What was seen: "first at 37.88 min (37.4 to 38.2 min over 20 runs)".
fn found(measure: &Measure, observed: &Observed, start: Option<Start>) -> String {
    let unit = observed.unit;
    let runs = observed.values.len();
    let Some(median) = observed.median else {
        return match measure {
            Measure::Tips(_) => "it recovers from the largest alone".to_string(),
            _ => "there was nothing to measure".to_string(),
        };
    };
    let came = observed.values.iter().flatten().filter(|value| value.is_finite()).count();
    if median.is_infinite() {
        return never(measure, median, came, runs);
    }
    let first_time = measure.may_never_come();
    let mut text = lead(measure, &amount(median, unit));
    let mut details = Vec::new();
    if let (Some(low), Some(high), true) = (observed.low, observed.high, runs > 1) {
        details.push(match between(low, high, unit) {
            Some(range) => format!("{range} over {runs} runs"),
            None => format!("the same over {runs} runs"),
        });
    }
    if came < runs {
        details.push(format!("{} {came} runs", if first_time { "it came in" } else { "from" }));
    }
    if let (Some(start), Measure::FirstTime { .. }) = (start, measure) {
        details.push(wall_clock(start, median));
    }
    if !details.is_empty() {
        text.push_str(&format!(" ({})", details.join("; ")));
    }
    text
}

/// What half of the runs or more never saw, or, of tipping points, saw from the first value on.
fn never(measure: &Measure, median: f64, came: usize, runs: usize) -> String {
    let of = if runs == 1 { String::new() } else { format!(" in {} of {runs} runs", runs - came) };
    match measure {
        Measure::Tips(tips) if median < 0.0 => {
            format!("it tips at {} already{of}", amount(tips.from, tips.unit))
        }
        Measure::Tips(tips) => {
            format!("nothing up to {} tips it{of}", amount(tips.value(tips.steps), tips.unit))
        }
        Measure::Recovers(_) => format!("goodput never came back{of}"),
        _ => match (came, runs) {
            (0, 1) => "it never came".to_string(),
            (0, _) => format!("it never came in any of {runs} runs"),
            _ => format!("it came in only {came} of {runs} runs"),
        },
    }
}

/// The value with the word that says what it is.
fn lead(measure: &Measure, value: &str) -> String {
    match measure {
        Measure::FirstTime { .. } => format!("first at {value}"),
        Measure::ValueAt { at, .. } => {
            format!("{value} at {}", amount(at.as_secs_f64(), Unit::Seconds))
        }
        Measure::Extreme { kind: Extreme::Max, .. } => format!("highest {value}"),
        Measure::Extreme { kind: Extreme::Min, .. } => format!("lowest {value}"),
        Measure::Extreme { kind: Extreme::Mean, .. } => format!("{value} on average"),
        Measure::Ratio { .. } => format!("a share of {value}"),
        Measure::Quantile { q, .. } => format!("{value} at quantile {q}"),
        Measure::Count { .. } => format!("counted {value}"),
        Measure::Recorded(recorded) => {
            let from = format!("apart from {} recorded values", recorded.points.len());
            match recorded.distance {
                Distance::RootMeanSquare => format!("{value} (root mean square) {from}"),
                Distance::MeanAbsolute => format!("on average {value} {from}"),
                Distance::Largest => format!("at most {value} {from}"),
            }
        }
        Measure::Recovers(_) => format!("goodput is back after {value}"),
        Measure::Tips(_) => format!("tips from {value} on"),
    }
}

/// How it stands to what was expected.
fn relation(verdict: Verdict, observed: &Observed, expect: f64, within: f64) -> String {
    let wanted = plus_minus(expect, within, observed.unit);
    match (verdict, observed.median) {
        (Verdict::Holds, _) if within == 0.0 => "as expected".to_string(),
        (Verdict::Holds, _) => format!("inside {wanted}"),
        (Verdict::Contradicted, Some(f64::INFINITY)) => format!("expected at {wanted}"),
        (Verdict::Contradicted, _) if expect == f64::INFINITY => "expected never".to_string(),
        (Verdict::Contradicted, _) if within == 0.0 => format!("expected {wanted}"),
        (Verdict::Contradicted, Some(median)) if median < expect => format!("below {wanted}"),
        (Verdict::Contradicted, _) => format!("above {wanted}"),
        (_, None) => format!("expected {wanted}"),
        _ => format!("which reaches across an edge of {wanted}; more runs would narrow it"),
    }
}
