//! Bulkheads and hedges: limits of calls at once, and copies of an attempt.

use super::servers::LONGEST_WAIT;
use super::{Choice, DAY, Kind, PresetKind, Type, Words, key, optional, variant};
use crate::units::Span;

pub(crate) static BULKHEAD: Type = Type {
    name: "bulkhead",
    doc: "A limit of calls at once in every instance. A preset fills in what is not written.",
    keys: &[
        optional(
            "preset",
            Kind::Preset(PresetKind::Bulkhead),
            "the defaults of this table",
            r#""resilience4j-2-bulkhead""#,
            "The values of a published client library.",
        ),
        key("max", Kind::Count(1, 1_000_000), "25", "10", "Attempts at once."),
        key(
            "max_waiting",
            Kind::CountOrNone(0, 10_000_000),
            r#""none""#,
            "100",
            "Callers that may wait, first come first served; none is any number.",
        ),
        key(
            "wait_timeout",
            Kind::SpanOrNone(Span::ZERO, LONGEST_WAIT),
            r#""0s""#,
            r#""500ms""#,
            "How long a caller waits; zero is not at all.",
        ),
    ],
    one_of: &[],
    preset: Some(PresetKind::Bulkhead),
};

pub(crate) static HEDGE: Choice = Choice {
    name: "hedge",
    doc: "Further copies of an attempt that has no answer yet.",
    variants: &[
        variant("none", Kind::Bare, r#""none""#, "None."),
        variant(
            "copies",
            Kind::Object(&COPIES),
            r#"{"delay": "500ms", "extra": 2}"#,
            "The first reply wins; the other copies are given up.",
        ),
    ],
};

pub(crate) static COPIES: Type = Type {
    name: "hedge_copies",
    doc: "Copies of an attempt. A preset fills in what is not written.",
    keys: &[
        optional(
            "preset",
            Kind::Preset(PresetKind::Hedge),
            "the defaults of this table",
            r#""polly-8-hedge""#,
            "The values of a published client library.",
        ),
        key(
            "delay",
            Kind::SpanOrNone(Span::ZERO, DAY),
            r#""2s""#,
            r#""500ms""#,
            "Without an answer for so long after the last copy another goes out; none: only when \
             one has failed, upon which the next always goes out at once.",
        ),
        key("extra", Kind::Count(1, 100), "1", "4", "Copies besides the first attempt, at most."),
        key(
            "losers",
            Kind::Words(LOSERS),
            r#""close""#,
            r#""drain""#,
            "What becomes of the connection of a copy that is given up; a shared one stays.",
        ),
    ],
    one_of: &[],
    preset: Some(PresetKind::Hedge),
};

const LOSERS: Words = &[
    ("close", "it is closed"),
    ("drain", "it is kept until the late reply has come, then given back or closed"),
];
