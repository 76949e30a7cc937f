//! The page of metrics: series, figures, events, causes.

use std::fmt::Write;

use crate::scenario::mean::{
    SERIES_OF_EXPORTERS, SERIES_OF_FLEET, SERIES_OF_POOL, SERIES_OF_PROXY, SERIES_OF_SERVER,
    SeriesRow,
};
use crate::scenario::meant::Cause;
use crate::scenario::table::claims::{EVENTS, EVENTS_UNCOUNTED};

const INTRODUCTION: &str = "\
# Metrics

<!-- Made from the tables in src/scenario; do not edit. -->

What a run measures, and by which names. The names stand in claims (`measure`), alerts, goals of `sweep` and
`solve`, the columns of `timeseries.csv` and the summary in [JSON](json.md).

## Series

One value for every `sample_every`, and one at the end. A *level* is as it is at that instant, a *counter* runs
from 0 and never falls. `S`, `F` and `P` stand for the names of a server, a fleet and a pool; `upstream` are
the connections of a proxy to the server behind it. The values of a fleet are sums over its instances, where
nothing else is said. Of a *latency* or a *wait* only quantiles are kept, of what ended since the row before:
columns `..._s_p50`, `_p90`, `_p99`, `_p999`, `_max`.
";

const FIGURES: &str = "
## Figures

The main figures of a run, in `summary` of its JSON, in `sweep`, `solve` and `compare`. A unit that is not plain
ends the name: `_s`, `_bytes`. *After the warm-up* is the whole run when there is none.

| figure | what it is |
|---|---|
| `COUNTER` | its total at the end: `servers.redis.rejected_connections` |
| `LEVEL_max` | its highest value, over the whole run |
| `LEVEL_mean` | the mean of its rows after the warm-up |
| `LEVEL_end` | its value at the end |
| `LATENCY_count` | how many were measured after the warm-up: `fleets.chat.latency_count` |
| `LATENCY_s_mean`, `_s_p50`, `_s_p90`, `_s_p99`, `_s_p999`, `_s_max` | of these |
| `servers.S.first_rejection_s` | when it first refused a connection |
| `fleets.F.first_failure_s` | when its first request failed |
| `fleets.F.first_oom_kill_s` | when its first instance was killed |
| `fleets.F.failed_ratio` | failed requests as a share of finished ones |
| `fleets.F.attempts_per_request` | the amplification by retries |
";

/// The page `docs/metrics.md`.
pub fn metrics_page() -> String {
    let mut page = INTRODUCTION.to_string();
    series(&mut page, "Of every server", "servers.S", SERIES_OF_SERVER);
    series(&mut page, "Of a server with `exporters`", "servers.S", SERIES_OF_EXPORTERS);
    series(&mut page, "Of a proxy", "servers.S", SERIES_OF_PROXY);
    row(&mut page, "servers.S.upstream.*", "as of a pool, below");
    series(&mut page, "Of every fleet", "fleets.F", SERIES_OF_FLEET);
    row(
        &mut page,
        "fleets.F.failed_by.CAUSE",
        "count | counter | Requests that failed by a [cause](#causes).",
    );
    row(
        &mut page,
        "fleets.F.latency",
        "seconds | latency | From the arrival of a request to its end.",
    );
    series(&mut page, "Of every pool", "fleets.F.pools.P", SERIES_OF_POOL);
    let wait = "seconds | wait | From asking the pool to a connection, or to giving up.";
    row(&mut page, "fleets.F.pools.P.checkout_wait", wait);
    page.push_str(FIGURES);
    page.push_str(
        "\n## Causes\n\nWhy a request failed: exactly one for each, that of its last attempt.\n\n",
    );
    page.push_str("| cause | what happened |\n|---|---|\n");
    for cause in Cause::ALL {
        row(&mut page, cause.name(), cause.meaning());
    }
    page.push_str(
        "\n## Events\n\nWhat is told in `events.jsonl` and at the end of a run. Claims count those of the \
         first table.\n\n| event | what happens |\n|---|---|\n",
    );
    EVENTS.iter().for_each(|(name, doc)| row(&mut page, name, doc));
    page.push_str("\n| event that is only told | what happens |\n|---|---|\n");
    EVENTS_UNCOUNTED.iter().for_each(|(name, doc)| row(&mut page, name, doc));
    page
}

fn series(page: &mut String, title: &str, prefix: &str, rows: &[SeriesRow]) {
    let head = format!("\n### {title}\n\n| series | unit | kind | meaning |\n|---|---|---|---|\n");
    page.push_str(&head);
    for (name, unit, counter, doc) in rows {
        let unit = format!("{unit:?}").to_lowercase();
        let kind = if *counter { "counter" } else { "level" };
        row(page, &format!("{prefix}.{name}"), &format!("{unit} | {kind} | {doc}"));
    }
}

fn row(page: &mut String, name: &str, rest: &str) {
    writeln!(page, "| `{name}` | {rest} |").expect("a text can be written");
}
