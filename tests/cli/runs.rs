//! `highwater run` with many runs: precision, warm-up, times to exhaustion.

use super::bench::{Bench, Done, requests};

/// A pool of one at half of its load, which begins empty.
const LINE: &str = r#"{
  "format": 1, "seed": "9", "duration": "20s", "sample_every": "100ms",
  "servers": { "db": { "preset": "postgresql-18", "maxclients": 100 } },
  "fleets": { "app": {
    "arrivals": { "poisson": { "rate": "50/s" } },
    "connections": { "main": { "pooled": { "max": 1 } } },
    "steps": [ { "call": { "server": "db", "through": "main",
                           "hold": { "exponential": { "mean": "10ms" } } } } ]
  } }
}"#;

/// A leak of one in fifty of ten requests a second: one slot every five seconds, 19 of them.
const LEAK: &str = r#"{
  "format": 1, "seed": "9", "duration": "90s", "sample_every": "1s",
  "servers": { "redis": { "preset": "redis-8.0", "maxclients": 20 } },
  "fleets": { "app": {
    "arrivals": { "poisson": { "rate": "10/s" } },
    "connections": { "main": { "per_request": { "leak": {
      "kind": "forgotten", "on_success": 0.02, "on_error": 0.02 } } } },
    "steps": [ { "call": { "server": "redis", "through": "main" } } ]
  } }
}"#;

fn bench() -> Bench {
    let shop = Bench::new().shop(&[requests("C1", 600, "holds")]);
    shop.write("line.json", LINE).write("leak.json", LEAK)
}

/// Without the one figure that the clock has its hand in.
fn without_clock(done: &Done) -> serde_json::Value {
    let mut object = done.json();
    for key in ["wall_seconds", "wall_seconds_per_request"] {
        object["stats"][key] = 0.into();
    }
    object
}

#[test]
fn any_number_of_jobs_gives_the_same_bytes_and_as_many_runs() {
    let bench = bench();
    let words =
        "run line.json --precision 8% --of fleets.app.latency_s_mean --warm-up auto --quiet";
    let of = |jobs: u32, code: i32| bench.run(&format!("{words} --jobs {jobs}")).code(code);
    let one = of(1, 0);
    assert_eq!(one.out, of(2, 0).out);
    let json = |jobs: u32| bench.run(&format!("{words} --format json --jobs {jobs}")).code(0);
    let found = without_clock(&json(1));
    assert_eq!(found, without_clock(&json(2)));
    let precision = &found["precision"];
    assert_eq!((&precision["wanted"], &precision["reached"]), (&0.08.into(), &true.into()));
    assert_eq!(precision["of"][0]["name"], "fleets.app.latency_s_mean");
    assert!(precision["half_width"].as_f64().unwrap() <= 0.08, "{precision}");
    assert!(precision["runs"].as_u64().unwrap() > 10, "ten are too few: {precision}");
    assert_eq!(precision["runs"], found["runs"]);
    let study = &found["study"];
    assert_eq!((&study["kind"], &study["rule"]), (&"steady_state".into(), &"mser5".into()));
    assert!(study["warm_up_s"].as_f64().unwrap() > 0.0, "{study}");
    let interval = &found["intervals"]["fleets.app.latency_s_mean"];
    let of = |key: &str| interval[key].as_f64().unwrap();
    let half = (of("high") - of("low")) / 2.0 / of("mean");
    assert!((half - precision["half_width"].as_f64().unwrap()).abs() < 1e-12);
    // The same runs as when they are asked for by number, where the warm-up is the same time.
    let (runs, time) = (&found["runs"], &study["warm_up_s"]);
    let words = format!("run line.json --runs {runs} --warm-up {time}s --format json --quiet");
    let again = bench.run(&words).code(0).json();
    assert_eq!((&again["digest"], &again["summary"]), (&found["digest"], &found["summary"]));
    assert_eq!(
        (&again["study"]["rule"], &again["precision"]),
        (&"set".into(), &serde_json::Value::Null)
    );
}

#[test]
fn the_cap_leaves_it_undecided_and_a_verdict_that_differs_comes_first() {
    let bench = bench().write(
        "other.json",
        r#"{ "format": 1, "base": "line.json", "claims": [ { "id": "W", "says": "many", "source": "made up",
             "measure": { "mean": { "series": "fleets.app.in_flight" } }, "expect": 100, "within": 1 } ] }"#,
    );
    let words = "--precision 0.5% --runs-max 12 --quiet";
    let of = "--of fleets.app.latency_s_mean";
    let done = bench.run(&format!("run line.json {words} {of}")).code(4);
    assert!(
        done.out.contains("UNDECIDED: fleets.app.latency_s_mean is known to ±"),
        "{}",
        done.out
    );
    assert!(done.out.contains("(after 12 runs; 0.5 %"), "{}", done.out);
    assert!(done.out.lines().nth(1).unwrap().contains("12 runs"), "{}", done.out);
    // Without --of it is about the claims.
    let done = bench.run(&format!("run other.json {words}")).code(1);
    assert!(done.out.contains("UNDECIDED: W is known to"), "{}", done.out);
    let repeat = format!("--seed 9 --runs 10 --precision 0.005 {of} --runs-max 12");
    let done = bench.run(&format!("run line.json {words} {of}"));
    assert!(done.out.trim_end().ends_with(&repeat), "{}", done.out);
}

