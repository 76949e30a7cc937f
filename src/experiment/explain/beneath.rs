//! The lower links: why what was met was as it was.

use super::Story;
use super::attempts::Autopsy;
use super::chain::Link;
use super::follow::Scene;
use super::life::Life;
use super::names::{count, some, span};
use crate::claims::{Class, Gauge, Signature, amount, in_force, pool_max};
use crate::model::{Owner, ServerView, Stage};
use crate::observe::Noted;
use crate::scenario::Cause;
use crate::units::{SimTime, Unit};

impl Story<'_> {
    /// The links beneath the last attempt.
    pub fn beneath(
        &self,
        request: &Autopsy,
        life: Option<&Life>,
        signature: &Signature,
        gauge: Option<Gauge>,
        chain: &mut Vec<Link>,
    ) {
        let Some(scene) = self.last_scene() else {
            return self.trigger(request, None, chain);
        };
        let leak = life.filter(|life| life.leaked.is_some());
        match gauge {
            Some(Gauge::Connections { server }) => {
                self.slots(server, scene, leak, signature, chain)
            }
            Some(Gauge::Pool { .. }) => self.leases(request, scene, leak, chain),
            Some(Gauge::Memory { .. } | Gauge::Descriptors { .. }) => {
                if let Some(life) = leak {
                    let held = scene.instance.as_ref().map(|i| i.sockets.leaked);
                    self.leak(life, held, self.pace_to_death(life, scene, held), chain);
                }
            }
            Some(Gauge::Ports { fleet }) => self.dials(fleet, scene, chain),
            None => self.behaviour(request, scene, chain),
        }
        let is_leak = signature.class == Class::Leak;
        let begun = leak.filter(|_| is_leak).map(|life| life.dialled);
        self.trigger(request, begun, chain);
    }

    /// Who holds the slots of a full server, and since when.
    fn slots(
        &self,
        server: usize,
        scene: &Scene,
        leak: Option<&Life>,
        signature: &Signature,
        chain: &mut Vec<Link>,
    ) {
        let view = &scene.server;
        chain.push(self.holders(server, view, scene.at));
        match leak {
            Some(life) if 2 * view.leaked >= view.taken => {
                let pace = self.pace_to_limit(server, life, scene);
                self.leak(life, Some(view.leaked), pace, chain)
            }
            _ => self.demand(view, scene, signature, chain),
        }
    }

    fn holders(&self, server: usize, view: &ServerView, at: SimTime) -> Link {
        let name = self.names.server(server as u16);
        let who = view.holders.iter().take(4).map(|holder| {
            let (slots, owner) = (count(holder.slots), self.names.owner(holder.owner));
            let way = match holder.owner {
                Owner::Fleet { fleet, through } => format!(" ({})", self.names.way(fleet, through)),
                _ => String::new(),
            };
            let mut parts = Vec::new();
            if holder.leaked > 0 {
                parts.push(format!("{} leaked", count(holder.leaked)));
            }
            parts.push(format!("{} in use", count(holder.in_use)));
            format!("{slots} by {owner}{way}: {}", parts.join(", "))
        });
        let mut who: Vec<String> = who.collect();
        if view.internal > 0 {
            who.push(format!("{} internal (replicas, links, operators)", count(view.internal)));
        }
        let text = format!("the slots of {name}: {}", who.join("; "));
        Link::new("slots", Some(at), text)
            .with("limit", view.limit)
            .with("taken", view.taken)
            .with("leaked", view.leaked)
            .with("idle_60s", view.idle)
            .with("in_use", view.in_use)
            .with("internal", view.internal)
    }

    /// Nobody leaks: there are more connections than slots.
    fn demand(
        &self,
        view: &ServerView,
        scene: &Scene,
        signature: &Signature,
        chain: &mut Vec<Link>,
    ) {
        let settings = in_force(self.scenario, scene.at);
        let mut terms = Vec::new();
        let mut total = 0;
        for holder in &view.holders {
            let Owner::Fleet { fleet, through } = holder.owner else { continue };
            let of = &settings.fleets[usize::from(fleet)];
            let Some(max) = pool_max(of, usize::from(through)) else { continue };
            let instances = scene.running.get(usize::from(fleet)).copied().unwrap_or(0);
            total += instances * max;
            terms.push(format!("{} {} x {}", count(instances), of.name, count(max)));
        }
        let limit = view.limit.saturating_sub(view.reserved);
        if !terms.is_empty() {
            let text = format!(
                "pools may hold {} = {} connections, {} slots are there",
                terms.join(" + "),
                count(total),
                count(limit.saturating_sub(view.internal))
            );
            chain.push(Link::new("pools", None, text).with("ceiling", total).with("slots", limit));
        }
        let idle = view.taken.saturating_sub(view.internal + view.in_use);
        let text = match signature.class {
            Class::RetryStorm => format!(
                "retries keep the server full: {} of its connections are in use, {} are not",
                count(view.in_use),
                count(idle)
            ),
            _ => format!(
                "{} of the connections are in use by requests, {} are not",
                count(view.in_use),
                count(idle)
            ),
        };
        chain.push(
            Link::new("use", Some(scene.at), text).with("in_use", view.in_use).with("idle", idle),
        );
    }

    /// Who has the leases of an empty pool.
    fn leases(&self, request: &Autopsy, scene: &Scene, leak: Option<&Life>, chain: &mut Vec<Link>) {
        let through = request.attempts.last().map_or(0, |attempt| attempt.through);
        let instance = scene.instance.as_ref();
        let Some(pool) = instance.and_then(|i| i.pools.iter().find(|p| p.through == through))
        else {
            return;
        };
        let holders = self.pool_holders(pool, scene.at);
        let text = holders.unwrap_or_else(|| self.pool(pool, instance));
        chain.push(
            Link::new("pool", Some(scene.at), text)
                .with("max", pool.max)
                .with("leased", pool.counts.leased)
                .with("leaked", pool.leaked)
                .with("waiting", pool.counts.waiting),
        );
        if let Some(life) = leak.filter(|_| 2 * pool.leaked >= pool.counts.leased) {
            // Since when this one pool has been empty is not recorded, so how fast is not known.
            return self.leak(life, Some(pool.leaked), None, chain);
        }
        let doing = pool.held_by.first().map(|(stage, _)| *stage);
        let server = self.names.server(request.attempts.last().map_or(0, |attempt| attempt.server));
        let fleet = &self.names.fleet(request.fleet);
        let rate = self.rate(&format!("fleets.{fleet}.requests"), scene.at);
        let (kind, text) = match doing {
            Some(Stage::Calling | Stage::Checking) => ("server", self.slow(server, &scene.server)),
            Some(Stage::WaitingForConnection) => (
                "nested",
                "each holds one connection and waits for another: nobody can return one"
                    .to_string(),
            ),
            Some(Stage::Holding) => ("use", self.held_for_work(request, scene, rate)),
            _ => ("server", self.slow(server, &scene.server)),
        };
        chain.push(Link::new(kind, Some(scene.at), text).with_unit(
            "requests_per_s",
            rate,
            Unit::PerSecond,
        ));
    }

    /// Leases are held for work: what so many connections give so many requests.
    fn held_for_work(&self, request: &Autopsy, scene: &Scene, rate: f64) -> String {
        let settings = in_force(self.scenario, scene.at);
        let of = &settings.fleets[usize::from(request.fleet)];
        let through = request.attempts.last().map_or(0, |attempt| attempt.through);
        let up = scene.running.get(usize::from(request.fleet)).copied().unwrap_or(1);
        let connections =
            f64::from(up) * f64::from(pool_max(of, usize::from(through)).unwrap_or(0));
        if rate <= 0.0 {
            return "they are held for work".to_string();
        }
        format!(
            "they are held for work: {} connections give each of {} requests a second {} of it",
            amount(connections, Unit::Count),
            amount(rate, Unit::Count),
            amount(connections / rate, Unit::Seconds)
        )
    }

    /// Ports: dials per second against how soon a port can be used again.
    fn dials(&self, fleet: usize, scene: &Scene, chain: &mut Vec<Link>) {
        let settings = in_force(self.scenario, scene.at);
        let of = &settings.fleets[fleet];
        let attempts = self.rate(&format!("fleets.{}.attempts", of.name), scene.at);
        let up = self.value(&format!("fleets.{}.instances_up", of.name), scene.at).max(1.0);
        let process = &of.process;
        let ports = f64::from(process.port_last.saturating_sub(process.port_first)) + 1.0;
        let wait = if process.tw_reuse { 1.0 } else { process.time_wait.as_secs_f64() };
        let text = format!(
            "each instance dials {} times a second; {} ports, each used again after {}, allow {}",
            amount(attempts / up, Unit::Count),
            amount(ports, Unit::Count),
            amount(wait, Unit::Seconds),
            amount(ports / wait.max(1e-9), Unit::PerSecond)
        );
        chain.push(
            Link::new("ports", Some(scene.at), text)
                .with_unit("dials_per_s", attempts / up, Unit::PerSecond)
                .with_unit("possible_per_s", ports / wait.max(1e-9), Unit::PerSecond),
        );
    }

    /// Nothing has run out: what the server and the instance are doing.
    fn behaviour(&self, request: &Autopsy, scene: &Scene, chain: &mut Vec<Link>) {
        let server = self.names.server(request.attempts.last().map_or(0, |attempt| attempt.server));
        let busy = self.value(&format!("servers.{server}.loop_busy"), scene.at);
        let busy_text = match busy * 100.0 {
            percent if percent >= 1.0 => format!("{percent:.0} %"),
            _ => "less than 1 %".to_string(),
        };
        let mut said =
            vec![format!("the loop of {server} was at work for {busy_text} of the row before")];
        match request.cause {
            // The attempt has said so already.
            Some(Cause::ReadTimeout | Cause::ConnectTimeout) => {}
            _ if !scene.server.listens => said.push(format!("{server} does not listen")),
            _ => said.push(self.slow(server, &scene.server)),
        }
        if let Some(instance) = &scene.instance {
            said.push(format!(
                "instance {} has {}",
                instance.place,
                some(instance.in_flight, "request in flight", "requests in flight")
            ));
            if let Some(until) = instance.stopped_until {
                said.push(format!("it stands still until {}", self.names.at(until)));
            }
        }
        chain.push(Link::new("state", Some(scene.at), said.join("; ")).with_unit(
            "loop_busy",
            busy,
            Unit::Ratio,
        ));
        self.teachers(request, chain);
    }

    /// What opened a breaker, or made something hold back: the failures before.
    fn teachers(&self, request: &Autopsy, chain: &mut Vec<Link>) {
        let holds_back =
            [Cause::BreakerOpen, Cause::Throttled, Cause::LimitReached, Cause::Deadline];
        if !request.cause.is_some_and(|cause| holds_back.contains(&cause)) {
            return;
        }
        let part = format!("fleets.{}", self.names.fleet(request.fleet));
        let until = request.ended.unwrap_or_default();
        let telling = ["breaker_opened", "first_failure", "pool_empty"];
        let before = self.found.record.events.iter().filter(|event| event.at <= until);
        let mut said = before.filter(|e| e.part == part && telling.contains(&e.kind)).rev();
        let last = said.next();
        if let Some(event) = last {
            chain.push(Link::new(
                "before",
                Some(event.at),
                format!("{}: {}", event.part, event.text),
            ));
        }
    }

    /// The last thing that was done to the system before: an entry of the timeline, a scaling, a death.
    fn trigger(&self, request: &Autopsy, begun: Option<SimTime>, chain: &mut Vec<Link>) {
        let until = begun.or(request.ended).unwrap_or_default();
        let telling = ["timeline", "scaled", "oom_kill", "server_up", "deploy_done"];
        let before = self.found.record.events.iter().filter(|event| event.at <= until);
        // The death that the request died of is no cause of itself.
        let is_it = |event: &Noted| event.kind == "oom_kill" && event.at == until;
        let before = before.filter(|event| telling.contains(&event.kind) && !is_it(event));
        let before: Vec<_> = before.collect();
        // Of those of one instant, or of many, the last that speaks of who is concerned.
        let fleet = self.names.fleet(request.fleet);
        let server = self.server().map_or("", |server| self.names.server(server));
        let speaks = |name: &str, text: &str| !name.is_empty() && text.contains(name);
        let concerned = before.iter().rev().find(|event| {
            [&event.part, &event.text]
                .iter()
                .any(|text| speaks(fleet, text) || speaks(server, text))
        });
        let Some(event) = concerned.or(before.last()) else {
            let rate =
                self.rate(&format!("fleets.{}.requests", self.names.fleet(request.fleet)), until);
            if begun.is_none() && rate > 0.0 {
                let text = format!(
                    "nothing was done to the system before; {} requests a second arrive",
                    amount(rate, Unit::Count)
                );
                chain.push(Link::new("load", None, text).with_unit(
                    "requests_per_s",
                    rate,
                    Unit::PerSecond,
                ));
            }
            return;
        };
        let since = span(until.since(event.at));
        let whose = if event.kind == "timeline" { "" } else { &format!("{}: ", event.part) };
        let text = format!("{since} before that: {whose}{}", event.text);
        chain.push(Link::new("trigger", Some(event.at), text));
    }

    /// What it is where it is none of the five.
    pub fn instead(
        &self,
        signature: &Signature,
        cause: Option<Cause>,
        chain: &[Link],
    ) -> Option<String> {
        let cause = cause.filter(|_| signature.class == Class::Other)?;
        let has = |kind: &str| chain.iter().any(|link| link.kind == kind);
        if has("nested") {
            let text = "requests hold one connection each and wait for another of the same pool: a deadlock";
            return Some(text.to_string());
        }
        if has("pool") && has("server") {
            let text = "the pool waits for a server that is slow or stands still";
            return Some(text.to_string());
        }
        let text = match cause {
            Cause::PortExhausted => {
                "the client's ephemeral ports run out: it dials faster than TIME_WAIT lets go"
            }
            Cause::Emfile => "the client's descriptors run out",
            Cause::Oom | Cause::InstanceStopped | Cause::NoInstance => {
                "the instances die or are missing"
            }
            Cause::ConnectTimeout => {
                "the server does not accept in time: down, silent, or its accept queue is full"
            }
            Cause::ConnectionRefused => "nobody listens at the server: it is down",
            Cause::ReadTimeout | Cause::ServerError => {
                "the server is slow or in trouble itself, not short of slots"
            }
            Cause::StaleConnection | Cause::ConnectionLost => {
                "the server, or somebody between, closes connections that the client still uses"
            }
            Cause::CheckoutTimeout | Cause::QueueFull => {
                "the pool waits for connections, but no leak, no deploy and no growth explains it"
            }
            Cause::BreakerOpen | Cause::Throttled | Cause::LimitReached | Cause::BulkheadFull => {
                "the client keeps itself back; what taught it so stands above in the chain"
            }
            Cause::Deadline | Cause::Abandoned | Cause::QueueTimeout => {
                "it takes too long, and somebody stops waiting"
            }
            Cause::RateLimited | Cause::ConcurrencyLimit => "the instances take no more on purpose",
            Cause::Conflict => "transactions about the same keys get into each other's way",
            Cause::Rejected | Cause::RejectedSilently => {
                "the server refuses, but the record shows no leak, no jump, no storm and no growth"
            }
        };
        Some(text.to_string())
    }

    /// The value of a series at the row at or before an instant.
    pub fn value(&self, name: &str, at: SimTime) -> f64 {
        let row = self.found.record.times.partition_point(|time| *time <= at).saturating_sub(1);
        let series = self.found.record.find(name);
        series.and_then(|series| series.values.get(row).copied()).unwrap_or(0.0)
    }

    /// The increase of a counter per second over the tenth of the time before an instant, a row at
    /// least.
    fn rate(&self, name: &str, at: SimTime) -> f64 {
        let times = &self.found.record.times;
        let Some(series) = self.found.record.find(name) else { return 0.0 };
        let to = times.partition_point(|time| *time < at).min(times.len().saturating_sub(1));
        let from = times.partition_point(|time| time.as_ns() < at.as_ns() / 10 * 9);
        let from = from.min(to.saturating_sub(1));
        let length = times[to].as_secs_f64() - times[from].as_secs_f64();
        if length > 0.0 { (series.values[to] - series.values[from]) / length } else { 0.0 }
    }
}
