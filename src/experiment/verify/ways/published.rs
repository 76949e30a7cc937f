//! Published outcomes: figures that others measured or computed, with their own tolerances.

use super::{ATTEMPTS, LEASED, REQUESTS};
use crate::experiment::verify::way::{Figure, Play, Rule, Seen, Way, exact, figure, play};

const SERVED: Seen = Seen::Claim("served");
/// Reloads are requests too: what each visitor asked for first is the rest.
const FIRST_ONES: Seen = Seen::Linear(&Seen::Claim("reloads"), -1.0, 1.0);
const GOODPUT: Seen = Seen::Per(&SERVED, &FIRST_ONES);
const ASKED: Seen = Seen::Per(&Seen::Number(1.0), &FIRST_ONES);
const LATE: Seen = Seen::Linear(
    &Seen::Less(&Seen::Claim("attempts_230s"), &Seen::Claim("attempts_130s")),
    0.01,
    0.0,
);
const STUCK: Seen = Seen::Below(&SERVED, 0.5);

type Set = &'static [(&'static str, &'static str)];

const fn at_load(figures: &'static [Figure], set: Set) -> Play {
    Play { scenario: "L01-loads", label: "", set, runs: 10, figures }
}

const fn calls(figures: &'static [Figure], set: Set) -> Play {
    Play { scenario: "L05", label: "", set, runs: 1, figures }
}

pub(super) const WAYS: &[Way] = &[
    Way {
        case: "L01",
        plays: &[
            play(
                "L01",
                &[
                    figure(
                        "goodput_before_per_s",
                        Seen::Linear(&Seen::Claim("served_before"), 0.05, 0.0),
                        Rule::Relative(0.02),
                    ),
                    exact("goodput_after_per_s", Seen::Claim("served_after")),
                    figure("attempts_after_per_s", LATE, Rule::Relative(0.02)),
                    // What comes, less what one server can do.
                    figure(
                        "queue_growth_after_per_s",
                        Seen::Linear(&LATE, 1.0, -300.0),
                        Rule::Relative(0.02),
                    ),
                ],
            ),
            at_load(
                &[exact("stuck_fraction_at_load/L130", STUCK)],
                &[("fleets.app.arrivals.poisson.rate", "130/s")],
            ),
            at_load(
                &[exact("stuck_fraction_at_load/L140", STUCK)],
                &[("fleets.app.arrivals.poisson.rate", "140/s")],
            ),
            at_load(
                &[exact("stuck_fraction_at_load/L145", STUCK)],
                &[("fleets.app.arrivals.poisson.rate", "145/s")],
            ),
            at_load(
                &[exact("stuck_fraction_at_load/L155", STUCK)],
                &[("fleets.app.arrivals.poisson.rate", "155/s")],
            ),
            at_load(
                &[exact("stuck_fraction_at_load/L160", STUCK)],
                &[("fleets.app.arrivals.poisson.rate", "160/s")],
            ),
            at_load(
                &[exact("stuck_fraction_at_load/L180", STUCK)],
                &[("fleets.app.arrivals.poisson.rate", "180/s")],
            ),
        ],
    },
    Way {
        case: "L02",
        plays: &[
            play(
                "L02",
                &[figure(
                    "amplification_with_budget",
                    Seen::Claim("amplification"),
                    Rule::Relative(0.02),
                )],
            )
            .runs(1),
            play(
                "L02",
                &[figure(
                    "amplification_without_budget",
                    Seen::Claim("amplification"),
                    Rule::Relative(0.02),
                )],
            )
            .with("", &[("fleets.app.retry.policy.budget", "none")])
            .runs(1),
        ],
    },
];

