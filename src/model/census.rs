//! What can be counted at an instant, and the laws of conservation.

use crate::model::client::{ClientEnd, FarEnd, Instance, Life, PoolCounts, Request, Sockets, Way};
use crate::model::load::Visit;
use crate::model::server::ServerSockets;
use crate::model::world::World;
use crate::units::SimTime;

/// A server at an instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerCensus {
    /// As INFO counts: everybody but replicas.
    pub connected_clients: u32,
    /// The highest value since the census before.
    pub connected_clients_peak: u32,
    /// Slots held by leaked connections.
    pub slots_leaked: u32,
    /// The highest value since the census before.
    pub slots_leaked_peak: u32,
    /// Clients in a blocking command.
    pub blocked_clients: u32,
    /// Connections waiting to be accepted.
    pub accept_queue: u32,
    /// CPU time of the loop thread since the start, in nanoseconds; of workers the mean.
    pub busy_ns: u64,
    /// Turns of the loop begun since the start.
    pub turns: u64,
    /// Bytes.
    pub memory: u64,
    /// Of these, what the server counts as its clients'.
    pub memory_clients: u64,
    /// Connections of replicas.
    pub replicas: u32,
    /// Its host's sockets by state.
    pub sockets: ServerSockets,
    /// The upstream connections of a proxy.
    pub upstream: PoolCounts,
}

/// A fleet at an instant: sums over its instances.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FleetCensus {
    /// Requests in flight that somebody waits for.
    pub in_flight: u32,
    /// The highest value since the census before.
    pub in_flight_peak: u32,
    /// Requests in flight that nobody waits for any more.
    pub orphans: u32,
    /// Sockets, by state; `open` is all of them but TIME_WAIT, those that were reset among them.
    pub open: u32,
    /// Established at the client.
    pub established: u32,
    /// Closed by the server only.
    pub close_wait: u32,
    /// Closed, holding a port.
    pub time_wait: u32,
    /// Forgotten sockets in any state.
    pub leaked: u32,
    /// Descriptors in use: one for each open socket.
    pub descriptors: u32,
    /// Ports in use or in TIME_WAIT.
    pub ports_used: u32,
    /// Memory of the instance that has most, in bytes.
    pub memory_max: u64,
    /// Instances that take requests.
    pub instances_up: u32,
    /// Of these, those that the balancer's checks have not shown to be unhealthy.
    pub healthy: u32,
    /// Instances whose circuit breaker lets nothing through.
    pub breakers_open: u32,
    /// Requests that hold connections of pools and wait for more of these in a circle.
    pub deadlocked: u32,
    /// The sum of their adaptive limits.
    pub limit: u32,
    /// Requests in line at the entrances.
    pub queued: u32,
    /// By name of connections; zero where there is no pool.
    pub pools: Vec<PoolCounts>,
}

impl World {
    /// Counts at server `index` and the present `now`, and forgets its peaks.
    pub fn server_census(&mut self, index: usize, now: SimTime) -> ServerCensus {
        let mut census = self.server_glance(index, now);
        let s = &mut self.servers[index];
        let outside = s.present.clients;
        census.connected_clients_peak = s.slots.take_peak() - s.replicas + outside;
        census.slots_leaked_peak = s.leaked.take_peak();
        census
    }

    /// The same; its peaks stay for the next census, and none are told.
    pub fn server_glance(&mut self, index: usize, now: SimTime) -> ServerCensus {
        let s = &mut self.servers[index];
        let (memory, memory_clients) = s.memory(&self.conns, index, now);
        if s.client_memory.is_on() {
            s.client_memory.cool(now);
            let kept = s.memory_of_clients(s.client_memory.fresh());
            debug_assert_eq!(kept, memory_clients, "client memory = that of each client");
        }
        let proxy = s.proxy.map(|p| &self.proxies[usize::from(p)]);
        ServerCensus {
            connected_clients: s.connected_clients(),
            connected_clients_peak: s.connected_clients(),
            slots_leaked: s.leaked.now(),
            slots_leaked_peak: s.leaked.now(),
            blocked_clients: s.blocked + s.present.blocked,
            accept_queue: s.queue.len() as u32,
            busy_ns: s.busy_ns(now) + s.descriptors.spun_so_far(now),
            turns: s.turns,
            memory,
            memory_clients,
            replicas: s.connected_slaves(),
            sockets: s.sockets(&self.conns, now),
            upstream: proxy.map_or_else(PoolCounts::default, |p| p.counts()),
        }
    }

