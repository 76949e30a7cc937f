//! The capacity lessons of `scenarios/capacity`: what `highwater sweep` answers to each is what its
//! closed form says. `tests/lessons.rs` judges the claims of the same files.

use std::path::Path;

use assert_cmd::Command;
use highwater::theory::{MmC, Queue, effective_maxclients, largest_pool, littles_law};
use highwater::units::{Rate, Span};
use serde_json::Value;

/// Standard errors by which a mean may be off: one case in 16,000 is by chance.
const SES: f64 = 4.0;

/// `highwater sweep` of a lesson: its JSON.
#[track_caller]
fn sweep(lesson: &str, words: &[&str]) -> Value {
    let file = format!("scenarios/capacity/{lesson}.json");
    let output = Command::cargo_bin("highwater")
        .expect("the command is built")
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .args(["sweep", &file, "--format", "json", "--quiet"])
        .args(words)
        .output()
        .expect("the command can be run");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("standard output is JSON")
}

fn points(swept: &Value) -> &[Value] {
    swept["points"].as_array().expect("a sweep has points")
}

/// What a point has at a path, as a number.
fn setting(point: &Value, path: &str) -> u32 {
    let text = point["set"][path].as_str().unwrap_or_else(|| panic!("no {path} in {point}"));
    text.trim_end_matches('s').parse().unwrap_or_else(|_| panic!("{path} is {text}"))
}

/// The mean of a figure over the runs of a point, and its standard error.
fn mean(point: &Value, figure: &str) -> (f64, f64) {
    let of = |key: &str| point["figures"][figure][key].as_f64();
    let value = of("mean").unwrap_or_else(|| panic!("no {figure} in {point}"));
    let runs = of("runs").expect("a figure has runs");
    (value, of("sd").unwrap_or(0.0) / runs.sqrt())
}

fn meets(point: &Value) -> bool {
    assert_ne!(point["standing"], "undecided", "{point}");
    point["standing"] == "meets"
}

/// Six instances with 960 requests a second that hold a connection for 50 ms, 97 connections. Below 13
/// the wait is too long by Erlang's delay formula, above 16 the pools do not fit: ten runs decide each.
#[test]
fn a_pool_for_a_campaign_is_what_erlang_says() {
    const INSTANCES: u32 = 6;
    const ORDINARY: u32 = 97;
    const WAIT: f64 = 0.025;
    const MAX: &str = "fleets.shop.connections.main.pooled.max";
    let vary = format!("{MAX},fleets.shop.connections.main.pooled.min=12,13,14,16,17");
    let goals = ["--goal", "wait-p99 < 25ms", "--goal", "refused = 0", "--runs", "10"];
    let swept = sweep("pool-for-a-campaign", &[&["--vary", &vary], &goals[..]].concat());
    let wait_of = |pool: u32| {
        let arrivals = Rate::per_second(960.0 / f64::from(INSTANCES)).expect("a rate");
        let queue = Queue { arrivals, mean_service: Span::from_ns(50_000_000), servers: pool };
        MmC::new(queue).expect("pools are larger than the load").wait_quantile_s(0.99)
    };
    for point in points(&swept) {
        let pool = setting(point, MAX);
        let fits = pool <= largest_pool(ORDINARY, INSTANCES, 0);
        let expected = wait_of(pool);
        // Where hardly a hundredth waits the quantile of a run is cut off at zero, and its mean is not.
        if pool <= 14 {
            let (wait, se) = mean(point, "wait-p99");
            assert!((wait - expected).abs() < SES * se, "{pool}: {wait}, {expected} by Erlang");
        }
        assert_eq!(meets(point), expected < WAIT && fits, "{pool}");
        assert_eq!(mean(point, "connections").0, f64::from((pool * INSTANCES).min(ORDINARY)));
    }
    // The same for one instance of six in the day, and what four times of it would ask for.
    let day = (1..).find(|pool| {
        let arrivals = Rate::per_second(40.0).expect("a rate");
        let queue = Queue { arrivals, mean_service: Span::from_ns(50_000_000), servers: *pool };
        MmC::new(queue).is_ok_and(|steady| steady.wait_quantile_s(0.99) < WAIT)
    });
    assert_eq!(day, Some(6), "the note of the file says six, and four times six do not fit");
}

