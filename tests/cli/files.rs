//! The files of a run, and of `new`.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::bench::{Bench, requests};

#[test]
fn a_run_leaves_its_files() {
    let bench = Bench::new().shop(&[requests("C1", 600, "holds")]);
    let done = bench.run("run shop.json --out out/deep --runs 2").code(0);
    let files = "Files in out/deep: summary.json, verdicts.md, report.html";
    assert!(done.out.contains(files), "{}", done.out);
    let page = bench.read("out/deep/report.html");
    assert!(page.contains("highwater run shop.json --seed 7 --runs 2"), "the page repeats itself");
    let summary: Value = serde_json::from_str(&bench.read("out/deep/summary.json")).unwrap();
    assert_eq!(summary["claims"][0]["id"], "C1");
    let verdicts = bench.read("out/deep/verdicts.md");
    assert!(verdicts.contains("| C1 | 600 requests arrive | **holds** |"), "{verdicts}");
    assert!(verdicts.contains("`highwater run shop.json --seed 7 --runs 2`"), "{verdicts}");
    for line in bench.read("out/deep/events.jsonl").lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        assert!(event["time_s"].is_number() && event["event"].is_string(), "{line}");
    }
    let left: Vec<_> = fs::read_dir(bench.path("out/deep")).unwrap().collect();
    let parts =
        left.iter().flatten().filter(|f| f.file_name().to_string_lossy().ends_with(".part"));
    assert_eq!(parts.count(), 0, "no half-written file is left");
}

#[test]
fn the_series_start_with_time_and_wall_clock_and_have_a_row_per_sample() {
    let bench = Bench::new().shop(&[]);
    bench.run("run shop.json --out out").code(0);
    let series = bench.read("out/timeseries.csv");
    let rows: Vec<Vec<&str>> = series.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0][..2], ["time_s", "wall_clock"]);
    assert!(rows[0].contains(&"servers.redis.connected_clients"));
    let times: Vec<&str> = rows[1..].iter().map(|row| row[0]).collect();
    assert_eq!(times, ["0", "10", "20", "30", "40", "50", "60"]);
    assert_eq!(rows[2][1], "2024-11-14T09:42:10.000Z");
    assert!(rows.iter().all(|row| row.len() == rows[0].len()), "every row has every column");
}

#[test]
fn every_request_that_ended_has_a_line_when_asked_for() {
    let bench = Bench::new().shop(&[]);
    bench.run("run shop.json --requests").code(2);
    let done = bench.run("run shop.json --requests --out out").code(0);
    assert!(done.out.contains("requests.csv"), "{}", done.out);
    let summary: Value = serde_json::from_str(&bench.read("out/summary.json")).unwrap();
    let series = bench.read("out/timeseries.csv");
    let last: Vec<&str> = series.lines().last().unwrap().split(',').collect();
    let of = |name: &str| {
        let column = series.lines().next().unwrap().split(',').position(|c| c == name).unwrap();
        last[column].parse::<usize>().unwrap()
    };
    let lines = bench.read("out/requests.csv");
    assert_eq!(lines.lines().next(), Some("fleet,arrived_s,ended_s,latency_s,outcome"));
    assert_eq!(lines.lines().count() - 1, of("fleets.shop.succeeded") + of("fleets.shop.failed"));
    assert!(summary["stats"]["requests"].as_u64().unwrap() >= lines.lines().count() as u64 - 1);
    bench.run("run shop.json --out out").code(0);
    assert!(!bench.path("out/requests.csv").exists(), "not asked for, not left behind");
}

#[test]
fn files_of_an_earlier_run_do_not_stay_beside_new_ones() {
    let bench = Bench::new().shop(&[]);
    fs::create_dir(bench.path("out")).unwrap();
    for name in ["out/memory.svg", "out/summary.json", "out/report.html", "out/notes.txt"] {
        fs::write(bench.path(name), "old").unwrap();
    }
    bench.run("run shop.json --out out").code(0);
    assert!(bench.read("out/summary.json").starts_with('{'));
    assert!(bench.read("out/report.html").starts_with("<!DOCTYPE html>"));
    assert_ne!(fs::read_to_string(bench.path("out/memory.svg")).unwrap_or_default(), "old");
    assert_eq!(bench.read("out/notes.txt"), "old", "what is not ours stays");
}

