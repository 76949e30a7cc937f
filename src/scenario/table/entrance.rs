//! What an instance lets in.

use super::servers::LONGEST_WAIT;
use super::{Choice, Kind, Type, Words, key, required, variant};
use crate::units::Span;

pub(crate) static QUEUE: Type = Type::new(
    "request_queue",
    "Requests that wait at an instance for others to end.",
    &[
        key(
            "max",
            Kind::Count(0, 10_000_000),
            "0",
            "100",
            "So many at most; who comes then fails at once.",
        ),
        key("order", Kind::Words(ORDERS), r#""fifo""#, r#""lifo""#, "Who is next."),
        key(
            "wait_timeout",
            Kind::SpanOrNone(Span::from_ns(1), LONGEST_WAIT),
            r#""none""#,
            r#""3s""#,
            "How long one waits before it fails.",
        ),
    ],
);

const ORDERS: Words = &[("fifo", "who came first"), ("lifo", "who came last")];

pub(crate) static RATE_LIMIT: Choice = Choice {
    name: "rate_limit",
    doc: "How many requests an instance takes in a time.",
    variants: &[
        variant("none", Kind::Bare, r#""none""#, "Any number."),
        variant(
            "bucket",
            Kind::Object(&BUCKET),
            r#"{"rate": "500/s", "burst": 100}"#,
            "Every request takes a token from a bucket; who finds none fails at once.",
        ),
    ],
};

static BUCKET: Type = Type::new(
    "token_bucket",
    "A bucket of tokens, full at the start.",
    &[
        required("rate", Kind::Rate(0.0, 1e9), r#""500/s""#, "How many tokens come."),
        required("burst", Kind::Count(1, 1_000_000_000), "100", "How many it holds."),
    ],
);
