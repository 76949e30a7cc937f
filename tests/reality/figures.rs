//! The recordings: figures of each run, and series of one run.

use std::path::{Path, PathBuf};

use highwater::observe::Record;
use serde_json::Value;

const FIGURES: &str = include_str!("recordings/figures.json");

/// A figure of several runs of one experiment.
#[derive(Clone, Copy, Debug)]
pub struct Recorded {
    /// The least.
    pub least: f64,
    /// The mean.
    pub mean: f64,
    /// The greatest.
    pub most: f64,
    /// The standard deviation over the runs; NaN of a single one.
    pub sd: f64,
    /// How many.
    pub runs: f64,
}

impl Recorded {
    /// Of these runs.
    pub fn of(values: &[f64]) -> Recorded {
        let runs = values.len() as f64;
        let mean = values.iter().sum::<f64>() / runs;
        let squares = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>();
        Recorded {
            least: values.iter().copied().fold(f64::INFINITY, f64::min),
            mean,
            most: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            sd: (squares / (runs - 1.0)).sqrt(),
            runs,
        }
    }

    /// So much more.
    pub fn plus(self, more: f64) -> Recorded {
        let Recorded { least, mean, most, sd, runs } = self;
        Recorded { least: least + more, mean: mean + more, most: most + more, sd, runs }
    }

    /// In another unit.
    pub fn times(self, factor: f64) -> Recorded {
        let Recorded { least, mean, most, sd, runs } = self;
        let (least, mean, most) = (least * factor, mean * factor, most * factor);
        Recorded { least, mean, most, sd: sd * factor, runs }
    }
}

/// A figure of a recorded experiment.
pub fn recorded(experiment: &str, figure: &str) -> Recorded {
    let all: Value = serde_json::from_str(FIGURES).unwrap();
    let runs = all[experiment][figure].as_array();
    let runs = runs.unwrap_or_else(|| panic!("{experiment} has recorded {figure}"));
    let values: Vec<f64> = runs.iter().filter_map(Value::as_f64).collect();
    Recorded::of(&values)
}

/// A recorded series of one run.
pub struct Series {
    names: Vec<String>,
    rows: Vec<Vec<f64>>,
}

/// The series of an experiment.
pub fn series(experiment: &str) -> Series {
    let file = folder("recordings").join(experiment).with_extension("csv");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let mut lines = text.lines();
    let names = lines.next().unwrap().split(',').map(str::to_string).collect();
    let row = |line: &str| line.split(',').map(|cell| cell.parse().unwrap()).collect();
    Series { names, rows: lines.map(row).collect() }
}

impl Series {
    /// The instants in seconds, and the values of a column.
    pub fn column(&self, name: &str) -> Vec<(f64, f64)> {
        let index = self.names.iter().position(|n| n == name);
        let index = index.unwrap_or_else(|| panic!("there is no column {name}"));
        self.rows.iter().map(|row| (row[0], row[index])).collect()
    }

    /// The greatest distance between a column and a simulated series at the same instants before
    /// `until`, in seconds.
    pub fn distance(&self, name: &str, record: &Record, simulated: &str, until: f64) -> f64 {
        let apart = |(at, value): (f64, f64)| (sample(record, simulated, at) - value).abs();
        let before = self.column(name).into_iter().filter(|(at, _)| *at < until);
        before.map(apart).fold(0.0, f64::max)
    }
}

/// The value of a simulated series at an instant: that of the last row not later.
pub fn sample(record: &Record, name: &str, at_s: f64) -> f64 {
    let series = record.find(name).unwrap_or_else(|| panic!("there is no {name}"));
    let later = record.times.iter().position(|at| at.as_secs_f64() > at_s);
    series.values[later.unwrap_or(record.times.len()).saturating_sub(1)]
}

/// A folder of these tests.
pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reality").join(name)
}
