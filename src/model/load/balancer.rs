//! Which instance takes a request.

use crate::chance::Stream;
use crate::model::client::Instance;
use crate::model::load::tournament::Tournament;
use crate::scenario::{Balancer, FailOpen};

/// The instances of a fleet that are up, which of them get requests, and which gets the next.
///
/// Who comes and who goes is noted at once and looked at with the next pick: a request costs the same
/// whatever the number of instances, but for the logarithm of that number under `least_in_flight`.
#[derive(Debug, Default)]
pub struct Rotation {
    /// Those that are up, in the order in which they came up.
    up: Vec<u32>,
    /// Those that get requests, in the same order. The place in this list is an instance's seat.
    seats: Vec<u32>,
    /// Whether the seats are out of date.
    stale: bool,
    /// When health does not decide.
    fail_open: Option<FailOpen>,
    /// Whose turn it was (round robin).
    turn: Option<u32>,
    /// The requests in flight by seat, where the balancer asks for the fewest.
    loads: Option<Tournament>,
    /// The instance and its process that serve a user or a session (sticky).
    homes: Vec<Option<(u32, u32)>>,
}

impl Rotation {
    /// Those that are up, in the order in which they came up.
    pub fn up(&self) -> &[u32] {
        &self.up
    }

    /// An instance comes up.
    pub fn enter(&mut self, instance: u32) {
        self.up.push(instance);
        self.stale = true;
    }

    /// An instance is up no more.
    pub fn leave(&mut self, instance: u32) {
        self.up.retain(|i| *i != instance);
        self.stale = true;
    }

    /// Health decides who gets requests, up to this point.
    pub fn fail_open(&mut self, rule: Option<FailOpen>) {
        self.fail_open = rule;
        self.stale = true;
    }

    /// Nobody is up any more.
    pub fn clear(&mut self) {
        self.up.clear();
        self.stale = true;
    }

    /// Something has changed that decides who gets requests, or how.
    pub fn look_again(&mut self) {
        self.stale = true;
    }

    /// The instance that takes the next request of the visitor with this number, who is given one where
    /// that matters.
    ///
    /// Chance draws in fixed number for each request, whatever the number of instances. Ties of
    /// `least_in_flight` go to the instance that came up first, those of `two_choices` to the one drawn
    /// first.
    #[inline]
    pub fn pick(
        &mut self,
        balancer: Balancer,
        instances: &mut [Instance],
        visitor: &mut u32,
        stream: &mut Stream,
    ) -> Option<u32> {
        if self.stale {
            self.take_seats(balancer, instances);
        }
        let seats = self.seats.len() as u32;
        let seat = match balancer {
            Balancer::Random => stream.below(seats),
            Balancer::RoundRobin => {
                let next = self.turn.map_or(0, |turn| turn + 1);
                let next = if next < seats { next } else { 0 };
                self.turn = Some(next);
                next
            }
            Balancer::LeastInFlight => self.loads.as_ref()?.least()?,
            Balancer::TwoChoices => self.better_of_two(instances, stream)?,
            Balancer::Sticky { sessions } => {
                return self.home(sessions, instances, visitor, stream);
            }
        };
        self.seats.get(seat as usize).copied()
    }

    /// The number of requests in flight at an instance has changed.
    #[inline(always)]
    pub fn load_changed(&mut self, instance: u32, state: &Instance) {
        if let Some(loads) = &mut self.loads
            && self.seats.get(state.seat as usize) == Some(&instance)
        {
            loads.set(state.seat, state.in_flight);
        }
    }

    /// Every instance that gets requests takes a seat.
    #[cold]
    fn take_seats(&mut self, balancer: Balancer, instances: &mut [Instance]) {
        self.stale = false;
        self.seats.clear();
        let fit = |i: &u32| {
            let instance = &instances[*i as usize];
            !instance.fitness.unhealthy && !instance.standing.ejected
        };
        self.seats.extend(self.up.iter().copied().filter(fit));
        let all = match self.fail_open {
            Some(FailOpen::Never) => false,
            Some(FailOpen::NoneHealthy) => self.seats.is_empty(),
            // As the one balancer that ejects does by itself.
            Some(FailOpen::BelowHalf) | None => 2 * self.seats.len() < self.up.len(),
        };
        if all {
            self.seats.clone_from(&self.up);
        }
        for (seat, instance) in self.seats.iter().enumerate() {
            instances[*instance as usize].seat = seat as u32;
        }
        self.loads = (balancer == Balancer::LeastInFlight)
            .then(|| Tournament::of(self.seats.iter().map(|i| instances[*i as usize].in_flight)));
    }

    /// Of two different instances drawn by chance, the one with fewer requests in flight.
    fn better_of_two(&self, instances: &[Instance], stream: &mut Stream) -> Option<u32> {
        let seats = self.seats.len() as u32;
        let first = stream.below(seats);
        let other = stream.below(seats.saturating_sub(1));
        let second = if other < first { other } else { other + 1 };
        let load = |seat: u32| {
            let instance = self.seats.get(seat as usize)?;
            Some(instances[*instance as usize].in_flight)
        };
        match (load(first)?, load(second)) {
            (one, Some(two)) if two < one => Some(second),
            _ => Some(first),
        }
    }

