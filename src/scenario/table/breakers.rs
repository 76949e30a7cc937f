//! What keeps calls back while they fail.

use super::causes::CAUSES;
use super::{
    Choice, DAY, Key, Kind, NS, PresetKind, Type, Words, key, optional, required, variant,
};

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
        variant(
            "window",
            Kind::Object(&WINDOW),
            r#"{"preset": "resilience4j-2-breaker"}"#,
            "A circuit breaker that opens by the share of failures among the last calls.",
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
        IGNORES,
        AROUND,
        REFUSED,
    ],
);

pub(crate) static WINDOW: Type = Type {
    name: "breaker_window",
    doc: "A circuit breaker that looks at the last calls. A preset fills in what is not written.",
    keys: &[
        optional(
            "preset",
            Kind::Preset(PresetKind::Breaker),
            "the defaults of this table",
            r#""hystrix-1.5-breaker""#,
            "The values of a published client library.",
        ),
        key("over", Kind::Choice(&OVER), r#"{"calls": 100}"#, r#"{"calls": 100}"#, "Which calls."),
        key(
            "min_calls",
            Kind::Count(1, 1_000_000),
            "100",
            "20",
            "With fewer calls in the window it does not open.",
        ),
        key(
            "failure_ratio",
            Kind::Share,
            r#""50%""#,
            r#""50%""#,
            "The share of failures at which it opens.",
        ),
        key(
            "slow_call",
            Kind::SpanOrNone(NS, DAY),
            r#""none""#,
            r#""60s""#,
            "A call that takes longer than this is slow; none: no call is.",
        ),
        key(
            "slow_ratio",
            Kind::Share,
            r#""100%""#,
            r#""100%""#,
            "The share of slow calls at which it opens.",
        ),
        key(
            "open_for",
            Kind::Span(NS, DAY),
            r#""60s""#,
            r#""5s""#,
            "How long it lets nothing through; then the next attempts decide.",
        ),
        key("probes", Kind::Count(1, 100_000), "10", "1", "How many attempts then decide."),
        key(
            "probes_close",
            Kind::Words(PROBES_CLOSE),
            r#""ratio""#,
            r#""all""#,
            "When those attempts close it.",
        ),
        key("looks", Kind::Words(LOOKS), r#""each_call""#, r#""each_bucket""#, "When it judges."),
        IGNORES,
        AROUND,
        REFUSED,
    ],
    one_of: &[],
    preset: Some(PresetKind::Breaker),
};

pub(crate) static OVER: Choice = Choice {
    name: "breaker_over",
    doc: "Which calls a breaker looks at.",
    variants: &[
        variant("calls", Kind::Count(1, 100_000), "100", "The last so many."),
        variant(
            "time",
            Kind::Object(&OVER_TIME),
            r#"{"length": "10s", "buckets": 10}"#,
            "Those of the time just past, counted in buckets.",
        ),
    ],
};

static OVER_TIME: Type = Type::new(
    "breaker_over_time",
    "A window of time; buckets begin at whole multiples of their length.",
    &[
        required("length", Kind::Span(NS, DAY), r#""10s""#, "All buckets together."),
        key("buckets", Kind::Count(1, 10_000), "10", "20", "How many there are."),
    ],
);

const PROBES_CLOSE: Words = &[
    ("all", "when all have succeeded; the first failure opens it again"),
    ("ratio", "when all have ended, unless the same shares open it again"),
];

const LOOKS: Words = &[
    ("each_call", "after every call"),
    ("each_failure", "after every call that failed"),
    ("each_bucket", "at the end of every bucket, at what came before"),
];

const IGNORES: Key = key(
    "ignores",
    Kind::List(&Kind::Words(CAUSES), 0, 100),
    "[]",
    r#"["bulkhead_full"]"#,
    "Failures by these causes teach it nothing; all others are failures to it.",
);

const AROUND: Key = key(
    "around",
    Kind::Words(&[
        ("attempt", "it is asked for every attempt, and learns of every one"),
        ("call", "it is asked once for a call with all its retries, and learns of the last"),
    ]),
    r#""attempt""#,
    r#""call""#,
    "Whether retries stand outside of the breaker or inside.",
);

const REFUSED: Key = key(
    "refused",
    Kind::Words(&[
        ("fails", "the request fails at once"),
        ("retried", "it is a failed attempt, with which `retry` deals"),
    ]),
    r#""fails""#,
    r#""retried""#,
    "What becomes of what it refuses.",
);
