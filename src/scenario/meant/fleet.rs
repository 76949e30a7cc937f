//! Identical instances: what a request does, what happens when it fails, what a process may use.

use super::{Arrivals, Balancer, Connections, Dist, Server, SynRetries};
use crate::units::{Bytes, Span};

/// Identical application instances.
#[derive(Clone, Debug, PartialEq)]
pub struct Fleet {
    /// Its name: the key under `fleets`.
    pub name: String,
    /// How many instances run.
    pub instances: u32,
    /// How requests are spread over the instances that are up.
    pub balancer: Balancer,
    /// When requests arrive.
    pub arrivals: Arrivals,
    /// The ways to the servers, sorted by name.
    pub connections: Vec<Connections>,
    /// What a request does, in order.
    pub steps: Vec<Step>,
    /// What happens after a failed call.
    pub retry: Retry,
    /// What keeps calls back while they fail.
    pub breaker: Breaker,
    /// Limits of one instance.
    pub process: Process,
    /// Whether its connections may take a server's reserved slots.
    pub privileged: bool,
    /// Times in which an instance gets no core.
    pub stalls: Option<Stalls>,
}

impl Fleet {
    /// Whether the work of an instance waits for a core: something costs CPU time, or the cores are
    /// taken away now and then.
    pub fn counts_cpu(&self) -> bool {
        self.process.cpu.is_counted() || self.stalls.is_some()
    }
}

/// Times in which a process gets no core.
#[derive(Clone, Debug, PartialEq)]
pub struct Stalls {
    /// From the begin of one to the begin of the next.
    pub every: Dist,
    /// How long one lasts.
    pub length: Dist,
}

/// One step of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Work of the instance itself.
    Work(Dist),
    /// One use of a server.
    Call(Call),
}

/// One use of a server.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Index into [`Settings::servers`](super::Settings::servers).
    pub server: usize,
    /// Index into [`Fleet::connections`].
    pub through: usize,
    /// Commands sent.
    pub commands: u32,
    /// Whether they are sent together.
    pub pipelined: bool,
    /// Work done after the last reply while the connection is still held.
    pub hold: Dist,
    /// How long a reply may take, per round trip; `None` is for ever.
    pub timeout: Option<Span>,
    /// CPU time of the server for each command; `None` is the server's own cost of a command.
    pub cost: Option<Span>,
    /// The commands block: the reply to each comes so long after it was read.
    pub blocking: Option<Span>,
    /// The commands subscribe: from then on the idle timeout passes the connection by.
    pub subscribe: bool,
}

impl Call {
    /// CPU time of `server` for one command of this call.
    pub fn command_cost(&self, server: &Server) -> Span {
        self.cost.unwrap_or(server.cost.command)
    }
}

/// What happens after a failed call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Retry {
    /// The request fails.
    None,
    /// Another attempt after a pause.
    Again {
        /// Attempts at most, the first one included; `None` is for ever.
        attempts: Option<u32>,
        /// How the pause grows.
        backoff: Backoff,
        /// What chance makes of it.
        jitter: Jitter,
    },
}

/// How the pause before a retry grows; n counts from 0 at the first retry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Backoff {
    /// Always the same.
    Constant(Span),
    /// min(cap, base x factor^n).
    Exponential {
        /// The first pause.
        base: Span,
        /// The growth.
        factor: f64,
        /// The longest pause.
        cap: Span,
    },
}

/// What chance makes of a pause v.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jitter {
    /// v.
    None,
    /// Between 0 and v.
    Full,
    /// Between v/2 and v.
    Equal,
    /// min(cap, uniform(base, 3 x the previous pause)), starting from base.
    Decorrelated,
}

/// What keeps calls back while they fail; every instance has its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Breaker {
    /// Nothing.
    None,
    /// Opens after failures in a row, then lets one attempt decide.
    Consecutive {
        /// Failed attempts in a row that open it.
        failures: u32,
        /// How long it lets nothing through.
        open_for: Span,
    },
}

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
    /// When its kernel repeats a SYN that nobody answered.
    pub syn_retries: SynRetries,
}

/// Why a call, and with it possibly a request, failed. One cause each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Cause {
    /// Refused at the server's connection limit.
    Rejected,
    /// The client had no descriptor left.
    Emfile,
    /// The client had no ephemeral port left.
    PortExhausted,
    /// The dial took too long.
    ConnectTimeout,
    /// The reply took too long.
    ReadTimeout,
    /// No connection of the pool became free in time.
    CheckoutTimeout,
    /// The server had closed the connection before it was used.
    StaleConnection,
    /// The server closed the connection while it was in use.
    ConnectionLost,
    /// As many callers as allowed were already waiting.
    QueueFull,
    /// No instance of the fleet was up.
    NoInstance,
    /// The instance was stopped before it had finished: its drain was over.
    InstanceStopped,
    /// The instance was killed for its memory.
    Oom,
    /// The instance's circuit breaker let nothing through.
    BreakerOpen,
    /// Refused at the server's connection limit without a word, as under TLS: the client cannot tell
    /// it from a lost connection.
    RejectedSilently,
    /// Nothing listened: the kernel at the other end answered the dial with a reset.
    ConnectionRefused,
    /// The server, or a proxy before it, answered with an error.
    ServerError,
}

impl Cause {
    /// All of them, in the order of their numbers.
    pub const ALL: [Cause; 16] = [
        Cause::Rejected,
        Cause::Emfile,
        Cause::PortExhausted,
        Cause::ConnectTimeout,
        Cause::ReadTimeout,
        Cause::CheckoutTimeout,
        Cause::StaleConnection,
        Cause::ConnectionLost,
        Cause::QueueFull,
        Cause::NoInstance,
        Cause::InstanceStopped,
        Cause::Oom,
        Cause::BreakerOpen,
        Cause::RejectedSilently,
        Cause::ConnectionRefused,
        Cause::ServerError,
    ];

    /// The name in series and files: `failed_by.rejected`.
    pub const fn name(self) -> &'static str {
        match self {
            Cause::Rejected => "rejected",
            Cause::Emfile => "emfile",
            Cause::PortExhausted => "port_exhausted",
            Cause::ConnectTimeout => "connect_timeout",
            Cause::ReadTimeout => "read_timeout",
            Cause::CheckoutTimeout => "checkout_timeout",
            Cause::StaleConnection => "stale_connection",
            Cause::ConnectionLost => "connection_lost",
            Cause::QueueFull => "queue_full",
            Cause::NoInstance => "no_instance",
            Cause::InstanceStopped => "instance_stopped",
            Cause::Oom => "oom",
            Cause::BreakerOpen => "breaker_open",
            Cause::RejectedSilently => "rejected_silently",
            Cause::ConnectionRefused => "connection_refused",
            Cause::ServerError => "server_error",
        }
    }
}
