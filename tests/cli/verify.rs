//! `highwater verify`.

use super::bench::Bench;

#[test]
fn quick_cases_are_verified_and_the_verdict_comes_first() {
    let ran = Bench::new().run("verify K01 K0 E17 --quiet --jobs 2").code(0);
    let first = ran.out.lines().next().unwrap_or_default();
    assert!(first.starts_with("VERIFIED: ") && first.contains(" of 9 cases"), "{first}");
    assert!(ran.out.contains("K01_burst_with_checkout_timeout"), "{}", ran.out);
    assert!(ran.out.lines().all(|line| line.chars().count() <= 100), "{}", ran.out);
}

#[test]
fn json_lists_figures_and_what_cannot_be_played() {
    let ran = Bench::new().run("verify B01 G01 K02 --format json --seed other --quiet").code(0);
    let json = ran.json();
    assert_eq!(json["seed"], "other");
    assert_eq!(json["verdict"], "verified");
    assert_eq!(json["cases"].as_array().map(Vec::len), Some(2));
    let case = &json["cases"][0];
    assert_eq!(case["id"], "B01_erlangB_c10_a10");
    let figure = &case["figures"][0];
    assert_eq!((&figure["name"], &figure["how"]), (&"p_block".into(), &"simulated".into()));
    let number = |key: &str| figure[key].as_f64().unwrap_or(f64::NAN);
    let off = (number("simulated") - number("expected")) / number("standard_error");
    assert!((off - number("off")).abs() < 1e-9 && off.abs() <= 4.0, "{figure}");
    assert!(number("share") <= 0.01 && number("runs") >= 20.0, "{figure}");
    assert_eq!(json["not_playable"][0]["id"], "G01_processor_sharing");
    assert!(json["not_playable"][0]["why"].is_string());
}

#[test]
fn the_same_bytes_on_any_number_of_threads() {
    let text = |jobs: u32| {
        let ran = Bench::new().run(&format!("verify B01 K06 --quiet --jobs {jobs}")).code(0);
        ran.out
    };
    assert_eq!(text(1), text(3));
}

#[test]
fn what_is_not_there_and_what_cannot_be_asked_for_is_bad_usage() {
    for (words, says) in [
        ("verify A03", "did you mean"),
        ("verify G01", "nothing of this can be played"),
        ("verify K01 --runs 19", "20 or more"),
        ("verify K01 --set seed=1", "--set"),
        ("verify K01 --out there", "--out"),
    ] {
        let ran = Bench::new().run(words).code(2);
        assert!(ran.err.contains(says), "{words}: {}", ran.err);
    }
}
