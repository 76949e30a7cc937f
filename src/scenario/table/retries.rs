//! What happens after a failed call.

use super::budgets::BUDGET;
use super::causes::CAUSES;
use super::load::DIST;
use super::{
    Choice, DAY, Key, Kind, MONTH, NS, PresetKind, Type, Words, key, optional, required, variant,
};
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
        variant("none", Kind::Bare, r#""none""#, "The call fails."),
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
        variant(
            "policy",
            Kind::Object(&POLICY),
            r#"{"preset": "aws-sdk-standard-2.0"}"#,
            "A policy in full, or that of a published library.",
        ),
    ],
};

/// The retries inside one attempt of the layer above.
pub(super) const RETRY_OF_LIBRARY: Key = key(
    "retry",
    Kind::Choice(&RETRY),
    r#""none""#,
    r#"{"policy": {"preset": "go-redis-9-retry"}}"#,
    "What the client library does after a failed attempt, inside one attempt of the fleet.",
);

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

pub(crate) static POLICY: Type = Type {
    name: "retry_policy",
    doc: "When another attempt is made, and after which pause. A preset fills in what is not written.",
    keys: &[
        optional(
            "preset",
            Kind::Preset(PresetKind::Retry),
            "the defaults of this table",
            r#""aws-sdk-standard-2.0""#,
            "The values of a published library.",
        ),
        required("attempts", Kind::CountOrNone(1, 1_000_000), "3", ATTEMPTS_DOC),
        key(
            "delay",
            Kind::Choice(&DELAY),
            r#""none""#,
            r#"{"exponential": {"base": "1s", "cap": "20s"}}"#,
            "The pause before a retry, before chance changes it.",
        ),
        key("jitter", Kind::Choice(&JITTER), r#""none""#, r#""full""#, JITTER_DOC),
        key(
            "plus",
            Kind::Span(Span::ZERO, DAY),
            r#""0s""#,
            r#""10ms""#,
            "Added to what chance has made of the pause.",
        ),
        optional(
            "retry_on",
            Kind::List(&Kind::Words(CAUSES), 1, 16),
            "every failure of an attempt",
            r#"["rejected", "connect_timeout"]"#,
            "The failures after which there is another attempt.",
        ),
        key(
            "within",
            Kind::SpanOrNone(NS, MONTH),
            r#""none""#,
            r#""15min""#,
            "No other attempt when a call has failed so long after it began; none is for ever.",
        ),
        key(
            "budget",
            Kind::Choice(&BUDGET),
            r#""none""#,
            r#"{"tokens": {"capacity": 500, "cost": 5}}"#,
            "What retries are paid from; every instance has its own.",
        ),
        key(
            "send_rate",
            Kind::Choice(&SEND_RATE),
            r#""none""#,
            r#"{"aws_adaptive": {"throttled_by": ["rejected"]}}"#,
            "What keeps attempts back before they begin; every instance has its own.",
        ),
    ],
    one_of: &[],
    preset: Some(PresetKind::Retry),
};

pub(crate) static DELAY: Choice = Choice {
    name: "retry_delay",
    doc: "The pause before a retry, before chance changes it.",
    variants: &[
        variant("none", Kind::Bare, r#""none""#, "No pause."),
        variant("constant", Kind::Span(Span::ZERO, DAY), r#""2s""#, "Always the same."),
        variant(
            "linear",
            Kind::Object(&LINEAR),
            r#"{"step": "50ms", "cap": "2s"}"#,
            "min(cap, step x n), n from 1 at the first retry.",
        ),
        variant(
            "exponential",
            Kind::Object(&GROWTH),
            r#"{"base": "50ms", "cap": "2s"}"#,
            "min(cap, base x factor^n - minus).",
        ),
        variant(
            "drawn",
            Kind::Choice(&DIST),
            r#"{"exponential": {"mean": "2s"}}"#,
            "Drawn anew each time.",
        ),
    ],
};

const CAP: Key = key(
    "cap",
    Kind::SpanOrNone(NS, DAY),
    r#""none""#,
    r#""2s""#,
    "The longest pause; none is any.",
);

static LINEAR: Type = Type::new(
    "linear_delay",
    "A pause that grows by the same each time.",
    &[required("step", Kind::Span(NS, DAY), r#""50ms""#, "What each retry adds."), CAP],
);

static GROWTH: Type = Type::new(
    "exponential_delay",
    "A pause that grows by the same factor each time.",
    &[
        required("base", Kind::Span(NS, DAY), r#""50ms""#, "The pause at n = 0."),
        key(
            "base_of",
            Kind::Named(&Kind::Span(NS, DAY), 0, 16),
            "{}",
            r#"{"rejected": "1s"}"#,
            "Other bases after certain failures, by the name of the failure.",
        ),
        key("factor", Kind::Number(1.0, 100_000.0), "2", "1.5", "The growth."),
        CAP,
        key(
            "cap_last",
            Kind::Flag,
            "false",
            "true",
            "Whether the cap holds for the pause that chance and `plus` have made, rather than before.",
        ),
        key(
            "first",
            Kind::Count(0, 1),
            "0",
            "1",
            "n at the first retry: from 1 the first pause is base x factor.",
        ),
        key("minus", Kind::Span(Span::ZERO, DAY), r#""0s""#, r#""25ms""#, "Taken off."),
    ],
);

pub(crate) static JITTER: Choice = Choice {
    name: "jitter",
    doc: "What chance makes of a pause v.",
    variants: &[
        variant("none", Kind::Bare, r#""none""#, "v itself."),
        variant("full", Kind::Bare, r#""full""#, "Evenly between 0 and v."),
        variant("equal", Kind::Bare, r#""equal""#, "Evenly between v/2 and v."),
        variant(
            "decorrelated",
            Kind::Bare,
            r#""decorrelated""#,
            "min(cap, evenly between base and 3 x the pause before).",
        ),
        variant(
            "decorrelated_v2",
            Kind::Bare,
            r#""decorrelated_v2""#,
            "Base / 1.4 x the growth of f(t) = factor^t x tanh(sqrt(4 t)) from the t of the pause \
             before to t = n + U, as Polly does.",
        ),
        variant(
            "spread",
            Kind::Object(&SPREAD),
            r#"{"from": 0.8, "to": 1.2}"#,
            "v times a number between two.",
        ),
        variant(
            "added",
            Kind::Span(Span::ZERO, DAY),
            r#""200ms""#,
            "v and evenly up to so much more.",
        ),
    ],
};

static SPREAD: Type = Type::new(
    "spread",
    "The numbers between which one is drawn.",
    &[
        required("from", Kind::Number(0.0, 1000.0), "0.8", "The least."),
        required("to", Kind::Number(0.0, 1000.0), "1.2", "The most; not below the least."),
    ],
);

pub(crate) static SEND_RATE: Choice = Choice {
    name: "send_rate",
    doc: "What keeps attempts back before they begin.",
    variants: &[
        variant("none", Kind::Bare, r#""none""#, "Nothing."),
        variant(
            "aws_adaptive",
            Kind::Object(&AWS_ADAPTIVE),
            r#"{"throttled_by": ["rejected", "server_error"]}"#,
            "The send rate of the adaptive mode of the AWS SDKs: none until the first throttling \
             error, then CUBIC.",
        ),
    ],
};

static AWS_ADAPTIVE: Type = Type::new(
    "aws_adaptive",
    "A bucket whose rate falls by 30 % at each throttling error and grows back as CUBIC does.",
    &[required(
        "throttled_by",
        Kind::List(&Kind::Words(CAUSES), 1, 16),
        r#"["rejected", "server_error"]"#,
        "The failures that are throttling.",
    )],
);
