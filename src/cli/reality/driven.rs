//! What the driver shares with the operator, and what it hands back.

use std::collections::BTreeSet;
use std::net::TcpStream;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};

use highwater::units::{SimTime, Span};

use super::leaked::Leaks;

/// What the threads of a live run share.
#[derive(Debug, Default)]
pub struct Shared {
    /// Set when the run is to end before its time.
    pub stop: AtomicBool,
    /// The local ports of the driver's connections.
    ports: Mutex<BTreeSet<u16>>,
}

impl Shared {
    /// A connection of the driver is open.
    pub fn opened(&self, stream: &TcpStream) {
        if let Ok(address) = stream.local_addr() {
            let mut ports = self.ports.lock().unwrap_or_else(PoisonError::into_inner);
            ports.insert(address.port());
        }
    }

    /// Closes a connection of the driver.
    pub fn close(&self, stream: TcpStream) {
        if let Ok(address) = stream.local_addr() {
            let mut ports = self.ports.lock().unwrap_or_else(PoisonError::into_inner);
            ports.remove(&address.port());
        }
    }

    /// The local ports of all open connections of the driver.
    pub fn ports(&self) -> BTreeSet<u16> {
        self.ports.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What became of the load.
#[derive(Debug, Default)]
pub struct Driven {
    /// A row for each instant asked for.
    pub rows: Vec<Row>,
    /// What followed refusals.
    pub refusals: Refusals,
    /// How late, in microseconds, each thing was done that was due; sorted.
    pub late_us: Vec<u64>,
    /// The mean wait for a core.
    pub wait: Span,
    /// Sockets that nobody would close; dropped with this.
    pub leaks: Leaks,
}

/// The counts at one instant, by fleet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// When they were taken.
    pub at: SimTime,
    /// One for each fleet.
    pub fleets: Vec<FleetRow>,
}

/// The counts of one fleet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FleetRow {
    /// Requests that have begun.
    pub requests: u64,
    /// Requests that have succeeded.
    pub succeeded: u64,
    /// Requests that have failed.
    pub failed: u64,
    /// Leaked sockets that the server has closed: CLOSE_WAIT.
    pub close_wait: u64,
}

/// How the server refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusals {
    /// The first request that was refused: its number, from 1, and when it knew.
    pub first: Option<(u64, SimTime)>,
    /// Refused with the text.
    pub texts: u64,
    /// The text, as it came first.
    pub text: Vec<u8>,
    /// After the text the connection was closed.
    pub then_fin: u64,
    /// After the text the connection was reset.
    pub then_reset: u64,
    /// Closed or reset without a word.
    pub silent: u64,
}
