//! Real servers against the simulation: every figure that was recorded, beside the one that the
//! matching scenario gives, and whether the two are as close as the recording allows; and a real
//! server on this machine, driven by a scenario.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod e5;
mod e8b;
mod figures;
#[cfg(target_os = "linux")]
mod live;
mod recorded;
mod table;

#[path = "../support/files.rs"]
mod files;
#[path = "../support/generated.rs"]
mod generated;
#[path = "../support/meter.rs"]
mod meter;
#[cfg(target_os = "linux")]
#[path = "../support/misfits.rs"]
mod misfits;
#[path = "../support/probe.rs"]
mod probe;
