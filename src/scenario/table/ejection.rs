//! Ejection: the balancer learns from the answers to requests.

use super::{Choice, DAY, Kind, MS, Type, key, variant};

pub(crate) static EJECTION: Choice = Choice {
    name: "ejection",
    doc: "What the balancer learns from the ends of requests.",
    variants: &[
        variant("none", Kind::Bare, r#""none""#, "Nothing."),
        variant(
            "consecutive",
            Kind::Object(&CONSECUTIVE),
            r#"{"failures": 5, "for": "30s"}"#,
            "An instance at which so many requests in a row have failed gets none for a while.",
        ),
    ],
};

static CONSECUTIVE: Type = Type::new(
    "consecutive_ejection",
    "Ejection after failures in a row.",
    &[
        key(
            "failures",
            Kind::Count(1, 1_000_000),
            "5",
            "5",
            "Requests in a row that fail at an instance before it is ejected.",
        ),
        key(
            "for",
            Kind::Span(MS, DAY),
            r#""30s""#,
            r#""30s""#,
            "How long it gets no requests the first time; the n-th time n times as long.",
        ),
        key(
            "longest",
            Kind::Span(MS, DAY),
            r#""5min""#,
            r#""5min""#,
            "How long it gets no requests at most.",
        ),
        key(
            "at_most",
            Kind::Share,
            r#""10%""#,
            r#""50%""#,
            "The share of the instances that are up that may be ejected at once; one always may.",
        ),
    ],
);
