//! Servers of several nodes: who goes where, over which connections.

use highwater::scenario::{Scenario, read};

use crate::support::{last, play};

/// Two instances that ask a cluster of three nodes 1,000 times a second for 100 s.
fn cluster(way: &str, call: &str, nodes: u32) -> Scenario {
    let text = format!(
        r#"{{
          "format": 1, "duration": "100s",
          "servers": {{
            "cache": {{ "preset": "redis-8.0" }},
            "redis": {{ "preset": "redis-8.0", "nodes": {nodes} }},
            "zoo": {{ "preset": "redis-8.0" }}
          }},
          "fleets": {{ "app": {{
            "instances": 2,
            "process": {{ "ports": {{ "tw_reuse": true }} }},
            "arrivals": {{ "even": {{ "rate": "1000/s" }} }},
            "connections": {{ "main": {way}, "other": {{ "pooled": {{ "max": 1 }} }} }},
            "steps": [ {{ "call": {{ "server": "redis", "through": "main" {call} }} }},
                       {{ "call": {{ "server": "zoo", "through": "other" }} }} ]
          }} }}
        }}"#
    );
    match read("test.json", &|_| Ok(text.clone().into_bytes()), &[]) {
        Ok(scenario) => scenario,
        Err(problems) => panic!("{problems}"),
    }
}

const PER_REQUEST: &str = r#"{ "per_request": {} }"#;

fn received(scenario: &Scenario, servers: &[&str]) -> Vec<f64> {
    let record = play(scenario, 0);
    let of = |name: &&str| last(&record, &format!("servers.{name}.total_connections_received"));
    servers.iter().map(of).collect()
}

const NODES: [&str; 3] = ["redis-1", "redis-2", "redis-3"];

/// 100,000 calls: a third each, within four standard deviations of sqrt(100,000 x 1/3 x 2/3) = 149.
#[test]
fn each_node_has_the_same_share_of_the_calls() {
    for number in received(&cluster(PER_REQUEST, "", 3), &NODES) {
        assert!((number - 33_333.0).abs() < 4.0 * 149.0, "{number}");
    }
}

/// The first has 60 %, the others 20 % each: standard deviations of 155 and 127.
#[test]
fn a_hot_node_has_its_share_and_the_others_the_rest() {
    let hot = received(&cluster(PER_REQUEST, r#", "hot_node": "60%""#, 3), &NODES);
    for (number, (share, deviation)) in
        hot.iter().zip([(60_000.0, 155.0), (20_000.0, 127.0), (20_000.0, 127.0)])
    {
        assert!((number - share).abs() < 4.0 * deviation, "{number}, not {share}");
    }
    let all = received(&cluster(PER_REQUEST, r#", "hot_node": 1"#, 3), &NODES);
    assert_eq!(all[1..], [0.0, 0.0]);
}

/// Instances x pool x nodes: 2 x 5 on each of three nodes, opened ahead of need.
#[test]
fn every_node_has_a_pool_of_its_own_in_every_instance() {
    let pools = cluster(r#"{ "pooled": { "min": 5, "max": 5 } }"#, "", 3);
    let record = play(&pools, 0);
    for node in 1..=3 {
        assert_eq!(last(&record, &format!("servers.redis-{node}.connected_clients")), 10.0);
        assert_eq!(last(&record, &format!("fleets.app.pools.main-{node}.size")), 10.0);
    }
    assert_eq!(last(&record, "servers.zoo.connected_clients"), 2.0);
    assert_eq!(last(&record, "servers.cache.connected_clients"), 0.0);
    let shared = cluster(r#"{ "shared": {} }"#, "", 3);
    assert_eq!(received(&shared, &NODES), [2.0, 2.0, 2.0]);
}

/// The keys have a stream of their own: whether the nodes are one or three, the same requests leak.
#[test]
fn nodes_move_no_other_draw() {
    let leaky = r#"{ "per_request": { "leak": { "on_success": 0.001 } } }"#;
    let leaked = |nodes| last(&play(&cluster(leaky, "", nodes), 0), "fleets.app.sockets.leaked");
    assert_eq!(leaked(1), leaked(3));
    assert!(leaked(3) > 50.0);
}

/// A connection to one node can be held while another node is asked, and comes back to its own pool.
#[test]
fn what_is_held_of_a_node_comes_back_to_it() {
    let inner = r#", "holding": [ { "call": { "server": "redis", "through": "main" } } ]"#;
    let nested = cluster(r#"{ "pooled": { "max": 50, "wait_timeout": "1s" } }"#, inner, 3);
    let record = play(&nested, 0);
    assert_eq!(last(&record, "fleets.app.failed"), 0.0);
    let of = |what: &str| last(&record, &format!("fleets.app.{what}"));
    let (ended, all) = (3.0 * of("succeeded"), 3.0 * of("requests"));
    assert!((ended..=all).contains(&of("attempts")), "{} attempts", of("attempts"));
    for node in 1..=3 {
        assert!(of(&format!("pools.main-{node}.leased")) <= 2.0 * of("in_flight"));
    }
}
