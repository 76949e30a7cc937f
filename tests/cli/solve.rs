//! `highwater solve` as its users meet it.

use super::bench::{Bench, Done, requests};

fn bench() -> Bench {
    Bench::new().shop(&[requests("C1", 600, "holds")])
}

/// Nine instances that each need one of the slots; requests are evenly spaced, instances are picked at
/// random.
const NINE: &str = "--set fleets.shop.instances=9";
const SLOTS: &str = "--vary servers.redis.maxclients=1..20";

impl Bench {
    /// Solves with words of which the last, after a colon, is a goal with spaces in it.
    #[track_caller]
    fn solve(&self, words: &str, goals: &[&str]) -> Done {
        let mut command = self.command(&format!("solve {words}"));
        for goal in goals {
            command.args(["--goal", goal]);
        }
        let output = command.output().expect("the command can be run");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        let done =
            Done { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) };
        assert!(!done.err.contains("panicked"), "{words}: {}", done.err);
        done
    }
}

const NEVER: &str = "fleets.shop.first_failure_s = never";

#[test]
fn the_setting_comes_first_and_the_way_to_repeat_it_last() {
    let words = format!("shop.json {SLOTS} {NINE} --quiet");
    let done = bench().solve(&words, &[NEVER]).code(0);
    let lines: Vec<&str> = done.out.lines().collect();
    assert!(lines[0].starts_with("shop  A small shop"), "{}", done.out);
    let verdict = "SMALLEST maxclients that meets fleets.shop.first_failure_s = never: 9 (median never \
                   over 20";
    assert!(lines[3].starts_with(verdict), "{}", done.out);
    assert!(lines[4].contains("8 does not (median "), "{}", done.out);
    let repeat = format!(
        "To repeat: highwater solve shop.json {SLOTS} --goal '{NEVER}' {NINE} --seed 7 --runs 10 \
         --runs-max 1000"
    );
    assert_eq!(lines[lines.len() - 2], repeat, "{}", done.out);
    let curve = format!("The curve: highwater sweep shop.json {SLOTS}:1 {NINE} --seed 7 --runs 20");
    assert_eq!(lines[lines.len() - 1], curve);
    let wide = lines[..lines.len() - 2].iter().find(|line| line.chars().count() > 100);
    assert_eq!(wide, None, "{}", done.out);
    assert!(done.err.is_empty(), "{}", done.err);
}

#[test]
fn exit_codes_tell_found_none_and_undecided_apart() {
    let bench = bench();
    let done = bench.solve(&format!("shop.json {SLOTS} {NINE}"), &["C1 > 500"]).code(0);
    assert!(done.out.contains("the range of maxclients begins too late"), "{}", done.out);
    let words = done.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("--largest looks from the other end"), "{}", done.out);
    assert!(done.err.contains("maxclients=1 after 160 runs: 601, always: meets"), "{}", done.err);
    let none = "shop.json --vary servers.redis.maxclients=1..5 --set fleets.shop.instances=9";
    let done = bench.solve(none, &["fleets.shop.failed_ratio < 1%"]).code(1);
    assert!(done.out.contains("NONE: no maxclients between 1 and 5 meets"), "{}", done.out);
    assert!(done.out.contains("1 comes to 90.3 ± 1.8 %"), "{}", done.out);
    assert!(done.out.contains("nor does any of 3 tried between them"), "{}", done.out);
    // About 600 requests by chance: twenty runs do not tell 600 from 602.
    let rate = "shop.json --vary fleets.shop.arrivals.poisson.rate=1/s..20/s:1/s --runs-max 20 \
                --set fleets.shop.arrivals={\"poisson\":{\"rate\":\"1/s\"}}";
    let done = bench.solve(rate, &["fleets.shop.requests < 602"]).code(4);
    assert!(done.out.contains("UNDECIDED: the largest rate that meets"), "{}", done.out);
    assert!(done.out.contains("10/s needs more runs (--runs-max): 600 ± "), "{}", done.out);
}

