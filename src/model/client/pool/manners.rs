//! What a pool does beyond the plain one, in which callers dial for themselves, once, and idle
//! connections are looked at by one rule.

use std::collections::VecDeque;

use crate::model::client::dial::Dial;
use crate::model::client::pool::refusals::Refusals;
use crate::model::client::retry::grown;
use crate::model::client::{Conn, Request};
use crate::model::slab::Id;
use crate::scenario::{
    Broken, Cause, DialErrors, DialRetry, Dialling, HandOff, IdlePick, MinSpares, PoolReaper,
    Pooled, Refill, Validate, WaitCovers,
};
use crate::units::{SimTime, Span};

/// The state that only some pools have.
#[derive(Debug, Default)]
pub struct Manners {
    /// Dials of workers that keep the minimum and have not begun.
    pub wanted: u32,
    /// Dials of workers for callers that have not begun.
    pub growths: u32,
    /// Workers that dial, pause before they dial again, or rest.
    pub busy: u32,
    /// Dials under way, each with what came before it.
    series: Vec<Series>,
    /// Counts the series.
    begun: u32,
    /// Series that failed since the prober last succeeded.
    pub failures: u32,
    /// Why the last of them failed.
    pub last_failure: Option<Cause>,
    /// Connections that were established, and then refused.
    pub refusals: Option<Refusals>,
    /// Who dials outside the pool, to see whether dials succeed.
    pub prober: Prober,
    /// Commands of the library under way, on connections that no request has.
    checks: VecDeque<(Id<Conn>, Check)>,
    /// By thread: the connection it used last.
    pub threads: Vec<Id<Conn>>,
    /// Whose turn it is.
    pub thread: u32,
    /// The fewest idle connections since the reaper looked.
    pub fewest_idle: u32,
    /// Idle connections at the last looks of the reaper.
    pub counts: Vec<u32>,
    /// Where the reaper goes on.
    pub place: u32,
    /// When a connection last came back.
    pub returned: SimTime,
    /// The instant that stands on the agenda for the first of the connections' own timers.
    pub timer_due: Option<SimTime>,
}

/// A dial with its repetitions.
#[derive(Clone, Copy, Debug)]
pub struct Series {
    /// Its number.
    pub number: u32,
    /// The server.
    pub server: u16,
    /// The request that dials; nobody's if it is a worker, or keeps the minimum.
    pub request: Id<Request>,
    /// The connection being dialled; none in a pause.
    pub conn: Id<Conn>,
    /// When it was dialled first.
    pub first: SimTime,
    /// When it was dialled last.
    pub last: SimTime,
    /// How often it was dialled.
    pub dials: u32,
    /// The thread that asked last when it began.
    pub thread: u32,
    /// Whether a worker dials.
    pub worker: bool,
    /// Whether it is for a caller.
    pub growth: bool,
}

/// Who dials outside a pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prober {
    /// Nobody.
    #[default]
    Off,
    /// Between two dials.
    Resting,
    /// This dial is under way.
    Dialling(Id<Conn>),
}

/// Why a library sends commands on a connection that no request has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// It came back.
    OnReturn,
    /// It is idle.
    Idle,
}

impl Manners {
    /// The state that a pool with these settings needs; a plain one needs none.
    pub fn of(settings: &Pooled) -> Option<Box<Manners>> {
        needed(settings).then(Box::default)
    }

    /// A series begins. Gives its number.
    pub fn begin(&mut self, dial: &Dial, worker: bool, growth: bool, now: SimTime) -> u32 {
        self.begun = self.begun.wrapping_add(1);
        self.series.push(Series {
            number: self.begun,
            server: dial.server,
            request: dial.request,
            conn: Id::NONE,
            first: now,
            last: now,
            dials: 0,
            thread: self.thread,
            worker,
            growth,
        });
        self.begun
    }

    /// The series of this number.
    pub fn series(&mut self, number: u32) -> Option<&mut Series> {
        self.series.iter_mut().find(|series| series.number == number)
    }

    /// The number of the series that dials this connection.
    pub fn series_of(&self, conn: Id<Conn>) -> Option<u32> {
        self.series.iter().find(|series| series.conn == conn).map(|series| series.number)
    }

    /// The number of the series of this request.
    pub fn series_for(&self, request: Id<Request>) -> Option<u32> {
        self.series.iter().find(|series| series.request == request).map(|series| series.number)
    }

