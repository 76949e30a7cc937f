//! The simulator against closed forms and exact Markov chains: the reference cases that can be said
//! in a scenario, played by the simulator itself and judged by the rule in `support/rule.rs`.
//!
//! What a figure of a run says of them is also played by `highwater verify`.
//! Not here: cases about priorities and processor sharing wait for the parts they are about.

#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

mod balancers;
mod bounded_queue;
mod breakers;
mod bursts;
mod client_cpu;
mod foretold;
mod guards;
mod leaks;
mod metastable;
#[path = "../support/meter.rs"]
mod meter;
#[path = "../support/probe.rs"]
mod probe;
mod proxies;
mod replications;
mod retrials;
mod retries;
mod retry_budgets;
#[path = "../support/rule.rs"]
mod rule;
mod serverless;
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
