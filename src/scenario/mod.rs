//! Scenario files: from text to [`Scenario`], with every problem named at its place.
//!
//! The way: text becomes a tree in which every value knows its place (`text`), laid over its base
//! file and under the settings of the command line (`files`, `merge`, `overrides`), checked and
//! completed by the one table of keys (`table`, `check`): the scenario as written (`raw`). Then
//! names become indices and texts quantities (`mean`): the scenario as meant, [`Scenario`].

mod cases;
mod cells;
mod check;
mod complaint;
#[cfg(test)]
mod every_key;
mod files;
mod filling;
mod healthy;
mod hints;
mod instant;
mod knob;
mod mean;
mod meant;
mod merge;
mod outside;
mod overrides;
mod presets;
mod problems;
mod raw;
mod recording;
mod reference;
mod remedies;
mod scalar;
mod schema;
mod starter;
mod table;
mod text;
mod tree;
mod variant;
mod variation;
mod view;
mod written;

pub use cases::{Case, cases};
pub use hints::nearest as nearest_name;
pub use knob::{Knob, Level, NORMAL_ENDS, Range, Scale, Values, Wanted};
pub use mean::{SeriesInfo, series};
pub use meant::*;
pub use outside::cut_outside;
pub use presets::{Preset, presets};
pub use problems::{Problem, Problems};
pub use reference::{metrics_page, presets_page, reference};
pub use remedies::{Measures, NotAtHand, Remedy};
pub use schema::schema;
pub use starter::starter;
pub use table::PresetKind;
pub use table::claims::is_event;
pub use variant::{Change, Origin};
pub use variation::{Variation, WhichClaims};

pub(crate) use hints::nearest;

use problems::Findings;
use raw::RawScenario;

/// Reads the scenario in the file `name`.
///
/// `load` reads a file by its name: the library itself touches no files. A base file, or one with
/// comma-separated values, is asked for by its name relative to the folder of the file that names it. `overrides` are settings from
/// the command line, each a dotted path and a value, applied in order over what the files say.
///
/// # Errors
///
/// All problems at once, each with its file, line and column; see [`Problems`].
///
/// ```
/// let file = r#"{
///     "format": 1, "duration": "10min",
///     "servers": { "redis": { "preset": "redis-7.2", "maxclients": 100 } },
///     "fleets": { "shop": {
///         "arrivals": { "poisson": { "rate": "50/s" } },
///         "connections": { "main": { "pooled": { "max": 10 } } },
///         "steps": [ { "call": { "server": "redis", "through": "main" } } ]
///     } }
/// }"#;
/// let load = |_: &str| Ok(file.as_bytes().to_vec());
/// let set = [("fleets.shop.connections.main.pooled.max".to_string(), "5".to_string())];
/// let scenario = highwater::scenario::read("shop.json", &load, &set).unwrap();
/// assert_eq!(scenario.settings.servers[0].maxclients, 100);
///
/// let problems = highwater::scenario::read("shop.json", &|_| Ok(b"{".to_vec()), &[]).unwrap_err();
/// assert_eq!(problems.to_string().lines().next().unwrap(),
///     "shop.json:1:2: the file ends inside an object (is the file complete?)");
/// ```
pub fn read(
    name: &str,
    load: &dyn Fn(&str) -> std::io::Result<Vec<u8>>,
    overrides: &[(String, String)],
) -> Result<Scenario, Problems> {
    read_variation(name, load, &Variation { set: overrides.to_vec(), ..Variation::default() })
}

/// Reads the scenario in the file `name` as it is with all that differs.
///
/// # Errors
///
/// All problems at once, as with [`read`]; a path of `variation` that leads nowhere is one.
pub fn read_variation(
    name: &str,
    load: &dyn Fn(&str) -> std::io::Result<Vec<u8>>,
    variation: &Variation,
) -> Result<Scenario, Problems> {
    let mut findings = Findings::default();
    let raw = RawScenario::load(name, load, variation, &mut findings);
    let scenario = raw.map(|raw| mean::scenario(&raw, name, load, &mut findings));
    match (findings.into_problems(), scenario) {
        (None, Some(scenario)) => Ok(scenario),
        (problems, _) => Err(problems.unwrap_or_default()),
    }
}
