//! The table of cases against the cases themselves, and what is done about a miss.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::way::{Figure, Rule, Seen, Way, exact, known, play as twenty};
use super::*;
use crate::claims::{Known, needs};
use crate::scenario::ClaimTest;
use crate::units::{parse_rate, parse_span};

fn nobody(_: crate::experiment::Seen) {}

fn only(id: &str) -> Asked {
    asked(&[id.to_string()]).expect("there is such a case")
}

#[test]
fn every_case_is_played_computed_or_absent_with_a_reason() {
    let (all, ways) = (cases(), ways::ways());
    for case in &all {
        let absent = absent::ABSENT.iter().any(|(short, _)| is(case, short));
        assert_eq!(
            way(&ways, case).is_none(),
            absent,
            "{}: played, or absent with a reason",
            case.id()
        );
    }
    for short in ways.iter().map(|way| way.case).chain(absent::ABSENT.iter().map(|a| a.0)) {
        assert_eq!(all.iter().filter(|case| is(case, short)).count(), 1, "{short}");
    }
    assert!(ways.len() >= 40, "{} cases are played", ways.len());
}

#[test]
fn every_figure_stands_in_its_case_and_is_a_figure_of_the_run() {
    for way in ways::ways() {
        let case = cases().into_iter().find(|case| is(case, way.case)).expect("a case");
        for play in way.plays {
            let scenario =
                scenarios::read(play.scenario, play.set).unwrap_or_else(|p| panic!("{p}"));
            let summary = crate::experiment::figures(&scenario);
            for figure in play.figures {
                let at = format!("{} {}", way.case, figure.pointer);
                assert!(play::expected(&case, figure).is_finite(), "{at}: nothing is expected");
                if let Rule::Beside(error, _) = figure.rule {
                    assert!(case.expected(error).is_some(), "{at}: {error}");
                }
                let chance = !matches!(figure.rule, Rule::Exact) || figure.is.is_some();
                assert!(chance || play.runs == 1 || way.case == "L01", "{at}: exact, in one run");
                exists(&figure.seen, &scenario, &summary, &at);
            }
        }
    }
}

fn exists(seen: &Seen, scenario: &crate::scenario::Scenario, summary: &[Known], at: &str) {
    match seen {
        Seen::Claim(id) => {
            let claim = scenario.claims.iter().find(|claim| claim.id == *id);
            let claim = claim.unwrap_or_else(|| panic!("{at}: there is no claim {id}"));
            assert!(matches!(claim.test, ClaimTest::Outcome { .. }), "{at}: {id} measures nothing");
        }
        Seen::Figure(name) => {
            assert!(summary.iter().any(|figure| figure.name == *name), "{at}: no figure {name}");
        }
        Seen::Waited(series) => {
            let name = format!("{series}_count");
            assert!(summary.iter().any(|figure| figure.name == name), "{at}: no waits {series}");
        }
        Seen::Less(a, b) | Seen::Per(a, b) => {
            exists(a, scenario, summary, at);
            exists(b, scenario, summary, at);
        }
        Seen::Linear(of, ..) | Seen::Below(of, _) => exists(of, scenario, summary, at),
        Seen::Number(_) => {}
    }
}

#[test]
fn every_file_is_embedded_and_played() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/experiment/verify/scenarios");
    let files = std::fs::read_dir(folder).expect("the folder of scenarios");
    let name = |file: std::fs::DirEntry| file.path().file_stem()?.to_str().map(str::to_string);
    let on_disk: BTreeSet<String> =
        files.filter_map(Result::ok).filter_map(name).filter(|name| name != "ideal").collect();
    let ways = ways::ways();
    let plays = ways.iter().flat_map(|way| way.plays);
    let played: BTreeSet<String> = plays.map(|play| play.scenario.to_string()).collect();
    assert_eq!(on_disk, played);
    assert_eq!(scenarios::FILES.len(), on_disk.len() + 1, "and the one they all start from");
}

