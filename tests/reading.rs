//! What goes before what: files over their bases, settings over files, files over presets, presets
//! over defaults, entries of the timeline over what was before.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use highwater::scenario::{
    Action, Arrivals, IdlePick, PoolReaper, Pooled, Problems, Profile, Scenario, Settings, Shared,
    Strategy, read,
};
use highwater::units::Span;

const GOOD: &str = include_str!("bad/good.json");

/// Reads the first of `files`; the others are there for it to start from.
fn read_all(files: &[(&str, &str)], set: &[(&str, &str)]) -> Result<Scenario, Problems> {
    let load = |name: &str| match files.iter().find(|(known, _)| *known == name) {
        Some((_, text)) => Ok(text.as_bytes().to_vec()),
        None => Err(std::io::Error::from(std::io::ErrorKind::NotFound)),
    };
    let owned = |(path, value): &(&str, &str)| (path.to_string(), value.to_string());
    read(files[0].0, &load, &set.iter().map(owned).collect::<Vec<_>>())
}

fn with(set: &[(&str, &str)]) -> Scenario {
    read_all(&[("good.json", GOOD)], set).unwrap()
}

fn over(text: &str) -> Scenario {
    read_all(&[("a/b.json", text), ("a/good.json", GOOD)], &[]).unwrap()
}

fn pool(settings: &Settings) -> &Pooled {
    match &settings.fleets[0].connections[0].strategy {
        Strategy::Pooled(pooled) => pooled,
        other => panic!("expected a pool, found {other:?}"),
    }
}

#[test]
fn what_is_written_goes_before_the_preset_and_the_preset_before_the_defaults() {
    let preset = ("fleets.shop.connections.main.pooled.preset", "bb8-0.9");
    let scenario = with(&[preset, ("servers.redis.preset", "redis-7.2")]);
    let pool = pool(&scenario.settings);
    assert_eq!(pool.max, 10, "written in the file");
    assert_eq!(pool.idle_pick, IdlePick::Fifo, "from the preset");
    assert_eq!(pool.reaper, PoolReaper::Periodic(Span::from_secs(30)), "from the preset");
    assert_eq!(pool.leak.on_error.share(), 0.0, "the default");
    let server = &scenario.settings.servers[0];
    assert_eq!((server.maxclients, server.accepts_per_turn, server.somaxconn), (100, 1000, 4096));
}

#[test]
fn a_file_states_only_what_differs_from_its_base() {
    let scenario = over(
        r#"{
            "base": "good.json",
            "servers": { "redis": { "timeout": "1min" } },
            "fleets": { "shop": { "connections": { "main": { "pooled": { "min": 3 } } } } },
            "claims": []
        }"#,
    );
    assert_eq!(scenario.name, "b");
    assert_eq!(scenario.settings.servers[0].maxclients, 100, "from the base");
    assert_eq!(scenario.settings.servers[0].timeout, Span::from_secs(60));
    assert_eq!((pool(&scenario.settings).min, pool(&scenario.settings).max), (3, 10));
    assert_eq!(scenario.claims.len(), 0, "a list replaces the one of the base");
    assert_eq!(scenario.timeline.len(), 1, "from the base");
}

#[test]
fn another_variant_of_a_choice_replaces_that_of_the_base() {
    let scenario = over(
        r#"{
            "base": "good.json",
            "fleets": { "shop": { "connections": { "main": { "shared": {} } } } }
        }"#,
    );
    let strategy = &scenario.settings.fleets[0].connections[0].strategy;
    assert_eq!(strategy, &Strategy::Shared(Shared::plain(1)));
}

#[test]
fn settings_of_the_command_line_go_before_the_files_and_need_no_quotes() {
    let scenario = with(&[
        ("seed", "38"),
        ("servers.redis.timeout", "5min"),
        ("fleets.shop.retry", "{\"constant\": {\"attempts\": 2, \"delay\": \"1s\"}}"),
        ("fleets.shop.steps.0.call.hold.constant", "2ms"),
        ("fleets.shop.instances", "3"),
    ]);
    assert_eq!(scenario.seed, "38");
    assert_eq!(scenario.settings.servers[0].timeout, Span::from_secs(300));
    assert_eq!(scenario.settings.fleets[0].retry.attempts(), Some(2));
    assert_eq!(scenario.settings.fleets[0].instances, 3);
}

#[test]
fn a_problem_of_the_command_line_is_told_at_its_place() {
    let said =
        |set: (&str, &str)| read_all(&[("good.json", GOOD)], &[set]).unwrap_err().to_string();
    assert_eq!(
        said(("servers.redis.maxclients", "lots")),
        "--set:1:26: servers.redis.maxclients: expected a whole number from 1 to 10,000,000; \
         found \"lots\"\n"
    );
    assert_eq!(
        said(("servers.redis.maxclient", "1")),
        "--set:1:1: servers.redis.maxclient: unknown key \"maxclient\" \
         (did you mean \"maxclients\"?)\n"
    );
}

