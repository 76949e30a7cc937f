//! What happens after a failed call.

use super::{Choice, DAY, Kind, NS, Type, Words, key, required, variant};
use crate::units::Span;

const JITTERS: Words = &[
    ("none", "the pause v itself"),
    ("full", "evenly between 0 and v"),
    ("equal", "evenly between v/2 and v"),
    ("decorrelated", "min(cap, evenly between base and 3 x the pause before)"),
];

const CONSTANT_JITTERS: Words = &[
    ("none", "the delay itself"),
    ("full", "evenly between 0 and the delay"),
    ("equal", "evenly between half the delay and the delay"),
];

pub(crate) static RETRY: Choice = Choice {
    name: "retry",
    doc: "What happens after a failed call.",
    variants: &[
        variant("none", Kind::Bare, r#""none""#, "The request fails."),
        variant(
            "constant",
            Kind::Object(&CONSTANT_RETRY),
            r#"{"attempts": 3, "delay": "100ms"}"#,
            "Another attempt after a pause that is always the same.",
        ),
        variant(
            "exponential",
            Kind::Object(&EXPONENTIAL_RETRY),
            r#"{"attempts": 4, "base": "50ms", "cap": "2s", "jitter": "full"}"#,
            "Another attempt after a pause of min(cap, base x factor^n), n from 0.",
        ),
    ],
};

const ATTEMPTS_DOC: &str = "Attempts at most, the first one included; `none` is for ever.";
const JITTER_DOC: &str = "What chance makes of a pause v.";

static CONSTANT_RETRY: Type = Type::new(
    "constant_retry",
    "Retries with a constant pause.",
    &[
        required("attempts", Kind::CountOrNone(1, 1000), "3", ATTEMPTS_DOC),
        required("delay", Kind::Span(Span::ZERO, DAY), r#""100ms""#, "The pause; zero is at once."),
        key("jitter", Kind::Words(CONSTANT_JITTERS), r#""none""#, r#""full""#, JITTER_DOC),
    ],
);

static EXPONENTIAL_RETRY: Type = Type::new(
    "exponential_retry",
    "Retries with a growing pause.",
    &[
        required("attempts", Kind::CountOrNone(1, 1000), "4", ATTEMPTS_DOC),
        required("base", Kind::Span(NS, DAY), r#""50ms""#, "The first pause."),
        key("factor", Kind::Number(1.0, 1000.0), "2", "2", "The growth."),
        required("cap", Kind::Span(NS, DAY), r#""2s""#, "The longest pause; not below the first."),
        key("jitter", Kind::Words(JITTERS), r#""none""#, r#""full""#, JITTER_DOC),
    ],
);
