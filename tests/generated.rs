//! What is made from the table of keys and kept in the repository is up to date.

#[path = "support/generated.rs"]
mod generated;

use generated::check;

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
