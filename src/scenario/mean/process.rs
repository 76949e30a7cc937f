//! The limits of a process.

use super::Reading;
use crate::scenario::meant::{Process, ProcessCpu, SynRetries};
use crate::scenario::view::View;

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

fn cpu(view: &View) -> ProcessCpu {
    ProcessCpu {
        cores: view.count("cores"),
        request: view.span("request"),
        attempt: view.span("attempt"),
        dial: view.span("dial"),
        tls_handshake: view.span("tls_handshake"),
        release: view.span("release"),
    }
}
