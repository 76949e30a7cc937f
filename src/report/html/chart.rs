//! A chart: its data for the script, and the same as a table for everybody.

use serde_json::{Map, Value, json};

use super::detail::Detail;
use super::table::{Cell, Table};
use super::text::{island, number};
use crate::claims::{amount, share};
use crate::units::{Start, Unit, wall_clock};

/// Rows of the table below a chart.
const TABLE_ROWS: usize = 25;

/// What is to be seen, before any thought of pixels.
pub(super) struct Chart {
    /// What it is about.
    pub title: String,
    /// What is to be seen in it, in a sentence.
    pub caption: String,
    /// What the values measure.
    pub unit: Unit,
    /// Whether the vertical axis is one of powers of ten.
    pub log: bool,
    /// Where the values stand.
    pub across: Across,
    /// The columns, in the order of the legend.
    pub columns: Vec<Column>,
}

/// The horizontal axis.
pub(super) enum Across {
    /// The instants that all levels of the page share.
    Levels,
    /// The ends of the intervals that all rates of the page share.
    Rates,
    /// Instants of its own, in seconds.
    Times(Vec<f64>),
    /// A setting.
    Setting {
        /// Its name.
        name: String,
        /// Where its values stand.
        at: Vec<f64>,
        /// How they are written.
        labels: Vec<String>,
        /// Whether they stand on a scale of factors.
        log: bool,
    },
}

/// One line, area or bound.
pub(super) struct Column {
    /// Its name in the legend.
    pub name: String,
    /// One value for each place; not a number where there is none.
    pub values: Vec<f64>,
    /// The ends of the interval of each value.
    pub interval: Option<(Vec<f64>, Vec<f64>)>,
    /// How it is drawn.
    pub role: Role,
    /// Its place in the palette; a bound has none.
    pub colour: usize,
}

/// How a column is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A line from value to value.
    Line,
    /// The same, filled down to zero.
    Area,
    /// Of the time since the value before.
    Step,
    /// The same, filled, on top of those before it.
    Stack,
    /// What must not be passed: dashed, in the colour of text.
    Limit,
    /// Points alone: something that was recorded.
    Dots,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Role::Line => "line",
            Role::Area => "area",
            Role::Step => "step",
            Role::Stack => "stack",
            Role::Limit => "limit",
            Role::Dots => "dots",
        }
    }
}

impl Column {
    /// A column without intervals.
    pub fn new(name: impl Into<String>, role: Role, colour: usize, values: Vec<f64>) -> Column {
        Column { name: name.into(), values, interval: None, role, colour }
    }

    /// Whether it shows anything but zero.
    pub fn shows(&self) -> bool {
        self.values.iter().any(|value| value.is_finite() && *value != 0.0)
    }

    /// Its largest value; zero if it has none.
    pub fn largest(&self) -> f64 {
        self.values.iter().copied().filter(|value| value.is_finite()).fold(0.0, f64::max)
    }

    fn data(&self) -> Value {
        let numbers = |values: &[f64]| values.iter().copied().map(number).collect::<Vec<_>>();
        let mut data = Map::new();
        data.insert("name".to_string(), json!(self.name));
        data.insert("role".to_string(), json!(self.role.name()));
        data.insert("colour".to_string(), json!(self.colour));
        // A bound that never changes is said once.
        let first = self.values.first().copied().unwrap_or(f64::NAN);
        let constant = self.role == Role::Limit && self.values.iter().all(|value| *value == first);
        data.insert(
            "values".to_string(),
            match constant {
                true => number(first),
                false => json!(numbers(&self.values)),
            },
        );
        if let Some((low, high)) = &self.interval {
            data.insert("low".to_string(), json!(numbers(low)));
            data.insert("high".to_string(), json!(numbers(high)));
        }
        Value::Object(data)
    }
}

/// A value as people write it.
pub(super) fn said(value: f64, unit: Unit) -> String {
    match unit {
        _ if value.is_nan() => "–".to_string(),
        Unit::Ratio if value.is_finite() => share(value),
        unit => amount(value, unit),
    }
}

/// The unit in which a figure is written: one that counts for each request is no share.
pub(super) fn unit_of(name: &str, unit: Unit) -> Unit {
    if name.ends_with("_per_request") { Unit::Count } else { unit }
}

/// What a chart needs to know of its page.
pub(super) struct Ground<'a> {
    /// The shared instants of levels.
    pub level_times: &'a [f64],
    /// The shared ends of intervals.
    pub rate_times: &'a [f64],
    /// The wall clock at zero.
    pub start: Option<Start>,
    /// How much is shown.
    pub detail: Detail,
}