    /// Counts at fleet `index`, and forgets its peaks.
    pub fn fleet_census(&mut self, index: usize, now: SimTime) -> FleetCensus {
        let mut census = self.fleet_glance(index, now);
        census.in_flight_peak = self.fleets[index].in_flight.take_peak();
        census
    }

    /// The same; its peaks stay for the next census, and none are told.
    pub fn fleet_glance(&mut self, index: usize, now: SimTime) -> FleetCensus {
        let deadlocked = self.fleets[index].places.iter().filter_map(|i| self.deadlock(*i));
        let deadlocked = deadlocked.map(|deadlock| deadlock.requests).sum();
        let f = &mut self.fleets[index];
        let mut census = FleetCensus {
            deadlocked,
            in_flight: f.in_flight.now(),
            in_flight_peak: f.in_flight.now(),
            orphans: f.orphans,
            pools: vec![PoolCounts::default(); f.dials.len()],
            ..FleetCensus::default()
        };
        for place in &f.places {
            let instance = &mut self.instances[*place as usize];
            if !instance.is_running() {
                continue;
            }
            let sockets = instance.sockets;
            census.open += sockets.open();
            census.established += sockets.established;
            census.close_wait += sockets.close_wait;
            census.leaked += sockets.leaked;
            census.descriptors += sockets.open();
            census.memory_max = census.memory_max.max(instance.memory);
            census.instances_up += u32::from(instance.life == Life::Up);
            census.healthy += u32::from(
                instance.life == Life::Up
                    && !instance.fitness.unhealthy
                    && !instance.standing.ejected,
            );
            census.breakers_open += u32::from(instance.guards.breaker.is_open(now));
            census.limit = census.limit.saturating_add(instance.guards.limiter.limit());
            census.queued += instance.guards.line.len() as u32;
            for ports in &mut instance.ports {
                let time_wait = ports.in_time_wait(now);
                census.time_wait += time_wait;
                census.ports_used += ports.in_use() + time_wait;
            }
            for (way, pool) in instance.ways.iter().zip(&mut census.pools) {
                if let Way::Pool(counted) = way {
                    let counts = counted.counts();
                    pool.size += counts.size;
                    pool.idle += counts.idle;
                    pool.leased += counts.leased;
                    pool.waiting += counts.waiting;
                    pool.dialling += counts.dialling;
                }
            }
        }
        census
    }

    /// Requests in flight in all fleets that somebody waits for.
    pub fn requests_in_flight(&self) -> u64 {
        self.fleets.iter().map(|f| u64::from(f.in_flight.now())).sum()
    }

