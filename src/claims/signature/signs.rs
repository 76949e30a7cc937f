//! The signs of each class.

use super::look::Look;
use super::{Class, Finding, Gauge, Sign, in_force, pool_max};
use crate::claims::words::{amount, share};
use crate::scenario::{Backoff, Jitter, Made, Retry};
use crate::units::Unit;

/// Traffic is flat when its last quarter is within a quarter of its first.
const FLAT: (f64, f64) = (0.8, 1.25);
/// It has grown when the last quarter has a tenth more.
const GROWN: f64 = 1.1;
/// A leak holds at least half of what is held.
const LEAKED_LEAST: f64 = 0.5;
/// A jump takes at least this share of the limit.
const JUMP_LEAST: f64 = 0.1;
/// Twice as many attempts for each request are a storm.
const AMPLIFIED: f64 = 2.0;
/// Internal connections matter from this share of the limit on.
const INTERNAL_LEAST: f64 = 0.2;

/// Looks for the signs of a class.
pub fn of(class: Class, look: &Look) -> Finding {
    let signs = match class {
        Class::Leak => leak(look),
        Class::RetryStorm => retry_storm(look),
        Class::PoolMisconfiguration => pools(look),
        Class::InternalConnections => internal(look),
        Class::LimitTooLow => limit_too_low(look),
        Class::Other => Vec::new(),
    };
    let possible = signs.first().is_some_and(|sign| sign.holds) && fits(class, look);
    Finding { class, possible, signs }
}

/// Whether what ran out is something a class speaks of.
fn fits(class: Class, look: &Look) -> bool {
    use Gauge as G;
    match (class, look.onset.gauge) {
        (Class::RetryStorm, gauge) => !matches!(gauge, Some(G::Memory { .. } | G::Ports { .. })),
        (Class::Leak, gauge) => gauge.is_some(),
        (Class::PoolMisconfiguration | Class::InternalConnections, gauge) => {
            matches!(gauge, Some(G::Connections { .. }))
        }
        (Class::LimitTooLow, gauge) => {
            matches!(gauge, Some(G::Connections { .. } | G::Pool { .. }))
        }
        (Class::Other, _) => false,
    }
}

fn count(value: f64) -> String {
    amount(value, Unit::Count)
}

fn time(seconds: f64) -> String {
    amount(seconds, Unit::Seconds)
}

fn rate(value: f64) -> String {
    amount(value, Unit::PerSecond)
}

/// A share without more figures than anybody reads.
fn percent(value: f64) -> String {
    match value * 100.0 {
        whole if whole >= 10.0 => format!("{whole:.0} %"),
        _ => share(value),
    }
}

fn leak(look: &Look) -> Vec<Sign> {
    let used = look.levels.get(look.row).map_or(0.0, |(used, _)| *used);
    let (leaked, all) = match look.onset.gauge {
        Some(Gauge::Connections { .. }) => (look.at_server("slots_leaked", look.row), used),
        // Of leases the leaked ones are known by their sockets.
        Some(Gauge::Pool { .. }) => (look.sum("sockets.leaked", look.row).min(used), used),
        Some(Gauge::Ports { .. }) => (look.sum("sockets.leaked", look.row), used),
        _ => (look.sum("sockets.leaked", look.row), look.sum("sockets.open", look.row)),
    };
    // A process that was killed took its sockets with it: the row before knows.
    let before = look.row.saturating_sub(1);
    let (leaked, all) = match look.onset.gauge {
        Some(Gauge::Memory { .. } | Gauge::Descriptors { .. }) => {
            let known = (look.sum("sockets.leaked", before), look.sum("sockets.open", before));
            if known.0 > leaked { known } else { (leaked, all) }
        }
        _ => (leaked, all),
    };
    let held = Sign {
        name: "held_by_leaks",
        text: format!("{} of the {} connections are leaked", count(leaked), count(all)),
        holds: all > 0.0 && leaked / all >= LEAKED_LEAST,
    };
    vec![held, climbs(look), flat(look), unchanged(look)]
}

fn climbs(look: &Look) -> Sign {
    let name = "steady_climb";
    let Some(climb) = look.climb else {
        return Sign { name, text: "it does not climb".into(), holds: false };
    };
    let (from, to) = (look.seconds(climb.from), look.seconds(climb.to));
    let text = format!(
        "it climbs from {} to {} of the limit in {}, at most {} of that from one row to the next",
        percent(look.share(climb.from)),
        percent(look.share(climb.to)),
        time(to - from),
        percent(climb.step),
    );
    Sign { name, text, holds: climb.is_steady() }
}

