//! Throughput: connections in use, pools, the loop thread, retries.

use super::Identity;
use super::amplification::most_at;
use super::state::{State, command_cost};
use crate::claims::words::{amount, share};
use crate::scenario::{Discipline, Made, Strategy};
use crate::units::Unit::{Count, PerSecond, Seconds};

/// Connections in use at once by Little's law: pools against their size, and one connection per
/// request against the free slots.
pub(super) fn in_use(state: &State, index: usize, found: &mut Vec<Identity>) {
    let server = &state.settings.servers[index];
    for fleet in &state.settings.fleets {
        let Some((_, peak)) = state.rate(fleet) else { continue };
        for (through, connections) in fleet.connections.iter().enumerate() {
            let mut mine = fleet.calls();
            mine.iter_mut().for_each(|made| {
                made.share *= made.call.share_of(index, Some(through));
            });
            let count: f64 = mine.iter().map(|made| made.share).sum();
            let held: f64 = mine.iter().map(|made| made.share * state.held(made.call, fleet)).sum();
            let (room, of, dial) = match &connections.strategy {
                _ if count == 0.0 || peak <= 0.0 => continue,
                Strategy::Shared(_) => continue,
                Strategy::Pooled(pooled) => {
                    let room = f64::from(pooled.max) * f64::from(fleet.instances);
                    (room, format!("in its pools \"{}\"", connections.name), 0.0)
                }
                Strategy::PerRequest { .. } => {
                    let room = state.free(index);
                    (room, format!("free slots of {}", server.name), state.dialling() * count)
                }
            };
            let used = peak * (held + dial);
            let text = format!(
                "{}: {} x {} held = {} connections in use at once, {} {of}",
                fleet.name,
                amount(peak, PerSecond),
                amount(held + dial, Seconds),
                amount(used, Count),
                amount(room, Count),
            );
            found.push(Identity { name: "connections_in_use", text, warning: used >= room });
        }
    }
}

/// The share of the loop thread, or of the workers and the acceptor, that dials, handshakes and
/// commands take.
pub(super) fn loop_thread(state: &State, index: usize, found: &mut Vec<Identity>) {
    let server = &state.settings.servers[index];
    let (mut dials, mut commands, mut serving) = (0.0, 0.0, 0.0);
    for fleet in &state.settings.fleets {
        let Some((_, peak)) = state.rate(fleet) else { continue };
        for Made { call, share } in fleet.calls() {
            let share = share * call.share_of(index, None);
            let sent = peak * share * f64::from(call.executed());
            commands += sent;
            serving += sent * command_cost(call, server);
            let strategy = &fleet.connections[call.through].strategy;
            if matches!(strategy, Strategy::PerRequest { .. }) {
                dials += peak * share;
            }
        }
    }
    let accept = server.cost.connect.as_secs_f64();
    let handshake = if server.tls { server.cost.tls_handshake.as_secs_f64() } else { 0.0 };
    let connect = accept + handshake;
    let (who, busy) = match server.discipline {
        Discipline::Turns => ("the loop".to_string(), dials * connect + serving),
        Discipline::Fifo => ("the server".to_string(), dials * connect + serving),
        Discipline::Workers => {
            let workers = f64::from(server.workers);
            let acceptor = format!("{}: the acceptor", server.name);
            cpu(acceptor, dials * accept, String::new(), found);
            let who = format!("each of {} workers", amount(workers, Count));
            (who, (dials * handshake + serving) / workers)
        }
    };
    let mut of = String::new();
    if dials > 0.0 && connect > 0.0 {
        let what = if server.tls { "connects with TLS handshake" } else { "connects" };
        of = format!(
            ": {} {what} at {} each (at most {}), {} commands",
            amount(dials, PerSecond),
            amount(connect, Seconds),
            amount(1.0 / connect, PerSecond),
            amount(commands, PerSecond),
        );
    }
    if server.discipline == Discipline::Workers {
        of = format!(": {} commands", amount(commands, PerSecond));
    }
    cpu(format!("{}: {who}", server.name), busy, of, found);
}

/// One sentence about a thread that is busy for a share of the time.
fn cpu(who: String, busy: f64, of: String, found: &mut Vec<Identity>) {
    if busy > 0.0 {
        let text = format!("{who} is busy {} of the time{of}", share(busy));
        found.push(Identity { name: "cpu_ceiling", text, warning: busy >= 1.0 });
    }
}

/// TLS handshakes that a server is asked for when all of them come to nothing and every attempt dials
/// again, against those it can make: above that, a storm can outlive what began it.
pub(super) fn handshakes(state: &State, index: usize, found: &mut Vec<Identity>) {
    let server = &state.settings.servers[index];
    let (accept, handshake) =
        (server.cost.connect.as_secs_f64(), server.cost.tls_handshake.as_secs_f64());
    if !server.tls || handshake <= 0.0 {
        return;
    }
    let most = match server.discipline {
        Discipline::Workers => f64::from(server.workers) / handshake,
        Discipline::Turns | Discipline::Fifo => 1.0 / (accept + handshake),
    };
    let (mut dials, mut terms) = (0.0, Vec::new());
    for fleet in &state.settings.fleets {
        let Some((_, peak)) = state.rate(fleet) else { continue };
        let dialling = |made: &&Made| {
            let strategy = &fleet.connections[made.call.through].strategy;
            matches!(strategy, Strategy::PerRequest { .. })
        };
        let share = |made: &Made| made.share * made.call.share_of(index, None);
        let share: f64 = fleet.calls().iter().filter(dialling).map(share).sum();
        let rate = peak * share.min(1.0);
        // `amplification` says where there is no limit.
        let attempts = most_at(fleet, index).unwrap_or(1.0);
        // A request whose call fails makes no further call.
        if rate > 0.0 {
            dials += rate * attempts;
            terms.push(format!("{} x {attempts}", amount(rate, PerSecond)));
        }
    }
    if dials > 0.0 {
        let text = format!(
            "{}: when every dial fails, {} attempts ask for {} TLS handshakes, at most {} are made",
            server.name,
            terms.join(" + "),
            amount(dials, PerSecond),
            amount(most, PerSecond),
        );
        found.push(Identity { name: "handshake_ceiling", text, warning: dials > most });
    }
}
