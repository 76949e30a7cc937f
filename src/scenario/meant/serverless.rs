//! Serverless: an instance for every request in flight.

use super::Dist;
use crate::units::Span;

/// How instances come and go with the requests.
#[derive(Clone, Debug, PartialEq)]
pub struct Serverless {
    /// Instances at most.
    pub max: u32,
    /// How long an instance stays after its last request.
    pub keep: Span,
    /// How long a request waits for a new instance.
    pub cold_start: Dist,
    /// Instances that are there from the start and stay.
    pub provisioned: u32,
    /// Whether an instance stands still between two requests.
    pub frozen: bool,
}
