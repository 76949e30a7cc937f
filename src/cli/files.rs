//! The files of a run, in `--out`.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use highwater::experiment::Outcome;
use highwater::observe::Record;
use highwater::report::json::Cost;
use highwater::report::{self, RequestsWriter, SeriesWriter, event_line, html};
use highwater::scenario::Scenario;
use highwater::units::Start;

use super::exit::Failure;

const SERIES: &str = "timeseries.csv";
const EVENTS: &str = "events.jsonl";
const REQUESTS: &str = "requests.csv";
const SUMMARY: &str = "summary.json";
const VERDICTS: &str = "verdicts.md";

/// The files of run 0 while it goes on. Rows and events are written as they come; what is left out
/// by a run that is killed is `summary.json`, `verdicts.md`, `report.html` and the pictures.
pub struct Files {
    folder: PathBuf,
    start: Option<Start>,
    series: SeriesWriter<BufWriter<File>>,
    events: BufWriter<File>,
    requests: Option<RequestsWriter<BufWriter<File>>>,
    events_written: usize,
    /// The first thing that went wrong while the run went on.
    failed: Option<Failure>,
}

impl Files {
    /// Makes the folder and opens what is written during the run, before anything is simulated.
    /// Files of an earlier run are removed, so that nothing old stands beside something new.
    pub fn create(folder: &Path, scenario: &Scenario) -> Result<Files, Failure> {
        fs::create_dir_all(folder).map_err(|error| Failure::io("create", folder, &error))?;
        clear(folder)?;
        let series = open(&folder.join(SERIES))?;
        let events = open(&folder.join(EVENTS))?;
        let start = scenario.about.start;
        let fleets = || scenario.settings.fleets.iter().map(|fleet| fleet.name.clone()).collect();
        let requests = match scenario.keep_requests {
            true => Some(RequestsWriter::new(open(&folder.join(REQUESTS))?, fleets())),
            false => None,
        };
        Ok(Files {
            folder: folder.to_path_buf(),
            start,
            series: SeriesWriter::new(series, start),
            events,
            requests,
            events_written: 0,
            failed: None,
        })
    }

    /// Writes the rows and events that the record has gained. A failure is kept for the end: the
    /// simulation itself does not depend on it.
    pub fn follow(&mut self, record: &Record) {
        if self.failed.is_some() {
            return;
        }
        if let Err(error) = self.series.follow(record) {
            self.failed = Some(Failure::io("write", &self.folder.join(SERIES), &error));
        } else if let Err(error) = self.write_events(record) {
            self.failed = Some(Failure::io("write", &self.folder.join(EVENTS), &error));
        } else if let Some(Err(error)) = self.requests.as_mut().map(|out| out.follow(record)) {
            self.failed = Some(Failure::io("write", &self.folder.join(REQUESTS), &error));
        }
    }

    fn write_events(&mut self, record: &Record) -> io::Result<()> {
        for event in record.events.iter().skip(self.events_written) {
            writeln!(self.events, "{}", event_line(event, self.start))?;
        }
        self.events_written = record.events.len().max(self.events_written);
        self.events.flush()
    }

    /// Writes the rest and answers with the names of all files.
    pub fn finish(
        mut self,
        scenario: &Scenario,
        outcome: &Outcome,
        cost: Cost,
        repeat: &str,
    ) -> Result<Vec<String>, Failure> {
        self.follow(&outcome.first);
        if let Some(failed) = self.failed {
            return Err(failed);
        }
        let mut written =
            [SUMMARY, VERDICTS, html::FILE, SERIES, EVENTS].map(str::to_string).to_vec();
        written.extend(self.requests.map(|_| REQUESTS.to_string()));
        for (name, picture) in report::drawings(scenario, &outcome.first) {
            // A picture that cannot be drawn, such as one of a run without rows, spoils nothing else.
            if let Ok(picture) = picture {
                whole(&self.folder.join(&name), &picture)?;
                written.push(name);
            }
        }
        let verdicts = report::verdicts_table(scenario, outcome, repeat);
        whole(&self.folder.join(VERDICTS), &verdicts)?;
        let page = html::run(scenario, outcome, repeat);
        whole(&self.folder.join(html::FILE), &page)?;
        let summary = format!("{:#}\n", report::json::run(scenario, outcome, cost));
        whole(&self.folder.join(SUMMARY), &summary)?;
        Ok(written)
    }
}

fn open(path: &Path) -> Result<BufWriter<File>, Failure> {
    File::create(path).map(BufWriter::new).map_err(|error| Failure::io("write", path, &error))
}

/// Removes what not every run writes anew: summary, verdicts, report, requests, pictures.
fn clear(folder: &Path) -> Result<(), Failure> {
    let failed = |error| Failure::io("read", folder, &error);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if [SUMMARY, VERDICTS, REQUESTS, html::FILE].contains(&&*name) || report::is_drawing(&name)
        {
            let path = entry.path();
            fs::remove_file(&path).map_err(|error| Failure::io("replace", &path, &error))?;
        }
    }
    Ok(())
}

/// Writes a file so that it is there whole or not at all.
pub fn whole(path: &Path, content: impl AsRef<[u8]>) -> Result<(), Failure> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    fs::write(&part, content)
        .and_then(|()| fs::rename(&part, path))
        .map_err(|error| Failure::io("write", path, &error))
}
