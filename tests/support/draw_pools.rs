//! Pools drawn by chance.

use super::*;

impl Draw {
    pub(super) fn pool(&mut self) -> Pooled {
        let max = self.of(&[1, 2, 5, 20, 200]);
        let plain = Pooled {
            min: if self.one_in(2) { 0 } else { self.between(0, max) },
            max_waiting: self.of(&[None, None, Some(0), Some(3), Some(100)]),
            // Leaked leases may never come back, so nobody waits for ever.
            wait_timeout: Some(self.of(&[Span::ZERO, Span::from_ns(1), Span::from_secs(1)])),
            hand_off: if self.one_in(3) {
                HandOff::Barging(self.of(&[Span::ZERO, Span::from_ns(1_000_000)]))
            } else {
                HandOff::Fair
            },
            idle_pick: self.of(&[IdlePick::Lifo, IdlePick::Fifo]),
            idle_timeout: self.maybe(1_000.0, 1e7),
            max_lifetime: self.maybe(1_000.0, 1e7),
            reaper: match self.below(4) {
                0 => PoolReaper::None,
                1 => PoolReaper::OnCheckout,
                2 => PoolReaper::Periodic(self.span(1e4, 1e6)),
                _ => PoolReaper::Exact,
            },
            validate: self.of(&[Validate::None, Validate::Peek, Validate::Ping]),
            connect_timeout: self.dial_limit(),
            leak: self.leak(),
            ..pool(max)
        };
        let mannered = self.with_manners(plain.clone());
        if self.one_in(2) { plain } else { mannered }
    }

    /// What only some libraries do, each now and then.
    fn with_manners(&mut self, plain: Pooled) -> Pooled {
        let waits = plain.wait_timeout != Some(Span::ZERO);
        let covers = [WaitCovers::Wait, WaitCovers::WaitAndDial, WaitCovers::All];
        let wait_covers = self.of(&covers);
        let threads = self.of(&[1, 3, 50]);
        let (every, idle_for) = (self.span(1e4, 1e6), self.span(1.0, 1e6));
        let looks = LookedAt {
            checkout: self.one_in(2),
            on_return: self.one_in(2),
            reaper: self.one_in(2),
            timer: self.one_in(2),
        };
        let dialling = self.dialling();
        let spread = self.of(&[0.0, 0.025, 0.5, 1.0]);
        Pooled {
            wait_covers: if waits { wait_covers } else { WaitCovers::Wait },
            hand_off: if self.one_in(4) { HandOff::Random } else { plain.hand_off },
            idle_pick: if self.one_in(4) { IdlePick::Affine { threads } } else { plain.idle_pick },
            max_idle: self.of(&[None, None, Some(plain.min), Some(plain.min + 2)]),
            lifetime_jitter: ratio(spread),
            lifetime_checked: self.of(&[None, Some(looks)]),
            reaper: match self.below(8) {
                0 => PoolReaper::Some { every, at_once: 3 },
                1 => PoolReaper::OnePer(every),
                2 => PoolReaper::Median { every, counts: 5 },
                3 => PoolReaper::Quiet(every),
                _ => plain.reaper,
            },
            min_spares: self.of(&[MinSpares::Both, MinSpares::Idle, MinSpares::None]),
            refill: self.of(&[Refill::Never, Refill::AtOnce, Refill::Each, Refill::Reaper]),
            validate: if self.one_in(4) { Validate::PingIfIdle(idle_for) } else { plain.validate },
            validate_commands: self.of(&[1, 1, 2]),
            validate_on_return: self.one_in(4),
            validate_idle: self.one_in(4),
            broken: self.of(&[Broken::Removed, Broken::SlotKept, Broken::UntilValidated]),
            setup_commands: self.of(&[0, 1, 3]),
            dialling: if waits { dialling } else { Dialling::Caller },
            dial_errors: self.of(&[DialErrors::Surface, DialErrors::Hidden]),
            dial_retry: self.dial_retry(),
            fail_fast: self.fail_fast(),
            reclaim_after: self.maybe(1e4, 1e7),
            ..plain
        }
    }

    fn dialling(&mut self) -> Dialling {
        let workers = Workers {
            workers: self.of(&[None, Some(1), Some(3)]),
            pause: self.of(&[Span::ZERO, Span::from_ns(30_000_000)]),
            one_growth: self.one_in(2),
            while_needed: self.one_in(2),
        };
        self.of(&[Dialling::Caller, Dialling::Background(workers)])
    }

    /// A series ends after a while: a caller that dials may have no other limit.
    fn dial_retry(&mut self) -> Option<DialRetry> {
        let base = self.span(1e3, 1e5);
        let retry = DialRetry {
            base,
            factor: self.of(&[1.0, 2.0]),
            cap: base.times(4),
            jitter: ratio(self.of(&[0.0, 0.1, 1.0])),
            attempts: self.of(&[None, Some(5)]),
            give_up_after: Some(self.span(1e4, 1e6)),
            cut: self.one_in(2),
            transient_only: self.one_in(3),
        };
        self.of(&[None, Some(retry)])
    }

    fn fail_fast(&mut self) -> Option<FailFast> {
        let failures = self.of(&[None, Some(1), Some(5)]);
        let rule = FailFast { failures, probe_every: self.span(1e4, 1e6) };
        self.of(&[None, None, Some(rule)])
    }
}
