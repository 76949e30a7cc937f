//! The page of a comparison: what causes the outage, run by run, and the figures that differ.

use serde_json::Value;

use super::beside::Beside;
use super::chart::{said, unit_of};
use super::detail::Detail;
use super::page::{Banner, Mood, Page, Section};
use super::table::{Cell, Table};
use super::text::escape;
use super::{command, facts};
use crate::claims::{OUTAGE, amount};
use crate::experiment::{
    Changed, Comparison, Differs, Effect, Finding, Paired, Played, is_first_time,
};
use crate::observe::Record;
use crate::report::text::{because, changed, is_main};
use crate::scenario::Scenario;
use crate::units::Unit;

/// Runs that are shown one by one at most.
const RUNS: usize = 200;

/// The report of a comparison. `sides` are the scenarios as they were played, the first one first, each
/// with the record of its run 0; `repeat` is the command that gives the same bytes again.
pub fn compare(sides: &[(&Scenario, Record)], found: &Comparison, repeat: &str) -> String {
    Detail::fit(|detail| page(sides, found, repeat, detail).text())
}

fn page(played: &[(&Scenario, Record)], found: &Comparison, repeat: &str, detail: Detail) -> Page {
    let scenarios: Vec<&Scenario> = played.iter().map(|(scenario, _)| *scenario).collect();
    let scenarios = scenarios.as_slice();
    let names = std::iter::once(found.first.name.clone())
        .chain(found.others.iter().map(|(side, _)| called(side)));
    let beside = names.zip(played.iter().map(|(_, record)| record)).collect();
    let beside = Beside::new(beside, detail);
    let first = scenarios.first();
    let title = first.map_or("", |first| super::run::title(first)).to_string();
    let mut paired =
        Section::new("differences", "Differences", "Paired differences", String::new());
    for (index, (side, effect)) in found.others.iter().enumerate() {
        let id = format!("side-{}", index + 1);
        paired.body.push_str(&differences(&id, found, side, effect, detail));
        paired.parts.push((id, called(side)));
    }
    let (mut charts, mut shared) = (String::new(), Value::Null);
    if let (Some(beside), Some(first)) = (&beside, first) {
        (charts, shared) = (beside.charts(first, detail), beside.shared(first));
    }
    let sections = vec![
        Section::new("sides", "Sides", "Sides", sides(found, detail)),
        Section::new("runs", "Run by run", "Run by run", strips(found, detail)),
        Section::new("charts", "Charts", "Side by side", charts),
        paired,
        Section::new(
            "settings",
            "Settings",
            "Settings and how to repeat it",
            settings(scenarios, found, repeat, detail),
        ),
    ];
    let duration = first.map_or(0.0, |first| first.duration.as_secs_f64());
    let head = facts(&[
        ("first side", found.first.name.clone()),
        ("simulated", amount(duration, Unit::Seconds)),
        ("runs of each side", found.runs.to_string()),
        ("random numbers", "the same for run k of every side".to_string()),
        ("seed", first.map_or(String::new(), |first| first.seed.clone())),
    ]);
    Page {
        detail,
        kind: "comparison",
        title,
        facts: head,
        verdict: banner(found, detail),
        sections,
        shared,
    }
}

/// The finding of every side, in sentences; with one side it is the headline itself.
fn banner(found: &Comparison, detail: Detail) -> Banner {
    let one = |(side, effect): &(Played, Effect)| {
        let cause = effect.of_what_differs(&found.first, side);
        let mood = match cause.finding {
            Finding::Causes => Mood::Bad,
            Finding::Prevents => Mood::Good,
            Finding::Undecided => Mood::Open,
            Finding::NoDifference => Mood::Plain,
        };
        (mood, headline(found, side, cause.finding), sentence(&because(found, side, effect, cause)))
    };
    let lines: Vec<(Mood, String, String)> = found.others.iter().map(one).collect();
    let (mood, word, mut says) = match lines.as_slice() {
        [(mood, headline, because)] => (*mood, headline.clone(), vec![detail.text(because)]),
        _ => {
            let line = |(mood, headline, because): &(Mood, String, String)| {
                let (class, sign) = mood.look();
                format!(
                    "<span class=\"badge {class}\" aria-hidden=\"true\">{sign}</span> \
                     <strong>{}</strong><br>{}",
                    detail.text(headline),
                    detail.text(because)
                )
            };
            let word = format!("{} sides against {}", found.others.len(), found.first.name);
            (Mood::Plain, word, lines.iter().take(detail.rows).map(line).collect())
        }
    };
    let rule = match &found.outage {
        Some(goal) => format!("Asked for by --outage: a run with {goal}."),
        None => format!("An outage: {OUTAGE}."),
    };
    let stopped = std::iter::once(&found.first).chain(found.others.iter().map(|(side, _)| side));
    for side in stopped {
        if let Some(why) = &side.stopped {
            let text = format!("A run of {} stopped before its end: {why}", side.name);
            says.push(format!("<strong>{}</strong>", detail.text(&text)));
        }
    }
    says.push(format!("<small>{}</small>", detail.text(&rule)));
    Banner { mood, word, says, tiles: Vec::new() }
}

