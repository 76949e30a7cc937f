//! What was seen: observations folded to a [`Record`].

mod record;

pub use record::{Crossing, Kind, Noted, Quantiles, Range, Record, Series, Summary};
