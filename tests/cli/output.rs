//! Data on standard output, everything else on standard error; text for people, JSON for programs.

use std::process::Stdio;

use serde_json::Value;

use super::bench::{Bench, requests, undecidable, untestable};

const ESCAPE: char = '\u{1b}';

fn bench() -> Bench {
    let claims = [requests("C1", 600, "holds"), requests("C2", 999, "contradicted")];
    Bench::new().shop(&claims)
}

#[test]
fn text_is_plain_when_piped_and_coloured_when_asked() {
    let bench = bench();
    let plain = bench.run("run shop.json").code(0);
    assert!(!plain.out.contains(ESCAPE) && !plain.err.contains(ESCAPE));
    let colour = bench.run("run shop.json --color always").code(0);
    assert!(colour.out.contains(ESCAPE));
    let stripped = strip(&colour.out);
    assert_eq!(stripped, plain.out, "colour adds nothing that words do not say");
    let never = bench.run("run shop.json --color never").code(0);
    assert_eq!(never.out, plain.out);
    let output = bench.command("run shop.json").env("NO_COLOR", "1").output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), plain.out);
}

/// The text without the codes of a terminal.
fn strip(text: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in text.chars() {
        match c {
            ESCAPE => inside = true,
            'm' if inside => inside = false,
            _ if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

#[test]
fn the_verdict_comes_first_and_the_way_to_repeat_it_last() {
    let done = bench().run("run shop.json --seed other --runs 2 --set duration=1min").code(0);
    let lines: Vec<&str> = done.out.lines().collect();
    assert!(lines[0].starts_with("shop  A small shop"), "{}", done.out);
    assert!(lines[2].starts_with("Terminating: "), "{}", done.out);
    assert!(lines[4].starts_with("AS EXPECTED: 1 holds, 1 contradicted"), "{}", done.out);
    assert!(lines[5].contains("✓ holds") && lines[5].contains("C1"), "{}", done.out);
    let repeat = "To repeat: highwater run shop.json --set duration=1min --seed other --runs 2";
    assert_eq!(lines.last(), Some(&repeat));
    assert!(lines.iter().all(|line| line.chars().count() <= 100), "{}", done.out);
}

#[test]
fn a_verdict_that_differs_is_named_in_the_first_lines() {
    let bench = Bench::new().shop(&[requests("C1", 600, "holds"), requests("C2", 999, "holds")]);
    let done = bench.run("run shop.json").code(1);
    let lines: Vec<&str> = done.out.lines().collect();
    assert!(lines[4].starts_with("NOT AS EXPECTED: C2"), "{}", done.out);
    assert!(lines[5].contains("✗ contradicted") && lines[5].contains("C2"), "{}", done.out);
    assert!(lines[6].contains("the file expects: holds"), "{}", done.out);
}

#[test]
fn quiet_says_nothing_on_standard_error() {
    let bench = bench();
    let loud = bench.run("run shop.json").code(0);
    assert!(loud.err.contains("requests in"), "{}", loud.err);
    let quiet = bench.run("run shop.json --quiet").code(0);
    assert_eq!((quiet.err.as_str(), quiet.out), ("", loud.out));
}

#[test]
fn json_has_every_field_by_its_name() {
    let claims = [requests("C1", 600, "holds"), undecidable("C2"), untestable("C3")];
    let json =
        Bench::new().shop(&claims).run("run shop.json --format json --runs 3").code(4).json();
    assert_eq!(json["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!((&json["scenario"], &json["seed"]), (&Value::from("shop"), &Value::from("7")));
    assert_eq!(
        (&json["runs"], &json["conflicts"]),
        (&Value::from(3), &Value::from(Vec::<i32>::new()))
    );
    let digest = json["digest"].as_str().unwrap();
    assert!(digest.len() == 32 && digest.bytes().all(|b| b.is_ascii_hexdigit()), "{digest}");
    for key in ["requests", "events", "wall_seconds"] {
        assert!(json["stats"][key].is_number(), "stats has {key}");
    }
    for key in ["servers.redis.connected_clients_max", "fleets.shop.requests"] {
        assert!(json["summary"][key].is_number(), "summary has {key}");
    }
    let claim = &json["claims"][0];
    for (key, value) in
        [("id", "C1"), ("verdict", "holds"), ("wanted", "holds"), ("source", "made up")]
    {
        assert_eq!(claim[key], value);
    }
    assert_eq!(claim["expected"], 600);
    assert!(claim["because"].as_str().unwrap().contains("over 3 runs"), "{claim}");
    let observed = &claim["observed"];
    assert_eq!(
        (observed["values"].as_array().unwrap().len(), &observed["unit"]),
        (3, &"count".into())
    );
    for key in ["median", "mean", "sd", "low", "high"] {
        assert!(observed[key].is_number(), "observed has {key}");
    }
    assert_eq!(json["claims"][1]["verdict"], "undecided");
    assert_eq!(json["claims"][1]["observed"]["median"], Value::Null);
    assert_eq!(json["claims"][2]["verdict"], "not_testable");
}

/// The same for any number of threads; only what the run cost may differ.
#[test]
fn threads_change_nothing() {
    let bench = bench();
    let run = |jobs: u32| {
        let mut json =
            bench.run(&format!("run shop.json --format json --runs 5 --jobs {jobs}")).json();
        json["stats"]["wall_seconds"] = Value::Null;
        json["stats"]["wall_seconds_per_request"] = Value::Null;
        json.to_string()
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(8));
}

#[test]
fn the_seed_of_the_command_line_is_a_text_and_wins() {
    let bench = bench();
    for seed in ["38", "true", "a\"b"] {
        let json = bench.run(&format!("run shop.json --format json --seed {seed}")).code(0).json();
        assert_eq!(json["seed"], seed);
    }
    bench.run(&format!("run shop.json --seed {}", "x".repeat(65))).code(2);
}

#[test]
fn settings_of_the_command_line_win() {
    let bench = bench();
    bench.run("run shop.json --set fleets.shop.arrivals.even.rate=20/s").code(1);
    let done = bench.run("check shop.json --set duration=2h").code(0);
    assert_eq!(done.out, "shop.json: ok: 120 min simulated, 1 server, 1 fleet, 2 claims\n");
}

#[test]
fn check_prints_every_problem_of_every_file_with_its_place() {
    let bench = bench()
        .write("a.json", "{ \"format\": 1,\n  \"duratoin\": \"1min\" }")
        .write("b.json", "{ \"format\": 2 }");
    let done = bench.run("check a.json shop.json b.json").code(2);
    assert!(done.out.contains("a.json:2:3: duratoin: "), "{}", done.out);
    assert!(done.out.contains("shop.json: ok: "), "{}", done.out);
    assert!(done.out.contains("b.json:1:13: format: "), "{}", done.out);
    assert!(done.out.contains("2 |   \"duratoin\": \"1min\" }\n  |   ^^^^^^^^^^"), "{}", done.out);

    let json = bench.run("check a.json shop.json b.json --format json").code(2).json();
    let ok: Vec<&Value> = json.as_array().unwrap().iter().map(|file| &file["ok"]).collect();
    assert_eq!(ok, [false, true, false]);
    let problems = json[0]["problems"].as_array().unwrap();
    let typo = problems.iter().find(|problem| problem["path"] == "duratoin").unwrap();
    assert_eq!((&typo["line"], &typo["column"]), (&2.into(), &3.into()));
    assert_eq!(typo["hint"], "did you mean \"duration\"?");
}

#[test]
fn problems_of_a_run_go_to_standard_error_as_text_and_to_standard_output_as_json() {
    let bench = Bench::new().write("bad.json", "{ \"format\": 1,");
    let text = bench.run("run bad.json").code(2);
    assert!(text.out.is_empty() && text.err.starts_with("bad.json:1:"), "{}", text.err);
    let json = bench.run("run bad.json --format json").code(2).json();
    assert_eq!(json["problems"][0]["file"], "bad.json");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let bench = bench();
    let binary = assert_cmd::cargo::cargo_bin("highwater");
    let mut child = std::process::Command::new(binary)
        .args(["run", "shop.json", "--quiet"])
        .current_dir(bench.path(""))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn presets_come_with_every_value_and_its_source() {
    let bench = Bench::new();
    let list = bench.run("presets").code(0);
    assert!(list.out.contains("redis-8.0") && list.out.contains("server"), "{}", list.out);
    let one = bench.run("presets redis-8.0").code(0);
    assert!(one.out.contains("maxclients") && one.out.contains("10000"), "{}", one.out);
    let json = bench.run("presets redis-8.0 --format json").code(0).json();
    assert_eq!(json["values"]["maxclients"]["value"], 10_000);
    assert!(json["values"]["maxclients"]["source"].is_string());
}

#[test]
fn the_schema_is_a_json_schema() {
    let schema = Bench::new().run("schema").code(0).json();
    assert!(schema["$schema"].is_string());
    assert!(schema["$defs"]["scenario"]["properties"]["servers"].is_object());
}

#[test]
fn completions_and_manual_pages_know_the_commands() {
    let bench = Bench::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let done = bench.run(&format!("completions {shell}")).code(0);
        assert!(done.out.contains("presets") && done.out.contains("quiet"), "{shell}");
    }
    let page = bench.run("man").code(0);
    assert!(page.out.contains(".TH") && page.out.contains("check"), "{}", page.out);
    bench.run("man --out pages").code(0);
    for name in ["highwater.1", "highwater-run.1", "highwater-check.1"] {
        assert!(bench.read(&format!("pages/{name}")).contains(".TH"), "{name}");
    }
}
