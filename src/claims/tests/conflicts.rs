//! Sets of claims that cannot be true together, from accounts whose outcome is known.

use crate::claims::{Account, Conflict, Standing, Variant, assumption, conflicts, told};
use crate::scenario::{Scenario, Verdict, read};

/// Three measured claims, two of which say the same of different size, and three that assume.
const FILE: &str = r#"{
  "format": 1, "duration": "1min",
  "servers": { "redis": { "preset": "redis-7.2", "maxclients": 100 } },
  "fleets": { "shop": {
    "arrivals": { "poisson": { "rate": "10/s" } },
    "connections": { "main": { "per_request": {} } },
    "steps": [ { "call": { "server": "redis", "through": "main" } } ]
  } },
  "claims": [
    { "id": "m1", "says": "-", "measure": { "max": { "series": "servers.redis.connected_clients" } }, "expect": 10, "within": 1 },
    { "id": "m2", "says": "-", "measure": { "max": { "series": "servers.redis.connected_clients" } }, "expect": 11.5, "within": 1 },
    { "id": "m3", "says": "-", "measure": { "max": { "series": "servers.redis.connected_clients" } }, "expect": 20, "within": 1 },
    { "id": "a", "says": "-", "assume": { "servers.redis.timeout": "5min" } },
    { "id": "b", "says": "-", "assume": { "servers.redis.timeout": "6min" } },
    { "id": "c", "says": "-", "assume": { "fleets.shop.instances": 2 } }
  ],
  "alternatives": [ { "id": "r", "says": "fewer slots", "set": { "servers.redis.maxclients": 50 } } ]
}"#;

fn scenario() -> Scenario {
    read("x.json", &|_| Ok(FILE.as_bytes().to_vec()), &[]).unwrap_or_else(|no| panic!("{no}"))
}

/// An account with one letter for each claim: holds, contradicted, undecided, not testable.
fn account(scenario: &Scenario, with: &[&str], verdicts: &str) -> (Variant, Account) {
    let changes: Vec<_> =
        told(scenario).into_iter().filter(|told| with.contains(&told.id)).collect();
    let variant = Variant::of(scenario, &changes).expect("there is such a scenario");
    let standing = |letter: char| Standing {
        verdict: match letter {
            'h' => Verdict::Holds,
            'c' => Verdict::Contradicted,
            'u' => Verdict::Undecided,
            _ => Verdict::NotTestable,
        },
        because: format!("figure {letter}"),
        foretold: None,
        by_arithmetic: false,
    };
    let values = vec![vec![Some(0.0)]; variant.scenario.claims.len()];
    let account = variant.account(scenario, &values, "");
    (variant, Account { standings: verdicts.chars().map(standing).collect(), ..account })
}

/// The conflicts of accounts, of which the first `singles` differ by one change at most.
fn found(accounts: &[(&[&str], &str)], singles: usize) -> Vec<Conflict> {
    let scenario = scenario();
    let made = accounts.iter().map(|(with, verdicts)| account(&scenario, with, verdicts));
    let (variants, accounts): (Vec<_>, Vec<_>) = made.unzip();
    conflicts(&scenario, &variants, &accounts, singles)
}

fn ids(conflicts: &[Conflict]) -> Vec<String> {
    conflicts.iter().map(|conflict| conflict.claims.join("+")).collect()
}

/// m1 holds without the assumption a and is contradicted with it; m2 and m3 hold nowhere.
#[test]
fn what_holds_without_an_assumption_and_not_with_it_cannot_be_true_with_it() {
    let found = found(&[(&[], "hccccc"), (&["a"], "ccchcc"), (&["b"], "hccchc")], 3);
    assert_eq!(ids(&found), ["m1+a", "a+b", "m2", "m3"]);
    assert_eq!(
        found[0].because,
        "with a (servers.redis.timeout = 5min) m1 is not: figure c; without it figure h"
    );
    // One setting cannot be two things: that needs no run.
    assert!(found[1].by_arithmetic && !found[0].by_arithmetic);
}

