//! A server is left as it was found.

use std::time::Duration;

use super::redis::Redis;
use super::run::{command, turn};

#[test]
fn the_settings_of_before_come_back_even_after_a_kill() {
    let _turn = turn();
    let redis = Redis::start();
    redis.ask("CONFIG SET timeout 77");
    redis.ask("CONFIG SET maxclients 1234");
    let as_before = || (redis.setting("timeout"), redis.setting("maxclients"));
    let before = ("77".to_string(), "1234".to_string());
    assert_eq!(as_before(), before);
    let short = "--set duration=1s --format json";
    let output = command("linear-leak", &redis, short).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(as_before(), before);

    // Who looks is a client too: a run that counts it among the others declines, and begins again.
    let begin = || command("linear-leak", &redis, "--quiet").spawn().unwrap();
    let mut killed = begin();
    let changed = ("0".to_string(), "500".to_string());
    let looks_like = |wanted: &(String, String)| {
        std::thread::sleep(Duration::from_millis(100));
        as_before() == *wanted
    };
    let becomes_changed = (0..100).any(|_| {
        if killed.try_wait().unwrap().is_some() {
            killed = begin();
        }
        looks_like(&changed)
    });
    assert!(becomes_changed, "{:?} never becomes {changed:?}", as_before());
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert!((0..100).any(|_| looks_like(&before)), "{:?} never becomes {before:?}", as_before());
}

#[test]
fn other_clients_are_not_disturbed() {
    let redis = Redis::start();
    let _other = redis.hold(1);
    let output = command("linear-leak", &redis, "").output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(err.contains("2 clients"), "{err}");
    assert_eq!(redis.setting("maxclients"), "10000");
}
