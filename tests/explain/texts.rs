//! What people and programs see: the text of two shipped scenarios, cut short, and the same facts in
//! JSON.

use std::fs;
use std::path::Path;

use highwater::experiment::{Question, explain};
use highwater::report;
use highwater::report::text::Paint;
use highwater::scenario::Scenario;
use highwater::units::SimTime;
use serde_json::Value;

use crate::files::read_file;
use crate::generated::check;

const FIRST: Question = Question::Failure { cause: None, fleet: None, after: SimTime::ZERO };

fn shipped(file: &str, set: &[(&str, &str)]) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(file);
    read_file(&path, set)
}

fn chat() -> Scenario {
    let set = [
        ("servers.redis.maxclients", "400"),
        ("duration", "2min"),
        ("sample_every", "1s"),
        ("claims", "[]"),
    ];
    shipped("incidents/chat-38min.json", &set)
}

fn text(scenario: &Scenario) -> String {
    let found = explain(scenario, 0, FIRST, &mut |_| {});
    report::text::explain(scenario, &found, Paint::PLAIN)
}

#[track_caller]
fn fits(text: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= 100, "{line}");
        assert_eq!(line.trim_end(), line);
    }
}

#[test]
fn the_text_of_a_leak() {
    let text = text(&chat());
    fits(&text);
    insta::assert_snapshot!(text);
}

/// The page shows what is printed today: `UPDATE_GENERATED=1` writes it.
#[test]
fn the_page_shows_what_is_printed() {
    const PAGE: &str = "docs/explain.md";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let page = fs::read_to_string(path).unwrap();
    let (before, rest) = page.split_once("<!-- generated: explain -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- end -->").unwrap();
    let printed = text(&chat());
    let made = format!(
        "{before}<!-- generated: explain -->\n```text\n{}\n```\n<!-- end -->{after}",
        printed.trim_end()
    );
    check(PAGE, &made);
}

#[test]
fn the_text_of_a_retry_storm() {
    let text = text(&shipped("lessons/retry-storm-immediate.json", &[("claims", "[]")]));
    fits(&text);
    insta::assert_snapshot!(text);
}

/// Colour carries no meaning, and JSON has what the text says.
#[test]
fn json_has_the_same_facts() {
    let scenario = chat();
    let found = explain(&scenario, 0, FIRST, &mut |_| {});
    let json = report::explain::explain(&scenario, &found);
    assert_eq!(json["headline"], Value::from(found.headline.clone()));
    assert_eq!(json["digest"], Value::from(found.record.digest.clone()));
    let chain = json["chain"].as_array().unwrap();
    assert_eq!(chain.len(), found.chain.len());
    let ended = found.ended.unwrap();
    assert_eq!(chain[0]["at_s"].as_f64(), Some(ended.at.as_secs_f64()));
    assert!(chain[0]["wall_clock"].as_str().unwrap().starts_with("2024-11-14T09:43:"));
    let slots = chain.iter().find(|link| link["kind"] == "slots").unwrap();
    assert_eq!((slots["limit"].as_u64(), slots["taken"].as_u64()), (Some(400), Some(400)));
    let request = &json["request"];
    assert_eq!(request["cause"], "rejected");
    assert_eq!(request["attempts"][0]["slots"]["taken"], 400);
    assert_eq!(json["class"]["name"], "leak");
    let life = &json["connection"];
    assert_eq!(life["server"], "redis");
    let leaked = found.connection.as_ref().unwrap().leaked.unwrap().0;
    assert_eq!(life["leaked_s"].as_f64(), Some(leaked.as_secs_f64()));
    let ratio = json["signals"].as_array().unwrap().iter().find(|s| s["name"] == "ratio_0.8");
    assert!(ratio.unwrap()["lead_s"].as_f64().unwrap() > 0.0);
}
