//! Measured against simulated, series by series.
//!
//! Each row of a series has a window: from the lowest to the highest simulated value within
//! [`SLACK`], and what driver and operator were late, before and after it. A measured row lies in its
//! band when it lies in its window, give or take [`ROW_SHARE`] of the highest value of the series, or
//! one connection. A mean or a last value lies in its band when it lies between those of the lower
//! and the upper ends of all windows, give or take [`SHARE`], or one connection; a highest value,
//! which is that of one row, give or take [`ROW_SHARE`].

use highwater::units::{SimTime, Span, Unit};

use super::driven::{Driven, FleetRow};
use super::operator::Sampled;
use super::server::Counts;
use super::simulated::Simulated;

/// A period of the server's cron at its default rate: where in it a run begins nobody knows.
const SLACK: Span = Span::from_ns(100_000_000);
/// Plateaus and lifetimes of recorded runs repeat to 3 %.
const SHARE: f64 = 0.03;
/// Where in its list of clients a server's sweep stands when a run begins nobody knows either: rows
/// of eight runs of a leak under an idle timeout differ by up to 19 of 406 clients.
const ROW_SHARE: f64 = 0.05;

/// One series, measured and simulated at the same rows.
#[derive(Debug)]
pub struct Column {
    /// Its name, as in `timeseries.csv`.
    pub name: String,
    /// What is made of it.
    kind: Kind,
    /// When each row was really taken.
    taken: Vec<SimTime>,
    /// The measured values.
    pub measured: Vec<f64>,
    /// The simulated values.
    pub simulated: Vec<f64>,
    /// The simulated values at rows close together.
    fine: Vec<f64>,
    step: Span,
}

/// What is made of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Nothing: what the driver did is in the file, and no finding.
    Kept,
    /// Only grows.
    Counter,
    /// Goes up and down.
    Level,
}

/// One figure, measured and simulated.
#[derive(Clone, Debug)]
pub struct Line {
    /// The series.
    pub series: String,
    /// What is taken of it.
    pub figure: String,
    /// As measured; infinite for what never came.
    pub measured: f64,
    /// As simulated.
    pub simulated: f64,
    /// The band around the simulated value: from here to here.
    pub band: (f64, f64),
    /// Seconds or a number.
    pub unit: Unit,
}

impl Line {
    /// Whether the measured figure is in the band.
    pub fn is_within(&self) -> bool {
        (self.band.0..=self.band.1).contains(&self.measured)
    }

    /// Measured less simulated; nothing when neither ever came.
    pub fn difference(&self) -> f64 {
        if self.measured == self.simulated { 0.0 } else { self.measured - self.simulated }
    }
}

/// The columns of both files, in order. `rows` are the instants that were asked for.
pub fn columns(
    server: &str,
    fleets: &[String],
    rows: &[SimTime],
    simulated: &Simulated,
    sampled: &Sampled,
    driven: &Driven,
) -> Vec<Column> {
    type OfServer = fn(&Counts) -> u64;
    type OfFleet = fn(&FleetRow) -> u64;
    let of_server: [(&str, Kind, OfServer); 3] = [
        ("connected_clients", Kind::Level, |counts| counts.clients),
        ("rejected_connections", Kind::Counter, |counts| counts.rejected),
        ("total_connections_received", Kind::Counter, |counts| counts.received),
    ];
    let of_fleet: [(&str, Kind, OfFleet); 4] = [
        ("requests", Kind::Kept, |row| row.requests),
        ("failed", Kind::Kept, |row| row.failed),
        ("succeeded", Kind::Counter, |row| row.succeeded),
        ("sockets.close_wait", Kind::Level, |row| row.close_wait),
    ];
    let mut columns = Vec::new();
    for (what, kind, of) in of_server {
        let measured = sampled.rows.iter().map(|(at, counts)| (*at, of(counts)));
        let name = format!("servers.{server}.{what}");
        columns.push(Column::new(name, kind, rows, measured.collect(), simulated));
    }
    for (index, fleet) in fleets.iter().enumerate() {
        for (what, kind, of) in of_fleet {
            let measured = driven.rows.iter().map(|row| (row.at, of(&row.fleets[index])));
            let name = format!("fleets.{fleet}.{what}");
            columns.push(Column::new(name, kind, rows, measured.collect(), simulated));
        }
    }
    columns
}

