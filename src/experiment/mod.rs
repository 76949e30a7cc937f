//! Runs and what is made of many of them. Threads live here, and nowhere else.

mod explain;
mod player;
mod replicate;
mod simulate;
mod summary;
mod tipping;

pub use crate::model::Owner;
pub use explain::{
    Attempt, Autopsy, Explanation, Life, LifeMoment, Link, Moment, Names, Question, Slots, Value,
    explain,
};
pub use replicate::{Outcome, Seen, replicate};
pub use simulate::simulate;
pub use summary::{Figure, summary};
