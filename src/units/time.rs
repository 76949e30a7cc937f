//! Simulated time: whole nanoseconds, an instant and a length.

/// An instant of simulated time: whole nanoseconds since the run began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimTime {
    ns: u64,
}

/// A length of simulated time: whole nanoseconds, never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    ns: u64,
}

/// The instant of the wall clock at which simulated time is zero (UTC, whole seconds).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub unix_s: u64,
}

impl SimTime {
    /// The beginning of the run.
    pub const ZERO: SimTime = SimTime { ns: 0 };
    /// Later than any event: the mark of what never comes.
    pub const NEVER: SimTime = SimTime { ns: u64::MAX };

    /// The instant `ns` nanoseconds after the beginning.
    pub const fn from_ns(ns: u64) -> SimTime {
        SimTime { ns }
    }

    /// Whole nanoseconds since the beginning.
    #[inline]
    pub const fn as_ns(self) -> u64 {
        self.ns
    }

    /// Whole seconds since the beginning, as the second hand of a server's clock shows them.
    #[inline]
    pub const fn whole_seconds(self) -> u64 {
        self.ns / 1_000_000_000
    }

    /// Seconds since the beginning.
    pub fn as_secs_f64(self) -> f64 {
        self.ns as f64 / 1e9
    }

    /// The span from `earlier`, which must not be later than this, to this.
    #[inline]
    pub fn since(self, earlier: SimTime) -> Span {
        let ns = self.ns.checked_sub(earlier.ns).expect("simulated time never runs backwards");
        Span { ns }
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span { ns: 0 };

    /// A span of `ns` nanoseconds.
    pub const fn from_ns(ns: u64) -> Span {
        Span { ns }
    }

    /// A span of `secs` whole seconds; saturates at the largest span.
    pub const fn from_secs(secs: u64) -> Span {
        Span { ns: secs.saturating_mul(1_000_000_000) }
    }

    /// A span of `secs` seconds to the nearest nanosecond; negative and NaN become zero, and what
    /// is too long becomes the longest span.
    #[inline]
    pub fn from_secs_f64(secs: f64) -> Span {
        Span { ns: (secs * 1e9 + 0.5) as u64 }
    }

    /// Whole nanoseconds.
    #[inline]
    pub const fn as_ns(self) -> u64 {
        self.ns
    }

    /// Seconds.
    pub fn as_secs_f64(self) -> f64 {
        self.ns as f64 / 1e9
    }

    /// Whether this is no time at all; for settings, "switched off".
    #[inline]
    pub const fn is_zero(self) -> bool {
        self.ns == 0
    }

    /// `times` spans in a row; saturates at the longest span.
    pub const fn times(self, times: u64) -> Span {
        Span { ns: self.ns.saturating_mul(times) }
    }
}

impl std::ops::Add<Span> for SimTime {
    type Output = SimTime;

    #[inline]
    fn add(self, span: Span) -> SimTime {
        SimTime { ns: self.ns.saturating_add(span.ns) }
    }
}

impl std::ops::Add for Span {
    type Output = Span;

    #[inline]
    fn add(self, other: Span) -> Span {
        Span { ns: self.ns.saturating_add(other.ns) }
    }
}
