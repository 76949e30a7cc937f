//! The links of a leak: since when and how fast, and why nothing frees what it holds.

use super::Story;
use super::chain::Link;
use super::follow::Scene;
use super::life::Life;
use super::names::{count, kind, span};
use crate::claims::{amount, in_force};
use crate::model::Owner;
use crate::observe::Noted;
use crate::scenario::{Cause, Leak, LeakKind, Strategy};
use crate::units::{SimTime, Unit};

/// How fast something leaks.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    per_second: f64,
    /// Whether only the time until the limit was reached is counted.
    to_limit: bool,
}

impl Pace {
    /// So many between two instants; `None` where that is no time, or none.
    fn of(held: f64, since: SimTime, until: SimTime, to_limit: bool) -> Option<Pace> {
        let seconds = until.as_secs_f64() - since.as_secs_f64();
        (seconds > 0.0 && held > 0.0).then(|| Pace { per_second: held / seconds, to_limit })
    }
}

impl Story<'_> {
    /// The leak, since when and how fast, and why nothing frees what it holds.
    pub fn leak(&self, life: &Life, held: Option<u32>, pace: Option<Pace>, chain: &mut Vec<Link>) {
        let (Some((since, how)), Owner::Fleet { fleet, through }) = (life.leaked, life.owner)
        else {
            return;
        };
        let (name, way) = (self.names.fleet(fleet), self.names.way(fleet, through));
        let until = self.found.request.and_then(|r| r.ended).map_or(since, |ended| ended.at);
        let held_text = held.map_or(String::new(), |held| {
            let are = if held == 1 { "is" } else { "are" };
            format!(": {} {are} held by then", count(held))
        });
        let pace_text = pace.map_or(String::new(), |pace| {
            let until = if pace.to_limit { " until the limit was reached" } else { "" };
            format!(", {} a minute{until}", amount(pace.per_second * 60.0, Unit::Count))
        });
        let text = format!(
            "{name} leaks connections of {way} since {}; the first of them (number {} dialled) is still there{held_text}{pace_text}",
            self.names.at(since),
            life.number.map_or("?".to_string(), super::names::count64)
        );
        let mut link = Link::new("leak", Some(since), text);
        if let Some(held) = held {
            link = link.with("held", held);
        }
        if let Some(pace) = pace {
            link = link.with_unit("per_second", pace.per_second, Unit::PerSecond);
        }
        chain.push(link);
        chain.push(self.source(fleet, through, how, usize::from(life.server), until));
    }

    /// How fast the slots of a server were leaked. At the limit a leak gets no more of them, so only the
    /// time until the server began to refuse counts.
    pub fn pace_to_limit(&self, server: usize, life: &Life, scene: &Scene) -> Option<Pace> {
        let (since, _) = life.leaked?;
        let record = &self.found.record;
        let part = format!("servers.{}", self.names.server(server as u16));
        let is_first = |event: &&Noted| event.kind == "first_rejection" && event.part == part;
        let first = record.events.iter().find(is_first).map(|event| event.at);
        let before = match first.filter(|first| *first >= since) {
            Some(first) if scene.at <= first => {
                return Pace::of(f64::from(scene.server.leaked), since, scene.at, false);
            }
            // The last row before is the nearest that is known.
            Some(first) => record.times.partition_point(|time| *time < first).checked_sub(1)?,
            // It has refused before this leak: from when on again, the rows tell.
            None => {
                let refused = &record.find(&format!("{part}.rejected_connections"))?.values;
                let from = record.times.partition_point(|time| *time < since).max(1);
                (from..refused.len()).find(|row| refused[*row] > refused[row - 1])? - 1
            }
        };
        let row = record.times[before];
        Pace::of(self.value(&format!("{part}.slots_leaked"), row), since, row, true)
    }

    /// How fast a process leaked what it died of. One that is short of descriptors lives on: only its
    /// first failure tells when they ran out.
    pub fn pace_to_death(&self, life: &Life, scene: &Scene, held: Option<u32>) -> Option<Pace> {
        let (since, _) = life.leaked?;
        let ended = self.found.request.and_then(|request| request.ended);
        let is_then = self.cause() == Some(Cause::Oom) || ended == self.found.first_failure;
        Pace::of(f64::from(held.filter(|_| is_then)?), since, scene.at, false)
    }

    /// The setting behind a leak, and what does not stop it.
    fn source(
        &self,
        fleet: u16,
        through: u16,
        how: LeakKind,
        server: usize,
        until: SimTime,
    ) -> Link {
        let settings = in_force(self.scenario, until);
        let of = &settings.fleets[usize::from(fleet)];
        let Some(way) = of.connections.get(usize::from(through)) else {
            return Link::new("source", None, format!("{} leaks", of.name));
        };
        let (path, leak): (&str, Leak) = match &way.strategy {
            Strategy::PerRequest { leak, .. } => ("per_request", *leak),
            Strategy::Pooled(pooled) => ("pooled", pooled.leak),
            Strategy::Shared(_) => ("shared", Leak::NONE),
        };
        let mut odds = Vec::new();
        for (key, odd) in [("on_success", leak.on_success), ("on_error", leak.on_error)] {
            if odd.share() > 0.0 {
                odds.push(format!("{key} {}", amount(odd.share(), Unit::Ratio)));
            }
        }
        if leak.every > 0 {
            odds.push(format!("every {}", leak.every));
        }
        let path = format!("fleets.{}.connections.{}.{path}.leak", of.name, way.name);
        let timeout = settings.servers[server].timeout;
        let name = &settings.servers[server].name;
        let stops = match how {
            LeakKind::Lease => "a lease that nobody returns is used by nobody else".to_string(),
            LeakKind::Subscribed | LeakKind::Blocked => {
                "the idle timeout passes such clients by".to_string()
            }
            LeakKind::Reconnects => "the client dials again whenever the server closes".to_string(),
            _ if timeout.is_zero() => {
                format!("servers.{name}.timeout is 0: nothing closes an idle client")
            }
            _ => format!("servers.{name}.timeout of {} is what closes them", span(timeout)),
        };
        let text =
            format!("it comes from {path} ({}, kind {}); {stops}", odds.join(", "), kind(how));
        Link::new("source", None, text)
    }
}
