//! `highwater sweep` and `highwater merge` as their users meet them.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::bench::{Bench, Done, requests};

/// Two knobs, six settings, three runs of each: the rate decides how many are refused.
const SWEEP: &str = "sweep shop.json --vary servers.redis.maxclients=1..5:2 \
     --vary fleets.shop.connections.main.pooled.max=2,5 --runs 3 \
     --set fleets.shop.arrivals={\"poisson\":{\"rate\":\"10/s\"}}";
/// The files of a sweep that say what was found; pictures are folds over the same.
const FILES: [&str; 4] = ["runs.jsonl", "points.csv", "points.jsonl", "sweep.json"];

fn bench() -> Bench {
    Bench::new().shop(&[requests("C1", 600, "holds")])
}

/// The names in a folder, sorted.
fn names(bench: &Bench, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(bench.path(folder)).expect("the folder is there");
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// All files of a sweep as one text.
fn files(bench: &Bench, folder: &str) -> String {
    let names = names(bench, folder);
    assert!(FILES.iter().all(|file| names.iter().any(|name| name == file)), "{names:?}");
    assert!(names.iter().all(|name| !name.ends_with(".part") && !name.ends_with(".tmp")));
    names
        .iter()
        .map(|name| format!("{name}\n{}\n", bench.content(&format!("{folder}/{name}"))))
        .collect()
}

/// Standard output without the names of folders and without how to repeat.
fn said(done: &Done) -> String {
    let plain = |line: &&str| !line.starts_with("Files in") && !line.starts_with("To repeat");
    done.out.lines().filter(plain).map(|line| format!("{line}\n")).collect()
}

#[test]
fn any_number_of_jobs_gives_the_same_bytes() {
    let bench = bench();
    let one = bench.run(&format!("{SWEEP} --jobs 1 --out one")).code(0);
    let two = bench.run(&format!("{SWEEP} --jobs 2 --out two")).code(0);
    assert_eq!(said(&one), said(&two));
    assert_eq!(files(&bench, "one"), files(&bench, "two"));
    let lines: Vec<&str> = one.out.lines().collect();
    assert!(lines[0].starts_with("shop  A small shop"), "{}", one.out);
    assert!(lines[..lines.len() - 2].iter().all(|line| line.chars().count() <= 100), "{}", one.out);
    assert!(names(&bench, "one").iter().any(|name| name.ends_with(".svg")));
}

/// Whatever a sweep was killed at, it goes on from there: every prefix of what it writes, torn lines
/// too, leads to the same bytes, and no run is played twice.
#[test]
fn an_unfinished_sweep_goes_on_from_what_is_there() {
    let bench = bench();
    bench.run(&format!("{SWEEP} --out whole")).code(0);
    let (expected, text) = (files(&bench, "whole"), bench.read("whole/runs.jsonl"));
    let header = text.find('\n').unwrap() + 1;
    let places = [0, 1, header - 1, header, header + 5, text.len() / 2, text.len() - 3, text.len()];
    for (number, place) in places.into_iter().enumerate() {
        let folder = format!("cut{number}");
        fs::create_dir(bench.path(&folder)).unwrap();
        let part = format!("{folder}/runs.jsonl.77-0.part");
        fs::write(bench.path(&part), &text[..place]).unwrap();
        let refused = bench.run(&format!("{SWEEP} --out {folder}")).code(2);
        assert!(refused.err.contains("--resume goes on with it"), "{}", refused.err);
        assert_eq!(bench.read(&part), text[..place], "what is there is not touched");
        let done = bench.run(&format!("{SWEEP} --out {folder} --resume")).code(0);
        assert_eq!(files(&bench, &folder), expected, "cut at {place}");
        let rows = text[..place].lines().count().saturating_sub(1);
        let rows = rows - usize::from(rows > 0 && !text[..place].ends_with('\n'));
        let kept = format!("{} runs are there already", rows.min(18));
        assert!(rows == 0 || done.err.contains(&kept), "{place}: {}", done.err);
    }
    let again = bench.run(&format!("{SWEEP} --out whole --resume")).code(0);
    assert!(!again.err.contains("runs with"), "nothing is played again: {}", again.err);
    assert_eq!(files(&bench, "whole"), expected);
}

/// Under a precision the number of runs depends on their values: holes are filled first.
#[test]
fn a_precision_is_reached_the_same_way_after_a_kill() {
    let bench = bench();
    let words = format!("{SWEEP} --precision 10% --goal fleets.shop.latency_s_p99<1s")
        .replace("--runs 3", "--runs 4");
    let words = format!("{words} --runs-max 60 --seed p");
    let whole = bench.run(&format!("{words} --out whole"));
    let (expected, text) = (files(&bench, "whole"), bench.read("whole/runs.jsonl"));
    assert!(whole.out.contains("± 10 %"), "{}", whole.out);
    let rows = text.lines().count() - 2;
    assert!(rows > 6 * 4, "some setting takes more than its first runs: {rows}");
    for hole in [1, 3, 5, rows / 2, rows - 1] {
        let folder = format!("hole{hole}");
        fs::create_dir(bench.path(&folder)).unwrap();
        let kept = text.lines().take(rows + 1).enumerate().filter(|(line, _)| *line != hole);
        let kept: String = kept.map(|(_, line)| format!("{line}\n")).collect();
        fs::write(bench.path(&format!("{folder}/runs.jsonl.7-0.part")), kept).unwrap();
        bench.run(&format!("{words} --out {folder} --resume"));
        assert_eq!(files(&bench, &folder), expected, "without line {hole}");
    }
    // Nor does it matter who plays which setting.
    for part in 1..=2 {
        bench.run(&format!("{words} --shard {part}/2 --out parts")).code(0);
    }
    bench.run("merge parts --out joined");
    assert_eq!(files(&bench, "joined"), expected);
}

/// Killed for real while it plays: the rows that were over are kept and not played again.
#[test]
fn a_killed_sweep_loses_nothing() {
    let bench = Bench::new().shop(&[]);
    let words = "sweep shop.json --vary fleets.shop.instances=1..40:1 --runs 2 --quiet \
                 --set fleets.shop.arrivals={\"poisson\":{\"rate\":\"2000/s\"}} --out out";
    let binary = assert_cmd::cargo::cargo_bin("highwater");
    let mut child = std::process::Command::new(binary)
        .args(words.split_whitespace())
        .current_dir(bench.path(""))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    #[expect(clippy::disallowed_methods, reason = "a limit on how long the test waits")]
    let begun = Instant::now();
    let part = || {
        let names = fs::read_dir(bench.path("out")).ok()?;
        let mut paths = names.filter_map(|entry| Some(entry.ok()?.path()));
        paths.find(|path| path.to_string_lossy().ends_with(".part"))
    };
    let rows =
        || part().and_then(|path| fs::read_to_string(path).ok()).map_or(0, |t| t.lines().count());
    while rows() < 6 && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!bench.path("out/runs.jsonl").exists(), "an unfinished sweep does not look finished");
    let kept = fs::read_to_string(part().unwrap()).unwrap();
    let kept = kept.lines().count() - 1 - usize::from(!kept.ends_with('\n'));
    assert!(kept >= 5);
    let words = words.replace(" --quiet", "");
    let done = bench.run(&format!("{words} --resume")).code(0);
    assert!(done.err.contains(&format!("{kept} runs are there already")), "{}", done.err);
    bench.run(&words.replace("--out out", "--out whole")).code(0);
    assert_eq!(files(&bench, "out"), files(&bench, "whole"));
}

