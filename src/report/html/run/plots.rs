//! Charts of a record, one after the other.

use super::super::chart::{Across, Chart, Column, Ground, Role, folded, said};
use super::super::detail::Detail;
use super::super::reduce::Grid;
use crate::claims::{Gauge, amount, measure};
use crate::observe::{Record, Series};
use crate::scenario::{ClaimTest, Distance, Measure, Recorded, Scenario};
use crate::units::{Start, Unit};

/// A bound is left out of a chart when it is this many times the highest value.
const FAR: f64 = 12.0;

/// Makes the charts of a page.
pub(super) struct Plots<'a> {
    pub scenario: &'a Scenario,
    pub record: &'a Record,
    pub grid: Grid,
    level_times: Vec<f64>,
    rate_times: Vec<f64>,
    start: Option<Start>,
    detail: Detail,
    made: usize,
    left_out: usize,
    /// Titles of charts without anything to show, in this part.
    empty: Vec<String>,
    /// Of charts in which nothing moves: what stands still, and where.
    still: Vec<String>,
}

impl<'a> Plots<'a> {
    pub fn new(scenario: &'a Scenario, record: &'a Record, detail: Detail) -> Plots<'a> {
        let grid = Grid::new(record, detail.points);
        Plots {
            scenario,
            record,
            level_times: grid.level_times(),
            rate_times: grid.rate_times(),
            grid,
            start: scenario.about.start,
            detail,
            made: 0,
            left_out: 0,
            empty: Vec::new(),
            still: Vec::new(),
        }
    }

    /// How the record was made smaller, if it was.
    pub fn remark(&self) -> String {
        if self.grid.is_whole() {
            return String::new();
        }
        format!(
            "<p class=\"note\">The record has {} rows, more than a screen has room for: {} rows are put \
             together, of levels their lowest and highest value, of counters their increase. \
             <code>timeseries.csv</code> has all rows.</p>\n",
            amount(self.record.times.len() as f64, Unit::Count),
            self.grid.every()
        )
    }

    /// A part of the page with its heading: what `charts` makes, and what had nothing to show.
    pub fn part(
        &mut self,
        id: &str,
        title: &str,
        charts: impl FnOnce(&mut Self) -> String,
    ) -> String {
        let made = self.group(charts);
        format!(
            "<section id=\"{id}\" class=\"part\" aria-labelledby=\"{id}-title\">\n\
             <h3 id=\"{id}-title\">{}</h3>\n{made}</section>\n",
            self.detail.text(title)
        )
    }

    /// The same without a heading.
    pub fn group(&mut self, charts: impl FnOnce(&mut Self) -> String) -> String {
        let mut made = charts(self);
        let zero = "Nothing to show (zero from start to end)";
        made.push_str(&folded(zero, &std::mem::take(&mut self.empty), self.detail));
        made.push_str(&folded(
            "The same from start to end",
            &std::mem::take(&mut self.still),
            self.detail,
        ));
        let left_out = std::mem::take(&mut self.left_out);
        if left_out > 0 {
            made.push_str(&format!(
                "<p class=\"note\">{left_out} more charts are left out to keep this file small.</p>\n"
            ));
        }
        made
    }

    /// A chart of what it has to show; its bounds do not count.
    pub fn chart(&mut self, mut chart: Chart) -> String {
        chart.columns.retain(|column| column.role == Role::Limit || column.shows());
        let seen = chart.columns.iter().filter(|column| column.role != Role::Limit);
        let Some(highest) = seen.map(Column::largest).reduce(f64::max) else {
            self.empty.push(chart.title);
            return String::new();
        };
        if let Some(still) = still(&chart) {
            self.still.push(still);
            return String::new();
        }
        let far = |column: &Column| column.role == Role::Limit && column.largest() > FAR * highest;
        for column in chart.columns.iter().filter(|column| far(column)) {
            let name = &column.name;
            chart.caption.push_str(&format!(" The line of the {name} is far above this chart."));
        }
        chart.columns.retain(|column| !far(column));
        chart.caption = chart.caption.trim().to_string();
        if self.made >= self.detail.charts {
            self.left_out += 1;
            return String::new();
        }
        self.made += 1;
        let ground = Ground {
            level_times: &self.level_times,
            rate_times: &self.rate_times,
            start: self.start,
            detail: self.detail,
        };
        chart.figure(&format!("chart-{}", self.made), &ground)
    }

    /// The series called `name`.
    pub fn series(&self, name: &str) -> Option<&'a Series> {
        self.record.find(name)
    }

    /// Series of one part as columns over the instants of levels, in colours one after the other.
    pub fn levels(&self, part: &str, names: &[(&str, &str)]) -> Vec<Column> {
        let column = |(colour, (series, name)): (usize, &(&str, &str))| {
            let series = self.series(&format!("{part}.{series}"))?;
            Some(Column::new(*name, Role::Line, colour, self.grid.series(series)))
        };
        names.iter().enumerate().filter_map(column).collect()
    }

    /// Counters of one part as columns of increases per second.
    pub fn rates(&self, part: &str, names: &[(&str, &str)]) -> Vec<Column> {
        let column = |(colour, (series, name)): (usize, &(&str, &str))| {
            let series = self.series(&format!("{part}.{series}"))?;
            Some(Column::new(*name, Role::Step, colour, self.grid.rates(&series.values)))
        };
        names.iter().enumerate().filter_map(column).collect()
    }

    /// What there is of something that can run out.
    pub fn limit(&self, name: &str, gauge: Gauge) -> Column {
        let levels = gauge.levels(self.scenario, self.record);
        let there: Vec<f64> = levels.iter().map(|level| level.1).collect();
        Column::new(name, Role::Limit, 0, self.grid.levels(&there))
    }

    /// The instants of levels, in seconds.
    pub fn level_times(&self) -> &[f64] {
        &self.level_times
    }

    /// A chart of percentiles, from the top.
    pub fn percentiles(&mut self, title: &str, caption: &str, part: &str) -> String {
        const OF: [(&str, &str); 5] = [
            ("max", "largest"),
            ("p999", "99.9 %"),
            ("p99", "99 %"),
            ("p90", "90 %"),
            ("p50", "median"),
        ];
        let names: Vec<(String, &str)> =
            OF.iter().map(|(end, name)| (format!("{part}_s_{end}"), *name)).collect();
        let column = |(index, (series, name)): (usize, &(String, &str))| {
            let mut values = self.grid.series(self.series(series)?);
            // Of no requests there is no latency, and zero has no place on a scale of factors.
            values.iter_mut().filter(|value| **value <= 0.0).for_each(|value| *value = f64::NAN);
            Some(Column::new(*name, Role::Line, [4, 3, 1, 2, 0][index], values))
        };
        let columns = names.iter().enumerate().filter_map(column).collect();
        self.chart(Chart {
            title: title.to_string(),
            caption: caption.to_string(),
            unit: Unit::Seconds,
            log: true,
            across: Across::Levels,
            columns,
        })
    }

    /// Each series that a claim holds against a recording, beside it.
    pub fn recorded(&mut self) -> String {
        let scenario = self.scenario;
        let mut out = String::new();
        for claim in &scenario.claims {
            let ClaimTest::Outcome { measure: Measure::Recorded(asked), .. } = &claim.test else {
                continue;
            };
            if let Some(chart) = self.beside(&claim.id, asked) {
                out.push_str(&self.chart(chart));
            }
        }
        out
    }

    fn beside(&self, id: &str, asked: &Recorded) -> Option<Chart> {
        let series = self.series(&asked.series)?;
        let simulated = self.grid.series(series);
        let seen: Vec<(f64, f64)> =
            asked.points.iter().map(|(at, value)| (at.as_secs_f64(), *value)).collect();
        let (times, simulated, seen) = merged(&self.level_times, &simulated, &seen);
        let apart = |distance: Distance| {
            let what = Measure::Recorded(Recorded { distance, ..asked.clone() });
            measure(&what, self.record).map_or("?".to_string(), |apart| amount(apart, series.unit))
        };
        Some(Chart {
            title: format!("{id}: {} simulated and recorded", asked.series),
            caption: format!(
                "{} apart (root mean square), at most {}; the recording spans {}.",
                apart(Distance::RootMeanSquare),
                apart(Distance::Largest),
                amount(asked.spread(), series.unit)
            ),
            unit: series.unit,
            log: false,
            across: Across::Times(times),
            columns: vec![
                Column::new("simulated", Role::Line, 0, simulated),
                Column::new(
                    format!("recorded: {} of {}", asked.column, asked.file),
                    Role::Dots,
                    3,
                    seen,
                ),
            ],
        })
    }
}

