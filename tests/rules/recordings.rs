//! A series beside a recording of it: what is compared with what, and what comes of it.

use std::io::{Error, ErrorKind};
use std::path::Path;

use highwater::experiment::replicate;
use highwater::scenario::{ClaimTest, Scenario, Verdict, read};

/// At row t, in seconds, t connections have been opened: those of 0, 1, ... t - 1 and a millisecond.
fn scenario(csv: &str, measure: &str, within: &str) -> Scenario {
    let json = format!(
        r#"{{ "format": 1, "duration": "1min", "sample_every": "1s",
          "about": {{ "start": "2024-11-14T09:42:00Z" }},
          "servers": {{ "redis": {{ "preset": "redis-7.2", "maxclients": 100 }} }},
          "network": {{ "delay": {{ "constant": "1ms" }} }},
          "fleets": {{ "app": {{
            "arrivals": {{ "even": {{ "rate": "1/s" }} }},
            "connections": {{ "main": {{ "per_request": {{ "leak": {{ "kind": "forgotten", "on_success": 1 }} }} }} }},
            "steps": [ {{ "call": {{ "server": "redis", "through": "main" }} }} ] }} }},
          "claims": [ {{ "id": "C", "says": "as recorded", "within": {within}, "measure": {{ "recorded": {{
            "series": "servers.redis.connected_clients", "recorded": "real.csv", "column": "c", "time": "t"
            {measure} }} }} }} ] }}"#
    );
    let load = |name: &str| match name {
        "real.csv" => Ok(csv.as_bytes().to_vec()),
        "run.json" => Ok(json.as_bytes().to_vec()),
        _ => Err(Error::from(ErrorKind::NotFound)),
    };
    read("run.json", &load, &[]).unwrap_or_else(|problems| panic!("{problems}"))
}

fn measured(csv: &str, measure: &str) -> Option<f64> {
    let scenario = scenario(csv, measure, "1");
    replicate(&scenario, 1, 1, &|_| ()).claims.remove(0).observed.unwrap().median
}

/// Apart by 0, 3, 0 and 4: what was recorded at 30.5 s stands beside the row of 30 s. The row without a
/// value is no row.
const CSV: &str = "t,c\n10,10\n20,23\n25,\n30.5,30\n40,36\n";

#[test]
fn each_recorded_value_is_compared_with_the_last_row_before_it() {
    assert_eq!(measured(CSV, ""), Some(2.5));
    assert_eq!(measured(CSV, r#", "distance": "mean_abs""#), Some(1.75));
    assert_eq!(measured(CSV, r#", "distance": "max""#), Some(4.0));
}

#[test]
fn a_recording_can_be_moved_and_cut() {
    let most = |more: &str| measured(CSV, &format!(r#", "distance": "max"{more}"#));
    // Beside 7, 17, 27 and 37: apart by 3, 6, 3 and 1.
    assert_eq!(most(r#", "shift": "-3s""#), Some(6.0));
    // Beside 14, 24, 34 and 44: apart by 4, 1, 4 and 8; the range leaves out the last.
    assert_eq!(most(r#", "shift": "4s""#), Some(8.0));
    assert_eq!(most(r#", "shift": "4s", "to": "40s""#), Some(4.0));
    // What was recorded before the run began, or after it ended, is beside nothing.
    assert_eq!(measured("t,c\n-1,500\n10,11\n61,500\n", r#", "distance": "max""#), Some(1.0));
}

#[test]
fn instants_may_be_those_of_the_wall_clock() {
    let csv =
        "t,c\n2024-11-14T09:41:59Z,500\n2024-11-14T09:42:10Z,10\n2024-11-14T09:42:20.500Z,22\n";
    assert_eq!(measured(csv, r#", "distance": "max""#), Some(2.0));
}

/// The recorded values span 26: a tenth is 2.6.
#[test]
fn per_cent_are_of_what_was_recorded() {
    let tenth = scenario(CSV, "", r#""10%""#);
    let ClaimTest::Outcome { expect, within, .. } = &tenth.claims[0].test else {
        panic!("it is measured")
    };
    assert_eq!((*expect, *within), (0.0, 26.0 * 0.1));
    let verdict = |within: &str| {
        replicate(&scenario(CSV, "", within), 1, 1, &|_| ()).claims.remove(0).verdict
    };
    assert_eq!(verdict(r#""10%""#), Verdict::Holds);
    assert_eq!(verdict(r#""9%""#), Verdict::Contradicted);
}

/// The recording of a real Redis: 264 connections a second fit within what arrives in 40 ms, another
/// rate does not, nor does the right one three seconds late.
#[test]
fn a_leak_runs_as_it_was_recorded_and_another_does_not() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/reality/recorded-leak.json");
    let verdicts = |set: &[(String, String)]| -> Vec<Verdict> {
        let name = file.to_str().expect("the path is UTF-8");
        let scenario = read(name, &|name| std::fs::read(name), set);
        let scenario = scenario.unwrap_or_else(|problems| panic!("{problems}"));
        replicate(&scenario, 1, 1, &|_| ()).claims.iter().map(|claim| claim.verdict).collect()
    };
    assert_eq!(verdicts(&[]), [Verdict::Holds, Verdict::Holds, Verdict::Contradicted]);
    let faster =
        [("fleets.leak.arrivals".to_string(), r#"{"even": {"rate": "280/s"}}"#.to_string())];
    assert_eq!(verdicts(&faster), [Verdict::Contradicted; 3]);
}
