//! The sides of a comparison, from the command line.

use std::path::Path;

use highwater::claims::{Goal, amount};
use highwater::experiment::{Differs, Side, known};
use highwater::scenario::{Entry, Scenario, Variation, WhichClaims, cut_outside};
use highwater::units::Unit;

use super::{Asked, Outage};
use crate::cli::Options;
use crate::cli::exit::Failure;
use crate::cli::load::{self, read_variation};

/// Sides at most: each is played as often as there are runs.
const MOST_SIDES: usize = 100;

/// All sides, the first one first, and what an outage is.
pub fn read(asked: &Asked, options: &Options) -> Result<(Vec<Side>, Outage), Failure> {
    let count = asked.scenarios.len() + asked.with.len() + asked.without.len();
    if count < 2 {
        let message = "compare needs two scenarios, or one and --with, --without or --actions-at";
        return Err(Failure::Usage(message.to_string()));
    }
    if count > MOST_SIDES {
        let message = format!("expected at most {MOST_SIDES} sides; found {count}");
        return Err(Failure::Usage(message));
    }
    let outage = asked.outage.as_deref().map(|text| goal(text, &asked.scenarios[0], options));
    let outage = outage.transpose()?;
    let reader = Reader { options, claims: claims(&outage) };
    let mut sides = Vec::new();
    for path in &asked.scenarios {
        sides.push(reader.file(path, &sides)?);
    }
    for text in &asked.with {
        sides.push(reader.with(text, &asked.scenarios[0])?);
    }
    for text in &asked.without {
        let side = reader.without(text, &asked.scenarios[0], &sides[0].scenario)?;
        sides.push(side);
    }
    if let Some(goal) = &outage {
        for side in &sides {
            if !known(&side.scenario).contains(&goal.of) {
                let message = format!("--outage: {} has no {}", side.name, goal.of.name);
                return Err(Failure::Usage(message));
            }
        }
    }
    Ok((sides, outage))
}

/// Reads `--outage` against the figures and claims of the first scenario.
fn goal(text: &str, path: &Path, options: &Options) -> Result<Goal, Failure> {
    let scenario = load::for_goals(path, options).map_err(Failure::Scenario)?;
    let known = known(&scenario);
    Goal::read(text, &known).map_err(|bad| Failure::Usage(format!("--outage: {bad}")))
}

/// Only what the goal is about is kept: other claims may speak of what a side leaves out.
fn claims(outage: &Outage) -> WhichClaims {
    match outage {
        Some(goal) => WhichClaims::Only(goal.of.name.clone()),
        None => WhichClaims::Nobody,
    }
}

struct Reader<'a> {
    options: &'a Options,
    claims: WhichClaims,
}

impl Reader<'_> {
    fn read(&self, path: &Path, variation: Variation) -> Result<Scenario, Failure> {
        let variation = Variation { claims: self.claims.clone(), ..variation };
        read_variation(path, self.options, &variation).map_err(Failure::Scenario)
    }

    fn file(&self, path: &Path, before: &[Side]) -> Result<Side, Failure> {
        let scenario = self.read(path, Variation::default())?;
        let taken = before.iter().any(|side| side.name == scenario.name);
        let name = if taken { path.to_string_lossy().into_owned() } else { scenario.name.clone() };
        Ok(Side { name, scenario, differs: Differs::File })
    }

    fn with(&self, text: &str, path: &Path) -> Result<Side, Failure> {
        let bad = |why: String| Failure::Usage(format!("--with: {why}"));
        let with: Result<_, String> = settings(text).into_iter().map(crate::cli::setting).collect();
        let scenario =
            self.read(path, Variation { with: with.map_err(bad)?, ..Variation::default() })?;
        let name = text.trim().to_string();
        Ok(Side { differs: Differs::With(name.clone()), name, scenario })
    }

    fn without(&self, text: &str, path: &Path, first: &Scenario) -> Result<Side, Failure> {
        let without: Vec<String> = text.split(',').map(|path| path.trim().to_string()).collect();
        let of_timeline = |path: &String| path.split('.').next() == Some("timeline");
        let only_timeline = without.iter().all(of_timeline);
        let scenario = self.read(path, Variation { without, ..Variation::default() })?;
        let gone = gone(&first.timeline, &scenario.timeline);
        let what = match gone.is_empty() || !only_timeline {
            true => text.trim().to_string(),
            false => gone,
        };
        let name = format!("without {}", text.trim());
        Ok(Side { differs: Differs::Without(what), name, scenario })
    }
}

/// What stands in one timeline and not in the other, in words.
fn gone(all: &[Entry], left: &[Entry]) -> String {
    const MOST: usize = 2;
    let mut left: Vec<(u64, &str)> =
        left.iter().map(|entry| (entry.at.as_ns(), entry.label.as_str())).collect();
    let mut gone = Vec::new();
    for entry in all {
        let same = |other: &(u64, &str)| *other == (entry.at.as_ns(), entry.label.as_str());
        match left.iter().position(same) {
            Some(at) => drop(left.remove(at)),
            None => gone.push(entry),
        }
    }
    let said = |entry: &&Entry| {
        format!("\"{}\" at {}", entry.label, amount(entry.at.as_secs_f64(), Unit::Seconds))
    };
    let mut words: Vec<String> = gone.iter().take(MOST).map(said).collect();
    if gone.len() > MOST {
        words.push(format!("{} more entries of the timeline", gone.len() - MOST));
    }
    words.join(" and ")
}

/// Cuts settings at commas after which a path and an equals sign come, outside quotes and brackets.
fn settings(text: &str) -> Vec<&str> {
    let pieces = cut_outside(text, |c, rest| c == ',' && begins_setting(rest));
    pieces.into_iter().map(|(_, piece)| piece.trim()).collect()
}

fn begins_setting(text: &str) -> bool {
    let path = text.split_once('=').map_or("", |(path, _)| path).trim();
    let part = |c: char| c.is_ascii_alphanumeric() || "_-.+".contains(c);
    path.starts_with(|c: char| c.is_ascii_alphabetic()) && path.chars().all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_settings_of_a_side_are_separated_by_commas() {
        for (text, parts) in [
            ("a.b=5min", &["a.b=5min"][..]),
            ("a.b=5min,c=2", &["a.b=5min", "c=2"]),
            (
                "a.b=[1,2],c={\"x\": 1, \"y\": \"a,b=c\"}, d-e.0=1",
                &["a.b=[1,2]", "c={\"x\": 1, \"y\": \"a,b=c\"}", "d-e.0=1"],
            ),
            ("about.title=one, two", &["about.title=one, two"]),
            ("a=\"x\\\",b=1\"", &["a=\"x\\\",b=1\""]),
            ("a=]],b=1", &["a=]]", "b=1"]),
            ("", &[""]),
        ] {
            assert_eq!(settings(text), parts, "{text}");
        }
    }
}