fn flat(look: &Look) -> Sign {
    let from = look.climb.map_or(0, |climb| climb.from);
    let (first, last, growth) = look.growth(from, look.row);
    let text = format!("traffic: {} at first, {} at last", rate(first), rate(last));
    Sign { name: "flat_traffic", text, holds: growth >= FLAT.0 && growth <= FLAT.1 }
}

fn unchanged(look: &Look) -> Sign {
    let from = look.climb.map_or(0, |climb| climb.from);
    let begun = look.record.times.get(from).copied().unwrap_or_default();
    let change = look.changes().into_iter().rev().find(|change| change.at > begun);
    let text = match &change {
        Some(change) => {
            format!("changed meanwhile, at {}: {}", time(change.at.as_secs_f64()), change.label)
        }
        None => "no deploy and no scaling meanwhile".to_string(),
    };
    Sign { name: "nothing_deployed", text, holds: change.is_none() }
}

fn retry_storm(look: &Look) -> Vec<Sign> {
    let (from, to) = look.aftermath();
    let before = look.attempts(0, from).unwrap_or_else(|| calls(look));
    let after = look.attempts(from, to).unwrap_or(0.0);
    let requests = (look.sum("requests", to) - look.sum("requests", from))
        .max(look.sum("failed", to) - look.sum("failed", from));
    let refused = look.at_server("rejected_connections", to)
        - look.at_server("rejected_connections", from)
        + look.at_server("syns_dropped", to)
        - look.at_server("syns_dropped", from);
    let failed_dials = (look.sum("attempts", to) - look.sum("attempts", from)) - requests;
    let amplified = Sign {
        name: "attempts_per_request",
        text: format!("attempts for each request: {}, {} before", count(after), count(before)),
        holds: after >= AMPLIFIED * before.max(0.1),
    };
    let spike = Sign {
        name: "rejections_spike",
        text: match refused > 0.0 {
            true => format!(
                "{} connections refused or dropped and {} attempts in vain for {} requests",
                count(refused),
                count(failed_dials.max(0.0)),
                count(requests)
            ),
            false => format!(
                "{} attempts in vain for {} requests",
                count(failed_dials.max(0.0)),
                count(requests)
            ),
        },
        holds: refused.max(failed_dials) > requests,
    };
    let oscillates = oscillation(look, from, to);
    let (eager, text) = eagerness(look);
    vec![amplified, spike, Sign { name: "eager_retries", text, holds: eager }, oscillates]
}

/// Calls for each request.
fn calls(look: &Look) -> f64 {
    let of = |fleet: &usize| {
        let calls = look.scenario.settings.fleets[*fleet].calls();
        calls.iter().map(|made: &Made| made.share).sum::<f64>()
    };
    look.fleets.iter().map(of).fold(1.0, f64::max)
}

/// Whether the number of connections goes up and down, or is thrown back, from the onset on.
fn oscillation(look: &Look, from: usize, to: usize) -> Sign {
    let level = |row: usize| match look.levels.is_empty() {
        true => look.at_server("connected_clients", row),
        false => look.share(row),
    };
    let top = (0..=to).map(level).fold(0.0, f64::max);
    let (mut turns, mut extreme, mut rising) = (0, level(from), true);
    for row in from..=to {
        let now = level(row);
        let turned = if rising { now < extreme - 0.05 * top } else { now > extreme + 0.05 * top };
        if turned {
            (turns, rising, extreme) = (turns + 1, !rising, now);
        } else {
            extreme = if rising { extreme.max(now) } else { extreme.min(now) };
        }
    }
    let text = match turns {
        0 => "the count of connections does not oscillate".to_string(),
        1 => "the count of connections turns once by more than a twentieth".to_string(),
        _ => format!("the count of connections turns {turns} times by more than a twentieth"),
    };
    Sign { name: "count_oscillates", text, holds: turns > 0 && top > 0.0 }
}

