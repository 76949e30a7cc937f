//! Deploys and rollbacks.

use super::{Choice, DAY, Key, Kind, Type, key, required, variant};
use crate::units::Span;

const FLEET: Key = required("fleet", Kind::Reference("a fleet"), r#""chat""#, "The fleet.");

const EVERY: Key = key(
    "every",
    Kind::Span(Span::ZERO, DAY),
    r#""10s""#,
    r#""10s""#,
    "Time between two batches of a rolling replacement.",
);

const DRAIN: Key = key(
    "drain",
    Kind::Span(Span::ZERO, DAY),
    r#""30s""#,
    r#""30s""#,
    "How long a replaced instance may finish its requests; what is left then is cut off.",
);

const HOW: Key = key(
    "how",
    Kind::Choice(&DEPLOY_HOW),
    r#"{"rolling": {}}"#,
    r#"{"blue_green": {"switch_after": "1min", "keep": "10min"}}"#,
    "Which instances are there at the same time.",
);

pub(super) static DEPLOY: Type = Type::new(
    "deploy",
    "A deploy of changed settings.",
    &[
        FLEET,
        required(
            "set",
            Kind::Settings,
            r#"{"fleets.chat.retry": "none"}"#,
            "The new settings; all of them of this fleet. They may hold connections another way.",
        ),
        EVERY,
        DRAIN,
        HOW,
    ],
);

pub(super) static ROLLBACK: Type = Type::new(
    "rollback",
    "A return to the settings before the last deploy.",
    &[FLEET, EVERY, DRAIN, HOW],
);

pub(crate) static DEPLOY_HOW: Choice = Choice {
    name: "deploy_how",
    doc: "Which instances are there at the same time while they are replaced.",
    variants: &[
        variant("rolling", Kind::Object(&ROLLING), r#"{"surge": 1}"#, "A few at a time."),
        variant(
            "blue_green",
            Kind::Object(&BLUE_GREEN),
            r#"{"switch_after": "1min", "keep": "10min"}"#,
            "All new ones start beside all old ones; then all requests go to the new ones.",
        ),
        variant(
            "recreate",
            Kind::Bare,
            r#""recreate""#,
            "All old ones stop, then all new ones start.",
        ),
    ],
};

static ROLLING: Type = Type::new(
    "rolling",
    "A rolling replacement; one of the two must be above 0.",
    &[
        key(
            "surge",
            Kind::Count(0, 10_000),
            "1",
            "2",
            "Replacements at once that take requests before their old instance drains: above the \
             size, besides those that drain.",
        ),
        key(
            "max_unavailable",
            Kind::Count(0, 10_000),
            "0",
            "1",
            "Replacements at once that start only when their old instance has stopped: below the \
             size.",
        ),
    ],
);

static BLUE_GREEN: Type = Type::new(
    "blue_green",
    "All new instances beside all old ones.",
    &[
        key(
            "switch_after",
            Kind::Span(Span::ZERO, DAY),
            r#""0s""#,
            r#""1min""#,
            "From the instant at which all new instances are ready until all requests go to them.",
        ),
        key(
            "keep",
            Kind::Span(Span::ZERO, DAY),
            r#""0s""#,
            r#""10min""#,
            "How long the old instances stay after that, with their connections, before they drain.",
        ),
    ],
);
