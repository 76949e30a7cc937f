//! The files of a comparison, in `--out`.

use std::fs;
use std::io;
use std::path::Path;

use highwater::experiment::{Comparison, Side, simulate};
use highwater::report::{html, json};

use super::super::exit::Failure;
use super::super::files::whole;

const SUMMARY: &str = "compare.json";

/// Makes the folder, and removes the files of an earlier comparison.
pub fn prepare(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| Failure::io("create", folder, &error))?;
    for name in [SUMMARY, html::FILE] {
        let path = folder.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Failure::io("replace", &path, &error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Writes them and answers with their names.
pub fn write(
    folder: &Path,
    sides: &[Side],
    found: &Comparison,
    repeat: &str,
) -> Result<Vec<String>, Failure> {
    let Some(first) = sides.first() else { return Ok(Vec::new()) };
    // A comparison keeps figures and no series: the first run of each side is played again for those.
    let played = |side: &Side| simulate(&side.scenario, 0, &mut |_| {});
    let played: Vec<_> = sides.iter().map(|side| (&side.scenario, played(side))).collect();
    let summary = json::compare(&first.scenario, found, None);
    whole(&folder.join(SUMMARY), format!("{summary:#}\n"))?;
    whole(&folder.join(html::FILE), html::compare(&played, found, repeat))?;
    Ok([SUMMARY, html::FILE].map(str::to_string).to_vec())
}
