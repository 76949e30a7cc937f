//! How a process starts, starts again, and is slow at first.

use super::{Choice, DAY, Kind, SECOND, Type, key, variant};
use crate::units::Span;

pub(super) static START: Type = Type::new(
    "process_start",
    "What a process needs before it takes requests.",
    &[
        key(
            "needs_connections",
            Kind::Flag,
            "false",
            "true",
            "Whether it first opens the `min` connections of its pools, and ends when one of them \
             fails.",
        ),
        key(
            "give_up_after",
            Kind::Span(Span::from_ns(1_000_000), DAY),
            r#""30s""#,
            r#""10s""#,
            "How long that may take before it ends.",
        ),
    ],
);

pub(crate) static RESTART_BACKOFF: Choice = Choice {
    name: "restart_backoff",
    doc: "Further time before a process that has died is started again.",
    variants: &[
        variant("none", Kind::Bare, r#""none""#, "None, however often it dies."),
        variant(
            "doubling",
            Kind::Object(&DOUBLING),
            r#"{"first": "10s", "cap": "5min", "reset_after": "10min"}"#,
            "None after the first death, then twice as long after each further one.",
        ),
    ],
};

static DOUBLING: Type = Type::new(
    "doubling_backoff",
    "A back-off that doubles; the defaults are those of Kubernetes.",
    &[
        key(
            "first",
            Kind::Span(Span::ZERO, DAY),
            r#""10s""#,
            r#""10s""#,
            "The time after the second death in a row.",
        ),
        key("cap", Kind::Span(Span::ZERO, DAY), r#""5min""#, r#""5min""#, "The longest time."),
        key(
            "reset_after",
            Kind::Span(SECOND, DAY),
            r#""10min""#,
            r#""10min""#,
            "A process that has taken requests for so long begins a new row.",
        ),
    ],
);

pub(super) static COLD: Type = Type::new(
    "process_cold",
    "A process that is slow at first: code that is not compiled yet, empty caches.",
    &[
        key(
            "for",
            Kind::Span(Span::ZERO, DAY),
            r#""0s""#,
            r#""30s""#,
            "How long after it began to take requests.",
        ),
        key(
            "factor",
            Kind::Number(1.0, 1000.0),
            "1",
            "3",
            "By this factor the work, the holds and the CPU time of requests are longer that begin \
             then.",
        ),
    ],
);
