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
mod leaked;
mod operator;
mod print;
mod server;
mod simulated;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::thread;

use highwater::claims::amount;
use highwater::model::{Errand, errands};
use highwater::scenario::Scenario;
use highwater::units::{SimTime, Span, Unit};

use super::exit::{Exit, Failure};
use super::terminal::Terminal;
use super::{Format, Options, load};
use clock::Clock;
use driven::{Driven, Shared};
use driver::Driver;
use guardian::Guardian;
use operator::Sampled;
use print::{Decision, Findings};
use server::{Counts, Server};
use simulated::Simulated;

/// What each exit code means here.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  every figure is in its band
  1  some figure is not
  2  bad scenario or usage, or a load that is not driven against a server
  3  the server, or input or output, failed
  4  some figure is not in its band, but the driver was late";

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
    let found = live(&plan, terminal)?;
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
        Decision::Late => Exit::Undecided,
    })
}

/// `reality-restore`, which nobody calls but [`Guardian`].
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

/// The live run: settings, load, settings as before.
fn live(plan: &Plan, terminal: &Terminal) -> Result<Findings, Failure> {
    let failed = |what: &'static str| {
        let address = plan.address;
        move |error: std::io::Error| Failure::Io(format!("{address}: cannot {what}: {error}"))
    };
    let mut server = Server::connect(plan.address).map_err(failed("connect"))?;
    let (name, mut remarks) = introduce(plan, &mut server).map_err(failed("read INFO"))?;
    alone(plan, &mut server)?;
    let settings = &plan.scenario.settings.servers[0];
    let wanted = [
        ("maxclients".to_string(), settings.maxclients.to_string()),
        ("timeout".to_string(), operator::seconds(settings.timeout).to_string()),
    ];
    let mut before = Vec::new();
    for (name, _) in &wanted {
        let value = server.setting(name).map_err(failed("read its settings"))?;
        let value = value.ok_or_else(|| Failure::Io(format!("the server has no {name}")))?;
        before.push((name.clone(), value));
    }
    terminal.remark(&format!(
        "Driving {name} for {} ...\n",
        amount(plan.scenario.duration.as_secs_f64(), Unit::Seconds)
    ));
    let guardian = Guardian::start(plan.address, &before)
        .map_err(|error| Failure::Io(format!("cannot start a second process: {error}")))?;
    let driven = guardian::restore(&mut server, &wanted)
        .map_err(failed("apply the settings of the scenario"))
        .and_then(|()| both(plan, &mut server).map_err(failed("finish the run")));
    let put_back = guardian::restore(&mut server, &before);
    if put_back.is_ok() {
        guardian.done();
    }
    let (sampled, driven) = driven?;
    put_back.map_err(failed("put its settings back"))?;
    let mut found = findings(plan, name, sampled, driven);
    remarks.append(&mut found.remarks);
    found.remarks = remarks;
    Ok(found)
}

/// The name and version of the server, and where it is another than the scenario's.
fn introduce(plan: &Plan, server: &mut Server) -> std::io::Result<(String, Vec<String>)> {
    let info = server.text(&["INFO", "server"])?;
    let version = |name: &str| server::field(&info, &format!("{name}_version"));
    let (kind, version) = match (version("valkey"), version("redis")) {
        (Some(version), _) => ("valkey", version),
        (None, version) => ("redis", version.unwrap_or("of unknown version")),
    };
    let mut remarks = Vec::new();
    let settings = &plan.scenario.settings.servers[0];
    if let Some(preset) = &settings.preset
        && !format!("{kind}-{version}.").starts_with(&format!("{preset}."))
    {
        remarks.push(format!("The scenario's server is {preset}, the real one {kind} {version}."));
    }
    let hz = server.setting("hz")?.unwrap_or_default();
    if hz != settings.hz.to_string() {
        remarks.push(format!("The scenario's server has hz {}, the real one {hz}.", settings.hz));
    }
    Ok((format!("{kind} {version} at {}", plan.address), remarks))
}

/// Nobody else may be connected, but for those whom the scenario counts.
fn alone(plan: &Plan, server: &mut Server) -> Result<(), Failure> {
    let counts = server.counts().map_err(|error| {
        Failure::Io(format!("{}: cannot read its counters: {error}", plan.address))
    })?;
    let settings = &plan.scenario.settings.servers[0];
    if counts.clients == u64::from(settings.internal.admin) {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "{} has {} clients with the reserved connection, and servers.{}.internal.admin is {}: the \
         counts could not be compared",
        plan.address, counts.clients, settings.name, settings.internal.admin
    )))
}

/// Operator and driver at work together.
fn both(plan: &Plan, server: &mut Server) -> std::io::Result<(Sampled, Driven)> {
    let base: Counts = server.counts()?;
    let clock = Clock::at_next_second();
    let shared = Shared::default();
    let driver = Driver::new(clock, plan.address, plan.scenario, &plan.errands, &shared);
    let (sampled, driven) = thread::scope(|scope| {
        let driver = scope.spawn(|| {
            let driven = driver.run(&plan.rows);
            if driven.is_err() {
                shared.stop.store(true, Ordering::Relaxed);
            }
            driven
        });
        let sampled = operator::operate(server, clock, plan.scenario, &plan.rows, base, &shared);
        if sampled.is_err() {
            shared.stop.store(true, Ordering::Relaxed);
        }
        (sampled, driver.join())
    });
    let driven = driven.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    // Whoever failed first has stopped the other, which has not failed.
    let driven = driven?;
    Ok((sampled?, driven))
}

fn findings(plan: &Plan, server: String, sampled: Sampled, driven: Driven) -> Findings {
    let Plan { scenario, errands, rows, simulated, .. } = plan;
    let fleets: Vec<String> =
        scenario.settings.fleets.iter().map(|fleet| fleet.name.clone()).collect();
    let name = &scenario.settings.servers[0].name;
    let columns = compare::columns(name, &fleets, rows, simulated, &sampled, &driven);
    let driver = Span::from_ns(1_000 * driven.late_us.last().copied().unwrap_or(0));
    let gap_s = scenario.duration.as_secs_f64() / errands.len().max(1) as f64;
    let first_s = driven.refusals.first.map_or(f64::INFINITY, |(_, at)| at.as_secs_f64());
    let lines = compare::lines(
        &columns,
        rows,
        driver.max(sampled.late),
        gap_s,
        (&simulated::rejected_series(scenario), first_s, simulated.first_rejection_s),
    );
    Findings {
        server,
        lines,
        columns,
        refusals: driven.refusals.clone(),
        first_refused: simulated.first_refused,
        requests: errands.len(),
        late_us: driven.late_us.clone(),
        operator_late: sampled.late,
        remarks: sampled.remarks,
    }
}
