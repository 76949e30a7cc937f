//! Cases without chance, whose every figure is exact.

use super::SUCCEEDED;
use crate::experiment::verify::way::{Play, Rule, Seen, Way, exact, figure, play};

/// A claim in seconds, in milliseconds.
const fn ms(claim: &'static Seen) -> Seen {
    Seen::Linear(claim, 1e3, 0.0)
}

/// A claim in seconds, as milliseconds after the moment when a hold of 20 ms began.
const fn begun_ms(claim: &'static Seen) -> Seen {
    Seen::Linear(claim, 1e3, -20.0)
}

const WAVES: [Seen; 5] = [
    Seen::Claim("wave_1"),
    Seen::Claim("wave_2"),
    Seen::Claim("wave_3"),
    Seen::Claim("wave_4"),
    Seen::Claim("wave_5"),
];
const TIMED_OUT: Seen = Seen::Figure("fleets.app.failed_by.checkout_timeout");
const MOST_CLIENTS: Seen = Seen::Figure("servers.redis.connected_clients_max");

const fn descriptors(
    pointer: &'static [crate::experiment::verify::way::Figure],
    set: &'static [(&'static str, &'static str)],
) -> Play {
    Play { scenario: "K07", label: "", set, runs: 1, figures: pointer }
}

pub(super) const WAYS: &[Way] = &[
    Way {
        case: "F04",
        plays: &[
            play(
                "F04",
                &[
                    exact("pool_17/finished", SUCCEEDED),
                    exact("pool_17/finish_times_ms/0", ms(&Seen::Claim("finished_1"))),
                    exact("pool_17/finish_times_ms/1", ms(&Seen::Claim("finished_2"))),
                    exact("pool_17/finish_times_ms/3", ms(&Seen::Claim("finished_4"))),
                    exact("pool_17/finish_times_ms/4", ms(&Seen::Claim("finished_5"))),
                    exact("pool_17/finish_times_ms/7", ms(&Seen::Claim("finished_8"))),
                    exact("pool_17/makespan_ms", ms(&Seen::Claim("finished_8"))),
                ],
            )
            .runs(1),
            play("F04", &[exact("finished with a pool of 16", SUCCEEDED).is(0.0)])
                .with("", &[("fleets.app.connections.main.pooled.max", "16")])
                .runs(1),
        ],
    },
    Way {
        case: "F05",
        plays: &[
            play("F05", &[exact("finished with a pool of 10", SUCCEEDED).is(3.0)]).runs(1),
            play("F05", &[exact("finished with a pool of 9", SUCCEEDED).is(0.0)])
                .with("", &[("fleets.app.connections.main.pooled.max", "9")])
                .runs(1),
        ],
    },
    Way {
        case: "K01",
        plays: &[play(
            "K01",
            &[
                exact("served", SUCCEEDED),
                exact("timed_out", TIMED_OUT),
                exact("timeout_instant_ms", ms(&Seen::Claim("timeout_instant"))),
                exact("last_completion_ms", ms(&Seen::Claim("last_completion"))),
                exact("served_wait_ms_each_wave/0", begun_ms(&WAVES[0])),
                exact("served_wait_ms_each_wave/1", begun_ms(&WAVES[1])),
                exact("served_wait_ms_each_wave/2", begun_ms(&WAVES[2])),
                exact("served_wait_ms_each_wave/3", begun_ms(&WAVES[3])),
                exact("served_wait_ms_each_wave/4", begun_ms(&WAVES[4])),
            ],
        )
        .runs(1)],
    },
    Way {
        case: "K02",
        plays: &[play(
            "K02",
            &[
                exact("if_release_before_timeout/served", SUCCEEDED),
                exact("if_release_before_timeout/timed_out", TIMED_OUT),
            ],
        )
        .runs(1)],
    },
    Way {
        case: "K03",
        plays: &[play(
            "K03",
            &[
                // It came at 2 s and was held for 25 ms.
                exact("wait_ms_k200", Seen::Linear(&Seen::Claim("request_200"), 1e3, -2_025.0)),
                exact(
                    "queue_growth_per_s",
                    Seen::Linear(
                        &Seen::Less(&Seen::Claim("waiting_10s"), &Seen::Claim("waiting_5s")),
                        0.2,
                        0.0,
                    ),
                ),
            ],
        )
        .runs(1)],
    },
    Way {
        case: "K05",
        plays: &[play(
            "K05",
            &[
                exact("attempt_times_ms/0", ms(&Seen::Claim("attempt_1"))),
                exact("attempt_times_ms/1", ms(&Seen::Claim("attempt_2"))),
                exact("attempt_times_ms/2", ms(&Seen::Claim("attempt_3"))),
                exact("attempt_times_ms/3", ms(&Seen::Claim("attempt_4"))),
                exact("attempt_times_ms/4", ms(&Seen::Claim("attempt_5"))),
                exact("failed_attempts", Seen::Less(&super::ATTEMPTS, &SUCCEEDED)),
                exact("successes", SUCCEEDED),
                exact("success_instant_ms", ms(&Seen::Claim("success_instant"))),
            ],
        )
        .runs(1)],
    },
    Way {
        case: "K06",
        plays: &[play(
            "K06",
            &[
                exact("opened_at_ms/0", ms(&Seen::Claim("opened"))),
                exact("opened_at_ms/1", ms(&Seen::Claim("opened_again"))),
                exact("closed_again_at_ms", ms(&Seen::Claim("closed_again"))),
                exact("successes", SUCCEEDED),
                exact("backend_failures", Seen::Figure("fleets.app.failed_by.rejected")),
                exact("short_circuited", Seen::Figure("fleets.app.failed_by.breaker_open")),
            ],
        )
        .runs(1)],
    },
    Way {
        case: "K07",
        plays: &[
            descriptors(&[exact("effective_maxclients/0", MOST_CLIENTS)], &[]),
            descriptors(
                &[exact("effective_maxclients/1", MOST_CLIENTS)],
                &[("servers.redis.nofile.soft", "2048"), ("servers.redis.nofile.hard", "2048")],
            ),
            descriptors(
                &[exact("effective_maxclients/2", MOST_CLIENTS)],
                &[("servers.redis.nofile.soft", "4096"), ("servers.redis.nofile.hard", "4096")],
            ),
            descriptors(
                &[exact("effective_maxclients/3", MOST_CLIENTS)],
                &[("servers.redis.nofile.soft", "10032"), ("servers.redis.nofile.hard", "10032")],
            ),
            descriptors(
                &[exact("effective_maxclients/4", MOST_CLIENTS)],
                &[("servers.redis.nofile.soft", "65535"), ("servers.redis.nofile.hard", "65535")],
            ),
            descriptors(
                &[exact("effective_maxclients/5", MOST_CLIENTS)],
                &[
                    ("servers.redis.maxclients", "15000"),
                    ("servers.redis.nofile.soft", "10032"),
                    ("servers.redis.nofile.hard", "10032"),
                ],
            ),
        ],
    },
    Way {
        case: "K09",
        plays: &[
            play("K09-fills", &[exact("timeout_0_limit_reached_s", Seen::Claim("full"))]).runs(1),
            play(
                "K09-level",
                &[figure(
                    "timeout_300_plateau_connections",
                    Seen::Figure("servers.redis.slots_leaked_end"),
                    Rule::Absolute(1.0),
                )],
            )
            .runs(1),
        ],
    },
    Way {
        case: "K10",
        plays: &[play(
            "K10",
            &[
                figure("idle_life_s_lower_exclusive", IDLE, Rule::Above),
                figure("idle_life_s_upper_with_cron", IDLE, Rule::AtMost),
            ],
        )
        .runs(40)],
    },
];

const IDLE: Seen = Seen::Less(&Seen::Claim("reaped"), &Seen::Claim("leaked"));
