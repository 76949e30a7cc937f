//! Shared connections, and how a lost one is dialled again.

use super::retries::RETRY_OF_LIBRARY;
use super::servers::LONGEST_WAIT;
use super::{Choice, DAY, Key, Kind, PresetKind, SECOND, Type, US, Words, key, optional, variant};
use crate::units::Span;

const DIALLED: Words = &[
    ("first_use", "when a request wants one"),
    ("at_start", "when the process begins to take requests"),
];

const IN_FLIGHT: Words =
    &[("fail", "they fail"), ("resend", "they are sent again on the next connection")];

const SENT: Words = &[
    ("when_ready", "once the connection is set up"),
    ("with_setup", "right behind the commands of the setup"),
];

pub(crate) static SHARED: Type = Type {
    name: "shared",
    doc: "Connections that all requests of an instance share. A preset fills in what is not written.",
    keys: &[
        optional(
            "preset",
            Kind::Preset(PresetKind::Shared),
            "the defaults of this table",
            r#""ioredis-5""#,
            "The values of a published client library.",
        ),
        key(
            "connections",
            Kind::Count(1, 10_000),
            "1",
            "1",
            "How many per instance; requests take turns.",
        ),
        key(
            "aside",
            Kind::Count(0, 100),
            "0",
            "1",
            "Further connections per instance, for subscriptions, that carry no commands; a process keeps as many as it began with.",
        ),
        key(
            "dialled",
            Kind::Words(DIALLED),
            r#""first_use""#,
            r#""at_start""#,
            "When they are dialled for the first time.",
        ),
        key(
            "setup_commands",
            Kind::Count(0, 100),
            "0",
            "2",
            "Commands of the library, sent in one go, before a connection counts as open; without any, a refusal at the limit meets the first command instead.",
        ),
        key(
            "connect_timeout",
            Kind::SpanOrNone(US, LONGEST_WAIT),
            r#""none""#,
            r#""5s""#,
            "How long a dial and its setup may take; for ever means until the kernel gives up.",
        ),
        key(
            "command_timeout",
            Kind::SpanOrNone(US, LONGEST_WAIT),
            r#""none""#,
            r#""500ms""#,
            "How long a reply may take where the call has no `timeout`.",
        ),
        key(
            "reconnect",
            Kind::Choice(&RECONNECT),
            r#"{"on_demand": {}}"#,
            r#"{"background": {"pause": {"linear": {"first": "50ms", "step": "50ms", "cap": "2s"}}}}"#,
            "What follows when a connection is lost, or a dial fails.",
        ),
        key(
            "offline",
            Kind::Object(&OFFLINE),
            "{}",
            r#"{"in_flight": "resend", "flush_every": 21}"#,
            "What becomes of commands while a connection is not open.",
        ),
        RETRY_OF_LIBRARY,
    ],
    one_of: &[],
    preset: Some(PresetKind::Shared),
};

pub(crate) static RECONNECT: Choice = Choice {
    name: "reconnect",
    doc: "What follows when a shared connection is lost, or a dial fails.",
    variants: &[
        variant(
            "none",
            Kind::Bare,
            r#""none""#,
            "It stays dead for the rest of the process, and every command fails.",
        ),
        variant(
            "on_demand",
            Kind::Object(&ON_DEMAND),
            r#"{"retries": 6, "pause": {"exponential": {"base": "100ms", "factor": 2, "cap": "60s"}}}"#,
            "The next use begins a series of dials, the first at once; all who ask meanwhile await it.",
        ),
        variant(
            "background",
            Kind::Object(&BACKGROUND),
            r#"{"pause": {"constant": "1s"}}"#,
            "It is dialled again and again, whether or not anybody asks.",
        ),
    ],
};

const PAUSE: Key = key(
    "pause",
    Kind::Choice(&REDIAL_PAUSE),
    r#"{"constant": "1s"}"#,
    r#"{"constant": "1s"}"#,
    "From one failed dial to the next; n counts the pauses from 0 since the connection was last open.",
);
const JITTER: Key = key(
    "jitter",
    Kind::Choice(&REDIAL_JITTER),
    r#""none""#,
    r#"{"added": "200ms"}"#,
    "What chance makes of a pause v.",
);

static ON_DEMAND: Type = Type::new(
    "on_demand",
    "A series of dials that a use begins.",
    &[
        key(
            "retries",
            Kind::Count(0, 10_000),
            "0",
            "6",
            "Dials after the first of a series; when the last fails, all who await the series fail.",
        ),
        PAUSE,
        JITTER,
        key(
            "first_fails",
            Kind::Flag,
            "false",
            "true",
            "Whether the command that finds the connection closed, or the series failed, fails and begins the next series, which only later ones await.",
        ),
    ],
);

