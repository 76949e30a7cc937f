//! Scenarios built in code, for tests that need full control, and runs of them.
#![allow(dead_code, reason = "each test binary uses its own part of this")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use highwater::experiment::simulate;
use highwater::observe::Record;
use highwater::scenario::*;
use highwater::units::{Bytes, Rate, Ratio, SimTime, Span, parse_span};

/// A span from its text.
pub fn span(text: &str) -> Span {
    parse_span(text).unwrap_or_else(|bad| panic!("{text}: expected {}", bad.expected))
}

/// The instant so long after the start.
pub fn at(text: &str) -> SimTime {
    SimTime::ZERO + span(text)
}

pub fn per_second(rate: f64) -> Rate {
    Rate::per_second(rate).unwrap()
}

/// One instance after the other, each replacement before its old one.
pub fn one_by_one(every: &str, drain: &str) -> Rollout {
    let how = Replacing::Rolling { surge: 1, unavailable: 0 };
    Rollout { every: span(every), drain: span(drain), how }
}

pub fn ratio(share: f64) -> Ratio {
    Ratio::new(share).unwrap()
}

/// A server without costs or limits in the way, for theory.
pub fn free_server(name: &str, maxclients: u32) -> Server {
    Server {
        name: name.to_string(),
        cluster: None,
        preset: None,
        maxclients,
        timeout: Span::ZERO,
        reaper: Reaper::Exact,
        sweep: Sweep::Head,
        hz: 10,
        dynamic_hz: true,
        tls: false,
        keepalive: Span::ZERO,
        backlog: 1_000_000,
        somaxconn: 1_000_000,
        accepts_per_turn: 1_000_000,
        accepts_per_turn_tls: 1_000_000,
        nofile: nofile(100_000_000, 100_000_000),
        descriptor_rule: DescriptorRule::Redis,
        maxclients_check: MaxclientsCheck::Always,
        emfile_pause: Span::ZERO,
        discipline: Discipline::Turns,
        cost: Cost {
            command: Span::ZERO,
            connect: Span::ZERO,
            rejection: Span::ZERO,
            tls_handshake: Span::ZERO,
            reap: Span::ZERO,
            cron: Span::ZERO,
            visit: Span::ZERO,
        },
        workers: 1,
        when_full: WhenFull::Reject,
        reserved: 0,
        reserved_beyond: 0,
        internal: Internal::NONE,
        memory: NO_MEMORY,
        maxmemory_clients: Bytes(0),
        settable: Vec::new(),
        kill_filters: KillFilters { max_age: true, idle: false, ids: false },
        sync_slots: 1,
        exporters: Exporters { count: 0, every: span("15s") },
        proxy: None,
    }
}

/// A proxy without costs or limits in front of server 1.
pub fn proxy(mode: ProxyMode, connections: u32) -> Server {
    let proxy = Proxy {
        to: 1,
        mode,
        connections: Some(connections),
        queue_timeout: None,
        connect_timeout: None,
        dials_at_once: Some(1),
        retry_after: span("15s"),
        retries: 0,
        idle_timeout: None,
        max_lifetime: None,
        answers_ping: false,
        retry: Retry::None,
    };
    Server { proxy: Some(proxy), ..free_server("proxy", 1_000_000) }
}

/// A server that needs none.
pub const NO_MEMORY: Memory = Memory {
    base: Bytes(0),
    per_connection: Bytes(0),
    counted: Bytes(0),
    fresh: Bytes(0),
    fresh_for: Span::ZERO,
    tls: Bytes(0),
};

/// The descriptor limits of a process of no rights that holds no other files.
pub fn nofile(soft: u32, hard: u32) -> Nofile {
    Nofile { soft, hard, privileged: false, other: 0 }
}

/// The loop thread of redis-8.0, as measured.
pub fn redis(maxclients: u32) -> Server {
    Server {
        reaper: Reaper::RedisCron,
        backlog: 511,
        somaxconn: 4096,
        accepts_per_turn: 10,
        accepts_per_turn_tls: 1,
        nofile: nofile(65_536, 65_536),
        cost: Cost {
            command: span("7us"),
            connect: span("27us"),
            rejection: span("27us"),
            tls_handshake: span("390us"),
            reap: span("12us"),
            cron: span("80us"),
            visit: span("1us"),
        },
        ..free_server("redis", maxclients)
    }
}

pub const NO_LEAK: Leak = Leak::NONE;

pub fn per_request(leak: Leak) -> Strategy {
    Strategy::PerRequest { leak, connect_timeout: None }
}

/// A pool of `max` with a fair line without end.
pub fn pool(max: u32) -> Pooled {
    Pooled { leak: NO_LEAK, ..Pooled::plain(max) }
}

