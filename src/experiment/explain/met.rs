//! What an attempt met, in one sentence with the figures of that instant.

use super::Story;
use super::attempts::{Attempt, Slots};
use super::follow::Scene;
use super::names::{count, some, span, stage};
use crate::claims::amount;
use crate::model::{InstanceView, PoolView, ServerView};
use crate::scenario::Cause;
use crate::units::{SimTime, Span, Unit};

impl Story<'_> {
    /// What an attempt met; `known` when its cause is that of the request. Fills in the slots.
    pub fn met(&self, attempt: &mut Attempt, known: bool) -> String {
        let took = attempt.ended.since(attempt.began);
        let Some(cause) = attempt.met else {
            return match self.followed.seen.last().is_some_and(|seen| seen.request.is_none()) {
                true => format!("was served in {}", span(took)),
                false => format!("is under way for {} when the run ends", span(took)),
            };
        };
        let scene = self.scene_of(attempt, known);
        if let Some(scene) = scene.filter(|_| is_refusal(cause)) {
            attempt.slots = Some(Slots::of(&scene.server));
        }
        self.sentence(cause, attempt, scene)
    }

    /// The state of everything when an attempt met what it met.
    fn scene_of(&self, attempt: &Attempt, known: bool) -> Option<&Scene> {
        let refused = &self.followed.refused;
        let here = |scene: &&Scene| (attempt.first..=attempt.last).contains(&scene.attempts);
        let last = self.followed.before_end.as_ref().filter(|_| known);
        refused.iter().find(here).or(last)
    }

    /// The sentence for a cause.
    pub fn sentence(&self, cause: Cause, attempt: &Attempt, scene: Option<&Scene>) -> String {
        let took = attempt.ended.since(attempt.began);
        let server = self.names.server(attempt.server);
        let view = scene.map(|scene| &scene.server);
        let instance = scene.and_then(|scene| scene.instance.as_ref());
        let pool = instance.and_then(|i| i.pools.iter().find(|p| p.through == attempt.through));
        match cause {
            Cause::Rejected | Cause::RejectedSilently => match view {
                Some(view) => format!("was refused: {}", self.full(server, view)),
                None => format!("was refused at the limit of {server}"),
            },
            Cause::PortExhausted => self.ports(attempt, instance),
            Cause::Emfile => descriptors(instance),
            Cause::CheckoutTimeout => {
                let line =
                    pool.map_or(String::new(), |pool| format!(": {}", self.pool(pool, instance)));
                format!("got no connection of the pool within {}{line}", span(took))
            }
            Cause::QueueFull => {
                let line =
                    pool.map_or(String::new(), |pool| format!(": {}", self.pool(pool, instance)));
                format!("found the line at the pool full{line}")
            }
            Cause::ConnectTimeout => {
                let why =
                    view.map_or(String::new(), |view| format!(": {}", self.deaf(server, view)));
                format!("was not connected within {}{why}", span(took))
            }
            Cause::ConnectionRefused => {
                let until = view.and_then(|view| view.up_at).map(|at| self.names.at(at));
                let until = until.map_or(String::new(), |at| format!("; it listens again at {at}"));
                format!("found nobody listening at {server}{until}")
            }
            Cause::ReadTimeout => {
                let why =
                    view.map_or(String::new(), |view| format!(": {}", self.slow(server, view)));
                format!("had no reply within {}{why}", span(took))
            }
            Cause::StaleConnection => {
                let seen = self.followed.seen.iter().filter(|seen| seen.at == attempt.began);
                let conn = seen.filter_map(|seen| seen.conn).next();
                let idle = conn.map_or(String::new(), |conn| {
                    let idle = attempt.began.as_ns().saturating_sub(conn.heard.as_ns());
                    format!("; the last byte had come {} before", span(Span::from_ns(idle)))
                });
                format!("was sent on a connection that {server} had closed before{idle}")
            }
            Cause::ConnectionLost => {
                format!("lost its connection: {server} closed it after {}", span(took))
            }
            Cause::Oom => memory(instance),
            _ => self.other(cause, took, server, instance),
        }
    }

    /// The causes in which no connection has a part.
    fn other(
        &self,
        cause: Cause,
        took: Span,
        server: &str,
        instance: Option<&InstanceView>,
    ) -> String {
        let who = instance.map_or("its instance".to_string(), |i| format!("instance {}", i.place));
        let in_flight = instance.map_or(0, |instance| instance.in_flight);
        let busy = some(in_flight, "request in flight there", "requests in flight there");
        match cause {
            Cause::NoInstance => "found no instance up".to_string(),
            Cause::InstanceStopped => format!("was cut off: {who} was stopped, its drain was over"),
            Cause::BreakerOpen => format!("was kept back: the breaker of {who} is open"),
            Cause::ServerError => format!("was answered with an error by {server}"),
            Cause::Abandoned => format!("was abandoned by its visitor after {}", span(took)),
            Cause::BulkheadFull => format!("found the bulkhead of {who} full; {busy}"),
            Cause::Throttled => format!("was throttled by {who}: too many attempts have failed"),
            Cause::LimitReached => {
                let limit = instance.map_or(0, |instance| instance.limit);
                format!("found the adaptive limit of {who} reached: {} at once", count(limit))
            }
            Cause::QueueTimeout => format!("waited in vain in line at {who}; {busy}"),
            Cause::RateLimited => format!("came too soon for the rate limit of {who}"),
            Cause::Conflict => "found its key changed since it was read".to_string(),
            Cause::ConcurrencyLimit => "found as many instances busy as there may be".to_string(),
            Cause::Deadline => format!(
                "was cut off at the request's deadline; {} after the attempt began; {busy}",
                span(took)
            ),
            _ => format!("failed by {}", cause.name()),
        }
    }

    /// Who holds the slots of a server that is full.
    pub fn full(&self, server: &str, view: &ServerView) -> String {
        let limit = view.limit.saturating_sub(view.reserved);
        let mut text = format!(
            "{} of {} slots of {server} held",
            count(view.taken.min(view.limit)),
            count(limit)
        );
        if view.reserved > 0 {
            text.push_str(&format!(" ({} more reserved)", count(view.reserved)));
        }
        let leaking = view.holders.iter().max_by_key(|holder| holder.leaked);
        let idle = format!("{} by sockets idle longer than 60 s", count(view.idle));
        if let Some(holder) = leaking.filter(|holder| holder.leaked > 0) {
            let since =
                self.followed.leaked_at.map(|at| format!(" since {}", self.names.since(at)));
            let owner = self.names.owner(holder.owner);
            let by = format!("leaked by fleet {owner}{}", since.unwrap_or_default());
            // Where all but a few of the leaked ones are idle for long, one figure says both.
            text.push_str(&match 10 * view.idle >= 9 * view.leaked {
                true => format!(", {idle}, {by}"),
                false if view.idle > 0 => format!(", {} {by}, {idle}", count(view.leaked)),
                false => format!(", {} {by}", count(view.leaked)),
            });
        } else if let Some(holder) = view.holders.first() {
            if view.idle > 0 {
                text.push_str(&format!(", {idle}"));
            }
            text.push_str(&format!(
                ", {} by {} ({} in use)",
                count(holder.slots),
                self.names.owner(holder.owner),
                count(holder.in_use)
            ));
        }
        text
    }

    fn ports(&self, attempt: &Attempt, instance: Option<&InstanceView>) -> String {
        let server = self.names.server(attempt.server);
        let Some(instance) = instance else { return "found no port left".to_string() };
        let Some(ports) = instance.ports.get(usize::from(attempt.server)) else {
            return "found no port left".to_string();
        };
        format!(
            "found no port left at instance {}: {} of {} towards {server} taken, {} in TIME_WAIT and {} by \
             sockets",
            instance.place,
            count(ports.in_use + ports.time_wait),
            count(ports.total),
            count(ports.time_wait),
            count(ports.in_use)
        )
    }

    /// Who has the connections of a pool.
    pub fn pool(&self, pool: &PoolView, instance: Option<&InstanceView>) -> String {
        let counts = &pool.counts;
        let place =
            instance.map_or(String::new(), |instance| format!(" of instance {}", instance.place));
        let fleet = instance.map_or(0, |instance| instance.fleet);
        let mut text = format!(
            "pool {}{place} has {} of {} leased",
            self.names.way(fleet, pool.through),
            count(counts.leased),
            count(pool.max)
        );
        if pool.leaked > 0 {
            text.push_str(&format!(" ({} never to come back)", count(pool.leaked)));
        }
        if counts.dialling > 0 {
            text.push_str(&format!(", {} being dialled", count(counts.dialling)));
        }
        text.push_str(&format!(", {} idle", count(counts.idle)));
        if counts.waiting > 0 {
            text.push_str(&format!(", {} in line", some(counts.waiting, "caller", "callers")));
        }
        text
    }

    /// What those do who have a connection of a pool.
    pub fn pool_holders(&self, pool: &PoolView, now: SimTime) -> Option<String> {
        let who: Vec<String> = pool
            .held_by
            .iter()
            .map(|(what, n)| format!("{} {}", count(*n), stage(*what)))
            .collect();
        if who.is_empty() {
            return None;
        }
        let oldest = pool.oldest.map_or(String::new(), |began| {
            format!("; the oldest of their requests arrived {} before", span(now.since(began)))
        });
        Some(format!("of the requests that have one, {}{oldest}", who.join(", ")))
    }

    /// Why nobody answers a dial.
    pub fn deaf(&self, server: &str, view: &ServerView) -> String {
        let mut said = Vec::new();
        if !view.listens {
            said.push(format!("{server} does not listen"));
        }
        if view.taken + view.reserved >= view.limit {
            said.push(self.full(server, view));
        }
        if view.starved {
            said.push(format!("{server} has no descriptor left to accept with"));
        }
        said.push(format!(
            "{} in the accept queue",
            some(view.accept_queue, "connection", "connections")
        ));
        if let Some(until) = view.paused_until {
            said.push(format!("{server} stands still until {}", self.names.at(until)));
        }
        said.join(", ")
    }

    /// Why no reply comes.
    pub fn slow(&self, server: &str, view: &ServerView) -> String {
        let mut said = vec![format!(
            "{server} has {} to read",
            some(view.unread, "command or close", "commands and closes")
        )];
        if view.accept_queue > 0 {
            said.push(format!(
                "{} in the accept queue",
                some(view.accept_queue, "connection", "connections")
            ));
        }
        if view.slow > 1.0 {
            said.push(format!(
                "everything costs it {} times as much",
                amount(view.slow, Unit::Ratio)
            ));
        }
        if let Some(until) = view.paused_until {
            said.push(format!("it stands still until {}", self.names.at(until)));
        }
        said.join(", ")
    }
}

