//! The standing checks, against figures worked out by hand.

use crate::claims::{Identity, identities};
use crate::scenario::read;

/// 22,000 requests a second on four instances, 2.0e-4 leaks each: 264 a minute.
const CHAT: &str = r#"{
  "format": 1, "duration": "47min",
  "servers": { "redis": { "preset": "redis-8.0", "maxclients": 10000, "internal": { "admin": 0 } } },
  "fleets": { "chat": {
    "instances": 4,
    "arrivals": { "poisson": { "rate": "22000/s" } },
    "connections": { "main": { "per_request": {
      "leak": { "kind": "forgotten", "on_success": 0.0002, "on_error": 0.0002 } } } },
    "steps": [ { "call": { "server": "redis", "through": "main", "hold": { "constant": "1ms" } } } ]
  } }
}"#;

/// 340 requests a second on three instances, 1.2607e-3 leaks each, 0.618 MB for each leak.
const STOREFRONT: &str = r#"{
  "format": 1, "duration": "415min",
  "servers": { "redis": { "preset": "redis-8.0", "maxclients": 10000, "internal": { "admin": 0 } } },
  "fleets": { "storefront": {
    "instances": 3,
    "arrivals": { "poisson": { "rate": "340/s" } },
    "connections": { "main": { "per_request": {
      "leak": { "kind": "forgotten", "on_success": 0.0012607, "on_error": 0.0012607 } } } },
    "steps": [ { "call": { "server": "redis", "through": "main" } } ],
    "process": { "memory": { "base": "240MB", "per_socket": "0MB", "per_leak": "0.618MB",
                             "limit": "2048MB" } }
  } }
}"#;

#[track_caller]
fn checks(text: &str, set: &[(&str, &str)]) -> Vec<Identity> {
    let set: Vec<(String, String)> =
        set.iter().map(|(path, value)| (path.to_string(), value.to_string())).collect();
    match read("test.json", &|_| Ok(text.as_bytes().to_vec()), &set) {
        Ok(scenario) => identities(&scenario),
        Err(problems) => panic!("{problems}"),
    }
}

/// The check called `name` reads `text` and warns, or does not.
#[track_caller]
fn says(checks: &[Identity], name: &str, warning: bool, text: &str) {
    let expected = Identity { name: "", text: text.to_string(), warning };
    let found: Vec<_> = checks.iter().filter(|check| check.name == name).collect();
    let same = |check: &&&Identity| check.text == expected.text && check.warning == warning;
    assert!(found.iter().any(|check| same(&check)), "{name}: {found:#?}");
}

/// 10,000 / 4.4 per second = 2272.7 s = 37.88 min.
#[test]
fn a_leak_without_an_idle_timeout_has_a_fill_time() {
    let text = "redis: 4.4/s leaked and never closed fill 10,000 free slots in 37.88 min";
    says(&checks(CHAT, &[]), "fill_time", true, text);
    let short = checks(CHAT, &[("duration", "37min")]);
    says(&short, "fill_time", false, text);
}

/// Little's law: 4.4 per second x 301 s = 1,324.
#[test]
fn a_leak_with_an_idle_timeout_levels_off() {
    let found = checks(CHAT, &[("servers.redis.timeout", "5min")]);
    let text = "redis: 4.4/s leaked x 5.02 min idle hold 1,324 slots of 10,000 free";
    says(&found, "leaked_slots", false, text);
    assert!(found.iter().all(|check| check.name != "fill_time"));
}

#[test]
fn subscribers_are_exempt_from_the_idle_timeout() {
    let kind = "fleets.chat.connections.main.per_request.leak.kind";
    let found = checks(CHAT, &[("servers.redis.timeout", "5min"), (kind, "subscribed")]);
    let text = "redis: 4.4/s leaked and never closed fill 10,000 free slots in 37.88 min";
    says(&found, "fill_time", true, text);
}

