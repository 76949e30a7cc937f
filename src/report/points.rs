//! The points of a sweep as tables for other programs.

use super::json::{point, standing};
use crate::experiment::{Judged, Plan, Swept, Tried};

/// Comma-separated values: a row for each point, the settings first. Of each figure the mean with its
/// interval (of a share of runs Wilson's), the median with its interval, and the difference to the first
/// point run by run. An empty cell is nothing to measure, `inf` is never.
pub fn points_csv(plan: &Plan, swept: &Swept) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut head: Vec<String> = vec!["point".to_string()];
    head.extend(plan.knobs.iter().flat_map(|knob| knob.paths.iter().cloned()));
    head.push("runs".to_string());
    for known in &plan.figures {
        head.extend(COLUMNS.iter().map(|column| format!("{}{column}", known.name)));
    }
    head.extend(plan.goals.iter().map(|goal| format!("goal {goal}")));
    head.extend(["may_be_best", "pareto", "trouble"].map(str::to_string));
    // Writing to memory cannot fail, and the rows have one length.
    let _ = writer.write_record(&head);
    for (index, tried) in swept.points.iter().enumerate() {
        let _ = writer.write_record(cells(plan, swept, index, tried));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// JSON lines: an object for each point.
pub fn points_lines(plan: &Plan, swept: &Swept) -> String {
    let line = |tried: &Tried| format!("{}\n", point(plan, swept, tried));
    swept.points.iter().map(line).collect()
}

/// What follows the name of a figure in the names of its columns.
const COLUMNS: [&str; 10] = [
    "",
    "_sd",
    "_low",
    "_high",
    "_median",
    "_median_low",
    "_median_high",
    "_less_first",
    "_less_first_low",
    "_less_first_high",
];

fn cells(plan: &Plan, swept: &Swept, index: usize, tried: &Tried) -> Vec<String> {
    let mut cells = vec![tried.point.to_string()];
    for (knob, level) in plan.knobs.iter().zip(&tried.levels) {
        let text = |path: usize| level.texts.get(path).cloned().unwrap_or_else(|| level.label());
        cells.extend((0..knob.paths.len()).map(text));
    }
    cells.push(tried.runs.to_string());
    for figure in &tried.figures {
        cells.extend(figure_cells(figure));
    }
    let mut goals = tried.goals.iter().map(|met| standing(met.standing).to_string());
    cells.extend((0..plan.goals.len()).map(|_| goals.next().unwrap_or_default()));
    let yes = |yes: bool| if yes { "yes" } else { "no" }.to_string();
    let may_be_best = swept.best.first().map(|best| yes(best.left.contains(&index)));
    cells.push(may_be_best.unwrap_or_default());
    let place = swept.candidates.iter().position(|candidate| *candidate == index);
    let dominated = place.and_then(|place| swept.dominated.get(place));
    cells.push(dominated.map(|by| yes(by.is_none())).unwrap_or_default());
    cells.push(tried.trouble.clone().unwrap_or_default());
    cells
}

fn figure_cells(figure: &Judged) -> [String; 10] {
    let cell = |value: Option<f64>| match value {
        Some(value) if !value.is_nan() => value.to_string(),
        _ => String::new(),
    };
    let (mean, median, against) = (figure.spread.mean, figure.spread.median, figure.against_first);
    [
        cell(mean.map(|mean| mean.mean)),
        cell(mean.map(|mean| mean.sd)),
        cell(figure.share.map(|share| share.0).or(mean.map(|mean| mean.low))),
        cell(figure.share.map(|share| share.1).or(mean.map(|mean| mean.high))),
        cell(median.map(|median| median.estimate)),
        cell(median.map(|median| median.low)),
        cell(median.map(|median| median.high)),
        cell(against.map(|against| against.mean)),
        cell(against.map(|against| against.low)),
        cell(against.map(|against| against.high)),
    ]
}
