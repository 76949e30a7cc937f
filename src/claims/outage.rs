//! Whether a run ends in an outage, by the rule that holds when nobody says what one is.

use super::measure::measure;
use crate::observe::Record;
use crate::scenario::{Measure, Scenario};
use crate::units::{SimTime, Span};

/// The rule in words.
pub const OUTAGE: &str =
    "in the last tenth of the run a fleet serves fewer than half of the requests that arrive";

/// Whether the run ends in an outage: in its last tenth, between rows, fewer than half as many requests
/// of a fleet succeed as arrive; or none arrives and none succeeds while some are in flight, as with
/// users who wait for ever.
pub fn is_outage(scenario: &Scenario, record: &Record) -> bool {
    let last_tenth = scenario.duration.as_ns() - scenario.duration.as_ns() / 10;
    let (from, until) =
        (SimTime::ZERO + Span::from_ns(last_tenth), SimTime::ZERO + scenario.duration);
    scenario.settings.fleets.iter().any(|fleet| {
        let of = |what: &str| format!("fleets.{}.{what}", fleet.name);
        let value = |what: &str, at| {
            measure(&Measure::ValueAt { series: of(what), at }, record).unwrap_or(0.0)
        };
        let rise = |what: &str| value(what, until) - value(what, from);
        let (served, arrived) = (rise("succeeded"), rise("requests"));
        let stuck = arrived == 0.0 && served == 0.0 && value("in_flight", until) > 0.0;
        served < arrived / 2.0 || stuck
    })
}
