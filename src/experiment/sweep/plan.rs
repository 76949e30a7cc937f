//! What a sweep plays: which settings, how often, and what is kept of each run.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::super::design::{Trajectory, latin_hypercube, morris, saltelli};
use crate::chance::Law;
use crate::claims::{Goal, Known};
use crate::scenario::{Knob, Level, Range, Scenario, Values};
use crate::theory::Better;

/// Levels of a knob in a plan of Morris.
const MORRIS_LEVELS: u32 = 4;

/// Everything that decides what a sweep plays and what is made of it. Two machines with the same plan
/// write the same rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The name of the scenario.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// The seed.
    pub seed: String,
    /// What is set beside the knobs, each as `PATH=VALUE`.
    pub set: Vec<String>,
    /// The settings that are turned.
    pub knobs: Vec<Knob>,
    /// Which of their values meet.
    pub design: Design,
    /// How often each point is played.
    pub runs: Runs,
    /// What is kept of each run.
    pub figures: Vec<Known>,
    /// What an outage is, when not the rule that holds without one.
    pub outage: Option<Goal>,
    /// What a point must meet. Each is about one of the figures.
    pub goals: Vec<Goal>,
    /// What is to be small or large. Each is one of the figures.
    pub objectives: Vec<Objective>,
    /// The SHA-256 of the scenario as it is meant.
    pub meant: String,
}

/// A figure that is to be small or large.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    /// Its place among the figures of the plan.
    pub figure: usize,
    /// Which way is better.
    pub better: Better,
}

/// Which values of the knobs meet in a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Design {
    /// Each value of each knob with each of the others; the last knob turns fastest.
    Grid,
    /// So many points drawn by a Latin hypercube: each knob meets each of as many equal parts of its
    /// law once. Every point has runs of its own.
    Samples(u32),
    /// The settings of the file, then the low and the high end of each knob with the others as in the
    /// file.
    Ends,
    /// So many trajectories of Morris: each knob moves once in each.
    Morris(u32),
    /// So many rows of each of the two samples of Saltelli, and as many for each knob.
    Sobol(u32),
}

/// How often a point is played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Runs {
    /// So many times.
    Fixed(u32),
    /// Until the interval of each figure asked about is as narrow as this share of its mean.
    Until {
        /// Half the width of the interval, as a share of the mean.
        precision: f64,
        /// Runs at first.
        first: u32,
        /// Runs at most.
        most: u32,
    },
}

impl Runs {
    /// Runs of a point at first.
    pub fn first(self) -> u32 {
        match self {
            Runs::Fixed(runs) | Runs::Until { first: runs, .. } => runs,
        }
    }

    /// Runs of a point at most.
    pub fn most(self) -> u32 {
        match self {
            Runs::Fixed(runs) | Runs::Until { most: runs, .. } => runs,
        }
    }
}

impl Plan {
    /// How many points there are; saturates.
    pub fn points(&self) -> u64 {
        let knobs = self.knobs.len() as u64;
        match self.design {
            Design::Grid => {
                let levels = self.knobs.iter().map(|knob| knob.levels().len() as u64);
                levels.fold(1, u64::saturating_mul)
            }
            Design::Samples(samples) => samples.into(),
            Design::Ends => 1 + 2 * knobs,
            Design::Morris(trajectories) => u64::from(trajectories) * (knobs + 1),
            Design::Sobol(rows) => u64::from(rows) * (knobs + 2),
        }
    }

    /// Whether every point has random numbers of its own, so that the share of points is the share of
    /// what may happen; else run k of every point has the same.
    pub fn draws_chance(&self) -> bool {
        matches!(self.design, Design::Samples(_))
    }

    /// The number of the run whose chance run `run` of a point meets.
    pub fn chance(&self, point: u32, run: u32) -> u32 {
        match self.draws_chance() {
            true => point.wrapping_mul(self.runs.most()).wrapping_add(run),
            false => run,
        }
    }

    /// The place of a figure.
    pub fn figure(&self, name: &str) -> Option<usize> {
        self.figures.iter().position(|known| known.name == name)
    }

    /// The figures that goals and objectives are about.
    pub fn asked(&self) -> impl Iterator<Item = usize> + '_ {
        let goals = self.goals.iter().filter_map(|goal| self.figure(&goal.of.name));
        goals.chain(self.objectives.iter().map(|objective| objective.figure))
    }

    /// SHA-256 over all of it and the version of the program: 64 hexadecimal digits. Parts of a sweep
    /// belong together when they have the same.
    pub fn hash(&self) -> String {
        let mut hashing = Hashing::new("highwater plan 1");
        // Writing to a hash cannot fail.
        let _ = write!(hashing, "{}\n{self:?}", env!("CARGO_PKG_VERSION"));
        hashing.finish()
    }
}

