//! `highwater merge`: the parts of a sweep to the bytes of one run.

use std::fs;
use std::path::{Path, PathBuf};

use highwater::experiment::{Plan, Row, Shard, missing};
use highwater::report::parts::{part, read_part};

use super::super::Options;
use super::super::exit::{Exit, Failure};
use super::super::progress::Progress;
use super::super::terminal::Terminal;
use super::store::{ROWS, part_name, safely, text};

/// Numbers of parts that a message lists at most.
const LISTED: usize = 20;

/// Checks the parts, joins them, and tells what the whole sweep says.
pub fn merge(parts: &[PathBuf], options: &Options, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut joined = Joined::default();
    let files = files(parts)?;
    let progress = Progress::new(files.len(), terminal);
    for (index, path) in files.iter().enumerate() {
        joined.add(path);
        progress.note(index, 1.0, None);
    }
    progress.finish();
    for broken in joined.unneeded() {
        terminal.remark(&format!("highwater: {broken}\n"));
    }
    let (plan, rows) = joined.whole()?;
    if let Some(folder) = &options.out {
        fs::create_dir_all(folder).map_err(|error| Failure::io("create", folder, &error))?;
        let path = folder.join(ROWS);
        let temporary = folder.join(format!("{ROWS}.{}.tmp", std::process::id()));
        safely(&temporary, part(&plan, Shard::WHOLE, &rows).as_bytes())
            .and_then(|()| fs::rename(&temporary, &path))
            .map_err(|error| Failure::io("write", &path, &error))?;
    }
    let words: Vec<String> =
        parts.iter().map(|path| super::super::run::quoted(&path.to_string_lossy())).collect();
    let repeat = format!("highwater merge {}", words.join(" "));
    super::tell(&plan, &rows, options, terminal, &repeat, None)
}

/// The files that are named; of a folder all parts in it.
fn files(parts: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in parts {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let failed = |error| Failure::io("read", path, &error);
        let mut inside = Vec::new();
        for entry in fs::read_dir(path).map_err(failed)? {
            let entry = entry.map_err(failed)?.path();
            let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with("part-") && name.ends_with(".jsonl") {
                inside.push(entry);
            }
        }
        inside.sort();
        files.extend(inside);
    }
    Ok(files)
}

/// Parts that belong together.
#[derive(Default)]
struct Joined {
    /// The plan of the first, with its file.
    plan: Option<(Plan, u32, PathBuf)>,
    rows: Vec<Row>,
    there: Vec<u32>,
    /// Files that cannot be used: made again, they may.
    broken: Vec<String>,
    /// Files that do not belong here.
    foreign: Vec<String>,
}

impl Joined {
    fn add(&mut self, path: &Path) {
        let shown = path.display();
        let part = match text(path).map(|text| read_part(&text)) {
            Ok(Ok(part)) => part,
            Ok(Err(bad)) if bad.other_version => {
                return self.foreign.push(format!("{shown}:{}: {}", bad.line, bad.message));
            }
            Ok(Err(bad)) => {
                return self.broken.push(format!("{shown}:{}: {}", bad.line, bad.message));
            }
            Err(error) => return self.broken.push(format!("cannot read {shown}: {error}")),
        };
        let (plan, of, first) =
            self.plan.get_or_insert_with(|| (part.plan.clone(), part.shard.of, path.to_path_buf()));
        if *plan != part.plan || *of != part.shard.of {
            let first = first.display();
            return self.foreign.push(format!("{shown} is of another plan than {first}"));
        }
        if self.there.contains(&part.shard.index) {
            // Whoever played it: the same rows, or something is wrong that nobody else would notice.
            let index = part.shard.index;
            let there: Vec<&Row> =
                self.rows.iter().filter(|row| Shard { index, of: *of }.has(row.point)).collect();
            if !there.into_iter().eq(part.rows.iter()) {
                let index = index + 1;
                self.foreign.push(format!(
                    "{shown}: part {index} is there twice, and the two differ: a file was changed, or two \
                     machines do not compute the same"
                ));
            }
            return;
        }
        if !part.whole || !missing(plan, part.shard, &part.rows).is_empty() {
            return self.broken.push(format!("{shown} is not finished"));
        }
        self.there.push(part.shard.index);
        self.rows.extend(part.rows);
    }

    /// What could not be used though nothing is missing.
    fn unneeded(&self) -> &[String] {
        let of = self.plan.as_ref().map_or(u32::MAX, |(_, of, _)| *of);
        if self.there.len() == of as usize { &self.broken } else { &[] }
    }

    fn whole(mut self) -> Result<(Plan, Vec<Row>), Failure> {
        if !self.foreign.is_empty() {
            return Err(Failure::Usage(self.foreign.join("\nhighwater: ")));
        }
        let Some((plan, of, _)) = self.plan else {
            let mut wrong = self.broken;
            wrong.push("there is no part to join".to_string());
            return Err(Failure::Io(wrong.join("\nhighwater: ")));
        };
        let lacking: Vec<u32> = (0..of).filter(|index| !self.there.contains(index)).collect();
        if lacking.is_empty() {
            self.rows.sort_by_key(Row::place);
            return Ok((plan, self.rows));
        }
        let mut wrong = self.broken;
        let some: Vec<String> =
            lacking.iter().take(LISTED).map(|index| (index + 1).to_string()).collect();
        let more = match lacking.len().saturating_sub(LISTED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let example = part_name(Shard { index: lacking[0], of });
        wrong.push(format!(
            "missing of {of} parts: {}{more} (--shard {}/{of} plays {example})",
            some.join(", "),
            lacking[0] + 1
        ));
        Err(Failure::Io(wrong.join("\nhighwater: ")))
    }
}
