//! Runs and what is made of many of them. Threads live here, and nowhere else.

mod replicate;
mod simulate;
mod summary;
mod tipping;

pub use replicate::{Outcome, Seen, healthy, replicate};
pub use simulate::simulate;
pub use summary::{Figure, summary};
