//! What a live run has to say: for people, for programs, as tables for other tools.

use std::path::Path;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};
use highwater::claims::amount;
use highwater::report::json::number;
use highwater::report::text::Paint;
use highwater::scenario::Scenario;
use highwater::units::{SimTime, Unit};
use serde_json::{Value, json};

use super::super::exit::Failure;
use super::super::files::whole;
use super::compare::{Column, Line};
use super::driven::Refusals;
use super::lateness::Lateness;

/// Everything that came out of a live run.
#[derive(Debug)]
pub struct Findings {
    /// Where the server listens, and what it calls itself.
    pub server: String,
    /// The figures, measured and simulated.
    pub lines: Vec<Line>,
    /// The series, measured and simulated.
    pub columns: Vec<Column>,
    /// How the server refused.
    pub refusals: Refusals,
    /// The number, from 1, of the first request that was refused in the simulation.
    pub first_refused: Option<u64>,
    /// Requests that the driver began.
    pub requests: usize,
    /// How late everybody was.
    pub late: Lateness,
    /// What did not go as the scenario says.
    pub remarks: Vec<String>,
}

/// What a live run decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Every figure is in its band.
    Within,
    /// Some figure is not.
    Outside,
    /// Some figure is not, and the machine was too busy to blame the simulation.
    Busy,
}

impl Findings {
    /// What they decide.
    pub fn decision(&self) -> Decision {
        if self.lines.iter().all(Line::is_within) {
            Decision::Within
        } else if self.late.is_too_much() {
            Decision::Busy
        } else {
            Decision::Outside
        }
    }
}

/// The text for people.
pub fn text(scenario: &Scenario, found: &Findings, paint: Paint) -> String {
    let mut text = format!(
        "{}  {}\n{}, {}, {} requests\n{}\n",
        paint.bold(&scenario.name),
        scenario.about.title,
        found.server,
        amount(scenario.duration.as_secs_f64(), Unit::Seconds),
        amount(found.requests as f64, Unit::Count),
        found.late.text(),
    );
    let outside = found.lines.iter().filter(|line| !line.is_within()).count();
    text.push_str(&match found.decision() {
        Decision::Within => {
            paint.green("WITHIN THE BANDS: the server does what the simulation says")
        }
        Decision::Outside => {
            paint.red(&format!("OUTSIDE: {outside} figures are not in their band"))
        }
        Decision::Busy => paint.yellow(&format!(
            "UNDECIDED: {outside} figures outside the bands, but the machine was too busy"
        )),
    });
    text.push_str(&format!("\n{}\n\n{}", table(&found.lines, paint), refusals(found)));
    for remark in &found.remarks {
        text.push_str(&format!("{}\n", paint.yellow(remark)));
    }
    text
}

fn table(lines: &[Line], paint: Paint) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    table.set_header(["", "measured", "simulated", "difference", "band"]);
    let mut series = "";
    for line in lines {
        if series != line.series {
            series = &line.series;
            table.add_row([series]);
        }
        let value = |value: f64| amount(rounded(value), line.unit);
        let mark = if line.is_within() { "✓" } else { "✗" };
        table.add_row([
            format!("  {mark} {}", line.figure),
            value(line.measured),
            value(line.simulated),
            value(line.difference()),
            format!("{} to {}", value(line.band.0), value(line.band.1)),
        ]);
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if index > 0 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let paint_row = |row: String| match row.contains('✗') {
        true => paint.red(row.trim_end()),
        false => row.trim_end().to_string(),
    };
    table.lines().map(paint_row).collect::<Vec<_>>().join("\n")
}

/// To a thousandth: what is less says nothing here.
fn rounded(value: f64) -> f64 {
    if value.is_finite() { (value * 1e3).round() / 1e3 } else { value }
}

fn refusals(found: &Findings) -> String {
    let refusals = &found.refusals;
    if refusals.texts == 0 {
        return match refusals.silent {
            0 => String::new(),
            silent => format!("{silent} connections were closed without a word\n"),
        };
    }
    let number = |number: Option<u64>| number.map_or("none".to_string(), |n| format!("number {n}"));
    format!(
        "Refused: {} times {:?} ({} bytes)\n  then {} times an orderly close, {} times a reset; {} \
         connections were closed without a word\n  first refused request: {} measured, {} simulated\n",
        refusals.texts,
        String::from_utf8_lossy(&refusals.text),
        refusals.text.len(),
        refusals.then_fin,
        refusals.then_reset,
        refusals.silent,
        number(refusals.first.map(|(number, _)| number)),
        number(found.first_refused),
    )
}

/// The object for programs.
pub fn object(scenario: &Scenario, found: &Findings) -> Value {
    let line = |line: &Line| {
        json!({
            "series": line.series,
            "figure": line.figure,
            "measured": number(line.measured),
            "simulated": number(line.simulated),
            "difference": number(line.difference()),
            "band": [number(line.band.0), number(line.band.1)],
            "within": line.is_within(),
        })
    };
    let refusals = &found.refusals;
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "scenario": scenario.name,
        "seed": scenario.seed,
        "server": found.server,
        "verdict": match found.decision() {
            Decision::Within => "within",
            Decision::Outside => "outside",
            Decision::Busy => "undecided",
        },
        "figures": found.lines.iter().map(line).collect::<Vec<_>>(),
        "refusals": {
            "first_request": refusals.first.map(|(number, _)| number),
            "first_request_simulated": found.first_refused,
            "with_text": refusals.texts,
            "text": String::from_utf8_lossy(&refusals.text),
            "then_closed": refusals.then_fin,
            "then_reset": refusals.then_reset,
            "without_text": refusals.silent,
        },
        "requests": found.requests,
        "late": found.late.object(),
        "remarks": found.remarks,
    })
}

/// Writes `measured.csv` and `simulated.csv`, with the same columns and rows.
pub fn files(folder: &Path, rows: &[SimTime], columns: &[Column]) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| Failure::io("create", folder, &error))?;
    type Of = fn(&Column) -> &[f64];
    let of: [(&str, Of); 2] = [
        ("measured.csv", |column| &column.measured),
        ("simulated.csv", |column| &column.simulated),
    ];
    for (file, values) in of {
        let names = columns.iter().map(|column| column.name.as_str());
        let mut text = format!("time_s,{}\n", names.collect::<Vec<_>>().join(","));
        for (index, at) in rows.iter().enumerate() {
            text.push_str(&at.as_secs_f64().to_string());
            for column in columns {
                let value = values(column).get(index);
                text.push_str(&value.map_or(",".to_string(), |value| format!(",{value}")));
            }
            text.push('\n');
        }
        whole(&folder.join(file), &text)?;
    }
    Ok(())
}
