//! How pools come by connections.

use super::servers::LONGEST_WAIT;
use super::{Choice, DAY, Kind, MS, NS, Type, Words, key, optional, required, variant};
use crate::units::Span;

pub(super) const DIAL_ERRORS: Words = &[
    ("surface", "the caller that dialled fails, or the first in line"),
    ("hidden", "callers wait on, and learn of nothing but their own timeout"),
];

pub(crate) static DIALLING: Choice = Choice {
    name: "dialling",
    doc: "Who dials for a pool.",
    variants: &[
        variant(
            "caller",
            Kind::Bare,
            r#""caller""#,
            "The caller that finds none, for itself; nobody else is given its connection.",
        ),
        variant(
            "background",
            Kind::Object(&BACKGROUND),
            r#"{"workers": 3}"#,
            "Workers; a caller waits for whatever comes first, and a dial goes on after it has left.",
        ),
    ],
};

const GROWTHS: Words = &[
    ("all", "for every caller that finds no connection"),
    ("one", "one at a time, the next once the one before has come and callers still wait"),
];

static BACKGROUND: Type = Type::new(
    "background",
    "Those who dial for a pool.",
    &[
        key(
            "workers",
            Kind::CountOrNone(1, 1_000_000),
            r#""none""#,
            "3",
            "Dials at the same time, at most; `none` is any number.",
        ),
        key(
            "pause",
            Kind::Span(Span::ZERO, DAY),
            r#""0s""#,
            r#""30ms""#,
            "How long a worker rests after a dial that succeeded.",
        ),
        key(
            "grows",
            Kind::Words(GROWTHS),
            r#""all""#,
            r#""one""#,
            "For whom a dial is made besides those that keep `min`.",
        ),
        key(
            "while_needed",
            Kind::Flag,
            "false",
            "true",
            "Whether a dial is begun, and repeated after a failure, only as long as a caller waits or the pool is below `min`.",
        ),
    ],
);

pub(crate) static DIAL_RETRY: Choice = Choice {
    name: "dial_retry",
    doc: "What happens after a failed dial of a pool, before anybody learns of it.",
    variants: &[
        variant("none", Kind::Bare, r#""none""#, "The dial has failed."),
        variant(
            "backoff",
            Kind::Object(&DIAL_BACKOFF),
            r#"{"base": "400ms", "cap": "15s", "give_up_after": "30s"}"#,
            "Another dial after a pause of min(cap, base x factor^n), n from 0.",
        ),
    ],
};

const CAUSES: Words = &[
    ("any", "every failure"),
    ("transient", "a refusal by the host, or by the server at its limit; others fail at once"),
];

const LAST_PAUSES: Words = &[
    ("whole", "as long as any; a dial may come after `give_up_after`"),
    ("cut", "cut short, so that the last dial comes at `give_up_after`"),
];

static DIAL_BACKOFF: Type = Type::new(
    "dial_backoff",
    "Repeated dials of a pool. The place of the connection stays taken through the pauses.",
    &[
        required("base", Kind::Span(NS, DAY), r#""400ms""#, "The first pause."),
        key("factor", Kind::Number(1.0, 1000.0), "2", "2", "The growth."),
        required("cap", Kind::Span(NS, DAY), r#""15s""#, "The longest pause; not below the first."),
        key(
            "jitter",
            Kind::Share,
            "0",
            r#""10%""#,
            "A pause is longer or shorter by up to this share, drawn evenly.",
        ),
        key(
            "attempts",
            Kind::CountOrNone(1, 1000),
            r#""none""#,
            "5",
            "Dials at most, the first one included; `none` is any number.",
        ),
        key(
            "give_up_after",
            Kind::SpanOrNone(NS, DAY),
            r#""none""#,
            r#""30s""#,
            "No dial follows a failure later than this after the first dial; none is for ever.",
        ),
        key(
            "last_pause",
            Kind::Words(LAST_PAUSES),
            r#""whole""#,
            r#""cut""#,
            "What becomes of a pause that would end after `give_up_after`.",
        ),
        key(
            "on",
            Kind::Words(CAUSES),
            r#""any""#,
            r#""transient""#,
            "Which failures are followed by another dial.",
        ),
    ],
);

pub(crate) static FAIL_FAST: Choice = Choice {
    name: "fail_fast",
    doc: "When callers of a pool fail at once because dials do.",
    variants: &[
        variant("none", Kind::Bare, r#""none""#, "Never."),
        variant(
            "prober",
            Kind::Object(&PROBER),
            r#"{"probe_every": "1s"}"#,
            "After so many dials, each with its repetitions, have failed, whoever would need a dial fails at once, until a prober has succeeded.",
        ),
    ],
};

static PROBER: Type = Type::new(
    "prober",
    "Callers fail at once, and one prober dials, outside the pool, for all of them.",
    &[
        optional(
            "failures",
            Kind::Count(1, 1_000_000),
            "as many as `max`",
            "40",
            "Failures since the prober last succeeded.",
        ),
        key(
            "probe_every",
            Kind::Span(MS, LONGEST_WAIT),
            r#""1s""#,
            r#""1s""#,
            "From one failed dial of the prober to the next.",
        ),
    ],
);
