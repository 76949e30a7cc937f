//! The pictures of a run and the files they go to.

use super::pictures::{PictureError, connections, latency, memory, outcomes, recorded};
use crate::observe::Record;
use crate::scenario::{ClaimTest, Measure, Scenario};

/// What there are pictures of. The file of one is `connections.svg`, or `connections-NAME.svg` for
/// each when a scenario has several servers or fleets.
const DRAWINGS: [&str; 4] = ["connections", "outcomes", "latency", "memory"];
/// The file of a series beside its recording is `recorded-ID.svg`, with the id of the claim.
const RECORDED: &str = "recorded";

/// A picture: the name of its file, and its SVG or why there is none.
pub type Drawing = (String, Result<String, PictureError>);

type Draw = fn(&Scenario, &Record, usize) -> Result<String, PictureError>;

/// Draws the pictures of a run: connections for each server, the rest for each fleet, and one for each
/// claim about a recorded series.
pub fn drawings(scenario: &Scenario, record: &Record) -> Vec<Drawing> {
    let servers: Vec<&str> = scenario.settings.servers.iter().map(|s| s.name.as_str()).collect();
    let fleets: Vec<&str> = scenario.settings.fleets.iter().map(|f| f.name.as_str()).collect();
    let draw: [(Draw, &[&str]); 4] =
        [(connections, &servers), (outcomes, &fleets), (latency, &fleets), (memory, &fleets)];
    let mut drawn = Vec::new();
    for (what, (draw, parts)) in DRAWINGS.into_iter().zip(draw) {
        for (index, part) in parts.iter().enumerate() {
            let name = match parts.len() {
                1 => format!("{what}.svg"),
                _ => format!("{what}-{part}.svg"),
            };
            drawn.push((name, draw(scenario, record, index)));
        }
    }
    for claim in &scenario.claims {
        if let ClaimTest::Outcome { measure: Measure::Recorded(asked), .. } = &claim.test {
            let name = format!("{RECORDED}-{}.svg", claim.id);
            drawn.push((name, recorded(scenario, record, asked)));
        }
    }
    drawn
}

/// Whether a file of this name is a picture of some run.
pub fn is_drawing(name: &str) -> bool {
    let rest = DRAWINGS.iter().chain([&RECORDED]).find_map(|what| name.strip_prefix(what));
    rest.is_some_and(|rest| rest == ".svg" || (rest.starts_with('-') && rest.ends_with(".svg")))
}
