//! What was seen: observations folded to a [`Record`].

mod columns;
mod counter;
mod counts;
mod digest;
mod log;
mod record;
mod recorder;
mod scrapes;
mod timed;
mod wanted;

pub use record::{Crossing, Ended, Kind, Noted, Quantiles, Range, Record, Series, Summary};
pub use recorder::Recorder;
pub use scrapes::Scrapes;
pub use wanted::{Scraper, Wanted};
