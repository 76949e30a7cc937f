//! What a live run refuses, before anything is sent: other machines, too much of everything, and
//! what the driver cannot do.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use highwater::model::Errand;
use highwater::scenario::{
    Action, Arrivals, Breaker, Call, Dist, Fleet, Internal, KillBy, LeakKind, Retry, Scenario,
    Server, Settings, Step, Strategy, Visitors,
};
use highwater::units::{Span, duration};

/// The longest run.
const LONGEST: Span = Span::from_secs(300);
/// Arrivals within one second, at most.
const PER_SECOND_MAX: usize = 2_000;
/// Connections in all, at most.
pub const CONNECTIONS_MAX: usize = 200_000;
/// Descriptors of this process that are no client sockets: standard streams, the reserved
/// connection, files.
const DESCRIPTORS_BESIDES: u64 = 32;
/// Commands sent together, at most: they and their answers fit into the buffers of the sockets.
const PIPELINED_MAX: u32 = 1_000;
/// A network delay that the loopback interface has about as well.
const DELAY_MAX: Span = Span::from_ns(1_000_000);

/// The server's address, if it is on this machine: a literal loopback address, or `localhost`, which
/// stands for 127.0.0.1 whatever the resolver says.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    let local = text.strip_prefix("localhost:").and_then(|port| port.parse::<u16>().ok());
    let address = match local {
        Some(port) => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port),
        None => text.parse().map_err(|_| {
            format!("{text:?} is no address; expected 127.0.0.1:PORT, [::1]:PORT or localhost:PORT")
        })?,
    };
    if !address.ip().is_loopback() {
        return Err(format!(
            "{text} is not on this machine: only loopback addresses (127.0.0.0/8, ::1) are driven"
        ));
    }
    Ok(address)
}

/// Everything about a scenario that cannot be done to a real server, one sentence each.
pub fn unsupported(scenario: &Scenario) -> Vec<String> {
    let mut cannot = Vec::new();
    if scenario.duration > LONGEST {
        let (is, most) = (duration(scenario.duration), duration(LONGEST));
        cannot.push(format!("duration: {is}; a live run takes {most} at most"));
    }
    if scenario.settings.servers.len() != 1 {
        let servers = scenario.settings.servers.len();
        cannot.push(format!("servers: {servers}; a live run has one"));
    }
    for server in &scenario.settings.servers {
        server_cannot(server, &mut cannot);
    }
    if !matches!(scenario.settings.network.delay, Dist::Constant(delay) if delay <= DELAY_MAX) {
        cannot.push("network.delay: the loopback interface has less than 1 ms".to_string());
    }
    if scenario.settings.network.loss.share() > 0.0 {
        cannot.push("network.loss: the loopback interface loses nothing".to_string());
    }
    for fleet in &scenario.settings.fleets {
        fleet_cannot(fleet, &mut cannot);
    }
    timeline_cannot(scenario, &mut cannot);
    cannot
}

fn server_cannot(server: &Server, cannot: &mut Vec<String>) {
    let part = format!("servers.{}", server.name);
    if server.tls {
        cannot.push(format!("{part}.tls: the driver speaks plain TCP only"));
    }
    let internal = server.internal;
    if internal != (Internal { admin: internal.admin, ..Internal::NONE }) {
        cannot.push(format!("{part}.internal: nobody but operators comes"));
    }
    if internal.admin == 0 {
        cannot.push(format!(
            "{part}.internal.admin: 0; the reserved connection of a live run is one of the clients: \
             --set {part}.internal.admin=1"
        ));
    }
}

