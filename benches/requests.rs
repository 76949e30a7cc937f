//! Time per request: the chat incident and its variants beside a bare loop of the same incident.
//!
//! `cargo bench --bench requests` plays a simulated minute of each several times and prints the
//! median. The bare loop has what no simulation of the incident can do without (a random arrival,
//! the limit, a server that does one thing after another, a leak, a histogram) and nothing else:
//! the ratio is the price of the model.

#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

use std::collections::VecDeque;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use highwater::chance::{Odds, Purpose, Stream};
use highwater::engine::{self, Observer};
use highwater::experiment::simulate;
use highwater::model::{Observation, World};
use highwater::scenario::{self, Scenario};
use highwater::units::{Ratio, SimTime};

/// Simulated seconds of each run.
const SECONDS: u64 = 60;
/// Runs of each; the median counts.
const RUNS: usize = 7;

fn main() {
    // `cargo test --benches` asks every bench whether it starts; that is answered by now.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    println!("{SECONDS} simulated seconds, median of {RUNS} runs\n");
    let columns = ["requests", "ns each", "ns/attempt", "ns/event", "ratio"];
    let [requests, each, attempt, event, ratio] = columns;
    println!("{:51} {requests:>9} {each:>8} {attempt:>10} {event:>9} {ratio:>6}", "");
    let bare = median(|| bare(SECONDS));
    bare.print("bare loop of the chat incident", bare.per_request());
    let per_request = read("chat-38min", &[]);
    median(|| watched(&per_request)).print("one connection per request", bare.per_request());
    println!("{:51} {:>9.1} MB", "  peak memory so far", peak_memory_mb());
    median(|| unwatched(&per_request)).print("  the same, nobody watching", bare.per_request());
    for (name, file, set) in VARIANTS {
        let scenario = read(file, set);
        median(|| watched(&scenario)).print(name, bare.per_request());
    }
    println!("{:51} {:>9.1} MB", "peak memory", peak_memory_mb());
}

/// Settings over a file: path and value.
type Set = &'static [(&'static str, &'static str)];

