//! The scenario as written.

use super::check::complete;
use super::files::{self, Load};
use super::problems::Findings;
use super::table::{Kind, TOP};
use super::tree::{Node, Path};
use super::variation::Variation;

/// A scenario as written: the file over its bases, under the settings of the command line, each
/// value with its place.
pub(crate) struct RawScenario {
    /// The name of the file without folder and ending.
    pub name: String,
    /// The tree as it was written, all files merged.
    pub written: Node,
    /// The same tree checked against the table, with presets and defaults filled in.
    pub complete: Node,
}

impl RawScenario {
    /// Reads the file `name`; `None` when it, or a file it starts from, has no tree at all.
    pub fn load(
        name: &str,
        load: Load,
        variation: &Variation,
        findings: &mut Findings,
    ) -> Option<RawScenario> {
        let written = variation.tree(name, load, findings)?;
        let complete = complete(&Kind::Object(&TOP), &written, &Path::Top, findings);
        Some(RawScenario { name: files::stem(name).to_string(), written, complete })
    }
}
