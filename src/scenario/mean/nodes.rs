//! Servers of several nodes: each node becomes a server of its own, each pool to them one for each
//! node.

use super::Reading;
use crate::scenario::meant::{Cluster, Connections, Fleet, Server, Settings, Spread, Step};
use crate::scenario::table::{SERVER, fleets::FLEET};
use crate::scenario::view::View;

/// Puts the nodes in the place of each server that has several.
pub(super) fn expand(top: &View, settings: &mut Settings, reading: &mut Reading) {
    if settings.servers.iter().all(|server| server.cluster.is_none()) {
        return;
    }
    no_proxies(top, &settings.servers, reading);
    for index in 0..settings.fleets.len() {
        expand_ways(top, settings, index, reading);
    }
    let firsts = firsts(&settings.servers);
    for server in &mut settings.servers {
        if let Some(proxy) = &mut server.proxy {
            proxy.to = firsts[proxy.to];
        }
    }
    for fleet in &mut settings.fleets {
        each_call(&mut fleet.steps, &mut |call| call.server = firsts[call.server]);
    }
    let alone: Vec<String> = settings.servers.iter().map(|server| server.name.clone()).collect();
    settings.servers = settings.servers.iter().flat_map(nodes).collect();
    for server in settings.servers.iter().filter(|server| server.cluster.is_some()) {
        if alone.contains(&server.name) {
            let cluster = server.cluster.as_ref().map_or("", |cluster| &cluster.name);
            let node = top.node("servers").find(cluster).unwrap_or(top.node);
            taken(&server.name, "server", node, &format!("servers.{cluster}.nodes"), reading);
        }
    }
}

/// The servers as they are written: of each cluster the first node.
pub(super) fn as_written(servers: &[Server]) -> impl Iterator<Item = &Server> {
    let same = |a: &Server, b: &Server| a.cluster.is_some() && a.cluster == b.cluster;
    servers.chunk_by(same).map(|nodes| &nodes[0])
}

fn count(server: &Server) -> usize {
    server.cluster.as_ref().map_or(1, |cluster| cluster.nodes as usize)
}

/// Where each server, or its first node, will stand.
fn firsts(servers: &[Server]) -> Vec<usize> {
    let mut next = 0;
    let place = |server: &Server| {
        next += count(server);
        next - count(server)
    };
    servers.iter().map(place).collect()
}

fn nodes(server: &Server) -> Vec<Server> {
    let name = |number: usize| format!("{}-{number}", server.name);
    match &server.cluster {
        None => vec![server.clone()],
        Some(Cluster { nodes, .. }) => (1..=*nodes as usize)
            .map(|number| Server { name: name(number), ..server.clone() })
            .collect(),
    }
}

/// What is behind a proxy is one server, and a proxy is one.
fn no_proxies(top: &View, servers: &[Server], reading: &mut Reading) {
    for server in servers {
        let Some(proxy) = &server.proxy else { continue };
        let several = servers.get(proxy.to).is_some_and(|behind| behind.cluster.is_some());
        if several || server.cluster.is_some() {
            let node = top.node("servers").find(&server.name).unwrap_or(top.node);
            let node = View::new(node, &SERVER).node("nodes");
            let message = "expected 1: a proxy is one server, in front of one server";
            reading.at(node, &format!("servers.{}.nodes", server.name), message, None);
        }
    }
}

/// A way to a server of several nodes becomes one for each.
fn expand_ways(top: &View, settings: &mut Settings, index: usize, reading: &mut Reading) {
    let fleet = &mut settings.fleets[index];
    let mut of_way = vec![1; fleet.connections.len()];
    let made = fleet.calls();
    for (way, nodes) in of_way.iter_mut().enumerate() {
        let mut servers = made.iter().filter(|m| m.call.through == way).map(|m| m.call.server);
        // Only calls that dial themselves can share a way to several servers.
        if let Some(first) = servers.next()
            && servers.all(|server| server == first)
        {
            *nodes = settings.servers.get(first).map_or(1, count);
        }
    }
    let mut firsts = Vec::new();
    let mut ways: Vec<Connections> = Vec::new();
    for (way, nodes) in fleet.connections.iter().zip(&of_way) {
        firsts.push(ways.len());
        match nodes {
            1 => ways.push(way.clone()),
            nodes => ways.extend((1..=*nodes).map(|number| Connections {
                name: format!("{}-{number}", way.name),
                strategy: way.strategy.clone(),
                retry: way.retry.clone(),
            })),
        }
    }
    collisions(top, fleet, &ways, reading);
    fleet.connections = ways;
    each_call(&mut fleet.steps, &mut |call| {
        if let Some(spread) = &mut call.spread {
            spread.ways = of_way.get(call.through).is_some_and(|nodes| *nodes > 1);
        }
        // A way that nobody has was reported.
        call.through = firsts.get(call.through).copied().unwrap_or(0);
    });
}

/// The names of nodes must be nobody else's.
fn collisions(top: &View, fleet: &Fleet, ways: &[Connections], reading: &mut Reading) {
    for (at, way) in ways.iter().enumerate() {
        if ways[..at].iter().any(|other| other.name == way.name) {
            let path = format!("fleets.{}.connections.{}", fleet.name, way.name);
            let node = top.node("fleets").find(&fleet.name).unwrap_or(top.node);
            let node = View::new(node, &FLEET).node("connections");
            taken(
                &way.name,
                "way to a server",
                node.find(&way.name).unwrap_or(node),
                &path,
                reading,
            );
        }
    }
}

fn taken(
    name: &str,
    what: &str,
    node: &crate::scenario::tree::Node,
    path: &str,
    reading: &mut Reading,
) {
    let message = format!("{name:?} is the name of a node, and of another {what}");
    reading.at(node, path, message, Some("give one of them another name".to_string()));
}

fn each_call(steps: &mut [Step], change: &mut impl FnMut(&mut crate::scenario::meant::Call)) {
    for step in steps {
        match step {
            Step::Work(_) => {}
            Step::Call(call) => {
                change(call);
                each_call(&mut call.holding, change);
            }
            Step::OneOf(branches) => {
                branches.iter_mut().for_each(|branch| each_call(&mut branch.steps, change));
            }
        }
    }
}

/// How a call to `server` is spread over its nodes.
pub(super) fn spread(
    server: Option<&Server>,
    view: &View,
    path: &str,
    r: &mut Reading,
) -> Option<Spread> {
    let cluster = server.and_then(|server| server.cluster.as_ref());
    let hot = view.find("hot_node");
    if let (None, Some(node)) = (cluster, hot) {
        let message = "expected a server of several nodes: this one has no other";
        let hint = Some("set `nodes` of the server".to_string());
        r.at(node, &format!("{path}.hot_node"), message, hint);
    }
    let hot = hot.and_then(crate::scenario::scalar::share);
    cluster.map(|cluster| Spread { nodes: cluster.nodes, hot, ways: false })
}
