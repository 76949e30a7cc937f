//! One thread with the reserved connection: reads the server's counters at every row, and does what
//! the timeline says at its time.

use std::io;
use std::sync::atomic::Ordering;
use std::time::Duration;

use highwater::scenario::{Action, KillBy, Scenario};
use highwater::units::{SimTime, Span};

use super::clock::Clock;
use super::driven::Shared;
use super::server::{Answer, Counts, Server};

/// The longest sleep: a run that is stopped by the other thread ends this soon.
const NAP: Duration = Duration::from_millis(20);

/// What the operator has seen.
#[derive(Debug, Default)]
pub struct Sampled {
    /// A row for each instant asked for: when it was taken, and the counters.
    pub rows: Vec<(SimTime, Counts)>,
    /// The longest that a deed was begun late, or that the server let a question wait.
    pub late: Span,
    /// The server's mean wait for a core.
    pub server_wait: Span,
    /// What did not go as the scenario says.
    pub remarks: Vec<String>,
}

/// Something that an operator does to a server.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Deed {
    /// `CONFIG SET`.
    Set(&'static str, String),
    /// `CLIENT KILL` of each connection of the driver that has been idle for so many seconds.
    KillIdle(u64),
}

/// Samples at each of `rows` and follows the timeline. Counters count from `base`; `watch` is told the
/// share of the rows that are taken.
pub fn operate(
    server: &mut Server,
    clock: Clock,
    scenario: &Scenario,
    rows: &[SimTime],
    base: Counts,
    shared: &Shared,
    watch: &dyn Fn(f64),
) -> io::Result<Sampled> {
    let deeds = deeds(scenario);
    let mut deeds = deeds.iter().peekable();
    let mut sampled = Sampled::default();
    while let Some(row) = rows.get(sampled.rows.len()).copied() {
        if shared.stop.load(Ordering::Relaxed) {
            break;
        }
        let now = clock.now();
        if let Some((at, deed)) = deeds.next_if(|(at, _)| *at <= now && *at <= row) {
            sampled.late = sampled.late.max(now.since(*at));
            let said = do_it(server, deed, shared)?;
            if let Deed::Set(..) = deed {
                sampled.late = sampled.late.max(clock.now().since(*at));
            }
            if let Err(said) = said {
                let at = at.as_secs_f64();
                sampled.remarks.push(format!("at {at} s the server refused {deed:?}: {said}"));
            }
        } else if now >= row {
            let counts = server.counts()?;
            let took = clock.now().since(now);
            sampled.late = sampled.late.max(took);
            let half = Span::from_ns(took.as_ns() / 2);
            let counts = Counts {
                clients: counts.clients,
                rejected: counts.rejected.saturating_sub(base.rejected),
                received: counts.received.saturating_sub(base.received),
            };
            sampled.rows.push((now + half, counts));
            watch(sampled.rows.len() as f64 / rows.len() as f64);
        } else {
            let at = deeds.peek().map_or(row, |(at, _)| row.min(*at));
            clock.sleep_until(at, NAP);
        }
    }
    Ok(sampled)
}

/// The timeline as an operator has to do it.
fn deeds(scenario: &Scenario) -> Vec<(SimTime, Deed)> {
    let mut deeds = Vec::new();
    let mut before = &scenario.settings;
    for entry in &scenario.timeline {
        match &entry.action {
            Action::Set(after) => {
                let (old, new) = (&before.servers[0], &after.servers[0]);
                if old.maxclients != new.maxclients {
                    deeds.push((entry.at, Deed::Set("maxclients", new.maxclients.to_string())));
                }
                if old.timeout != new.timeout {
                    let seconds = seconds(new.timeout).to_string();
                    deeds.push((entry.at, Deed::Set("timeout", seconds)));
                }
                before = after;
            }
            Action::ClientKill { by: KillBy::Idle(idle), .. } => {
                deeds.push((entry.at, Deed::KillIdle(seconds(*idle))));
            }
            // The bounds let no other through.
            _ => {}
        }
    }
    deeds
}

/// Whole seconds, as a server counts them: a part of one counts for a whole.
pub fn seconds(span: Span) -> u64 {
    span.as_ns().div_ceil(1_000_000_000)
}

/// Does it; the inner error is what the server said against it.
fn do_it(server: &mut Server, deed: &Deed, shared: &Shared) -> io::Result<Result<(), String>> {
    match deed {
        Deed::Set(name, value) => Ok(match server.ask(&["CONFIG", "SET", name, value])? {
            Answer::Error(said) => Err(said),
            _ => Ok(()),
        }),
        Deed::KillIdle(idle) => {
            let list = server.text(&["CLIENT", "LIST"])?;
            let ports = shared.ports();
            let ours = |line: &&str| {
                port(line).is_some_and(|port| ports.contains(&port))
                    && number(line, "idle").is_some_and(|seconds| seconds >= *idle)
            };
            let ids = list.lines().filter(ours).filter_map(|line| number(line, "id"));
            let kill =
                |id: u64| ["CLIENT", "KILL", "ID", &id.to_string()].map(str::to_string).to_vec();
            let commands: Vec<Vec<String>> = ids.map(kill).collect();
            server.each(&commands)?;
            Ok(Ok(()))
        }
    }
}

/// The value of `name=value` in a line of CLIENT LIST.
fn value<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    line.split(' ').find_map(|field| field.strip_prefix(name)?.strip_prefix('='))
}

fn number(line: &str, name: &str) -> Option<u64> {
    value(line, name)?.parse().ok()
}

/// The port of the far end of a client.
fn port(line: &str) -> Option<u16> {
    value(line, "addr")?.rsplit_once(':')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_known_by_its_own_address_not_by_the_servers() {
        let line = "id=7 addr=[::1]:50 laddr=127.0.0.1:6379 fd=8 name= age=2 idle=1 flags=N";
        assert_eq!(
            (port(line), number(line, "id"), number(line, "idle")),
            (Some(50), Some(7), Some(1))
        );
        assert_eq!(number("id=x", "id"), None);
    }
}
