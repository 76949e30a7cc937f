//! Fleets: instances, connections, steps, retries and process limits.

use super::load::{ARRIVALS, DIST};
use super::pools::{LEAK, POOLED};
use super::process::PROCESS;
use super::servers::LONGEST_WAIT;
use super::{Choice, DAY, Kind, MS, NS, Type, US, Words, key, optional, required, variant};
use crate::units::Span;

const BALANCERS: Words = &[
    ("round_robin", "one instance after the other"),
    ("random", "by chance"),
    ("least_in_flight", "to the instance with the fewest requests in flight"),
];

const JITTERS: Words = &[
    ("none", "the pause v itself"),
    ("full", "evenly between 0 and v"),
    ("equal", "evenly between v/2 and v"),
    ("decorrelated", "min(cap, evenly between base and 3 x the pause before)"),
];

const CONSTANT_JITTERS: Words = &[
    ("none", "the delay itself"),
    ("full", "evenly between 0 and the delay"),
    ("equal", "evenly between half the delay and the delay"),
];

pub(crate) static FLEET: Type = Type::new(
    "fleet",
    "Identical application instances.",
    &[
        key("instances", Kind::Count(1, 10_000), "1", "4", "How many instances run."),
        key(
            "balancer",
            Kind::Words(BALANCERS),
            r#""random""#,
            r#""random""#,
            "How requests are spread over the instances that are up.",
        ),
        required(
            "arrivals",
            Kind::Choice(&ARRIVALS),
            r#"{"poisson": {"rate": "22000/s"}}"#,
            "When requests arrive.",
        ),
        key(
            "connections",
            Kind::Named(&Kind::Choice(&CONNECTIONS), 0, 100),
            "{}",
            r#"{"main": {"pooled": {"max": 10}}}"#,
            "The ways to the servers, by name.",
        ),
        required(
            "steps",
            Kind::List(&Kind::Choice(&STEP), 1, 32),
            r#"[{"call": {"server": "redis", "through": "main"}}]"#,
            "What a request does, in order.",
        ),
        key(
            "retry",
            Kind::Choice(&RETRY),
            r#""none""#,
            r#"{"exponential": {"attempts": 4, "base": "50ms", "cap": "2s", "jitter": "full"}}"#,
            "What happens after a failed call.",
        ),
        key(
            "breaker",
            Kind::Choice(&BREAKER),
            r#""none""#,
            r#"{"consecutive": {"failures": 10, "open_for": "1s"}}"#,
            "What keeps calls back while they fail; every instance has its own.",
        ),
        key(
            "process",
            Kind::Object(&PROCESS),
            "{}",
            r#"{"nofile": 65536}"#,
            "Limits of one instance.",
        ),
        key(
            "privileged",
            Kind::Flag,
            "false",
            "true",
            "Whether its connections may take a server's reserved slots.",
        ),
    ],
);

pub(crate) static CONNECTIONS: Choice = Choice {
    name: "connections",
    doc: "How connections to a server are held.",
    variants: &[
        variant(
            "per_request",
            Kind::Object(&PER_REQUEST),
            r#"{"leak": {"on_success": 0.0002}}"#,
            "Dial, use, close (or leak) for every call.",
        ),
        variant(
            "pooled",
            Kind::Object(&POOLED),
            r#"{"preset": "bb8-0.9", "max": 10}"#,
            "A pool in every instance.",
        ),
        variant(
            "shared",
            Kind::Object(&SHARED),
            r#"{"connections": 1}"#,
            "Connections that all requests of an instance share.",
        ),
    ],
};

static PER_REQUEST: Type = Type::new(
    "per_request",
    "A connection for every call.",
    &[
        key(
            "leak",
            Kind::Object(&LEAK),
            "{}",
            r#"{"kind": "forgotten", "on_success": 0.0002, "on_error": 0.0002}"#,
            "What is never closed.",
        ),
        key(
            "connect_timeout",
            Kind::SpanOrNone(US, LONGEST_WAIT),
            r#""none""#,
            r#""2s""#,
            "How long a dial may take; for ever means until the kernel gives up.",
        ),
    ],
);

static SHARED: Type = Type::new(
    "shared",
    "Connections that all requests of an instance share.",
    &[
        key("connections", Kind::Count(1, 10_000), "1", "1", "How many per instance."),
        key(
            "connect_timeout",
            Kind::SpanOrNone(US, LONGEST_WAIT),
            r#""none""#,
            r#""5s""#,
            "How long a dial may take; for ever means until the kernel gives up.",
        ),
    ],
);

