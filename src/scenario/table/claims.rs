//! Claims and what they measure.

use super::recorded::RECORDED;
use super::recovery::{RECOVERS, TIPS};
use super::{Choice, Fallback, Key, Kind, MONTH, Type, Words, key, optional, required, variant};
use crate::units::Span;

const VERDICTS: Words = &[
    ("holds", "the simulation agrees"),
    ("contradicted", "the simulation disagrees"),
    ("undecided", "the interval straddles the bound"),
    ("not_testable", "nothing is measured"),
];

/// The events that a claim can count, as in `events.jsonl`.
pub(crate) const EVENTS: Words = &[
    ("first_rejection", "a server refuses its first connection"),
    ("first_failure", "the first request of a fleet fails"),
    ("oom_kill", "an instance is killed at its memory limit"),
    ("scaled", "an autoscaler changes the size of a fleet"),
    ("start_failed", "an instance ends because it cannot open the connections it needs"),
    ("instance_up", "an instance begins to take requests"),
    ("timeline", "an entry of the timeline takes place"),
    ("server_up", "a server takes connections again after a restart or a failover"),
    ("pool_empty", "a caller waits at a pool, and no dial under way is for it"),
    ("deadlock", "requests hold connections of a pool and wait for more in a circle"),
    ("reap_wave", "a server closes many idle connections at once"),
    ("deploy_done", "the last instance of a deploy is replaced"),
    ("accept_starved", "a server has no descriptor for a connection that was set up"),
    ("config_refused", "the operating system refuses a `CONFIG SET maxclients`"),
    ("operator_refused", "a server refuses an operator"),
    ("kill_done", "an operator has closed the connections that were to be closed"),
    ("replica_refused", "a server refuses a replica for the first time"),
    ("replica_synced", "a replica that attached is synchronised"),
    ("scrape_failed", "an exporter is refused or gets no answer after one that was answered"),
    ("first_eviction", "a server closes its first client for memory"),
    ("limit_lowered", "descriptors lower `maxclients` at the start"),
    ("config_set", "a `CONFIG SET` takes effect a second or more after the timeline asked for it"),
    ("operator_admitted", "an operator who was refused is let in"),
    ("scrape_ok", "a scrape is answered after one that failed"),
    ("accept_queue_full", "a server's kernel drops the first packet for a full accept queue"),
    ("accepts_stopped", "a server that waits for a free slot stops accepting for the first time"),
];

/// The other events of `events.jsonl`: no claim counts them, because only so many are kept.
pub(crate) const EVENTS_UNCOUNTED: Words = &[
    ("breaker_opened", "the circuit breaker of an instance opens"),
    ("breaker_half_opened", "it lets some calls through to see"),
    ("breaker_closed", "it lets all calls through again"),
    ("instance_unhealthy", "an instance fails the checks of the balancer"),
    ("instance_healthy", "it passes them again"),
    ("instance_ejected", "a balancer leaves an instance out for its errors"),
    ("log_full", "more than 10,000 events: the rest is not told"),
];

/// Whether `events.jsonl` can have an event of this kind.
pub fn is_event(kind: &str) -> bool {
    EVENTS.iter().chain(EVENTS_UNCOUNTED).any(|(known, _)| *known == kind)
}