/// The parameters of cases by their keys, and where they stand in scenarios. Where the load is that of
/// fewer and longer requests, the figure is so many times what the case says.
const SAYS: &[(&str, &str, &str, f64)] = &[
    ("A01", "arrival_rate", "arrivals/poisson/rate", 1.0),
    ("A01", "mean_service_s", "HOLD/exponential/mean", 1.0),
    ("A01", "pool", "POOL/max", 1.0),
    ("A02", "arrival_rate", "arrivals/poisson/rate", 1.0),
    ("A02", "mean_service_s", "HOLD/exponential/mean", 1.0),
    ("A02", "pool", "POOL/max", 1.0),
    ("A04", "arrival_rate", "arrivals/poisson/rate", 1.0),
    ("A04", "mean_service_s", "HOLD/exponential/mean", 1.0),
    ("A04", "pool", "POOL/max", 1.0),
    ("A05", "arrival_rate", "arrivals/poisson/rate", 1.0),
    ("A05", "mean_service_s", "HOLD/exponential/mean", 1.0),
    ("A05", "pool", "POOL/max", 1.0),
    ("A05", "max_waiting", "POOL/max_waiting", 1.0),
    ("A07", "arrival_rate", "arrivals/poisson/rate", 1.0),
    ("A07", "mean_service_s", "HOLD/constant", 1.0),
    ("A07", "pool", "POOL/max", 1.0),
    ("A08", "arrival_rate", "arrivals/poisson/rate", 1.0),
    ("A08", "mean_service_s", "HOLD/constant", 1.0),
    ("A08", "pool", "POOL/max", 1.0),
    ("A09", "arrival_rate", "arrivals/poisson/rate", 1.0),
    ("A09", "mean_service_s", "HOLD/constant", 1.0),
    ("A09", "pool", "POOL/max", 1.0),
    ("A10", "arrival_rate", "arrivals/poisson/rate", 1.0),
    ("A10", "mean_service_s", "HOLD/lognormal/mean", 1.0),
    ("A10", "cv2", "HOLD/lognormal/cv2", 1.0),
    ("A10", "pool", "POOL/max", 1.0),
    ("A12", "arrival_rate", "arrivals/poisson/rate", 1.0),
    ("A12", "values_s/0", "HOLD/table/0/value", 1.0),
    ("A12", "values_s/1", "HOLD/table/1/value", 1.0),
    ("A12", "weights/0", "HOLD/table/0/weight", 1.0),
    ("A12", "weights/1", "HOLD/table/1/weight", 1.0),
    ("A14", "arrival_rate", "arrivals/even/rate", 1.0),
    ("A14", "mean_service_s", "HOLD/exponential/mean", 1.0),
    ("A15", "arrival_rate", "arrivals/even/rate", 1.0),
    ("A15", "mean_service_s", "HOLD/exponential/mean", 1.0),
    ("B01", "arrival_rate", "arrivals/poisson/rate", 1.0),
    ("B01", "mean_hold_s", "HOLD/exponential/mean", 1.0),
    ("B01", "slots", "SERVER/maxclients", 1.0),
    ("B02-exp", "arrival_rate", "arrivals/poisson/rate", 1.0),
    ("B02-exp", "mean_hold_s", "HOLD/exponential/mean", 1.0),
    ("B02-exp", "slots", "SERVER/maxclients", 1.0),
    ("B02-constant", "arrival_rate", "arrivals/poisson/rate", 1.0),
    ("B02-constant", "mean_hold_s", "HOLD/constant", 1.0),
    ("B02-constant", "slots", "SERVER/maxclients", 1.0),
    ("B02-lognormal", "arrival_rate", "arrivals/poisson/rate", 1.0),
    ("B02-lognormal", "mean_hold_s", "HOLD/lognormal/mean", 1.0),
    ("B02-lognormal", "slots", "SERVER/maxclients", 1.0),
    ("B04", "connects_per_s", "arrivals/poisson/rate", 1.0),
    ("B04", "time_wait_s", "process/ports/time_wait", 1.0),
    ("B04-even", "connects_per_s", "arrivals/even/rate", 1.0),
    ("B05", "connects_per_s", "arrivals/poisson/rate", 1.0),
    ("B05", "time_wait_s", "process/ports/time_wait", 1.0),
    ("B05-even", "connects_per_s", "arrivals/even/rate", 1.0),
    ("B06", "clients", "arrivals/users/users", 1.0),
    ("B06", "think_s", "arrivals/users/think/exponential/mean", 1.0),
    ("B06", "mean_hold_s", "HOLD/exponential/mean", 1.0),
    ("B06", "slots", "SERVER/maxclients", 1.0),
    ("B09", "batch_rate", "arrivals/bursts/batches/rate", 1.0),
    ("B09", "batch_size", "arrivals/bursts/size/fixed", 1.0),
    ("B09", "mean_hold_s", "HOLD/exponential/mean", 1.0),
    ("B09", "slots", "SERVER/maxclients", 1.0),
    ("C03", "arrival_rate", "arrivals/poisson/rate", 1.0),
    ("C03", "mean_service_s", "HOLD/exponential/mean", 1.0),
    ("C03", "pool", "POOL/max", 1.0),
    ("C03", "checkout_timeout_s", "POOL/wait_timeout", 1.0),
    ("C04", "arrival_rate", "arrivals/poisson/rate", 1.0),
    ("C04", "mean_service_s", "HOLD/exponential/mean", 1.0),
    ("C04", "pool", "POOL/max", 1.0),
    ("C04", "checkout_timeout_s", "POOL/wait_timeout", 1.0),
    ("D01", "leaks_per_s", "arrivals/poisson/rate", 1.0),
    ("D01", "server_idle_timeout_s", "SERVER/timeout", 1.0),
    ("D01", "maxclients", "SERVER/maxclients", 1.0),
    ("D02", "leaks_per_s", "arrivals/poisson/rate", 1.0),
    ("D02", "server_idle_timeout_s", "SERVER/timeout", 1.0),
    ("D03", "leaks_per_s", "arrivals/poisson/rate", 1.0),
    ("D03", "slots", "SERVER/maxclients", 1.0),
    ("D04", "leaks_per_s", "arrivals/poisson/rate", 1.0),
    ("D04", "slots", "SERVER/maxclients", 1.0),
    ("D06", "arrival_rate", "arrivals/poisson/rate", 1e-3),
    ("D06", "mean_hold_s", "HOLD/constant", 1e3),
    ("D06", "leak_probability", "LEAK/on_success", 1e3),
    ("D06", "maxclients", "SERVER/maxclients", 1.0),
    ("D07", "arrival_rate", "arrivals/poisson/rate", 1e-2),
    ("D07", "mean_hold_s", "HOLD/constant", 1e2),
    ("D07", "leak_probability", "LEAK/on_success", 1e2),
    ("D07", "maxclients", "SERVER/maxclients", 1.0),
    ("D09", "arrival_rate", "arrivals/poisson/rate", 1e-3),
    ("D09", "mean_hold_s", "HOLD/constant", 1e3),
    ("D09", "leak_probability", "LEAK/on_success", 1e3),
    ("D09", "maxclients", "SERVER/maxclients", 1.0),
    ("D10", "arrival_rate", "arrivals/poisson/rate", 1.0),
    ("D10", "mean_hold_s", "HOLD/exponential/mean", 1.0),
    ("D10", "slots", "SERVER/maxclients", 1.0),
    ("D10", "leak_probability_per_completed_request", "LEAK/on_success", 1.0),
    ("D13", "rate_before", "arrivals/poisson/steps/0/rate", 1.0),
    ("D13", "rate_after", "arrivals/poisson/steps/1/rate", 1.0),
    ("D13", "mean_hold_s", "HOLD/exponential/mean", 1.0),
    ("D14", "rate_before", "arrivals/poisson/steps/0/rate", 1.0),
    ("D14", "rate_after", "arrivals/poisson/steps/1/rate", 1.0),
    ("D14", "mean_hold_s", "HOLD/constant", 1.0),
    ("D15", "arrival_rate", "arrivals/poisson/rate", 1.0),
    ("D15", "mean_hold_s", "HOLD/exponential/mean", 1.0),
    ("D15", "slots", "SERVER/maxclients", 1.0),
    ("E01", "failure_probability", "CALL/errors", 1.0),
    ("E02", "failure_probability", "CALL/errors", 1.0),
    ("E05", "arrival_rate", "arrivals/poisson/rate", 1.0),
    ("E05", "mean_hold_s", "HOLD/exponential/mean", 1.0),
    ("E05", "slots", "SERVER/maxclients", 1.0),
    ("E05", "mean_backoff_s", "retry/policy/delay/drawn/exponential/mean", 1.0),
    ("E06", "arrival_rate", "arrivals/poisson/rate", 1.0),
    ("E06", "slots", "SERVER/maxclients", 1.0),
    ("E06", "mean_backoff_s", "retry/policy/delay/drawn/exponential/mean", 1.0),
    ("E07", "arrival_rate", "arrivals/poisson/rate", 1.0),
    ("E07", "slots", "SERVER/maxclients", 1.0),
    ("E07", "mean_backoff_s", "retry/policy/delay/drawn/exponential/mean", 1.0),
    ("E09", "arrival_rate", "arrivals/poisson/rate", 1.0),
    ("E09", "slots", "SERVER/maxclients", 1.0),
    ("E09", "mean_backoff_s", "retry/policy/delay/drawn/exponential/mean", 1.0),
    ("E13", "deposit", "retry/policy/budget/tokens/deposit", 1.0),
    ("E13", "bucket", "retry/policy/budget/tokens/capacity", 1.0),
    ("E13", "retry_cost", "retry/policy/budget/tokens/cost", 1.0),
    ("E16", "request_rate", "arrivals/even/rate", 1.0),
    ("E17", "bucket", "retry/policy/budget/tokens/capacity", 1.0),
    ("E17", "initial", "retry/policy/budget/tokens/initial", 1.0),
    ("E17", "retry_cost", "retry/policy/budget/tokens/cost", 1.0),
    ("E19", "consecutive_failures_to_open", "breaker/consecutive/failures", 1.0),
    ("E19", "failure_probability", "CALL/errors", 1.0),
    ("E20", "consecutive_failures_to_open", "breaker/consecutive/failures", 1.0),
    ("E20", "failure_probability", "CALL/errors", 1.0),
    ("E22", "consecutive_failures_to_open", "breaker/consecutive/failures", 1.0),
    ("E22", "failure_probability", "CALL/errors", 1.0),
    ("E23", "window_calls", "breaker/window/over/calls", 1.0),
    ("E23", "min_calls", "breaker/window/min_calls", 1.0),
    ("E23", "failure_probability", "CALL/errors", 1.0),
    ("E25", "base_s", "retry/exponential/base", 1.0),
    ("E25", "factor", "retry/exponential/factor", 1.0),
    ("E25", "cap_s", "retry/exponential/cap", 1.0),
    ("F01", "users", "arrivals/users/users", 1.0),
    ("F01", "mean_think_s", "arrivals/users/think/exponential/mean", 1.0),
    ("F01", "mean_service_s", "HOLD/exponential/mean", 1.0),
    ("F03-open", "open_rate", "arrivals/poisson/rate", 1.0),
    ("F03-open", "mean_service_s", "HOLD/exponential/mean", 1.0),
    ("F03-1", "closed_1/users", "arrivals/users/users", 1.0),
    ("F03-10", "closed_10/users", "arrivals/users/users", 1.0),
    ("F03-10", "closed_10/mean_think_s", "arrivals/users/think/exponential/mean", 1.0),
    ("F04", "tasks", "arrivals/instants/each", 1.0),
    ("F04", "pools/1", "POOL/max", 1.0),
    ("F05", "tasks", "arrivals/instants/each", 1.0),
    ("G03", "batch_rate", "arrivals/bursts/batches/rate", 1.0),
    ("G03", "batch_size", "arrivals/bursts/size/fixed", 1.0),
    ("G03", "mean_service_s", "HOLD/exponential/mean", 1.0),
    ("G07-shared", "shared/arrival_rate", "arrivals/poisson/rate", 1.0),
    ("G07-shared", "shared/pool", "POOL/max", 1.0),
    ("G07-parts", "partitioned/arrival_rate_each", "arrivals/poisson/rate", 4.0),
    ("G07-parts", "partitioned/parts", "instances", 1.0),
    ("G07-parts", "partitioned/pool_each", "POOL/max", 1.0),
    ("J01-answer", "arrival_rate", "arrivals/poisson/rate", 1.0),
    ("J01-answer", "mean_service_s", "HOLD/exponential/mean", 1.0),
    ("J01-one_less", "arrival_rate", "arrivals/poisson/rate", 1.0),
    ("J02-answer", "arrival_rate", "arrivals/poisson/rate", 1.0),
    ("J02-one_less", "mean_service_s", "HOLD/exponential/mean", 1.0),
    ("J08", "pool", "POOL/max", 1.0),
    ("J09", "pool", "POOL/max", 1.0),
    ("K01", "requests", "arrivals/instants/each", 1.0),
    ("K01", "pool", "POOL/max", 1.0),
    ("K01", "service_ms", "HOLD/constant", 1e-3),
    ("K01", "checkout_timeout_ms", "POOL/wait_timeout", 1e-3),
    ("K02", "requests", "arrivals/instants/each", 1.0),
    ("K02", "pool", "POOL/max", 1.0),
    ("K02", "service_ms", "HOLD/constant", 1e-3),
    ("K02", "checkout_timeout_ms", "POOL/wait_timeout", 1e-3),
    ("K03", "service_ms", "HOLD/constant", 1e-3),
    ("K03", "pool", "POOL/max", 1.0),
    ("K05", "clients", "arrivals/instants/each", 1.0),
    ("K05", "base_ms", "retry/exponential/base", 1e-3),
    ("K05", "factor", "retry/exponential/factor", 1.0),
    ("K05", "cap_ms", "retry/exponential/cap", 1e-3),
    ("K06", "open_after_consecutive", "breaker/consecutive/failures", 1.0),
    ("K06", "open_for_ms", "breaker/consecutive/open_for", 1e-3),
    ("K07", "pairs_maxclients_ulimit/0/0", "SERVER/maxclients", 1.0),
    ("K07", "pairs_maxclients_ulimit/0/1", "SERVER/nofile/soft", 1.0),
    ("K09-fills", "maxclients", "SERVER/maxclients", 1.0),
    ("K09-fills", "arrival_rate", "arrivals/even/rate", 2e-3),
    ("K09-fills", "leak_every_nth", "LEAK/every", 2e-3),
    ("K09-level", "arrival_rate", "arrivals/even/rate", 2e-3),
    ("K09-level", "server_idle_timeout_s/1", "SERVER/timeout", 1.0),
    ("K10", "timeout_s", "SERVER/timeout", 1.0),
    ("L01", "load_per_s", "arrivals/poisson/rate", 1.0),
    ("L01", "client_timeout_s", "CALL/timeout", 1.0),
    ("L02", "max_attempts", "retry/policy/attempts", 1.0),
    ("L02", "client_retry_budget", "retry/policy/budget/ratio/share", 1.0),
    ("L08", "arrival_rate", "arrivals/poisson/rate", 1.0),
    ("L08", "client_timeout_s", "patience/after/constant", 1.0),
    ("L08", "max_retries", "reload/again/times", 1.0),
    ("L09", "arrival_rate", "arrivals/poisson/rate", 1.0),
    ("L09", "client_timeout_s", "patience/after/constant", 1.0),
    ("L09", "max_retries", "reload/again/times", 1.0),
];

