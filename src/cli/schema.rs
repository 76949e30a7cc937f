//! `highwater schema`.

use highwater::scenario;

use super::exit::{Exit, Failure};
use super::terminal::Terminal;

/// Prints the JSON Schema of scenario files.
pub fn schema(terminal: &Terminal) -> Result<Exit, Failure> {
    terminal.print_json(&scenario::schema())?;
    Ok(Exit::AsExpected)
}
