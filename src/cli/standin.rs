//! Stands in for the reader of scenarios until it is here. TO BE REMOVED.

use std::fmt;
use std::ops::Range;

use highwater::scenario::*;
use highwater::units::*;

#[derive(Clone, Debug)]
pub struct Problem {
    pub file: String,
    pub line: usize,
    pub column: usize,
    pub range: Range<usize>,
    pub path: String,
    pub message: String,
    pub hint: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}: {}", self.file, self.line, self.column, self.path, self.message)
    }
}

#[derive(Clone, Debug)]
pub struct Problems {
    problems: Vec<Problem>,
    source: String,
    unreadable: bool,
}

impl Problems {
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.problems.iter()
    }
    pub fn left_out(&self) -> usize {
        0
    }
    pub fn source(&self, _: &str) -> Option<&str> {
        Some(&self.source)
    }
    pub fn unreadable(&self) -> bool {
        self.unreadable
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

pub fn read(
    name: &str,
    load: &mut dyn FnMut(&str) -> std::io::Result<Vec<u8>>,
    overrides: &[(String, String)],
) -> Result<Scenario, Problems> {
    let problem = |message: String, at: usize| Problem {
        file: name.to_string(),
        line: at,
        column: 1,
        range: 0..1,
        path: String::new(),
        message,
        hint: None,
    };
    let bytes = load(name).map_err(|e| Problems {
        problems: vec![problem(e.to_string(), 1)],
        source: String::new(),
        unreadable: true,
    })?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if let Err(e) = serde_json::from_str::<serde_json::Value>(&text) {
        let problems = vec![problem(e.to_string(), 1)];
        return Err(Problems { problems, source: text, unreadable: false });
    }
    let mut scenario = sample();
    for (path, value) in overrides {
        if path == "seed" {
            scenario.seed = value.trim_matches('"').to_string();
        }
    }
    Ok(scenario)
}

pub fn schema() -> serde_json::Value {
    serde_json::json!({})
}

pub fn starter(_: &str) -> String {
    "{}\n".to_string()
}

fn secs(s: u64) -> SimTime {
    SimTime::ZERO + Span::from_secs(s)
}

fn sample() -> Scenario {
    let us = |us: u64| Span::from_ns(us * 1000);
    let share = |x| Ratio::new(x).expect("fair");
    let server = Server {
        name: "redis".into(),
        preset: None,
        maxclients: 10_000,
        timeout: Span::ZERO,
        reaper: Reaper::RedisCron,
        hz: 10,
        dynamic_hz: true,
        tls: false,
        backlog: 511,
        somaxconn: 4096,
        accepts_per_turn: 10,
        accepts_per_turn_tls: 1,
        nofile_soft: 65536,
        nofile_hard: 65536,
        discipline: Discipline::Turns,
        cost: Cost {
            command: us(7),
            connect: us(27),
            rejection: us(27),
            tls_handshake: us(390),
            reap: us(12),
        },
        internal: Internal { replicas: 0, cluster_nodes: 1, sentinels: 0, admin: 1 },
        memory_base: Bytes(1_000_000),
        memory_per_connection: Bytes(20_000),
    };
    let leak = Leak {
        kind: LeakKind::Forgotten,
        on_success: share(0.0002),
        on_error: share(0.0002),
        every: 0,
    };
    let fleet = Fleet {
        name: "chat".into(),
        instances: 4,
        balancer: Balancer::Random,
        arrivals: Arrivals::Poisson(Profile::Constant(Rate::per_second(22_000.0).expect("fair"))),
        connections: vec![Connections {
            name: "main".into(),
            strategy: Strategy::PerRequest { leak, connect_timeout: None },
        }],
        steps: vec![Step::Call(Call {
            server: 0,
            through: 0,
            commands: 1,
            pipelined: false,
            hold: Dist::Constant(us(1000)),
            timeout: None,
        })],
        retry: Retry::None,
        process: Process {
            nofile: 65536,
            port_first: 32768,
            port_last: 60999,
            tw_reuse: true,
            time_wait: Span::from_secs(60),
            memory_base: Bytes(100_000_000),
            memory_per_socket: Bytes(10_000),
            memory_per_leak: Bytes(0),
            memory_per_request: Bytes(50_000),
            memory_limit: Bytes(32_000_000_000),
            restart_after: Span::from_secs(10),
            start_after: Span::ZERO,
        },
    };
    let settings = Settings {
        servers: vec![server],
        network: Network { delay: Dist::Constant(us(100)), loss: Ratio::ZERO },
        fleets: vec![fleet],
    };
    let mut fixed = settings.clone();
    fixed.servers[0].timeout = Span::from_secs(300);
    let claim = |id: &str, says: &str, measure, expect, within, unit, wanted| Claim {
        id: id.into(),
        says: says.into(),
        source: "Chat article, section 2".into(),
        test: ClaimTest::Outcome { measure, expect, within, unit },
        wanted,
    };
    let rejected = "servers.redis.rejected_connections".to_string();
    let (at, to) = (secs(2820), secs(2820));
    Scenario {
        name: "chat-38min".into(),
        about: About {
            title: "Chat service, 14 November 2024".into(),
            source: "title, site, date".into(),
            start: Some(Start { unix_s: 1_731_577_320 }),
        },
        seed: "38".into(),
        duration: Span::from_secs(2820),
        warm_up: Span::ZERO,
        sample_every: Span::from_secs(10),
        settings,
        timeline: vec![Entry {
            at: secs(2400),
            label: "servers.redis.timeout = 5min".into(),
            action: Action::Set(Box::new(fixed)),
        }],
        claims: vec![
            claim(
                "A2",
                "the limit is reached after 38 minutes",
                Measure::FirstTime { series: rejected, beyond: Beyond::Above(0.0) },
                2280.0,
                60.0,
                Unit::Seconds,
                Verdict::Holds,
            ),
            claim(
                "A5",
                "12,400 sockets in CLOSE_WAIT on the pods",
                Measure::ValueAt { series: "fleets.chat.sockets.close_wait".into(), at },
                12_400.0,
                620.0,
                Unit::Count,
                Verdict::Contradicted,
            ),
            claim(
                "A7",
                "92.3 % of messages failed during the outage",
                Measure::Ratio {
                    of: "fleets.chat.failed".into(),
                    to: "fleets.chat.requests".into(),
                    from: secs(2400),
                    until: to,
                },
                0.923,
                0.02,
                Unit::Ratio,
                Verdict::Contradicted,
            ),
            Claim {
                id: "A6".into(),
                says: "the server closes idle connections after 5 minutes".into(),
                source: "".into(),
                test: ClaimTest::Assumption,
                wanted: Verdict::Contradicted,
            },
        ],
    }
}