#[test]
fn parts_are_joined_to_the_bytes_of_one_run() {
    let bench = bench();
    let whole = bench.run(&format!("{SWEEP} --out whole")).code(0);
    for part in [2, 4, 1, 3] {
        let done = bench.run(&format!("{SWEEP} --shard {part}/4 --out parts")).code(0);
        assert!(done.out.starts_with(&format!("part {part} of 4: ")), "{}", done.out);
    }
    let parts =
        ["part-1-of-4.jsonl", "part-2-of-4.jsonl", "part-3-of-4.jsonl", "part-4-of-4.jsonl"];
    assert_eq!(names(&bench, "parts"), parts);
    let joined = bench.run("merge parts --out joined").code(0);
    assert_eq!(said(&joined), said(&whole));
    assert_eq!(files(&bench, "joined"), files(&bench, "whole"));
    // A part that is there twice is one part, if it is the same; garbage beside whole parts is told.
    bench.run("merge parts parts/part-1-of-4.jsonl").code(0);
    let told = bench.run("merge parts shop.json").code(0);
    assert!(told.err.contains("shop.json:"), "{}", told.err);
    // A finished part is skipped; a damaged or missing one is named, and played again.
    let skipped = bench.run(&format!("{SWEEP} --shard 3/4 --out parts")).code(0);
    assert!(skipped.err.contains("is there already: skipped"), "{}", skipped.err);
    let third = bench.read("parts/part-3-of-4.jsonl");
    fs::write(bench.path("parts/part-3-of-4.jsonl"), third.replacen("\"run\":1", "\"run\":2", 1))
        .unwrap();
    fs::remove_file(bench.path("parts/part-2-of-4.jsonl")).unwrap();
    let lacking = bench.run("merge parts --out none").code(3);
    assert!(lacking.err.contains("missing of 4 parts: 2, 3"), "{}", lacking.err);
    assert!(lacking.err.contains("part-3-of-4.jsonl:"), "{}", lacking.err);
    assert!(!bench.path("none").exists(), "nothing is written of what is not whole");
    for part in [2, 3] {
        bench.run(&format!("{SWEEP} --shard {part}/4 --out parts")).code(0);
    }
    assert_eq!(bench.read("parts/part-3-of-4.jsonl"), third);
    bench.run("merge parts --out joined").code(0);
    assert_eq!(files(&bench, "joined"), files(&bench, "whole"));
    // One of another version is nobody's to play again.
    let version = concat!("\"highwater\":\"", env!("CARGO_PKG_VERSION"), "\"");
    let first = bench.read("parts/part-1-of-4.jsonl");
    let other = first.replacen(version, "\"highwater\":\"9.9.9\"", 1);
    fs::write(bench.path("parts/part-1-of-4.jsonl"), &other).unwrap();
    for words in [format!("{SWEEP} --shard 1/4 --out parts"), "merge parts".to_string()] {
        let refused = bench.run(&words).code(2);
        assert!(refused.err.contains("version"), "{}", refused.err);
        assert_eq!(bench.read("parts/part-1-of-4.jsonl"), other);
    }
    fs::write(bench.path("parts/part-1-of-4.jsonl"), first).unwrap();
    // Parts of another plan do not belong to it.
    bench.run(&format!("{SWEEP} --seed other --shard 1/4 --out parts")).code(2);
    bench.run(&format!("{SWEEP} --seed other --shard 1/4 --out other")).code(0);
    let mixed = bench.run("merge parts other").code(2);
    assert!(mixed.err.contains("is of another plan than"), "{}", mixed.err);
    bench.run("merge nowhere").code(3);
    bench.run("merge shop.json").code(3);
}

