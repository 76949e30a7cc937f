//! Where to look next: bisection along one knob, coordinate search over several.
//!
//! Settings are numbered along each knob from the cheapest (0) to the most generous. Meeting the goals
//! is taken to be monotone: what is more generous than a setting that meets them meets them too. Where
//! what was tried says otherwise, [`contradiction`] finds it.

use std::collections::BTreeMap;

use super::super::measured::Standing;

/// A setting: a number for each knob, 0 the cheapest.
pub type Place = Vec<usize>;

/// What a search ends with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// This meets the goals; the next cheaper of each knob, where there is one, misses them.
    Found(Place),
    /// No setting that was tried meets them.
    Nothing,
    /// Between what misses them and what meets them something is undecided.
    Undecided {
        /// The cheapest setting that is known to meet them.
        meets: Option<Place>,
        /// The most generous one below it that is known to miss them.
        misses: Option<Place>,
        /// What is undecided.
        open: Vec<Place>,
    },
}

/// Rounds of a coordinate search. The second finds nothing when meeting is monotone.
const ROUNDS: usize = 4;
/// Settings tried between two ends that both miss the goals.
const PROBES: usize = 3;

/// The most settings that a search over knobs of so many levels asks about.
pub fn most_asked(lengths: &[usize]) -> usize {
    // Where a setting stays undecided, the bisection goes on at both its sides.
    let line = |length: usize| 2 + PROBES + 2 * halvings(length);
    match lengths {
        [one] => line(*one),
        several => 1 + ROUNDS * several.iter().map(|length| line(*length)).sum::<usize>(),
    }
}

/// Halvings until a range of so many steps is one step.
fn halvings(length: usize) -> usize {
    (usize::BITS - length.saturating_sub(1).leading_zeros()) as usize
}

/// Looks for the cheapest setting of one knob with `length` levels.
pub fn along_one(length: usize, ask: &mut dyn FnMut(usize) -> Standing) -> End {
    let mut line = Line { known: BTreeMap::new(), ask };
    let last = length - 1;
    let ends = [line.ask(0), line.ask(last)];
    let meets = ends.contains(&Standing::Meets)
        || (!ends.contains(&Standing::Undecided) && line.probe(last));
    if !meets {
        let of = |wanted| line.known.iter().filter(move |(_, s)| **s == wanted).map(|(at, _)| *at);
        let open: Vec<Place> = of(Standing::Undecided).map(|at| vec![at]).collect();
        let Some(first) = open.first().map(|place| place[0]) else { return End::Nothing };
        let misses = of(Standing::Misses).rfind(|at| *at < first).map(|at| vec![at]);
        return End::Undecided { meets: None, misses, open };
    }
    line.bisect()
}

/// What is known along one knob.
struct Line<'a> {
    known: BTreeMap<usize, Standing>,
    ask: &'a mut dyn FnMut(usize) -> Standing,
}

impl Line<'_> {
    fn ask(&mut self, at: usize) -> Standing {
        if let Some(known) = self.known.get(&at) {
            return *known;
        }
        let standing = (self.ask)(at);
        self.known.insert(at, standing);
        standing
    }

    /// Looks between two ends that miss, so that a goal met in the middle only is not overlooked;
    /// whether one meets.
    fn probe(&mut self, last: usize) -> bool {
        (1..=PROBES)
            .map(|i| [last / 2, last / 4, last - last / 4][i - 1])
            .any(|at| self.ask(at) == Standing::Meets)
    }

    /// Narrows the gap between the cheapest setting that meets and what misses below it.
    fn bisect(&mut self) -> End {
        loop {
            let at = |(at, _): (&usize, &Standing)| *at;
            let meets = self.known.iter().find(|(_, s)| **s == Standing::Meets).map(at);
            let Some(high) = meets else { return End::Nothing };
            let below = |wanted: Standing| {
                self.known.range(..high).filter(move |(_, s)| **s == wanted).map(at)
            };
            let misses = below(Standing::Misses).next_back();
            let open: Vec<usize> = below(Standing::Undecided)
                .filter(|at| misses.is_none_or(|low| *at > low))
                .collect();
            // By monotony what is undecided is one stretch, and its ends are looked for.
            let last = open.last().copied().or(misses).unwrap_or(high);
            let first = open.first().copied().unwrap_or(high);
            match misses {
                _ if high - last > 1 => self.ask(last + (high - last) / 2),
                Some(low) if first - low > 1 => self.ask(low + (first - low) / 2),
                _ if open.is_empty() => return End::Found(vec![high]),
                _ => {
                    return End::Undecided {
                        meets: Some(vec![high]),
                        misses: misses.map(|at| vec![at]),
                        open: open.into_iter().map(|at| vec![at]).collect(),
                    };
                }
            };
        }
    }
}

