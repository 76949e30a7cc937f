//! The files of a whole sweep: tables for programs, pictures for people.

use std::fs;
use std::path::Path;

use highwater::experiment::{Plan, Swept};
use highwater::report::{self, html};

use super::super::exit::Failure;
use super::super::files::whole;
use super::store::ROWS;

const SUMMARY: &str = "sweep.json";
const TABLE: &str = "points.csv";
const LINES: &str = "points.jsonl";

/// Writes them and answers with their names. Pictures and report of an earlier sweep are removed.
pub fn write(folder: &Path, plan: &Plan, swept: &Swept) -> Result<Vec<String>, Failure> {
    clear(folder)?;
    let mut written = vec![ROWS.to_string()];
    let mut put = |name: &str, content: &[u8]| {
        written.push(name.to_string());
        whole(&folder.join(name), content)
    };
    put(TABLE, report::points_csv(plan, swept).as_bytes())?;
    put(LINES, report::points_lines(plan, swept).as_bytes())?;
    put(SUMMARY, format!("{:#}\n", report::json::sweep(plan, swept, None)).as_bytes())?;
    put(html::FILE, html::sweep(plan, swept).as_bytes())?;
    for (name, picture) in report::swept_drawings(plan, swept) {
        // A picture that cannot be drawn spoils nothing else.
        if let Ok(picture) = picture {
            put(&name, &picture)?;
        }
    }
    Ok(written)
}

fn clear(folder: &Path) -> Result<(), Failure> {
    let failed = |error| Failure::io("read", folder, &error);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name == html::FILE || report::is_swept_drawing(&name) {
            let path = entry.path();
            fs::remove_file(&path).map_err(|error| Failure::io("replace", &path, &error))?;
        }
    }
    Ok(())
}
