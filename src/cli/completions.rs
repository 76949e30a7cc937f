//! `highwater completions`.

use clap::builder::PossibleValuesParser;
use clap::{Command, CommandFactory};

use super::Arguments;
use super::exit::{Exit, Failure};
use super::terminal::Terminal;

/// Prints a script for a shell.
pub fn completions(shell: clap_complete::Shell, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), "highwater", &mut script);
    terminal.print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::AsExpected)
}

/// The command as the scripts know it: without what is hidden, and with the names of presets. The
/// command itself takes any name, and says more of one that is not there.
fn command() -> Command {
    let all = Arguments::command();
    let names = highwater::scenario::presets().iter().map(|preset| preset.name);
    let names = PossibleValuesParser::new(names);
    let shown = all.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
    Command::new("highwater")
        .version(env!("CARGO_PKG_VERSION"))
        .propagate_version(true)
        .args(all.get_arguments().cloned())
        .subcommands(shown)
        .mut_subcommand("presets", |presets| {
            presets.mut_arg("name", |name| name.value_parser(names))
        })
}
