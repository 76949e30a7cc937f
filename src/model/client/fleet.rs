//! A fleet at work: its settings by version, its random streams, its instances.

use std::collections::BTreeSet;

use crate::chance::{Purpose, Stream};
use crate::engine::{Agenda, Rank};
use crate::model::Event;
use crate::model::client::{Autoscaler, Conn, Deadlines, Deploy, Request, Warm};
use crate::model::load::{Arrivals, Checks, Rotation, Users, Visitors};
use crate::model::plan::{Calls, Length, Plan};
use crate::model::server::KeyPlan;
use crate::model::slab::Id;
use crate::scenario::{self, Ejection};
use crate::units::{SimTime, Span};

/// A fleet at work.
#[derive(Debug)]
pub struct Fleet {
    /// The versions of its settings, the oldest first.
    pub plans: Vec<Plan>,
    /// The version that new instances get.
    pub plan: u16,
    /// When requests arrive.
    pub arrivals: Arrivals,
    /// Counts the times the clock of arrivals was set anew.
    pub clock: u32,
    /// Those who wait for an answer before they ask again.
    pub users: Users,
    /// How those who send requests behave.
    pub visitors: Visitors,
    /// How many requests the arrival on the agenda brings.
    pub arriving: u32,
    /// Its random numbers.
    pub streams: Streams,
    /// Its places for processes, among those of all fleets.
    pub places: Vec<u32>,
    /// Of these, those where no process is.
    pub free: BTreeSet<u32>,
    /// How many instances there are to be.
    pub size: u32,
    /// What changes that.
    pub autoscaler: Autoscaler,
    /// Requests that have arrived.
    pub arrived: u64,
    /// Its free instances, where every request has one to itself.
    pub warm: Warm,
    /// Those that are up, and which of them takes the next request.
    pub rotation: Rotation,
    /// What requests have drawn: `stride` numbers by place of the request.
    draws: Vec<u64>,
    stride: usize,
    /// By call: ends with a connection in hand since the last leak of "every n-th".
    pub since_leak: Vec<u32>,
    /// By call: read timeouts.
    pub reads: Vec<Deadlines<(Id<Request>, u32)>>,
    /// By name of connections: connect timeouts.
    pub dials: Vec<Deadlines<Id<Conn>>>,
    /// By name of connections: limits of wait, dial and check together.
    pub gets: Vec<Deadlines<(Id<Request>, u16)>>,
    /// Deadlines of requests.
    pub deadlines: Deadlines<Id<Request>>,
    /// Its deploys.
    pub deploys: Vec<Deploy>,
    /// Requests in flight that somebody waits for.
    pub in_flight: Level,
    /// Requests in flight that nobody waits for any more.
    pub orphans: u32,
    /// Health checks of the balancer.
    pub checks: Checks,
    /// What the balancer learns from the ends of requests.
    pub ejection: Option<Ejection>,
}

/// The random numbers of a fleet, one stream per purpose.
#[derive(Debug)]
pub struct Streams {
    /// Gaps between arrivals.
    pub arrival: Stream,
    /// Which instance.
    pub balancer: Stream,
    /// Lengths of work and holds.
    pub service: Stream,
    /// Leaks.
    pub leak: Stream,
    /// Pauses before retries.
    pub retry: Stream,
    /// Lengths of holds of retried calls.
    pub retry_service: Stream,
    /// Leaks of retried calls.
    pub retry_leak: Stream,
    /// Error replies.
    pub error: Stream,
    /// Error replies to retried calls.
    pub retry_error: Stream,
    /// How long users think.
    pub think: Stream,
    /// When processes stall, and for how long.
    pub stall: Stream,
    /// Whether a throttle refuses.
    pub throttle: Stream,
    /// When adaptive limits measure anew.
    pub limit_probe: Stream,
    /// Lengths of holds of copies.
    pub hedge_service: Stream,
    /// Leaks of copies.
    pub hedge_leak: Stream,
    /// How long an instance takes to start for a request.
    pub cold_start: Stream,
    /// How long somebody waits for the end of a request.
    pub patience: Stream,
    /// Pauses before reloads, and who leaves after the last.
    pub reload: Stream,
    /// Which branches requests take.
    pub branch: Stream,
    /// Pauses before lost connections are dialled again.
    pub redial: Stream,
    /// Who of those in line at a pool is served.
    pub hand_off: Stream,
    /// Pauses between the dials of pools.
    pub dial_retry: Stream,
    /// Lifetimes of connections in pools.
    pub lifetime: Stream,
    /// Which keys transactions are about.
    pub key: Stream,
}

/// A number that goes up and down, with the highest value since it was last looked at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Level {
    now: u32,
    peak: u32,
}

