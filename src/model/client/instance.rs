//! One process of a fleet: its sockets, ports, memory and pools.

use crate::model::Event;
use crate::model::client::{Cores, Guards, Part, Pool, Purse, Request, SharedConns, purses};
use crate::model::load::{Fitness, Standing};
use crate::model::net::Ports;
use crate::model::slab::Id;
use crate::scenario::{Connections, Fleet, Process, RestartBackoff, Strategy};
use crate::units::{Bytes, SimTime};

/// The state of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// Not there: never started, stopped, or killed.
    Down,
    /// Started, not yet taking requests.
    Starting,
    /// Taking requests.
    Up,
    /// Ready, with its connections, but without requests: before the switch of blue and green, or
    /// after it.
    Standby,
    /// Finishing its requests before it stops.
    Draining,
}

/// One process, or the place where the next one will be.
#[derive(Debug)]
pub struct Instance {
    /// Its fleet.
    pub fleet: u16,
    /// Its number in the fleet, for people.
    pub place: u32,
    /// Which of the successive processes at this place: what is due for another is out of date.
    pub number: u32,
    /// Its state.
    pub life: Life,
    /// The version of the fleet's settings it runs.
    pub plan: u16,
    /// Since when it has been in this state.
    pub since: SimTime,
    /// Its part in a deploy.
    pub part: Option<Part>,
    /// Since when it takes requests.
    pub up_at: SimTime,
    /// How often a process has died here in a row.
    pub deaths: u32,
    /// Connections it still has to open before it takes requests.
    pub opening: u32,
    /// Whether it has opened them.
    pub opened: bool,
    /// Whether a request has it to itself.
    pub alone: bool,
    /// The request that it starts for.
    pub first: Id<Request>,
    /// What was due while it was frozen.
    pub parked: Vec<Event>,
    /// Requests in flight.
    pub in_flight: u32,
    /// Its place among the instances that get requests, if it is one of them.
    pub seat: u32,
    /// What the balancer's checks have shown.
    pub fitness: Fitness,
    /// What the ends of its requests have taught the balancer.
    pub standing: Standing,
    /// Its sockets.
    pub sockets: Sockets,
    /// The limits of the version it runs.
    pub process: Process,
    /// Memory in bytes.
    pub memory: u64,
    /// It stands still until then.
    pub stopped_until: SimTime,
    /// Whether its host may come to keep as many connections in TIME_WAIT as it can.
    pub tw_scarce: bool,
    /// Whether its death for memory is on the agenda.
    pub doomed: bool,
    /// Where its work waits for CPU time.
    pub cores: Cores,
    /// When it stalls next: what stands on the agenda for another instant is out of date.
    pub stall_due: Option<SimTime>,
    /// What its requests and calls must pass.
    pub guards: Guards,
    /// Requests that hold connections while further steps run.
    pub holders: Vec<Id<Request>>,
    /// What retries are paid from: those of the fleet, then by name of its connections those of the
    /// library.
    pub purses: Vec<Purse>,
    /// By server.
    pub ports: Vec<Ports>,
    /// By name of the fleet's connections.
    pub ways: Vec<Way>,
}

/// What an instance keeps for one of the fleet's connections.
#[derive(Debug)]
pub enum Way {
    /// Nothing: each call dials.
    PerRequest,
    /// A pool.
    Pool(Box<Pool>),
    /// Shared connections.
    Shared(Box<SharedConns>),
}

/// Sockets by state. Each holds a descriptor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sockets {
    /// SYN sent.
    pub opening: u32,
    /// Established.
    pub established: u32,
    /// Closed by the server only.
    pub close_wait: u32,
    /// Ended by a reset, and not closed by the client.
    pub reset: u32,
    /// Of all these, leaked.
    pub leaked: u32,
}

impl Sockets {
    /// All of them: the descriptors in use.
    #[inline]
    pub fn open(&self) -> u32 {
        self.opening + self.established + self.close_wait + self.reset
    }

    /// Those that have a port.
    #[inline]
    pub fn bound(&self) -> u32 {
        self.opening + self.established + self.close_wait
    }
}

impl Instance {
    /// An empty place.
    pub fn new(fleet: u16, place: u32, process: &Process) -> Instance {
        Instance {
            fleet,
            place,
            process: *process,
            number: 0,
            life: Life::Down,
            plan: 0,
            since: SimTime::ZERO,
            part: None,
            up_at: SimTime::NEVER,
            alone: false,
            first: Id::NONE,
            parked: Vec::new(),
            deaths: 0,
            opening: 0,
            opened: false,
            in_flight: 0,
            seat: u32::MAX,
            fitness: Fitness::default(),
            standing: Standing::default(),
            sockets: Sockets::default(),
            memory: 0,
            stopped_until: SimTime::ZERO,
            tw_scarce: false,
            doomed: false,
            cores: Cores::none(),
            stall_due: None,
            guards: Guards::none(),
            holders: Vec::new(),
            purses: Vec::new(),
            ports: Vec::new(),
            ways: Vec::new(),
        }
    }

