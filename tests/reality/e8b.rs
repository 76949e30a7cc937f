//! An unfair pool: 100 threads of redis-py before a BlockingConnectionPool of 20, each of which sends
//! PING, sleeps 10 ms with the connection in hand, gives it back and thinks. Recorded for 10 s, three
//! runs of each row, redis-py 8.1.0 on Redis 7.0.15.

use std::path::Path;
use std::sync::LazyLock;

use highwater::experiment::simulate;
use highwater::observe::Record;

use crate::figures::Recorded;
use crate::files::read_file;
use crate::table::{Band, Line, Row, all_inside};

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

/// The band of the pool recordings, beside the range of the recorded runs.
const BAND: f64 = 0.15;

fn line(what: String, unit: &'static str, seen: f64, (low, high): (f64, f64)) -> Line {
    let band = Band::Between(low * (1.0 - BAND), high * (1.0 + BAND));
    Row::new("E8b", what, Recorded::of(&[low, high]), seen).unit(unit).within(band)
}

/// Every figure of the table.
pub static LINES: LazyLock<Vec<Line>> = LazyLock::new(|| {
    let mut lines = starved();
    lines.extend(thoughtful());
    lines
});

/// Without a thought between two uses exactly the threads that came too late starve, and the others
/// never wait; what they get done is what 20 connections allow.
fn starved() -> Vec<Line> {
    let mut lines = Vec::new();
    // The pool's timeout, errors and uses in 10 s.
    for (timeout, errors, uses) in [
        ("5s", (80.0, 90.0), (18_983.0, 19_337.0)),
        ("50ms", (15_837.0, 15_866.0), (18_641.0, 18_959.0)),
        ("30ms", (26_329.0, 26_347.0), (18_360.0, 18_829.0)),
    ] {
        let record = threads(AT_ONCE, timeout, BARGING);
        let failed = end(&record, "failed");
        assert_eq!(failed, end(&record, "failed_by.checkout_timeout"));
        let of = |what: &str| format!("pool timeout {timeout}: {what}");
        lines.push(line(of("errors"), "", failed, errors));
        lines.push(line(of("uses"), "", end(&record, "succeeded"), uses));
        let wait = end(&record, "pools.main.checkout_wait_s_p99");
        assert_eq!(wait, 0.0, "who is served never waits");
    }
    lines
}

/// With exponential thoughts of this mean between two uses.
fn thinking(mean: &str, hand_off: &str) -> Record {
    threads(&format!(r#"{{"exponential": {{"mean": "{mean}"}}}}"#), "5s", hand_off)
}

/// A quantile of the wait for a connection, in milliseconds.
fn wait_ms(record: &Record, q: &str) -> f64 {
    end(record, &format!("pools.main.checkout_wait_s_{q}")) * 1e3
}

fn thoughtful() -> Vec<Line> {
    let (long, short) = (thinking("30ms", BARGING), thinking("45ms", BARGING));
    let none = thinking("90ms", BARGING);
    let wait = |think: &str, record: &Record, q: &str, recorded| {
        let what = format!("thoughts of {think}: wait for a connection, {q}");
        line(what, "ms", wait_ms(record, q), recorded)
    };
    let uses = |think: &str, record: &Record, recorded| {
        line(format!("thoughts of {think}: uses"), "", end(record, "succeeded"), recorded)
    };
    vec![
        uses("30 ms", &long, (18_845.0, 19_172.0)),
        wait("30 ms", &long, "p50", (11.804, 12.043)),
        wait("30 ms", &long, "p90", (17.445, 18.978)),
        wait("30 ms", &long, "p99", (30.065, 32.756)),
        uses("45 ms", &short, (17_742.0, 17_966.0)),
        wait("45 ms", &short, "p90", (3.27, 3.655)),
        wait("45 ms", &short, "p99", (7.473, 8.394)),
        uses("90 ms", &none, (9_953.0, 10_064.0)),
        Row::new(
            "E8b",
            "thoughts of 90 ms: wait, p99",
            Recorded::of(&[0.07]),
            wait_ms(&none, "p99"),
        )
        .unit("ms")
        .within(Band::By(0.1)),
    ]
}

#[test]
fn an_unfair_pool_starves_and_delays_as_recorded() {
    all_inside(&LINES);
}

/// What barging does, a fair line does not.
#[test]
fn in_a_fair_line_nobody_starves_and_the_longest_waits_are_shorter() {
    let fair = threads(AT_ONCE, "5s", "\"fair\"");
    assert_eq!(end(&fair, "failed"), 0.0, "in a fair line nobody starves");
    let longest = wait_ms(&thinking("30ms", "\"fair\""), "p99");
    assert!(longest < 0.7 * 30.065, "a fair line has no such waits: {longest}");
}
