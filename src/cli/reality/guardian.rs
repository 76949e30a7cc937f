//! The server's settings are put back, whatever becomes of this process.
//!
//! Before anything is changed a second process is started, in a process group of its own so that
//! Ctrl-C does not reach it. It waits for the end of a pipe. When the run ends as it should it is
//! told so; when the pipe ends without a word, it puts the settings back.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::super::exit::{Exit, Failure};
use super::server::Server;

/// The hidden command that the second process runs.
pub const COMMAND: &str = "reality-restore";
/// What says that there is nothing to put back.
const DONE: &[u8] = b"done\n";
/// Attempts to connect, and the pause between two: the sockets of a killed process are closed
/// within a tenth of a second, and then there is room.
const ATTEMPTS: u32 = 50;
const PAUSE: Duration = Duration::from_millis(100);

/// The settings of a server that are put back when this process is gone.
#[derive(Debug)]
pub struct Guardian {
    child: Child,
}

impl Guardian {
    /// Starts watching.
    pub fn start(address: SocketAddr, settings: &[(String, String)]) -> io::Result<Guardian> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(COMMAND).arg(address.to_string());
        command.args(settings.iter().map(|(name, value)| format!("{name}={value}")));
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        Ok(Guardian { child: command.spawn()? })
    }

    /// There is nothing left to put back.
    pub fn done(mut self) {
        if let Some(mut pipe) = self.child.stdin.take() {
            let _ = pipe.write_all(DONE);
        }
        let _ = self.child.wait();
    }
}

/// The second process: waits for the end of its input.
pub fn watch(address: SocketAddr, settings: &[(String, String)]) -> Result<Exit, Failure> {
    let mut said = Vec::new();
    let _ = io::stdin().read_to_end(&mut said);
    if said == DONE {
        return Ok(Exit::AsExpected);
    }
    for attempt in 1..=ATTEMPTS {
        match put_back(address, settings) {
            Ok(()) => break,
            Err(error) if attempt == ATTEMPTS => {
                let wanted: Vec<String> =
                    settings.iter().map(|(name, value)| format!("{name} {value}")).collect();
                return Err(Failure::Io(format!(
                    "cannot put back {} at {address}: {error}",
                    wanted.join(", ")
                )));
            }
            Err(_) => std::thread::sleep(PAUSE),
        }
    }
    Ok(Exit::AsExpected)
}

fn put_back(address: SocketAddr, settings: &[(String, String)]) -> io::Result<()> {
    restore(&mut Server::connect(address)?, settings)
}

/// Puts settings back over an open connection.
pub fn restore(server: &mut Server, settings: &[(String, String)]) -> io::Result<()> {
    for (name, value) in settings {
        server.text(&["CONFIG", "SET", name, value])?;
    }
    Ok(())
}
