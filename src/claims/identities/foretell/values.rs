//! Measures of the plain case.

use super::plain::Plain;
use super::{Foretold, SDS, TAIL};
use crate::claims::words::{amount, share};
use crate::scenario::{Action, Entry, Fleet, LeakKind, Scenario};
use crate::units::Unit::{Bytes, Count, PerSecond, Seconds};

impl Plain<'_> {
    pub fn first_time(&self, series: &str, bound: f64) -> Option<Foretold> {
        match part_of(series)? {
            ("servers", name, "rejected_connections") if bound < 1.0 => {
                self.full(self.server(name)?)
            }
            ("fleets", _, "oom_kills") if bound < 1.0 => self.memory(),
            _ => None,
        }
    }

    pub fn value(&self, series: &str, at: f64) -> Option<Foretold> {
        let (kind, name, what) = part_of(series)?;
        if kind == "servers" {
            return self.slots(self.server(name)?, what, at, SDS);
        }
        let lives = !self.may_die(at);
        match what {
            "requests" => {
                let text = format!(
                    "{}: {} for {}",
                    self.fleet.name,
                    amount(self.rate, PerSecond),
                    amount(at, Seconds)
                );
                Some(Foretold::around(self.rate * at, self.rate * at, SDS, text))
            }
            "sockets.leaked" if lives && self.ports_left(at) => self.forgotten(at),
            "sockets.close_wait" if lives && self.reach >= 1.0 => self.closed_by_server(at),
            "memory_max" if lives && self.reach >= 1.0 => self.grown(at),
            _ => None,
        }
    }

    /// Sockets that the client forgot and nobody took back.
    fn forgotten(&self, at: f64) -> Option<Foretold> {
        let leaks = self.all_leaks();
        let before_full = at < self.first_full();
        let stays = match self.leak.kind {
            LeakKind::Forgotten => before_full || self.on_and_on(),
            // Nobody subscribes over a connection that was refused.
            LeakKind::Subscribed | LeakKind::Blocked => before_full,
            LeakKind::ClosesOnEof | LeakKind::Reconnects | LeakKind::Lease => false,
        };
        if !stays {
            return self.forgotten_when_full(at);
        }
        let text = format!(
            "{}: {} leaked for {} are {}",
            self.fleet.name,
            amount(leaks, PerSecond),
            amount(at, Seconds),
            amount(leaks * at, Count)
        );
        let (least, most) = (leaks * at * self.least(), leaks * at + self.burst);
        (leaks > 0.0 && at < self.descriptors()).then(|| Foretold::around(least, most, SDS, text))
    }

    /// The same where errors leak at another pace than successes, after the one server is full.
    fn forgotten_when_full(&self, at: f64) -> Option<Foretold> {
        let server = self.only_server()?;
        let full = self.fills(server).filter(|full| full.high.is_finite())?;
        let (free, (_, used)) = (self.state.free(server), self.in_use(server));
        let later = self.all_leaked(server);
        let errors = self.rate * self.leak.on_error.share();
        if self.leak.kind != LeakKind::Forgotten || self.reach < 1.0 || at <= later {
            return None;
        }
        let (least, most) = (free - used + errors * (at - later), free + errors * (at - full.low));
        let text = format!(
            "{}: {} slots and, once these are taken, {} are leaked: at most {} by then",
            self.fleet.name,
            amount(free, Count),
            amount(errors, PerSecond),
            amount(most, Count),
        );
        let descriptors = f64::from(self.fleet.process.nofile) * self.instances();
        (2.0 * most < descriptors).then(|| Foretold::around(least, most, SDS, text))
    }

    /// Forgotten sockets whose server has closed.
    fn closed_by_server(&self, at: f64) -> Option<Foretold> {
        let server = self.only_server()?;
        if self.leak.kind != LeakKind::Forgotten || at >= self.descriptors() {
            return None;
        }
        let (leaks, full) = (self.leaks(server), self.full(server)?);
        let Some(life) = self.life(server) else {
            // What is refused is closed by the server; who got a slot is not.
            let errors = self.rate * self.leak.on_error.share();
            let refused = errors * (at - full.low).max(0.0);
            let text = format!(
                "{}: a server that closes nothing leaves its sockets ESTABLISHED; of those refused at \
                 most {} are left over",
                self.fleet.name,
                amount(refused, Count),
            );
            let found = Foretold::around(0.0, refused, SDS, text);
            return Some(Foretold { low: 0.0, ..found });
        };
        let closed = leaks * (at - life).max(0.0);
        let text = format!(
            "{}: {} leaked for {}, closed by the server after {}, are {} in CLOSE_WAIT",
            self.fleet.name,
            amount(leaks, PerSecond),
            amount(at, Seconds),
            amount(life, Seconds),
            amount(closed, Count),
        );
        // The sweep may be some seconds late.
        let late = (closed - 5.0 * leaks).max(0.0);
        full.low.is_infinite().then(|| Foretold::around(late, closed, SDS, text))
    }

    /// Memory of the largest instance.
    fn grown(&self, at: f64) -> Option<Foretold> {
        let (each, base) = (self.memory_each(), self.fleet.process.memory_base.0 as f64);
        let leaked = self.all_leaks() / self.instances() * at;
        let text = format!(
            "{}: {} leaked per instance in {} at {} each are {} above {}",
            self.fleet.name,
            amount(leaked, Count),
            amount(at, Seconds),
            amount(each, Bytes),
            amount(leaked * each, Bytes),
            amount(base, Bytes),
        );
        let flying = 2.0 * (self.in_flight() + SDS * libm::sqrt(self.in_flight().max(1.0)));
        let more = flying * (each + self.fleet.process.memory_per_request.0 as f64);
        let found = Foretold::around(leaked, leaked, SDS + 1.0, text);
        let plain = self.leak.kind == LeakKind::Forgotten && leaked > 0.0;
        (plain && (self.on_and_on() || at < self.first_full())).then_some(Foretold {
            low: base + found.low * each,
            high: base + found.high * each + more,
            text: found.text,
        })
    }

    /// Slots held by leaked connections, or by all, at an instant.
    fn slots(&self, server: usize, what: &str, at: f64, sds: f64) -> Option<Foretold> {
        let all = match what {
            "slots_leaked" => false,
            "connected_clients" => true,
            _ => return None,
        };
        let (leaks, free) = (self.leaks(server), self.state.free(server));
        let (_, used) = self.in_use(server);
        let whole = !self.may_die(at) && at < self.descriptors() && self.ports_left(at);
        if !whole || leaks <= 0.0 || used > 0.5 * free {
            return None;
        }
        let settings = &self.state.settings.servers[server];
        let life = self.life(server);
        let leaked = leaks * life.map_or(at, |life| life.min(at));
        let over = match life {
            Some(life) if life < at => format!("x {} idle", amount(life, Seconds)),
            _ => format!("for {}", amount(at, Seconds)),
        };
        let text = format!(
            "{}: {} leaked {over} hold {} of {} free slots",
            settings.name,
            amount(leaks, PerSecond),
            amount(leaked.min(free), Count),
            amount(free, Count),
        );
        let (used, others) = match all {
            true => (used, f64::from(settings.internal.slots())),
            false => (0.0, 0.0),
        };
        // Slots come free a moment late, and a server that is full leaks its last ones slowly.
        let (late, slow) = (3.0 * leaks, self.in_use(server).1);
        let most = leaked + self.burst + used + if life.is_some() { late } else { 0.0 };
        let found = Foretold::around(leaked * self.least(), most, sds, text);
        let low = if found.low > free - slow { free - slow } else { found.low };
        Some(Foretold { low: low.max(0.0), high: found.high.min(free) + others, text: found.text })
    }

    /// The highest of a range is above what the mean of its end can be, never below what is sure of that
    /// end.
    pub fn highest(&self, series: &str, to: f64) -> Option<Foretold> {
        let ("servers", name, what) = part_of(series)? else { return None };
        self.slots(self.server(name)?, what, to, 2.0 * SDS)
    }

    /// The share of requests that fail, for want of a port or of a slot.
    pub fn failing(&self, of: &str, to: &str, from: f64, until: f64) -> Option<Foretold> {
        let (("fleets", _, "failed" | "failed_by.port_exhausted"), ("fleets", _, "requests")) =
            (part_of(of)?, part_of(to)?)
        else {
            return None;
        };
        let server = self.only_server()?;
        let full = self.full(server)?;
        if self.reach < 1.0 && full.low > until {
            return self.out_of_ports(from, until);
        }
        let lasting = self.life(server).is_none() && self.all_leaked(server) < from;
        let text = format!("{}; from then on every request fails", full.text);
        // Requests in flight at either end of the window are counted at one of them only.
        let flying = self.in_flight() * self.instances();
        let most = flying + SDS * libm::sqrt(flying) + 1.0;
        let edge = most / (self.rate * (until - from)).max(1.0);
        let every = lasting && of.ends_with(".failed");
        every.then_some(Foretold { low: 1.0 - edge, high: 1.0 + edge, text })
    }

    fn out_of_ports(&self, from: f64, until: f64) -> Option<Foretold> {
        let process = &self.fleet.process;
        // Two rounds of TIME_WAIT, so that ports come back evenly.
        if from < 2.0 * process.time_wait.as_secs_f64() {
            return None;
        }
        let dials = self.rate / self.instances();
        let ports = self.ceiling * process.time_wait.as_secs_f64();
        let held = (self.all_leaks() * until + self.burst) / self.instances();
        let failing = |held: f64| 1.0 - (1.0 - held / ports).max(0.0) * self.ceiling / dials;
        let text = format!(
            "{}: {} dials per instance, of which ports in TIME_WAIT allow {}: {} fail",
            self.fleet.name,
            amount(dials, PerSecond),
            amount(self.ceiling, PerSecond),
            share(failing(0.0)),
        );
        // Ports come back in the rhythm in which they were taken: what is left of the window after whole
        // rounds may have all of them or none.
        let (round, window) = (process.time_wait.as_secs_f64(), (until - from).max(1.0));
        let rounds = libm::floor(window / round);
        let chance = SDS / libm::sqrt((self.rate * window).max(1.0));
        let edge = (1.0 - rounds * round / window) + chance;
        Some(Foretold {
            low: (failing(0.0) - edge).max(0.0),
            high: (failing(2.0 * held) + edge).min(1.0),
            text,
        })
    }

    /// Kills for memory between two instants, as far as each instance is killed for the first time.
    pub fn kills(&self, scenario: &Scenario, from: f64, to: f64) -> Option<Foretold> {
        let memory = self.memory()?;
        let instances = self.fleet.instances.max(1);
        // With fewer of them up each leaks faster, at most as fast as all together.
        let soonest = memory.low / f64::from(instances);
        let restart = self.fleet.process.restart_after.as_secs_f64();
        let fresh = |at: f64| to < at + soonest;
        // More instances are as new as those of the beginning; other changes are another matter.
        let scaled = |entry: &Entry| match &entry.action {
            Action::Set(settings) => {
                let others = settings
                    .fleets
                    .iter()
                    .map(|other| Fleet { instances: self.fleet.instances, ..other.clone() });
                let same = others.eq([self.fleet.clone()])
                    && settings.servers == self.state.settings.servers;
                same && fresh(entry.at.as_secs_f64())
            }
            _ => false,
        };
        if !fresh(memory.low + restart) || !scenario.timeline.iter().all(scaled) {
            return None;
        }
        let share = self.fill(true).over_by(to) - self.fill(false).over_by(from);
        Some(Foretold {
            low: 0.0,
            high: f64::from(at_most(instances, share.clamp(0.0, 1.0))),
            text: format!(
                "{}; a new instance lives for {} at least",
                memory.text,
                amount(soonest, Seconds)
            ),
        })
    }
}

/// So many of `n`, each with probability `p`, are passed only in a share [`TAIL`] of runs.
fn at_most(n: u32, p: f64) -> u32 {
    // P(N > k) <= (n choose k + 1) p^(k + 1): the union bound.
    let mut bound = 1.0;
    let passed = |k: &u32| {
        bound *= f64::from(n - k) / f64::from(k + 1) * p;
        bound < TAIL
    };
    (0..n).find(passed).unwrap_or(n)
}

/// The parts of a series' name.
fn part_of(series: &str) -> Option<(&str, &str, &str)> {
    let mut parts = series.splitn(3, '.');
    Some((parts.next()?, parts.next()?, parts.next()?))
}