/// Name, file, settings over it.
const VARIANTS: [(&str, &str, Set); 7] = [
    ("four pods without reuse of TIME_WAIT", "chat-four-pods", &[]),
    ("pooled, each connection pinged first", "chat-fixed", &[]),
    (
        "pooled, one pool of 200",
        "chat-38min",
        &[("fleets.chat.instances", "1"), (MAIN, r#"{"pooled":{"max":200}}"#)],
    ),
    (
        "retry storm: refused at the limit, tried again",
        "chat-38min",
        &[TEN_SLOTS, RATE_4000, RETRY],
    ),
    ("retry storm that fills the accept queue", "chat-38min", &[TEN_SLOTS, RATE_5000, RETRY]),
    ("shared, one connection", "chat-38min", &[(MAIN, r#"{"shared":{"connections":1}}"#)]),
    (
        "holds drawn at random",
        "chat-38min",
        &[(
            HOLD,
            r#"[{"call":{"server":"redis","through":"main","hold":{"exponential":{"mean":"1ms"}}}}]"#,
        )],
    ),
];
const TEN_SLOTS: (&str, &str) = ("servers.redis.maxclients", "10");
const RATE_4000: (&str, &str) = ("fleets.chat.arrivals", r#"{"poisson":{"rate":"4000/s"}}"#);
const RATE_5000: (&str, &str) = ("fleets.chat.arrivals", r#"{"poisson":{"rate":"5000/s"}}"#);
const RETRY: (&str, &str) = (
    "fleets.chat.retry",
    r#"{"exponential":{"attempts":10,"base":"10ms","cap":"100ms","jitter":"full"}}"#,
);
const MAIN: &str = "fleets.chat.connections.main";
const HOLD: &str = "fleets.chat.steps";

/// A scenario of the incidents, cut off after a minute.
fn read(name: &str, set: &[(&str, &str)]) -> Scenario {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/incidents");
    let duration = format!("{SECONDS}s");
    let cut = [("duration", duration.as_str()), ("claims", "[]"), ("timeline", "[]")];
    let set: Vec<(String, String)> =
        cut.iter().chain(set).map(|(path, value)| (path.to_string(), value.to_string())).collect();
    let path = folder.join(format!("{name}.json"));
    scenario::read(&path.to_string_lossy(), &|file| fs::read(file), &set)
        .unwrap_or_else(|problems| panic!("{problems}"))
}

/// What one run took.
#[derive(Clone, Copy)]
struct Run {
    requests: u64,
    attempts: u64,
    events: u64,
    took: Duration,
}

impl Run {
    fn per_request(&self) -> f64 {
        self.took.as_nanos() as f64 / self.requests as f64
    }

    fn print(&self, name: &str, bare: f64) {
        let per = |count: u64| self.took.as_nanos() as f64 / count as f64;
        let (requests, each) = (self.requests, self.per_request());
        let (attempt, event, ratio) = (per(self.attempts), per(self.events), each / bare);
        println!("{name:51} {requests:>9} {each:>8.1} {attempt:>10.1} {event:>9.1} {ratio:>6.1}");
    }
}

fn median(mut run: impl FnMut() -> Run) -> Run {
    let mut runs: Vec<Run> = (0..RUNS).map(|_| run()).collect();
    runs.sort_by_key(|run| run.took);
    runs[RUNS / 2]
}

/// A run as the command makes it: series, histograms, digest, conservation.
fn watched(scenario: &Scenario) -> Run {
    let begun = Instant::now();
    let record = black_box(simulate(scenario, 0, &mut |_| {}));
    let took = begun.elapsed();
    let attempts = record.find("fleets.chat.attempts").and_then(|series| series.values.last());
    let attempts = attempts.map_or(record.requests, |attempts| *attempts as u64);
    Run { requests: record.requests, attempts, events: record.handled, took }
}

/// The model alone: only arrivals are counted.
fn unwatched(scenario: &Scenario) -> Run {
    struct Arrivals(u64);
    impl Observer<Observation> for Arrivals {
        fn observe(&mut self, _: SimTime, what: Observation) {
            self.0 += u64::from(matches!(what, Observation::Arrived { .. }));
        }
    }
    let begun = Instant::now();
    let mut seen = Arrivals(0);
    let (mut world, mut agenda) = World::new(scenario, 0, &mut seen);
    let end = SimTime::ZERO + scenario.duration;
    engine::run(&mut world, &mut agenda, end, u64::MAX, &mut seen);
    black_box(&world);
    Run { requests: seen.0, attempts: seen.0, events: agenda.taken(), took: begun.elapsed() }
}

/// The chat incident by hand, one event per request: times in nanoseconds, costs as in its file.
fn bare(seconds: u64) -> Run {
    const DIAL: u64 = 300_000;
    const SERVICE: u64 = 34_000;
    const REPLY_AND_HOLD: u64 = 1_100_000;
    const FIN: u64 = 100_000;
    const LIMIT: usize = 10_000;
    let begun = Instant::now();
    let mut arrival = Stream::new("38", 0, "fleets.chat", Purpose::Arrival);
    let mut leak = Stream::new("38", 0, "fleets.chat", Purpose::Leak);
    let odds = Odds::new(Ratio::new(0.0002).expect("a share"));
    let mut latency = Histogram::<u64>::new_with_bounds(1, 3_600_000_000_000, 3).expect("bounds");
    let mut open = VecDeque::<u64>::new();
    let (mut clock, mut free, mut leaked) = (0.0, 0, 0);
    let (mut requests, mut rejected) = (0, 0u64);
    while clock < (seconds * 1_000_000_000) as f64 {
        clock += arrival.exponential() * (1e9 / 22_000.0);
        let now = clock as u64;
        requests += 1;
        while open.front().is_some_and(|closes| *closes <= now) {
            open.pop_front();
        }
        if leaked + open.len() >= LIMIT {
            rejected += 1;
            continue;
        }
        free = (now + DIAL).max(free) + SERVICE;
        let done = free + REPLY_AND_HOLD;
        latency.saturating_record(done - now);
        if leak.happens(odds) {
            leaked += 1;
        } else {
            open.push_back(done + FIN);
        }
    }
    black_box((rejected, leaked, latency.len()));
    Run { requests, attempts: requests, events: requests, took: begun.elapsed() }
}

/// The most memory this process ever had, where the system says so (Linux).
fn peak_memory_mb() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kb = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kb.map_or(f64::NAN, |kb| kb * 1024.0 / 1e6)
}
