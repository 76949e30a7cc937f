//! Servers and their limits.

use super::proxy::PROXY;
use super::{
    DAY, Kind, MINUTE, MONTH, MS, PETABYTE, PresetKind, SECOND, Type, Words, key, optional,
};
use crate::units::Span;

const REAPERS: Words = &[
    ("none", "idle connections stay"),
    ("exact", "a connection is closed at the instant its timeout is over; for theory"),
    ("redis_cron", "whole seconds, strictly greater, found by a rotating sweep: Redis and Valkey"),
];

const SWEEPS: Words = &[
    (
        "head",
        "from the head of the list: new connections are looked at last; Redis since 7.2, Valkey",
    ),
    ("tail", "from the tail, where new connections stand: they are looked at first; Redis to 7.0"),
];

const DISCIPLINES: Words = &[
    ("turns", "one loop thread in turns; the replies of a turn leave at its end"),
    ("fifo", "first come, first served, each reply at once; for theory"),
    (
        "workers",
        "`workers` processes or threads serve commands side by side, first come, first served, each \
         reply at once; one acceptor accepts and refuses: PostgreSQL, MySQL, memcached",
    ),
];

const WHEN_FULL: Words = &[
    ("reject", "closed with an error line, under TLS without: Redis, Valkey, PostgreSQL, MySQL"),
    ("reject_silently", "closed without a word: twemproxy"),
    (
        "stop_accepting",
        "not accepted: it waits in the kernel's accept queue until a slot comes free: HAProxy, \
         memcached without its fast mode",
    ),
];

