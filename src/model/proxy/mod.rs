//! A proxy at work: between its clients, which are connections in its slots, and a server, whose
//! client it is.
//!
//! What a client sends is an [`Exchange`]. It waits at the client until the client has an upstream
//! connection, goes out on that, waits there for the reply, and is answered. The modes differ only
//! in who has an upstream connection and when it is let go:
//!
//! - `one_to_one`: dialled when the client is let in, closed with the client;
//! - `session`, `transaction`, `statement`: taken from a pool by the client's first commands, put
//!   back when the client leaves, when the call is over, when the reply has come;
//! - `multiplexed`: nobody has one; each exchange goes out on the next of a few.
//!
//! # Source
//!
//! PgBouncer `src/client.c`, `objects.c`, `janitor.c`; twemproxy `src/nc_server.c` `server_conn`;
//! Envoy `redis_proxy/conn_pool_impl.cc`; HAProxy `doc/configuration.txt`, TCP mode.

mod census;
mod clients;
mod dialling;
mod forward;
mod look;
mod retry;
mod upstream;

use std::collections::VecDeque;

use crate::chance::{Purpose, Stream};
use crate::model::Event;
use crate::model::client::{Conn, Deadlines, Instance, Life, Pool, Request, Trial};
use crate::model::net::Ports;
use crate::model::plan::ClassId;
use crate::model::server::{Readable, Ready};
use crate::model::slab::{Beside, Id};
use crate::model::world::World;
use crate::scenario::{
    self, AtStart, Cold, Entrance, PoolReaper, Pooled, Process, ProcessCpu, ProxyMode, SynRetries,
};
use crate::units::{Bytes, SimTime, Span};

/// A proxy at work.
#[derive(Debug)]
pub struct Proxy {
    /// Its own place among the servers.
    pub server: u16,
    /// The settings in force.
    pub settings: scenario::Proxy,
    /// The process that dials: its place among the instances.
    pub instance: u32,
    /// Upstream connections, in every mode but the multiplexed one; clients wait for them.
    pub pool: Pool<Id<Conn>>,
    /// Upstream connections that all clients share, and whose turn it is.
    pub shared: Vec<Id<Conn>>,
    /// Whose turn it is among them.
    pub turn: usize,
    /// What is known of each client that was let in.
    pub clients: Beside<Conn, Client>,
    /// What is known of each upstream connection.
    pub links: Beside<Conn, Link>,
    /// When dials are given up.
    pub dials: Deadlines<Id<Conn>>,
    /// When failed dials are repeated, by client.
    pub redials: Deadlines<Id<Conn>>,
    /// After a failed dial nobody dials before this.
    pub dial_after: SimTime,
    /// Whether the last dial for the pool has failed.
    pub dial_failed: bool,
    /// The instant that stands on the agenda for the next dial of those in line.
    pub dial_due: Option<SimTime>,
    /// What it does with commands that have failed.
    pub retries: retry::Retries,
}

/// Commands of a client on their way to the server and back.
#[derive(Clone, Copy, Debug)]
pub struct Exchange {
    /// The client's connection.
    pub client: Id<Conn>,
    /// Whose commands.
    pub request: Id<Request>,
    /// How many.
    pub commands: u16,
    /// Which attempt of the request sent them.
    pub exchange: u16,
    /// What kind of commands they are.
    pub class: ClassId,
    /// How far the proxy is with them, if it tries again what fails.
    pub trial: Id<Trial>,
}

impl Exchange {
    /// Its commands on their way on an upstream connection.
    fn bytes(self, conn: Id<Conn>) -> Event {
        let Exchange { request, commands, exchange, class, .. } = self;
        Event::Bytes { conn, request, commands, exchange, class }
    }

    /// Its commands, readable on an upstream connection.
    fn ready(self, conn: Id<Conn>) -> Ready {
        let Exchange { request, commands, exchange, class, .. } = self;
        Ready { conn, request, what: Readable::Commands(commands), exchange, class }
    }
}

/// A client of a proxy.
#[derive(Debug, Default)]
pub struct Client {
    /// How it stands with its upstream connection.
    pub stand: Stand,
    /// What it asked before it had one.
    pub queued: Vec<Exchange>,
    /// Dials for it that have failed.
    pub tries: u32,
}

/// How a client of a proxy stands with its upstream connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stand {
    /// It has none and needs none.
    #[default]
    Free,
    /// It waits in line.
    InLine,
    /// The dial for it has failed and will be repeated.
    Pausing,
    /// It has this one, open or being dialled.
    Linked(Id<Conn>),
}

