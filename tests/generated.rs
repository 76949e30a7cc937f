//! What is made from the table of keys and kept in the repository is up to date.

#[path = "support/generated.rs"]
mod generated;

use std::path::Path;

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

#[test]
fn the_pages_of_metrics_presets_and_json_are_those_of_their_tables() {
    check("docs/metrics.md", &highwater::scenario::metrics_page());
    check("docs/presets.md", &highwater::scenario::presets_page());
    check("docs/json.md", &highwater::report::json::shapes::page());
}

/// The table of cases in docs/verify.md, between its marks.
#[test]
fn the_page_of_verify_lists_all_cases() {
    const FILE: &str = "docs/verify.md";
    const MARKS: [&str; 2] = ["<!-- generated: cases -->\n", "<!-- end -->\n"];
    let mut made = String::from("| case | figures | played as, or why not |\n|---|---|---|\n");
    for case in highwater::experiment::verify::listed() {
        let figures = match (case.simulated, case.computed) {
            (0, 0) => "-".to_string(),
            (simulated, 0) => simulated.to_string(),
            (0, computed) => format!("{computed} computed"),
            (simulated, computed) => format!("{simulated}, {computed} computed"),
        };
        let file =
            |name: &&str| format!("[{name}](../src/experiment/verify/scenarios/{name}.json)");
        let files: Vec<String> = case.scenarios.iter().map(file).collect();
        let how = case.why.map_or(files.join(", "), str::to_string);
        made.push_str(&format!("| {} | {figures} | {how} |\n", case.id));
    }
    let kept = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE));
    let kept = kept.expect("the page is there");
    let (before, rest) = kept.split_once(MARKS[0]).expect("a first mark");
    let (_, after) = rest.split_once(MARKS[1]).expect("a second mark");
    check(FILE, &format!("{before}{}{made}{}{after}", MARKS[0], MARKS[1]));
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
