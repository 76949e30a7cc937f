//! The module table of `docs/ARCHITECTURE.md`, enforced: who may import whom, which crate belongs
//! to whom, how long a file may grow.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Lines of code in a file at most: no tests, comments or blank lines among them.
const LINES_MAX: usize = 500;

/// What a module may name: other modules of ours, crates from outside.
#[derive(Debug, Default)]
struct Allowed {
    ours: Vec<String>,
    outside: Vec<String>,
}

#[test]
fn every_module_names_only_what_the_table_allows() {
    let (table, outside) = (table(), dependencies());
    let mut wrong = Vec::new();
    for (path, code) in sources() {
        let Some(module) = module(&path) else { continue };
        let allowed = table.get(&module).unwrap_or_else(|| panic!("{module} is not in the table"));
        for (line, text) in code.lines().enumerate() {
            let mut complain = |what: &str| {
                wrong.push(format!("{}:{}: {module} names {what}", path.display(), line + 1));
            };
            let root = if module == "cli" { "highwater" } else { "crate" };
            for ours in named(text, root).into_iter().filter(|ours| table.contains_key(ours)) {
                if ours != module && !allowed.ours.contains(&ours) {
                    complain(&ours);
                }
            }
            for crate_ in &outside {
                if !named(text, crate_).is_empty() && !allowed.outside.contains(crate_) {
                    complain(crate_);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "docs/ARCHITECTURE.md does not allow:\n{}", wrong.join("\n"));
}

#[test]
fn the_table_names_modules_and_crates_that_exist() {
    let (table, outside) = (table(), dependencies());
    for (module, allowed) in &table {
        assert!(root().join("src").join(module).is_dir(), "there is no module {module}");
        for ours in &allowed.ours {
            assert!(table.contains_key(ours), "{module} may import {ours}, which has no row");
        }
        for crate_ in &allowed.outside {
            assert!(outside.contains(crate_), "{module} owns {crate_}, not in Cargo.toml");
        }
    }
    for crate_ in &outside {
        let owned = table.values().any(|allowed| allowed.outside.contains(crate_));
        assert!(owned, "{crate_} of Cargo.toml belongs to no module");
    }
}

#[test]
fn no_file_grows_beyond_its_room() {
    for (path, code) in sources() {
        let lines = code.lines().filter(|line| !line.trim().is_empty()).count();
        assert!(
            lines <= LINES_MAX,
            "{} has {lines} lines of code, more than {LINES_MAX}: a module is missing",
            path.display()
        );
    }
}

/// The rows between the two marks in `docs/ARCHITECTURE.md`: module, ours, outside.
fn table() -> BTreeMap<String, Allowed> {
    let page = read(&root().join("docs/ARCHITECTURE.md"));
    let marked = page.split("<!-- module table -->").nth(1);
    let marked = marked.expect("docs/ARCHITECTURE.md has a table between two marks");
    let names = |cell: &str| -> Vec<String> {
        let words = cell.split(',').map(|word| word.trim().trim_matches('`').replace('-', "_"));
        words.filter(|word| !word.is_empty() && word != "nothing").collect()
    };
    let rows = marked.lines().filter(|line| line.starts_with("| `"));
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
        let module = names(cells[0]).remove(0);
        (module, Allowed { ours: names(cells[1]), outside: names(cells[2]) })
    };
    rows.map(row).collect()
}

/// The crates under `[dependencies]`, as code names them.
fn dependencies() -> Vec<String> {
    let manifest = read(&root().join("Cargo.toml"));
    let section = manifest.split("[dependencies]\n").nth(1).expect("there are dependencies");
    let lines = section.lines().take_while(|line| !line.starts_with('['));
    lines.filter_map(|line| line.split_once(" =")).map(|(name, _)| name.replace('-', "_")).collect()
}

/// Every source file with its code: tests and comments are cut off.
fn sources() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    walk(&root().join("src"), &mut files);
    assert!(files.len() > 50, "the sources are found");
    let code = |path: &PathBuf| {
        let text = read(path);
        let kept = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let lines = kept.lines().map(|line| line.split("//").next().unwrap_or_default());
        lines.collect::<Vec<_>>().join("\n")
    };
    let is_test = |path: &Path| path.components().any(|part| part.as_os_str() == "tests");
    let of_code = |path: &&PathBuf| !is_test(path) && !path.ends_with("tests.rs");
    files.iter().filter(of_code).map(|path| (relative(path), code(path))).collect()
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).expect("src can be read");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
}

/// What stands behind `root::` in a line: one name, or those in braces. A macro or function of a
/// crate is named like a module.
fn named(text: &str, root: &str) -> Vec<String> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut names = Vec::new();
    for (at, found) in text.match_indices(&format!("{root}::")) {
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| is_word(c) || c == ':') {
            continue;
        }
        let rest = &text[at + found.len()..];
        let listed = rest.strip_prefix('{').and_then(|rest| rest.split('}').next());
        for part in listed.unwrap_or(rest).split(',') {
            names.push(part.trim().chars().take_while(|c| is_word(*c)).collect());
            if listed.is_none() {
                break;
            }
        }
    }
    names
}

/// The module that a file belongs to; `lib.rs` only lists modules, `main.rs` belongs to `cli`.
fn module(path: &Path) -> Option<String> {
    let part = path.components().nth(1)?.as_os_str().to_string_lossy().into_owned();
    match part.as_str() {
        "lib.rs" => None,
        "main.rs" => Some("cli".to_string()),
        _ => Some(part.trim_end_matches(".rs").to_string()),
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn relative(path: &Path) -> PathBuf {
    path.strip_prefix(root()).expect("the path is in the package").to_path_buf()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