#[test]
fn a_third_change_mends_a_conflict_and_is_told() {
    let accounts: &[(&[&str], &str)] =
        &[(&[], "hcncnc"), (&["a"], "ccnhnc"), (&["a", "r"], "hcnhnc")];
    let found = found(accounts, 2);
    assert_eq!(ids(&found)[0], "m1+a");
    assert_eq!(found[0].repairs.len(), 1);
    assert_eq!(found[0].repairs[0].with, ["a", "r"]);
    assert_eq!(found[0].repairs[0].because, "m1: figure h");
}

/// m3 is contradicted with and without the assumption, holds with the alternative, and with both: the
/// assumption has no part in it.
#[test]
fn what_fails_without_an_assumption_too_is_no_conflict_with_it() {
    let alone: &[(&[&str], &str)] = &[(&[], "hncccc"), (&["a"], "hnchcc"), (&["r"], "hnhccc")];
    assert_eq!(ids(&found(alone, 3)), ["m3+a"]);
    let with_both = [alone, &[(&["a", "r"], "hnhhcc")]].concat();
    assert!(found(&with_both, 3).is_empty());
}

#[test]
fn what_is_undecided_is_evidence_against_nothing() {
    let found = found(&[(&[], "hnnccc"), (&["a"], "unnhcc")], 2);
    assert!(found.is_empty());
}

/// Any two hold somewhere, all three nowhere.
#[test]
fn three_claims_can_be_in_conflict_though_no_two_are() {
    let accounts: &[(&[&str], &str)] = &[(&[], "hhcccc"), (&["r"], "chhccc"), (&["c"], "hchcch")];
    let found = found(accounts, 3);
    assert!(ids(&found).contains(&"m1+m2+m3".to_string()), "{:?}", ids(&found));
    assert!(!ids(&found).contains(&"m1+m2".to_string()));
}

/// 10 ± 1 and 20 ± 1 of the same have no value in common, 10 ± 1 and 11.5 ± 1 have.
#[test]
fn posted_figures_of_the_same_measure_that_have_no_value_in_common_fail_by_arithmetic() {
    let accounts: &[(&[&str], &str)] = &[(&[], "hccnnn"), (&["r"], "chcnnn"), (&["c"], "cchnnn")];
    let found = found(accounts, 3);
    let of = |ids: [&str; 2]| found.iter().find(|conflict| conflict.claims == ids);
    assert!(of(["m1", "m3"]).is_some_and(|conflict| conflict.by_arithmetic));
    assert!(of(["m1", "m2"]).is_some_and(|conflict| !conflict.by_arithmetic));
    let because = &of(["m1", "m2"]).unwrap().because;
    assert_eq!(
        because,
        "m1 holds as the file is set, but there m2: figure c; m2 holds with r (fewer slots), but there \
         m1: figure c"
    );
}

#[test]
fn an_assumption_is_judged_by_what_becomes_of_the_claims_that_hold_without_it() {
    let scenario = scenario();
    let judged = |as_set: &str, with: &str| {
        let accounts = [account(&scenario, &[], as_set).1, account(&scenario, &["a"], with).1];
        assumption(&scenario, 3, &accounts)
    };
    assert_eq!(judged("hhcccc", "hhhhcc").0, Verdict::Holds);
    assert_eq!(judged("hhcccc", "hcchcc").0, Verdict::Contradicted);
    assert_eq!(judged("hhcccc", "huchcc").0, Verdict::Undecided);
    let (verdict, because) = judged("hhchcc", "hhchcc");
    assert_eq!((verdict, because.as_str()), (Verdict::Holds, "the file is set so"));
    let (_, because) = judged("hhhccc", "ccchcc");
    assert_eq!(because, "with it m1 is not: figure c; m2 is not: figure c; nor m3");
}
