//! How connections to a server are held.

use super::leaks::LEAK;
use super::pools::POOLED;
use super::retries::RETRY_OF_LIBRARY;
use super::servers::LONGEST_WAIT;
use super::shared::SHARED;
use super::{Choice, Kind, Type, US, key, variant};

pub(crate) static CONNECTIONS: Choice = Choice {
    name: "connections",
    doc: "How connections to a server are held.",
    variants: &[
        variant(
            "per_request",
            Kind::Object(&PER_REQUEST),
            r#"{"leak": {"on_success": 0.0002}}"#,
            "Dial, use, close (or leak) for every call.",
        ),
        variant(
            "pooled",
            Kind::Object(&POOLED),
            r#"{"preset": "bb8-0.9", "max": 10}"#,
            "A pool in every instance.",
        ),
        variant(
            "shared",
            Kind::Object(&SHARED),
            r#"{"preset": "ioredis-5"}"#,
            "Connections that all requests of an instance share.",
        ),
    ],
};

static PER_REQUEST: Type = Type::new(
    "per_request",
    "A connection for every call.",
    &[
        key(
            "leak",
            Kind::Object(&LEAK),
            "{}",
            r#"{"kind": "forgotten", "on_success": 0.0002, "on_error": 0.0002}"#,
            "What is never closed.",
        ),
        key(
            "connect_timeout",
            Kind::SpanOrNone(US, LONGEST_WAIT),
            r#""none""#,
            r#""2s""#,
            "How long a dial may take; for ever means until the kernel gives up.",
        ),
        RETRY_OF_LIBRARY,
    ],
);
