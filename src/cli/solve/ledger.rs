//! The runs of a search, in `solve.jsonl`: each is a line, written when it is finished, so that a search
//! that was interrupted goes on where it was.
//!
//! The first line says what the runs are of. Values are texts, so that each comes back to the bit.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use highwater::experiment::{Figures, Run, Task};
use serde_json::{Map, Value, json};

use crate::cli::exit::Failure;

const FILE: &str = "solve.jsonl";

/// Where runs are written as they come; nowhere without `--out`.
pub struct Ledger {
    file: Option<(PathBuf, File)>,
    /// The first thing that went wrong. The search itself does not depend on it.
    failed: Option<Failure>,
}

impl Ledger {
    /// Nothing is written.
    pub fn none() -> Ledger {
        Ledger { file: None, failed: None }
    }

    /// Opens the file, before anything is simulated: a new one, or that of before with its runs.
    pub fn open(folder: &Path, task: &Task, resume: bool) -> Result<(Ledger, Vec<Run>), Failure> {
        fs::create_dir_all(folder).map_err(|error| Failure::io("create", folder, &error))?;
        let path = folder.join(FILE);
        let failed = |what: &'static str| {
            let path = path.clone();
            move |error: std::io::Error| Failure::io(what, &path, &error)
        };
        let (runs, good) = match resume {
            true if !path.exists() => (Vec::new(), 0),
            true => {
                let bytes = fs::read(&path).map_err(failed("read"))?;
                read(&bytes, task)
                    .map_err(|why| Failure::Usage(format!("{}: {why}", path.display())))?
            }
            false if path.exists() => {
                let message = format!(
                    "{} has the runs of a search: --resume goes on with it; to begin anew, remove it or take \
                     another folder",
                    path.display()
                );
                return Err(Failure::Usage(message));
            }
            false => (Vec::new(), 0),
        };
        let mut file =
            OpenOptions::new().create(true).append(true).open(&path).map_err(failed("write"))?;
        // A line that was torn goes; without --resume everything does.
        file.set_len(good as u64).map_err(failed("write"))?;
        if good == 0 {
            writeln!(file, "{}", head(task)).map_err(failed("write"))?;
        }
        Ok((Ledger { file: Some((path, file)), failed: None }, runs))
    }

    /// Writes a run.
    pub fn add(&mut self, task: &Task, run: &Run) {
        let Some((path, file)) = &mut self.file else { return };
        if self.failed.is_some() {
            return;
        }
        // In one piece, so that a line is torn only when the machine is.
        let line = format!("{}\n", line(task, run));
        if let Err(error) = file.write_all(line.as_bytes()) {
            self.failed = Some(Failure::io("write", path, &error));
        }
    }

    /// Whether all of them are there.
    pub fn finish(self) -> Result<(), Failure> {
        self.failed.map_or(Ok(()), Err)
    }
}

/// What the runs of a file are of, with the words in which a difference is told.
fn kinds(task: &Task) -> Vec<(&'static str, &'static str, Value)> {
    let knobs: Vec<String> = task.knobs.iter().map(|knob| knob.name()).collect();
    let goals: Vec<String> = task.goals.iter().map(ToString::to_string).collect();
    vec![
        ("version", "version", json!(env!("CARGO_PKG_VERSION"))),
        ("seed", "seed", json!(task.base.seed)),
        ("vary", "--vary", json!(knobs)),
        ("goals", "--goal", json!(goals)),
        ("outage", "--outage", json!(task.outage.map(ToString::to_string))),
        ("scenario", "scenario (or other --set)", json!(task.fingerprint())),
    ]
}

fn head(task: &Task) -> Value {
    kinds(task)
        .into_iter()
        .map(|(key, _, value)| (key.to_string(), value))
        .collect::<Map<_, _>>()
        .into()
}

fn line(task: &Task, run: &Run) -> Value {
    let paths = task.knobs.iter().flat_map(|knob| &knob.paths);
    let set: Map<String, Value> =
        paths.zip(&run.set).map(|(path, text)| (path.clone(), json!(text))).collect();
    let Figures { values, digest, requests, events, stopped } = &run.figures;
    let values: Vec<Option<String>> =
        values.iter().map(|value| value.map(|value| value.to_string())).collect();
    json!({
        "set": set, "run": run.run, "values": values, "digest": digest,
        "requests": requests, "events": events, "stopped": stopped,
    })
}

/// The runs of a file, and how many of its bytes are whole lines.
fn read(bytes: &[u8], task: &Task) -> Result<(Vec<Run>, usize), String> {
    // What follows the last line end was being written when the search was interrupted.
    let good = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let mut lines = bytes[..good].split_inclusive(|byte| *byte == b'\n').enumerate();
    let Some((_, first)) = lines.next() else { return Ok((Vec::new(), 0)) };
    let found: Value = serde_json::from_slice(first)
        .map_err(|_| "line 1: expected what the runs are of; it is no file of solve".to_string())?;
    for (key, what, expected) in kinds(task) {
        if found[key] != expected {
            let says = |value: &Value| {
                if value.is_null() { "none".to_string() } else { value.to_string() }
            };
            return Err(format!(
                "its runs are of another {what}: {}, here {}: take another folder, or remove it",
                says(&found[key]),
                says(&expected)
            ));
        }
    }
    let one = |(at, line): (usize, &[u8])| {
        serde_json::from_slice(line)
            .ok()
            .and_then(|value| run(&value, task))
            .ok_or_else(|| format!("line {}: expected a run of this search", at + 1))
    };
    Ok((lines.map(one).collect::<Result<_, _>>()?, good))
}

fn run(line: &Value, task: &Task) -> Option<Run> {
    let paths = task.knobs.iter().flat_map(|knob| &knob.paths);
    let set = paths
        .map(|path| Some(line["set"].get(path)?.as_str()?.to_string()))
        .collect::<Option<_>>()?;
    let value = |value: &Value| match value {
        Value::Null => Some(None),
        value => value.as_str()?.parse::<f64>().ok().map(Some),
    };
    let values: Vec<Option<f64>> =
        line["values"].as_array()?.iter().map(value).collect::<Option<_>>()?;
    let stopped = match &line["stopped"] {
        Value::Null => None,
        why => Some(why.as_str()?.to_string()),
    };
    let figures = Figures {
        values,
        digest: line["digest"].as_str()?.to_string(),
        requests: line["requests"].as_u64()?,
        events: line["events"].as_u64()?,
        stopped,
    };
    let fits = figures.values.len() == task.goals.len();
    let run = u32::try_from(line["run"].as_u64()?).ok()?;
    fits.then_some(Run { set, run, figures })
}
