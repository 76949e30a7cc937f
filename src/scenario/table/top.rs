//! The file as a whole, its story and its timeline.

use super::alerts::ALERT;
use super::claims::{ALTERNATIVE, CLAIM};
use super::deploys::{DEPLOY, ROLLBACK};
use super::faults::{FAILOVER, KILL, PARTITION, RESTART, STOP, VANISH};
use super::fleets::FLEET;
use super::load::DIST;
use super::{
    Choice, DAY, Kind, MONTH, MS, SECOND, Type, US, Words, key, optional, required,
    servers::SERVER, variant,
};
use crate::units::Span;

pub(crate) static TOP: Type = Type::new(
    "scenario",
    "A scenario: who opens connections to what, what changes when, and what was claimed.",
    &[
        optional(
            "$schema",
            Kind::Text(0, 2000),
            "nothing",
            r#""../schema.json""#,
            "Where an editor finds the schema; not read.",
        ),
        optional(
            "base",
            Kind::Text(1, 1000),
            "the file stands alone",
            r#""chat-38min.json""#,
            "Another scenario file, relative to this one, of which this file states only what \
             differs: objects merge key by key, lists and other variants of a choice replace.",
        ),
        required("format", Kind::Count(1, 1), "1", "The version of the file format."),
        key("about", Kind::Object(&ABOUT), "{}", r#"{"title": "Chat service"}"#, "The story."),
        key(
            "seed",
            Kind::Text(1, 64),
            r#""1""#,
            r#""38""#,
            "The seed: any text; every random number is derived from it.",
        ),
        required("duration", Kind::Span(MS, MONTH), r#""47min""#, "Simulated time to the end."),
        key(
            "warm_up",
            Kind::Span(Span::ZERO, MONTH),
            r#""0s""#,
            r#""5min""#,
            "Time left out of means, ratios and quantiles that name no range of their own.",
        ),
        key(
            "sample_every",
            Kind::Span(MS, DAY),
            r#""10s""#,
            r#""10s""#,
            "Time between two rows of the series; at most 50,000 rows.",
        ),
        required(
            "servers",
            Kind::Named(&Kind::Object(&SERVER), 1, 100),
            r#"{"redis": {"preset": "redis-8.0"}}"#,
            "The servers by name.",
        ),
        key(
            "network",
            Kind::Object(&NETWORK),
            "{}",
            r#"{"delay": {"constant": "100us"}}"#,
            "The network between all fleets and all servers.",
        ),
        required(
            "fleets",
            Kind::Named(&Kind::Object(&FLEET), 1, 100),
            r#"{"chat": {}}"#,
            "The fleets by name; at least one.",
        ),
        key(
            "timeline",
            Kind::List(&Kind::Object(&ENTRY), 0, 1000),
            "[]",
            r#"[{"at": "20min", "set": {"servers.redis.timeout": "5min"}}]"#,
            "What happens when; sorted by time when it is not.",
        ),
        key(
            "claims",
            Kind::List(&Kind::Object(&CLAIM), 0, 1000),
            "[]",
            r#"[{"id": "A9", "says": "every request opens its own connection", "verdict": "not_testable"}]"#,
            "The statements to judge.",
        ),
        key(
            "alternatives",
            Kind::List(&Kind::Object(&ALTERNATIVE), 0, 40),
            "[]",
            r#"[{"id": "ports", "says": "ports in TIME_WAIT are not reused", "set": {"fleets.chat.process.ports.tw_reuse": false}}]"#,
            "What could have been otherwise. With these, or with a claim that assumes something, a run \
             is audited: which claims cannot be true together, and what would mend it.",
        ),
        key(
            "alerts",
            Kind::List(&Kind::Object(&ALERT), 0, 100),
            "[]",
            r#"[{"id": "rejected", "when": {"rise": {"series": "servers.redis.rejected_connections", "above": 0}}}]"#,
            "The rules of monitoring to test on the run.",
        ),
        optional(
            "healthy",
            Kind::Settings,
            "false alarms are not known",
            r#"{"fleets.chat.retry": "none", "timeline": []}"#,
            "Only looked at where there are `alerts`: settings that take the fault out, anything under \
             servers, network, fleets and timeline. The rules are tested on a run of this too, with the \
             same random numbers: what fires there is a false alarm.",
        ),
    ],
);

static ABOUT: Type = Type::new(
    "about",
    "Title and origin of a scenario.",
    &[
        key(
            "title",
            Kind::Text(0, 200),
            r#""""#,
            r#""Chat service, 14 November 2024""#,
            "One line.",
        ),
        key(
            "source",
            Kind::Text(0, 2000),
            r#""""#,
            r#""title, site, date""#,
            "Where the story stands.",
        ),
        optional(
            "start",
            Kind::Instant,
            "simulated time alone is shown",
            r#""2024-11-14T09:42:00Z""#,
            "The wall clock at simulated time zero.",
        ),
    ],
);

static NETWORK: Type = Type::new(
    "network",
    "The network: one path for everybody.",
    &[
        key(
            "delay",
            Kind::Choice(&DIST),
            r#"{"constant": "100us"}"#,
            r#"{"constant": "100us"}"#,
            "The delay of a packet one way.",
        ),
        key(
            "loss",
            Kind::Share,
            r#""0%""#,
            r#""0.1%""#,
            "The share of packets lost and sent again.",
        ),
        key(
            "tw_buckets",
            Kind::Count(0, 100_000_000),
            "131072",
            "262144",
            "Connections in TIME_WAIT that a host keeps at most (`tcp_max_tw_buckets`); the kernel \
             derives it from the memory.",
        ),
    ],
);

pub(crate) static ENTRY: Type = Type {
    name: "entry",
    doc: "An entry of the timeline: `at`, and exactly one of the others.",
    keys: &[
        required("at", Kind::Span(Span::ZERO, MONTH), r#""20min""#, "When; within the duration."),
        optional(
            "set",
            Kind::Settings,
            "not this action",
            r#"{"servers.redis.timeout": "5min"}"#,
            "From now on these settings hold. Anything under servers, network and fleets can \
             change, except names, the strategy of a connection (a deploy can change that), `preset`, `discipline`, `workers`, \
             `tls`, and settings that the running server does not take (`settable`).",
        ),
        optional(
            "deploy",
            Kind::Object(&DEPLOY),
            "not this action",
            r#"{"fleet": "chat", "set": {"fleets.chat.retry": "none"}, "every": "10s", "drain": "30s"}"#,
            "Instances are replaced by instances with other settings.",
        ),
        optional(
            "rollback",
            Kind::Object(&ROLLBACK),
            "not this action",
            r#"{"fleet": "chat", "every": "10s", "drain": "30s"}"#,
            "Instances are replaced by instances with the settings from before the fleet's last \
             deploy.",
        ),
        optional(
            "pause",
            Kind::Object(&PAUSE),
            "not this action",
            r#"{"server": "redis", "for": "2s"}"#,
            "A server's loop stands still.",
        ),
        optional(
            "client_kill",
            Kind::Object(&CLIENT_KILL),
            "not this action",
            r#"{"server": "redis", "by": {"idle": "5min"}}"#,
            "An operator closes connections.",
        ),
        optional(
            "attach_replicas",
            Kind::Object(&ATTACH_REPLICAS),
            "not this action",
            r#"{"server": "redis", "count": 1}"#,
            "Replicas attach to a server, if it has slots for them.",
        ),
        optional(
            "slow_command",
            Kind::Object(&SLOW_COMMAND),
            "not this action",
            r#"{"server": "redis", "for": "800ms"}"#,
            "A command keeps a server's loop at work.",
        ),
        optional(
            "slow_down",
            Kind::Object(&SLOW_DOWN),
            "not this action",
            r#"{"server": "redis", "factor": 3, "for": "1min"}"#,
            "Everything costs a server more CPU time for a while.",
        ),
        optional(
            "vanish",
            Kind::Object(&VANISH),
            "not this action",
            r#"{"fleet": "chat"}"#,
            "Hosts of instances are gone without a word.",
        ),
        optional(
            "kill",
            Kind::Object(&KILL),
            "not this action",
            r#"{"fleet": "chat"}"#,
            "Instances are killed.",
        ),
        optional(
            "stop",
            Kind::Object(&STOP),
            "not this action",
            r#"{"fleet": "chat", "for": "30s"}"#,
            "Instances stand still.",
        ),
        optional(
            "restart",
            Kind::Object(&RESTART),
            "not this action",
            r#"{"server": "redis", "down": "2s"}"#,
            "A server process ends and starts again.",
        ),
        optional(
            "failover",
            Kind::Object(&FAILOVER),
            "not this action",
            r#"{"server": "redis", "after": "5s", "old": "vanishes"}"#,
            "A server fails and another takes over its name.",
        ),
        optional(
            "partition",
            Kind::Object(&PARTITION),
            "not this action",
            r#"{"fleet": "chat", "server": "redis", "for": "30s"}"#,
            "Nothing crosses between a fleet and a server.",
        ),
    ],
    one_of: &[
        "set",
        "deploy",
        "rollback",
        "pause",
        "client_kill",
        "attach_replicas",
        "slow_command",
        "slow_down",
        "vanish",
        "kill",
        "stop",
        "restart",
        "failover",
        "partition",
    ],
    preset: None,
};

static PAUSE: Type = Type::new(
    "pause",
    "A server's loop that stands still without using the CPU: a stopped process, a swapped-out \
     one, a host that hangs.",
    &[
        required("server", Kind::Reference("a server"), r#""redis""#, "The server."),
        required("for", Kind::Span(MS, DAY), r#""2s""#, "How long."),
    ],
);

static SLOW_COMMAND: Type = Type::new(
    "slow_command",
    "A command that takes long: a script, or KEYS. Until it is done nothing else is read, accepted \
     or reaped, and no reply of its turn leaves; of workers it keeps one.",
    &[
        required("server", Kind::Reference("a server"), r#""redis""#, "The server."),
        required("for", Kind::Span(US, DAY), r#""800ms""#, "CPU time of the command."),
    ],
);

static SLOW_DOWN: Type = Type::new(
    "slow_down",
    "A server whose every event costs more CPU time: a noisy neighbour, a throttled core.",
    &[
        required("server", Kind::Reference("a server"), r#""redis""#, "The server."),
        required("factor", Kind::Number(0.01, 1000.0), "3", "By this factor."),
        required("for", Kind::Span(MS, MONTH), r#""1min""#, "How long."),
    ],
);

static CLIENT_KILL: Type = Type::new(
    "client_kill",
    "An operator who closes connections. It takes a connection: one of `internal.admin`, or a new \
     one, which must be let in.",
    &[
        required("server", Kind::Reference("a server"), r#""redis""#, "The server."),
        required("by", Kind::Choice(&KILL_BY), r#"{"idle": "5min"}"#, "Which connections."),
    ],
);

pub(crate) static KILL_BY: Choice = Choice {
    name: "kill_by",
    doc: "Which connections an operator closes. What the version has no filter for (`kill_filters`) \
          takes a command for each.",
    variants: &[
        variant(
            "idle",
            Kind::Span(SECOND, MONTH),
            r#""5min""#,
            "Those that have been idle for so many whole seconds.",
        ),
        variant(
            "max_age",
            Kind::Span(SECOND, MONTH),
            r#""1h""#,
            "Those that were accepted at least so many whole seconds ago.",
        ),
        variant("fleet", Kind::Reference("a fleet"), r#""chat""#, "Those of a fleet."),
        variant("kind", Kind::Words(KILL_KINDS), r#""pubsub""#, "Those of one kind."),
        variant("all", Kind::Bare, r#""all""#, "All but the operator's own."),
    ],
};

const KILL_KINDS: Words = &[
    ("normal", "all but replicas and subscribers"),
    ("pubsub", "subscribed to a channel"),
    ("blocked", "in a blocking command"),
    ("replica", "replicas, which dial again after a second"),
    ("monitor", "those that watch every command"),
];

static ATTACH_REPLICAS: Type = Type::new(
    "attach_replicas",
    "Replicas that attach to a server. At the limit they are refused like anyone, and try again \
     every second.",
    &[
        required("server", Kind::Reference("a server"), r#""redis""#, "The server."),
        key("count", Kind::Count(1, 100), "1", "1", "How many."),
        key(
            "sync",
            Kind::Span(Span::ZERO, DAY),
            r#""1s""#,
            r#""30s""#,
            "How long the synchronisation of each takes, with `sync_slots` slots.",
        ),
    ],
);
