//! Health checks of the balancer.

use super::{DAY, Kind, MS, Type, Words, key, required};

const WHAT: Words = &[
    ("process", "whether the process answers at all"),
    ("request", "a request without steps: it takes its turn at the cores, like any other"),
    (
        "server",
        "a request with the fleet's first call alone: one command, through the instance's own connections",
    ),
];

const FAIL_OPEN: Words = &[
    ("never", "no instance gets requests then"),
    ("none_healthy", "all that are up get requests while none is healthy"),
    ("below_half", "all that are up get requests while fewer than half of them are healthy"),
];

pub(crate) static HEALTH: Type = Type::new(
    "health",
    "Health checks of the balancer: an instance that fails them gets no new requests.",
    &[
        required(
            "every",
            Kind::Span(MS, DAY),
            r#""5s""#,
            "The time from one check of every instance to the next.",
        ),
        required(
            "timeout",
            Kind::Span(MS, DAY),
            r#""2s""#,
            "A check has failed that takes longer; at most the time between two.",
        ),
        key(
            "unhealthy_after",
            Kind::Count(1, 1000),
            "2",
            "3",
            "Checks in a row that fail before an instance counts as unhealthy.",
        ),
        key(
            "healthy_after",
            Kind::Count(1, 1000),
            "5",
            "3",
            "Checks in a row that pass before it counts as healthy again.",
        ),
        key("what", Kind::Words(WHAT), r#""request""#, r#""server""#, "What is asked."),
        key(
            "fail_open",
            Kind::Words(FAIL_OPEN),
            r#""none_healthy""#,
            r#""below_half""#,
            "When the balancer goes by health no more.",
        ),
        key(
            "replace",
            Kind::Flag,
            "false",
            "true",
            "Whether an instance that becomes unhealthy is killed, and another started in its place after `process.restart_after`.",
        ),
    ],
);
