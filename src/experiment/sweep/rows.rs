//! Rows: what is kept of each run of a sweep.

use super::super::measured::Figures;
use super::plan::Plan;

/// One run of one point.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The point, from 0.
    pub point: u32,
    /// The run of the point, from 0.
    pub run: u32,
    /// What came of it.
    pub got: Got,
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Got {
    /// It was played.
    Played(Figures),
    /// There is no scenario with these settings: why. Such a point has this one row.
    Impossible(String),
}

impl Row {
    /// Where it stands among all rows.
    pub fn place(&self) -> (u32, u32) {
        (self.point, self.run)
    }
}

/// A part of a sweep that one process plays: the points whose number leaves `index` over `of`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 0.
    pub index: u32,
    /// How many parts there are.
    pub of: u32,
}

impl Shard {
    /// All of it.
    pub const WHOLE: Shard = Shard { index: 0, of: 1 };

    /// Whether a point belongs to it.
    pub fn has(self, point: u32) -> bool {
        point % self.of.max(1) == self.index
    }

    /// Its points, in order.
    pub fn points(self, plan: &Plan) -> impl Iterator<Item = u32> + use<> {
        (self.index..plan.points().min(u32::MAX.into()) as u32).step_by(self.of.max(1) as usize)
    }
}
