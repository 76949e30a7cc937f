//! A fleet whose size follows its load.

use super::{Choice, DAY, Kind, PETABYTE, SECOND, Type, key, required, variant};
use crate::units::Span;

pub(super) static AUTOSCALE: Type = Type::new(
    "autoscale",
    "A size that follows a figure; the defaults are those of the Kubernetes HorizontalPodAutoscaler.",
    &[
        required(
            "target",
            Kind::Choice(&AUTOSCALE_TARGET),
            r#"{"cpu": "70%"}"#,
            "The figure, and what it is to be: the mean over the instances that are up.",
        ),
        key("min", Kind::Count(1, 10_000), "1", "3", "The smallest size."),
        required("max", Kind::Count(1, 10_000), "15", "The largest size."),
        key("every", Kind::Span(SECOND, DAY), r#""15s""#, r#""15s""#, "Time between two looks."),
        key(
            "tolerance",
            Kind::Share,
            r#""10%""#,
            r#""10%""#,
            "Nothing is done while the figure is this close to its target.",
        ),
        key(
            "up_after",
            Kind::Span(Span::ZERO, DAY),
            r#""0s""#,
            r#""1min""#,
            "A larger size must have been wanted for so long; the smallest wanted counts.",
        ),
        key(
            "down_after",
            Kind::Span(Span::ZERO, DAY),
            r#""5min""#,
            r#""10min""#,
            "A smaller size must have been wanted for so long; the largest wanted counts.",
        ),
        key(
            "up_by",
            Kind::Count(0, 10_000),
            "4",
            "2",
            "Instances more at one look, or those of `up_factor` when these are more.",
        ),
        key(
            "up_factor",
            Kind::Number(1.0, 1000.0),
            "2",
            "1.5",
            "The largest growth at one look, or `up_by` when that is more.",
        ),
        key(
            "down_by",
            Kind::CountOrNone(1, 10_000),
            r#""none""#,
            "1",
            "Instances fewer at one look, at most.",
        ),
        key(
            "cooldown",
            Kind::Span(Span::ZERO, DAY),
            r#""0s""#,
            r#""5min""#,
            "After a change nothing is changed for so long.",
        ),
        key(
            "drain",
            Kind::Span(Span::ZERO, DAY),
            r#""30s""#,
            r#""30s""#,
            "How long an instance that is taken away may finish its requests.",
        ),
    ],
);

pub(crate) static AUTOSCALE_TARGET: Choice = Choice {
    name: "autoscale_target",
    doc: "The figure that a size follows, of one instance in the mean, and what it is to be.",
    variants: &[
        variant(
            "cpu",
            Kind::Share,
            r#""70%""#,
            "The share of its cores that is busy since the look before.",
        ),
        variant("in_flight", Kind::Number(0.001, 1e6), "20", "Requests in flight at the look."),
        variant(
            "requests",
            Kind::Rate(0.001, 1e7),
            r#""100/s""#,
            "Requests since the look before.",
        ),
        variant("memory", Kind::Bytes(1, PETABYTE), r#""500MB""#, "Memory at the look."),
    ],
};
