//! Servers.

use super::Reading;
use super::nodes::as_written;
use super::proxy::proxies;
use crate::scenario::meant::{
    Cluster, Cost, DescriptorRule, Discipline, Exporters, Internal, KillFilters, MaxclientsCheck,
    Memory, Nofile, Reaper, Server, Sweep, WhenFull,
};
use crate::scenario::table::{SERVER, SETTABLE};
use crate::scenario::tree::Node;
use crate::scenario::view::View;

/// The servers, sorted by name.
pub(super) fn servers(top: &View, reading: &mut Reading) -> Vec<Server> {
    let named = top.named("servers");
    let read = |(name, node): &(&str, &Node)| server(name, &View::new(node, &SERVER), reading);
    let mut servers: Vec<Server> = named.iter().map(read).collect();
    proxies(&named, &mut servers, reading);
    servers
}

fn server(name: &str, view: &View, reading: &mut Reading) -> Server {
    let nofile = view.sub("nofile");
    let server = Server {
        name: name.to_string(),
        cluster: cluster(name, view.count("nodes")),
        preset: view.find("preset").and_then(|node| node.as_text()).map(str::to_string),
        maxclients: view.count("maxclients"),
        timeout: view.span("timeout"),
        reaper: view.word("reaper", REAPERS),
        sweep: view.word("sweep", SWEEPS),
        hz: view.count("hz"),
        dynamic_hz: view.flag("dynamic_hz"),
        tls: view.flag("tls"),
        keepalive: view.span("keepalive"),
        backlog: view.count("backlog"),
        somaxconn: view.count("somaxconn"),
        accepts_per_turn: view.count("accepts_per_turn"),
        accepts_per_turn_tls: view.count("accepts_per_turn_tls"),
        nofile: Nofile {
            soft: nofile.count("soft"),
            hard: nofile.count("hard"),
            privileged: nofile.flag("privileged"),
            other: nofile.count("other"),
        },
        descriptor_rule: view.word("descriptor_rule", DESCRIPTOR_RULES),
        maxclients_check: view.word("maxclients_check", MAXCLIENTS_CHECKS),
        emfile_pause: view.span("emfile_pause"),
        discipline: view.word("discipline", DISCIPLINES),
        workers: view.count("workers"),
        when_full: view.word("when_full", WHEN_FULL),
        reserved: view.count("reserved"),
        reserved_beyond: view.count("reserved_beyond"),
        cost: cost(&view.sub("cost")),
        internal: internal(&view.sub("internal")),
        memory: memory(&view.sub("memory")),
        maxmemory_clients: view.bytes("maxmemory_clients"),
        settable: settable(view),
        kill_filters: kill_filters(view),
        sync_slots: view.count("sync_slots"),
        exporters: exporters(&view.sub("exporters")),
        proxy: None,
    };
    if server.nofile.soft > server.nofile.hard {
        let Nofile { soft, hard, .. } = server.nofile;
        let message = format!("expected at most the hard limit of {hard}; found {soft}");
        let path = format!("servers.{name}.nofile.soft");
        reading.at(nofile.node("soft"), &path, message, Some("raise `hard` too".to_string()));
    }
    if !view.flag("client_eviction") && server.maxmemory_clients.0 > 0 {
        let version = server.preset.as_deref().unwrap_or("this version");
        let message = format!("expected \"0B\": {version} has no maxmemory-clients");
        let hint = Some("it came with Redis 7.0".to_string());
        let path = format!("servers.{name}.maxmemory_clients");
        reading.at(view.node("maxmemory_clients"), &path, message, hint);
    }
    check_reserved(&server, view, reading);
    check_replicas(&server, view, reading);
    if server.workers > 1 && server.discipline != Discipline::Workers {
        let message =
            format!("expected 1: only \"workers\" work side by side; found {}", server.workers);
        let hint = Some("set `discipline` to \"workers\" too".to_string());
        reading.at(view.node("workers"), &format!("servers.{name}.workers"), message, hint);
    }
    server
}

/// Every server must come up with the descriptors it has at its start.
pub(super) fn all_start(top: &View, servers: &[Server], reading: &mut Reading) {
    for ((name, node), server) in top.named("servers").iter().zip(as_written(servers)) {
        let Nofile { soft, hard, .. } = server.nofile;
        if soft > hard {
            continue;
        }
        if let Some(limit) = server.effective_maxclients() {
            all_fit(name, &View::new(node, &SERVER), server, limit, reading);
            continue;
        }
        let message = format!(
            "the server would exit at its start: descriptor limits of {soft} and {hard} are too low"
        );
        let hint = match server.descriptor_rule {
            DescriptorRule::Exact => format!("it needs a hard limit of {}", server.maxclients),
            _ => "it keeps 32 for itself: at least 33 fit one client".to_string(),
        };
        let nofile = View::new(node, &SERVER).sub("nofile");
        let path = format!("servers.{name}.nofile.hard");
        reading.at(nofile.node("hard"), &path, message, Some(hint));
    }
}

