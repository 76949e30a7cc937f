//! The reserved connection: what an operator says to a Redis-protocol server, and what it answers.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longer than any answer takes, the loop being blocked by others for seconds.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest answer that is read: CLIENT LIST of 200,000 clients.
const ANSWER_MAX: usize = 128 << 20;

/// An answer of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A status, a number, or a text.
    Text(String),
    /// A list; what is nested in it is flattened.
    List(Vec<String>),
    /// An error, in the server's words.
    Error(String),
}

/// What INFO says about clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// `connected_clients`.
    pub clients: u64,
    /// `rejected_connections`.
    pub rejected: u64,
    /// `total_connections_received`.
    pub received: u64,
}

/// A connection to the server that sends one command and waits for its answer.
#[derive(Debug)]
pub struct Server {
    stream: BufReader<TcpStream>,
}

impl Server {
    /// Connects.
    pub fn connect(address: SocketAddr) -> io::Result<Server> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(Server { stream: BufReader::new(stream) })
    }

    /// Sends a command and reads its answer.
    pub fn ask(&mut self, words: &[&str]) -> io::Result<Answer> {
        self.send(&[words])?;
        self.answer(0)
    }

    /// The same, for commands whose answer is a text: an error of the server is a failure.
    pub fn text(&mut self, words: &[&str]) -> io::Result<String> {
        text_of(self.ask(words)?)
    }

    /// Clients and counters, in one round trip.
    pub fn counts(&mut self) -> io::Result<Counts> {
        self.send(&[&["INFO", "clients"], &["INFO", "stats"]])?;
        let clients = text_of(self.answer(0)?)?;
        let stats = text_of(self.answer(0)?)?;
        Ok(Counts {
            clients: figure(&clients, "connected_clients")?,
            rejected: figure(&stats, "rejected_connections")?,
            received: figure(&stats, "total_connections_received")?,
        })
    }

    /// The value of a setting; `None` when the server does not know it.
    pub fn setting(&mut self, name: &str) -> io::Result<Option<String>> {
        match self.ask(&["CONFIG", "GET", name])? {
            Answer::List(pair) => Ok(pair.into_iter().nth(1)),
            Answer::Text(_) => Ok(None),
            Answer::Error(said) => Err(io::Error::other(said)),
        }
    }

    /// Sends commands together and counts the answers that are no errors.
    pub fn each(&mut self, commands: &[Vec<String>]) -> io::Result<usize> {
        let mut fine = 0;
        // So few at once that neither side fills the other's buffer.
        for commands in commands.chunks(100) {
            let words: Vec<Vec<&str>> =
                commands.iter().map(|words| words.iter().map(String::as_str).collect()).collect();
            let words: Vec<&[&str]> = words.iter().map(Vec::as_slice).collect();
            self.send(&words)?;
            for _ in commands {
                fine += usize::from(!matches!(self.answer(0)?, Answer::Error(_)));
            }
        }
        Ok(fine)
    }

    fn send(&mut self, commands: &[&[&str]]) -> io::Result<()> {
        let mut bytes = Vec::new();
        for words in commands {
            write!(bytes, "*{}\r\n", words.len())?;
            for word in *words {
                write!(bytes, "${}\r\n{word}\r\n", word.len())?;
            }
        }
        self.stream.get_mut().write_all(&bytes)
    }

    fn answer(&mut self, depth: u32) -> io::Result<Answer> {
        let mut line = String::new();
        if self.stream.by_ref().take(1 << 16).read_line(&mut line)? == 0 {
            return Err(io::Error::new(
                ErrorKind::UnexpectedEof,
                "the server closed the connection",
            ));
        }
        let line = line.trim_end();
        let Some((kind, rest)) = line.split_at_checked(1) else { return Err(strange(line)) };
        let length = || rest.parse::<i64>().map_err(|_| strange(line));
        match kind {
            "+" | ":" => Ok(Answer::Text(rest.to_string())),
            "-" => Ok(Answer::Error(rest.to_string())),
            "$" => self.bulk(length()?).map(Answer::Text),
            "*" if depth < 8 => {
                let mut list = Vec::new();
                for _ in 0..length()? {
                    match self.answer(depth + 1)? {
                        Answer::Text(text) | Answer::Error(text) => list.push(text),
                        Answer::List(more) => list.extend(more),
                    }
                }
                Ok(Answer::List(list))
            }
            _ => Err(strange(line)),
        }
    }

    fn bulk(&mut self, length: i64) -> io::Result<String> {
        // A length of -1 is "nothing".
        let Ok(length) = usize::try_from(length) else { return Ok(String::new()) };
        if length > ANSWER_MAX {
            return Err(io::Error::other(format!("an answer of {length} bytes is too long")));
        }
        let mut bytes = vec![0; length + 2];
        self.stream.read_exact(&mut bytes)?;
        bytes.truncate(length);
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

fn text_of(answer: Answer) -> io::Result<String> {
    match answer {
        Answer::Text(text) => Ok(text),
        Answer::List(list) => Ok(list.join(" ")),
        Answer::Error(said) => Err(io::Error::other(said)),
    }
}

fn strange(line: &str) -> io::Error {
    let start: String = line.chars().take(60).collect();
    io::Error::new(ErrorKind::InvalidData, format!("not the Redis protocol: {start:?}"))
}

/// A line `name:value` of INFO.
pub fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.lines().find_map(|line| line.trim_end().strip_prefix(name)?.strip_prefix(':'))
}

fn figure(info: &str, name: &str) -> io::Result<u64> {
    let value = field(info, name).and_then(|value| value.parse().ok());
    value.ok_or_else(|| io::Error::other(format!("INFO has no figure {name}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_of_info_is_found_by_its_whole_name() {
        let info = "# Clients\r\nconnected_clients_max:9\r\nconnected_clients:3\r\n";
        assert_eq!(figure(info, "connected_clients").ok(), Some(3));
        assert!(figure(info, "clients").is_err());
    }
}
