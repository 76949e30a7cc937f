//! `highwater run`.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use highwater::claims::{Agreement, agreement, amount, is_audited};
use highwater::experiment::{
    Outcome, Seen, healthy, replicate, replicate_audited, replicate_until, variants,
};
use highwater::report;
use highwater::report::json::Cost;
pub(super) use highwater::report::quoted;
use highwater::scenario::Scenario;
use highwater::units::Unit;

use super::exit::{Exit, Failure};
use super::files::Files;
use super::progress::Progress;
use super::terminal::Terminal;
use super::{Format, Options, study};

/// Simulates a scenario, writes its files, prints what was found.
pub fn run(
    path: &Path,
    (requests, audit): (bool, bool),
    asked: &study::Asked,
    options: &Options,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let (mut scenario, study) = asked.load(path, options, terminal)?;
    let aim = asked.aim(&scenario, options)?;
    scenario.keep_requests = requests;
    let files = options.out.as_deref().map(|folder| Files::create(folder, &scenario));
    let files = Mutex::new(files.transpose()?);
    let audited = audit && is_audited(&scenario);
    let variants = if audited { variants(&scenario) } else { Vec::new() };
    let runs = asked.begin(options);
    let all = (runs as usize).saturating_mul(1 + variants.len())
        + usize::from(healthy(&scenario).is_some());
    let progress = Progress::new(all, terminal);
    // A precision may ask for more runs than it begins with.
    let jobs = jobs(options, if aim.is_some() { all.max(study::BEGIN as usize) } else { all });
    let watch = |seen: Seen| {
        progress.show(seen);
        if seen.run == 0
            && let Some(files) = &mut *files.lock().unwrap_or_else(PoisonError::into_inner)
        {
            files.follow(seen.record);
        }
    };
    let (mut outcome, cost) = timed(|| match (&aim, audited) {
        (Some(aim), _) => {
            let variants = audited.then_some(variants);
            replicate_until(&scenario, variants, (runs, aim), jobs, &watch)
        }
        (None, true) => replicate_audited(&scenario, variants, runs, jobs, &watch),
        (None, false) => replicate(&scenario, runs, jobs, &watch),
    });
    progress.finish();
    if let Some(study) = study {
        outcome.study = study;
    }
    let repeat = |path: &Path| {
        let without = if !audit && is_audited(&scenario) { " --no-audit" } else { "" };
        repeat(path, &scenario, asked, options) + without
    };
    let files = files.into_inner().unwrap_or_else(PoisonError::into_inner);
    let written = match files {
        Some(files) => Some(files.finish(&scenario, &outcome, cost, &repeat(handed_on(path)))?),
        None => None,
    };
    match options.format {
        Format::Json => terminal.print_json(&report::json::run(&scenario, &outcome, cost))?,
        Format::Text => {
            let mut text = report::text::run(&scenario, &outcome, terminal.paint());
            if let (Some(written), Some(folder)) = (written, &options.out) {
                text.push_str(&format!("Files in {}: {}\n", folder.display(), written.join(", ")));
            }
            text.push_str(&format!("To repeat: {}\n", repeat(path)));
            terminal.print(&text)?;
        }
    }
    terminal.remark(&speed(&outcome, cost, jobs));
    Ok(exit(&outcome))
}

fn exit(outcome: &Outcome) -> Exit {
    match agreement(&outcome.claims) {
        Agreement::Differs => Exit::Differs,
        Agreement::Undecided => Exit::Undecided,
        // A run that did not reach its end has decided nothing.
        Agreement::AsExpected if outcome.stopped.is_some() => Exit::Undecided,
        // Nor has one that is not known as well as was asked, or has no steady state.
        Agreement::AsExpected if outcome.aimed.as_ref().is_some_and(|aimed| !aimed.reached) => {
            Exit::Undecided
        }
        Agreement::AsExpected if study::is_unsettled(&outcome.study) => Exit::Undecided,
        Agreement::AsExpected => Exit::AsExpected,
    }
}

#[expect(clippy::disallowed_methods, reason = "the clock measures the program, not the results")]
pub(super) fn timed<T>(work: impl FnOnce() -> T) -> (T, Cost) {
    let begun = Instant::now();
    let outcome = work();
    (outcome, Cost { wall_seconds: begun.elapsed().as_secs_f64() })
}

/// Threads to use: as asked for, or one for each core, never more than there are runs, `all`.
pub(super) fn jobs(options: &Options, all: usize) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let asked = options.jobs.map_or_else(cores, |jobs| jobs as usize);
    asked.min(all).max(1)
}

fn speed(outcome: &Outcome, cost: Cost, jobs: usize) -> String {
    let threads = if jobs == 1 { "1 thread".to_string() } else { format!("{jobs} threads") };
    let each = cost.wall_seconds / outcome.requests.max(1) as f64;
    format!(
        "{} requests in {} on {threads}: {} each\n",
        amount(outcome.requests as f64, Unit::Count),
        amount(cost.wall_seconds, Unit::Seconds),
        amount(each, Unit::Seconds),
    )
}

/// How a file that is handed on names the scenario: as it was typed, but nobody else has the folders of
/// this machine.
pub(super) fn handed_on(path: &Path) -> &Path {
    match path.file_name() {
        Some(name) if path.is_absolute() => Path::new(name),
        _ => path,
    }
}

/// The command that gives the same bytes again.
fn repeat(path: &Path, scenario: &Scenario, asked: &study::Asked, options: &Options) -> String {
    let mut command = format!("highwater run {}", quoted(&path.to_string_lossy()));
    command.push_str(&settings(options, &scenario.seed, asked.begin(options)));
    command.push_str(&asked.repeat());
    command
}

/// The options that a repetition needs besides its command.
pub(super) fn settings(options: &Options, seed: &str, runs: u32) -> String {
    let set = options.set.iter().map(|(path, value)| format!("{path}={value}"));
    let set: String = set.map(|setting| format!(" --set {}", quoted(&setting))).collect();
    format!("{set} --seed {} --runs {runs}", quoted(seed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_handed_on_does_not_tell_where_somebody_works() {
        let shown = |path: &'static str| handed_on(Path::new(path)).to_str();
        assert_eq!(shown("/home/somebody/incidents/chat.json"), Some("chat.json"));
        assert_eq!(shown("incidents/chat.json"), Some("incidents/chat.json"));
    }
}
