//! What is printed for programs is what docs/json.md says, key by key, both ways.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use highwater::report::json::shapes::each;
use serde_json::Value;

use crate::misfits::{Seen, misfits};

const POOL: &str = "scenarios/lessons/pool-too-small.json";
const COLLAPSE: &str = "scenarios/lessons/metastable-collapse.json";
const LEAK: &str = "scenarios/lessons/leak-in-the-error-path.json";
const SAFETY_NET: &str = "scenarios/lessons/timeout-as-safety-net.json";
const SMALLEST: &str = "scenarios/capacity/smallest-pool.json";
const MAX: &str = "fleets.at-200.connections.main.pooled.max";
const RATE: &str = "fleets.at-200.arrivals.poisson.rate";
const FAILED: &str = "fleets.at-200.failed_ratio";

/// Keys that come with what a test of this size does not meet: a run that is cut off for its size, an audit
/// that is, and a live server, which `tests/reality` holds against the same table.
const ELSEWHERE: [&str; 11] = [
    "run.stopped",
    "explain.stopped",
    "side.stopped",
    "other side.stopped",
    "action.stopped",
    "point.trouble",
    "study.not_settled",
    "reality.",
    "measured figure.",
    "refusals.",
    "late.",
];

/// What was printed so far, and how it fits.
struct Corpus {
    folder: tempfile::TempDir,
    /// Where the commands are run.
    place: PathBuf,
    seen: Seen,
    misfits: Vec<String>,
}

impl Corpus {
    fn played(part: fn(&mut Corpus)) -> Corpus {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let place = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let mut corpus = Corpus { folder, place, seen: Seen::new(), misfits: Vec::new() };
        part(&mut corpus);
        corpus
    }

