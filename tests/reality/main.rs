//! The simulator against recordings of real servers: each experiment's scenario, played, and its
//! figures held against those that were recorded, within the band that repeating the experiment gives.

#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

mod e5;
mod e8b;
#[path = "../support/files.rs"]
mod files;
