//! The settings of a pool.

use super::Reading;
use super::ways::leak;
use crate::scenario::meant::{
    Broken, DialErrors, DialRetry, Dialling, FailFast, HandOff, IdlePick, LookedAt, MinSpares,
    PoolReaper, Pooled, Refill, Validate, WaitCovers, Workers,
};
use crate::scenario::scalar;
use crate::scenario::table::pool_dials::{DIAL_RETRY, DIALLING, FAIL_FAST};
use crate::scenario::table::pool_upkeep::{POOL_REAPER, VALIDATE};
use crate::scenario::table::pools::{HAND_OFF, IDLE_PICK};
use crate::scenario::tree::Node;
use crate::scenario::view::{Chosen, View};
use crate::units::duration;

pub(super) fn pooled(view: &View, path: &str, reading: &mut Reading) -> Pooled {
    let pooled = Pooled {
        preset: view.find("preset").and_then(|node| node.as_text()).map(str::to_string),
        max: view.count("max"),
        min: view.count("min"),
        max_idle: view.count_or_none("max_idle"),
        max_waiting: view.count_or_none("max_waiting"),
        wait_timeout: view.span_or_none("wait_timeout"),
        wait_covers: view.word("wait_covers", WAIT_COVERS),
        hand_off: hand_off(view.node("hand_off")),
        idle_pick: idle_pick(view.node("idle_pick")),
        idle_timeout: view.span_or_none("idle_timeout"),
        max_lifetime: view.span_or_none("max_lifetime"),
        lifetime_jitter: view.share("lifetime_jitter"),
        lifetime_checked: view.find("lifetime_checked").map(looked_at),
        reaper: reaper(view.node("reaper")),
        min_spares: view.word("min_spares", MIN_SPARES),
        refill: view.word("refill", REFILLS),
        validate: validate(view.node("validate")),
        validate_commands: view.port("validate_commands"),
        validate_on_return: view.flag("validate_on_return"),
        validate_idle: view.flag("validate_idle"),
        broken: view.word("broken", BROKEN),
        connect_timeout: view.span_or_none("connect_timeout"),
        setup_commands: view.port("setup_commands"),
        dialling: dialling(view.node("dialling")),
        dial_errors: view.word("dial_errors", DIAL_ERRORS),
        dial_retry: dial_retry(view.node("dial_retry"), path, reading),
        fail_fast: fail_fast(view.node("fail_fast")),
        leak: leak(&view.sub("leak"), &format!("{path}.leak"), reading),
        reclaim_after: view.span_or_none("reclaim_after"),
    };
    Checks { view, path, reading }.all(&pooled);
    pooled
}

/// What the values of a pool must be to one another.
struct Checks<'a, 'v, 'r> {
    view: &'a View<'v>,
    path: &'a str,
    reading: &'a mut Reading<'r>,
}

impl Checks<'_, '_, '_> {
    fn all(mut self, pool: &Pooled) {
        self.sizes(pool);
        self.reaping(pool);
        self.waiting(pool);
    }

    fn complain(&mut self, key: &'static str, message: impl Into<String>, hint: Option<&str>) {
        let node = self.view.find(key).unwrap_or(self.view.node);
        let path = format!("{}.{key}", self.path);
        self.reading.at(node, &path, message, hint.map(str::to_string));
    }

    fn sizes(&mut self, pool: &Pooled) {
        let Pooled { min, max, .. } = *pool;
        if min > max {
            self.complain(
                "min",
                format!("expected at most `max`, which is {max}; found {min}"),
                None,
            );
        }
        if let Some(most) = pool.max_idle.filter(|most| *most < min) {
            let message = format!("expected at least `min`, which is {min}; found {most}");
            self.complain("max_idle", message, None);
        }
    }

    fn reaping(&mut self, pool: &Pooled) {
        let looks = pool.looks();
        let age_is_seen = looks != LookedAt::default();
        let limited = pool.idle_timeout.is_some() || pool.max_lifetime.is_some() && !age_is_seen;
        if limited && pool.reaper == PoolReaper::None {
            let message = "expected a reaper: `idle_timeout` or `max_lifetime` is set";
            let hint = "write \"on_checkout\", \"exact\" or {\"periodic\": \"30s\"}";
            self.complain("reaper", message, Some(hint));
        }
        let by_rule = matches!(
            pool.reaper,
            PoolReaper::OnePer(_) | PoolReaper::Median { .. } | PoolReaper::Quiet(_)
        );
        if by_rule && pool.idle_timeout.is_some() {
            let message = "expected \"none\": this reaper closes by another rule";
            self.complain("idle_timeout", message, Some("or choose another reaper"));
        }
        let acts = !matches!(pool.reaper, PoolReaper::None | PoolReaper::OnCheckout);
        if looks.reaper && !acts {
            let message = "expected a reaper that looks by itself: \"reaper\" is among these";
            self.complain("lifetime_checked", message, Some("write {\"periodic\": \"30s\"}"));
        }
        if pool.refill == Refill::Reaper && !acts {
            let message = "expected \"never\" or \"at_once\": the reaper does not look by itself";
            self.complain("refill", message, None);
        }
        let looks_around = matches!(pool.reaper, PoolReaper::Periodic(_) | PoolReaper::Some { .. });
        if pool.validate_idle && !looks_around {
            let message = "expected false: the reaper does not look at connections it keeps";
            let hint = "or choose the reaper {\"periodic\": \"30s\"}";
            self.complain("validate_idle", message, Some(hint));
        }
    }

    fn waiting(&mut self, pool: &Pooled) {
        let no_wait = pool.wait_timeout.is_some_and(|wait| wait.is_zero());
        if no_wait && pool.wait_covers != WaitCovers::Wait {
            let message = "expected \"wait\": `wait_timeout` is zero, and no dial takes no time";
            self.complain("wait_covers", message, None);
        }
        if no_wait && pool.dialling != Dialling::Caller {
            let message =
                "expected \"caller\": `wait_timeout` is zero, so nobody waits for workers";
            self.complain("dialling", message, None);
        }
        if pool.wait_timeout.is_none() && pool.dial_errors == DialErrors::Hidden {
            let message =
                "expected \"surface\": `wait_timeout` is none, so callers would never learn";
            self.complain("dial_errors", message, Some("or give `wait_timeout` a value"));
        }
    }
}

