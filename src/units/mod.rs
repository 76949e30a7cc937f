//! Quantities with their units: instants and spans of simulated time, rates, bytes, ratios.
//!
//! A quantity is a text with a unit in a file (`"38min"`, `"264/min"`, `"0.62MB"`, `"5%"`) and a
//! newtype in the code. Parsing names what it expected, printing names the unit.

mod parse;
mod print;
mod time;

pub use parse::{BadQuantity, parse_bytes, parse_rate, parse_ratio, parse_span};
pub use print::{duration, quantity, timestamp, wall_clock};
pub use time::{SimTime, Span, Start};

use serde::{Deserialize, Serialize};

/// What a number measures; decides how it is printed and how the name of its column ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A number of things.
    Count,
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// Per second.
    PerSecond,
    /// A share, where 1 is the whole.
    Ratio,
}

/// A rate: happenings per second, finite and not negative.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Rate {
    per_second: f64,
}

impl Rate {
    /// None at all.
    pub const ZERO: Rate = Rate { per_second: 0.0 };

    /// `per_second` happenings a second; `None` when negative or not finite.
    pub fn per_second(per_second: f64) -> Option<Rate> {
        (per_second.is_finite() && per_second >= 0.0).then_some(Rate { per_second })
    }

    /// Happenings per second.
    pub fn as_per_second(self) -> f64 {
        self.per_second
    }
}

/// A share between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Ratio {
    share: f64,
}

impl Ratio {
    /// Nothing.
    pub const ZERO: Ratio = Ratio { share: 0.0 };
    /// The whole.
    pub const ONE: Ratio = Ratio { share: 1.0 };

    /// The share `share` of the whole; `None` outside 0..=1.
    pub fn new(share: f64) -> Option<Ratio> {
        (0.0..=1.0).contains(&share).then_some(Ratio { share })
    }

    /// The share as a number between 0 and 1.
    pub fn share(self) -> f64 {
        self.share
    }
}

/// A size in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);
