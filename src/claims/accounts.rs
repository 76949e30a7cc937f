//! Accounts of what happened: a scenario as its file is set, with what claims take for granted, with
//! alternatives; and how each claim stands in each of them.

use super::identities::{Foretold, foretell, identities};
use super::{Judged, judge};
use crate::scenario::{Change, Claim, ClaimTest, Measure, Scenario, Verdict, series};

/// One account of what happened, and how the claims stand in it.
#[derive(Clone, Debug)]
pub struct Account {
    /// The ids of the claims that are taken for granted and of the alternatives that are tried; none
    /// when the scenario is as its file is set.
    pub with: Vec<String>,
    /// The settings that differ from the file's, as they are written.
    pub label: String,
    /// The same for people: an assumption by its settings, an alternative by what it says.
    pub words: String,
    /// How many settings differ from the file's.
    pub changed: usize,
    /// How each claim stands, in the order of the file.
    pub standings: Vec<Standing>,
    /// Standing checks that say something else than as the file is set.
    pub checks: Vec<String>,
    /// The digest of what was simulated.
    pub digest: String,
}

/// How a claim stands in an account.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Whether what it claims is so. Of a claim that takes settings for granted: whether they are so.
    pub verdict: Verdict,
    /// The figures in one sentence.
    pub because: String,
    /// What was to be expected without a simulation.
    pub foretold: Option<Foretold>,
    /// Whether that alone refutes the claim.
    pub by_arithmetic: bool,
}

impl Account {
    /// Whether the scenario is as its file is set.
    pub fn as_set(&self) -> bool {
        self.with.is_empty()
    }

    /// How many claims hold.
    pub fn holding(&self) -> usize {
        self.standings.iter().filter(|standing| standing.verdict == Verdict::Holds).count()
    }
}

/// A change of a scenario with the id it goes by.
#[derive(Clone, Copy, Debug)]
pub struct Told<'s> {
    /// The id of the claim that takes it for granted, or of the alternative.
    pub id: &'s str,
    /// An alternative in words; of a claim its settings.
    pub says: &'s str,
    /// The settings.
    pub change: &'s Change,
}

/// The changes that a scenario tells of: what its claims take for granted, then its alternatives.
pub fn told(scenario: &Scenario) -> Vec<Told<'_>> {
    let assumed = scenario.claims.iter().filter_map(|claim| match &claim.test {
        ClaimTest::Assumption(change) => Some(Told { id: &claim.id, says: change.label(), change }),
        _ => None,
    });
    let others = scenario.alternatives.iter().map(|other| Told {
        id: &other.id,
        says: &other.says,
        change: &other.change,
    });
    assumed.chain(others).collect()
}

/// A scenario for an account, and what its claims measure there.
#[derive(Clone, Debug)]
pub struct Variant {
    /// As [`Account::with`].
    pub with: Vec<String>,
    /// As [`Account::label`].
    pub label: String,
    /// As [`Account::words`].
    pub words: String,
    /// As [`Account::changed`].
    pub changed: usize,
    /// The scenario; its claims are those of the file, as far as they can be measured there.
    pub scenario: Scenario,
    /// For each claim of the file, in order: which of the scenario's claims it is.
    pub measured: Vec<Option<usize>>,
    /// For each claim of the file, in order: whether it is taken for granted and so here.
    pub so: Vec<Option<bool>>,
}

impl Variant {
    /// The account that differs from the file by `changes`.
    ///
    /// # Errors
    ///
    /// Why there is no such scenario.
    pub fn of(base: &Scenario, changes: &[Told]) -> Result<Variant, String> {
        let only: Vec<&Change> = changes.iter().map(|told| told.change).collect();
        let mut scenario = match only.as_slice() {
            [] => base.clone(),
            only => base.with(only)?,
        };
        let (claims, measured) = claims_in(base, &scenario);
        scenario.claims = claims;
        scenario.alternatives.clear();
        let so = |claim: &Claim| match &claim.test {
            ClaimTest::Assumption(change) => {
                let mut with = only.clone();
                with.push(change);
                let then = base.with(&with);
                Some(then.is_ok_and(|then| then.settings == scenario.settings))
            }
            _ => None,
        };
        Ok(Variant {
            with: changes.iter().map(|told| told.id.to_string()).collect(),
            words: words(changes),
            label: only.iter().map(|change| change.label()).collect::<Vec<_>>().join(", "),
            changed: only.iter().map(|change| change.size()).sum(),
            so: base.claims.iter().map(so).collect(),
            scenario,
            measured,
        })
    }

