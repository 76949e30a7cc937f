//! A retry storm. 2,000 users think for a second (exponential), connect, send PING, hold the
//! connection for 50 ms and close; 198 slots, of which 150 leak from 7 s to 20 s. One row per retry
//! policy.
//!
//! Recorded on Redis 7.0.15 and Linux 6.18 with one generator process, three runs of each policy. The
//! figures of four rows (none, immediate and fixed pauses) were recorded while other jobs kept one of
//! the two cores busy; their scenarios stall the generator now and then, as the latencies before the
//! leak show. All rows share every other setting.

use std::path::Path;
use std::sync::LazyLock;

use highwater::experiment::simulate;
use highwater::observe::Record;
use highwater::scenario::Scenario;
use highwater::theory::mean_interval;
use rayon::prelude::*;

use crate::figures::Recorded;
use crate::files::read_file;
use crate::table::{self, Band, Line, all_inside};

/// Runs of the simulator, whose mean is held against the recording: a single run strays, by up to 3 %
/// where breakers open and close.
const RUNS: u32 = 20;
/// The rows of a tenth of a second between which the storm was evaluated: 12 s to 19.8 s.
const STORM: (usize, usize) = (120, 198);
/// The same before the leak: 3 s to 7 s.
const HEALTHY: (usize, usize) = (30, 70);
/// The row at which the leaked connections are killed.
const KILL: usize = 200;
/// Seconds between rows, here and there.
const BIN_S: f64 = 0.1;

/// The lowest and the highest of three recorded runs.
type Range = (f64, f64);

/// What was recorded under a policy. Rates per second, times in seconds.
struct Row {
    name: &'static str,
    what: &'static str,
    /// How far repeated recordings differ: attempts, goodput, waiting.
    bands: [f64; 3],
    attempts: Range,
    goodput: Range,
    waiting: Range,
    fail_fast: Range,
    p50: Range,
    p99: Range,
    waiting_back: Range,
    goodput_back: Range,
}

const USUAL: [f64; 3] = [0.03, 0.02, 0.03];
const WILD: [f64; 3] = [0.10, 0.10, 0.10];
const NEVER: Range = (0.0, 0.0);
const AT_ONCE: Range = (0.09, 0.09);

