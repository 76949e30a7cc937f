//! `highwater solve`.

mod ledger;

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use clap::Args;
use highwater::claims::{Goal, Known, amount};
use highwater::experiment::{
    self, Cheap, Run, Solution, Task, Trial, Verdict, askable, known, outage_figure,
};
use highwater::report;
use highwater::report::json::Cost;
use highwater::scenario::{Knob, Scenario, Wanted};
use highwater::units::Unit;

use super::exit::{Exit, Failure};
use super::progress::Count;
use super::run::{jobs, quoted, settings, timed};
use super::terminal::Terminal;
use super::{Format, Options, load};
use ledger::Ledger;

pub const EXIT_CODES: &str = "\
Exit codes:
  0  found: it meets the goals, and the next cheaper setting does not
  1  no setting that was tried meets them
  2  bad scenario, knob, goal or usage
  3  input or output failed
  4  undecided: more runs would narrow it";

/// Runs of a setting at its first look when nobody says.
const RUNS: u32 = 10;
/// Runs of a setting at its last.
const RUNS_MAX: u32 = 1000;
/// Knobs at most.
const MOST_KNOBS: usize = 10;
/// Goals at most.
const MOST_GOALS: usize = 20;

/// What is looked for.
#[derive(Debug, Args)]
pub struct Asked {
    /// The scenario file
    scenario: PathBuf,
    /// A setting and where to look: PATH=LO..HI, with steps :STEP or *FACTOR, or values that rise;
    /// P,Q=LO..HI moves several together. May be repeated
    #[arg(long, required = true, value_name = "PATH=LO..HI")]
    vary: Vec<String>,
    /// What must be so: a figure of the summary or the id of a claim, or `outage` for the share of runs
    /// with one, a relation and a bound, such as "fleets.shop.latency_s_p99 < 50ms". All must be met
    #[arg(long, required = true, value_name = "GOAL")]
    goal: Vec<String>,
    /// The smallest setting that meets the goals is wanted; =PATH says so of one --vary
    #[arg(long, value_name = "PATH", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "")]
    smallest: Vec<String>,
    /// The largest is wanted. When neither is said: of one --vary what its ends show, of several the
    /// smallest
    #[arg(long, value_name = "PATH", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "")]
    largest: Vec<String>,
    /// What an outage is, for goals that say `outage`: a goal that a run with one meets
    #[arg(long, value_name = "GOAL")]
    outage: Option<String>,
    /// Runs of one setting at most; --runs [default: 10] is where it begins, doubled until decided
    /// [default: 1000]
    #[arg(long, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u32).range(2..=100_000))]
    runs_max: Option<u32>,
    /// Go on with the runs that solve.jsonl in --out has
    #[arg(long, requires = "out")]
    resume: bool,
}

