//! The future-event list.
//!
//! Most events come a fixed span after the present: a packet after the delay of the network, a
//! completion after a constant service. Such events are due in the order in which they are put
//! down, so a queue per span (a [`Lane`]) keeps them sorted for nothing. Everything else goes into a
//! four-ary heap, which stays small. The next event is the least of the heap's top and the lanes'
//! heads.

use std::collections::VecDeque;

use crate::units::{SimTime, Span};

/// What goes first among events at the same instant: the lower rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank(u8);

impl Rank {
    /// Changes of settings.
    pub const CHANGE: Rank = Rank(0);
    /// Deliveries and completions.
    pub const DELIVERY: Rank = Rank(1);
    /// Arrivals of new work.
    pub const ARRIVAL: Rank = Rank(2);
    /// Timeouts and other timers: what is done at the last instant is done in time.
    pub const TIMEOUT: Rank = Rank(3);
}

/// A queue of events that are all due the same span after they are put down; or the heap, when
/// there are more spans than lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lane {
    index: u8,
    rank: Rank,
    span: Span,
}

/// Time and rank in one integer: time counts in its upper 62 bits (146 years), rank in its lower two.
type When = u64;

const IDLE: When = When::MAX;
const HEAP: usize = 0;
const LANES: usize = 12;

/// Something due: first by `when`, then by `number`.
#[derive(Clone, Copy, Debug)]
struct Entry<E> {
    when: When,
    number: u64,
    event: E,
}

impl<E> Entry<E> {
    #[inline]
    fn is_before(&self, other: &Entry<E>) -> bool {
        self.when < other.when || self.when == other.when && self.number < other.number
    }
}

/// What is due, in order.
#[derive(Debug)]
pub struct Agenda<E> {
    /// When the first of the heap (index 0) and of each lane is due.
    heads: [When; LANES + 1],
    heap: Vec<Entry<E>>,
    lanes: Vec<Queue<E>>,
    number: u64,
    now: SimTime,
    taken: u64,
}

#[derive(Debug)]
struct Queue<E> {
    rank: Rank,
    span: Span,
    entries: VecDeque<Entry<E>>,
}

impl<E: Copy> Default for Agenda<E> {
    fn default() -> Self {
        Agenda::new()
    }
}

impl<E: Copy> Agenda<E> {
    /// An empty agenda at time zero.
    pub fn new() -> Agenda<E> {
        Agenda {
            heads: [IDLE; LANES + 1],
            heap: Vec::new(),
            lanes: Vec::new(),
            number: 0,
            now: SimTime::ZERO,
            taken: 0,
        }
    }

    /// The instant of the event taken last.
    #[inline]
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// How many events have been taken.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// How many events are due some time.
    pub fn len(&self) -> usize {
        self.heap.len() + self.lanes.iter().map(|lane| lane.entries.len()).sum::<usize>()
    }

    /// Whether nothing is due.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The lane for events that are due `span` after they are put down.
    ///
    /// The same span and rank give the same lane. When all lanes are taken, the events of a new
    /// span go through the heap: slower, in the same order.
    pub fn lane(&mut self, span: Span, rank: Rank) -> Lane {
        let known = self.lanes.iter().position(|lane| lane.span == span && lane.rank == rank);
        let index = known.or_else(|| {
            if self.lanes.len() < LANES {
                self.lanes.push(Queue { rank, span, entries: VecDeque::new() });
                Some(self.lanes.len() - 1)
            } else {
                None
            }
        });
        Lane { index: index.map_or(HEAP, |i| i + 1) as u8, rank, span }
    }

    /// Puts `event` down for the instant `at`, which must not have passed.
    #[inline]
    pub fn at(&mut self, at: SimTime, rank: Rank, event: E) {
        debug_assert!(at >= self.now, "no event is put down for the past");
        let entry = self.entry(at, rank, event);
        self.heap.push(entry);
        sift_up(&mut self.heap);
        self.heads[HEAP] = self.heap[0].when;
    }

    /// Puts `event` down for the lane's span after now.
    #[inline]
    pub fn after(&mut self, lane: Lane, event: E) {
        let at = self.now + lane.span;
        let index = usize::from(lane.index);
        if index == HEAP {
            return self.at(at, lane.rank, event);
        }
        let entry = self.entry(at, lane.rank, event);
        let entries = &mut self.lanes[index - 1].entries;
        if entries.is_empty() {
            self.heads[index] = entry.when;
        }
        entries.push_back(entry);
    }

    /// Takes the next event that is due by `horizon`, which counts.
    #[inline]
    pub fn take(&mut self, horizon: SimTime) -> Option<(SimTime, E)> {
        let mut when = self.heads[HEAP];
        let mut index = HEAP;
        let mut tied = false;
        // Without branches on the comparison: which lane is next cannot be foretold.
        for (lane, &head) in self.heads[..=self.lanes.len()].iter().enumerate().skip(1) {
            tied = if head < when { false } else { tied | (head == when) };
            index = if head < when { lane } else { index };
            when = if head < when { head } else { when };
        }
        let at = SimTime::from_ns(when >> 2);
        if when == IDLE || at > horizon {
            return None;
        }
        if tied {
            index = self.first_of_tied(when);
        }
        let event = if index == HEAP {
            let event = pop(&mut self.heap);
            self.heads[HEAP] = self.heap.first().map_or(IDLE, |entry| entry.when);
            event
        } else {
            let entries = &mut self.lanes[index - 1].entries;
            let event = entries.pop_front().expect("a lane with a head has an entry").event;
            self.heads[index] = entries.front().map_or(IDLE, |entry| entry.when);
            event
        };
        debug_assert!(at >= self.now, "simulated time never runs backwards");
        self.now = at;
        self.taken += 1;
        Some((at, event))
    }

