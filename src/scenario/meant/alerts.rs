//! Rules of monitoring.

use super::Beyond;
use crate::units::Span;

/// A rule of monitoring, to be tested on a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// Its short name, unique in the file.
    pub id: String,
    /// The rule in words.
    pub says: String,
    /// What must be so for it to fire.
    pub when: Condition,
    /// Time between two scrapes.
    pub every: Span,
    /// How long it must have been so before it fires.
    pub hold: Span,
}

/// What a rule looks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// A figure, or its share of another, is beyond a bound.
    Value {
        /// The figure.
        figure: Figure,
        /// Divided by this.
        of: Option<Figure>,
        /// The bound, in base units.
        beyond: Beyond,
    },
    /// A counter has risen by so much.
    Rise {
        /// The counter.
        counter: Figure,
        /// Divided by the rise of this one.
        of: Option<Figure>,
        /// In a window of this length that ends at the scrape.
        over: Span,
        /// The bound, in base units.
        beyond: Beyond,
    },
    /// A scrape of this was refused, or nobody was there to answer it.
    Absent(Figure),
    /// All of these.
    All(Vec<Condition>),
    /// At least one of these.
    Any(Vec<Condition>),
}

/// What a scrape brings, and through whose eyes.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What.
    pub sight: Sight,
    /// Who sees it.
    pub eye: Eye,
}

/// Something to be seen at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// The value of a series, by its name; never a quantile.
    Series(String),
    /// The connection limit in force at a server: index into
    /// [`Settings::servers`](super::Settings::servers).
    Maxclients(usize),
    /// The memory limit of an instance of a fleet: index into
    /// [`Settings::fleets`](super::Settings::fleets).
    MemoryLimit(usize),
    /// What a pool of a fleet may open in all instances that are up.
    PoolMax {
        /// Index into [`Settings::fleets`](super::Settings::fleets).
        fleet: usize,
        /// Index into the fleet's connections.
        through: usize,
    },
    /// The clients of a server that have been idle for so long.
    Idle {
        /// Index into [`Settings::servers`](super::Settings::servers).
        server: usize,
        /// For at least so many whole seconds.
        longer_than: Span,
    },
}

/// Who sees a figure, and so who can be blind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Eye {
    /// Nothing can blind it.
    Always,
    /// A scraper that opens a connection to a server for each scrape.
    Dials(usize),
    /// The exporters of a server, which are simulated: as they fared with their last scrape.
    Exporters(usize),
    /// The instances of a fleet: nobody answers when none is up.
    Instances(usize),
}

impl Condition {
    /// Every figure that is looked at.
    pub fn figures(&self) -> Vec<&Figure> {
        match self {
            Condition::Value { figure, of, .. } | Condition::Rise { counter: figure, of, .. } => {
                std::iter::once(figure).chain(of).collect()
            }
            Condition::Absent(figure) => vec![figure],
            Condition::All(each) | Condition::Any(each) => {
                each.iter().flat_map(Condition::figures).collect()
            }
        }
    }
}