/// Two leaks a second, 450 slots that are free for them, quiet times of 15 s on average.
#[test]
fn a_timeout_holds_a_leak_by_littles_law_and_spares_by_the_exponential() {
    const TIMEOUT: &str = "servers.redis.timeout";
    const RUNS: f64 = 8.0;
    // What is looked at: the last five of ten minutes.
    const WINDOW: f64 = 300.0;
    // Redis closes after T + 1.0 s to T + 1.2 s, by measurements of three servers.
    const SWEEP: f64 = 0.2;
    let goals = ["--goal", "refused = 0", "--goal", "reaped-in-use < 3%", "--runs", "8"];
    let aims = ["--minimize", "leaked", "--minimize", "reaped-in-use"];
    let vary = format!("{TIMEOUT}=16s..512s*2");
    let swept = sweep("timeout-for-a-leak", &[&["--vary", &vary], &goals[..], &aims].concat());
    let leaks = Rate::per_second(2.0).expect("a rate");
    for point in points(&swept) {
        let timeout = setting(point, TIMEOUT);
        let held = f64::from(timeout) + 1.0;
        let slots = littles_law(leaks, Span::from_secs(u64::from(timeout) + 1));
        let room = slots + 50.0 < 500.0;
        if room && held < WINDOW {
            // The variance of the time mean of M/D/infinity over the window, and of so many runs.
            let variance = 2.0 * held * held * (WINDOW - held / 3.0) / (WINDOW * WINDOW) / RUNS;
            let allowed = SES * variance.sqrt() + 2.0 * SWEEP;
            let (leaked, _) = mean(point, "leaked");
            assert!((leaked - slots).abs() < allowed, "{timeout}: {leaked}, {slots} by Little");
        }
        // A request fails whose connection was closed; the one after it dials, and does not.
        let closed = libm::exp(-held / 15.0);
        let failing = closed / (1.0 + closed);
        let requests = RUNS * WINDOW * 200.0 / 60.0;
        let (stale, _) = mean(point, "reaped-in-use");
        let allowed = SES * (failing * (1.0 - failing) / requests).sqrt()
            + failing * SWEEP / 15.0
            // Fewer than one is none or one.
            + 1.0 / requests;
        assert!((stale - failing).abs() < allowed, "{timeout}: {stale}, {failing} by chance");
        assert_eq!(meets(point), room && failing < 0.03, "{timeout}");
    }
    let survivors: Vec<u32> =
        points(&swept).iter().filter(|point| meets(point)).map(|p| setting(p, TIMEOUT)).collect();
    assert_eq!(survivors, [64, 128]);
    // A longer timeout holds more and closes less: neither of the two is the better one.
    let pareto = swept["pareto"].as_array().expect("two objectives have a Pareto set");
    assert!(pareto.len() == 2 && pareto.iter().all(|one| one["in_set"] == true), "{pareto:?}");
}

