//! The command line: what can be said on it, and what each exit code means.

mod check;
mod compare;
mod completions;
mod exit;
mod explain;
mod files;
mod load;
mod man;
mod new;
mod presets;
mod problems;
mod progress;
mod reality;
mod run;
mod schema;
mod solve;
mod study;
mod sweep;
mod terminal;
mod verify;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use exit::{Exit, Failure};
use terminal::Terminal;

const EXIT_CODES: &str = "\
Exit codes:
  0  every verdict is as the file expects
  1  some verdict differs from what the file expects
  2  bad scenario or usage
  3  input or output failed
  4  undecided, and nothing failed";

/// Plays incidents of connection exhaustion from a file, request by request, and judges what was
/// claimed about them.
///
/// The same version, scenario and seed give the same bytes on any machine and any number of
/// threads.
#[derive(Debug, Parser)]
#[command(name = "highwater", version, after_help = EXIT_CODES, max_term_width = 100)]
#[command(arg_required_else_help = true, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    options: Options,
}

/// What can be done.
#[derive(Debug, Subcommand)]
enum Command {
    /// Simulate a scenario: verdicts on its claims, main figures, tables, pictures
    Run {
        /// The scenario file
        scenario: PathBuf,
        /// Also write requests.csv: a line for every request that ended (in --out)
        #[arg(long, requires = "out")]
        requests: bool,
        /// Leave out the audit: claims that assume settings are not judged, alternatives not tried
        #[arg(long)]
        no_audit: bool,
        #[command(flatten)]
        study: study::Asked,
    },
    /// Read and check scenarios only; every problem with file:line:column and what to do
    Check {
        /// The scenario files
        #[arg(required = true)]
        scenarios: Vec<PathBuf>,
    },
    /// Compare scenarios on the same random numbers: what causes an outage, what prevents it
    ///
    /// Run number k of every side has the same seed. A run has an outage when in its last tenth a
    /// fleet serves fewer than half of the requests that arrive, or when it meets --outage. With
    /// --actions-at, what operators can do at that instant is ranked by how soon goodput is back;
    /// each action is a side, played like any other.
    #[command(after_help = compare::EXIT_CODES)]
    Compare(compare::Asked),
    /// Find the smallest or largest setting that meets a goal, or say that it is undecided
    ///
    /// Run number k of every setting has the same seed. A setting meets a goal when the whole interval
    /// of the figure lies on the right side of the bound, and misses it when the whole interval lies on
    /// the wrong side; runs are doubled until one of the two is so. One --vary is searched by bisection;
    /// of several each is made as cheap as the others allow, in their order.
    #[command(after_help = solve::EXIT_CODES)]
    Solve(solve::Asked),
    /// Say why: the causal chain behind a failure, a request's autopsy, a connection's life
    ///
    /// Without a question it is about the first request that fails. The run is played again to find
    /// it, so it takes two to three times as long as a run.
    #[command(after_help = explain::EXIT_CODES)]
    Explain {
        /// The scenario file
        scenario: PathBuf,
        #[command(flatten)]
        asked: explain::Asked,
    },
    /// Play many settings of a scenario: which meet a goal, which is best, where the knee is, which matter
    ///
    /// Every combination of the values of --vary is played, each --runs times, run number k of all with
    /// the same random numbers. With --out every run is kept as soon as it is over: runs.jsonl, points.csv,
    /// points.jsonl, sweep.json, report.html and pictures.
    #[command(after_help = sweep::EXIT_CODES)]
    Sweep(sweep::Asked),
    /// Join the parts of a sharded sweep to the bytes of one run
    #[command(after_help = sweep::MERGE_EXIT_CODES)]
    Merge {
        /// The parts, or folders of parts
        #[arg(required = true, value_name = "PART")]
        parts: Vec<PathBuf>,
    },
    /// Print the JSON Schema of scenario files
    Schema,
    /// List presets, or show one with every value and its source
    Presets {
        /// The preset to show
        name: Option<String>,
    },
    /// Write a starter scenario, NAME.json
    New {
        /// The name of the scenario
        name: String,
    },
    /// Play the cases whose figures theory knows, on this machine, and judge every figure
    ///
    /// Queues, limits, timeouts, leaks, retries and breakers with known answers are played like any
    /// scenario, twenty runs or more of each; a figure is met within four standard errors. A case that
    /// misses is played again with fresh seeds, four times as long, and only that counts.
    #[command(after_help = verify::EXIT_CODES)]
    Verify {
        /// Cases by the begin of their names, such as A01 or B [default: all]
        cases: Vec<String>,
    },
    /// Drive a real server on this machine with a scenario's load, and compare with the simulation
    ///
    /// The server speaks the Redis protocol and has no clients but those whom the scenario counts as
    /// servers.NAME.internal.admin; one of them is the reserved connection of this command. Its
    /// maxclients and timeout are set to the scenario's and put back at the end. With --out,
    /// measured.csv and simulated.csv are written.
    #[command(after_help = reality::EXIT_CODES)]
    Reality {
        /// The scenario file
        scenario: PathBuf,
        /// The server: a loopback address such as 127.0.0.1:6379
        #[arg(long, value_name = "ADDRESS")]
        server: String,
    },
    /// Put settings of a server back when standard input ends
    #[command(hide = true)]
    RealityRestore {
        /// The server
        server: String,
        /// The settings
        #[arg(value_parser = setting)]
        settings: Vec<(String, String)>,
    },
    /// Print a script that completes commands and options in a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page; with --out DIR, write one page per command
    Man,
}

