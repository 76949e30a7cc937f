//! The same scenario and seed give the same bytes: twice, on any number of threads, in every build.
//! And what a change does not concern keeps its random numbers.

#[path = "support/files.rs"]
mod files;
#[path = "support/probe.rs"]
mod probe;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use files::{incident, read_file, shipped};
use highwater::experiment::{replicate, simulate};
use highwater::model::Observation;
use highwater::scenario::Scenario;
use highwater::units::SimTime;
use probe::Diary;

/// How much of each shipped scenario the published digests cover.
const SECONDS: &str = "20s";

/// A shipped scenario, its first seconds.
fn beginning(file: &Path) -> Scenario {
    read_file(file, &[("duration", SECONDS), ("claims", "[]"), ("timeline", "[]")])
}

fn digest(scenario: &Scenario, run: u32) -> String {
    simulate(scenario, run, &mut |_| {}).digest
}

#[test]
fn a_run_repeated_is_the_same_run() {
    let scenario = incident(
        "chat-fix-as-written",
        &[
            ("duration", "20s"),
            ("claims", "[]"),
            ("timeline", r#"[{"at":"5s","pause":{"server":"redis","for":"1s"}}]"#),
        ],
    );
    assert_eq!(digest(&scenario, 0), digest(&scenario, 0));
    assert_ne!(digest(&scenario, 0), digest(&scenario, 1), "runs differ by their chance");
}

#[test]
fn threads_do_not_change_what_comes_out() {
    let short = [("duration", "2min"), ("claims", "[]"), ("timeline", "[]")];
    let scenario = incident("storefront-6h", &short);
    let on = |jobs: usize| {
        let outcome = replicate(&scenario, 4, jobs, &|_| {});
        (outcome.digests.clone(), outcome.digest.clone(), format!("{:?}", outcome.summary))
    };
    assert_eq!(on(1), on(2));
}

/// Every shipped scenario has a published digest. `UPDATE_GOLDEN=1 cargo test --test determinism`
/// accepts new ones; a changed line belongs into the changelog's *Results*, with its reason.
#[test]
fn every_shipped_scenario_has_its_published_digest() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let golden = root.join("tests/golden/digests.txt");
    let mut now = format!("# The digest of the first {SECONDS} of every scenario, run 0.\n");
    for file in shipped() {
        let name = file.strip_prefix(root).unwrap_or(&file).display().to_string();
        writeln!(now, "{name} {}", digest(&beginning(&file), 0)).expect("a text takes lines");
    }
    #[expect(clippy::disallowed_methods, reason = "the switch that accepts new digests")]
    let update = std::env::var("UPDATE_GOLDEN").is_ok();
    if update {
        fs::write(&golden, &now).unwrap_or_else(|error| panic!("{}: {error}", golden.display()));
    }
    let published = fs::read_to_string(&golden).unwrap_or_default();
    let differs = published.lines().zip(now.lines()).find(|(a, b)| a != b);
    assert!(published == now, "{differs:?}; UPDATE_GOLDEN=1 accepts it; all digests now:\n{now}");
}

/// When the requests of the first fleet arrived.
fn arrivals(scenario: &Scenario) -> Vec<SimTime> {
    let diary = Diary::of(scenario);
    let arrived = |(at, what): &(SimTime, Observation)| {
        matches!(what, Observation::Arrived { fleet: 0 }).then_some(*at)
    };
    diary.0.iter().filter_map(arrived).collect()
}

/// How many connections the first fleet leaked.
fn leaks(scenario: &Scenario) -> usize {
    let leaked = |what: &Observation| matches!(what, Observation::Leaked { fleet: 0 });
    Diary::of(scenario).0.iter().filter(|(_, what)| leaked(what)).count()
}

const SHORT: [(&str, &str); 2] = [("duration", "5s"), ("claims", "[]")];

fn with(more: &[(&str, &str)]) -> Scenario {
    let mut set = SHORT.to_vec();
    set.push(("fleets.chat.connections.main.per_request.leak.on_success", "0.01"));
    set.extend_from_slice(more);
    incident("chat-38min", &set)
}

/// Common random numbers: a change leaves the arrivals and the leak draws of what it does not concern
/// as they were.
#[test]
fn a_change_leaves_the_chance_of_the_rest_alone() {
    let base = with(&[]);
    let (arrived, leaked) = (arrivals(&base), leaks(&base));
    assert!(arrived.len() > 100_000 && leaked > 1_000, "{} {leaked}", arrived.len());
    let retry = r#"{"exponential":{"attempts":3,"base":"10ms","cap":"1s","jitter":"full"}}"#;
    let mut changes = vec![
        with(&[("fleets.chat.retry", retry)]),
        with(&[("fleets.chat.instances", "7")]),
        with(&[("servers.redis.cost.command", "1us")]),
    ];
    let mut second = base.clone();
    second.settings.servers.push(base.settings.servers[0].clone());
    second.settings.servers[1].name = "second".to_string();
    changes.push(second);
    let mut other = base.clone();
    other.settings.fleets.push(base.settings.fleets[0].clone());
    other.settings.fleets[1].name = "other".to_string();
    other.settings.fleets[1].arrivals =
        incident("storefront-6h", &[]).settings.fleets[0].arrivals.clone();
    changes.push(other);
    for (number, changed) in changes.iter().enumerate() {
        assert_eq!(arrivals(changed), arrived, "change {number}");
        // The very end of the run may cut off a leak or two more or less.
        assert!(leaks(changed).abs_diff(leaked) <= 3, "change {number}: {}", leaks(changed));
    }
    let pooled = |max: &str| {
        let set = [
            SHORT[0],
            SHORT[1],
            ("timeline", "[]"),
            ("fleets.chat.connections.main.pooled.max", max),
        ];
        arrivals(&incident("chat-fixed", &set))
    };
    assert_eq!(pooled("20"), pooled("2000"));
}
