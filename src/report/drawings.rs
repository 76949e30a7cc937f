//! The pictures of a run and the files they go to.

use super::pictures::{PictureError, connections, latency, memory, outcomes, stacked};
use crate::observe::Record;
use crate::scenario::Scenario;

/// The names of all pictures.
pub const DRAWINGS: [&str; 4] = ["connections.svg", "outcomes.svg", "latency.svg", "memory.svg"];

/// One picture of one server or fleet.
type Draw = fn(&Scenario, &Record, usize) -> Result<String, PictureError>;

/// Draws the pictures of a run: the name of each file, and its SVG or why there is none. A scenario
/// with several servers or fleets has their pictures one below the other in the same file.
pub fn drawings(
    scenario: &Scenario,
    record: &Record,
) -> Vec<(&'static str, Result<String, String>)> {
    let (servers, fleets) = (scenario.settings.servers.len(), scenario.settings.fleets.len());
    let draws: [(Draw, usize); 4] =
        [(connections, servers), (outcomes, fleets), (latency, fleets), (memory, fleets)];
    let all = |(draw, parts): (Draw, usize)| {
        let pictures: Result<Vec<String>, PictureError> =
            (0..parts).map(|part| draw(scenario, record, part)).collect();
        pictures.map(|pictures| stacked(&pictures)).map_err(|error| error.to_string())
    };
    DRAWINGS.into_iter().zip(draws.map(all)).collect()
}
