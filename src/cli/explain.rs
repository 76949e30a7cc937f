//! `highwater explain`.

use std::fs;
use std::path::Path;

use highwater::experiment::{Explanation, Question, explain as explain_run};
use highwater::report;
use highwater::report::text::Paint;
use highwater::scenario::{Cause, Scenario, nearest_name};
use highwater::units::{SimTime, parse_span};

use super::exit::{Exit, Failure};
use super::progress::Progress;
use super::terminal::Terminal;
use super::{Format, Options, load};

/// How it ends, for its help.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  explained; also when no request fails, which is said
  2  bad scenario or usage
  3  input or output failed
  4  the run stopped before its end";

/// What is asked, as written on the command line.
#[derive(Debug, clap::Args)]
pub struct Asked {
    /// The first failure by this cause, such as checkout_timeout
    #[arg(long, value_name = "CAUSE")]
    failure: Option<String>,
    /// The first failure of this fleet
    #[arg(long, value_name = "FLEET")]
    fleet: Option<String>,
    /// The first failure at this time or later, such as 38min
    #[arg(long, value_name = "TIME")]
    after: Option<String>,
    /// The N-th request to arrive, counted from 1; of one fleet with FLEET:N
    #[arg(long, value_name = "[FLEET:]N", conflicts_with_all = ["failure", "after", "fleet"])]
    request: Option<String>,
    /// The N-th connection to be dialled, counted from 1
    #[arg(long, value_name = "N", conflicts_with_all = ["failure", "after", "fleet", "request"])]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    connection: Option<u64>,
    /// Which run, counted from 0: the numbers of `highwater run --runs`
    #[arg(long, value_name = "K", default_value_t = 0)]
    run: u32,
}

/// Plays a scenario again and says why.
pub fn explain(
    path: &Path,
    asked: &Asked,
    options: &Options,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    if options.runs.is_some() {
        let message = "explain is about one run: --run K says which, counted from 0; --runs is of no \
                       use here";
        return Err(Failure::Usage(message.to_string()));
    }
    let scenario = load::load(path, options)?;
    let question = question(asked, &scenario).map_err(Failure::Usage)?;
    let progress = Progress::new(1, terminal);
    let found =
        explain_run(&scenario, asked.run, question, &mut |share| progress.note(0, share, None));
    progress.finish();
    let is_there = match question {
        Question::Failure { .. } => true,
        Question::Request { .. } => found.request.is_some(),
        Question::Connection { .. } => found.connection.is_some(),
    };
    if !is_there {
        return Err(Failure::Usage(found.headline));
    }
    if let Some(folder) = &options.out {
        write(folder, &scenario, &found)?;
    }
    match options.format {
        Format::Json => terminal.print_json(&report::explain::explain(&scenario, &found))?,
        Format::Text => {
            terminal.print(&report::text::explain(&scenario, &found, terminal.paint()))?
        }
    }
    // A run that did not reach its end has been explained as far as it went.
    Ok(if found.record.stopped.is_some() { Exit::Undecided } else { Exit::AsExpected })
}

/// Writes the explanation as text and as JSON.
fn write(folder: &Path, scenario: &Scenario, found: &Explanation) -> Result<(), Failure> {
    let failed = |path: &Path, error| Failure::io("write", path, &error);
    fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    let text = report::text::explain(scenario, found, Paint::PLAIN);
    let json = format!("{:#}\n", report::explain::explain(scenario, found));
    for (name, content) in [("explanation.txt", text), ("explanation.json", json)] {
        let path = folder.join(name);
        fs::write(&path, content).map_err(|error| failed(&path, error))?;
    }
    Ok(())
}

/// What is asked, with names and numbers understood.
fn question(asked: &Asked, scenario: &Scenario) -> Result<Question, String> {
    if let Some(number) = asked.connection {
        return Ok(Question::Connection { number });
    }
    if let Some(request) = &asked.request {
        return request_asked(request, scenario);
    }
    let fleet = asked.fleet.as_deref().map(|name| fleet(name, scenario)).transpose()?;
    let cause = asked.failure.as_deref().map(cause).transpose()?;
    let after = asked.after.as_deref().map(|text| after(text, scenario)).transpose()?;
    Ok(Question::Failure { cause, fleet, after: after.unwrap_or(SimTime::ZERO) })
}

/// `N` or `FLEET:N`.
fn request_asked(text: &str, scenario: &Scenario) -> Result<Question, String> {
    let (name, number) = match text.rsplit_once(':') {
        Some((name, number)) => (Some(name), number),
        None => (None, text),
    };
    let fleet = name.map(|name| fleet(name, scenario)).transpose()?;
    let number: u64 = number.parse().ok().filter(|number| *number > 0).ok_or_else(|| {
        format!(
            "--request {text}: expected N or FLEET:N, such as 1000 or shop:1000, counted from 1"
        )
    })?;
    Ok(Question::Request { fleet, number })
}

fn fleet(name: &str, scenario: &Scenario) -> Result<u16, String> {
    let fleets = &scenario.settings.fleets;
    if let Some(index) = fleets.iter().position(|fleet| fleet.name == name) {
        return Ok(index as u16);
    }
    let names = fleets.iter().map(|fleet| fleet.name.as_str());
    Err(unknown("fleet", name, names.collect()))
}

fn cause(name: &str) -> Result<Cause, String> {
    let known = Cause::ALL.into_iter().find(|cause| cause.name() == name);
    known.ok_or_else(|| {
        unknown("cause", name, Cause::ALL.iter().map(|cause| cause.name()).collect())
    })
}

/// A name that is not known, with the nearest one, and all there are.
fn unknown(what: &str, name: &str, known: Vec<&str>) -> String {
    let hint = nearest_name(name, known.iter().copied());
    let hint = hint.map_or(String::new(), |hint| format!(": {hint}"));
    format!("there is no {what} {name:?}{hint} (there are {})", known.join(", "))
}

fn after(text: &str, scenario: &Scenario) -> Result<SimTime, String> {
    let span =
        parse_span(text).map_err(|bad| format!("--after {text}: expected {}", bad.expected))?;
    if span > scenario.duration {
        return Err(format!("--after {text} lies behind the end of the run"));
    }
    Ok(SimTime::ZERO + span)
}
