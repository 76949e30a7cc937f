//! The scenario as meant: every default filled in, every quantity in its unit, every name resolved
//! to an index. Nothing here can be wrong; the reader has said so.

use crate::units::{Bytes, Rate, Ratio, SimTime, Span, Start, Unit};

/// A whole scenario, ready to run.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The name of the file without folder and ending.
    pub name: String,
    /// What this scenario is about.
    pub about: About,
    /// The seed: any text; every random stream is derived from it.
    pub seed: String,
    /// Simulated time from start to end.
    pub duration: Span,
    /// Time left out of means, ratios and quantiles that name no range of their own.
    pub warm_up: Span,
    /// Time between two rows of the series.
    pub sample_every: Span,
    /// Everything the timeline can change.
    pub settings: Settings,
    /// What happens when, in order of time.
    pub timeline: Vec<Entry>,
    /// The statements to judge, in the order of the file.
    pub claims: Vec<Claim>,
}

/// Title and origin of a scenario.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// One line.
    pub title: String,
    /// Where the story was published.
    pub source: String,
    /// The wall clock at simulated time zero, when known.
    pub start: Option<Start>,
}

/// Servers, network and fleets: the state of affairs between two entries of the timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The servers, sorted by name.
    pub servers: Vec<Server>,
    /// The network between all fleets and all servers.
    pub network: Network,
    /// The fleets, sorted by name.
    pub fleets: Vec<Fleet>,
}

/// A server and its limits.
#[derive(Clone, Debug, PartialEq)]
pub struct Server {
    /// Its name: the key under `servers`.
    pub name: String,
    /// The preset it started from.
    pub preset: Option<String>,
    /// The configured connection limit; descriptors can lower it.
    pub maxclients: u32,
    /// The idle timeout; zero is off.
    pub timeout: Span,
    /// How idle connections are found.
    pub reaper: Reaper,
    /// Calls of the server's cron per second.
    pub hz: u32,
    /// Whether `hz` rises with the number of clients.
    pub dynamic_hz: bool,
    /// Whether clients speak TLS.
    pub tls: bool,
    /// The listen backlog.
    pub backlog: u32,
    /// The kernel's cap on the backlog.
    pub somaxconn: u32,
    /// Connections accepted or refused at most in one turn, without TLS.
    pub accepts_per_turn: u32,
    /// The same with TLS.
    pub accepts_per_turn_tls: u32,
    /// File descriptors: the soft and the hard limit.
    pub nofile_soft: u32,
    /// The hard limit.
    pub nofile_hard: u32,
    /// The order in which work is done.
    pub discipline: Discipline,
    /// CPU time of one loop thread per event.
    pub cost: Cost,
    /// Connections that are no fleet's.
    pub internal: Internal,
    /// Memory of the server without clients.
    pub memory_base: Bytes,
    /// Memory of the server per connection.
    pub memory_per_connection: Bytes,
}

/// How a server finds idle connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaper {
    /// Never.
    None,
    /// At the instant the timeout is over; for theory.
    Exact,
    /// Whole seconds, strictly greater, a rotating sweep: Redis and Valkey.
    RedisCron,
}

/// The order in which a server works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discipline {
    /// One loop thread in turns; the replies of a turn leave at its end.
    Turns,
    /// First come, first served, each reply at once; for theory.
    Fifo,
}

/// CPU time per event of the loop thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// One command.
    pub command: Span,
    /// One connection: accept and close together.
    pub connect: Span,
    /// One connection refused at the limit.
    pub rejection: Span,
    /// One full TLS handshake.
    pub tls_handshake: Span,
    /// One idle connection closed.
    pub reap: Span,
}

/// Connections that count under the limit and belong to no fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Internal {
    /// Replicas: one slot each, not in `connected_clients`.
    pub replicas: u32,
    /// Nodes of the cluster, this one included; each other one is estimated at two slots.
    pub cluster_nodes: u32,
    /// Sentinels: two connections each.
    pub sentinels: u32,
    /// Operators and exporters that were connected before the run began.
    pub admin: u32,
}

/// The network: one path for everybody.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// One way.
    pub delay: Dist,
    /// The share of packets that are lost and sent again.
    pub loss: Ratio,
}

/// A distribution of a length of time.
#[derive(Clone, Debug, PartialEq)]
pub enum Dist {
    /// Always the same.
    Constant(Span),
    /// Evenly between two bounds.
    Uniform {
        /// The shortest.
        min: Span,
        /// The longest.
        max: Span,
    },
    /// Exponential.
    Exponential {
        /// The mean.
        mean: Span,
    },
    /// Log-normal.
    LogNormal {
        /// The mean.
        mean: Span,
        /// The squared coefficient of variation: variance over squared mean.
        cv2: f64,
    },
    /// Erlang: the sum of `stages` exponentials.
    Erlang {
        /// The mean of the sum.
        mean: Span,
        /// How many exponentials.
        stages: u32,
    },
    /// Weibull.
    Weibull {
        /// The scale.
        scale: Span,
        /// The shape.
        shape: f64,
    },
    /// Pareto, cut off at a longest value.
    Pareto {
        /// The shortest value.
        min: Span,
        /// The longest value.
        max: Span,
        /// The tail index.
        shape: f64,
    },
    /// Values with weights.
    Table(Vec<(Span, f64)>),
}

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
    /// Limits of one instance.
    pub process: Process,
}