/// An upstream connection.
#[derive(Debug, Default)]
pub struct Link {
    /// How far it is.
    pub state: LinkState,
    /// The client that has it; nobody's when idle, or shared.
    pub client: Id<Conn>,
    /// What waits for a reply on it, or for it to be set up.
    pub pending: VecDeque<Exchange>,
}

/// How far an upstream connection is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LinkState {
    /// Being dialled.
    #[default]
    Dialling,
    /// The server has been asked to let the proxy in, as a pool of sessions must.
    Login,
    /// Commands can be sent.
    Ready,
}

impl Proxy {
    /// A proxy without clients, which dials as `instance`.
    pub fn new(
        server: u16,
        settings: &scenario::Proxy,
        instance: u32,
        retries: retry::Retries,
    ) -> Proxy {
        let mut proxy = Proxy {
            server,
            settings: settings.clone(),
            instance,
            pool: Pool::new(&pooled(settings)),
            shared: Vec::new(),
            turn: 0,
            clients: Beside::new(),
            links: Beside::new(),
            dials: Deadlines::new(),
            redials: Deadlines::new(),
            dial_after: SimTime::ZERO,
            dial_failed: false,
            dial_due: None,
            retries,
        };
        proxy.configure(settings);
        proxy
    }

    /// Other settings hold from now on. Upstream connections above a lowered number are closed once
    /// nobody uses them; shared ones stay, unused.
    pub fn configure(&mut self, settings: &scenario::Proxy) {
        if self.settings.queue_timeout != settings.queue_timeout {
            self.pool.checkout_due = None;
        }
        if self.settings.retry != settings.retry {
            self.retries.configure(settings);
        }
        self.settings = settings.clone();
        self.pool.settings = pooled(settings);
        self.pool.reap_due = None;
        let shared = self.shared.len().max(self.sharing());
        self.shared.resize(shared, Id::NONE);
    }

    /// How many connections are shared by all clients.
    pub fn sharing(&self) -> usize {
        match self.settings.mode {
            ProxyMode::Multiplexed => self.settings.connections.map_or(1, |n| n as usize),
            _ => 0,
        }
    }
}

impl World {
    /// Gives each server that is a proxy an upstream side.
    pub(in crate::model) fn add_proxies(&mut self, seed: &str, run: u32) {
        for index in 0..self.servers.len() {
            let Some(settings) = &self.settings.servers[index].proxy else { continue };
            let (p, instance) = (self.proxies.len(), self.instances.len() as u32);
            self.servers[index].proxy = Some(p as u16);
            let part = format!("servers.{}", self.settings.servers[index].name);
            let stream = Stream::new(seed, run, &part, Purpose::RetryJitter);
            let retries = retry::Retries::new(settings, stream);
            self.proxies.push(Proxy::new(index as u16, settings, instance, retries));
            self.instances.push(self.dialler(p));
        }
    }

    /// The process that dials for proxy `p`, without connections.
    fn dialler(&self, p: usize) -> Instance {
        let server = usize::from(self.proxies[p].server);
        let process = process(&self.settings.servers[server]);
        let mut instance = Instance::new((self.fleets.len() + p) as u16, 0, &process);
        instance.number = 1;
        instance.life = Life::Up;
        instance.ports = self.servers.iter().map(|_| Ports::new(&process)).collect();
        instance.limit_time_wait(self.tw_buckets);
        instance
    }
}

/// The pool of a proxy: idle connections last in, first out, as PgBouncer does.
fn pooled(settings: &scenario::Proxy) -> Pooled {
    Pooled {
        wait_timeout: settings.queue_timeout,
        idle_timeout: settings.idle_timeout,
        max_lifetime: settings.max_lifetime,
        reaper: PoolReaper::Exact,
        connect_timeout: settings.connect_timeout,
        ..Pooled::plain(settings.connections.unwrap_or(u32::MAX))
    }
}

/// The upstream side of a proxy's process: as many descriptors as the proxy has for its clients
/// (assumed to be counted apart), the ports of Linux, memory that is not looked at.
fn process(server: &scenario::Server) -> Process {
    Process {
        nofile: server.nofile.hard,
        port_first: 32_768,
        port_last: 60_999,
        tw_reuse: false,
        syn_retries: SynRetries::Linear,
        time_wait: Span::from_secs(60),
        memory_base: Bytes(0),
        memory_per_socket: Bytes(0),
        memory_per_leak: Bytes(0),
        memory_per_request: Bytes(0),
        memory_limit: Bytes(u64::MAX),
        cpu: ProcessCpu::UNUSED,
        restart_after: Span::ZERO,
        start_after: Span::ZERO,
        start: AtStart::FREE,
        backoff: None,
        cold: Cold::NEVER,
        entrance: Entrance::OPEN,
    }
}
