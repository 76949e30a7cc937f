//! The main figures as compact tables: one for servers, one for fleets, one for pools.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width};

use super::{Paint, clean};
use crate::claims::{amount, share};
use crate::experiment::Outcome;
use crate::scenario::{Cause, Fleet, Scenario, Server, Strategy};
use crate::units::Unit;

/// The tables, each only when there is something to put in it.
pub(super) fn write(scenario: &Scenario, outcome: &Outcome, paint: Paint, out: &mut String) {
    let look = Look { outcome };
    let servers = scenario.settings.servers.iter().enumerate().map(|(index, server)| {
        // The last one in force.
        let limit = scenario.limits(index).last().map_or(0, |(_, limit)| *limit);
        look.server(server, limit.into())
    });
    let head =
        ["server", "limit", "clients max", "leaked", "rejected", "first at", "reaped", "busy max"];
    table(&head, servers.collect(), paint, out);
    let head = ["fleet", "requests", "failed", "mostly", "p50", "p99", "CLOSE_WAIT", "memory max"];
    table(&head, scenario.settings.fleets.iter().map(|f| look.fleet(f)).collect(), paint, out);
    let pools = scenario.settings.fleets.iter().flat_map(|fleet| {
        let pooled = fleet.connections.iter().filter_map(|c| match &c.strategy {
            Strategy::Pooled(pooled) => Some((c.name.as_str(), pooled.max)),
            Strategy::PerRequest { .. } | Strategy::Shared(_) => None,
        });
        pooled.map(|(name, max)| look.pool(fleet, name, max)).collect::<Vec<_>>()
    });
    let head = ["pool", "max each", "open max", "leased max", "waiting max", "wait p99"];
    table(&head, pools.collect(), paint, out);
    if outcome.runs > 1 {
        let note = format!("Each figure is the median of {} runs.", outcome.runs);
        out.push_str(&format!("{}\n\n", paint.dim(&note)));
    }
}

/// Characters of a name that are kept together in any table, however narrow.
const NAMES_MAX: usize = 28;

/// A table with its head dimmed, figures to the right; nothing without rows.
pub(super) fn table(head: &[&str], rows: Vec<Vec<String>>, paint: Paint, out: &mut String) {
    if rows.is_empty() {
        return;
    }
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(paint.width() as u16);
    table.set_header(head.iter().copied());
    // Names are broken last, a figure on two lines is still a figure: they get what the other columns
    // leave, and never less than what is kept together.
    let widest = |column: usize| {
        let head = head.get(column).map_or(0, |name| name.chars().count());
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.fold(head, usize::max)
    };
    let figures: usize = (1..head.len()).map(|column| widest(column) + 2).sum();
    let left = paint.width().saturating_sub(figures + 3);
    let names = widest(0).min(left.max(NAMES_MAX)) as u16 + 3;
    for row in rows {
        table.add_row(row);
    }
    if let Some(column) = table.column_mut(0) {
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(names)));
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding(if index == 0 { (2, 1) } else { (1, 1) });
        if index > 0 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for (index, line) in table.lines().enumerate() {
        let line = line.trim_end();
        let line = if index == 0 { paint.dim(line) } else { line.to_string() };
        out.push_str(&format!("{line}\n"));
    }
    out.push('\n');
}

/// Looks figures up by name and puts them in words.
struct Look<'a> {
    outcome: &'a Outcome,
}

impl Look<'_> {
    fn value(&self, name: &str) -> Option<f64> {
        self.outcome.summary.iter().find(|figure| figure.name == name)?.value
    }

    fn figure(&self, name: &str, unit: Unit) -> String {
        self.value(name).map_or("-".to_string(), |value| amount(value, unit))
    }

    fn server(&self, server: &Server, limit: f64) -> Vec<String> {
        let of = |what: &str, unit| self.figure(&format!("servers.{}.{what}", server.name), unit);
        let busy = self.value(&format!("servers.{}.loop_busy_max", server.name));
        vec![
            clean(&server.name),
            amount(limit, Unit::Count),
            of("connected_clients_max", Unit::Count),
            of("slots_leaked_max", Unit::Count),
            of("rejected_connections", Unit::Count),
            of("first_rejection_s", Unit::Seconds),
            of("reaped_connections", Unit::Count),
            busy.map_or("-".to_string(), |busy| format!("{:.0} %", busy * 100.0)),
        ]
    }

    fn fleet(&self, fleet: &Fleet) -> Vec<String> {
        let of = |what: &str, unit| self.figure(&format!("fleets.{}.{what}", fleet.name), unit);
        let failed = self.value(&format!("fleets.{}.failed_ratio", fleet.name));
        vec![
            clean(&fleet.name),
            of("requests", Unit::Count),
            failed.map_or("-".to_string(), share),
            self.cause(fleet),
            of("latency_s_p50", Unit::Seconds),
            of("latency_s_p99", Unit::Seconds),
            of("sockets.close_wait_max", Unit::Count),
            of("memory_max_bytes_max", Unit::Bytes),
        ]
    }

    /// The cause of most failures.
    fn cause(&self, fleet: &Fleet) -> String {
        let count = |cause: Cause| {
            self.value(&format!("fleets.{}.failed_by.{}", fleet.name, cause.name())).unwrap_or(0.0)
        };
        let most = Cause::ALL
            .into_iter()
            .reduce(|most, cause| if count(cause) > count(most) { cause } else { most });
        match most {
            Some(cause) if count(cause) > 0.0 => cause.name().to_string(),
            _ => "-".to_string(),
        }
    }

    fn pool(&self, fleet: &Fleet, name: &str, max: u32) -> Vec<String> {
        let part = format!("fleets.{}.pools.{name}", fleet.name);
        let of = |what: &str, unit| self.figure(&format!("{part}.{what}"), unit);
        vec![
            clean(&format!("{}.{name}", fleet.name)),
            amount(f64::from(max), Unit::Count),
            of("size_max", Unit::Count),
            of("leased_max", Unit::Count),
            of("waiting_max", Unit::Count),
            of("checkout_wait_s_p99", Unit::Seconds),
        ]
    }
}
