//! What a sweep costs beside its runs, and what two threads gain.
//!
//! `cargo bench --bench sweeps` plays a thousand settings of which each has next to nothing to do, then
//! forty of a minute at 1,000 requests a second, on one thread and on two; medians of several.

#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

use std::hint::black_box;
use std::time::Instant;

use highwater::experiment::{Design, Ears, Plan, Runs, Shard, meaning, outage_figure, sweep};
use highwater::scenario::{Scenario, Wanted, read};

/// Plays of each; the median counts.
const PLAYS: usize = 5;
/// Settings of a minute each.
const SETTINGS: u32 = 40;

const SHOP: &str = r#"{
  "format": 1, "duration": "60s", "sample_every": "1s", "seed": "speed",
  "servers": { "redis": { "preset": "redis-8.0", "maxclients": 10000 } },
  "fleets": { "shop": {
    "instances": 2, "arrivals": { "poisson": { "rate": "1000/s" } },
    "connections": { "main": { "pooled": { "max": 50 } } },
    "steps": [ { "call": { "server": "redis", "through": "main",
                           "hold": { "exponential": { "mean": "5ms" } } } } ]
  } }
}"#;

fn main() {
    // `cargo test --benches` asks every bench whether it starts; that is answered by now.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let idle = median(|| play("1ms", 1000, 1).0);
    println!("a setting beside its run      {:>8.3} ms (limit 5)", idle);
    let requests = play("60s", SETTINGS, 1).1;
    let on = |jobs: usize| median(|| play("60s", SETTINGS, jobs).0) * f64::from(SETTINGS) / 1000.0;
    let (one, two) = (on(1), on(2));
    println!("{requests} requests, one thread {one:>8.3} s");
    println!("                  two threads {two:>8.3} s: {:.2} times as fast", one / two);
}

/// Milliseconds for each setting, and the requests of all.
fn play(duration: &str, settings: u32, jobs: usize) -> (f64, u64) {
    let load = |_: &str| Ok(SHOP.as_bytes().to_vec());
    let set = [("duration".to_string(), duration.to_string())];
    let scenario = read("shop.json", &load, &set).expect("the scenario is good");
    let plan = plan(&scenario, settings);
    let ears = Ears { done: &|_| true, begin: &|_| {}, watch: &|_| {} };
    let begun = Instant::now();
    let rows = black_box(sweep(&scenario, &plan, Shard::WHOLE, Vec::new(), jobs, &ears));
    let took = begun.elapsed().as_secs_f64();
    let requests = rows.iter().map(|row| match &row.got {
        highwater::experiment::Got::Played(got) => got.requests,
        highwater::experiment::Got::Impossible(_) => 0,
    });
    (took * 1000.0 / f64::from(settings), requests.sum())
}

fn plan(scenario: &Scenario, settings: u32) -> Plan {
    let vary = format!("fleets.shop.connections.main.pooled.max=1..{settings}:1");
    Plan {
        scenario: scenario.name.clone(),
        title: String::new(),
        set: Vec::new(),
        seed: scenario.seed.clone(),
        knobs: scenario.knobs(&[vary], Wanted::Levels).expect("the knob is good"),
        design: Design::Grid,
        runs: Runs::Fixed(1),
        figures: vec![outage_figure()],
        outage: None,
        goals: Vec::new(),
        objectives: Vec::new(),
        meant: meaning(scenario),
    }
}

fn median(mut play: impl FnMut() -> f64) -> f64 {
    let mut all: Vec<f64> = (0..PLAYS).map(|_| play()).collect();
    all.sort_by(f64::total_cmp);
    all[PLAYS / 2]
}
