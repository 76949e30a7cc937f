//! The simulator against closed forms and exact Markov chains: the reference cases that can be said
//! in a scenario, played by the simulator itself and judged by the rule in `support/rule.rs`.
//!
//! Not here: E05 to E09 pause for exponential times before a retry, which no retry family does; cases
//! about budgets, priorities and processor sharing wait for the parts
//! they are about.

#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

mod balancers;
mod blocking;
mod breakers;
mod bursts;
mod client_cpu;
mod guards;
mod leaks;
mod metastable;
#[path = "../support/meter.rs"]
mod meter;
#[path = "../support/probe.rs"]
mod probe;
mod proxies;
mod retries;
#[path = "../support/rule.rs"]
mod rule;
mod statistics;
#[path = "../support/mod.rs"]
mod support;
mod timelines;
mod transactions;
mod transients;
mod turns;
mod users;
mod visitors;
mod waiting;