/// The SHA-256 of a scenario as it is meant, whatever its file is called: 64 hexadecimal digits.
pub fn meaning(scenario: &Scenario) -> String {
    let Scenario { duration, warm_up, sample_every, settings, timeline, claims, .. } = scenario;
    let mut hashing = Hashing::new("highwater scenario 1");
    let told = (duration, warm_up, sample_every, settings, timeline, claims);
    let _ = write!(hashing, "{told:?}");
    hashing.finish()
}

/// The SHA-256 of some bytes: 64 hexadecimal digits.
pub fn fingerprint(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

struct Hashing(Sha256);

impl Hashing {
    fn new(domain: &str) -> Hashing {
        let mut hash = Sha256::new();
        hash.update(domain.as_bytes());
        Hashing(hash)
    }

    fn finish(self) -> String {
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Write for Hashing {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

/// The points of a plan.
#[derive(Clone, Debug)]
pub struct Points<'p> {
    plan: &'p Plan,
    /// For designs that draw: a place from 0 to 1 for each knob of each point.
    drawn: Vec<Vec<f64>>,
}

impl<'p> Points<'p> {
    /// Lays the points out.
    pub fn of(plan: &'p Plan) -> Points<'p> {
        let (seed, knobs) = (&plan.seed, plan.knobs.len());
        let drawn = match plan.design {
            Design::Grid | Design::Ends => Vec::new(),
            Design::Samples(samples) => latin_hypercube(seed, samples as usize, knobs),
            Design::Morris(_) => trajectories(plan).iter().flat_map(Trajectory::points).collect(),
            Design::Sobol(rows) => {
                let both = saltelli(seed, rows as usize, knobs);
                let mixed = (0..knobs).flat_map(|knob| both.ab(knob));
                let mut all = both.a.clone();
                all.extend(both.b.iter().cloned());
                all.extend(mixed);
                all
            }
        };
        Points { plan, drawn }
    }

    /// The values of the knobs at a point.
    pub fn levels(&self, point: u32) -> Vec<Level> {
        let knobs = &self.plan.knobs;
        if let Some(places) = self.drawn.get(point as usize) {
            return knobs
                .iter()
                .zip(places)
                .map(|(knob, place)| self.drawn(knob, *place))
                .collect();
        }
        if self.plan.design == Design::Ends {
            let of =
                |(index, knob): (usize, &Knob)| match (point as usize).checked_sub(1 + 2 * index) {
                    Some(0) => self.drawn(knob, 0.0),
                    Some(1) => self.drawn(knob, 1.0),
                    _ => Level { texts: Vec::new(), number: None },
                };
            return knobs.iter().enumerate().map(of).collect();
        }
        let mut rest = point as usize;
        let mut levels: Vec<Level> = Vec::with_capacity(knobs.len());
        for knob in knobs.iter().rev() {
            let all = knob.levels();
            levels.push(all[rest % all.len()].clone());
            rest /= all.len();
        }
        levels.reverse();
        levels
    }

    /// The value of a knob at a place from 0 to 1 of its law; of a list each is as likely.
    fn drawn(&self, knob: &Knob, place: f64) -> Level {
        let range = match &knob.values {
            Values::Levels(levels) => {
                let at = (place * levels.len() as f64) as usize;
                return levels[at.min(levels.len() - 1)].clone();
            }
            Values::Range(range) => *range,
        };
        let law = match range {
            Range::Uniform { low, high } => Law::Uniform { low, high },
            Range::Triangular { low, mode, high } => Law::Triangular { low, mode, high },
            Range::Normal { mean, sd } => Law::Normal { mean, sd },
        };
        let number = match self.plan.design {
            // Their places stand on both ends.
            Design::Ends | Design::Morris(_) => law.within(place),
            Design::Grid | Design::Samples(_) | Design::Sobol(_) => law.quantile(place),
        };
        let (low, high) = range.ends();
        knob.level(number.clamp(low, high))
    }
}

/// The trajectories of a plan of Morris.
pub(super) fn trajectories(plan: &Plan) -> Vec<Trajectory> {
    let Design::Morris(count) = plan.design else { return Vec::new() };
    morris(&plan.seed, count as usize, plan.knobs.len(), MORRIS_LEVELS)
}
