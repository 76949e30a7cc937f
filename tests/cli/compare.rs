//! `highwater compare` as its users meet it.

use super::bench::{Bench, Done, requests};

fn bench() -> Bench {
    Bench::new().shop(&[requests("C1", 600, "holds")])
}

/// Without the one figure that the clock has its hand in.
fn without_clock(done: &Done) -> serde_json::Value {
    let mut object = done.json();
    object["stats"]["wall_seconds"] = 0.into();
    object
}

#[test]
fn any_number_of_jobs_gives_the_same_bytes() {
    let set = "--set fleets.shop.arrivals={\"poisson\":{\"rate\":\"10/s\"}} --runs 7";
    for what in [
        "--with fleets.shop.arrivals.poisson.rate=20/s --with servers.redis.maxclients=3",
        "--actions-at 30s --over 10s --set sample_every=1s",
    ] {
        let bench = bench();
        let words = |jobs: u32| format!("compare shop.json {what} {set} --jobs {jobs}");
        let (one, two) = (bench.run(&words(1)).code(0), bench.run(&words(2)).code(0));
        assert_eq!(one.out, two.out);
        let json = |jobs: u32| bench.run(&format!("{} --format json", words(jobs))).code(0);
        assert_eq!(without_clock(&json(1)), without_clock(&json(2)));
    }
}

/// Two slots are left when the operator's is counted, the pools want ten: with three at most most
/// requests cannot be served, in every run.
#[test]
fn the_verdict_comes_first_and_the_way_to_repeat_it_last() {
    let limit = "--with servers.redis.maxclients=2,fleets.shop.instances=9";
    let done = bench().run(&format!("compare shop.json {limit} --runs 6 --quiet")).code(0);
    let lines: Vec<&str> = done.out.lines().collect();
    assert!(lines[0].starts_with("shop  A small shop"), "{}", done.out);
    let verdict = "CAUSE: servers.redis.maxclients=2,fleets.shop.instances=9 causes the outage";
    assert_eq!(lines[3], verdict, "{}", done.out);
    assert!(lines[4].contains("6 of 6 runs with it, in 0 of 6 without"), "{}", done.out);
    let repeat = format!("To repeat: highwater compare shop.json {limit} --seed 7 --runs 6");
    assert_eq!(lines.last(), Some(&repeat.as_str()));
    assert!(
        lines[..lines.len() - 1].iter().all(|line| line.chars().count() <= 100),
        "{}",
        done.out
    );
    assert!(done.err.is_empty(), "{}", done.err);
}

#[test]
fn json_has_every_pair_and_every_figure() {
    let words = "compare shop.json --with duration=50s --runs 6 --format json --quiet";
    let found = bench().run(words).code(0).json();
    assert_eq!((&found["runs"], &found["seed"]), (&6.into(), &"7".into()));
    assert_eq!(found["first"]["name"], "shop");
    let other = &found["others"][0];
    assert_eq!((&other["differs"], &other["what"]), (&"with".into(), &"duration=50s".into()));
    assert_eq!(other["outage_in"].as_array().unwrap().len(), 6);
    assert_eq!(other["effect"]["finding"], "no_difference_shown");
    // Ten a second, evenly spaced, the last one at the last instant: 100 fewer, in every run.
    let requests = &other["figures"]["fleets.shop.requests"];
    assert_eq!((&requests["first"], &requests["here"]), (&601.into(), &501.into()));
    assert_eq!((&requests["difference"], &requests["sd"]), (&(-100).into(), &0.into()));
    assert_eq!((&requests["pairs"], &requests["changed"]), (&6.into(), &"differs".into()));
    assert_eq!(other["figures"]["servers.redis.first_rejection_s"]["changed"], "same");
}

