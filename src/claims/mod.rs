//! Statements of a postmortem against what was simulated: measures, verdicts, standing checks.
//!
//! [`needs`] tells the recorder what to look at, [`measure`] takes one value from each run's record,
//! and [`judge`] sets the values of all runs against what the claim expects. [`identities`] are the
//! checks that need no simulation at all.

mod identities;
mod judge;
mod measure;
mod recovery;
mod signals;
mod signature;
#[cfg(test)]
mod tests;
mod words;

pub use identities::{Identity, identities};
pub use judge::{Agreement, Judged, Observed, agreement, judge, unjudged};
pub use measure::{measure, needs};
pub use signals::{Signal, signals};
pub use signature::{
    Class, Finding, Gauge, Onset, Sign, Signature, in_force, nearest, pool_max, signature,
};
pub use words::{amount, share};
