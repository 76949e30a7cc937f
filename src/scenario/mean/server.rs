//! Servers.

use super::Reading;
use super::proxy::proxies;
use crate::scenario::meant::{Cost, Discipline, Internal, Reaper, Server};
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
        hz: view.count("hz"),
        dynamic_hz: view.flag("dynamic_hz"),
        tls: view.flag("tls"),
        backlog: view.count("backlog"),
        somaxconn: view.count("somaxconn"),
        accepts_per_turn: view.count("accepts_per_turn"),
        accepts_per_turn_tls: view.count("accepts_per_turn_tls"),
        nofile_soft: nofile.count("soft"),
        nofile_hard: nofile.count("hard"),
        discipline: view.word("discipline", DISCIPLINES),
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
    server
}

const REAPERS: &[(&str, Reaper)] =
    &[("none", Reaper::None), ("exact", Reaper::Exact), ("redis_cron", Reaper::RedisCron)];

const DISCIPLINES: &[(&str, Discipline)] =
    &[("turns", Discipline::Turns), ("fifo", Discipline::Fifo)];

fn cost(view: &View) -> Cost {
    Cost {
        command: view.span("command"),
        connect: view.span("connect"),
        rejection: view.span("rejection"),
        tls_handshake: view.span("tls_handshake"),
        reap: view.span("reap"),
    }
}

fn internal(view: &View) -> Internal {
    Internal {
        replicas: view.count("replicas"),
        cluster_nodes: view.count("cluster_nodes"),
        sentinels: view.count("sentinels"),
        admin: view.count("admin"),
    }
}
