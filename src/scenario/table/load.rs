//! Load: lengths of time and arrivals.

use super::bursts::{BURSTS, INSTANTS_FILE, ON_OFF, RATES_FILE};
use super::{Choice, DAY, Kind, MINUTE, MONTH, NS, Type, Words, key, optional, required, variant};
use crate::units::Span;

const LENGTH: Kind = Kind::Span(Span::ZERO, DAY);
const POSITIVE: Kind = Kind::Span(NS, DAY);
pub(super) const FASTEST: f64 = 1e7;
pub(super) const RATE: Kind = Kind::Rate(0.0, FASTEST);

pub(crate) static DIST: Choice = Choice {
    name: "distribution",
    doc: "A length of time, possibly by chance. Draws are rounded to whole nanoseconds.",
    variants: &[
        variant("constant", LENGTH, r#""1ms""#, "Always the same."),
        variant(
            "uniform",
            Kind::Object(&UNIFORM),
            r#"{"min": "1ms", "max": "3ms"}"#,
            "Evenly between two bounds.",
        ),
        variant("exponential", Kind::Object(&EXPONENTIAL), r#"{"mean": "1ms"}"#, "Exponential."),
        variant(
            "lognormal",
            Kind::Object(&LOGNORMAL),
            r#"{"mean": "1ms", "cv2": 2.0}"#,
            "Log-normal.",
        ),
        variant(
            "normal",
            Kind::Object(&NORMAL),
            r#"{"mean": "10ms", "sd": "2ms"}"#,
            "Normal; of a draw below zero the sign is dropped.",
        ),
        variant(
            "erlang",
            Kind::Object(&ERLANG),
            r#"{"mean": "1ms", "stages": 4}"#,
            "Erlang: the sum of several equal exponentials.",
        ),
        variant("weibull", Kind::Object(&WEIBULL), r#"{"scale": "1ms", "shape": 0.7}"#, "Weibull."),
        variant(
            "pareto",
            Kind::Object(&PARETO),
            r#"{"min": "1ms", "max": "10s", "shape": 1.5}"#,
            "Pareto, cut off at a longest value.",
        ),
        variant(
            "table",
            Kind::List(&Kind::Object(&WEIGHTED), 1, 10_000),
            r#"[{"value": "1ms", "weight": 0.99}, {"value": "1s", "weight": 0.01}]"#,
            "Values with weights.",
        ),
    ],
};

static UNIFORM: Type = Type::new(
    "uniform",
    "Evenly between two bounds.",
    &[
        required("min", LENGTH, r#""1ms""#, "The shortest."),
        required("max", LENGTH, r#""3ms""#, "The longest; not below the shortest."),
    ],
);

static EXPONENTIAL: Type = Type::new(
    "exponential",
    "Exponential.",
    &[required("mean", POSITIVE, r#""1ms""#, "The mean.")],
);

static LOGNORMAL: Type = Type::new(
    "lognormal",
    "Log-normal.",
    &[
        required("mean", POSITIVE, r#""1ms""#, "The mean."),
        required(
            "cv2",
            Kind::Number(0.0, 10_000.0),
            "2.0",
            "The squared coefficient of variation: variance over squared mean.",
        ),
    ],
);

static NORMAL: Type = Type::new(
    "normal",
    "Normal; of a draw below zero the sign is dropped.",
    &[
        required("mean", LENGTH, r#""10ms""#, "The mean."),
        required("sd", POSITIVE, r#""2ms""#, "The standard deviation."),
    ],
);

static ERLANG: Type = Type::new(
    "erlang",
    "The sum of several equal exponentials.",
    &[
        required("mean", POSITIVE, r#""1ms""#, "The mean of the sum."),
        required("stages", Kind::Count(1, 1000), "4", "How many exponentials."),
    ],
);

static WEIBULL: Type = Type::new(
    "weibull",
    "Weibull.",
    &[
        required("scale", POSITIVE, r#""1ms""#, "The scale."),
        required("shape", Kind::Number(0.1, 100.0), "0.7", "The shape; below 1 the tail is heavy."),
    ],
);

static PARETO: Type = Type::new(
    "pareto",
    "Pareto, cut off at a longest value.",
    &[
        required("min", POSITIVE, r#""1ms""#, "The shortest value."),
        required("max", POSITIVE, r#""10s""#, "The longest value; above the shortest."),
        required("shape", Kind::Number(0.01, 100.0), "1.5", "The tail index."),
    ],
);

static WEIGHTED: Type = Type::new(
    "weighted",
    "A value and how often it comes.",
    &[
        required("value", LENGTH, r#""1ms""#, "The value."),
        required(
            "weight",
            Kind::Number(0.0, 1e9),
            "0.99",
            "Its weight against the other ones; not all of them zero.",
        ),
    ],
);

static INSTANTS: Type = Type {
    one_of: &["at", "csv"],
    ..Type::new(
        "instants",
        "Requests at given instants.",
        &[
            optional(
                "at",
                Kind::List(&Kind::Span(Span::ZERO, MONTH), 1, 1_000_000),
                "they stand in a file",
                r#"["0s", "10s"]"#,
                "The instants, in order.",
            ),
            optional(
                "csv",
                Kind::Object(&INSTANTS_FILE),
                "they stand here",
                r#"{"file": "requests.csv", "time": "time"}"#,
                "The file that has them, in order.",
            ),
            key("each", Kind::Count(1, 1_000_000), "1", "5", "Requests at each."),
        ],
    )
};

pub(crate) static ARRIVALS: Choice = Choice {
    name: "arrivals",
    doc: "When requests arrive at a fleet.",
    variants: &[
        variant(
            "poisson",
            Kind::Choice(&PROFILE),
            r#"{"rate": "22000/s"}"#,
            "By chance, at a rate.",
        ),
        variant(
            "even",
            Kind::Choice(&PROFILE),
            r#"{"rate": "100/s"}"#,
            "Evenly spaced, the first at time zero.",
        ),
        variant(
            "instants",
            Kind::Object(&INSTANTS),
            r#"{"at": ["0s", "10s"], "each": 5}"#,
            "At the instants listed.",
        ),
        variant(
            "bursts",
            Kind::Object(&BURSTS),
            r#"{"batches": {"rate": "2/s"}, "size": {"fixed": 5}}"#,
            "In batches, which come by chance at a rate.",
        ),
        variant(
            "on_off",
            Kind::Object(&ON_OFF),
            r#"{"rate": "500/s", "on": {"constant": "10s"}, "off": {"exponential": {"mean": "50s"}}}"#,
            "At a rate for a while, and then not at all for a while.",
        ),
        variant(
            "users",
            Kind::Object(&USERS),
            r#"{"users": 2000, "think": {"exponential": {"mean": "1s"}}}"#,
            "From users, each of whom waits for the end of one request before the next.",
        ),
    ],
};

const STARTS: Words = &[
    ("thinking", "every user thinks first"),
    ("at_once", "all first requests come at the first instant"),
];

static USERS: Type = Type::new(
    "users",
    "A closed loop: a user thinks, sends a request, waits for its end, good or bad, and thinks again.",
    &[
        required("users", Kind::Count(0, 1_000_000), "2000", "How many there are."),
        required(
            "think",
            Kind::Choice(&DIST),
            r#"{"exponential": {"mean": "1s"}}"#,
            "How long a user thinks before a request.",
        ),
        key(
            "start",
            Kind::Words(STARTS),
            r#""thinking""#,
            r#""at_once""#,
            "What a user does first.",
        ),
        key(
            "leave",
            Kind::Share,
            "0",
            r#""20%""#,
            "The share of users who leave instead of thinking when they have given up: after a failed request that no reload follows.",
        ),
        optional(
            "return_after",
            Kind::Choice(&DIST),
            "they leave for good",
            r#"{"exponential": {"mean": "10min"}}"#,
            "How long users who have left stay away.",
        ),
    ],
);

pub(crate) static PROFILE: Choice = Choice {
    name: "profile",
    doc: "A rate over time.",
    variants: &[
        variant("rate", RATE, r#""22000/s""#, "Always the same."),
        variant(
            "steps",
            Kind::List(&Kind::Object(&RATE_AT), 1, 10_000),
            r#"[{"at": "0s", "rate": "8000/s"}, {"at": "10min", "rate": "22000/s"}]"#,
            "Each rate from its instant until the next; the first instant is zero.",
        ),
        variant(
            "points",
            Kind::List(&Kind::Object(&RATE_AT), 1, 10_000),
            r#"[{"at": "0s", "rate": "0/s"}, {"at": "10min", "rate": "22000/s"}]"#,
            "Straight lines between points; the first instant is zero, the last rate goes on.",
        ),
        variant(
            "csv",
            Kind::Object(&RATES_FILE),
            r#"{"file": "rate.csv", "time": "time", "rate": "rate"}"#,
            "Straight lines between points that stand in a file.",
        ),
        variant(
            "wave",
            Kind::Object(&WAVE),
            r#"{"mean": "300/s", "swing": "50%", "period": "1day"}"#,
            "A daily wave: mean x (1 + swing x sin(2 pi (t - shift) / period)).",
        ),
    ],
};

static RATE_AT: Type = Type::new(
    "rate_at",
    "A rate and its instant.",
    &[
        required(
            "at",
            Kind::Span(Span::ZERO, MONTH),
            r#""10min""#,
            "The instant; later each time.",
        ),
        required("rate", RATE, r#""22000/s""#, "The rate."),
    ],
);

static WAVE: Type = Type::new(
    "wave",
    "A rate that swings around a mean.",
    &[
        required("mean", RATE, r#""300/s""#, "The mean rate."),
        required("swing", Kind::Share, r#""50%""#, "The swing, as a share of the mean."),
        key("period", Kind::Span(MINUTE, MONTH), r#""1day""#, r#""1day""#, "The length of a wave."),
        key(
            "shift",
            Kind::Span(Span::ZERO, MONTH),
            r#""0s""#,
            r#""6h""#,
            "When the first rise begins.",
        ),
    ],
);
