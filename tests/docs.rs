//! Every command shown in the documentation is run, and every link in it leads somewhere.
//!
//! The blocks marked `sh` of a page run one after the other in a folder of their own, in which
//! `scenarios` is the repository's. A remark above a block changes that:
//!
//! - `<!-- test: skip, REASON -->`: the block is not run;
//! - `<!-- test: with OPTIONS -->`: each `highwater run` and `highwater explain` of the block gets these
//!   options besides, to make it short;
//! - `<!-- test: exit CODE -->`: the block ends with this exit code instead of 0.
//!
//! A block marked `text` right below one that is run as it stands shows lines of its output; a line of
//! three points stands for any.

#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn every_command_shown_works() {
    let mut shown = 0;
    for page in pages() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let scenarios = folder.path().join("scenarios");
        std::os::unix::fs::symlink(root().join("scenarios"), scenarios).expect("a link is made");
        for block in blocks(&read(&page)) {
            shown += 1;
            match &block.test {
                Test::Skip => {}
                Test::With(options) => block.run(&page, folder.path(), options, 0),
                Test::Exit(code) => block.run(&page, folder.path(), "", *code),
            }
        }
    }
    assert!(shown >= 4, "the README alone shows four blocks of commands, {shown} were found");
}

#[test]
fn every_link_leads_somewhere() {
    for page in pages() {
        let text = read(&page);
        let folder = page.parent().expect("a page is in a folder");
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap_or_default();
            if !target.is_empty() && !target.contains("://") {
                let exists = folder.join(target).exists();
                assert!(exists, "{}: there is no {link}", page.display());
            }
        }
    }
}

/// Commands on a page.
struct Block {
    line: usize,
    commands: String,
    test: Test,
    /// What the page shows of its output: the block of text right below.
    shown: Vec<String>,
}

/// What becomes of them.
enum Test {
    Skip,
    With(String),
    Exit(i32),
}

impl Block {
    fn run(&self, page: &Path, folder: &Path, options: &str, code: i32) {
        let mut script = self.commands.replace("cargo run --release -- ", "highwater ");
        if !options.is_empty() {
            let plays = ["highwater run ", "highwater explain "];
            let lines = script.lines().map(|line| {
                let plays = plays.iter().find_map(|it| Some((it, line.strip_prefix(it)?)));
                plays.map_or(line.to_string(), |(it, rest)| format!("{it}{options} {rest}"))
            });
            script = lines.collect::<Vec<_>>().join("\n");
        }
        let command = Path::new(env!("CARGO_BIN_EXE_highwater"));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = command.parent().map(Path::to_path_buf).into_iter();
        let path = std::env::join_paths(folders.chain(std::env::split_paths(&path)));
        let output = Command::new("sh")
            .args(["-euc", &script])
            .env("PATH", path.expect("a search path"))
            .current_dir(folder)
            .output()
            .expect("sh runs");
        assert_eq!(
            output.status.code(),
            Some(code),
            "{}:{}: {script}\n{}{}",
            page.display(),
            self.line,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        // With other options it prints something else.
        if options.is_empty() {
            self.shows(page, &String::from_utf8_lossy(&output.stdout));
        }
    }

    /// Every line that the page shows is printed, in this order; lines may be left out.
    fn shows(&self, page: &Path, printed: &str) {
        let mut rest = printed.lines().map(str::trim_end);
        for line in &self.shown {
            let (page, at) = (page.display(), self.line);
            assert!(
                rest.any(|other| other == line),
                "{page}:{at}: shows {line:?}, not in\n{printed}"
            );
        }
    }
}

/// The README and the pages under docs, notebooks and scenarios.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![root().join("README.md"), root().join("CHANGELOG.md")];
    for folder in ["docs", "docs/decisions", "docs/notebooks", "notebooks", "scenarios"] {
        let entries = fs::read_dir(root().join(folder)).expect("the folder can be read");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        pages.extend(paths.filter(|path| path.extension().is_some_and(|end| end == "md")));
    }
    pages.sort();
    pages
}

/// The blocks of shell commands on a page.
fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut remark = None;
    // Whether only empty lines have come since the last block of commands.
    let mut below = false;
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let was_below = below;
        below &= line.is_empty();
        if let Some(said) = line.strip_prefix("<!-- test: ") {
            remark = Some(said.trim_end_matches("-->").trim().to_string());
        } else if line == "```sh" {
            let inside = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```");
            let commands = inside.collect::<Vec<_>>().join("\n");
            let test = test(remark.take());
            blocks.push(Block { line: number + 1, commands, test, shown: Vec::new() });
            below = true;
        } else if let (true, "```text", Some(block)) = (was_below, line, blocks.last_mut()) {
            let inside = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```");
            let shown = inside.map(str::trim_end).filter(|line| !line.is_empty() && *line != "...");
            block.shown = shown.map(str::to_string).collect();
        }
    }
    assert!(remark.is_none(), "a remark without a block: {remark:?}");
    blocks
}

fn test(remark: Option<String>) -> Test {
    let Some(remark) = remark else { return Test::With(String::new()) };
    if let Some(reason) = remark.strip_prefix("skip, ") {
        assert!(!reason.is_empty(), "a block that is not run says why");
        Test::Skip
    } else if let Some(options) = remark.strip_prefix("with ") {
        Test::With(options.to_string())
    } else if let Some(code) = remark.strip_prefix("exit ") {
        Test::Exit(code.parse().expect("an exit code is a number"))
    } else {
        panic!("unknown remark: {remark}");
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