/// Options that every command takes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Options of every command")]
struct Options {
    /// How results are written to standard output
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    format: Format,
    /// The seed, instead of the file's: any text of 1 to 64 characters
    #[arg(long, global = true, value_name = "S")]
    seed: Option<String>,
    /// How many runs, each with its own chance [default: 1; of compare 20, of sweep and solve 10]
    #[arg(long, global = true, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=100_000))]
    runs: Option<u32>,
    /// How many threads; the results do not depend on it [default: all cores]
    #[arg(long, global = true, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1024))]
    jobs: Option<u32>,
    /// Set a key of the scenario, such as servers.redis.timeout=5min; may be repeated
    #[arg(long, global = true, value_name = "PATH=VALUE", value_parser = setting)]
    set: Vec<(String, String)>,
    /// Write the files of the run to this folder
    #[arg(long, global = true, value_name = "DIR")]
    out: Option<PathBuf>,
    /// No progress and no remarks on standard error
    #[arg(long, short, global = true)]
    quiet: bool,
    /// When to use colour; NO_COLOR is honoured
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    color: When,
}

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// When colour is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum When {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Cuts `PATH=VALUE` at its first equals sign.
fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((path, value)) if !path.trim().is_empty() => {
            Ok((path.trim().to_string(), value.to_string()))
        }
        _ => Err("expected PATH=VALUE, such as servers.redis.timeout=5min".to_string()),
    }
}

/// Reads the arguments, does what they say, and answers with the exit code.
pub fn main() -> ExitCode {
    run_with(std::env::args_os().collect())
}

fn run_with(arguments: Vec<OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Nothing can be done when even the message cannot be written.
            let _ = error.print();
            return if error.use_stderr() { Exit::Bad.into() } else { Exit::AsExpected.into() };
        }
    };
    let terminal = Terminal::new(arguments.options.color, arguments.options.quiet);
    match execute(&arguments.command, &arguments.options, &terminal) {
        Ok(exit) => exit.into(),
        Err(failure) => failure.report(arguments.options.format, &terminal).into(),
    }
}

fn execute(command: &Command, options: &Options, terminal: &Terminal) -> Result<Exit, Failure> {
    match command {
        Command::Run { scenario, requests, no_audit, study } => {
            run::run(scenario, (*requests, !no_audit), study, options, terminal)
        }
        Command::Compare(asked) => compare::compare(asked, options, terminal),
        Command::Solve(asked) => solve::solve(asked, options, terminal),
        Command::Explain { scenario, asked } => {
            explain::explain(scenario, asked, options, terminal)
        }
        Command::Sweep(asked) => sweep::sweep(asked, options, terminal),
        Command::Merge { parts } => sweep::merge(parts, options, terminal),
        Command::Check { scenarios } => check::check(scenarios, options, terminal),
        Command::Verify { cases } => verify::verify(cases, options, terminal),
        Command::Schema => schema::schema(terminal),
        Command::Presets { name } => presets::presets(name.as_deref(), options.format, terminal),
        Command::New { name } => new::new(name, options, terminal),
        Command::Reality { scenario, server } => {
            reality::reality(scenario, server, options, terminal)
        }
        Command::RealityRestore { server, settings } => reality::restore(server, settings),
        Command::Completions { shell } => completions::completions(*shell, terminal),
        Command::Man => man::man(options.out.as_deref(), terminal),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_of_the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_setting_is_cut_at_its_first_equals_sign() {
        let cut = |path: &str, value: &str| Ok((path.to_string(), value.to_string()));
        assert_eq!(setting("seed=a=b"), cut("seed", "a=b"));
        assert_eq!(setting("a.b="), cut("a.b", ""));
        assert!(setting("seed").is_err() && setting("=1").is_err());
    }
}
