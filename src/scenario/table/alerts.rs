//! Rules of monitoring, and what they look at.

use super::{Choice, DAY, Fallback, Key, Kind, MONTH, MS, Type, Words, key, optional, required};
use super::{SECOND, variant};
use crate::units::Span;

const SCRAPERS: Words = &[
    ("dials", "through a new connection, so that it sees nothing of a server that refuses it"),
    ("inside", "from the host itself, as a provider's own metrics: it is never refused"),
];

pub(crate) static ALERT: Type = Type::new(
    "alert",
    "A rule of monitoring, tested on the run as a real scraper would have seen it.",
    &[
        required("id", Kind::Name, r#""ratio-80""#, "Its short name, unique in the file."),
        key(
            "says",
            Kind::Text(0, 1000),
            r#""""#,
            r#""four of five connections are taken""#,
            "The rule in words.",
        ),
        required(
            "when",
            Kind::Choice(&CONDITION),
            r#"{"value": {"series": "servers.redis.connected_clients", "of": "servers.redis.maxclients", "above": 0.8}}"#,
            "What must be so for it to fire.",
        ),
        key(
            "every",
            Kind::Span(MS, DAY),
            r#""15s""#,
            r#""10s""#,
            "Time between two scrapes; the first is at zero. At most 50,000 scrapes in a run, those of \
             equal intervals counted once.",
        ),
        key(
            "for",
            Kind::Span(Span::ZERO, MONTH),
            r#""0s""#,
            r#""30s""#,
            "How long it must have been so, scrape after scrape, before it fires.",
        ),
        key(
            "scraper",
            Kind::Words(SCRAPERS),
            r#""dials""#,
            r#""inside""#,
            "How series of servers are seen.",
        ),
    ],
);

pub(crate) static CONDITION: Choice = Choice {
    name: "condition",
    doc: "What a rule of monitoring looks for. A figure is a series that counts or goes up and down, \
          or one of the limits `servers.S.maxclients` (in force), `fleets.F.memory_limit` (of an \
          instance) and `fleets.F.pools.P.max` (of all instances that are up).",
    variants: &[
        variant(
            "value",
            Kind::Object(&VALUE),
            r#"{"series": "servers.redis.connected_clients", "of": "servers.redis.maxclients", "above": 0.8}"#,
            "A figure, or its share of another, is beyond a bound.",
        ),
        variant(
            "rise",
            Kind::Object(&RISE),
            r#"{"series": "servers.redis.rejected_connections", "above": 0}"#,
            "A counter has risen by more, or less, than a bound.",
        ),
        variant(
            "idle",
            Kind::Object(&IDLE),
            r#"{"server": "redis", "longer_than": "5min", "above": 0}"#,
            "Clients of a server have sent nothing for long, as CLIENT LIST shows it.",
        ),
        variant(
            "absent",
            Kind::Object(&ABSENT),
            r#"{"series": "servers.redis.connected_clients"}"#,
            "A scrape was refused, or nobody was there to answer it.",
        ),
        variant(
            "all",
            Kind::List(&Kind::Choice(&CONDITION), 1, 20),
            r#"[{"value": {"series": "fleets.chat.pools.pool.idle", "below": 1}}]"#,
            "All of these.",
        ),
        variant(
            "any",
            Kind::List(&Kind::Choice(&CONDITION), 1, 20),
            r#"[{"rise": {"series": "fleets.chat.oom_kills", "above": 0}}]"#,
            "At least one of these.",
        ),
    ],
};

const FIGURE: Key = Key {
    name: "series",
    kind: Kind::Reference("a figure"),
    default: Fallback::Required,
    doc: "The figure.",
    example: r#""servers.redis.connected_clients""#,
};
const COUNTER: Key = Key { kind: Kind::Reference("a counter"), doc: "The counter.", ..FIGURE };
const ABOVE: Key =
    optional("above", Kind::Measured, "the bound is `below`", "0.8", "Strictly above this.");
const BELOW: Key =
    optional("below", Kind::Measured, "the bound is `above`", "1", "Strictly below this.");

static VALUE: Type = Type {
    name: "value",
    doc: "A figure beyond a bound.",
    keys: &[
        FIGURE,
        optional(
            "of",
            Kind::Reference("a figure"),
            "the figure itself is compared",
            r#""servers.redis.maxclients""#,
            "The share of this is compared: the figure divided by it.",
        ),
        ABOVE,
        BELOW,
    ],
    one_of: &["above", "below"],
    preset: None,
};

static RISE: Type = Type {
    name: "rise",
    doc: "How much a counter has risen between the first and the last of the scrapes of a window that \
          were answered; without two of these there is nothing to compare.",
    keys: &[
        COUNTER,
        optional(
            "of",
            Kind::Reference("a counter"),
            "the rise itself is compared",
            r#""fleets.chat.requests""#,
            "The share of the rise of this counter is compared.",
        ),
        optional(
            "over",
            Kind::Span(MS, MONTH),
            "`every`: since the scrape before",
            r#""5min""#,
            "The length of the window that ends at a scrape; not below `every`.",
        ),
        ABOVE,
        BELOW,
    ],
    one_of: &["above", "below"],
    preset: None,
};

static IDLE: Type = Type {
    name: "idle",
    doc: "How many clients have been idle for long.",
    keys: &[
        required("server", Kind::Reference("a server"), r#""redis""#, "Whose clients."),
        required(
            "longer_than",
            Kind::Span(SECOND, MONTH),
            r#""5min""#,
            "Idle for at least so many whole seconds.",
        ),
        ABOVE,
        BELOW,
    ],
    one_of: &["above", "below"],
    preset: None,
};

static ABSENT: Type = Type::new("absent", "A figure that nobody could be asked for.", &[FIGURE]);
