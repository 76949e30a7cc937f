//! What claims say of recorded series.

use super::claims::{FROM, SERIES, TO};
use super::{Kind, Type, Words, key, required};

const DISTANCES: Words = &[
    ("rms", "the root of the mean square of the differences"),
    ("mean_abs", "the mean of the differences without their signs"),
    ("max", "the largest difference"),
];

pub(super) static RECORDED: Type = Type::new(
    "recorded",
    "The distance of a series from a recording of it, over the recorded instants: the last row of the \
     series not later than each, less what was recorded. `expect` is 0 unless it is written, and \
     `within` in per cent is of the difference between the least and the greatest recorded value.",
    &[
        SERIES,
        required(
            "recorded",
            Kind::Text(1, 1000),
            r#""redis.csv""#,
            "The file of comma-separated values, beside the one that names it; at most 1,000,000 rows.",
        ),
        required(
            "column",
            Kind::Text(1, 100),
            r#""connected_clients""#,
            "The column of the values, in the unit of the series (seconds, bytes, a share); a row \
             without one is passed over.",
        ),
        key(
            "time",
            Kind::Text(1, 100),
            r#""time_s""#,
            r#""t""#,
            "The column of the instants: seconds of simulated time, times with their unit, or instants \
             of the wall clock, counted from `about.start`; in order.",
        ),
        key(
            "shift",
            Kind::Measured,
            r#""0s""#,
            r#""-3s""#,
            "What was recorded at an instant is compared so much later, or earlier with a minus sign.",
        ),
        FROM,
        TO,
        key("distance", Kind::Words(DISTANCES), r#""rms""#, r#""max""#, "How it is measured."),
    ],
);
