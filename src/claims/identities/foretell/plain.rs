//! The plain case: rates, slots, ports, memory.

use super::{Foretold, SDS, TAIL};
use crate::claims::identities::state::{State, command_cost, idle_life};
use crate::claims::words::amount;
use crate::scenario::{
    Arrivals, Call, Discipline, Fleet, Leak, LeakKind, Profile, Retry, Scenario, Server, Strategy,
};
use crate::theory::FillTime;
use crate::units::Unit::{Bytes, Count, PerSecond, Seconds};
use crate::units::{Rate, SimTime};

/// One fleet at a constant rate, one call with a connection of its own, a leak.
pub(super) struct Plain<'a> {
    pub state: &'a State<'a>,
    pub fleet: &'a Fleet,
    pub call: &'a Call,
    pub leak: Leak,
    /// Requests per second.
    pub rate: f64,
    /// The share of dials that find a port, once those of the beginning are used up.
    pub reach: f64,
    /// Leaks from dials that found one of these.
    pub burst: f64,
    /// Dials per second and instance that ports allow, as long as no leaked socket holds one.
    pub ceiling: f64,
    /// The first entry of the timeline, or the end.
    pub until: f64,
}

impl<'a> Plain<'a> {
    pub fn of(scenario: &'a Scenario, state: &'a State) -> Option<Plain<'a>> {
        let [fleet] = state.settings.fleets.as_slice() else { return None };
        let constant = matches!(
            fleet.arrivals,
            Arrivals::Poisson(Profile::Constant(_)) | Arrivals::Even(Profile::Constant(_))
        );
        let calls = fleet.calls();
        let [made] = calls.as_slice() else { return None };
        let way = fleet.connections.get(made.call.through)?;
        let Strategy::PerRequest { leak, .. } = way.strategy else { return None };
        let settled = fleet.autoscale.is_none() && fleet.serverless.is_none();
        let once = fleet.retry == Retry::None && made.share == 1.0 && leak.every == 0;
        if !constant || !settled || !once || scenario.warm_up.as_ns() > 0 {
            return None;
        }
        let (rate, _) = state.rate(fleet)?;
        let process = &fleet.process;
        let instances = f64::from(fleet.instances.max(1));
        let ports = f64::from(process.port_last.saturating_sub(process.port_first)) + 1.0;
        let wait = if process.tw_reuse { 1.0 } else { process.time_wait.as_secs_f64() };
        // The ports towards the server that is dialled most are the first to run out.
        let servers = 0..state.settings.servers.len();
        let share = servers.map(|s| made.call.share_of(s, None)).fold(0.0, f64::max);
        let ceiling = if wait > 0.0 { ports / wait } else { f64::INFINITY };
        let reach = (ceiling / (rate * share / instances)).min(1.0);
        let leaked = leak.on_success.share();
        // What the server closes first waits there, not at the client.
        if reach < 1.0 && leaked > 0.05 {
            return None;
        }
        let burst = if reach < 1.0 { leaked * ports * instances } else { 0.0 };
        let entry = scenario.timeline.first().map_or(SimTime::NEVER, |entry| entry.at);
        let until = state.until.min(entry).as_secs_f64();
        let plain =
            Plain { state, fleet, call: made.call, leak, rate, reach, burst, ceiling, until };
        plain.has_time().then_some(plain)
    }

    /// Whether the CPU of each server is enough: only then connections are held for as long as on an
    /// idle one.
    fn has_time(&self) -> bool {
        let busy = |(index, server): (usize, &Server)| {
            let handshake = if server.tls { server.cost.tls_handshake.as_secs_f64() } else { 0.0 };
            let commands = f64::from(self.call.executed()) * command_cost(self.call, server);
            let each = server.cost.connect.as_secs_f64() + handshake + commands;
            let cores = if server.discipline == Discipline::Workers { server.workers } else { 1 };
            self.rate * self.call.share_of(index, None) * each / f64::from(cores.max(1))
        };
        self.state.settings.servers.iter().enumerate().all(|server| busy(server) < 0.9)
    }

    pub fn instances(&self) -> f64 {
        f64::from(self.fleet.instances.max(1))
    }

    pub fn server(&self, name: &str) -> Option<usize> {
        self.state.settings.servers.iter().position(|server| server.name == name)
    }

    /// The servers that are called.
    fn called(&self) -> impl Iterator<Item = usize> + '_ {
        let servers = 0..self.state.settings.servers.len();
        servers.filter(|server| self.call.share_of(*server, None) > 0.0)
    }

    /// The server that all calls go to; `None` when there are several.
    pub fn only_server(&self) -> Option<usize> {
        let mut servers = self.called();
        servers.next().filter(|_| servers.next().is_none())
    }

    /// Leaks per second into a server while nothing fails but for want of a port.
    pub fn leaks(&self, server: usize) -> f64 {
        let share = self.call.share_of(server, None);
        self.rate * share * self.reach * self.leak.on_success.share()
    }

    pub fn all_leaks(&self) -> f64 {
        self.called().map(|server| self.leaks(server)).sum()
    }

    /// What leaks come to at the least, as a share of that: leaked sockets hold ports too.
    pub fn least(&self) -> f64 {
        if self.reach < 1.0 { 0.8 } else { 1.0 }
    }

    /// Whether leaked sockets have left enough ports by then for that.
    pub fn ports_left(&self, at: f64) -> bool {
        let leaked = (self.all_leaks() * at + self.burst) / self.instances();
        let ports = self.ceiling * self.fleet.process.time_wait.as_secs_f64();
        self.reach >= 1.0 || leaked < 0.2 * ports
    }

    /// Seconds for which a leaked connection holds its slot; `None` is for ever.
    pub fn life(&self, server: usize) -> Option<f64> {
        let exempt = matches!(
            self.leak.kind,
            LeakKind::Reconnects | LeakKind::Subscribed | LeakKind::Blocked
        );
        idle_life(&self.state.settings.servers[server]).filter(|_| !exempt)
    }

    /// Seconds for which a request holds its slot.
    fn held(&self) -> f64 {
        self.state.held(self.call, self.fleet) + self.state.dialling()
    }

    /// Connections in use at once that are not leaked, by Little's law, and the most of them in a run.
    pub fn in_use(&self, server: usize) -> (f64, f64) {
        let used = self.rate * self.call.share_of(server, None) * self.reach * self.held();
        (used, used + 2.0 * SDS * libm::sqrt(used.max(1.0)))
    }

    /// Seconds until leaks and what is in use take all slots, at the earliest and at the latest, and
    /// why; `None` where descriptors or memory may end first, which is another story.
    pub fn full(&self, server: usize) -> Option<Foretold> {
        let found = self.fills(server)?;
        let end = self.until.min(found.high);
        let whole = end < self.descriptors() && !self.may_die(end) && self.ports_left(end);
        whole.then_some(found)
    }

    /// The same, as if instances had room for everything.
    pub fn fills(&self, server: usize) -> Option<Foretold> {
        let name = &self.state.settings.servers[server].name;
        let (free, leaks) = (self.state.free(server), self.leaks(server));
        let (_, used) = self.in_use(server);
        let room = |taken: f64| (free - taken).max(0.0);
        // A server full of what is in use refuses for another reason.
        if leaks <= 0.0 || used > 0.5 * free {
            return None;
        }
        if let Some(life) = self.life(server) {
            let held = leaks * life + self.burst;
            let text = format!(
                "{name}: {} leaked x {} idle hold {} of {} free slots",
                amount(leaks, PerSecond),
                amount(life, Seconds),
                amount(leaks * life, Count),
                amount(free, Count),
            );
            let never = held + 2.0 * SDS * libm::sqrt(held) < room(used);
            return never.then_some(Foretold { low: f64::INFINITY, high: f64::INFINITY, text });
        }
        let text = format!(
            "{name}: {} leaked and never closed fill {} free slots in {}",
            amount(leaks, PerSecond),
            amount(free, Count),
            amount(free / leaks, Seconds),
        );
        let count = |slots: f64| slots.max(1.0) as u32;
        let fast = FillTime { count: count(room(used + self.burst)), leak: per_second(leaks) };
        let slow = FillTime { count: count(free), leak: per_second(leaks * self.least()) };
        Some(Foretold { low: fast.quantile_s(TAIL), high: slow.quantile_s(1.0 - TAIL), text })
    }

    /// The earliest instant at which a server may be full.
    pub fn first_full(&self) -> f64 {
        self.called()
            .map(|server| self.fills(server).map_or(0.0, |full| full.low))
            .fold(f64::INFINITY, f64::min)
    }

    /// Seconds until the last slot is leaked, at most: the last k slots in use leak at a k-th of the pace, so
    /// that their times add up like 1/k, with a standard deviation of pi/sqrt(6) of the last.
    pub fn all_leaked(&self, server: usize) -> f64 {
        const EULER: f64 = 0.578;
        let (used, _) = self.in_use(server);
        let last = self.held() / self.leak.on_success.share();
        let (free, leaks) = (self.state.free(server), self.leaks(server) * self.least());
        let mean = free / leaks + last * (libm::log1p(used) + EULER);
        let variance = free / (leaks * leaks) + 1.645 * last * last;
        mean + SDS * libm::sqrt(variance)
    }

    /// Seconds until the leak takes the descriptors of an instance.
    pub fn descriptors(&self) -> f64 {
        let all = f64::from(self.fleet.process.nofile) * self.instances();
        (all - self.burst) / self.all_leaks()
    }

    /// Seconds until the leak takes the memory of the first instance.
    pub fn memory(&self) -> Option<Foretold> {
        let (instances, each) = (self.fleet.instances.max(1), self.memory_each());
        let leaks = self.all_leaks() / self.instances();
        if each <= 0.0 || leaks <= 0.0 || self.reach < 1.0 || self.given_back() {
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
        let low = self.fill(true).first_quantile_s(instances, TAIL);
        let high = self.fill(false).first_quantile_s(instances, 1.0 - TAIL);
        // Where nothing leaks once a server is full, memory must end before.
        (self.on_and_on() || high < self.first_full()).then_some(Foretold { low, high, text })
    }

    /// Whether what is refused leaks like what is served.
    pub fn on_and_on(&self) -> bool {
        self.leak.on_success == self.leak.on_error && self.leak.kind == LeakKind::Forgotten
    }

    /// Whether the client closes when the server does, and the server closes what is idle.
    fn given_back(&self) -> bool {
        self.leak.kind == LeakKind::ClosesOnEof && self.called().any(|s| self.life(s).is_some())
    }

    /// Whether leaks may have filled the memory of an instance by then.
    pub fn may_die(&self, at: f64) -> bool {
        let leaked = (self.all_leaks() * at + self.burst) / self.instances();
        let most = leaked + 2.0 * SDS * libm::sqrt(leaked.max(1.0));
        let flying = 2.0 * self.in_flight() + 2.0 * SDS * libm::sqrt(self.in_flight().max(1.0));
        let each = self.fleet.process.memory_per_request.0 as f64 + self.memory_each();
        most * self.memory_each() + flying * each >= self.room() as f64
    }

    /// Bytes of an instance that are free at its start.
    fn room(&self) -> u64 {
        let process = &self.fleet.process;
        process.memory_limit.0.saturating_sub(process.memory_base.0)
    }

    /// The time until leaks fill the memory of an instance; `beside` twice the requests that are
    /// usually in flight, or with none.
    pub fn fill(&self, beside: bool) -> FillTime {
        let leaks = self.all_leaks() / self.instances();
        let flying = self.in_flight() * self.fleet.process.memory_per_request.0 as f64;
        let less = if beside { (2.0 * flying) as u64 } else { 0 };
        let room = self.room().saturating_sub(less).max(1);
        FillTime::of_memory(room, self.memory_each() as u64, per_second(leaks))
    }

    pub fn memory_each(&self) -> f64 {
        let process = &self.fleet.process;
        (process.memory_per_socket.0 + process.memory_per_leak.0) as f64
    }

    /// Requests in flight at an instance, by Little's law.
    pub fn in_flight(&self) -> f64 {
        self.rate * self.state.unhindered(self.fleet) / self.instances()
    }
}

fn per_second(rate: f64) -> Rate {
    Rate::per_second(rate).unwrap_or(Rate::ZERO)
}
