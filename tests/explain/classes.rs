//! The classes of the shipped scenarios: whatever each is known to be, by its own file.

use std::path::Path;

use highwater::claims::Class;
use highwater::experiment::{Explanation, Question, explain};
use highwater::scenario::Cause;
use highwater::units::SimTime;

use crate::files::read_file;

const FIRST: Question = Question::Failure { cause: None, fleet: None, after: SimTime::ZERO };

/// A shipped scenario with some keys set anew; its claims are not asked about.
fn of(file: &str, set: &[(&str, &str)], question: Question) -> Explanation {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(file);
    let mut all = vec![("claims", "[]")];
    all.extend(set);
    explain(&read_file(&path.with_extension("json"), &all), 0, question, &mut |_| {})
}

#[track_caller]
fn check(file: &str, set: &[(&str, &str)], question: Question, class: Class) -> Explanation {
    let found = of(file, set, question);
    assert_eq!(found.signature.class, class, "{file}: {:#?}", found.signature.findings);
    found
}

/// The chat incident with a limit of 600 instead of 10,000: the leak is the same, and takes two
/// minutes to fill it.
const CHAT: [(&str, &str); 3] =
    [("servers.redis.maxclients", "600"), ("duration", "3min"), ("sample_every", "1s")];

#[test]
fn a_leak_climbs_steadily_at_flat_traffic() {
    let found = check("incidents/chat-38min", &CHAT, FIRST, Class::Leak);
    let finding = found.signature.found().unwrap();
    assert_eq!((finding.held(), finding.signs.len()), (4, 4), "{:#?}", finding.signs);
    let ended = found.ended.unwrap();
    assert_eq!(ended.cause, Some(Cause::Rejected));
    // 264 leaks a minute less what is in use: (600 - 1 - in use) / 4.4 a second.
    let slots = found.request.unwrap().attempts[0].slots.unwrap();
    assert_eq!((slots.taken, slots.limit), (600, 600));
    let first = found.signals.iter().find(|signal| signal.name == "ratio_0.8").unwrap();
    assert!(first.lead(found.until).unwrap().as_secs_f64() > 15.0, "{first:?}");
}

/// Each of these is a leak by its own file, whatever it fills: slots, leases, memory. The lesson of the
/// error path leaks by its first failures, which are timeouts; what is asked about comes of the leak.
#[test]
fn no_leak_that_is_shipped_is_called_otherwise() {
    let waits = Question::Failure {
        cause: Some(Cause::CheckoutTimeout),
        fleet: None,
        after: SimTime::ZERO,
    };
    for (file, question, cause) in [
        ("incidents/storefront-6h", FIRST, Some(Cause::Oom)),
        ("incidents/channels-redis-125", FIRST, Some(Cause::Rejected)),
        ("incidents/npgsql-1348-leak", FIRST, Some(Cause::CheckoutTimeout)),
        ("lessons/leak-in-the-error-path", waits, Some(Cause::CheckoutTimeout)),
        // Ten hours are not enough to fill the limit; it climbs all the same.
        ("incidents/celery-6819", FIRST, None),
    ] {
        let found = check(file, &[], question, Class::Leak);
        assert_eq!(found.ended.and_then(|ended| ended.cause), cause, "{file}");
        assert_eq!(found.has_failure, cause.is_some(), "{file}");
        if cause.is_some() {
            assert!(
                found.chain.iter().any(|link| link.kind == "leak"),
                "{file}: {:#?}",
                found.chain
            );
            assert!(found.connection.unwrap().leaked.is_some(), "{file}");
        }
    }
}

#[test]
fn pools_that_multiply_jump_after_a_deploy() {
    let found = check("lessons/pools-multiply-at-deploy", &[], FIRST, Class::PoolMisconfiguration);
    let trigger = found.chain.last().unwrap();
    assert_eq!(trigger.kind, "trigger");
    assert!(trigger.text.contains("deploy blue-green"), "{}", trigger.text);
}

#[test]
fn a_retry_storm_multiplies_attempts() {
    let found = check("lessons/retry-storm-immediate", &[], FIRST, Class::RetryStorm);
    assert_eq!(found.request.unwrap().attempts.len(), 20);
    assert!(found.chain.last().unwrap().text.contains("restart of redis"));
}

#[test]
fn replicas_that_find_no_slot_are_internal_connections() {
    let found = check("lessons/headroom-for-replicas", &[], FIRST, Class::InternalConnections);
    assert!(!found.has_failure && found.request.is_none());
    assert!(found.chain.iter().any(|link| link.text.contains("a replica is refused")));
}

#[test]
fn a_limit_that_is_too_low_is_reached_by_use() {
    check("lessons/pool-too-small", &[("duration", "30s")], FIRST, Class::LimitTooLow);
    // The first requests find no pod ready; what is asked about comes with the traffic, before the
    // autoscaler does anything.
    let waits = Question::Failure {
        cause: Some(Cause::CheckoutTimeout),
        fleet: None,
        after: SimTime::ZERO,
    };
    check("incidents/hpa-crash-loop", &[], waits, Class::LimitTooLow);
}

#[test]
fn ports_that_run_out_are_none_of_the_five() {
    let found = check(
        "incidents/chat-four-pods",
        &[("duration", "10s"), ("sample_every", "1s")],
        FIRST,
        Class::Other,
    );
    assert!(found.instead.unwrap().contains("ports run out"));
    let first = found.signals.first().unwrap();
    assert_eq!(first.name, "ports");
}
