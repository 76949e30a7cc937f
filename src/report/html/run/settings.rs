//! What was played, and how to play it again.

use super::super::detail::Detail;
use super::super::facts;
use super::super::page::Section;
use super::super::text::{cut, escape};
use crate::experiment::Outcome;
use crate::scenario::Scenario;

/// The command, what pins the result, and the settings, folded.
pub(super) fn section(
    scenario: &Scenario,
    outcome: &Outcome,
    command: &str,
    detail: Detail,
) -> Section {
    let pins = facts(&[
        ("seed", scenario.seed.clone()),
        ("runs", outcome.runs.to_string()),
        ("digest of everything simulated", outcome.digest.clone()),
        ("version", env!("CARGO_PKG_VERSION").to_string()),
    ]);
    let body = format!(
        "<p>This command gives the same digest, and the same bytes of this file:</p>\n{command}{pins}{}",
        written(scenario, detail)
    );
    Section::new("settings", "Settings", "Settings and how to repeat it", body)
}

/// The scenario as it was played; nothing where it was not read from a file.
fn written(scenario: &Scenario, detail: Detail) -> String {
    let Some(text) = scenario.written() else { return String::new() };
    let shown = cut(&text, detail.settings);
    let rest = match shown == text {
        true => "",
        false => "<p class=\"note\">The rest is left out to keep this file small.</p>\n",
    };
    format!(
        "<details><summary>The scenario as it was played, base files and --set merged, without its \
         claims and alerts</summary>\n<pre tabindex=\"0\"><code>{}</code></pre>\n{rest}</details>\n",
        escape(&shown)
    )
}
