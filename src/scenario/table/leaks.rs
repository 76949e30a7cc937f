//! Leaks.

use super::shared::LEAK_RECONNECT;
use super::{Key, Kind, Type, Words, key};

const LEAK_KINDS: Words = &[
    ("forgotten", "the socket stays at the client whatever the server does"),
    ("closes_on_eof", "the client closes when the server does"),
    ("reconnects", "the client dials again when the server closes"),
    ("lease", "never returned to its pool"),
    ("subscribed", "subscribed to a channel: exempt from the idle timeout"),
    ("blocked", "in a blocking command: exempt from the idle timeout"),
];

const LEAK_KINDS_WITHOUT_POOL: Words = &[
    ("forgotten", "the socket stays at the client whatever the server does"),
    ("closes_on_eof", "the client closes when the server does"),
    ("reconnects", "the client dials again when the server closes"),
    ("subscribed", "subscribed to a channel: exempt from the idle timeout"),
    ("blocked", "in a blocking command: exempt from the idle timeout"),
];

const ON_SUCCESS: Key =
    key("on_success", Kind::Share, "0", "0.0002", "The probability after a call that succeeded.");
const ON_ERROR: Key = key(
    "on_error",
    Kind::Share,
    "0",
    "0.0002",
    "The probability after a call that failed with a connection in hand.",
);
const EVERY: Key = key(
    "every",
    Kind::Count(0, 1_000_000_000),
    "0",
    "5000",
    "Exactly one in so many calls that end with a connection in hand; zero is off. For theory.",
);
const RECONNECT: Key = key(
    "reconnect",
    Kind::Choice(&LEAK_RECONNECT),
    r#"{"of": "node-redis-6"}"#,
    r#"{"of": "node-redis-6"}"#,
    "By which schedule each leaked client of kind `reconnects` dials again.",
);
const KIND_DOC: &str = "What happens to the connections.";

pub(super) static LEAK: Type = Type::new(
    "leak",
    "Connections that nobody will use or close again.",
    &[
        key(
            "kind",
            Kind::Words(LEAK_KINDS_WITHOUT_POOL),
            r#""forgotten""#,
            r#""forgotten""#,
            KIND_DOC,
        ),
        ON_SUCCESS,
        ON_ERROR,
        EVERY,
        RECONNECT,
    ],
);

pub(super) static POOL_LEAK: Type = Type::new(
    "pool_leak",
    "Leases of a pool that nobody will use or return again.",
    &[
        key("kind", Kind::Words(LEAK_KINDS), r#""lease""#, r#""lease""#, KIND_DOC),
        ON_SUCCESS,
        ON_ERROR,
        EVERY,
        RECONNECT,
    ],
);
