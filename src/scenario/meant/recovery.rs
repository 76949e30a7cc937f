//! Metastability as a measure.

use std::sync::Arc;

use crate::scenario::variant::Origin;
use crate::units::{SimTime, Span, Unit};

/// Whether and when goodput comes back after a trigger.
#[derive(Clone, Debug, PartialEq)]
pub struct Recovers {
    /// The fleet whose successes are counted.
    pub fleet: String,
    /// Goodput before the trigger is counted from here ...
    pub from: SimTime,
    /// ... to here, where the trigger begins.
    pub before: SimTime,
    /// The end of the trigger.
    pub after: SimTime,
    /// Up to here it must have stayed back.
    pub until: SimTime,
    /// The share of the goodput before that counts as back.
    pub to: f64,
    /// The window over which goodput is counted.
    pub over: Span,
}

/// The smallest value of a setting from which goodput does not come back.
#[derive(Clone, Debug, PartialEq)]
pub struct Tips {
    /// The setting.
    pub path: String,
    /// The smallest value, in base units of `unit`.
    pub from: f64,
    /// The distance of two values.
    pub step: f64,
    /// Steps from the smallest value to the largest.
    pub steps: u32,
    /// The unit of the setting.
    pub unit: Unit,
    /// What coming back means.
    pub recovers: Recovers,
    /// What each run is read from.
    pub(crate) origin: Arc<Origin>,
}

impl Tips {
    /// The value so many steps above the smallest.
    pub fn value(&self, steps: u32) -> f64 {
        self.from + self.step * f64::from(steps)
    }
}
