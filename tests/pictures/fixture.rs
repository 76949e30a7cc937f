//! Two invented runs, shaped like the incidents: figures by formula, no simulation.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be built has failed")]

use highwater::observe::{Kind, Noted, Quantiles, Range, Record, Series, Summary};
use highwater::scenario::*;
use highwater::units::{Bytes, Rate, Ratio, SimTime, Span, Start, Unit};

/// A chat service: a limit of 10,000 is leaked full after 2,273 s of 47 min; an idle timeout is set
/// at 40 min.
pub fn chat() -> (Scenario, Record) {
    let mut scenario = scenario("Chat service, 14 November 2024", "chat", 10_000, 47 * 60);
    scenario.about.start = Some(Start { unix_s: 1_731_577_320 });
    let mut after = scenario.settings.clone();
    after.servers[0].timeout = Span::from_secs(300);
    scenario.timeline.push(Entry {
        at: at(2400.0),
        label: "servers.redis.timeout = 5min".to_string(),
        action: Action::Set(Box::new(after)),
    });
    let mut rows = Rows::new(47 * 60, 10);
    let leaked = |t: f64| (4.4 * t).min(10_000.0);
    let refused = |t: f64| 22_000.0 * (t - 2272.7).max(0.0);
    let lost = |t: f64| (4.4 * t - 10_000.0).max(0.0);
    let flat = |t: f64| 22_000.0 * t;
    let redis = "servers.redis";
    rows.level(&format!("{redis}.connected_clients"), |t| (leaked(t) + 22.0).min(10_000.0));
    rows.level(&format!("{redis}.slots_leaked"), leaked);
    rows.counter(&format!("{redis}.rejected_connections"), refused);
    rows.counter("fleets.chat.requests", flat);
    rows.counter("fleets.chat.succeeded", |t| flat(t) - refused(t) - 300.0 * t.min(600.0));
    rows.counter("fleets.chat.failed_by.rejected", refused);
    rows.counter("fleets.chat.failed_by.read_timeout", |t| 300.0 * t.min(600.0));
    rows.level("fleets.chat.sockets.established", leaked);
    rows.level("fleets.chat.sockets.close_wait", lost);
    rows.level("fleets.chat.sockets.leaked", |t| 4.4 * t);
    for (name, seconds) in [("p50", 0.0013), ("p99", 0.0031), ("p999", 0.02), ("max", 0.21)] {
        let wobble =
            |t: f64| if t == 0.0 { f64::NAN } else { 1.0 + (t as u64 * 7919 % 13) as f64 / 40.0 };
        rows.quantile(&format!("fleets.chat.latency_s_{name}"), |t| seconds * wobble(t));
    }
    rows.memory("fleets.chat.memory_max", |t| 100e6 + 0.01e6 * 1.1 * t);
    rows.noted(2272.7, "first_rejection", redis, "the limit of 10,000 is reached: first refusal");
    rows.range("fleets.chat.latency", [0.0013, 0.0018, 0.0034, 0.022, 0.27]);
    (scenario, rows.record)
}

