//! The descriptors of a server at work: its limits now, the connection limit that came of them, and
//! what happens when none is left for a connection that has been set up.

use crate::engine::Observer;
use crate::model::server::Server;
use crate::model::world::{Cx, World};
use crate::model::{Event, Observation};
use crate::scenario::{self, Nofile};
use crate::units::SimTime;

/// The descriptors of a server at work.
#[derive(Debug)]
pub struct Descriptors {
    /// The limits of the process now.
    nofile: Nofile,
    /// The connection limit in force.
    pub limit: u32,
    /// Connections of fleets and guests that the soft limit leaves descriptors for.
    pub room: u32,
    /// Whether accept() has failed for want of a descriptor and has not succeeded since.
    pub starved: bool,
    /// Since when the loop has been spinning on a listener that it cannot serve.
    spinning: Option<SimTime>,
    /// The listener is left alone until then.
    pub pause_until: SimTime,
}

impl Descriptors {
    /// As they are after the server's start. One that would exit has no slot; the reader lets none
    /// through.
    pub fn new(settings: &scenario::Server) -> Descriptors {
        let mut nofile = settings.nofile;
        let limit = nofile.fit(settings.descriptor_rule, settings.maxclients).unwrap_or(0);
        Descriptors {
            nofile,
            limit,
            room: 0,
            starved: false,
            spinning: None,
            pause_until: SimTime::ZERO,
        }
    }

    /// Somebody changes the limits of the running process (prlimit). `maxclients` stays.
    pub fn change(&mut self, before: &Nofile, after: &Nofile) {
        self.nofile.change(before, after);
    }

    /// `CONFIG SET maxclients asked`.
    ///
    /// # Errors
    ///
    /// The number the server names instead; the limit stays.
    pub fn set_maxclients(&mut self, settings: &scenario::Server, asked: u32) -> Result<(), u32> {
        let (rule, check) = (settings.descriptor_rule, settings.maxclients_check);
        self.nofile.set_maxclients(rule, check, &mut self.limit, asked)
    }

    /// Connections that no fleet holds use so many descriptors.
    pub fn set_internal(&mut self, internal: u32) {
        self.room = self.nofile.soft.saturating_sub(self.nofile.other).saturating_sub(internal);
    }

    /// The loop works again: the time it has spun since it last did.
    fn spun(&mut self, now: SimTime) -> u64 {
        self.spinning.take().map_or(0, |since| now.since(since).as_ns())
    }

    /// The process ends, and its queue with it: the time it has spun since it last worked.
    pub fn forget_queue(&mut self, now: SimTime) -> u64 {
        self.starved = false;
        self.pause_until = SimTime::ZERO;
        self.spun(now)
    }

    /// The time it has spun up to now, which goes on.
    pub fn spun_so_far(&self, now: SimTime) -> u64 {
        self.spinning.map_or(0, |since| now.since(since).as_ns())
    }
}

impl World {
    /// accept() fails with EMFILE. The connection stays in the queue, established for its client;
    /// no counter moves.
    ///
    /// # Source
    ///
    /// Linux `net/socket.c` `__sys_accept4_file` takes the descriptor before the connection; measured
    /// on Redis 7.0.15, Redis 8.0 milestone 1 and Valkey 8.0.1.
    #[cold]
    pub(in crate::model) fn accept_fails<O: Observer<Observation>>(
        &mut self,
        cx: &mut Cx<'_, O>,
        server: u16,
    ) {
        let s = &mut self.servers[usize::from(server)];
        if !std::mem::replace(&mut s.descriptors.starved, true) {
            cx.note(Observation::AcceptStarved { server });
        }
        if !s.settings.emfile_pause.is_zero() {
            let at = cx.now + s.settings.emfile_pause;
            s.descriptors.pause_until = at;
            cx.agenda.at(at, crate::engine::Rank::TIMEOUT, Event::AcceptAgain { server });
        }
    }
}

impl Server {
    /// The loop has nothing to do. If there is a listener that it cannot serve it spins, or sleeps
    /// while the listener is left alone. What arrives is served at once either way (a turn of the spin
    /// takes 3 µs: measured, 300,000 log lines a second).
    #[inline]
    pub fn falls_asleep(&mut self, now: SimTime) {
        if self.descriptors.starved && self.queue.len() > 0 && self.settings.emfile_pause.is_zero()
        {
            self.descriptors.spinning.get_or_insert(now);
        }
    }

    /// The loop works again: the time it has spun is CPU time.
    #[inline]
    pub fn wakes(&mut self, now: SimTime) {
        if self.descriptors.starved {
            self.busy_ns += self.descriptors.spun(now);
        }
    }
}
