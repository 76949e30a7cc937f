//! What happened when: the events of the run, and those that are marked in every chart.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::detail::Detail;
use super::super::table::{Cell, Table};
use super::super::text::{cut, number};
use crate::claims::{amount, watch};
use crate::experiment::Outcome;
use crate::observe::Noted;
use crate::scenario::{Alert, Scenario};
use crate::units::{Unit, wall_clock};

/// Marks at most: more could not be told apart.
const MARKS: usize = 26;
/// Events of one kind at one part that are told one by one; the rest only counted.
const EACH: usize = 3;
/// Kinds of events that are marked, the first of each at each part; the timeline is marked whole.
const MARKED: [&str; 13] = [
    "first_rejection",
    "first_failure",
    "pool_empty",
    "breaker_opened",
    "deadlock",
    "oom_kill",
    "reap_wave",
    "server_up",
    "first_eviction",
    "accept_queue_full",
    "accept_starved",
    "instance_unhealthy",
    "start_failed",
];

/// An instant that every chart shows: numbered where the timeline made it, lettered where the run did.
pub(super) struct Mark {
    at_s: f64,
    sign: String,
    kind: &'static str,
    text: String,
    /// The place of its event in the log, if it has one.
    event: Option<usize>,
}

impl Mark {
    /// For the script.
    pub fn data(&self) -> Value {
        json!({
            "at": number(self.at_s),
            "sign": self.sign,
            "kind": self.kind,
            "text": cut(&self.text, 160),
        })
    }
}

/// The instants that are marked, in order of time.
pub(super) fn marks(scenario: &Scenario, outcome: &Outcome) -> Vec<Mark> {
    let record = &outcome.first;
    let mut seen: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut marks: Vec<Mark> = Vec::new();
    for (index, event) in record.events.iter().enumerate() {
        let of_timeline = event.kind == "timeline";
        let count = seen.entry((event.kind, &event.part)).or_insert(0);
        *count += 1;
        if of_timeline || (*count == 1 && MARKED.contains(&event.kind)) {
            let kind = if of_timeline { "timeline" } else { "event" };
            let text = words(event);
            let at_s = event.at.as_secs_f64();
            marks.push(Mark { at_s, sign: String::new(), kind, text, event: Some(index) });
        }
    }
    let fired = |alert: &Alert| {
        let at_s = watch(alert, record).firings.first()?.from.as_secs_f64();
        let text = format!("alert {} fires", alert.id);
        Some(Mark { at_s, sign: String::new(), kind: "alert", text, event: None })
    };
    marks.extend(scenario.alerts.iter().filter_map(fired));
    marks.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
    marks.truncate(MARKS);
    let (mut numbers, mut letters) = (1..=99_u32, 'a'..='z');
    for mark in &mut marks {
        let sign = match mark.kind {
            "timeline" => numbers.next().map(|number| number.to_string()),
            _ => letters.next().map(|letter| letter.to_string()),
        };
        mark.sign = sign.unwrap_or_default();
    }
    marks
}

/// An event with its place, where the text does not say it.
fn words(event: &Noted) -> String {
    match event.kind {
        "timeline" => event.text.clone(),
        _ => {
            let part = event.part.split_once('.').map_or(event.part.as_str(), |(_, name)| name);
            format!("{part}: {}", event.text)
        }
    }
}

/// The events in order of time; of many alike only the first.
pub(super) fn table(
    scenario: &Scenario,
    outcome: &Outcome,
    marks: &[Mark],
    detail: Detail,
) -> String {
    let events = &outcome.first.events;
    let mut rows: Vec<(f64, String, String, String)> = Vec::new();
    let sign_of = |index: usize| {
        let mark = marks.iter().find(|mark| mark.event == Some(index));
        mark.map_or(String::new(), |mark| mark.sign.clone())
    };
    let mut seen: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (index, event) in events.iter().enumerate() {
        let count = seen.entry((event.kind, &event.part)).or_insert(0);
        *count += 1;
        if *count <= EACH || event.kind == "timeline" {
            let part = if event.kind == "timeline" { "the timeline" } else { &event.part };
            rows.push((
                event.at.as_secs_f64(),
                sign_of(index),
                part.to_string(),
                event.text.clone(),
            ));
        }
    }
    let told = rows.len();
    let alerts = marks.iter().filter(|mark| mark.kind == "alert");
    rows.extend(
        alerts.map(|mark| {
            (mark.at_s, mark.sign.clone(), "monitoring".to_string(), mark.text.clone())
        }),
    );
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let clock = |at: f64| match scenario.about.start {
        Some(start) => wall_clock(start, at),
        None => String::new(),
    };
    let row = |(at, sign, part, text): (f64, String, String, String)| {
        let sign = match sign.is_empty() {
            true => String::new(),
            false => format!("<span class=\"mark\">{}</span>", detail.text(&sign)),
        };
        let mut cells = vec![
            Cell::Markup(sign),
            Cell::Number(amount(at, Unit::Seconds), at),
            Cell::text(clock(at)),
            Cell::text(part),
            Cell::text(text),
        ];
        if scenario.about.start.is_none() {
            cells.remove(2);
        }
        cells
    };
    let head: &[&str] = match scenario.about.start {
        Some(_) => &["mark", "after", "clock", "where", "what"],
        None => &["mark", "after", "where", "what"],
    };
    let table = Table {
        name: "Events in order of time",
        head,
        sortable: false,
        rest: "events.jsonl has all",
    };
    let left_out = match events.len() - told {
        0 => String::new(),
        n => format!(
            "<p class=\"note\">{n} more events like these are in <code>events.jsonl</code>.</p>\n"
        ),
    };
    table.of(detail, rows.into_iter().map(row).collect()) + &left_out
}
