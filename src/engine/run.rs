//! The loop.

use super::Agenda;
use crate::units::SimTime;

/// What a simulated world must do: handle one event, put others on the agenda, say what happened.
pub trait World {
    /// What can be due.
    type Event: Copy;
    /// What can be seen.
    type Observation;

    /// Handles `event`, due at `now`.
    fn handle<O: Observer<Self::Observation>>(
        &mut self,
        now: SimTime,
        event: Self::Event,
        agenda: &mut Agenda<Self::Event>,
        out: &mut O,
    );
}

/// Whoever watches a run.
pub trait Observer<T> {
    /// Takes note of `what`, which happened at `at`.
    fn observe(&mut self, at: SimTime, what: T);
}

/// Why a run came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing more is due by the horizon.
    Horizon,
    /// As many events as allowed were handled.
    EventLimit,
}

/// Handles events in order until none is due by `horizon` (which counts), or `events_max` have been
/// handled.
///
/// # Example
///
/// A clock that ticks every second, ten times before the horizon:
///
/// ```
/// use highwater::engine::{Agenda, End, Observer, Rank, World, run};
/// use highwater::units::{SimTime, Span};
///
/// struct Clock;
/// impl World for Clock {
///     type Event = ();
///     type Observation = &'static str;
///     fn handle<O: Observer<&'static str>>(
///         &mut self, now: SimTime, _: (), agenda: &mut Agenda<()>, out: &mut O,
///     ) {
///         out.observe(now, "tick");
///         agenda.at(now + Span::from_secs(1), Rank::TIMEOUT, ());
///     }
/// }
/// struct Count(u32);
/// impl Observer<&'static str> for Count {
///     fn observe(&mut self, _: SimTime, _: &'static str) { self.0 += 1; }
/// }
///
/// let (mut agenda, mut count) = (Agenda::new(Span::from_secs(1)), Count(0));
/// agenda.at(SimTime::ZERO, Rank::TIMEOUT, ());
/// let nine = SimTime::ZERO + Span::from_secs(9);
/// assert_eq!(run(&mut Clock, &mut agenda, nine, u64::MAX, &mut count), End::Horizon);
/// assert_eq!(count.0, 10);
/// ```
pub fn run<W: World, O: Observer<W::Observation>>(
    world: &mut W,
    agenda: &mut Agenda<W::Event>,
    horizon: SimTime,
    events_max: u64,
    out: &mut O,
) -> End {
    for _ in 0..events_max {
        let Some((now, event)) = agenda.take(horizon) else {
            return End::Horizon;
        };
        world.handle(now, event, agenda, out);
    }
    End::EventLimit
}