pub(crate) static CLAIM: Type = Type {
    name: "claim",
    doc: "A statement of a postmortem: with `measure` it is judged, with `assume` it is a setting \
          taken for granted, and audited: simulated with and without it, with neither it cannot be tested.",
    keys: &[
        required("id", Kind::Name, r#""A2""#, "Its short name, unique in the file."),
        required(
            "says",
            Kind::Text(1, 1000),
            r#""the limit is reached after 38 minutes""#,
            "The statement in words.",
        ),
        key("source", Kind::Text(0, 2000), r#""""#, r#""title, site, date""#, "Where it stands."),
        optional(
            "measure",
            Kind::Choice(&MEASURE),
            "nothing is measured",
            r#"{"first_time": {"series": "servers.redis.rejected_connections", "above": 0}}"#,
            "What is measured in every run.",
        ),
        optional(
            "expect",
            Kind::Measured,
            "needed with `measure`; 0 of `recorded`",
            r#""38min""#,
            "What the claim expects, in the unit of the measure; `never` of an event or a recovery.",
        ),
        optional(
            "within",
            Kind::Measured,
            "needed with `measure`",
            r#""5%""#,
            "The allowed difference: in the unit of the measure, or in per cent of `expect` (of what was \
             recorded, for `recorded`).",
        ),
        optional(
            "assume",
            Kind::Settings,
            "nothing is assumed",
            r#"{"servers.redis.timeout": "5min"}"#,
            "Settings that the claim takes for granted.",
        ),
        key(
            "verdict",
            Kind::Words(VERDICTS),
            r#""holds""#,
            r#""contradicted""#,
            "What the author of the file knows the claim to be.",
        ),
    ],
    one_of: &[],
    preset: None,
};

pub(crate) static ALTERNATIVE: Type = Type::new(
    "alternative",
    "A way in which it could have been otherwise: a setting that nobody stated, or that may have been \
     stated wrongly. Where claims cannot be true together, each is tried.",
    &[
        required("id", Kind::Name, r#""ports""#, "Its short name, unique in the file."),
        required(
            "says",
            Kind::Text(1, 1000),
            r#""the kernel does not reuse ports in TIME_WAIT""#,
            "In words.",
        ),
        required(
            "set",
            Kind::Settings,
            r#"{"fleets.chat.process.ports.tw_reuse": false}"#,
            "The settings that would be others.",
        ),
    ],
);

pub(crate) static MEASURE: Choice = Choice {
    name: "measure",
    doc: "What a claim measures. Series are named as in `timeseries.csv`.",
    variants: &[
        variant(
            "first_time",
            Kind::Object(&FIRST_TIME),
            r#"{"series": "servers.redis.rejected_connections", "above": 0}"#,
            "The first instant at which a series is beyond a bound; a time.",
        ),
        variant(
            "value_at",
            Kind::Object(&VALUE_AT),
            r#"{"series": "fleets.chat.sockets.close_wait", "at": "47min"}"#,
            "The value of a series at an instant.",
        ),
        variant(
            "max",
            Kind::Object(&EXTREME),
            r#"{"series": "servers.redis.connected_clients"}"#,
            "The largest value of a series.",
        ),
        variant(
            "min",
            Kind::Object(&EXTREME),
            r#"{"series": "fleets.chat.instances_up"}"#,
            "The smallest value of a series.",
        ),
        variant(
            "mean",
            Kind::Object(&EXTREME),
            r#"{"series": "servers.redis.slots_leaked", "from": "10min"}"#,
            "The mean of a series over time.",
        ),
        variant(
            "ratio",
            Kind::Object(&RATIO),
            r#"{"of": "fleets.chat.failed", "to": "fleets.chat.requests", "from": "40min"}"#,
            "The increase of one counter over the increase of another; a share.",
        ),
        variant(
            "quantile",
            Kind::Object(&QUANTILE),
            r#"{"series": "fleets.chat.latency", "q": 0.99}"#,
            "A quantile of a latency or of a wait for a connection; a time.",
        ),
        variant(
            "count",
            Kind::Object(&COUNT),
            r#"{"event": "oom_kill"}"#,
            "How often an event of the log happened.",
        ),
        variant(
            "recorded",
            Kind::Object(&RECORDED),
            r#"{"series": "servers.redis.connected_clients", "recorded": "redis.csv", "column": "connected_clients"}"#,
            "How far a series is from a recording of it; in the unit of the series.",
        ),
        variant(
            "recovers",
            Kind::Object(&RECOVERS),
            r#"{"fleet": "chat", "before": "20s", "after": "30s"}"#,
            "When goodput is back after a trigger; a time, and never when it does not come back.",
        ),
        variant(
            "tips",
            Kind::Object(&TIPS),
            r#"{"path": "timeline.0.pause.for", "from": "1s", "to": "60s", "to_within": "100ms",
                "recovers": {"fleet": "chat", "before": "20s", "after": "80s"}}"#,
            "The smallest trigger after which goodput does not come back; in the unit of the setting.",
        ),
    ],
};

pub(super) const AT: Kind = Kind::Span(Span::ZERO, MONTH);
pub(super) const SERIES: Key = Key {
    name: "series",
    kind: Kind::Reference("a series"),
    default: Fallback::Required,
    doc: "The series.",
    example: r#""servers.redis.connected_clients""#,
};
pub(super) const FROM: Key = optional("from", AT, "`warm_up`", r#""40min""#, "From here.");
pub(super) const TO: Key = optional("to", AT, "`duration`", r#""47min""#, "To here.");

static FIRST_TIME: Type = Type {
    name: "first_time",
    doc: "The first instant at which a series is beyond a bound.",
    keys: &[
        SERIES,
        optional("above", Kind::Measured, "the bound is `below`", "0", "Strictly above this."),
        optional("below", Kind::Measured, "the bound is `above`", "3", "Strictly below this."),
    ],
    one_of: &["above", "below"],
    preset: None,
};

static VALUE_AT: Type = Type::new(
    "value_at",
    "The value of a series at an instant.",
    &[SERIES, required("at", AT, r#""47min""#, "The instant.")],
);

static EXTREME: Type =
    Type::new("extreme", "A value of a series over a range of time.", &[SERIES, FROM, TO]);

static RATIO: Type = Type::new(
    "ratio",
    "The increase of one counter over the increase of another.",
    &[
        required(
            "of",
            Kind::Reference("a counter"),
            r#""fleets.chat.failed""#,
            "The counter above the line.",
        ),
        required(
            "to",
            Kind::Reference("a counter"),
            r#""fleets.chat.requests""#,
            "The counter below the line.",
        ),
        FROM,
        optional("until", AT, "`duration`", r#""47min""#, "To here."),
    ],
);

static QUANTILE: Type = Type::new(
    "quantile",
    "A quantile of a latency.",
    &[
        required(
            "series",
            Kind::Reference("a latency or a wait"),
            r#""fleets.chat.latency""#,
            "The latency of a fleet, or the wait for a connection of a pool.",
        ),
        required("q", Kind::Share, "0.99", "Which quantile, between 0 and 1."),
        FROM,
        TO,
    ],
);

static COUNT: Type = Type::new(
    "count",
    "How often an event happened.",
    &[required("event", Kind::Words(EVENTS), r#""oom_kill""#, "The kind of event."), FROM, TO],
);
