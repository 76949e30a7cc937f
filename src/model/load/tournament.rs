//! The least of many numbers that change one at a time.

/// A tree in which every node is the lesser of its two children: the least is at the top, and a change
/// of one number costs a step per level.
#[derive(Debug)]
pub struct Tournament {
    /// The numbers begin at the middle, the top is at 1. Each is a number above the seat it belongs to,
    /// so that of equal numbers the first is the least.
    nodes: Vec<u64>,
}

/// No number.
const ABSENT: u64 = u64::MAX;

impl Tournament {
    /// Of these numbers, by seat.
    pub fn of(numbers: impl ExactSizeIterator<Item = u32>) -> Tournament {
        let leaves = numbers.len().next_power_of_two();
        let mut nodes = vec![ABSENT; 2 * leaves];
        for (seat, number) in numbers.enumerate() {
            nodes[leaves + seat] = entry(seat as u32, number);
        }
        for node in (1..leaves).rev() {
            nodes[node] = nodes[2 * node].min(nodes[2 * node + 1]);
        }
        Tournament { nodes }
    }

    /// The seat of the least number; of several, the first.
    #[inline]
    pub fn least(&self) -> Option<u32> {
        (self.nodes[1] != ABSENT).then_some(self.nodes[1] as u32)
    }

    /// The number of a seat changes. Gives the nodes that were looked at.
    #[inline]
    pub fn set(&mut self, seat: u32, number: u32) -> u32 {
        let mut node = self.nodes.len() / 2 + seat as usize;
        self.nodes[node] = entry(seat, number);
        let mut steps = 1;
        while node > 1 {
            node /= 2;
            steps += 1;
            let lesser = self.nodes[2 * node].min(self.nodes[2 * node + 1]);
            if self.nodes[node] == lesser {
                break;
            }
            self.nodes[node] = lesser;
        }
        steps
    }
}

#[inline]
fn entry(seat: u32, number: u32) -> u64 {
    u64::from(number) << 32 | u64::from(seat)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Purpose, Stream};

    /// Against the plain search, over random changes; a change costs at most a step per level.
    #[test]
    fn the_first_of_the_least_wins_at_a_cost_of_one_step_per_level() {
        let mut stream = Stream::new("1", 0, "tournament", Purpose::Balancer);
        for seats in [1u32, 2, 3, 5, 8, 100, 10_000] {
            let mut numbers = vec![0u32; seats as usize];
            let mut tree = Tournament::of(numbers.iter().copied());
            let levels = numbers.len().next_power_of_two().ilog2() + 1;
            for _ in 0..1000 {
                let (seat, number) = (stream.below(seats), stream.below(4));
                numbers[seat as usize] = number;
                assert!(tree.set(seat, number) <= levels);
                let least = (0..seats).min_by_key(|seat| numbers[*seat as usize]);
                assert_eq!(tree.least(), least);
            }
        }
        assert_eq!(Tournament::of([].into_iter()).least(), None);
    }
}
