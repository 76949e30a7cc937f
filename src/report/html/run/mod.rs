//! The page of a run: verdict, evidence, what happened when, charts, figures, settings.

mod audit;
mod claims;
mod events;
mod figures;
mod fleets;
mod plots;
mod servers;
mod settings;

use serde_json::json;

use super::detail::Detail;
use super::page::{Page, Section};
use super::text::number;
use super::{command, facts};
use crate::claims::amount;
use crate::experiment::Outcome;
use crate::report::json::number as whole;
use crate::scenario::Scenario;
use crate::units::{SimTime, Unit, timestamp};
use plots::Plots;

/// The report of a run. `repeat` is the command that gives the same bytes again.
pub fn run(scenario: &Scenario, outcome: &Outcome, repeat: &str) -> String {
    Detail::fit(|detail| page(scenario, outcome, repeat, detail).text())
}

fn page(scenario: &Scenario, outcome: &Outcome, repeat: &str, detail: Detail) -> Page {
    let marks = events::marks(scenario, outcome);
    let mut plots = Plots::new(scenario, &outcome.first, detail);
    let charts = charts(scenario, outcome, &mut plots);
    let mut sections = vec![
        Section::new("claims", "Claims", "Claims and evidence", claims::table(outcome, detail)),
        Section::new(
            "timeline",
            "Timeline",
            "What happened when",
            events::table(scenario, outcome, &marks, detail),
        ),
    ];
    sections.extend(charts);
    sections.extend([
        Section::new("alerts", "Alerts", "Alerts", figures::alerts(outcome, detail)),
        Section::new("figures", "Figures", "Figures", figures::tables(scenario, outcome, detail)),
        Section::new("several", "Runs", "What several runs say", figures::laws(outcome, detail)),
        Section::new(
            "audit",
            "Audit",
            "Audit of the claims",
            audit::audit(scenario, outcome, detail),
        ),
        Section::new(
            "checks",
            "Arithmetic",
            "By arithmetic alone",
            figures::checks(outcome, detail),
        ),
        settings::section(scenario, outcome, &command(repeat), detail),
    ]);
    let start = scenario.about.start;
    let shared = json!({
        "levels": plots.grid.level_times().into_iter().map(number).collect::<Vec<_>>(),
        "rates": plots.grid.rate_times().into_iter().map(number).collect::<Vec<_>>(),
        "end": whole(scenario.duration.as_secs_f64()),
        // A text: no reader of JSON rounds it.
        "start": start.map(|start| start.unix_s.to_string()),
        "marks": marks.iter().map(events::Mark::data).collect::<Vec<_>>(),
    });
    Page {
        detail,
        kind: "run",
        title: title(scenario).to_string(),
        facts: facts(&head(scenario, outcome)),
        verdict: claims::banner(scenario, outcome, detail),
        sections,
        shared,
    }
}

/// The title, or the name of the file.
pub(super) fn title(scenario: &Scenario) -> &str {
    match scenario.about.title.trim() {
        "" => &scenario.name,
        title => title,
    }
}

fn head(scenario: &Scenario, outcome: &Outcome) -> Vec<(&'static str, String)> {
    let begin = |start| timestamp(start, SimTime::ZERO).replace(".000Z", "Z");
    vec![
        ("scenario", scenario.name.clone()),
        ("source", scenario.about.source.clone()),
        ("simulated", amount(scenario.duration.as_secs_f64(), Unit::Seconds)),
        ("from", scenario.about.start.map(begin).unwrap_or_default()),
        ("runs", outcome.runs.to_string()),
        ("seed", scenario.seed.clone()),
    ]
}

/// The charts that tell most, then those of every server, of every fleet, and of what was recorded.
fn charts(scenario: &Scenario, outcome: &Outcome, plots: &mut Plots) -> Vec<Section> {
    let settings = &scenario.settings;
    let of_run = match outcome.runs {
        1 => String::new(),
        n => format!("<p class=\"note\">Charts show the first of {n} runs.</p>\n"),
    };
    let (many_servers, many_fleets) = (settings.servers.len(), settings.fleets.len());
    let main = plots.group(|plots| {
        let of_server = |index| servers::connections(plots, index);
        let mut made: String = (0..many_servers).map(of_server).collect();
        let of_fleet = |index| fleets::outcomes(plots, index);
        made.extend((0..many_fleets).map(of_fleet));
        made
    });
    let main = of_run + &plots.remark() + &main;
    let mut servers = Section::new("servers", "Servers", "Servers", String::new());
    for (index, server) in settings.servers.iter().enumerate() {
        let (id, title) = (format!("server-{index}"), format!("Server {}", server.name));
        let part = plots.part(&id, &title, |plots| servers::charts(plots, index));
        servers.body.push_str(&part);
        servers.parts.push((id, server.name.clone()));
    }
    let mut fleets = Section::new("fleets", "Fleets", "Fleets", String::new());
    for (index, fleet) in settings.fleets.iter().enumerate() {
        let (id, title) = (format!("fleet-{index}"), format!("Fleet {}", fleet.name));
        let part = plots.part(&id, &title, |plots| fleets::charts(plots, index));
        fleets.body.push_str(&part);
        fleets.parts.push((id, fleet.name.clone()));
    }
    let recorded = plots.group(Plots::recorded);
    vec![
        Section::new("charts", "Charts", "What it looked like", main),
        Section::new("recorded", "Recorded", "Beside what was recorded", recorded),
        fleets,
        servers,
    ]
}