    /// Recounts everything from the connections and requests themselves and compares with the
    /// counters that are kept along the way.
    ///
    /// # Errors
    ///
    /// The law that is broken, with both figures: a mistake of the program, never of the user.
    pub fn check_conservation(&self) -> Result<(), String> {
        let law = |what: &str, kept: u64, counted: u64| {
            if kept == counted {
                Ok(())
            } else {
                Err(format!("{what}: {kept} by the counters, {counted} counted one by one"))
            }
        };
        law(
            "connections opened = closed + open",
            self.opened - self.closed,
            self.conns.len() as u64,
        )?;
        self.check_guards()?;
        let visits = |is: &dyn Fn(Visit) -> bool| {
            self.requests
                .iter()
                .filter(|(id, request)| is(request.visit) && !self.is_copy(*id))
                .count() as u64
        };
        law("requests in flight", self.requests_in_flight(), visits(&|v| v.is_awaited()))?;
        let orphans: u64 = self.fleets.iter().map(|f| u64::from(f.orphans)).sum();
        law("abandoned requests in flight", orphans, visits(&|v| v.abandoned && !v.is_check()))?;
        let checks: u64 = self.fleets.iter().map(|f| u64::from(f.checks.in_flight)).sum();
        law("health checks in flight", checks, visits(&|v| v.is_check()))?;
        let asking: u64 = self.fleets.iter().map(|f| u64::from(f.users.asking())).sum();
        let of_users = visits(&|v| v.is_of_user() && !v.abandoned);
        law("users who wait for an answer", asking, of_users)?;
        for (index, s) in self.servers.iter().enumerate() {
            let here = || self.conns.iter().filter(move |(_, c)| usize::from(c.server) == index);
            let count = |n: usize| n as u64;
            let name = &s.settings.name;
            let slots = count(here().filter(|(_, c)| c.has_slot()).count());
            law(&format!("slots of {name}"), s.slots.now().into(), slots)?;
            let leaked = count(here().filter(|(_, c)| c.has_slot() && c.leaked.is_some()).count());
            law(&format!("leaked slots of {name}"), s.leaked.now().into(), leaked)?;
            let replicas = count(here().filter(|(_, c)| c.has_slot() && c.replica).count());
            law(&format!("replicas of {name}"), s.replicas.into(), replicas)?;
            let used = s.slots.now() + s.internal;
            let by_kind = s.connected_clients() + s.connected_slaves() + s.present.cluster;
            law(&format!("slots by kind of {name}"), used.into(), by_kind.into())?;
            let queued = count(here().filter(|(_, c)| c.far == FarEnd::Queued).count());
            let waiting = s.queue.len() as u64 + s.workers.accepting();
            law(&format!("accept queue of {name}"), waiting, queued)?;
            let closed = count(here().filter(|(_, c)| c.far == FarEnd::FinWait2).count());
            law(&format!("FIN_WAIT2 of {name}"), s.orphans.fin_wait2.into(), closed)?;
            let blocked = count(here().filter(|(_, c)| c.has_slot() && c.is_blocked()).count());
            law(&format!("blocked clients of {name}"), s.blocked.into(), blocked)?;
            let early = here().filter(|(id, _)| s.early.iter().any(|ready| ready.conn == *id));
            let marked = count(here().filter(|(_, c)| c.has_early).count());
            law(
                &format!("connections of {name} with early commands"),
                marked,
                count(early.count()),
            )?;
            let linked = count(here().filter(|(_, c)| s.sees(c)).count());
            law(&format!("clients under the timeout of {name}"), s.clients.len().into(), linked)?;
        }
        for (index, place) in self.instances.iter().enumerate() {
            self.check_shared(index)?;
            self.check_purses(index)?;
            let given = place.cores.check()?;
            let at_cores = |(_, r): &(_, &Request)| r.instance as usize == index && r.needs_core();
            let waiting = self.requests.iter().filter(at_cores).count();
            if place.is_running() && waiting > given {
                return Err(format!("{waiting} requests wait for a core, which has {given} to do"));
            }
        }
        self.check_pools()?;
        for (index, f) in self.fleets.iter().enumerate() {
            let (there, free) = self.count_alone(index);
            law("instances for one request each", f.warm.there.into(), there.into())?;
            law("of these without one", f.warm.free() as u64, free as u64)?;
        }
        let opening = self.instances.iter().filter(|i| i.is_running() && i.opening > 0).count();
        law("instances that open connections first", self.opening.into(), opening as u64)?;
        (0..self.proxies.len()).try_for_each(|p| self.check_proxy(p))?;
        self.check_held()?;
        let counted = self.count_sockets();
        self.instances.iter().zip(counted).try_for_each(|(i, counted)| check_instance(i, counted))
    }

    /// The sockets of each instance, counted one by one.
    fn count_sockets(&self) -> Vec<Sockets> {
        let mut all = vec![Sockets::default(); self.instances.len()];
        for (_, conn) in self.conns.iter().filter(|(_, conn)| conn.guest().is_none()) {
            let counted = &mut all[conn.instance as usize];
            match conn.client {
                ClientEnd::Opening => counted.opening += 1,
                ClientEnd::Established => counted.established += 1,
                ClientEnd::CloseWait => counted.close_wait += 1,
                ClientEnd::Reset => counted.reset += 1,
                ClientEnd::Gone => continue,
            }
            counted.leaked += u32::from(conn.leaked.is_some());
        }
        all
    }
}

fn check_instance(instance: &Instance, counted: Sockets) -> Result<(), String> {
    if !instance.is_running() {
        return Ok(());
    }
    let kept = instance.sockets;
    let ports: u32 = instance.ports.iter().map(|ports| ports.in_use()).sum();
    if kept != counted || ports != kept.bound() {
        return Err(format!(
            "sockets: {kept:?} by the counters, {counted:?} counted, on {ports} ports"
        ));
    }
    let of_open = instance.memory_of_open();
    if instance.memory != of_open {
        return Err(format!(
            "memory: {} bytes by the counters, {of_open} from what is open",
            instance.memory
        ));
    }
    Ok(())
}
