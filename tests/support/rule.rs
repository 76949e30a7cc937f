//! The rule by which a simulation is judged against a figure that theory knows.
//!
//! At least 20 independent replications with a seed of their own; the mean must lie within four
//! standard errors of the figure, and a standard error must be 1 % of the figure at most. On a miss
//! the case is played once more, four times as long and with another seed, and only that counts.

use highwater::theory::mean_interval;
use rayon::prelude::*;
use serde_json::Value;

const CASES: &str = include_str!("../../src/scenario/cases.json");
const REPLICATIONS: u32 = 20;
const STANDARD_ERRORS: f64 = 4.0;

/// A case of `src/scenario/cases.json`, how long to play it, and how well its figures must be known.
pub struct Case {
    id: &'static str,
    case: Value,
    replications: u32,
    precision: f64,
}

/// The case whose id begins with `id`.
pub fn case(id: &'static str) -> Case {
    let all: Value = serde_json::from_str(CASES).unwrap();
    let begins = |case: &&Value| case["id"].as_str().is_some_and(|long| long.starts_with(id));
    let case = all["cases"].as_array().unwrap().iter().find(begins);
    let case = case.unwrap_or_else(|| panic!("there is a case {id}")).clone();
    Case { id, case, replications: REPLICATIONS, precision: 0.01 }
}

impl Case {
    /// So many replications instead of 20.
    pub fn replications(self, replications: u32) -> Case {
        Case { replications: replications.max(REPLICATIONS), ..self }
    }

    /// A standard error may be this share of the figure, instead of 1 %.
    pub fn precision(self, precision: f64) -> Case {
        Case { precision, ..self }
    }

    /// Under another name, for figures that stand elsewhere.
    pub fn named(self, id: &'static str) -> Case {
        Case { id, ..self }
    }

    /// A parameter of the case.
    pub fn given(&self, key: &str) -> f64 {
        let value = &self.case["parameters"][key];
        value.as_f64().unwrap_or_else(|| panic!("{} gives {key}", self.id))
    }

    /// A figure of the case, by its pointer.
    pub fn expected(&self, pointer: &str) -> f64 {
        let value = self.case["expected"].pointer(&format!("/{pointer}"));
        value.and_then(Value::as_f64).unwrap_or_else(|| panic!("{} expects {pointer}", self.id))
    }

    /// A list of figures of the case.
    pub fn list(&self, key: &str) -> Vec<f64> {
        let list = self.case["expected"][key].as_array();
        let list = list.unwrap_or_else(|| panic!("{} expects a list {key}", self.id));
        list.iter().filter_map(Value::as_f64).collect()
    }

    /// Judges figures of the case. `play` plays one replication, with this seed and run number, so
    /// many times as long, and gives the figures in their order.
    pub fn check(&self, figures: &[&str], play: impl Fn(&str, u32, f64) -> Vec<f64> + Sync) {
        let expected: Vec<(&str, f64)> =
            figures.iter().map(|figure| (*figure, self.expected(figure))).collect();
        self.check_against(&expected, play);
    }

    /// The same, for figures that stand elsewhere.
    #[track_caller]
    pub fn check_against(
        &self,
        expected: &[(&str, f64)],
        play: impl Fn(&str, u32, f64) -> Vec<f64> + Sync,
    ) {
        let all = |seed: &str, longer: f64| -> Vec<Vec<f64>> {
            let one = |run| play(seed, run, longer);
            (0..self.replications).into_par_iter().map(one).collect()
        };
        let first = self.missed(expected, &all(&format!("case {}", self.id), 1.0));
        if first.is_empty() {
            return;
        }
        println!("{}: played again, four times as long", self.id);
        let again = self.missed(expected, &all(&format!("case {}, again", self.id), 4.0));
        assert!(again.is_empty(), "{}: {} missed twice", self.id, again.join(", "));
    }

    /// Prints each figure; names those that miss.
    fn missed(&self, expected: &[(&str, f64)], played: &[Vec<f64>]) -> Vec<String> {
        let mut missed = Vec::new();
        for (i, (name, figure)) in expected.iter().enumerate() {
            let values: Vec<f64> = played.iter().map(|run| run[i]).collect();
            let seen = mean_interval(&values);
            let error = seen.sd / (values.len() as f64).sqrt();
            let (off, share) = ((seen.mean - figure) / error, error / figure.abs());
            if seen.sd == 0.0 && seen.mean == *figure {
                println!("{} {name}: expected {figure}, simulated the same, always", self.id);
                continue;
            }
            println!(
                "{} {name}: expected {figure}, simulated {}, {off:+.2} standard errors of {:.2} %",
                self.id,
                seen.mean,
                100.0 * share
            );
            if off.abs() > STANDARD_ERRORS || share > self.precision {
                missed.push(name.to_string());
            }
        }
        missed
    }
}
