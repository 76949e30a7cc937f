//! Statements of a postmortem.

use super::{Recorded, Recovers, Tips};
use crate::scenario::variant::Change;
use crate::units::{SimTime, Unit};

/// A statement of a postmortem.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Its short name, unique in the file.
    pub id: String,
    /// The statement in words.
    pub says: String,
    /// Where it stands.
    pub source: String,
    /// What can be measured about it.
    pub test: ClaimTest,
    /// What the author of the file knows it to be.
    pub wanted: Verdict,
}

/// What can be done about a claim.
#[derive(Clone, Debug)]
pub enum ClaimTest {
    /// An outcome, measured in every run and compared.
    Outcome {
        /// What is measured.
        measure: Measure,
        /// What the claim expects, in base units.
        expect: f64,
        /// The allowed difference, in base units.
        within: f64,
        /// The unit of the measure.
        unit: Unit,
    },
    /// Settings that the claim takes for granted.
    Assumption(Change),
    /// Nothing that a simulation could measure.
    Nothing,
}

/// A way in which it could have been otherwise.
#[derive(Clone, Debug)]
pub struct Alternative {
    /// Its short name, unique in the file, also among the claims.
    pub id: String,
    /// In words.
    pub says: String,
    /// The settings that would be others.
    pub change: Change,
}

/// What a claim measures. Series are named as in `timeseries.csv`.
#[derive(Clone, Debug, PartialEq)]
pub enum Measure {
    /// The first instant at which a series is beyond a bound.
    FirstTime {
        /// The series.
        series: String,
        /// Above this.
        beyond: Beyond,
    },
    /// The value at an instant.
    ValueAt {
        /// The series.
        series: String,
        /// The instant.
        at: SimTime,
    },
    /// Largest, smallest or mean value over a range of time.
    Extreme {
        /// Which.
        kind: Extreme,
        /// The series.
        series: String,
        /// From here.
        from: SimTime,
        /// To here.
        to: SimTime,
    },
    /// The increase of one counter over the increase of another.
    Ratio {
        /// The counter above the line.
        of: String,
        /// The counter below the line.
        to: String,
        /// From here.
        from: SimTime,
        /// To here.
        until: SimTime,
    },
    /// A quantile of a latency.
    Quantile {
        /// The series: a latency or a wait.
        series: String,
        /// Which quantile, between 0 and 1.
        q: f64,
        /// From here.
        from: SimTime,
        /// To here.
        to: SimTime,
    },
    /// How often an event of the log happened.
    Count {
        /// The kind of event, as in `events.jsonl`.
        event: String,
        /// From here.
        from: SimTime,
        /// To here.
        to: SimTime,
    },
    /// How far a series is from a recording of it.
    Recorded(Recorded),
    /// When goodput is back after a trigger.
    Recovers(Recovers),
    /// The smallest trigger after which it does not come back; measured by runs of its own.
    Tips(Box<Tips>),
}

impl Measure {
    /// The names of the series it looks at.
    pub fn series_mut(&mut self) -> Vec<&mut String> {
        match self {
            Measure::FirstTime { series, .. }
            | Measure::ValueAt { series, .. }
            | Measure::Extreme { series, .. }
            | Measure::Quantile { series, .. } => vec![series],
            Measure::Recorded(recorded) => vec![&mut recorded.series],
            Measure::Ratio { of, to, .. } => vec![of, to],
            Measure::Count { .. } | Measure::Recovers(_) | Measure::Tips(_) => Vec::new(),
        }
    }

    /// Whether it is of something that may never come; then no value is infinitely late.
    pub fn may_never_come(&self) -> bool {
        matches!(self, Measure::FirstTime { .. } | Measure::Recovers(_) | Measure::Tips(_))
    }
}

/// A bound and its side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Beyond {
    /// Strictly above.
    Above(f64),
    /// Strictly below.
    Below(f64),
}

/// Which value over a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extreme {
    /// The largest.
    Max,
    /// The smallest.
    Min,
    /// The mean over time.
    Mean,
}

/// What is known, or was found, about a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The simulation agrees.
    Holds,
    /// The simulation disagrees.
    Contradicted,
    /// The interval straddles the bound.
    Undecided,
    /// Nothing was measured.
    NotTestable,
}