/// There are more parts than points: those without any are parts too.
#[test]
fn a_part_may_be_empty() {
    let bench = bench();
    let words = "sweep shop.json --vary servers.redis.maxclients=5,6 --runs 1";
    bench.run(&format!("{words} --out whole")).code(0);
    for part in 1..=3 {
        bench.run(&format!("{words} --shard {part}/3 --out parts")).code(0);
    }
    bench.run("merge parts --out joined").code(0);
    assert_eq!(files(&bench, "joined"), files(&bench, "whole"));
}

#[test]
fn goals_decide_the_exit_code() {
    let bench = bench();
    // Evenly spaced requests of a known number at every setting, the first at 0 s, the last at 60 s.
    let words = "sweep shop.json --vary servers.redis.maxclients=50,60 --runs 3 --goal";
    let goal = |goal: &str| {
        let mut command = bench.command(words);
        command.arg(goal);
        command.output().unwrap().status.code()
    };
    assert_eq!(goal("fleets.shop.requests = 601"), Some(0));
    assert_eq!(goal("fleets.shop.requests < 601"), Some(1));
    assert_eq!(goal("C1 >= 600"), Some(0));
    assert_eq!(goal("outage < 1%"), Some(4), "three runs without one do not show so little");
    assert_eq!(goal("servers.redis.first_rejection_s = never"), Some(4), "nor any median");
    let words = "sweep shop.json --vary servers.redis.maxclients=50,60 --runs 6 --goal";
    let mut command = bench.command(words);
    let done = command.arg("servers.redis.first_rejection_s = never").output().unwrap();
    assert_eq!(done.status.code(), Some(0));
    let out = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(out.contains("MEET median of servers.redis.first_rejection_s = never"), "{out}");
    // One run has no interval, so it decides nothing.
    let words = "sweep shop.json --vary servers.redis.maxclients=50,60 --runs 1 --goal";
    let done = bench.command(words).arg("fleets.shop.requests = 601").output().unwrap();
    assert_eq!(done.status.code(), Some(4));
}