#[test]
fn what_never_changes_is_known_after_ten_runs() {
    let done = bench().run("run shop.json --precision 1% --quiet").code(0);
    assert!(done.out.contains("PRECISE: C1 known to ± 0 % after 10 runs"), "{}", done.out);
    // 1 - 0.05^(1/10).
    assert!(
        done.out
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .contains("all 10 say the same, and up to 26 % of runs may not"),
        "{}",
        done.out.replace('\n', " ")
    );
}

#[test]
fn a_leak_has_no_steady_state() {
    let done = bench().run("run leak.json --warm-up auto --runs 2 --quiet").code(4);
    assert!(done.out.contains("NO STEADY STATE"), "{}", done.out);
    assert!(done.out.contains("servers.redis.connected_clients"), "{}", done.out);
    let lines: Vec<&str> = done.out.lines().collect();
    assert!(lines[2].starts_with("Terminating: nothing is left out"), "{}", done.out);
    let json = bench().run("run leak.json --warm-up auto --format json").code(4).json();
    assert_eq!(
        (&json["study"]["kind"], &json["study"]["warm_up_s"]),
        (&"terminating".into(), &0.into())
    );
}

/// 19 leaks at one in five seconds: gamma with mean 95 s and standard deviation 21.8 s, so that about
/// 56 % of runs of 90 s never see it. Wilson's interval of 40 runs reaches four standard errors, 31 %,
/// around that.
#[test]
fn time_to_exhaustion_is_a_law_with_a_share_that_never_comes() {
    let bench = bench();
    let json = bench.run("run leak.json --runs 40 --format json --quiet").code(0).json();
    let law = &json["exhaustion"]["servers.redis.first_rejection_s"];
    let never = law["never"].as_u64().unwrap();
    assert!((never as f64 / 40.0 - 0.56).abs() < 0.31, "{law}");
    assert_eq!(law["came"].as_u64().unwrap() + never, 40);
    assert_eq!(
        law["values"].as_array().unwrap().iter().filter(|v| v.is_null()).count() as u64,
        never
    );
    assert!(law["p95_s"]["value"].is_null() && law["unseen_at_most"].is_null(), "{law}");
    let (low, share) = (law["never_low"].as_f64().unwrap(), law["never_share"].as_f64().unwrap());
    assert!(low < share && share < law["never_high"].as_f64().unwrap());
    let early = law["p05_s"]["value"].as_f64().unwrap();
    assert!(early > 30.0 && early < 90.0, "{law}");
    assert_eq!(
        json["intervals"]["servers.redis.first_rejection_s"]["mean"],
        serde_json::Value::Null
    );
    let out = bench.path("out");
    let words = format!("run leak.json --runs 40 --quiet --out {}", out.display());
    let text = bench.run(&words).code(0).out;
    let said = format!("never in {never} of 40 runs");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("When it runs out, over 40 runs") && words.contains(&said), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100 || line.contains("out")), "{text}");
    let table = bench.read("out/verdicts.md");
    assert!(
        table.contains("## When it runs out") && table.contains("redis first rejection"),
        "{table}"
    );
}

#[test]
fn what_makes_no_sense_is_told_with_what_to_do() {
    let bench = bench();
    let of = "--of fleets.app.latency_s_p99";
    for (words, part) in [
        ("line.json --precision 0%", "a share above 0 and below 1"),
        ("line.json --precision 200%", "a share above 0 and below 1"),
        ("line.json --precision abc", "a share above 0 and below 1"),
        ("line.json --precision 2%", "--of fleets.app.latency_s_p99"),
        ("line.json --precision 2% --of fleets.app.failed_rati", "did you mean"),
        ("line.json --precision 2% --of nothing", "named as in `summary`"),
        (&format!("line.json {of}"), "--precision"),
        ("line.json --runs-max 20", "--precision"),
        (&format!("line.json --precision 2% {of} --runs-max 9"), "--runs-max"),
        (&format!("line.json --precision 2% {of} --runs 30 --runs-max 20"), "the 30 --runs"),
        ("line.json --warm-up 20s", "less than the duration of 20s"),
        ("line.json --warm-up soon", "or \"auto\""),
        ("line.json --warm-up auto --set sample_every=1s", "a run has 21 rows"),
    ] {
        let done = bench.run(&format!("run {words}")).code(2);
        assert!(done.err.contains(part), "{words}: {}", done.err);
        assert!(done.out.is_empty(), "{words}: {}", done.out);
    }
}
