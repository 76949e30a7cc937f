//! The backoff simulator of AWS: clients that compete for one version, by how they pause.

use super::ATTEMPTS;
use crate::experiment::verify::way::{Figure, Play, Rule, Seen, Way, figure};

type Set = &'static [(&'static str, &'static str)];

const fn clients(figures: &'static [Figure], set: Set) -> Play {
    Play { scenario: "L03", label: "", set, runs: 40, figures }
}

const LAST_MS: Seen = Seen::Linear(&Seen::Claim("last"), 1e3, -1e3);

pub(super) const WAYS: &[Way] = &[Way {
    case: "L03",
    plays: &[
        clients(
            &[
                figure(
                    "n=20/exponential/mean_calls",
                    ATTEMPTS,
                    Rule::Beside("n=20/exponential/sd_calls", 400.0),
                ),
                figure(
                    "n=20/exponential/mean_finish_ms",
                    LAST_MS,
                    Rule::Beside("n=20/exponential/sd_finish_ms", 400.0),
                ),
            ],
            &[
                ("fleets.app.arrivals.instants.each", "20"),
                ("fleets.app.connections.main.pooled.max", "20"),
                ("fleets.app.connections.main.pooled.min", "20"),
                ("claims.0.measure.first_time.above", "19"),
                (
                    "fleets.app.retry",
                    r#"{"exponential": {"attempts": "none", "base": "10ms", "factor": 2, "cap": "2s", "jitter": "none"}}"#,
                ),
            ],
        ),
        clients(
            &[
                figure(
                    "n=20/decorrelated/mean_calls",
                    ATTEMPTS,
                    Rule::Beside("n=20/decorrelated/sd_calls", 400.0),
                ),
                figure(
                    "n=20/decorrelated/mean_finish_ms",
                    LAST_MS,
                    Rule::Beside("n=20/decorrelated/sd_finish_ms", 400.0),
                ),
            ],
            &[
                ("fleets.app.arrivals.instants.each", "20"),
                ("fleets.app.connections.main.pooled.max", "20"),
                ("fleets.app.connections.main.pooled.min", "20"),
                ("claims.0.measure.first_time.above", "19"),
                (
                    "fleets.app.retry",
                    r#"{"exponential": {"attempts": "none", "base": "5ms", "factor": 2, "cap": "2s", "jitter": "decorrelated"}}"#,
                ),
            ],
        ),
        clients(
            &[
                figure(
                    "n=20/equal_jitter/mean_calls",
                    ATTEMPTS,
                    Rule::Beside("n=20/equal_jitter/sd_calls", 400.0),
                ),
                figure(
                    "n=20/equal_jitter/mean_finish_ms",
                    LAST_MS,
                    Rule::Beside("n=20/equal_jitter/sd_finish_ms", 400.0),
                ),
            ],
            &[
                ("fleets.app.arrivals.instants.each", "20"),
                ("fleets.app.connections.main.pooled.max", "20"),
                ("fleets.app.connections.main.pooled.min", "20"),
                ("claims.0.measure.first_time.above", "19"),
                (
                    "fleets.app.retry",
                    r#"{"exponential": {"attempts": "none", "base": "10ms", "factor": 2, "cap": "2s", "jitter": "equal"}}"#,
                ),
            ],
        ),
        clients(
            &[
                figure(
                    "n=20/full_jitter/mean_calls",
                    ATTEMPTS,
                    Rule::Beside("n=20/full_jitter/sd_calls", 400.0),
                ),
                figure(
                    "n=20/full_jitter/mean_finish_ms",
                    LAST_MS,
                    Rule::Beside("n=20/full_jitter/sd_finish_ms", 400.0),
                ),
            ],
            &[
                ("fleets.app.arrivals.instants.each", "20"),
                ("fleets.app.connections.main.pooled.max", "20"),
                ("fleets.app.connections.main.pooled.min", "20"),
                ("claims.0.measure.first_time.above", "19"),
                (
                    "fleets.app.retry",
                    r#"{"exponential": {"attempts": "none", "base": "10ms", "factor": 2, "cap": "2s", "jitter": "full"}}"#,
                ),
            ],
        ),
        clients(
            &[
                figure("n=20/none/mean_calls", ATTEMPTS, Rule::Beside("n=20/none/sd_calls", 400.0)),
                figure(
                    "n=20/none/mean_finish_ms",
                    LAST_MS,
                    Rule::Beside("n=20/none/sd_finish_ms", 400.0),
                ),
            ],
            &[
                ("fleets.app.arrivals.instants.each", "20"),
                ("fleets.app.connections.main.pooled.max", "20"),
                ("fleets.app.connections.main.pooled.min", "20"),
                ("claims.0.measure.first_time.above", "19"),
                ("fleets.app.retry", r#"{"constant": {"attempts": "none", "delay": "0s"}}"#),
            ],
        ),
        clients(
            &[
                figure(
                    "n=50/exponential/mean_calls",
                    ATTEMPTS,
                    Rule::Beside("n=50/exponential/sd_calls", 400.0),
                ),
                figure(
                    "n=50/exponential/mean_finish_ms",
                    LAST_MS,
                    Rule::Beside("n=50/exponential/sd_finish_ms", 400.0),
                ),
            ],
            &[
                ("fleets.app.arrivals.instants.each", "50"),
                ("fleets.app.connections.main.pooled.max", "50"),
                ("fleets.app.connections.main.pooled.min", "50"),
                ("claims.0.measure.first_time.above", "49"),
                (
                    "fleets.app.retry",
                    r#"{"exponential": {"attempts": "none", "base": "10ms", "factor": 2, "cap": "2s", "jitter": "none"}}"#,
                ),
            ],
        ),
        clients(
            &[
                figure(
                    "n=50/decorrelated/mean_calls",
                    ATTEMPTS,
                    Rule::Beside("n=50/decorrelated/sd_calls", 400.0),
                ),
                figure(
                    "n=50/decorrelated/mean_finish_ms",
                    LAST_MS,
                    Rule::Beside("n=50/decorrelated/sd_finish_ms", 400.0),
                ),
            ],
            &[
                ("fleets.app.arrivals.instants.each", "50"),
                ("fleets.app.connections.main.pooled.max", "50"),
                ("fleets.app.connections.main.pooled.min", "50"),
                ("claims.0.measure.first_time.above", "49"),
                (
                    "fleets.app.retry",
                    r#"{"exponential": {"attempts": "none", "base": "5ms", "factor": 2, "cap": "2s", "jitter": "decorrelated"}}"#,
                ),
            ],
        ),
        clients(
            &[
                figure(
                    "n=50/equal_jitter/mean_calls",
                    ATTEMPTS,
                    Rule::Beside("n=50/equal_jitter/sd_calls", 400.0),
                ),
                figure(
                    "n=50/equal_jitter/mean_finish_ms",
                    LAST_MS,
                    Rule::Beside("n=50/equal_jitter/sd_finish_ms", 400.0),
                ),
            ],
            &[
                ("fleets.app.arrivals.instants.each", "50"),
                ("fleets.app.connections.main.pooled.max", "50"),
                ("fleets.app.connections.main.pooled.min", "50"),
                ("claims.0.measure.first_time.above", "49"),
                (
                    "fleets.app.retry",
                    r#"{"exponential": {"attempts": "none", "base": "10ms", "factor": 2, "cap": "2s", "jitter": "equal"}}"#,
                ),
            ],
        ),
        clients(
            &[
                figure(
                    "n=50/full_jitter/mean_calls",
                    ATTEMPTS,
                    Rule::Beside("n=50/full_jitter/sd_calls", 400.0),
                ),
                figure(
                    "n=50/full_jitter/mean_finish_ms",
                    LAST_MS,
                    Rule::Beside("n=50/full_jitter/sd_finish_ms", 400.0),
                ),
            ],
            &[
                ("fleets.app.arrivals.instants.each", "50"),
                ("fleets.app.connections.main.pooled.max", "50"),
                ("fleets.app.connections.main.pooled.min", "50"),
                ("claims.0.measure.first_time.above", "49"),
                (
                    "fleets.app.retry",
                    r#"{"exponential": {"attempts": "none", "base": "10ms", "factor": 2, "cap": "2s", "jitter": "full"}}"#,
                ),
            ],
        ),
        clients(
            &[
                figure("n=50/none/mean_calls", ATTEMPTS, Rule::Beside("n=50/none/sd_calls", 400.0)),
                figure(
                    "n=50/none/mean_finish_ms",
                    LAST_MS,
                    Rule::Beside("n=50/none/sd_finish_ms", 400.0),
                ),
            ],
            &[
                ("fleets.app.arrivals.instants.each", "50"),
                ("fleets.app.connections.main.pooled.max", "50"),
                ("fleets.app.connections.main.pooled.min", "50"),
                ("claims.0.measure.first_time.above", "49"),
                ("fleets.app.retry", r#"{"constant": {"attempts": "none", "delay": "0s"}}"#),
            ],
        ),
        clients(
            &[
                figure(
                    "n=100/exponential/mean_calls",
                    ATTEMPTS,
                    Rule::Beside("n=100/exponential/sd_calls", 400.0),
                ),
                figure(
                    "n=100/exponential/mean_finish_ms",
                    LAST_MS,
                    Rule::Beside("n=100/exponential/sd_finish_ms", 400.0),
                ),
            ],
            &[
                ("fleets.app.arrivals.instants.each", "100"),
                ("fleets.app.connections.main.pooled.max", "100"),
                ("fleets.app.connections.main.pooled.min", "100"),
                ("claims.0.measure.first_time.above", "99"),
                (
                    "fleets.app.retry",
                    r#"{"exponential": {"attempts": "none", "base": "10ms", "factor": 2, "cap": "2s", "jitter": "none"}}"#,
                ),
            ],
        ),
        clients(
            &[
                figure(
                    "n=100/decorrelated/mean_calls",
                    ATTEMPTS,
                    Rule::Beside("n=100/decorrelated/sd_calls", 400.0),
                ),
                figure(
                    "n=100/decorrelated/mean_finish_ms",
                    LAST_MS,
                    Rule::Beside("n=100/decorrelated/sd_finish_ms", 400.0),
                ),
            ],
            &[
                ("fleets.app.arrivals.instants.each", "100"),
                ("fleets.app.connections.main.pooled.max", "100"),
                ("fleets.app.connections.main.pooled.min", "100"),
                ("claims.0.measure.first_time.above", "99"),
                (
                    "fleets.app.retry",
                    r#"{"exponential": {"attempts": "none", "base": "5ms", "factor": 2, "cap": "2s", "jitter": "decorrelated"}}"#,
                ),
            ],
        ),
        clients(
            &[
                figure(
                    "n=100/equal_jitter/mean_calls",
                    ATTEMPTS,
                    Rule::Beside("n=100/equal_jitter/sd_calls", 400.0),
                ),
                figure(
                    "n=100/equal_jitter/mean_finish_ms",
                    LAST_MS,
                    Rule::Beside("n=100/equal_jitter/sd_finish_ms", 400.0),
                ),
            ],
            &[
                ("fleets.app.arrivals.instants.each", "100"),
                ("fleets.app.connections.main.pooled.max", "100"),
                ("fleets.app.connections.main.pooled.min", "100"),
                ("claims.0.measure.first_time.above", "99"),
                (
                    "fleets.app.retry",
                    r#"{"exponential": {"attempts": "none", "base": "10ms", "factor": 2, "cap": "2s", "jitter": "equal"}}"#,
                ),
            ],
        ),
        clients(
            &[
                figure(
                    "n=100/full_jitter/mean_calls",
                    ATTEMPTS,
                    Rule::Beside("n=100/full_jitter/sd_calls", 400.0),
                ),
                figure(
                    "n=100/full_jitter/mean_finish_ms",
                    LAST_MS,
                    Rule::Beside("n=100/full_jitter/sd_finish_ms", 400.0),
                ),
            ],
            &[
                ("fleets.app.arrivals.instants.each", "100"),
                ("fleets.app.connections.main.pooled.max", "100"),
                ("fleets.app.connections.main.pooled.min", "100"),
                ("claims.0.measure.first_time.above", "99"),
                (
                    "fleets.app.retry",
                    r#"{"exponential": {"attempts": "none", "base": "10ms", "factor": 2, "cap": "2s", "jitter": "full"}}"#,
                ),
            ],
        ),
        clients(
            &[
                figure(
                    "n=100/none/mean_calls",
                    ATTEMPTS,
                    Rule::Beside("n=100/none/sd_calls", 400.0),
                ),
                figure(
                    "n=100/none/mean_finish_ms",
                    LAST_MS,
                    Rule::Beside("n=100/none/sd_finish_ms", 400.0),
                ),
            ],
            &[
                ("fleets.app.arrivals.instants.each", "100"),
                ("fleets.app.connections.main.pooled.max", "100"),
                ("fleets.app.connections.main.pooled.min", "100"),
                ("claims.0.measure.first_time.above", "99"),
                ("fleets.app.retry", r#"{"constant": {"attempts": "none", "delay": "0s"}}"#),
            ],
        ),
    ],
}];
