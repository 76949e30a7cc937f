//! The side of the fleets: instances, requests, dials, pools, leaks, retries.

mod breaker;
mod calls;
mod checkout;
mod closing;
mod cold;
mod conn;
mod cores;
mod deadline;
mod deadlines;
mod deploys;
pub(in crate::model) mod dial;
mod errands;
mod faults;
mod fleet;
mod guards;
mod instance;
mod lives;
mod pool;
mod request;
mod requests;
mod retry;
mod shared;
mod starts;

pub use breaker::Breaker;
pub use conn::{ClientEnd, Conn, FarEnd};
pub use cores::{Cores, Due, Work};
pub use deadlines::Deadlines;
pub use deploys::{Deploy, Part};
pub use errands::{Errand, Task, errands};
pub use fleet::{Fleet, Level};
pub use instance::{Instance, Life, SharedConn, Sockets, Way};
pub use pool::{Checkout, Idle, Pool, PoolCounts, Return, Waiter};
pub use request::{Doing, Request};
pub use retry::{Decision, Purse, RetryPlan, Trial, Trials, purses};
