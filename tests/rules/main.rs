//! One small exact case per rule of the model. Delays are whole milliseconds and there is no chance
//! in them, so every figure is exact.

#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

mod admission;
mod alerts;
mod autoscaling;
mod branches;
mod budgets;
mod chance;
mod changes;
mod closed;
mod commands;
mod deadlines;
mod deploys;
mod descriptors;
mod faults;
mod full_server;
mod guards;
mod guests;
mod handshakes;
mod health;
mod hedges;
mod kernel;
mod layers;
mod lives;
mod nested;
mod nodes;
mod pool_dials;
mod pool_upkeep;
mod pools;
#[path = "../support/probe.rs"]
mod probe;
mod proxies;
mod recordings;
mod retries;
mod serverless;
mod servers;
mod shared;
mod starts;
#[path = "../support/mod.rs"]
mod support;
mod tipping;
mod transactions;
mod visitors;
mod workers;
