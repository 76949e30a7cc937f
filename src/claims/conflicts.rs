//! The smallest sets of claims that cannot be true together.
//!
//! Claims can be true together if some account that was tried has none of them contradicted. What
//! takes settings for granted is true where these are so. Two claims that take settings for granted
//! are set against each other only where they want the same setting to be different things: their
//! combinations are not simulated, and what was not tried is not said to be impossible.

use super::accounts::{Account, Variant};
use super::words::plus_minus;
use crate::scenario::{Claim, ClaimTest, Scenario, Verdict};

/// Accounts at most: one bit of a set for each.
pub const MOST_ACCOUNTS: usize = 128;
/// Claims among which sets of three are looked for at most.
const MOST_FOR_THREE: usize = 60;
/// Conflicts told at most.
const MOST: usize = 400;

/// Claims that cannot be true together.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// Their ids, in the order of the file.
    pub claims: Vec<String>,
    /// Why, in a sentence with the figures.
    pub because: String,
    /// Whether posted figures and arithmetic say so without a simulation.
    pub by_arithmetic: bool,
    /// Whether a claim takes settings for granted that the file does not have, against what holds as
    /// the file is set.
    pub against_the_file: bool,
    /// Standing checks that belong to it.
    pub checks: Vec<String>,
    /// What would let all of them be true, the smallest change first.
    pub repairs: Vec<Repair>,
}

/// A change that lets claims hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Repair {
    /// Ids of claims that assume and of alternatives.
    pub with: Vec<String>,
    /// The settings, as they are written.
    pub label: String,
    /// The same for people: `with ports (the kernel does not reuse ports)`.
    pub words: String,
    /// How many settings differ from the file's.
    pub changed: usize,
    /// The claims, with their figures.
    pub because: String,
}

impl Conflict {
    /// The positions of its claims in the file.
    pub fn places(&self, base: &Scenario) -> Vec<usize> {
        let mine = |index: &usize| self.claims.contains(&base.claims[*index].id);
        (0..base.claims.len()).filter(mine).collect()
    }
}

/// The conflicts in `accounts`, the first of which is the scenario as its file is set. Of these the
/// first `singles` differ from it by one change at most.
///
/// What a claim takes for granted against what holds without it is a conflict, even if one more change
/// mends it: the mending is told. Other claims are in conflict only where no pair of changes that was
/// tried has them all.
///
/// Ordered: assumptions against what holds without them, what arithmetic says alone, then by size and by
/// the file.
pub fn conflicts(
    base: &Scenario,
    variants: &[Variant],
    accounts: &[Account],
    singles: usize,
) -> Vec<Conflict> {
    let finder = |accounts| Finder { base, variants, accounts, possible: possible(base, accounts) };
    let (single, all) = (finder(&accounts[..singles]), finder(accounts));
    let mut sets = single.smallest();
    sets.retain(|set| single.is_against_the_file(set));
    for set in all.smallest() {
        let includes = |known: &Vec<usize>| known.iter().all(|index| set.contains(index));
        if !sets.iter().any(includes) {
            sets.push(set);
        }
    }
    let told = |set: Vec<usize>| {
        let (repairs, against_the_file) =
            (repairs(base, &set, accounts), single.is_against_the_file(&set));
        let conflict = Conflict { repairs, against_the_file, ..all.explain(&set) };
        (set, conflict)
    };
    let mut found: Vec<(Vec<usize>, Conflict)> = sets.into_iter().map(told).collect();
    found.sort_by_key(|(set, conflict)| {
        let rank = (!conflict.against_the_file, !conflict.by_arithmetic, set.len());
        (rank, set.clone())
    });
    found.into_iter().map(|(_, conflict)| conflict).collect()
}

/// The claims that are judged in accounts, with the accounts in which each is not contradicted.
fn possible(base: &Scenario, accounts: &[Account]) -> Vec<Option<u128>> {
    let of = |index: usize| {
        let judged = |a: &Account| a.standings[index].verdict != Verdict::NotTestable;
        accounts.iter().any(judged).then(|| {
            let bits = accounts.iter().take(MOST_ACCOUNTS).enumerate();
            bits.filter(|(_, a)| has(a, index)).fold(0, |bits, (number, _)| bits | 1 << number)
        })
    };
    (0..base.claims.len()).map(of).collect()
}

/// Whether a claim is judged in an account, and not contradicted.
fn has(account: &Account, index: usize) -> bool {
    !matches!(account.standings[index].verdict, Verdict::Contradicted | Verdict::NotTestable)
}