#[test]
fn best_settings_are_told_apart_or_not() {
    let bench = bench();
    let words = "sweep shop.json --runs 6 --minimize fleets.shop.failed_ratio --format json --quiet \
                 --set fleets.shop.instances=9";
    let apart = format!("{words} --vary servers.redis.maxclients=2,100");
    let found = bench.run(&apart).code(0).json();
    assert_eq!(found["best"][0]["set"]["servers.redis.maxclients"], "100");
    assert_eq!(found["best"][0]["told_apart"], true);
    // The same in every run: both are best.
    let same = format!("{words} --vary servers.redis.maxclients=100,200");
    let found = bench.run(&same).code(0).json();
    assert_eq!(found["best"][0]["may_be_best"], serde_json::json!([0, 1]));
    let pareto = format!("{same} --maximize fleets.shop.requests");
    let found = bench.run(&pareto).code(0).json();
    assert!(found["pareto"].as_array().unwrap().iter().all(|point| point["in_set"] == true));
}

/// Connections that pools keep open, up to the limit: instances x min, at most 22. So every figure is
/// known beforehand: the differences run by run, where the curve bends (20 of 5, 22 of 6 and more lie
/// .317 and .286 above the line between the ends), and which cells meet the goal.
#[test]
fn differences_and_pictures_are_those_of_a_known_curve() {
    let bench = bench();
    let words = "sweep shop.json --runs 2 --set servers.redis.maxclients=22 --format json --quiet \
                 --vary fleets.shop.connections.main.pooled.max,fleets.shop.connections.main.pooled.min=1..8:1";
    let of = |more: &str, folder: &str| {
        let mut command = bench.command(&format!("{words} {more} --out {folder}"));
        let out = command.args(["--goal", "servers.redis.connected_clients_max <= 18"]).output();
        serde_json::from_slice::<serde_json::Value>(&out.unwrap().stdout).unwrap()
    };
    let figure =
        |point: &serde_json::Value| point["figures"]["servers.redis.connected_clients_max"].clone();
    let found = of("--set fleets.shop.instances=4", "line");
    let points = found["points"].as_array().unwrap();
    for (point, min) in points.iter().zip(1..) {
        let open = (4 * min).min(22);
        assert_eq!(figure(point)["mean"], open, "{min}");
        assert_eq!(point["standing"], if open <= 18 { "meets" } else { "misses" }, "{min}");
        let less = &figure(point)["less_first_point"];
        if min == 1 {
            assert!(less.is_null());
        } else {
            assert_eq!((&less["mean"], &less["low"]), (&(open - 4).into(), &(open - 4).into()));
        }
    }
    let curve = bench.read("line/sweep-curve-servers-redis-connected-clients-max.svg");
    for text in
        ["knee at 5: 20", "goal: servers.redis.connected_clients_max &lt;= 18", "meets the goal"]
    {
        assert!(curve.contains(text), "{text}: {curve}");
    }
    of("--vary fleets.shop.instances=2,4", "map");
    let map = bench.read("map/sweep-heat-servers-redis-connected-clients-max.svg");
    for text in
        ["goal: servers.redis.connected_clients_max &lt;= 18", "rows: fleets.shop.instances"]
    {
        assert!(map.contains(text), "{text}: {map}");
    }
    let table = bench.read("map/points.csv");
    assert_eq!(table.lines().filter(|line| line.contains(",meets,")).count(), 12, "{table}");
}

