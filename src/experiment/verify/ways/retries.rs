//! Retries, budgets, breakers, jitter.

use super::{ATTEMPTS, CONNECTED, IN_FLIGHT, REQUESTS, SUCCEEDED};
use crate::experiment::verify::way::{
    Figure, Over, Play, Rule, Seen, Way, exact, figure, known, play,
};

const PER_REQUEST: Seen = Seen::Per(&ATTEMPTS, &REQUESTS);
const SERVED: Seen = Seen::Per(&SUCCEEDED, &REQUESTS);
const FLAKY: &[Figure] = &[known("attempts_per_request", PER_REQUEST), known("success", SERVED)];

const ORBIT: Seen = Seen::Less(&IN_FLIGHT, &CONNECTED);
const AMPLIFIED: Seen = Seen::Claim("amplification");
const RETRIAL: &[Figure] = &[
    known("mean_orbit", ORBIT).to(0.03),
    known("amplification", AMPLIFIED).to(0.03),
    known("mean_busy", CONNECTED),
];

/// A bucket at this probability of failure. The first case hardly ever runs dry.
const fn bucket(set: &'static [(&'static str, &'static str)], figures: &'static [Figure]) -> Play {
    Play { scenario: "E13", label: "", set, runs: 20, figures }
}

/// Where the bucket is mostly empty every deposit is spent, and the attempts of a run differ from their
/// mean by what the bucket holds at its ends: no standard errors, but five tokens in 9,000 calls.
const FIVE_TOKENS: Rule = Rule::Absolute(5.0 / 9_000.0);

/// Calls come every 100 ms and a breaker is open for 950: nine calls are refused each time it opens,
/// and the tenth is its probe. In a cycle from closed to closed a probe fails p / (1 - p) times on
/// average, so with A attempts for every refusal the calls until it opens are (9 A - 1) / (1 - p).
const fn cycles(share_that_succeeds: f64, to: f64) -> [Figure; 1] {
    let seen = Seen::Linear(
        &Seen::Claim("attempts_per_refusal"),
        9.0 / share_that_succeeds,
        -1.0 / share_that_succeeds,
    );
    [known("mean_calls_until_open", seen).to(to)]
}
const HALF: &[Figure] = &cycles(0.5, 0.015);
const HALF_ROUGHLY: &[Figure] = &cycles(0.5, 0.03);
const SEVEN_TENTHS: &[Figure] = &cycles(0.7, 0.015);

const TOTAL: Seen = Seen::Claim("total");
const RETRY: [Seen; 8] = [
    Seen::Claim("retry_1"),
    Seen::Claim("retry_2"),
    Seen::Claim("retry_3"),
    Seen::Claim("retry_4"),
    Seen::Claim("retry_5"),
    Seen::Claim("retry_6"),
    Seen::Claim("retry_7"),
    Seen::Claim("retry_8"),
];