struct Finder<'a> {
    base: &'a Scenario,
    variants: &'a [Variant],
    accounts: &'a [Account],
    possible: Vec<Option<u128>>,
}

impl Finder<'_> {
    fn is_assumption(&self, index: usize) -> bool {
        matches!(self.base.claims[index].test, ClaimTest::Assumption(_))
    }

    /// Whether a claim takes settings for granted that the file does not have, against what holds in
    /// the file.
    fn is_against_the_file(&self, set: &[usize]) -> bool {
        let stands = |index: &usize| self.accounts[0].standings[*index].verdict;
        let (assumed, measured): (Vec<usize>, Vec<usize>) =
            set.iter().partition(|index| self.is_assumption(**index));
        let holds = |index: &usize| stands(index) != Verdict::Contradicted;
        !assumed.is_empty() && !measured.is_empty() && measured.iter().all(holds)
    }

    /// The smallest sets that no account has, of one, two or three claims.
    fn smallest(&self) -> Vec<Vec<usize>> {
        let judged: Vec<(usize, u128)> =
            self.possible.iter().enumerate().filter_map(|(i, bits)| Some((i, (*bits)?))).collect();
        // What takes settings for granted that no account has was not tried.
        let nowhere = |(i, bits): &&(usize, u128)| *bits == 0 && !self.is_assumption(*i);
        let mut found: Vec<Vec<usize>> =
            judged.iter().filter(nowhere).map(|(i, _)| vec![*i]).collect();
        let alive: Vec<(usize, u128)> = judged.into_iter().filter(|(_, bits)| *bits != 0).collect();
        let mut pairs = Vec::new();
        for (n, (a, one)) in alive.iter().enumerate() {
            for (b, other) in &alive[n + 1..] {
                let apart = match self.is_assumption(*a) && self.is_assumption(*b) {
                    true => self.collision(*a, *b).is_some(),
                    false => one & other == 0,
                };
                if apart {
                    pairs.push(vec![*a, *b]);
                }
            }
        }
        let triples = if alive.len() <= MOST_FOR_THREE { self.triples(&alive) } else { Vec::new() };
        found.extend(pairs);
        found.extend(triples);
        found.truncate(MOST);
        found
    }

    /// Three claims that no account has, any two of which some account has.
    fn triples(&self, alive: &[(usize, u128)]) -> Vec<Vec<usize>> {
        let mut found = Vec::new();
        for (n, (a, first)) in alive.iter().enumerate() {
            for (m, (b, second)) in alive.iter().enumerate().skip(n + 1) {
                for (c, third) in &alive[m + 1..] {
                    let assumed = [*a, *b, *c].iter().filter(|i| self.is_assumption(**i)).count();
                    let pairs = [first & second, first & third, second & third];
                    if assumed < 2 && first & second & third == 0 && !pairs.contains(&0) {
                        found.push(vec![*a, *b, *c]);
                    }
                }
            }
        }
        found
    }

    /// The setting that two claims want to be different things.
    fn collision(&self, a: usize, b: usize) -> Option<&str> {
        match (&self.base.claims[a].test, &self.base.claims[b].test) {
            (ClaimTest::Assumption(one), ClaimTest::Assumption(other)) => one.collision(other),
            _ => None,
        }
    }

    fn explain(&self, set: &[usize]) -> Conflict {
        let ids = set.iter().map(|index| self.base.claims[*index].id.clone()).collect();
        let (because, by_arithmetic, checks) = match *set {
            [only] => self.alone(only),
            [a, b] if self.collision(a, b).is_some() => self.collide(a, b),
            [a, b] if self.disjoint(a, b).is_some() => {
                (self.disjoint(a, b).unwrap_or_default(), true, Vec::new())
            }
            _ => match set.iter().find(|index| self.is_assumption(**index)) {
                Some(assumed) => self.assumed(*assumed, set),
                None => self.apart(set),
            },
        };
        let (against_the_file, repairs) = (false, Vec::new());
        Conflict { claims: ids, because, by_arithmetic, against_the_file, checks, repairs }
    }

    fn id(&self, index: usize) -> &str {
        &self.base.claims[index].id
    }

    /// A claim that no account has.
    fn alone(&self, index: usize) -> (String, bool, Vec<String>) {
        let tried = match self.accounts.len() {
            1 => String::new(),
            n => format!(" and in none of {} other accounts tried", n - 1),
        };
        let sentence = self.stands(0, index);
        let by_arithmetic = self.accounts[0].standings[index].by_arithmetic;
        (format!("not as the file is set{tried}: {sentence}"), by_arithmetic, Vec::new())
    }

    /// Two claims that want one setting to be different things.
    fn collide(&self, a: usize, b: usize) -> (String, bool, Vec<String>) {
        let label = |index: usize| match &self.base.claims[index].test {
            ClaimTest::Assumption(change) => change.label().to_string(),
            _ => String::new(),
        };
        let text = format!(
            "{} takes {} for granted, {} takes {}: one setting cannot be both",
            self.id(a),
            label(a),
            self.id(b),
            label(b)
        );
        (text, true, Vec::new())
    }

    /// Two claims about the same measure whose expectations have no value in common.
    fn disjoint(&self, a: usize, b: usize) -> Option<String> {
        let (
            ClaimTest::Outcome { measure: one, expect: x, within: dx, unit },
            ClaimTest::Outcome { measure: other, expect: y, within: dy, .. },
        ) = (&self.base.claims[a].test, &self.base.claims[b].test)
        else {
            return None;
        };
        let apart = x + dx < y - dy || y + dy < x - dx;
        (one == other && apart).then(|| {
            format!(
                "both say when or how much of the same: {} in {} and {} in {} have no value in common; \
                 as the file is set {}",
                plus_minus(*x, *dx, *unit),
                self.id(a),
                plus_minus(*y, *dy, *unit),
                self.id(b),
                self.accounts[0].standings[a].because
            )
        })
    }

    /// What follows from a setting that is taken for granted, beside what follows without it.
    fn assumed(&self, assumed: usize, set: &[usize]) -> (String, bool, Vec<String>) {
        let so =
            |account: &&(usize, &Account)| account.1.standings[assumed].verdict == Verdict::Holds;
        let numbered: Vec<(usize, &Account)> = self.accounts.iter().enumerate().collect();
        let Some((number, account)) = numbered.iter().find(so).copied() else {
            return (String::new(), false, Vec::new());
        };
        let broken: Vec<usize> = set
            .iter()
            .copied()
            .filter(|index| {
                *index != assumed && account.standings[*index].verdict == Verdict::Contradicted
            })
            .collect();
        let mut text = account.words.clone();
        for index in &broken {
            text.push_str(&format!(
                " {} is not: {};",
                self.id(*index),
                self.stands(number, *index)
            ));
        }
        let Some(first) = broken.first() else { return (text, false, Vec::new()) };
        let fails_as_set = self.accounts[0].standings[*first].verdict == Verdict::Contradicted;
        let without = match account.as_set() || fails_as_set {
            true => self.holds_in(*first).map(|n| (format!("it is {}", self.accounts[n].words), n)),
            false => Some(("without it".to_string(), 0)),
        };
        if let Some((words, n)) = without {
            let colon = if n == 0 { "" } else { ":" };
            text.push_str(&format!(
                " {words}{colon} {}",
                self.accounts[n].standings[*first].because
            ));
        }
        let by_arithmetic = broken.iter().any(|index| account.standings[*index].by_arithmetic);
        (text.trim_end_matches(';').to_string(), by_arithmetic, account.checks.clone())
    }

    /// Claims of which every account lacks one.
    fn apart(&self, set: &[usize]) -> (String, bool, Vec<String>) {
        let (mut texts, mut by_arithmetic, mut seen) = (Vec::new(), false, Vec::new());
        for index in set {
            let Some(number) = self.holds_in(*index) else { continue };
            if seen.contains(&number) {
                continue;
            }
            seen.push(number);
            let account = &self.accounts[number];
            let standing = |i: usize| &account.standings[i];
            let (fine, broken): (Vec<usize>, Vec<usize>) =
                set.iter().partition(|i| standing(**i).verdict != Verdict::Contradicted);
            let ids =
                |of: &[usize]| of.iter().map(|i| self.id(*i)).collect::<Vec<_>>().join(" and ");
            let there: Vec<String> = broken
                .iter()
                .map(|i| format!("{}: {}", self.id(*i), self.stands(number, *i)))
                .collect();
            let verb = if fine.len() == 1 { "holds" } else { "hold" };
            texts.push(format!(
                "{} {verb} {}, but there {}",
                ids(&fine),
                account.words,
                there.join(", ")
            ));
            by_arithmetic |= broken.iter().any(|i| standing(*i).by_arithmetic);
        }
        (texts.join("; "), by_arithmetic, Vec::new())
    }

    /// The account with the fewest changes in which a claim is not contradicted.
    fn holds_in(&self, index: usize) -> Option<usize> {
        let fine = |n: &usize| has(&self.accounts[*n], index);
        let fewest = |n: &usize| (self.accounts[*n].with.len(), self.accounts[*n].changed, *n);
        (0..self.accounts.len()).filter(fine).min_by_key(fewest)
    }

    /// How a claim stands in an account, with the arithmetic that says so alone.
    fn stands(&self, number: usize, index: usize) -> String {
        let standing = &self.accounts[number].standings[index];
        match &standing.foretold {
            Some(foretold) if self.variants[number].refutes(index) => {
                format!("{} (by arithmetic alone: {})", standing.because, foretold.text)
            }
            _ => standing.because.clone(),
        }
    }
}