pub(crate) static STEP: Choice = Choice {
    name: "step",
    doc: "One step of a request.",
    variants: &[
        variant(
            "work",
            Kind::Choice(&DIST),
            r#"{"exponential": {"mean": "79ms"}}"#,
            "Work of the instance itself.",
        ),
        variant(
            "call",
            Kind::Object(&CALL),
            r#"{"server": "redis", "through": "main", "commands": 1}"#,
            "One use of a server.",
        ),
    ],
};

static CALL: Type = Type::new(
    "call",
    "One use of a server.",
    &[
        required("server", Kind::Reference("a server"), r#""redis""#, "The server."),
        required(
            "through",
            Kind::Reference("one of the fleet's connections"),
            r#""main""#,
            "The way to it.",
        ),
        key("commands", Kind::Count(1, 10_000), "1", "3", "Commands sent."),
        key(
            "pipelined",
            Kind::Flag,
            "false",
            "true",
            "Whether they are sent together rather than one after the other.",
        ),
        key(
            "hold",
            Kind::Choice(&DIST),
            r#"{"constant": "0s"}"#,
            r#"{"constant": "1ms"}"#,
            "Work done after the last reply while the connection is still held.",
        ),
        key(
            "timeout",
            Kind::SpanOrNone(US, LONGEST_WAIT),
            r#""none""#,
            r#""3s""#,
            "How long a reply may take, per round trip.",
        ),
        optional(
            "cost",
            Kind::Span(Span::ZERO, DAY),
            "the server's `cost.command`",
            r#""717us""#,
            "CPU time of the server for each command of this call.",
        ),
        optional(
            "blocking",
            Kind::Span(MS, DAY),
            "the commands do not block",
            r#""8s""#,
            "The commands block, as BLPOP does when nothing comes: the reply to each leaves so long \
             after it was read.",
        ),
        key(
            "subscribe",
            Kind::Flag,
            "false",
            "true",
            "The commands subscribe: until the next command that does not, the idle timeout passes \
             the connection by.",
        ),
    ],
);

pub(crate) static RETRY: Choice = Choice {
    name: "retry",
    doc: "What happens after a failed call.",
    variants: &[
        variant("none", Kind::Bare, r#""none""#, "The request fails."),
        variant(
            "constant",
            Kind::Object(&CONSTANT_RETRY),
            r#"{"attempts": 3, "delay": "100ms"}"#,
            "Another attempt after a pause that is always the same.",
        ),
        variant(
            "exponential",
            Kind::Object(&EXPONENTIAL_RETRY),
            r#"{"attempts": 4, "base": "50ms", "cap": "2s", "jitter": "full"}"#,
            "Another attempt after a pause of min(cap, base x factor^n), n from 0.",
        ),
    ],
};

const ATTEMPTS_DOC: &str = "Attempts at most, the first one included; `none` is for ever.";
const JITTER_DOC: &str = "What chance makes of a pause v.";

static CONSTANT_RETRY: Type = Type::new(
    "constant_retry",
    "Retries with a constant pause.",
    &[
        required("attempts", Kind::CountOrNone(1, 1000), "3", ATTEMPTS_DOC),
        required("delay", Kind::Span(Span::ZERO, DAY), r#""100ms""#, "The pause; zero is at once."),
        key("jitter", Kind::Words(CONSTANT_JITTERS), r#""none""#, r#""full""#, JITTER_DOC),
    ],
);

static EXPONENTIAL_RETRY: Type = Type::new(
    "exponential_retry",
    "Retries with a growing pause.",
    &[
        required("attempts", Kind::CountOrNone(1, 1000), "4", ATTEMPTS_DOC),
        required("base", Kind::Span(NS, DAY), r#""50ms""#, "The first pause."),
        key("factor", Kind::Number(1.0, 1000.0), "2", "2", "The growth."),
        required("cap", Kind::Span(NS, DAY), r#""2s""#, "The longest pause; not below the first."),
        key("jitter", Kind::Words(JITTERS), r#""none""#, r#""full""#, JITTER_DOC),
    ],
);

pub(crate) static BREAKER: Choice = Choice {
    name: "breaker",
    doc: "What keeps calls back while they fail.",
    variants: &[
        variant("none", Kind::Bare, r#""none""#, "Nothing."),
        variant(
            "consecutive",
            Kind::Object(&CONSECUTIVE),
            r#"{"failures": 10, "open_for": "1s"}"#,
            "A circuit breaker that opens after so many failures in a row.",
        ),
    ],
};

static CONSECUTIVE: Type = Type::new(
    "consecutive",
    "A circuit breaker that counts failures in a row.",
    &[
        required(
            "failures",
            Kind::Count(1, 1_000_000),
            "10",
            "Failed attempts in a row that open it.",
        ),
        required(
            "open_for",
            Kind::Span(NS, DAY),
            r#""1s""#,
            "How long it lets nothing through; then one attempt decides.",
        ),
    ],
);
