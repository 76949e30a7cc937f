//! How requests are spread over instances.

use super::{Choice, Kind, Type, key, variant};

pub(crate) static BALANCER: Choice = Choice {
    name: "balancer",
    doc: "How requests are spread over the instances that get any.",
    variants: &[
        variant("round_robin", Kind::Bare, r#""round_robin""#, "One instance after the other."),
        variant("random", Kind::Bare, r#""random""#, "By chance."),
        variant(
            "least_in_flight",
            Kind::Bare,
            r#""least_in_flight""#,
            "To the instance with the fewest requests in flight; of several, to the one that came up first.",
        ),
        variant(
            "two_choices",
            Kind::Bare,
            r#""two_choices""#,
            "Of two instances drawn by chance, to the one with fewer requests in flight; of equals, to the one drawn first.",
        ),
        variant(
            "sticky",
            Kind::Object(&STICKY),
            r#"{"sessions": 10000}"#,
            "To the instance that has served this user, or this session, before, while it is the same process and gets requests; else to one by chance, which is the next one from then on.",
        ),
    ],
};

static STICKY: Type = Type::new(
    "sticky",
    "Stickiness.",
    &[key(
        "sessions",
        Kind::Count(1, 1_000_000),
        "10000",
        "1000",
        "Sessions of a fleet whose requests come from no users: each first request belongs to one of them, by chance.",
    )],
);
