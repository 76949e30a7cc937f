//! How a scenario is studied: how many runs it takes, and what they leave out.

use std::path::Path;

use clap::Args;
use highwater::experiment::{Aim, Rule, Study, measurable, warm_up};
use highwater::scenario::{ClaimTest, Scenario, nearest_name};
use highwater::units::{duration, parse_ratio, parse_span};

use super::Options;
use super::exit::Failure;
use super::load::load;
use super::progress::Progress;
use super::run::{jobs, quoted};
use super::terminal::Terminal;

/// Runs to begin with when a precision is asked for and nobody says.
pub const BEGIN: u32 = 10;

/// What can be asked.
#[derive(Debug, Args)]
#[command(next_help_heading = "How well, and of what")]
pub struct Asked {
    /// Play on until figures are known to this share of their mean (half of the 95 % interval), such
    /// as 2%; --runs is where it begins [default: 10]
    #[arg(long, value_name = "SHARE", value_parser = precision)]
    precision: Option<f64>,
    /// Which figure of the summary or claim --precision is about; may be repeated [default: all claims
    /// that measure something]
    #[arg(long, value_name = "NAME", requires = "precision")]
    of: Vec<String>,
    /// With --precision: runs at most; what is not known by then is undecided
    #[arg(long, value_name = "N", requires = "precision", default_value_t = 1000)]
    #[arg(value_parser = clap::value_parser!(u32).range(10..=100_000))]
    runs_max: u32,
    /// Leave out the start: a time, as of warm_up, or auto: MSER-5 over 10 pilot runs
    #[arg(long, value_name = "TIME|auto")]
    warm_up: Option<String>,
}

/// Reads a share above 0 and below 1.
pub fn precision(text: &str) -> Result<f64, String> {
    let share = parse_ratio(text).map(|ratio| ratio.share());
    match share {
        Ok(share) if share > 0.0 && share < 1.0 => Ok(share),
        _ => Err("expected a share above 0 and below 1, such as 2% or 0.02".to_string()),
    }
}

impl Asked {
    /// Reads the scenario with its warm-up, and says what is studied; `None` is as the scenario says.
    pub fn load(
        &self,
        path: &Path,
        options: &Options,
        terminal: &Terminal,
    ) -> Result<(Scenario, Option<Study>), Failure> {
        let scenario = load(path, options)?;
        match self.warm_up.as_deref() {
            None => return Ok((scenario, None)),
            Some("auto") => {}
            Some(time) => {
                check(time, &scenario)?;
                return Ok((with_warm_up(path, options, time)?, None));
            }
        }
        let runs = highwater::experiment::PILOT_RUNS as usize;
        let progress = Progress::new(runs, terminal);
        let watch = |pilot: usize, fraction: f64| progress.note(pilot, fraction, None);
        let study = warm_up(&scenario, jobs(options, runs), &watch);
        progress.finish();
        let study = study.map_err(|few| Failure::Usage(format!("--warm-up auto: {few}")))?;
        let (_, time) = study.setting();
        Ok((with_warm_up(path, options, &time)?, Some(study)))
    }

    /// What is to be known how well, if that was asked.
    pub fn aim(&self, scenario: &Scenario, options: &Options) -> Result<Option<Aim>, Failure> {
        let Some(precision) = self.precision else { return Ok(None) };
        if options.runs.is_some_and(|begin| begin > self.runs_max) {
            let message = format!(
                "--runs-max: expected at least the {} --runs to begin with; found {}",
                self.begin(options),
                self.runs_max
            );
            return Err(Failure::Usage(message));
        }
        let known = measurable(scenario);
        let names = || known.iter().map(|known| known.name.as_str());
        let unknown = self.of.iter().find(|name| names().all(|known| known != **name));
        if let Some(name) = unknown {
            let hint = nearest_name(name, names());
            let hint = hint.unwrap_or_else(|| {
                "figures are named as in `summary` of --format json".to_string()
            });
            let message = format!("--of: there is no figure and no claim {name:?} ({hint})");
            return Err(Failure::Usage(message));
        }
        let mut of: Vec<String> = Vec::new();
        for name in &self.of {
            if !of.contains(name) {
                of.push(name.clone());
            }
        }
        if of.is_empty() {
            let measured = scenario.claims.iter();
            let measured = measured.filter(|claim| matches!(claim.test, ClaimTest::Outcome { .. }));
            of.extend(measured.map(|claim| claim.id.clone()));
        }
        if of.is_empty() {
            let fleet = scenario.settings.fleets.first();
            let fleet = fleet.map_or("app", |fleet| fleet.name.as_str());
            let message = format!(
                "--precision: the file has no claims that measure anything, so say what is to be known: \
                 --of fleets.{fleet}.latency_s_p99, --of fleets.{fleet}.failed_ratio, or another name of \
                 `summary` in --format json"
            );
            return Err(Failure::Usage(message));
        }
        Ok(Some(Aim { precision, of, most: self.runs_max }))
    }

    /// How many runs to begin with.
    pub fn begin(&self, options: &Options) -> u32 {
        options.runs.unwrap_or(if self.precision.is_some() { BEGIN } else { 1 })
    }

    /// The options that a repetition needs.
    pub fn repeat(&self) -> String {
        let mut text = String::new();
        let mut put = |name: &str, value: &str| {
            text.push_str(&format!(" {name} {}", quoted(value)));
        };
        if let Some(precision) = self.precision {
            put("--precision", &precision.to_string());
            self.of.iter().for_each(|name| put("--of", name));
            put("--runs-max", &self.runs_max.to_string());
        }
        if let Some(warm_up) = &self.warm_up {
            put("--warm-up", warm_up);
        }
        text
    }
}

/// Whether a warm-up was looked for and none found.
pub fn is_unsettled(study: &Study) -> bool {
    matches!(study.rule, Rule::NotSettled(_))
}

/// A warm-up that the option can say, and that ends before the run does.
fn check(time: &str, scenario: &Scenario) -> Result<(), Failure> {
    let bad = |expected: &str| {
        Err(Failure::Usage(format!("--warm-up: expected {expected}; found {time:?}")))
    };
    match parse_span(time) {
        Err(no) => bad(&format!("{}, or \"auto\"", no.expected)),
        Ok(warm_up) if warm_up >= scenario.duration => {
            bad(&format!("less than the duration of {}", duration(scenario.duration)))
        }
        Ok(_) => Ok(()),
    }
}

/// Reads the scenario with this warm-up: claims without a range of their own begin there.
fn with_warm_up(path: &Path, options: &Options, time: &str) -> Result<Scenario, Failure> {
    let mut set = options.set.clone();
    set.push(("warm_up".to_string(), time.to_string()));
    load(path, &Options { set, ..options.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_precision_is_a_share_between_none_and_all() {
        assert_eq!(precision("2%"), Ok(0.02));
        assert_eq!(precision("0.5"), Ok(0.5));
        for bad in ["0%", "0", "100%", "200%", "-1%", "abc", "", "2 percent", "NaN"] {
            assert!(precision(bad).is_err(), "{bad}");
        }
    }
}