/// Every field is named: what a fleet learns to do is decided here too.
fn fleet_cannot(fleet: &Fleet, cannot: &mut Vec<String>) {
    let Fleet {
        name,
        instances: _,
        autoscale,
        serverless,
        balancer: _,
        arrivals,
        visitors,
        health,
        ejection,
        abandoned: _,
        connections,
        steps,
        retry,
        deadline,
        breaker,
        guards,
        process,
        privileged,
        stalls,
    } = fleet;
    let part = format!("fleets.{name}");
    if *retry != Retry::None {
        cannot.push(format!("{part}.retry: the driver does not retry"));
    }
    if deadline.is_some() {
        cannot.push(format!("{part}.deadline: the driver knows none"));
    }
    if *breaker != Breaker::None {
        cannot.push(format!("{part}.breaker: the driver has none"));
    }
    if guards.are_any() || !guards.bulkheads.is_empty() {
        cannot.push(format!("{part}: the driver has no limiter, no bulkheads and no hedge"));
    }
    if process.entrance.is_watched() {
        cannot.push(format!("{part}.process: the driver lets in everybody"));
    }
    if process.cpu.is_counted() {
        cannot.push(format!("{part}.process.cpu: the driver computes nothing"));
    }
    if autoscale.is_some() || serverless.is_some() {
        cannot.push(format!("{part}: the driver's instances are there from the start to the end"));
    }
    if process.cold.is_on() {
        cannot.push(format!("{part}.process.cold: the driver is as slow as it is"));
    }
    if stalls.is_some() {
        cannot.push(format!("{part}.stalls: the driver's are those of this machine"));
    }
    if *privileged {
        cannot.push(format!("{part}.privileged: the driver is nobody special"));
    }
    if health.is_some() || ejection.is_some() {
        cannot.push(format!("{part}: the driver has one instance and no balancer"));
    }
    if *visitors != Visitors::default() {
        cannot.push(format!("{part}: the driver waits for every end and never reloads"));
    }
    if matches!(arrivals, Arrivals::Users(_)) {
        cannot.push(format!("{part}.arrivals: users wait for the end of a request"));
    }
    for step in steps {
        match step {
            Step::Work(_) => {}
            Step::Call(call) => call_cannot(call, &part, cannot),
            Step::OneOf(_) => {
                cannot.push(format!("{part}.steps: the driver does all steps of every request"));
            }
        }
    }
    for connections in connections {
        let part = format!("{part}.connections.{}", connections.name);
        if connections.retry != Retry::None {
            cannot.push(format!("{part}.retry: the driver does not retry"));
        }
        match &connections.strategy {
            Strategy::PerRequest { leak, .. } => {
                let leaks = leak.every > 0 || leak.on_success.share() + leak.on_error.share() > 0.0;
                if leaks && !matches!(leak.kind, LeakKind::Forgotten | LeakKind::ClosesOnEof) {
                    cannot
                        .push(format!("{part}: the driver leaks forgotten and closes_on_eof only"));
                }
            }
            Strategy::Pooled(_) | Strategy::Shared(_) => {
                cannot.push(format!("{part}: the driver opens a connection per request only"));
            }
        }
    }
}

fn call_cannot(call: &Call, part: &str, cannot: &mut Vec<String>) {
    let Call {
        server: _,
        through: _,
        // One server is all a live run has.
        spread: _,
        commands,
        pipelined,
        hold: _,
        holding,
        timeout: _,
        cost,
        blocking,
        subscribe,
        bulkhead: _,
        transaction,
        errors,
    } = call;
    if !holding.is_empty() {
        cannot.push(format!("{part}.steps: the driver makes one call at a time"));
    }
    if *pipelined && *commands > PIPELINED_MAX {
        cannot.push(format!("{part}.steps: the driver pipelines {PIPELINED_MAX} commands at most"));
    }
    if cost.is_some() || blocking.is_some() || *subscribe || transaction.is_some() {
        cannot.push(format!("{part}.steps: the driver sends no command but PING"));
    }
    if errors.share() > 0.0 {
        cannot.push(format!("{part}.steps: a real server answers PING without errors"));
    }
}

