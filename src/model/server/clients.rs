//! The list of a server's clients, in the order in which the idle sweep sees them.

use crate::model::client::Conn;
use crate::model::slab::{Id, Slab};
use crate::scenario::Sweep;

/// Where a connection stands in its server's list.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    before: Id<Conn>,
    after: Id<Conn>,
    linked: bool,
}

impl Link {
    /// In no list.
    pub const LOOSE: Link = Link { before: Id::NONE, after: Id::NONE, linked: false };

    /// Whether it stands in no list.
    #[inline]
    pub fn is_loose(&self) -> bool {
        !self.linked
    }
}

/// A doubly linked list through the connections themselves: every step is a few stores.
#[derive(Debug)]
pub struct Clients {
    head: Id<Conn>,
    tail: Id<Conn>,
    len: u32,
}

impl Clients {
    /// Nobody.
    pub fn new() -> Clients {
        Clients { head: Id::NONE, tail: Id::NONE, len: 0 }
    }

    /// How many are in the list.
    pub fn len(&self) -> u32 {
        self.len
    }

    /// The first.
    #[inline]
    pub fn head(&self) -> Option<Id<Conn>> {
        (!self.head.is_none()).then_some(self.head)
    }

    /// Puts `conn` at the tail.
    #[inline]
    pub fn push(&mut self, conns: &mut Slab<Conn>, conn: Id<Conn>) {
        conns[conn].link = Link { before: self.tail, after: Id::NONE, linked: true };
        match self.tail.is_none() {
            true => self.head = conn,
            false => conns[self.tail].link.after = conn,
        }
        self.tail = conn;
        self.len += 1;
    }

    /// Takes `conn` out, if it is in the list.
    #[inline]
    pub fn unlink(&mut self, conns: &mut Slab<Conn>, conn: Id<Conn>) {
        let Link { before, after, linked } = conns[conn].link;
        if !linked {
            return;
        }
        match before.is_none() {
            true => self.head = after,
            false => conns[before].link.after = after,
        }
        match after.is_none() {
            true => self.tail = before,
            false => conns[after].link.before = before,
        }
        conns[conn].link = Link::LOOSE;
        self.len -= 1;
    }

    /// Names the one at the end where `sweep` looks, and moves it to the other end.
    #[inline]
    pub fn rotate(&mut self, conns: &mut Slab<Conn>, sweep: Sweep) -> Option<Id<Conn>> {
        let head = self.head()?;
        match sweep {
            Sweep::Head => {
                self.move_to_tail(conns, head);
                Some(head)
            }
            Sweep::Tail => {
                let tail = self.tail;
                if head != tail {
                    self.unlink(conns, tail);
                    conns[tail].link = Link { before: Id::NONE, after: head, linked: true };
                    conns[head].link.before = tail;
                    self.head = tail;
                    self.len += 1;
                }
                Some(tail)
            }
        }
    }

    /// Moves `conn` to the tail, if it is in the list.
    #[inline]
    pub fn move_to_tail(&mut self, conns: &mut Slab<Conn>, conn: Id<Conn>) {
        if conns[conn].link.linked && self.tail != conn {
            self.unlink(conns, conn);
            self.push(conns, conn);
        }
    }
}