const ROWS: [Row; 8] = [
    Row {
        name: "none",
        what: "no retry",
        bands: USUAL,
        attempts: (1926.15, 1956.15),
        goodput: (921.41, 924.615),
        waiting: (0.564, 1.141),
        fail_fast: NEVER,
        p50: (0.05016, 0.0502),
        p99: (0.05418, 0.05451),
        waiting_back: AT_ONCE,
        goodput_back: AT_ONCE,
    },
    Row {
        name: "immediate_max5",
        what: "immediate, at most 5",
        bands: USUAL,
        attempts: (6665.77, 6734.74),
        goodput: (920.256, 924.103),
        waiting: (2.179, 3.385),
        fail_fast: NEVER,
        p50: (0.05023, 0.05033),
        p99: (0.05594, 0.05602),
        waiting_back: (0.08, 0.1),
        goodput_back: (0.08, 0.1),
    },
    Row {
        name: "immediate",
        what: "immediate, endless",
        bands: WILD,
        attempts: (21_173.1, 22_370.8),
        goodput: (350.769, 386.41),
        waiting: (1562.58, 1616.79),
        fail_fast: NEVER,
        p50: (2.66706, 2.74668),
        p99: (10.579, 11.1326),
        waiting_back: (2.16, 11.92),
        goodput_back: (0.08, 0.16),
    },
    Row {
        name: "fixed100ms",
        what: "every 100 ms",
        bands: USUAL,
        attempts: (11_228.8, 11_278.8),
        goodput: (878.205, 881.154),
        waiting: (1063.62, 1070.06),
        fail_fast: NEVER,
        p50: (0.6586, 0.77226),
        p99: (6.12168, 6.22269),
        waiting_back: (0.68, 0.86),
        goodput_back: (0.07, 0.09),
    },
    Row {
        name: "exp_nojitter",
        what: "exponential",
        bands: USUAL,
        attempts: (3516.41, 3638.21),
        goodput: (936.41, 943.333),
        waiting: (1001.82, 1005.37),
        fail_fast: NEVER,
        p50: (0.20033, 0.20042),
        p99: (7.6059, 8.60475),
        waiting_back: (1.0, 1.0),
        goodput_back: (0.0, 0.1),
    },
    Row {
        name: "exp_equaljitter",
        what: "exponential, equal jitter",
        bands: USUAL,
        attempts: (4047.82, 4079.49),
        goodput: (947.692, 949.615),
        waiting: (1001.71, 1020.54),
        fail_fast: NEVER,
        p50: (0.16752, 0.17223),
        p99: (7.93839, 8.35617),
        waiting_back: (0.89, 0.9),
        goodput_back: (0.09, 0.1),
    },
    Row {
        name: "breaker",
        what: "20 breakers",
        bands: USUAL,
        attempts: (2053.46, 2069.23),
        goodput: (907.308, 925.128),
        waiting: (94.423, 95.859),
        fail_fast: (719.103, 737.949),
        p50: (0.05019, 0.05023),
        p99: (0.2506, 0.25483),
        waiting_back: (0.09, 0.1),
        goodput_back: (0.6, 0.8),
    },
    Row {
        name: "breaker_shared",
        what: "one breaker",
        bands: USUAL,
        attempts: (59.6154, 59.8718),
        goodput: (49.2308, 49.2308),
        waiting: (1.038, 1.077),
        fail_fast: (1918.21, 1950.51),
        p50: (0.05017, 0.05017),
        p99: (0.05045, 0.05116),
        waiting_back: (0.0, 0.1),
        goodput_back: (0.5, 0.51),
    },
];

/// Goodput before the leak, over all recordings.
const HEALTHY_GOODPUT: Range = (1887.75, 1899.0);

/// A run of the simulator.
struct Run {
    record: Record,
    /// Latencies of users served in the storm, in order of size.
    latencies: Vec<f64>,
}

impl Run {
    fn play(scenario: &Scenario, run: u32) -> Run {
        let users =
            scenario.settings.fleets.iter().position(|fleet| fleet.name == "users").unwrap();
        let mut latencies = Vec::new();
        let record = simulate(scenario, run, &mut |record: &Record| {
            let row = record.times.len() - 1;
            if STORM.0 < row && row <= STORM.1 {
                let served = |e: &&highwater::observe::Ended| {
                    usize::from(e.fleet) == users && e.cause.is_none()
                };
                let served = record.ended.iter().filter(served);
                latencies.extend(served.map(|e| e.at.since(e.began).as_secs_f64()));
            }
        });
        assert_eq!(record.stopped, None);
        latencies.sort_by(f64::total_cmp);
        Run { record, latencies }
    }

    fn series(&self, name: &str) -> &[f64] {
        &self.record.find(name).unwrap_or_else(|| panic!("there is no {name}")).values
    }

    /// The rate of a counter between two rows.
    fn rate(&self, name: &str, (from, to): (usize, usize)) -> f64 {
        let values = self.series(name);
        (values[to] - values[from]) / ((to - from) as f64 * BIN_S)
    }

    /// Users who neither think nor hold a slot, by row.
    fn waiting(&self) -> Vec<f64> {
        let asking = self.series("fleets.users.in_flight").iter();
        let clients = self.series("servers.redis.connected_clients");
        let leaked = self.series("servers.redis.slots_leaked");
        let slots = clients.iter().zip(leaked).map(|(clients, leaked)| clients - leaked - 2.0);
        asking.zip(slots).map(|(asking, slots)| asking - slots).collect()
    }

    fn quantile(&self, q: f64) -> f64 {
        self.latencies[(q * self.latencies.len() as f64) as usize]
    }