/// (40 + surge) x 24 connections and 16 that belong to no fleet: one slot less is one too few.
#[test]
fn headroom_for_a_deploy_is_exact_to_the_slot() {
    const SURGE: &str = "timeline.0.deploy.how.rolling.surge";
    const LIMIT: &str = "servers.redis.maxclients";
    let (surges, limits) =
        (format!("{SURGE}=1,2,4"), format!("{LIMIT}=999,1000,1023,1024,1071,1072"));
    let goals = ["--goal", "refused = 0", "--runs", "2"];
    let words = [&["--vary", &surges, "--vary", &limits], &goals[..]].concat();
    let swept = sweep("headroom-for-a-deploy", &words);
    assert_eq!(points(&swept).len(), 18);
    for point in points(&swept) {
        let (surge, limit) = (setting(point, SURGE), setting(point, LIMIT));
        let fits = largest_pool(limit, 40 + surge, 16) >= 24;
        assert_eq!(meets(point), fits, "{surge} of {limit}");
        // Two replicas and twelve cluster links count, and are not shown.
        let shown = ((40 + surge) * 24 + 2).min(limit - 14);
        assert_eq!(mean(point, "peak"), (f64::from(shown), 0.0), "{surge} of {limit}");
    }
    let both = r#"timeline.0.deploy.how={"blue_green":{"keep":"10s"}},"recreate""#;
    let limits = format!("{LIMIT}=975,976,1935,1936");
    let words = [&["--vary", both, "--vary", &limits], &goals[..]].concat();
    let swept = sweep("headroom-for-a-deploy", &words);
    let met: Vec<bool> = points(&swept).iter().map(meets).collect();
    let (blue_green, recreate) = ([false, false, false, true], [false, true, true, true]);
    assert_eq!(met, [blue_green, recreate].concat(), "2 x 40 pools, and 40");
}

/// Reference case K07 and what was measured on Redis 7.0: every pair of descriptors and `maxclients`.
#[test]
fn descriptors_leave_what_redis_computes() {
    const SOFT: &str = "servers.redis.nofile.soft";
    const HARD: &str = "servers.redis.nofile.hard";
    const LIMIT: &str = "servers.redis.maxclients";
    let pairs =
        "1024;1024,2048;2048,4096;4096,10032;10032,65535;65535,1024;4096,1024;5000,1024;16384";
    let (descriptors, limits) =
        (format!("{SOFT},{HARD}={pairs}"), format!("{LIMIT}=1000,10000,15000"));
    let words = ["--vary", &descriptors, "--vary", &limits, "--runs", "1"];
    let swept = sweep("maxclients-against-descriptors", &words);
    for point in points(&swept) {
        let (soft, hard) = (setting(point, SOFT), setting(point, HARD));
        let written = setting(point, LIMIT);
        let limit = effective_maxclients(written, soft, hard).expect("the server starts");
        assert_eq!(mean(point, "in-force").0, f64::from(limit), "{soft}/{hard}, {written}");
        // A thousand a second, evenly, the first at once: the next one is refused within 2 ms.
        let (full, _) = mean(point, "full");
        let late = full - f64::from(limit) / 1000.0;
        assert!((0.0..0.002).contains(&late), "{soft}/{hard}, {written}: {full}");
    }
    let k07 = [(1024, 10_000, 992), (2048, 10_000, 2016), (4096, 10_000, 4064)];
    let k07 = k07.into_iter().chain([(10_032, 10_000, 10_000), (65_535, 10_000, 10_000)]);
    for (ulimit, written, limit) in k07.chain([(10_032, 15_000, 10_000)]) {
        let same = |point: &&Value| {
            (setting(point, SOFT), setting(point, HARD), setting(point, LIMIT))
                == (ulimit, ulimit, written)
        };
        let point = points(&swept).iter().find(same).expect("the pair was swept");
        assert_eq!(mean(point, "in-force").0, f64::from(limit), "{ulimit}, {written}");
    }
}

const FULL_JITTER: &str =
    r#"{"exponential":{"attempts":3,"base":"1s","cap":"4s","jitter":"full"}}"#;

/// Retry policies and breakers that go together, as values of one knob.
fn policies() -> String {
    let none = r#""none""#;
    let at_once = r#"{"constant":{"attempts":3,"delay":"0s"}}"#;
    let growing = r#"{"exponential":{"attempts":3,"base":"1s","cap":"4s"}}"#;
    let budget = r#"{"policy":{"attempts":3,"delay":{"exponential":{"base":"1s","cap":"4s"}},"jitter":"full","budget":{"tokens":{"capacity":10,"deposit":0.1}}}}"#;
    let breaker = r#"{"consecutive":{"failures":5,"open_for":"2s"}}"#;
    format!(
        "fleets.app.retry,fleets.app.breaker={none};{none},{at_once};{none},{growing};{none},\
         {FULL_JITTER};{none},{budget};{none},{FULL_JITTER};{breaker}"
    )
}

