//! Bad files: one kind of mistake each, and what is said about it. The files are in `tests/bad`;
//! the answers, with file, line and column, are the snapshot beside this test.

use std::fmt::Write;
use std::path::Path;

use highwater::scenario::{Problems, read};

/// What is said about the file `name` of `tests/bad`.
fn check(name: &str) -> Result<(), Problems> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad");
    let load = |name: &str| match std::fs::read(folder.join(name)) {
        Ok(bytes) => Ok(bytes),
        // The wording of the system is not ours to test.
        Err(error) => Err(std::io::Error::new(error.kind(), "no such file")),
    };
    read(name, &load, &[]).map(drop)
}

fn names() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad");
    let entries = std::fs::read_dir(folder).expect("the folder of bad files is there");
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        let name = entry.expect("the folder can be listed").file_name();
        name.into_string().expect("names are UTF-8")
    };
    let mut names: Vec<String> = entries.map(name).filter(|name| name.ends_with("json")).collect();
    names.sort();
    names
}

/// Every file is refused, except the one that the others are made from, and every answer names
/// the file and a place that lies in it.
#[test]
fn every_mistake_is_named_at_its_place() {
    let mut said = String::new();
    let names = names();
    assert!(names.len() > 60, "there are at least 60 bad files");
    for name in names.iter().filter(|name| *name != "good.json") {
        let problems = check(name).expect_err(name);
        for problem in &problems {
            let text = problems.source(problem).expect("a problem's source is kept");
            assert!(text.get(problem.range.clone()).is_some(), "{name}: the place is in the text");
            let line = text.split('\n').nth(problem.line - 1).expect("the line exists");
            assert!(problem.column <= line.chars().count() + 1, "{name}: the column exists");
        }
        let lines = problems.to_string();
        writeln!(said, "# {name}\n{lines}").expect("a text can be written");
    }
    insta::assert_snapshot!(said);
}

#[test]
fn the_file_that_the_bad_ones_are_made_from_is_good() {
    check("good.json").unwrap();
}

#[test]
fn a_file_of_100_megabytes_is_refused_before_it_is_parsed() {
    let load = |_: &str| Ok(vec![b'['; 100_000_000]);
    let problems = read("large.json", &load, &[]).unwrap_err();
    assert_eq!(
        problems.to_string(),
        "large.json:1:1: the file has 96 MiB; expected 16 MiB at most (leave out what is not part of the scenario)\n"
    );
}

#[test]
fn a_file_that_cannot_be_read_is_a_failure_of_input() {
    assert!(check("no-such-file.json").unwrap_err().unreadable());
    assert!(check("base-missing.json").unwrap_err().unreadable());
    assert!(!check("text-empty.json").unwrap_err().unreadable());
}

/// A chain of bases ends somewhere, also when every file has another name.
#[test]
fn a_chain_of_bases_is_limited() {
    let load = |name: &str| {
        let next = name.trim_end_matches(".json").parse::<u64>().expect("a number") + 1;
        Ok(format!("{{ \"base\": \"{next}.json\" }}").into_bytes())
    };
    let problems = read("0.json", &load, &[]).unwrap_err();
    assert_eq!(
        problems.to_string(),
        "15.json:1:11: base: expected at most 16 files in a chain of bases\n"
    );
}

/// Problems beyond the first hundred are counted, not kept.
#[test]
fn a_flood_of_problems_is_cut() {
    let keys: Vec<String> = (0..5000).map(|n| format!("\"key-{n}\": 0")).collect();
    let text = format!("{{ {} }}", keys.join(", "));
    let load = |_: &str| Ok(text.clone().into_bytes());
    let problems = read("flood.json", &load, &[]).unwrap_err();
    assert_eq!(problems.iter().len(), Problems::LIMIT);
    assert_eq!(problems.iter().len() + problems.left_out(), 5000 + 4);
    assert!(problems.to_string().ends_with("more problems\n"));
}
