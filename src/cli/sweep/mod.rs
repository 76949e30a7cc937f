//! `highwater sweep` and `highwater merge`.

mod files;
mod merge;
mod plan;
mod store;

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;

use clap::{Args, ValueEnum};
use highwater::claims::amount;
use highwater::experiment::{self, Answer, Ears, Plan, Row, Seen, Shard, Swept, found};
use highwater::report;
use highwater::report::json::Cost;
use highwater::units::Unit;

pub use merge::merge;

use super::exit::{Exit, Failure};
use super::progress::Progress;
use super::run::{jobs, quoted, settings, timed};
use super::study::precision;
use super::terminal::Terminal;
use super::{Format, Options};
use store::{Found, Store};

pub const EXIT_CODES: &str = "\
Exit codes:
  0  played; with goals: some setting meets them
  1  no setting meets the goals
  2  bad scenario, plan or usage
  3  input or output failed; what was played is kept, --resume goes on
  4  undecided: more runs would narrow it";

pub const MERGE_EXIT_CODES: &str = "\
Exit codes:
  0  joined; with goals: some setting meets them
  1  no setting meets the goals
  2  parts of different plans
  3  parts are missing, unfinished or damaged: each is named
  4  undecided: more runs would narrow it";

/// Points of a sweep when nobody says.
const POINTS_MAX: u64 = 10_000;

/// What is swept, and what is asked of it.
#[derive(Debug, Args)]
pub struct Asked {
    /// The scenario file
    scenario: PathBuf,
    /// A setting and its values: PATH=A,B,C, PATH=LO..HI:STEP, PATH=LO..HI*FACTOR; P,Q=A,B moves both
    /// together, P,Q=A;X,B;Y with values of their own. With --samples or --sensitivity also PATH=LO..HI,
    /// PATH=triangular(LO,MODE,HI), PATH=normal(MEAN,SD). May be repeated
    #[arg(long, required = true, value_name = "PATH=VALUES")]
    vary: Vec<String>,
    /// Draw so many settings by a Latin hypercube instead of all combinations; each has chance of its own
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    samples: Option<u32>,
    /// Ask which setting matters, each from one end of its range LO..HI to the other. --samples is how
    /// many trajectories of Morris or rows of Sobol [default: 20 or 256]
    #[arg(long, value_enum, value_name = "METHOD")]
    sensitivity: Option<Method>,
    /// What a setting must meet, such as "fleets.shop.failed_ratio < 1%" or "outage < 5%"; may be
    /// repeated
    #[arg(long, value_name = "GOAL")]
    goal: Vec<String>,
    /// Look for the settings with the smallest value of a figure; several figures give the Pareto set
    #[arg(long, value_name = "FIGURE")]
    minimize: Vec<String>,
    /// Look for the settings with the largest value of a figure
    #[arg(long, value_name = "FIGURE")]
    maximize: Vec<String>,
    /// Also keep this figure of the summary, or claim; "all" keeps every one. May be repeated
    #[arg(long, value_name = "FIGURE")]
    figure: Vec<String>,
    /// What an outage is, when not the rule of compare: a figure or claim, a relation and a bound
    #[arg(long, value_name = "GOAL")]
    outage: Option<String>,
    /// Add runs to each point until the interval of what goals and objectives are about is this share of
    /// its mean, such as 2%
    #[arg(long, value_name = "SHARE", conflicts_with = "samples", value_parser = precision)]
    precision: Option<f64>,
    /// Runs of a point at most, with --precision
    #[arg(long, value_name = "N", default_value_t = 1000)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=100_000))]
    runs_max: u32,
    /// Points at most; more are refused
    #[arg(long, value_name = "N", default_value_t = POINTS_MAX)]
    points_max: u64,
    /// Play only part I of N and write it to --out; highwater merge joins the parts
    #[arg(long, value_name = "I/N", value_parser = shard, requires = "out")]
    shard: Option<Shard>,
    /// Go on with the unfinished sweep in --out: nothing is played twice
    #[arg(long, requires = "out")]
    resume: bool,
}

/// How it is asked which setting matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Method {
    /// Both ends of each, the others as in the file
    Ends,
    /// Elementary effects along random paths: screens many settings cheaply
    Morris,
    /// Shares of the variance: by itself and with others
    Sobol,
}

/// `I/N`, I from 1 to N.
fn shard(text: &str) -> Result<Shard, String> {
    let expected =
        || "expected I/N with I from 1 to N and N at most 100,000, such as 3/20".to_string();
    let (index, of) = text.split_once('/').ok_or_else(expected)?;
    let number = |text: &str| text.trim().parse::<u32>().map_err(|_| expected());
    let (index, of) = (number(index)?, number(of)?);
    match index >= 1 && index <= of && of <= 100_000 {
        true => Ok(Shard { index: index - 1, of }),
        false => Err(expected()),
    }
}

/// Plays a sweep, or a part of one, and prints what was found.
pub fn sweep(asked: &Asked, options: &Options, terminal: &Terminal) -> Result<Exit, Failure> {
    let (scenario, plan) = plan::read(asked, options)?;
    let shard = asked.shard.unwrap_or(Shard::WHOLE);
    let adopt = asked.resume || asked.shard.is_some();
    let store = match &options.out {
        None => None,
        Some(folder) => match Store::open(folder, &plan, shard, asked.shard.is_some(), adopt)? {
            Found::Whole(path, rows) if asked.shard.is_some() => {
                terminal.remark(&format!("{} is there already: skipped\n", path.display()));
                return receipt(&plan, shard, &rows, &path, options, terminal);
            }
            Found::Whole(_, rows) => {
                let repeat = repeat(asked, options, &plan);
                return tell(&plan, &rows, options, terminal, &repeat, None);
            }
            Found::Open(store, rows) => Some((store, rows)),
        },
    };
    let (store, known) = store.map_or((None, Vec::new()), |(store, rows)| (Some(store), rows));
    if !known.is_empty() {
        terminal.remark(&format!("{} runs are there already\n", known.len()));
    }
    let store = store.map(Mutex::new);
    let played = play(&scenario, &plan, shard, known, options, terminal, store.as_ref());
    let (rows, cost) = played;
    let store = store.map(|store| store.into_inner().unwrap_or_else(PoisonError::into_inner));
    let written = store.map(|store| store.finish(&plan, shard, &rows)).transpose()?;
    match (asked.shard, written) {
        (Some(shard), Some(path)) => receipt(&plan, shard, &rows, &path, options, terminal),
        _ => tell(&plan, &rows, options, terminal, &repeat(asked, options, &plan), Some(cost)),
    }
}

