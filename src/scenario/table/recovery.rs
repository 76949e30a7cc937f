//! What claims say of metastability: whether goodput comes back, and what tips a system.

use super::claims::{AT, FROM};
use super::{DAY, Kind, MS, Type, key, optional, required};

pub(super) static RECOVERS: Type = Type::new(
    "recovers",
    "The time from the end of a trigger until goodput (requests that succeed) is back and stays back.",
    &[
        required("fleet", Kind::Reference("a fleet"), r#""chat""#, "Whose goodput."),
        FROM,
        required(
            "before",
            AT,
            r#""20s""#,
            "The begin of the trigger: goodput is compared with its mean from `from` to here.",
        ),
        required("after", AT, r#""30s""#, "The end of the trigger."),
        optional("until", AT, "`duration`", r#""2min""#, "Up to here it must have stayed back."),
        key(
            "to",
            Kind::Share,
            r#""90%""#,
            r#""95%""#,
            "The share of the goodput before that counts as back.",
        ),
        key(
            "over",
            Kind::Span(MS, DAY),
            r#""10s""#,
            r#""5s""#,
            "Goodput is counted over every window of this length that begins at a row.",
        ),
    ],
);

pub(super) static TIPS: Type = Type::new(
    "tips",
    "The smallest value of a setting from which goodput does not come back, found by bisection over \
     runs of the same seed; those run only for such a claim.",
    &[
        required(
            "path",
            Kind::Text(1, 1000),
            r#""timeline.0.pause.for""#,
            "The setting, by its path: the length, the factor or the load of a trigger.",
        ),
        required("from", Kind::Measured, r#""1s""#, "The smallest value looked at."),
        required("to", Kind::Measured, r#""60s""#, "The largest."),
        required(
            "to_within",
            Kind::Measured,
            r#""100ms""#,
            "How finely; values are `from` and whole steps from there.",
        ),
        required(
            "recovers",
            Kind::Object(&RECOVERS),
            r#"{"fleet": "chat", "before": "20s", "after": "1min"}"#,
            "What coming back means; its `after` not before the end of the longest trigger.",
        ),
    ],
);
