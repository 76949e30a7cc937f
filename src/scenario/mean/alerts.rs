//! Rules of monitoring: the figures they name, and who sees these.

use std::collections::BTreeSet;

use super::Reading;
use super::quantity::quantity;
use super::series::series;
use crate::scenario::hints::nearest;
use crate::scenario::meant::{
    Alert, Beyond, Condition, Entry, Eye, Figure, Settings, Sight, is_ever_pooled,
};
use crate::scenario::table::{ALERT, CONDITION};
use crate::scenario::tree::Node;
use crate::scenario::view::{Chosen, View};
use crate::units::{SimTime, Span, Unit, duration};

/// Scrapes in a run at most, those of rules with one interval counted once.
const MOST_SCRAPES: u64 = 50_000;
/// Conditions of all rules together at most: each keeps a value for every scrape.
const MOST_CONDITIONS: usize = 500;

/// The rules, in the order of the file.
pub(super) fn alerts(
    top: &View,
    settings: &Settings,
    timeline: &[Entry],
    end: SimTime,
    reading: &mut Reading,
) -> Vec<Alert> {
    let known = known(settings, timeline);
    let mut watch = Watch { known, settings, inside: false, every: Span::ZERO, conditions: 0 };
    let mut ids = BTreeSet::new();
    let mut intervals: BTreeSet<Span> = BTreeSet::new();
    let mut alerts = Vec::new();
    for (index, node) in top.items("alerts").iter().enumerate() {
        let view = View::new(node, &ALERT);
        let path = format!("alerts.{index}");
        let id = view.text("id");
        if !id.is_empty() && !ids.insert(id.to_string()) {
            let message = format!("expected an id of its own; {id:?} is taken");
            reading.at(view.node("id"), &format!("{path}.id"), message, None);
        }
        let every = view.span("every");
        if end != SimTime::NEVER && intervals.insert(every) {
            scrapes(&intervals, end, view.node("every"), &format!("{path}.every"), reading);
        }
        watch.every = every;
        watch.inside = view.word("scraper", &[("dials", false), ("inside", true)]);
        let when = watch.condition(&view.sub_choice("when"), &format!("{path}.when"), reading);
        alerts.push(Alert {
            id: id.to_string(),
            says: view.text("says").to_string(),
            when,
            every,
            hold: view.span("for"),
        });
    }
    alerts
}

/// Reports intervals that are too short for the run, at the one that makes them so.
fn scrapes(
    intervals: &BTreeSet<Span>,
    end: SimTime,
    node: &Node,
    path: &str,
    reading: &mut Reading,
) {
    let all: u64 = intervals.iter().map(|every| end.as_ns() / every.as_ns().max(1) + 1).sum();
    if all > MOST_SCRAPES {
        let message = format!("expected at most {MOST_SCRAPES} scrapes in the run; found {all}");
        let least = Span::from_ns(end.as_ns().div_ceil(MOST_SCRAPES - 1));
        let hint = format!("rules with one interval of at least {} fit", duration(least));
        reading.at(node, path, message, Some(hint));
    }
}

/// A figure that a rule can name.
struct Known {
    name: String,
    unit: Unit,
    counter: bool,
    sight: Sight,
}

/// Every figure of a scenario: series without quantiles, then limits.
fn known(settings: &Settings, timeline: &[Entry]) -> Vec<Known> {
    let series = series(settings, timeline).into_iter().filter(|info| !info.latency);
    let mut known: Vec<Known> = series
        .map(|info| Known {
            // What an exporter has read of a counter counts.
            counter: info.counter || info.name.ends_with(".scraped.rejected_connections"),
            unit: info.unit,
            sight: Sight::Series(info.name.clone()),
            name: info.name,
        })
        .collect();
    let mut limit = |name: String, unit: Unit, sight: Sight| {
        known.push(Known { name, unit, counter: false, sight });
    };
    for (index, server) in settings.servers.iter().enumerate() {
        let name = format!("servers.{}.maxclients", server.name);
        limit(name, Unit::Count, Sight::Maxclients(index));
    }
    for (index, fleet) in settings.fleets.iter().enumerate() {
        let part = format!("fleets.{}", fleet.name);
        limit(format!("{part}.memory_limit"), Unit::Bytes, Sight::MemoryLimit(index));
        for (through, way) in fleet.connections.iter().enumerate() {
            if is_ever_pooled(settings, timeline, index, through) {
                let name = format!("{part}.pools.{}.max", way.name);
                limit(name, Unit::Count, Sight::PoolMax { fleet: index, through });
            }
        }
    }
    known
}

