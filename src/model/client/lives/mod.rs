//! Instances live and die: start, kill, replacement, deploys, size.

mod autoscale;
mod cold;
mod deploys;
mod faults;
mod process;
mod serverless;
mod starts;

pub use autoscale::Autoscaler;
pub use deploys::{Deploy, Part};
pub use serverless::Warm;
