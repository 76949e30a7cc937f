//! Ejection: an instance at which requests fail in a row gets none for a while.

use crate::engine::{Observer, Rank};
use crate::model::client::Life;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::Ejection;
use crate::units::Span;

/// What the ends of an instance's requests have taught the balancer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Standing {
    /// Requests in a row that have failed.
    failures: u32,
    /// It gets no requests.
    pub ejected: bool,
    /// Times it was ejected before.
    times: u32,
}

impl World {
    /// From now on a balancer learns like this. Who is ejected gets requests again.
    pub(in crate::model) fn set_ejection(&mut self, fleet: u16, settings: Option<Ejection>) {
        let f = &mut self.fleets[usize::from(fleet)];
        f.ejection = settings;
        f.rotation.look_again();
        for place in &f.places {
            self.instances[*place as usize].standing = Standing::default();
        }
    }

    /// A request of somebody has ended at an instance, whose balancer learns from that.
    #[inline(never)]
    pub(in crate::model) fn learn<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        instance: u32,
        failed: bool,
    ) {
        let Some(place) = self.instances.get_mut(instance as usize) else { return };
        let f = &mut self.fleets[usize::from(place.fleet)];
        let (Some(ejection), Life::Up) = (f.ejection, place.life) else { return };
        let standing = &mut place.standing;
        standing.failures = if failed { standing.failures + 1 } else { 0 };
        if standing.ejected || standing.failures < ejection.failures {
            return;
        }
        let up = f.rotation.up();
        let is_ejected = |i: &&u32| self.instances[**i as usize].standing.ejected;
        let ejected = up.iter().filter(is_ejected).count();
        if ejected > 0 && (ejected + 1) as f64 > ejection.at_most.share() * up.len() as f64 {
            return;
        }
        f.rotation.look_again();
        let place = &mut self.instances[instance as usize];
        let times = place.standing.times + 1;
        place.standing = Standing { failures: 0, ejected: true, times };
        let length = ejection.length.times(times.into()).min(ejection.longest);
        let event = Event::Readmitted { instance, number: place.number, times };
        cx.agenda.at(cx.now + length.max(Span::from_ns(1)), Rank::DELIVERY, event);
        cx.note(Observation::Ejected { fleet: place.fleet, instance: place.place });
    }

    /// An ejected instance gets requests again, unless it has been readmitted in another way since.
    pub(in crate::model) fn readmitted(&mut self, instance: u32, times: u32) {
        let place = &mut self.instances[instance as usize];
        if place.standing.ejected && place.standing.times == times {
            place.standing = Standing { failures: 0, ejected: false, times };
            self.fleets[usize::from(place.fleet)].rotation.look_again();
        }
    }
}