/// 28,232 ports in TIME_WAIT for 60 s give 470.5 dials a second, 8.6 % of 5,500.
#[test]
fn dials_meet_the_port_ceiling() {
    let text = "chat: 5,500/s dials to redis per instance; 28,232 ports, each used again after \
                60 s, allow 470.5/s: 91.44 % find none";
    says(&checks(CHAT, &[]), "port_ceiling", true, text);
    let reuse = checks(CHAT, &[("fleets.chat.process.ports.tw_reuse", "true")]);
    let text = "chat: 5,500/s dials to redis per instance; 28,232 ports, each used again after 1 s, \
                allow 28,232/s";
    says(&reuse, "port_ceiling", false, text);
}

/// 22,000 x (27 us + 7 us) = 74.8 %; with TLS 22,000 x (27 + 390 + 7) us is far above one core.
#[test]
fn the_loop_has_one_core() {
    let text = "redis: the loop is busy 74.8 % of the time: 22,000/s connects at 27 us each \
                (at most 37,037/s), 22,000/s commands";
    says(&checks(CHAT, &[]), "cpu_ceiling", false, text);
    let tls = checks(CHAT, &[("servers.redis.tls", "true")]);
    let text = "redis: the loop is busy 932.8 % of the time: 22,000/s connects with TLS handshake \
                at 417 us each (at most 2,398/s), 22,000/s commands";
    says(&tls, "cpu_ceiling", true, text);
}

/// Of 8 workers each has 22,000 x 7 us / 8 = 1.925 %, and the acceptor 22,000 x 27 us = 59.4 %; with
/// commands of 400 us each worker has 110 %. Blocking for 8 s holds connections, not workers.
#[test]
fn workers_share_the_commands_and_the_acceptor_is_alone() {
    let with = |call: &str| {
        let set = [("servers.redis.discipline", "workers"), ("servers.redis.workers", "8")];
        checks(&CHAT.replace("\"hold\"", &format!("{call} \"hold\"")), &set)
    };
    let acceptor = "redis: the acceptor is busy 59.4 % of the time";
    says(&with(""), "cpu_ceiling", false, acceptor);
    let text = "redis: each of 8 workers is busy 1.925 % of the time: 22,000/s commands";
    says(&with(""), "cpu_ceiling", false, text);
    let text = "redis: each of 8 workers is busy 110 % of the time: 22,000/s commands";
    says(&with("\"cost\": { \"constant\": \"400us\" },"), "cpu_ceiling", true, text);
    // Two ways for the dial, two for the command, 8 s, 7 us, and 1 ms in hand.
    let text = "chat: 22,000/s x 8 s held = 176,031 connections in use at once, 10,000 free slots of \
                redis";
    says(&with("\"blocking\": \"8s\","), "connections_in_use", true, text);
}

/// Slots that ordinary clients cannot take are not free.
#[test]
fn reserved_slots_are_not_free() {
    let found = checks(CHAT, &[("servers.redis.reserved", "3")]);
    let text = &found.iter().find(|check| check.name == "fill_time").unwrap().text;
    assert!(text.contains("fill 9,997 free slots"), "{text}");
}

/// 4 x 9,000 = 36,000, four times what the server takes; 4 x 2,250 = 9,000 fit.
#[test]
fn pools_multiply_by_instances() {
    let pooled = |max: u32| {
        let from = CHAT.find("{ \"per_request\"").expect("the scenario dials per request");
        let to = CHAT.find("\"steps\"").expect("the scenario has steps");
        let pool = format!("{{ \"pooled\": {{ \"max\": {max} }} }} }}, ");
        checks(&format!("{}{pool}{}", &CHAT[..from], &CHAT[to..]), &[])
    };
    let text = "redis: 4 chat x 9000 = 36,000 connections at most, 10,000 free slots";
    says(&pooled(9000), "pool_ceiling", true, text);
    let text = "redis: 4 chat x 2250 = 9,000 connections at most, 10,000 free slots";
    says(&pooled(2250), "pool_ceiling", false, text);
    // 22,000 x (2 x 100 us + 7 us + 1 ms) = 26.55 leases at once: more than 4 x 5, less than 4 x 7.
    let text = "chat: 22,000/s x 1.21 ms held = 26.55 connections in use at once, 20 in its pools \
                \"main\"";
    says(&pooled(5), "connections_in_use", true, text);
    assert!(pooled(7).iter().all(|c| c.name != "connections_in_use" || !c.warning));
}