/// Looks for the setting and prints what was found.
pub fn solve(asked: &Asked, options: &Options, terminal: &Terminal) -> Result<Exit, Failure> {
    let scenario = load::for_goals(&asked.scenario, options).map_err(Failure::Scenario)?;
    let knobs = knobs(asked, &scenario)?;
    let cheap = cheap(asked, &knobs)?;
    let (goals, outage) = goals(asked, &scenario)?;
    let (runs, most) = runs(asked, options)?;
    let task = Task {
        base: &scenario,
        knobs: &knobs,
        cheap: &cheap,
        goals: &goals,
        outage: outage.as_ref(),
        runs,
        most,
        jobs: jobs(options, most as usize),
    };
    let (ledger, before) = match &options.out {
        Some(folder) => Ledger::open(folder, &task, asked.resume)?,
        None => (Ledger::none(), Vec::new()),
    };
    let ledger = Mutex::new(ledger);
    let count = Count::new(terminal);
    let finished = |run: &Run| {
        count.one();
        ledger.lock().unwrap_or_else(PoisonError::into_inner).add(&task, run);
    };
    let mut looked = |trial: &Trial| {
        let line = format!("{}\n", report::text::looked(&task, trial));
        count.aside(|| terminal.remark(&line));
    };
    let (found, cost) = timed(|| experiment::solve(&task, before, &finished, &mut looked));
    count.finish();
    let found = found.map_err(|why| Failure::Usage(format!("--vary: {why}")))?;
    let kept = ledger.into_inner().unwrap_or_else(PoisonError::into_inner).finish();
    match options.format {
        Format::Json => terminal.print_json(&report::json::solve(&task, &found, cost))?,
        Format::Text => {
            let mut text = report::text::solve(&task, &found, terminal.paint());
            let file = quoted(&asked.scenario.to_string_lossy());
            let rest = settings(options, &scenario.seed, runs);
            text.push_str(&format!("To repeat: {} --runs-max {most}\n", repeat(asked) + &rest));
            let rest = settings(options, &scenario.seed, super::compare::RUNS);
            text.push_str(&format!(
                "The curve: highwater sweep {file}{}{rest}\n",
                swept(asked, &knobs)
            ));
            terminal.print(&text)?;
        }
    }
    terminal.remark(&speed(&found, cost));
    // The answer is there all the same.
    kept?;
    Ok(match found.verdict {
        Verdict::Found { .. } => Exit::AsExpected,
        Verdict::Nothing => Exit::Differs,
        Verdict::Undecided { .. } => Exit::Undecided,
    })
}

/// The knobs, each with numbers that rise.
fn knobs(asked: &Asked, scenario: &Scenario) -> Result<Vec<Knob>, Failure> {
    if asked.vary.len() > MOST_KNOBS {
        let message = format!("--vary: expected at most {MOST_KNOBS}; found {}", asked.vary.len());
        return Err(Failure::Usage(message));
    }
    let knobs = scenario.knobs(&asked.vary, Wanted::Search).map_err(Failure::Scenario)?;
    for knob in &knobs {
        let numbers: Vec<f64> = knob.levels().iter().filter_map(|level| level.number).collect();
        let rise = numbers.windows(2).all(|pair| pair[0] < pair[1]);
        let message = match numbers.len() {
            n if n < knob.levels().len() || !rise => {
                "expected a range LO..HI, or numbers that rise: which is smaller must be plain"
            }
            0 | 1 => "expected a range, or two values at least: one leaves nothing to look for",
            _ => continue,
        };
        return Err(Failure::Usage(format!("--vary {}: {message}", knob.name())));
    }
    Ok(knobs)
}

/// The cheap end of each knob, where it was said.
fn cheap(asked: &Asked, knobs: &[Knob]) -> Result<Vec<Option<Cheap>>, Failure> {
    let usage = |message: String| Err(Failure::Usage(message));
    let mut cheap: Vec<Option<Cheap>> = vec![None; knobs.len()];
    let said = [
        ("--smallest", &asked.smallest, Cheap::Smallest),
        ("--largest", &asked.largest, Cheap::Largest),
    ];
    // What is said of one knob comes after what is said of all.
    for of_all in [true, false] {
        for (option, paths, end) in said {
            for path in paths.iter().filter(|path| path.is_empty() == of_all) {
                let turned =
                    |knob: &Knob| of_all || knob.name() == *path || knob.paths.contains(path);
                if !knobs.iter().any(turned) {
                    let names: Vec<String> = knobs.iter().map(Knob::name).collect();
                    return usage(format!(
                        "{option}={path}: no --vary turns it (there is {})",
                        names.join(", ")
                    ));
                }
                for (knob, cheap) in knobs.iter().zip(&mut cheap).filter(|(knob, _)| turned(knob)) {
                    let again = if of_all {
                        asked.smallest.contains(&String::new())
                            && asked.largest.contains(&String::new())
                    } else {
                        paths_of(&asked.smallest, knob) && paths_of(&asked.largest, knob)
                    };
                    if again {
                        return usage("--smallest and --largest: expected one of them".to_string());
                    }
                    *cheap = Some(end);
                }
            }
        }
    }
    Ok(cheap)
}

