//! What a request does, in order.

use super::load::DIST;
use super::servers::LONGEST_WAIT;
use super::{Choice, DAY, Kind, MS, Type, US, key, optional, required, variant};

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
        variant(
            "one_of",
            Kind::List(&Kind::Object(&BRANCH), 1, 32),
            r#"[{"share": "10%", "steps": [{"call": {"server": "redis", "through": "main"}}]}]"#,
            "The steps of one branch; chance decides when the request arrives.",
        ),
    ],
};

static BRANCH: Type = Type::new(
    "branch",
    "What a share of the requests does.",
    &[
        required(
            "share",
            Kind::Share,
            r#""10%""#,
            "Of the requests that come here; the rest of all branches does none of them.",
        ),
        required(
            "steps",
            Kind::List(&Kind::Choice(&STEP), 0, 32),
            r#"[{"call": {"server": "redis", "through": "main"}}]"#,
            "What they do, in order.",
        ),
    ],
);

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
        optional(
            "hot_node",
            Kind::Share,
            "every node has the same share",
            r#""50%""#,
            "Of the calls, those about keys of the first node; the other nodes share the rest.",
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
            "holding",
            Kind::List(&Kind::Choice(&STEP), 0, 32),
            "[]",
            r#"[{"call": {"server": "redis", "through": "main"}}]"#,
            "Steps done after the hold while the connection is still held, among them calls that need \
             another one.",
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
            Kind::Choice(&DIST),
            "the server's `cost.command`",
            r#"{"constant": "717us"}"#,
            "CPU time of the server for each command of this call; all commands of an attempt cost the \
             same.",
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
        key(
            "errors",
            Kind::Share,
            "0",
            r#""5%""#,
            "The probability that the server, having done the work, answers an attempt with an error.",
        ),
        optional(
            "bulkhead",
            Kind::Reference("one of the fleet's bulkheads"),
            "no bulkhead",
            r#""search""#,
            "What limits how many of these calls are out at once.",
        ),
        optional(
            "transaction",
            Kind::Object(&TRANSACTION),
            "the call is no transaction",
            r#"{"keys": 1}"#,
            "The commands are WATCH and GET, and after their reply MULTI, a change and EXEC: the \
             attempt fails by `conflict` when the key has been changed meanwhile.",
        ),
    ],
);

static TRANSACTION: Type = Type::new(
    "transaction",
    "An optimistic transaction.",
    &[key(
        "keys",
        Kind::Count(1, 1_000_000),
        "1",
        "100",
        "It is about one of so many keys of the server, each as likely as another.",
    )],
);
