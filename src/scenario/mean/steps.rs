//! What a request does, in order.

use super::Reading;
use super::load::dist;
use super::nodes::spread;
use crate::scenario::hints::{all, nearest};
use crate::scenario::meant::{
    Branch, Bulkhead, CALLS_MAX, Call, Connections, NESTED_MAX, Server, Step, Strategy, calls,
    depth,
};
use crate::scenario::scalar;
use crate::scenario::table::steps::STEP;
use crate::scenario::tree::Node;
use crate::scenario::view::{Chosen, View};

/// What a step may name.
pub(super) struct Names<'a> {
    settings: &'a [Server],
    connections: &'a [Connections],
    servers: Vec<&'a str>,
    ways: Vec<&'a str>,
    bulkheads: Vec<&'a str>,
}

/// The steps of a fleet.
pub(super) fn steps(
    view: &View,
    path: &str,
    servers: &[Server],
    ways: (&[Connections], &[Bulkhead]),
    reading: &mut Reading,
) -> Vec<Step> {
    let names = Names {
        settings: servers,
        connections: ways.0,
        servers: servers.iter().map(|server| server.name.as_str()).collect(),
        ways: ways.0.iter().map(|way| way.name.as_str()).collect(),
        bulkheads: ways.1.iter().map(|bulkhead| bulkhead.name.as_str()).collect(),
    };
    let path = format!("{path}.steps");
    let steps = list(view.items("steps"), &path, &names, reading);
    bounded(view.node("steps"), &path, &steps, reading);
    steps
}

fn list(items: &[Node], path: &str, names: &Names, reading: &mut Reading) -> Vec<Step> {
    let mut steps = Vec::new();
    for (index, node) in items.iter().enumerate() {
        let chosen = Chosen::new(node, &STEP);
        let path = format!("{path}.{index}.{}", chosen.tag);
        steps.push(match chosen.tag {
            "work" => Step::Work(dist(chosen.node, &path, reading)),
            "call" => Step::Call(call(&chosen.view(), &path, names, reading)),
            "one_of" => Step::OneOf(branches(&chosen, &path, names, reading)),
            _ => unreachable!("every step is read"),
        });
    }
    steps
}

fn branches(chosen: &Chosen, path: &str, names: &Names, reading: &mut Reading) -> Vec<Branch> {
    let mut branches = Vec::new();
    for (index, view) in chosen.items().iter().enumerate() {
        let path = format!("{path}.{index}.steps");
        let steps = list(view.items("steps"), &path, names, reading);
        branches.push(Branch { share: view.share("share"), steps });
    }
    let all: f64 = branches.iter().map(|branch| branch.share.share()).sum();
    if all > 1.0 + ROUNDING {
        let message = format!("expected shares of 100 % at most in all; found {}", percent(all));
        reading.at(chosen.node, path, message, None);
    }
    branches
}

/// What the sum of shares written in decimals may be off.
const ROUNDING: f64 = 1e-9;

/// A share in per cent, in at most four figures behind the point.
fn percent(share: f64) -> String {
    let text = format!("{:.4}", share * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A request has a bit for each call, and a place for each connection it holds.
fn bounded(node: &Node, path: &str, steps: &[Step], reading: &mut Reading) {
    let (number, deep) = (calls(steps).len(), depth(steps));
    if number > CALLS_MAX {
        let message = format!("expected at most {CALLS_MAX} calls in all branches; found {number}");
        reading.at(node, path, message, None);
    }
    if deep > NESTED_MAX {
        let message =
            format!("expected at most {NESTED_MAX} calls one inside the other; found {deep}");
        reading.at(node, path, message, None);
    }
}

fn call(view: &View, path: &str, names: &Names, reading: &mut Reading) -> Call {
    let server = resolve(view.node("server"), "server", &names.servers, path, reading);
    let through = resolve(view.node("through"), "through", &names.ways, path, reading);
    let mut call = Call {
        server,
        through,
        spread: spread(names.settings.get(server), view, path, reading),
        commands: view.count("commands"),
        pipelined: view.flag("pipelined"),
        hold: dist(view.node("hold"), &format!("{path}.hold"), reading),
        holding: list(view.items("holding"), &format!("{path}.holding"), names, reading),
        timeout: view.span_or_none("timeout"),
        cost: view.find("cost").map(|node| dist(node, &format!("{path}.cost"), reading)),
        blocking: view.find("blocking").and_then(scalar::span),
        subscribe: view.flag("subscribe"),
        bulkhead: view
            .find("bulkhead")
            .map(|node| resolve(node, "bulkhead", &names.bulkheads, path, reading)),
        transaction: None,
        errors: view.share("errors"),
    };
    if let Some(transaction) = view.find_sub("transaction") {
        call.transaction = Some(transaction.count("keys"));
        transacts(&call, transaction.node, &format!("{path}.transaction"), names, reading);
    }
    call
}

/// A transaction has commands of its own, on a connection of its own.
fn transacts(call: &Call, node: &Node, path: &str, names: &Names, reading: &mut Reading) {
    let Call { commands, pipelined, blocking, subscribe, .. } = call;
    if *commands != 1 || *pipelined || blocking.is_some() || *subscribe {
        let message = "a transaction has commands of its own: expected neither `commands` nor \
                       `pipelined`, `blocking` or `subscribe` beside it";
        reading.at(node, path, message, None);
    }
    let way = names.connections.get(call.through);
    if way.is_some_and(|way| matches!(way.strategy, Strategy::Shared { .. })) {
        let message = format!(
            "expected connections that one call has to itself, for WATCH belongs to its connection; \
             {:?} is shared",
            names.ways[call.through]
        );
        let hint = Some("use a pool, or a connection per request".to_string());
        reading.at(node, path, message, hint);
    }
    if names.settings.get(call.server).is_some_and(|server| server.proxy.is_some()) {
        let message =
            format!("{:?} is a proxy, which passes no transactions on", names.servers[call.server]);
        reading.at(node, path, message, None);
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