pub(crate) static BACKGROUND: Type = Type::new(
    "background_redials",
    "Dials that go on by themselves.",
    &[
        key(
            "at_once",
            Kind::Flag,
            "false",
            "true",
            "Whether the first dial after a connection was lost comes without a pause.",
        ),
        key(
            "retries",
            Kind::CountOrNone(0, 1_000_000),
            r#""none""#,
            "20",
            "Pauses at most before the client is given up; none is any number.",
        ),
        PAUSE,
        JITTER,
        key(
            "heartbeat",
            Kind::Span(Span::ZERO, SECOND.times(60)),
            r#""0s""#,
            r#""1s""#,
            "The clock of the process by which it looks whether a pause, counted from the last dial, is over; zero is at once.",
        ),
        key(
            "covers_first",
            Kind::Flag,
            "true",
            "false",
            "Whether the first dial of a process is repeated too; else who asked for it fails, and the next use dials.",
        ),
    ],
);

static REDIAL_PAUSE: Choice = Choice {
    name: "redial_pause",
    doc: "How the pauses between dials grow.",
    variants: &[
        variant("constant", Kind::Span(Span::ZERO, DAY), r#""1s""#, "Always the same."),
        variant(
            "linear",
            Kind::Object(&LINEAR),
            r#"{"first": "50ms", "step": "50ms", "cap": "2s"}"#,
            "min(cap, first + step x n).",
        ),
        variant(
            "exponential",
            Kind::Object(&GROWING),
            r#"{"base": "50ms", "factor": 2, "cap": "5s"}"#,
            "min(cap, base x factor^n).",
        ),
    ],
};

static LINEAR: Type = Type::new(
    "linear",
    "Pauses that grow by steps.",
    &[
        key("first", Kind::Span(Span::ZERO, DAY), r#""50ms""#, r#""50ms""#, "The first pause."),
        key("step", Kind::Span(Span::ZERO, DAY), r#""50ms""#, r#""50ms""#, "The growth."),
        key(
            "cap",
            Kind::Span(Span::ZERO, DAY),
            r#""2s""#,
            r#""2s""#,
            "The longest pause; not below `first`.",
        ),
    ],
);

static GROWING: Type = Type::new(
    "growing",
    "Pauses that grow by a factor.",
    &[
        key("base", Kind::Span(US, DAY), r#""50ms""#, r#""50ms""#, "The first pause."),
        key("factor", Kind::Number(1.0, 100.0), "2", "2", "The growth."),
        key(
            "cap",
            Kind::Span(US, DAY),
            r#""2s""#,
            r#""2s""#,
            "The longest pause, before jitter; not below `base`.",
        ),
    ],
);

static REDIAL_JITTER: Choice = Choice {
    name: "redial_jitter",
    doc: "What chance makes of a pause v between dials; u is uniform between 0 and 1.",
    variants: &[
        variant("none", Kind::Bare, r#""none""#, "v: clients that fail together dial together."),
        variant("added", Kind::Span(Span::ZERO, DAY), r#""200ms""#, "v + u x this."),
        variant("stretched", Kind::Share, r#""100%""#, "v x (1 + u x this)."),
        variant(
            "from_first",
            Kind::Bare,
            r#""from_first""#,
            "Between the first pause and v: first + u x (v - first).",
        ),
    ],
};

static OFFLINE: Type = Type::new(
    "offline",
    "Commands while a shared connection is not open.",
    &[
        key(
            "limit",
            Kind::CountOrNone(0, 10_000_000),
            r#""none""#,
            "1000",
            "Commands that wait at most for each connection; further ones fail at once; none is any number.",
        ),
        key(
            "in_flight",
            Kind::Words(IN_FLIGHT),
            r#""fail""#,
            r#""resend""#,
            "What becomes of commands without a reply when their connection is lost.",
        ),
        key(
            "flush_every",
            Kind::CountOrNone(1, 1_000_000),
            r#""none""#,
            "21",
            "Every so many failed dials in a row all that wait fail.",
        ),
        key(
            "timed",
            Kind::Flag,
            "false",
            "true",
            "Whether the timeout of a command runs while it waits.",
        ),
        key(
            "sent",
            Kind::Words(SENT),
            r#""when_ready""#,
            r#""with_setup""#,
            "When what waits goes out; behind the setup it is lost with a connection that is refused.",
        ),
    ],
);

/// How a leaked client that dials again does so.
pub(super) static LEAK_RECONNECT: Choice = Choice {
    name: "leak_reconnect",
    doc: "By which schedule a leaked client dials again.",
    variants: &[
        variant(
            "of",
            Kind::Preset(PresetKind::Shared),
            r#""node-redis-4""#,
            "That of a published client library which dials in the background.",
        ),
        variant(
            "background",
            Kind::Object(&BACKGROUND),
            r#"{"pause": {"constant": "1s"}}"#,
            "This.",
        ),
    ],
};
