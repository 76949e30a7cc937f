//! Where the rows of a sweep are kept while it goes on, and after.
//!
//! Each process appends to a file of its own, `NAME.PID-N.part`, a row as soon as its run is over. At
//! the end all rows are written in order under a temporary name, made safe on the disk, and renamed to
//! NAME. Whether a sweep is done, and what is done of it, is read from these files and from nothing
//! else; a process that was killed leaves its rows to the next one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use highwater::experiment::{Plan, Row, Shard, missing};
use highwater::report::parts::{header, part, read_part, row_line};

use super::super::exit::Failure;

/// The name of the rows of a whole sweep.
pub const ROWS: &str = "runs.jsonl";
/// The end of the name of rows that are being written.
const UNFINISHED: &str = ".part";
/// Bytes of a file of rows at most.
const MOST: u64 = 4 << 30;

/// The name of the rows of one of several parts, such that they sort by their number.
pub fn part_name(shard: Shard) -> String {
    let width = shard.of.to_string().len();
    format!("part-{:0width$}-of-{}.jsonl", shard.index + 1, shard.of)
}

/// What is in the folder already.
pub enum Found {
    /// All rows, in the file of this name.
    Whole(PathBuf, Vec<Row>),
    /// A place for rows, and those that are there already.
    Open(Store, Vec<Row>),
}

/// Rows that are being written.
pub struct Store {
    path: PathBuf,
    own: PathBuf,
    file: File,
    failed: Option<Failure>,
}

impl Store {
    /// Opens the rows of a shard in a folder; `adopt` goes on with what others have left there.
    pub fn open(
        folder: &Path,
        plan: &Plan,
        shard: Shard,
        is_part: bool,
        adopt: bool,
    ) -> Result<Found, Failure> {
        fs::create_dir_all(folder).map_err(|error| Failure::io("create", folder, &error))?;
        let path = folder.join(if is_part { part_name(shard) } else { ROWS.to_string() });
        if adopt && let Some(rows) = finished(&path, plan, shard)? {
            return Ok(Found::Whole(path, rows));
        }
        // What is finished is not thrown away by a slip of the finger.
        if !adopt && path.exists() {
            finished(&path, plan, shard)?;
        }
        let left = unfinished(&path)?;
        if !adopt && let Some(one) = left.first() {
            let message = format!(
                "{} is of a sweep that was not finished: --resume goes on with it; to begin anew, remove \
                 it or take another folder",
                one.display()
            );
            return Err(Failure::Usage(message));
        }
        let mut rows: Vec<Row> = Vec::new();
        for file in &left {
            rows.extend(adopted(file, plan, shard)?);
        }
        rows.sort_by_key(Row::place);
        rows.dedup_by_key(|row| row.place());
        let (own, file) = create(&path)?;
        let mut store = Store { path, own, file, failed: None };
        store.append(&header(plan, shard));
        for row in &rows {
            store.append(&row_line(row));
        }
        if let Some(failed) = store.failed {
            return Err(failed);
        }
        store.file.sync_all().map_err(|error| Failure::io("write", &store.own, &error))?;
        // Only now that they are in a file of our own.
        for file in left {
            gone(&file)?;
        }
        Ok(Found::Open(store, rows))
    }

    /// Keeps a row; answers whether to go on.
    pub fn write(&mut self, row: &Row) -> bool {
        self.append(&row_line(row));
        self.failed.is_none()
    }

    fn append(&mut self, line: &str) {
        if self.failed.is_none()
            && let Err(error) = self.file.write_all(line.as_bytes())
        {
            self.failed = Some(Failure::io("write", &self.own, &error));
        }
    }

    /// Writes all rows in order; answers with the name of their file.
    pub fn finish(self, plan: &Plan, shard: Shard, rows: &[Row]) -> Result<PathBuf, Failure> {
        if let Some(failed) = self.failed {
            return Err(failed);
        }
        let temporary = self.own.with_extension("tmp");
        let written = safely(&temporary, part(plan, shard, rows).as_bytes())
            .and_then(|()| fs::rename(&temporary, &self.path));
        if let Err(error) = written {
            let _ = fs::remove_file(&temporary);
            return Err(Failure::io("write", &self.path, &error));
        }
        gone(&self.own)?;
        Ok(self.path)
    }
}

/// Removes a file of rows that are elsewhere now; another process may have done so already.
fn gone(path: &Path) -> Result<(), Failure> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Failure::io("remove", path, &error))
        }
        _ => Ok(()),
    }
}

/// Writes a file and makes sure that it is on the disk.
pub fn safely(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// The rows of a finished file; `None` when there is none, or it is damaged and has to be made again.
fn finished(path: &Path, plan: &Plan, shard: Shard) -> Result<Option<Vec<Row>>, Failure> {
    let text = match text(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(None),
        Err(error) => return Err(Failure::io("read", path, &error)),
    };
    let there = match read_part(&text) {
        Ok(there) => there,
        Err(bad) if bad.other_version => return Err(foreign(path)),
        Err(_) => return Ok(None),
    };
    if there.plan != *plan || there.shard != shard {
        return Err(foreign(path));
    }
    let complete = there.whole && missing(plan, shard, &there.rows).is_empty();
    Ok(complete.then_some(there.rows))
}

fn foreign(path: &Path) -> Failure {
    let message = format!(
        "{} is of another plan (other settings, seed, version or scenario): take another folder, or \
         remove it",
        path.display()
    );
    Failure::Usage(message)
}

/// What other processes have left of the same rows.
fn unfinished(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Ok(Vec::new());
    };
    let failed = |error| Failure::io("read", folder, &error);
    let begin = format!("{}.", name.to_string_lossy());
    let mut left = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(&begin) && name.ends_with(UNFINISHED) {
            left.push(entry.path());
        }
    }
    left.sort();
    Ok(left)
}

fn adopted(path: &Path, plan: &Plan, shard: Shard) -> Result<Vec<Row>, Failure> {
    let text = match text(path) {
        Ok(text) => text,
        // Its process has just finished it.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Failure::io("read", path, &error)),
    };
    match read_part(&text) {
        Ok(part) if part.plan == *plan && part.shard == shard => Ok(part.rows),
        Ok(_) => Err(foreign(path)),
        // Not even its first line was written.
        Err(_) if !text.contains('\n') => Ok(Vec::new()),
        Err(bad) => {
            let message = format!(
                "{}:{}: {}: remove it to begin anew",
                path.display(),
                bad.line,
                bad.message
            );
            Err(Failure::Usage(message))
        }
    }
}

/// The text of a file of rows.
pub fn text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    // Also of devices, which have no length and no end.
    File::open(path)?.take(MOST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MOST {
        let message = "larger than 4 GiB, which no sweep writes";
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    Ok(text)
}

/// A new file that no other process has.
fn create(path: &Path) -> Result<(PathBuf, File), Failure> {
    let mut number = 0;
    loop {
        let mut own = path.as_os_str().to_owned();
        own.push(format!(".{}-{number}{UNFINISHED}", std::process::id()));
        let own = PathBuf::from(own);
        match OpenOptions::new().write(true).create_new(true).open(&own) {
            Ok(file) => return Ok((own, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(Failure::io("write", &own, &error)),
        }
    }
}
