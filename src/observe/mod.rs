//! What was seen: observations folded to a [`Record`].

mod record;
mod wanted;

pub use record::{Crossing, Kind, Noted, Quantiles, Range, Record, Series, Summary};
pub use wanted::Wanted;
