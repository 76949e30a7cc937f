//! Measures of metastability, and the scenarios that a search for a tipping point runs.

use std::sync::Arc;

use super::Reading;
use super::claims::Ground;
use super::quantity::quantity;
use crate::scenario::check::complete;
use crate::scenario::meant::{Measure, Recovers, Scenario, Tips};
use crate::scenario::merge::set;
use crate::scenario::raw::RawScenario;
use crate::scenario::table::{Kind, TOP};
use crate::scenario::tree::{Node, Path, Value};
use crate::scenario::view::View;
use crate::units::{SimTime, Span, Unit};

/// Values between two ends at most: more would take more runs than anyone means.
const MOST_STEPS: f64 = 1e6;

impl Ground<'_> {
    pub(super) fn recovers(&self, view: &View, path: &str, reading: &mut Reading) -> Recovers {
        let fleet = view.text("fleet").to_string();
        let known = || self.settings.fleets.iter().map(|fleet| fleet.name.as_str());
        if !fleet.is_empty() && !known().any(|name| name == fleet) {
            let names: Vec<&str> = known().collect();
            super::steps::resolve(view.node("fleet"), "fleet", &names, path, reading);
        }
        let from = self.instant(view, "from", path, self.from, reading);
        let before = self.instant(view, "before", path, self.to, reading);
        let after = self.instant(view, "after", path, self.to, reading);
        let until = self.instant(view, "until", path, self.to, reading);
        let over = view.span("over");
        let mut no = |key: &'static str, message: &str| {
            let node = view.find(key).unwrap_or(view.node);
            reading.at(node, &format!("{path}.{key}"), message, None);
        };
        if over < self.sample_every {
            no("over", "expected at least sample_every: goodput is counted between rows");
        }
        if from >= before {
            no(
                "before",
                "expected an instant after `from`: goodput before is counted between them",
            );
        } else if before.since(from) < over {
            no("before", "expected at least one window (`over`) between `from` and here");
        }
        if after < before {
            no(
                "after",
                "expected an instant not before `before`: the trigger ends after it begins",
            );
        } else if until <= after || until.since(after) < over {
            no("after", "expected at least one window (`over`) between here and the end");
        }
        Recovers { fleet, from, before, after, until, to: view.share("to").share(), over }
    }

    pub(super) fn tips(&self, view: &View, path: &str, reading: &mut Reading) -> Option<Tips> {
        let setting = view.text("path");
        let recovers = self.recovers(&view.sub("recovers"), &format!("{path}.recovers"), reading);
        let written = without_claims(self.written);
        let unit = match unit_of(setting, &written) {
            Ok(unit) => unit,
            Err((message, hint)) => {
                reading.at(view.node("path"), &format!("{path}.path"), message, hint);
                return None;
            }
        };
        let known = reading.findings.count();
        let [from, to, step] = ["from", "to", "to_within"]
            .map(|key| quantity(view.node(key), unit, &format!("{path}.{key}"), reading));
        if reading.findings.count() > known {
            return None;
        }
        let steps = ((to - from) / step).floor();
        if !(1.0..=MOST_STEPS).contains(&steps) {
            let message = "expected a `to` above `from`, and 1 to 1,000,000 steps between them";
            reading.at(view.node("to_within"), &format!("{path}.to_within"), message, None);
            return None;
        }
        let path_of = setting.to_string();
        let written = Arc::new(written);
        let files = Arc::new(reading.tables.kept(reading.findings));
        let tips =
            Tips { path: path_of, from, step, steps: steps as u32, unit, recovers, written, files };
        for (key, steps) in [("from", 0), ("to", tips.steps)] {
            let Err(why) = tips.scenario(steps) else { continue };
            let message = format!("there is no such scenario: {why}");
            reading.at(view.node(key), &format!("{path}.{key}"), message, None);
        }
        Some(tips)
    }
}

impl Tips {
    /// The scenario with the setting so many steps above its smallest value, and nothing to judge
    /// but whether it recovers.
    ///
    /// # Errors
    ///
    /// When the setting cannot have that value: why.
    pub fn scenario(&self, steps: u32) -> Result<Scenario, String> {
        let mut written = (*self.written).clone();
        let value = self.value(steps);
        let mut findings = self.files.findings();
        let literal = |kind: &Kind| literal(kind, value, &self.written);
        set(&Kind::Object(&TOP), &mut written, &self.path, literal).map_err(|no| no.message)?;
        let complete = complete(&Kind::Object(&TOP), &written, &Path::Top, &mut findings);
        let raw = RawScenario { name: "tips".to_string(), written, complete };
        let mut scenario = self.files.scenario(&raw, &mut findings);
        // What comes later is not looked at.
        scenario.duration = scenario.duration.min(self.recovers.until.since(SimTime::ZERO));
        match findings.take_since(0).first() {
            Some(first) => Err(format!("{}: {}", first.path, first.message)),
            None => Ok(scenario),
        }
    }
}

fn without_claims(written: &Node) -> Node {
    let mut written = written.clone();
    if let Value::Object(members) = &mut written.value {
        members.retain(|m| !matches!(m.key.as_str(), "claims" | "alerts" | "healthy"));
    }
    written
}

/// The unit of the setting at `path`.
fn unit_of(path: &str, written: &Node) -> Result<Unit, (String, Option<String>)> {
    let mut unit = None;
    let found = set(&Kind::Object(&TOP), &mut written.clone(), path, |kind| {
        unit = match kind {
            Kind::Span(..) | Kind::SpanOrNone(..) => Some(Unit::Seconds),
            Kind::Count(..) | Kind::CountOrNone(..) | Kind::Number(..) => Some(Unit::Count),
            Kind::Rate(..) => Some(Unit::PerSecond),
            Kind::Bytes(..) => Some(Unit::Bytes),
            Kind::Share => Some(Unit::Ratio),
            _ => None,
        };
        written.clone()
    });
    found.map_err(|no| (no.message, no.hint))?;
    let none = "expected the path of a time, a number, a rate, a size or a share";
    unit.ok_or((none.to_string(), None))
}

/// A value as it is written where `kind` must stand.
fn literal(kind: &Kind, value: f64, place: &Node) -> Node {
    let value = match kind {
        Kind::Span(..) | Kind::SpanOrNone(..) => {
            Value::Text(format!("{}ns", Span::from_secs_f64(value).as_ns()))
        }
        Kind::Rate(..) => Value::Text(format!("{value}/s")),
        Kind::Bytes(..) => Value::Text(format!("{}B", value.round())),
        // Steps of a tenth do not add up exactly; a whole number must be one.
        Kind::Count(..) | Kind::CountOrNone(..) => Value::Number((value * 1e6).round() / 1e6),
        _ => Value::Number(value),
    };
    Node { place: place.place, value }
}

/// What a claim of either kind measures.
pub(super) fn measure(
    ground: &Ground,
    tag: &str,
    view: &View,
    path: &str,
    reading: &mut Reading,
) -> (Measure, Unit) {
    let recovers = |reading: &mut Reading| ground.recovers(view, path, reading);
    if tag == "recovers" {
        return (Measure::Recovers(recovers(reading)), Unit::Seconds);
    }
    match ground.tips(view, path, reading) {
        Some(tips) => {
            let unit = tips.unit;
            (Measure::Tips(Box::new(tips)), unit)
        }
        // Why not was reported.
        None => {
            (Measure::Count { event: String::new(), from: ground.from, to: ground.to }, Unit::Count)
        }
    }
}