/// What a chart without any movement would say: its lines with their values.
fn still(chart: &Chart) -> Option<String> {
    let value = |column: &Column| {
        let mut values = column.values.iter().copied().filter(|value| value.is_finite());
        let first = values.next()?;
        values
            .all(|value| value == first)
            .then(|| format!("{} {}", column.name, said(first, chart.unit)))
    };
    let lines: Vec<String> = chart.columns.iter().map(value).collect::<Option<_>>()?;
    Some(format!("{} ({})", chart.title, lines.join(", ")))
}

/// Two series over the instants of both; where only one has a value the other is a gap.
fn merged(times: &[f64], values: &[f64], seen: &[(f64, f64)]) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let mut all: Vec<f64> = times.iter().copied().chain(seen.iter().map(|(at, _)| *at)).collect();
    all.sort_by(f64::total_cmp);
    all.dedup();
    let at = |of: &[f64], values: &dyn Fn(usize) -> f64, time: f64| {
        of.binary_search_by(|other| other.total_cmp(&time)).map_or(f64::NAN, values)
    };
    let seen_times: Vec<f64> = seen.iter().map(|(at, _)| *at).collect();
    let first = all.iter().map(|time| at(times, &|row| values[row], *time)).collect();
    let second = all.iter().map(|time| at(&seen_times, &|row| seen[row].1, *time)).collect();
    (all, first, second)
}
