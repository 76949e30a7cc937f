//! `highwater presets`.

use super::Format;
use super::exit::{Exit, Failure};
use super::terminal::Terminal;

/// Lists all presets, or shows one.
pub fn presets(name: Option<&str>, format: Format, terminal: &Terminal) -> Result<Exit, Failure> {
    let _ = (name, format, terminal);
    Err(Failure::Usage("presets are not here yet".to_string()))
}
