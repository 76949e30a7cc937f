//! `highwater new`.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use highwater::scenario;

use super::exit::{Exit, Failure};
use super::terminal::Terminal;
use super::{Format, Options};

/// Writes a starter scenario to `NAME.json`, in `--out` or here, and never over something.
pub fn new(name: &str, options: &Options, terminal: &Terminal) -> Result<Exit, Failure> {
    let name = name.strip_suffix(".json").unwrap_or(name);
    let fair = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '.';
    if name.is_empty() || name.starts_with('.') || !name.chars().all(fair) {
        let expected = "expected letters, digits, dashes, dots and underscores";
        return Err(Failure::Usage(format!("{name:?} is no name for a scenario; {expected}")));
    }
    let folder = options.out.as_deref().unwrap_or(Path::new(""));
    if !folder.as_os_str().is_empty() {
        fs::create_dir_all(folder).map_err(|error| Failure::io("create", folder, &error))?;
    }
    let path = folder.join(format!("{name}.json"));
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)
        .and_then(|mut file| file.write_all(scenario::starter(name).as_bytes()))
        .map_err(|error| Failure::io("write", &path, &error))?;
    match options.format {
        Format::Json => {
            terminal.print_json(&serde_json::json!({ "file": path.to_string_lossy() }))?;
        }
        Format::Text => {
            let path = path.display();
            terminal
                .print(&format!("{path} is written; to simulate it: highwater run {path}\n"))?;
        }
    }
    Ok(Exit::AsExpected)
}
