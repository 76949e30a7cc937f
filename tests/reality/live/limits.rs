//! What the descriptor limits leave of the connection limit, on a server without privileges.

use highwater::scenario::{DescriptorRule, Nofile};

use super::redis::Redis;

/// Soft and hard limit, and the connection limit of 10,000 that came of them. Recorded on Redis
/// 7.0.15, 7.4.1, 8.0.6 and Valkey 8.1.1.
const RECORDED: [(u32, u32, u32); 8] = [
    (1024, 1024, 992),
    (1024, 4096, 4064),
    (1024, 5000, 4960),
    (1024, 16_384, 10_000),
    (10_031, 10_031, 9_999),
    (64, 1024, 992),
    (40, 40, 8),
    (33, 33, 1),
];

fn limited(soft: u32, hard: u32) -> String {
    format!("ulimit -S -n {soft} && ulimit -H -n {hard}")
}

#[test]
fn descriptors_lower_the_limit_as_computed() {
    let (_, most) = rlimit();
    let within = RECORDED.iter().filter(|(_, hard, _)| *hard <= most);
    let mut seen = 0;
    for (soft, hard, recorded) in within {
        let redis = Redis::start_with(&limited(*soft, *hard)).expect("redis-server starts");
        let limit: u32 = redis.setting("maxclients").parse().unwrap();
        assert_eq!(limit, *recorded, "soft {soft}, hard {hard}");
        let mut nofile = Nofile { soft: *soft, hard: *hard, privileged: false, other: 7 };
        let computed = nofile.fit(DescriptorRule::Redis, 10_000);
        assert_eq!(computed, Some(limit), "soft {soft}, hard {hard}");
        seen += 1;
    }
    assert!(seen >= 5, "a hard limit of {most} descriptors leaves too little to test");
}

#[test]
fn with_32_descriptors_the_server_does_not_start() {
    assert!(Redis::start_with(&limited(32, 32)).is_none());
}

/// The limit in force is the one that refuses: the last free slot goes to the asker, the next gets the
/// text.
#[test]
fn the_lowered_limit_is_the_one_that_refuses() {
    let redis = Redis::start_with(&limited(40, 40)).expect("redis-server starts");
    let held = redis.hold(8);
    assert_eq!(redis.bytes_to_the_end(), b"-ERR max number of clients reached\r\n");
    assert_eq!(redis.ask("PING"), ["-ERR max number of clients reached"]);
    drop(held);
    let answers = (0..100).map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        redis.ask("PING")
    });
    assert!(answers.into_iter().any(|answer| answer == ["+PONG"]), "slots come back");
}

/// The soft and the hard limit of this process.
fn rlimit() -> (u32, u32) {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let mut values = line.split_whitespace().skip(3);
    let mut next = || values.next().unwrap().parse().unwrap_or(u32::MAX);
    (next(), next())
}
