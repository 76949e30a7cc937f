//! The world: all state, and one match over what can be due.

use crate::chance::{Purpose, Stream};
use crate::engine::{self, Agenda, Observer, Rank};
use crate::model::client::dial::Dial;
use crate::model::client::{Conn, Fleet, Held, Instance, Mark, Request, Trials};
use crate::model::net::Path;
use crate::model::plan::Calls;
use crate::model::proxy::Proxy;
use crate::model::server::{Guest, Readable, Ready, Server};
use crate::model::slab::{Beside, Id, Slab};
use crate::model::{Event, Observation};
use crate::scenario::{self as meant, Arrivals, Cause, Dist, Entry, Profile, Scenario, Settings};
use crate::units::{SimTime, Span};

/// Requests or connections at once, at most: beyond this a run is stopped with a message.
pub const AT_ONCE_MAX: usize = 4_000_000;

/// The state of everything that is simulated.
#[derive(Debug)]
pub struct World {
    pub(in crate::model) path: Path,
    /// Those who are connected to a server, or want to be, and belong to no fleet.
    pub(in crate::model) guests: Vec<Guest>,
    pub(in crate::model) servers: Vec<Server>,
    /// Those of the servers that are proxies. Their upstream connections carry the numbers after the
    /// last fleet as their fleets.
    pub(in crate::model) proxies: Vec<Proxy>,
    pub(in crate::model) fleets: Vec<Fleet>,
    /// The places for processes of all fleets.
    pub(in crate::model) instances: Vec<Instance>,
    /// The calls of all fleets and versions.
    pub(in crate::model) calls: Calls,
    pub(in crate::model) conns: Slab<Conn>,
    pub(in crate::model) requests: Slab<Request>,
    /// What requests hold beyond the call they are at.
    pub(in crate::model) held: Beside<Request, Held>,
    /// By server: draws the cost of commands that nobody waits for any more.
    pub(in crate::model) abandoned: Vec<Stream>,
    /// What is kept of requests that pass guards.
    pub(in crate::model) marks: Beside<Request, Mark>,
    /// Copies of calls among the requests.
    pub(in crate::model) copies: u32,
    /// What is known of the attempts of requests whose present call was looked at.
    pub(in crate::model) trials: Beside<Request, Trials>,
    pub(in crate::model) timeline: Vec<Entry>,
    /// The settings in force.
    pub(in crate::model) settings: Settings,
    /// By place of the connection: by how much its lifetime in its pool is shorter, as it was drawn.
    pub(in crate::model) lifetimes: Vec<u32>,
    /// Connections ever dialled, and those that both ends have forgotten.
    pub(in crate::model) opened: u64,
    pub(in crate::model) closed: u64,
    /// Connections in TIME_WAIT that a host keeps at most.
    pub(in crate::model) tw_buckets: u32,
    /// Instances that open the connections they need before they take requests.
    pub(in crate::model) opening: u32,
    /// Until then an instance stands still somewhere.
    pub(in crate::model) stopped_until: SimTime,
}

/// What a part of the world has in hand while it handles an event.
#[derive(Debug)]
pub struct Cx<'a, O> {
    /// The present.
    pub now: SimTime,
    /// The future.
    pub agenda: &'a mut Agenda<Event>,
    /// Whoever watches.
    pub out: &'a mut O,
}

impl<O: Observer<Observation>> Cx<'_, O> {
    /// Tells whoever watches.
    #[inline(always)]
    pub fn note(&mut self, what: Observation) {
        self.out.observe(self.now, what);
    }
}

