//! A fleet whose size follows its load.

use crate::units::{Ratio, Span};

/// A size that follows a figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Autoscale {
    /// The figure.
    pub on: ScaleOn,
    /// What it is to be for one instance: a share of the cores, requests in flight, requests per
    /// second, bytes.
    pub target: f64,
    /// The smallest size.
    pub min: u32,
    /// The largest size.
    pub max: u32,
    /// Time between two looks.
    pub every: Span,
    /// Nothing is done while the figure is this close to its target.
    pub tolerance: Ratio,
    /// A larger size must have been wanted for so long.
    pub up_after: Span,
    /// A smaller size must have been wanted for so long.
    pub down_after: Span,
    /// Instances more at one look,
    pub up_by: u32,
    /// or by this factor when that is more.
    pub up_factor: f64,
    /// Instances fewer at one look, at most.
    pub down_by: Option<u32>,
    /// After a change nothing is changed for so long.
    pub cooldown: Span,
    /// How long an instance that is taken away may finish its requests.
    pub drain: Span,
}

/// The figure that a size follows, of one instance in the mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScaleOn {
    /// The share of its cores that is busy.
    Cpu,
    /// Requests in flight.
    InFlight,
    /// Requests per second.
    Requests,
    /// Bytes.
    Memory,
}
