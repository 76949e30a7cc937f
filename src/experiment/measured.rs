//! What a run comes to: its figures, the measures of its claims, and whether it has the outage.

use super::simulate;
use super::summary::{Figure, figures, summary};
use crate::claims::{Goal, Known, is_outage, measure};
use crate::observe::Record;
use crate::scenario::{Change, ClaimTest, Knob, Level, Measure, Scenario};
use crate::units::Unit;

/// The name under which runs with the outage are counted: 1 in a run that has it, 0 in one that has not.
pub const OUTAGE_FIGURE: &str = "outage";

/// What can be measured: by claims, under their ids, and the figures of the summary.
pub fn measurable(scenario: &Scenario) -> Vec<Known> {
    measured(scenario, |_| true)
}

/// What a goal about one run can say: as [`measurable`], but for what tips a system, which is a question
/// to many runs.
pub fn known(scenario: &Scenario) -> Vec<Known> {
    measured(scenario, |measure| !matches!(measure, Measure::Tips(_)))
}

/// What a goal about many runs can say: as [`known`], and whether they have the outage.
pub fn askable(scenario: &Scenario) -> Vec<Known> {
    std::iter::once(outage_figure()).chain(known(scenario)).collect()
}

fn measured(scenario: &Scenario, wanted: fn(&Measure) -> bool) -> Vec<Known> {
    let claims = scenario.claims.iter().filter_map(|claim| match &claim.test {
        ClaimTest::Outcome { measure, unit, .. } if wanted(measure) => Some(Known {
            name: claim.id.clone(),
            unit: *unit,
            may_never_come: measure.may_never_come(),
        }),
        ClaimTest::Outcome { .. } | ClaimTest::Assumption(_) | ClaimTest::Nothing => None,
    });
    // A claim comes first: it is the author's own name.
    claims.chain(figures(scenario)).collect()
}

/// Whether runs have the outage, as a figure.
pub fn outage_figure() -> Known {
    Known { name: OUTAGE_FIGURE.to_string(), unit: Unit::Ratio, may_never_come: false }
}

/// How what several runs say stands to a goal; of several goals the last of these is that of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// The whole interval lies where the goal wants it.
    Meets,
    /// It lies on both sides of the bound.
    Undecided,
    /// None of it lies where the goal wants it.
    Misses,
}

/// Whether a run has the outage: meets `goal`, or the rule that holds without one. `None` when it
/// stopped, or there was nothing to measure.
pub(super) fn outage(
    scenario: &Scenario,
    record: &Record,
    figures: &[Figure],
    goal: Option<&Goal>,
) -> Option<bool> {
    match goal {
        _ if record.stopped.is_some() => None,
        None => Some(is_outage(scenario, record)),
        Some(goal) => goal.is_met(value(&goal.of.name, scenario, record, figures)),
    }
}

/// The value of a claim's measure, or of a figure.
fn value(name: &str, scenario: &Scenario, record: &Record, figures: &[Figure]) -> Option<f64> {
    let claim = scenario.claims.iter().find(|claim| claim.id == name);
    match claim.map(|claim| &claim.test) {
        Some(ClaimTest::Outcome { measure: what, .. }) => measure(what, record),
        _ => figures.iter().find(|figure| figure.name == name)?.value,
    }
}

/// A scenario that is played with one set of values of its knobs after the other.
pub(super) struct Bench<'a> {
    /// The scenario as its file says.
    pub base: &'a Scenario,
    /// The settings that are turned.
    pub knobs: &'a [Knob],
    /// What is kept of a run.
    pub figures: &'a [Known],
    /// What an outage is, when not the rule that holds without one.
    pub outage: Option<&'a Goal>,
}

/// What is kept of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// The values of the figures that are kept, in their order; of the outage 1 or 0.
    pub values: Vec<Option<f64>>,
    /// The digest of everything simulated.
    pub digest: String,
    /// Requests that arrived.
    pub requests: u64,
    /// Events that were handled.
    pub events: u64,
    /// Why the run stopped before its end, if it did: then it has no values.
    pub stopped: Option<String>,
}

impl Bench<'_> {
    /// The scenario with these values; measures of its claims stay, so that goals can speak of them.
    ///
    /// # Errors
    ///
    /// Why there is no such scenario.
    pub fn set(&self, levels: &[Level]) -> Result<Scenario, String> {
        let settings = self.knobs.iter().zip(levels).flat_map(|(knob, level)| knob.settings(level));
        let change = Change::to(settings);
        let changed = self.base.with(&[&change])?;
        let wanted = |id: &str| {
            let goals = self.outage.iter().map(|goal| &goal.of.name);
            self.figures.iter().map(|known| &known.name).chain(goals).any(|name| name == id)
        };
        let measured = self.base.claims.iter().filter(|claim| wanted(&claim.id));
        Ok(Scenario { claims: measured.cloned().collect(), ..changed })
    }

    /// Plays one run of it.
    pub fn play(&self, scenario: &Scenario, run: u32, follow: &mut dyn FnMut(&Record)) -> Figures {
        let record = simulate(scenario, run, follow);
        let figures = summary(scenario, &record);
        let of = |known: &Known| match known.name.as_str() {
            _ if record.stopped.is_some() => None,
            OUTAGE_FIGURE => outage(scenario, &record, &figures, self.outage)
                .map(|outage| f64::from(u8::from(outage))),
            name => value(name, scenario, &record, &figures),
        };
        // As they come back from a file: finite, and zero without a sign.
        let plain = |value: f64| value.is_finite().then_some(value + 0.0);
        Figures {
            values: self.figures.iter().map(|known| of(known).and_then(plain)).collect(),
            digest: record.digest.clone(),
            requests: record.requests,
            events: record.handled,
            stopped: record.stopped.clone(),
        }
    }
}
