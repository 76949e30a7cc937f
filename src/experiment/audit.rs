//! The audit of a scenario's claims: which of them cannot be true together, and what would mend it.
//!
//! Every claim that takes settings for granted, and every alternative that the file declares, is an
//! account of its own, played on the same random numbers. Where claims cannot be true together in any of
//! these, pairs of changes are tried, unless arithmetic says that they do not help.

use std::cmp::Reverse;

use super::replicate::{Played, Seen, Task, play_all};
use crate::claims::{
    Account, Conflict, Repair, Standing, Told, Variant, assumption, conflicts, repairs, told,
};
use crate::scenario::{Claim, ClaimTest, Scenario, Verdict};

/// Accounts of two changes that are tried at most.
const MOST_PAIRS: usize = 24;
/// Rounds in which they are tried: in each, one for every conflict that is not mended yet.
const ROUNDS: usize = 4;

/// What the audit found.
#[derive(Clone, Debug)]
pub struct Audit {
    /// What was tried, the scenario as its file is set first.
    pub accounts: Vec<Account>,
    /// The smallest sets of claims that cannot be true together.
    pub conflicts: Vec<Conflict>,
    /// For each measured claim that the file's own settings contradict: what lets it hold.
    pub rescues: Vec<(String, Vec<Repair>)>,
    /// Which account lets the most claims hold, with the fewest changes.
    pub best: usize,
    /// Requests and events of the accounts that were tried to mend conflicts.
    pub mending: (u64, u64),
    /// Why an account could not be played to its end.
    pub stopped: Option<String>,
}

/// The accounts that are played beside the scenario as its file is set.
pub fn variants(scenario: &Scenario) -> Vec<Variant> {
    // The reader has made each of these scenarios once; what is so already is no other account.
    let variant = |told: &Told| Variant::of(scenario, &[*told]).ok();
    let differs = |variant: &Variant| variant.scenario.settings != scenario.settings;
    told(scenario).iter().filter_map(variant).filter(differs).collect()
}

/// Audits a scenario whose accounts `variants` were played, itself first.
pub(super) fn audit(
    scenario: &Scenario,
    variants: Vec<Variant>,
    played: &[Played],
    (runs, jobs): (u32, usize),
    watch: &(dyn Fn(Seen) + Sync),
) -> Audit {
    let mut all = vec![Variant::of(scenario, &[]).expect("without changes it is itself")];
    all.extend(variants);
    let mut stopped = played.iter().find_map(|played| played.stopped.clone());
    let account = |(variant, played): (&Variant, &Played)| {
        variant.account(scenario, &played.values(), &played.digest)
    };
    let mut accounts =
        vec![all[0].account(scenario, &measured(&all[0], &played[0]), &played[0].digest)];
    accounts.extend(all.iter().zip(played).skip(1).map(account));
    let singles = accounts.len();
    let mut mending = (0, 0);
    for _ in 0..ROUNDS {
        let found = conflicts(scenario, &all, &accounts, singles);
        let more = proposals(scenario, &found, &all, &accounts);
        if more.is_empty() || stopped.is_some() {
            break;
        }
        let tasks: Vec<Task> =
            more.iter().map(|variant| Task { runs, ..Task::of(&variant.scenario) }).collect();
        let played = play_all(&tasks, (accounts.len() + 1) * runs as usize, jobs, watch);
        stopped = played.iter().find_map(|played| played.stopped.clone());
        let costs = played.iter().map(Played::cost);
        mending = costs.fold(mending, |(a, b), (c, d)| (a + c, b + d));
        accounts.extend(more.iter().zip(&played).map(account));
        all.extend(more);
    }
    Audit {
        best: best(scenario, &accounts),
        rescues: rescues(scenario, &accounts),
        conflicts: conflicts(scenario, &all, &accounts, singles),
        mending,
        accounts,
        stopped,
    }
}

