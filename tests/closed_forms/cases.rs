//! Cases with known figures.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its cases has failed")]

use highwater::theory::{Queue, Waiting};
use highwater::units::{Rate, Span};
use serde_json::Value;

const CASES: &str = include_str!("../../src/scenario/cases.json");

/// One case of `src/scenario/cases.json`.
pub struct Case {
    pub id: &'static str,
    pub case: Value,
}

pub fn case(id: &'static str) -> Case {
    let all: Value = serde_json::from_str(CASES).unwrap();
    let cases = all["cases"].as_array().unwrap();
    let case = cases.iter().find(|case| case["id"] == id);
    Case { id, case: case.unwrap_or_else(|| panic!("there is a case {id}")).clone() }
}

impl Case {
    pub fn given(&self, key: &str) -> f64 {
        let value = &self.case["parameters"][key];
        value.as_f64().unwrap_or_else(|| panic!("{} gives {key}", self.id))
    }

    pub fn queue(&self) -> Queue {
        let servers = if self.case["parameters"]["pool"].is_null() { "slots" } else { "pool" };
        Queue {
            arrivals: rate(self.given("arrival_rate")),
            mean_service: Span::from_secs_f64(self.given("mean_service_s")),
            servers: self.given(servers) as u32,
        }
    }

    /// The file prints 12 significant figures, so a figure is off by 5e-12 of itself at most; the
    /// rest is room for ten-figure gamma functions.
    #[track_caller]
    pub fn check(&self, pointer: &str, actual: f64) {
        let expected = self.case["expected"].pointer(&format!("/{pointer}"));
        let expected = expected.and_then(Value::as_f64);
        let expected = expected.unwrap_or_else(|| panic!("{} expects {pointer}", self.id));
        let off = (actual - expected).abs();
        assert!(off <= 1e-10 * expected.abs(), "{} {pointer}: {actual}, not {expected}", self.id);
    }

    #[track_caller]
    pub fn check_waiting(&self, waiting: Waiting) {
        self.check("p_wait", waiting.p_wait);
        self.check("Wq", waiting.mean_wait_s);
        self.check("W", waiting.mean_sojourn_s);
        if self.case["expected"].get("Lq").is_some() {
            self.check("Lq", waiting.mean_waiting);
        }
        if self.case["expected"].get("L").is_some() {
            self.check("L", waiting.mean_in_system);
        }
    }
}

pub fn rate(per_second: f64) -> Rate {
    Rate::per_second(per_second).unwrap()
}

pub fn ms(ms: u64) -> Span {
    Span::from_ns(ms * 1_000_000)
}