    /// The instance that served this visitor before, while it is the same process and gets requests;
    /// else one by chance, from then on.
    fn home(
        &mut self,
        sessions: u32,
        instances: &[Instance],
        visitor: &mut u32,
        stream: &mut Stream,
    ) -> Option<u32> {
        let session = stream.below(sessions);
        let seat = stream.below(self.seats.len() as u32);
        if *visitor == u32::MAX {
            *visitor = session;
        }
        let number = *visitor as usize;
        if self.homes.len() <= number {
            self.homes.resize(number + 1, None);
        }
        let serves = |(instance, process): &(u32, u32)| {
            let state = &instances[*instance as usize];
            state.number == *process && self.seats.get(state.seat as usize) == Some(instance)
        };
        if let Some((home, _)) = self.homes[number].filter(serves) {
            return Some(home);
        }
        let home = *self.seats.get(seat as usize)?;
        self.homes[number] = Some((home, instances[home as usize].number));
        Some(home)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Purpose;

    const FILE: &str = r#"{
        "format": 1, "duration": "10min",
        "servers": { "redis": { "preset": "redis-7.2" } },
        "fleets": { "f": {
            "arrivals": { "even": { "rate": "1/s" } }, "steps": [ { "work": { "constant": "1ms" } } ]
        } }
    }"#;

    /// Instances with so many requests in flight, all up.
    fn fleet(in_flight: &[u32]) -> (Rotation, Vec<Instance>) {
        let read = crate::scenario::read("f.json", &|_| Ok(FILE.as_bytes().to_vec()), &[]);
        let process = read.unwrap().settings.fleets[0].process;
        let mut rotation = Rotation::default();
        let instances = in_flight.iter().enumerate().map(|(number, in_flight)| {
            rotation.enter(number as u32);
            let instance = Instance::new(0, number as u32, &process);
            Instance { in_flight: *in_flight, number: 1, ..instance }
        });
        let instances = instances.collect();
        (rotation, instances)
    }

    fn stream() -> Stream {
        Stream::new("1", 0, "fleets.f", Purpose::Balancer)
    }

    /// So many picks in a row, each of which leaves a request in flight.
    fn picks(balancer: Balancer, in_flight: &[u32], picks: usize) -> Vec<u32> {
        let ((mut rotation, mut instances), mut stream) = (fleet(in_flight), stream());
        let mut one = || {
            let mut number = u32::MAX;
            let place = rotation.pick(balancer, &mut instances, &mut number, &mut stream).unwrap();
            instances[place as usize].in_flight += 1;
            rotation.load_changed(place, &instances[place as usize]);
            place
        };
        (0..picks).map(|_| one()).collect()
    }

    #[test]
    fn the_fewest_in_flight_fill_up_from_the_first() {
        assert_eq!(picks(Balancer::LeastInFlight, &[2, 0, 1], 7), [1, 1, 2, 0, 1, 2, 0]);
        assert_eq!(picks(Balancer::RoundRobin, &[2, 0, 1], 5), [0, 1, 2, 0, 1]);
    }

    /// Two different ones are drawn: of two instances both, of one that one; the fuller of a pair never
    /// wins, so the fullest of three never does while the others have fewer.
    #[test]
    fn the_fuller_of_two_never_wins() {
        assert_eq!(picks(Balancer::TwoChoices, &[3, 0], 3), [1, 1, 1]);
        assert_eq!(picks(Balancer::TwoChoices, &[5], 2), [0, 0]);
        assert!(!picks(Balancer::TwoChoices, &[1000, 0, 0], 500).contains(&0));
        let even = picks(Balancer::TwoChoices, &[0, 0, 0, 0], 400);
        // Every pair is as likely as any other: nobody is left out or far ahead.
        for instance in 0..4 {
            let share = even.iter().filter(|place| **place == instance).count();
            assert!((98..=102).contains(&share), "{share}");
        }
    }

    #[test]
    fn a_visitor_stays_until_the_process_is_another_or_gone() {
        let ((mut rotation, mut instances), mut stream) = (fleet(&[0; 5]), stream());
        let sticky = Balancer::Sticky { sessions: 50 };
        let mut homes: Vec<Option<u32>> = vec![None; 50];
        for turn in 0..2000 {
            if turn == 1000 {
                rotation.leave(3);
                instances[1].number = 2;
                homes.iter_mut().for_each(|home| {
                    *home = home.filter(|home| ![1, 3].contains(home));
                });
            }
            let mut number = u32::MAX;
            let place = rotation.pick(sticky, &mut instances, &mut number, &mut stream).unwrap();
            let home = homes[number as usize].get_or_insert(place);
            assert_eq!(*home, place, "session {number} at pick {turn}");
            assert!(turn < 1000 || place != 3);
        }
        assert!(homes.contains(&Some(1)), "the new process at a place is as good as any");
        let mut user = 70;
        let home = rotation.pick(sticky, &mut instances, &mut user, &mut stream);
        assert_eq!((user, home), (70, rotation.pick(sticky, &mut instances, &mut 70, &mut stream)));
    }
}
