//! Asks about a setting: as many runs as it takes, and no more.

use super::super::measured::Standing;
use super::judge::{Seen, looks, seen, standing, values};
use crate::claims::Goal;
use crate::experiment::measured::Figures;

/// A setting that was tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// The level of each knob.
    pub levels: Vec<usize>,
    /// Its runs.
    pub runs: Vec<Figures>,
    /// Each goal beside what was seen.
    pub seen: Vec<Seen>,
    /// How it stands to all of them.
    pub standing: Standing,
    /// Why it cannot be judged, when that is not for lack of runs.
    pub why: Option<String>,
}

/// Plays so many runs of these levels, those before them included; or says why there are none.
pub(super) type Play<'a> = dyn FnMut(&[usize], u32) -> Result<Vec<Figures>, String> + 'a;

/// Judges settings by their runs, each once.
pub(super) struct Referee<'a> {
    goals: &'a [Goal],
    looks: Vec<u32>,
    error: f64,
    play: &'a mut Play<'a>,
    /// Called after each look.
    looked: &'a mut dyn FnMut(&Trial),
    /// What was tried, in order.
    pub tried: Vec<Trial>,
}

/// How probable it may be that any interval of a whole search misses its truth.
pub const ERROR: f64 = 0.05;

impl<'a> Referee<'a> {
    /// For a search that asks about `asked` settings at most: every look at every goal of every setting
    /// gets the same part of [`ERROR`], so that all intervals hold at once in 95 % of searches.
    pub fn new(
        goals: &'a [Goal],
        (first, most): (u32, u32),
        asked: usize,
        play: &'a mut Play<'a>,
        looked: &'a mut dyn FnMut(&Trial),
    ) -> Referee<'a> {
        let looks = looks(first, most);
        let error = ERROR / (looks.len() * asked.max(1) * goals.len().max(1)) as f64;
        Referee { goals, looks, error, play, looked, tried: Vec::new() }
    }

    /// The probability with which one interval may miss its truth.
    pub fn error(&self) -> f64 {
        self.error
    }

    /// The number of a setting among those tried; it is tried when it was not yet.
    pub fn trial(&mut self, levels: &[usize]) -> usize {
        if let Some(known) = self.tried.iter().position(|trial| trial.levels == levels) {
            return known;
        }
        let trial = self.judged(levels);
        self.tried.push(trial);
        self.tried.len() - 1
    }

    /// How a setting stands to the goals.
    pub fn ask(&mut self, levels: &[usize]) -> Standing {
        let trial = self.trial(levels);
        self.tried[trial].standing
    }

    fn judged(&mut self, levels: &[usize]) -> Trial {
        let mut trial = Trial {
            levels: levels.to_vec(),
            runs: Vec::new(),
            seen: Vec::new(),
            standing: Standing::Undecided,
            why: None,
        };
        for look in self.looks.clone() {
            match (self.play)(levels, look) {
                Ok(runs) => self.look(&mut trial, runs),
                Err(why) => trial.why = Some(format!("there is no such scenario: {why}")),
            }
            (self.looked)(&trial);
            if trial.standing != Standing::Undecided || trial.why.is_some() {
                break;
            }
        }
        trial
    }

    fn look(&self, trial: &mut Trial, runs: Vec<Figures>) {
        let stopped =
            runs.iter().enumerate().find_map(|(run, it)| Some((run, it.stopped.as_ref()?)));
        trial.why = stopped.map(|(run, why)| format!("run {run} stopped before its end: {why}"));
        // Where nothing is left to chance every run is the same, and two of them are all.
        let by_chance = runs.windows(2).any(|pair| pair[0].digest != pair[1].digest);
        let of = |(figure, goal): (usize, &Goal)| {
            seen(goal, &values(&runs, figure), self.error, by_chance)
        };
        trial.seen = self.goals.iter().enumerate().map(of).collect();
        if trial.why.is_none() {
            trial.standing = standing(&trial.seen);
            let nothing = trial.seen.iter().position(|seen| seen.measured == 0);
            trial.why = nothing.map(|goal| {
                format!("in no run was there a {} to measure", self.goals[goal].of.name)
            });
        }
        trial.runs = runs;
    }
}

#[cfg(test)]
mod tests {
    use super::super::search::{End, along_one, most_asked};
    use super::*;
    use crate::chance::{Purpose, Stream};
    use crate::claims::Known;
    use crate::units::Unit;

    fn goal() -> [Goal; 1] {
        let known = Known { name: "wait".into(), unit: Unit::Count, may_never_come: false };
        [Goal::read("wait < 10", &[known]).unwrap()]
    }

