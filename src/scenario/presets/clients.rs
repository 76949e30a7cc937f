//! What the presets of client libraries say, row by row as read in their sources or measured.

use crate::scenario::presets::{presets, values};
use crate::scenario::table::PresetKind;

/// A row in short: the values of these keys as JSON without quotes; "-" where the default holds.
fn row<const N: usize>(name: &str, keys: [&str; N]) -> [String; N] {
    values(name, keys).map(|value| value.replace('"', ""))
}

/// Every preset of this kind stands in a table.
fn all_stand_in(kind: PresetKind, rows: &[&str]) {
    for preset in presets().iter().filter(|preset| preset.kind == kind) {
        assert!(rows.contains(&preset.name), "{} stands in the table", preset.name);
    }
}

/// How many, how long.
#[test]
fn pools_have_the_sizes_and_limits_of_their_libraries() {
    let keys = ["max", "min", "max_idle", "wait_timeout", "idle_timeout", "max_lifetime"];
    let table = [
        ("deadpool-0.12", "16 0 - none none none"),
        ("deadpool-0.13", "8 0 - none none none"),
        ("deadpool-redis-0.23", "8 0 - none none none"),
        ("bb8-0.9", "10 0 - 30s 10min 30min"),
        ("bb8-redis-0.26", "10 0 - 30s 10min 30min"),
        ("r2d2-0.8", "10 10 - 30s 10min 30min"),
        ("mobc-0.9", "10 0 2 30s none none"),
        ("sqlx-0.9", "10 0 - 30s 10min 30min"),
        ("hikaricp-6", "10 10 - 30s none 30min"),
        ("hikaricp-7", "10 10 - 30s none 30min"),
        ("commons-pool-2", "8 0 8 none none none"),
        ("jedis-8", "8 0 8 none 60s none"),
        ("lettuce-pool-7", "8 0 8 0s none none"),
        ("go-redis-9", "40 0 - 6s 30min none"),
        ("go-redis-9.0", "40 0 - 4s 30min none"),
        ("redis-py-5", "1000000 0 - 0s none none"),
        ("redis-py-6", "1000000 0 - 0s none none"),
        ("redis-py-8", "100 0 - 0s none none"),
        ("redis-py-5-blocking", "50 0 - 20s none none"),
        ("redis-py-6-blocking", "50 0 - 20s none none"),
        ("redis-py-8-blocking", "50 0 - 20s none none"),
        ("node-redis-6-pool", "100 1 - 3s none none"),
        ("psycopg-pool-3.3", "4 4 - 30s none 60min"),
        ("pg-pool-3", "10 0 - none 10s none"),
        ("database-sql", "1000000 0 2 none none none"),
        ("npgsql-9", "100 0 - 15s none none"),
        ("npgsql-10", "100 0 - 15s none 3600s"),
        ("generic-pool-3.9", "1 0 - none none none"),
    ];
    for (name, expected) in table {
        assert_eq!(row(name, keys).join(" "), expected, "{name}");
    }
    all_stand_in(PresetKind::Pool, &table.map(|(name, _)| name));
}

