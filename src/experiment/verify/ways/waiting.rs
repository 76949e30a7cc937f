//! Waiting in a pool: open and closed loops, patience, sizes.

use super::{IN_FLIGHT, LEASED, SOJOURN, WAIT, WAITED};
use crate::experiment::verify::way::{Figure, Rule, Seen, Way, figure, known, play};

const P50: Seen = Seen::Figure("fleets.app.pools.main.checkout_wait_s_p50");
const P99: Seen = Seen::Figure("fleets.app.pools.main.checkout_wait_s_p99");
const SOJOURN_P50: Seen = Seen::Figure("fleets.app.latency_s_p50");
const SOJOURN_P99: Seen = Seen::Figure("fleets.app.latency_s_p99");
const WAITING: Seen = Seen::Figure("fleets.app.pools.main.waiting_mean");

/// The same of lines whose waits vary so much that a hundredth would take too long.
const LONG_LINE: &[Figure] =
    &[known("p_wait", WAITED), known("Wq", WAIT).to(0.02), known("W", SOJOURN).to(0.02)];
/// What every line has.
const LINE: &[Figure] = &[known("p_wait", WAITED), known("Wq", WAIT), known("W", SOJOURN)];

pub(super) const WAYS: &[Way] = &[
    Way {
        case: "A01",
        plays: &[play(
            "A01",
            &[
                known("p_wait", WAITED),
                known("Wq", WAIT),
                known("W", SOJOURN),
                known("wait_p50", P50),
                known("wait_p99", P99),
                known("sojourn_p50", SOJOURN_P50),
                known("sojourn_p99", SOJOURN_P99),
            ],
        )],
    },
    Way {
        case: "A02",
        plays: &[play(
            "A02",
            &[
                known("p_wait", WAITED),
                known("Wq", WAIT),
                known("W", SOJOURN),
                known("wait_p95", Seen::Claim("wait_p95")),
                known("wait_p99", P99).to(0.02),
                known("sojourn_p50", SOJOURN_P50),
                known("sojourn_p99", SOJOURN_P99),
            ],
        )],
    },
    Way {
        case: "A04",
        plays: &[play(
            "A04",
            &[
                known("p_wait", WAITED),
                known("Wq", WAIT).to(0.05),
                known("wait_s at p_wait_le_15s", Seen::Claim("p_wait_le_15s")).is(15.0).to(0.05),
            ],
        )],
    },
    Way {
        case: "A05",
        plays: &[play(
            "A05",
            &[
                known("p_block", Seen::Claim("p_block")),
                known("L", IN_FLIGHT),
                known("Lq", WAITING).to(0.02),
                known("Wq_accepted", WAIT),
                known("W_accepted", SOJOURN),
                known("util", Seen::Linear(&LEASED, 1.0 / 8.0, 0.0)),
                known("p_wait_accepted", WAITED),
            ],
        )],
    },
    Way { case: "A07", plays: &[play("A07", LINE)] },
    Way { case: "A08", plays: &[play("A08", LINE)] },
    Way { case: "A09", plays: &[play("A09", LINE)] },
    Way { case: "A10", plays: &[play("A10", LONG_LINE)] },
    Way { case: "A12", plays: &[play("A12", LINE)] },
    Way { case: "A14", plays: &[play("A14", LINE)] },
    Way { case: "A15", plays: &[play("A15", LONG_LINE)] },
];

const GIVE_UP: Figure = known("p_abandon", Seen::Claim("p_abandon"));

pub(super) const IMPATIENT: &[Way] = &[
    Way {
        case: "C03",
        plays: &[play("C03", &[GIVE_UP, known("Wq_served", WAIT), known("Lq", WAITING)])],
    },
    Way {
        case: "C04",
        plays: &[play("C04", &[GIVE_UP.to(0.03), known("Wq_served", WAIT), known("Lq", WAITING)])],
    },
];

pub(super) const CLOSED: &[Way] = &[
    Way {
        case: "F01",
        plays: &[play(
            "F01",
            &[
                known("R", SOJOURN),
                known("Wq", WAIT),
                known("p_wait", WAITED),
                known("mean_in_system", IN_FLIGHT),
                known("util", LEASED),
            ],
        )],
    },
    Way {
        case: "F03",
        plays: &[
            play("F03-open", &[known("open_mean_latency_s", SOJOURN)]),
            play("F03-1", &[known("closed_1_mean_latency_s", SOJOURN)]),
            play("F03-10", &[known("closed_10_mean_latency_s", SOJOURN)]),
        ],
    },
    Way { case: "G03", plays: &[play("G03", &[known("W", SOJOURN), known("Wq", WAIT)])] },
    Way {
        case: "G07",
        plays: &[
            play(
                "G07-shared",
                &[known("shared_Wq", WAIT).to(0.02), known("shared_wait_p99", P99).to(0.03)],
            ),
            play("G07-parts", &[known("partitioned_Wq", WAIT), known("partitioned_wait_p99", P99)]),
        ],
    },
];

/// The wait that all but this share of the requests have at most: the case's goal itself.
const fn goal(pointer: &'static str, wait_s: f64) -> Figure {
    known(pointer, Seen::Claim("goal")).is(wait_s)
}

pub(super) const SIZES: &[Way] = &[
    Way {
        case: "J01",
        plays: &[
            play("J01-answer", &[goal("wait_s at prob_at_answer", 0.005).to(0.06)]),
            play("J01-one_less", &[goal("wait_s at prob_one_less", 0.005).to(0.06)]),
        ],
    },
    Way {
        case: "J02",
        plays: &[
            play("J02-answer", &[goal("wait_s at prob_at_answer", 0.01).to(0.04)]),
            play("J02-one_less", &[goal("wait_s at prob_one_less", 0.01).to(0.04)]),
        ],
    },
    Way {
        case: "J08",
        plays: &[play("J08", &[figure("exact_p_wait", WAITED, Rule::Known(0.02))])],
    },
    Way {
        case: "J09",
        plays: &[play("J09", &[figure("exact_p_wait", WAITED, Rule::Known(0.03))])],
    },
];
