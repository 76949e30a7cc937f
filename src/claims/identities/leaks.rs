//! What a leak fills, and when: server slots, memory, descriptors.

use super::Identity;
use super::state::{State, idle_life};
use crate::claims::words::amount;
use crate::scenario::LeakKind;
use crate::units::Unit::{Bytes, Count, PerSecond, Seconds};

/// Slots held by a leak: Little's law where idle connections are closed, else the time to fill.
pub(super) fn slots(state: &State, index: usize, found: &mut Vec<Identity>) {
    let server = &state.settings.servers[index];
    let free = state.free(index);
    let (mut closed, mut held, mut lasting) = (0.0, 0.0, 0.0);
    for (leak, rate, life) in state.leaks_through(index) {
        match life {
            _ if leak.kind == LeakKind::Lease => {}
            Some(life) if !exempt(leak.kind) => {
                (closed, held) = (closed + rate, held + rate * life)
            }
            _ => lasting += rate,
        }
    }
    if held > 0.0 {
        let life = held / closed;
        let text = format!(
            "{}: {} leaked x {} idle hold {} slots of {} free",
            server.name,
            amount(closed, PerSecond),
            amount(life, Seconds),
            amount(held, Count),
            amount(free, Count),
        );
        found.push(Identity { name: "leaked_slots", text, warning: held >= free });
    }
    if lasting > 0.0 {
        let fill = (free - held).max(0.0) / lasting;
        let text = format!(
            "{}: {} leaked and never closed fill {} free slots in {}",
            server.name,
            amount(lasting, PerSecond),
            amount((free - held).max(0.0), Count),
            amount(fill, Seconds),
        );
        found.push(Identity { name: "fill_time", text, warning: fill <= state.seconds() });
    }
}

/// Memory of one instance filled by leaked sockets.
pub(super) fn memory(state: &State, index: usize, found: &mut Vec<Identity>) {
    let fleet = &state.settings.fleets[index];
    let process = &fleet.process;
    let each = (process.memory_per_socket.0 as f64) + (process.memory_per_leak.0 as f64);
    let room = process.memory_limit.0 as f64 - process.memory_base.0 as f64;
    let (lasting, held) = of_instance(state, index);
    if each <= 0.0 || lasting + held <= 0.0 {
        return;
    }
    let left = room - held * each;
    let fill = if left <= 0.0 { 0.0 } else { left / (lasting * each) };
    // A limit that nothing comes near is not worth a line.
    if fill > 10.0 * state.seconds() {
        return;
    }
    let text = format!(
        "{}: {} leaked per instance at {} each fill {} of memory in {}",
        fleet.name,
        amount(lasting, PerSecond),
        amount(each, Bytes),
        amount(left.max(0.0), Bytes),
        amount(fill, Seconds),
    );
    found.push(Identity { name: "memory_fill_time", text, warning: fill <= state.seconds() });
}

/// Descriptors of one instance filled by leaked sockets.
pub(super) fn descriptors(state: &State, index: usize, found: &mut Vec<Identity>) {
    let fleet = &state.settings.fleets[index];
    let (lasting, held) = of_instance(state, index);
    if lasting <= 0.0 {
        return;
    }
    let left = f64::from(fleet.process.nofile) - held;
    let fill = left.max(0.0) / lasting;
    if fill > 10.0 * state.seconds() {
        return;
    }
    let text = format!(
        "{}: {} leaked per instance fill {} descriptors in {}",
        fleet.name,
        amount(lasting, PerSecond),
        amount(left, Count),
        amount(fill, Seconds),
    );
    found.push(Identity { name: "descriptor_fill_time", text, warning: fill <= state.seconds() });
}

/// For one instance: leaks per second whose sockets stay for ever, and the number of leaked sockets
/// at any time that go when the server closes them.
fn of_instance(state: &State, index: usize) -> (f64, f64) {
    let (mut lasting, mut held) = (0.0, 0.0);
    for (server, settings) in state.settings.servers.iter().enumerate() {
        for (fleet, leak, rate) in state.leaks(server) {
            match (leak.kind, idle_life(settings)) {
                _ if fleet != index => {}
                (LeakKind::Lease, _) => {}
                (LeakKind::ClosesOnEof, Some(life)) => held += rate * life,
                _ => lasting += rate,
            }
        }
    }
    let instances = f64::from(state.settings.fleets[index].instances.max(1));
    (lasting / instances, held / instances)
}

/// Whether the idle timeout does not free the slots of such a leak.
fn exempt(kind: LeakKind) -> bool {
    matches!(kind, LeakKind::Reconnects | LeakKind::Subscribed | LeakKind::Blocked)
}
