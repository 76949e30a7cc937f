//! `highwater presets`.

use comfy_table::{ContentArrangement, Table};
use highwater::report::text::Paint;
use highwater::scenario::{Preset, presets as all};
use serde_json::{Map, Value, json};

use super::Format;
use super::exit::{Exit, Failure};
use super::terminal::Terminal;

/// Lists all presets, or shows one with every value and its source.
pub fn presets(name: Option<&str>, format: Format, terminal: &Terminal) -> Result<Exit, Failure> {
    let Some(name) = name else {
        match format {
            Format::Json => terminal.print_json(&all().iter().map(object).collect())?,
            Format::Text => terminal.print(&list(terminal.paint()))?,
        }
        return Ok(Exit::AsExpected);
    };
    let Some(preset) = all().iter().find(|preset| preset.name == name) else {
        let names: Vec<&str> = all().iter().map(|preset| preset.name).collect();
        let known = names.join(", ");
        return Err(Failure::Usage(format!("there is no preset {name:?}; there are: {known}")));
    };
    match format {
        Format::Json => terminal.print_json(&object(preset))?,
        Format::Text => terminal.print(&one(preset, terminal.paint()))?,
    }
    Ok(Exit::AsExpected)
}

fn list(paint: Paint) -> String {
    let mut table = plain_table(paint, &["preset", "about"]);
    // One table, so that the columns of all kinds stand below each other.
    let mut kind = None;
    for preset in all() {
        if kind.replace(preset.kind) != Some(preset.kind) {
            table.add_row([String::new(), String::new()]);
            table.add_row([preset.kind.plural().to_string(), String::new()]);
        }
        table.add_row([format!("  {}", preset.name), preset.about.clone()]);
    }
    format!("{}\n", rows(&table, paint))
}

fn one(preset: &Preset, paint: Paint) -> String {
    let mut table = plain_table(paint, &["key", "value", "source"]);
    for (key, value, source) in &preset.values {
        table.add_row([key, value, source]);
    }
    let base = preset.base.iter().map(|base| format!(", starts from {base}"));
    let kind = format!("{}{}", preset.kind.name(), base.collect::<String>());
    let head = format!("{} ({kind})", paint.bold(preset.name));
    let about = paint.wrapped(&preset.about, 0);
    format!("{head}\n{about}\n\n{}\n", rows(&table, paint))
}

fn object(preset: &Preset) -> Value {
    let values: Map<String, Value> = preset
        .values
        .iter()
        .map(|(key, value, source)| {
            // A value is kept as the JSON that a scenario would hold.
            let value = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
            (key.clone(), json!({ "value": value, "source": source }))
        })
        .collect();
    json!({
        "name": preset.name,
        "kind": preset.kind.name(),
        "base": preset.base,
        "about": preset.about,
        "values": values,
    })
}

fn plain_table(paint: Paint, head: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(paint.width() as u16);
    table.set_header(head.iter().copied());
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
}

fn rows(table: &Table, paint: Paint) -> String {
    let lines = table.lines().enumerate().map(|(index, line)| match index {
        0 => paint.dim(line.trim_end()),
        _ => line.trim_end().to_string(),
    });
    lines.collect::<Vec<_>>().join("\n")
}
