//! The pictures of a run and the files they go to.

use super::pictures::{Picture, PictureError, connections, latency, memory, outcomes, recorded};
use crate::observe::Record;
use crate::scenario::{ClaimTest, Measure, Scenario};

/// What there are pictures of. The file of one is `connections.svg`, or `connections-NAME.svg` for
/// each when a scenario has several servers or fleets. Built with the feature `png`, the same pictures
/// are also there as `connections.png`.
const DRAWINGS: [&str; 4] = ["connections", "outcomes", "latency", "memory"];
/// The file of a series beside its recording is `recorded-ID.svg`, with the id of the claim.
const RECORDED: &str = "recorded";

/// A picture: the name of its file, and what it holds or why there is none.
pub type Drawing = (String, Result<Vec<u8>, PictureError>);

type Drawn = Result<Picture<'static>, PictureError>;
type Draw = fn(&Scenario, &Record, usize) -> Drawn;

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
                1 => what.to_string(),
                _ => format!("{what}-{part}"),
            };
            drawn.extend(files(&name, draw(scenario, record, index)));
        }
    }
    for claim in &scenario.claims {
        if let ClaimTest::Outcome { measure: Measure::Recorded(asked), .. } = &claim.test {
            let name = format!("{RECORDED}-{}", claim.id);
            drawn.extend(files(&name, recorded(scenario, record, asked)));
        }
    }
    drawn
}

/// The files of a picture, one for each format that this build has.
pub(super) fn files(name: &str, picture: Result<Picture, PictureError>) -> Vec<Drawing> {
    let picture = match picture {
        Ok(picture) => picture,
        Err(error) => return vec![(format!("{name}.svg"), Err(error))],
    };
    vec![
        (format!("{name}.svg"), picture.svg().map(String::into_bytes)),
        #[cfg(feature = "png")]
        (format!("{name}.png"), picture.png()),
    ]
}

/// Whether a file of this name is a picture in a format that some build writes.
pub(super) fn has_format(name: &str) -> bool {
    name.ends_with(".svg") || name.ends_with(".png")
}

/// Whether a file of this name is a picture of some run.
pub fn is_drawing(name: &str) -> bool {
    let rest = DRAWINGS.iter().chain([&RECORDED]).find_map(|what| name.strip_prefix(what));
    let whole = |rest: &str| rest.starts_with('-') || rest.len() == ".svg".len();
    has_format(name) && rest.is_some_and(whole)
}
