//! Rules of monitoring, tested on runs: when each fires, how long before harm, and how often in a run
//! without a fault.

mod conditions;
mod judge;

pub use conditions::{Stretch, Watched, watch};
pub use judge::{Fired, Tested, fired, test_alerts};

use crate::observe::{Record, Scraper, Wanted};
use crate::scenario::Scenario;
use crate::units::SimTime;

/// Adds what the rules of a scenario need a run to look at: a scraper for each interval, and the first
/// failure of each fleet.
pub fn watched(scenario: &Scenario, wanted: &mut Wanted) {
    for alert in &scenario.alerts {
        let known = wanted.scrapers.iter().position(|scraper| scraper.every == alert.every);
        let place = known.unwrap_or_else(|| {
            let (sights, eyes) = (Vec::new(), Vec::new());
            wanted.scrapers.push(Scraper { every: alert.every, sights, eyes });
            wanted.scrapers.len() - 1
        });
        let scraper = &mut wanted.scrapers[place];
        for figure in alert.when.figures() {
            if !scraper.sights.contains(&figure.sight) {
                scraper.sights.push(figure.sight.clone());
            }
            if !scraper.eyes.contains(&figure.eye) {
                scraper.eyes.push(figure.eye);
            }
        }
    }
    for fleet in scenario.settings.fleets.iter().filter(|_| !scenario.alerts.is_empty()) {
        let failure = (failures_of(&fleet.name), 0.0);
        if !wanted.crossings.contains(&failure) {
            wanted.crossings.push(failure);
        }
    }
}

/// The instant that rules should warn before: the first failed request of any fleet.
pub fn harm(scenario: &Scenario, record: &Record) -> Option<SimTime> {
    let first = |name: &str| {
        let series = failures_of(name);
        let here = record.crossings.iter().find(|c| c.series == series && c.above == 0.0);
        here.and_then(|crossing| crossing.at)
    };
    scenario.settings.fleets.iter().filter_map(|fleet| first(&fleet.name)).min()
}

fn failures_of(fleet: &str) -> String {
    format!("fleets.{fleet}.failed")
}