/// The part `+` of a path is a new item at the end of a list, also where none is written.
#[test]
fn a_setting_can_add_an_entry_to_the_timeline() {
    let entry = r#"{"at": "1min", "set": {"servers.redis.maxclients": 50}}"#;
    let two = [("timeline.+", entry), ("timeline.+.at", "2min"), ("timeline.2.pause", PAUSE)];
    let scenario = read_all(&[("good.json", GOOD)], &two).unwrap_or_else(|no| panic!("{no}"));
    let at: Vec<f64> = scenario.timeline.iter().map(|entry| entry.at.as_secs_f64()).collect();
    assert!(at.len() == 3 && at.contains(&60.0) && at.contains(&120.0), "{at:?}");
    let no = read_all(&[("good.json", GOOD)], &[("timeline.+", r#"{"att": "1min"}"#)]);
    let said = no.unwrap_err().to_string();
    assert!(
        said.contains("--set:1:12: timeline.1.att: unknown key (did you mean \"at\"?)"),
        "{said}"
    );
}

const PAUSE: &str = r#"{"server": "redis", "for": "2s"}"#;

/// Every entry changes the state that the one before it left, in order of time, not of the file.
#[test]
fn the_timeline_is_played_in_order_of_time() {
    let scenario = over(
        r#"{
            "base": "good.json",
            "timeline": [
                { "at": "4min", "rollback": { "fleet": "shop" } },
                { "at": "3min", "set": { "servers.redis.maxclients": 50 } },
                { "at": "1min", "set": { "fleets.shop.connections.main.pooled.max": 20 } },
                { "at": "2min", "deploy": {
                    "fleet": "shop",
                    "set": { "fleets.shop.connections.main.pooled.max": 30 }
                } },
                { "at": "5min", "client_kill": { "server": "redis", "by": { "idle": "1min" } } }
            ]
        }"#,
    );
    let state = |entry: usize| match &scenario.timeline[entry].action {
        Action::Set(settings) | Action::Deploy { settings, .. } => settings,
        other => panic!("expected settings, found {other:?}"),
    };
    let pools: Vec<u32> = (0..4).map(|entry| pool(state(entry)).max).collect();
    let limits: Vec<u32> = (0..4).map(|entry| state(entry).servers[0].maxclients).collect();
    assert_eq!(pools, [20, 30, 30, 20], "the rollback leaves the limit of the server alone");
    assert_eq!(limits, [100, 100, 50, 50]);
    let labels: Vec<&str> = scenario.timeline.iter().map(|entry| entry.label.as_str()).collect();
    assert_eq!(
        labels,
        [
            "fleets.shop.connections.main.pooled.max = 20",
            "deploy shop: fleets.shop.connections.main.pooled.max = 30",
            "servers.redis.maxclients = 50",
            "roll back shop",
            "kill what is idle for 1m at redis, by CLIENT LIST and CLIENT KILL ID one by one",
        ]
    );
}

/// A file of values lies beside the file that names it, be that a base; a setting of the command line
/// names one beside the scenario.
#[test]
fn rates_and_instants_may_stand_in_a_file_of_their_own() {
    let base = r#"{ "base": "../good.json", "fleets": { "shop": {
        "arrivals": { "poisson": { "csv": { "file": "rate.csv", "time": "t", "rate": "r" } } }
    } } }"#;
    let files = [
        ("a/top.json", r#"{ "base": "b/base.json" }"#),
        ("a/b/base.json", base),
        ("a/good.json", GOOD),
        ("a/b/rate.csv", "r,\"a, b\",t\r\n5,x,1731577320\r\n600/min,y,1731577350.5\r\n\r\n"),
        ("a/own.csv", "time\n10s\n10\n0.5min\n"),
    ];
    let at = |s: f64| highwater::units::SimTime::ZERO + Span::from_secs_f64(s);
    let rate = |r: f64| highwater::units::Rate::per_second(r).unwrap();
    let scenario = read_all(&files, &[]).unwrap();
    let points = Profile::Points(vec![(at(0.0), rate(5.0)), (at(30.5), rate(10.0))]);
    assert_eq!(scenario.settings.fleets[0].arrivals, Arrivals::Poisson(points));
    let own = r#"{ "file": "own.csv", "time": "time" }"#;
    let set = [("fleets.shop.arrivals.instants.csv", own)];
    let scenario = read_all(&files, &set).unwrap();
    let at = vec![at(0.0), at(0.0), at(20.0)];
    assert_eq!(scenario.settings.fleets[0].arrivals, Arrivals::Instants { at, each: 1 });
}

#[test]
fn memory_limits_follow_the_timeline() {
    let timeline = r#"[
        { "at": "5s", "set": { "fleets.shop.process.memory.limit": "200MB" } },
        { "at": "7s", "deploy": { "fleet": "shop", "every": "1s",
                                  "set": { "fleets.shop.process.memory.limit": "300MB" } } }
    ]"#;
    let memory = r#"{ "base": "10MB", "limit": "100MB" }"#;
    let scenario = with(&[("fleets.shop.process.memory", memory), ("timeline", timeline)]);
    let limits = scenario.memory_limits(0).into_iter();
    let limits: Vec<(f64, u64)> = limits.map(|(at, limit)| (at.as_secs_f64(), limit.0)).collect();
    assert_eq!(limits, [(0.0, 100_000_000), (5.0, 200_000_000), (7.0, 300_000_000)]);
}
