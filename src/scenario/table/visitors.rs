//! Those who send requests: how long they wait, and what they do when they are not served.

use super::load::DIST;
use super::{Choice, Kind, Type, Words, required, variant};

pub(super) const ABANDONED: Words = &[
    ("goes_on", "it goes on: a server behind HTTP does not see the reload"),
    ("cancelled", "it is cut off, with what it has in hand"),
];

pub(crate) static PATIENCE: Choice = Choice {
    name: "patience",
    doc: "How long somebody waits for the end of a request.",
    variants: &[
        variant("none", Kind::Bare, r#""none""#, "For ever."),
        variant(
            "after",
            Kind::Choice(&DIST),
            r#"{"exponential": {"mean": "5s"}}"#,
            "So long, from its begin; then the request has failed, by `abandoned`.",
        ),
    ],
};

pub(crate) static RELOAD: Choice = Choice {
    name: "reload",
    doc: "What somebody does whose request has failed, or who has lost patience with it.",
    variants: &[
        variant("none", Kind::Bare, r#""none""#, "Gives up."),
        variant(
            "again",
            Kind::Object(&AGAIN),
            r#"{"times": 2, "pause": {"uniform": {"min": "500ms", "max": "3s"}}}"#,
            "Sends a new request after a pause, and gives up after so many.",
        ),
    ],
};

static AGAIN: Type = Type::new(
    "again",
    "Reloads.",
    &[
        required(
            "times",
            Kind::CountOrNone(1, 1000),
            "2",
            "Reloads at most, after the first request; `none` is until one succeeds.",
        ),
        required(
            "pause",
            Kind::Choice(&DIST),
            r#"{"uniform": {"min": "500ms", "max": "3s"}}"#,
            "The pause before each.",
        ),
    ],
);
