//! Which parameters matter.

mod rows;
mod sheet;

use super::{Shown, unfit};
use crate::report::pictures::{Picture, PictureError};
use crate::theory::{Effects, SobolIndex};
use crate::units::Unit;

/// Bars of a picture at most; of further ones only their number is said.
pub const BARS_MAX: usize = 40;

/// A bar for each parameter, the longest at the top.
#[derive(Clone, Debug, PartialEq)]
pub struct Tornado {
    /// What is swept.
    pub title: String,
    /// What the picture shows, in a sentence with its figures.
    pub subtitle: String,
    /// What the result is, in words.
    pub measure: String,
    /// Its unit.
    pub unit: Unit,
    /// The bars, in any order.
    pub bars: Bars,
}

/// What the bars show.
#[derive(Clone, Debug, PartialEq)]
pub enum Bars {
    /// The result at both ends of each parameter, the others as in the file.
    Swings {
        /// The result with everything as in the file.
        base: Option<f64>,
        /// The bars.
        bars: Vec<Swing>,
    },
    /// The screening of Morris.
    Morris(Vec<Influence<Effects>>),
    /// The indices of Sobol'.
    Sobol(Vec<Influence<SobolIndex>>),
}

/// A parameter and the result at its ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Swing {
    /// The name of the parameter: `servers.redis.timeout`.
    pub name: String,
    /// Its low end as it is written.
    pub low_setting: String,
    /// Its high end as it is written.
    pub high_setting: String,
    /// The result at the low end.
    pub low: Shown,
    /// The result at the high end.
    pub high: Shown,
    /// Whether the ends differ by more than chance; a bar that does not is pale.
    pub differs: bool,
}

/// A parameter and its influence.
#[derive(Clone, Debug, PartialEq)]
pub struct Influence<T> {
    /// The name of the parameter: `servers.redis.timeout`.
    pub name: String,
    /// Its range in words: `60s to 10min`.
    pub range: String,
    /// Its influence.
    pub influence: T,
}

/// Draws a bar for each parameter, the longest at the top.
///
/// # Errors
///
/// When there is no bar.
pub fn tornado(picture: &Tornado) -> Result<Picture<'_>, PictureError> {
    let all = rows::rows(&picture.bars, picture.unit);
    if all.is_empty() {
        return Err(unfit("a picture needs a parameter".to_string()));
    }
    Ok(sheet::draw(picture, all))
}