    /// What arithmetic says of the claim `index` of the file.
    pub fn foretold(&self, index: usize) -> Option<Foretold> {
        let claim = &self.scenario.claims[self.measured[index]?];
        let ClaimTest::Outcome { measure, .. } = &claim.test else { return None };
        foretell(&self.scenario, measure)
    }

    /// Whether arithmetic alone refutes the claim `index` of the file.
    pub fn refutes(&self, index: usize) -> bool {
        self.says(index, Foretold::refutes)
    }

    fn says(&self, index: usize, what: fn(&Foretold, f64, f64) -> bool) -> bool {
        let Some(position) = self.measured[index] else { return false };
        match &self.scenario.claims[position].test {
            ClaimTest::Outcome { expect, within, .. } => {
                self.foretold(index).is_some_and(|foretold| what(&foretold, *expect, *within))
            }
            _ => false,
        }
    }

    /// The account, with one list of values per claim of this scenario.
    pub fn account(&self, base: &Scenario, values: &[Vec<Option<f64>>], digest: &str) -> Account {
        let standing = |(index, claim): (usize, &Claim)| self.standing(index, claim, values);
        let known: Vec<String> = identities(base).into_iter().map(|check| check.text).collect();
        let checks = identities(&self.scenario).into_iter().map(|check| check.text);
        Account {
            with: self.with.clone(),
            label: self.label.clone(),
            words: self.words.clone(),
            changed: self.changed,
            standings: base.claims.iter().enumerate().map(standing).collect(),
            checks: checks.filter(|check| !known.contains(check)).collect(),
            digest: digest.to_string(),
        }
    }

    fn standing(&self, index: usize, claim: &Claim, values: &[Vec<Option<f64>>]) -> Standing {
        let (verdict, because) = match (self.so[index], self.measured[index]) {
            (Some(true), _) => (Verdict::Holds, "so".to_string()),
            (Some(false), _) => (Verdict::Contradicted, "not so".to_string()),
            (None, Some(position)) => {
                let start = self.scenario.about.start;
                let judged: Judged =
                    judge(&self.scenario.claims[position], &values[position], start);
                (judged.verdict, judged.because)
            }
            (None, None) => {
                let why = match claim.test {
                    ClaimTest::Nothing => "nothing that this simulation measures",
                    _ => "not measured here",
                };
                (Verdict::NotTestable, why.to_string())
            }
        };
        // What is foretold says nothing where the simulation says otherwise.
        let foretold = self.foretold(index);
        let by_arithmetic = verdict == Verdict::Contradicted && self.refutes(index);
        Standing { verdict, because, foretold, by_arithmetic }
    }
}

/// `as the file is set`, `with A6 (servers.redis.timeout = 5min)`.
fn words(changes: &[Told]) -> String {
    let one = |told: &Told| format!("{} ({})", told.id, told.says);
    match changes {
        [] => "as the file is set".to_string(),
        some => format!("with {}", some.iter().map(one).collect::<Vec<_>>().join(" and ")),
    }
}

/// The claims of `base` as `scenario` can measure them, and for each of the file which one it is.
///
/// Where a server has become the nodes of a cluster, what is claimed of it is measured at the first
/// node: none has more to do. A search for a tipping point would be a search in every account: it is
/// left to the file's own settings.
fn claims_in(base: &Scenario, scenario: &Scenario) -> (Vec<Claim>, Vec<Option<usize>>) {
    let known = series(&scenario.settings, &scenario.timeline);
    let mut claims = Vec::new();
    let place = |claim: &Claim| {
        let ClaimTest::Outcome { measure, .. } = &claim.test else { return None };
        let mut claim = claim.clone();
        let mut measure = measure.clone();
        let mut there = !matches!(measure, Measure::Tips(_));
        for name in measure.series_mut() {
            if !known.iter().any(|info| info.name == *name) {
                let node = at_first_node(name);
                there &= known.iter().any(|info| info.name == node);
                *name = node;
            }
        }
        if let ClaimTest::Outcome { measure: of, .. } = &mut claim.test {
            *of = measure;
        }
        there.then(|| {
            claims.push(claim);
            claims.len() - 1
        })
    };
    let places = base.claims.iter().map(place).collect();
    (claims, places)
}

/// `servers.redis.memory` as `servers.redis-1.memory`.
fn at_first_node(series: &str) -> String {
    match series.splitn(3, '.').collect::<Vec<_>>().as_slice() {
        ["servers", name, what] => format!("servers.{name}-1.{what}"),
        _ => series.to_string(),
    }
}
