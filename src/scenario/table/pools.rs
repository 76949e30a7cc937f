//! Pools and leaks.

use super::retries::RETRY_OF_LIBRARY;
use super::servers::LONGEST_WAIT;
use super::{
    Choice, DAY, Key, Kind, MONTH, MS, PresetKind, SECOND, Type, US, Words, key, optional, variant,
};
use crate::units::Span;

const IDLE_PICKS: Words =
    &[("lifo", "the one that was returned last"), ("fifo", "the one that was returned first")];

const VALIDATIONS: Words = &[
    ("none", "nothing is checked"),
    ("peek", "whether the server has closed it, by looking at the socket"),
    ("ping", "the same by a round trip to the server"),
];

const LEAK_KINDS: Words = &[
    ("forgotten", "the socket stays at the client whatever the server does"),
    ("closes_on_eof", "the client closes when the server does"),
    ("reconnects", "the client dials again when the server closes"),
    ("lease", "never returned to its pool"),
    ("subscribed", "subscribed to a channel: exempt from the idle timeout"),
    ("blocked", "in a blocking command: exempt from the idle timeout"),
];

const LEAK_KINDS_WITHOUT_POOL: Words = &[
    ("forgotten", "the socket stays at the client whatever the server does"),
    ("closes_on_eof", "the client closes when the server does"),
    ("reconnects", "the client dials again when the server closes"),
    ("subscribed", "subscribed to a channel: exempt from the idle timeout"),
    ("blocked", "in a blocking command: exempt from the idle timeout"),
];

pub(crate) static POOLED: Type = Type {
    name: "pooled",
    doc: "A pool of connections in every instance. A preset fills in what is not written.",
    keys: &[
        optional(
            "preset",
            Kind::Preset(PresetKind::Pool),
            "the defaults of this table",
            r#""bb8-0.9""#,
            "The values of a published client library.",
        ),
        key(
            "max",
            Kind::Count(1, 1_000_000),
            "10",
            "10",
            "Connections at most, being dialled or open, per instance.",
        ),
        key(
            "min",
            Kind::Count(0, 1_000_000),
            "0",
            "2",
            "Connections opened at the start and kept; not above `max`.",
        ),
        key(
            "max_waiting",
            Kind::CountOrNone(0, 10_000_000),
            r#""none""#,
            "100",
            "Callers that may wait at most; none is any number.",
        ),
        key(
            "wait_timeout",
            Kind::SpanOrNone(Span::ZERO, LONGEST_WAIT),
            r#""30s""#,
            r#""5s""#,
            "How long a caller waits; none is for ever, zero is not at all.",
        ),
        key(
            "hand_off",
            Kind::Choice(&HAND_OFF),
            r#""fair""#,
            r#"{"barging": {"wake": "50us"}}"#,
            "Who has a connection that comes back while callers wait.",
        ),
        key(
            "idle_pick",
            Kind::Words(IDLE_PICKS),
            r#""lifo""#,
            r#""fifo""#,
            "Which idle connection is taken.",
        ),
        key(
            "idle_timeout",
            Kind::SpanOrNone(MS, MONTH),
            r#""none""#,
            r#""10min""#,
            "How long a connection may be idle; it is closed when the reaper finds it.",
        ),
        key(
            "max_lifetime",
            Kind::SpanOrNone(MS, MONTH),
            r#""none""#,
            r#""30min""#,
            "How old a connection may grow; it is closed when the reaper finds it.",
        ),
        key(
            "reaper",
            Kind::Choice(&POOL_REAPER),
            r#""none""#,
            r#"{"periodic": "30s"}"#,
            "When idle and old connections are looked for.",
        ),
        key(
            "validate",
            Kind::Words(VALIDATIONS),
            r#""none""#,
            r#""ping""#,
            "What is checked before a connection is handed out.",
        ),
        key(
            "connect_timeout",
            Kind::SpanOrNone(US, LONGEST_WAIT),
            r#""none""#,
            r#""5s""#,
            "How long a dial may take; for ever means until the kernel gives up.",
        ),
        key(
            "leak",
            Kind::Object(&POOL_LEAK),
            "{}",
            r#"{"kind": "lease", "on_error": "1%"}"#,
            "Leases that never come back.",
        ),
        RETRY_OF_LIBRARY,
    ],
    one_of: &[],
    preset: Some(PresetKind::Pool),
};

pub(crate) static HAND_OFF: Choice = Choice {
    name: "hand_off",
    doc: "Who has a connection that comes back to a pool while callers wait.",
    variants: &[
        variant("fair", Kind::Bare, r#""fair""#, "Whoever has waited longest; nobody overtakes."),
        variant(
            "barging",
            Kind::Object(&BARGING),
            r#"{"wake": "50us"}"#,
            "Whoever asks first: the caller that has waited longest is woken to look again.",
        ),
    ],
};

static BARGING: Type = Type::new(
    "barging",
    "A line that newcomers can overtake.",
    &[key(
        "wake",
        Kind::Span(Span::ZERO, SECOND),
        r#""50us""#,
        r#""50us""#,
        "From the return of a connection until the caller that is woken has looked; who asks before, or at that very instant, has it.",
    )],
);

pub(crate) static POOL_REAPER: Choice = Choice {
    name: "pool_reaper",
    doc: "When a pool looks for idle and old connections.",
    variants: &[
        variant("none", Kind::Bare, r#""none""#, "Never."),
        variant(
            "on_checkout",
            Kind::Bare,
            r#""on_checkout""#,
            "Only at a connection about to be handed out.",
        ),
        variant("exact", Kind::Bare, r#""exact""#, "Each connection at its own instant."),
        variant(
            "periodic",
            Kind::Span(MS, DAY),
            r#""30s""#,
            "Every so often, over all idle connections.",
        ),
    ],
};

const ON_SUCCESS: Key =
    key("on_success", Kind::Share, "0", "0.0002", "The probability after a call that succeeded.");
const ON_ERROR: Key = key(
    "on_error",
    Kind::Share,
    "0",
    "0.0002",
    "The probability after a call that failed with a connection in hand.",
);
const EVERY: Key = key(
    "every",
    Kind::Count(0, 1_000_000_000),
    "0",
    "5000",
    "Exactly one in so many calls that end with a connection in hand; zero is off. For theory.",
);
const KIND_DOC: &str = "What happens to the connections.";

pub(super) static LEAK: Type = Type::new(
    "leak",
    "Connections that nobody will use or close again.",
    &[
        key(
            "kind",
            Kind::Words(LEAK_KINDS_WITHOUT_POOL),
            r#""forgotten""#,
            r#""forgotten""#,
            KIND_DOC,
        ),
        ON_SUCCESS,
        ON_ERROR,
        EVERY,
    ],
);

static POOL_LEAK: Type = Type::new(
    "pool_leak",
    "Leases of a pool that nobody will use or return again.",
    &[
        key("kind", Kind::Words(LEAK_KINDS), r#""lease""#, r#""lease""#, KIND_DOC),
        ON_SUCCESS,
        ON_ERROR,
        EVERY,
    ],
);
