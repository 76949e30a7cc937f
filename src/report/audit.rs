//! The JSON of an audit.

use serde_json::{Map, Value, json};

use super::json::number;
use crate::claims::{Account, Conflict, Foretold, Repair, Standing};
use crate::experiment::Audit;
use crate::scenario::{Scenario, Verdict};

/// The conflicts of a run: for each its claims, why, and what would mend it.
pub fn conflicts(audit: &Audit) -> Value {
    audit.conflicts.iter().map(conflict).collect()
}

fn conflict(conflict: &Conflict) -> Value {
    json!({
        "claims": conflict.claims,
        "because": conflict.because,
        "by_arithmetic": conflict.by_arithmetic,
        "against_the_file": conflict.against_the_file,
        "checks": conflict.checks,
        "repairs": conflict.repairs.iter().map(repair).collect::<Vec<_>>(),
    })
}

fn repair(repair: &Repair) -> Value {
    json!({
        "with": repair.with,
        "set": repair.label,
        "changed": repair.changed,
        "because": repair.because,
    })
}

/// The accounts that were tried, what lets contradicted claims hold, and which account lets the most.
pub fn audit(scenario: &Scenario, audit: &Audit) -> Value {
    let accounts: Vec<Value> =
        audit.accounts.iter().map(|account| self::account(scenario, account)).collect();
    let rescue = |(id, found): &(String, Vec<Repair>)| {
        (id.clone(), found.iter().map(repair).collect::<Value>())
    };
    let rescues: Map<String, Value> = audit.rescues.iter().map(rescue).collect();
    let best = &audit.accounts[audit.best];
    json!({
        "accounts": accounts,
        "rescues": rescues,
        "best": { "with": best.with, "set": best.label, "holds": holds(scenario, best) },
        "stopped": audit.stopped,
    })
}

fn account(scenario: &Scenario, account: &Account) -> Value {
    let standings = scenario.claims.iter().zip(&account.standings);
    let claims: Map<String, Value> = standings
        .filter(|(_, standing)| standing.verdict != Verdict::NotTestable)
        .map(|(claim, standing)| (claim.id.clone(), self::standing(standing)))
        .collect();
    json!({
        "with": account.with,
        "set": account.label,
        "changed": account.changed,
        "holds": holds(scenario, account),
        "claims": claims,
        "checks": account.checks,
        "digest": account.digest,
    })
}

fn standing(standing: &Standing) -> Value {
    json!({
        "verdict": standing.verdict,
        "because": standing.because,
        "by_arithmetic": standing.by_arithmetic,
        "foretold": standing.foretold.as_ref().map(foretold),
    })
}

fn foretold(foretold: &Foretold) -> Value {
    let bound = |value: f64| if value.is_finite() { number(value) } else { Value::Null };
    json!({ "low": bound(foretold.low), "high": bound(foretold.high), "text": foretold.text })
}

fn holds(scenario: &Scenario, account: &Account) -> Vec<String> {
    let standings = scenario.claims.iter().zip(&account.standings);
    standings
        .filter(|(_, standing)| standing.verdict == Verdict::Holds)
        .map(|(claim, _)| claim.id.clone())
        .collect()
}
