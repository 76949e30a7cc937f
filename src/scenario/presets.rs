//! Presets: the values of published servers and client libraries, each with its source.

use std::sync::LazyLock;

use serde_json::Value;

use super::table::PresetKind;

#[cfg(test)]
mod clients;

/// A named set of values.
#[derive(Clone, Debug)]
pub struct Preset {
    /// Its name: `redis-8.0`.
    pub name: &'static str,
    /// What it describes.
    pub kind: PresetKind,
    /// One or two sentences: what it is, and what it cannot say.
    pub about: String,
    /// The preset it starts from.
    pub base: Option<String>,
    /// Every value, those of the base included: its key (dots for keys inside keys), the value as
    /// JSON, its source.
    pub values: Vec<(String, String, String)>,
    /// The values as the object that the key `preset` stands in.
    pub(crate) tree: Value,
}

/// All presets: servers first, each kind in the order of names and versions.
pub fn presets() -> &'static [Preset] {
    static PRESETS: LazyLock<Vec<Preset>> = LazyLock::new(|| {
        FILES.iter().map(|(name, kind, text)| preset(name, *kind, text)).collect()
    });
    &PRESETS
}

/// The preset `name` that may stand where one of kind `kind` is asked for.
pub(crate) fn find(kind: PresetKind, name: &str) -> Option<&'static Preset> {
    presets().iter().find(|preset| preset.kind.is_a(kind) && preset.name == name)
}

/// The names of all presets that may stand where one of kind `kind` is asked for.
pub(crate) fn names(kind: PresetKind) -> impl Iterator<Item = &'static str> {
    presets().iter().filter(move |preset| preset.kind.is_a(kind)).map(|preset| preset.name)
}

macro_rules! files {
    ($($kind:ident $name:literal),* $(,)?) => {
        &[$(($name, PresetKind::$kind, include_str!(concat!("presets/", $name, ".json")))),*]
    };
}

const FILES: &[(&str, PresetKind, &str)] = files![
    Server "redis-6.2",
    Server "redis-7.0",
    Server "redis-7.2",
    Server "redis-7.4",
    Server "redis-8.0",
    Server "valkey-7.2",
    Server "valkey-8.0",
    Server "valkey-8.1",
    Server "postgresql-18",
    Server "mysql-8",
    Server "memcached-1.6",
    Proxy "pgbouncer-1-session",
    Proxy "pgbouncer-1-transaction",
    Proxy "pgbouncer-1-statement",
    Proxy "twemproxy-0.5",
    Proxy "envoy-redis",
    Proxy "haproxy-tcp",
    Plan "heroku-redis-30",
    Plan "heroku-redis-400",
    Plan "redis-plan-10",
    Plan "redis-plan-20",
    Plan "rds-postgresql-50",
    Pool "bb8-0.9",
    Pool "bb8-redis-0.26",
    Pool "commons-pool-2",
    Pool "database-sql",
    Pool "deadpool-0.12",
    Pool "deadpool-0.13",
    Pool "deadpool-redis-0.23",
    Pool "generic-pool-3.9",
    Pool "go-redis-9",
    Pool "go-redis-9.0",
    Pool "hikaricp-6",
    Pool "hikaricp-7",
    Pool "jedis-8",
    Pool "lettuce-pool-7",
    Pool "mobc-0.9",
    Pool "node-redis-6-pool",
    Pool "npgsql-9",
    Pool "npgsql-10",
    Pool "pg-pool-3",
    Pool "psycopg-pool-3.3",
    Pool "r2d2-0.8",
    Pool "redis-py-5",
    Pool "redis-py-5-blocking",
    Pool "redis-py-6",
    Pool "redis-py-6-blocking",
    Pool "redis-py-8",
    Pool "redis-py-8-blocking",
    Pool "sqlx-0.9",
    Shared "redis-rs-0.23-sync",
    Shared "redis-rs-0.23-multiplexed",
    Shared "redis-rs-0.23-manager",
    Shared "redis-rs-1.8-sync",
    Shared "redis-rs-1.8-multiplexed",
    Shared "redis-rs-1.8-manager",
    Shared "ioredis-5",
    Shared "ioredis-6",
    Shared "node-redis-4",
    Shared "node-redis-6",
    Shared "lettuce-7",
    Shared "stackexchange-redis-3",
    Shared "fred-10",
    Retry "aws-sdk-standard-2.0",
    Retry "aws-sdk-standard-2.1",
    Retry "aws-sdk-adaptive",
    Retry "botocore-legacy",
    Retry "aws-backoff-full",
    Retry "aws-backoff-equal",
    Retry "aws-backoff-decorrelated",
    Retry "grpc-retry",
    Retry "finagle-budget",
    Retry "tower-retry",
    Retry "linkerd-profile",
    Retry "envoy-retry",
    Retry "envoy-retry-budget",
    Retry "go-redis-9-retry",
    Retry "redis-py-6-retry",
    Retry "redis-py-8-retry",
    Retry "backon-1",
    Retry "backon-1-jitter",
    Retry "backoff-0.4",
    Retry "retry-1",
    Retry "retry-2",
    Retry "tokio-retry-0.3",
    Retry "resilience4j-retry",
    Retry "resilience4j-retry-exponential",
    Retry "polly-8",
    Retry "polly-8-jitter",
    Breaker "hystrix-1.5-breaker",
    Breaker "polly-8-breaker",
    Breaker "resilience4j-2-breaker",
    Bulkhead "hystrix-1.5-threads",
    Bulkhead "polly-8-limiter",
    Bulkhead "resilience4j-2-bulkhead",
    Limit "netflix-aimd",
    Limit "netflix-gradient2",
    Limit "netflix-vegas",
    Throttle "google-sre-throttle",
    Hedge "grpc-hedge",
    Hedge "polly-8-hedge",
];

