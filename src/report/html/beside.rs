//! Run 0 of every side of a comparison, on the same axes.

use serde_json::{Value, json};

use super::chart::{Across, Chart, Column, Ground, Role};
use super::detail::Detail;
use super::reduce::Grid;
use super::text::number;
use crate::observe::Record;
use crate::scenario::Scenario;
use crate::units::Unit;

/// Lines that can be told apart in one chart.
const SIDES: usize = 8;

/// What a chart shows: its title behind the name of the part, the end of the name of its series, its unit,
/// and whether it is a counter, of which the increase is shown.
type Shown = (&'static str, &'static str, Unit, bool);

const OF_SERVERS: &[Shown] = &[
    ("connections", "connected_clients", Unit::Count, false),
    ("refused per second", "rejected_connections", Unit::PerSecond, true),
];
const OF_FLEETS: &[Shown] = &[
    ("served per second", "succeeded", Unit::PerSecond, true),
    ("failed per second", "failed", Unit::PerSecond, true),
    ("attempts per second", "attempts", Unit::PerSecond, true),
];

/// The sides as they are drawn together: each with its name and its record.
pub(super) struct Beside<'a> {
    sides: Vec<(String, &'a Record)>,
    grid: Grid,
    left_out: usize,
}

impl<'a> Beside<'a> {
    /// Sides whose rows are not at the instants of the first one's are left out.
    pub(super) fn new(sides: Vec<(String, &'a Record)>, detail: Detail) -> Option<Beside<'a>> {
        let all = sides.len();
        let first = sides.first()?.1;
        let fits = |(_, record): &(String, &Record)| record.times == first.times;
        let sides: Vec<_> = sides.into_iter().filter(fits).take(SIDES).collect();
        let left_out = all - sides.len();
        Some(Beside { grid: Grid::new(first, detail.points), sides, left_out })
    }

    /// What the charts share.
    pub(super) fn shared(&self, scenario: &Scenario) -> Value {
        json!({
            "levels": self.grid.level_times().into_iter().map(number).collect::<Vec<_>>(),
            "rates": self.grid.rate_times().into_iter().map(number).collect::<Vec<_>>(),
            "marks": [],
            "start": scenario.about.start.map(|start| start.unix_s.to_string()),
        })
    }

    /// The charts of the servers and fleets that the first side has.
    pub(super) fn charts(&self, scenario: &Scenario, detail: Detail) -> String {
        let servers = scenario.settings.servers.iter().map(|s| ("servers", &s.name, OF_SERVERS));
        let fleets = scenario.settings.fleets.iter().map(|f| ("fleets", &f.name, OF_FLEETS));
        let of_part = |(kind, name, shown): (&str, &String, &'static [Shown])| {
            let part = format!("{kind}.{name}");
            let one = |shown: &Shown| self.chart(name, &part, shown);
            shown.iter().filter_map(one).collect::<Vec<_>>()
        };
        let charts: Vec<Chart> = fleets.chain(servers).flat_map(of_part).collect();
        let (level_times, rate_times) = (self.grid.level_times(), self.grid.rate_times());
        let start = scenario.about.start;
        let ground = Ground { level_times: &level_times, rate_times: &rate_times, start, detail };
        let mut out = String::from(
            "<p class=\"note\">The first run of every side: the same chance, so that lines part where \
             what differs begins to matter.</p>\n",
        );
        for (index, chart) in charts.iter().take(detail.charts).enumerate() {
            out.push_str(&chart.figure(&format!("chart-{}", index + 1), &ground));
        }
        if self.left_out > 0 {
            out.push_str(&format!(
                "<p class=\"note\">{} sides are left out: there are more than {SIDES}, or their rows are at \
                 other instants.</p>\n",
                self.left_out
            ));
        }
        out
    }

    /// `None` when nothing of it ever is.
    fn chart(&self, name: &str, part: &str, shown: &Shown) -> Option<Chart> {
        let (title, series, unit, counter) = shown;
        let column = |(colour, (side, record)): (usize, &(String, &Record))| {
            let series = record.find(&format!("{part}.{series}"))?;
            let (role, values) = match counter {
                true => (Role::Step, self.grid.rates(&series.values)),
                false => (Role::Line, self.grid.series(series)),
            };
            Some(Column::new(side.as_str(), role, colour, values))
        };
        let columns: Vec<Column> = self.sides.iter().enumerate().filter_map(column).collect();
        columns.iter().any(Column::shows).then(|| Chart {
            title: format!("{name}: {title}"),
            caption: String::new(),
            unit: *unit,
            log: false,
            across: if *counter { Across::Rates } else { Across::Levels },
            columns,
        })
    }
}
