//! Loads at which a storm of retries can outlive what began it.

use super::Identity;
use super::amplification::most_at;
use super::state::{State, command_cost};
use crate::claims::words::amount;
use crate::scenario::{Discipline, Fleet, Made, Server, Strategy};
use crate::units::Unit::{Count, PerSecond};

/// The vulnerable range of every server that a fleet with retries calls: from capacity over attempts,
/// up to where the system comes back by itself whatever happens, to capacity. In between it runs
/// well until something makes all calls fail; then each request asks for all its attempts, the server
/// works for clients that have left, and nothing but less load or fewer attempts ends it.
///
/// Source: N. Bronson, A. Aghayev, A. Charapko, T. Zhu, "Metastable Failures in Distributed Systems",
/// HotOS 2021, section 2.1: 300 queries a second, two attempts: stable up to 150.
pub(super) fn range(state: &State, index: usize, found: &mut Vec<Identity>) {
    let fleet = &state.settings.fleets[index];
    let Some((_, load)) = state.rate(fleet) else { return };
    for (number, server) in state.settings.servers.iter().enumerate() {
        let Some(capacity) = capacity(state, index, number).filter(|_| load > 0.0) else {
            continue;
        };
        let attempts = most_at(fleet, number);
        if attempts == Some(1.0) {
            continue;
        }
        let stable = attempts.map_or(0.0, |attempts| capacity / attempts);
        let vulnerable = stable < load && load <= capacity;
        let tries =
            attempts.map_or("any number of".to_string(), |attempts| amount(attempts, Count));
        let text = format!(
            "{}: {} serves {}; with {tries} attempts it recovers by itself below {}, and can stay \
             down between them; the load is {}",
            fleet.name,
            server.name,
            amount(capacity, PerSecond),
            amount(stable, PerSecond),
            amount(load, PerSecond),
        );
        found.push(Identity { name: "vulnerable_range", text, warning: vulnerable });
    }
}

/// Requests of one fleet per second that a server has CPU time for beside those of the others, when
/// each makes all its calls once; `None` when they cost it nothing.
fn capacity(state: &State, index: usize, number: usize) -> Option<f64> {
    let server = &state.settings.servers[number];
    let others = state.settings.fleets.iter().enumerate().filter(|(other, _)| *other != index);
    let taken: f64 = others
        .filter_map(|(_, other)| Some(state.rate(other)?.1 * work(server, number, other)))
        .sum();
    let mine = work(server, number, &state.settings.fleets[index]);
    let cores = match server.discipline {
        Discipline::Workers => f64::from(server.workers),
        Discipline::Turns | Discipline::Fifo => 1.0,
    };
    (mine > 0.0 && taken < cores).then(|| (cores - taken) / mine)
}

/// CPU seconds of a server for one request of a fleet. What an acceptor does beside the workers is
/// theirs here: it matters only where nothing else costs anything.
fn work(server: &Server, number: usize, fleet: &Fleet) -> f64 {
    let tls = if server.tls { server.cost.tls_handshake.as_secs_f64() } else { 0.0 };
    let dial = server.cost.connect.as_secs_f64() + tls;
    let work = |Made { call, share }: Made| {
        let share = share * call.share_of(number, None);
        let strategy = &fleet.connections[call.through].strategy;
        let dials = matches!(strategy, Strategy::PerRequest { .. });
        let commands = f64::from(call.executed()) * command_cost(call, server);
        share * (commands + if dials { dial } else { 0.0 })
    };
    fleet.calls().into_iter().map(work).sum()
}
