//! When requests arrive, and how long things take.

use crate::units::{Rate, Ratio, SimTime, Span};

/// A distribution of a length of time.
#[derive(Clone, Debug, PartialEq)]
pub enum Dist {
    /// Always the same.
    Constant(Span),
    /// Evenly between two bounds.
    Uniform {
        /// The shortest.
        min: Span,
        /// The longest.
        max: Span,
    },
    /// Exponential.
    Exponential {
        /// The mean.
        mean: Span,
    },
    /// Log-normal.
    LogNormal {
        /// The mean.
        mean: Span,
        /// The squared coefficient of variation: variance over squared mean.
        cv2: f64,
    },
    /// Erlang: the sum of `stages` exponentials.
    Erlang {
        /// The mean of the sum.
        mean: Span,
        /// How many exponentials.
        stages: u32,
    },
    /// Weibull.
    Weibull {
        /// The scale.
        scale: Span,
        /// The shape.
        shape: f64,
    },
    /// Pareto, cut off at a longest value.
    Pareto {
        /// The shortest value.
        min: Span,
        /// The longest value.
        max: Span,
        /// The tail index.
        shape: f64,
    },
    /// Normal, without its sign.
    Normal {
        /// The mean, but for the sign.
        mean: Span,
        /// The standard deviation, but for the sign.
        sd: Span,
    },
    /// Values with weights.
    Table(Vec<(Span, f64)>),
}

/// How requests are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Balancer {
    /// One after the other.
    RoundRobin,
    /// By chance.
    Random,
    /// To the instance with the fewest requests in flight.
    LeastInFlight,
    /// Of two drawn by chance, to the one with fewer requests in flight.
    TwoChoices,
    /// To the instance that has served this user, or this session, before.
    Sticky {
        /// Sessions of fleets whose requests come from no users; each request belongs to one, by chance.
        sessions: u32,
    },
}

/// When requests arrive.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrivals {
    /// By chance, at a rate.
    Poisson(Profile),
    /// Evenly spaced, the first at time zero.
    Even(Profile),
    /// `each` requests at every instant listed.
    Instants {
        /// The instants, in order.
        at: Vec<SimTime>,
        /// Requests at each.
        each: u32,
    },
    /// A closed loop: each user waits for the end of a request before the next.
    Users(Users),
}

/// Users who think, ask, wait for the end, and think again.
#[derive(Clone, Debug, PartialEq)]
pub struct Users {
    /// How many.
    pub users: u32,
    /// How long a user thinks before a request.
    pub think: Dist,
    /// Whether every user thinks first; else all first requests come at the first instant.
    pub thinking_first: bool,
    /// The share who leave when they have given up on a request, instead of thinking.
    pub leave: Ratio,
    /// How long they stay away; `None` is for ever.
    pub return_after: Option<Dist>,
}

/// A rate over time.
#[derive(Clone, Debug, PartialEq)]
pub enum Profile {
    /// Always the same.
    Constant(Rate),
    /// Each rate from its instant until the next; the first instant is zero.
    Steps(Vec<(SimTime, Rate)>),
    /// Straight lines between points; the first instant is zero, the last rate goes on.
    Points(Vec<(SimTime, Rate)>),
    /// A daily wave: `mean` x (1 + `swing` x sin(2 pi (t - `shift`) / `period`)).
    Wave {
        /// The mean rate.
        mean: Rate,
        /// The swing around it, as a share of the mean.
        swing: Ratio,
        /// The length of a wave.
        period: Span,
        /// When the first rise begins.
        shift: Span,
    },
}
