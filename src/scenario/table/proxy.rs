//! Proxies.

use super::retries::RETRY;
use super::servers::LONGEST_WAIT;
use super::{Kind, MONTH, MS, Type, US, Words, key, required};
use crate::units::Span;

const MODES: Words = &[
    ("one_to_one", "one upstream connection for each client, dialled when the client is let in"),
    ("session", "a client has its upstream connection from its first command until it leaves"),
    ("transaction", "for one call, with all its commands"),
    ("statement", "for one round trip"),
    ("multiplexed", "all clients share few upstream connections, dialled when they are needed"),
];

pub(crate) static PROXY: Type = Type::new(
    "proxy",
    "What a server passes on to another one. Clients dial it like any server; its limits, its queue \
     and its loop are its own.",
    &[
        required(
            "to",
            Kind::Reference("a server"),
            r#""postgres""#,
            "The server behind it, which may itself be a proxy in front of a server.",
        ),
        key(
            "mode",
            Kind::Words(MODES),
            r#""one_to_one""#,
            r#""transaction""#,
            "Who uses an upstream connection, and for how long.",
        ),
        key(
            "connections",
            Kind::CountOrNone(1, 1_000_000),
            "20",
            "20",
            "Upstream connections at most; none is any number, which multiplexing does not take.",
        ),
        key(
            "queue_timeout",
            Kind::SpanOrNone(Span::ZERO, LONGEST_WAIT),
            r#""none""#,
            r#""120s""#,
            "How long a client waits for an upstream connection before it is disconnected; none is \
             for ever.",
        ),
        key(
            "connect_timeout",
            Kind::SpanOrNone(US, LONGEST_WAIT),
            r#""none""#,
            r#""15s""#,
            "How long it takes at most until an upstream connection can be used; for ever means \
             until the kernel gives up.",
        ),
        key(
            "dials_at_once",
            Kind::CountOrNone(1, 1_000_000),
            r#""none""#,
            "1",
            "Upstream connections being dialled at once, at most, where clients share them in turn.",
        ),
        key(
            "retry_after",
            Kind::Span(MS, LONGEST_WAIT),
            r#""1s""#,
            r#""15s""#,
            "The pause after a dial that failed: of the whole pool, or of the one client it was for \
             (one_to_one).",
        ),
        key(
            "retries",
            Kind::Count(0, 1_000_000),
            "0",
            "3",
            "How often a failed dial for one client is repeated before the client is disconnected \
             (one_to_one).",
        ),
        key(
            "idle_timeout",
            Kind::SpanOrNone(MS, MONTH),
            r#""none""#,
            r#""10min""#,
            "How long an upstream connection may be idle.",
        ),
        key(
            "max_lifetime",
            Kind::SpanOrNone(MS, MONTH),
            r#""none""#,
            r#""1h""#,
            "How old an upstream connection may grow; it is closed once nobody uses it.",
        ),
        key(
            "answers_ping",
            Kind::Flag,
            "false",
            "true",
            "Whether it answers the ping of a pool by itself, so that the ping says nothing about \
             the server behind it.",
        ),
        key(
            "retry",
            Kind::Choice(&RETRY),
            r#""none""#,
            r#"{"policy": {"preset": "envoy-retry"}}"#,
            "What it does when the server behind it fails a client's commands, before the client \
             learns of it (multiplexed).",
        ),
    ],
);
