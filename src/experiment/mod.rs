//! Runs and what is made of many of them. Threads live here, and nowhere else.

mod audit;
mod replicate;
mod simulate;
mod summary;
mod tipping;

pub use audit::{Audit, variants};
pub use replicate::{Outcome, Seen, healthy, replicate, replicate_audited};
pub use simulate::simulate;
pub use summary::{Figure, summary};