pub(crate) static SERVER: Type = Type {
    name: "server",
    doc: "A server and its limits. A preset fills in what is not written; without one the values \
          are those of redis-8.0.",
    keys: &[
        optional(
            "preset",
            Kind::Preset(PresetKind::Server),
            "the defaults of this table",
            r#""redis-8.0""#,
            "The values of a published server version.",
        ),
        key(
            "nodes",
            Kind::Count(1, 500),
            "1",
            "3",
            "Servers of this kind that divide the keys among them: `S-1`, `S-2` and so on, each with \
             limits of its own.",
        ),
        key(
            "maxclients",
            Kind::Count(1, 10_000_000),
            "10000",
            "10000",
            "The configured connection limit; descriptors can lower it.",
        ),
        key(
            "timeout",
            Kind::Span(Span::ZERO, MONTH),
            r#""0s""#,
            r#""5min""#,
            "The idle timeout; zero is off.",
        ),
        key(
            "reaper",
            Kind::Words(REAPERS),
            r#""redis_cron""#,
            r#""redis_cron""#,
            "How idle connections are found.",
        ),
        key(
            "sweep",
            Kind::Words(SWEEPS),
            r#""head""#,
            r#""tail""#,
            "At which end of its list of clients the sweep of `redis_cron` looks.",
        ),
        key("hz", Kind::Count(1, 500), "10", "10", "Calls of the server's cron per second."),
        key(
            "dynamic_hz",
            Kind::Flag,
            "true",
            "true",
            "Whether `hz` rises with the number of clients.",
        ),
        key("tls", Kind::Flag, "false", "true", "Whether clients speak TLS."),
        key(
            "keepalive",
            Kind::Span(Span::ZERO, MONTH),
            r#""300s""#,
            r#""60s""#,
            "TCP keepalive of accepted connections; a vanished host is found out after about twice \
             this, a leak never; zero is off.",
        ),
        key("backlog", Kind::Count(1, 1_000_000), "511", "511", "The listen backlog."),
        key(
            "somaxconn",
            Kind::Count(1, 1_000_000),
            "4096",
            "4096",
            "The kernel's cap on the backlog (4096 since Linux 5.4).",
        ),
        key(
            "accepts_per_turn",
            Kind::Count(1, 100_000),
            "10",
            "10",
            "Connections accepted or refused at most in one turn of the loop, without TLS.",
        ),
        key("accepts_per_turn_tls", Kind::Count(1, 100_000), "1", "1", "The same with TLS."),
        key("nofile", Kind::Object(&NOFILE), "{}", r#"{"soft": 1024}"#, "File descriptors."),
        key(
            "descriptor_rule",
            Kind::Words(DESCRIPTOR_RULES),
            r#""redis""#,
            r#""redis""#,
            "How the connection limit is fitted to the descriptors at the start.",
        ),
        key(
            "maxclients_check",
            Kind::Words(MAXCLIENTS_CHECKS),
            r#""always""#,
            r#""always""#,
            "When a new `maxclients` is checked against the descriptors during a run.",
        ),
        key(
            "emfile_pause",
            Kind::Span(Span::ZERO, MINUTE),
            r#""0s""#,
            r#""100ms""#,
            "How long the listener is left alone when there is no descriptor for a connection; at \
             zero the loop spins.",
        ),
        key(
            "discipline",
            Kind::Words(DISCIPLINES),
            r#""turns""#,
            r#""turns""#,
            "The order in which work is done.",
        ),
        key(
            "workers",
            Kind::Count(1, 10_000),
            "1",
            "4",
            "Commands served at once where `discipline` is `workers`: the cores, or the threads.",
        ),
        key(
            "when_full",
            Kind::Words(WHEN_FULL),
            r#""reject""#,
            r#""reject""#,
            "What becomes of a connection for which there is no slot.",
        ),
        key(
            "reserved",
            Kind::Count(0, 10_000_000),
            "0",
            "3",
            "Slots under the limit that only fleets with `privileged` can take \
             (`superuser_reserved_connections` of PostgreSQL).",
        ),
        key(
            "reserved_beyond",
            Kind::Count(0, 1000),
            "0",
            "1",
            "Slots above the limit that only fleets with `privileged` can take (MySQL has one).",
        ),
        key(
            "cost",
            Kind::Object(&COST),
            "{}",
            r#"{"command": "7us"}"#,
            "CPU time of the loop thread per event.",
        ),
        key(
            "internal",
            Kind::Object(&INTERNAL),
            "{}",
            r#"{"cluster_nodes": 6, "admin": 1}"#,
            "Connections that count under the limit and belong to no fleet.",
        ),
        key(
            "memory",
            Kind::Object(&MEMORY),
            "{}",
            r#"{"per_connection": "2300B"}"#,
            "Memory of the server.",
        ),
        key(
            "maxmemory_clients",
            Kind::Bytes(0, PETABYTE),
            r#""0B""#,
            r#""100MB""#,
            "Client memory at which clients are closed, the largest first; zero is off, and less \
             than 128 KiB is taken for that.",
        ),
        key(
            "client_eviction",
            Kind::Flag,
            "true",
            "true",
            "Whether this version has `maxmemory_clients`.",
        ),
        key(
            "settable",
            Kind::List(&Kind::Words(SETTABLE), 0, SETTABLE.len()),
            "[\"maxclients\", \"timeout\", \"keepalive\", \"hz\", \"dynamic_hz\", \
             \"accepts_per_turn\", \"accepts_per_turn_tls\", \"maxmemory_clients\"]",
            r#"["timeout"]"#,
            "What a running server takes from an operator; the timeline can set it. Other settings \
             need a restart: that is another scenario.",
        ),
        key(
            "kill_filters",
            Kind::List(&Kind::Words(KILL_FILTERS), 0, 3),
            r#"["max_age"]"#,
            r#"["max_age", "ids"]"#,
            "What CLIENT KILL of this version can select by, beyond the type of a client; the rest \
             is done by CLIENT LIST and one CLIENT KILL for each client, or, with `ids`, for all.",
        ),
        key(
            "sync_slots",
            Kind::Count(0, 2),
            "2",
            "1",
            "Slots a replica takes while it is being synchronised; zero: it has no replicas.",
        ),
        key(
            "exporters",
            Kind::Object(&EXPORTERS),
            "{}",
            r#"{"count": 1, "every": "15s"}"#,
            "What scrapes the server, each time on a connection of its own.",
        ),
        optional(
            "proxy",
            Kind::Object(&PROXY),
            "it answers by itself",
            r#"{"to": "postgres", "mode": "transaction"}"#,
            "Makes the server a proxy in front of another one.",
        ),
    ],
    one_of: &[],
    preset: Some(PresetKind::Server),
};

const DESCRIPTOR_RULES: Words = &[
    (
        "redis",
        "32 are kept back, the limits are raised in steps of 16, and `maxclients` falls to what is \
         left: Redis and Valkey",
    ),
    (
        "exact",
        "both limits are set to `maxclients`, or the server exits; other descriptors, and one more, \
         take the places of clients: memcached",
    ),
    ("none", "nothing is looked at"),
];

const MAXCLIENTS_CHECKS: Words =
    &[("on_increase", "only when it is raised: Redis 6.2"), ("always", "whenever it is set")];

const KILL_FILTERS: Words = &[
    ("max_age", "the age of a connection"),
    ("idle", "its idle time"),
    ("ids", "several ids in one command"),
];

/// Settings of a server process, which an operator can set while it runs or cannot. What is not here
/// is a fact of the world around it.
pub(crate) const SETTABLE: Words = &[
    ("maxclients", "the connection limit"),
    ("reserved", "the slots kept back"),
    ("timeout", "the idle timeout"),
    ("keepalive", "the TCP keepalive"),
    ("backlog", "the listen backlog"),
    ("somaxconn", "the kernel's cap on it, which holds from the next start of the server"),
    ("hz", "the calls of the cron"),
    ("dynamic_hz", "whether these rise with the clients"),
    ("accepts_per_turn", "the connections accepted in a turn; Redis since 7.4, Valkey since 8.0"),
    ("accepts_per_turn_tls", "the same with TLS"),
    ("maxmemory_clients", "the client memory at which clients are closed"),
];

static EXPORTERS: Type = Type::new(
    "exporters",
    "What scrapes a server: a new connection, one command, and the connection is closed.",
    &[
        key("count", Kind::Count(0, 100), "0", "1", "How many."),
        key(
            "every",
            Kind::Span(MS, DAY),
            r#""15s""#,
            r#""15s""#,
            "Time between two scrapes of one; a scrape without an answer by then has failed.",
        ),
    ],
);

static NOFILE: Type = Type::new(
    "nofile",
    "Descriptor limits of the server process, as at its start; set during a run, those of the \
     running process, which leave `maxclients` alone.",
    &[
        key("soft", Kind::Count(1, 1_000_000_000), "65536", "1024", "The soft limit."),
        key(
            "hard",
            Kind::Count(1, 1_000_000_000),
            "65536",
            "65536",
            "The hard limit; not below the soft one.",
        ),
        key(
            "privileged",
            Kind::Flag,
            "false",
            "true",
            "Whether the process may raise its hard limit.",
        ),
        key(
            "other",
            Kind::Count(0, 1_000_000),
            "11",
            "7",
            "Descriptors held by other things than connections: listeners, epoll, log, pipes.",
        ),
    ],
);

static COST: Type = Type::new(
    "cost",
    "CPU time of one loop thread per event.",
    &[
        key("command", Kind::Span(Span::ZERO, SECOND), r#""7us""#, r#""7us""#, "One command."),
        key(
            "connect",
            Kind::Span(Span::ZERO, SECOND),
            r#""27us""#,
            r#""27us""#,
            "One connection: accept and close together.",
        ),
        key(
            "rejection",
            Kind::Span(Span::ZERO, SECOND),
            r#""27us""#,
            r#""27us""#,
            "One connection refused at the limit.",
        ),
        key(
            "tls_handshake",
            Kind::Span(Span::ZERO, SECOND),
            r#""390us""#,
            r#""390us""#,
            "One full TLS handshake.",
        ),
        key(
            "reap",
            Kind::Span(Span::ZERO, SECOND),
            r#""12us""#,
            r#""12us""#,
            "One idle connection closed.",
        ),
        key(
            "cron",
            Kind::Span(Span::ZERO, SECOND),
            r#""80us""#,
            r#""80us""#,
            "One call of the cron of `redis_cron`, while there is a timeout.",
        ),
        key(
            "visit",
            Kind::Span(Span::ZERO, SECOND),
            r#""1us""#,
            r#""1us""#,
            "One client that this call looks at.",
        ),
    ],
);

static INTERNAL: Type = Type::new(
    "internal",
    "Connections that count under the limit and belong to no fleet.",
    &[
        key("replicas", Kind::Count(0, 1000), "0", "2", "Replicas: one slot each."),
        key(
            "cluster_nodes",
            Kind::Count(1, 1000),
            "1",
            "6",
            "Nodes of the cluster, this one included; each other one costs two slots.",
        ),
        key("sentinels", Kind::Count(0, 1000), "0", "3", "Sentinels: two connections each."),
        key(
            "admin",
            Kind::Count(0, 100_000),
            "0",
            "1",
            "Operators and exporters that were connected before the run began.",
        ),
        key("monitors", Kind::Count(0, 100_000), "0", "1", "Clients in MONITOR."),
        key(
            "subscribers",
            Kind::Count(0, 1_000_000),
            "0",
            "20",
            "Pub/Sub subscribers that belong to no fleet.",
        ),
        key(
            "blocked",
            Kind::Count(0, 1_000_000),
            "0",
            "20",
            "Clients in a blocking command that belong to no fleet.",
        ),
        key(
            "primary_link",
            Kind::Flag,
            "false",
            "true",
            "Whether this server is a replica: its link to the primary is one of its clients.",
        ),
        key(
            "sync",
            Kind::Span(Span::ZERO, DAY),
            r#""1s""#,
            r#""30s""#,
            "How long the synchronisation of a replica takes that was lost and comes back.",
        ),
    ],
);

static MEMORY: Type = Type::new(
    "server_memory",
    "Memory of the server.",
    &[
        key("base", Kind::Bytes(0, PETABYTE), r#""0B""#, r#""1GB""#, "Memory without clients."),
        key(
            "per_connection",
            Kind::Bytes(0, 1_000_000_000),
            r#""2300B""#,
            r#""2300B""#,
            "Memory per connection that is idle.",
        ),
        key(
            "counted",
            Kind::Bytes(0, 1_000_000_000),
            r#""1824B""#,
            r#""1800B""#,
            "The part of it that the server counts as client memory.",
        ),
        key(
            "fresh",
            Kind::Bytes(0, 1_000_000_000),
            r#""15100B""#,
            r#""35800B""#,
            "More per connection in use: its buffers.",
        ),
        key(
            "fresh_for",
            Kind::Span(Span::ZERO, DAY),
            r#""2s""#,
            r#""3s""#,
            "How long after its last byte a connection keeps these.",
        ),
        key(
            "tls",
            Kind::Bytes(0, 1_000_000_000),
            r#""27600B""#,
            r#""26600B""#,
            "More per connection with TLS, which the server does not count.",
        ),
    ],
);

/// A day bounds what an operator would wait for.
pub(super) const LONGEST_WAIT: Span = DAY;
