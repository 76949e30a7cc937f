//! Statements of a postmortem against what was simulated: measures, verdicts, standing checks.
//!
//! [`needs`] tells the recorder what to look at, [`measure`] takes one value from each run's record,
//! and [`judge`] sets the values of all runs against what the claim expects. [`identities`] are the
//! checks that need no simulation at all. A [`Goal`] asks something of a figure by its name.

mod goal;
mod identities;
mod judge;
mod measure;
mod outage;
mod recovery;
#[cfg(test)]
mod tests;
mod words;

pub use goal::{BadGoal, Goal, Known, Relation};
pub use identities::{Identity, identities};
pub use judge::{Agreement, Judged, Observed, agreement, judge, unjudged};
pub use measure::{measure, needs};
pub use outage::{OUTAGE, is_outage};
pub use words::{amount, share};
