//! Exit codes, and what went wrong.

use std::path::Path;
use std::process::ExitCode;

use highwater::scenario::Problems;

use super::terminal::Terminal;
use super::{Format, problems};

/// How the command ends. The numbers are a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Every verdict is as the file expects.
    AsExpected = 0,
    /// Some verdict differs from what the file expects.
    Differs = 1,
    /// Bad scenario or usage.
    Bad = 2,
    /// Input or output failed.
    Io = 3,
    /// Undecided, and nothing failed.
    Undecided = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// Why a command could not do what it was asked to.
#[derive(Debug)]
pub enum Failure {
    /// The scenario is bad, or could not be read.
    Scenario(Problems),
    /// What was asked for makes no sense; in one sentence.
    Usage(String),
    /// Input or output failed; in one sentence.
    Io(String),
}

impl Failure {
    /// A failure to do `what` ("write") to a file.
    pub fn io(what: &str, path: &Path, error: &std::io::Error) -> Failure {
        Failure::Io(format!("cannot {what} {}: {error}", path.display()))
    }

    /// Tells the user, and answers with the exit code.
    pub fn report(self, format: Format, terminal: &Terminal) -> Exit {
        match self {
            Failure::Scenario(found) => {
                let exit = problems::exit(&found);
                match format {
                    Format::Text => terminal.error(&problems::text(&found, terminal.paint_err())),
                    Format::Json => {
                        let object = serde_json::json!({ "problems": problems::json(&found) });
                        // The exit code says it again, should standard output be gone too.
                        let _ = terminal.print_json(&object);
                    }
                }
                exit
            }
            Failure::Usage(message) => {
                terminal.error(&format!("highwater: {message}\n"));
                Exit::Bad
            }
            Failure::Io(message) => {
                terminal.error(&format!("highwater: {message}\n"));
                Exit::Io
            }
        }
    }
}