    /// Among the heads that are due at `when`, the one that was put down first.
    #[cold]
    fn first_of_tied(&self, when: When) -> usize {
        let number = |index: usize| {
            let first = match index {
                HEAP => self.heap.first(),
                lane => self.lanes[lane - 1].entries.front(),
            };
            first.map_or(u64::MAX, |entry| entry.number)
        };
        let tied = (0..=self.lanes.len()).filter(|index| self.heads[*index] == when);
        tied.min_by_key(|index| number(*index)).unwrap_or(HEAP)
    }

    #[inline]
    fn entry(&mut self, at: SimTime, rank: Rank, event: E) -> Entry<E> {
        self.number += 1;
        // What lies beyond the clock's range never comes.
        let when = at.as_ns().min(u64::MAX >> 2) << 2 | u64::from(rank.0);
        Entry { when, number: self.number, event }
    }
}

/// Moves the last entry of a four-ary heap up to its place.
#[inline]
fn sift_up<E: Copy>(heap: &mut [Entry<E>]) {
    let mut child = heap.len() - 1;
    let entry = heap[child];
    while child > 0 {
        let parent = (child - 1) / 4;
        if !entry.is_before(&heap[parent]) {
            break;
        }
        heap[child] = heap[parent];
        child = parent;
    }
    heap[child] = entry;
}

/// Takes the least entry of a four-ary heap that is not empty.
#[inline]
fn pop<E: Copy>(heap: &mut Vec<Entry<E>>) -> E {
    let top = heap[0].event;
    let last = heap.pop().expect("a heap with a head has an entry");
    if heap.is_empty() {
        return top;
    }
    let mut hole = 0;
    loop {
        let first = 4 * hole + 1;
        if first >= heap.len() {
            break;
        }
        let mut least = first;
        for child in first + 1..(first + 4).min(heap.len()) {
            if heap[child].is_before(&heap[least]) {
                least = child;
            }
        }
        if !heap[least].is_before(&last) {
            break;
        }
        heap[hole] = heap[least];
        hole = least;
    }
    heap[hole] = last;
    top
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FOREVER: SimTime = SimTime::NEVER;

    #[test]
    fn at_one_instant_the_rank_decides_and_then_the_order_of_putting_down() {
        let mut agenda = Agenda::new();
        let at = SimTime::from_ns(7);
        let lane = agenda.lane(Span::from_ns(7), Rank::DELIVERY);
        agenda.at(at, Rank::TIMEOUT, "timeout");
        agenda.at(at, Rank::ARRIVAL, "arrival");
        agenda.at(at, Rank::DELIVERY, "first");
        agenda.after(lane, "second");
        agenda.at(at, Rank::DELIVERY, "third");
        agenda.at(at, Rank::CHANGE, "change");
        let order: Vec<_> = std::iter::from_fn(|| agenda.take(FOREVER)).map(|(_, e)| e).collect();
        assert_eq!(order, ["change", "first", "second", "third", "arrival", "timeout"]);
    }

    #[test]
    fn the_horizon_counts_and_what_lies_beyond_stays() {
        let mut agenda = Agenda::new();
        agenda.at(SimTime::from_ns(5), Rank::DELIVERY, 'a');
        agenda.at(SimTime::from_ns(6), Rank::DELIVERY, 'b');
        assert_eq!(agenda.take(SimTime::from_ns(5)), Some((SimTime::from_ns(5), 'a')));
        assert_eq!(agenda.take(SimTime::from_ns(5)), None);
        assert_eq!(agenda.len(), 1);
    }

    proptest! {
        /// Whatever goes through the heap and through more lanes than there are comes out in the
        /// order of (time, rank, number).
        #[test]
        fn events_come_out_in_order(
            puts in prop::collection::vec((0u64..50, 0u8..4, any::<bool>()), 1..300)
        ) {
            let mut agenda = Agenda::new();
            let mut waiting = Vec::new();
            for (number, (span, rank, by_lane)) in puts.into_iter().enumerate() {
                let (span, rank) = (Span::from_ns(span), Rank(rank));
                waiting.push((agenda.now() + span, rank, number));
                if by_lane {
                    let lane = agenda.lane(span, rank);
                    agenda.after(lane, number);
                } else {
                    agenda.at(agenda.now() + span, rank, number);
                }
                if number % 3 == 0 {
                    waiting.sort();
                    let next = waiting.remove(0);
                    prop_assert_eq!(agenda.take(FOREVER), Some((next.0, next.2)));
                }
            }
            waiting.sort();
            for next in waiting {
                prop_assert_eq!(agenda.take(FOREVER), Some((next.0, next.2)));
            }
            prop_assert!(agenda.is_empty());
        }
    }
}
