//! `highwater check`.

use std::path::{Path, PathBuf};

use highwater::claims::amount;
use highwater::scenario::{Problems, Scenario};
use highwater::units::Unit;
use serde_json::{Value, json};

use super::exit::{Exit, Failure};
use super::progress::Progress;
use super::terminal::Terminal;
use super::{Format, Options, load, problems};

/// Reads every file and prints every problem of each.
pub fn check(paths: &[PathBuf], options: &Options, terminal: &Terminal) -> Result<Exit, Failure> {
    let (mut text, mut list) = (String::new(), Vec::new());
    let mut exits = Vec::new();
    let progress = Progress::new(paths.len(), terminal);
    for (index, path) in paths.iter().enumerate() {
        match load::read(path, options) {
            Ok(scenario) => {
                text.push_str(&fine(path, &scenario));
                list.push(fine_json(path, &scenario));
            }
            Err(found) => {
                exits.push(problems::exit(&found));
                text.push_str(&problems::text(&found, terminal.paint()));
                list.push(bad_json(path, &found));
            }
        }
        progress.note(index, 1.0, None);
    }
    progress.finish();
    match options.format {
        Format::Text => terminal.print(&text)?,
        Format::Json => terminal.print_json(&Value::Array(list))?,
    }
    // A bad file needs an editor, whatever else could not be read.
    let worst = [Exit::Bad, Exit::Io].into_iter().find(|exit| exits.contains(exit));
    Ok(worst.unwrap_or(Exit::AsExpected))
}

fn fine(path: &Path, scenario: &Scenario) -> String {
    format!(
        "{}: ok: {} simulated, {}, {}, {}\n",
        path.display(),
        amount(scenario.duration.as_secs_f64(), Unit::Seconds),
        counted(scenario.settings.servers.len(), "server"),
        counted(scenario.settings.fleets.len(), "fleet"),
        counted(scenario.claims.len(), "claim"),
    )
}

fn fine_json(path: &Path, scenario: &Scenario) -> Value {
    json!({
        "file": path.to_string_lossy(),
        "ok": true,
        "duration_s": highwater::report::json::number(scenario.duration.as_secs_f64()),
        "claims": scenario.claims.len(),
        "problems": [],
    })
}

fn bad_json(path: &Path, found: &Problems) -> Value {
    json!({ "file": path.to_string_lossy(), "ok": false, "problems": problems::json(found) })
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