const WAIT_COVERS: &[(&str, WaitCovers)] = &[
    ("wait", WaitCovers::Wait),
    ("wait_and_dial", WaitCovers::WaitAndDial),
    ("all", WaitCovers::All),
];

const MIN_SPARES: &[(&str, MinSpares)] =
    &[("both", MinSpares::Both), ("idle", MinSpares::Idle), ("none", MinSpares::None)];

const REFILLS: &[(&str, Refill)] = &[
    ("never", Refill::Never),
    ("at_once", Refill::AtOnce),
    ("each", Refill::Each),
    ("reaper", Refill::Reaper),
];

const BROKEN: &[(&str, Broken)] = &[
    ("removed", Broken::Removed),
    ("slot_kept", Broken::SlotKept),
    ("until_validated", Broken::UntilValidated),
];

const DIAL_ERRORS: &[(&str, DialErrors)] =
    &[("surface", DialErrors::Surface), ("hidden", DialErrors::Hidden)];

fn hand_off(node: &Node) -> HandOff {
    let chosen = Chosen::new(node, &HAND_OFF);
    match chosen.tag {
        "fair" => HandOff::Fair,
        "barging" => HandOff::Barging(chosen.view().span("wake")),
        "random" => HandOff::Random,
        _ => unreachable!("every hand-off is read"),
    }
}

fn idle_pick(node: &Node) -> IdlePick {
    let chosen = Chosen::new(node, &IDLE_PICK);
    match chosen.tag {
        "lifo" => IdlePick::Lifo,
        "fifo" => IdlePick::Fifo,
        "affine" => IdlePick::Affine { threads: chosen.view().count("threads") },
        _ => unreachable!("every way to pick is read"),
    }
}

fn validate(node: &Node) -> Validate {
    let chosen = Chosen::new(node, &VALIDATE);
    match chosen.tag {
        "none" => Validate::None,
        "peek" => Validate::Peek,
        "ping" => Validate::Ping,
        "ping_if_idle" => Validate::PingIfIdle(scalar::span(chosen.node).unwrap_or_default()),
        _ => unreachable!("every check is read"),
    }
}

fn looked_at(node: &Node) -> LookedAt {
    let words: Vec<&str> =
        node.items().unwrap_or_default().iter().filter_map(|item| item.as_text()).collect();
    LookedAt {
        checkout: words.contains(&"checkout"),
        on_return: words.contains(&"return"),
        reaper: words.contains(&"reaper"),
        timer: words.contains(&"timer"),
    }
}

fn reaper(node: &Node) -> PoolReaper {
    let chosen = Chosen::new(node, &POOL_REAPER);
    let span = || scalar::span(chosen.node).unwrap_or_default();
    match chosen.tag {
        "none" => PoolReaper::None,
        "on_checkout" => PoolReaper::OnCheckout,
        "exact" => PoolReaper::Exact,
        "periodic" => PoolReaper::Periodic(span()),
        "one_per" => PoolReaper::OnePer(span()),
        "quiet" => PoolReaper::Quiet(span()),
        "some" => {
            let view = chosen.view();
            PoolReaper::Some { every: view.span("every"), at_once: view.count("at_once") }
        }
        "median" => {
            let view = chosen.view();
            PoolReaper::Median { every: view.span("every"), counts: view.count("counts") }
        }
        _ => unreachable!("every reaper of a pool is read"),
    }
}

fn dialling(node: &Node) -> Dialling {
    let chosen = Chosen::new(node, &DIALLING);
    if chosen.tag == "caller" {
        return Dialling::Caller;
    }
    let view = chosen.view();
    Dialling::Background(Workers {
        workers: view.count_or_none("workers"),
        pause: view.span("pause"),
        one_growth: view.word("grows", &[("all", false), ("one", true)]),
        while_needed: view.flag("while_needed"),
    })
}

fn dial_retry(node: &Node, path: &str, reading: &mut Reading) -> Option<DialRetry> {
    let chosen = Chosen::new(node, &DIAL_RETRY);
    if chosen.tag == "none" {
        return None;
    }
    let view = chosen.view();
    let (base, cap) = (view.span("base"), view.span("cap"));
    if cap < base {
        let (least, found) = (duration(base), duration(cap));
        let message = format!("expected at least `base`, which is {least}; found {found}");
        let path = format!("{path}.dial_retry.backoff.cap");
        reading.at(view.node("cap"), &path, message, None);
    }
    Some(DialRetry {
        base,
        factor: view.number("factor"),
        cap,
        jitter: view.share("jitter"),
        attempts: view.count_or_none("attempts"),
        give_up_after: view.span_or_none("give_up_after"),
        cut: view.word("last_pause", &[("whole", false), ("cut", true)]),
        transient_only: view.word("on", &[("any", false), ("transient", true)]),
    })
}

fn fail_fast(node: &Node) -> Option<FailFast> {
    let chosen = Chosen::new(node, &FAIL_FAST);
    if chosen.tag == "none" {
        return None;
    }
    let view = chosen.view();
    let failures = view.find("failures").is_some().then(|| view.count("failures"));
    Some(FailFast { failures, probe_every: view.span("probe_every") })
}
