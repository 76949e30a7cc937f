//! Rules of monitoring: seen only at their own scrapes, and only by those who are let in.

use highwater::claims::{Stretch, Tested};
use highwater::experiment::{Outcome, replicate, simulate};
use highwater::scenario::{Scenario, read};

/// One connection is leaked every second, at 0, 1, 2, ... and a few milliseconds, into a limit of 100:
/// at second t there are t of them, and the one of second 100 is refused.
const LEAK: &str = r#"{
  "format": 1, "duration": "5min", "sample_every": "1min",
  "servers": { "redis": { "preset": "redis-7.2", "maxclients": 100 } },
  "network": { "delay": { "constant": "1ms" } },
  "fleets": { "app": {
    "arrivals": { "even": { "rate": "1/s" } },
    "connections": { "main": { "per_request": { "leak": { "kind": "forgotten", "on_success": 1, "on_error": 1 } } } },
    "steps": [ { "call": { "server": "redis", "through": "main" } } ],
    "process": { "restart_after": "40s" }
  } }
}"#;

fn leak(set: &[(&str, &str)]) -> Scenario {
    let set: Vec<(String, String)> =
        set.iter().map(|(path, value)| (path.to_string(), value.to_string())).collect();
    match read("leak.json", &|_| Ok(LEAK.as_bytes().to_vec()), &set) {
        Ok(scenario) => scenario,
        Err(problems) => panic!("{problems}"),
    }
}

/// A rule on what the server's clients are of its limit.
fn ratio(above: &str, more: &str) -> String {
    format!(
        r#"{{ "id": "ratio{}", "when": {{ "value": {{ "series": "servers.redis.connected_clients",
            "of": "servers.redis.maxclients", "above": {above} }} }} {more} }}"#,
        more.len()
    )
}

fn played(set: &[(&str, &str)]) -> Outcome {
    replicate(&leak(set), 1, 1, &|_| ())
}

/// What came of one rule.
fn tested(rule: &str, more: &[(&str, &str)]) -> Tested {
    let rules = format!("[{rule}]");
    let set: Vec<(&str, &str)> = [("alerts", rules.as_str())].iter().chain(more).copied().collect();
    played(&set).alerts.remove(0)
}

fn seconds(stretches: &[Stretch]) -> Vec<(f64, Option<f64>)> {
    let one = |s: &Stretch| (s.from.as_secs_f64(), s.to.map(|to| to.as_secs_f64()));
    stretches.iter().map(one).collect()
}

