//! Shared connections of a drawn scenario, with every way to reconnect.

use highwater::scenario::*;
use highwater::units::Span;

use super::Draw;
use crate::support::ratio;

impl Draw {
    /// Shared connections.
    pub(super) fn shared(&mut self) -> Shared {
        let setup = self.of(&[0, 0, 1, 2]);
        let reconnect = self.reconnect();
        let in_background = matches!(reconnect, Reconnect::Background { .. });
        Shared {
            aside: self.of(&[0, 0, 1, 2]),
            dialled: self.of(&[Dialled::FirstUse, Dialled::AtStart]),
            setup,
            connect_timeout: self.dial_limit(),
            // Who waits for a connection that never comes must give up.
            command_timeout: Some(self.span(1e4, 2e6)),
            reconnect,
            offline: Offline {
                limit: self.of(&[None, None, Some(0), Some(3)]),
                resends: in_background && self.one_in(2),
                flush_every: self.of(&[None, Some(1), Some(21)]).filter(|_| in_background),
                timed: in_background || self.one_in(2),
                with_setup: setup > 0 && self.one_in(2),
            },
            ..Shared::plain(self.between(1, 4))
        }
    }

    fn reconnect(&mut self) -> Reconnect {
        match self.below(4) {
            0 => Reconnect::None,
            1 => Reconnect::ONCE_ON_DEMAND,
            2 => Reconnect::OnDemand {
                redials: Redials { at_once: true, retries: Some(self.below(7)), ..self.redials() },
                first_fails: self.one_in(2),
            },
            _ => Reconnect::Background { redials: self.redials(), covers_first: !self.one_in(3) },
        }
    }

    /// A schedule of dials.
    pub(super) fn redials(&mut self) -> Redials {
        let ms = |ms: u64| Span::from_ns(ms * 1_000_000);
        let heartbeat = self.of(&[Span::ZERO, Span::ZERO, ms(1000)]);
        Redials {
            at_once: self.one_in(2),
            retries: self.of(&[None, None, Some(0), Some(5)]),
            pause: self.of(&[
                Pause::Constant(Span::ZERO),
                Pause::Constant(ms(1000)),
                Pause::Linear { first: Span::ZERO, step: ms(50), cap: ms(500) },
                Pause::Exponential { base: ms(1), factor: 2.0, cap: ms(30_000) },
                Pause::Exponential { base: ms(2500), factor: 1.1, cap: ms(10_000) },
            ]),
            jitter: self.of(&[
                RedialJitter::None,
                RedialJitter::Added(ms(200)),
                RedialJitter::Stretched(ratio(1.0)),
                RedialJitter::FromFirst,
            ]),
            heartbeat,
        }
    }
}
