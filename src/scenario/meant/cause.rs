//! Why calls and requests fail.

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
    /// Its visitor had waited long enough.
    Abandoned,
    /// As many calls as the instance allows at once were out, and nobody ended in time.
    BulkheadFull,
    /// The instance held the attempt back, because too many have failed.
    Throttled,
    /// As many attempts as the instance's adaptive limit allows were out.
    LimitReached,
    /// No request at the instance ended in time for this one to begin.
    QueueTimeout,
    /// The instance took no more requests in this time than its rate limit allows.
    RateLimited,
    /// A transaction found that its key had been changed since it was read.
    Conflict,
    /// As many instances as there may be were busy (serverless).
    ConcurrencyLimit,
    /// The request's deadline was over.
    Deadline,
}

impl Cause {
    /// All of them, in the order of their numbers.
    pub const ALL: [Cause; 25] = [
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
        Cause::Abandoned,
        Cause::BulkheadFull,
        Cause::Throttled,
        Cause::LimitReached,
        Cause::QueueTimeout,
        Cause::RateLimited,
        Cause::Conflict,
        Cause::ConcurrencyLimit,
        Cause::Deadline,
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
            Cause::Abandoned => "abandoned",
            Cause::BulkheadFull => "bulkhead_full",
            Cause::Throttled => "throttled",
            Cause::LimitReached => "limit_reached",
            Cause::QueueTimeout => "queue_timeout",
            Cause::RateLimited => "rate_limited",
            Cause::Conflict => "conflict",
            Cause::ConcurrencyLimit => "concurrency_limit",
            Cause::Deadline => "deadline",
        }
    }

    /// What it means, in a sentence.
    pub const fn meaning(self) -> &'static str {
        match self {
            Cause::Rejected => "Refused at the server's connection limit.",
            Cause::Emfile => "The client had no descriptor left.",
            Cause::PortExhausted => "The client had no ephemeral port left.",
            Cause::ConnectTimeout => "The dial took too long.",
            Cause::ReadTimeout => "The reply took too long.",
            Cause::CheckoutTimeout => "No connection of the pool became free in time.",
            Cause::StaleConnection => "The server had closed the connection before it was used.",
            Cause::ConnectionLost => "The server closed the connection while it was in use.",
            Cause::QueueFull => "As many callers as allowed were already waiting.",
            Cause::NoInstance => "No instance of the fleet was up.",
            Cause::InstanceStopped => {
                "The instance was stopped before it had finished: its drain was over."
            }
            Cause::Oom => "The instance was killed for its memory.",
            Cause::BreakerOpen => "The instance's circuit breaker let nothing through.",
            Cause::RejectedSilently => {
                "Refused at the server's connection limit without a word, as under TLS: the client cannot tell it from a lost connection."
            }
            Cause::ConnectionRefused => {
                "Nothing listened: the kernel at the other end answered the dial with a reset."
            }
            Cause::ServerError => "The server, or a proxy before it, answered with an error.",
            Cause::Abandoned => "Its visitor had waited long enough.",
            Cause::BulkheadFull => {
                "As many calls as the instance allows at once were out, and nobody ended in time."
            }
            Cause::Throttled => "The instance held the attempt back, because too many have failed.",
            Cause::LimitReached => {
                "As many attempts as the instance's adaptive limit allows were out."
            }
            Cause::QueueTimeout => {
                "No request at the instance ended in time for this one to begin."
            }
            Cause::RateLimited => {
                "The instance took no more requests in this time than its rate limit allows."
            }
            Cause::Conflict => {
                "A transaction found that its key had been changed since it was read."
            }
            Cause::ConcurrencyLimit => "As many instances as there may be were busy (serverless).",
            Cause::Deadline => "The request's deadline was over.",
        }
    }
}
