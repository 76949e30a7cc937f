//! `highwater man`.

use std::fs;
use std::path::Path;

use clap::CommandFactory;
use clap_mangen::Man;

use super::Arguments;
use super::exit::{Exit, Failure};
use super::files::whole;
use super::terminal::Terminal;

/// What stands before the list of exit codes in the help of a command.
const CODES: &str = "Exit codes:\n";

/// Commands with examples, and what each example does.
const EXAMPLES: [(&str, &[(&str, &str)]); 14] = [
    (
        "",
        &[
            ("highwater new checkout", "write checkout.json, with comments, to start from"),
            ("highwater check checkout.json", "every mistake with its line, and what to do"),
            ("highwater run checkout.json --out out", "play it; files and pictures go to out"),
            ("highwater explain checkout.json", "say why its first request fails"),
        ],
    ),
    (
        "run",
        &[
            ("highwater run checkout.json", "verdicts, what happened over time, main figures"),
            (
                "highwater run checkout.json --runs 20 --out out",
                "twenty runs with intervals; files and pictures of the first go to out",
            ),
            (
                "highwater run checkout.json --set servers.redis.timeout=5min",
                "the same with another setting; the file stays as it is",
            ),
        ],
    ),
    ("check", &[("highwater check *.json", "every problem of every file, with its line")]),
    (
        "compare",
        &[(
            "highwater compare checkout.json fixed.json --runs 20",
            "the same random numbers for both: what differs, with intervals",
        )],
    ),
    (
        "solve",
        &[(
            "highwater solve checkout.json --vary servers.redis.maxclients=100..1000 --goal 'outage < 5%'",
            "the smallest limit without an outage",
        )],
    ),
    (
        "explain",
        &[
            ("highwater explain checkout.json", "the chain behind the first failure"),
            ("highwater explain checkout.json --format json", "the same for programs"),
        ],
    ),
    (
        "sweep",
        &[(
            "highwater sweep checkout.json --vary servers.redis.timeout=0s,1min,5min --out out",
            "every setting, each ten times; tables and pictures go to out",
        )],
    ),
    ("merge", &[("highwater merge out/part-*.jsonl --out whole", "the bytes of one run")]),
    ("schema", &[("highwater schema > schema.json", "for editors that complete keys")]),
    (
        "presets",
        &[
            ("highwater presets", "all of them"),
            ("highwater presets redis-8.0", "every value of one, with its source"),
        ],
    ),
    ("new", &[("highwater new checkout", "write checkout.json")]),
    ("verify", &[("highwater verify A B", "the cases whose names begin with A or B")]),
    (
        "reality",
        &[(
            "highwater reality checkout.json --server 127.0.0.1:6379",
            "the load of the scenario against a server on this machine",
        )],
    ),
    (
        "completions",
        &[(
            "highwater completions bash > ~/.local/share/bash-completion/completions/highwater",
            "for bash; zsh and fish have folders of their own",
        )],
    ),
];

/// What is read and written.
const FILES: [(&str, &str); 9] = [
    ("SCENARIO.json", "A scenario: JSON with comments. highwater schema prints its schema."),
    ("DIR/summary.json", "All figures and verdicts of a run."),
    (
        "DIR/report.html",
        "One page with charts that opens offline, of a run, a sweep or a comparison.",
    ),
    ("DIR/verdicts.md", "The verdicts as a table, to paste into a postmortem."),
    ("DIR/timeseries.csv", "A row for every sample."),
    ("DIR/events.jsonl", "What happened, one event a line."),
    ("DIR/requests.csv", "Every request that ended, with --requests."),
    ("DIR/*.svg", "Pictures; also DIR/*.png where the command was built with the feature png."),
    (
        "DIR/runs.jsonl",
        "The runs of a sweep, kept as they end; points.csv and sweep.json beside it.",
    ),
];

const ENVIRONMENT: [(&str, &str); 2] = [
    ("NO_COLOR", "Set and not empty: no colour, unless --color says otherwise."),
    ("CLICOLOR_FORCE", "Set and not 0: colour also where the output is no terminal."),
];

/// Prints the manual page of the command, or writes it and one page per subcommand to a folder.
pub fn man(folder: Option<&Path>, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    let Some(folder) = folder else {
        terminal.print(&page(&command)?)?;
        return Ok(Exit::AsExpected);
    };
    fs::create_dir_all(folder).map_err(|error| Failure::io("create", folder, &error))?;
    let subcommands = command.get_subcommands().filter(|command| !command.is_hide_set());
    for command in subcommands.chain([&command]) {
        let name = Man::new(command.clone()).get_filename();
        whole(&folder.join(name), page(command)?)?;
    }
    Ok(Exit::AsExpected)
}

