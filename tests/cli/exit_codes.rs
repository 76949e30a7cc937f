//! Exit codes are a promise.

use super::bench::{Bench, requests, undecidable, untestable};

#[track_caller]
fn code_of(claims: &[String]) -> Option<i32> {
    Bench::new().shop(claims).run("run shop.json --quiet").code
}

#[test]
fn zero_when_every_verdict_is_as_the_file_expects() {
    assert_eq!(code_of(&[]), Some(0));
    assert_eq!(code_of(&[requests("C1", 600, "holds")]), Some(0));
    assert_eq!(code_of(&[requests("C1", 999, "contradicted")]), Some(0));
    assert_eq!(code_of(&[requests("C1", 600, "holds"), untestable("C2")]), Some(0));
}

#[test]
fn one_when_a_verdict_differs_from_what_the_file_expects() {
    assert_eq!(code_of(&[requests("C1", 999, "holds")]), Some(1));
    assert_eq!(code_of(&[requests("C1", 600, "contradicted")]), Some(1));
    assert_eq!(code_of(&[undecidable("C1"), requests("C2", 999, "holds")]), Some(1));
}

#[test]
fn four_when_something_is_undecided_and_nothing_failed() {
    assert_eq!(code_of(&[undecidable("C1")]), Some(4));
    assert_eq!(code_of(&[undecidable("C1"), requests("C2", 600, "holds")]), Some(4));
}

#[test]
fn two_for_a_bad_scenario() {
    let bench =
        Bench::new().shop(&[]).write("bad.json", "{ \"format\": 1, }").write("empty.json", "");
    for words in [
        "run bad.json",
        "check bad.json",
        "check shop.json bad.json",
        "run empty.json",
        "run shop.json --set servers.redis.maxclients=many",
        "run shop.json --set servers.nobody.maxclients=5",
    ] {
        bench.run(words).code(2);
    }
}

#[test]
fn two_for_bad_usage() {
    let bench = Bench::new().shop(&[]);
    for words in [
        "",
        "fly shop.json",
        "run",
        "run shop.json --runs 0",
        "run shop.json --runs many",
        "run shop.json --jobs 0",
        "run shop.json --set nothing",
        "run shop.json --format yaml",
        "run shop.json --nothing",
        "presets nobody-1.0",
        "new ../escape",
        "completions fish-and-chips",
    ] {
        let done = bench.run(words).code(2);
        assert!(!done.err.is_empty(), "highwater {words} says why");
        assert!(done.out.is_empty(), "highwater {words} has no result");
    }
}

#[test]
fn three_when_input_or_output_fails() {
    let bench = Bench::new().shop(&[]);
    for words in [
        "run nowhere.json",
        "check nowhere.json",
        "check shop.json nowhere.json",
        "run shop.json --out shop.json/inside",
        "run shop.json --out shop.json",
        "man --out shop.json/inside",
    ] {
        bench.run(words).code(3);
    }
}

/// A scenario that takes very long, and a folder that cannot be: the answer must come at once.
#[test]
fn a_folder_that_cannot_be_written_fails_before_anything_is_simulated() {
    let bench = Bench::new().long().write("file", "");
    let mut command = bench.command("run long.json --out file/inside");
    command.timeout(std::time::Duration::from_secs(20)).assert().code(3);
}

#[cfg(target_os = "linux")]
#[test]
fn three_when_the_disk_is_full() {
    let bench = Bench::new().shop(&[]);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let binary = assert_cmd::cargo::cargo_bin("highwater");
    let status = std::process::Command::new(binary)
        .args(["run", "shop.json", "--quiet"])
        .current_dir(bench.path(""))
        .stdout(full)
        .stderr(std::process::Stdio::null())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(3));
}

#[test]
fn help_and_version_are_results() {
    let bench = Bench::new();
    let help = bench.run("--help").code(0);
    assert!(help.out.contains("Exit codes:") && help.err.is_empty());
    for command in ["run", "check", "schema", "presets", "new", "completions", "man"] {
        assert!(help.out.contains(&format!("  {command}")), "help names {command}");
        bench.run(&format!("{command} --help")).code(0);
    }
    let version = bench.run("--version").code(0);
    assert_eq!(version.out, concat!("highwater ", env!("CARGO_PKG_VERSION"), "\n"));
}