#[test]
fn two_files_and_goals_by_figure_or_claim() {
    let bench =
        bench().write("other.json", r#"{ "format": 1, "base": "shop.json", "duration": "50s" }"#);
    let of = |goal: &str| {
        let mut command = bench.command("compare shop.json other.json --runs 6 --quiet");
        let output = command.args(["--outage", goal]).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    for goal in ["fleets.shop.requests < 550", "C1 <= 5e2", "C1 <= 501", "C1 != 601"] {
        let (code, out) = of(goal);
        match goal.contains('e') && goal.starts_with('C') {
            true => assert_eq!(code, Some(2), "no exponents"),
            false => {
                assert_eq!(code, Some(0), "{out}");
                let shown = goal.replace("5e2", "500");
                assert!(out.contains(&format!("CAUSE: other causes `{shown}`")), "{out}");
                assert!(out.contains(&format!("`{shown}` in 6 of 6 runs of other")), "{out}");
            }
        }
    }
    let (code, out) = of("fleets.shop.requests > 550");
    assert!(
        code == Some(0) && out.contains("PREVENTED: other prevents `fleets.shop.requests > 550`"),
        "{out}"
    );
}

#[test]
fn undecided_is_four() {
    let done = bench().run("compare shop.json --with duration=50s --runs 5").code(4);
    assert!(done.out.contains("UNDECIDED"), "{}", done.out);
    assert!(done.out.contains("fewer than 6 pairs of runs decide nothing"), "{}", done.out);
}

#[test]
fn what_makes_no_sense_is_told_with_what_to_do() {
    let bench = bench();
    let long = format!("compare shop.json {}", "--with seed=x ".repeat(100));
    for (words, part) in [
        ("compare", "required"),
        ("compare shop.json", "needs two scenarios"),
        ("compare shop.json nobody.json", "nobody.json"),
        ("compare shop.json --without timeline.0", "\"timeline\" is not written there"),
        ("compare shop.json --without servers.redi", "did you mean \"redis\"?"),
        ("compare shop.json --without servers", "(there is none)"),
        ("compare shop.json --with nothing", "expected PATH=VALUE"),
        ("compare shop.json --with servers.redis.maxclient=3", "did you mean \"maxclients\"?"),
        ("compare shop.json --with foo=1", "--with:1:1: foo: unknown key"),
        ("compare shop.json --set foo=1 --with duration=5s", "--set:1:1: foo: unknown key"),
        ("compare shop.json --with duration=5s --outage x>1", "there is no figure and no claim"),
        ("compare shop.json --with duration=5s --outage C2>1", "did you mean \"C1\"?"),
        ("compare shop.json --actions-at 30s --out x", "writes no files"),
        ("compare shop.json --actions-at 2min", "expected an instant between 0 s and 60 s"),
        (
            "compare shop.json --actions-at 0s",
            "sample_every (10 s) after the start and before the end",
        ),
        ("compare shop.json --actions-at soon", "expected a time with its unit"),
        ("compare shop.json --actions-at 99999y", "--actions-at: expected"),
        ("compare shop.json --actions-at 30s --idle 1500ms", "expected whole seconds"),
        ("compare shop.json --actions-at 30s --shed-for 0s", "expected whole seconds"),
        ("compare shop.json --actions-at 30s --over 1s", "--over: expected 10 s"),
        (
            "compare shop.json --actions-at 30s --over 10s --well-until 50s",
            "--well-until: expected",
        ),
        ("compare shop.json shop.json --actions-at 30s", "in one scenario"),
        ("compare shop.json --actions-at 30s --with duration=5s", "cannot be used with"),
        ("compare shop.json --with duration=5s --idle 5s", "cannot be used with"),
        ("compare shop.json shop.json --idle 5s", "--actions-at"),
        ("compare shop.json shop.json --runs 60000", "at most 100000 runs of all sides"),
        ("compare shop.json --actions-at 30s --runs 60000", "at most 100000 runs"),
        (&long, "at most 100 sides"),
    ] {
        let done = bench.run(words);
        let exit = if words.contains("nobody") { 3 } else { 2 };
        assert_eq!(done.code, Some(exit), "{words}: {}{}", done.out, done.err);
        assert!(done.err.contains(part), "{words}: {}", done.err);
    }
}

/// A `memcached` takes no new limit while it runs, and its descriptors allow none.
#[test]
fn what_is_not_at_hand_says_why() {
    let preset = "--set servers.redis.preset=memcached-1.6 --set servers.redis.maxclients=100";
    let done =
        bench().run(&format!("compare shop.json --actions-at 30s --runs 2 {preset}")).code(0);
    let after = done.out.split("Not at hand").nth(1).expect("something is not at hand");
    assert!(after.contains("set the idle timeout of redis to 60 s: "), "{}", done.out);
    assert!(
        done.out.contains("keep load away from shop for 60 s: the run ends before"),
        "{}",
        done.out
    );
    assert!(
        done.out.contains("NOTHING NEEDED: with nothing done goodput is as before"),
        "{}",
        done.out
    );
}
