//! When requests arrive, and at which instance.

mod arrivals;
mod balancer;
mod ejection;
mod health;
mod phases;
mod tournament;
mod users;
mod visitors;

pub use arrivals::Arrivals;
pub use balancer::Rotation;
pub use ejection::Standing;
pub use health::{Checks, Fitness};
pub use users::Users;
pub use visitors::{Visit, Visitors};
