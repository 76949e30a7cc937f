//! The live run itself: the server is prepared, driven, and left as it was.

use std::sync::atomic::Ordering;
use std::thread;

use highwater::claims::amount;
use highwater::units::Unit;

use super::super::exit::Failure;
use super::super::progress::Progress;
use super::super::terminal::Terminal;
use super::clock::Clock;
use super::driven::{Driven, Shared};
use super::driver::Driver;
use super::guardian::{self, Guardian};
use super::lateness::Lateness;
use super::operator::{self, Sampled};
use super::print::Findings;
use super::server::{self, Counts, Server};
use super::waits::Waits;
use super::{Plan, compare, simulated};

/// The live run: settings, load, settings as before.
pub fn live(plan: &Plan, terminal: &Terminal) -> Result<Findings, Failure> {
    let failed = |what: &'static str| {
        let address = plan.address;
        move |error: std::io::Error| Failure::Io(format!("{address}: cannot {what}: {error}"))
    };
    let mut server = Server::connect(plan.address).map_err(failed("connect"))?;
    let known = introduce(plan, &mut server).map_err(failed("read INFO"))?;
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
        "Driving {} for {} ...\n",
        known.name,
        amount(plan.scenario.duration.as_secs_f64(), Unit::Seconds)
    ));
    let guardian = Guardian::start(plan.address, &before)
        .map_err(|error| Failure::Io(format!("cannot start a second process: {error}")))?;
    let progress = Progress::new(1, terminal);
    let watch = |share: f64| progress.note(0, share, None);
    let driven = guardian::restore(&mut server, &wanted)
        .map_err(failed("apply the settings of the scenario"))
        .and_then(|()| {
            both(plan, &mut server, &known.process, &watch).map_err(failed("finish the run"))
        });
    progress.finish();
    let put_back = guardian::restore(&mut server, &before);
    if put_back.is_ok() {
        guardian.done();
    }
    let (sampled, driven) = driven?;
    put_back.map_err(failed("put its settings back"))?;
    Ok(findings(plan, known, sampled, driven))
}

/// What a server says of itself.
struct Known {
    /// Its name, version and address.
    name: String,
    /// The number of its process.
    process: String,
    /// Where it is another than the scenario's.
    remarks: Vec<String>,
}

fn introduce(plan: &Plan, server: &mut Server) -> std::io::Result<Known> {
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
    let process = server::field(&info, "process_id").unwrap_or_default().to_string();
    Ok(Known { name: format!("{kind} {version} at {}", plan.address), process, remarks })
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
fn both(
    plan: &Plan,
    server: &mut Server,
    process: &str,
    watch: &dyn Fn(f64),
) -> std::io::Result<(Sampled, Driven)> {
    let base: Counts = server.counts()?;
    let clock = Clock::at_next_second();
    let shared = Shared::default();
    let driver = Driver::new(clock, plan.address, plan.scenario, &plan.errands, &shared);
    let before = Waits::of_server(process);
    let (sampled, driven) = thread::scope(|scope| {
        let driver = scope.spawn(|| {
            let before = Waits::mine();
            let driven = driver.run(&plan.rows);
            if driven.is_err() {
                shared.stop.store(true, Ordering::Relaxed);
            }
            driven.map(|driven| Driven { wait: Waits::mine().mean_since(before), ..driven })
        });
        let sampled =
            operator::operate(server, clock, plan.scenario, &plan.rows, base, &shared, watch);
        if sampled.is_err() {
            shared.stop.store(true, Ordering::Relaxed);
        }
        (sampled, driver.join())
    });
    let driven = driven.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    // Whoever failed first has stopped the other, which has not failed.
    let driven = driven?;
    let server_wait = Waits::of_server(process).mean_since(before);
    Ok((Sampled { server_wait, ..sampled? }, driven))
}

fn findings(plan: &Plan, known: Known, sampled: Sampled, driven: Driven) -> Findings {
    let Plan { scenario, errands, rows, simulated: predicted, .. } = plan;
    let fleets: Vec<String> =
        scenario.settings.fleets.iter().map(|fleet| fleet.name.clone()).collect();
    let name = &scenario.settings.servers[0].name;
    let columns = compare::columns(name, &fleets, rows, predicted, &sampled, &driven);
    let late = Lateness {
        driver_us: driven.late_us,
        operator: sampled.late,
        driver_wait: driven.wait,
        server_wait: sampled.server_wait,
    };
    let gap_s = scenario.duration.as_secs_f64() / errands.len().max(1) as f64;
    let first_s = driven.refusals.first.map_or(f64::INFINITY, |(_, at)| at.as_secs_f64());
    let lines = compare::lines(
        &columns,
        rows,
        late.put_up_with(),
        gap_s,
        (&simulated::rejected_series(scenario), first_s, predicted.first_rejection_s),
    );
    Findings {
        server: known.name,
        lines,
        columns,
        refusals: driven.refusals,
        first_refused: predicted.first_refused,
        requests: errands.len(),
        late,
        remarks: known.remarks.into_iter().chain(sampled.remarks).collect(),
    }
}
