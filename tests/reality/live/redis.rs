//! A redis-server of a test's own, and a client of a few lines.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

/// How long a server may take to answer, on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(10);
/// Looks at something that may take a moment, and the pause between two: ten seconds in all.
const LOOKS: u32 = 1_000;
const PAUSE: Duration = Duration::from_millis(10);
/// What keeps it to itself: one loopback address, nothing on the disk.
const ARGUMENTS: &str = "--bind 127.0.0.1 --save '' --appendonly no --daemonize no --dir /";

/// A server that goes away with the test.
pub struct Redis {
    child: Child,
    port: u16,
    _folder: TempDir,
}

impl Redis {
    /// Starts a server with this process's own limits.
    pub fn start() -> Redis {
        Redis::start_with("true").expect("redis-server starts")
    }

    /// Starts a server after some shell commands, as a user without privileges; `None` when it ends
    /// before it listens.
    pub fn start_with(before: &str) -> Option<Redis> {
        let folder = tempfile::tempdir().unwrap();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let port = free_port();
        let script = format!("{before} && exec redis-server --port {port} {ARGUMENTS}");
        let mut command = unprivileged();
        command.args(["sh", "-c", &script]).stdin(Stdio::null());
        command.stdout(log.try_clone().unwrap()).stderr(log);
        let child = command.spawn().expect("setpriv or env runs");
        let mut redis = Redis { child, port, _folder: folder };
        for _ in 0..LOOKS {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(redis);
            }
            if redis.child.try_wait().unwrap().is_some() {
                return None;
            }
            std::thread::sleep(PAUSE);
        }
        panic!("redis-server does not listen");
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Asks for something in a connection of its own; gives the answer's lines.
    pub fn ask(&self, command: &str) -> Vec<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        // Whoever is refused may have been so before it has asked; the refusal is there to be read.
        let _ = stream.write_all(format!("{command}\r\n").as_bytes());
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut lines = BufReader::new(stream).lines();
        let first = lines.next().unwrap().unwrap();
        let more = match first.split_at(1) {
            // An array of texts: two lines each.
            ("*", count) => 2 * count.parse::<usize>().unwrap(),
            _ => 0,
        };
        std::iter::once(first).chain(lines.take(more).map(|line| line.unwrap())).collect()
    }

    /// The value of a setting. Where there is one slot, it may take the server a moment to see that
    /// whoever had it has gone.
    pub fn setting(&self, name: &str) -> String {
        for _ in 0..LOOKS {
            let mut answer = self.ask(&format!("CONFIG GET {name}"));
            if answer.len() == 5 {
                return answer.remove(4);
            }
            std::thread::sleep(PAUSE);
        }
        panic!("no answer to CONFIG GET {name}");
    }

    /// The bytes that a connection gets that sends nothing, up to its end.
    pub fn bytes_to_the_end(&self) -> Vec<u8> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        bytes
    }

    /// Connections that have slots and stay open until they are dropped. It may take the server a
    /// moment to see that whoever had a slot has gone.
    pub fn hold(&self, count: usize) -> Vec<TcpStream> {
        let mut held = Vec::new();
        for _ in 0..LOOKS {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            stream.write_all(b"PING\r\n").unwrap();
            let mut answer = [0; 7];
            // A refusal may be followed by a reset.
            if stream.read_exact(&mut answer).is_ok() && answer == *b"+PONG\r\n" {
                held.push(stream);
            } else {
                std::thread::sleep(PAUSE);
            }
            if held.len() == count {
                return held;
            }
        }
        panic!("the server lets only {} connections in", held.len());
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Runs what follows as `nobody` when this is root, who may raise any limit; and before other work of
/// this machine, where that is allowed.
fn unprivileged() -> Command {
    let found = Command::new("redis-server").arg("--version").stdout(Stdio::null()).status();
    assert!(
        found.is_ok_and(|status| status.success()),
        "the live tests need redis-server: apt-get install redis-server (tests/run does it)"
    );
    let id = Command::new("id").arg("-u").output().unwrap();
    if id.stdout.trim_ascii() != b"0" {
        return Command::new("env");
    }
    let mut command = Command::new("nice");
    command.args(["-n", "-20", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]);
    command
}
