//! What retries are paid from.

use super::load::FASTEST;
use super::{Choice, DAY, Kind, MS, Type, Words, key, optional, required, variant};

const DEPOSITS: Words =
    &[("success", "every call that succeeds"), ("first_attempt", "every first attempt of a call")];

const MOST: f64 = 1_000_000.0;

pub(crate) static BUDGET: Choice = Choice {
    name: "retry_budget",
    doc: "What retries are paid from.",
    variants: &[
        variant("none", Kind::Bare, r#""none""#, "They cost nothing."),
        variant(
            "tokens",
            Kind::Object(&TOKENS),
            r#"{"capacity": 500, "cost": 5, "deposit": 1}"#,
            "A bucket of tokens: a retry needs what it costs.",
        ),
        variant(
            "ratio",
            Kind::Object(&RATIO),
            r#"{"share": "20%", "reserve": "10/s", "over": "10s"}"#,
            "A share of the calls, and a reserve, over a sliding window.",
        ),
        variant(
            "throttle",
            Kind::Object(&THROTTLE),
            r#"{"max_tokens": 10, "token_ratio": 0.1}"#,
            "As gRPC: a failure takes a token, a success brings a part of one, and there are \
             retries while there are more than half of the tokens.",
        ),
        variant(
            "concurrent",
            Kind::Object(&CONCURRENT),
            r#"{"retries": 3}"#,
            "So many retries at once at most, from the failure to the end of the attempt.",
        ),
        variant(
            "failure_share",
            Kind::Object(&FAILURE_SHARE),
            r#"{"below": "10%"}"#,
            "A breaker on retries: none while too large a share of all attempts so far has failed.",
        ),
    ],
};

static TOKENS: Type = Type::new(
    "token_budget",
    "A bucket of tokens. Tokens have three decimals at most.",
    &[
        required("capacity", Kind::Number(0.001, MOST), "500", "Tokens at most."),
        optional(
            "initial",
            Kind::Number(0.0, MOST),
            "as many as the capacity",
            "100",
            "Tokens at the start; not above the capacity.",
        ),
        key("cost", Kind::Number(0.0, MOST), "1", "5", "What a retry costs."),
        key(
            "cost_of",
            Kind::Named(&Kind::Number(0.0, MOST), 0, 16),
            "{}",
            r#"{"read_timeout": 10}"#,
            "Other costs after certain failures, by the name of the failure.",
        ),
        key("deposit", Kind::Number(0.0, MOST), "0", "0.1", "What a deposit brings."),
        DEPOSIT_ON,
        key(
            "refund",
            Kind::Flag,
            "false",
            "true",
            "Whether a call that succeeds after a retry gets back what the last one cost, in place \
             of a deposit.",
        ),
    ],
);

const DEPOSIT_ON: super::Key = key(
    "deposit_on",
    Kind::Words(DEPOSITS),
    r#""success""#,
    r#""first_attempt""#,
    "What makes a deposit.",
);

static RATIO: Type = Type::new(
    "ratio_budget",
    "Retries as a share of the calls. The window moves on in ten steps.",
    &[
        key("share", Kind::Share, "0.2", r#""20%""#, "Retries per deposit; not zero."),
        key(
            "reserve",
            Kind::Rate(0.0, FASTEST),
            r#""10/s""#,
            r#""10/s""#,
            "Retries per second in any case.",
        ),
        key("over", Kind::Span(MS, DAY), r#""10s""#, r#""10s""#, "The window."),
        DEPOSIT_ON,
    ],
);

static THROTTLE: Type = Type::new(
    "throttle_budget",
    "Tokens that failures take and successes bring back.",
    &[
        key("max_tokens", Kind::Number(0.001, MOST), "10", "10", "Tokens at first and at most."),
        key("token_ratio", Kind::Number(0.0, MOST), "0.1", "0.1", "What a success brings."),
    ],
);

static CONCURRENT: Type = Type::new(
    "concurrent_budget",
    "Retries at once.",
    &[
        required("retries", Kind::Count(0, 1_000_000), "3", "So many in any case."),
        key("share", Kind::Share, "0", r#""20%""#, "Or this share of the calls under way."),
    ],
);

static FAILURE_SHARE: Type = Type::new(
    "failure_share_budget",
    "A share of attempts that have failed.",
    &[key(
        "below",
        Kind::Share,
        "0.1",
        r#""10%""#,
        "There are retries while a smaller share of all attempts so far has failed.",
    )],
);