fn preset(name: &'static str, kind: PresetKind, text: &str) -> Preset {
    let file: Value = serde_json::from_str(text).expect("an embedded preset is JSON");
    let about = file["about"].as_str().expect("a preset says what it is").to_string();
    let base = file["base"].as_str();
    let base_file = base.map(|base| {
        let found = FILES.iter().find(|(name, ..)| *name == base);
        let (name, kind, text) = found.expect("the base of a preset is a preset");
        preset(name, *kind, text)
    });
    let (mut values, mut tree) =
        base_file.map_or_else(Default::default, |base| (base.values, base.tree));
    let rows = file["values"].as_object().expect("a preset has values");
    for (key, row) in rows {
        let source = row["source"].as_str().expect("every value of a preset has a source");
        let row_of = (key.clone(), row["value"].to_string(), source.to_string());
        match values.iter_mut().find(|(known, ..)| known == key) {
            Some(of_base) => *of_base = row_of,
            None => values.push(row_of),
        }
        put(&mut tree, key, row["value"].clone());
    }
    Preset { name, kind, about, base: base.map(str::to_string), values, tree }
}

/// Puts a value under a dotted key; objects on the way to it come into being.
fn put(tree: &mut Value, key: &str, value: Value) {
    *key.split('.').fold(tree, |at, part| &mut at[part]) = value;
}

