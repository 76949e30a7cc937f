//! One request on its way to a real server: its connection, and what it waits for.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

/// The text of a refusal begins so, with and without a cluster.
const REFUSAL: &[u8] = b"-ERR max number of clients";
/// The longest line that is kept; an answer to PING is shorter, and so is a refusal.
const LINE_MAX: usize = 256;

/// One request on its way.
#[derive(Debug)]
pub struct Flight {
    /// Its place among the errands.
    pub errand: usize,
    /// The step it is at.
    pub step: usize,
    /// The connection of the present call.
    pub stream: Option<TcpStream>,
    /// Commands of the present call that have no answer.
    pub left: u32,
    /// What it waits for, by a number of its own: what is due for an earlier phase is out of date.
    pub phase: u64,
    /// Set when the server has refused it; then the end of the connection is awaited.
    pub refused: bool,
    /// Whether what is due in this phase is the end of its patience.
    pub gives_up: bool,
    line: Vec<u8>,
}

/// What a look at a connection brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Nothing yet.
    Nothing,
    /// An answer.
    Answer,
    /// The text of a refusal, this many bytes with the end of the line.
    Refusal(Vec<u8>),
    /// An answer nobody expects.
    Strange(String),
    /// The server has ended the connection.
    End(End),
}

/// How a server ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// An orderly close: the client's socket is in CLOSE_WAIT.
    Closed,
    /// A reset: the client's socket has no state left, but its descriptor.
    Reset,
}

impl Flight {
    /// A request that has not begun.
    pub fn new(errand: usize) -> Flight {
        Flight {
            errand,
            step: 0,
            stream: None,
            left: 0,
            phase: 0,
            refused: false,
            gives_up: false,
            line: Vec::new(),
        }
    }

    /// Looks at the connection; gives the first thing that is new.
    pub fn look(&mut self) -> Seen {
        let Some(stream) = &mut self.stream else { return Seen::Nothing };
        loop {
            if let Some(end) = self.line.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.line.drain(..=end).collect();
                return heard(line);
            }
            let mut bytes = [0; LINE_MAX];
            match stream.read(&mut bytes) {
                Ok(0) => return Seen::End(End::Closed),
                Ok(count) if self.line.len() + count <= 64 * LINE_MAX => {
                    self.line.extend_from_slice(&bytes[..count]);
                }
                Ok(_) => return Seen::Strange("a line without an end".to_string()),
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock => return Seen::Nothing,
                    ErrorKind::Interrupted => {}
                    _ => return Seen::End(End::Reset),
                },
            }
        }
    }
}

/// Sends `count` commands. A connection that is gone already shows at the next look.
pub fn send(stream: &mut TcpStream, count: u32) {
    let _ = stream.write_all("*1\r\n$4\r\nPING\r\n".repeat(count as usize).as_bytes());
}

fn heard(line: Vec<u8>) -> Seen {
    if line == b"+PONG\r\n" {
        Seen::Answer
    } else if line.starts_with(REFUSAL) {
        Seen::Refusal(line)
    } else {
        Seen::Strange(String::from_utf8_lossy(&line).trim_end().to_string())
    }
}