/// Each task leaks 340 x 1.2607e-3 / 3 = 0.1429 per second; 1,808 MB last 341.26 min.
#[test]
fn memory_can_run_out_before_slots() {
    let found = checks(STOREFRONT, &[]);
    let text = "storefront: 0.1429/s leaked per instance at 618 KB each fill 1.808 GB of memory in \
                341.26 min";
    says(&found, "memory_fill_time", true, text);
    let text = "redis: 0.4286/s leaked and never closed fill 10,000 free slots in 388.83 min";
    says(&found, "fill_time", true, text);
}

/// 340 x 1.2607e-3 x 301 s = 129 slots, whatever happens at the clients.
#[test]
fn a_level_of_slots_says_nothing_of_memory() {
    let forgotten = checks(STOREFRONT, &[("servers.redis.timeout", "300s")]);
    let text = "redis: 0.4286/s leaked x 5.02 min idle hold 129 slots of 10,000 free";
    says(&forgotten, "leaked_slots", false, text);
    assert!(forgotten.iter().any(|check| check.name == "memory_fill_time" && check.warning));
    let kind = "fleets.storefront.connections.main.per_request.leak.kind";
    let closing = checks(STOREFRONT, &[("servers.redis.timeout", "300s"), (kind, "closes_on_eof")]);
    assert!(closing.iter().all(|check| check.name != "memory_fill_time"));
}

/// Descriptors lower the limit: 1,024 soft and hard leave 992, from 5,000 the steps of 16 leave
/// 4,960; 3 nodes and 2 sentinels take 4 + 4 slots.
#[test]
fn the_effective_limit_counts_descriptors_and_internal_connections() {
    for (soft, hard, internal, free) in [
        ("1024", "1024", "1", "992"),
        ("1024", "5000", "1", "4,960"),
        ("1024", "16384", "1", "10,000"),
        ("65536", "65536", "3", "9,996"),
    ] {
        let found = checks(
            CHAT,
            &[
                ("servers.redis.nofile.soft", soft),
                ("servers.redis.nofile.hard", hard),
                ("servers.redis.internal.cluster_nodes", internal),
            ],
        );
        let text = &found.iter().find(|check| check.name == "fill_time").unwrap().text;
        assert!(text.contains(&format!("fill {free} free slots")), "{text}");
    }
}

#[test]
fn a_change_of_the_timeline_is_checked_from_its_instant_and_only_what_differs_is_said() {
    let change = r#""timeline": [ { "at": "20min", "set": { "servers.redis.timeout": "5min" } } ],
  "duration": "47min""#;
    let found = checks(&CHAT.replace("\"duration\": \"47min\"", change), &[]);
    let later: Vec<&str> =
        found.iter().filter(|c| c.text.starts_with("from ")).map(|c| c.name).collect();
    assert_eq!(later, ["leaked_slots"], "{found:#?}");
    assert!(found.iter().any(|c| c.text.starts_with("from 20 min: redis: 4.4/s leaked x")));
}

#[test]
fn retries_multiply_what_fails() {
    let retry = r#"{ "constant": { "attempts": 3, "delay": "10ms" } }"#;
    let found = checks(CHAT, &[("fleets.chat.retry", retry)]);
    let text = "chat: when every call fails, 3 attempts each make 66,000/s of 22,000/s requests";
    says(&found, "amplification", false, text);
}

