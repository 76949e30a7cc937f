//! The search for a tipping point, against trying every value.

use highwater::claims::measure;
use highwater::experiment::{Outcome, replicate, simulate};
use highwater::scenario::{ClaimTest, Measure, Scenario, Tips, read};

/// A server for 300 requests a second has 200, without any chance: who waits a second for a reply
/// gives up and asks once more, and the server does what it was asked all the same. A pause shorter
/// than that second makes nobody give up.
const STORM: &str = r#"{
  "format": 1, "duration": "40s", "sample_every": "1s",
  "servers": { "db": { "discipline": "fifo", "maxclients": 100000, "nofile": { "soft": 200000, "hard": 200000 },
    "cost": { "command": "3333us", "connect": "0s", "rejection": "0s" } } },
  "network": { "delay": { "constant": "1us" } },
  "fleets": { "app": {
    "arrivals": { "even": { "rate": "RATE/s" } },
    "connections": { "main": { "per_request": {} } },
    "process": { "ports": { "tw_reuse": true } },
    "retry": { "constant": { "attempts": 2, "delay": "0s" } },
    "steps": [ { "call": { "server": "db", "through": "main", "timeout": "1s" } } ] } },
  "timeline": [ { "at": "10s", "pause": { "server": "db", "for": "1s" } } ],
  "claims": [ { "id": "T", "says": "a pause tips it",
    "measure": { "tips": { "path": "timeline.0.pause.for", "from": "500ms", "to": "2500ms",
      "to_within": "100ms", "recovers": { "fleet": "app", "before": "10s", "after": "12500ms", "over": "5s" } } },
    "expect": "1300ms", "within": "200ms" } ]
}"#;

fn storm(rate: &str) -> Scenario {
    let text = STORM.replace("RATE", rate);
    read("storm.json", &|_| Ok(text.as_bytes().to_vec()), &[]).unwrap()
}

fn tips(scenario: &Scenario) -> &Tips {
    match &scenario.claims[0].test {
        ClaimTest::Outcome { measure: Measure::Tips(tips), .. } => tips,
        other => panic!("a search was claimed: {other:?}"),
    }
}

fn found(outcome: &Outcome) -> Vec<Option<f64>> {
    outcome.claims[0].observed.as_ref().unwrap().values.clone()
}

/// 20 values between the ends: the search makes at most 2 + 5 runs and finds what all of them say.
/// Above T (mu + lambda) / (2 lambda) = 1.25 s the wait at the end of the pause, with a retry for
/// each request, would be longer than the second; below 1 s nobody retries.
#[test]
fn a_search_finds_the_value_at_which_runs_begin_not_to_recover() {
    let scenario = storm("200");
    let tips = tips(&scenario);
    let recovers = |steps: u32| {
        let record = simulate(&tips.scenario(steps).unwrap(), 0, &mut |_| {});
        measure(&Measure::Recovers(tips.recovers.clone()), &record).is_some()
    };
    let all: Vec<bool> = (0..=tips.steps).map(recovers).collect();
    let first = all.iter().position(|back| !back).unwrap();
    assert!(all[first..].iter().all(|back| !back), "from there on nothing recovers: {all:?}");
    let value = tips.value(u32::try_from(first).unwrap());
    assert_eq!(found(&replicate(&scenario, 1, 1, &|_| {})), [Some(value)]);
    assert!((1.0..1.5).contains(&value), "{value}");
}

/// At 140 requests a second two attempts each are 280: less than 300, and every storm ends.
#[test]
fn below_capacity_over_attempts_nothing_tips() {
    let outcome = replicate(&storm("140"), 2, 2, &|_| {});
    assert_eq!(found(&outcome), [Some(f64::INFINITY); 2]);
    assert!(outcome.claims[0].because.starts_with("nothing up to 2.5 s tips it"));
}

#[test]
fn a_search_gives_the_same_for_any_number_of_threads_and_leaves_the_run_alone() {
    let scenario = storm("200");
    let [one, two] = [1, 2].map(|jobs| replicate(&scenario, 2, jobs, &|_| {}));
    assert_eq!(found(&one), found(&two));
    assert_eq!((&one.digests, one.requests), (&two.digests, two.requests));
    let mut plain = scenario.clone();
    plain.claims.clear();
    let plain = replicate(&plain, 2, 1, &|_| {});
    assert_eq!(one.digests, plain.digests);
    assert!(one.requests > plain.requests, "the requests of the search are counted");
}
