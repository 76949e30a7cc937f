//! How connections to a server are held.

use super::Reading;
use super::retry::retry;
use crate::scenario::meant::{
    Connections, HandOff, IdlePick, Leak, LeakKind, PoolReaper, Pooled, Server, Step, Strategy,
    Validate,
};
use crate::scenario::scalar;
use crate::scenario::table::pools::{HAND_OFF, POOL_REAPER};
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
            leak: leak(&view.sub("leak")),
            connect_timeout: view.span_or_none("connect_timeout"),
        },
        "pooled" => Strategy::Pooled(pooled(&view, &format!("{path}.pooled"), reading)),
        "shared" => Strategy::Shared {
            connections: view.count("connections"),
            connect_timeout: view.span_or_none("connect_timeout"),
        },
        _ => unreachable!("every strategy is read"),
    }
}

fn pooled(view: &View, path: &str, reading: &mut Reading) -> Pooled {
    let (min, max) = (view.count("min"), view.count("max"));
    if min > max {
        let message = format!("expected at most `max`, which is {max}; found {min}");
        reading.at(view.node("min"), &format!("{path}.min"), message, None);
    }
    let pooled = Pooled {
        preset: view.find("preset").and_then(|node| node.as_text()).map(str::to_string),
        max,
        min,
        max_waiting: view.count_or_none("max_waiting"),
        wait_timeout: view.span_or_none("wait_timeout"),
        hand_off: hand_off(view.node("hand_off")),
        idle_pick: view.word("idle_pick", &[("lifo", IdlePick::Lifo), ("fifo", IdlePick::Fifo)]),
        idle_timeout: view.span_or_none("idle_timeout"),
        max_lifetime: view.span_or_none("max_lifetime"),
        reaper: reaper(view.node("reaper")),
        validate: view.word("validate", VALIDATIONS),
        connect_timeout: view.span_or_none("connect_timeout"),
        leak: leak(&view.sub("leak")),
    };
    let limited = pooled.idle_timeout.or(pooled.max_lifetime).is_some();
    if limited && pooled.reaper == PoolReaper::None {
        let message = "expected a reaper: `idle_timeout` or `max_lifetime` is set";
        let hint = "write \"on_checkout\", \"exact\" or {\"periodic\": \"30s\"}".to_string();
        reading.at(view.node("reaper"), &format!("{path}.reaper"), message, Some(hint));
    }
    pooled
}

const VALIDATIONS: &[(&str, Validate)] =
    &[("none", Validate::None), ("peek", Validate::Peek), ("ping", Validate::Ping)];

fn hand_off(node: &Node) -> HandOff {
    let chosen = Chosen::new(node, &HAND_OFF);
    match chosen.tag {
        "fair" => HandOff::Fair,
        "barging" => HandOff::Barging(chosen.view().span("wake")),
        _ => unreachable!("every hand-off is read"),
    }
}

fn reaper(node: &Node) -> PoolReaper {
    let chosen = Chosen::new(node, &POOL_REAPER);
    match chosen.tag {
        "none" => PoolReaper::None,
        "on_checkout" => PoolReaper::OnCheckout,
        "exact" => PoolReaper::Exact,
        "periodic" => PoolReaper::Periodic(scalar::span(chosen.node).unwrap_or_default()),
        _ => unreachable!("every reaper of a pool is read"),
    }
}

fn leak(view: &View) -> Leak {
    Leak {
        kind: view.word("kind", LEAK_KINDS),
        on_success: view.share("on_success"),
        on_error: view.share("on_error"),
        every: view.count("every"),
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
    for (index, way) in connections.iter().enumerate() {
        // Without steps, which has been reported, nothing can be said about their calls.
        if steps.is_empty() || matches!(way.strategy, Strategy::PerRequest { .. }) {
            continue;
        }
        let mut used = steps.iter().filter_map(|step| match step {
            Step::Call(call) if call.through == index => Some(call.server),
            _ => None,
        });
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