/// Reference case E04, and go-redis: each layer multiplies.
#[test]
fn attempts_of_layers_multiply() {
    let four = r#"{ "constant": { "attempts": 4, "delay": "10ms" } }"#;
    let set =
        [("fleets.chat.retry", four), ("fleets.chat.connections.main.per_request.retry", four)];
    let text = "chat: when every call to redis fails, 4 of chat x 4 of the library of \"main\" make 16 \
                attempts of one request: 352,000/s of 22,000/s";
    says(&checks(CHAT, &set), "amplification", false, text);
    let proxied = CHAT.replace(
        "\"servers\": {",
        &format!(
            r#""servers": {{ "behind": {{}}, "proxy": {{ "proxy": {{ "to": "behind", "mode": "multiplexed", "connections": 1, "retry": {four} }} }},"#
        ),
    );
    let set = [set.as_slice(), &[("fleets.chat.steps.0.call.server", "proxy")]].concat();
    let text = "chat: when every call to proxy fails, 4 of chat x 4 of the library of \"main\" x 4 of \
                proxy make 64 attempts of one request: 1.408 million/s of 22,000/s";
    let found = checks(&proxied, &set);
    let found: Vec<_> = found.iter().filter(|check| check.name == "amplification").collect();
    assert!(
        found.iter().any(|check| check.text.contains("make 64 attempts")),
        "{text}: {found:#?}"
    );
}

