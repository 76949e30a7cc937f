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

/// Retries, as the scenario says them; the breaker is in the file.
const CALLED_ONCE: &str = r#""none""#;
const THREE: &str = r#"{"constant": {"attempts": 4, "delay": "0s"}}"#;
const ADAPTIVE: &str = r#"{"policy": {"attempts": "none", "budget": {"tokens": {"capacity": 5, "cost": 1, "deposit": 0.1, "deposit_on": "first_attempt"}}}}"#;

/// Calls that fail with this probability, under this strategy.
macro_rules! calls {
    ($errors:literal, $strategy:literal $(, $setting:expr)?) => {
        Play {
            scenario: "L05",
            label: "",
            set: &[("fleets.app.steps.0.call.errors", $errors) $(, $setting)?],
            runs: 1,
            figures: &[
                figure(
                    concat!("p=", $errors, "/", $strategy, "/success"),
                    Seen::Claim("success"),
                    Rule::Absolute(0.01),
                ),
                figure(
                    concat!("p=", $errors, "/", $strategy, "/attempts"),
                    Seen::Per(&ATTEMPTS, &REQUESTS),
                    Rule::Absolute(0.01),
                ),
            ],
        }
    };
}

const LAST_MS: Seen = Seen::Linear(&Seen::Claim("last"), 1e3, -1e3);

/// The pauses of the backoff simulator of AWS, as the scenario says them. A first pause of twice the base is a base of twice that.
const EXPONENTIAL: &str = r#"{"exponential": {"attempts": "none", "base": "10ms", "factor": 2, "cap": "2s", "jitter": "none"}}"#;
const DECORRELATED: &str = r#"{"exponential": {"attempts": "none", "base": "5ms", "factor": 2, "cap": "2s", "jitter": "decorrelated"}}"#;
const EQUAL: &str = r#"{"exponential": {"attempts": "none", "base": "10ms", "factor": 2, "cap": "2s", "jitter": "equal"}}"#;
const FULL: &str = r#"{"exponential": {"attempts": "none", "base": "10ms", "factor": 2, "cap": "2s", "jitter": "full"}}"#;
const NONE: &str = r#"{"constant": {"attempts": "none", "delay": "0s"}}"#;

/// So many clients (and one less) who compete for one version and pause so. The published means are those of 400 runs.
macro_rules! clients {
    ($all:literal, $others:literal, $policy:literal, $retry:ident) => {
        Play {
            scenario: "L03",
            label: "",
            set: &[
                ("fleets.app.arrivals.instants.each", $all),
                ("fleets.app.connections.main.pooled.max", $all),
                ("fleets.app.connections.main.pooled.min", $all),
                ("claims.0.measure.first_time.above", $others),
                ("fleets.app.retry", $retry),
            ],
            runs: 40,
            figures: &[
                figure(
                    concat!("n=", $all, "/", $policy, "/mean_calls"),
                    ATTEMPTS,
                    Rule::Beside(concat!("n=", $all, "/", $policy, "/sd_calls"), 400.0),
                ),
                figure(
                    concat!("n=", $all, "/", $policy, "/mean_finish_ms"),
                    LAST_MS,
                    Rule::Beside(concat!("n=", $all, "/", $policy, "/sd_finish_ms"), 400.0),
                ),
            ],
        }
    };
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
    Way {
        case: "L03",
        plays: &[
            clients!("20", "19", "exponential", EXPONENTIAL),
            clients!("20", "19", "decorrelated", DECORRELATED),
            clients!("20", "19", "equal_jitter", EQUAL),
            clients!("20", "19", "full_jitter", FULL),
            clients!("20", "19", "none", NONE),
            clients!("50", "49", "exponential", EXPONENTIAL),
            clients!("50", "49", "decorrelated", DECORRELATED),
            clients!("50", "49", "equal_jitter", EQUAL),
            clients!("50", "49", "full_jitter", FULL),
            clients!("50", "49", "none", NONE),
            clients!("100", "99", "exponential", EXPONENTIAL),
            clients!("100", "99", "decorrelated", DECORRELATED),
            clients!("100", "99", "equal_jitter", EQUAL),
            clients!("100", "99", "full_jitter", FULL),
            clients!("100", "99", "none", NONE),
        ],
    },
    Way {
        case: "L05",
        plays: &[
            calls!("0.01", "none", ("fleets.app.retry", CALLED_ONCE)),
            calls!("0.05", "none", ("fleets.app.retry", CALLED_ONCE)),
            calls!("0.2", "none", ("fleets.app.retry", CALLED_ONCE)),
            calls!("0.3", "none", ("fleets.app.retry", CALLED_ONCE)),
            calls!("0.5", "none", ("fleets.app.retry", CALLED_ONCE)),
            calls!("0.01", "three", ("fleets.app.retry", THREE)),
            calls!("0.05", "three", ("fleets.app.retry", THREE)),
            calls!("0.2", "three", ("fleets.app.retry", THREE)),
            calls!("0.3", "three", ("fleets.app.retry", THREE)),
            calls!("0.5", "three", ("fleets.app.retry", THREE)),
            calls!("0.01", "adaptive", ("fleets.app.retry", ADAPTIVE)),
            calls!("0.05", "adaptive", ("fleets.app.retry", ADAPTIVE)),
            calls!("0.2", "adaptive", ("fleets.app.retry", ADAPTIVE)),
            calls!("0.3", "adaptive", ("fleets.app.retry", ADAPTIVE)),
            calls!("0.5", "adaptive", ("fleets.app.retry", ADAPTIVE)),
            calls!("0.01", "breaker"),
            calls!("0.05", "breaker"),
            calls!("0.2", "breaker"),
            calls!("0.3", "breaker"),
            calls!("0.5", "breaker"),
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