#[test]
fn the_ends_say_which_way_to_look_unless_somebody_does() {
    let bench = bench();
    let of = |words: &str| {
        let words = format!("shop.json --vary fleets.shop.instances=1..20 {words} --format json");
        let set = "--set servers.redis.maxclients=9 --quiet";
        bench.solve(&format!("{words} {set}"), &["fleets.shop.failed_ratio < 1%"]).code(0).json()
    };
    let path = "fleets.shop.instances";
    for (words, answer) in [("", "9"), ("--largest", "9"), ("--smallest", "1")] {
        let found = of(words);
        assert_eq!(found["answer"][path], answer, "{words}");
    }
    assert_eq!(of(&format!("--largest={path}"))["answer"][path], "9");
}

#[test]
fn json_has_everything_that_was_tried() {
    let words = format!("shop.json {SLOTS} {NINE} --quiet --format json");
    let found = bench().solve(&words, &[NEVER, "outage < 50%"]).code(0).json();
    assert_eq!((&found["verdict"], &found["seed"]), (&"found".into(), &"7".into()));
    assert_eq!(found["answer"]["servers.redis.maxclients"], "9");
    assert_eq!(found["next"][0]["set"]["servers.redis.maxclients"], "8");
    assert_eq!(found["monotone"], true);
    let tried = found["tried"].as_array().expect("an array");
    let runs: u64 = tried.iter().filter_map(|one| one["runs"].as_u64()).sum();
    assert_eq!(found["stats"]["runs"], runs);
    let last = tried.iter().find(|one| one["set"]["servers.redis.maxclients"] == "9").unwrap();
    assert_eq!(last["standing"], "meets");
    assert_eq!(last["goals"][0]["met"], true);
    assert!(last["goals"][0]["median"].is_null(), "never");
    assert_eq!(last["goals"][1]["share"], 0);
    assert!(found["digest"].as_str().is_some_and(|digest| digest.len() == 32));
}

/// Without the one figure that the clock has its hand in.
fn without_clock(done: &Done) -> serde_json::Value {
    let mut object = done.json();
    object["stats"]["wall_seconds"] = 0.into();
    object
}

#[test]
fn any_number_of_jobs_gives_the_same_bytes() {
    let bench = bench();
    let of = |jobs: u32, format: &str| {
        let words = format!("shop.json {SLOTS} {NINE} --quiet --jobs {jobs} --format {format}");
        bench.solve(&words, &["outage < 50%"]).code(0)
    };
    assert_eq!(of(1, "text").out, of(2, "text").out);
    assert_eq!(without_clock(&of(1, "json")), without_clock(&of(2, "json")));
}

/// A search that was killed while a line was being written goes on with the same answer, and what it
/// has is not played again.
#[test]
fn an_interrupted_search_goes_on() {
    let bench = bench();
    let of = |more: &str| {
        let words = format!("shop.json {SLOTS} {NINE} --quiet --out found --format json {more}");
        bench.solve(&words, &["fleets.shop.failed_ratio < 5%", "outage < 50%"])
    };
    let whole = without_clock(&of("").code(0));
    let lines = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
        lines.sort();
        lines
    };
    let all = bench.read("found/solve.jsonl");
    assert_eq!(all.lines().count() as u64, whole["stats"]["runs"].as_u64().unwrap() + 1);
    for keep in [all.len() / 2, all.len() - 1, all.find('\n').unwrap() + 1, 10, 0] {
        std::fs::write(bench.path("found/solve.jsonl"), &all[..keep]).unwrap();
        assert_eq!(without_clock(&of("--resume").code(0)), whole, "{keep} bytes");
        assert_eq!(lines(&bench.read("found/solve.jsonl")), lines(&all), "{keep} bytes");
    }
    // It is all there: no run is played, and none is written.
    assert_eq!(without_clock(&of("--resume").code(0)), whole);
    assert_eq!(bench.read("found/solve.jsonl").len(), all.len());
    let refused = |words: &str, goal: &str, part: &str| {
        let words = format!("shop.json {words} --quiet --out found --resume");
        let done = bench.solve(&words, &[goal, "outage < 50%"]).code(2);
        assert!(done.err.contains(part), "{words}: {}", done.err);
    };
    let goal = "fleets.shop.failed_ratio < 5%";
    refused(&format!("{SLOTS} {NINE} --seed 8"), goal, "of another seed: \"7\", here \"8\"");
    refused(&format!("{SLOTS} {NINE}"), "C1 = 600", "of another --goal");
    refused(SLOTS, goal, "of another scenario (or other --set)");
    let other = "--vary fleets.shop.instances=1..9";
    refused(&format!("{other} {NINE}"), goal, "of another --vary");
    std::fs::write(bench.path("found/solve.jsonl"), format!("{all}nonsense\n")).unwrap();
    refused(&format!("{SLOTS} {NINE}"), goal, "expected a run of this search");
    assert_eq!(bench.read("found/solve.jsonl").len(), all.len() + 9, "what is refused is kept");
    std::fs::write(bench.path("found/solve.jsonl"), "nonsense\n").unwrap();
    refused(&format!("{SLOTS} {NINE}"), goal, "it is no file of solve");
}

