//! What keeps calls back while they fail.

use super::{Choice, DAY, Kind, NS, Type, required, variant};

pub(crate) static BREAKER: Choice = Choice {
    name: "breaker",
    doc: "What keeps calls back while they fail.",
    variants: &[
        variant("none", Kind::Bare, r#""none""#, "Nothing."),
        variant(
            "consecutive",
            Kind::Object(&CONSECUTIVE),
            r#"{"failures": 10, "open_for": "1s"}"#,
            "A circuit breaker that opens after so many failures in a row.",
        ),
    ],
};

static CONSECUTIVE: Type = Type::new(
    "consecutive",
    "A circuit breaker that counts failures in a row.",
    &[
        required(
            "failures",
            Kind::Count(1, 1_000_000),
            "10",
            "Failed attempts in a row that open it.",
        ),
        required(
            "open_for",
            Kind::Span(NS, DAY),
            r#""1s""#,
            "How long it lets nothing through; then one attempt decides.",
        ),
    ],
);