/// The accounts with changes in which all of these claims hold, smallest change first.
pub fn repairs(base: &Scenario, places: &[usize], accounts: &[Account]) -> Vec<Repair> {
    let fits = |account: &&Account| {
        let holds = |index: &usize| account.standings[*index].verdict == Verdict::Holds;
        !account.as_set() && places.iter().all(holds)
    };
    let mut fitting: Vec<&Account> = accounts.iter().filter(fits).collect();
    fitting.sort_by_key(|account| (account.with.len(), account.changed));
    let measured = |index: &&usize| !matches!(base.claims[**index].test, ClaimTest::Assumption(_));
    let repair = |account: &Account| Repair {
        with: account.with.clone(),
        label: account.label.clone(),
        words: account.words.clone(),
        changed: account.changed,
        because: places
            .iter()
            .filter(measured)
            .map(|i| format!("{}: {}", base.claims[*i].id, account.standings[*i].because))
            .collect::<Vec<_>>()
            .join("; "),
    };
    fitting.into_iter().map(repair).collect()
}

/// The verdict on a claim that takes settings for granted: whether what holds without them holds with
/// them.
pub fn assumption(base: &Scenario, index: usize, accounts: &[Account]) -> (Verdict, String) {
    let claim = &base.claims[index];
    let as_set = &accounts[0];
    if as_set.standings[index].verdict == Verdict::Holds {
        return (Verdict::Holds, "the file is set so".to_string());
    }
    let alone = |account: &&Account| account.with == [claim.id.as_str()];
    let Some(with) = accounts.iter().find(alone) else {
        return (Verdict::Undecided, "it was not tried".to_string());
    };
    let measured = |index: &usize| {
        !matches!(base.claims[*index].test, ClaimTest::Assumption(_))
            && as_set.standings[*index].verdict == Verdict::Holds
    };
    let held: Vec<usize> = (0..base.claims.len()).filter(measured).collect();
    let now = |verdict: Verdict| -> Vec<usize> {
        held.iter().copied().filter(|i| with.standings[*i].verdict == verdict).collect()
    };
    let (broken, open) = (now(Verdict::Contradicted), now(Verdict::Undecided));
    let told = |of: &[usize]| told(base, of, with);
    match (broken.as_slice(), open.as_slice()) {
        ([], []) => {
            let text = format!(
                "with it {} of {} claims that hold without it still hold",
                held.len(),
                held.len()
            );
            (Verdict::Holds, text)
        }
        ([], open) => (Verdict::Undecided, format!("with it {}", told(open))),
        (broken, _) => (Verdict::Contradicted, format!("with it {}", told(broken))),
    }
}

