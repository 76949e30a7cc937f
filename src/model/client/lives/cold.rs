//! Processes that are slow at first: what their requests do takes longer.

use crate::model::client::Request;
use crate::model::plan::Length;
use crate::model::slab::Id;
use crate::model::world::World;
use crate::scenario::Cold;
use crate::units::Span;

impl World {
    /// How slow the process of a request was when the request began, if it was.
    fn coldness(&self, id: Id<Request>) -> Option<Cold> {
        let request = &self.requests[id];
        let plan = &self.fleets[usize::from(request.fleet)].plans[usize::from(request.plan)];
        let up = self.instances[request.instance as usize].up_at;
        plan.cold.filter(|cold| up <= request.began && cold.is_at(up, request.began))
    }

    /// CPU time of a request.
    pub(in crate::model::client) fn stretched(&self, id: Id<Request>, cost: Span) -> Span {
        self.coldness(id).map_or(cost, |cold| cold.stretched(cost))
    }

    /// All lengths of its own time that a request has drawn.
    #[cold]
    pub(in crate::model::client) fn stretch_all(&mut self, id: Id<Request>) {
        let Request { fleet, plan, .. } = self.requests[id];
        for place in 0.. {
            let plan = &self.fleets[usize::from(fleet)].plans[usize::from(plan)];
            let Some(number) = plan.own.get(place) else { return };
            self.stretch(id, Length::Drawn(*number));
        }
    }

    /// A length that a request has drawn.
    pub(in crate::model::client) fn stretch(&mut self, id: Id<Request>, length: Length) {
        if let (Some(cold), Length::Drawn(number)) = (self.coldness(id), length) {
            let fleet = self.requests[id].fleet;
            let drawn = self.fleets[usize::from(fleet)].drawn(number, id.index());
            *drawn = cold.stretched(Span::from_ns(*drawn)).as_ns();
        }
    }
}
