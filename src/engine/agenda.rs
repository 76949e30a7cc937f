//! The future-event list: two wheels of buckets, one for the near future and one for later, and a
//! heap for the rest.
//!
//! Nearly everything is due within a few milliseconds. Such an event goes into the bucket of its
//! instant, a sorted list; the bucket of the next event is found in a bitmap of two levels. With
//! buckets a few times shorter than the time between two events nearly every list has one entry,
//! and no branch is a gamble. Half the near wheel is a block: the present one and the next are in
//! the wheel, each later one is a list in order of putting down, which is sorted into the wheel when
//! the block before it begins. What lies beyond both waits in a four-ary heap. The order is that of
//! (time, rank, number) wherever an event waits: the length of a bucket changes the speed and nothing
//! else.

use super::heap::{Entry, pop, sift_up};
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

/// Time and rank in one integer: time counts in its upper 62 bits (146 years), rank in its lower two.
pub(super) type When = u64;
const RANK_BITS: u32 = 2;

/// Later than anything.
const NEVER: When = When::MAX;

/// Buckets of the wheel: as many as two levels of a bitmap of 64-bit words can hold.
const BUCKETS: usize = WORDS * 64;
const WORDS: usize = 64;

/// Half the buckets of the wheel are a block: 2^`BLOCK_BITS`.
const BLOCK_BITS: u32 = 11;

/// Blocks that have a list of their own.
const BLOCKS: usize = BLOCK_WORDS * 64;
const BLOCK_WORDS: usize = 16;

/// Buckets in the time between two events.
const PER_GRAIN: u64 = 8;

/// Entries of a bucket looked through for the place of a new one; in a fuller one the heap is
/// quicker.
const STEPS_MAX: u32 = 32;

/// No node.
const NONE: u32 = u32::MAX;

/// An entry in a bucket's list, or a free place.
#[derive(Debug)]
struct Node<E> {
    entry: Entry<E>,
    next: u32,
}

/// The list of a bucket, by its first and last node.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    first: u32,
    last: u32,
}

/// What is due, in order.
#[derive(Debug)]
pub struct Agenda<E> {
    buckets: Box<[Bucket; BUCKETS]>,
    /// A bit for each bucket that is not empty.
    occupied: [u64; WORDS],
    /// A bit for each word of `occupied` that is not zero.
    words: u64,
    /// A bucket is 2^`shift` units of [`When`] long.
    shift: u32,
    /// The bucket of the present, counted from time zero.
    present: u64,
    /// The end of the present block, and of the next.
    block_until: When,
    near_until: When,
    /// Later blocks, in which nothing is sorted, and a bit for each that is not empty.
    blocks: Box<[Bucket; BLOCKS]>,
    blocks_occupied: [u64; BLOCK_WORDS],
    nodes: Vec<Node<E>>,
    free: u32,
    heap: Vec<Entry<E>>,
    /// When the first of the heap is due.
    heap_when: When,
    number: u64,
    now: SimTime,
    taken: u64,
}

