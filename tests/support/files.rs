//! The shipped scenarios, read with changes.
#![allow(dead_code, reason = "each test binary uses its own part of this")]

use std::fs;
use std::path::{Path, PathBuf};

use highwater::experiment::simulate;
use highwater::observe::Record;
use highwater::scenario::{Scenario, read};
use rayon::prelude::*;

/// A shipped incident with some keys set anew.
pub fn incident(name: &str, set: &[(&str, &str)]) -> Scenario {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/incidents").join(name);
    read_file(&file.with_extension("json"), set)
}

/// Any scenario file with some keys set anew.
pub fn read_file(file: &Path, set: &[(&str, &str)]) -> Scenario {
    let set: Vec<(String, String)> =
        set.iter().map(|(path, value)| (path.to_string(), value.to_string())).collect();
    read(&file.to_string_lossy(), &|name| fs::read(name), &set)
        .unwrap_or_else(|problems| panic!("{problems}"))
}

/// Every scenario file that is shipped, by its path in the repository.
pub fn shipped() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    let mut folders = vec![root.join("scenarios")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.unwrap_or_else(|e| panic!("{}: {e}", folder.display())).path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "json")
                && !path.ends_with("schema.json")
            {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Runs 0 to `runs` in parallel, and what `of` makes of each record, by run.
pub fn over_runs<T: Send>(
    scenario: &Scenario,
    runs: u32,
    of: impl Fn(Record) -> T + Sync,
) -> Vec<T> {
    (0..runs).into_par_iter().map(|run| of(simulate(scenario, run, &mut |_| {}))).collect()
}