/// More than 80 from second 81 on: the scrape of second 90 is the first to see it. That of second 105
/// finds the server full and is refused: what it does not see is not so any more.
#[test]
fn a_rule_fires_at_its_own_scrape_and_ends_where_it_goes_blind() {
    let rule = tested(&ratio("0.8", ""), &[]);
    assert_eq!(seconds(&rule.seen.firings), [(90.0, Some(105.0))]);
    assert_eq!(seconds(&rule.seen.blind), [(105.0, None)]);
    let lead = rule.lead.median.unwrap();
    assert!((10.0..10.02).contains(&lead), "the 101st connection is dialled at 100 s: {lead}");
    // A finer scraper is earlier; the rows of the series do not matter.
    for rows in ["1s", "7s", "5min"] {
        let rule = tested(&ratio("0.8", r#", "every": "1s""#), &[("sample_every", rows)]);
        assert_eq!(seconds(&rule.seen.firings), [(81.0, Some(100.0))], "{rows}");
    }
}

/// Half of the limit is seen at 60, 75 and 90 s, so a rule of 30 s fires at 90. Four fifths are seen at
/// 90, and then no more: with 30 s of patience it never fires, unless it looks from the inside.
#[test]
fn a_rule_must_hold_scrape_after_scrape_before_it_fires() {
    let half = tested(&ratio("0.5", r#", "for": "30s""#), &[]);
    assert_eq!(seconds(&half.seen.firings), [(90.0, Some(105.0))]);
    let most = tested(&ratio("0.8", r#", "for": "30s""#), &[]);
    assert_eq!((seconds(&most.seen.firings), most.first.median), (vec![], Some(f64::INFINITY)));
    let inside = tested(&ratio("0.8", r#", "for": "30s", "scraper": "inside""#), &[]);
    assert_eq!(seconds(&inside.seen.firings), [(120.0, None)]);
    assert!(inside.seen.blind.is_empty());
    assert!(inside.lead.median.unwrap() < -19.0, "19.99 s after the first failure");
}

fn rejected(more: &str, rule: &str) -> String {
    format!(
        r#"{{ "id": "rejected", "when": {{ "rise": {{ "series": "servers.redis.rejected_connections",
            "above": 0 {more} }} }} {rule} }}"#
    )
}

/// Whoever must be let in cannot see that nobody is: the counter has not risen in any scrape that was
/// answered, and `absent` is what fires. From the host the first rise is seen between 90 and 105 s.
#[test]
fn refusals_are_seen_from_the_inside_alone() {
    let dials = tested(&rejected("", ""), &[]);
    assert_eq!(seconds(&dials.seen.firings), []);
    let inside = tested(&rejected("", r#", "scraper": "inside""#), &[]);
    assert_eq!(seconds(&inside.seen.firings), [(105.0, None)]);
    let absent = r#"{ "id": "absent", "when": { "absent": { "series": "servers.redis.connected_clients" } } }"#;
    assert_eq!(seconds(&tested(absent, &[]).seen.firings), [(105.0, None)]);
}

/// The leaking process is killed at 200 s: the slots come free, and the scrape of 210 s is answered. The
/// rise is known again when the window reaches back to 90 s, or has two new scrapes in it; these see none.
#[test]
fn a_rise_is_told_from_the_scrapes_of_its_window_that_were_answered() {
    let kill = [("timeline", r#"[{ "at": "200s", "kill": { "fleet": "app" } }]"#)];
    let short = tested(&rejected("", ""), &kill);
    assert_eq!(seconds(&short.seen.blind), [(105.0, Some(210.0))]);
    assert_eq!(seconds(&short.seen.firings), []);
    for (over, from, to) in [("119s", None, None), ("2min", Some(210.0), Some(225.0))] {
        let long = tested(&rejected(&format!(r#", "over": "{over}""#), ""), &kill);
        let expected: Vec<_> = from.into_iter().map(|from| (from, to)).collect();
        assert_eq!(seconds(&long.seen.firings), expected, "{over}");
    }
}

/// The pods answer for themselves: from the kill at 200 s to the new process at 240 s there is none. How
/// many there are is known to whoever runs them.
#[test]
fn without_an_instance_nobody_answers_for_a_fleet() {
    let kill = [("timeline", r#"[{ "at": "200s", "kill": { "fleet": "app" } }]"#)];
    let of = |series: &str, bound: &str| {
        let rule = format!(
            r#"{{ "id": "a", "every": "1s", "when": {{ "value": {{ "series": "fleets.app.{series}", {bound} }} }} }}"#
        );
        tested(&rule, &kill).seen
    };
    let memory = of("memory_max", r#""above": "0B""#);
    assert_eq!(seconds(&memory.blind), [(200.0, Some(240.0))]);
    let up = of("instances_up", r#""below": 1"#);
    assert_eq!((seconds(&up.firings), up.blind), (vec![(200.0, Some(240.0))], vec![]));
}

/// Connections of the seconds 0 to t - 30 have been idle for 30 whole seconds at second t: 16 at 45 s.
#[test]
fn clients_that_are_idle_for_long_are_counted_as_client_list_shows_them() {
    let idle = |above: u32| {
        let rule = format!(
            r#"{{ "id": "idle", "when": {{ "idle": {{ "server": "redis", "longer_than": "30s", "above": {above} }} }} }}"#
        );
        tested(&rule, &[]).first.median
    };
    assert_eq!((idle(15), idle(16)), (Some(45.0), Some(60.0)));
}

/// Ten requests hold the ten connections of a pool from 20 s to 65 s: above 90 %, and none idle. Each of
/// the two conditions alone, and both, are met from the scrape of 30 s to that of 75 s.
#[test]
fn conditions_are_combined() {
    let pool = [
        ("fleets.app.connections.main", r#"{"pooled": {"max": 10}}"#),
        ("fleets.app.arrivals", r#"{"instants": {"at": ["20s"], "each": 10}}"#),
        ("fleets.app.steps.0.call.hold", r#"{"constant": "45s"}"#),
    ];
    let of = |which: &str, idle: &str| {
        let rule = format!(
            r#"{{ "id": "pool", "when": {{ "{which}": [
                {{ "value": {{ "series": "fleets.app.pools.main.leased", "of": "fleets.app.pools.main.max", "above": "90%" }} }},
                {{ "value": {{ "series": "fleets.app.pools.main.idle", {idle} }} }} ] }} }}"#
        );
        seconds(&tested(&rule, &pool).seen.firings)
    };
    assert_eq!(of("all", r#""below": 1"#), [(30.0, Some(75.0))]);
    assert_eq!(of("all", r#""above": 9"#), []);
    // The idle ones are ten from 75 s on.
    assert_eq!(of("any", r#""above": 9"#), [(30.0, None)]);
}

/// Bursts of twenty requests at 20, 50 and 80 s are seen at 30, 60 and 90 s: three alarms that no fault
/// has caused. The leaking run, with a request a second, has none.
#[test]
fn what_fires_in_the_healthy_run_is_a_false_alarm() {
    let rule =
        r#"{ "id": "busy", "when": { "rise": { "series": "fleets.app.requests", "above": 16 } } }"#;
    let healthy =
        r#"{ "fleets.app.arrivals": { "instants": { "at": ["20s", "50s", "80s"], "each": 20 } } }"#;
    let rule_there = tested(rule, &[("healthy", healthy)]);
    assert_eq!((rule_there.seen.firings.len(), rule_there.false_alarms), (0, Some(3)));
    assert_eq!(tested(rule, &[]).false_alarms, None, "not known without a healthy run");
}

/// The healthy run has the random numbers of run 0: a rule on what the fault does not touch fires in both
/// at the same scrapes.
#[test]
fn the_healthy_run_has_the_same_chance() {
    let set = [
        ("fleets.app.arrivals", r#"{"poisson": {"rate": "1/s"}}"#),
        (
            "healthy",
            r#"{ "fleets.app.connections.main.per_request.leak.on_success": 0, "timeline": [] }"#,
        ),
        ("duration", "1h"),
    ];
    let rule =
        r#"{ "id": "busy", "when": { "rise": { "series": "fleets.app.requests", "above": 19 } } }"#;
    let tested = tested(rule, &set);
    assert!(
        tested.seen.firings.len() > 5,
        "a Poisson count of 15 is above 19 in one window of eight"
    );
    assert_eq!(tested.false_alarms, Some(tested.seen.firings.len()));
}

/// Scrapers look, and touch nothing: not the events, not what the rows tell.
#[test]
fn a_run_does_not_depend_on_who_looks_at_it() {
    let alone = simulate(&leak(&[("sample_every", "10s")]), 0, &mut |_| ());
    let rules = format!("[{}, {}]", ratio("0.5", r#", "every": "700ms""#), rejected("", ""));
    let set = [("sample_every", "10s"), ("alerts", rules.as_str())];
    let watched = simulate(&leak(&set), 0, &mut |_| ());
    assert_eq!(watched.digest, alone.digest);
    assert_eq!(watched.handled, alone.handled);
    for (one, other) in alone.series.iter().zip(&watched.series) {
        let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&one.values), bits(&other.values), "{}", one.name);
        assert_eq!(one.peaks, other.peaks, "{}", one.name);
    }
    assert_eq!(watched.scrapes[0].times.len(), 429);
}

/// Over several runs the medians stand, on any number of threads.
#[test]
fn medians_are_over_runs() {
    let rule = format!("[{}]", ratio("0.5", ""));
    let healthy = r#"{ "fleets.app.connections.main.per_request.leak.on_success": 0 }"#;
    let set = [
        ("fleets.app.arrivals", r#"{"poisson": {"rate": "1/s"}}"#),
        ("alerts", rule.as_str()),
        ("healthy", healthy),
    ];
    let scenario = leak(&set);
    let one = replicate(&scenario, 5, 1, &|_| ());
    let four = replicate(&scenario, 5, 4, &|_| ());
    assert_eq!(one.alerts, four.alerts);
    let rule = &one.alerts[0];
    let mut times: Vec<f64> = rule.first.values.iter().map(|at| at.unwrap()).collect();
    times.sort_by(f64::total_cmp);
    assert_eq!((times.len(), rule.first.median), (5, Some(times[2])));
    assert!(times.iter().all(|at| at % 15.0 == 0.0), "{times:?}");
    assert_eq!(rule.false_alarms, Some(0));
    // The healthy run is no run of the scenario.
    assert_eq!((one.digests.len(), one.runs), (5, 5));
}
