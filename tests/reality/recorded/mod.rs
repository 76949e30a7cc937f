//! The experiments, one module each, and the table of all of them.

mod e1;
mod e10;
mod e2;
mod e6;
mod e8;
mod kernel;
mod limits;

use std::sync::LazyLock;

use highwater::observe::Record;
use highwater::scenario::Scenario;

use crate::figures::folder;
use crate::files::{over_runs, read_file};
use crate::generated::check;
use crate::table::{Line, markdown};
use crate::{e5, e8b};

const INTRODUCTION: &str = include_str!("introduction.md");

/// What an experiment gave; each is simulated once, for its own test and for the table.
type Lines = LazyLock<Vec<Line>>;

/// A scenario of these tests.
fn scenario(name: &str) -> Scenario {
    scenario_with(name, &[])
}

/// The same with some keys set anew.
fn scenario_with(name: &str, set: &[(&str, &str)]) -> Scenario {
    read_file(&folder("scenarios").join(name).with_extension("json"), set)
}

/// The only run of a scenario in which nothing is left to chance.
fn played(scenario: &Scenario) -> Record {
    over_runs(scenario, 1, |record| record).remove(0)
}

/// The last value of a series.
fn last(record: &Record, series: &str) -> f64 {
    *record.find(series).unwrap_or_else(|| panic!("there is no {series}")).values.last().unwrap()
}

/// The highest value of a series, between its rows too.
fn peak(record: &Record, series: &str) -> f64 {
    let series = record.find(series).unwrap_or_else(|| panic!("there is no {series}"));
    let values = series.peaks.as_ref().unwrap_or(&series.values);
    values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

#[test]
fn the_table_of_predicted_against_recorded_is_up_to_date() {
    let all = [
        &e1::LINES,
        &e2::LINES,
        &e5::LINES,
        &e6::LINES,
        &e8::LINES,
        &e8b::LINES,
        &kernel::LINES,
        &limits::LINES,
        &e10::LINES,
    ];
    let lines: Vec<Line> = all.into_iter().flat_map(|lines| lines.iter().cloned()).collect();
    check("docs/reality.md", &format!("{INTRODUCTION}\n{}", markdown(&lines)));
}