/// Who is next, who dials and who learns of a failure, which idle one, who looks when, what is checked,
/// what becomes of broken ones.
#[test]
fn pools_behave_as_their_libraries() {
    const BARGING: &str = "{barging:{wake:50us}}";
    let keys = ["hand_off", "dialling", "dial_errors", "idle_pick", "reaper", "validate", "broken"];
    let every_30s = "{periodic:30s}";
    let table: [(&str, [&str; 7]); 20] = [
        ("deadpool-0.12", ["fair", "caller", "surface", "fifo", "none", "ping", "until_validated"]),
        (
            "deadpool-redis-0.23",
            ["fair", "caller", "surface", "fifo", "none", "ping", "until_validated"],
        ),
        ("bb8-0.9", [BARGING, "{background:{}}", "hidden", "fifo", every_30s, "ping", "removed"]),
        (
            "bb8-redis-0.26",
            [BARGING, "{background:{}}", "hidden", "fifo", every_30s, "ping", "until_validated"],
        ),
        (
            "r2d2-0.8",
            [BARGING, "{background:{workers:3}}", "hidden", "lifo", every_30s, "ping", "removed"],
        ),
        ("mobc-0.9", ["fair", "caller", "surface", "lifo", "none", "ping", "until_validated"]),
        ("sqlx-0.9", ["fair", "caller", "surface", "fifo", "{periodic:10min}", "ping", "removed"]),
        (
            "hikaricp-6",
            [
                "fair",
                "{background:{workers:1,pause:30ms,while_needed:true}}",
                "hidden",
                "{affine:{threads:200}}",
                "exact",
                "{ping_if_idle:500ms}",
                "removed",
            ],
        ),
        (
            "commons-pool-2",
            [BARGING, "caller", "surface", "lifo", "none", "none", "until_validated"],
        ),
        ("jedis-8", [BARGING, "caller", "surface", "lifo", every_30s, "none", "removed"]),
        ("lettuce-pool-7", ["fair", "caller", "surface", "fifo", "none", "none", "slot_kept"]),
        ("go-redis-9", [BARGING, "caller", "surface", "lifo", "on_checkout", "peek", "removed"]),
        ("redis-py-5", ["fair", "caller", "surface", "lifo", "none", "peek", "slot_kept"]),
        (
            "redis-py-8-blocking",
            [BARGING, "caller", "surface", "lifo", "none", "peek", "slot_kept"],
        ),
        (
            "node-redis-6-pool",
            ["fair", "{background:{}}", "hidden", "fifo", "{quiet:3s}", "none", "slot_kept"],
        ),
        (
            "psycopg-pool-3.3",
            [
                "fair",
                "{background:{workers:3,grows:one}}",
                "hidden",
                "fifo",
                "{one_per:10min}",
                "none",
                "removed",
            ],
        ),
        ("pg-pool-3", ["fair", "caller", "surface", "lifo", "exact", "peek", "removed"]),
        ("database-sql", ["random", "caller", "surface", "lifo", "none", "none", "removed"]),
        (
            "npgsql-10",
            [
                "fair",
                "caller",
                "surface",
                "fifo",
                "{median:{every:10s,counts:30}}",
                "none",
                "removed",
            ],
        ),
        (
            "generic-pool-3.9",
            [
                "fair",
                "{background:{while_needed:true}}",
                "surface",
                "fifo",
                "none",
                "none",
                "until_validated",
            ],
        ),
    ];
    for (name, expected) in table {
        assert_eq!(row(name, keys), expected.map(String::from), "{name}");
    }
}

/// Where the age is looked at, and by how much it differs.
#[test]
fn pools_look_at_the_age_where_their_libraries_do() {
    for (name, checked, jitter) in [
        ("bb8-0.9", "[return,reaper]", "-"),
        ("r2d2-0.8", "[reaper]", "-"),
        ("sqlx-0.9", "[return,reaper]", "-"),
        ("hikaricp-6", "[timer]", "0.025"),
        ("hikaricp-7", "[timer]", "0.25"),
        ("psycopg-pool-3.3", "[return]", "0.05"),
        ("npgsql-10", "[checkout]", "-"),
    ] {
        let expected = [checked, jitter].map(String::from);
        assert_eq!(row(name, ["lifetime_checked", "lifetime_jitter"]), expected, "{name}");
    }
}

/// How failed dials are repeated.
#[test]
fn pools_repeat_their_dials_as_their_libraries_do() {
    for (name, base, factor, cap, ends) in [
        ("bb8-0.9", "400ms", "2", "15s", "give_up_after:30s"),
        ("r2d2-0.8", "200ms", "2", "15s", ""),
        ("sqlx-0.9", "10ms", "2", "6s", "on:transient"),
        ("hikaricp-6", "10ms", "2", "5s", ""),
        ("go-redis-9", "100ms", "1", "100ms", "attempts:5"),
        ("node-redis-6-pool", "50ms", "2", "2s", ""),
        ("psycopg-pool-3.3", "1s", "2", "300s", "give_up_after:300s"),
    ] {
        let [retry] = row(name, ["dial_retry"]);
        for part in [format!("base:{base}"), format!("factor:{factor}"), format!("cap:{cap}")] {
            assert!(retry.contains(&part), "{name}: {part} in {retry}");
        }
        assert!(retry.contains(ends), "{name}: {ends} in {retry}");
    }
}

