//! `highwater completions`.

use clap::CommandFactory;

use super::Arguments;
use super::exit::{Exit, Failure};
use super::terminal::Terminal;

/// Prints a script for a shell.
pub fn completions(shell: clap_complete::Shell, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "highwater", &mut script);
    terminal.print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::AsExpected)
}
