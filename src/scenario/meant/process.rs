//! What one instance has, and what things cost it.

use super::{Action, AtStart, Cold, Entrance, RestartBackoff, Scenario, Settings, SynRetries};
use crate::units::{Bytes, SimTime, Span};

/// CPU time of one instance. Without any cost nothing waits for a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessCpu {
    /// Cores that the process can use at once.
    pub cores: u32,
    /// For a request, before its first step.
    pub request: Span,
    /// For every attempt of a call.
    pub attempt: Span,
    /// Further time for every connection dialled.
    pub dial: Span,
    /// Further time for every connection dialled to a server with TLS.
    pub tls_handshake: Span,
    /// For reading the last reply of a call, or the end of its connection.
    pub reply: Span,
    /// For letting a connection go after its hold.
    pub release: Span,
    /// Replies read at most before the loop looks at what its clocks made due.
    pub events_per_turn: u32,
}

impl ProcessCpu {
    /// One core that nothing needs.
    pub const UNUSED: ProcessCpu = ProcessCpu {
        cores: 1,
        request: Span::ZERO,
        attempt: Span::ZERO,
        dial: Span::ZERO,
        tls_handshake: Span::ZERO,
        reply: Span::ZERO,
        release: Span::ZERO,
        events_per_turn: 1024,
    };

    /// The time for a connection dialled to a server with or without TLS.
    pub fn of_dial(&self, tls: bool) -> Span {
        if tls { self.dial + self.tls_handshake } else { self.dial }
    }

    /// Whether anything costs CPU time.
    pub fn is_counted(&self) -> bool {
        [self.request, self.attempt, self.dial, self.tls_handshake, self.reply, self.release]
            .iter()
            .any(|cost| !cost.is_zero())
    }
}

/// Limits of one instance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Process {
    /// Descriptors for sockets.
    pub nofile: u32,
    /// The first ephemeral port.
    pub port_first: u16,
    /// The last ephemeral port.
    pub port_last: u16,
    /// Whether a port in TIME_WAIT can be used again after a second.
    pub tw_reuse: bool,
    /// How long a closed connection holds its port.
    pub time_wait: Span,
    /// Memory at rest.
    pub memory_base: Bytes,
    /// Memory per open socket.
    pub memory_per_socket: Bytes,
    /// Further memory per leaked socket: buffers, TLS state, the client object.
    pub memory_per_leak: Bytes,
    /// Memory per request in flight.
    pub memory_per_request: Bytes,
    /// At this much the process is killed.
    pub memory_limit: Bytes,
    /// CPU time.
    pub cpu: ProcessCpu,
    /// Time from the death of a process until its replacement takes requests.
    pub restart_after: Span,
    /// Time from the start of a new instance until it takes requests.
    pub start_after: Span,
    /// What it needs before it takes requests.
    pub start: AtStart,
    /// Further time before it is started again when it dies again and again.
    pub backoff: Option<RestartBackoff>,
    /// How slow it is at first.
    pub cold: Cold,
    /// When its kernel repeats a SYN that nobody answered.
    pub syn_retries: SynRetries,
    /// What it lets in.
    pub entrance: Entrance,
}

impl Scenario {
    /// The memory limit of an instance of a fleet (by its index) at the start, and at each instant at
    /// which the timeline sets it or begins a deploy.
    pub fn memory_limits(&self, fleet: usize) -> Vec<(SimTime, Bytes)> {
        let limit = |settings: &Settings| settings.fleets[fleet].process.memory_limit;
        let mut limits = vec![(SimTime::ZERO, limit(&self.settings))];
        for entry in &self.timeline {
            if let Action::Set(settings) | Action::Deploy { settings, .. } = &entry.action {
                limits.push((entry.at, limit(settings)));
            }
        }
        limits
    }
}
