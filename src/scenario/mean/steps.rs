//! What a request does, in order.

use super::Reading;
use super::load::dist;
use crate::scenario::hints::{all, nearest};
use crate::scenario::meant::{Call, Connections, Server, Step};
use crate::scenario::scalar;
use crate::scenario::table::steps::STEP;
use crate::scenario::tree::Node;
use crate::scenario::view::{Chosen, View};

pub(super) fn steps(
    view: &View,
    path: &str,
    servers: &[Server],
    connections: &[Connections],
    reading: &mut Reading,
) -> Vec<Step> {
    let mut steps = Vec::new();
    for (index, node) in view.items("steps").iter().enumerate() {
        let chosen = Chosen::new(node, &STEP);
        let path = format!("{path}.steps.{index}.{}", chosen.tag);
        steps.push(match chosen.tag {
            "work" => Step::Work(dist(chosen.node, &path, reading)),
            "call" => Step::Call(call(&chosen.view(), &path, servers, connections, reading)),
            _ => unreachable!("every step is read"),
        });
    }
    steps
}

fn call(
    view: &View,
    path: &str,
    servers: &[Server],
    connections: &[Connections],
    reading: &mut Reading,
) -> Call {
    let servers: Vec<&str> = servers.iter().map(|server| server.name.as_str()).collect();
    let ways: Vec<&str> = connections.iter().map(|way| way.name.as_str()).collect();
    let server = resolve(view.node("server"), "server", &servers, path, reading);
    let through = resolve(view.node("through"), "through", &ways, path, reading);
    Call {
        server,
        through,
        commands: view.count("commands"),
        pipelined: view.flag("pipelined"),
        hold: dist(view.node("hold"), &format!("{path}.hold"), reading),
        timeout: view.span_or_none("timeout"),
        cost: view.find("cost").and_then(scalar::span),
        blocking: view.find("blocking").and_then(scalar::span),
        subscribe: view.flag("subscribe"),
        errors: view.share("errors"),
    }
}

/// The index of a name; a name that nobody has is reported and becomes the first one.
pub(super) fn resolve(
    node: &Node,
    key: &str,
    known: &[&str],
    path: &str,
    reading: &mut Reading,
) -> usize {
    let written = node.as_text().unwrap_or_default();
    if let Some(index) = known.iter().position(|name| *name == written) {
        return index;
    }
    // An empty name stands for one that has been reported already.
    if !written.is_empty() {
        let what = match key {
            "through" => "way to a server (connections)",
            "to" => "server",
            key => key,
        };
        let hint = nearest(written, known.iter().copied());
        let hint = hint.or_else(|| Some(format!("there is {}", all(known.iter().copied()))));
        let message = format!("there is no {what} called {}", node.describe());
        reading.at(node, &format!("{path}.{key}"), message, hint);
    }
    0
}