/// Whether a knob is among these.
fn paths_of(paths: &[String], knob: &Knob) -> bool {
    paths.iter().any(|path| knob.name() == *path || knob.paths.contains(path))
}

/// What must be so, and what an outage is.
fn goals(asked: &Asked, scenario: &Scenario) -> Result<(Vec<Goal>, Option<Goal>), Failure> {
    if asked.goal.len() > MOST_GOALS {
        let message = format!("--goal: expected at most {MOST_GOALS}; found {}", asked.goal.len());
        return Err(Failure::Usage(message));
    }
    let read = |option: &str, text: &str, known: &[Known]| {
        Goal::read(text, known).map_err(|bad| Failure::Usage(format!("{option}: {bad}")))
    };
    let (figures, of_goals) = (known(scenario), askable(scenario));
    let goals: Result<Vec<Goal>, Failure> =
        asked.goal.iter().map(|text| read("--goal", text, &of_goals)).collect();
    let goals = goals?;
    let outage =
        asked.outage.as_deref().map(|text| read("--outage", text, &figures)).transpose()?;
    if outage.is_some() && !goals.iter().any(|goal| goal.of == outage_figure()) {
        let message =
            "--outage is of no use without a goal about it, such as --goal \"outage < 5%\"";
        return Err(Failure::Usage(message.to_string()));
    }
    Ok((goals, outage))
}

/// Runs at the first look and at the last.
fn runs(asked: &Asked, options: &Options) -> Result<(u32, u32), Failure> {
    let runs = options.runs.unwrap_or(RUNS);
    match asked.runs_max {
        Some(most) if options.runs.is_some_and(|runs| runs > most) => {
            let message = format!("--runs-max: expected --runs ({runs}) or more; found {most}");
            Err(Failure::Usage(message))
        }
        most => {
            let most = most.unwrap_or(RUNS_MAX.max(runs));
            Ok((runs.min(most), most))
        }
    }
}

/// The command that gives the same bytes again, without the options of every command.
fn repeat(asked: &Asked) -> String {
    let mut words = format!("highwater solve {}", quoted(&asked.scenario.to_string_lossy()));
    let mut option =
        |name: &str, value: &str| words.push_str(&format!(" {name} {}", quoted(value)));
    asked.vary.iter().for_each(|vary| option("--vary", vary));
    asked.goal.iter().for_each(|goal| option("--goal", goal));
    asked.outage.iter().for_each(|goal| option("--outage", goal));
    for (name, paths) in [("--smallest", &asked.smallest), ("--largest", &asked.largest)] {
        for path in paths {
            words.push_str(&if path.is_empty() {
                format!(" {name}")
            } else {
                format!(" {name}={}", quoted(path))
            });
        }
    }
    words
}

/// The knobs as `sweep` takes them: a range without steps gets those that were used.
fn swept(asked: &Asked, knobs: &[Knob]) -> String {
    let one = |(text, knob): (&String, &Knob)| {
        let values = text.split_once('=').map_or("", |(_, values)| values);
        let step = match values.split_once("..") {
            Some((_, rest)) if !rest.contains([':', '*']) => match knob.levels() {
                [first, second, ..] => {
                    let step = second.number.zip(first.number).map(|(b, a)| b - a);
                    step.map(|step| format!(":{}", knob.scale.text(knob.scale.rounded(step))))
                }
                _ => None,
            },
            _ => None,
        };
        format!(" --vary {}", quoted(&format!("{text}{}", step.unwrap_or_default())))
    };
    asked.vary.iter().zip(knobs).map(one).collect()
}

fn speed(found: &Solution, cost: Cost) -> String {
    let runs: usize = found.tried.iter().map(|trial| trial.runs.len()).sum();
    format!(
        "{runs} runs with {} requests in {}\n",
        amount(found.requests as f64, Unit::Count),
        amount(cost.wall_seconds, Unit::Seconds)
    )
}