impl<E: Copy> Agenda<E> {
    /// An empty agenda at time zero, for events that are about `grain` apart.
    pub fn new(grain: Span) -> Agenda<E> {
        let units = (grain.as_ns().clamp(1, 1 << 40) << RANK_BITS) / PER_GRAIN;
        // All ranks of an instant share a bucket, so that none lies before that of the present.
        let shift = units.max(1 << RANK_BITS).next_power_of_two().trailing_zeros();
        Agenda {
            buckets: Box::new([Bucket { first: NONE, last: NONE }; BUCKETS]),
            occupied: [0; WORDS],
            words: 0,
            shift,
            present: 0,
            block_until: 1 << (shift + BLOCK_BITS),
            near_until: 2 << (shift + BLOCK_BITS),
            blocks: Box::new([Bucket { first: NONE, last: NONE }; BLOCKS]),
            blocks_occupied: [0; BLOCK_WORDS],
            nodes: Vec::new(),
            free: NONE,
            heap: Vec::new(),
            heap_when: NEVER,
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

    /// Puts `event` down for the instant `at`, which must not have passed.
    // Inlined, the event is built in its node and nowhere else.
    #[inline(always)]
    pub fn at(&mut self, at: SimTime, rank: Rank, event: E) {
        debug_assert!(at >= self.now, "no event is put down for the past");
        self.number += 1;
        // What lies beyond the clock's range never comes.
        let when = at.as_ns().min(NEVER >> RANK_BITS) << RANK_BITS | u64::from(rank.0);
        let entry = Entry { when, number: self.number, event };
        if when < self.near_until {
            let place = self.node(entry);
            self.put_in_bucket(place, when);
        } else {
            self.put_later(entry);
        }
    }

    /// Puts down what lies beyond the wheel.
    #[inline(never)]
    fn put_later(&mut self, entry: Entry<E>) {
        let block = self.block_of(entry.when);
        if block - (self.present >> BLOCK_BITS) >= BLOCKS as u64 {
            return self.put_in_heap(entry);
        }
        let (slot, place) = (block as usize % BLOCKS, self.node(entry));
        let list = &mut self.blocks[slot];
        if list.first == NONE {
            *list = Bucket { first: place, last: place };
            self.blocks_occupied[slot / 64] |= 1 << (slot % 64);
        } else {
            self.nodes[list.last as usize].next = place;
            list.last = place;
        }
    }

    #[inline]
    fn block_of(&self, when: When) -> u64 {
        when >> (self.shift + BLOCK_BITS)
    }

    fn put_in_heap(&mut self, entry: Entry<E>) {
        self.heap.push(entry);
        sift_up(&mut self.heap);
        self.heap_when = self.heap[0].when;
    }

    /// Takes the next event that is due by `horizon`, which counts.
    #[inline]
    pub fn take(&mut self, horizon: SimTime) -> Option<(SimTime, E)> {
        let mut slot = self.first_occupied();
        if slot.is_none() && self.fetch_blocks(horizon) {
            slot = self.first_occupied();
        }
        let first = slot.map_or(NONE, |slot| self.buckets[slot].first);
        let when = self.nodes.get(first as usize).map_or(NEVER, |node| node.entry.when);
        if self.heap_when <= when && self.heap_is_next(first) {
            return self.take_from_heap(horizon);
        }
        let at = SimTime::from_ns(when >> RANK_BITS);
        let slot = slot?;
        if at > horizon {
            return None;
        }
        let node = &mut self.nodes[first as usize];
        let event = node.entry.event;
        let next = std::mem::replace(&mut node.next, self.free);
        self.free = first;
        self.buckets[slot].first = next;
        if next == NONE {
            self.occupied[slot / 64] &= !(1 << (slot % 64));
            self.words &= !(u64::from(self.occupied[slot / 64] == 0) << (slot / 64));
        }
        self.advance_to(when);
        Some((at, event))
    }

    #[inline]
    fn advance_to(&mut self, when: When) {
        if when >= self.block_until {
            self.enter_block(self.block_of(when));
        }
        self.now = SimTime::from_ns(when >> RANK_BITS);
        self.present = when >> self.shift;
        self.taken += 1;
    }

    /// Block `block` begins: what lies in the next one is sorted into the wheel, and so is what lies
    /// in this one where the present jumps.
    #[inline(never)]
    fn enter_block(&mut self, block: u64) {
        let before = self.present >> BLOCK_BITS;
        self.present = block << BLOCK_BITS;
        // The end of time is in no later block.
        let end_of = |block: u64| (block + 1).checked_shl(self.shift + BLOCK_BITS);
        let end_of = |block| end_of(block).filter(|end| *end >> (self.shift + BLOCK_BITS) > block);
        self.block_until = end_of(block).unwrap_or(NEVER);
        self.near_until = end_of(block + 1).unwrap_or(NEVER);
        for block in block.max(before + 2)..=block + 1 {
            let slot = block as usize % BLOCKS;
            if block - before >= BLOCKS as u64 || self.blocks[slot].first == NONE {
                continue;
            }
            self.blocks_occupied[slot / 64] &= !(1 << (slot % 64));
            let list = &mut self.blocks[slot];
            let mut place = std::mem::replace(list, Bucket { first: NONE, last: NONE }).first;
            while place != NONE {
                let node = &mut self.nodes[place as usize];
                let next = std::mem::replace(&mut node.next, NONE);
                let when = node.entry.when;
                self.put_in_bucket(place, when);
                place = next;
            }
        }
    }

    /// The wheel is empty: it goes on to the first block in which something is due by `horizon`, if
    /// that is no later than what the heap has.
    #[inline(never)]
    fn fetch_blocks(&mut self, horizon: SimTime) -> bool {
        let present = self.present >> BLOCK_BITS;
        let from = (present as usize + 2) % BLOCKS;
        let (word, bit) = (from / 64, from % 64);
        let bits = |number: usize| {
            let at = (word + number) % BLOCK_WORDS;
            let mask = match number {
                0 => !0 << bit,
                BLOCK_WORDS => !(!0 << bit),
                _ => !0,
            };
            (at, self.blocks_occupied[at] & mask)
        };
        let found = (0..=BLOCK_WORDS).map(bits).find(|(_, bits)| *bits != 0);
        let Some((at, bits)) = found else { return false };
        let slot = at * 64 + bits.trailing_zeros() as usize;
        let ahead = (slot + BLOCKS - from) % BLOCKS;
        let (mut first, mut place) = (NEVER, self.blocks[slot].first);
        while place != NONE {
            let node = &self.nodes[place as usize];
            (first, place) = (first.min(node.entry.when), node.next);
        }
        if SimTime::from_ns(first >> RANK_BITS) > horizon || self.heap_when < first {
            return false;
        }
        self.enter_block(present + 2 + ahead as u64);
        true
    }

    /// A node for an entry.
    #[inline(always)]
    fn node(&mut self, entry: Entry<E>) -> u32 {
        let place = self.free;
        if place == NONE {
            self.nodes.push(Node { entry, next: NONE });
            return self.nodes.len() as u32 - 1;
        }
        let node = &mut self.nodes[place as usize];
        self.free = node.next;
        *node = Node { entry, next: NONE };
        place
    }

    /// Puts a node into the bucket of its instant, behind all that are due no later.
    #[inline(always)]
    fn put_in_bucket(&mut self, place: u32, when: When) {
        let slot = (when >> self.shift) as usize % BUCKETS;
        let bucket = &mut self.buckets[slot];
        if bucket.first == NONE {
            *bucket = Bucket { first: place, last: place };
            self.occupied[slot / 64] |= 1 << (slot % 64);
            self.words |= 1 << (slot / 64);
        } else if self.nodes[bucket.last as usize].entry.when <= when {
            self.nodes[bucket.last as usize].next = place;
            bucket.last = place;
        } else {
            self.put_before_last(slot, place);
        }
    }

    /// Sorts a node into a bucket whose last entry is due later; where the bucket is too full to look
    /// through, it goes into the heap.
    #[inline(never)]
    fn put_before_last(&mut self, slot: usize, place: u32) {
        let when = self.nodes[place as usize].entry.when;
        let (mut before, mut after) = (NONE, self.buckets[slot].first);
        let mut steps = 0;
        while self.nodes[after as usize].entry.when <= when {
            before = after;
            after = self.nodes[after as usize].next;
            steps += 1;
            if steps == STEPS_MAX {
                let entry = self.nodes[place as usize].entry;
                self.nodes[place as usize].next = self.free;
                self.free = place;
                return self.put_in_heap(entry);
            }
        }
        self.nodes[place as usize].next = after;
        match before {
            NONE => self.buckets[slot].first = place,
            before => self.nodes[before as usize].next = place,
        }
    }

    /// The first bucket, from that of the present on, that is not empty.
    #[inline]
    fn first_occupied(&self) -> Option<usize> {
        let from = self.present as usize % BUCKETS;
        let (word, bit) = (from / 64, from % 64);
        let here = self.occupied[word] & (!0 << bit);
        if here != 0 {
            return Some(word * 64 + here.trailing_zeros() as usize);
        }
        // The words behind this one; then around the wheel, at last this one's part before the
        // present.
        let behind = self.words & (!1 << word);
        let words = if behind != 0 { behind } else { self.words };
        if words == 0 {
            return None;
        }
        let word = words.trailing_zeros() as usize;
        Some(word * 64 + self.occupied[word].trailing_zeros() as usize)
    }

    /// Whether the first of the heap, due no later than the first of the wheel, goes before it.
    #[inline]
    fn heap_is_next(&self, first: u32) -> bool {
        let Some(top) = self.heap.first() else { return false };
        self.nodes.get(first as usize).is_none_or(|node| top.is_before(&node.entry))
    }

    fn take_from_heap(&mut self, horizon: SimTime) -> Option<(SimTime, E)> {
        let when = self.heap_when;
        let at = SimTime::from_ns(when >> RANK_BITS);
        if at > horizon {
            return None;
        }
        let event = pop(&mut self.heap);
        self.heap_when = self.heap.first().map_or(NEVER, |entry| entry.when);
        self.advance_to(when);
        Some((at, event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FOREVER: SimTime = SimTime::from_ns(u64::MAX >> RANK_BITS);

    #[test]
    fn at_one_instant_the_rank_decides_and_then_the_order_of_putting_down() {
        let mut agenda = Agenda::new(Span::from_ns(3));
        let at = SimTime::from_ns(7);
        agenda.at(at, Rank::TIMEOUT, "timeout");
        agenda.at(at, Rank::ARRIVAL, "arrival");
        agenda.at(at, Rank::DELIVERY, "first");
        agenda.at(at, Rank::DELIVERY, "second");
        agenda.at(at, Rank::CHANGE, "change");
        let order: Vec<_> = std::iter::from_fn(|| agenda.take(FOREVER)).map(|(_, e)| e).collect();
        assert_eq!(order, ["change", "first", "second", "arrival", "timeout"]);
    }

    #[test]
    fn the_horizon_counts_and_what_lies_beyond_stays() {
        let mut agenda = Agenda::new(Span::from_ns(1));
        agenda.at(SimTime::from_ns(5), Rank::DELIVERY, 'a');
        agenda.at(SimTime::from_ns(6), Rank::DELIVERY, 'b');
        agenda.at(SimTime::from_ns(6_000_000), Rank::DELIVERY, 'c');
        assert_eq!(agenda.take(SimTime::from_ns(5)), Some((SimTime::from_ns(5), 'a')));
        assert_eq!(agenda.take(SimTime::from_ns(5)), None);
        assert_eq!(agenda.take(SimTime::from_ns(1000)), Some((SimTime::from_ns(6), 'b')));
        assert_eq!(agenda.take(SimTime::from_ns(5_999_999)), None);
        assert_eq!(agenda.take(FOREVER), Some((SimTime::from_ns(6_000_000), 'c')));
    }

    #[test]
    fn an_earlier_rank_at_the_present_instant_comes_next() {
        let mut agenda = Agenda::new(Span::from_ns(1));
        agenda.at(SimTime::ZERO, Rank::ARRIVAL, 'a');
        agenda.at(SimTime::ZERO, Rank::ARRIVAL, 'c');
        assert_eq!(agenda.take(FOREVER), Some((SimTime::ZERO, 'a')));
        agenda.at(SimTime::ZERO, Rank::CHANGE, 'b');
        assert_eq!(agenda.take(FOREVER), Some((SimTime::ZERO, 'b')));
        assert_eq!(agenda.take(FOREVER), Some((SimTime::ZERO, 'c')));
    }

    proptest! {
        /// Whatever goes through the wheels, once around them and through the heap comes out in the
        /// order of (time, rank, number), whatever the length of a bucket.
        #[test]
        fn events_come_out_in_order(
            grain in prop_oneof![1u64..5000, Just(1u64 << 40)],
            puts in prop::collection::vec(
                (prop_oneof![0u64..50, 0u64..5_000_000, 0u64..20_000_000_000], 0u8..4), 1..300)
        ) {
            let mut agenda = Agenda::new(Span::from_ns(grain));
            let mut waiting = Vec::new();
            for (number, (span, rank)) in puts.into_iter().enumerate() {
                let at = agenda.now() + Span::from_ns(span);
                waiting.push((at, rank, number));
                agenda.at(at, Rank(rank), number);
                if number % 3 != 0 {
                    waiting.sort();
                    let next = waiting.remove(0);
                    prop_assert_eq!(agenda.take(FOREVER), Some((next.0, next.2)));
                }
            }
            waiting.sort();
            for next in waiting {
                prop_assert_eq!(agenda.take(FOREVER), Some((next.0, next.2)));
            }
            prop_assert_eq!(agenda.take(FOREVER), None);
        }
    }
}
