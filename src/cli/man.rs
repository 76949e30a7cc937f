//! `highwater man`.

use std::fs;
use std::path::Path;

use clap::CommandFactory;

use super::Arguments;
use super::exit::{Exit, Failure};
use super::terminal::Terminal;

/// Prints the manual page of the command, or writes it and one page per subcommand to a folder.
pub fn man(folder: Option<&Path>, terminal: &Terminal) -> Result<Exit, Failure> {
    let command = Arguments::command();
    match folder {
        None => terminal.print(&page(command)?)?,
        Some(folder) => {
            fs::create_dir_all(folder).map_err(|error| Failure::io("create", folder, &error))?;
            clap_mangen::generate_to(command, folder)
                .map_err(|error| Failure::io("write", folder, &error))?;
        }
    }
    Ok(Exit::AsExpected)
}

fn page(command: clap::Command) -> Result<String, Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command)
        .render(&mut page)
        .map_err(|error| Failure::Io(format!("cannot make the manual page: {error}")))?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