/// 27 + 390 us a connection are at most 2,398 a second; 1,200 requests of four attempts each ask for
/// twice that when none succeeds, of one attempt for half of it.
#[test]
fn attempts_meet_the_ceiling_of_tls_handshakes() {
    for (attempts, asked, warning) in [("4", "4,800/s", true), ("1", "1,200/s", false)] {
        let retry = format!(r#"{{"constant": {{"attempts": {attempts}, "delay": "50ms"}}}}"#);
        let set = [
            ("servers.redis.preset", "redis-8.0"),
            ("servers.redis.tls", "true"),
            ("fleets.chat.arrivals.poisson.rate", "1200/s"),
            ("fleets.chat.retry", retry.as_str()),
        ];
        let text = format!(
            "redis: when every dial fails, 1,200/s x {attempts} attempts ask for {asked} TLS \
             handshakes, at most 2,398/s are made"
        );
        says(&checks(CHAT, &set), "handshake_ceiling", warning, &text);
    }
}

/// What is leaked at a proxy that holds a connection for each client fills the server behind it.
#[test]
fn leaks_are_seen_through_a_proxy() {
    let proxied = CHAT.replace(r#""server": "redis""#, r#""server": "proxy""#);
    assert_ne!(proxied, CHAT);
    let proxy = r#""servers": { "proxy": { "preset": "haproxy-tcp", "proxy": { "to": "redis" } },"#;
    let found = checks(&proxied.replace(r#""servers": {"#, proxy), &[]);
    let text = "redis: 4.4/s leaked and never closed fill 10,000 free slots in 37.88 min";
    says(&found, "fill_time", true, text);
}

/// HotOS'21: 300 queries a second; two attempts are vulnerable above 150, three above 100.
#[test]
fn retries_make_a_range_of_loads_vulnerable() {
    let with = |attempts: u32, rate: &str| {
        let retry = format!(r#"{{"constant":{{"attempts":{attempts},"delay":"0s"}}}}"#);
        let rate = format!(r#"{{"poisson":{{"rate":"{rate}"}}}}"#);
        checks(
            CHAT,
            &[
                ("fleets.chat.retry", &retry),
                ("fleets.chat.arrivals", &rate),
                ("servers.redis.cost.command", "2.973ms"),
                ("servers.redis.cost.connect", "360.33333us"),
            ],
        )
    };
    let said = |stable: &str, attempts: u32, load: &str| {
        format!(
            "chat: redis serves 300/s; with {attempts} attempts it recovers by itself below \
             {stable}, and can stay down between them; the load is {load}"
        )
    };
    says(&with(2, "280/s"), "vulnerable_range", true, &said("150/s", 2, "280/s"));
    says(&with(2, "140/s"), "vulnerable_range", false, &said("150/s", 2, "140/s"));
    says(&with(3, "140/s"), "vulnerable_range", true, &said("100/s", 3, "140/s"));
    // Above its capacity it is overloaded, not vulnerable.
    says(&with(2, "310/s"), "vulnerable_range", false, &said("150/s", 2, "310/s"));
}

/// HikariCP's rule: 8 tasks that hold 3 connections each need 8 x 2 + 1 = 17.
#[test]
fn nested_calls_have_a_smallest_safe_pool() {
    const TASKS: &str = r#"{
      "format": 1, "duration": "1min",
      "servers": { "db": {} },
      "fleets": { "tasks": {
        "instances": 2,
        "arrivals": { "users": { "users": 16, "think": { "constant": "1s" } } },
        "connections": { "main": { "pooled": { "max": 16 } }, "other": { "pooled": {} } },
        "steps": [
          { "one_of": [ { "share": "1%", "steps": [
            { "call": { "server": "db", "through": "main", "holding": [
              { "call": { "server": "db", "through": "main", "holding": [
                { "call": { "server": "db", "through": "main" } } ] } } ] } } ] } ] },
          { "call": { "server": "db", "through": "other", "holding": [
            { "call": { "server": "db", "through": "main" } } ] } }
        ]
      } }
    }"#;
    let text = "tasks: a request holds up to 3 connections of the pool \"main\" at once: 16 are safe \
                for 7 requests at an instance; 8, all users, need 8 x (3 - 1) + 1 = 17";
    let found = checks(TASKS, &[]);
    says(&found, "nested_pool", true, text);
    assert_eq!(found.iter().filter(|check| check.name == "nested_pool").count(), 1);
    let text = text.replace("16 are safe for 7", "17 are safe for 8");
    let set = [("fleets.tasks.connections.main.pooled.max", "17")];
    says(&checks(TASKS, &set), "nested_pool", false, &text);
}

/// Two instances with pools of ten for each of three nodes: 2 x 10 on each, 60 in all.
#[test]
fn pools_to_a_cluster_are_there_for_every_node() {
    const CLUSTER: &str = r#"{
      "format": 1, "duration": "1min",
      "servers": { "redis": { "preset": "redis-8.0", "maxclients": 100, "nodes": 3 } },
      "fleets": { "app": {
        "instances": 2,
        "arrivals": { "poisson": { "rate": "3000/s" } },
        "connections": { "main": { "pooled": { "max": 10 } } },
        "steps": [ { "call": { "server": "redis", "through": "main",
                               "hold": { "constant": "1ms" } } } ]
      } }
    }"#;
    let found = checks(CLUSTER, &[]);
    let text = "redis: (2 app x 10) x 3 nodes = 60 connections at most";
    says(&found, "cluster_ceiling", false, text);
    let text = "redis-1: 2 app x 10 = 20 connections at most, 100 free slots";
    says(&found, "pool_ceiling", false, text);
    assert_eq!(found.iter().filter(|check| check.name == "pool_ceiling").count(), 1);
    // A thousand a second for a node.
    let uses = found.iter().find(|check| check.name == "connections_in_use").expect("it is said");
    assert!(uses.text.contains("20 in its pools \"main-1\""), "{}", uses.text);
    let hot = checks(CLUSTER, &[("fleets.app.steps.0.call.hot_node", "1")]);
    let busy = |found: &[Identity]| {
        let uses = found.iter().find(|check| check.name == "cpu_ceiling").expect("it is said");
        uses.text.clone()
    };
    // 7 us each, a thousand or three thousand times a second.
    assert_eq!(busy(&found), "redis-1: the loop is busy 0.7 % of the time");
    assert_eq!(busy(&hot), "redis-1: the loop is busy 2.1 % of the time");
}
