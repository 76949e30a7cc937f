//! Which idle connections pools close, when, and what they check before.

use super::{Choice, DAY, Kind, MS, Type, Words, required, variant};
use crate::units::Span;

pub(super) const LIFETIME_CHECKS: Words = &[
    ("checkout", "before it is handed out"),
    ("return", "when it comes back"),
    ("reaper", "when the reaper looks"),
    ("timer", "by a timer of its own; in use it is closed when it comes back"),
];

pub(super) const MIN_SPARES: Words = &[
    ("both", "neither idleness nor age takes a pool below `min`"),
    ("idle", "age does, idleness does not"),
    ("none", "both do"),
];

pub(super) const REFILLS: Words = &[
    ("never", "its callers dial"),
    ("at_once", "as soon as a connection is gone"),
    (
        "each",
        "the same, and whatever breaks or is too old when it comes back is replaced, above `min` too",
    ),
    ("reaper", "when the reaper looks"),
];

pub(super) const BROKEN: Words = &[
    ("removed", "it leaves the pool, and its place is free"),
    (
        "slot_kept",
        "its socket is closed; its place stays taken, and whoever is given the place dials",
    ),
    (
        "until_validated",
        "it goes back to the pool, which finds out at the next check, if there is one",
    ),
];

pub(crate) static VALIDATE: Choice = Choice {
    name: "validate",
    doc: "What a pool checks before it hands a connection out.",
    variants: &[
        variant("none", Kind::Bare, r#""none""#, "Nothing."),
        variant(
            "peek",
            Kind::Bare,
            r#""peek""#,
            "Whether the server has closed it, by looking at the socket.",
        ),
        variant("ping", Kind::Bare, r#""ping""#, "The same by a round trip to the server."),
        variant(
            "ping_if_idle",
            Kind::Span(Span::ZERO, DAY),
            r#""500ms""#,
            "The same if it was idle for longer.",
        ),
    ],
};

pub(crate) static POOL_REAPER: Choice = Choice {
    name: "pool_reaper",
    doc: "When a pool looks for idle and old connections.",
    variants: &[
        variant("none", Kind::Bare, r#""none""#, "Never."),
        variant(
            "on_checkout",
            Kind::Bare,
            r#""on_checkout""#,
            "Only at a connection about to be handed out.",
        ),
        variant("exact", Kind::Bare, r#""exact""#, "Each connection at its own instant."),
        variant(
            "periodic",
            Kind::Span(MS, DAY),
            r#""30s""#,
            "Every so often, over all idle connections.",
        ),
        variant(
            "some",
            Kind::Object(&SOME_LOOKED_AT),
            r#"{"every": "30s", "at_once": 3}"#,
            "Every so often, over some of the idle connections, in turn.",
        ),
        variant(
            "one_per",
            Kind::Span(MS, DAY),
            r#""10min""#,
            "Every so often one connection is closed, if at least one was idle all the time; `idle_timeout` is not looked at.",
        ),
        variant(
            "median",
            Kind::Object(&MEDIAN),
            r#"{"every": "10s", "counts": 30}"#,
            "The idle connections are counted; in the end as many are closed as the median of the counts; `idle_timeout` is not looked at.",
        ),
        variant(
            "quiet",
            Kind::Span(MS, DAY),
            r#""3s""#,
            "All idle connections, once none has come back for so long; `idle_timeout` is not looked at.",
        ),
    ],
};

static SOME_LOOKED_AT: Type = Type::new(
    "some_looked_at",
    "A reaper that looks at some connections at a time, and goes on where it stopped.",
    &[
        required("every", Kind::Span(MS, DAY), r#""30s""#, "How often."),
        required("at_once", Kind::Count(1, 1_000_000), "3", "How many it looks at."),
    ],
);

static MEDIAN: Type = Type::new(
    "median",
    "A reaper that closes what was idle more often than not.",
    &[
        required("every", Kind::Span(MS, DAY), r#""10s""#, "How often the idle ones are counted."),
        required("counts", Kind::Count(1, 10_000), "30", "After how many counts some are closed."),
    ],
);