impl World {
    /// The world of `scenario` at time zero in run `run`, with what is due on a fresh agenda.
    pub fn new<O: Observer<Observation>>(
        scenario: &Scenario,
        run: u32,
        out: &mut O,
    ) -> (World, Agenda<Event>) {
        let mut agenda = Agenda::new(grain(&scenario.settings));
        let settings = &scenario.settings;
        let path = Path::new(&settings.network, &scenario.seed, run);
        let servers = settings.servers.iter().map(Server::new).collect();
        let end = SimTime::ZERO + scenario.duration;
        let abandoned = |server: &meant::Server| {
            let part = format!("servers.{}", server.name);
            Stream::new(&scenario.seed, run, &part, Purpose::Service)
        };
        let mut calls = Calls::new();
        let fleets = settings
            .fleets
            .iter()
            .map(|fleet| Fleet::new(fleet, &scenario.seed, run, end, &mut calls))
            .collect();
        let mut world = World {
            path,
            guests: Vec::new(),
            servers,
            proxies: Vec::new(),
            fleets,
            instances: Vec::new(),
            calls,
            conns: Slab::new(),
            requests: Slab::new(),
            held: Beside::new(),
            abandoned: settings.servers.iter().map(abandoned).collect(),
            marks: Beside::new(),
            copies: 0,
            trials: Beside::new(),
            timeline: scenario.timeline.clone(),
            settings: settings.clone(),
            lifetimes: Vec::new(),
            opened: 0,
            closed: 0,
            tw_buckets: settings.network.tw_buckets,
            opening: 0,
            stopped_until: SimTime::ZERO,
        };
        world.add_proxies(&scenario.seed, run);
        for (index, entry) in scenario.timeline.iter().enumerate() {
            agenda.at(entry.at, Rank::CHANGE, Event::Timeline { index: index as u32 });
        }
        let mut cx = Cx { now: SimTime::ZERO, agenda: &mut agenda, out };
        for (index, fleet) in settings.fleets.iter().enumerate() {
            let index = index as u16;
            world.scale(&mut cx, index, fleet.instances, Span::ZERO);
            let fleet = &mut world.fleets[usize::from(index)];
            let next = fleet.arrivals.next(&mut fleet.streams.arrival);
            fleet.set_next_arrival(index, next, cx.agenda);
            world.set_checks(&mut cx, index, settings.fleets[usize::from(index)].health);
            world.set_autoscaler(&mut cx, index);
            world.set_users(&mut cx, index, &settings.fleets[usize::from(index)].arrivals);
        }
        for index in 0..world.servers.len() {
            world.remember_clients(index as u16, SimTime::ZERO);
            world.employ_exporters(&mut cx, index as u16);
        }
        (world, agenda)
    }

    /// Requests in flight and connections that one of their ends still knows.
    pub fn held(&self) -> usize {
        self.requests.len() + self.conns.len()
    }

    /// Whether more is in flight than a run may hold.
    pub fn is_overfull(&self) -> bool {
        self.requests.len().max(self.conns.len()) > AT_ONCE_MAX
    }
}

/// About how many events a request makes.
const EVENTS_PER_REQUEST: f64 = 5.0;

/// About how far two events are apart. Decides the speed of the agenda,
/// nothing else.
fn grain(settings: &Settings) -> Span {
    let peak = |profile: &Profile| match profile {
        Profile::Constant(rate) | Profile::Wave { mean: rate, .. } => rate.as_per_second(),
        Profile::Steps(points) | Profile::Points(points) => {
            points.iter().map(|(_, rate)| rate.as_per_second()).fold(0.0, f64::max)
        }
    };
    let rate: f64 = settings
        .fleets
        .iter()
        .map(|fleet| match &fleet.arrivals {
            Arrivals::Poisson(profile) | Arrivals::Even(profile) => peak(profile),
            Arrivals::Instants { .. } => 0.0,
            Arrivals::Bursts(bursts) => peak(&bursts.batches) * bursts.size.mean(),
            Arrivals::OnOff(on_off) => on_off.rate.as_per_second(),
            Arrivals::Users(users) => {
                f64::from(users.users) / typical(&users.think).as_secs_f64().max(0.001)
            }
        })
        .sum();
    Span::from_secs_f64(1.0 / (EVENTS_PER_REQUEST * rate).max(100.0))
}

/// About how long something takes.
fn typical(dist: &Dist) -> Span {
    match *dist {
        Dist::Constant(span) | Dist::Weibull { scale: span, .. } => span,
        Dist::Uniform { max, .. } => Span::from_ns(max.as_ns() / 2),
        Dist::Exponential { mean } | Dist::LogNormal { mean, .. } | Dist::Erlang { mean, .. } => {
            mean
        }
        Dist::Normal { mean, sd } => mean.max(sd),
        Dist::Pareto { min, .. } => min.times(2),
        Dist::Table(ref entries) => entries.first().map_or(Span::ZERO, |(value, _)| *value),
    }
}

