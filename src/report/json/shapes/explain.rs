//! Explanations.

use super::run::UNITS;
use super::{Kind, Shape, keys};

const CLASSES: &[&str] = &[
    "leak",
    "retry_storm",
    "pool_misconfiguration",
    "internal_connections",
    "limit_too_low",
    "none_of_the_five",
];

pub(super) static EXPLAIN: Shape = Shape {
    name: "explain",
    doc: "Why something failed ([how to](explain.md)). Instants are seconds since the start of the run.",
    keys: keys! {
        "version": Kind::Text, "The version of Highwater.";
        "scenario": Kind::Text, "The name of the scenario.";
        "seed": Kind::Text, "The seed.";
        "run": Kind::Number("from 0"), "Which run is explained.";
        "digest": Kind::Text, "Of that run: the same as without an explanation.";
        "headline": Kind::Text, "The answer in a sentence.";
        "failed": Kind::Flag, "Whether any request failed.";
        "chain": Kind::Many(&Kind::One(&LINK)), null "nothing failed", "From the failure back to its cause.";
        "request": Kind::One(&REQUEST), null "none was looked at", "The autopsy of a request.";
        "connection": Kind::One(&CONNECTION), null "none was looked at", "The life of a connection.";
        "class": Kind::One(&CLASS), null "nothing failed", "Which of five causes of exhaustion it is.";
        "until_s": Kind::Number("s"), null "nothing failed", "When the failure came.";
        "signals": Kind::Many(&Kind::One(&SIGNAL)), null "nothing failed", "What could have been seen before.";
        "nearest": Kind::One(&NEAREST), null "nothing failed", "What was nearest to its limit.";
        "stopped": Kind::Text, only "the run did not reach its end", "Why.";
    },
    rest: "",
};

static LINK: Shape = Shape {
    name: "link",
    doc: "A link of the chain: what stands after it is why.",
    keys: keys! {
        "kind": Kind::Text, "What it is about: `failure`, `attempts`, `attempt`, `refusal`, `slots`, `pool`, `ports`, `leak`, `source`, `load`, `trigger` and others.";
        "at_s": Kind::Number("s"), null "not one instant", "When.";
        "text": Kind::Text, "In a sentence.";
        "wall_clock": Kind::Text, only "the scenario has a `start`", "When, in UTC.";
    },
    rest: "The figures in the sentence by their names, such as `limit` or `took_s`: numbers, in base units.",
};

static REQUEST: Shape = Shape {
    name: "request",
    doc: "The autopsy of a request.",
    keys: keys! {
        "fleet": Kind::Text, "Whose it is.";
        "number": Kind::Number("from 1"), null "it was never let in", "Its number in the fleet.";
        "instance": Kind::Number("from 0"), null "none took it", "Which instance served it.";
        "began_s": Kind::Number("s"), "When it arrived.";
        "ended_s": Kind::Number("s"), null "not before the end", "When it was over.";
        "succeeded": Kind::Flag, null "not over", "Whether it succeeded.";
        "cause": Kind::Text, null "it did not fail", "[Why it failed](metrics.md#causes).";
        "attempts": Kind::Many(&Kind::One(&ATTEMPT)), "Its attempts.";
    },
    rest: "",
};

static ATTEMPT: Shape = Shape {
    name: "attempt",
    doc: "An attempt, or several that went alike.",
    keys: keys! {
        "first": Kind::Number("from 1"), "The first of them.";
        "last": Kind::Number("from 1"), "The last of them.";
        "server": Kind::Text, "Which server was called.";
        "connections": Kind::Text, "Through which connections.";
        "began_s": Kind::Number("s"), "When.";
        "ended_s": Kind::Number("s"), "When it was over.";
        "met": Kind::Text, null "nothing", "Which [cause of failure](metrics.md#causes) it met.";
        "text": Kind::Text, "In words.";
        "slots": Kind::One(&SLOTS), null "not looked at", "Who held the slots of the server.";
        "moments": Kind::Many(&Kind::One(&MOMENT)), "What happened to it.";
    },
    rest: "",
};

static SLOTS: Shape = Shape {
    name: "slots",
    doc: "Who held the slots of a server.",
    keys: keys! {
        "taken": Kind::Number("slots"), "Taken.";
        "limit": Kind::Number("slots"), "There are.";
        "leaked": Kind::Number("slots"), "Taken by leaks.";
        "idle_60s": Kind::Number("slots"), "Idle for a minute and more.";
    },
    rest: "",
};

