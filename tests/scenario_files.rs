//! Every scenario file that is shipped reads without a problem.

use std::path::{Path, PathBuf};

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder of scenarios is there") {
        let path = entry.expect("the folder can be listed").path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if path.extension().is_some_and(|e| e == "json") && !path.ends_with("schema.json") {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[test]
fn every_shipped_scenario_reads() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let files = files(&root);
    assert!(files.len() >= 10, "the incident scenarios are shipped");
    for file in files {
        let name = file.to_str().expect("the path is UTF-8");
        if let Err(problems) = highwater::scenario::read(name, &|name| std::fs::read(name), &[]) {
            panic!("{problems}");
        }
    }
}
