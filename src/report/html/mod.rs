//! `report.html`: one file that opens offline, for a run, a sweep and a comparison.
//!
//! What is written here is plain markup that reads without scripts: headings, tables, lists. A chart is a
//! figure with its data beside it, once for the script (an island of JSON) and once as a table; the script
//! (`page.js`, with uPlot) turns the islands into charts. A page holds no clock and asks for nothing: the
//! same run gives the same bytes, and its policy forbids the network. Every text of a scenario is escaped
//! where it is put in (`text`), and everything shrinks until the file is small (`detail`).

mod beside;
mod chart;
mod compare;
mod detail;
mod page;
mod reduce;
mod run;
mod sweep;
mod table;
#[cfg(test)]
mod tests;
mod text;

pub use compare::compare;
pub use run::run;
pub use sweep::sweep;

use text::escape;

/// The name of the file.
pub const FILE: &str = "report.html";

/// Facts below a title: each with its name.
fn facts(facts: &[(&str, String)]) -> String {
    let one = |(name, value): &(&str, String)| {
        format!("<div><dt>{}</dt><dd>{}</dd></div>", escape(name), escape(value))
    };
    let all: String = facts.iter().filter(|(_, value)| !value.is_empty()).map(one).collect();
    format!("<dl class=\"facts\">{all}</dl>\n")
}

/// The command that makes the same file again, in a box to copy it from.
fn command(command: &str) -> String {
    format!("<pre class=\"command\" tabindex=\"0\"><code>{}</code></pre>\n", escape(command))
}
