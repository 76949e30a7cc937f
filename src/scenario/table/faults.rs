//! Faults of the timeline: processes and hosts that die, stop or come back, and a network that does
//! not carry.

use super::{DAY, Kind, MS, Type, Words, key, required};
use crate::units::Span;

const OLD: Words = &[
    ("closes", "its process ends: every client sees its connection close"),
    (
        "vanishes",
        "its host is gone: clients keep connections to nobody, and what they send is lost",
    ),
];

pub(super) static VANISH: Type = Type::new(
    "vanish",
    "Instances whose hosts are gone at once, without a word to any server.",
    &[
        required("fleet", Kind::Reference("a fleet"), r#""chat""#, "The fleet."),
        key(
            "instances",
            Kind::Count(1, 100_000),
            "1",
            "1",
            "How many, the oldest first; each is replaced after `restart_after`.",
        ),
    ],
);

pub(super) static KILL: Type = Type::new(
    "kill",
    "Instances killed at once (SIGKILL): the kernel closes their sockets.",
    &[
        required("fleet", Kind::Reference("a fleet"), r#""chat""#, "The fleet."),
        key(
            "instances",
            Kind::Count(1, 100_000),
            "1",
            "1",
            "How many, the oldest first; each is replaced after `restart_after`.",
        ),
    ],
);

pub(super) static STOP: Type = Type::new(
    "stop",
    "Instances that stand still (SIGSTOP, a frozen machine, a long garbage collection): their \
     connections stay, and nothing is sent, read or timed out until they go on.",
    &[
        required("fleet", Kind::Reference("a fleet"), r#""chat""#, "The fleet."),
        key("instances", Kind::Count(1, 100_000), "1", "1", "How many, the oldest first."),
        required("for", Kind::Span(MS, DAY), r#""30s""#, "How long."),
    ],
);

pub(super) static RESTART: Type = Type::new(
    "restart",
    "A server process that ends and starts again.",
    &[
        required("server", Kind::Reference("a server"), r#""redis""#, "The server."),
        key(
            "down",
            Kind::Span(Span::ZERO, DAY),
            r#""1s""#,
            r#""2s""#,
            "Time until it listens again; dials in between are refused by the kernel.",
        ),
    ],
);

pub(super) static FAILOVER: Type = Type::new(
    "failover",
    "A server that fails, and another that takes over its name.",
    &[
        required("server", Kind::Reference("a server"), r#""redis""#, "The server."),
        key(
            "after",
            Kind::Span(Span::ZERO, DAY),
            r#""5s""#,
            r#""5s""#,
            "Time until the new one takes connections.",
        ),
        required("old", Kind::Words(OLD), r#""vanishes""#, "What becomes of the old one."),
    ],
);

pub(super) static PARTITION: Type = Type::new(
    "partition",
    "Nothing crosses between a fleet and a server, either way.",
    &[
        required("fleet", Kind::Reference("a fleet"), r#""chat""#, "The fleet."),
        required("server", Kind::Reference("a server"), r#""redis""#, "The server."),
        required("for", Kind::Span(MS, DAY), r#""30s""#, "How long."),
    ],
);
