//! Many settings of one scenario, each played some times: which of them hold, which is best, where the
//! knee is, which of them matter.
//!
//! Run number k of every point has the same seed (common random numbers), so that points are compared
//! run by run. A point whose settings are drawn has runs of its own instead, so that the share of
//! points is a share of what may happen.

mod found;
mod influence;
mod plan;
mod play;
mod rows;

pub use found::{Answer, Best, Judged, Met, Swept, Tried, found};
pub use influence::{Ends, Influence, Knobs};
pub use plan::{Design, Objective, Plan, Points, Runs, fingerprint, meaning};
pub use play::{Ears, missing, sweep};
pub use rows::{Got, Row, Shard};
