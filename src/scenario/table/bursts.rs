//! Load: bursts, and what is read from files of comma-separated values.

use super::load::{DIST, PROFILE, RATE};
use super::{Choice, Kind, Type, Words, key, required, variant};

pub(super) static BURSTS: Type = Type::new(
    "bursts",
    "Requests that come in batches.",
    &[
        required(
            "batches",
            Kind::Choice(&PROFILE),
            r#"{"rate": "2/s"}"#,
            "How many batches come, by chance.",
        ),
        required(
            "size",
            Kind::Choice(&SIZES),
            r#"{"fixed": 5}"#,
            "How many requests each brings, all at one instant.",
        ),
    ],
);

pub(crate) static SIZES: Choice = Choice {
    name: "sizes",
    doc: "How many come at once.",
    variants: &[
        variant("fixed", Kind::Count(1, 1_000_000), "5", "Always so many."),
        variant(
            "geometric",
            Kind::Object(&GEOMETRIC),
            r#"{"mean": 5}"#,
            "One or more: each is followed by another with the same probability.",
        ),
        variant(
            "table",
            Kind::List(&Kind::Object(&SIZE), 1, 10_000),
            r#"[{"size": 1, "weight": 0.9}, {"size": 50, "weight": 0.1}]"#,
            "Numbers with weights.",
        ),
    ],
};

static GEOMETRIC: Type = Type::new(
    "geometric",
    "A geometric number, from 1 on.",
    &[required("mean", Kind::Number(1.0, 1e6), "5", "The mean.")],
);

static SIZE: Type = Type::new(
    "size",
    "A number and how often it comes.",
    &[
        required("size", Kind::Count(1, 1_000_000), "1", "The number."),
        required(
            "weight",
            Kind::Number(0.0, 1e9),
            "0.9",
            "Its weight against the other ones; not all of them zero.",
        ),
    ],
);

const SPACINGS: Words = &[
    ("chance", "by chance"),
    ("even", "evenly spaced, the first at the begin of the first time with arrivals"),
];

pub(super) static ON_OFF: Type = Type::new(
    "on_off",
    "Times with arrivals in turn with times without; the run begins with arrivals.",
    &[
        required("rate", RATE, r#""500/s""#, "The rate while there are arrivals."),
        key(
            "spacing",
            Kind::Words(SPACINGS),
            r#""chance""#,
            r#""even""#,
            "How they are spread over the times that have any, taken together.",
        ),
        required(
            "on",
            Kind::Choice(&DIST),
            r#"{"exponential": {"mean": "10s"}}"#,
            "How long a time with arrivals lasts; not always zero.",
        ),
        required(
            "off",
            Kind::Choice(&DIST),
            r#"{"exponential": {"mean": "50s"}}"#,
            "How long a time without lasts.",
        ),
    ],
);

pub(super) static RATES_FILE: Type = Type::new(
    "rates_file",
    "A file of comma-separated values with a row of names at its top: instants, and a rate at each.",
    &[
        required(
            "file",
            Kind::Text(1, 1000),
            r#""rate.csv""#,
            "The file, beside the one that names it.",
        ),
        required(
            "time",
            Kind::Text(1, 100),
            r#""time""#,
            "The column of the instants: seconds, or with a unit; they count from the first row.",
        ),
        required(
            "rate",
            Kind::Text(1, 100),
            r#""rate""#,
            "The column of the rates: per second, or with a unit.",
        ),
    ],
);

pub(super) static INSTANTS_FILE: Type = Type::new(
    "instants_file",
    "A file of comma-separated values with a row of names at its top: one row for each instant.",
    &[
        required(
            "file",
            Kind::Text(1, 1000),
            r#""requests.csv""#,
            "The file, beside the one that names it.",
        ),
        required(
            "time",
            Kind::Text(1, 100),
            r#""time""#,
            "The column of the instants: seconds, or with a unit; they count from the first row.",
        ),
    ],
);
