//! Standing checks: what arithmetic alone says about a scenario, before anything is simulated.
//!
//! They cost nothing, they catch half of all mistakes in scenarios, and they are the first evidence
//! that a verdict can cite. Each one is a closed form over mean rates; the simulation has the last
//! word. They are made for the settings at the start and after every change of the timeline.

mod amplification;
mod foretell;
mod leaks;
mod limits;
mod nested;
mod rates;
mod state;
mod vulnerable;

pub use foretell::{Foretold, foretell};

use super::words::amount;
use crate::scenario::Scenario;
use crate::units::Unit;
pub(super) use state::overlap;
use state::{State, states};

/// One standing check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// What is checked: `leaked_slots`, `fill_time`, `pool_ceiling`, ...
    pub name: &'static str,
    /// The arithmetic in one sentence.
    pub text: String,
    /// Whether it says that something will run out.
    pub warning: bool,
}

/// The standing checks of a scenario, in the order of the timeline, each said once.
pub fn identities(scenario: &Scenario) -> Vec<Identity> {
    let mut all: Vec<Identity> = Vec::new();
    let mut said: Vec<(&'static str, String)> = Vec::new();
    for state in states(scenario) {
        for mut identity in of_state(&state) {
            if said.iter().any(|(name, text)| *name == identity.name && *text == identity.text) {
                continue;
            }
            said.push((identity.name, identity.text.clone()));
            let from = state.from.as_secs_f64();
            if from > 0.0 {
                identity.text = format!("from {}: {}", amount(from, Unit::Seconds), identity.text);
            }
            all.push(identity);
        }
    }
    all
}

fn of_state(state: &State) -> Vec<Identity> {
    let mut found = Vec::new();
    let servers = &state.settings.servers;
    for server in 0..servers.len() {
        // Of the nodes of a cluster none has more to do than the first.
        let cluster = servers[server].cluster.as_ref();
        if server > 0 && cluster.is_some() && servers[server - 1].cluster.as_ref() == cluster {
            continue;
        }
        leaks::slots(state, server, &mut found);
        limits::pools(state, server, &mut found);
        rates::in_use(state, server, &mut found);
        rates::loop_thread(state, server, &mut found);
        rates::handshakes(state, server, &mut found);
    }
    for fleet in 0..state.settings.fleets.len() {
        leaks::memory(state, fleet, &mut found);
        leaks::descriptors(state, fleet, &mut found);
        limits::ports(state, fleet, &mut found);
        limits::leases(state, fleet, &mut found);
        nested::pools(state, fleet, &mut found);
        amplification::bound(state, fleet, &mut found);
        vulnerable::range(state, fleet, &mut found);
    }
    found
}
