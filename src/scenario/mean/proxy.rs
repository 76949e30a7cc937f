//! Proxies: the servers behind them, by name, and that none is behind itself.

use super::Reading;
use super::retry::retry;
use super::steps::resolve;
use crate::scenario::meant::{Proxy, ProxyMode, Retry, Server};
use crate::scenario::table::SERVER;
use crate::scenario::tree::Node;
use crate::scenario::view::View;

/// Proxies one behind the other, at most.
const DEEPEST: usize = 2;

/// The proxies among `servers`, which are complete but for them.
pub(super) fn proxies(named: &[(&str, &Node)], servers: &mut [Server], reading: &mut Reading) {
    let names: Vec<String> = servers.iter().map(|server| server.name.clone()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for ((name, node), server) in named.iter().zip(servers.iter_mut()) {
        let view = View::new(node, &SERVER);
        let path = format!("servers.{name}.proxy");
        server.proxy = view.find_sub("proxy").map(|view| proxy(&view, &path, &names, reading));
    }
    for (index, (name, node)) in named.iter().enumerate() {
        if depth(servers, index) > DEEPEST {
            let view = View::new(node, &SERVER).sub("proxy");
            servers[index].proxy = None;
            // A name that nobody has was reported, and stands for the first server.
            if !view.node("to").as_text().is_some_and(|to| names.contains(&to)) {
                continue;
            }
            let message = format!(
                "expected a server, or a proxy in front of one; found {}",
                view.node("to").describe()
            );
            let path = format!("servers.{name}.proxy.to");
            let hint = Some(format!("commands pass at most {DEEPEST} proxies"));
            reading.at(view.node("to"), &path, message, hint);
        }
    }
}

/// How many proxies a command sent to server `index` passes, as far as that matters.
fn depth(servers: &[Server], index: usize) -> usize {
    let (mut at, mut depth) = (index, 0);
    while let Some(proxy) = &servers[at].proxy
        && depth <= DEEPEST
    {
        at = proxy.to;
        depth += 1;
    }
    depth
}

fn proxy(view: &View, path: &str, names: &[&str], reading: &mut Reading) -> Proxy {
    let proxy = Proxy {
        to: resolve(view.node("to"), "to", names, path, reading),
        mode: view.word("mode", MODES),
        connections: view.count_or_none("connections"),
        queue_timeout: view.span_or_none("queue_timeout"),
        connect_timeout: view.span_or_none("connect_timeout"),
        dials_at_once: view.count_or_none("dials_at_once"),
        retry_after: view.span("retry_after"),
        retries: view.count("retries"),
        idle_timeout: view.span_or_none("idle_timeout"),
        max_lifetime: view.span_or_none("max_lifetime"),
        answers_ping: view.flag("answers_ping"),
        retry: retry(view.node("retry"), &format!("{path}.retry"), reading),
    };
    if proxy.mode == ProxyMode::Multiplexed && proxy.connections.is_none() {
        let message = "expected a number: multiplexing shares so many connections";
        reading.at(view.node("connections"), &format!("{path}.connections"), message, None);
    }
    if proxy.mode != ProxyMode::Multiplexed && proxy.retry != Retry::None {
        let message = "expected \"none\": only a proxy that multiplexes can send commands again";
        let hint = "a client of the other modes has an upstream connection of its own, and loses \
                    it with its session";
        let hint = Some(hint.to_string());
        reading.at(view.node("retry"), &format!("{path}.retry"), message, hint);
    }
    proxy
}

const MODES: &[(&str, ProxyMode)] = &[
    ("one_to_one", ProxyMode::OneToOne),
    ("session", ProxyMode::Session),
    ("transaction", ProxyMode::Transaction),
    ("statement", ProxyMode::Statement),
    ("multiplexed", ProxyMode::Multiplexed),
];