#[test]
fn the_scenarios_say_what_the_cases_say() {
    for (file, parameter, place, times) in SAYS {
        let short = file.split('-').next().expect("a name");
        let case = cases().into_iter().find(|case| is(case, short)).expect("a case");
        let given = case.given(parameter).unwrap_or_else(|| panic!("{file} gives {parameter}"));
        let text = scenarios::FILES.iter().find(|(name, _)| name == file).expect("a file").1;
        let written: Value = serde_json::from_str(text).expect("JSON");
        let app = "/fleets/app";
        let pointer = match place.split_once('/') {
            Some(("HOLD", rest)) => format!("{app}/steps/0/call/hold/{rest}"),
            Some(("CALL", rest)) => format!("{app}/steps/0/call/{rest}"),
            Some(("POOL", rest)) => format!("{app}/connections/main/pooled/{rest}"),
            Some(("LEAK", rest)) => format!("{app}/connections/main/per_request/leak/{rest}"),
            Some(("SERVER", rest)) => format!("/servers/redis/{rest}"),
            _ => format!("{app}/{place}"),
        };
        let value = written.pointer(&pointer).unwrap_or_else(|| panic!("{file}: no {pointer}"));
        let said = match value {
            Value::Number(number) => number.as_f64().expect("a number"),
            Value::String(text) => quantity(text),
            other => panic!("{file} {pointer}: {other}"),
        };
        let off = (said - times * given).abs();
        assert!(off <= 1e-9 * said.abs(), "{file} {pointer}: {said}, not {times} x {given}");
    }
    let named: BTreeSet<&str> = SAYS.iter().map(|(file, ..)| *file).collect();
    let silent: Vec<&str> = scenarios::FILES
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !named.contains(name))
        .collect();
    assert_eq!(
        silent,
        ["L01-loads", "L03", "L05", "ideal"],
        "their parameters are set by each play"
    );
}

