//! A server between two events: its limit, and who holds its slots.

use super::{ConnView, Owner};
use crate::model::server::Listens;
use crate::model::world::World;
use crate::units::{SimTime, Span};

/// A server between two events.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerView {
    /// The connection limit in force.
    pub limit: u32,
    /// Slots under it that only privileged clients take.
    pub reserved: u32,
    /// Slots taken, by whomever.
    pub taken: u32,
    /// Of these, what was connected before the run began and belongs to no fleet.
    pub internal: u32,
    /// Of these, leaked.
    pub leaked: u32,
    /// Of these, without a byte for longer than was asked, leaked or not; those of before the run are
    /// not among them.
    pub idle: u32,
    /// Of the connections in slots, those that somebody uses.
    pub in_use: u32,
    /// Who holds slots, most first.
    pub holders: Vec<Holder>,
    /// Connections in the accept queue.
    pub accept_queue: u32,
    /// Whether it listens.
    pub listens: bool,
    /// When it listens again, while it does not.
    pub up_at: Option<SimTime>,
    /// Its loop stands still until then, if that is later than now.
    pub paused_until: Option<SimTime>,
    /// By this factor everything costs it more.
    pub slow: f64,
    /// Whether it has no descriptor for a connection that waits.
    pub starved: bool,
    /// Commands and other things that wait to be read by its loop.
    pub unread: u32,
}

/// Who holds slots of a server.
#[derive(Clone, Debug, PartialEq)]
pub struct Holder {
    /// Who.
    pub owner: Owner,
    /// How many.
    pub slots: u32,
    /// Of these, leaked.
    pub leaked: u32,
    /// Of these, without a byte for longer than was asked.
    pub idle: u32,
    /// Of these, used by a request just now.
    pub in_use: u32,
    /// The one that was dialled first; of leaked ones, if there are any.
    pub oldest: Option<ConnView>,
}

impl World {
    /// A server at `now`; a connection is idle when its last byte was more than `idle` before.
    pub fn see_server(&self, index: usize, now: SimTime, idle: Span) -> ServerView {
        let s = &self.servers[index];
        let mut holders: Vec<Holder> = Vec::new();
        let here = |conn: &ConnView| usize::from(conn.server) == index && conn.has_slot;
        for conn in self.connections(here) {
            let place = holders.iter().position(|holder| holder.owner == conn.owner);
            let place = place.unwrap_or_else(|| {
                let owner = conn.owner;
                holders.push(Holder {
                    owner,
                    slots: 0,
                    leaked: 0,
                    idle: 0,
                    in_use: 0,
                    oldest: None,
                });
                holders.len() - 1
            });
            holders[place].count(&conn, now, idle);
        }
        holders.sort_by_key(|holder| (std::cmp::Reverse(holder.slots), holder.owner));
        let sum = |of: fn(&Holder) -> u32| holders.iter().map(of).sum();
        ServerView {
            limit: s.descriptors.limit,
            reserved: s.settings.reserved,
            taken: s.slots.now() + s.internal,
            internal: s.internal,
            leaked: s.leaked.now(),
            idle: sum(|holder| holder.idle),
            in_use: sum(|holder| holder.in_use),
            accept_queue: s.queue.len() as u32,
            listens: s.listens == Listens::Yes,
            up_at: s.up_at,
            paused_until: (s.paused_until > now).then_some(s.paused_until),
            slow: s.slow.0,
            starved: s.descriptors.starved,
            unread: s.ready.len() as u32,
            holders,
        }
    }
}

impl Holder {
    fn count(&mut self, conn: &ConnView, now: SimTime, idle: Span) {
        self.slots += 1;
        self.leaked += u32::from(conn.leaked.is_some());
        self.in_use += u32::from(conn.in_use);
        // What was heard is never later than now; what a busy loop has accepted ahead may be.
        let silent = now.as_ns().saturating_sub(conn.heard.as_ns());
        self.idle += u32::from(silent > idle.as_ns() && !conn.in_use);
        // A leak tells more than whatever is older.
        let key = |c: &ConnView| (c.leaked.is_none(), c.dialled, c.admitted);
        if self.oldest.as_ref().is_none_or(|oldest| key(conn) < key(oldest)) {
            self.oldest = Some(*conn);
        }
    }
}
