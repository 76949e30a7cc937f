//! Leaks under an idle timeout and without one, leaks beside traffic, and levels on their way.

use super::CONNECTED;
use crate::experiment::verify::way::{Figure, Over, Seen, Way, known, play};

const LEAKED: Seen = Seen::Figure("servers.redis.slots_leaked_mean");
/// Seen at the row after it, and rows are two seconds apart: half of that too late on average.
const EXHAUSTED: Seen = Seen::Linear(&Seen::Claim("all_leaked"), 1.0, -1.0);
const FULL: Seen = Seen::Claim("full");
const FILLS: &[Figure] = &[known("mean_s", FULL), known("sd_s", FULL).over(Over::Sd).to(0.06)];
const STEP: &[Figure] = &[
    known("mean_in_use_at_s/0.02", Seen::Claim("at_20ms")),
    known("mean_in_use_at_s/0.05", Seen::Claim("at_50ms")),
    known("mean_in_use_at_s/0.1", Seen::Claim("at_100ms")),
];

pub(super) const WAYS: &[Way] = &[
    Way {
        case: "D01",
        plays: &[play(
            "D01",
            &[
                known("mean", LEAKED),
                known("fraction_of_maxclients", Seen::Linear(&LEAKED, 1e-4, 0.0)),
            ],
        )],
    },
    Way {
        case: "D02",
        plays: &[play(
            "D02",
            &[
                known("mean_at_s/60", Seen::Claim("at_60s")),
                known("mean_at_s/150", Seen::Claim("at_150s")),
                known("mean_at_s/300", Seen::Claim("at_300s")),
                known("mean_at_s/900", Seen::Claim("at_900s")),
                known("sd_at_s/60", Seen::Claim("at_60s")).over(Over::Sd).to(0.06),
                known("sd_at_s/150", Seen::Claim("at_150s")).over(Over::Sd).to(0.06),
                known("sd_at_s/300", Seen::Claim("at_300s")).over(Over::Sd).to(0.06),
            ],
        )
        .runs(200)],
    },
    Way { case: "D03", plays: &[play("D03", FILLS).runs(200)] },
    Way { case: "D04", plays: &[play("D04", FILLS).runs(200)] },
    Way {
        case: "D06",
        plays: &[play(
            "D06",
            &[
                known("mean_leaked", LEAKED),
                known("mean_connected", CONNECTED),
                known("p_reject", Seen::Claim("p_reject")).to(0.06),
            ],
        )],
    },
    Way {
        case: "D07",
        plays: &[play(
            "D07",
            &[
                known("mean_leaked", LEAKED),
                known("mean_connected", CONNECTED),
                known("p_reject", Seen::Claim("p_reject")).to(0.02),
            ],
        )],
    },
    Way {
        case: "D09",
        plays: &[play("D09", &[known("mean_leaked", LEAKED), known("mean_connected", CONNECTED)])],
    },
    Way {
        case: "D10",
        plays: &[play(
            "D10",
            &[
                known("mean_time_to_all_leaked_s", EXHAUSTED).to(0.02),
                known("sd_time_s", EXHAUSTED).over(Over::Sd).to(0.06),
            ],
        )
        .runs(400)],
    },
    Way { case: "D13", plays: &[play("D13", STEP).runs(60)] },
    Way { case: "D14", plays: &[play("D14", STEP).runs(60)] },
    Way {
        case: "D15",
        plays: &[play(
            "D15",
            &[
                known("mean_busy_at_s/0.5", Seen::Claim("at_0_5s")).to(0.02),
                known("mean_busy_at_s/1", Seen::Claim("at_1s")).to(0.02),
                known("mean_busy_at_s/2", Seen::Claim("at_2s")).to(0.02),
                known("mean_busy_at_s/5", Seen::Claim("at_5s")).to(0.02),
            ],
        )
        .runs(500)],
    },
];