impl Chart {
    /// The chart as a figure; `id` is its name on the page.
    pub fn figure(&self, id: &str, ground: &Ground) -> String {
        let detail = ground.detail;
        let (title, caption) = (detail.text(&self.title), detail.text(&self.caption));
        let caption = match caption.is_empty() {
            true => String::new(),
            false => format!("<p>{caption}</p>"),
        };
        format!(
            "<figure class=\"chart\" id=\"{id}\" aria-labelledby=\"{id}-title\" \
             aria-details=\"{id}-table\">\n<figcaption><h4 id=\"{id}-title\">{title}</h4>{caption}\
             </figcaption>\n{}<details id=\"{id}-table\"><summary>Data of this chart<span \
             class=\"aside\">: {title}</span></summary>\n{}</details>\n</figure>\n",
            island(&format!("{id}-data"), &self.data()),
            self.table(ground),
        )
    }

    fn data(&self) -> Value {
        let across = match &self.across {
            Across::Levels => json!("levels"),
            Across::Rates => json!("rates"),
            Across::Times(times) => times.iter().copied().map(number).collect(),
            Across::Setting { name, at, labels, log } => json!({
                "name": name,
                "at": at.iter().copied().map(number).collect::<Vec<_>>(),
                "labels": labels,
                "log": log,
            }),
        };
        json!({
            "unit": self.unit,
            "log": self.log,
            "x": across,
            "columns": self.columns.iter().map(Column::data).collect::<Vec<_>>(),
        })
    }

    /// Some of the rows: the first, the last, and some between them.
    fn table(&self, ground: &Ground) -> String {
        let (places, first) = self.places(ground);
        let rows = ground.detail.rows.min(match self.across {
            Across::Setting { .. } => usize::MAX,
            _ => TABLE_ROWS,
        });
        let last = places.len().saturating_sub(1);
        let mut shown: Vec<usize> = match places.len() <= rows {
            true => (0..places.len()).collect(),
            false => (0..rows).map(|row| row * last / (rows - 1).max(1)).collect(),
        };
        shown.dedup();
        let mut head = first;
        head.extend(self.columns.iter().map(|column| column.name.as_str()));
        let cells = |row: usize| {
            let mut cells: Vec<Cell> = vec![Cell::Head(places[row].0.clone())];
            cells.extend(places[row].1.iter().map(Cell::text));
            cells.extend(self.columns.iter().map(|column| self.cell(column, row)));
            cells
        };
        let name = format!("Data: {}", self.title);
        let table = Table { name: &name, head: &head, sortable: false, rest: "" };
        table.of(ground.detail, shown.into_iter().map(cells).collect())
    }

    fn cell(&self, column: &Column, row: usize) -> Cell {
        let at = |values: &[f64]| values.get(row).copied().unwrap_or(f64::NAN);
        let value = at(&column.values);
        let mut text = said(value, self.unit);
        if let Some((low, high)) = &column.interval
            && at(low) != at(high)
            && at(low).is_finite()
        {
            text.push_str(&format!(
                " ({} to {})",
                said(at(low), self.unit),
                said(at(high), self.unit)
            ));
        }
        Cell::Number(text, value)
    }

    /// The names of the places, with the wall clock where it is known, and how their columns are called.
    fn places<'a>(&'a self, ground: &'a Ground) -> (Vec<(String, Option<String>)>, Vec<&'a str>) {
        let times = match &self.across {
            Across::Levels => ground.level_times,
            Across::Rates => ground.rate_times,
            Across::Times(times) => times,
            Across::Setting { name, labels, .. } => {
                let places = labels.iter().map(|label| (label.clone(), None)).collect();
                return (places, vec![name.as_str()]);
            }
        };
        let clock = |at: f64| ground.start.map(|start| wall_clock(start, at));
        let places = times.iter().map(|at| (amount(*at, Unit::Seconds), clock(*at))).collect();
        let head = if ground.start.is_some() { vec!["time", "clock"] } else { vec!["time"] };
        (places, head)
    }
}

/// A line about charts that are left out, by their titles.
pub(super) fn folded(why: &str, titles: &[String], detail: Detail) -> String {
    match titles.is_empty() {
        true => String::new(),
        false => format!("<p class=\"note\">{why}: {}.</p>\n", detail.text(&titles.join("; "))),
    }
}