/// A process without limits.
pub fn free_process() -> Process {
    Process {
        nofile: 100_000_000,
        port_first: 1,
        port_last: 65_535,
        tw_reuse: false,
        time_wait: Span::ZERO,
        memory_base: Bytes(0),
        memory_per_socket: Bytes(0),
        memory_per_leak: Bytes(0),
        memory_per_request: Bytes(0),
        memory_limit: Bytes(u64::MAX),
        cpu: ProcessCpu::UNUSED,
        restart_after: span("10s"),
        start_after: Span::ZERO,
        start: AtStart::FREE,
        backoff: None,
        cold: Cold::NEVER,
        syn_retries: SynRetries::Linear,
        entrance: Entrance::OPEN,
    }
}

/// One command at the only server, through the only way to it.
pub fn call() -> Call {
    Call {
        server: 0,
        through: 0,
        spread: None,
        commands: 1,
        pipelined: false,
        hold: Dist::Constant(Span::ZERO),
        holding: Vec::new(),
        timeout: None,
        cost: None,
        blocking: None,
        subscribe: false,
        bulkhead: None,
        transaction: None,
        errors: Ratio::ZERO,
    }
}

/// A fleet of one instance whose requests make one call with one command.
pub fn fleet(arrivals: Arrivals, strategy: Strategy, hold: Dist) -> Fleet {
    Fleet {
        name: "f".to_string(),
        instances: 1,
        autoscale: None,
        serverless: None,
        balancer: Balancer::Random,
        health: None,
        ejection: None,
        arrivals,
        visitors: Visitors::default(),
        abandoned: Abandoned::GoesOn,
        connections: vec![Connections { name: "main".to_string(), strategy, retry: Retry::None }],
        steps: vec![Step::Call(Call { hold, ..call() })],
        retry: Retry::None,
        deadline: None,
        breaker: Breaker::None,
        guards: Guards::default(),
        process: free_process(),
        privileged: false,
        stalls: None,
    }
}

pub fn poisson(rate: f64) -> Arrivals {
    Arrivals::Poisson(Profile::Constant(per_second(rate)))
}

pub fn even(rate: f64) -> Arrivals {
    Arrivals::Even(Profile::Constant(per_second(rate)))
}

/// One server, one fleet, no delay.
pub fn scenario(server: Server, fleet: Fleet, duration: &str) -> Scenario {
    Scenario {
        name: "test".to_string(),
        about: About::default(),
        seed: "1".to_string(),
        duration: span(duration),
        warm_up: Span::ZERO,
        sample_every: span("1s"),
        keep_requests: false,
        settings: Settings {
            servers: vec![server],
            network: Network {
                delay: Dist::Constant(Span::ZERO),
                loss: Ratio::ZERO,
                tw_buckets: 1_000_000_000,
            },
            fleets: vec![fleet],
        },
        timeline: Vec::new(),
        claims: Vec::new(),
        alternatives: Vec::new(),
        origin: None,
        alerts: Vec::new(),
        healthy: None,
    }
}

/// The chat incident, as in its scenario file, cut off after `duration`.
pub fn chat(duration: &str) -> Scenario {
    let leak = Leak { on_success: ratio(0.0002), on_error: ratio(0.0002), ..NO_LEAK };
    let mut server = redis(10_000);
    server.internal.admin = 1;
    let fleet = Fleet {
        name: "chat".to_string(),
        instances: 4,
        process: Process {
            nofile: 65_536,
            port_first: 32_768,
            port_last: 60_999,
            tw_reuse: true,
            time_wait: span("60s"),
            memory_base: Bytes(100_000_000),
            memory_per_socket: Bytes(10_000),
            memory_per_request: Bytes(50_000),
            memory_limit: Bytes(32_000_000_000),
            ..free_process()
        },
        ..fleet(poisson(22_000.0), per_request(leak), Dist::Constant(span("1ms")))
    };
    let mut chat = scenario(server, fleet, duration);
    chat.seed = "38".to_string();
    chat.sample_every = span("10s");
    chat.settings.network.delay = Dist::Constant(span("100us"));
    chat
}

/// Runs it once, without watching.
pub fn play(scenario: &Scenario, run: u32) -> Record {
    simulate(scenario, run, &mut |_| {})
}

/// The last value of a series.
pub fn last(record: &Record, series: &str) -> f64 {
    *record.find(series).unwrap_or_else(|| panic!("there is no {series}")).values.last().unwrap()
}

/// The value of a series at the row of an instant.
pub fn value_at(record: &Record, series: &str, at: SimTime) -> f64 {
    let row = record.times.iter().position(|t| *t >= at).unwrap();
    record.find(series).unwrap_or_else(|| panic!("there is no {series}")).values[row]
}
