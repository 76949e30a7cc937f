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
        Section::new("claims", "Claims and evidence", claims::table(outcome, detail)),
        Section::new(
            "timeline",
            "What happened when",
            events::table(scenario, outcome, &marks, detail),
        ),
    ];
    sections.extend(charts);
    sections.extend([
        Section::new("alerts", "Alerts", figures::alerts(outcome, detail)),
        Section::new("figures", "Figures", figures::tables(scenario, outcome, detail)),
        Section::new("several", "What several runs say", figures::laws(outcome, detail)),
        Section::new("audit", "Audit of the claims", audit::audit(scenario, outcome, detail)),
        Section::new("checks", "By arithmetic alone", figures::checks(outcome, detail)),
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

/// The charts of every server, of every fleet, and of what was recorded.
fn charts(scenario: &Scenario, outcome: &Outcome, plots: &mut Plots) -> Vec<Section> {
    let settings = &scenario.settings;
    let of_run = match outcome.runs {
        1 => String::new(),
        n => format!("<p class=\"note\">Charts show the first of {n} runs.</p>\n"),
    };
    let reduced = plots.remark();
    let mut servers = Section::new("servers", "Servers", of_run.clone() + &reduced);
    for (index, server) in settings.servers.iter().enumerate() {
        let id = format!("server-{index}");
        servers.body.push_str(
            &plots.part(&id, &format!("Server {}", server.name), |plots| {
                servers::charts(plots, index)
            }),
        );
        servers.parts.push((id, server.name.clone()));
    }
    let mut fleets = Section::new("fleets", "Fleets", of_run + &reduced);
    for (index, fleet) in settings.fleets.iter().enumerate() {
        let id = format!("fleet-{index}");
        fleets.body.push_str(
            &plots
                .part(&id, &format!("Fleet {}", fleet.name), |plots| fleets::charts(plots, index)),
        );
        fleets.parts.push((id, fleet.name.clone()));
    }
    let recorded = plots.recorded();
    vec![fleets, servers, Section::new("recorded", "Beside what was recorded", recorded)]
}