pub(super) const WAYS: &[Way] = &[
    Way { case: "E01", plays: &[play("E01", FLAKY)] },
    Way { case: "E02", plays: &[play("E02", FLAKY)] },
    Way { case: "E05", plays: &[play("E05", RETRIAL)] },
    Way { case: "E06", plays: &[play("E06", RETRIAL)] },
    Way { case: "E07", plays: &[play("E07", RETRIAL)] },
    Way {
        case: "E09",
        plays: &[play(
            "E09",
            &[
                known("mean_orbit", ORBIT).to(0.03),
                known("amplification", AMPLIFIED),
                known("mean_busy", CONNECTED),
                known("loss_fraction", Seen::Claim("loss_fraction")).to(0.03),
            ],
        )],
    },
    Way {
        case: "E13",
        plays: &[
            bucket(
                &[("fleets.app.steps.0.call.errors", "0.01")],
                &[known("p=0.01/attempts_per_request", Seen::Claim("attempts"))],
            ),
            bucket(
                &[("fleets.app.steps.0.call.errors", "0.05")],
                &[
                    known("p=0.05/attempts_per_request", Seen::Claim("attempts")),
                    known("p=0.05/success", Seen::Claim("success")),
                ],
            ),
            bucket(
                &[("fleets.app.steps.0.call.errors", "0.1")],
                &[
                    known("p=0.1/attempts_per_request", Seen::Claim("attempts")),
                    known("p=0.1/success", Seen::Claim("success")),
                ],
            ),
            bucket(
                &[("fleets.app.steps.0.call.errors", "0.2")],
                &[
                    figure("p=0.2/attempts_per_request", Seen::Claim("attempts"), FIVE_TOKENS),
                    known("p=0.2/success", Seen::Claim("success")),
                ],
            ),
            bucket(
                &[("fleets.app.steps.0.call.errors", "0.5")],
                &[
                    figure("p=0.5/attempts_per_request", Seen::Claim("attempts"), FIVE_TOKENS),
                    known("p=0.5/success", Seen::Claim("success")),
                ],
            ),
            bucket(
                &[("fleets.app.steps.0.call.errors", "0.9")],
                &[
                    figure("p=0.9/attempts_per_request", Seen::Claim("attempts"), FIVE_TOKENS),
                    known("p=0.9/success", Seen::Claim("success")),
                ],
            ),
        ],
    },
    Way {
        case: "E16",
        plays: &[play("E16", &[figure("max_amplification", AMPLIFIED, Rule::AtMost)]).runs(1)],
    },
    Way {
        case: "E17",
        plays: &[
            play("E17", &[exact("deposit_on_success/attempts", ATTEMPTS)]).runs(1),
            play("E17", &[exact("deposit_on_first_attempt/attempts", ATTEMPTS)])
                .with("", &[("fleets.app.retry.policy.budget.tokens.deposit_on", "first_attempt")])
                .runs(1),
        ],
    },
    Way { case: "E19", plays: &[play("E19", HALF)] },
    Way { case: "E20", plays: &[play("E20", SEVEN_TENTHS)] },
    Way { case: "E22", plays: &[play("E22", HALF_ROUGHLY)] },
    Way { case: "E23", plays: &[play("E23", SEVEN_TENTHS)] },
    Way {
        case: "E25",
        plays: &[
            play(
                "E25",
                &[
                    exact("no_jitter_total_s", TOTAL),
                    exact("no_jitter_delays_s/0", RETRY[0]),
                    exact("no_jitter_delays_s/1", Seen::Less(&RETRY[1], &RETRY[0])),
                    exact("no_jitter_delays_s/2", Seen::Less(&RETRY[2], &RETRY[1])),
                    exact("no_jitter_delays_s/3", Seen::Less(&RETRY[3], &RETRY[2])),
                    exact("no_jitter_delays_s/4", Seen::Less(&RETRY[4], &RETRY[3])),
                    exact("no_jitter_delays_s/5", Seen::Less(&RETRY[5], &RETRY[4])),
                    exact("no_jitter_delays_s/6", Seen::Less(&RETRY[6], &RETRY[5])),
                    exact("no_jitter_delays_s/7", Seen::Less(&RETRY[7], &RETRY[6])),
                ],
            )
            .runs(1),
            play(
                "E25",
                &[
                    known("full_jitter_mean_total_s", TOTAL).to(0.02),
                    known("full_jitter_var_total", TOTAL).over(Over::Variance).to(0.1),
                ],
            )
            .with("", &[("fleets.app.retry.exponential.jitter", "full")])
            .runs(400),
            play(
                "E25",
                &[
                    known("equal_jitter_mean_total_s", TOTAL),
                    known("equal_jitter_var_total", TOTAL).over(Over::Variance).to(0.1),
                ],
            )
            .with("", &[("fleets.app.retry.exponential.jitter", "equal")])
            .runs(400),
        ],
    },
];
