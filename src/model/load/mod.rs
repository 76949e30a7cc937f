//! When requests arrive, and at which instance.

mod arrivals;
mod balancer;
mod users;
mod visitors;

pub use arrivals::Arrivals;
pub use balancer::pick;
pub use users::Users;
pub use visitors::{Visit, Visitors};