/// A sentence of its own.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str()),
        None => String::new(),
    }
}

/// The finding in one sentence.
fn headline(found: &Comparison, side: &Played, finding: Finding) -> String {
    let what = match &side.differs {
        Differs::File => &side.name,
        Differs::With(what) | Differs::Without(what) => what,
    };
    let it = match &found.outage {
        Some(goal) => format!("“{goal}”"),
        None => "the outage".to_string(),
    };
    match finding {
        Finding::Causes => format!("{what} causes {it}"),
        Finding::Prevents => format!("{what} prevents {it}"),
        Finding::NoDifference => format!("No difference shown: {what} changes {it} in no run"),
        Finding::Undecided => format!("Undecided whether {what} changes {it}"),
    }
}

/// A side in a few words.
fn called(side: &Played) -> String {
    match &side.differs {
        Differs::File => side.name.clone(),
        Differs::With(what) => format!("with {what}"),
        Differs::Without(what) => format!("without {what}"),
    }
}

/// Every side with its outages and its digest.
fn sides(found: &Comparison, detail: Detail) -> String {
    let of_first = vec![
        Cell::Head(called(&found.first)),
        Cell::Number(
            format!("{} of {}", found.first.count(), found.runs),
            found.first.count() as f64,
        ),
        Cell::text("what the others are held against"),
        Cell::text(""),
        Cell::Markup(format!("<code>{}</code>", detail.text(&found.first.digest))),
    ];
    let row = |(side, effect): &(Played, Effect)| {
        let difference = format!(
            "{} ({} to {})",
            share(effect.difference),
            share(effect.interval.0),
            share(effect.interval.1)
        );
        let pairs = format!(
            "{} only here, {} only in the first, of {}",
            effect.only_here, effect.only_first, effect.pairs
        );
        vec![
            Cell::Head(called(side)),
            Cell::Number(format!("{} of {}", side.count(), found.runs), side.count() as f64),
            Cell::text(pairs),
            Cell::Number(difference, effect.difference),
            Cell::Markup(format!("<code>{}</code>", detail.text(&side.digest))),
        ]
    };
    let rows = std::iter::once(of_first).chain(found.others.iter().map(row)).collect();
    let table = Table {
        name: "Sides with their outages",
        head: &[
            "side",
            "runs with an outage",
            "pairs of runs that differ",
            "probability, less that of the first (95 % interval)",
            "digest",
        ],
        sortable: false,
        rest: "compare.json has all",
    };
    table.of(detail, rows)
}

/// A probability, or a difference of two, to the hundredth.
fn share(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_string() } else { text.to_string() }
}

/// A square for each run of each side: the same place is the same chance.
fn strips(found: &Comparison, detail: Detail) -> String {
    let strip = |side: &Played| {
        let squares: String = side.outages.iter().take(RUNS).enumerate().map(square).collect();
        format!(
            "<tr><th scope=\"row\">{}</th><td class=\"strip\">{squares}</td></tr>\n",
            detail.text(&called(side))
        )
    };
    let all = std::iter::once(&found.first).chain(found.others.iter().map(|(side, _)| side));
    let rows: String = all.take(detail.rows).map(strip).collect();
    let left_out = match (found.runs as usize).saturating_sub(RUNS) {
        0 => String::new(),
        n => format!("<p class=\"note\">{n} more runs of each side are in compare.json.</p>\n"),
    };
    format!(
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Outages run by run\">\
         <table><caption class=\"aside\">Outages run by run</caption>\
         <thead><tr><th scope=\"col\">side</th><th scope=\"col\">runs in order: \
         <span class=\"run out\">✗</span> outage, <span class=\"run fine\">✓</span> none, \
         <span class=\"run\">?</span> not known</th></tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n{left_out}"
    )
}

fn square((run, outage): (usize, &Option<bool>)) -> String {
    let (class, sign, words) = match outage {
        Some(true) => (" out", "✗", "outage"),
        Some(false) => (" fine", "✓", "no outage"),
        None => ("", "?", "not known"),
    };
    format!("<span class=\"run{class}\" title=\"run {run}: {words}\">{sign}</span>")
}

