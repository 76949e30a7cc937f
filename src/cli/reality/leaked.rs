//! Sockets that nobody will use or close, and what the server does to them.

use std::io::{ErrorKind, Read};
use std::net::TcpStream;

use highwater::scenario::LeakKind;

use super::driven::{FleetRow, Shared};
use super::flight::End;

/// Sockets that are looked at in one go: so long do arrivals wait.
const BATCH: usize = 256;

/// All leaked sockets of a run.
#[derive(Debug, Default)]
pub struct Leaks {
    sockets: Vec<Leaked>,
    /// Those that have been looked at since the row before.
    looked: usize,
}

/// A socket that nobody will use again.
#[derive(Debug)]
struct Leaked {
    stream: TcpStream,
    fleet: usize,
    kind: LeakKind,
    /// Whether there is still something to see at it.
    open: bool,
}

impl Leaks {
    /// Leaks a socket that the server has ended already, or not. Who closes when the server does
    /// closes then.
    pub fn add(
        &mut self,
        stream: TcpStream,
        (fleet, kind): (usize, LeakKind),
        end: Option<End>,
        counts: &mut [FleetRow],
        shared: &Shared,
    ) {
        if end.is_some() && kind == LeakKind::ClosesOnEof {
            return shared.close(stream);
        }
        counts[fleet].close_wait += u64::from(end == Some(End::Closed));
        self.sockets.push(Leaked { stream, fleet, kind, open: end.is_none() });
    }

    /// Looks at some of the sockets; true when all have been looked at, and the next look begins with
    /// the first again.
    pub fn look(&mut self, counts: &mut [FleetRow], shared: &Shared) -> bool {
        for _ in 0..BATCH {
            let Some(leaked) = self.sockets.get_mut(self.looked) else {
                self.looked = 0;
                return true;
            };
            let end = if leaked.open { end_of(&mut leaked.stream) } else { None };
            if end.is_some() && leaked.kind == LeakKind::ClosesOnEof {
                shared.close(self.sockets.swap_remove(self.looked).stream);
                continue;
            }
            leaked.open &= end.is_none();
            counts[leaked.fleet].close_wait += u64::from(end == Some(End::Closed));
            self.looked += 1;
        }
        false
    }
}

/// How the server has ended a connection, if it has. A reset shows once only.
fn end_of(stream: &mut TcpStream) -> Option<End> {
    let mut bytes = [0; 64];
    loop {
        match stream.read(&mut bytes) {
            Ok(0) => return Some(End::Closed),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return Some(End::Reset),
        }
    }
}