/// Those after the case of the backoff simulator.
pub(super) const LATER: &[Way] = &[
    Way {
        case: "L05",
        plays: &[
            calls(
                &[
                    figure("p=0.01/none/success", Seen::Claim("success"), Rule::Absolute(0.01)),
                    figure(
                        "p=0.01/none/attempts",
                        Seen::Per(&ATTEMPTS, &REQUESTS),
                        Rule::Absolute(0.01),
                    ),
                ],
                &[("fleets.app.steps.0.call.errors", "0.01"), ("fleets.app.retry", r#""none""#)],
            ),
            calls(
                &[
                    figure("p=0.05/none/success", Seen::Claim("success"), Rule::Absolute(0.01)),
                    figure(
                        "p=0.05/none/attempts",
                        Seen::Per(&ATTEMPTS, &REQUESTS),
                        Rule::Absolute(0.01),
                    ),
                ],
                &[("fleets.app.steps.0.call.errors", "0.05"), ("fleets.app.retry", r#""none""#)],
            ),
            calls(
                &[
                    figure("p=0.2/none/success", Seen::Claim("success"), Rule::Absolute(0.01)),
                    figure(
                        "p=0.2/none/attempts",
                        Seen::Per(&ATTEMPTS, &REQUESTS),
                        Rule::Absolute(0.01),
                    ),
                ],
                &[("fleets.app.steps.0.call.errors", "0.2"), ("fleets.app.retry", r#""none""#)],
            ),
            calls(
                &[
                    figure("p=0.3/none/success", Seen::Claim("success"), Rule::Absolute(0.01)),
                    figure(
                        "p=0.3/none/attempts",
                        Seen::Per(&ATTEMPTS, &REQUESTS),
                        Rule::Absolute(0.01),
                    ),
                ],
                &[("fleets.app.steps.0.call.errors", "0.3"), ("fleets.app.retry", r#""none""#)],
            ),
            calls(
                &[
                    figure("p=0.5/none/success", Seen::Claim("success"), Rule::Absolute(0.01)),
                    figure(
                        "p=0.5/none/attempts",
                        Seen::Per(&ATTEMPTS, &REQUESTS),
                        Rule::Absolute(0.01),
                    ),
                ],
                &[("fleets.app.steps.0.call.errors", "0.5"), ("fleets.app.retry", r#""none""#)],
            ),
            calls(
                &[
                    figure("p=0.01/three/success", Seen::Claim("success"), Rule::Absolute(0.01)),
                    figure(
                        "p=0.01/three/attempts",
                        Seen::Per(&ATTEMPTS, &REQUESTS),
                        Rule::Absolute(0.01),
                    ),
                ],
                &[
                    ("fleets.app.steps.0.call.errors", "0.01"),
                    ("fleets.app.retry", r#"{"constant": {"attempts": 4, "delay": "0s"}}"#),
                ],
            ),
            calls(
                &[
                    figure("p=0.05/three/success", Seen::Claim("success"), Rule::Absolute(0.01)),
                    figure(
                        "p=0.05/three/attempts",
                        Seen::Per(&ATTEMPTS, &REQUESTS),
                        Rule::Absolute(0.01),
                    ),
                ],
                &[
                    ("fleets.app.steps.0.call.errors", "0.05"),
                    ("fleets.app.retry", r#"{"constant": {"attempts": 4, "delay": "0s"}}"#),
                ],
            ),
            calls(
                &[
                    figure("p=0.2/three/success", Seen::Claim("success"), Rule::Absolute(0.01)),
                    figure(
                        "p=0.2/three/attempts",
                        Seen::Per(&ATTEMPTS, &REQUESTS),
                        Rule::Absolute(0.01),
                    ),
                ],
                &[
                    ("fleets.app.steps.0.call.errors", "0.2"),
                    ("fleets.app.retry", r#"{"constant": {"attempts": 4, "delay": "0s"}}"#),
                ],
            ),
            calls(
                &[
                    figure("p=0.3/three/success", Seen::Claim("success"), Rule::Absolute(0.01)),
                    figure(
                        "p=0.3/three/attempts",
                        Seen::Per(&ATTEMPTS, &REQUESTS),
                        Rule::Absolute(0.01),
                    ),
                ],
                &[
                    ("fleets.app.steps.0.call.errors", "0.3"),
                    ("fleets.app.retry", r#"{"constant": {"attempts": 4, "delay": "0s"}}"#),
                ],
            ),
            calls(
                &[
                    figure("p=0.5/three/success", Seen::Claim("success"), Rule::Absolute(0.01)),
                    figure(
                        "p=0.5/three/attempts",
                        Seen::Per(&ATTEMPTS, &REQUESTS),
                        Rule::Absolute(0.01),
                    ),
                ],
                &[
                    ("fleets.app.steps.0.call.errors", "0.5"),
                    ("fleets.app.retry", r#"{"constant": {"attempts": 4, "delay": "0s"}}"#),
                ],
            ),
            calls(
                &[
                    figure("p=0.01/adaptive/success", Seen::Claim("success"), Rule::Absolute(0.01)),
                    figure(
                        "p=0.01/adaptive/attempts",
                        Seen::Per(&ATTEMPTS, &REQUESTS),
                        Rule::Absolute(0.01),
                    ),
                ],
                &[
                    ("fleets.app.steps.0.call.errors", "0.01"),
                    (
                        "fleets.app.retry",
                        r#"{"policy": {"attempts": "none", "budget": {"tokens": {"capacity": 5, "cost": 1, "deposit": 0.1, "deposit_on": "first_attempt"}}}}"#,
                    ),
                ],
            ),
            calls(
                &[
                    figure("p=0.05/adaptive/success", Seen::Claim("success"), Rule::Absolute(0.01)),
                    figure(
                        "p=0.05/adaptive/attempts",
                        Seen::Per(&ATTEMPTS, &REQUESTS),
                        Rule::Absolute(0.01),
                    ),
                ],
                &[
                    ("fleets.app.steps.0.call.errors", "0.05"),
                    (
                        "fleets.app.retry",
                        r#"{"policy": {"attempts": "none", "budget": {"tokens": {"capacity": 5, "cost": 1, "deposit": 0.1, "deposit_on": "first_attempt"}}}}"#,
                    ),
                ],
            ),
            calls(
                &[
                    figure("p=0.2/adaptive/success", Seen::Claim("success"), Rule::Absolute(0.01)),
                    figure(
                        "p=0.2/adaptive/attempts",
                        Seen::Per(&ATTEMPTS, &REQUESTS),
                        Rule::Absolute(0.01),
                    ),
                ],
                &[
                    ("fleets.app.steps.0.call.errors", "0.2"),
                    (
                        "fleets.app.retry",
                        r#"{"policy": {"attempts": "none", "budget": {"tokens": {"capacity": 5, "cost": 1, "deposit": 0.1, "deposit_on": "first_attempt"}}}}"#,
                    ),
                ],
            ),
            calls(
                &[
                    figure("p=0.3/adaptive/success", Seen::Claim("success"), Rule::Absolute(0.01)),
                    figure(
                        "p=0.3/adaptive/attempts",
                        Seen::Per(&ATTEMPTS, &REQUESTS),
                        Rule::Absolute(0.01),
                    ),
                ],
                &[
                    ("fleets.app.steps.0.call.errors", "0.3"),
                    (
                        "fleets.app.retry",
                        r#"{"policy": {"attempts": "none", "budget": {"tokens": {"capacity": 5, "cost": 1, "deposit": 0.1, "deposit_on": "first_attempt"}}}}"#,
                    ),
                ],
            ),
            calls(
                &[
                    figure("p=0.5/adaptive/success", Seen::Claim("success"), Rule::Absolute(0.01)),
                    figure(
                        "p=0.5/adaptive/attempts",
                        Seen::Per(&ATTEMPTS, &REQUESTS),
                        Rule::Absolute(0.01),
                    ),
                ],
                &[
                    ("fleets.app.steps.0.call.errors", "0.5"),
                    (
                        "fleets.app.retry",
                        r#"{"policy": {"attempts": "none", "budget": {"tokens": {"capacity": 5, "cost": 1, "deposit": 0.1, "deposit_on": "first_attempt"}}}}"#,
                    ),
                ],
            ),
            calls(
                &[
                    figure("p=0.01/breaker/success", Seen::Claim("success"), Rule::Absolute(0.01)),
                    figure(
                        "p=0.01/breaker/attempts",
                        Seen::Per(&ATTEMPTS, &REQUESTS),
                        Rule::Absolute(0.01),
                    ),
                ],
                &[("fleets.app.steps.0.call.errors", "0.01")],
            ),
            calls(
                &[
                    figure("p=0.05/breaker/success", Seen::Claim("success"), Rule::Absolute(0.01)),
                    figure(
                        "p=0.05/breaker/attempts",
                        Seen::Per(&ATTEMPTS, &REQUESTS),
                        Rule::Absolute(0.01),
                    ),
                ],
                &[("fleets.app.steps.0.call.errors", "0.05")],
            ),
            calls(
                &[
                    figure("p=0.2/breaker/success", Seen::Claim("success"), Rule::Absolute(0.01)),
                    figure(
                        "p=0.2/breaker/attempts",
                        Seen::Per(&ATTEMPTS, &REQUESTS),
                        Rule::Absolute(0.01),
                    ),
                ],
                &[("fleets.app.steps.0.call.errors", "0.2")],
            ),
            calls(
                &[
                    figure("p=0.3/breaker/success", Seen::Claim("success"), Rule::Absolute(0.01)),
                    figure(
                        "p=0.3/breaker/attempts",
                        Seen::Per(&ATTEMPTS, &REQUESTS),
                        Rule::Absolute(0.01),
                    ),
                ],
                &[("fleets.app.steps.0.call.errors", "0.3")],
            ),
            calls(
                &[
                    figure("p=0.5/breaker/success", Seen::Claim("success"), Rule::Absolute(0.01)),
                    figure(
                        "p=0.5/breaker/attempts",
                        Seen::Per(&ATTEMPTS, &REQUESTS),
                        Rule::Absolute(0.01),
                    ),
                ],
                &[("fleets.app.steps.0.call.errors", "0.5")],
            ),
        ],
    },
    Way {
        case: "L08",
        plays: &[play(
            "L08",
            &[
                figure("goodput_fraction", GOODPUT, Rule::Beside("goodput_se", 1.0)),
                figure("attempts_per_request", ASKED, Rule::Beside("attempts_se", 1.0)),
                figure("mean_in_system", IN_SYSTEM, Rule::Beside("mean_se", 1.0)),
            ],
        )],
    },
    Way {
        case: "L09",
        plays: &[play(
            "L09",
            &[
                figure("goodput_fraction", GOODPUT, Rule::Absolute(0.02)),
                figure("attempts_per_request", ASKED, Rule::Absolute(0.02)),
            ],
        )
        .runs(4)],
    },
];

/// Held, and waiting for it: requests in flight are also those whose callers have left.
const IN_SYSTEM: Seen =
    Seen::Linear(&Seen::Less(&LEASED, &Seen::Linear(&WAITING, -1.0, 0.0)), 1.0, 0.0);
const WAITING: Seen = Seen::Figure("fleets.app.pools.main.waiting_mean");