/// Looks for a corner of several knobs: beginning with all generous, each in turn is made as cheap as
/// the others allow, until a whole round changes nothing.
pub fn along_each(lengths: &[usize], ask: &mut dyn FnMut(&[usize]) -> Standing) -> End {
    let mut at: Place = lengths.iter().map(|length| length - 1).collect();
    match ask(&at) {
        Standing::Meets => {}
        Standing::Misses => return End::Nothing,
        Standing::Undecided => {
            return End::Undecided { meets: None, misses: None, open: vec![at] };
        }
    }
    for _ in 0..ROUNDS {
        let before = at.clone();
        for knob in 0..lengths.len() {
            at[knob] = cheapest(&at, knob, ask);
        }
        if at == before {
            break;
        }
    }
    let mut open = Vec::new();
    let mut misses = None;
    for knob in (0..at.len()).filter(|knob| at[*knob] > 0) {
        let mut next = at.clone();
        next[knob] -= 1;
        match ask(&next) {
            Standing::Misses => misses = Some(next),
            Standing::Undecided | Standing::Meets => open.push(next),
        }
    }
    match open.is_empty() {
        true => End::Found(at),
        false => End::Undecided { meets: Some(at), misses, open },
    }
}

/// The cheapest known to meet along one knob from a place that does, the others as they are.
fn cheapest(at: &[usize], knob: usize, ask: &mut dyn FnMut(&[usize]) -> Standing) -> usize {
    let here = at[knob];
    let mut ask = |position: usize| {
        let mut place = at.to_vec();
        place[knob] = position;
        ask(&place)
    };
    // What is next is asked first: after the first round it is known, and it misses.
    if here == 0 || (at_corner(here, &mut ask)) {
        return here;
    }
    match along_one(here + 1, &mut ask) {
        End::Found(place) => place[0],
        End::Undecided { meets: Some(place), .. } => place[0],
        End::Undecided { meets: None, .. } | End::Nothing => here,
    }
}

fn at_corner(here: usize, ask: &mut dyn FnMut(usize) -> Standing) -> bool {
    ask(here - 1) != Standing::Meets
}

