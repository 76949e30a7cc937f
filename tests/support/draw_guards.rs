//! What stands between a drawn request and its attempts.

use highwater::scenario::*;
use highwater::units::Span;

use super::Draw;
use crate::support::{per_second, ratio};

impl Draw {
    pub(super) fn breaker(&mut self) -> Breaker {
        let open_for = self.span(1e4, 5e6);
        match self.below(6) {
            0 => Breaker::Consecutive { failures: self.of(&[1, 3, 20]), open_for },
            1 | 2 => Breaker::Window(self.breaker_window(open_for)),
            _ => Breaker::None,
        }
    }

    fn breaker_window(&mut self, open_for: Span) -> BreakerWindow {
        let looks = self.of(&[Looks::EachCall, Looks::EachFailure, Looks::EachBucket]);
        let over = match looks {
            Looks::EachBucket => {
                WindowOver::Time { length: Span::from_secs(10), buckets: self.of(&[1, 20]) }
            }
            _ if self.one_in(2) => WindowOver::Time { length: self.span(1e5, 1e7), buckets: 5 },
            _ => WindowOver::Calls(self.of(&[5, 100])),
        };
        BreakerWindow {
            over,
            min_calls: self.between(1, 5),
            failure_ratio: ratio(self.of(&[0.1, 0.5, 1.0])),
            slow_call: self.maybe(1e3, 1e6),
            slow_ratio: ratio(self.of(&[0.3, 1.0])),
            open_for,
            probes: self.of(&[1, 10]),
            probes_close: self.of(&[ProbesClose::All, ProbesClose::Ratio]),
            looks,
        }
    }

    /// Guards but for bulkheads, of which there are as many as there were.
    pub(super) fn guards(&mut self, bulkheads: usize) -> Guards {
        let around_call = self.one_in(3);
        let ignores = [Cause::Rejected, Cause::BulkheadFull, Cause::ReadTimeout];
        Guards {
            breaker: BreakerPlace {
                ignores: Causes::of(ignores.into_iter().filter(|_| self.one_in(4))),
                around_call,
                refusals_retried: !around_call && self.one_in(2),
            },
            limiter: self.limiter(),
            bulkheads: (0..bulkheads).map(|number| self.bulkhead(number)).collect(),
            hedge: self.one_in(4).then(|| Hedge {
                delay: self.maybe(1e3, 1e6),
                extra: self.between(1, 4),
                losers: self.of(&[Losers::Close, Losers::Drain]),
            }),
        }
    }

    fn bulkhead(&mut self, number: usize) -> Bulkhead {
        Bulkhead {
            name: format!("b{number}"),
            max: self.of(&[1, 5, 100]),
            max_waiting: self.of(&[None, Some(0), Some(7)]),
            wait_timeout: self.of(&[None, Some(Span::ZERO), Some(Span::from_ns(50_000_000))]),
        }
    }

    fn limiter(&mut self) -> Limiter {
        let initial = self.of(&[2, 20]);
        let smoothing = ratio(self.of(&[0.2, 1.0]));
        let rule = match self.below(9) {
            0 => {
                let timeout = self.span(1e4, 1e6);
                LimitRule::Aimd { backoff: ratio(self.of(&[0.5, 0.9])), timeout }
            }
            1 => LimitRule::Vegas { smoothing, probe: self.of(&[1, 30]) },
            2 => LimitRule::Gradient2 { smoothing, queue: 4, tolerance: 1.5, long_window: 60 },
            3 => {
                let window = self.span(1e5, 1e8);
                return Limiter::Throttle(Throttle {
                    k: self.of(&[1.1, 2.0]),
                    window,
                    buckets: 10,
                });
            }
            _ => return Limiter::None,
        };
        Limiter::Limit(Limit { initial, min: 1, max: self.of(&[20, 200]), rule })
    }

    pub(super) fn entrance(&mut self) -> Entrance {
        if !self.one_in(4) {
            return Entrance::OPEN;
        }
        let bucket = TokenBucket { rate: per_second(self.of(&[5.0, 100.0])), burst: 10 };
        Entrance {
            max_in_flight: Some(self.of(&[1, 4, 50])),
            queue: RequestQueue {
                max: self.of(&[0, 3, 100]),
                lifo: self.one_in(2),
                wait_timeout: self.maybe(1e4, 1e6),
            },
            rate_limit: self.one_in(2).then_some(bucket),
        }
    }
}