/// The values of the scenario's own runs, of those claims that an account of it has.
fn measured(variant: &Variant, played: &Played) -> Vec<Vec<Option<f64>>> {
    let values = played.values();
    let here = |index: &usize| variant.measured[*index].is_some();
    (0..values.len()).filter(here).map(|index| values[index].clone()).collect()
}

/// For each conflict that nothing mends yet the next pair of changes that might: by what arithmetic
/// says, or, where it says nothing, by what one of the two does alone.
fn proposals(
    scenario: &Scenario,
    conflicts: &[Conflict],
    variants: &[Variant],
    accounts: &[Account],
) -> Vec<Variant> {
    let mut found: Vec<Variant> = Vec::new();
    let room = MOST_PAIRS.saturating_sub(accounts.iter().filter(|a| a.with.len() > 1).count());
    for conflict in conflicts.iter().filter(|conflict| conflict.repairs.is_empty()) {
        if found.len() >= room {
            break;
        }
        let places = conflict.places(scenario);
        let (pairs, sure) = pairs(scenario, &places, accounts);
        let known = |with: &[String]| {
            let same = |variant: &Variant| {
                variant.with.len() == with.len() && with.iter().all(|id| variant.with.contains(id))
            };
            variants.iter().any(same) || found.iter().any(same)
        };
        // What arithmetic says against an assumption stands, unless the second change deals with all
        // of it.
        let against: Vec<usize> = match conflict.against_the_file {
            true => arithmetic_against(scenario, conflict, conflicts),
            false => Vec::new(),
        };
        let next = pairs.into_iter().filter(|pair| !known(&pair.ids())).find_map(|pair| {
            let variant = Variant::of(scenario, &pair.changes()).ok()?;
            let alone = |id: &str| accounts.iter().find(|account| account.with == [id]);
            let fine = |id: &String, index: usize| {
                alone(id).is_some_and(|a| a.standings[index].verdict != Verdict::Contradicted)
            };
            let may = |index: &usize| match (variant.so[*index], variant.foretold(*index)) {
                (Some(so), _) => so,
                (None, Some(_)) => !variant.refutes(*index),
                (None, None) => !sure && variant.with.iter().any(|id| fine(id, *index)),
            };
            let deals = !against.iter().any(|index| variant.refutes(*index));
            (deals && places.iter().all(may)).then_some(variant)
        });
        found.extend(next);
    }
    found
}

/// The measured claims that by arithmetic alone are in conflict with what this conflict assumes.
fn arithmetic_against(
    scenario: &Scenario,
    conflict: &Conflict,
    conflicts: &[Conflict],
) -> Vec<usize> {
    let assumes = |index: &usize| matches!(scenario.claims[*index].test, ClaimTest::Assumption(_));
    let assumed: Vec<usize> = conflict.places(scenario).into_iter().filter(assumes).collect();
    let like = |other: &&Conflict| {
        other.by_arithmetic
            && other.against_the_file
            && assumed.iter().all(|index| other.places(scenario).contains(index))
    };
    let places = conflicts.iter().filter(like).flat_map(|other| other.places(scenario));
    places.filter(|index| !assumes(index)).collect()
}

/// Two changes of a scenario that do not contradict each other, each with its id and words.
struct Pair<'s> {
    one: Told<'s>,
    other: Told<'s>,
}

impl<'s> Pair<'s> {
    fn changes(&self) -> [Told<'s>; 2] {
        [self.one, self.other]
    }

    fn ids(&self) -> [String; 2] {
        [self.one.id.to_string(), self.other.id.to_string()]
    }
}

