//! Runs and what is made of many of them. Threads live here, and nowhere else.

mod actions;
mod audit;
mod compare;
mod explain;
mod player;
mod replicate;
mod simulate;
mod summary;
mod threads;
mod tipping;
pub mod verify;

pub use crate::model::Owner;
pub use actions::{Action, Back, Outcome as ActionOutcome, Ranking, rank, window};
pub use audit::{Audit, variants};
pub use compare::{
    Cause, Changed, Comparison, Differs, Effect, FEWEST_PAIRS, Finding, Paired, Played, Side,
    compare,
};
pub use explain::{
    Attempt, Autopsy, Explanation, Life, LifeMoment, Link, Moment, Names, Question, Slots, Value,
    explain,
};
pub use replicate::{Outcome, Seen, healthy, replicate, replicate_audited};
pub use simulate::simulate;
pub use summary::{Figure, figures, is_first_time, summary};
