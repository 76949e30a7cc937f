//! Servers.

use super::Reading;
use super::proxy::proxies;
use crate::scenario::meant::{Cost, Discipline, Internal, Reaper, Server, Sweep, WhenFull};
use crate::scenario::table::SERVER;
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
    let memory = view.sub("memory");
    let server = Server {
        name: name.to_string(),
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
        nofile_soft: nofile.count("soft"),
        nofile_hard: nofile.count("hard"),
        discipline: view.word("discipline", DISCIPLINES),
        workers: view.count("workers"),
        when_full: view.word("when_full", WHEN_FULL),
        reserved: view.count("reserved"),
        reserved_beyond: view.count("reserved_beyond"),
        cost: cost(&view.sub("cost")),
        internal: internal(&view.sub("internal")),
        memory_base: memory.bytes("base"),
        memory_per_connection: memory.bytes("per_connection"),
        proxy: None,
    };
    if server.nofile_soft > server.nofile_hard {
        let message = format!(
            "expected at most the hard limit of {}; found {}",
            server.nofile_hard, server.nofile_soft
        );
        let path = format!("servers.{name}.nofile.soft");
        reading.at(nofile.node("soft"), &path, message, Some("raise `hard` too".to_string()));
    }
    check_reserved(&server, view, reading);
    server
}

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
        monitors: view.count("monitors"),
        subscribers: view.count("subscribers"),
        blocked: view.count("blocked"),
        primary_link: view.flag("primary_link"),
    }
}