    fn run(value: Option<f64>, stopped: Option<&str>) -> Figures {
        let stopped = stopped.map(str::to_string);
        Figures { values: vec![value], digest: String::new(), requests: 0, events: 0, stopped }
    }

    /// Values about `mean` that depend on the search and the setting only: twelve uniform numbers added
    /// up are nearly normal, with a standard deviation of 1.
    fn noisy(mean: f64, search: u32, at: usize, runs: u32) -> Vec<Figures> {
        let mut stream = Stream::new("search", search, &at.to_string(), Purpose::Arrival);
        let mut value = || mean - 6.0 + (0..12).map(|_| stream.uniform()).sum::<f64>();
        (0..runs).map(|_| run(Some(value()), None)).collect()
    }

    /// The boundary is where the mean falls below 10, which is between 12 and 13. Right before it and
    /// after it the mean is a quarter of a standard deviation off.
    fn search(number: u32, most: u32) -> (End, Vec<Trial>) {
        let mean = |at: usize| 10.0 + (12.5 - at as f64) / 2.0;
        let mut play = |levels: &[usize], runs: u32| {
            let at = levels[0];
            Ok(noisy(mean(at), number, at, runs))
        };
        let (goals, mut looked) = (goal(), |_: &Trial| {});
        let asked = most_asked(&[32]);
        let mut referee = Referee::new(&goals, (10, most), asked, &mut play, &mut looked);
        let end = along_one(32, &mut |at| referee.ask(&[at]));
        (end, referee.tried)
    }

    /// The whole answer is wrong in at most 5 % of searches: of 200 that would be 10 on average. Bonferroni
    /// is careful, so that there are fewer.
    #[test]
    fn two_hundred_searches_are_hardly_ever_wrong_and_seldom_undecided() {
        let (mut wrong, mut undecided, mut runs) = (0, 0, 0);
        for number in 0..200 {
            let (end, tried) = search(number, 1000);
            match end {
                End::Found(place) => wrong += u32::from(place != [13]),
                _ => undecided += 1,
            }
            runs += tried.iter().map(|trial| trial.runs.len()).sum::<usize>();
        }
        println!("{wrong} wrong, {undecided} undecided, {} runs each", runs / 200);
        assert!(wrong <= 10 && undecided <= 10, "{wrong} wrong, {undecided} undecided");
    }

    #[test]
    fn with_too_few_runs_it_says_so() {
        let (end, tried) = search(1, 20);
        assert!(matches!(end, End::Undecided { .. }), "{end:?}");
        assert!(tried.iter().all(|trial| trial.runs.len() <= 20));
    }

    #[test]
    fn it_stops_when_decided_and_tries_nothing_twice() {
        let (goals, mut looked) = (goal(), |_: &Trial| {});
        let mut calls = Vec::new();
        let mut play = |levels: &[usize], runs: u32| {
            calls.push((levels[0], runs));
            let value = |run: u32| 9.0 + f64::from(run % 2) * levels[0] as f64;
            Ok((0..runs).map(|k| run(Some(value(k)), None)).collect())
        };
        let mut referee = Referee::new(&goals, (10, 40), 2, &mut play, &mut looked);
        assert_eq!(referee.ask(&[0]), Standing::Meets);
        assert_eq!(referee.ask(&[2]), Standing::Undecided);
        assert_eq!(referee.ask(&[0]), Standing::Meets);
        assert_eq!(referee.error(), 0.05 / 6.0);
        drop(referee);
        assert_eq!(calls, [(0, 10), (2, 10), (2, 20), (2, 40)]);
    }

    #[test]
    fn what_cannot_be_judged_says_why() {
        let (goals, mut looked) = (goal(), |_: &Trial| {});
        let mut play = |levels: &[usize], runs: u32| match levels[0] {
            0 => Err("min is above max".to_string()),
            1 => Ok(vec![run(None, Some("too much in flight")); runs as usize]),
            _ => Ok(vec![run(None, None); runs as usize]),
        };
        let mut referee = Referee::new(&goals, (10, 40), 3, &mut play, &mut looked);
        for (at, part) in [(0, "min is above max"), (1, "too much in flight"), (2, "to measure")] {
            let trial = referee.trial(&[at]);
            let trial = &referee.tried[trial];
            assert_eq!(trial.standing, Standing::Undecided);
            assert!(trial.why.as_ref().unwrap().contains(part) && trial.runs.len() <= 10);
        }
    }
}
