//! The pictures of a run and the files they go to.

use crate::observe::Record;
use crate::scenario::Scenario;

/// The names of all pictures.
pub const DRAWINGS: [&str; 4] = ["connections.svg", "outcomes.svg", "latency.svg", "memory.svg"];

/// Draws the pictures of a run: the name of each file, and its SVG or why there is none.
pub fn drawings(_: &Scenario, _: &Record) -> Vec<(&'static str, Result<String, String>)> {
    Vec::new()
}
