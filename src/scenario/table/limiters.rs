//! What adapts to how the server answers.

use super::{Choice, DAY, Kind, MS, NS, PresetKind, Type, key, optional, variant};

pub(crate) static LIMITER: Choice = Choice {
    name: "limiter",
    doc: "What adapts to how the server answers.",
    variants: &[
        variant("none", Kind::Bare, r#""none""#, "Nothing."),
        variant(
            "throttle",
            Kind::Object(&THROTTLE),
            r#"{"k": 2, "window": "2min"}"#,
            "The more attempts fail, the more are refused by chance before they begin.",
        ),
        variant(
            "limit",
            Kind::Object(&LIMIT),
            r#"{"preset": "netflix-vegas"}"#,
            "A limit of attempts at once that moves with the time they take.",
        ),
    ],
};

pub(crate) static THROTTLE: Type = Type {
    name: "throttle",
    doc: "An attempt is refused with probability max(0, (requests - k x accepts) / (requests + 1)).",
    keys: &[
        optional(
            "preset",
            Kind::Preset(PresetKind::Throttle),
            "the defaults of this table",
            r#""google-sre-throttle""#,
            "Published values.",
        ),
        key(
            "k",
            Kind::Number(1.0, 1000.0),
            "2",
            "1.1",
            "Attempts let through for each that succeeds.",
        ),
        key(
            "window",
            Kind::Span(MS, DAY),
            r#""2min""#,
            r#""10s""#,
            "The time over which attempts and successes are counted.",
        ),
        key(
            "buckets",
            Kind::Count(1, 10_000),
            "120",
            "40",
            "In so many buckets; the last is the present one.",
        ),
    ],
    one_of: &[],
    preset: Some(PresetKind::Throttle),
};

pub(crate) static LIMIT: Type = Type {
    name: "limit",
    doc: "A limit of attempts at once; who comes when it is reached fails. A preset fills in what \
          is not written.",
    keys: &[
        optional(
            "preset",
            Kind::Preset(PresetKind::Limit),
            "the defaults of this table",
            r#""netflix-gradient2""#,
            "The values of a published client library.",
        ),
        key("initial", Kind::Count(1, 1_000_000), "20", "50", "Where it starts."),
        key("min", Kind::Count(1, 1_000_000), "1", "20", "Its lowest value."),
        key("max", Kind::Count(1, 1_000_000), "1000", "200", "Its highest value."),
        key(
            "rule",
            Kind::Choice(&RULE),
            r#"{"vegas": {}}"#,
            r#"{"aimd": {"timeout": "1s"}}"#,
            "How it moves.",
        ),
    ],
    one_of: &[],
    preset: Some(PresetKind::Limit),
};

pub(crate) static RULE: Choice = Choice {
    name: "limit_rule",
    doc: "How a limit of attempts at once moves.",
    variants: &[
        variant(
            "aimd",
            Kind::Object(&AIMD),
            r#"{"backoff": 0.9, "timeout": "5s"}"#,
            "One more after a success at half the limit or beyond, a share less after a failure.",
        ),
        variant(
            "vegas",
            Kind::Object(&VEGAS),
            r#"{"smoothing": 1}"#,
            "By the queue L x (1 - shortest time / time): up while it is short, down when long.",
        ),
        variant(
            "gradient2",
            Kind::Object(&GRADIENT2),
            r#"{"tolerance": 1.5}"#,
            "To L x g + queue, g being the ratio of a long average of times to the last, 0.5 to 1.",
        ),
    ],
};

static AIMD: Type = Type::new(
    "aimd",
    "Additive increase, multiplicative decrease.",
    &[
        key("backoff", Kind::Share, "0.9", "0.5", "What is left of the limit after a failure."),
        key(
            "timeout",
            Kind::Span(NS, DAY),
            r#""5s""#,
            r#""1s""#,
            "An attempt that takes longer counts as failed.",
        ),
    ],
);

const SMOOTHING: &str = "How much of a step is taken.";

static VEGAS: Type = Type::new(
    "vegas",
    "A limit that keeps the queue between 3 and 6 times log10 of the limit.",
    &[
        key("smoothing", Kind::Share, "1", "0.5", SMOOTHING),
        key(
            "probe",
            Kind::Count(1, 1_000_000),
            "30",
            "30",
            "The shortest time is measured anew after probe x limit x (0.5 to 1) attempts.",
        ),
    ],
);

static GRADIENT2: Type = Type::new(
    "gradient2",
    "A limit that follows the ratio of a long average of times to the last one.",
    &[
        key("smoothing", Kind::Share, "0.2", "0.5", SMOOTHING),
        key("queue", Kind::Count(0, 1_000_000), "4", "4", "What every step adds."),
        key(
            "tolerance",
            Kind::Number(1.0, 1000.0),
            "1.5",
            "2",
            "How much longer than the average a time may be before the limit falls.",
        ),
        key(
            "long_window",
            Kind::Count(1, 1_000_000),
            "600",
            "600",
            "Attempts over which times are averaged, exponentially.",
        ),
    ],
);
