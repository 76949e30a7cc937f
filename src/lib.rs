//! Highwater: a deterministic discrete-event simulator of connection exhaustion.

pub mod chance;
pub mod claims;
pub mod engine;
pub mod experiment;
pub mod model;
pub mod observe;
pub mod report;
pub mod scenario;
pub mod theory;
pub mod units;
