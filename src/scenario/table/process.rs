//! Limits of one instance.

use super::entrance::{QUEUE, RATE_LIMIT};
use super::load::DIST;
use super::starts::{COLD, RESTART_BACKOFF, START};
use super::{Choice, DAY, Kind, MINUTE, PETABYTE, Type, Words, key, required, variant};
use crate::units::Span;

const SYN_RETRIES: Words = &[
    ("linear", "after 1, 2, 3, 4, 5, 7, 11, 19, 35, 67 s, given up at 131 s: Linux 6.5 and later"),
    ("exponential", "after 1, 3, 7, 15, 31, 63 s, given up at 127 s: Linux before 6.5"),
];

pub(super) static PROCESS: Type = Type::new(
    "process",
    "Limits of one instance.",
    &[
        key(
            "nofile",
            Kind::Count(1, 1_000_000_000),
            "1048576",
            "65536",
            "Descriptors for sockets.",
        ),
        key(
            "ports",
            Kind::Object(&PORTS),
            "{}",
            r#"{"tw_reuse": true}"#,
            "Ephemeral ports; every instance has an address of its own.",
        ),
        key(
            "memory",
            Kind::Object(&MEMORY),
            "{}",
            r#"{"base": "240MB", "per_leak": "0.618MB", "limit": "2048MB"}"#,
            "Memory of the process.",
        ),
        key(
            "cpu",
            Kind::Object(&CPU),
            "{}",
            r#"{"cores": 1, "attempt": "45us"}"#,
            "CPU time of the process; while nothing here has a cost nothing waits for a core.",
        ),
        key(
            "restart_after",
            Kind::Span(Span::ZERO, DAY),
            r#""10s""#,
            r#""30s""#,
            "Time from the death of a process until its replacement takes requests.",
        ),
        key(
            "start_after",
            Kind::Span(Span::ZERO, DAY),
            r#""0s""#,
            r#""20s""#,
            "Time from the start of a new instance until it takes requests.",
        ),
        key(
            "start",
            Kind::Object(&START),
            "{}",
            r#"{"needs_connections": true}"#,
            "What it needs before it takes requests.",
        ),
        key(
            "restart_backoff",
            Kind::Choice(&RESTART_BACKOFF),
            r#""none""#,
            r#"{"doubling": {}}"#,
            "Time besides `restart_after` when it dies again and again.",
        ),
        key(
            "cold",
            Kind::Object(&COLD),
            "{}",
            r#"{"for": "30s", "factor": 3}"#,
            "How slow it is at first.",
        ),
        key(
            "syn_retries",
            Kind::Words(SYN_RETRIES),
            r#""linear""#,
            r#""exponential""#,
            "When the kernel repeats a SYN that nobody answers.",
        ),
        key(
            "max_in_flight",
            Kind::CountOrNone(1, 10_000_000),
            r#""none""#,
            "64",
            "Requests at work at once (workers times threads); further ones wait in `queue`.",
        ),
        key(
            "queue",
            Kind::Object(&QUEUE),
            "{}",
            r#"{"max": 100}"#,
            "Requests that wait for others to end; they hold their memory.",
        ),
        key(
            "rate_limit",
            Kind::Choice(&RATE_LIMIT),
            r#""none""#,
            r#"{"bucket": {"rate": "500/s", "burst": 100}}"#,
            "How many requests it takes in a time; further ones fail at once.",
        ),
    ],
);

/// The longest a step of the client's own work may take.
const WORK: Kind = Kind::Span(Span::ZERO, MINUTE);

static CPU: Type = Type::new(
    "process_cpu",
    "CPU time of an instance: an event loop, in which all work waits for a core.",
    &[
        key("cores", Kind::Count(1, 1024), "1", "4", "Cores that the process can use at once."),
        key("request", WORK, r#""0s""#, r#""200us""#, "For a request, before its first step."),
        key(
            "attempt",
            WORK,
            r#""0s""#,
            r#""45us""#,
            "For every attempt of a call, before it dials or asks for a connection.",
        ),
        key("dial", WORK, r#""0s""#, r#""30us""#, "Further time for every connection dialled."),
        key(
            "tls_handshake",
            WORK,
            r#""0s""#,
            r#""500us""#,
            "Further time for every connection dialled to a server with TLS.",
        ),
        key(
            "reply",
            WORK,
            r#""0s""#,
            r#""10us""#,
            "For reading the last reply of a call, or the end of its connection.",
        ),
        key("release", WORK, r#""0s""#, r#""5us""#, "For letting a connection go after its hold."),
        key(
            "events_per_turn",
            Kind::Count(1, 1_000_000),
            "1024",
            "256",
            "Replies read at most before the loop looks at what its clocks made due.",
        ),
        key(
            "stalls",
            Kind::Choice(&STALLS),
            r#""none""#,
            r#"{"some": {"every": {"exponential": {"mean": "1s"}}, "for": {"constant": "20ms"}}}"#,
            "Times in which the process gets no core: garbage collection, neighbours.",
        ),
    ],
);

pub(crate) static STALLS: Choice = Choice {
    name: "stalls",
    doc: "Times in which a process gets no core.",
    variants: &[
        variant("none", Kind::Bare, r#""none""#, "It always gets its cores."),
        variant(
            "some",
            Kind::Object(&SOME_STALLS),
            r#"{"every": {"exponential": {"mean": "1s"}}, "for": {"constant": "20ms"}}"#,
            "Now and then all its cores are taken from it for a while.",
        ),
    ],
};

static SOME_STALLS: Type = Type::new(
    "some_stalls",
    "Stalls, one after the other, in every instance for itself.",
    &[
        required(
            "every",
            Kind::Choice(&DIST),
            r#"{"exponential": {"mean": "1s"}}"#,
            "From the begin of one to the begin of the next; a stall that is late begins at once.",
        ),
        required("for", Kind::Choice(&DIST), r#"{"constant": "20ms"}"#, "How long one lasts."),
    ],
);

static PORTS: Type = Type::new(
    "ports",
    "Ephemeral ports, as the kernel hands them out.",
    &[
        key("first", Kind::Count(1, 65_535), "32768", "32768", "The first ephemeral port."),
        key("last", Kind::Count(1, 65_535), "60999", "60999", "The last; not below the first."),
        key(
            "tw_reuse",
            Kind::Flag,
            "false",
            "true",
            "Whether a port in TIME_WAIT can be used again after a second.",
        ),
        key(
            "time_wait",
            Kind::Span(Span::ZERO, Span::from_secs(10 * MINUTE.as_ns() / 1_000_000_000)),
            r#""60s""#,
            r#""60s""#,
            "How long a closed connection holds its port.",
        ),
    ],
);

static MEMORY: Type = Type::new(
    "process_memory",
    "Memory of an instance.",
    &[
        key("base", Kind::Bytes(0, PETABYTE), r#""0B""#, r#""240MB""#, "At rest."),
        key("per_socket", Kind::Bytes(0, PETABYTE), r#""0B""#, r#""0.01MB""#, "Per open socket."),
        key(
            "per_leak",
            Kind::Bytes(0, PETABYTE),
            r#""0B""#,
            r#""0.618MB""#,
            "Further memory per leaked socket: buffers, TLS state, the client object.",
        ),
        key(
            "per_request",
            Kind::Bytes(0, PETABYTE),
            r#""0B""#,
            r#""0.05MB""#,
            "Per request in flight.",
        ),
        key(
            "limit",
            Kind::Bytes(1, PETABYTE),
            r#""1000TB""#,
            r#""2048MB""#,
            "At this much the process is killed; the default never matters.",
        ),
    ],
);
