//! What scrapers of monitoring see: the world at their own instants, between the rows of the series.

use crate::model::World;
use crate::observe::Scraper;
use crate::observe::columns::Columns;
use crate::observe::counts::{FleetCounts, ServerCounts};
use crate::scenario::{Eye, Scenario, Sight};
use crate::units::{SimTime, Span};

/// What one scraper has seen.
#[derive(Clone, Debug)]
pub struct Scrapes {
    /// Time between two scrapes.
    pub every: Span,
    /// The instants: zero, and every multiple of the interval up to the end of the run.
    pub times: Vec<SimTime>,
    /// What there was to see at each instant, whether or not anybody could; not a number where there
    /// was nothing.
    pub sights: Vec<(Sight, Vec<f64>)>,
    /// Who could see nothing, at each instant.
    pub blind: Vec<(Eye, Vec<bool>)>,
}

impl Scrapes {
    /// The values of a sight.
    pub fn values(&self, sight: &Sight) -> Option<&[f64]> {
        self.sights.iter().find(|(known, _)| known == sight).map(|(_, values)| values.as_slice())
    }

    /// Whether `eye` saw nothing at the instant number `index`.
    pub fn is_blind(&self, eye: Eye, index: usize) -> bool {
        let known = self.blind.iter().find(|(known, _)| *known == eye);
        known.and_then(|(_, blind)| blind.get(index)).copied().unwrap_or(false)
    }
}

/// A scraper at work.
#[derive(Debug)]
pub(super) struct Looks {
    due: SimTime,
    columns: Columns,
    /// The number of the column of each sight that is a series.
    places: Vec<Option<usize>>,
    /// The values of the present look.
    values: Vec<f64>,
    seen: Scrapes,
}

impl Looks {
    /// One that has not looked yet.
    pub fn new(scraper: &Scraper, scenario: &Scenario) -> Looks {
        let columns = Columns::new(scenario);
        let place = |sight: &Sight| match sight {
            Sight::Series(name) => columns.position(name),
            _ => None,
        };
        Looks {
            due: SimTime::ZERO,
            places: scraper.sights.iter().map(place).collect(),
            values: Vec::new(),
            seen: Scrapes {
                every: scraper.every,
                times: Vec::new(),
                sights: scraper.sights.iter().map(|sight| (sight.clone(), Vec::new())).collect(),
                blind: scraper.eyes.iter().map(|eye| (*eye, Vec::new())).collect(),
            },
            columns,
        }
    }

    /// When it looks next.
    pub fn due(&self) -> SimTime {
        self.due
    }

    /// Looks at the world as it is at `at`.
    pub fn look(
        &mut self,
        world: &mut World,
        at: SimTime,
        servers: &mut [ServerCounts],
        fleets: &mut [FleetCounts],
    ) {
        self.due = at + self.seen.every;
        self.seen.times.push(at);
        self.columns.glance(&mut self.values, world, at, servers, fleets);
        for ((sight, values), place) in self.seen.sights.iter_mut().zip(&self.places) {
            let value = match place {
                Some(place) => self.values.get(*place).copied(),
                None => world.sight(sight, at),
            };
            values.push(value.unwrap_or(f64::NAN));
        }
        for (eye, blind) in &mut self.seen.blind {
            blind.push(match *eye {
                Eye::Always => false,
                Eye::Dials(server) => !world.takes_connections(server, at),
                Eye::Exporters(server) => {
                    let seen = servers.get(server).and_then(|counts| counts.scraped.as_ref());
                    seen.is_none_or(|seen| !seen.answered)
                }
                Eye::Instances(fleet) => world.instances_up(fleet) == 0,
            });
        }
    }

    /// What was seen.
    pub fn finish(self) -> Scrapes {
        self.seen
    }
}
