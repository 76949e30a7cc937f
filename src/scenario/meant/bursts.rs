//! Arrivals that come many at a time, or not at all for a while.

use super::{Dist, Profile};
use crate::units::Rate;

/// Requests that come in batches.
#[derive(Clone, Debug, PartialEq)]
pub struct Bursts {
    /// When batches come, by chance: batches per second.
    pub batches: Profile,
    /// How many requests each brings.
    pub size: Sizes,
}

/// How many come at once.
#[derive(Clone, Debug, PartialEq)]
pub enum Sizes {
    /// Always so many.
    Fixed(u32),
    /// One or more, with this mean: each one is followed by another with the same probability.
    Geometric(f64),
    /// Numbers with weights.
    Table(Vec<(u32, f64)>),
}

impl Sizes {
    /// How many come at once on average.
    pub fn mean(&self) -> f64 {
        match self {
            Sizes::Fixed(size) => f64::from(*size),
            Sizes::Geometric(mean) => *mean,
            Sizes::Table(weighted) => {
                let all: f64 = weighted.iter().map(|(_, weight)| weight).sum();
                weighted.iter().map(|(size, weight)| f64::from(*size) * weight / all).sum()
            }
        }
    }
}

/// Times with arrivals, and times without.
#[derive(Clone, Debug, PartialEq)]
pub struct OnOff {
    /// The rate while there are any.
    pub rate: Rate,
    /// Whether they are evenly spaced then; else they come by chance.
    pub even: bool,
    /// How long there are arrivals; the run begins with such a time.
    pub on: Dist,
    /// How long there are none.
    pub off: Dist,
}
