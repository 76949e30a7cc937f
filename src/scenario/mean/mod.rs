//! From the complete tree to the scenario as meant: names to indices, texts to quantities, and the
//! checks that need more than one key.

mod claims;
mod fleet;
mod load;
mod series;
mod server;
mod timeline;

pub use series::{SeriesInfo, series};

use super::About;
use super::check::complete;
use super::meant::{Network, Scenario, Settings};
use super::problems::{Findings, Place};
use super::scalar;
use super::table::{Kind, TOP};
use super::tree::{Node, Path, Value};
use super::view::View;
use crate::units::Span;

/// Rows of the series at most.
const MOST_SAMPLES: u64 = 50_000;

/// What the reading of one tree has at hand.
pub(crate) struct Reading<'f> {
    /// Where problems go.
    pub findings: &'f mut Findings,
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

/// The scenario that the written tree `written` means; what is wrong with it goes to `findings`.
pub(crate) fn scenario(name: &str, written: &Node, findings: &mut Findings) -> Scenario {
    let complete = complete(&Kind::Object(&TOP), written, &Path::Top, findings);
    let top = View::new(&complete, &TOP);
    for read_elsewhere in ["$schema", "base", "format"] {
        top.find(read_elsewhere);
    }
    let reading = &mut Reading { findings };
    let duration = top.span("duration");
    spans(&top, written, reading);
    let settings = settings(&top, reading);
    let timeline = timeline::entries(&top, written, &settings, duration, reading);
    let claims = claims::claims(&top, written, &settings, reading);
    Scenario {
        name: name.to_string(),
        about: about(&top.sub("about")),
        seed: top.text("seed").to_string(),
        duration,
        warm_up: top.span("warm_up"),
        sample_every: top.span("sample_every"),
        settings,
        timeline,
        claims,
    }
}

fn about(view: &View) -> About {
    About {
        title: view.text("title").to_string(),
        source: view.text("source").to_string(),
        start: view.find("start").and_then(scalar::instant),
    }
}

/// The spans of the whole run must fit each other.
fn spans(top: &View, written: &Node, reading: &mut Reading) {
    // A duration that is missing or unreadable has been reported; nothing fits it.
    let Some(duration) = written.find("duration").and_then(scalar::span) else { return };
    let warm_up = top.span("warm_up");
    if warm_up >= duration {
        let message = format!(
            "expected less than the duration of {}; found {}",
            crate::units::duration(duration),
            crate::units::duration(warm_up)
        );
        reading.at(top.node("warm_up"), "warm_up", message, None);
    }
    let every = top.span("sample_every").as_ns();
    if every > 0 && duration.as_ns() / every > MOST_SAMPLES {
        let least = Span::from_ns(duration.as_ns().div_ceil(MOST_SAMPLES));
        let message = format!(
            "expected at most 50,000 rows of the series; found {}",
            duration.as_ns() / every
        );
        let hint = Some(format!("at least {} fits", crate::units::duration(least)));
        reading.at(top.node("sample_every"), "sample_every", message, hint);
    }
}

/// Servers, network and fleets.
pub(crate) fn settings(top: &View, reading: &mut Reading) -> Settings {
    let servers = server::servers(top, reading);
    let network = top.sub("network");
    let delay = load::dist(network.node("delay"), "network.delay", reading);
    let network = Network { delay, loss: network.share("loss") };
    let fleets = fleet::fleets(top, &servers, reading);
    for key in ["servers", "fleets"] {
        let node = top.node(key);
        if matches!(&node.value, Value::Object(members) if members.is_empty()) {
            reading.at(node, key, format!("expected at least one of the {key}; found none"), None);
        }
    }
    Settings { servers, network, fleets }
}