/// A shop on three tasks: memory leaks into its limit after 336 min of 415 min.
pub fn storefront() -> (Scenario, Record) {
    let mut scenario =
        scenario("Storefront & checkout <six hours>", "storefront", 10_000, 415 * 60);
    let process = &mut scenario.settings.fleets[0].process;
    process.memory_limit = Bytes(2_048_000_000);
    let settings = Box::new(scenario.settings.clone());
    for (minutes, label) in
        [(364, "fleets.storefront.instances = 6"), (365, "servers.redis.timeout = 300s")]
    {
        scenario.timeline.push(Entry {
            at: at(f64::from(minutes) * 60.0),
            label: label.to_string(),
            action: Action::Set(settings.clone()),
        });
    }
    let mut rows = Rows::new(415 * 60, 10);
    let end = 336.0 * 60.0;
    let memory =
        move |t: f64| if t < end { 240e6 + 1808e6 * t / end } else { 300e6 + 1e5 * (t - end) };
    rows.memory("fleets.storefront.memory_max", memory);
    rows.level("servers.redis.connected_clients", move |t| if t < end { 0.429 * t } else { 40.0 });
    rows.counter("servers.redis.rejected_connections", |_| 0.0);
    rows.counter("fleets.storefront.succeeded", |t| 340.0 * t);
    rows.counter("fleets.storefront.failed_by.oom", move |t| if t < end { 0.0 } else { 25.0 });
    rows.counter("fleets.storefront.oom_kills", move |t| if t < end { 0.0 } else { 3.0 });
    rows.noted(
        end,
        "oom_kill",
        "fleets.storefront",
        "instance 2 is killed at 2.048 GB with 2,926 leaked sockets",
    );
    rows.quantile("fleets.storefront.latency_s_p50", |_| 0.08);
    rows.quantile("fleets.storefront.latency_s_p99", |_| 0.11);
    (scenario, rows.record)
}

fn at(seconds: f64) -> SimTime {
    SimTime::ZERO + Span::from_secs_f64(seconds)
}

/// A record under construction.
struct Rows {
    record: Record,
}

impl Rows {
    fn new(seconds: u64, every: u64) -> Rows {
        let times = (0..=seconds / every).map(|row| SimTime::ZERO + Span::from_secs(row * every));
        let record = Record {
            times: times.collect(),
            series: Vec::new(),
            ended: Vec::new(),
            events: Vec::new(),
            ranges: Vec::new(),
            crossings: Vec::new(),
            scrapes: Vec::new(),
            digest: String::new(),
            requests: 0,
            handled: 0,
            stopped: None,
        };
        Rows { record }
    }

    fn add(&mut self, name: &str, unit: Unit, kind: Kind, value: impl Fn(f64) -> f64) {
        let values = self.record.seconds().into_iter().map(value).collect();
        self.record.series.push(Series { name: name.to_string(), unit, kind, values, peaks: None });
    }

    fn level(&mut self, name: &str, value: impl Fn(f64) -> f64) {
        self.add(name, Unit::Count, Kind::Level, value);
    }

    fn counter(&mut self, name: &str, value: impl Fn(f64) -> f64) {
        self.add(name, Unit::Count, Kind::Counter, value);
    }

    fn quantile(&mut self, name: &str, value: impl Fn(f64) -> f64) {
        self.add(name, Unit::Seconds, Kind::Quantile, value);
    }

    fn memory(&mut self, name: &str, value: impl Fn(f64) -> f64) {
        self.add(name, Unit::Bytes, Kind::Level, value);
    }

    fn noted(&mut self, seconds: f64, kind: &'static str, part: &str, text: &str) {
        let (part, text) = (part.to_string(), text.to_string());
        self.record.events.push(Noted { at: at(seconds), kind, part, text });
    }

    fn range(&mut self, series: &str, [p50, p90, p99, p999, max]: [f64; 5]) {
        let quantiles = Quantiles { p50, p90, p99, p999, max };
        let summary = Summary { count: 1, zeros: 0, mean: p50, quantiles };
        let (from, to) = (SimTime::ZERO, SimTime::NEVER);
        self.record.ranges.push(Range {
            series: series.to_string(),
            from,
            to,
            summary,
            asked: vec![],
        });
    }
}

