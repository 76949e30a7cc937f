//! How far retries multiply: the attempts of each layer multiplied.

use super::Identity;
use super::state::State;
use crate::claims::words::amount;
use crate::scenario::{Call, Fleet, Retry, Settings};
use crate::units::Unit::{Count, PerSecond};

/// The layers around a call that try it again, from the outside, each with its attempts at most; `None`
/// is any number.
fn layers(settings: &Settings, fleet: &Fleet, call: &Call) -> Vec<(String, Option<u32>)> {
    let way = &fleet.connections[call.through];
    let mut layers = vec![
        (fleet.name.clone(), fleet.retry.attempts()),
        (format!("the library of \"{}\"", way.name), way.retry.attempts()),
    ];
    let mut server = &settings.servers[call.server];
    while let Some(proxy) = &server.proxy {
        layers.push((server.name.clone(), proxy.retry.attempts()));
        server = &settings.servers[proxy.to];
    }
    layers.retain(|(_, attempts)| *attempts != Some(1));
    layers
}

/// Attempts that one request can make at the bottom of a call when everything fails, the layers
/// multiplied; `None` is any number.
fn attempts(settings: &Settings, fleet: &Fleet, call: &Call) -> Option<f64> {
    layers(settings, fleet, call)
        .into_iter()
        .try_fold(1.0, |all, (_, attempts)| Some(all * f64::from(attempts?)))
}

/// The most attempts that one call of a fleet can make at server `server`, as far as their number is
/// limited; what a proxy does behind its clients' backs is not theirs.
pub(super) fn most_at(fleet: &Fleet, server: usize) -> Option<f64> {
    let around = fleet.retry.attempts();
    fleet.calls().iter().filter(|made| made.call.server == server).try_fold(
        1.0,
        |most: f64, made| {
            let library = fleet.connections[made.call.through].retry.attempts();
            Some(most.max(f64::from(around?) * f64::from(library?)))
        },
    )
}

/// How far retries can multiply the calls of a fleet when everything fails.
pub(super) fn bound(state: &State, index: usize, found: &mut Vec<Identity>) {
    let fleet = &state.settings.fleets[index];
    let Some((_, peak)) = state.rate(fleet) else { return };
    let name = &fleet.name;
    let mut said: Vec<String> = Vec::new();
    for made in fleet.calls() {
        let call = made.call;
        let layers = layers(state.settings, fleet, call);
        let server = &state.settings.servers[call.server].name;
        let text = match (layers.as_slice(), attempts(state.settings, fleet, call)) {
            ([], _) => continue,
            (_, None) => format!("{name}: when every call fails, attempts have no limit"),
            ([_], Some(attempts)) if fleet.retry != Retry::None => format!(
                "{name}: when every call fails, {} attempts each make {} of {} requests",
                amount(attempts, Count),
                amount(peak * attempts, PerSecond),
                amount(peak, PerSecond),
            ),
            (_, Some(attempts)) => {
                let each = |(layer, attempts): &(String, Option<u32>)| {
                    format!("{} of {layer}", attempts.unwrap_or(1))
                };
                let layers: Vec<String> = layers.iter().map(each).collect();
                format!(
                    "{name}: when every call to {server} fails, {} make {} attempts of one request: \
                     {} of {}",
                    layers.join(" x "),
                    amount(attempts, Count),
                    amount(peak * attempts, PerSecond),
                    amount(peak, PerSecond),
                )
            }
        };
        if !said.contains(&text) {
            found.push(Identity { name: "amplification", text: text.clone(), warning: false });
            said.push(text);
        }
    }
}