fn play(
    scenario: &highwater::scenario::Scenario,
    plan: &Plan,
    shard: Shard,
    known: Vec<Row>,
    options: &Options,
    terminal: &Terminal,
    store: Option<&Mutex<Store>>,
) -> (Vec<Row>, Cost) {
    let progress = Progress::new(0, terminal);
    let done = |row: &Row| match store {
        Some(store) => store.lock().unwrap_or_else(PoisonError::into_inner).write(row),
        None => true,
    };
    let begin = |runs: usize| progress.expect(runs);
    let watch = |seen: Seen| progress.show(seen);
    let ears = Ears { done: &done, begin: &begin, watch: &watch };
    let most = plan.points().saturating_mul(plan.runs.most().into());
    let jobs = jobs(options, usize::try_from(most).unwrap_or(usize::MAX));
    let outcome = timed(|| experiment::sweep(scenario, plan, shard, known, jobs, &ears));
    progress.finish();
    outcome
}

/// Prints what all rows say, and writes the files of a whole sweep.
fn tell(
    plan: &Plan,
    rows: &[Row],
    options: &Options,
    terminal: &Terminal,
    repeat: &str,
    cost: Option<Cost>,
) -> Result<Exit, Failure> {
    let swept = found(plan, rows);
    let written = match &options.out {
        Some(folder) => Some((folder, files::write(folder, plan, &swept)?)),
        None => None,
    };
    match options.format {
        Format::Json => terminal.print_json(&report::json::sweep(plan, &swept, cost))?,
        Format::Text => {
            let mut text = report::text::sweep(plan, &swept, terminal.paint());
            if let Some((folder, names)) = written {
                text.push_str(&format!("Files in {}: {}\n", folder.display(), names.join(", ")));
            }
            text.push_str(&format!("To repeat: {repeat}\n"));
            terminal.print(&text)?;
        }
    }
    if let Some(cost) = cost {
        terminal.remark(&speed(&swept, cost));
    }
    Ok(exit(swept.answer(plan)))
}

/// What a part says of itself: small enough for the log of any scheduler.
fn receipt(
    plan: &Plan,
    shard: Shard,
    rows: &[Row],
    path: &std::path::Path,
    options: &Options,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let (index, of) = (shard.index + 1, shard.of);
    match options.format {
        Format::Json => terminal.print_json(&serde_json::json!({
            "plan": plan.hash(), "shard": index, "of": of, "rows": rows.len(),
            "file": path.to_string_lossy(),
        }))?,
        Format::Text => terminal.print(&format!(
            "part {index} of {of}: {} runs in {}\n",
            rows.len(),
            path.display()
        ))?,
    }
    Ok(Exit::AsExpected)
}

fn exit(answer: Answer) -> Exit {
    match answer {
        Answer::Found => Exit::AsExpected,
        Answer::Missed => Exit::Differs,
        Answer::Impossible => Exit::Bad,
        Answer::Undecided => Exit::Undecided,
    }
}

/// The command that gives the same bytes again, whichever part this is.
fn repeat(asked: &Asked, options: &Options, plan: &Plan) -> String {
    let mut words = vec![format!("highwater sweep {}", quoted(&asked.scenario.to_string_lossy()))];
    let mut option = |name: &str, value: &str| words.push(format!("{name} {}", quoted(value)));
    let mut all = |name: &str, values: &[String]| values.iter().for_each(|v| option(name, v));
    all("--vary", &asked.vary);
    all("--goal", &asked.goal);
    all("--minimize", &asked.minimize);
    all("--maximize", &asked.maximize);
    all("--figure", &asked.figure);
    all("--outage", asked.outage.as_slice());
    if let Some(method) = asked.sensitivity {
        let name =
            method.to_possible_value().map_or_else(String::new, |v| v.get_name().to_string());
        option("--sensitivity", &name);
    }
    if let Some(samples) = asked.samples {
        option("--samples", &samples.to_string());
    }
    if let Some(precision) = asked.precision {
        option("--precision", &precision.to_string());
        option("--runs-max", &asked.runs_max.to_string());
    }
    if asked.points_max != POINTS_MAX {
        option("--points-max", &asked.points_max.to_string());
    }
    words.join(" ") + &settings(options, &plan.seed, plan.runs.first())
}

fn speed(swept: &Swept, cost: Cost) -> String {
    format!(
        "{} runs with {} requests in {}\n",
        amount(swept.runs as f64, Unit::Count),
        amount(swept.requests as f64, Unit::Count),
        amount(cost.wall_seconds, Unit::Seconds)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_counted_from_one() {
        assert_eq!(shard("1/1"), Ok(Shard::WHOLE));
        assert_eq!(shard("3/20"), Ok(Shard { index: 2, of: 20 }));
        for bad in ["0/3", "4/3", "3", "a/b", "1/100001", "", "-1/3"] {
            assert!(shard(bad).is_err(), "{bad}");
        }
    }
}
