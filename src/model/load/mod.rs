//! When requests arrive, and at which instance.

mod arrivals;
mod balancer;

pub use arrivals::Arrivals;
pub use balancer::pick;
