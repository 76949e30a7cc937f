//! Those who send the requests of a drawn scenario.

use highwater::scenario::*;

use super::Draw;

impl Draw {
    /// Nobody reloads for ever: where nothing ever succeeds, that would never end.
    pub(super) fn visitors(&mut self) -> Visitors {
        let patience = self.dist(1e3, 2e6);
        let pause = self.dist(1e3, 2e6);
        let times = Some(self.between(1, 3));
        Visitors {
            patience: self.one_in(2).then_some(patience),
            reload: self.one_in(2).then_some(Reload { times, pause }),
        }
    }
}
