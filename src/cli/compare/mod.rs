//! `highwater compare`.

mod actions;
mod files;
mod sides;

use std::path::{Path, PathBuf};

use clap::Args;
use highwater::claims::{Goal, amount};
use highwater::experiment::{self, Comparison, Finding, Seen};
use highwater::report;
use highwater::report::json::Cost;
use highwater::units::Unit;

use super::exit::{Exit, Failure};
use super::progress::Progress;
use super::run::{handed_on, jobs, quoted, settings, timed};
use super::terminal::Terminal;
use super::{Format, Options};

pub const EXIT_CODES: &str = "\
Exit codes:
  0  decided, whichever way
  2  bad scenario, goal or usage
  3  input or output failed
  4  undecided: more runs would narrow it";

/// Runs of each side when nobody says.
pub const RUNS: u32 = 20;

/// What is compared.
#[derive(Debug, Args)]
pub struct Asked {
    /// The scenario files; the first is what the others are held against
    #[arg(required = true, value_name = "SCENARIO")]
    scenarios: Vec<PathBuf>,
    /// The first scenario with other settings, separated by commas; each --with is a side
    #[arg(long, value_name = "PATH=VALUE,...")]
    with: Vec<String>,
    /// The first scenario without a trigger or setting, such as timeline.0; each is a side
    #[arg(long, value_name = "PATH,...")]
    without: Vec<String>,
    /// What an outage is: a figure of the summary or the id of a claim, a relation and a bound, such
    /// as "servers.redis.first_rejection_s < 40min" or "recovery = never"
    #[arg(long, value_name = "GOAL")]
    outage: Option<String>,
    /// Rank what operators can do at this instant by how soon goodput is back: kill connections,
    /// raise the limit, set a timeout, restart, shed load, turn retries off
    #[arg(long, value_name = "TIME", conflicts_with_all = ["with", "without", "outage"])]
    actions_at: Option<String>,
    #[command(flatten)]
    actions: Actions,
}

/// How far operators go, and what coming back means.
#[derive(Debug, Args)]
struct Actions {
    /// With --actions-at: what is idle, or open, for so long is killed or timed out
    #[arg(long, value_name = "TIME", requires = "actions_at", conflicts_with_all = ["with", "without"], default_value = "1min")]
    idle: String,
    /// With --actions-at: how long load is kept away
    #[arg(long, value_name = "TIME", requires = "actions_at", conflicts_with_all = ["with", "without"], default_value = "1min")]
    shed_for: String,
    /// With --actions-at: until when all was well [default: until the first window in which less than
    /// 90 % of what arrives is served]
    #[arg(long, value_name = "TIME", requires = "actions_at", conflicts_with_all = ["with", "without"])]
    well_until: Option<String>,
    /// With --actions-at: the window over which goodput is counted [default: some 2,500 requests]
    #[arg(long, value_name = "TIME", requires = "actions_at", conflicts_with_all = ["with", "without"])]
    over: Option<String>,
}

/// Plays all sides and prints what differs.
pub fn compare(asked: &Asked, options: &Options, terminal: &Terminal) -> Result<Exit, Failure> {
    if let Some(at) = &asked.actions_at {
        if options.out.is_some() {
            let message = "--actions-at writes no files: --out is of no use here";
            return Err(Failure::Usage(message.to_string()));
        }
        if asked.scenarios.len() > 1 {
            let message = "--actions-at ranks the actions in one scenario; found several files";
            return Err(Failure::Usage(message.to_string()));
        }
        return actions::actions(asked, at, options, terminal);
    }
    let (sides, outage) = sides::read(asked, options)?;
    let runs = options.runs.unwrap_or(RUNS);
    let all = all_runs(runs, sides.len())?;
    // Before anything is played: a folder that cannot be made is no surprise at the end.
    options.out.as_deref().map(files::prepare).transpose()?;
    let progress = Progress::new(all as usize, terminal);
    let jobs = jobs(options, all as usize);
    let watch = |seen: Seen| progress.show(seen);
    let (found, cost) = timed(|| experiment::compare(&sides, outage.as_ref(), runs, jobs, &watch));
    progress.finish();
    let first = &sides[0].scenario;
    let repeat = |named| repeat(asked, named) + &settings(options, &first.seed, runs);
    let written = match &options.out {
        Some(folder) => Some((folder, files::write(folder, &sides, &found, &repeat(handed_on))?)),
        None => None,
    };
    match options.format {
        Format::Json => terminal.print_json(&report::json::compare(first, &found, Some(cost)))?,
        Format::Text => {
            let mut text = report::text::compare(first, &found, terminal.paint());
            if let Some((folder, names)) = written {
                text.push_str(&format!("Files in {}: {}\n", folder.display(), names.join(", ")));
            }
            text.push_str(&format!("To repeat: {}\n", repeat(|path| path)));
            terminal.print(&text)?;
        }
    }
    terminal.remark(&speed(all, found.requests, cost));
    Ok(exit(&found))
}

/// The runs of all sides together; each keeps its figures until the end.
fn all_runs(runs: u32, sides: usize) -> Result<u32, Failure> {
    const MOST: u64 = 100_000;
    let all = u64::from(runs) * sides as u64;
    if all > MOST {
        let message = format!("--runs: expected at most {MOST} runs of all sides; found {all}");
        return Err(Failure::Usage(message));
    }
    Ok(all as u32)
}

fn exit(found: &Comparison) -> Exit {
    let mut findings = found.others.iter().map(|(_, effect)| effect.finding);
    match findings.any(|finding| finding == Finding::Undecided) {
        true => Exit::Undecided,
        false => Exit::AsExpected,
    }
}

/// The command that gives the same bytes again, without the options of every command.
fn repeat(asked: &Asked, named: fn(&Path) -> &Path) -> String {
    let mut words = vec!["highwater compare".to_string()];
    words.extend(asked.scenarios.iter().map(|path| quoted(&named(path).to_string_lossy())));
    let mut option = |name: &str, value: &str| words.push(format!("{name} {}", quoted(value)));
    asked.with.iter().for_each(|with| option("--with", with));
    asked.without.iter().for_each(|without| option("--without", without));
    asked.outage.iter().for_each(|goal| option("--outage", goal));
    if let Some(at) = &asked.actions_at {
        option("--actions-at", at);
        option("--idle", &asked.actions.idle);
        option("--shed-for", &asked.actions.shed_for);
        asked.actions.well_until.iter().for_each(|until| option("--well-until", until));
        asked.actions.over.iter().for_each(|over| option("--over", over));
    }
    words.join(" ")
}

fn speed(runs: u32, requests: u64, cost: Cost) -> String {
    format!(
        "{runs} runs with {} requests in {}\n",
        amount(requests as f64, Unit::Count),
        amount(cost.wall_seconds, Unit::Seconds)
    )
}

/// The goal that a run with an outage meets; `None` is the rule that holds without one.
type Outage = Option<Goal>;