/// What conditions are read against.
struct Watch<'a> {
    known: Vec<Known>,
    settings: &'a Settings,
    /// Of the rule that is being read.
    inside: bool,
    every: Span,
    /// Conditions read so far, in all rules.
    conditions: usize,
}

impl Watch<'_> {
    fn condition(&mut self, chosen: &Chosen, path: &str, reading: &mut Reading) -> Condition {
        let path = format!("{path}.{}", chosen.tag);
        self.conditions += 1;
        if self.conditions == MOST_CONDITIONS + 1 {
            let message = format!("expected at most {MOST_CONDITIONS} conditions in all rules");
            reading.at(chosen.node, &path, message, None);
        }
        match chosen.tag {
            "all" => Condition::All(self.each(chosen, &path, reading)),
            "any" => Condition::Any(self.each(chosen, &path, reading)),
            "value" => self.value(&chosen.view(), &path, reading),
            "rise" => self.rise(&chosen.view(), &path, reading),
            "idle" => self.idle(&chosen.view(), &path, reading),
            _ => {
                let view = chosen.view();
                Condition::Absent(self.figure(&view, "series", &path, false, reading).0)
            }
        }
    }

    fn each(&mut self, chosen: &Chosen, path: &str, reading: &mut Reading) -> Vec<Condition> {
        let items = chosen.node.items().unwrap_or_default().iter().enumerate();
        items
            .map(|(index, node)| {
                let chosen = Chosen::new(node, &CONDITION);
                self.condition(&chosen, &format!("{path}.{index}"), reading)
            })
            .collect()
    }

    fn value(&self, view: &View, path: &str, reading: &mut Reading) -> Condition {
        let known = reading.findings.count();
        let (figure, unit) = self.figure(view, "series", path, false, reading);
        let of = view.find("of").map(|_| self.figure(view, "of", path, false, reading));
        let unit = share(unit, of.as_ref());
        let beyond = beyond(view, unit, known, path, reading);
        Condition::Value { figure, of: of.map(|(figure, _)| figure), beyond }
    }

    fn rise(&self, view: &View, path: &str, reading: &mut Reading) -> Condition {
        let known = reading.findings.count();
        let (counter, unit) = self.figure(view, "series", path, true, reading);
        let of = view.find("of").map(|_| self.figure(view, "of", path, true, reading));
        let over = match view.find("over") {
            Some(node) => {
                let over = view.span("over");
                if over < self.every {
                    let every = duration(self.every);
                    let message =
                        format!("expected at least `every`, {every}: a rise needs two scrapes");
                    reading.at(node, &format!("{path}.over"), message, None);
                }
                over
            }
            None => self.every,
        };
        let beyond = beyond(view, share(unit, of.as_ref()), known, path, reading);
        Condition::Rise { counter, of: of.map(|(figure, _)| figure), over, beyond }
    }

    fn idle(&self, view: &View, path: &str, reading: &mut Reading) -> Condition {
        let servers: Vec<&str> = self.settings.servers.iter().map(|s| s.name.as_str()).collect();
        let server = super::steps::resolve(view.node("server"), "server", &servers, path, reading);
        let sight = Sight::Idle { server, longer_than: view.span("longer_than") };
        let eye = self.eye_at(server);
        let known = reading.findings.count();
        let beyond = beyond(view, Unit::Count, known, path, reading);
        Condition::Value { figure: Figure { sight, eye }, of: None, beyond }
    }

    /// The figure that `key` names, with its unit; what is wrong with it is reported.
    fn figure(
        &self,
        view: &View,
        key: &'static str,
        path: &str,
        counter: bool,
        reading: &mut Reading,
    ) -> (Figure, Unit) {
        let node = view.node(key);
        let name = node.as_text().unwrap_or_default();
        let fit = |known: &&Known| known.counter || !counter;
        let found = self.known.iter().find(|known| known.name == name);
        match found {
            Some(known) if fit(&known) => return (self.seen(known), known.unit),
            // An empty name stands for one that has been reported already.
            _ if name.is_empty() => {}
            Some(_) => {
                let message = format!("expected a counter; found {}", node.describe());
                let hint = "it goes up and down; `value` compares it".to_string();
                reading.at(node, &format!("{path}.{key}"), message, Some(hint));
            }
            None if name.ends_with(".latency") || name.ends_with(".checkout_wait") => {
                let message = format!("expected a figure; found {}", node.describe());
                let hint =
                    "of a latency only quantiles are kept, and no rule sees these".to_string();
                reading.at(node, &format!("{path}.{key}"), message, Some(hint));
            }
            None => {
                let names = self.known.iter().filter(fit).map(|known| known.name.as_str());
                let hint = nearest(name, names);
                let hint = hint.or_else(|| Some("the reference page lists the series".to_string()));
                let message = format!("this scenario has no figure {}", node.describe());
                reading.at(node, &format!("{path}.{key}"), message, hint);
            }
        }
        (Figure { sight: Sight::Series(String::new()), eye: Eye::Always }, Unit::Count)
    }

    /// What of a figure is seen, and by whom.
    fn seen(&self, known: &Known) -> Figure {
        let part = |index: usize| known.name.split('.').nth(index).unwrap_or_default();
        let server = self.settings.servers.iter().position(|server| server.name == part(1));
        let fleet = self.settings.fleets.iter().position(|fleet| fleet.name == part(1));
        let eye = match (part(0), server, fleet, part(2)) {
            // Of the exporters themselves; whoever runs the instances knows how many there are.
            ("servers", .., "scrapes" | "scrapes_failed")
            | ("fleets", .., "instances_up" | "healthy" | "oom_kills" | "start_failures") => {
                Eye::Always
            }
            ("servers", Some(server), _, "scraped") => Eye::Exporters(server),
            ("servers", Some(server), ..) => self.eye_at(server),
            ("fleets", _, Some(fleet), _) => Eye::Instances(fleet),
            _ => Eye::Always,
        };
        let sight = match (eye, &known.sight) {
            (Eye::Exporters(_), Sight::Series(name)) => Sight::Series(scraped(name)),
            (_, sight) => sight.clone(),
        };
        Figure { sight, eye }
    }

    fn eye_at(&self, server: usize) -> Eye {
        match self.settings.servers.get(server) {
            _ if self.inside => Eye::Always,
            Some(settings) if settings.exporters.count > 0 => Eye::Exporters(server),
            _ => Eye::Dials(server),
        }
    }
}

/// The series of what the exporters have read, where they keep one.
fn scraped(name: &str) -> String {
    for what in ["connected_clients", "rejected_connections"] {
        if let Some(part) = name.strip_suffix(what).filter(|part| !part.ends_with(".scraped.")) {
            return format!("{part}scraped.{what}");
        }
    }
    name.to_string()
}

/// The unit of a figure divided by another.
fn share(unit: Unit, of: Option<&(Figure, Unit)>) -> Unit {
    match of {
        Some((_, other)) if *other == unit => Unit::Ratio,
        _ => unit,
    }
}

/// The bound of a condition; it is not read when there were `known` problems before the condition and
/// there are more now, for then its unit is not known.
fn beyond(view: &View, unit: Unit, known: usize, path: &str, reading: &mut Reading) -> Beyond {
    if reading.findings.count() > known {
        return Beyond::Above(0.0);
    }
    let mut bound = |key: &'static str| {
        view.find(key).map(|node| quantity(node, unit, &format!("{path}.{key}"), reading))
    };
    match (bound("above"), bound("below")) {
        (None, Some(below)) => Beyond::Below(below),
        (above, _) => Beyond::Above(above.unwrap_or_default()),
    }
}