/// Whether a cause is a refusal at the limit.
pub fn is_refusal(cause: Cause) -> bool {
    matches!(cause, Cause::Rejected | Cause::RejectedSilently)
}

fn descriptors(instance: Option<&InstanceView>) -> String {
    let Some(instance) = instance else { return "found no descriptor left".to_string() };
    let leaked = instance.sockets.leaked;
    let leaked =
        if leaked > 0 { format!(", {} of them leaked", count(leaked)) } else { String::new() };
    format!(
        "found no descriptor left at instance {}: {} of {} taken by sockets{leaked}",
        instance.place,
        count(instance.sockets.open()),
        count(instance.nofile)
    )
}

/// How the process of a request died.
pub fn memory(instance: Option<&InstanceView>) -> String {
    let Some(instance) = instance else { return "died with its instance, for memory".to_string() };
    let bytes = |bytes: u64| amount(bytes as f64, Unit::Bytes);
    format!(
        "died with instance {}, killed at {} of {}: {} open, {} of them leaked, and {}",
        instance.place,
        bytes(instance.memory),
        bytes(instance.memory_limit),
        some(instance.sockets.open(), "socket", "sockets"),
        count(instance.sockets.leaked),
        some(instance.in_flight, "request in flight", "requests in flight")
    )
}

impl Slots {
    fn of(view: &ServerView) -> Slots {
        Slots {
            limit: view.limit.saturating_sub(view.reserved),
            taken: view.taken,
            leaked: view.leaked,
            idle: view.idle,
        }
    }
}