fn page(command: &clap::Command) -> Result<String, Failure> {
    let failed = |error| Failure::Io(format!("cannot make the manual page: {error}"));
    let codes = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let version = format!("highwater {}", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone()).source(version).manual("Highwater");
    let mut page = Vec::new();
    man.render_title(&mut page).map_err(failed)?;
    man.render_name_section(&mut page).map_err(failed)?;
    man.render_synopsis_section(&mut page).map_err(failed)?;
    man.render_description_section(&mut page).map_err(failed)?;
    man.render_options_section(&mut page).map_err(failed)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page).map_err(failed)?;
    }
    let mut page = String::from_utf8_lossy(&page).into_owned();
    let name = command.get_name();
    let own = if name == "highwater" { "" } else { name };
    exit_status(&codes, &mut page);
    section("FILES", &FILES, &mut page);
    section("ENVIRONMENT", &ENVIRONMENT, &mut page);
    let examples =
        EXAMPLES.iter().find(|(of, _)| *of == own).map_or(&[][..], |(_, examples)| examples);
    section("EXAMPLES", examples, &mut page);
    see_also(command, &mut page);
    Ok(page)
}

/// The exit codes, as the help lists them.
fn exit_status(codes: &str, page: &mut String) {
    let lines =
        codes.strip_prefix(CODES).unwrap_or("0  done\n2  bad usage\n3  input or output failed");
    let entries: Vec<(&str, &str)> = lines
        .lines()
        .filter_map(|line| line.trim().split_once("  "))
        .map(|(code, meaning)| (code, meaning.trim()))
        .collect();
    section("EXIT STATUS", &entries, page);
}

/// A section of terms, each with its meaning.
fn section(title: &str, entries: &[(&str, &str)], page: &mut String) {
    if entries.is_empty() {
        return;
    }
    page.push_str(&format!(".SH \"{title}\"\n"));
    for (term, meaning) in entries {
        page.push_str(&format!(".TP\n\\fB{}\\fR\n{}\n", escaped(term), escaped(meaning)));
    }
}

/// The other pages.
fn see_also(command: &clap::Command, page: &mut String) {
    let others: Vec<String> = if command.has_subcommands() {
        let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
        shown.map(|command| format!("highwater-{}", command.get_name())).collect()
    } else {
        vec!["highwater".to_string()]
    };
    let others: Vec<String> =
        others.iter().map(|name| format!("\\fB{}\\fR(1)", escaped(name))).collect();
    page.push_str(&format!(".SH \"SEE ALSO\"\n{}\n", others.join(", ")));
}

/// A text in which nothing is a request or an escape.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq");
    if text.starts_with('.') { format!("\\&{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    /// The words of a command of the shell, without what the shell does itself.
    fn words(command: &str) -> Vec<String> {
        let command = command.split(" > ").next().unwrap();
        let parts = command.split('\'').enumerate();
        parts
            .flat_map(|(index, part)| match index % 2 {
                1 => vec![part.to_string()],
                _ => part.split_whitespace().map(str::to_string).collect(),
            })
            .collect()
    }

    #[test]
    fn every_example_is_a_command_that_can_be_given() {
        for (of, examples) in EXAMPLES {
            for (example, _) in examples {
                let parsed = Arguments::try_parse_from(words(example));
                assert!(parsed.is_ok(), "{example}: {}", parsed.unwrap_err());
                assert!(example.split(' ').nth(1) == Some(of) || of.is_empty(), "{example}");
            }
        }
    }

    #[test]
    fn every_page_has_its_sections() {
        let mut command = Arguments::command().disable_help_subcommand(true);
        command.build();
        for command in command.get_subcommands().chain([&command]) {
            let page = page(command).unwrap();
            let name = command.get_name();
            for section in ["EXIT STATUS", "FILES", "ENVIRONMENT", "SEE ALSO"] {
                let heading = format!("\n.SH \"{section}\"\n");
                assert_eq!(page.matches(&heading).count(), 1, "{name} {section}");
            }
            let shown = !command.is_hide_set() && name != "man";
            assert_eq!(page.contains("\n.SH \"EXAMPLES\"\n"), shown, "{name}");
            assert!(page.contains("\\fB0\\fR"), "{name} says what 0 means");
        }
    }
}
