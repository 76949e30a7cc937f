//! What is made from the table of keys and kept in the repository is up to date.

use std::path::Path;

/// Compares a file with what it is made to be; `UPDATE_GENERATED=1` writes it.
#[track_caller]
fn check(file: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::write(&path, made).expect("the file can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let same = kept.lines().zip(made.lines()).take_while(|(a, b)| a == b).count();
    assert!(
        kept == made,
        "{file}: line {} differs; UPDATE_GENERATED=1 cargo test --test generated accepts it",
        same + 1
    );
}

#[test]
fn the_schema_is_that_of_the_table() {
    let schema = serde_json::to_string_pretty(&highwater::scenario::schema());
    check("scenarios/schema.json", &(schema.expect("a schema is JSON") + "\n"));
}

#[test]
fn the_reference_page_is_that_of_the_table() {
    check("docs/scenario-reference.md", &highwater::scenario::reference());
}

/// What `highwater new` writes reads, whatever the name.
#[test]
fn the_starter_reads() {
    for name in ["checkout", "a \"quoted\" name", "TITLE", "\n", &"long ".repeat(100)] {
        let text = highwater::scenario::starter(name);
        let load = |_: &str| Ok(text.clone().into_bytes());
        if let Err(problems) = highwater::scenario::read("new.json", &load, &[]) {
            panic!("{problems}");
        }
    }
}
