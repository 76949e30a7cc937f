//! Every lesson teaches what it says: the claims of each file in `scenarios/lessons` and in
//! `scenarios/capacity` come out as the file expects, over several runs, and none is left open.

#[path = "support/files.rs"]
mod files;

use std::fs;
use std::path::Path;

use files::{read_file, shipped};
use highwater::experiment::replicate;
use highwater::scenario::Verdict;

/// Runs of each: a lesson must not hang on one seed.
const RUNS: u32 = 5;

#[test]
fn every_lesson_comes_out_as_it_says() {
    come_out_as_they_say("lessons");
}

#[test]
fn every_capacity_lesson_comes_out_as_it_says() {
    come_out_as_they_say("capacity");
}

fn come_out_as_they_say(folder: &str) {
    let lessons =
        shipped().into_iter().filter(|file| file.components().any(|c| c.as_os_str() == folder));
    let mut count = 0;
    for file in lessons {
        let outcome = replicate(&read_file(&file, &[]), RUNS, 2, &|_| {});
        let name = file.display();
        assert_eq!(outcome.stopped, None, "{name}");
        assert!(!outcome.claims.is_empty(), "{name} claims something");
        for claim in &outcome.claims {
            assert!(claim.as_wanted(), "{name}, {}: {}", claim.id, claim.because);
            assert_ne!(claim.verdict, Verdict::Undecided, "{name}, {}", claim.id);
        }
        count += 1;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(folder);
    let files = fs::read_dir(folder).expect("the lessons are shipped").count();
    assert_eq!(count, files, "every file of the folder is a lesson and was judged");
}
