//! Files that are made by the tests and kept in the repository.
#![allow(dead_code, reason = "each test binary uses its own part of this")]

use std::path::Path;

/// Compares a file with what it is made to be; `UPDATE_GENERATED=1` writes it.
#[track_caller]
pub fn check(file: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::write(&path, made).expect("the file can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let same = kept.lines().zip(made.lines()).take_while(|(a, b)| a == b).count();
    assert!(
        kept == made,
        "{file}: line {} differs; UPDATE_GENERATED=1 cargo test accepts it",
        same + 1
    );
}
