//! Rejection at a limit: slots and ephemeral ports.

use super::CONNECTED;
use crate::experiment::verify::way::{Figure, Seen, Way, exact, known, play};

const BLOCKED: Seen = Seen::Claim("p_block");
const LOSS: &[Figure] = &[known("p_block", BLOCKED), known("mean_busy", CONNECTED)];

/// In B04 nearly all that varies is the number of arrivals, whose rate is known: what gets through in
/// three minutes says more than what is refused.
const THROUGH: Seen = Seen::Linear(
    &Seen::Less(&Seen::Claim("by_18min"), &Seen::Claim("by_15min")),
    -1.0 / 86_400.0,
    1.0,
);
const FIRST: Figure = exact("first_exhaustion_s_deterministic", Seen::Claim("first_exhaustion"));

pub(super) const WAYS: &[Way] = &[
    Way { case: "B01", plays: &[play("B01", LOSS)] },
    Way {
        case: "B02",
        plays: &[
            play("B02-exp", LOSS).with("exponential holds", &[]),
            play("B02-constant", LOSS).with("constant holds", &[]),
            play("B02-lognormal", LOSS).with("log-normal holds", &[]),
        ],
    },
    Way {
        case: "B04",
        plays: &[play("B04", &[known("p_block", THROUGH)]), play("B04-even", &[FIRST]).runs(1)],
    },
    Way {
        case: "B05",
        plays: &[play("B05", &[known("p_block", BLOCKED)]), play("B05-even", &[FIRST]).runs(1)],
    },
    Way {
        case: "B06",
        plays: &[play("B06", &[known("call_congestion", BLOCKED), known("mean_busy", CONNECTED)])],
    },
    Way {
        case: "B09",
        plays: &[play("B09", &[known("p_block_request", BLOCKED), known("mean_busy", CONNECTED)])],
    },
];