    /// Plays a command; words in quotes hold together, as in a shell.
    fn play(&mut self, output: &str, words: &str) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_highwater"));
        command.current_dir(&self.place).args(["--format", "json", "--quiet"]);
        let parts = words.split('\'').enumerate();
        for (index, part) in parts {
            match index % 2 {
                0 => command.args(part.split_whitespace()),
                _ => command.arg(part),
            };
        }
        let done = command.output().expect("the command runs");
        // A bad scenario prints problems and nothing else.
        let bad = ["check", "problems"].contains(&output);
        assert_eq!(done.status.code() == Some(2), bad, "{words}: {done:?}");
        let value: Value =
            serde_json::from_slice(&done.stdout).unwrap_or_else(|e| panic!("{words}: {e}"));
        self.hold(output, words, &value);
    }

    fn file(&mut self, output: &str, file: &Path) {
        let text = std::fs::read_to_string(file).expect("the file was written");
        self.hold(output, &text, &serde_json::from_str(&text).expect("the file is JSON"));
    }

    fn lines(&mut self, output: &str, file: &Path) {
        let text = std::fs::read_to_string(file).expect("the file was written");
        assert!(!text.is_empty());
        for line in text.lines() {
            self.hold(output, line, &serde_json::from_str(line).expect("a line is JSON"));
        }
    }

    fn hold(&mut self, output: &str, of: &str, value: &Value) {
        let found = misfits(output, value, &mut self.seen);
        self.misfits.extend(found.into_iter().map(|misfit| format!("{misfit}  ({of:.120})")));
    }

    fn runs(&mut self) {
        let folder = self.folder.path().join("run");
        let out = format!("--out {}", folder.display());
        self.play(
            "run",
            &format!("run tests/every_key.json --set claims=[] --runs 2 --no-audit --jobs 2 {out}"),
        );
        self.lines("events", &folder.join("events.jsonl"));
        self.file("run", &folder.join("summary.json"));
        self.play("run", "run scenarios/lessons/claims-in-conflict.json");
        self.play("run", "run scenarios/lessons/monitoring-goes-blind.json");
        self.play("run", &format!("run {POOL} --warm-up auto --set duration=1min --set claims=[]"));
        let of = "--precision 50% --of servers.db.connected_clients_max --runs-max 12";
        self.play("run", &format!("run {POOL} --set duration=20s --set claims=[] {of}"));
    }

    fn sweeps(&mut self) {
        let folder = self.folder.path().join("sweep");
        let short = format!("sweep {POOL} --set duration=15s --set claims=[]");
        let pools = format!("--vary {MAX}=8..14:2 --goal '{FAILED} < 1%'");
        let out = format!("--out {}", folder.display());
        self.play("sweep", &format!("{short} {pools} --runs 2 {out} --minimize {FAILED} --minimize servers.db.connected_clients_max"));
        self.lines("points", &folder.join("points.jsonl"));
        self.file("sweep", &folder.join("sweep.json"));
        self.play("sweep", &format!("{short} {pools} --precision 20% --runs-max 12"));
        let part = self.folder.path().join("part");
        self.play(
            "part",
            &format!("{short} {pools} --runs 1 --shard 1/2 --out {}", part.display()),
        );
        let ranges = format!("--vary {MAX}=8..14 --vary {RATE}=150/s..250/s --minimize {FAILED}");
        for (method, samples) in [("ends", ""), ("morris", "--samples 4"), ("sobol", "--samples 8")]
        {
            self.play("sweep", &format!("{short} {ranges} --sensitivity {method} {samples}"));
        }
        let laws = format!(
            "--samples 4 --vary {MAX}=8..14 --vary {RATE}=triangular(80/s,120/s,200/s) \
             --vary fleets.at-160.arrivals.poisson.rate=normal(160/s,5/s)"
        );
        self.play("sweep", &format!("{short} {laws}"));
    }

    fn searches(&mut self) {
        let max = "fleets.shop.connections.main.pooled.max";
        let wait = "fleets.shop.pools.main.checkout_wait_s_p99";
        let short = format!("solve {SMALLEST} --set duration=10s --vary {max}=9..16");
        self.play("solve", &format!("{short} --goal '{wait} < 15ms'"));
        let few = "--runs 2 --runs-max 4";
        self.play("solve", &format!("{short} {few} --goal '{wait} < 15ms' --goal 'outage < 5%'"));
        let first = "fleets.shop.first_failure_s > 4s";
        self.play("solve", &format!("{short} {few} --goal '{first}'"));
        let folder = self.folder.path().join("compare");
        let out = format!("--out {}", folder.display());
        self.play("compare", &format!("compare {COLLAPSE} --without timeline.0 --runs 2 {out}"));
        self.file("compare", &folder.join("compare.json"));
        self.play("actions", &format!("compare {COLLAPSE} --actions-at 40s --runs 1"));
        let storm = "scenarios/lessons/restart-reconnect-storm.json";
        self.play("actions", &format!("compare {storm} --actions-at 40s --runs 1"));
    }

    fn rest(&mut self) {
        self.play("explain", &format!("explain {COLLAPSE}"));
        self.play("explain", &format!("explain {LEAK}"));
        self.play("explain", &format!("explain {LEAK} --connection 5"));
        self.play("explain", &format!("explain {LEAK} --request 5"));
        self.play(
            "explain",
            &format!("explain {SAFETY_NET} --set about.start=2024-11-14T09:42:00Z"),
        );
        self.play("check", &format!("check {POOL} tests/bad/alert-id-twice.json"));
        self.play("problems", "run tests/bad/alert-id-twice.json");
        self.play("presets", "presets");
        self.play("presets", "presets bb8-0.9");
        self.play("verify", "verify B01 K01 G01");
        self.place = self.folder.path().to_path_buf();
        self.play("new", "new shop");
    }
}

/// All keys of the table, as in [`Seen`].
fn known() -> Seen {
    let mut all = Seen::new();
    each(|shape| {
        all.extend(shape.keys.iter().map(|key| format!("{}.{}", shape.name, key.name)));
    });
    all
}

#[test]
fn every_key_that_is_printed_is_documented_and_the_other_way_round() {
    // Two at a time, one core each.
    let parts: [fn(&mut Corpus); 2] = [
        |corpus| {
            corpus.runs();
            corpus.rest();
        },
        |corpus| {
            corpus.sweeps();
            corpus.searches();
        },
    ];
    let played = thread::scope(|scope| {
        let started = parts.map(|part| scope.spawn(move || Corpus::played(part)));
        started.map(|part| part.join().expect("every command is played"))
    });
    let mut seen = Seen::new();
    for corpus in played {
        assert!(corpus.misfits.is_empty(), "{:#?}", corpus.misfits);
        seen.extend(corpus.seen);
    }
    let elsewhere = |key: &String| ELSEWHERE.iter().any(|other| key.starts_with(other));
    let unseen: Vec<String> =
        known().difference(&seen).filter(|key| !elsewhere(key)).cloned().collect();
    assert!(unseen.is_empty(), "nothing printed has {unseen:#?}");
}