impl engine::World for World {
    type Event = Event;
    type Observation = Observation;

    // One caller, the loop: a call would cost as much as the match. The arms that come most often are
    // kept out of line, so that each has the registers to itself.
    #[inline(always)]
    fn handle<O: Observer<Observation>>(
        &mut self,
        now: SimTime,
        event: Event,
        agenda: &mut Agenda<Event>,
        out: &mut O,
    ) {
        let cx = &mut Cx { now, agenda, out };
        match event {
            Event::WorkDone { .. }
            | Event::Released { .. }
            | Event::Retry { .. }
            | Event::Begin { .. }
            | Event::Computed { .. }
            | Event::Replied { .. }
            | Event::Paced { .. }
            | Event::Secured { .. }
            | Event::DialGivenUp { .. }
            | Event::GivenUp { .. }
            | Event::CheckoutDue { .. }
            | Event::PoolReap { .. }
            | Event::Redial { .. }
            | Event::SharedRedial { .. }
            | Event::Greeted { .. }
            | Event::DialAgain { .. }
            | Event::WorkerRested { .. }
            | Event::Probe { .. }
            | Event::PoolTimer { .. }
            | Event::PoolHears { .. }
            | Event::Reclaim { .. }
            | Event::GuardDue { .. }
                if self.stopped_until > now && self.stands_still(cx, event) => {}
            Event::Arrival { fleet, clock } => self.arrival(cx, fleet, clock),
            Event::Reached { conn } => self.reached(cx, conn),
            Event::TurnEnd { server } => self.turn_end(cx, server),
            Event::Released { request, phase } => self.released(cx, request, phase),
            Event::FinAtServer { conn } => self.fin_at_server(cx, conn),
            Event::Bytes { conn, request, commands, exchange, class } => {
                let what = Readable::Commands(commands);
                self.bytes(cx, Ready { conn, request, what, exchange, class });
            }
            Event::ClosedByServer { conn, how } => self.closed_by_server(cx, conn, how),
            Event::WorkDone { request } => self.work_done(cx, request),
            Event::Retry { request } => self.retry(cx, request),
            Event::UserReady { fleet, user } => self.user_ready(cx, fleet, user),
            Event::Computed { request, instance, number } => {
                if self.is_current(instance, number) {
                    self.computed(cx, request, instance);
                }
            }
            Event::Replied { request, phase } => self.replied(cx, request, phase),
            Event::DialGivenUp { conn } => self.dial_failed(cx, conn, Cause::ConnectTimeout),
            Event::SynAgain { conn } => self.syn(cx, conn),
            Event::GivenUp { conn } => self.given_up(cx, conn),
            Event::PeerDead { conn, since } => self.peer_dead(cx, conn, since),
            Event::FinWaitDue { server } => self.fin_wait_due(cx, server),
            Event::ServerUp { server } => self.server_up(cx, server),
            Event::Healed => self.path.heal(now),
            Event::Begin { request } => self.begin_late(cx, request),
            Event::ReadDue { fleet, call } => self.read_due(cx, fleet, call),
            Event::ConnectDue { fleet, through } => self.connect_due(cx, fleet, through),
            Event::Cron { server } => self.cron(cx, server),
            Event::IdleDue { server } => self.idle_due(cx, server),
            Event::Timeline { index } => self.timeline(cx, index),
            Event::Relay { conn, request, commands, exchange } => {
                let what = Readable::Reply(commands);
                self.relay_reached(cx, Ready { conn, request, what, exchange, class: 0 });
            }
            Event::ErrorReply { conn, request, exchange, cause } => {
                self.error_reply(cx, conn, request, exchange, cause);
            }
            Event::GetDue { fleet, through } => self.get_due(cx, fleet, through),
            Event::DialAgain { instance, through, number, series } => {
                if self.is_current(instance, number) {
                    self.dial_again(cx, instance, through, series);
                }
            }
            Event::WorkerRested { instance, through, number } => {
                if self.is_current(instance, number) {
                    self.worker_rested(cx, instance, through);
                }
            }
            Event::Probe { instance, through, number } => {
                if self.is_current(instance, number) {
                    self.probe(cx, instance, through);
                }
            }
            Event::PoolTimer { instance, through, number } => {
                if self.is_current(instance, number) {
                    self.pool_timer(cx, instance, through);
                }
            }
            Event::PoolHears { conn } => self.pool_hears(cx, conn),
            Event::Reclaim { conn } => self.reclaim(cx, conn),
            Event::GuardDue { request, phase } => self.guard_due(cx, request, phase),
            Event::LetGo { conn, leak } => self.let_go_unused(cx, conn, leak),
            Event::ProxyLook { proxy } => self.proxy_look(cx, usize::from(proxy)),
            Event::Paced { request } => self.paced(cx, request),
            Event::DeadlineDue { fleet } => self.deadline_due(cx, fleet),
            Event::DeployNext { fleet, deploy } => self.deploy_next(cx, fleet, deploy),
            Event::CheckoutDue { instance, through, number } => {
                if self.is_current(instance, number) {
                    self.checkout_due(cx, instance, through);
                }
            }
            Event::Woken { instance, through, number } => {
                if self.is_current(instance, number) {
                    self.woken(cx, instance, through);
                }
            }
            Event::PoolReap { instance, through, number } => {
                if self.is_current(instance, number) {
                    self.pool_reap(cx, instance, through);
                }
            }
            Event::Redial { instance, through, server, number, failures } => {
                if self.is_current(instance, number) {
                    let (connect_timeout, request) = (None, Id::NONE);
                    let dial = Dial { instance, through, server, connect_timeout, request };
                    self.redial(cx, dial, failures);
                }
            }
            Event::SharedRedial { instance, through, place, number } => {
                if self.is_current(instance, number) {
                    self.shared_redial(cx, (instance, through, usize::from(place)));
                }
            }
            Event::Greeted { conn } => self.greeted(cx, conn),
            Event::OutOfMemory { instance, number } => {
                if self.is_current(instance, number) {
                    self.out_of_memory(cx, instance);
                }
            }
            Event::Autoscale { fleet, clock } => self.autoscale(cx, fleet, clock),
            Event::Retire { fleet } => self.retire(cx, fleet),
            Event::StartFailed { instance, number } => {
                if self.is_current(instance, number) {
                    self.start_failed(cx, instance);
                }
            }
            Event::Stall { instance, number } => {
                if self.is_current(instance, number) {
                    self.stall(cx, instance);
                }
            }
            Event::InstanceUp { instance, number } => {
                if self.is_current(instance, number) {
                    self.instance_up(cx, instance);
                }
            }
            Event::AcceptAgain { server } => self.kick(cx, server),
            Event::OperatorActs { server } => self.operator_acts(cx, server),
            Event::GuestDials { guest } => self.guest_dials(cx, guest),
            Event::GuestHears { conn } => self.guest_hears(cx, conn),
            Event::Synced { guest, attempt } => self.synced(cx, guest, attempt),
            Event::Scrape { guest } => self.scrape(cx, guest),
            Event::InstanceStop { instance, number } => {
                if self.is_current(instance, number) {
                    self.stop_instance(cx, instance);
                }
            }
            Event::Unblock { conn, request, commands, exchange } => {
                let what = Readable::Unblocked(commands);
                self.unblock(cx, Ready { conn, request, what, exchange, class: 0 });
            }
            Event::SlowDownOver { server, number } => self.slow_down_over(server, number),
            Event::Secured { conn } => self.secured(cx, conn),
            Event::Impatient { request } => self.impatient(cx, request),
            Event::HealthRound { fleet, clock } => self.health_round(cx, fleet, clock),
            Event::Checked { instance, number, passed } => {
                self.checked(cx, instance, number, passed);
            }
            Event::Readmitted { instance, number, times } => {
                if self.is_current(instance, number) {
                    self.readmitted(instance, times);
                }
            }
            Event::Unfit { instance, number } => {
                if self.is_current(instance, number) {
                    self.lose_instance(cx, instance);
                }
            }
            Event::Reload { fleet, visit } => self.reload(cx, fleet, visit),
            Event::WorkerDone { server, worker } => self.worker_done(cx, server, worker),
        }
        debug_assert_eq!(
            self.opened - self.closed,
            self.conns.len() as u64,
            "opened = closed + open"
        );
    }
}