    /// A new process starts at this place.
    pub fn start(&mut self, fleet: &Fleet, plan: u16, servers: usize, now: SimTime, tw: u32) {
        self.number += 1;
        self.life = Life::Starting;
        self.plan = plan;
        self.since = now;
        self.part = None;
        self.opened = false;
        self.alone = fleet.serverless.is_some();
        self.first = Id::NONE;
        self.parked.clear();
        self.in_flight = 0;
        self.fitness = Fitness::default();
        self.standing = Standing::default();
        self.sockets = Sockets::default();
        self.process = fleet.process;
        self.memory = self.process.memory_base.0;
        self.stopped_until = SimTime::ZERO;
        self.doomed = false;
        self.cores = Cores::none();
        self.stall_due = None;
        self.guards = Guards::new(fleet, now);
        self.holders.clear();
        self.purses = purses(fleet);
        self.ports = (0..servers).map(|_| Ports::new(&fleet.process)).collect();
        self.limit_time_wait(tw);
        self.ways = fleet.connections.iter().map(|c| Way::new(&c.strategy, now)).collect();
    }

    /// The process has ended; one that has taken requests for long ends a row of deaths.
    pub fn end_of_life(&mut self, now: SimTime) {
        let healthy = |backoff: &RestartBackoff| now.since(self.since) >= backoff.reset_after;
        if self.life == Life::Up && self.process.backoff.as_ref().is_none_or(healthy) {
            self.deaths = 0;
        }
        (self.life, self.since) = (Life::Down, now);
    }

    /// The host keeps `most` connections in TIME_WAIT; mostly it has too few ports for so many.
    pub fn limit_time_wait(&mut self, most: u32) {
        let ports: u64 = self.ports.iter().map(|ports| u64::from(ports.total())).sum();
        self.tw_scarce = ports > u64::from(most);
    }

    /// Whether the host keeps `most` connections in TIME_WAIT already.
    #[inline]
    pub fn has_most_time_wait(&mut self, now: SimTime, most: u32) -> bool {
        self.tw_scarce && self.ports.iter_mut().map(|p| p.in_time_wait(now)).sum::<u32>() >= most
    }

    /// Whether a process is there.
    pub fn is_running(&self) -> bool {
        self.life != Life::Down
    }

    /// Whether it holds its connections in the ways of these settings; if not it is of another version
    /// and keeps its own settings until it is replaced.
    pub fn holds_as(&self, fleet: &Fleet) -> bool {
        let same = |(way, new): (&Way, &Connections)| {
            matches!(
                (way, &new.strategy),
                (Way::PerRequest, Strategy::PerRequest { .. })
                    | (Way::Pool(_), Strategy::Pooled(_))
                    | (Way::Shared(_), Strategy::Shared(_))
            )
        };
        self.ways.iter().zip(&fleet.connections).all(same)
    }

    /// The memory that follows from what is open.
    pub fn memory_of_open(&self) -> u64 {
        let process = &self.process;
        let of = |each: Bytes, number: u32| each.0.saturating_mul(number.into());
        process
            .memory_base
            .0
            .saturating_add(of(process.memory_per_socket, self.sockets.open()))
            .saturating_add(of(process.memory_per_leak, self.sockets.leaked))
            .saturating_add(of(process.memory_per_request, self.in_flight))
    }

    /// The pool through these connections, which have one, to look at.
    #[inline]
    pub fn pool_at(&self, through: u16) -> &Pool {
        match &self.ways[usize::from(through)] {
            Way::Pool(pool) => pool,
            _ => unreachable!("only pooled connections ask for their pool"),
        }
    }

    /// The pool through these connections, which have one.
    #[inline(always)]
    pub fn pool(&mut self, through: u16) -> &mut Pool {
        match &mut self.ways[usize::from(through)] {
            Way::Pool(pool) => pool,
            _ => unreachable!("only pooled connections ask for their pool"),
        }
    }
}

impl Instance {
    /// The shared connections of this name, which are shared.
    pub fn shared(&mut self, through: u16) -> &mut SharedConns {
        match &mut self.ways[usize::from(through)] {
            Way::Shared(shared) => shared,
            _ => unreachable!("only shared connections ask for their list"),
        }
    }
}

impl Way {
    fn new(strategy: &Strategy, now: SimTime) -> Way {
        match strategy {
            Strategy::PerRequest { .. } => Way::PerRequest,
            Strategy::Pooled(settings) => Way::Pool(Box::new(Pool::new(settings))),
            Strategy::Shared(settings) => Way::Shared(Box::new(SharedConns::new(settings, now))),
        }
    }
}