/// Runs, and runs on two threads, and a comparison: a page depends on what was simulated alone.
#[test]
fn a_report_has_the_same_bytes_every_time() {
    let bench = Bench::new().shop(&[requests("C1", 600, "holds")]);
    for (words, page) in [
        ("run shop.json --runs 4", "out/report.html"),
        ("compare shop.json --with duration=30s --runs 6", "out/report.html"),
        ("sweep shop.json --vary servers.redis.maxclients=5,100 --runs 2", "out/report.html"),
    ] {
        let mut pages = ["--jobs 1", "--jobs 2"].map(|jobs| {
            let done = bench.run(&format!("{words} {jobs} --out out"));
            assert!(done.out.contains("report.html"), "{}", done.out);
            let text = bench.read(page);
            fs::remove_dir_all(bench.path("out")).unwrap();
            text
        });
        pages.sort();
        assert!(pages[0] == pages[1] && pages[0].len() < 2_000_000, "{words}");
    }
}

#[test]
fn a_comparison_leaves_its_files() {
    let bench = Bench::new().shop(&[]);
    let words = "compare shop.json --with duration=30s --runs 6 --out out";
    let done = bench.run(words).code(0);
    assert!(done.out.contains("Files in out: compare.json, report.html\n"), "{}", done.out);
    let summary: Value = serde_json::from_str(&bench.read("out/compare.json")).unwrap();
    assert_eq!(summary["runs"], 6);
    assert!(summary["stats"].get("wall_seconds").is_none(), "no clock in a file");
    assert!(bench.read("out/report.html").contains("highwater compare shop.json --with"));
}

/// Kills a long run once it has written a few rows. The rows must be whole, and nothing must look
/// like a finished run.
#[test]
fn an_interrupted_run_leaves_the_rows_it_had() {
    let bench = Bench::new().long();
    let binary = assert_cmd::cargo::cargo_bin("highwater");
    let mut child = std::process::Command::new(binary)
        .args(["run", "long.json", "--quiet", "--out", "out"])
        .current_dir(bench.path(""))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let series = bench.path("out/timeseries.csv");
    #[expect(clippy::disallowed_methods, reason = "a limit on how long the test waits")]
    let begun = Instant::now();
    let rows = || fs::read_to_string(&series).map_or(0, |text| text.lines().count());
    while rows() < 4 && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let text = bench.read("out/timeseries.csv");
    assert!(text.lines().count() >= 4, "rows are written while the run goes on");
    assert!(text.ends_with('\n'), "the last row is whole");
    assert!(!bench.path("out/summary.json").exists(), "an unfinished run has no summary");
    assert!(!bench.path("out/report.html").exists(), "nor has it a report");
}

#[test]
fn new_writes_a_scenario_that_runs_and_never_over_another() {
    let bench = Bench::new();
    let done = bench.run("new mine").code(0);
    assert_eq!(done.out, "mine.json is written; to simulate it: highwater run mine.json\n");
    bench.run("check mine.json").code(0);
    let written = bench.read("mine.json");
    let again = bench.run("new mine").code(3);
    assert!(again.err.contains("mine.json"), "{}", again.err);
    assert_eq!(bench.read("mine.json"), written);
}

/// Whoever is sent a page can make it: the command in it, given where the scenario is, gives its bytes.
#[cfg(unix)]
#[test]
fn a_page_names_the_command_that_makes_it_again() {
    let plays = [
        "run shop.json --set duration=30s --runs 2",
        "run shop.json --set about.title='it is' --no-audit",
        "compare shop.json --with servers.redis.maxclients=5 --runs 6",
        "sweep shop.json --set duration=30s --vary servers.redis.maxclients=3..9:2 --runs 2 \
         --goal 'fleets.shop.failed_ratio < 1%' --minimize fleets.shop.latency_s_p99",
        "sweep shop.json --samples 5 --vary fleets.shop.arrivals.even.rate=5/s..20/s",
    ];
    for play in plays {
        let bench = Bench::new().shop(&[]);
        let out = bench.shell(&format!("highwater {play} --out first"));
        assert!(matches!(out.status.code(), Some(0 | 1 | 4)), "{play}: {out:?}");
        let page = bench.read("first/report.html");
        let (_, command) = page.split_once("<pre class=\"command\"").unwrap();
        let (_, command) = command.split_once("<code>").unwrap();
        let (command, _) = command.split_once("</code>").unwrap();
        let command =
            [("&lt;", "<"), ("&gt;", ">"), ("&#39;", "'"), ("&quot;", "\""), ("&amp;", "&")]
                .into_iter()
                .fold(command.to_string(), |text, (mark, letter)| text.replace(mark, letter));
        bench.shell(&format!("{command} --out again"));
        assert!(bench.read("again/report.html") == page, "{play}: {command}");
    }
}