/// Whether retries come at once, or all together.
fn eagerness(look: &Look) -> (bool, String) {
    let mut best = (false, "nothing is tried again".to_string());
    for fleet in &look.fleets {
        let of = &in_force(look.scenario, look.onset.at).fleets[*fleet];
        for retry in of.connections.iter().map(|way| &way.retry).chain([&of.retry]) {
            let Retry::Again(policy) = retry else { continue };
            let attempts = policy
                .attempts
                .map_or("attempts without end".to_string(), |most| format!("{most} attempts"));
            let at_once = matches!(policy.backoff, Backoff::Constant(pause) if pause.is_zero());
            let together = policy.jitter == Jitter::None;
            let how = match (at_once, together) {
                (true, _) => "without a pause",
                (false, true) => "with pauses that chance does not spread",
                (false, false) => "with pauses that chance spreads",
            };
            let many = policy.attempts.is_none_or(|most| most > 2);
            let eager = many && (at_once || together);
            if eager || !best.0 {
                best = (eager, format!("{}: {attempts}, {how}", of.name));
            }
        }
    }
    best
}

fn pools(look: &Look) -> Vec<Sign> {
    let change = look.changes().pop();
    let at = change.as_ref().map_or(0.0, |change| change.at.as_secs_f64());
    let row = change.as_ref().map_or(0, |change| look.row_of(change.at));
    let rise = look.share(look.row).max(look.share(row)) - look.share(row.min(look.row));
    let jump = look.climb.map_or(0.0, |climb| climb.rise).min(rise.max(0.0));
    let event = change.as_ref().map_or("the start", |change| change.label.as_str());
    let (ceiling, terms) = ceiling(look);
    let limit = look.levels.get(look.row).map_or(0.0, |(_, limit)| *limit);
    let internal = look.server().map_or(0.0, |server| {
        let settings = in_force(look.scenario, look.onset.at);
        f64::from(settings.servers[server].internal.slots())
    });
    let over = Sign {
        name: "pools_exceed_limit",
        text: format!(
            "{terms} = {} connections at most, the limit is {}",
            count(ceiling),
            count(limit)
        ),
        holds: ceiling > 0.0 && ceiling + internal > limit && ceiling > limit,
    };
    let jumped = Sign {
        name: "jump",
        text: format!("connections go up by {} of the limit after {event}", percent(jump)),
        holds: jump >= JUMP_LEAST,
    };
    // Right after: within a minute, or a tenth of the time before.
    let after = look.onset.at.as_secs_f64() - at;
    let soon = Sign {
        name: "right_after_a_change",
        text: format!("it is felt {} after {event}", time(after)),
        holds: after <= (at / 10.0).max(60.0),
    };
    let used = in_use(look);
    vec![over, jumped, soon, used]
}

/// What pools keep beyond what is in use.
fn in_use(look: &Look) -> Sign {
    let (leased, size) = pooled(look);
    Sign {
        name: "pools_hold_idle",
        text: format!("{} of {} pooled connections are in use", count(leased), count(size)),
        holds: size > 0.0 && leased < 0.8 * size,
    }
}

/// Whether what is held is needed: at least half of what the pools have, where there are pools.
fn is_used(look: &Look) -> bool {
    let (leased, size) = pooled(look);
    size == 0.0 || 2.0 * leased >= size
}

/// Connections of pools that are leased, and all.
fn pooled(look: &Look) -> (f64, f64) {
    let of = |what: &str| -> f64 {
        let mut sum = 0.0;
        for fleet in &look.fleets {
            let of = &look.scenario.settings.fleets[*fleet];
            for way in &of.connections {
                let name = format!("fleets.{}.pools.{}.{what}", of.name, way.name);
                sum += super::Column::of(look.record, &name).at(look.row);
            }
        }
        sum
    };
    (of("leased"), of("size"))
}

/// Instances times connections of each, for all pools to the server.
fn ceiling(look: &Look) -> (f64, String) {
    let Some(server) = look.server() else { return (0.0, String::new()) };
    let settings = in_force(look.scenario, look.onset.at);
    let (mut total, mut terms) = (0.0, Vec::new());
    for fleet in &look.fleets {
        let of = &settings.fleets[*fleet];
        let up = look.sum_of(*fleet, "instances_up", look.row).max(f64::from(of.instances));
        let up = up + f64::from(look.replaced(*fleet));
        for (through, way) in of.connections.iter().enumerate() {
            let calls = of.calls();
            let used = calls.iter().any(|made| made.call.share_of(server, Some(through)) > 0.0);
            let Some(max) = pool_max(of, through).filter(|_| used) else { continue };
            total += up * f64::from(max);
            terms.push(format!("{} {} x {max} ({})", count(up), of.name, way.name));
        }
    }
    (total, if terms.is_empty() { "no pools: 0".into() } else { terms.join(" + ") })
}

