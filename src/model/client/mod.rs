//! The side of the fleets: instances, requests, dials, pools, leaks, retries.

mod calls;
mod closing;
mod conn;
mod cores;
mod deadline;
mod deadlines;
pub(in crate::model) mod dial;
mod errands;
mod fleet;
mod guard;
mod instance;
mod lives;
mod nested;
mod pool;
mod request;
mod requests;
mod retry;
mod shared;
mod work;

pub use conn::{ClientEnd, Conn, FarEnd};
pub use cores::{Cores, Due, Work};
pub use deadlines::Deadlines;
pub use errands::{Errand, Task, errands};
pub use fleet::{Fleet, Level};
pub use guard::{Breaker, Bulkhead, Guards, Limiter, Line, Mark, Permit, Sample, Turn};
pub use instance::{Instance, Life, Sockets, Way};
pub use lives::{Autoscaler, Deploy, Part, Warm};
pub use nested::Held;
pub use pool::{Check, Checkout, Idle, Manners, Pool, PoolCounts, Prober, Return, Series, Waiter};
pub use request::{Doing, Request};
pub use retry::{Decision, Purse, RetryPlan, Trial, Trials, purses};
pub use shared::{Link, SharedConn, SharedConns};
