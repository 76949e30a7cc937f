//! A four-ary heap of entries: fewer levels than a binary one, and the children of a node side by
//! side.

use super::agenda::When;

/// Something due: first by `when`, then by `number`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<E> {
    pub when: When,
    pub number: u64,
    pub event: E,
}

impl<E> Entry<E> {
    #[inline]
    pub fn is_before(&self, other: &Entry<E>) -> bool {
        self.when < other.when || self.when == other.when && self.number < other.number
    }
}

/// Moves the last entry of a four-ary heap up to its place.
pub(super) fn sift_up<E: Copy>(heap: &mut [Entry<E>]) {
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
pub(super) fn pop<E: Copy>(heap: &mut Vec<Entry<E>>) -> E {
    let top = heap[0].event;
    let last = heap.pop().expect("a heap with a first entry has a last one");
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
