//! Pictures of many scenarios: a figure against one parameter or two, and which parameters matter.
//!
//! Inputs are plain: names and settings as texts, values with their intervals. What was not measured
//! is a gap, and what never came stands apart from every number.

mod below;
mod curves;
mod heat_map;
mod sheet;
mod signs;
mod tornado;

pub use curves::{Bound, Curve, Curves, LINES_MAX, curves};
pub use heat_map::{CELLS_MAX, HeatMap, heat_map};
pub use tornado::{BARS_MAX, Bars, Influence, Swing, Tornado, tornado};

use super::PictureError;

/// A parameter and what it was set to.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name: `servers.redis.timeout`.
    pub name: String,
    /// Its settings as they are written, from left to right, or from the bottom to the top.
    pub settings: Vec<String>,
    /// Where the settings stand.
    pub spacing: Spacing,
}

/// Where the settings of a parameter stand on its axis.
#[derive(Clone, Debug, PartialEq)]
pub enum Spacing {
    /// At equal distances, in their order: names, or numbers like names.
    Even,
    /// At their values, growing: one for each setting.
    Linear(Vec<f64>),
    /// At the logarithms of their values, which are positive and grow: one for each setting.
    Log(Vec<f64>),
}

/// A figure at one setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// What was seen.
    pub shown: Shown,
    /// How it stands to the goal.
    pub standing: Standing,
}

/// What was seen of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shown {
    /// Nothing was measured: a gap.
    Nothing,
    /// What is timed never came: beyond every number.
    Never,
    /// A value with its 95 % interval; an interval without an upper end ends in
    /// [`f64::INFINITY`].
    Value {
        /// The value.
        value: f64,
        /// The low end of the interval.
        low: f64,
        /// The high end of the interval.
        high: f64,
    },
}

impl Shown {
    /// The value and its interval, ends in order; `None` of what is no finite number.
    fn value(self) -> Option<(f64, f64, f64)> {
        match self {
            Shown::Value { value, low, high } if value.is_finite() => {
                let low = if low.is_nan() { value } else { low.min(value) };
                let high = if high.is_nan() { value } else { high.max(value) };
                Some((value, low, high))
            }
            _ => None,
        }
    }

    fn is_nothing(self) -> bool {
        self.value().is_none() && !self.is_never()
    }

    fn is_never(self) -> bool {
        match self {
            Shown::Never => true,
            Shown::Value { value, .. } => value == f64::INFINITY,
            Shown::Nothing => false,
        }
    }
}

/// How a figure stands to a goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// There is no goal.
    Unasked,
    /// It meets the goal.
    Meets,
    /// It misses the goal.
    Misses,
    /// The data do not decide.
    Undecided,
}

impl Parameter {
    /// Where each setting stands, from 0 to 1; evenly when the values are no scale.
    fn places(&self) -> Vec<f64> {
        let count = self.settings.len();
        let values: Option<Vec<f64>> = match &self.spacing {
            Spacing::Even => None,
            Spacing::Linear(values) => Some(values.clone()),
            Spacing::Log(values) if values.iter().all(|value| *value > 0.0) => {
                Some(values.iter().map(|value| libm::log10(*value)).collect())
            }
            Spacing::Log(_) => None,
        };
        let scale = values.filter(|values| {
            values.len() == count
                && values.iter().all(|value| value.is_finite())
                && values.windows(2).all(|pair| pair[0] < pair[1])
        });
        let even = |i: usize| if count < 2 { 0.5 } else { i as f64 / (count - 1) as f64 };
        match scale.as_deref() {
            Some([first, .., last]) => {
                let values = scale.iter().flatten();
                values.map(|value| (value - first) / (last - first)).collect()
            }
            _ => (0..count).map(even).collect(),
        }
    }
}

/// An error in the words of `message`.
fn unfit(message: String) -> PictureError {
    PictureError::Unfit { message }
}
