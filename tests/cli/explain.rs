//! `highwater explain`: questions, exit codes, streams.

use serde_json::Value;

use super::bench::Bench;

/// Three slots, a request every second of which every second one leaks its connection: the seventh
/// fails, at 6 s.
const LEAKY: &str = r#"{
  "format": 1, "seed": "7", "duration": "10s", "sample_every": "1s",
  "servers": { "redis": { "preset": "redis-8.0", "maxclients": 3 } },
  "network": { "delay": { "constant": "1ms" } },
  "fleets": {
    "shop": {
      "arrivals": { "even": { "rate": "1/s" } },
      "connections": { "main": { "per_request": { "leak": { "every": 2 } } } },
      "steps": [ { "call": { "server": "redis", "through": "main" } } ]
    }
  }
}
"#;

fn bench() -> Bench {
    Bench::new().shop(&[]).write("leaky.json", LEAKY)
}

#[test]
fn the_first_sentences_say_what_when_and_what_would_have_shown_it() {
    let done = bench().run("explain leaky.json --quiet").code(0);
    let lines: Vec<&str> = done.out.lines().collect();
    assert!(lines[0].starts_with("leaky") && lines[1].contains("digest"), "{}", done.out);
    assert!(lines[3].starts_with("A leak: slots of redis. The first request fails at 6 s"));
    assert!(done.out.contains("attempt 1 was refused: 3 of 3 slots of redis held"), "{}", done.out);
    assert!(lines.iter().all(|line| line.chars().count() <= 100), "{}", done.out);
    assert_eq!(done.err, "");
}

#[test]
fn questions_are_understood_or_refused_with_the_nearest_name() {
    let bench = bench();
    for words in [
        "explain leaky.json --failure rejected --fleet shop --after 7s",
        "explain leaky.json --failure oom",
        "explain leaky.json --request 3",
        "explain leaky.json --request shop:7 --format json",
        "explain leaky.json --connection 2",
        "explain shop.json",
    ] {
        bench.run(words).code(0);
    }
    for (words, said) in [
        (
            "explain leaky.json --failure rejectd",
            "there is no cause \"rejectd\": did you mean \"rejected\"?",
        ),
        ("explain leaky.json --fleet shpo", "there is no fleet \"shpo\": did you mean \"shop\"?"),
        ("explain leaky.json --request shpo:3", "there is no fleet \"shpo\""),
        ("explain leaky.json --request 0", "expected N or FLEET:N"),
        ("explain leaky.json --request shop:many", "expected N or FLEET:N"),
        ("explain leaky.json --request 99", "There is no request 99: 11 arrive in the run."),
        ("explain leaky.json --connection 99", "There is no connection 99"),
        ("explain leaky.json --after soon", "expected a time with its unit"),
        ("explain leaky.json --after 11s", "lies behind the end of the run"),
        ("explain leaky.json --after 5", "such as \"38min\", \"1h 30m\" or \"250us\"\n"),
        ("explain leaky.json --runs 3", "--run K"),
        ("explain nothing.json", "nothing.json"),
    ] {
        let done = bench.run(words);
        assert!(matches!(done.code, Some(2 | 3)), "{words}: {:?}", done.code);
        assert!(done.err.contains(said), "{words}: {}", done.err);
    }
}

#[test]
fn a_run_without_failures_is_explained_too() {
    let json = bench().run("explain shop.json --format json").code(0).json();
    assert_eq!((&json["failed"], &json["request"]), (&Value::from(false), &Value::Null));
    assert!(json["headline"].as_str().unwrap().starts_with("No request fails in this run."));
    assert!(json["nearest"]["share"].is_number());
}

/// Request 3 succeeds and connection 1 is a life: the failure of request 7 is none of their business.
#[test]
fn what_did_not_fail_is_told_without_a_why() {
    let bench = bench();
    for (words, first, own) in [
        ("--request shop:3", "Request 3 of shop succeeds after 4.03 ms.", "Request 3 of shop,"),
        ("--connection 1", "Connection 1 of the run is over.", "Connection 1: shop (main)"),
    ] {
        let out = bench.run(&format!("explain leaky.json --quiet {words}")).code(0).out;
        assert_eq!(out.lines().nth(3), Some(first), "{out}");
        assert_eq!(out.lines().nth(4), Some(""), "{out}");
        assert!(out.lines().nth(5).is_some_and(|line| line.starts_with(own)), "{out}");
        for other in ["first request fails", "It looks like", "metrics", "Why,", "refused"] {
            assert!(!out.contains(other), "{other}: {out}");
        }
        let json = bench.run(&format!("explain leaky.json --format json {words}")).code(0).json();
        for key in ["chain", "class", "signals", "until_s", "nearest"] {
            assert!(json.as_object().is_some_and(|o| o.contains_key(key)) && json[key].is_null());
        }
    }
}

/// The digest is that of the run, and so is the request whatever way it is asked about.
#[test]
fn it_is_the_run_that_is_explained() {
    let bench = bench();
    let run = bench.run("run leaky.json --format json").code(0).json();
    let first = bench.run("explain leaky.json --format json").code(0).json();
    let seventh = bench.run("explain leaky.json --format json --request 7").code(0).json();
    assert_eq!(first["digest"], run["digest"]);
    assert_eq!(first["request"], seventh["request"]);
    assert_eq!(first["request"]["attempts"][0]["met"], "rejected");
    assert_eq!(first["class"]["name"], "leak");
}

/// With --out the same text and the same JSON are written.
#[test]
fn the_explanation_is_written_too() {
    let bench = bench();
    let text = bench.run("explain leaky.json --quiet --out why").code(0);
    assert_eq!(bench.read("why/explanation.txt"), text.out);
    let json = bench.run("explain leaky.json --quiet --format json").code(0);
    assert_eq!(bench.read("why/explanation.json"), json.out);
}