/// Changes that a real server can be told: its timeout, its limit, what is idle; and the load.
fn timeline_cannot(scenario: &Scenario, cannot: &mut Vec<String>) {
    let mut before = &scenario.settings;
    let mut timeouts = vec![];
    timeouts.extend(scenario.settings.servers.iter().map(|server| server.timeout));
    for entry in &scenario.timeline {
        let part = format!("timeline, {}", entry.label);
        match &entry.action {
            Action::Set(after) => {
                if !is_real(before, after) {
                    cannot.push(format!(
                        "{part}: timeout and maxclients of the server and arrivals can change"
                    ));
                }
                timeouts.extend(after.servers.iter().map(|server| server.timeout));
                before = after;
            }
            Action::ClientKill { by: KillBy::Idle(_), .. } => {}
            _ => cannot.push(format!("{part}: the driver cannot do this to a real server")),
        }
    }
    timeouts.retain(|timeout| !timeout.is_zero());
    if timeouts.iter().any(|timeout| timeout.as_ns() % Span::from_secs(1).as_ns() != 0) {
        cannot.push("timeout: a real server has whole seconds".to_string());
    }
    if timeouts.iter().any(|timeout| *timeout <= scenario.sample_every) {
        cannot.push(
            "sample_every: not below the idle timeout, which would close the reserved connection"
                .to_string(),
        );
    }
}

/// Whether two states differ in what can be changed for real, and in nothing else.
fn is_real(before: &Settings, after: &Settings) -> bool {
    let mut same = before.clone();
    for (same, after) in same.servers.iter_mut().zip(&after.servers) {
        same.timeout = after.timeout;
        same.maxclients = after.maxclients;
    }
    for (same, after) in same.fleets.iter_mut().zip(&after.fleets) {
        same.arrivals = after.arrivals.clone();
    }
    same == *after
}

/// What is too much about a load, one sentence each; `errands` may have been cut off after one more
/// than [`CONNECTIONS_MAX`].
pub fn too_much(scenario: &Scenario, errands: &[Errand]) -> Vec<String> {
    let mut much = Vec::new();
    let calls: Vec<usize> =
        scenario.settings.fleets.iter().map(|fleet| fleet.calls().len()).collect();
    let connections: usize = errands.iter().map(|errand| calls[errand.fleet]).sum();
    if connections > CONNECTIONS_MAX || errands.len() > CONNECTIONS_MAX {
        much.push(format!("more than {CONNECTIONS_MAX} connections in all"));
    }
    // A second holds too many when the arrival so many places before is less than a second older.
    let crowded = |pair: (&Errand, &Errand)| pair.1.at < pair.0.at + Span::from_secs(1);
    if errands.iter().zip(errands.iter().skip(PER_SECOND_MAX)).any(crowded) {
        much.push(format!("more than {PER_SECOND_MAX} arrivals within a second"));
    }
    much
}

/// Whether this process may hold `sockets` at once; a sentence if not.
pub fn descriptors(sockets: u64) -> Result<(), String> {
    let Some(soft) = soft_limit() else { return Ok(()) };
    let want = sockets + DESCRIPTORS_BESIDES;
    if want <= soft {
        return Ok(());
    }
    Err(format!(
        "up to {sockets} connections at once need {want} descriptors, and this process may have \
         {soft}: raise the limit first (ulimit -n {want})"
    ))
}

/// The soft limit of open files, where the system tells.
fn soft_limit() -> Option<u64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_driven() {
        for fine in ["127.0.0.1:6379", "127.1.2.3:1", "[::1]:6379", "localhost:6379"] {
            assert!(address(fine).is_ok(), "{fine}");
        }
        for bad in [
            "10.0.0.1:6379",
            "0.0.0.0:6379",
            "[::]:6379",
            "[::ffff:127.0.0.1]:6379",
            "example.org:6379",
            "localhost",
            "localhost.example.org:1",
            "127.0.0.1",
            "",
        ] {
            assert!(address(bad).is_err(), "{bad}");
        }
    }
}
