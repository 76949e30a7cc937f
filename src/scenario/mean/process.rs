//! The limits of a process.

use super::Reading;
use super::load::dist;
use super::starts::{cold, restart_backoff, start};
use crate::scenario::meant::{
    Entrance, Process, ProcessCpu, RequestQueue, Stalls, SynRetries, TokenBucket,
};
use crate::scenario::table::entrance::RATE_LIMIT;
use crate::scenario::table::process::STALLS;
use crate::scenario::view::{Chosen, View};

const SYN_RETRIES: &[(&str, SynRetries)] =
    &[("linear", SynRetries::Linear), ("exponential", SynRetries::Exponential)];

/// The process that `view` says, at `path`.
pub(super) fn process(view: &View, path: &str, reading: &mut Reading) -> Process {
    let ports = view.sub("ports");
    let memory = view.sub("memory");
    let process = Process {
        nofile: view.count("nofile"),
        port_first: ports.port("first"),
        port_last: ports.port("last"),
        tw_reuse: ports.flag("tw_reuse"),
        time_wait: ports.span("time_wait"),
        memory_base: memory.bytes("base"),
        memory_per_socket: memory.bytes("per_socket"),
        memory_per_leak: memory.bytes("per_leak"),
        memory_per_request: memory.bytes("per_request"),
        memory_limit: memory.bytes("limit"),
        cpu: cpu(&view.sub("cpu")),
        syn_retries: view.word("syn_retries", SYN_RETRIES),
        restart_after: view.span("restart_after"),
        start_after: view.span("start_after"),
        start: start(&view.sub("start")),
        backoff: restart_backoff(view.node("restart_backoff"), path, reading),
        cold: cold(&view.sub("cold")),
        entrance: entrance(view, path, reading),
    };
    if process.port_first > process.port_last {
        let first = process.port_first;
        let message =
            format!("expected at least `first`, which is {first}; found {}", process.port_last);
        reading.at(ports.node("last"), &format!("{path}.ports.last"), message, None);
    }
    if process.memory_base >= process.memory_limit {
        let message = "expected more than `base`: an instance would be killed at its start";
        reading.at(memory.node("limit"), &format!("{path}.memory.limit"), message, None);
    }
    process
}

fn entrance(view: &View, path: &str, reading: &mut Reading) -> Entrance {
    let queue = view.sub("queue");
    let chosen = Chosen::new(view.node("rate_limit"), &RATE_LIMIT);
    let rate_limit = (chosen.tag == "bucket").then(|| {
        let view = chosen.view();
        TokenBucket { rate: view.rate("rate"), burst: view.count("burst") }
    });
    let entrance = Entrance {
        max_in_flight: view.count_or_none("max_in_flight"),
        queue: RequestQueue {
            max: queue.count("max"),
            lifo: queue.word("order", &[("fifo", false), ("lifo", true)]),
            wait_timeout: queue.span_or_none("wait_timeout"),
        },
        rate_limit,
    };
    if entrance.max_in_flight.is_none() && entrance.queue.max > 0 {
        let message = "nobody waits here: expected a limit in `max_in_flight`; found none";
        let hint = Some("set `max_in_flight`, or take the queue out".to_string());
        reading.at(queue.node("max"), &format!("{path}.queue.max"), message, hint);
    }
    entrance
}

fn cpu(view: &View) -> ProcessCpu {
    ProcessCpu {
        cores: view.count("cores"),
        request: view.span("request"),
        attempt: view.span("attempt"),
        dial: view.span("dial"),
        tls_handshake: view.span("tls_handshake"),
        reply: view.span("reply"),
        release: view.span("release"),
        events_per_turn: view.count("events_per_turn"),
    }
}

/// The stalls of the process that `view` says, at `path`.
pub(super) fn stalls(view: &View, path: &str, reading: &mut Reading) -> Option<Stalls> {
    let cpu = view.sub("cpu");
    let chosen = Chosen::new(cpu.node("stalls"), &STALLS);
    let path = format!("{path}.cpu.stalls.{}", chosen.tag);
    match chosen.tag {
        "none" => None,
        "some" => {
            let view = chosen.view();
            Some(Stalls {
                every: dist(view.node("every"), &format!("{path}.every"), reading),
                length: dist(view.node("for"), &format!("{path}.for"), reading),
            })
        }
        _ => unreachable!("every variant of stalls is read"),
    }
}
