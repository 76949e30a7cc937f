//! Closed forms and statistics: what is known without a simulation.
//!
//! Each function names its source and states its assumptions; each is tested against published or
//! independently computed figures in `src/scenario/cases.json`. Results are plain numbers whose
//! names end in their unit. Quantiles of the gamma and Student laws are accurate to about ten
//! figures, which is more than any report shows; they are not part of what a run's digest covers.

mod bounded;
mod constant;
mod leaks;
mod limits;
mod pairs;
mod patience;
mod queues;
mod single;
mod statistics;

pub use bounded::{Bounded, mm_c_k};
pub use constant::md_c;
pub use leaks::{
    FillTime, LeakyServer, LevelsOff, leaky_server, littles_law, open_leaks, poisson_quantile,
    time_to_full,
};
pub use limits::{effective_maxclients, largest_pool};
pub use pairs::{paired_interval, sign_test};
pub use patience::{Impatient, erlang_a, mm_c_fixed_patience};
pub use queues::{MmC, Overloaded, Queue, Waiting, erlang_b, erlang_c};
pub use single::{dm_1, md_1, mg_1};
pub use statistics::{
    Mean, bound_when_none_seen, mean_interval, median, median_interval, share_error,
    standard_error, wilson_interval,
};
