//! What arithmetic says a claim's measure must come to, before anything is simulated.
//!
//! Only the plain case has closed forms short enough to be believed at sight: one fleet whose requests
//! come at a constant rate, each of which opens a connection of its own, and a leak. Everything else
//! is left to the simulation. What is foretold holds up to the first entry of the timeline.

mod plain;
mod values;

use super::state::states;
use crate::scenario::{Beyond, Extreme, Measure, Scenario};
use crate::units::SimTime;
use plain::Plain;

/// Standard deviations on either side that are still foretold: one run in some 16,000 is outside.
const SDS: f64 = 4.0;
/// The share of runs below the lower end of what is foretold of a first time, and above the upper.
const TAIL: f64 = 3.2e-5;

/// What a measure must come to, in base units: "never" is infinite.
#[derive(Clone, Debug, PartialEq)]
pub struct Foretold {
    /// At least this.
    pub low: f64,
    /// At most this.
    pub high: f64,
    /// The arithmetic in one sentence.
    pub text: String,
}

impl Foretold {
    /// Whether no value that is foretold lies within `within` of `expect`.
    pub fn refutes(&self, expect: f64, within: f64) -> bool {
        self.high < expect - within || self.low > expect + within
    }

    /// A Poisson number whose mean lies between two others, and so many of its standard deviations.
    fn around(least: f64, most: f64, sds: f64, text: String) -> Foretold {
        let low = (least - sds * libm::sqrt(least.max(1.0))).max(0.0);
        Foretold { low, high: most + sds * libm::sqrt(most.max(1.0)), text }
    }
}

/// What a measure of a scenario must come to; `None` where no closed form says so.
pub fn foretell(scenario: &Scenario, measure: &Measure) -> Option<Foretold> {
    let states = states(scenario);
    let plain = Plain::of(scenario, &states[0])?;
    let before = |at: SimTime| Some(at.as_secs_f64()).filter(|at| *at <= plain.until);
    match measure {
        Measure::FirstTime { series, beyond: Beyond::Above(bound) } => {
            let found = plain.first_time(series, *bound)?;
            // What comes after an entry of the timeline is another matter, after the end it is never.
            let in_time = |at: f64| if at > plain.until { f64::INFINITY } else { at };
            let (low, high) = (in_time(found.low), in_time(found.high));
            let undisturbed = scenario.timeline.is_empty() || found.high < plain.until;
            undisturbed.then_some(Foretold { low, high, ..found })
        }
        Measure::ValueAt { series, at } => plain.value(series, before(*at)?),
        Measure::Extreme { kind: Extreme::Max, series, from, to } => {
            (from <= to).then(|| plain.highest(series, before(*to)?)).flatten()
        }
        Measure::Ratio { of, to, from, until } => {
            plain.failing(of, to, from.as_secs_f64(), before(*until)?)
        }
        Measure::Count { event, from, to } if event == "oom_kill" => {
            plain.kills(scenario, from.as_secs_f64(), to.as_secs_f64())
        }
        _ => None,
    }
}
