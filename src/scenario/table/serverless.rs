//! Serverless: an instance for every request in flight.

use super::load::DIST;
use super::{DAY, Kind, Type, key};
use crate::units::Span;

pub(super) static SERVERLESS: Type = Type::new(
    "serverless",
    "An instance for every request in flight, started when none is free; the one used last is used \
     first.",
    &[
        key("max", Kind::Count(1, 100_000), "1000", "100", "Instances at most."),
        key(
            "keep",
            Kind::Span(Span::ZERO, DAY),
            r#""10min""#,
            r#""5min""#,
            "How long an instance stays after its last request.",
        ),
        key(
            "cold_start",
            Kind::Choice(&DIST),
            r#"{"constant": "200ms"}"#,
            r#"{"lognormal": {"mean": "400ms", "cv2": 0.5}}"#,
            "How long a request waits for a new instance.",
        ),
        key(
            "provisioned",
            Kind::Count(0, 100_000),
            "0",
            "100",
            "Instances that are there from the start and stay.",
        ),
        key(
            "frozen",
            Kind::Flag,
            "true",
            "false",
            "Whether an instance stands still between two requests, with its connections open, and \
             is gone without a word in the end.",
        ),
    ],
);