/// The figures of one side against the first: those that differ, the rest folded.
fn differences(
    id: &str,
    found: &Comparison,
    side: &Played,
    effect: &Effect,
    detail: Detail,
) -> String {
    let (differ, rest): (Vec<&Paired>, Vec<&Paired>) =
        effect.figures.iter().partition(|paired| paired.changed() == Changed::Differs);
    let (same, rest): (Vec<&Paired>, Vec<&Paired>) =
        rest.into_iter().partition(|paired| paired.changed() == Changed::Same);
    let head = [
        "figure (mean)",
        "as it is",
        "here",
        "difference",
        "95 % interval",
        "against its size",
        "finding",
    ];
    let table = |name: &str, figures: Vec<&Paired>| {
        let table = Table { name, head: &head, sortable: true, rest: "compare.json has all" };
        table.of(detail, figures.into_iter().map(row).collect())
    };
    let (main, other): (Vec<&Paired>, Vec<&Paired>) =
        differ.into_iter().partition(|paired| is_main(&paired.name));
    let told = match main.is_empty() {
        true => "<p>No main figure is shown to differ.</p>\n".to_string(),
        false => table("Main figures that differ", main),
    };
    let further = match other.len() {
        0 => String::new(),
        n => format!(
            "<details><summary>Further figures that differ: {n}</summary>\n{}</details>\n",
            table("Further figures that differ", other)
        ),
    };
    let unsure = match rest.len() {
        0 => String::new(),
        n => format!(
            "<details><summary>Not shown to differ: {n}</summary>\n{}</details>\n",
            table("Figures that are not shown to differ", rest)
        ),
    };
    format!(
        "<section class=\"part\" id=\"{id}\" aria-labelledby=\"{id}-title\">\n<h3 id=\"{id}-title\">{} \
         against {}</h3>\n{told}{further}{unsure}<p class=\"note\">{} more figures are the same in every pair of \
         runs.</p>\n</section>\n",
        detail.text(&called(side)),
        detail.text(&found.first.name),
        same.len()
    )
}

fn row(paired: &Paired) -> Vec<Cell> {
    let unit = unit_of(&paired.name, paired.unit);
    let side = |mean: f64, came: usize| match came {
        0 if is_first_time(&paired.name) => Cell::Number("never".to_string(), f64::MAX),
        0 => Cell::Number("–".to_string(), f64::NAN),
        _ => Cell::Number(said(mean, unit), mean),
    };
    let (mean, interval, picture) = match paired.pairs {
        0 | 1 => (Cell::text(""), Cell::text(""), Cell::text("")),
        _ => {
            let d = paired.difference;
            let (low, high) = (signed(d.low, unit), signed(d.high, unit));
            let interval = if low == high { low } else { format!("{low} to {high}") };
            (
                Cell::Number(signed(d.mean, unit), d.mean),
                Cell::text(interval),
                Cell::Markup(whisker(paired)),
            )
        }
    };
    let word = changed(paired);
    vec![
        Cell::Head(paired.name.clone()),
        side(paired.first, paired.came.0),
        side(paired.here, paired.came.1),
        mean,
        interval,
        picture,
        Cell::text(word),
    ]
}

/// The difference with its interval as a share of the larger of the two means, from -100 % to 100 %.
fn whisker(paired: &Paired) -> String {
    const HALF: f64 = 60.0;
    let size = paired.first.abs().max(paired.here.abs());
    let d = paired.difference;
    if size <= 0.0 || !size.is_finite() {
        return "–".to_string();
    }
    let x = |value: f64| {
        let x = HALF + 4.0 + HALF * (value / size).clamp(-1.0, 1.0);
        format!("{x:.1}")
    };
    format!(
        "<svg class=\"whisker\" viewBox=\"0 0 128 16\" width=\"128\" height=\"16\" role=\"img\" \
         aria-label=\"{} of the larger mean\"><line class=\"zero\" x1=\"64\" x2=\"64\" y1=\"1\" \
         y2=\"15\"/><line class=\"bar\" x1=\"64\" x2=\"{1}\" y1=\"8\" y2=\"8\"/><line class=\"ends\" \
         x1=\"{2}\" x2=\"{3}\" y1=\"8\" y2=\"8\"/><circle cx=\"{1}\" cy=\"8\" r=\"3.5\"/></svg>",
        escape(&crate::claims::share((1e3 * d.mean / size).round() / 1e3)),
        x(d.mean),
        x(d.low),
        x(d.high)
    )
}

/// A difference with its sign.
fn signed(value: f64, unit: Unit) -> String {
    let size = said(value.abs(), unit);
    match value {
        _ if value > 0.0 => format!("+{size}"),
        _ if value < 0.0 => format!("−{size}"),
        _ => size,
    }
}

/// The command, and what each side was.
fn settings(scenarios: &[&Scenario], found: &Comparison, repeat: &str, detail: Detail) -> String {
    let mut out = format!(
        "<p>This command gives the same digests, and the same bytes of this file:</p>\n{}{}",
        command(repeat),
        facts(&[("version", env!("CARGO_PKG_VERSION").to_string())])
    );
    let sides = std::iter::once(&found.first).chain(found.others.iter().map(|(side, _)| side));
    let each = detail.settings / scenarios.len().max(1);
    for (scenario, side) in scenarios.iter().zip(sides).take(detail.charts) {
        let Some(text) = scenario.written() else { continue };
        out.push_str(&format!(
            "<details><summary>The scenario of {}</summary>\n<pre tabindex=\"0\"><code>{}</code></pre>\n\
             </details>\n",
            detail.text(&called(side)),
            escape(&super::text::cut(&text, each))
        ));
    }
    out
}