    /// Seconds from the kill to the first row at which it holds.
    fn back(&self, holds: impl Fn(usize) -> bool) -> f64 {
        let first = (KILL..self.record.times.len() - 5).find(|row| holds(*row));
        first.map_or(f64::INFINITY, |row| (row - KILL) as f64 * BIN_S)
    }
}

/// The figures of a run, in the order of a row.
fn figures(run: &Run) -> [f64; 9] {
    let waiting = run.waiting();
    let storm = &waiting[STORM.0..STORM.1];
    let usual = waiting[HEALTHY.0..HEALTHY.1].iter().copied().fold(0.0, f64::max);
    let goodput = "fleets.users.succeeded";
    let healthy = run.rate(goodput, HEALTHY);
    [
        run.rate("fleets.users.attempts", STORM),
        run.rate(goodput, STORM),
        storm.iter().sum::<f64>() / storm.len() as f64,
        run.rate("fleets.users.failed_by.breaker_open", STORM),
        run.quantile(0.5),
        run.quantile(0.99),
        run.back(|row| waiting[row] <= usual),
        run.back(|row| run.rate(goodput, (row, row + 5)) >= 0.95 * healthy),
        healthy,
    ]
}

/// So large a share beside the recorded range, and so much more.
fn beside((low, high): Range, share: f64, more: f64) -> Band {
    Band::Between(low * (1.0 - share) - more, high * (1.0 + share) + more)
}

/// The same order of magnitude (half of one beside the range), or the same row.
fn in_order((low, high): Range) -> Band {
    let half = 10.0_f64.sqrt();
    Band::Between(low / half - BIN_S, high * half + BIN_S)
}

fn hold(row: &Row, seen: [f64; 9]) -> [Line; 9] {
    let [attempts, goodput, waiting] = row.bands;
    let line = |what: &str, unit, seen, (low, high): Range, band| {
        let what = format!("{}: {what}", row.what);
        table::Row::new("E5", what, Recorded::of(&[low, high]), seen).unit(unit).within(band)
    };
    [
        line("attempts", "/s", seen[0], row.attempts, beside(row.attempts, attempts, 0.0)),
        line("goodput", "/s", seen[1], row.goodput, beside(row.goodput, goodput, 0.0)),
        // The recording counts whole users.
        line("users waiting", "", seen[2], row.waiting, beside(row.waiting, waiting, 1.0)),
        line("failed fast", "/s", seen[3], row.fail_fast, beside(row.fail_fast, attempts, 0.0)),
        // No band is given for latencies: the widest of the other figures.
        line("latency, median", "s", seen[4], row.p50, beside(row.p50, WILD[0], 0.0)),
        line("latency, p99", "s", seen[5], row.p99, beside(row.p99, WILD[0], 0.0)),
        line(
            "waiting is as before after",
            "s",
            seen[6],
            row.waiting_back,
            in_order(row.waiting_back),
        ),
        line(
            "goodput is as before after",
            "s",
            seen[7],
            row.goodput_back,
            in_order(row.goodput_back),
        ),
        line(
            "goodput before the leak",
            "/s",
            seen[8],
            HEALTHY_GOODPUT,
            beside(HEALTHY_GOODPUT, USUAL[1], 0.0),
        ),
    ]
}

/// Every policy's row of the table.
pub static LINES: LazyLock<Vec<Line>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reality/e5");
    let policy = |row: &Row| {
        let scenario = read_file(&folder.join(row.name).with_extension("json"), &[]);
        let scenario = Scenario { keep_requests: true, ..scenario };
        let play = |run| figures(&Run::play(&scenario, run));
        let runs: Vec<[f64; 9]> = (0..RUNS).into_par_iter().map(play).collect();
        let mean = |i| mean_interval(&runs.iter().map(|run| run[i]).collect::<Vec<_>>()).mean;
        hold(row, std::array::from_fn(mean))
    };
    ROWS.iter().flat_map(policy).collect()
});

#[test]
fn every_retry_policy_storms_as_recorded() {
    all_inside(&LINES);
}