/// All runs of all policies, under this timeline.
fn retries(timeline: Option<&str>) -> Value {
    let policies = policies();
    let mut words = vec!["--vary", &policies, "--outage", "recovery = never", "--runs", "5"];
    words.extend(["--minimize", "failed", "--minimize", "peak"]);
    let set = timeline.map(|timeline| format!("timeline={timeline}"));
    if let Some(set) = &set {
        words.extend(["--set", set]);
    }
    sweep("retry-policy", &words)
}

/// The server answers 300 of 200 a second, and stands still for 3 s.
#[test]
fn retries_without_a_limit_keep_a_server_down() {
    let swept = retries(None);
    let [none, at_once, growing, jitter, budget, breaker] = points(&swept) else {
        panic!("six policies, {} points", points(&swept).len())
    };
    // Three attempts of 200 requests are more than 300 as long as requests fail: threshold 300 / 3.
    for naive in [at_once, growing, jitter] {
        assert_eq!(mean(naive, "outage").0, 1.0, "{}", naive["set"]);
    }
    for limited in [none, budget, breaker] {
        assert_eq!(mean(limited, "outage").0, 0.0, "{}", limited["set"]);
    }
    // Without retries: 600 are queued, 2 s of work; the wait falls by a third of a second a second.
    let fluid = (200.0 * 3.0 / 300.0 - 1.0) / (1.0 - 200.0 / 300.0);
    let lost = (3.0 + fluid) / 50.0;
    let (failed, se) = mean(none, "failed");
    // The errors of those that were answered in time.
    let expected = lost + (1.0 - lost) * 0.02;
    assert!((failed - expected).abs() < SES * se, "{failed}, {expected} by arithmetic");
    let back = none["figures"]["recovery"]["median"].as_f64().expect("it comes back");
    assert!((back - fluid).abs() <= 1.0, "{back} s, {fluid} s by arithmetic; rows are 1 s apart");
    // A tenth of a retry for each success, and what ten buckets hold at first; 2,000 requests in the ten
    // seconds less four standard deviations of a Poisson number.
    let bound = 1.0 + 0.1 + 10.0 * 10.0 / (2000.0 - SES * 2000f64.sqrt());
    assert!(mean(budget, "peak").0 < bound, "{:?} of at most {bound}", mean(budget, "peak"));
    assert!(mean(breaker, "peak").0 < 1.0, "a breaker refuses attempts");
    let pareto = swept["pareto"].as_array().expect("two objectives have a Pareto set");
    let held: Vec<u64> = pareto
        .iter()
        .filter(|one| one["in_set"] == true)
        .filter_map(|one| one["point"].as_u64())
        .collect();
    assert_eq!(held, [5], "the breaker fails least and asks least");
}

/// A server that refuses for 3 s is another matter: pauses bridge it, and a breaker makes them pointless.
#[test]
fn the_same_policies_rank_otherwise_when_the_server_refuses() {
    let swept = retries(Some(r#"[{"at":"10s","restart":{"server":"db","down":"3s"}}]"#));
    let [none, _, growing, jitter, budget, breaker] = points(&swept) else {
        panic!("six policies, {} points", points(&swept).len())
    };
    let (failed, se) = mean(none, "failed");
    let expected = 3.0 / 50.0 + 47.0 / 50.0 * 0.02;
    assert!((failed - expected).abs() < SES * se, "{failed}, {expected} by arithmetic");
    let failed = |point: &Value| mean(point, "failed").0;
    assert!(failed(jitter) < failed(budget) && failed(budget) < failed(none));
    assert!(failed(none) < failed(breaker), "a breaker stays open for longer than the outage");
    // Without jitter those who failed in one second come back in one second.
    assert!(mean(growing, "outage").0 > 0.0 && mean(jitter, "outage").0 == 0.0);
}