impl Column {
    fn new(
        name: String,
        kind: Kind,
        rows: &[SimTime],
        measured: Vec<(SimTime, u64)>,
        simulated: &Simulated,
    ) -> Column {
        let fine = simulated.record.find(&name).map_or(Vec::new(), |series| series.values.clone());
        let mut column = Column {
            name,
            kind,
            taken: measured.iter().map(|(at, _)| *at).collect(),
            measured: measured.iter().map(|(_, value)| *value as f64).collect(),
            simulated: Vec::new(),
            fine,
            step: simulated.step,
        };
        column.simulated = rows.iter().map(|at| column.between(*at, *at).0).collect();
        column
    }

    /// The lowest and the highest simulated value from the row at or before `from` to the one at or
    /// after `to`; at one instant, twice the value of its row.
    fn between(&self, from: SimTime, to: SimTime) -> (f64, f64) {
        let last = self.fine.len().saturating_sub(1);
        let step = self.step.as_ns().max(1);
        let (from, to) = ((from.as_ns() / step) as usize, to.as_ns().div_ceil(step) as usize);
        let window = self.fine.get(from.min(last)..=to.min(last)).unwrap_or_default();
        let low = window.iter().copied().fold(f64::INFINITY, f64::min);
        (low, window.iter().copied().fold(f64::NEG_INFINITY, f64::max))
    }

    /// Where the simulated value lies around each row that was taken.
    fn windows(&self, rows: &[SimTime], late: Span) -> Vec<(f64, f64)> {
        let around = Span::from_ns(SLACK.as_ns() + late.as_ns());
        let window = |(row, taken): (&SimTime, &SimTime)| {
            let from = row.min(taken).as_ns().saturating_sub(around.as_ns());
            self.between(SimTime::from_ns(from), *row.max(taken) + around)
        };
        rows.iter().zip(&self.taken).map(window).collect()
    }

    /// The figures of this column.
    fn lines(&self, rows: &[SimTime], late: Span) -> Vec<Line> {
        let windows = self.windows(rows, late);
        let (lows, highs): (Vec<f64>, Vec<f64>) = windows.iter().copied().unzip();
        let line = |figure: &str, share: f64, of: fn(&[f64]) -> f64| {
            let simulated = of(&self.simulated);
            let off = (share * simulated).max(1.0);
            Line {
                series: self.name.clone(),
                figure: figure.to_string(),
                measured: of(&self.measured),
                simulated,
                band: (of(&lows) - off, of(&highs) + off),
                unit: Unit::Count,
            }
        };
        let mut lines = match self.kind {
            Kind::Kept => return Vec::new(),
            Kind::Counter => {
                vec![line("at the end", SHARE, |values| values.last().copied().unwrap_or(0.0))]
            }
            Kind::Level => vec![line("mean", SHARE, mean), line("highest", ROW_SHARE, highest)],
        };
        lines.extend(self.widest(rows, &windows));
        lines
    }