/// The first claims of a list with what became of them, and how many more there are.
fn told(base: &Scenario, of: &[usize], with: &Account) -> String {
    const TOLD: usize = 2;
    let one = |i: &usize| {
        let standing = &with.standings[*i];
        let alone = match &standing.foretold {
            Some(foretold) if standing.by_arithmetic => {
                format!(" (by arithmetic alone: {})", foretold.text)
            }
            _ => String::new(),
        };
        format!("{} is not: {}{alone}", base.claims[*i].id, standing.because)
    };
    let mut texts: Vec<String> = of.iter().take(TOLD).map(one).collect();
    if of.len() > TOLD {
        let rest: Vec<&str> = of[TOLD..].iter().map(|i| base.claims[*i].id.as_str()).collect();
        texts.push(format!("nor {}", rest.join(", ")));
    }
    texts.join("; ")
}

/// Whether anything of a scenario is audited: a claim that assumes something, or one that measures and an
/// alternative to try it with.
pub fn is_audited(scenario: &Scenario) -> bool {
    let assumes = |claim: &Claim| matches!(claim.test, ClaimTest::Assumption(_));
    let measures = |claim: &Claim| matches!(claim.test, ClaimTest::Outcome { .. });
    let tried = !scenario.alternatives.is_empty() && scenario.claims.iter().any(measures);
    tried || scenario.claims.iter().any(assumes)
}
