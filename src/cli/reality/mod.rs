//! `highwater reality`: a real server on this machine, held against the simulation.
//!
//! The scenario's requests are taken from the library: they arrive at the same instants, hold as
//! long and leak the same as in the simulated run. What is left to differ is the server.

mod bounds;
mod clock;
mod compare;
mod driven;
mod driver;
mod flight;
mod guardian;
mod lateness;
mod leaked;
mod live;
mod operator;
mod print;
mod server;
mod simulated;
mod waits;

use std::net::SocketAddr;
use std::path::Path;

use highwater::model::{Errand, errands};
use highwater::scenario::Scenario;
use highwater::units::SimTime;

use super::exit::{Exit, Failure};
use super::terminal::Terminal;
use super::{Format, Options, load};
use print::Decision;
use simulated::Simulated;

/// What each exit code means here.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  every figure is in its band
  1  some figure is not
  2  bad scenario or usage, or a load that is not driven against a server
  3  the server, or input or output, failed
  4  some figure is not in its band, but the machine was too busy";

/// A live run that is ready to begin.
struct Plan<'a> {
    scenario: &'a Scenario,
    address: SocketAddr,
    errands: Vec<Errand>,
    rows: Vec<SimTime>,
    simulated: Simulated,
}

/// Drives the server at `address` with the load of a scenario, and compares.
pub fn reality(
    path: &Path,
    address: &str,
    options: &Options,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let address = bounds::address(address).map_err(Failure::Usage)?;
    let scenario = load::load(path, options)?;
    let plan = plan(&scenario, address)?;
    let found = live::live(&plan, terminal)?;
    if let Some(folder) = &options.out {
        print::files(folder, &plan.rows, &found.columns)?;
    }
    match options.format {
        Format::Json => terminal.print_json(&print::object(&scenario, &found))?,
        Format::Text => terminal.print(&print::text(&scenario, &found, terminal.paint()))?,
    }
    Ok(match found.decision() {
        Decision::Within => Exit::AsExpected,
        Decision::Outside => Exit::Differs,
        Decision::Busy => Exit::Undecided,
    })
}

/// `reality-restore`, which nobody calls but [`guardian`].
pub fn restore(address: &str, settings: &[(String, String)]) -> Result<Exit, Failure> {
    guardian::watch(bounds::address(address).map_err(Failure::Usage)?, settings)
}

/// Simulates, and refuses what cannot or must not be done, before anything is sent.
fn plan(scenario: &Scenario, address: SocketAddr) -> Result<Plan<'_>, Failure> {
    let mut cannot = bounds::unsupported(scenario);
    // A load without bound is not even listed.
    let errands: Vec<Errand> = match cannot.is_empty() {
        true => errands(scenario, 0).take(bounds::CONNECTIONS_MAX + 1).collect(),
        false => Vec::new(),
    };
    cannot.extend(bounds::too_much(scenario, &errands));
    refuse(scenario, cannot)?;
    let simulated = simulated::simulated(scenario, &errands);
    let mut cannot: Vec<String> = simulated
        .strange
        .iter()
        .map(|(cause, count)| {
            format!("{count} requests of the simulated run fail by {cause}, which no driver brings")
        })
        .collect();
    cannot.extend(bounds::descriptors(simulated.sockets).err());
    refuse(scenario, cannot)?;
    let end = SimTime::ZERO + scenario.duration;
    let mut rows = vec![SimTime::ZERO];
    while let Some(row) = rows.last().copied().filter(|row| *row < end) {
        rows.push((row + scenario.sample_every).min(end));
    }
    Ok(Plan { scenario, address, errands, rows, simulated })
}

fn refuse(scenario: &Scenario, cannot: Vec<String>) -> Result<(), Failure> {
    if cannot.is_empty() {
        return Ok(());
    }
    let list = cannot.join("\n  ");
    Err(Failure::Usage(format!("{} cannot be driven against a server:\n  {list}", scenario.name)))
}
