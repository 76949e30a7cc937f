//! What arithmetic says a claim's measure must come to, before anything is simulated.
//!
//! Only the plain case has closed forms short enough to be believed at sight: one fleet whose requests
//! come at a constant rate, each of which opens a connection of its own, and a leak. Everything else
//! is left to the simulation.

use super::state::{State, idle_life, states};
use crate::claims::words::{amount, share};
use crate::scenario::{
    Arrivals, Beyond, Call, Extreme, Fleet, Leak, LeakKind, Measure, Profile, Retry, Scenario,
    Strategy,
};
use crate::theory::FillTime;
use crate::units::Unit::{Bytes, Count, PerSecond, Seconds};
use crate::units::{Rate, SimTime};

/// Standard deviations on either side that are still foretold: one run in some 16,000 is outside.
const SDS: f64 = 4.0;
/// The share of runs below the lower end of what is foretold of a first time, and above the upper.
const TAIL: f64 = 3.2e-5;

/// What a measure must come to, in base units: "never" is infinite.
#[derive(Clone, Debug, PartialEq)]
pub struct Foretold {
    /// At least this.
    pub low: f64,
    /// At most this.
    pub high: f64,
    /// The arithmetic in one sentence.
    pub text: String,
}

impl Foretold {
    /// Whether no value that is foretold lies within `within` of `expect`.
    pub fn refutes(&self, expect: f64, within: f64) -> bool {
        self.high < expect - within || self.low > expect + within
    }

    /// Whether every value that is foretold lies within `within` of `expect`.
    pub fn confirms(&self, expect: f64, within: f64) -> bool {
        self.low >= expect - within && self.high <= expect + within
    }
}

/// What a measure of a scenario must come to; `None` where no closed form says so.
pub fn foretell(scenario: &Scenario, measure: &Measure) -> Option<Foretold> {
    let states = states(scenario);
    let plain = Plain::of(scenario, &states[0])?;
    match measure {
        Measure::FirstTime { series, beyond: Beyond::Above(bound) } => {
            let found = plain.first_time(series, *bound)?;
            // What comes after a change of the settings is another matter, after the end it is never.
            let in_time = |at: f64| if at > plain.until { f64::INFINITY } else { at };
            let (low, high) = (in_time(found.low), in_time(found.high));
            (states.len() == 1 || found.high < plain.until).then_some(Foretold {
                low,
                high,
                ..found
            })
        }
        Measure::ValueAt { series, at } => plain.value(series, plain.seconds(*at)?),
        Measure::Extreme { kind: Extreme::Max, series, from, to } => {
            plain.highest(series, from.as_secs_f64(), plain.seconds(*to)?)
        }
        Measure::Ratio { of, to, from, until } => {
            plain.failing(of, to, from.as_secs_f64(), plain.seconds(*until)?)
        }
        Measure::Count { event, from, to } if event == "oom_kill" => {
            plain.kills(scenario, from.as_secs_f64(), to.as_secs_f64())
        }
        _ => None,
    }
}

/// The plain case.
struct Plain<'a> {
    state: &'a State<'a>,
    fleet: &'a Fleet,
    call: &'a Call,
    leak: Leak,
    /// Requests per second.
    rate: f64,
    /// The share of dials that find a port.
    reach: f64,
    /// Dials per second and instance that ports allow, as long as no leaked socket holds one.
    ceiling: f64,
    until: f64,
}

