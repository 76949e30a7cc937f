//! The clock of a live run: nanoseconds since its beginning, as simulated time counts them.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use highwater::units::SimTime;

/// Room for the threads to get ready.
const AHEAD: Duration = Duration::from_millis(100);

/// The clock of a live run.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    zero: Instant,
}

impl Clock {
    /// A clock whose zero is the next full second of the wall clock: a server that counts idle time
    /// in whole seconds then begins them when the simulated one does.
    #[expect(clippy::disallowed_methods, reason = "a live run takes place in real time")]
    pub fn at_next_second() -> Clock {
        let now = Instant::now();
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let into = Duration::from_nanos(since_epoch.subsec_nanos().into());
        let mut left = Duration::from_secs(1).saturating_sub(into);
        if left < AHEAD {
            left += Duration::from_secs(1);
        }
        Clock { zero: now + left }
    }

    /// Now; zero as long as the run has not begun.
    #[expect(clippy::disallowed_methods, reason = "a live run takes place in real time")]
    pub fn now(&self) -> SimTime {
        let since = Instant::now().saturating_duration_since(self.zero);
        SimTime::from_ns(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
    }

    /// Sleeps until `at`, or `most`, whichever is sooner; not at all when `at` has come.
    #[expect(clippy::disallowed_methods, reason = "a live run takes place in real time")]
    pub fn sleep_until(&self, at: SimTime, most: Duration) {
        let due = self.zero + Duration::from_nanos(at.as_ns());
        let left = due.saturating_duration_since(Instant::now());
        if !left.is_zero() {
            std::thread::sleep(left.min(most));
        }
    }
}
