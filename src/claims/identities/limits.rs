//! Ceilings: pools against the server's limit, ports against the dial rate, leases against leaks.

use super::Identity;
use super::state::State;
use crate::claims::words::{amount, share};
use crate::scenario::{LeakKind, Made, Strategy};
use crate::units::Unit::{Count, PerSecond, Seconds};

/// Instances x connections at most per instance, against the limit of the server they go to.
pub(super) fn pools(state: &State, index: usize, found: &mut Vec<Identity>) {
    let server = &state.settings.servers[index];
    let free = state.free(index);
    let (mut total, mut more, mut terms) = (0.0, 0.0, Vec::new());
    for (number, fleet) in state.settings.fleets.iter().enumerate() {
        for (through, connections) in fleet.connections.iter().enumerate() {
            let of = |made: &Made| made.call.server == index && made.call.through == through;
            let used = fleet.calls().iter().any(of);
            let max = match &connections.strategy {
                Strategy::Pooled(pooled) if used => pooled.max,
                Strategy::Shared(shared) if used => shared.connections + shared.aside,
                _ => continue,
            };
            total += f64::from(fleet.instances) * f64::from(max);
            terms.push(format!("{} {} x {max}", fleet.instances, fleet.name));
            if let Some((_, draining)) = state.overlap.filter(|(fleet, _)| *fleet == number) {
                more += f64::from(draining) * f64::from(max);
            }
        }
    }
    if terms.is_empty() {
        return;
    }
    let terms = terms.join(" + ");
    let bound =
        format!("{} connections at most, {} free slots", amount(total, Count), amount(free, Count));
    let text = format!("{}: {terms} = {bound}", server.name);
    found.push(Identity { name: "pool_ceiling", text, warning: total > free });
    if more > 0.0 {
        let text = format!(
            "{}: {} connections at most while old and new instances overlap, {} free slots",
            server.name,
            amount(total + more, Count),
            amount(free, Count)
        );
        found.push(Identity { name: "pool_overlap", text, warning: total + more > free });
    }
}

/// Ephemeral ports of one instance against its dials: a port is used again only after TIME_WAIT.
///
/// Source: Linux, `net/ipv4/inet_hashtables.c` and `Documentation/networking/ip-sysctl.rst`
/// (`ip_local_port_range`, `tcp_tw_reuse`).
pub(super) fn ports(state: &State, index: usize, found: &mut Vec<Identity>) {
    let fleet = &state.settings.fleets[index];
    let process = &fleet.process;
    let Some((_, peak)) = state.rate(fleet) else { return };
    let ports = f64::from(process.port_last.saturating_sub(process.port_first)) + 1.0;
    let wait = if process.tw_reuse { 1.0 } else { process.time_wait.as_secs_f64() };
    if wait <= 0.0 {
        return;
    }
    for (number, server) in state.settings.servers.iter().enumerate() {
        let dials = |made: &&Made| {
            let strategy = &fleet.connections[made.call.through].strategy;
            made.call.server == number && matches!(strategy, Strategy::PerRequest { .. })
        };
        let dials: f64 = fleet.calls().iter().filter(dials).map(|made| made.share).sum();
        let rate = peak * dials / f64::from(fleet.instances.max(1));
        if rate <= 0.0 {
            continue;
        }
        let ceiling = ports / wait;
        let mut text = format!(
            "{}: {} dials to {} per instance; {} ports, each used again after {}, allow {}",
            fleet.name,
            amount(rate, PerSecond),
            server.name,
            amount(ports, Count),
            amount(wait, Seconds),
            amount(ceiling, PerSecond),
        );
        if rate > ceiling {
            text.push_str(&format!(": {} find none", share(1.0 - ceiling / rate)));
        }
        found.push(Identity { name: "port_ceiling", text, warning: rate > ceiling });
    }
}

/// Leases that never come back against the size of the pools.
pub(super) fn leases(state: &State, index: usize, found: &mut Vec<Identity>) {
    let fleet = &state.settings.fleets[index];
    let Some((rate, _)) = state.rate(fleet) else { return };
    for (through, connections) in fleet.connections.iter().enumerate() {
        let Strategy::Pooled(pooled) = &connections.strategy else { continue };
        let leak = pooled.leak;
        let mine = fleet.calls().into_iter().filter(|made| made.call.through == through);
        let through: f64 = mine.map(|made| made.share).sum();
        let regular = if leak.every > 0 { 1.0 / f64::from(leak.every) } else { 0.0 };
        let lost = rate * through * (leak.on_success.share() + regular);
        if leak.kind != LeakKind::Lease || lost <= 0.0 {
            continue;
        }
        let size = f64::from(pooled.max) * f64::from(fleet.instances);
        let drained = size / lost;
        let text = format!(
            "{}: {} leases lost empty the pools \"{}\" of {} in {}",
            fleet.name,
            amount(lost, PerSecond),
            connections.name,
            amount(size, Count),
            amount(drained, Seconds),
        );
        found.push(Identity { name: "lease_drain", text, warning: drained <= state.seconds() });
    }
}