    /// A series is over.
    pub fn end(&mut self, number: u32) -> Option<Series> {
        let at = self.series.iter().position(|series| series.number == number)?;
        Some(self.series.remove(at))
    }

    /// Whether a dial for callers is under way, or will be.
    pub fn grows(&self) -> bool {
        self.growths > 0 || self.series.iter().any(|series| series.growth)
    }

    /// Series in a pause: places taken without a connection.
    pub fn pausing(&self) -> u32 {
        self.series.iter().filter(|series| series.conn.is_none()).count() as u32
    }

    /// Series of workers.
    pub fn dialling_workers(&self) -> u32 {
        self.series.iter().filter(|series| series.worker).count() as u32
    }

    /// The next of so many threads asks. Gives the connection it used last.
    pub fn next_thread(&mut self, threads: u32) -> Id<Conn> {
        self.threads.resize(threads as usize, Id::NONE);
        self.thread = (self.thread + 1) % threads.max(1);
        self.threads.get(self.thread as usize).copied().unwrap_or(Id::NONE)
    }

    /// A thread has this connection.
    pub fn used_by_thread(&mut self, thread: u32, conn: Id<Conn>) {
        if let Some(own) = self.threads.get_mut(thread as usize) {
            *own = conn;
        }
    }

    /// The library sends commands of its own on a connection.
    pub fn checks(&mut self, conn: Id<Conn>, check: Check) {
        self.checks.push_back((conn, check));
    }

    /// The library's own commands on a connection are done, if there were any.
    pub fn checked(&mut self, conn: Id<Conn>) -> Option<Check> {
        let at = self.checks.iter().position(|(other, _)| *other == conn)?;
        self.checks.remove(at).map(|(_, check)| check)
    }

    /// What the library's own commands on a connection are for, if there are any.
    pub fn check_of(&self, conn: Id<Conn>) -> Option<Check> {
        self.checks.iter().find(|(other, _)| *other == conn).map(|(_, check)| *check)
    }
}

fn needed(settings: &Pooled) -> bool {
    let plain_reaper = matches!(
        settings.reaper,
        PoolReaper::None | PoolReaper::OnCheckout | PoolReaper::Exact | PoolReaper::Periodic(_)
    );
    settings.max_idle.is_some()
        || settings.wait_covers != WaitCovers::Wait
        || settings.hand_off == HandOff::Random
        || matches!(settings.idle_pick, IdlePick::Affine { .. })
        || settings.lifetime_jitter.share() > 0.0
        || settings.lifetime_checked.is_some()
        || !plain_reaper
        || settings.min_spares != MinSpares::Both
        || settings.refill != Refill::Never
        || matches!(settings.validate, Validate::PingIfIdle(_))
        || settings.validate_commands != 1
        || settings.validate_on_return
        || settings.validate_idle
        || settings.broken != Broken::Removed
        || settings.setup_commands > 0
        || settings.dialling != Dialling::Caller
        || settings.dial_errors != DialErrors::Surface
        || settings.dial_retry.is_some()
        || settings.fail_fast.is_some()
        || settings.reclaim_after.is_some()
}

/// The pause before the next dial of a series whose last dial failed at `now`, if there is to be
/// one. `draw` in [0, 1) decides the jitter.
///
/// # Source
///
/// djc/bb8 `bb8/src/inner.rs` (`add_connection`: sleeps and dials again while the time since the first
/// dial is within the limit); psycopg/psycopg `psycopg_pool/pool.py` (`ConnectionAttempt`: the last
/// pause ends at the limit).
pub fn next_dial(retry: &DialRetry, series: &Series, now: SimTime, draw: f64) -> Option<Span> {
    if retry.attempts.is_some_and(|most| series.dials >= most) {
        return None;
    }
    let left = match retry.give_up_after {
        None => Span::from_ns(u64::MAX),
        Some(limit) => {
            let elapsed = now.since(series.first).as_ns();
            Span::from_ns(limit.as_ns().checked_sub(elapsed)?)
        }
    };
    if retry.cut && left.is_zero() {
        return None;
    }
    let pause = grown(retry.base, retry.factor, retry.cap, series.dials.saturating_sub(1));
    let share = retry.jitter.share();
    let pause = match share > 0.0 {
        true => Span::from_secs_f64(pause.as_secs_f64() * (1.0 + share * (2.0 * draw - 1.0))),
        false => pause,
    };
    Some(if retry.cut { pause.min(left) } else { pause })
}
