//! The side of the fleets: instances, requests, dials, pools, leaks, retries.

mod calls;
mod checkout;
mod closing;
mod conn;
mod deadlines;
pub(in crate::model) mod dial;
mod fleet;
mod instance;
mod lives;
mod pool;
mod request;
mod requests;
mod retry;
mod shared;

pub use conn::{ClientEnd, Conn, FarEnd, NO_FLEET};
pub use deadlines::Deadlines;
pub use fleet::{Fleet, Level};
pub use instance::{Instance, Life, SharedConn, Sockets, Way};
pub use pool::{Checkout, Idle, Pool, PoolCounts, Return, Waiter};
pub use request::{Doing, Request};
