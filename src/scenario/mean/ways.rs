//! How connections to a server are held.

use super::Reading;
use super::pooled::pooled;
use super::retry::retry;
use super::shared::{leak_redials, shared};
use crate::scenario::meant::{Connections, Leak, LeakKind, Server, Step, Strategy, calls};
use crate::scenario::table::ways::CONNECTIONS;
use crate::scenario::tree::Node;
use crate::scenario::view::{Chosen, View};

pub(super) fn connections(view: &View, path: &str, reading: &mut Reading) -> Vec<Connections> {
    let strategy = |(name, node): &(&str, &Node)| {
        let path = format!("{path}.connections.{name}");
        let chosen = Chosen::new(node, &CONNECTIONS);
        let retry_path = format!("{path}.{}.retry", chosen.tag);
        Connections {
            name: (*name).to_string(),
            retry: retry(chosen.view().node("retry"), &retry_path, reading),
            strategy: strategy(&chosen, &path, reading),
        }
    };
    view.named("connections").iter().map(strategy).collect()
}

fn strategy(chosen: &Chosen, path: &str, reading: &mut Reading) -> Strategy {
    let view = chosen.view();
    match chosen.tag {
        "per_request" => Strategy::PerRequest {
            leak: leak(&view.sub("leak"), &format!("{path}.per_request.leak"), reading),
            connect_timeout: view.span_or_none("connect_timeout"),
        },
        "pooled" => Strategy::Pooled(pooled(&view, &format!("{path}.pooled"), reading)),
        "shared" => Strategy::Shared(shared(&view, &format!("{path}.shared"), reading)),
        _ => unreachable!("every strategy is read"),
    }
}

pub(super) fn leak(view: &View, path: &str, reading: &mut Reading) -> Leak {
    let kind = view.word("kind", LEAK_KINDS);
    Leak {
        kind,
        on_success: view.share("on_success"),
        on_error: view.share("on_error"),
        every: view.count("every"),
        redials: leak_redials(view, kind, path, reading),
    }
}

const LEAK_KINDS: &[(&str, LeakKind)] = &[
    ("forgotten", LeakKind::Forgotten),
    ("closes_on_eof", LeakKind::ClosesOnEof),
    ("reconnects", LeakKind::Reconnects),
    ("lease", LeakKind::Lease),
    ("subscribed", LeakKind::Subscribed),
    ("blocked", LeakKind::Blocked),
];

/// A pool holds connections to one server, and so do shared connections.
pub(super) fn one_server_each(
    view: &View,
    path: &str,
    steps: &[Step],
    connections: &[Connections],
    servers: &[Server],
    reading: &mut Reading,
) {
    let made = calls(steps);
    for (index, way) in connections.iter().enumerate() {
        // Without steps, which has been reported, nothing can be said about their calls.
        if steps.is_empty() || matches!(way.strategy, Strategy::PerRequest { .. }) {
            continue;
        }
        let mine = made.iter().filter(|made| made.call.through == index);
        let mut used = mine.map(|made| made.call.server);
        let path = format!("{path}.connections.{}", way.name);
        let node = view.node("connections").find(&way.name).unwrap_or(view.node);
        let Some(first) = used.next() else {
            let hint = Some("take it out, or add a step with a call through it".to_string());
            reading.at(node, &path, "no step calls a server through it", hint);
            continue;
        };
        if let Some(other) = used.find(|other| *other != first) {
            let name = |index: usize| servers.get(index).map_or("", |server| &server.name);
            let message = format!("used for both {:?} and {:?}", name(first), name(other));
            let hint = Some("define one way for each server".to_string());
            reading.at(node, &path, message, hint);
        }
    }
}
