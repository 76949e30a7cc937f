//! From the complete tree to the scenario as meant: names to indices, texts to quantities, and the
//! checks that need more than one key.

mod alerts;
mod autoscale;
mod breaker;
mod budget;
mod bursts;
mod changes;
mod claims;
mod deploys;
mod ejection;
mod faults;
mod fleet;
mod guards;
mod health;
mod load;
mod nodes;
mod pooled;
mod process;
mod proxy;
mod quantity;
mod recorded;
mod recovery;
mod retry;
mod series;
mod server;
mod serverless;
mod shared;
mod starts;
mod steps;
mod timeline;
mod visitors;
mod ways;

pub(crate) use series::{
    SERIES_OF_EXPORTERS, SERIES_OF_FLEET, SERIES_OF_POOL, SERIES_OF_PROXY, SERIES_OF_SERVER,
    SeriesRow,
};
pub use series::{SeriesInfo, series};
pub(crate) use timeline::label_of;

use super::About;
use super::cells::Tables;
use super::files::Load;
use super::meant::{Network, Scenario, Settings};
use super::problems::{Findings, Place};
use super::raw::RawScenario;
use super::scalar;
use super::table::TOP;
use super::tree::{Node, Path};
use super::variant::Origin;
use super::view::View;
use crate::units::{SimTime, Span, duration};

/// Rows of the series at most.
const MOST_SAMPLES: u64 = 50_000;

/// What the reading of one tree has at hand.
pub(crate) struct Reading<'f> {
    /// Where problems go.
    pub findings: &'f mut Findings,
    /// Files of comma-separated values.
    pub tables: Tables<'f>,
}

impl Reading<'_> {
    /// Reports a problem at `node`.
    fn at(&mut self, node: &Node, path: &str, message: impl Into<String>, hint: Option<String>) {
        self.place(node.place, path, message, hint);
    }

    /// Reports a problem at `place`.
    fn place(
        &mut self,
        place: Place,
        path: &str,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        self.findings.report_with(place, &Path::Key(&Path::Top, path), message, hint);
    }
}

/// The scenario that the written one means; what is wrong with it goes to `findings`.
/// `file` is the name of its file, and `load` reads others.
pub(crate) fn scenario(
    raw: &RawScenario,
    file: &str,
    load: Load,
    findings: &mut Findings,
) -> Scenario {
    let written = &raw.written;
    let top = View::new(&raw.complete, &TOP);
    for read_elsewhere in ["$schema", "base", "format"] {
        top.find(read_elsewhere);
    }
    let reading = &mut Reading { findings, tables: Tables::new(file, load) };
    let end = end(&top, written);
    spans(&top, end, reading);
    let settings = settings(&top, reading);
    server::all_start(&top, &settings.servers, reading);
    let timeline = timeline::entries(&top, written, &settings, end, reading);
    let claims = claims::claims(&top, written, &settings, &timeline, end, reading);
    let alternatives = claims::alternatives(&top, written, &settings, reading);
    let origin = Some(Origin::new(written, reading.tables.kept(reading.findings)));
    let alerts = alerts::alerts(&top, &settings, &timeline, end, reading);
    // It is there for the rules: a file that takes them out of its base need not take it out too.
    let healthy = top.find("healthy").filter(|_| !alerts.is_empty());
    let healthy = healthy.and_then(|node| super::healthy::healthy(raw, node, reading));
    Scenario {
        name: raw.name.clone(),
        about: about(&top.sub("about")),
        seed: top.text("seed").to_string(),
        duration: top.span("duration"),
        warm_up: top.span("warm_up"),
        sample_every: top.span("sample_every"),
        keep_requests: false,
        settings,
        timeline,
        claims,
        alternatives,
        origin,
        alerts,
        healthy,
    }
}

fn about(view: &View) -> About {
    About {
        title: view.text("title").to_string(),
        source: view.text("source").to_string(),
        start: view.find("start").and_then(scalar::instant),
    }
}

/// The end of the run; never, when the duration could not be read, so that nothing is late.
fn end(top: &View, written: &Node) -> SimTime {
    match written.find("duration") {
        Some(node) if node == top.node("duration") => top.time("duration"),
        _ => SimTime::NEVER,
    }
}

/// The spans of the whole run must fit each other.
fn spans(top: &View, end: SimTime, reading: &mut Reading) {
    if end == SimTime::NEVER {
        return;
    }
    let length = end.since(SimTime::ZERO);
    let warm_up = top.span("warm_up");
    if warm_up >= length {
        let message = format!(
            "expected less than the duration of {}; found {}",
            duration(length),
            duration(warm_up)
        );
        reading.at(top.node("warm_up"), "warm_up", message, None);
    }
    let rows = length.as_ns() / top.span("sample_every").as_ns().max(1);
    if rows > MOST_SAMPLES {
        let least = Span::from_ns(length.as_ns().div_ceil(MOST_SAMPLES));
        let message = format!("expected at most {MOST_SAMPLES} rows of the series; found {rows}");
        let hint = Some(format!("at least {} fits", duration(least)));
        reading.at(top.node("sample_every"), "sample_every", message, hint);
    }
}

/// Servers, network and fleets.
pub(crate) fn settings(top: &View, reading: &mut Reading) -> Settings {
    let servers = server::servers(top, reading);
    let network = top.sub("network");
    let delay = load::dist(network.node("delay"), "network.delay", reading);
    let network =
        Network { delay, loss: network.share("loss"), tw_buckets: network.count("tw_buckets") };
    let fleets = fleet::fleets(top, &servers, reading);
    let mut settings = Settings { servers, network, fleets };
    nodes::expand(top, &mut settings, reading);
    settings
}
