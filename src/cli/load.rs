//! Scenario files from the disk.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use highwater::scenario::{self, Problems, Scenario, Variation, WhichClaims};

use super::Options;
use super::exit::Failure;

/// Bytes read of one file at most: enough to say that it is too large, and a bound for devices that
/// never end.
const MOST: u64 = 256 << 20;

/// Reads a scenario with the settings of the command line over it.
pub fn load(path: &Path, options: &Options) -> Result<Scenario, Failure> {
    read(path, options).map_err(Failure::Scenario)
}

/// The same, with the problems themselves.
pub fn read(path: &Path, options: &Options) -> Result<Scenario, Problems> {
    read_variation(path, options, &Variation::default())
}

/// The same with differences, whose settings come after those of the command line.
pub fn read_variation(
    path: &Path,
    options: &Options,
    variation: &Variation,
) -> Result<Scenario, Problems> {
    let mut settings = options.set.clone();
    settings.extend(variation.set.iter().cloned());
    if let Some(seed) = &options.seed {
        // A seed is a text whatever it looks like, so it is written as one.
        settings.push(("seed".to_string(), serde_json::Value::from(seed.as_str()).to_string()));
    }
    let shown = path.to_string_lossy();
    // A name that is not UTF-8 is shown as well as can be, and read as it is.
    let load = |name: &str| bytes(if name == shown { path } else { Path::new(name) });
    scenario::read_variation(&shown, &load, &Variation { set: settings, ..variation.clone() })
}

/// The scenario with the claims that goals may be about. Settings of the command line may leave claims
/// without meaning: then goals are about figures alone.
pub fn for_goals(path: &Path, options: &Options) -> Result<Scenario, Problems> {
    let of = |claims: WhichClaims| {
        read_variation(path, options, &Variation { claims, ..Variation::default() })
    };
    match of(WhichClaims::All) {
        // Without --set it is the file's own mistake.
        Err(_) if !options.set.is_empty() => of(WhichClaims::Nobody),
        scenario => scenario,
    }
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST).read_to_end(&mut bytes)?;
    Ok(bytes)
}
