//! Reference cases: models whose figures theory, an exact chain or a published program knows.

use serde_json::Value;

/// All cases, as one JSON file: `highwater verify` and the tests read the same.
const CASES: &str = include_str!("cases.json");

/// A case: what is given, and what is to be expected of it.
#[derive(Clone, Debug)]
pub struct Case(Value);

/// The cases in the order of the file.
pub fn cases() -> Vec<Case> {
    let mut all: Value = serde_json::from_str(CASES).expect("the file of cases is JSON");
    match all["cases"].take() {
        Value::Array(cases) => cases.into_iter().map(Case).collect(),
        _ => Vec::new(),
    }
}

impl Case {
    /// Its name: `A01_mm1`.
    pub fn id(&self) -> &str {
        self.text("id")
    }

    /// Where its figures come from: `closed_form`, `ctmc_numeric`, `published`, `deterministic`, ...
    pub fn kind(&self) -> &str {
        self.text("kind")
    }

    /// Who says so.
    pub fn source(&self) -> &str {
        self.text("source")
    }

    /// A parameter that is a number.
    pub fn given(&self, pointer: &str) -> Option<f64> {
        self.0["parameters"].pointer(&format!("/{pointer}"))?.as_f64()
    }

    /// An expected figure by the keys that lead to it, with `/` between them.
    pub fn expected(&self, pointer: &str) -> Option<f64> {
        self.0["expected"].pointer(&format!("/{pointer}"))?.as_f64()
    }

    /// The pointers of all expected figures that are numbers.
    pub fn figures(&self) -> Vec<String> {
        let mut found = Vec::new();
        walk(&self.0["expected"], "", &mut found);
        found
    }

    fn text(&self, key: &str) -> &str {
        self.0[key].as_str().unwrap_or_default()
    }
}

fn walk(value: &Value, at: &str, found: &mut Vec<String>) {
    let mut below = |key: &str, value: &Value| {
        let at = if at.is_empty() { key.to_string() } else { format!("{at}/{key}") };
        walk(value, &at, found);
    };
    match value {
        Value::Object(object) => object.iter().for_each(|(key, value)| below(key, value)),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(i, value)| below(&i.to_string(), value));
        }
        Value::Number(_) => found.push(at.to_string()),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_has_a_name_of_its_own_a_source_and_figures() {
        let all = cases();
        assert!(all.len() > 80, "{}", all.len());
        let mut ids: Vec<&str> = all.iter().map(Case::id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all.len());
        assert!(all.iter().all(|case| !case.source().is_empty() && !case.kind().is_empty()));
    }

    #[test]
    fn a_figure_is_found_by_its_pointer() {
        let all = cases();
        let case = all.iter().find(|case| case.id() == "K05_lockstep_backoff").expect("K05");
        assert_eq!(case.expected("attempt_times_ms/4"), Some(1500.0));
        assert_eq!(case.given("cap_ms"), Some(1000.0));
        assert!(case.figures().contains(&"attempt_times_ms/4".to_string()));
        assert_eq!(case.expected("attempt_times_ms"), None);
    }
}
