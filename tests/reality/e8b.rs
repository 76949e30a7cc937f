//! An unfair pool: 100 threads of redis-py before a BlockingConnectionPool of 20, each of which sends
//! PING, sleeps 10 ms with the connection in hand, gives it back and thinks. Recorded for 10 s, three
//! runs of each row, redis-py 8.1.0 on Redis 7.0.15.

use std::path::Path;

use highwater::experiment::simulate;
use highwater::observe::Record;

use crate::files::read_file;

/// A run of the threads, up to just before the end of the recording, at which a second round of
/// timeouts of 5 s falls.
fn threads(think: &str, wait_timeout: &str, hand_off: &str) -> Record {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reality/e8b.json");
    let pool = "fleets.threads.connections.main.pooled";
    let scenario = read_file(
        &file,
        &[
            ("fleets.threads.arrivals.users.think", think),
            (&format!("{pool}.wait_timeout"), &format!("\"{wait_timeout}\"")),
            (&format!("{pool}.hand_off"), hand_off),
        ],
    );
    simulate(&scenario, 0, &mut |_| {})
}

fn end(record: &Record, what: &str) -> f64 {
    let name = format!("fleets.threads.{what}");
    *record.find(&name).unwrap_or_else(|| panic!("{name}")).values.last().unwrap()
}

/// How long a thread that is woken takes to look for the connection: fitted, one figure for all rows
/// (a thread of CPython runs once the others let go of the interpreter).
const BARGING: &str = r#"{"barging": {"wake": "200us"}}"#;
const AT_ONCE: &str = r#"{"constant": "0s"}"#;

/// The band of the pool recordings.
const BAND: f64 = 0.15;

#[track_caller]
fn within(what: &str, seen: f64, (low, high): (f64, f64)) {
    println!("{what}: recorded {low} to {high}, simulated {seen}");
    let (low, high) = (low * (1.0 - BAND), high * (1.0 + BAND));
    assert!((low..=high).contains(&seen), "{what}: {seen}, may be {low} to {high}");
}

/// Without a thought between two uses exactly the threads that came too late starve, and the others
/// never wait; what they get done is what 20 connections allow.
#[test]
fn without_thinking_eighty_threads_starve() {
    // The pool's timeout, errors and uses in 10 s.
    for (timeout, errors, uses) in [
        ("5s", (80.0, 90.0), (18_983.0, 19_337.0)),
        ("50ms", (15_837.0, 15_866.0), (18_641.0, 18_959.0)),
        ("30ms", (26_329.0, 26_347.0), (18_360.0, 18_829.0)),
    ] {
        let record = threads(AT_ONCE, timeout, BARGING);
        let failed = end(&record, "failed");
        assert_eq!(failed, end(&record, "failed_by.checkout_timeout"));
        within(&format!("errors, timeout {timeout}"), failed, errors);
        within(&format!("uses, timeout {timeout}"), end(&record, "succeeded"), uses);
        assert_eq!(
            end(&record, "pools.main.checkout_wait_s_p99"),
            0.0,
            "who is served never waits"
        );
    }
    let fair = threads(AT_ONCE, "5s", "\"fair\"");
    assert_eq!(end(&fair, "failed"), 0.0, "in a fair line nobody starves");
}

/// Thoughts let those in line catch up: the unfairness is left in the longest waits, and fades with
/// the line.
#[test]
fn with_thinking_the_unfairness_fades() {
    let of = |think: &str, hand_off: &str| {
        threads(&format!(r#"{{"exponential": {{"mean": "{think}"}}}}"#), "5s", hand_off)
    };
    let ms =
        |record: &Record, q: &str| end(record, &format!("pools.main.checkout_wait_s_{q}")) * 1e3;
    let long = of("30ms", BARGING);
    within("30 ms: uses", end(&long, "succeeded"), (18_845.0, 19_172.0));
    within("30 ms: p50 ms", ms(&long, "p50"), (11.804, 12.043));
    within("30 ms: p90 ms", ms(&long, "p90"), (17.445, 18.978));
    within("30 ms: p99 ms", ms(&long, "p99"), (30.065, 32.756));
    let fair = of("30ms", "\"fair\"");
    assert!(ms(&fair, "p99") < 0.7 * 30.065, "a fair line has no such waits: {}", ms(&fair, "p99"));
    let short = of("45ms", BARGING);
    within("45 ms: uses", end(&short, "succeeded"), (17_742.0, 17_966.0));
    within("45 ms: p90 ms", ms(&short, "p90"), (3.27, 3.655));
    within("45 ms: p99 ms", ms(&short, "p99"), (7.473, 8.394));
    let none = of("90ms", BARGING);
    within("90 ms: uses", end(&none, "succeeded"), (9_953.0, 10_064.0));
    assert!(ms(&none, "p99") < 0.1, "with 90 ms nobody waits: recorded p99 0.07 ms");
}