fn quantity(text: &str) -> f64 {
    let rate = parse_rate(text).ok().map(|rate| rate.as_per_second());
    rate.or_else(|| Some(parse_span(text).ok()?.as_secs_f64())).expect("a rate or a time")
}

#[test]
fn ids_are_found_by_their_begin_and_others_get_a_hint() {
    assert_eq!(only("K0").cases.len(), 8);
    assert_eq!(only("A01_mm1").cases.len(), 1);
    let error = asked(&["A03".to_string()]).expect_err("there is none");
    assert!(error.starts_with("there is no case \"A03\"; did you mean"), "{error}");
    assert!(asked(&[String::new()]).is_err());
    assert_eq!(asked(&[]).expect("all").cases.len(), cases().len());
}

#[test]
fn exact_cases_are_met_and_threads_make_no_difference() {
    let asked = only("K01");
    let one = verify(&asked, SEED, None, 1, &nobody);
    let two = verify(&asked, SEED, None, 2, &nobody);
    assert!(one.meets() && one.cases[0].figures.len() == 9);
    assert_eq!(format!("{one:?}"), format!("{two:?}"));
}

/// What a wrong expectation does: the case is played again, four times as long, and missed.
#[test]
fn a_wrong_expectation_is_missed_after_a_second_try() {
    const WRONG: &[Figure] = &[known("p_block", Seen::Claim("p_block")).is(0.3)];
    const RIGHT: &[Figure] = &[known("p_block", Seen::Claim("p_block")).to(0.1)];
    const ODD: &[Figure] = &[exact("served", Seen::Figure("fleets.app.succeeded")).is(51.0)];
    let loss = |figures: &'static [Figure]| -> Vec<Way> {
        let plays = Box::leak(Box::new([twenty("B01", figures)]));
        vec![Way { case: "B01", plays }]
    };
    let mut requests = Vec::new();
    for (ways, meets) in [(loss(RIGHT), true), (loss(WRONG), false)] {
        let all = verify_by(&only("B01"), &ways, SEED, (None, 2), &nobody);
        assert_eq!((all.meets(), all.cases[0].again), (meets, !meets));
        requests.push(all.requests as f64);
    }
    let ratio = requests[1] / requests[0];
    assert!((ratio - 5.0).abs() < 0.05, "once, and once four times as long: {ratio}");
    const BURST: Way = Way { case: "K01", plays: &[twenty("K01", ODD).runs(1)] };
    let all = verify_by(&only("K01"), &[BURST], SEED, (None, 1), &nobody);
    assert!(!all.meets() && all.cases[0].figures[0].judged.simulated == Some(50.0));
    assert_eq!(all.cases[0].figures[0].name, "served");
}

#[test]
fn more_runs_can_be_asked_for_and_seeds_make_a_difference() {
    let asked = only("B01");
    let value = |seed: &str, runs| {
        let all = verify(&asked, seed, runs, 2, &nobody);
        (all.cases[0].figures[0].judged.simulated, all.cases[0].figures[0].runs)
    };
    let (first, runs) = value("a", None);
    assert_eq!(runs, 20);
    assert_eq!(value("a", Some(25)).1, 25);
    assert_ne!(value("b", None).0, first);
}

#[test]
fn claims_of_scenarios_need_nothing_that_a_run_does_not_keep() {
    for (name, _) in scenarios::FILES {
        let scenario = scenarios::read(name, &[]).unwrap_or_else(|problems| panic!("{problems}"));
        let wanted = needs(&scenario.claims);
        assert!(wanted.scrapers.is_empty(), "{name}");
    }
}