/// How requests are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Balancer {
    /// One after the other.
    RoundRobin,
    /// By chance.
    Random,
    /// To the instance with the fewest requests in flight.
    LeastInFlight,
}

/// When requests arrive.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrivals {
    /// By chance, at a rate.
    Poisson(Profile),
    /// Evenly spaced, the first at time zero.
    Even(Profile),
    /// `each` requests at every instant listed.
    Instants {
        /// The instants, in order.
        at: Vec<SimTime>,
        /// Requests at each.
        each: u32,
    },
}

/// A rate over time.
#[derive(Clone, Debug, PartialEq)]
pub enum Profile {
    /// Always the same.
    Constant(Rate),
    /// Each rate from its instant until the next; the first instant is zero.
    Steps(Vec<(SimTime, Rate)>),
    /// Straight lines between points; the first instant is zero, the last rate goes on.
    Points(Vec<(SimTime, Rate)>),
    /// A daily wave: `mean` x (1 + `swing` x sin(2 pi (t - `shift`) / `period`)).
    Wave {
        /// The mean rate.
        mean: Rate,
        /// The swing around it, as a share of the mean.
        swing: Ratio,
        /// The length of a wave.
        period: Span,
        /// When the first rise begins.
        shift: Span,
    },
}

/// A named way to a server.
#[derive(Clone, Debug, PartialEq)]
pub struct Connections {
    /// Its name: the key under `connections`.
    pub name: String,
    /// How connections are held.
    pub strategy: Strategy,
}

/// How connections are held.
#[derive(Clone, Debug, PartialEq)]
pub enum Strategy {
    /// Dial, use, close (or leak) for every call.
    PerRequest {
        /// What is never closed.
        leak: Leak,
        /// How long a dial may take; `None` is for ever (the kernel gives up at its own limit).
        connect_timeout: Option<Span>,
    },
    /// A pool in every instance.
    Pooled(Pooled),
    /// Connections that all requests of an instance share.
    Shared {
        /// How many per instance.
        connections: u32,
        /// How long a dial may take.
        connect_timeout: Option<Span>,
    },
}

/// The settings of a pool.
#[derive(Clone, Debug, PartialEq)]
pub struct Pooled {
    /// The preset it started from.
    pub preset: Option<String>,
    /// Connections at most, being dialled or open.
    pub max: u32,
    /// Connections opened at the start and kept.
    pub min: u32,
    /// Callers that may wait at most; `None` is any number.
    pub max_waiting: Option<u32>,
    /// How long a caller waits; `None` is for ever, zero is not at all.
    pub wait_timeout: Option<Span>,
    /// Which idle connection is taken.
    pub idle_pick: IdlePick,
    /// How long a connection may be idle; `None` is for ever.
    pub idle_timeout: Option<Span>,
    /// How old a connection may grow; `None` is for ever.
    pub max_lifetime: Option<Span>,
    /// When idle and old connections are looked for.
    pub reaper: PoolReaper,
    /// What is checked before a connection is handed out.
    pub validate: Validate,
    /// How long a dial may take.
    pub connect_timeout: Option<Span>,
    /// Leases that never come back.
    pub leak: Leak,
}

/// Which idle connection a pool hands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdlePick {
    /// The one that was returned last.
    Lifo,
    /// The one that was returned first.
    Fifo,
}

/// When a pool looks for idle and old connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolReaper {
    /// Never.
    None,
    /// Only at a connection about to be handed out.
    OnCheckout,
    /// Every so often, over all idle connections.
    Periodic(Span),
    /// Each connection at its own instant.
    Exact,
}

/// What a pool checks before it hands a connection out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validate {
    /// Nothing.
    None,
    /// Whether the server has closed it, by looking at the socket.
    Peek,
    /// The same by a round trip to the server.
    Ping,
}

/// Connections that nobody will use or close again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Leak {
    /// What happens to them.
    pub kind: LeakKind,
    /// The probability after a call that succeeded.
    pub on_success: Ratio,
    /// The probability after a call that failed with a connection in hand.
    pub on_error: Ratio,
    /// Every so many calls that end with a connection in hand, exactly; zero is off. For theory.
    pub every: u32,
}