static MOMENT: Shape = Shape {
    name: "moment of an attempt",
    doc: "Something that happened to an attempt.",
    keys: keys! {
        "at_s": Kind::Number("s"), "When.";
        "text": Kind::Text, "What.";
    },
    rest: "",
};

static CONNECTION: Shape = Shape {
    name: "connection",
    doc: "The life of a connection, at both ends.",
    keys: keys! {
        "number": Kind::Number("from 1"), "Its number in the run.";
        "owner": Kind::Text, "Whose it is: a fleet, a proxy, an exporter.";
        "connections": Kind::Text, null "not a fleet's", "Which of its connections.";
        "instance": Kind::Number("from 0"), null "not an instance's", "Which instance opened it.";
        "server": Kind::Text, "To which server.";
        "dialled_s": Kind::Number("s"), "When the client began.";
        "accepted_s": Kind::Number("s"), null "never", "When the server took it.";
        "admitted": Kind::Number("from 1"), null "never", "As which it was let in.";
        "leaked_s": Kind::Number("s"), null "never", "When it was leaked.";
        "uses": Kind::Number("calls"), "It carried.";
        "is_over": Kind::Flag, "Whether it is closed at both ends.";
        "left_out": Kind::Number("moments"), "More than are told.";
        "moments": Kind::Many(&Kind::One(&LIFE_MOMENT)), "What happened to it.";
        "at_failure": Kind::One(&LIFE_MOMENT), null "it was not open, or nothing failed", "How it stood at the failure.";
    },
    rest: "",
};

static LIFE_MOMENT: Shape = Shape {
    name: "moment of a connection",
    doc: "How a connection stands at an instant.",
    keys: keys! {
        "at_s": Kind::Number("s"), "When.";
        "client": Kind::Text, "The state of the client's socket.";
        "server": Kind::Text, "How the server sees it.";
        "remark": Kind::Text, "What has happened.";
        "idle_s": Kind::Number("s"), null "not idle", "How long it has been idle for the server.";
    },
    rest: "",
};

static CLASS: Shape = Shape {
    name: "class",
    doc: "Which of five causes of exhaustion a failure has.",
    keys: keys! {
        "name": Kind::Word(CLASSES), "The class.";
        "of": Kind::Text, null "nothing ran out", "What ran out.";
        "sure": Kind::Number("ratio"), null "none of the five", "The share of its signs that are seen.";
        "instead": Kind::Text, null "one of the five", "What it looks like then.";
        "findings": Kind::Many(&Kind::One(&FINDING)), "Each of the five.";
    },
    rest: "",
};

static FINDING: Shape = Shape {
    name: "finding",
    doc: "One of the five causes, with its signs.",
    keys: keys! {
        "class": Kind::Word(CLASSES), "Which.";
        "possible": Kind::Flag, "Whether nothing rules it out.";
        "share": Kind::Number("ratio"), "Of its signs that are seen.";
        "signs": Kind::Many(&Kind::One(&SIGN)), "The signs.";
    },
    rest: "",
};

static SIGN: Shape = Shape {
    name: "sign",
    doc: "A sign of a cause.",
    keys: keys! {
        "name": Kind::Text, "Its name.";
        "text": Kind::Text, "What was seen.";
        "holds": Kind::Flag, "Whether it speaks for the cause.";
    },
    rest: "",
};

static SIGNAL: Shape = Shape {
    name: "signal",
    doc: "Something that could have been watched.",
    keys: keys! {
        "part": Kind::Text, "Where: `servers.redis`.";
        "name": Kind::Text, "What.";
        "says": Kind::Text, "In words.";
        "threshold": Kind::Number("in base units"), "From which value on.";
        "unit": Kind::Word(UNITS), "The base unit.";
        "at_s": Kind::Number("s"), null "never", "When it was first seen.";
        "value": Kind::Number("in base units"), null "never", "Its value then.";
        "lead_s": Kind::Number("s"), null "not before the failure", "How long before the failure.";
    },
    rest: "",
};

static NEAREST: Shape = Shape {
    name: "nearest",
    doc: "What was nearest to its limit.",
    keys: keys! {
        "what": Kind::Text, "What.";
        "share": Kind::Number("ratio"), "Of the limit.";
    },
    rest: "",
};