fn internal(look: &Look) -> Vec<Sign> {
    let limit = look.levels.get(look.row).map_or(0.0, |(_, limit)| *limit);
    let Some(server) = look.server() else { return Vec::new() };
    let settings = in_force(look.scenario, look.onset.at);
    let internal = &settings.servers[server].internal;
    let slots = f64::from(internal.slots());
    let (ceiling, _) = ceiling(look);
    let part = format!("servers.{}", settings.servers[server].name);
    let refused = ["replica_refused", "operator_refused", "scrape_failed"];
    let first = look.record.events.iter().find(|event| {
        event.part == part && (refused.contains(&event.kind) || event.kind == "first_rejection")
    });
    let first_at = first.map(|event| event.at);
    let theirs = look.record.events.iter().find(|event| {
        event.part == part
            && refused.contains(&event.kind)
            && Some(event.at) <= first_at.map(|at| at + ONE_SECOND)
    });
    let only_theirs = theirs.is_some() && look.onset.cause.is_none();
    let would_fit = ceiling > 0.0 && ceiling <= limit && ceiling + slots >= limit;
    let decisive = Sign {
        name: "internal_slots",
        text: match theirs.filter(|_| only_theirs) {
            Some(event) => format!("no client but one of its own is refused: {}", event.text),
            None => format!(
                "replicas, cluster links, operators and the like hold {} of {} slots",
                count(slots),
                count(limit)
            ),
        },
        holds: only_theirs || would_fit || (limit > 0.0 && slots / limit >= INTERNAL_LEAST),
    };
    let failed = look.sum("failed", look.record.times.len().saturating_sub(1));
    let quiet = Sign {
        name: "no_request_fails",
        text: format!("{} requests fail", count(failed)),
        holds: failed == 0.0,
    };
    let fits = Sign {
        name: "clients_alone_would_fit",
        text: format!("the clients' {} connections alone would fit", count(ceiling)),
        holds: ceiling > 0.0 && ceiling <= limit,
    };
    vec![decisive, quiet, fits]
}

const ONE_SECOND: crate::units::Span = crate::units::Span::from_secs(1);

fn limit_too_low(look: &Look) -> Vec<Sign> {
    let highest = look.highest();
    let used = look.levels.get(look.row).map_or(0.0, |(used, _)| *used);
    let leaked = match look.onset.gauge {
        Some(Gauge::Connections { .. }) => look.at_server("slots_leaked", look.row),
        _ => look.sum("sockets.leaked", look.row),
    };
    let decisive = Sign {
        name: "limit_reached_by_use",
        text: format!(
            "{} of the limit is taken, {} of it leaked",
            percent(highest),
            if used > 0.0 { percent((leaked / used).min(1.0)) } else { "nothing".into() }
        ),
        holds: highest >= 0.9
            && leaked < LEAKED_LEAST * used.max(1.0)
            && is_used(look)
            && !look.is_disturbed(),
    };
    let (first, last, growth) = look.growth(0, look.row);
    let early = (0..=look.row / 5).map(|row| look.share(row)).fold(0.0, f64::max);
    let follows = Sign {
        name: "follows_traffic",
        text: match growth >= GROWN {
            true => format!("traffic has grown from {} to {}", rate(first), rate(last)),
            false => format!(
                "traffic stands at {}; {} of the limit was taken in the first fifth of the time",
                rate(last),
                percent(early)
            ),
        },
        holds: growth >= GROWN || early >= 0.5,
    };
    let (from, _) = look.aftermath();
    let attempts = look.attempts(0, look.row.max(from)).unwrap_or(1.0);
    let per_call = calls(look);
    let healthy = Sign {
        name: "no_retries",
        text: format!("attempts for each request up to then: {}", count(attempts)),
        holds: attempts <= 1.5 * per_call,
    };
    vec![decisive, follows, healthy, unchanged_lately(look)]
}

/// Nothing was deployed within a minute before.
fn unchanged_lately(look: &Look) -> Sign {
    let change = look.changes().pop();
    let since = change.as_ref().map(|c| look.onset.at.since(c.at).as_secs_f64());
    let text = match (&change, since) {
        (Some(change), Some(since)) => format!("{} before: {}", time(since), change.label),
        _ => "no deploy and no scaling before".to_string(),
    };
    Sign { name: "nothing_deployed", text, holds: since.is_none_or(|since| since > 60.0) }
}
