//! The page of a sweep: which settings meet the goals, curves with intervals, all settings as a table.

mod points;
mod repeat;

use serde_json::json;

use super::chart::{Across, Chart, Column, Ground, Role};
use super::detail::Detail;
use super::page::{Banner, Mood, Page, Section};
use super::{command, facts};
use crate::experiment::{Answer, Plan, Standing, Swept};
use crate::report::pictures::{Curve, Curves, Shown, Spacing};
use crate::report::swept_drawings::{swept_curves, swept_drawings};
use crate::report::text::Said;

/// The report of a sweep. It depends on the plan and the rows alone: however they were played, in one
/// piece or in parts, the bytes are the same.
pub fn sweep(plan: &Plan, swept: &Swept) -> String {
    Detail::fit(|detail| page(plan, swept, detail).text())
}

fn page(plan: &Plan, swept: &Swept, detail: Detail) -> Page {
    let said = Said::new(plan, swept);
    let title = if plan.title.trim().is_empty() { &plan.scenario } else { &plan.title };
    let remarks: String = said
        .remarks()
        .iter()
        .map(|text| format!("<p class=\"note\">{}</p>\n", detail.text(text)))
        .collect();
    let curves = curves(plan, swept, detail);
    let drawn = drawings(plan, swept, !curves.is_empty(), detail);
    let points = points::Points { plan, swept, said: &said, detail };
    let what = if swept.pooled.is_some() || !swept.influences.is_empty() {
        "All settings that were drawn"
    } else {
        "Settings"
    };
    let mut settings = points.table();
    if swept.pooled.is_some() || !swept.influences.is_empty() {
        settings = format!("<details><summary>{what}</summary>\n{settings}</details>\n");
    }
    let sections = vec![
        Section::new("curves", "Curves", "Curves", curves),
        Section::new("influence", "Influence", "Which settings matter", points.influences()),
        Section::new("pooled", "All", "Over everything that may be", points.pooled()),
        Section::new("points", "Settings", what, settings + &remarks),
        Section::new("pareto", "Pareto", "Pareto set", points.pareto()),
        Section::new("pictures", "Pictures", "Pictures", drawn),
        Section::new(
            "plan",
            "Plan",
            "The plan and how to repeat it",
            repeated(plan, swept, detail),
        ),
    ];
    Page {
        detail,
        kind: "sweep",
        title: title.clone(),
        facts: format!(
            "<p class=\"facts\">{}: {}</p>\n",
            detail.text(&plan.scenario),
            detail.text(&said.facts())
        ),
        verdict: banner(plan, swept, &said, detail),
        sections,
        shared: json!({ "levels": [], "rates": [], "marks": [], "start": null }),
    }
}

/// The headlines as the terminal has them; the first is the largest.
fn banner(plan: &Plan, swept: &Swept, said: &Said, detail: Detail) -> Banner {
    let asked = !plan.goals.is_empty() || !plan.objectives.is_empty();
    let meets = swept.points.iter().any(|point| point.standing() == Some(Standing::Meets));
    let mood = match swept.answer(plan) {
        _ if !asked => Mood::Plain,
        _ if meets && !plan.goals.is_empty() => Mood::Good,
        Answer::Found => Mood::Good,
        Answer::Missed | Answer::Impossible => Mood::Bad,
        Answer::Undecided => Mood::Open,
    };
    let mut lines = said.headlines().into_iter();
    let word = lines.next().unwrap_or_else(|| "What was found".to_string());
    let paragraph = |line: String| detail.text(&line).replace('\n', "<br>");
    Banner { mood, word, says: lines.map(paragraph).collect(), tiles: Vec::new() }
}

/// A chart for each figure against the first knob, a line for each value of the second.
fn curves(plan: &Plan, swept: &Swept, detail: Detail) -> String {
    let ground = Ground { level_times: &[], rate_times: &[], start: None, detail };
    let curves = swept_curves(plan, swept).into_iter().take(detail.charts);
    let figure = |(index, (_, curves)): (usize, (usize, Curves))| {
        chart(&curves).map(|chart| chart.figure(&format!("chart-{}", index + 1), &ground))
    };
    curves.enumerate().filter_map(figure).collect()
}

