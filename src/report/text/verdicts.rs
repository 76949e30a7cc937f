//! The verdicts, first of all.

use super::{Paint, clean};
use crate::claims::{Agreement, Judged, agreement};
use crate::experiment::Outcome;
use crate::report::markdown::word;
use crate::scenario::Verdict;

/// Columns before the id of a claim: the mark and the verdict in words.
const INDENT: usize = 2 + 14 + 2;

/// One line that sums up, then the claims: what differs from the file first, what nothing was
/// measured about last and in one line.
pub(super) fn write(outcome: &Outcome, paint: Paint, out: &mut String) {
    if outcome.claims.is_empty() {
        out.push_str(&format!("{}\n\n", paint.bold("No claims to judge.")));
        return;
    }
    out.push_str(&format!("{}\n", headline(&outcome.claims, paint)));
    let (untested, judged): (Vec<_>, Vec<_>) =
        outcome.claims.iter().partition(|claim| claim.verdict == Verdict::NotTestable);
    let wide = judged.iter().map(|claim| claim.id.chars().count()).max().unwrap_or(0);
    let (fine, other): (Vec<_>, Vec<_>) = judged.into_iter().partition(|c| c.as_wanted());
    for claim in other.into_iter().chain(fine) {
        one(claim, wide, paint, out);
    }
    if !untested.is_empty() {
        let ids: Vec<String> = untested.iter().map(|claim| clean(&claim.id)).collect();
        let ids = paint.wrapped(&ids.join(", "), INDENT);
        out.push_str(&format!("  {}  {ids}\n", paint.dim("- not testable")));
    }
    out.push('\n');
}

fn headline(claims: &[Judged], paint: Paint) -> String {
    let kinds = [Verdict::Holds, Verdict::Contradicted, Verdict::Undecided, Verdict::NotTestable];
    let counts: Vec<String> = kinds
        .into_iter()
        .map(|kind| (claims.iter().filter(|claim| claim.verdict == kind).count(), kind))
        .filter(|(count, _)| *count > 0)
        .map(|(count, kind)| match (count, kind) {
            (1, _) | (_, Verdict::Undecided | Verdict::NotTestable | Verdict::Contradicted) => {
                format!("{count} {}", word(kind))
            }
            _ => format!("{count} hold"),
        })
        .collect();
    let counts = counts.join(", ");
    let ids = |undecided: bool| {
        let other = claims
            .iter()
            .filter(|claim| !claim.as_wanted())
            .filter(|claim| (claim.verdict == Verdict::Undecided) == undecided);
        other.map(|claim| clean(&claim.id)).collect::<Vec<_>>().join(", ")
    };
    match agreement(claims) {
        Agreement::AsExpected => {
            paint.green(&format!("AS EXPECTED: {counts}, every verdict as the file expects"))
        }
        Agreement::Differs => {
            paint.red(&paint.wrapped(&format!("NOT AS EXPECTED: {} ({counts})", ids(false)), 2))
        }
        Agreement::Undecided => {
            paint.yellow(&paint.wrapped(&format!("UNDECIDED: {} ({counts})", ids(true)), 2))
        }
    }
}

fn one(claim: &Judged, wide: usize, paint: Paint, out: &mut String) {
    let mark = match claim.verdict {
        Verdict::Holds => "✓ holds",
        Verdict::Contradicted => "✗ contradicted",
        Verdict::Undecided => "? undecided",
        Verdict::NotTestable => "- not testable",
    };
    let mark = format!("{mark:<14}");
    let mark = match claim.verdict {
        _ if !claim.as_wanted() && claim.verdict != Verdict::Undecided => paint.red(&mark),
        Verdict::Undecided => paint.yellow(&mark),
        Verdict::Holds | Verdict::Contradicted | Verdict::NotTestable => paint.green(&mark),
    };
    let indent = INDENT + wide + 2;
    let id = format!("{:<wide$}", clean(&claim.id));
    let says = paint.wrapped(&clean(&claim.says), indent);
    out.push_str(&format!("  {mark}  {}  {says}\n", paint.bold(&id)));
    let mut because = claim.because.clone();
    if let Some(text) = &claim.by_arithmetic {
        because.push_str(&format!("; by arithmetic alone: {text}"));
    }
    if !claim.as_wanted() {
        because.push_str(&format!("; the file expects: {}", word(claim.wanted)));
    } else if claim.verdict == Verdict::Contradicted {
        because.push_str("; as the file expects");
    }
    let because = paint.wrapped(&clean(&because), indent);
    out.push_str(&format!("{}{}\n", " ".repeat(indent), paint.dim(&because)));
}
