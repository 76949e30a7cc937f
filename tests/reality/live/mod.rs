//! A real redis-server on this machine, driven by `highwater reality` with the shipped scenarios
//! and held against their simulation.
//!
//! Bands come from recorded runs of Redis 7.0.15 (tests say which) and from how late the driver was:
//! a run whose driver was later than the command's own bound is repeated once, and then fails with
//! that reason.

mod limits;
mod redis;
mod run;
mod scenarios;
mod settings;