    /// The row that is farthest from its band, or, when all are in it, farthest from its simulated
    /// value.
    fn widest(&self, rows: &[SimTime], windows: &[(f64, f64)]) -> Option<Line> {
        let off = (ROW_SHARE * highest(&self.fine)).max(1.0);
        let line = |(index, (low, high)): (usize, &(f64, f64))| {
            let (measured, simulated) = (*self.measured.get(index)?, *self.simulated.get(index)?);
            let band = (low - off, high + off);
            let outside = (band.0 - measured).max(measured - band.1).max(0.0);
            let line = Line {
                series: self.name.clone(),
                figure: format!("widest apart, at {} s", rows.get(index)?.as_secs_f64()),
                measured,
                simulated,
                band,
                unit: Unit::Count,
            };
            Some((outside, (measured - simulated).abs(), line))
        };
        let lines = windows.iter().enumerate().filter_map(line);
        let farther = |a: &(f64, f64, Line), b: &(f64, f64, Line)| {
            a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
        };
        lines.max_by(farther).map(|(_, _, line)| line)
    }
}

/// All figures: those of each column, and the time of the first refusal, measured and simulated.
/// `gap_s` is the mean time between two arrivals.
pub fn lines(
    columns: &[Column],
    rows: &[SimTime],
    late: Span,
    gap_s: f64,
    (rejected, measured, simulated): (&str, f64, f64),
) -> Vec<Line> {
    let mut lines: Vec<Line> = columns.iter().flat_map(|column| column.lines(rows, late)).collect();
    let off = if simulated.is_finite() {
        (SHARE * simulated).max(gap_s) + late.as_secs_f64()
    } else {
        0.0
    };
    lines.push(Line {
        series: rejected.to_string(),
        figure: "first".to_string(),
        measured,
        simulated,
        band: (simulated - off, simulated + off),
        unit: Unit::Seconds,
    });
    lines
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn highest(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A level that climbs by 100 a second, sampled every second, fine rows every 10 ms.
    fn climbing(measured: [f64; 3], taken_ms: [u64; 3]) -> Column {
        let at = |ms: u64| SimTime::from_ns(ms * 1_000_000);
        let mut column = Column {
            name: "clients".to_string(),
            kind: Kind::Level,
            taken: taken_ms.map(at).to_vec(),
            measured: measured.to_vec(),
            simulated: Vec::new(),
            fine: (0..=200).map(f64::from).collect(),
            step: Span::from_ns(10_000_000),
        };
        column.simulated = rows().iter().map(|at| column.between(*at, *at).0).collect();
        column
    }

    fn rows() -> [SimTime; 3] {
        [0, 1, 2].map(|s| SimTime::from_ns(s * 1_000_000_000))
    }

    fn widest(column: &Column) -> Line {
        let windows = column.windows(&rows(), Span::ZERO);
        column.widest(&rows(), &windows).expect("there are rows")
    }

    #[test]
    fn a_row_may_be_a_cron_period_off_and_some_percent_of_the_highest() {
        let on_time = [0, 1000, 2000];
        // 100 at 1 s: 90 to 110 within 0.1 s, and 10 of 200 besides.
        assert!(widest(&climbing([0.0, 120.0, 200.0], on_time)).is_within());
        let above = widest(&climbing([0.0, 121.0, 200.0], on_time));
        assert!(!above.is_within() && above.figure.ends_with("at 1 s"), "{above:?}");
        assert!(widest(&climbing([0.0, 80.0, 200.0], on_time)).is_within());
        assert!(!widest(&climbing([0.0, 79.0, 200.0], on_time)).is_within());
    }

    #[test]
    fn a_row_taken_late_is_held_against_what_was_simulated_until_then() {
        assert!(!widest(&climbing([0.0, 140.0, 200.0], [0, 1000, 2000])).is_within());
        assert!(widest(&climbing([0.0, 140.0, 200.0], [0, 1200, 2000])).is_within());
    }

    #[test]
    fn what_never_comes_on_either_side_is_no_difference() {
        let never = lines(&[], &[], Span::ZERO, 0.1, ("refused", f64::INFINITY, f64::INFINITY));
        assert!(never[0].is_within() && never[0].difference() == 0.0, "{never:?}");
        let once = lines(&[], &[], Span::ZERO, 0.1, ("refused", 5.0, f64::INFINITY));
        assert!(!once[0].is_within(), "{once:?}");
    }
}
