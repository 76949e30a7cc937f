//! Whole scenarios drawn by chance: every kind of setting, small limits, short times.

#[path = "draw_guards.rs"]
mod guards;
#[path = "draw_lives.rs"]
mod lives;
#[path = "draw_pools.rs"]
mod pools;
#[path = "draw_proxies.rs"]
mod proxies;
#[path = "draw_retries.rs"]
mod retries;
#[path = "draw_shared.rs"]
mod shared;
#[path = "draw_steps.rs"]
mod steps;
#[path = "draw_timeline.rs"]
mod timeline;
#[path = "draw_visitors.rs"]
mod visitors;

use highwater::chance::{Purpose, Stream};
use highwater::scenario::*;
use highwater::units::{Bytes, SimTime, Span};

use crate::support::{NO_LEAK, NO_MEMORY, fleet, per_second, pool, ratio, redis, scenario};

/// Load ends after this; what is left of the run lets everything come to its end.
pub const LOAD: Span = Span::from_secs(20);
/// Longer than any request of a drawn scenario can last.
pub const LULL: Span = Span::from_secs(1_200);

/// Draws from one stream.
pub struct Draw(Stream);

impl Draw {
    pub fn new(seed: &str, number: u32) -> Draw {
        Draw(Stream::new(seed, number, "tests.draw", Purpose::Service))
    }

    fn below(&mut self, n: u32) -> u32 {
        self.0.below(n)
    }

    fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high - low + 1)
    }

    /// True once in `n` times.
    fn one_in(&mut self, n: u32) -> bool {
        self.below(n) == 0
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u32) as usize]
    }

    /// Spread evenly over the powers of ten between the two, in microseconds.
    fn span(&mut self, low_us: f64, high_us: f64) -> Span {
        let us = low_us * libm::pow(high_us / low_us, self.0.uniform());
        Span::from_ns((us * 1e3) as u64)
    }

    fn maybe(&mut self, low_us: f64, high_us: f64) -> Option<Span> {
        let span = self.span(low_us, high_us);
        (!self.one_in(3)).then_some(span)
    }

    /// Under TLS nothing else ends the wait at a server that stops accepting, so there is a limit
    /// always; one of 200 s comes after the kernel has given up.
    fn dial_limit(&mut self) -> Option<Span> {
        self.maybe(1_000.0, 2e6).or(Some(Span::from_secs(200)))
    }

    fn dist(&mut self, low_us: f64, high_us: f64) -> Dist {
        let mean = self.span(low_us, high_us);
        match self.below(9) {
            0 => Dist::Constant(Span::ZERO),
            1 => Dist::Constant(mean),
            2 => Dist::Normal { mean, sd: mean },
            3 => Dist::Uniform { min: Span::ZERO, max: mean },
            4 => Dist::Exponential { mean },
            5 => Dist::LogNormal { mean, cv2: 4.0 },
            6 => Dist::Erlang { mean, stages: 3 },
            7 => Dist::Pareto { min: mean, max: mean.times(20), shape: 1.5 },
            _ => Dist::Table(vec![(Span::ZERO, 0.5), (mean, 0.4), (mean.times(10), 0.1)]),
        }
    }

    fn leak(&mut self) -> Leak {
        if self.one_in(3) {
            return NO_LEAK;
        }
        let kind = self.of(&[
            LeakKind::Forgotten,
            LeakKind::ClosesOnEof,
            LeakKind::Reconnects,
            LeakKind::Lease,
            LeakKind::Subscribed,
            LeakKind::Blocked,
        ]);
        let (on_success, on_error) =
            (self.of(&[0.0, 0.001, 0.02, 0.3]), self.of(&[0.0, 0.02, 0.3, 1.0]));
        let every = self.of(&[0, 0, 7]);
        Leak { kind, on_success: ratio(on_success), on_error: ratio(on_error), every, ..NO_LEAK }
    }

    fn strategy(&mut self) -> Strategy {
        match self.below(5) {
            0 | 1 => Strategy::PerRequest { leak: self.leak(), connect_timeout: self.dial_limit() },
            2 => Strategy::Shared(self.shared()),
            _ => Strategy::Pooled(self.pool()),
        }
    }

    fn stalls(&mut self) -> Option<Stalls> {
        let (every, length) = (self.span(1e4, 1e7), self.span(1.0, 1e4));
        let every = Dist::Exponential { mean: every };
        let stalls = Stalls { every, length: Dist::Uniform { min: Span::ZERO, max: length } };
        self.one_in(5).then_some(stalls)
    }

    fn cpu(&mut self) -> ProcessCpu {
        if !self.one_in(3) {
            return ProcessCpu::UNUSED;
        }
        ProcessCpu {
            cores: self.of(&[1, 3]),
            request: self.of(&[Span::ZERO, Span::from_ns(100_000)]),
            attempt: self.span(1.0, 1e3),
            dial: self.span(1.0, 1e3),
            tls_handshake: self.span(1.0, 1e3),
            reply: self.of(&[Span::ZERO, Span::from_ns(10_000)]),
            release: self.of(&[Span::ZERO, Span::from_ns(10_000)]),
            events_per_turn: self.of(&[1, 10, 1024]),
        }
    }

    fn process(&mut self) -> Process {
        let base = Bytes(1_000_000);
        Process {
            nofile: self.of(&[3, 40, 100_000]),
            port_first: 40_000,
            port_last: self.of(&[40_000, 40_020, 42_000, 65_000]),
            tw_reuse: self.one_in(2),
            time_wait: self.of(&[Span::ZERO, Span::from_secs(1), Span::from_secs(60)]),
            memory_base: base,
            memory_per_socket: Bytes(self.of(&[0, 10_000])),
            memory_per_leak: Bytes(self.of(&[0, 50_000])),
            memory_per_request: Bytes(self.of(&[0, 20_000])),
            memory_limit: self.of(&[Bytes(u64::MAX), Bytes(1_500_000), Bytes(4_000_000)]),
            cpu: self.cpu(),
            restart_after: self.of(&[
                Span::from_ns(100_000_000),
                Span::from_secs(1),
                Span::from_secs(5),
            ]),
            start_after: self.of(&[Span::ZERO, Span::from_secs(1)]),
            start: self.at_start(),
            backoff: self.backoff(),
            cold: self.cold(),
            syn_retries: self.of(&[SynRetries::Linear, SynRetries::Exponential]),
            entrance: self.entrance(),
        }
    }

    fn arrivals(&mut self) -> Arrivals {
        let end = SimTime::ZERO + LOAD;
        let rate = self.of(&[5.0, 50.0, 400.0]);
        let steps = Profile::Steps(vec![(SimTime::ZERO, per_second(rate)), (end, per_second(0.0))]);
        let points = Profile::Points(vec![
            (SimTime::ZERO, per_second(0.0)),
            (SimTime::ZERO + Span::from_secs(5), per_second(2.0 * rate)),
            (end, per_second(0.0)),
        ]);
        match self.below(8) {
            6 => self.bursts(points),
            0 => Arrivals::Even(steps),
            1 => Arrivals::Poisson(points),
            2 => {
                let mut at: Vec<SimTime> =
                    (0..self.between(1, 60)).map(|_| SimTime::ZERO + self.span(1.0, 2e7)).collect();
                at.sort();
                Arrivals::Instants { at, each: self.of(&[1, 7, 100]) }
            }
            3 => Arrivals::Users(Users {
                users: self.of(&[1, 20, 100]),
                think: Dist::Exponential { mean: self.span(1e4, 1e6) },
                thinking_first: self.one_in(2),
                leave: ratio(self.of(&[0.0, 0.3])),
                return_after: self.one_in(2).then(|| self.dist(1e5, 2e6)),
            }),
            _ => Arrivals::Poisson(steps),
        }
    }

    fn server(&mut self, name: &str) -> Server {
        let of = [Reaper::None, Reaper::Exact, Reaper::RedisCron];
        let scale = self.of(&[0, 1, 1, 30]);
        let mut server = redis(self.of(&[1, 10, 100, 10_000]));
        let cost = &mut server.cost;
        let Cost { command, connect, rejection, reap, cron, visit, .. } = cost;
        for part in [command, connect, rejection, reap, cron, visit] {
            *part = part.times(scale);
        }
        Server {
            name: name.to_string(),
            timeout: self.of(&[Span::ZERO, Span::from_secs(1), Span::from_secs(5)]),
            reaper: self.of(&of),
            sweep: self.of(&[Sweep::Head, Sweep::Tail]),
            tls: self.one_in(3),
            keepalive: self.of(&[Span::ZERO, Span::from_secs(2), Span::from_secs(20)]),
            backlog: self.of(&[1, 5, 511]),
            nofile: self.nofile(),
            emfile_pause: self.of(&[Span::ZERO, Span::from_ns(100_000_000)]),
            discipline: self.of(&[
                Discipline::Turns,
                Discipline::Turns,
                Discipline::Fifo,
                Discipline::Workers,
            ]),
            workers: self.of(&[1, 2, 8]),
            when_full: self.of(&[
                WhenFull::Reject,
                WhenFull::Reject,
                WhenFull::RejectSilently,
                WhenFull::StopAccepting,
            ]),
            reserved: self.of(&[0, 0, 1, 5]),
            reserved_beyond: self.below(2),
            internal: Internal {
                replicas: self.below(3),
                cluster_nodes: self.between(1, 3),
                sentinels: self.below(2),
                admin: self.below(3),
                monitors: self.below(2),
                subscribers: self.below(2),
                blocked: self.below(2),
                primary_link: self.one_in(4),
                sync: self.of(&[Span::ZERO, Span::from_secs(1)]),
            },
            memory: Memory {
                per_connection: Bytes(2300),
                counted: Bytes(1800),
                fresh: Bytes(self.of(&[0, 15_100, 35_800])),
                fresh_for: self.of(&[Span::ZERO, Span::from_secs(2)]),
                ..NO_MEMORY
            },
            maxmemory_clients: Bytes(self.of(&[0, 0, 200_000])),
            settable: Vec::new(),
            kill_filters: KillFilters {
                max_age: self.one_in(2),
                idle: self.one_in(2),
                ids: self.one_in(4),
            },
            sync_slots: self.between(1, 2),
            exporters: Exporters {
                count: self.of(&[0, 1, 2]),
                every: self.of(&[Span::from_secs(1), Span::from_secs(15)]),
            },
            ..server
        }
    }

    fn nofile(&mut self) -> Nofile {
        let soft = self.of(&[40, 64, 65_536]);
        let hard = soft.max(self.of(&[64, 65_536]));
        Nofile { soft, hard, privileged: self.one_in(4), other: self.of(&[0, 11, 40]) }
    }

    fn fleet(&mut self, name: &str, servers: u32) -> Fleet {
        let mut drawn = fleet(self.arrivals(), self.strategy(), self.dist(1.0, 1e5));
        drawn.name = name.to_string();
        drawn.instances = self.of(&[1, 2, 5]);
        drawn.balancer = self.balancer();
        drawn.health = self.health();
        drawn.ejection = self.ejection();
        drawn.connections = (0..self.between(1, 3))
            .map(|i| Connections {
                name: format!("c{i}"),
                strategy: self.strategy(),
                retry: if self.one_in(4) { self.retry() } else { Retry::None },
            })
            .collect();
        let ways = drawn.connections.len() as u32;
        // The way belongs to one server, as in files.
        let server_of: Vec<usize> = (0..ways).map(|_| self.below(servers) as usize).collect();
        drawn.steps = (0..self.between(1, 4)).map(|_| self.step(&server_of)).collect();
        self.visitors(&mut drawn);
        drawn.retry = self.retry();
        drawn.deadline = if self.one_in(4) { self.maybe(1_000.0, 2e6) } else { None };
        drawn.breaker = self.breaker();
        let bulkheads = self.below(3);
        drawn.guards = self.guards(bulkheads as usize);
        for step in &mut drawn.steps {
            if let (Step::Call(call), true) = (step, bulkheads > 0 && self.one_in(2)) {
                call.bulkhead = Some(self.below(bulkheads) as usize);
            }
        }
        drawn.process = self.process();
        drawn.privileged = self.one_in(4);
        drawn.stalls = self.stalls();
        self.size(&mut drawn);
        retries::bound_requests(&mut drawn);
        drawn
    }

    fn step(&mut self, server_of: &[usize]) -> Step {
        if self.one_in(4) {
            return Step::Work(self.dist(1.0, 1e5));
        }
        let through = self.below(server_of.len() as u32) as usize;
        Step::Call(Call {
            server: server_of[through],
            through,
            spread: None,
            commands: self.between(1, 3),
            pipelined: self.one_in(2),
            hold: self.dist(1.0, 1e5),
            holding: Vec::new(),
            timeout: self.maybe(1_000.0, 2e6),
            cost: self.maybe(1.0, 1e4).map(|mean| match mean.as_ns() % 2 {
                0 => Dist::Constant(mean),
                _ => Dist::Exponential { mean },
            }),
            blocking: if self.one_in(4) { Some(self.span(1e3, 1e6)) } else { None },
            subscribe: self.one_in(8),
            bulkhead: None,
            transaction: None,
            errors: ratio(if self.one_in(6) { 0.3 } else { 0.0 }),
        })
    }

    /// A whole scenario. Its load ends after [`LOAD`], and then come [`LULL`] without any.
    pub fn scenario(&mut self) -> Scenario {
        let servers = self.between(1, 2);
        let mut drawn = scenario(redis(1), self.fleet("a", servers), "1s");
        drawn.seed = format!("drawn {}", self.below(u32::MAX));
        drawn.settings.servers = (0..servers).map(|i| self.server(&format!("s{i}"))).collect();
        drawn.settings.network = self.network();
        if self.one_in(3) {
            let other = self.fleet("b", servers);
            drawn.settings.fleets.push(other);
        }
        self.proxies(&mut drawn.settings);
        self.nest(&mut drawn.settings);
        bound_waits(&mut drawn.settings);
        drawn.timeline = self.timeline(&drawn.settings);
        drawn.duration = LOAD + LULL;
        drawn.sample_every = Span::from_secs(5);
        drawn
    }
}

/// Where a server stops accepting when leaks have taken all slots, only a read timeout ends a call;
/// and where the blocking commands of many go out on one connection, nothing else ends them in time.
fn bound_waits(settings: &mut Settings) {
    let stops = settings.servers.iter().any(|s| s.when_full == WhenFull::StopAccepting);
    for fleet in &mut settings.fleets {
        steps::each_call(&mut fleet.steps, &mut |call| {
            if stops || call.blocking.is_some() {
                call.timeout.get_or_insert(Span::from_secs(10));
            }
        });
    }
}
