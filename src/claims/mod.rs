//! Statements of a postmortem against what was simulated: measures, verdicts, standing checks.
//!
//! [`needs`] tells the recorder what to look at, [`measure`] takes one value from each run's record,
//! and [`judge`] sets the values of all runs against what the claim expects. [`identities`] are the
//! checks that need no simulation at all. Rules of monitoring are tested on the same records: [`watched`]
//! says what their scrapers look at, [`test_alerts`] what came of them. A [`Goal`] asks something of a
//! figure by its name.

mod accounts;
mod alerts;
mod conflicts;
mod goal;
mod identities;
mod judge;
mod measure;
mod outage;
mod recorded;
mod recovery;
mod signals;
mod signature;
#[cfg(test)]
mod tests;
mod words;

pub use accounts::{Account, Standing, Told, Variant, told};
pub use alerts::{Fired, Stretch, Tested, Watched, fired, harm, test_alerts, watch, watched};
pub use conflicts::{Conflict, Repair, assumption, conflicts, is_audited, repairs};
pub use goal::{BadGoal, Goal, Known, Relation};
pub use identities::{Foretold, Identity, foretell, identities};
pub use judge::{Agreement, Judged, Observed, agreement, judge, unjudged};
pub use measure::{measure, needs};
pub use outage::{OUTAGE, is_outage};
pub use signals::{Signal, signals};
pub use signature::{
    Class, Finding, Gauge, Onset, Sign, Signature, in_force, nearest, pool_max, signature,
};
pub use words::{amount, between, share};