/// With drawn settings the share of runs with an outage is that of the law: here the shop is down when
/// fewer than two slots are left, which a uniform law over 1 to 10 gives in a known share.
#[test]
fn ranges_are_carried_to_the_share_of_outages() {
    let bench = bench();
    let words = "sweep shop.json --vary fleets.shop.arrivals.even.rate=uniform(1/s,101/s) \
                 --samples 200 --set duration=10s --format json --quiet";
    let mut command = bench.command(words);
    let out = command.args(["--outage", "fleets.shop.requests > 755"]).output().unwrap();
    let found: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    // More than 755 requests in 10 s come from rates above 75.5/s: a quarter of the law, and a Latin
    // hypercube of 200 hits it within one stratum on either side.
    let outage = &found["all_points"]["figures"]["outage"];
    let share = outage["mean"].as_f64().unwrap();
    assert!((share - 0.255).abs() <= 2.0 / 200.0, "{share}");
    assert!(outage["low"].as_f64().unwrap() < 0.255 && 0.255 < outage["high"].as_f64().unwrap());
    let points = found["points"].as_array().unwrap();
    assert_eq!(points.len(), 200);
    bench.run(&format!("{words} --runs 2")).code(2);
}

/// The number of requests is rate x duration, and nothing else matters to it: Morris finds exactly that.
#[test]
fn morris_finds_what_matters() {
    let bench = bench();
    let words = "sweep shop.json --vary fleets.shop.arrivals.even.rate=10/s..40/s \
                 --vary servers.redis.maxclients=50..100 --set duration=10s --sensitivity morris \
                 --samples 4 --minimize fleets.shop.requests --format json --quiet --out out";
    let found = bench.run(words).code(0).json();
    let knobs = &found["sensitivity"].as_array().unwrap().last().unwrap()["knobs"];
    let rate = &knobs["fleets.shop.arrivals.even.rate"];
    // From 10/s to 40/s over 10 s: 300 requests more.
    assert!((rate["mu_star"].as_f64().unwrap() - 300.0).abs() < 3.0, "{rate}");
    assert_eq!(knobs["servers.redis.maxclients"]["mu_star"], 0);
    assert!(names(&bench, "out").contains(&"sweep-tornado-fleets-shop-requests.svg".to_string()));
    let ends = words.replace("morris --samples 4", "ends").replace("--out out", "--out ends");
    let found = bench.run(&ends).code(0).json();
    let rate = &found["sensitivity"].as_array().unwrap().last().unwrap()["knobs"]["fleets.shop.arrivals.even.rate"];
    assert_eq!(
        (&rate["at_low"], &rate["at_high"], &rate["swing"]),
        (&101.into(), &401.into(), &300.into())
    );
    let table = bench.read("ends/points.csv");
    assert_eq!(
        table.lines().count(),
        6,
        "a head, the file as it is, and two ends of each: {table}"
    );
    assert!(
        table.lines().nth(1).unwrap().starts_with("0,as in the file,as in the file,10,"),
        "{table}"
    );
    // What never comes at one end has no swing: nobody is told that it does not matter.
    let never = "sweep shop.json --vary fleets.shop.instances=1..40 --sensitivity ends --runs 2 \
                 --set servers.redis.maxclients=20 --minimize servers.redis.first_rejection_s --quiet \
                 --set fleets.shop.connections.main.pooled.min=5";
    let done = bench.run(never).code(0);
    assert!(done.out.contains("CANNOT BE SAID of servers.redis.first_rejection_s"), "{}", done.out);
    assert!(!done.out.contains("NaN"), "{}", done.out);
    let sobol = words.replace("morris --samples 4", "sobol --samples 16").replace("--out out", "");
    let found = bench.run(&sobol).code(0).json();
    let knobs = &found["sensitivity"].as_array().unwrap().last().unwrap()["knobs"];
    assert_eq!(knobs["servers.redis.maxclients"]["total"], 0);
    assert!(knobs["fleets.shop.arrivals.even.rate"]["total"].as_f64().unwrap() > 0.5);
}

