//! Fleets: instances, the ways to the servers, steps, retries, processes.

use super::Reading;
use super::load::{arrivals, dist};
use super::process::{process, stalls};
use crate::scenario::hints::{all, nearest};
use crate::scenario::meant::{
    Backoff, Balancer, Breaker, Call, Connections, Fleet, HandOff, IdlePick, Jitter, Leak,
    LeakKind, PoolReaper, Pooled, Retry, Server, Step, Strategy, Validate,
};
use crate::scenario::scalar;
use crate::scenario::table::fleets::{BREAKER, CONNECTIONS, FLEET, RETRY, STEP};
use crate::scenario::table::pools::{HAND_OFF, POOL_REAPER};
use crate::scenario::tree::Node;
use crate::scenario::view::{Chosen, View};
use crate::units::duration;

/// The fleets, sorted by name.
pub(super) fn fleets(top: &View, servers: &[Server], reading: &mut Reading) -> Vec<Fleet> {
    let named = top.named("fleets");
    named
        .iter()
        .map(|(name, node)| fleet(name, &View::new(node, &FLEET), servers, reading))
        .collect()
}

fn fleet(name: &str, view: &View, servers: &[Server], reading: &mut Reading) -> Fleet {
    let path = format!("fleets.{name}");
    let connections = connections(view, &path, reading);
    let steps = steps(view, &path, servers, &connections, reading);
    one_server_each(view, &path, &steps, &connections, servers, reading);
    Fleet {
        name: name.to_string(),
        instances: view.count("instances"),
        balancer: view.word("balancer", BALANCERS),
        arrivals: arrivals(view.node("arrivals"), &format!("{path}.arrivals"), reading),
        steps,
        retry: retry(view.node("retry"), &format!("{path}.retry"), reading),
        breaker: breaker(view.node("breaker")),
        process: process(&view.sub("process"), &format!("{path}.process"), reading),
        stalls: stalls(&view.sub("process"), &format!("{path}.process"), reading),
        connections,
        privileged: view.flag("privileged"),
    }
}

const BALANCERS: &[(&str, Balancer)] = &[
    ("round_robin", Balancer::RoundRobin),
    ("random", Balancer::Random),
    ("least_in_flight", Balancer::LeastInFlight),
];

fn connections(view: &View, path: &str, reading: &mut Reading) -> Vec<Connections> {
    let strategy = |(name, node): &(&str, &Node)| {
        let path = format!("{path}.connections.{name}");
        Connections { name: (*name).to_string(), strategy: strategy(node, &path, reading) }
    };
    view.named("connections").iter().map(strategy).collect()
}

fn strategy(node: &Node, path: &str, reading: &mut Reading) -> Strategy {
    let chosen = Chosen::new(node, &CONNECTIONS);
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

fn steps(
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

/// A pool holds connections to one server, and so do shared connections.
fn one_server_each(
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

fn retry(node: &Node, path: &str, reading: &mut Reading) -> Retry {
    let chosen = Chosen::new(node, &RETRY);
    if chosen.tag == "none" {
        return Retry::None;
    }
    let view = chosen.view();
    let backoff = match chosen.tag {
        "constant" => Backoff::Constant(view.span("delay")),
        _ => Backoff::Exponential {
            base: view.span("base"),
            factor: view.number("factor"),
            cap: view.span("cap"),
        },
    };
    if let Backoff::Exponential { base, cap, .. } = backoff
        && cap < base
    {
        let message = format!(
            "expected at least `base`, which is {}; found {}",
            duration(base),
            duration(cap)
        );
        reading.at(view.node("cap"), &format!("{path}.exponential.cap"), message, None);
    }
    let attempts = view.count_or_none("attempts");
    Retry::Again { attempts, backoff, jitter: view.word("jitter", JITTERS) }
}

fn breaker(node: &Node) -> Breaker {
    let chosen = Chosen::new(node, &BREAKER);
    match chosen.tag {
        "none" => Breaker::None,
        "consecutive" => {
            let view = chosen.view();
            Breaker::Consecutive {
                failures: view.count("failures"),
                open_for: view.span("open_for"),
            }
        }
        _ => unreachable!("every breaker is read"),
    }
}

const JITTERS: &[(&str, Jitter)] = &[
    ("none", Jitter::None),
    ("full", Jitter::Full),
    ("equal", Jitter::Equal),
    ("decorrelated", Jitter::Decorrelated),
];
