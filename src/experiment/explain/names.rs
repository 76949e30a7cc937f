//! Names and times in sentences.

use crate::claims::amount;
use crate::model::{Owner, Stage};
use crate::scenario::{LeakKind, Scenario};
use crate::units::{SimTime, Span, Unit, wall_clock};

/// Names of a scenario's parts.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    scenario: &'a Scenario,
}

impl<'a> Names<'a> {
    /// Those of `scenario`.
    pub fn new(scenario: &'a Scenario) -> Names<'a> {
        Names { scenario }
    }

    /// A fleet.
    pub fn fleet(self, fleet: u16) -> &'a str {
        self.scenario.settings.fleets.get(usize::from(fleet)).map_or("?", |fleet| &fleet.name)
    }

    /// A server.
    pub fn server(self, server: u16) -> &'a str {
        self.scenario.settings.servers.get(usize::from(server)).map_or("?", |server| &server.name)
    }

    /// Connections of a fleet.
    pub fn way(self, fleet: u16, through: u16) -> &'a str {
        let fleet = self.scenario.settings.fleets.get(usize::from(fleet));
        let way = fleet.and_then(|fleet| fleet.connections.get(usize::from(through)));
        way.map_or("?", |way| &way.name)
    }

    /// Whose connections these are.
    pub fn owner(self, owner: Owner) -> String {
        match owner {
            Owner::Fleet { fleet, .. } => self.fleet(fleet).to_string(),
            Owner::Proxy(server) => format!("the proxy {}", self.server(server)),
            Owner::Operator => "an operator".to_string(),
            Owner::Replica => "replicas".to_string(),
            Owner::Exporter => "exporters".to_string(),
        }
    }

    /// An instant, with the wall clock where that is known: `38.07 min (10:20:03Z)`.
    pub fn at(self, at: SimTime) -> String {
        let simulated = span(at.since(SimTime::ZERO));
        match self.clock(at) {
            Some(clock) => format!("{simulated} ({clock})"),
            None => simulated,
        }
    }

    /// An instant as people said it: by the wall clock where that is known.
    pub fn since(self, at: SimTime) -> String {
        self.clock(at).unwrap_or_else(|| span(at.since(SimTime::ZERO)))
    }

    fn clock(self, at: SimTime) -> Option<String> {
        Some(wall_clock(self.scenario.about.start?, at.as_secs_f64()))
    }
}

/// A length of time.
pub fn span(span: Span) -> String {
    amount(span.as_secs_f64(), Unit::Seconds)
}

/// A number of things.
pub fn count(number: u32) -> String {
    amount(f64::from(number), Unit::Count)
}

/// The same, of more things.
pub fn count64(number: u64) -> String {
    amount(number as f64, Unit::Count)
}

/// `1 connection`, `2 connections`.
pub fn some(number: u32, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// The kind of a leak as the file names it.
pub fn kind(kind: LeakKind) -> &'static str {
    match kind {
        LeakKind::Forgotten => "forgotten",
        LeakKind::ClosesOnEof => "closes_on_eof",
        LeakKind::Reconnects => "reconnects",
        LeakKind::Lease => "lease",
        LeakKind::Subscribed => "subscribed",
        LeakKind::Blocked => "blocked",
    }
}

/// What a request does with a connection it holds.
pub fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Entering => "stand at the entrance",
        Stage::Working => "work on other steps meanwhile",
        Stage::WaitingForConnection => "wait for another connection",
        Stage::Dialling => "dial",
        Stage::Checking => "check that it is alive",
        Stage::Calling => "wait for a reply",
        Stage::Holding => "work with it in hand",
        Stage::Pausing => "pause before a retry",
        Stage::WaitingForCore => "wait for a core",
        Stage::AtBulkhead => "wait at a bulkhead",
        Stage::Racing => "have copies of their call out",
    }
}