/// What happens to a leaked connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeakKind {
    /// The socket stays at the client whatever the server does.
    Forgotten,
    /// The client closes when the server does.
    ClosesOnEof,
    /// The client dials again when the server closes.
    Reconnects,
    /// Never returned to its pool.
    Lease,
    /// Subscribed to a channel: exempt from the idle timeout.
    Subscribed,
    /// In a blocking command: exempt from the idle timeout.
    Blocked,
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
    /// Index into [`Settings::servers`].
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
}

/// What happens after a failed call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Retry {
    /// The request fails.
    None,
    /// Another attempt after a pause.
    Again {
        /// Attempts at most, the first one included.
        attempts: u32,
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
    /// Time from the death of a process until its replacement takes requests.
    pub restart_after: Span,
    /// Time from the start of a new instance until it takes requests.
    pub start_after: Span,
}

/// One entry of the timeline.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When.
    pub at: SimTime,
    /// A few words for pictures and events: `servers.redis.timeout = 5min`.
    pub label: String,
    /// What.
    pub action: Action,
}

/// What an entry of the timeline does.
#[derive(Clone, Debug)]
pub enum Action {
    /// From now on these settings hold (the whole state after the change).
    Set(Box<Settings>),
    /// Instances of a fleet are replaced one by one by instances with these settings.
    Deploy {
        /// Index into [`Settings::fleets`].
        fleet: usize,
        /// The whole state after the change; only the fleet's own settings differ.
        settings: Box<Settings>,
        /// Time between two replacements.
        every: Span,
        /// How long a replaced instance may finish its requests.
        drain: Span,
    },
    /// A server's loop stands still.
    Pause {
        /// Index into [`Settings::servers`].
        server: usize,
        /// How long.
        length: Span,
    },
    /// An operator closes connections by idle time.
    KillIdle {
        /// Index into [`Settings::servers`].
        server: usize,
        /// Connections idle at least this long.
        idle: Span,
    },
}

/// A statement of a postmortem.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Its short name, unique in the file.
    pub id: String,
    /// The statement in words.
    pub says: String,
    /// Where it stands.
    pub source: String,
    /// What can be measured about it.
    pub test: ClaimTest,
    /// What the author of the file knows it to be.
    pub wanted: Verdict,
}

/// What can be done about a claim.
#[derive(Clone, Debug)]
pub enum ClaimTest {
    /// An outcome, measured in every run and compared.
    Outcome {
        /// What is measured.
        measure: Measure,
        /// What the claim expects, in base units.
        expect: f64,
        /// The allowed difference, in base units.
        within: f64,
        /// The unit of the measure.
        unit: Unit,
    },
    /// A setting that the claim takes for granted; written as in the file.
    Assumption,
    /// Nothing that a simulation could measure.
    Nothing,
}

/// What a claim measures. Series are named as in `timeseries.csv`.
#[derive(Clone, Debug, PartialEq)]
pub enum Measure {
    /// The first instant at which a series is beyond a bound.
    FirstTime {
        /// The series.
        series: String,
        /// Above this.
        beyond: Beyond,
    },
    /// The value at an instant.
    ValueAt {
        /// The series.
        series: String,
        /// The instant.
        at: SimTime,
    },
    /// Largest, smallest or mean value over a range of time.
    Extreme {
        /// Which.
        kind: Extreme,
        /// The series.
        series: String,
        /// From here.
        from: SimTime,
        /// To here.
        to: SimTime,
    },
    /// The increase of one counter over the increase of another.
    Ratio {
        /// The counter above the line.
        of: String,
        /// The counter below the line.
        to: String,
        /// From here.
        from: SimTime,
        /// To here.
        until: SimTime,
    },
    /// A quantile of a latency.
    Quantile {
        /// The series: a latency or a wait.
        series: String,
        /// Which quantile, between 0 and 1.
        q: f64,
        /// From here.
        from: SimTime,
        /// To here.
        to: SimTime,
    },
    /// How often an event of the log happened.
    Count {
        /// The kind of event, as in `events.jsonl`.
        event: String,
        /// From here.
        from: SimTime,
        /// To here.
        to: SimTime,
    },
}

/// A bound and its side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Beyond {
    /// Strictly above.
    Above(f64),
    /// Strictly below.
    Below(f64),
}

/// Which value over a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extreme {
    /// The largest.
    Max,
    /// The smallest.
    Min,
    /// The mean over time.
    Mean,
}

/// What is known, or was found, about a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The simulation agrees.
    Holds,
    /// The simulation disagrees.
    Contradicted,
    /// The interval straddles the bound.
    Undecided,
    /// Nothing was measured.
    NotTestable,
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
    /// The instance was killed, or stopped before it had finished.
    Oom,
}

impl Cause {
    /// All of them, in the order of their numbers.
    pub const ALL: [Cause; 11] = [
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
        Cause::Oom,
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
            Cause::Oom => "oom",
        }
    }
}