/// Two settings of which the more generous one misses the goals and the other meets them: the first
/// such pair, as their indices.
pub fn contradiction(tried: &[(Place, Standing)]) -> Option<(usize, usize)> {
    let no_cheaper = |a: &Place, b: &Place| a.iter().zip(b).all(|(a, b)| a >= b);
    let of = |wanted: Standing| {
        tried.iter().enumerate().filter(move |(_, (_, standing))| *standing == wanted)
    };
    of(Standing::Meets).find_map(|(met, (cheap, _))| {
        of(Standing::Misses)
            .find(|(_, (place, _))| no_cheaper(place, cheap))
            .map(|(missed, _)| (met, missed))
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::measured::Standing::{Meets, Misses, Undecided};
    use super::*;

    /// What the search ends with, and what it asked in order.
    fn along(length: usize, stands: impl Fn(usize) -> Standing) -> (End, Vec<usize>) {
        let mut asked = Vec::new();
        let end = along_one(length, &mut |at| {
            assert!(!asked.contains(&at), "{at} is asked twice");
            asked.push(at);
            stands(at)
        });
        assert!(asked.len() <= most_asked(&[length]), "{length}: {asked:?}");
        (end, asked)
    }

    fn from(least: usize) -> impl Fn(usize) -> Standing {
        move |at| if at >= least { Meets } else { Misses }
    }

    #[test]
    fn every_boundary_is_found_with_few_questions() {
        for length in 2..70 {
            for least in 0..length {
                let (end, asked) = along(length, from(least));
                assert_eq!(end, End::Found(vec![least]), "{length}");
                assert!(asked.len() <= 2 + halvings(length), "{length} {least}: {asked:?}");
            }
            assert_eq!(along(length, |_| Misses).0, End::Nothing);
        }
        assert_eq!(along(1, |_| Meets).0, End::Found(vec![0]));
        assert_eq!(along(1, |_| Misses).0, End::Nothing);
        assert_eq!((halvings(2), halvings(3), halvings(65)), (1, 2, 7));
    }

    /// The bracket is as narrow as what can be decided, wherever the undecided stretch lies.
    #[test]
    fn an_undecided_stretch_is_bracketed_from_both_sides() {
        for length in [2, 3, 7, 16, 65] {
            for first in 0..length {
                for last in first..length {
                    let stands = |at: usize| match at {
                        _ if at < first => Misses,
                        _ if at > last => Meets,
                        _ => Undecided,
                    };
                    let (end, asked) = along(length, stands);
                    // What it asks may jump over a stretch that is decided without it.
                    let seen = (first..=last).any(|at| asked.contains(&at));
                    let End::Undecided { meets, misses, open } = end else {
                        panic!("{length} {first} {last}: {end:?}, {seen}");
                    };
                    assert_eq!(meets, (last + 1 < length).then(|| vec![last + 1]));
                    if meets.is_some() {
                        assert_eq!(misses, first.checked_sub(1).map(|at| vec![at]));
                    }
                    assert!(open.iter().all(|at| stands(at[0]) == Undecided) && !open.is_empty());
                }
            }
        }
    }

    /// Too little and too much both miss: what lies between is not called nothing.
    #[test]
    fn a_goal_met_in_the_middle_only_is_found_and_noticed() {
        let stands = |at: usize| if (12..40).contains(&at) { Meets } else { Misses };
        let (end, asked) = along(65, stands);
        assert_eq!(end, End::Found(vec![12]));
        let tried: Vec<(Place, Standing)> =
            asked.iter().map(|at| (vec![*at], stands(*at))).collect();
        let (met, missed) = contradiction(&tried).unwrap();
        assert!(tried[missed].0 > tried[met].0);
        assert_eq!(contradiction(&[(vec![3], Misses), (vec![4], Meets)]), None);
        assert_eq!(contradiction(&[(vec![3, 1], Meets), (vec![2, 9], Misses)]), None);
        assert_eq!(contradiction(&[(vec![3, 1], Meets), (vec![3, 2], Misses)]), Some((0, 1)));
    }

    fn each(lengths: &[usize], stands: impl Fn(&[usize]) -> Standing) -> (End, usize) {
        let mut asked: BTreeMap<Place, Standing> = BTreeMap::new();
        let end =
            along_each(lengths, &mut |at| *asked.entry(at.to_vec()).or_insert_with(|| stands(at)));
        assert!(asked.len() <= most_asked(lengths));
        (end, asked.len())
    }

    /// Two knobs that add up: the first is made cheap, the second pays for it.
    #[test]
    fn several_knobs_end_in_a_corner() {
        let sum = |least: usize| move |at: &[usize]| from(least)(at[0] + at[1]);
        let (end, asked) = each(&[50, 50], sum(60));
        assert_eq!(end, End::Found(vec![11, 49]));
        assert!(asked <= 20, "{asked}");
        assert_eq!(each(&[50, 50], sum(0)).0, End::Found(vec![0, 0]));
        assert_eq!(each(&[50, 50], sum(99)).0, End::Nothing);
        let (end, _) = each(&[4, 9, 30], |at| from(17)(at[2]));
        assert_eq!(end, End::Found(vec![0, 0, 17]));
    }

    #[test]
    fn a_corner_with_an_undecided_neighbour_is_undecided() {
        let stands = |at: &[usize]| match at[0] + at[1] {
            60 => Undecided,
            sum => from(60)(sum),
        };
        let (end, _) = each(&[50, 50], stands);
        let open = vec![vec![11, 49]];
        let End::Undecided { meets, open: found, .. } = end else { panic!("{end:?}") };
        assert_eq!(meets, Some(vec![12, 49]));
        assert!(found.starts_with(&open), "{found:?}");
        let all = each(&[3, 3], |_| Undecided).0;
        assert_eq!(all, End::Undecided { meets: None, misses: None, open: vec![vec![2, 2]] });
    }
}