fn chart(curves: &Curves) -> Option<Chart> {
    let across = &curves.across;
    let even = || (0..across.settings.len()).map(|place| place as f64).collect();
    let (at, log) = match &across.spacing {
        Spacing::Even => (even(), false),
        Spacing::Linear(at) => (at.clone(), false),
        Spacing::Log(at) => (at.clone(), true),
    };
    let mut columns: Vec<Column> =
        curves.lines.iter().enumerate().map(|(place, line)| column(curves, line, place)).collect();
    if !columns.iter().any(|column| column.values.iter().any(|value| value.is_finite())) {
        return None;
    }
    if let Some(bound) = &curves.bound {
        let values = vec![bound.value; at.len()];
        columns.push(Column::new(bound.label.clone(), Role::Limit, 0, values));
    }
    let knees = curves.lines.iter().filter_map(|line| {
        let setting = across.settings.get(line.knee?)?;
        let of = if line.label.is_empty() { String::new() } else { format!(" ({})", line.label) };
        Some(format!("{setting}{of}"))
    });
    let knees: Vec<String> = knees.collect();
    let bends = match knees.is_empty() {
        true => String::new(),
        false => format!("; it bends at {}", knees.join(", ")),
    };
    Some(Chart {
        title: format!("{} against {}", curves.measure, across.name),
        caption: format!("{}{bends}.", curves.subtitle),
        unit: curves.unit,
        log: curves.log,
        across: Across::Setting {
            name: across.name.clone(),
            at,
            labels: across.settings.clone(),
            log,
        },
        columns,
    })
}

fn column(curves: &Curves, line: &Curve, place: usize) -> Column {
    let of = |pick: fn(&(f64, f64, f64)) -> f64| -> Vec<f64> {
        let one = |point: &crate::report::pictures::Point| match point.shown {
            Shown::Value { value, low, high } => pick(&(value, low, high)),
            Shown::Nothing | Shown::Never => f64::NAN,
        };
        line.points.iter().map(one).collect()
    };
    let name = if line.label.is_empty() { &curves.measure } else { &line.label };
    Column {
        name: name.clone(),
        values: of(|point| point.0),
        interval: Some((of(|point| point.1), of(|point| point.2))),
        role: Role::Line,
        colour: place,
    }
}

/// The pictures that no chart shows: heat maps, tornados, and curves where there are no charts of them.
fn drawings(plan: &Plan, swept: &Swept, curves: bool, detail: Detail) -> String {
    let mut out = String::new();
    let drawn = swept_drawings(plan, swept).into_iter();
    let drawn = drawn.filter(|(name, _)| name.ends_with(".svg"));
    let wanted = drawn.filter(|(name, _)| !(curves && name.starts_with("sweep-curve-")));
    for (name, picture) in wanted.take(detail.charts) {
        // A picture that cannot be drawn spoils nothing else.
        let Ok(picture) = picture.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()) else {
            continue;
        };
        let picture =
            picture.split_once("<svg").map_or(String::new(), |(_, rest)| format!("<svg{rest}"));
        out.push_str(&format!(
            "<figure class=\"picture\">\n<div class=\"scroll\" role=\"region\" tabindex=\"0\" \
             aria-label=\"{0}\">{picture}</div>\n<figcaption>{0}</figcaption>\n</figure>\n",
            detail.text(&name)
        ));
    }
    out
}

fn repeated(plan: &Plan, swept: &Swept, detail: Detail) -> String {
    let pins = facts(&[
        ("plan", plan.hash()),
        ("seed", plan.seed.clone()),
        ("runs", swept.runs.to_string()),
        ("digest of everything simulated", swept.digest.clone()),
        ("version", env!("CARGO_PKG_VERSION").to_string()),
    ]);
    format!(
        "<p>From the folder of the scenario. The same plan gives the same bytes of this file.</p>\n{}{pins}",
        command(&super::text::cut(&repeat::command(plan), detail.settings))
    )
}
