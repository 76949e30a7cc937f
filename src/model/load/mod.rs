//! When requests arrive, and at which instance.

mod arrivals;
mod balancer;
mod tournament;
mod users;
mod visitors;

pub use arrivals::Arrivals;
pub use balancer::Rotation;
pub use users::Users;
pub use visitors::{Visit, Visitors};
