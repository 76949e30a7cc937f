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
use std::sync::Mutex;
use std::thread;

/// Pages that are run side by side: most commands keep one core busy.
const PAGES_AT_ONCE: usize = 2;

#[test]
fn every_command_shown_works() {
    let (left, shown) = (Mutex::new(pages()), Mutex::new(0));
    let next = || left.lock().expect("nobody panics while it holds the pages").pop();
    thread::scope(|scope| {
        for _ in 0..PAGES_AT_ONCE {
            scope.spawn(|| {
                while let Some(page) = next() {
                    let blocks = play(&page);
                    *shown.lock().expect("nobody panics while it counts") += blocks;
                }
            });
        }
    });
    let shown = shown.into_inner().expect("every page was run");
    assert!(shown >= 4, "the README alone shows four blocks of commands, {shown} were found");
}

/// Runs the blocks of a page, and says how many there are.
fn play(page: &Path) -> usize {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let scenarios = folder.path().join("scenarios");
    std::os::unix::fs::symlink(root().join("scenarios"), scenarios).expect("a link is made");
    let blocks = blocks(&read(page));
    for block in &blocks {
        match &block.test {
            Test::Skip => {}
            Test::With(options) => block.run(page, folder.path(), options, 0),
            Test::Exit(code) => block.run(page, folder.path(), "", *code),
        }
    }
    blocks.len()
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

/// The parts of a lesson, in their order.
const PARTS: [&str; 7] = [
    "What you will see",
    "Predict first",
    "Run",
    "Explain",
    "Change one knob",
    "What to take to work",
    "Next",
];

#[test]
fn every_lesson_has_all_its_parts() {
    for (_, lesson) in lessons() {
        let text = read(&lesson);
        let name = lesson.display();
        let headings = text.lines().filter_map(|line| line.strip_prefix("## "));
        assert_eq!(headings.collect::<Vec<_>>(), PARTS, "{name}");
        for (heading, wanted) in
            [("Predict first", "<details>"), ("Run", "```sh\n"), ("Change one knob", "```sh\n")]
        {
            let part = part(&text, heading);
            assert!(part.contains(wanted), "{name}: nothing of {wanted} under {heading}");
        }
        for block in blocks(&text) {
            assert!(!block.shown.is_empty(), "{name}:{}: shows what is printed", block.line);
        }
        let number = file_name(&lesson).split('-').next().unwrap_or_default().to_string();
        let drawn = format!("<!-- picture: lesson-{number}-");
        let shown = format!("](../docs/pictures/lesson-{number}-");
        assert_eq!(text.matches(&drawn).count(), 1, "{name}: makes one picture");
        assert_eq!(text.matches(&shown).count(), 1, "{name}: shows it");
    }
}

#[test]
fn lessons_lead_from_one_to_the_next() {
    let lessons = lessons();
    for (at, (title, lesson)) in lessons.iter().enumerate() {
        let text = read(lesson);
        let link = |at: usize| {
            lessons.get(at).map(|(title, path)| format!("[{title}]({})", file_name(path)))
        };
        let (before, after) = (at.checked_sub(1).and_then(link), link(at + 1));
        let way = [before, Some("[the path](README.md)".to_string())];
        let next = after.as_ref().map(|link| format!("next: {link}"));
        let way = way.into_iter().chain([next]).flatten().collect::<Vec<_>>().join(" \u{b7} ");
        let written = text.lines().nth(2).unwrap_or_default();
        assert_eq!(written.to_lowercase(), way.to_lowercase(), "{title}");
        if let Some(after) = after {
            assert!(part(&text, "Next").contains(&after), "{title}: Next leads to {after}");
        }
    }
}

#[test]
fn the_path_lists_every_lesson_with_its_scenario() {
    let path = read(&root().join("lessons/README.md"));
    let rows = path.lines().filter(|line| line.contains("](../scenarios/lessons/"));
    let rows = rows.collect::<Vec<_>>();
    let lessons = lessons();
    assert_eq!(rows.len(), lessons.len(), "a row for each lesson and no other");
    for (row, (title, lesson)) in rows.iter().zip(&lessons) {
        let (number, title) = title.split_once(". ").expect("a lesson's title has its number");
        let begins = format!("| {number} | [{title}]({}) |", file_name(lesson));
        assert!(row.starts_with(&begins), "{row} does not begin {begins}");
        let text = read(lesson);
        for scenario in row.split("](../").skip(1).filter_map(|rest| rest.split(')').next()) {
            assert!(text.contains(scenario), "{title} runs {scenario}");
        }
    }
}

/// The lessons in their order: title, and page.
fn lessons() -> Vec<(String, PathBuf)> {
    let mut lessons = in_folder("lessons");
    lessons.retain(|page| file_name(page) != "README.md");
    lessons.sort();
    let title = |page: &PathBuf| {
        let text = read(page);
        text.lines().next().and_then(|line| line.strip_prefix("# ")).map(str::to_string)
    };
    let titled = lessons.into_iter().enumerate().map(|(at, page)| {
        let title = title(&page).unwrap_or_default();
        assert!(title.starts_with(&format!("{}. ", at + 1)), "{}: {title}", page.display());
        assert!(file_name(&page).starts_with(&format!("{:02}-", at + 1)), "{}", page.display());
        (title, page)
    });
    titled.collect()
}

/// What stands under a heading of a page.
fn part<'a>(text: &'a str, heading: &str) -> &'a str {
    let (_, part) = text.split_once(&format!("\n## {heading}\n")).unwrap_or_default();
    part.split("\n## ").next().unwrap_or_default()
}

fn file_name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).expect("a page has a name")
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

/// The README and the pages under docs, lessons, notebooks and scenarios.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![root().join("README.md"), root().join("CHANGELOG.md")];
    for folder in ["docs", "docs/decisions", "lessons", "notebooks", "scenarios"] {
        pages.extend(in_folder(folder));
    }
    pages.sort();
    pages
}

/// The pages of a folder.
fn in_folder(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).expect("the folder can be read");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.filter(|path| path.extension().is_some_and(|end| end == "md")).collect()
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
            let shown =
                inside.map(str::trim_end).filter(|line| !["", "..."].contains(&line.trim_start()));
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
