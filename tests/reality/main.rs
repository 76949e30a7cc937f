//! Real servers against the simulation: every figure that was recorded, beside the one that the
//! matching scenario gives, and whether the two are as close as the recording allows.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod figures;
mod recorded;
mod table;

#[path = "../support/files.rs"]
mod files;
#[path = "../support/generated.rs"]
mod generated;
#[path = "../support/meter.rs"]
mod meter;
#[path = "../support/probe.rs"]
mod probe;
