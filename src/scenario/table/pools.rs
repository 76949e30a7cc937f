//! Pools.

use super::leaks::POOL_LEAK;
use super::pool_dials::{DIAL_ERRORS, DIAL_RETRY, DIALLING, FAIL_FAST};
use super::pool_upkeep::{BROKEN, LIFETIME_CHECKS, MIN_SPARES, POOL_REAPER, REFILLS, VALIDATE};
use super::retries::RETRY_OF_LIBRARY;
use super::servers::LONGEST_WAIT;
use super::{Choice, Kind, MONTH, MS, PresetKind, SECOND, Type, US, Words, key, optional, variant};
use crate::units::Span;

const WAIT_COVERS: Words = &[
    ("wait", "the wait in line; a dial has `connect_timeout`, a check the timeout of the call"),
    ("wait_and_dial", "the wait and the dial"),
    ("all", "the wait, the dial and the check"),
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
            "max_idle",
            Kind::CountOrNone(0, 1_000_000),
            r#""none""#,
            r#"2"#,
            "Idle connections at most; what comes back beyond them is closed.",
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
            "wait_covers",
            Kind::Words(WAIT_COVERS),
            r#""wait""#,
            r#""all""#,
            "What `wait_timeout` is for.",
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
            Kind::Choice(&IDLE_PICK),
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
            "lifetime_jitter",
            Kind::Share,
            r#"0"#,
            r#""2.5%""#,
            "A connection's own lifetime is shorter by up to this share, drawn evenly when it is dialled.",
        ),
        optional(
            "lifetime_checked",
            Kind::List(&Kind::Words(LIFETIME_CHECKS), 0, 4),
            "as the reaper does it: with `on_checkout` at checkout and return, with `exact` at return and by timer, with the others at return and by the reaper",
            r#"["return", "reaper"]"#,
            "Where the age of a connection is looked at.",
        ),
        key(
            "reaper",
            Kind::Choice(&POOL_REAPER),
            r#""none""#,
            r#"{"periodic": "30s"}"#,
            "When idle and old connections are looked for.",
        ),
        key(
            "min_spares",
            Kind::Words(MIN_SPARES),
            r#""both""#,
            r#""none""#,
            "What `min` keeps open.",
        ),
        key(
            "refill",
            Kind::Words(REFILLS),
            r#""never""#,
            r#""at_once""#,
            "When a pool below `min` is filled again.",
        ),
        key(
            "validate",
            Kind::Choice(&VALIDATE),
            r#""none""#,
            r#""ping""#,
            "What is checked before a connection is handed out.",
        ),
        key(
            "validate_commands",
            Kind::Count(1, 100),
            r#"1"#,
            r#"2"#,
            "Commands of one check, sent in one go.",
        ),
        key(
            "validate_on_return",
            Kind::Flag,
            r#"false"#,
            r#"true"#,
            "Whether a connection that comes back is pinged before it is idle or handed on.",
        ),
        key(
            "validate_idle",
            Kind::Flag,
            r#"false"#,
            r#"true"#,
            "Whether the reaper pings the connections it looks at and does not close.",
        ),
        key(
            "broken",
            Kind::Words(BROKEN),
            r#""removed""#,
            r#""slot_kept""#,
            "What becomes of a connection that fails in use.",
        ),
        key(
            "connect_timeout",
            Kind::SpanOrNone(US, LONGEST_WAIT),
            r#""none""#,
            r#""5s""#,
            "How long a dial may take; for ever means until the kernel gives up.",
        ),
        key(
            "setup_commands",
            Kind::Count(0, 100),
            r#"0"#,
            r#"1"#,
            "Commands of the library on a new connection, sent in one go, before anybody has it; a server that refuses then fails the dial.",
        ),
        key(
            "dialling",
            Kind::Choice(&DIALLING),
            r#""caller""#,
            r#"{"background": {"workers": 3}}"#,
            "Who dials.",
        ),
        key(
            "dial_errors",
            Kind::Words(DIAL_ERRORS),
            r#""surface""#,
            r#""hidden""#,
            "Whether callers learn of dials that fail.",
        ),
        key(
            "dial_retry",
            Kind::Choice(&DIAL_RETRY),
            r#""none""#,
            r#"{"backoff": {"base": "400ms", "cap": "15s", "give_up_after": "30s"}}"#,
            "What happens after a failed dial, before anybody learns of it.",
        ),
        key(
            "fail_fast",
            Kind::Choice(&FAIL_FAST),
            r#""none""#,
            r#"{"prober": {"failures": 40, "probe_every": "1s"}}"#,
            "When callers fail at once because dials do.",
        ),
        key(
            "leak",
            Kind::Object(&POOL_LEAK),
            "{}",
            r#"{"kind": "lease", "on_error": "1%"}"#,
            "Leases that never come back.",
        ),
        key(
            "reclaim_after",
            Kind::SpanOrNone(MS, MONTH),
            r#""none""#,
            r#""5min""#,
            "After which time a lease that never comes back is closed by force.",
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
        variant("random", Kind::Bare, r#""random""#, "Anyone of those who wait."),
    ],
};

pub(crate) static IDLE_PICK: Choice = Choice {
    name: "idle_pick",
    doc: "Which idle connection of a pool is taken.",
    variants: &[
        variant("lifo", Kind::Bare, r#""lifo""#, "The one that was returned last."),
        variant("fifo", Kind::Bare, r#""fifo""#, "The one that was returned first."),
        variant(
            "affine",
            Kind::Object(&AFFINE),
            r#"{"threads": 8}"#,
            "The one that the caller's thread used last, else the oldest.",
        ),
    ],
};

static AFFINE: Type = Type::new(
    "affine",
    "Threads and the connections they know.",
    &[key(
        "threads",
        Kind::Count(1, 100_000),
        "8",
        "200",
        "Threads of an instance, which ask in turn.",
    )],
);

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
