//! A run of `highwater reality`: what it found, and the two tables it wrote.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::redis::Redis;
use crate::misfits::{Seen, misfits};

/// One live run at a time: two would make each other late.
static ALONE: Mutex<()> = Mutex::new(());

/// What a live run found.
pub struct Live {
    /// The object it printed.
    pub found: Value,
    /// How late driver and operator were at most.
    pub late_s: f64,
    measured: Rows,
    simulated: Rows,
}

/// A table: names of the columns, rows of values.
struct Rows {
    names: Vec<String>,
    rows: Vec<Vec<f64>>,
}

/// The turn of one test.
pub fn turn() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The command against a server, with as many descriptors as the hard limit allows.
pub fn command(scenario: &str, redis: &Redis, more: &str) -> Command {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/reality").join(scenario);
    let script = format!(
        "ulimit -S -n $(ulimit -H -n) && exec '{}' reality '{}.json' --server {} {more}",
        env!("CARGO_BIN_EXE_highwater"),
        file.display(),
        redis.address(),
    );
    // Before other work of this machine, where that is allowed.
    let mut command = Command::new("nice");
    command.args(["-n", "-20", "sh", "-c", &script]);
    command
}

/// Drives a fresh server with a shipped scenario.
pub fn live(scenario: &str) -> Live {
    live_with(scenario, &[])
}

/// The same with some keys set anew. A run whose driver was too late is repeated once.
pub fn live_with(scenario: &str, set: &[(&str, &str)]) -> Live {
    let _turn = turn();
    for _ in 0..2 {
        let redis = Redis::start();
        let folder = tempfile::tempdir().unwrap();
        let mut out = format!("--format json --out '{}'", folder.path().display());
        for (path, value) in set {
            out.push_str(&format!(" --set '{path}={value}'"));
        }
        let output = command(scenario, &redis, &out).output().unwrap();
        let found = object(&output);
        let misfits = misfits("reality", &found, &mut Seen::new());
        assert!(misfits.is_empty(), "not as docs/json.md says: {misfits:#?}");
        let seconds = |name: &str| found["late"][name].as_f64().unwrap();
        let late_s = seconds("driver_s_max").max(seconds("operator_s_max"));
        if found["late"]["too_much"] == false {
            let rows = |name: &str| Rows::read(&folder.path().join(name));
            let (measured, simulated) = (rows("measured.csv"), rows("simulated.csv"));
            return Live { found, late_s, measured, simulated };
        }
        eprintln!("{scenario}: late: {}", found["late"]);
    }
    panic!("{scenario}: driver or server were late twice: this machine is too busy for a live run")
}

fn object(output: &Output) -> Value {
    let err = String::from_utf8_lossy(&output.stderr);
    let code = output.status.code();
    assert!(matches!(code, Some(0 | 1 | 4)), "exit code {code:?}: {err}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {err}"))
}

impl Live {
    /// Asserts that every figure is in the band of the command.
    pub fn assert_within(&self) {
        let figures = self.found["figures"].as_array().unwrap();
        let outside: Vec<_> = figures.iter().filter(|figure| figure["within"] != true).collect();
        assert!(outside.is_empty() && figures.len() >= 10, "{outside:#?}");
    }

    /// Time and value of a measured series at each row.
    pub fn measured(&self, series: &str) -> Vec<(f64, f64)> {
        self.measured.column(series)
    }

    /// The same as simulated.
    pub fn simulated(&self, series: &str) -> Vec<(f64, f64)> {
        self.simulated.column(series)
    }
}

impl Rows {
    fn read(path: &Path) -> Rows {
        let text = std::fs::read_to_string(path).unwrap();
        let mut lines = text.lines();
        let names = lines.next().unwrap().split(',').map(str::to_string).collect();
        let row = |line: &str| line.split(',').map(|cell| cell.parse().unwrap()).collect();
        Rows { names, rows: lines.map(row).collect() }
    }

    fn column(&self, series: &str) -> Vec<(f64, f64)> {
        let column = self.names.iter().position(|name| name == series);
        let column = column.unwrap_or_else(|| panic!("there is no {series} in {:?}", self.names));
        self.rows.iter().map(|row| (row[0], row[column])).collect()
    }
}
