//! What cannot change while a run goes on, and why.

use crate::scenario::meant::{Fleet, Server, Settings};

/// What has changed although it cannot at run time, and why it cannot.
/// With `in_place` the processes that run take the change; in a deploy new ones bring it.
pub(super) fn unchangeable(
    before: &Settings,
    after: &Settings,
    in_place: bool,
) -> Option<(String, String)> {
    for (old, new) in before.servers.iter().zip(&after.servers) {
        let path = format!("servers.{}", old.name);
        if old.tls != new.tls {
            return Some((format!("{path}.tls"), "TLS cannot change during a run".to_string()));
        }
        if old.discipline != new.discipline {
            let message = "the order of work cannot change during a run".to_string();
            return Some((format!("{path}.discipline"), message));
        }
        if old.workers != new.workers {
            let message = "the number of workers cannot change during a run".to_string();
            return Some((format!("{path}.workers"), message));
        }
        if old.preset != new.preset {
            let message = "a server cannot become another one during a run".to_string();
            return Some((format!("{path}.preset"), message));
        }
        if let Some(key) = needs_restart(old, new) {
            let who = old.kind();
            let message = format!("{key} cannot change during a run: {who} would need a restart");
            return Some((format!("{path}.{key}"), message));
        }
        let kind = |server: &Server| server.proxy.as_ref().map(|proxy| (proxy.to, proxy.mode));
        if kind(old) != kind(new) {
            let message = "what stands behind a proxy, and its mode, cannot change during a run";
            return Some((format!("{path}.proxy"), message.to_string()));
        }
    }
    for (old, new) in before.fleets.iter().zip(&after.fleets) {
        let path = format!("fleets.{}.connections", old.name);
        let same_names = old
            .connections
            .iter()
            .map(|way| &way.name)
            .eq(new.connections.iter().map(|way| &way.name));
        if !same_names {
            let message = "connections cannot appear or go during a run".to_string();
            return Some((path, message));
        }
        let bulkheads = |fleet: &Fleet| -> Vec<String> {
            fleet.guards.bulkheads.iter().map(|bulkhead| bulkhead.name.clone()).collect()
        };
        if bulkheads(old) != bulkheads(new) {
            let message = "bulkheads cannot appear or go during a run".to_string();
            return Some((format!("fleets.{}.bulkheads", old.name), message));
        }
        for (was, is) in old.connections.iter().zip(&new.connections) {
            let kind = std::mem::discriminant(&was.strategy);
            if in_place && kind != std::mem::discriminant(&is.strategy) {
                let message =
                    "a process that runs cannot change how it holds its connections".to_string();
                return Some((format!("{path}.{}", was.name), message));
            }
        }
    }
    let names = |settings: &Settings| -> Vec<String> {
        let servers = settings.servers.iter().map(|server| &server.name);
        servers.chain(settings.fleets.iter().map(|fleet| &fleet.name)).cloned().collect()
    };
    (names(before) != names(after)).then(|| {
        ("servers".to_string(), "servers and fleets cannot appear or go during a run".to_string())
    })
}

/// A setting that differs and that the running server does not take.
fn needs_restart(old: &Server, new: &Server) -> Option<&'static str> {
    let differs = [
        ("maxclients", old.maxclients != new.maxclients),
        ("reserved", old.reserved != new.reserved),
        ("timeout", old.timeout != new.timeout),
        ("keepalive", old.keepalive != new.keepalive),
        ("backlog", old.backlog != new.backlog),
        ("somaxconn", old.somaxconn != new.somaxconn),
        ("hz", old.hz != new.hz),
        ("dynamic_hz", old.dynamic_hz != new.dynamic_hz),
        ("accepts_per_turn", old.accepts_per_turn != new.accepts_per_turn),
        ("accepts_per_turn_tls", old.accepts_per_turn_tls != new.accepts_per_turn_tls),
        ("maxmemory_clients", old.maxmemory_clients != new.maxmemory_clients),
    ];
    let due = differs.into_iter().find(|(key, differs)| *differs && !old.settable.contains(key));
    due.map(|(key, _)| key)
}
