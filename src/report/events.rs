//! `events.jsonl`: one JSON object per notable event.

use serde_json::json;

use super::json::number;
use crate::observe::Noted;
use crate::units::{Start, timestamp};

/// One event as one line of JSON, without the newline.
pub fn event_line(event: &Noted, start: Option<Start>) -> String {
    let mut line = json!({ "time_s": number(event.at.as_secs_f64()) });
    if let Some(start) = start {
        line["wall_clock"] = json!(timestamp(start, event.at));
    }
    line["event"] = json!(event.kind);
    line["part"] = json!(event.part);
    line["text"] = json!(event.text);
    line.to_string()
}