impl Level {
    /// One more.
    #[inline]
    pub fn up(&mut self) {
        self.now += 1;
        self.peak = self.peak.max(self.now);
    }

    /// One less.
    #[inline]
    pub fn down(&mut self) {
        self.now -= 1;
    }

    /// Now.
    #[inline]
    pub fn now(&self) -> u32 {
        self.now
    }

    /// The highest value since this was last asked.
    pub fn take_peak(&mut self) -> u32 {
        std::mem::replace(&mut self.peak, self.now)
    }
}

impl Fleet {
    /// A fleet without instances.
    pub fn new(
        settings: &scenario::Fleet,
        seed: &str,
        run: u32,
        end: SimTime,
        all_calls: &mut Calls,
    ) -> Fleet {
        let part = format!("fleets.{}", settings.name);
        let stream = |purpose| Stream::new(seed, run, &part, purpose);
        let mut fleet = Fleet {
            plans: Vec::new(),
            plan: 0,
            arrivals: Arrivals::new(&settings.arrivals, end, stream(Purpose::Burst)),
            clock: 0,
            users: Users::none(),
            visitors: Visitors::new(&settings.visitors),
            arriving: 0,
            streams: Streams {
                arrival: stream(Purpose::Arrival),
                balancer: stream(Purpose::Balancer),
                service: stream(Purpose::Service),
                leak: stream(Purpose::Leak),
                retry: stream(Purpose::RetryJitter),
                retry_service: stream(Purpose::RetryService),
                retry_leak: stream(Purpose::RetryLeak),
                error: stream(Purpose::Error),
                retry_error: stream(Purpose::RetryError),
                think: stream(Purpose::Think),
                stall: stream(Purpose::Stall),
                cold_start: stream(Purpose::ColdStart),
                patience: stream(Purpose::Patience),
                reload: stream(Purpose::Reload),
                branch: stream(Purpose::Branch),
                redial: stream(Purpose::Redial),
                hand_off: stream(Purpose::HandOff),
                dial_retry: stream(Purpose::DialRetry),
                lifetime: stream(Purpose::Lifetime),
                throttle: stream(Purpose::Throttle),
                limit_probe: stream(Purpose::LimitProbe),
                hedge_service: stream(Purpose::HedgeService),
                hedge_leak: stream(Purpose::HedgeLeak),
                key: stream(Purpose::Key),
            },
            places: Vec::new(),
            free: BTreeSet::new(),
            size: 0,
            autoscaler: Autoscaler::default(),
            arrived: 0,
            warm: Warm::default(),
            rotation: Rotation::default(),
            draws: Vec::new(),
            stride: 0,
            since_leak: Vec::new(),
            reads: Vec::new(),
            dials: settings.connections.iter().map(|_| Deadlines::new()).collect(),
            gets: settings.connections.iter().map(|_| Deadlines::new()).collect(),
            deadlines: Deadlines::new(),
            deploys: Vec::new(),
            in_flight: Level::default(),
            orphans: 0,
            checks: Checks::default(),
            ejection: settings.ejection,
        };
        fleet.add_plan(settings, all_calls);
        fleet
    }

    /// Adds a version of the settings and makes it the one that new requests and instances get.
    pub fn add_plan(&mut self, settings: &scenario::Fleet, all_calls: &mut Calls) -> u16 {
        self.plan = self.compile(settings, all_calls);
        self.plan
    }

    /// Adds a version of the settings that only those get who ask for it.
    pub fn compile(&mut self, settings: &scenario::Fleet, all_calls: &mut Calls) -> u16 {
        let plan = Plan::new(settings, all_calls);
        let calls = plan.calls.len().max(self.since_leak.len());
        self.since_leak.resize(calls, 0);
        self.reads.resize_with(calls, Deadlines::new);
        self.widen(plan.draws.len() + plan.choices.len() + usize::from(plan.keys));
        self.plans.push(plan);
        self.plans.len() as u16 - 1
    }

    /// The settings in force.
    pub fn current(&self) -> &Plan {
        &self.plans[usize::from(self.plan)]
    }

    /// Draws for each call of a request under `plan` whether it leaks its connection: one bit per
    /// call, after a success and after a failure.
    #[inline(always)]
    pub fn draw_leaks(&mut self, plan: u16, calls: &Calls) -> (u32, u32) {
        let (mut on_success, mut on_error) = (0, 0);
        for (bit, call) in self.plans[usize::from(plan)].calls.iter().enumerate() {
            let leak = &calls[*call as usize].leak;
            let draw = self.streams.leak.next_u64();
            on_success |= u32::from(leak.on_success.met_by(draw)) << bit;
            on_error |= u32::from(leak.on_error.met_by(draw)) << bit;
        }
        (on_success, on_error)
    }