/// The values of a preset under these keys, as JSON; "-" where it says nothing.
#[cfg(test)]
fn values<const N: usize>(name: &str, keys: [&str; N]) -> [String; N] {
    let preset = presets().iter().find(|preset| preset.name == name);
    let preset = preset.unwrap_or_else(|| panic!("there is a preset {name}"));
    keys.map(|key| {
        let row = preset.values.iter().find(|(known, ..)| known == key);
        row.map_or("-".to_string(), |(_, value, _)| value.clone())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As read in `src/config.c`, `src/server.h`, `src/networking.c` and `src/connection.h` of each
    /// version.
    #[test]
    fn redis_and_valkey_have_the_values_of_their_versions() {
        let keys = [
            "maxclients",
            "timeout",
            "keepalive",
            "accepts_per_turn",
            "accepts_per_turn_tls",
            "backlog",
        ];
        for (name, batch, batch_tls) in [
            ("redis-6.2", "1000", "1000"),
            ("redis-7.0", "1000", "1000"),
            ("redis-7.2", "1000", "1000"),
            ("redis-7.4", "10", "1"),
            ("redis-8.0", "10", "1"),
            ("valkey-7.2", "1000", "1000"),
            ("valkey-8.0", "10", "1"),
            ("valkey-8.1", "10", "1"),
        ] {
            let expected = ["10000", r#""0s""#, r#""300s""#, batch, batch_tls, "511"];
            assert_eq!(values(name, keys), expected, "{name}");
        }
    }

    #[test]
    fn other_servers_have_the_limits_of_their_sources() {
        let keys = ["maxclients", "reserved", "reserved_beyond", "when_full", "timeout", "backlog"];
        let text = |word: &str| format!("{word:?}");
        for (name, [limit, reserved, beyond], full, timeout, backlog) in [
            ("postgresql-18", ["100", "3", "-"], "reject", "0s", "200"),
            ("mysql-8", ["151", "-", "1"], "reject", "8h", "151"),
            ("memcached-1.6", ["1024", "-", "-"], "reject", "0s", "1024"),
            ("pgbouncer-1-session", ["100", "-", "-"], "reject", "0s", "128"),
            ("twemproxy-0.5", ["65503", "-", "-"], "reject_silently", "0s", "512"),
        ] {
            let expected =
                [limit, reserved, beyond, &text(full), &text(timeout), backlog].map(String::from);
            assert_eq!(values(name, keys), expected, "{name}");
        }
    }

    #[test]
    fn proxies_have_the_modes_and_waits_of_their_sources() {
        let keys = [
            "proxy.mode",
            "proxy.connections",
            "proxy.queue_timeout",
            "proxy.dials_at_once",
            "proxy.retry_after",
        ];
        let pooled = |mode| [mode, "20", r#""120s""#, "1", r#""15s""#];
        for (name, expected) in [
            ("pgbouncer-1-session", pooled(r#""session""#)),
            ("pgbouncer-1-transaction", pooled(r#""transaction""#)),
            ("pgbouncer-1-statement", pooled(r#""statement""#)),
            ("twemproxy-0.5", [r#""multiplexed""#, "1", r#""none""#, "-", "-"]),
            ("envoy-redis", [r#""multiplexed""#, "4", "-", "-", "-"]),
            ("haproxy-tcp", [r#""one_to_one""#, r#""none""#, r#""5s""#, "-", r#""1s""#]),
        ] {
            assert_eq!(values(name, keys), expected, "{name}");
        }
    }

    #[test]
    fn guards_have_the_defaults_of_their_libraries() {
        let keys = ["over", "min_calls", "failure_ratio", "open_for", "probes", "looks"];
        let time =
            |length, buckets| format!(r#"{{"time":{{"length":"{length}","buckets":{buckets}}}}}"#);
        for (name, over, [calls, ratio, open, probes, looks]) in [
            (
                "resilience4j-2-breaker",
                r#"{"calls":100}"#.to_string(),
                ["100", "0.5", r#""60s""#, "10", r#""each_call""#],
            ),
            (
                "hystrix-1.5-breaker",
                time("10s", 20),
                ["20", "0.5", r#""5s""#, "1", r#""each_bucket""#],
            ),
            (
                "polly-8-breaker",
                time("30s", 10),
                ["100", "0.1", r#""5s""#, "1", r#""each_failure""#],
            ),
        ] {
            let expected = [&over, calls, ratio, open, probes, looks].map(String::from);
            assert_eq!(values(name, keys), expected, "{name}");
        }
        for (name, max) in [
            ("resilience4j-2-bulkhead", "25"),
            ("hystrix-1.5-threads", "10"),
            ("polly-8-limiter", "1000"),
            ("netflix-aimd", "200"),
            ("netflix-vegas", "1000"),
            ("netflix-gradient2", "200"),
        ] {
            assert_eq!(values(name, ["max"]), [max], "{name}");
        }
    }

    #[test]
    fn a_plan_differs_from_its_base_in_what_is_sold() {
        let keys = ["maxclients", "accepts_per_turn", "backlog"];
        assert_eq!(values("heroku-redis-30", keys), ["30", "1000", "511"]);
        for preset in presets().iter().filter(|preset| preset.kind == PresetKind::Plan) {
            let base = preset.base.as_deref().and_then(|base| find(PresetKind::Server, base));
            let base = base.unwrap_or_else(|| panic!("{} starts from a server", preset.name));
            let differs: Vec<&str> = preset
                .values
                .iter()
                .filter(|row| !base.values.contains(row))
                .map(|(key, ..)| key.as_str())
                .collect();
            assert_eq!(differs, ["maxclients"], "{}", preset.name);
        }
    }
}
