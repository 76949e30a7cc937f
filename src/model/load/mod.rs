//! When requests arrive, and at which instance.

mod arrivals;
mod balancer;
mod users;

pub use arrivals::Arrivals;
pub use balancer::pick;
pub use users::Users;
