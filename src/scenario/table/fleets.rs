//! Fleets: identical application instances.

use super::autoscale::AUTOSCALE;
use super::balancers::BALANCER;
use super::breakers::BREAKER;
use super::ejection::EJECTION;
use super::guards::{BULKHEAD, HEDGE};
use super::health::HEALTH;
use super::limiters::LIMITER;
use super::load::ARRIVALS;
use super::process::PROCESS;
use super::retries::RETRY;
use super::serverless::SERVERLESS;
use super::servers::LONGEST_WAIT;
use super::steps::STEP;
use super::visitors::{ABANDONED, PATIENCE, RELOAD};
use super::ways::CONNECTIONS;
use super::{Kind, Type, US, key, optional, required};

pub(crate) static FLEET: Type = Type::new(
    "fleet",
    "Identical application instances.",
    &[
        key("instances", Kind::Count(1, 10_000), "1", "4", "How many instances run."),
        optional(
            "autoscale",
            Kind::Object(&AUTOSCALE),
            "the size stays as it is",
            r#"{"target": {"cpu": "70%"}, "min": 3, "max": 15}"#,
            "How the size follows the load.",
        ),
        optional(
            "serverless",
            Kind::Object(&SERVERLESS),
            "instances run all the time and take many requests at once",
            r#"{"max": 1000, "keep": "10min"}"#,
            "An instance for every request in flight; `instances` and `balancer` mean nothing then.",
        ),
        key(
            "balancer",
            Kind::Choice(&BALANCER),
            r#""random""#,
            r#""random""#,
            "How requests are spread over the instances that are up.",
        ),
        optional(
            "health",
            Kind::Object(&HEALTH),
            "no checks: every instance that is up gets requests",
            r#"{"every": "5s", "timeout": "2s", "what": "server"}"#,
            "How the balancer finds out which instances to pass by.",
        ),
        key(
            "ejection",
            Kind::Choice(&EJECTION),
            r#""none""#,
            r#"{"consecutive": {"failures": 5, "for": "30s"}}"#,
            "What the balancer learns from the ends of requests.",
        ),
        required(
            "arrivals",
            Kind::Choice(&ARRIVALS),
            r#"{"poisson": {"rate": "22000/s"}}"#,
            "When requests arrive.",
        ),
        key(
            "patience",
            Kind::Choice(&PATIENCE),
            r#""none""#,
            r#"{"after": {"exponential": {"mean": "5s"}}}"#,
            "How long somebody waits for the end of a request.",
        ),
        key(
            "reload",
            Kind::Choice(&RELOAD),
            r#""none""#,
            r#"{"again": {"times": 2, "pause": {"uniform": {"min": "500ms", "max": "3s"}}}}"#,
            "What somebody does whose request has failed, or who has lost patience with it.",
        ),
        key(
            "abandoned",
            Kind::Words(ABANDONED),
            r#""goes_on""#,
            r#""cancelled""#,
            "What becomes of a request whose visitor has lost patience.",
        ),
        key(
            "connections",
            Kind::Named(&Kind::Choice(&CONNECTIONS), 0, 100),
            "{}",
            r#"{"main": {"pooled": {"max": 10}}}"#,
            "The ways to the servers, by name.",
        ),
        required(
            "steps",
            Kind::List(&Kind::Choice(&STEP), 1, 32),
            r#"[{"call": {"server": "redis", "through": "main"}}]"#,
            "What a request does, in order.",
        ),
        key(
            "retry",
            Kind::Choice(&RETRY),
            r#""none""#,
            r#"{"exponential": {"attempts": 4, "base": "50ms", "cap": "2s", "jitter": "full"}}"#,
            "What happens after a failed call.",
        ),
        key(
            "deadline",
            Kind::SpanOrNone(US, LONGEST_WAIT),
            r#""none""#,
            r#""800ms""#,
            "How long a request may wait for others: at the end of it every wait, dial, read and \
             pause of its calls ends; none is for ever.",
        ),
        key(
            "breaker",
            Kind::Choice(&BREAKER),
            r#""none""#,
            r#"{"consecutive": {"failures": 10, "open_for": "1s"}}"#,
            "What keeps calls back while they fail; every instance has its own.",
        ),
        key(
            "limiter",
            Kind::Choice(&LIMITER),
            r#""none""#,
            r#"{"limit": {"preset": "netflix-gradient2"}}"#,
            "What adapts to how the server answers; every instance has its own.",
        ),
        key(
            "bulkheads",
            Kind::Named(&Kind::Object(&BULKHEAD), 0, 100),
            "{}",
            r#"{"search": {"max": 25}}"#,
            "Limits of calls at once, by the name that calls say; every instance has its own.",
        ),
        key(
            "hedge",
            Kind::Choice(&HEDGE),
            r#""none""#,
            r#"{"copies": {"delay": "500ms", "extra": 2}}"#,
            "Further copies of an attempt that has no answer yet.",
        ),
        key(
            "process",
            Kind::Object(&PROCESS),
            "{}",
            r#"{"nofile": 65536}"#,
            "Limits of one instance.",
        ),
        key(
            "privileged",
            Kind::Flag,
            "false",
            "true",
            "Whether its connections may take a server's reserved slots.",
        ),
    ],
);
