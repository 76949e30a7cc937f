//! When a lost connection is dialled again: the schedules of client libraries, and the leaked clients
//! that follow one.

use crate::chance::Stream;
use crate::engine::{Observer, Rank};
use crate::model::client::Conn;
use crate::model::client::dial::Dial;
use crate::model::client::retry::grown;
use crate::model::slab::Id;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{LeakKind, Pause, RedialJitter, Redials, Strategy};
use crate::units::{SimTime, Span};

/// The shortest pause between two dials. The timers of event loops have this grain (`setTimeout(0)`
/// of Node.js waits 1 ms), and a loop without any pause must not hold up the clock.
const PAUSE_AT_LEAST: Span = Span::from_ns(1_000_000);

/// Beats of a heartbeat after which a client dials in any case.
const BEATS_MAX: u32 = 10_000;

/// Pause `n` of a schedule; draws from `stream` only where it has jitter.
///
/// # Source
///
/// The forms: node-redis `client/socket.ts`, ioredis `redis/event_handler.ts`, Lettuce
/// `resource/ExponentialDelay.java`, backon `exponential.rs`, StackExchange.Redis
/// `ExponentialRetry.cs`, fred `types/config.rs`.
pub fn pause(redials: &Redials, n: u32, stream: &mut Stream) -> Span {
    let plain = match redials.pause {
        Pause::Constant(pause) => pause,
        Pause::Linear { first, step, cap } => (first + step.times(n.into())).min(cap),
        Pause::Exponential { base, factor, cap } => grown(base, factor, cap, n),
    };
    let by = |most: f64, stream: &mut Stream| Span::from_secs_f64(most * stream.uniform());
    let pause = match redials.jitter {
        RedialJitter::None => plain,
        RedialJitter::Added(most) => plain + by(most.as_secs_f64(), stream),
        RedialJitter::Stretched(share) => plain + by(plain.as_secs_f64() * share.share(), stream),
        RedialJitter::FromFirst => {
            let first = redials.pause.first();
            first + by(plain.as_secs_f64() - first.as_secs_f64(), stream)
        }
    };
    pause.max(PAUSE_AT_LEAST)
}

/// When a client dials after failure `n`, at `now`, of a dial begun at `dialled`. With a heartbeat, a
/// clock that has run since `start`, it looks at each beat whether the pause, drawn anew, is over since
/// that dial.
pub fn redial_at(
    redials: &Redials,
    n: u32,
    (start, dialled, now): (SimTime, SimTime, SimTime),
    stream: &mut Stream,
) -> SimTime {
    if redials.heartbeat.is_zero() {
        return now + pause(redials, n, stream);
    }
    let beat = redials.heartbeat.as_ns();
    let mut beats = now.since(start).as_ns() / beat;
    for _ in 0..BEATS_MAX {
        beats += 1;
        let at = start + redials.heartbeat.times(beats);
        if at.since(dialled) >= pause(redials, n, stream) {
            return at;
        }
    }
    start + redials.heartbeat.times(beats)
}

impl World {
    /// The end of a leaked connection is seen: its client closes, and dials by its schedule.
    /// `was_open` says whether the connection had been of use.
    pub(in crate::model) fn reconnect<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        id: Id<Conn>,
        was_open: bool,
    ) {
        let conn = &self.conns[id];
        let (instance, through, server) = (conn.instance, conn.through, conn.server);
        let (failures, dialled) = (if was_open { 0 } else { conn.redials }, conn.dialled);
        self.close(cx, id);
        self.redial_later(cx, Leaked { instance, through, server, failures }, was_open, dialled);
    }

    /// Puts the next dial of a leaked client on the agenda, unless it gives up.
    fn redial_later<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        leaked: Leaked,
        was_open: bool,
        dialled: SimTime,
    ) {
        let Leaked { instance, through, server, failures } = leaked;
        let place = &self.instances[instance as usize];
        let fleet = &mut self.fleets[usize::from(place.fleet)];
        let plan = &fleet.plans[usize::from(place.plan)].fleet;
        let redials = match &plan.connections[usize::from(through)].strategy {
            Strategy::PerRequest { leak, .. } => &leak.redials,
            Strategy::Pooled(pool) => &pool.leak.redials,
            Strategy::Shared(_) => &Redials::EVERY_SECOND,
        };
        let (at, failures) = if was_open && redials.at_once {
            (cx.now, 0)
        } else if redials.retries.is_some_and(|most| u32::from(failures) >= most) {
            return;
        } else {
            let times = (SimTime::ZERO, dialled, cx.now);
            let at = redial_at(redials, failures.into(), times, &mut fleet.streams.redial);
            (at, failures.saturating_add(1))
        };
        let number = place.number;
        let event = Event::Redial { instance, through, server, number, failures };
        cx.agenda.at(at, Rank::DELIVERY, event);
    }

    /// A leaked client dials again, after so many failures in a row: a connection that is leaked from
    /// its beginning.
    pub(in crate::model) fn redial<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        dial: Dial,
        failures: u16,
    ) {
        let Dial { instance, through, server, .. } = dial;
        match self.dial(cx, dial) {
            Ok(id) => {
                self.conns[id].redials = failures;
                self.keep_leaked(cx, id, LeakKind::Reconnects);
            }
            Err(_) => {
                let leaked = Leaked { instance, through, server, failures };
                self.redial_later(cx, leaked, false, cx.now);
            }
        }
    }
}

/// A leaked client between two connections.
#[derive(Clone, Copy)]
struct Leaked {
    instance: u32,
    through: u16,
    server: u16,
    failures: u16,
}