/// The pairs of changes that might let these claims be true together, the smallest first.
///
/// With a claim that assumes, each alternative on top of it; and, where a measured claim is contradicted
/// as the file is set, whatever lets that one hold. Of measured claims alone, what lets one hold with
/// what lets the other; or, where the other holds as the file is set, with each alternative, if
/// arithmetic is sure of it.
fn pairs<'s>(
    scenario: &'s Scenario,
    places: &[usize],
    accounts: &[Account],
) -> (Vec<Pair<'s>>, bool) {
    let changes = told(scenario);
    let lets_hold = |index: usize| -> Vec<Told<'s>> {
        let single = |account: &&Account| {
            account.with.len() == 1 && account.standings[index].verdict != Verdict::Contradicted
        };
        let ids = accounts.iter().filter(single).map(|account| account.with[0].as_str());
        ids.filter_map(|id| changes.iter().find(|told| told.id == id)).copied().collect()
    };
    let contradicted = |index: &&usize| {
        accounts[0].standings[**index].verdict == Verdict::Contradicted
            && matches!(scenario.claims[**index].test, ClaimTest::Outcome { .. })
    };
    let assumed = places.iter().find_map(|index| {
        let id = &scenario.claims[*index].id;
        matches!(scenario.claims[*index].test, ClaimTest::Assumption(_))
            .then(|| changes.iter().find(|told| told.id == id))
            .flatten()
    });
    let broken: Vec<usize> = places.iter().filter(contradicted).copied().collect();
    let alternative = |told: &&Told| scenario.alternative(told.id).is_some();
    let alternatives = || changes.iter().filter(alternative).copied().collect();
    let sure = assumed.is_none() && broken.len() == 1;
    let (ones, others): (Vec<Told>, Vec<Told>) = match (assumed, broken.as_slice()) {
        (Some(assumed), []) => (vec![*assumed], alternatives()),
        (Some(assumed), [first, ..]) => (vec![*assumed], lets_hold(*first)),
        (None, [one, other]) => (lets_hold(*one), lets_hold(*other)),
        (None, [first, ..]) => (lets_hold(*first), alternatives()),
        (None, []) => return (Vec::new(), sure),
    };
    let mut found = Vec::new();
    for one in &ones {
        for other in &others {
            if one.id != other.id && one.change.collision(other.change).is_none() {
                found.push(Pair { one: *one, other: *other });
            }
        }
    }
    found.sort_by_key(|pair| pair.one.change.size() + pair.other.change.size());
    (found, sure)
}

/// For each measured claim that is contradicted as the file is set, what lets it hold.
fn rescues(scenario: &Scenario, accounts: &[Account]) -> Vec<(String, Vec<Repair>)> {
    let measured = |index: &usize| {
        matches!(scenario.claims[*index].test, ClaimTest::Outcome { .. })
            && accounts[0].standings[*index].verdict == Verdict::Contradicted
    };
    (0..scenario.claims.len())
        .filter(measured)
        .map(|index| (scenario.claims[index].id.clone(), repairs(scenario, &[index], accounts)))
        .collect()
}

/// The account that lets the most measured claims hold; of several the one in which the most settings are
/// so that claims take for granted, then the one with the fewest changes.
fn best(scenario: &Scenario, accounts: &[Account]) -> usize {
    let holding = |account: &Account, measured: bool| {
        let standings = scenario.claims.iter().zip(&account.standings);
        let counts = |(claim, standing): &(&Claim, &Standing)| {
            let assumes = matches!(claim.test, ClaimTest::Assumption(_));
            assumes != measured && standing.verdict == Verdict::Holds
        };
        Reverse(standings.filter(counts).count())
    };
    let key = |account: &Account| {
        (holding(account, true), holding(account, false), account.with.len(), account.changed)
    };
    (0..accounts.len()).min_by_key(|n| key(&accounts[*n])).unwrap_or(0)
}

/// The verdicts on claims that take settings for granted, each with its position in the file.
pub(super) fn on_assumptions(
    scenario: &Scenario,
    audit: &Audit,
) -> Vec<(usize, (Verdict, String))> {
    let of = |(index, claim): (usize, &Claim)| {
        matches!(claim.test, ClaimTest::Assumption(_))
            .then(|| (index, assumption(scenario, index, &audit.accounts)))
    };
    scenario.claims.iter().enumerate().filter_map(of).collect()
}