/// What is connected before the run began was let in under the limit. (What a cluster is estimated at
/// is no connection: a cluster can be larger than the limit, and then nobody is let in.)
fn all_fit(name: &str, view: &View, server: &Server, limit: u32, reading: &mut Reading) {
    let internal = server.internal.clients() + server.internal.replicas;
    if internal > limit {
        let message = format!(
            "expected at most {limit} connections, the limit; these are {internal}: replicas, two for \
             each Sentinel, admin, monitors, subscribers, blocked, and the link to a primary"
        );
        let path = format!("servers.{name}.internal");
        reading.at(view.node("internal"), &path, message, None);
    }
}

fn cluster(name: &str, nodes: u32) -> Option<Cluster> {
    (nodes > 1).then(|| Cluster { name: name.to_string(), nodes })
}

fn memory(view: &View) -> Memory {
    Memory {
        base: view.bytes("base"),
        per_connection: view.bytes("per_connection"),
        counted: view.bytes("counted"),
        fresh: view.bytes("fresh"),
        fresh_for: view.span("fresh_for"),
        tls: view.bytes("tls"),
    }
}

fn settable(view: &View) -> Vec<&'static str> {
    let items = view.items("settable");
    let has = |word: &&str| items.iter().any(|node| node.as_text() == Some(*word));
    SETTABLE.iter().map(|(word, _)| *word).filter(has).collect()
}

fn kill_filters(view: &View) -> KillFilters {
    let has = |word| view.items("kill_filters").iter().any(|node| node.as_text() == Some(word));
    KillFilters { max_age: has("max_age"), idle: has("idle"), ids: has("ids") }
}

fn exporters(view: &View) -> Exporters {
    Exporters { count: view.count("count"), every: view.span("every") }
}

const DESCRIPTOR_RULES: &[(&str, DescriptorRule)] = &[
    ("redis", DescriptorRule::Redis),
    ("exact", DescriptorRule::Exact),
    ("none", DescriptorRule::None),
];

const MAXCLIENTS_CHECKS: &[(&str, MaxclientsCheck)] =
    &[("on_increase", MaxclientsCheck::OnIncrease), ("always", MaxclientsCheck::Always)];

/// Slots can be kept for somebody only below the limit, and only where one is known who asks.
fn check_reserved(server: &Server, view: &View, reading: &mut Reading) {
    let path = |key: &str| format!("servers.{}.{key}", server.name);
    if server.reserved >= server.maxclients {
        let message = format!(
            "expected less than `maxclients`, which is {}; found {}",
            server.maxclients, server.reserved
        );
        reading.at(view.node("reserved"), &path("reserved"), message, None);
    }
    if server.when_full == WhenFull::StopAccepting && server.reserved + server.reserved_beyond > 0 {
        let message = "expected no reserved slots: who is not accepted yet is not known";
        let hint = "take out `reserved` and `reserved_beyond`, or reject".to_string();
        reading.at(view.node("when_full"), &path("when_full"), message, Some(hint));
    }
}

/// Replicas can be only where there is replication.
fn check_replicas(server: &Server, view: &View, reading: &mut Reading) {
    let replicas = server.internal.replicas;
    if replicas > 0 && !server.has_replicas() {
        let message = format!("expected 0: {} has no replicas; found {replicas}", server.kind());
        let path = format!("servers.{}.internal.replicas", server.name);
        reading.at(view.sub("internal").node("replicas"), &path, message, None);
    }
}

const REAPERS: &[(&str, Reaper)] =
    &[("none", Reaper::None), ("exact", Reaper::Exact), ("redis_cron", Reaper::RedisCron)];

const SWEEPS: &[(&str, Sweep)] = &[("head", Sweep::Head), ("tail", Sweep::Tail)];

const DISCIPLINES: &[(&str, Discipline)] =
    &[("turns", Discipline::Turns), ("fifo", Discipline::Fifo), ("workers", Discipline::Workers)];

const WHEN_FULL: &[(&str, WhenFull)] = &[
    ("reject", WhenFull::Reject),
    ("reject_silently", WhenFull::RejectSilently),
    ("stop_accepting", WhenFull::StopAccepting),
];

fn cost(view: &View) -> Cost {
    Cost {
        command: view.span("command"),
        connect: view.span("connect"),
        rejection: view.span("rejection"),
        tls_handshake: view.span("tls_handshake"),
        reap: view.span("reap"),
        cron: view.span("cron"),
        visit: view.span("visit"),
    }
}

fn internal(view: &View) -> Internal {
    Internal {
        replicas: view.count("replicas"),
        cluster_nodes: view.count("cluster_nodes"),
        sentinels: view.count("sentinels"),
        admin: view.count("admin"),
        sync: view.span("sync"),
        monitors: view.count("monitors"),
        subscribers: view.count("subscribers"),
        blocked: view.count("blocked"),
        primary_link: view.flag("primary_link"),
    }
}
