//! What `highwater reality` refuses before it sends anything. The live runs are in `tests/reality`.

use std::io::{Read, Write};
use std::net::TcpListener;

use super::bench::Bench;

/// A leak that could be driven, but for what stands in the braces.
fn leak(more: &str) -> Bench {
    let text = format!(
        r#"{{
  "format": 1, "duration": "1s", "sample_every": "100ms",
  "servers": {{ "redis": {{ "maxclients": 100, "internal": {{ "admin": 1 }} }} }},
  "fleets": {{ "app": {{
    "arrivals": {{ "even": {{ "rate": "10/s" }} }},
    "connections": {{ "main": {{ "per_request": {{ "leak": {{ "on_success": 1 }} }} }} }},
    "steps": [ {{ "call": {{ "server": "redis", "through": "main" }} }} ]
  }} }}{more}
}}"#
    );
    Bench::new().write("leak.json", &text)
}

#[test]
fn another_machine_is_never_driven() {
    for address in ["10.0.0.1:6379", "192.168.1.1:6379", "[::]:1", "example.org:80", "nonsense"] {
        let done = leak("").run(&format!("reality leak.json --server {address}")).code(2);
        assert!(done.err.contains(address) && done.err.contains("127.0.0."), "{}", done.err);
    }
}

#[test]
fn everything_that_cannot_be_driven_is_said_at_once() {
    let set = "--set duration=10min --set sample_every=10s --set servers.redis.tls=true \
               --set servers.redis.internal.admin=0 --set servers.redis.timeout=2500ms \
               --set network.loss=1% \
               --set fleets.app.connections.main.per_request.leak.kind=reconnects \
               --set fleets.app.retry.constant={\"attempts\":2,\"delay\":\"1s\"}";
    let more = r#", "timeline": [ { "at": "1s", "pause": { "server": "redis", "for": "1s" } } ]"#;
    let done = leak(more).run(&format!("reality leak.json --server 127.0.0.1:1 {set}")).code(2);
    for part in [
        "duration",
        "tls",
        "internal.admin=1",
        "whole seconds",
        "sample_every",
        "network.loss",
        "closes_on_eof",
        "retry",
        "timeline, redis stands still",
    ] {
        assert!(done.err.contains(part), "{part} is not in: {}", done.err);
    }
}

#[test]
fn a_load_has_bounds() {
    let cases = [
        ("--set fleets.app.arrivals.even.rate=2001/s", "2000 arrivals within a second"),
        ("--set fleets.app.arrivals.even.rate=1900/s --set duration=110s", "200000 connections"),
        ("--set fleets.app.process.nofile=5", "emfile"),
    ];
    for (set, said) in cases {
        let done = leak("").run(&format!("reality leak.json --server 127.0.0.1:1 {set}")).code(2);
        assert!(done.err.contains(said), "{}", done.err);
    }
}

/// 9,000 leaked connections, and a process that may have 256 descriptors.
#[test]
fn descriptors_that_are_missing_are_missed_before_the_run() {
    let bench = leak("");
    let script = format!(
        "ulimit -S -n 256; exec '{}' reality leak.json --server 127.0.0.1:1 --set duration=9s \
         --set servers.redis.maxclients=10000 --set fleets.app.arrivals.even.rate=1000/s",
        env!("CARGO_BIN_EXE_highwater")
    );
    let output = std::process::Command::new("sh")
        .args(["-c", &script])
        .current_dir(bench.path(""))
        .output()
        .expect("sh runs");
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(err.contains("this process may have 256") && err.contains("ulimit -n"), "{err}");
}

#[test]
fn without_a_server_it_is_a_failure_of_input_and_output() {
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        listener.local_addr().expect("it has a number").port()
    };
    let done = leak("").run(&format!("reality leak.json --server 127.0.0.1:{port}")).code(3);
    assert!(done.err.contains("cannot connect"), "{}", done.err);
}

#[test]
fn a_server_of_another_kind_is_not_driven() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it has a number").port();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("the command connects");
        let mut bytes = [0; 100];
        let heard = stream.read(&mut bytes).expect("it asks for something");
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").expect("it listens");
        // What is in the buffer when the connection closes would be a reset.
        let _ = stream.read(&mut bytes);
        heard
    });
    let done = leak("").run(&format!("reality leak.json --server 127.0.0.1:{port}")).code(3);
    assert!(done.err.contains("not the Redis protocol"), "{}", done.err);
    assert!(server.join().expect("the server ends") > 0);
}