/// What is repeated around the checkout, and how often: 11 attempts of redis-py 8 and 4 of go-redis;
/// redis-py 6 repeats no refusal.
#[test]
fn clients_repeat_their_commands_as_their_libraries_do() {
    let table = [
        ("redis-py-5", "-"),
        ("redis-py-6", "redis-py-6-retry"),
        ("redis-py-6-blocking", "redis-py-6-retry"),
        ("redis-py-8", "redis-py-8-retry"),
        ("redis-py-8-blocking", "redis-py-8-retry"),
        ("go-redis-9", "go-redis-9-retry"),
        ("go-redis-9.0", "go-redis-9-retry"),
    ];
    for (name, policy) in table {
        let [retry] = row(name, ["retry"]);
        assert!(retry.contains(policy), "{name}: {retry}");
    }
    let [retry] = row("redis-py-6", ["retry"]);
    assert!(retry.contains("retry_on") && !retry.contains("rejected"), "{retry}");
    for (name, attempts) in
        [("redis-py-6-retry", "4"), ("redis-py-8-retry", "11"), ("go-redis-9-retry", "4")]
    {
        assert_eq!(row(name, ["attempts"]), [attempts], "{name}");
    }
}

/// Single-connection and multiplexed clients: timeouts, how they dial again, and what becomes of
/// commands meanwhile.
#[test]
fn shared_connections_dial_again_as_their_libraries_do() {
    const RESEND: &str = "resend";
    let keys = ["connect_timeout", "command_timeout", "reconnect", "offline.in_flight"];
    let exponential = |base: &str, cap: &str, after: &str| {
        format!("pause:{{exponential:{{base:{base},factor:2,cap:{cap}}}}}{after}")
    };
    let linear =
        |first: &str, cap: &str| format!("pause:{{linear:{{first:{first},step:50ms,cap:{cap}}}}}");
    let background = |what: String| format!("{{background:{{{what}}}}}");
    let table = [
        ("redis-rs-0.23-sync", ["none", "none"], "none".to_string(), "-"),
        ("redis-rs-0.23-multiplexed", ["none", "none"], "none".to_string(), "-"),
        (
            "redis-rs-0.23-manager",
            ["none", "none"],
            "{on_demand:{retries:0,first_fails:true}}".to_string(),
            "-",
        ),
        ("redis-rs-1.8-sync", ["none", "none"], "none".to_string(), "-"),
        ("redis-rs-1.8-multiplexed", ["1s", "500ms"], "none".to_string(), "-"),
        (
            "redis-rs-1.8-manager",
            ["1s", "500ms"],
            format!(
                "{{on_demand:{{retries:6,{},first_fails:true}}}}",
                exponential("100ms", "60s", ",jitter:{stretched:1}")
            ),
            "-",
        ),
        ("ioredis-5", ["10s", "none"], background(linear("50ms", "2s")), RESEND),
        (
            "ioredis-6",
            ["10s", "none"],
            background(exponential("50ms", "5s", ",jitter:{added:200ms}")),
            RESEND,
        ),
        (
            "node-redis-4",
            ["5s", "none"],
            background(format!("at_once:true,{}", linear("0s", "500ms"))),
            "fail",
        ),
        (
            "node-redis-6",
            ["5s", "none"],
            background(format!(
                "at_once:true,{}",
                exponential("50ms", "2s", ",jitter:{added:200ms}")
            )),
            "fail",
        ),
        (
            "lettuce-7",
            ["10s", "60s"],
            background(exponential("1ms", "30s", ",covers_first:false")),
            RESEND,
        ),
        (
            "stackexchange-redis-3",
            ["5s", "5s"],
            "{background:{at_once:true,pause:{exponential:{base:2.5s,factor:1.1,cap:10s}},\
             jitter:from_first,heartbeat:1s,covers_first:false}}"
                .to_string(),
            "fail",
        ),
        (
            "fred-10",
            ["10s", "none"],
            background("pause:{constant:1s},jitter:{added:100ms},covers_first:false".to_string()),
            RESEND,
        ),
    ];
    for (name, [connect, command], reconnect, in_flight) in &table {
        let expected = [*connect, *command, reconnect, *in_flight].map(String::from);
        assert_eq!(row(name, keys), expected, "{name}");
    }
    all_stand_in(PresetKind::Shared, &table.map(|(name, ..)| name));
}