/// One server, one fleet, one connection per request.
fn scenario(title: &str, fleet: &str, maxclients: u32, seconds: u64) -> Scenario {
    let leak = Leak::NONE;
    let call = Call {
        server: 0,
        through: 0,
        spread: None,
        commands: 1,
        pipelined: false,
        holding: Vec::new(),
        hold: Dist::Constant(Span::from_ns(1_000_000)),
        timeout: Some(Span::from_secs(2)),
        cost: None,
        blocking: None,
        subscribe: false,
        bulkhead: None,
        transaction: None,
        errors: Ratio::ZERO,
    };
    let strategy = Strategy::PerRequest { leak, connect_timeout: Some(Span::from_secs(1)) };
    let fleet = Fleet {
        privileged: false,
        name: fleet.to_string(),
        instances: 3,
        autoscale: None,
        serverless: None,
        balancer: Balancer::Random,
        health: None,
        ejection: None,
        arrivals: Arrivals::Poisson(Profile::Constant(Rate::per_second(340.0).unwrap())),
        visitors: Visitors::default(),
        abandoned: Abandoned::GoesOn,
        connections: vec![Connections { name: "main".to_string(), strategy, retry: Retry::None }],
        steps: vec![Step::Call(call)],
        retry: Retry::None,
        deadline: None,
        breaker: Breaker::None,
        guards: Guards::default(),
        process: process(),
        stalls: None,
    };
    let network =
        Network { delay: Dist::Constant(Span::ZERO), loss: Ratio::ZERO, tw_buckets: 131_072 };
    Scenario {
        name: "invented".to_string(),
        about: About { title: title.to_string(), ..About::default() },
        seed: "1".to_string(),
        duration: Span::from_secs(seconds),
        warm_up: Span::ZERO,
        sample_every: Span::from_secs(10),
        keep_requests: false,
        settings: Settings { servers: vec![server(maxclients)], network, fleets: vec![fleet] },
        timeline: Vec::new(),
        claims: Vec::new(),
        alternatives: Vec::new(),
        origin: None,
        alerts: Vec::new(),
        healthy: None,
    }
}

fn process() -> Process {
    Process {
        nofile: 65_536,
        port_first: 32_768,
        port_last: 60_999,
        tw_reuse: true,
        time_wait: Span::from_secs(60),
        memory_base: Bytes(100_000_000),
        memory_per_socket: Bytes(10_000),
        memory_per_leak: Bytes(0),
        memory_per_request: Bytes(50_000),
        memory_limit: Bytes(32_000_000_000),
        cpu: ProcessCpu::UNUSED,
        restart_after: Span::ZERO,
        syn_retries: SynRetries::Linear,
        start: AtStart::FREE,
        backoff: None,
        cold: Cold::NEVER,
        start_after: Span::ZERO,
        entrance: Entrance::OPEN,
    }
}

fn server(maxclients: u32) -> Server {
    Server {
        name: "redis".to_string(),
        cluster: None,
        preset: None,
        maxclients,
        timeout: Span::ZERO,
        reaper: Reaper::RedisCron,
        sweep: Sweep::Head,
        hz: 10,
        dynamic_hz: true,
        tls: false,
        keepalive: Span::ZERO,
        backlog: 511,
        somaxconn: 4096,
        accepts_per_turn: 1000,
        accepts_per_turn_tls: 1,
        nofile: Nofile { soft: 65_536, hard: 65_536, privileged: false, other: 11 },
        descriptor_rule: DescriptorRule::Redis,
        maxclients_check: MaxclientsCheck::Always,
        emfile_pause: Span::ZERO,
        discipline: Discipline::Turns,
        cost: Cost {
            command: Span::from_ns(7000),
            connect: Span::from_ns(27_000),
            rejection: Span::from_ns(27_000),
            tls_handshake: Span::from_ns(390_000),
            reap: Span::from_ns(12_000),
            cron: Span::from_ns(80_000),
            visit: Span::from_ns(1_000),
        },
        workers: 1,
        when_full: WhenFull::Reject,
        reserved: 0,
        reserved_beyond: 0,
        internal: Internal { admin: 1, ..Internal::NONE },
        memory: Memory {
            base: Bytes(0),
            per_connection: Bytes(0),
            counted: Bytes(0),
            fresh: Bytes(0),
            fresh_for: Span::ZERO,
            tls: Bytes(0),
        },
        maxmemory_clients: Bytes(0),
        settable: Vec::new(),
        kill_filters: KillFilters::default(),
        sync_slots: 1,
        exporters: Exporters { count: 0, every: Span::from_secs(15) },
        proxy: None,
    }
}
