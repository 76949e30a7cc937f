//! Which of the five causes of exhaustion a run shows, told by their signs in its record: a leak, a
//! pool misconfiguration, a retry storm, a limit that is too low, internal connections. Or none of
//! them.
//!
//! # Source
//!
//! The list of causes and signatures of the Redis guide on maximum connections: a leak climbs
//! steadily at flat traffic; a misconfigured pool jumps right after a deploy or a scale-out; in a
//! retry storm rejections spike and the count oscillates at the limit; a limit is too low when there
//! are rejections on healthy growth; replicas, cluster links and monitoring take slots too. The
//! bounds are ours, and stand where they are used.

mod gauge;
mod look;
mod signs;

pub use gauge::{Column, Gauge, callers, in_force, pool_max};

use crate::observe::Record;
use crate::scenario::{Cause, Scenario};
use crate::units::SimTime;
use look::Look;

/// The five causes, and none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Connections that nobody will use or close again.
    Leak,
    /// Retries multiply what they meet.
    RetryStorm,
    /// Instances times connections of each are more than there are slots.
    PoolMisconfiguration,
    /// Replicas, cluster links, operators, exporters.
    InternalConnections,
    /// Healthy demand is more than the limit allows.
    LimitTooLow,
    /// None of the five.
    Other,
}

impl Class {
    /// The five, in the order in which they are preferred when as many signs speak for each.
    pub const FIVE: [Class; 5] = [
        Class::Leak,
        Class::RetryStorm,
        Class::PoolMisconfiguration,
        Class::InternalConnections,
        Class::LimitTooLow,
    ];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Class::Leak => "leak",
            Class::RetryStorm => "retry_storm",
            Class::PoolMisconfiguration => "pool_misconfiguration",
            Class::InternalConnections => "internal_connections",
            Class::LimitTooLow => "limit_too_low",
            Class::Other => "none_of_the_five",
        }
    }

    /// In words.
    pub const fn title(self) -> &'static str {
        match self {
            Class::Leak => "a leak",
            Class::RetryStorm => "a retry storm",
            Class::PoolMisconfiguration => "a pool misconfiguration",
            Class::InternalConnections => "internal connections",
            Class::LimitTooLow => "a limit that is too low",
            Class::Other => "none of the five causes of exhaustion",
        }
    }
}

/// What speaks for a class, or does not.
#[derive(Clone, Debug, PartialEq)]
pub struct Sign {
    /// What is looked at: `steady_climb`, `flat_traffic`, ...
    pub name: &'static str,
    /// What was found, with the figures.
    pub text: String,
    /// Whether it speaks for the class.
    pub holds: bool,
}

/// A class with the signs that were looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The class.
    pub class: Class,
    /// Whether the sign is there without which it cannot be this class.
    pub possible: bool,
    /// The signs, the decisive one first.
    pub signs: Vec<Sign>,
}

impl Finding {
    /// How many of the signs speak for it.
    pub fn held(&self) -> usize {
        self.signs.iter().filter(|sign| sign.holds).count()
    }

    /// The share of the signs that speak for it: how sure it is.
    pub fn share(&self) -> f64 {
        self.held() as f64 / self.signs.len().max(1) as f64
    }
}

/// What a run's record looks like.
#[derive(Clone, Debug, PartialEq)]
pub struct Signature {
    /// The class.
    pub class: Class,
    /// What ran out, or was nearest to it.
    pub gauge: Option<Gauge>,
    /// All five, the most likely first.
    pub findings: Vec<Finding>,
}

impl Signature {
    /// The signs of the class it is; none where it is none of the five.
    pub fn found(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.class == self.class)
    }
}

/// What is to be classified: what began when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Onset {
    /// When it was first felt.
    pub at: SimTime,
    /// What ran out; `None` when nothing that has a limit did.
    pub gauge: Option<Gauge>,
    /// How requests fail.
    pub cause: Option<Cause>,
    /// Whose: index of the fleet.
    pub fleet: usize,
    /// At which server, where one has a part in it.
    pub server: Option<usize>,
}

/// Classifies what began at `onset`, from the record alone.
pub fn signature(scenario: &Scenario, record: &Record, onset: &Onset) -> Signature {
    let look = Look::new(scenario, record, *onset);
    let mut findings: Vec<Finding> =
        Class::FIVE.into_iter().map(|class| signs::of(class, &look)).collect();
    // As many signs for two: the order of the five decides.
    findings.sort_by(|a, b| b.possible.cmp(&a.possible).then(b.share().total_cmp(&a.share())));
    let class = findings.first().filter(|finding| finding.possible && finding.share() >= 0.5);
    Signature {
        class: class.map_or(Class::Other, |finding| finding.class),
        gauge: onset.gauge,
        findings,
    }
}

/// What came nearest to its limit by the row at or after `until`, and the highest share of it.
pub fn nearest(scenario: &Scenario, record: &Record, until: SimTime) -> Option<(Gauge, f64)> {
    let last = record.times.partition_point(|time| *time < until);
    let share = |gauge: Gauge| {
        let levels = gauge.levels(scenario, record);
        let shares = levels.iter().take(last + 1).filter(|(_, limit)| *limit > 0.0);
        let share = shares.map(|(used, limit)| used / limit).fold(0.0, f64::max);
        (gauge, share)
    };
    let gauges = Gauge::all(scenario).into_iter().map(share);
    gauges.reduce(|most, next| if next.1 > most.1 { next } else { most })
}