impl<'a> Plain<'a> {
    fn of(scenario: &'a Scenario, state: &'a State) -> Option<Plain<'a>> {
        let [fleet] = state.settings.fleets.as_slice() else { return None };
        let constant = matches!(
            fleet.arrivals,
            Arrivals::Poisson(Profile::Constant(_)) | Arrivals::Even(Profile::Constant(_))
        );
        let calls = fleet.calls();
        let [made] = calls.as_slice() else { return None };
        let Strategy::PerRequest { leak, .. } = fleet.connections[made.call.through].strategy
        else {
            return None;
        };
        let settled = fleet.autoscale.is_none() && fleet.serverless.is_none();
        let once = fleet.retry == Retry::None && made.share == 1.0 && leak.every == 0;
        if !constant || !settled || !once || scenario.warm_up.as_ns() > 0 {
            return None;
        }
        let (rate, _) = state.rate(fleet)?;
        let process = &fleet.process;
        let ports = f64::from(process.port_last.saturating_sub(process.port_first)) + 1.0;
        let wait = if process.tw_reuse { 1.0 } else { process.time_wait.as_secs_f64() };
        let dials = rate * most_of_one(made.call, state) / f64::from(fleet.instances.max(1));
        let ceiling = if wait > 0.0 { ports / wait } else { f64::INFINITY };
        let reach = (ceiling / dials).min(1.0);
        let until = state.until.as_secs_f64();
        Some(Plain { state, fleet, call: made.call, leak, rate, reach, ceiling, until })
    }

    /// An instant before the settings change.
    fn seconds(&self, at: SimTime) -> Option<f64> {
        let at = at.as_secs_f64();
        (at <= self.until).then_some(at)
    }

    fn server(&self, name: &str) -> Option<usize> {
        self.state.settings.servers.iter().position(|server| server.name == name)
    }

    /// Leaks per second into a server while nothing fails but for want of a port.
    fn leaks(&self, server: usize) -> f64 {
        let share = self.call.share_of(server, None);
        self.rate * share * self.reach * self.leak.on_success.share()
    }

    /// Seconds for which a leaked connection holds its slot; `None` is for ever.
    fn life(&self, server: usize) -> Option<f64> {
        let exempt = matches!(
            self.leak.kind,
            LeakKind::Reconnects | LeakKind::Subscribed | LeakKind::Blocked
        );
        idle_life(&self.state.settings.servers[server]).filter(|_| !exempt)
    }

    /// Connections in use at once that are not leaked, by Little's law.
    fn in_use(&self, server: usize) -> f64 {
        let dials = self.rate * self.call.share_of(server, None) * self.reach;
        dials * (self.state.held(self.call, self.fleet) + self.state.dialling())
    }

    /// Seconds until leaks and what is in use take all slots, at the earliest and at the latest, and
    /// why.
    fn full(&self, server: usize) -> Option<Foretold> {
        let name = &self.state.settings.servers[server].name;
        let (free, leaks, used) =
            (self.state.free(server), self.leaks(server), self.in_use(server));
        let room = |used: f64| (free - used).max(0.0);
        // A burst takes more than its mean, and more of a run than of an instant.
        let most_used = used + 2.0 * SDS * libm::sqrt(used.max(1.0));
        if let Some(life) = self.life(server) {
            let held = leaks * life;
            let text = format!(
                "{name}: {} leaked x {} idle hold {} of {} free slots",
                amount(leaks, PerSecond),
                amount(life, Seconds),
                amount(held, Count),
                amount(free, Count),
            );
            let never = held + 2.0 * SDS * libm::sqrt(held) < room(most_used);
            return never.then_some(Foretold { low: f64::INFINITY, high: f64::INFINITY, text });
        }
        let count = |slots: f64| FillTime { count: slots.max(1.0) as u32, leak: per_second(leaks) };
        if leaks <= 0.0 {
            return None;
        }
        let text = format!(
            "{name}: {} leaked and never closed fill {} free slots in {}",
            amount(leaks, PerSecond),
            amount(free, Count),
            amount(free / leaks, Seconds),
        );
        let (low, high) =
            (count(room(most_used)).quantile_s(TAIL), count(free).quantile_s(1.0 - TAIL));
        // Descriptors or memory that end first are another story.
        let limits = [self.descriptors(), self.memory().map_or(f64::INFINITY, |m| m.low)];
        limits.iter().all(|first| high < *first).then_some(Foretold { low, high, text })
    }

    /// Seconds until the leak takes the descriptors of an instance.
    fn descriptors(&self) -> f64 {
        let each = self.all_leaks() / f64::from(self.fleet.instances.max(1));
        f64::from(self.fleet.process.nofile) / each
    }

    fn all_leaks(&self) -> f64 {
        (0..self.state.settings.servers.len()).map(|server| self.leaks(server)).sum()
    }

    /// Seconds until the leak takes the memory of the first instance.
    fn memory(&self) -> Option<Foretold> {
        let (instances, each) = (self.fleet.instances.max(1), self.memory_each());
        let leaks = self.all_leaks() / f64::from(instances);
        let goes = matches!(self.leak.kind, LeakKind::ClosesOnEof)
            && self.state.settings.servers.iter().any(|server| idle_life(server).is_some());
        if each <= 0.0 || leaks <= 0.0 || goes {
            return None;
        }
        let text = format!(
            "{}: {} leaked per instance at {} each fill {} of memory in {}",
            self.fleet.name,
            amount(leaks, PerSecond),
            amount(each, Bytes),
            amount(self.room() as f64, Bytes),
            amount(self.fill(false).mean_s(), Seconds),
        );
        Some(Foretold {
            low: self.fill(true).first_quantile_s(instances, TAIL),
            high: self.fill(false).first_quantile_s(instances, 1.0 - TAIL),
            text,
        })
    }

    /// Bytes of an instance that are free at its start.
    fn room(&self) -> u64 {
        let process = &self.fleet.process;
        process.memory_limit.0.saturating_sub(process.memory_base.0)
    }

    /// The time until leaks fill the memory of an instance; `beside` twice the requests that are usually
    /// in flight, or with none.
    fn fill(&self, beside: bool) -> FillTime {
        let leaks = self.all_leaks() / f64::from(self.fleet.instances.max(1));
        let flying = self.in_flight() * self.fleet.process.memory_per_request.0 as f64;
        let less = if beside { (2.0 * flying) as u64 } else { 0 };
        let room = self.room().saturating_sub(less).max(1);
        FillTime::of_memory(room, self.memory_each() as u64, per_second(leaks))
    }

    fn memory_each(&self) -> f64 {
        let process = &self.fleet.process;
        (process.memory_per_socket.0 + process.memory_per_leak.0) as f64
    }

    /// Requests in flight at an instance, by Little's law.
    fn in_flight(&self) -> f64 {
        let time = self.state.unhindered(self.fleet);
        self.rate * time / f64::from(self.fleet.instances.max(1))
    }

    fn first_time(&self, series: &str, bound: f64) -> Option<Foretold> {
        match part_of(series)? {
            ("servers", name, "rejected_connections") if bound < 1.0 => {
                self.full(self.server(name)?)
            }
            ("fleets", _, "oom_kills") if bound < 1.0 => self.memory(),
            _ => None,
        }
    }

    fn value(&self, series: &str, at: f64) -> Option<Foretold> {
        let (kind, name, what) = part_of(series)?;
        if kind == "servers" {
            return self.slots(self.server(name)?, what, at, SDS);
        }
        let dies = self.memory().is_some_and(|memory| at > memory.low);
        match what {
            "requests" => {
                let text = format!(
                    "{}: {} for {}",
                    self.fleet.name,
                    amount(self.rate, PerSecond),
                    amount(at, Seconds)
                );
                Some(around(self.rate * at, SDS, text))
            }
            "sockets.leaked" if !dies && self.leak.on_success == self.leak.on_error => {
                self.forgotten(at)
            }
            "sockets.close_wait" if !dies => self.closed_by_servers(at),
            "memory_max" if !dies => self.grown(at),
            _ => None,
        }
    }

    /// Sockets that the client forgot and nobody took back.
    fn forgotten(&self, at: f64) -> Option<Foretold> {
        let leaks = self.all_leaks();
        let servers = 0..self.state.settings.servers.len();
        let full = || servers.filter_map(|s| self.full(s)).map(|full| full.low);
        let stays = match self.leak.kind {
            LeakKind::Forgotten => true,
            // Nobody subscribes over a connection that was refused.
            LeakKind::Subscribed | LeakKind::Blocked => at < full().fold(f64::INFINITY, f64::min),
            LeakKind::ClosesOnEof | LeakKind::Reconnects | LeakKind::Lease => false,
        };
        let text = format!(
            "{}: {} leaked for {}",
            self.fleet.name,
            amount(leaks, PerSecond),
            amount(at, Seconds)
        );
        (stays && leaks > 0.0 && at < self.descriptors())
            .then(|| around(leaks * at, SDS, format!("{text} are {}", amount(leaks * at, Count))))
    }

    /// Forgotten sockets whose server has closed.
    fn closed_by_servers(&self, at: f64) -> Option<Foretold> {
        let mut servers = (0..self.state.settings.servers.len()).filter(|s| self.leaks(*s) > 0.0);
        let (Some(server), None) = (servers.next(), servers.next()) else { return None };
        if self.leak.kind != LeakKind::Forgotten || at >= self.descriptors() {
            return None;
        }
        let leaks = self.leaks(server);
        let full = self.full(server)?;
        let Some(life) = self.life(server) else {
            // What is refused is closed by the server; who got a slot is not.
            let refused = (leaks * (at - full.low).max(0.0)).max(0.0);
            let text = format!(
                "{}: a server that closes nothing leaves its sockets ESTABLISHED; of {} refused ones \
                 at most {} are left over",
                self.fleet.name,
                amount(leaks, PerSecond),
                amount(refused, Count),
            );
            return Some(Foretold { low: 0.0, high: refused + SDS * libm::sqrt(refused), text });
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
        let late = leaks * 5.0;
        let found = around(closed, SDS, text);
        full.low.is_infinite().then_some(Foretold { low: found.low - late, ..found })
    }

    /// Memory of the largest instance.
    fn grown(&self, at: f64) -> Option<Foretold> {
        let instances = f64::from(self.fleet.instances.max(1));
        let (each, base) = (self.memory_each(), self.fleet.process.memory_base.0 as f64);
        let leaked = self.all_leaks() / instances * at;
        let plain = self.leak.kind == LeakKind::Forgotten && leaked > 0.0;
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
        let found = around(leaked, SDS + 1.0, text);
        let more = flying * (each + self.fleet.process.memory_per_request.0 as f64);
        plain.then_some(Foretold {
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
        if self.memory().is_some_and(|memory| at > memory.low) || at >= self.descriptors() {
            return None;
        }
        let (leaks, free) = (self.leaks(server), self.state.free(server));
        let settings = &self.state.settings.servers[server];
        let life = self.life(server);
        let leaked = leaks * life.map_or(at, |life| life.min(at));
        let over = match life {
            Some(life) if life < at => format!("x {} idle", amount(life, Seconds)),
            _ => format!("for {}", amount(at, Seconds)),
        };
        let name = &settings.name;
        let text = format!(
            "{name}: {} leaked {over} hold {} of {} free slots",
            amount(leaks, PerSecond),
            amount(leaked.min(free), Count),
            amount(free, Count),
        );
        let used = if all { self.in_use(server) } else { 0.0 };
        let others = if all { f64::from(settings.internal.slots()) } else { 0.0 };
        let wide = |n: f64| sds * libm::sqrt(n.max(1.0));
        (leaks > 0.0).then(|| Foretold {
            low: (leaked - wide(leaked)).min(free),
            high: (leaked + used + wide(leaked + used)).min(free) + others,
            text,
        })
    }

    fn highest(&self, series: &str, from: f64, to: f64) -> Option<Foretold> {
        let ("servers", name, what) = part_of(series)? else { return None };
        let server = self.server(name)?;
        // The highest of a range is above what the mean of its end can be, never below what is sure of
        // that end.
        let found = self.slots(server, what, to, 2.0 * SDS)?;
        (from <= to).then_some(found)
    }

    /// The share of requests that fail, for want of a port or of a slot.
    fn failing(&self, of: &str, to: &str, from: f64, until: f64) -> Option<Foretold> {
        let (("fleets", _, "failed" | "failed_by.port_exhausted"), ("fleets", _, "requests")) =
            (part_of(of)?, part_of(to)?)
        else {
            return None;
        };
        let mut servers =
            (0..self.state.settings.servers.len()).filter(|s| self.call.share_of(*s, None) > 0.0);
        let (Some(server), None) = (servers.next(), servers.next()) else { return None };
        let full = self.full(server)?;
        if self.reach < 1.0 && full.low > until {
            return self.out_of_ports(from, until);
        }
        let lasting = self.life(server).is_none() && full.high < from && of.ends_with(".failed");
        let text = format!("{}; from then on every request fails", full.text);
        // Requests in flight at either end of the window are counted at one of them only.
        let flying = self.rate * self.state.unhindered(self.fleet);
        let most = flying + SDS * libm::sqrt(flying) + 1.0;
        let edge = most / (self.rate * (until - from)).max(1.0);
        lasting.then_some(Foretold { low: 1.0 - edge, high: 1.0 + edge, text })
    }

    fn out_of_ports(&self, from: f64, until: f64) -> Option<Foretold> {
        let process = &self.fleet.process;
        // Two rounds of TIME_WAIT, so that ports come back evenly.
        if from < 2.0 * process.time_wait.as_secs_f64() {
            return None;
        }
        let instances = f64::from(self.fleet.instances.max(1));
        let dials = self.rate / instances;
        let ports = self.ceiling * process.time_wait.as_secs_f64();
        let held = self.all_leaks() / instances * until;
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
        let rounds = (window / round).floor();
        let chance = SDS / libm::sqrt((self.rate * window).max(1.0));
        let edge = (1.0 - rounds * round / window) + chance;
        Some(Foretold {
            low: (failing(0.0) - edge).max(0.0),
            high: (failing(2.0 * held) + edge).min(1.0),
            text,
        })
    }

    /// Kills for memory between two instants, as far as each instance is killed for the first time.
    fn kills(&self, scenario: &Scenario, from: f64, to: f64) -> Option<Foretold> {
        let memory = self.memory()?;
        let instances = self.fleet.instances.max(1);
        // With fewer of them up each leaks faster, at most as fast as all together.
        let soonest = memory.low / f64::from(instances);
        let restart = self.fleet.process.restart_after.as_secs_f64();
        let fresh = |at: f64| to < at + soonest;
        let new_ones = scenario.timeline.iter().map(|entry| entry.at.as_secs_f64());
        if !fresh(memory.low + restart) || !new_ones.into_iter().all(fresh) {
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

/// The largest share of calls that go to one server: its ports are the first to run out.
fn most_of_one(call: &Call, state: &State) -> f64 {
    let servers = 0..state.settings.servers.len();
    servers.map(|server| call.share_of(server, None)).fold(0.0, f64::max)
}

fn per_second(rate: f64) -> Rate {
    Rate::per_second(rate).unwrap_or(Rate::ZERO)
}

/// The parts of a series' name.
fn part_of(series: &str) -> Option<(&str, &str, &str)> {
    let mut parts = series.splitn(3, '.');
    Some((parts.next()?, parts.next()?, parts.next()?))
}

/// A Poisson number of this mean, and so many of its standard deviations.
fn around(mean: f64, sds: f64, text: String) -> Foretold {
    let wide = sds * libm::sqrt(mean.max(1.0));
    Foretold { low: (mean - wide).max(0.0), high: mean + wide, text }
}