#[test]
fn bad_input_is_told_all_at_once_and_nothing_is_played() {
    let bench = bench();
    for (words, says) in [
        (
            "--vary servers.redis.maxclient=1,2 --vary x=1",
            &["did you mean \"maxclients\"", "unknown key \"x\""][..],
        ),
        ("--vary servers.redis.timeout=5,10", &["add a unit: \"5s\"", "add a unit: \"10s\""]),
        ("--vary servers.redis.maxclients=10..1:1", &["the range is empty"]),
        ("--vary servers.redis.maxclients=1..10", &["expected a step", "--samples N"]),
        (
            "--vary servers.redis.maxclients=1..10000:1 --vary servers.redis.backlog=1..1000:1",
            &["10000000 points, more than 10000", "--points-max 10000000 allows them"],
        ),
        (
            "--vary servers.redis.maxclients=1,2 --goal outage<5 --goal outge<5% --minimize x --figure y",
            &[
                "there is no figure and no claim \"outge\"",
                "--minimize: there is no figure",
                "--figure: there is",
            ],
        ),
        ("--vary servers.redis.maxclients=1,2 --precision 2%", &["--precision: of what?"]),
        (
            "--vary servers.redis.maxclients=1,2 --precision 0% --goal outage<5%",
            &["a share above 0 and below 1"],
        ),
        (
            "--vary servers.redis.maxclients=1,2 --precision 2% --goal outage<5%",
            &["no mean that could be narrowed"],
        ),
        ("--vary base=a.json,b.json", &["a base cannot be set here"]),
        ("--vary fleets.shop.instances,fleets.shop.instances=1,2", &["stands there twice"]),
        ("--vary seed=1,2", &["the seed is no setting to compare"]),
        ("--vary servers.redis.maxclients=1,2 --shard 1/2", &["--out"]),
        ("--vary servers.redis.maxclients=1,2 --shard 3/2 --out x", &["I from 1 to N"]),
    ] {
        let done = bench.run(&format!("sweep shop.json {words}")).code(2);
        for part in says {
            assert!(done.err.contains(part), "{words}: {}", done.err);
        }
        assert!(done.out.is_empty(), "{words}: {}", done.out);
    }
    // A combination that cannot be is a finding, not the end of the others.
    let words = "sweep shop.json --runs 1 --vary fleets.shop.connections.main.pooled.min=2,9 \
                 --vary fleets.shop.connections.main.pooled.max=5,10";
    let done = bench.run(words).code(0);
    assert!(done.out.contains("min = 9, max = 5 cannot be:"), "{}", done.out);
}

#[test]
fn output_that_cannot_be_written_is_told_and_what_was_played_is_kept() {
    let bench = bench().write("file", "");
    bench.run(&format!("{SWEEP} --out file/out")).code(3);
    // A disk that is full after some blocks: no file may grow beyond them.
    let whole = bench.run(&format!("{SWEEP} --out whole")).code(0);
    let rows = bench.read("whole/runs.jsonl").len();
    let blocks = (rows / 512).saturating_sub(2);
    let words =
        SWEEP.split_whitespace().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ");
    let binary = assert_cmd::cargo::cargo_bin("highwater");
    let line = format!("trap '' XFSZ; ulimit -f {blocks}; {} {words} --out out", binary.display());
    let mut shell = std::process::Command::new("sh");
    let out = shell.args(["-c", &line]).current_dir(bench.path("")).output().unwrap();
    let err = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(3), "{err}");
    assert!(err.contains("cannot write"), "{err}");
    let done = bench.run(&format!("{SWEEP} --out out --resume")).code(0);
    assert!(done.err.contains("runs are there already"), "{}", done.err);
    assert_eq!(files(&bench, "out"), files(&bench, "whole"));
    assert_eq!(said(&done), said(&whole));
}

#[test]
fn the_way_to_repeat_is_a_command_that_does() {
    let bench = bench();
    let done = bench
        .run("sweep shop.json --vary servers.redis.maxclients=5..20:5 --runs 2 --minimize outage")
        .code(0);
    let repeat = done.out.lines().last().unwrap();
    let words = repeat.strip_prefix("To repeat: highwater ").unwrap();
    assert_eq!(bench.run(words).code(0).out, done.out);
}
