//! Closed forms and statistics: what is known without a simulation.
//!
//! Each function names its source and states its assumptions; each is tested against published or
//! independently computed figures in `src/scenario/cases.json`. Results are plain numbers whose
//! names end in their unit. Quantiles of the gamma and Student laws are accurate to about ten
//! figures, which is more than any report shows; they are not part of what a run's digest covers.

mod bounded;
mod confidence;
mod constant;
mod knee;
mod leaks;
mod limits;
mod pairs;
mod patience;
mod quantiles;
mod queues;
mod replications;
mod selection;
mod sensitivity;
mod single;
mod statistics;
mod warm_up;

pub use bounded::{Bounded, mm_c_k};
pub use confidence::{rank_interval, share_interval, student_interval};
pub use constant::md_c;
pub use knee::knee;
pub use leaks::{
    FillTime, LeakyServer, LevelsOff, leaky_server, littles_law, open_leaks, poisson_quantile,
    time_to_full,
};
pub use limits::{effective_maxclients, largest_pool};
pub use pairs::{paired_interval, sign_test};
pub use patience::{Impatient, erlang_a, mm_c_fixed_patience};
pub use quantiles::{QuantileInterval, median_interval, quantile_interval};
pub use queues::{MmC, Overloaded, Queue, Waiting, erlang_b, erlang_c};
pub use replications::{FEWEST_REPLICATIONS, Precision, runs_needed};
pub use selection::{Better, Dominated, Screening, pareto, pareto_of_runs, screen};
pub use sensitivity::{Effects, SobolIndex, morris, sobol, swing};
pub use single::{dm_1, md_1, mg_1};
pub use statistics::{
    Mean, bound_when_none_seen, mean_interval, median, share_error, standard_error, wilson_interval,
};
pub use warm_up::{MSER5_FEWEST_VALUES, Truncation, mser5};