    /// Draws for each call of a request under `plan` whether its first reply is an error: one bit per
    /// call.
    #[inline(never)]
    pub fn draw_errors(&mut self, plan: u16, calls: &Calls) -> u32 {
        let draws = self.plans[usize::from(plan)].calls.iter().enumerate().map(|(bit, call)| {
            u32::from(self.streams.error.happens(calls[*call as usize].errors)) << bit
        });
        draws.fold(0, |all, bit| all | bit)
    }

    /// Draws what the request at `place` will need under `plan`.
    #[inline(always)]
    pub fn draw(&mut self, plan: u16, place: usize) {
        let plan = &self.plans[usize::from(plan)];
        let from = place * self.stride;
        if self.draws.len() < from + self.stride {
            self.draws.resize(from + self.stride, 0);
        }
        for (number, sampler) in plan.draws.iter().enumerate() {
            self.draws[from + number] = sampler.sample(&mut self.streams.service).as_ns();
        }
        let from = from + plan.draws.len();
        for number in 0..plan.choices.len() {
            self.draws[from + number] = self.streams.branch.next_u64();
        }
        let from = from + plan.choices.len();
        for number in 0..usize::from(plan.keys) {
            self.draws[from + number] = self.streams.key.next_u64();
        }
    }

    /// The key of a transaction, as drawn by the request at `place`, each as likely as another.
    pub fn key(&self, plan: u16, key: KeyPlan, place: usize) -> u32 {
        let plan = &self.plans[usize::from(plan)];
        let number = plan.draws.len() + plan.choices.len() + usize::from(key.draw);
        let draw = self.draws[place * self.stride + number];
        ((u128::from(draw) * u128::from(key.keys)) >> 64) as u32
    }

    /// Where the request at `place` goes on at a choice between branches, as it drew under `plan`.
    pub fn branch(&self, plan: &Plan, choice: u16, place: usize) -> u16 {
        let number = plan.draws.len() + usize::from(choice);
        plan.choices[usize::from(choice)].target(self.draws[place * self.stride + number])
    }

    /// Draws one length again, for a retry of the request at `place`.
    pub fn draw_again(&mut self, plan: u16, length: Length, place: usize) {
        if let Length::Drawn(number) = length {
            let sampler = &self.plans[usize::from(plan)].draws[usize::from(number)];
            let drawn = sampler.sample(&mut self.streams.retry_service);
            self.draws[place * self.stride + usize::from(number)] = drawn.as_ns();
        }
    }

    /// A copy of the call of the request at `from` is at place `to`: it has the same draws, or where
    /// it is not the first one another `length`.
    pub fn draw_copy(&mut self, plan: u16, (from, to): (usize, usize), again: Option<Length>) {
        let (stride, end) = (self.stride, (to + 1) * self.stride);
        if self.draws.len() < end {
            self.draws.resize(end, 0);
        }
        self.draws.copy_within(from * stride..(from + 1) * stride, to * stride);
        if let Some(Length::Drawn(number)) = again {
            let sampler = &self.plans[usize::from(plan)].draws[usize::from(number)];
            let drawn = sampler.sample(&mut self.streams.hedge_service);
            self.draws[to * stride + usize::from(number)] = drawn.as_ns();
        }
    }

    /// The draw of this number, of the request at `place`.
    pub fn drawn(&mut self, number: u16, place: usize) -> &mut u64 {
        &mut self.draws[place * self.stride + usize::from(number)]
    }

    /// The length of time, as drawn by the request at `place`.
    #[inline]
    pub fn length(&self, length: Length, place: usize) -> Span {
        match length {
            Length::Fixed(span) => span,
            Length::Drawn(number) => {
                Span::from_ns(self.draws[place * self.stride + usize::from(number)])
            }
        }
    }

    /// Makes room for `wanted` draws per request; what was drawn keeps its place.
    fn widen(&mut self, wanted: usize) {
        if wanted <= self.stride {
            return;
        }
        let places = self.draws.len().checked_div(self.stride).unwrap_or(0);
        let mut wider = vec![0; places * wanted];
        for place in 0..places {
            let old = &self.draws[place * self.stride..(place + 1) * self.stride];
            wider[place * wanted..place * wanted + self.stride].copy_from_slice(old);
        }
        self.draws = wider;
        self.stride = wanted;
    }

    /// Puts the next arrival on the agenda, if there is one.
    #[inline]
    pub fn set_next_arrival(
        &mut self,
        index: u16,
        next: Option<(SimTime, u32)>,
        agenda: &mut Agenda<Event>,
    ) {
        if let Some((at, count)) = next {
            self.arriving = count;
            let clock = self.clock;
            agenda.at(at, Rank::ARRIVAL, Event::Arrival { fleet: index, clock });
        }
    }
}
