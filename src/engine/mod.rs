//! Time, the order of events, and the loop: knows nothing of connections.
//!
//! # The order of events
//!
//! Events are handled by (time, rank, number). The rank is a word of the model's (a change of
//! settings before a delivery before an arrival before a timeout); the number counts the calls that
//! put events on the agenda. The order is total and is part of the results.

mod agenda;
mod heap;
mod run;

pub use agenda::{Agenda, Rank};
pub use run::{End, Observer, World, run};