#[test]
fn what_makes_no_sense_is_told_with_what_to_do() {
    let bench = bench().write("file", "");
    let pool = "fleets.shop.connections.main.pooled";
    let min = format!("--vary {pool}.max=1..9 --set {pool}.min=5");
    let many = format!("{SLOTS} {}", "--vary fleets.shop.instances=1..9 ".repeat(10));
    for (words, goal, part) in [
        ("", "C1 = 600", "--vary"),
        (SLOTS, "C2 = 600", "did you mean \"C1\"?"),
        (SLOTS, "fleets.shop.latency_s_p98 < 1s", "did you mean \"fleets.shop.latency_s_p9"),
        (SLOTS, "fleets.shop.latency_s_p99 < 10", "a time with its unit"),
        (SLOTS, "fleets.shop.latency_s_p99", "expected a figure, a relation"),
        ("--vary servers.redis.maxclient=1..9", "C1 = 600", "did you mean \"maxclients\"?"),
        ("--vary servers.redis.maxclients=9..1", "C1 = 600", "its first end is above its second"),
        ("--vary servers.redis.maxclients=9..9", "C1 = 600", "one leaves nothing to look for"),
        ("--vary servers.redis.maxclients=9,5", "C1 = 600", "numbers that rise"),
        ("--vary fleets.shop.balancer=random,round_robin", "C1 = 600", "expected a range LO..HI"),
        ("--vary servers.redis.timeout=1..9", "C1 = 600", "a time with its unit"),
        ("--vary servers.redis.maxclients=uniform(1,9)", "C1 = 600", "a law has no values"),
        (&min, "C1 = 600", "expected at most `max`"),
        (&many, "C1 = 600", "expected at most 10"),
        (&format!("{SLOTS} --smallest --largest"), "C1 = 600", "expected one of them"),
        (&format!("{SLOTS} --largest=duration"), "C1 = 600", "no --vary turns it"),
        (&format!("{SLOTS} --runs 50 --runs-max 20"), "C1 = 600", "expected --runs (50) or more"),
        (&format!("{SLOTS} --runs-max 1"), "C1 = 600", "--runs-max"),
        (&format!("{SLOTS} --outage C1>5"), "C1 = 600", "of no use without a goal about it"),
        (&format!("{SLOTS} --outage C3>5"), "outage < 5%", "--outage: there is no figure"),
        (&format!("{SLOTS} --resume"), "C1 = 600", "--out"),
    ] {
        let done = bench.solve(&format!("shop.json {words}"), &[goal]);
        assert_eq!(done.code, Some(2), "{words} {goal}: {}{}", done.out, done.err);
        assert!(done.err.contains(part), "{words} {goal}: {}", done.err);
    }
    for (words, part) in
        [("nobody.json", "nobody.json"), ("shop.json --out file/below", "cannot create file/below")]
    {
        let done = bench.solve(&format!("{words} {SLOTS}"), &["C1 = 600"]).code(3);
        assert!(done.err.contains(part), "{words}: {}", done.err);
    }
}
