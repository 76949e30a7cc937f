//! Calls made while others hold their connections: the pool that cannot deadlock.

use super::Identity;
use super::state::State;
use crate::claims::words::amount;
use crate::scenario::{Arrivals, Fleet, Step, Strategy};
use crate::units::Unit::Count;

/// The smallest pool that cannot deadlock: with T requests at once that need C connections of it each,
/// T x (C - 1) can be held by requests that wait for one more, and one must be left.
///
/// Source: HikariCP, "About Pool Sizing", pool-locking.
pub(super) fn pools(state: &State, index: usize, found: &mut Vec<Identity>) {
    let fleet = &state.settings.fleets[index];
    for (through, connections) in fleet.connections.iter().enumerate() {
        let Strategy::Pooled(pooled) = &connections.strategy else { continue };
        let each = at_once(&fleet.steps, through);
        if each < 2 {
            continue;
        }
        let safe = pooled.max.saturating_sub(1) / (each - 1);
        let (requests, which) = at_an_instance(state, fleet);
        let requests = requests.ceil().max(1.0);
        let needed = requests * f64::from(each - 1) + 1.0;
        let text = format!(
            "{}: a request holds up to {each} connections of the pool \"{}\" at once: {} are safe for \
             {} requests at an instance; {}, {which}, need {} x ({each} - 1) + 1 = {}",
            fleet.name,
            connections.name,
            amount(pooled.max.into(), Count),
            amount(safe.into(), Count),
            amount(requests, Count),
            amount(requests, Count),
            amount(needed, Count),
        );
        found.push(Identity { name: "nested_pool", text, warning: f64::from(pooled.max) < needed });
    }
}

/// How many connections of one way a request holds at once, at most.
fn at_once(steps: &[Step], through: usize) -> u32 {
    let of = |step: &Step| match step {
        Step::Work(_) => 0,
        Step::Call(call) => u32::from(call.through == through) + at_once(&call.holding, through),
        Step::OneOf(branches) => {
            branches.iter().map(|branch| at_once(&branch.steps, through)).max().unwrap_or(0)
        }
    };
    steps.iter().map(of).max().unwrap_or(0)
}

/// Requests at an instance at once, and in words which ones: all users, or by Little's law the mean
/// at the highest rate, of requests that meet nobody.
fn at_an_instance(state: &State, fleet: &Fleet) -> (f64, &'static str) {
    let instances = f64::from(fleet.instances.max(1));
    match &fleet.arrivals {
        Arrivals::Users(users) => (f64::from(users.users) / instances, "all users"),
        Arrivals::Instants { at, each } => {
            let most = at.chunk_by(|a, b| a == b).map(<[_]>::len).max().unwrap_or(0);
            (most as f64 * f64::from(*each) / instances, "those of one instant")
        }
        Arrivals::Poisson(_) | Arrivals::Even(_) => {
            let peak = state.rate(fleet).map_or(0.0, |(_, peak)| peak);
            (peak * state.unhindered(fleet) / instances, "the mean without waiting")
        }
    }
}
