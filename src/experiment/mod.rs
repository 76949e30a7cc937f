//! Runs and what is made of many of them. Threads live here, and nowhere else.

mod actions;
mod audit;
mod compare;
mod design;
mod explain;
mod measured;
mod player;
mod precision;
mod replicate;
mod simulate;
mod solve;
mod spread;
mod summary;
mod sweep;
mod threads;
mod tipping;
pub mod verify;
mod warm_up;

pub use crate::model::Owner;
pub use actions::{Action, Back, Outcome as ActionOutcome, Ranking, rank, window};
pub use audit::{Audit, variants};
pub use compare::{
    Cause, Changed, Comparison, Differs, Effect, FEWEST_PAIRS, Finding, Paired, Played, Side,
    compare,
};
pub use design::{Saltelli, Trajectory, latin_hypercube, morris, saltelli};
pub use explain::{
    Attempt, Autopsy, Explanation, Life, LifeMoment, Link, Moment, Names, Question, Slots, Value,
    explain,
};
pub use measured::{Figures, OUTAGE_FIGURE, Standing, askable, known, measurable, outage_figure};
pub use precision::{Aim, Aimed, Narrowed, Reach};
pub use replicate::{Outcome, Seen, healthy, replicate, replicate_audited, replicate_until};
pub use simulate::simulate;
pub use solve::{
    Cheap, Difference, ERROR, Next, Of, Run, Seen as SeenGoal, Solution, Task, Trial, Verdict,
    solve,
};
pub use spread::{Exhaustion, Spread};
pub use summary::{Figure, figures, is_first_time, summary};
pub use sweep::{
    Answer, Best, Design, Ears, Ends, Got, Influence, Judged, Knobs, Met, Objective, Plan, Points,
    Row, Runs, Shard, Swept, Tried, fingerprint, found, meaning, missing, sweep,
};
pub use warm_up::{PILOT_RUNS, Rule, Study, TooFewRows, warm_up};
