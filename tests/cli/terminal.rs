//! What a terminal shows besides results: progress, completions, manual pages.

#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const HIGHWATER: &str = env!("CARGO_BIN_EXE_highwater");
const LEAK: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/lessons/leak-in-the-error-path.json");
const SMALLEST: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/capacity/smallest-pool.json");
const CHAT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/incidents/chat-38min.json");

/// What a command line prints on a terminal of so many columns, both streams together; `script` gives
/// it the terminal.
fn on_a_terminal(columns: usize, command: &str) -> String {
    let folder = tempfile::tempdir().expect("it works");
    let seen = folder.path().join("seen");
    let output = Command::new("script")
        .args([
            "--quiet",
            "--return",
            "--command",
            &format!("stty rows 30 cols {columns}; {command}"),
        ])
        .arg(&seen)
        .env("TERM", "xterm-256color")
        .env_remove("NO_COLOR")
        .stdin(std::process::Stdio::null())
        .output()
        .expect("script of util-linux runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8_lossy(&fs::read(seen).expect("it works")).into_owned()
}

fn piped(command: &str) -> Output {
    Command::new("sh").args(["-c", command]).output().expect("it works")
}

fn bash(script: &str) -> String {
    let output = Command::new("bash").args(["--norc", "--noprofile", "-euc", script]).output();
    let output = output.expect("bash runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A bar is drawn and removed where somebody watches; elsewhere not a character of it is written.
#[test]
fn a_long_run_shows_a_bar_on_a_terminal_and_nowhere_else() {
    // Five million requests: more than a second on any machine of these years.
    let run = format!("{HIGHWATER} run {CHAT} --set duration=4min --set claims=[] --set alerts=[]");
    let seen = on_a_terminal(100, &run);
    let bar = seen.lines().flat_map(|line| line.split('\r')).any(|part| {
        part.contains(" %  ") && part.contains(" requests/s, ") && part.contains(" left")
    });
    assert!(bar, "no bar in {seen:?}");
    let quiet = on_a_terminal(100, &format!("{run} --quiet"));
    assert!(!quiet.contains("requests/s"), "{quiet}");
    let piped = piped(&run);
    let err = String::from_utf8_lossy(&piped.stderr);
    assert!(!err.contains(" left") && !err.contains('\r') && !err.contains('\u{1b}'), "{err:?}");
    assert!(err.contains(" requests in "), "{err}");
    // The results are the same characters, with colour and without.
    let out = String::from_utf8_lossy(&piped.stdout).into_owned();
    assert!(out.contains("Over time: the highest in each ") && !out.contains('\u{1b}'));
    assert!(seen.contains("\u{1b}[1mOver time\u{1b}[0m"), "{seen:?}");
}

/// On a narrow terminal no line runs over the edge, but for the command that repeats the run.
#[test]
fn results_fit_the_terminal() {
    let lesson = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/capacity/retry-policy.json");
    let max = "--vary fleets.shop.connections.main.pooled.max=9..16";
    let wait = "'fleets.shop.pools.main.checkout_wait_s_p99 < 15ms'";
    let commands = [
        format!("run {lesson}"),
        format!("explain {lesson}"),
        format!("compare {LEAK} --with fleets.app.connections.main.pooled.max=100 --runs 2"),
        format!("sweep {LEAK} --vary fleets.app.connections.main.pooled.max=50,100 --runs 2"),
        format!("solve {SMALLEST} --set duration=10s {max} --goal {wait}"),
        "verify K01 B01".to_string(),
    ];
    for columns in [80, 100] {
        for command in &commands {
            // What it answers is for other tests to say.
            let command = format!("{HIGHWATER} {command} --quiet || [ $? -ne 2 ]");
            let seen = on_a_terminal(columns, &command);
            let mut widest = 0;
            let whole = ["To repeat: ", "The curve: "];
            for line in seen.lines().filter(|line| !whole.iter().any(|it| line.contains(it))) {
                let parts = line.trim_end().split('\u{1b}').enumerate();
                let plain = parts.map(|(index, part)| match index {
                    0 => part,
                    _ => part.split_once('m').map_or("", |(_, text)| text),
                });
                let wide = plain.map(|part| part.chars().count()).sum::<usize>();
                // What `script` writes of itself is not ours.
                if !line.starts_with("Script ") {
                    assert!(wide <= columns, "{wide} columns: {line:?}");
                    widest = widest.max(wide);
                }
            }
            assert!(widest > columns - 16, "{command} uses {widest} of {columns} columns");
            if command.contains("compare") {
                assert!(seen.contains("redis.connected_clients_max"), "names stay whole: {seen}");
            }
        }
    }
}

/// What Tab offers after `words`, the last of which is being written.
fn offered(words: &str) -> Vec<String> {
    let count = words.split(' ').count();
    let script = format!(
        "source <({HIGHWATER} completions bash)
         COMP_WORDS=({words}); [[ '{words}' != *' ' ]] || COMP_WORDS+=('')
         COMP_CWORD={}
         _highwater highwater \"${{COMP_WORDS[-1]}}\" \"${{COMP_WORDS[-2]}}\" || true
         printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        count - 1
    );
    bash(&script).lines().map(str::to_string).collect()
}

#[test]
fn a_shell_completes_commands_options_and_their_values() {
    assert_eq!(offered("highwater swe"), ["sweep"]);
    assert_eq!(offered("highwater run --no-a"), ["--no-audit"]);
    assert_eq!(offered("highwater presets redis-7"), ["redis-7.0", "redis-7.2", "redis-7.4"]);
    assert_eq!(offered("highwater run --format "), ["text", "json"]);
    assert_eq!(offered("highwater run --color "), ["auto", "always", "never"]);
    assert!(offered("highwater completions ").contains(&"fish".to_string()));
    let all = offered("highwater re");
    assert_eq!(all, ["reality"], "what is hidden is not offered");
}

/// Every command has a page; each is in the page of all, and groff finds nothing to complain of.
#[test]
fn manual_pages_are_there_for_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let made = piped(&format!("{HIGHWATER} man --out {}", folder.path().display()));
    assert!(made.status.success());
    let help = String::from_utf8(piped(&format!("{HIGHWATER} --help")).stdout).unwrap();
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let all = fs::read_to_string(folder.path().join("highwater.1")).unwrap();
    for command in commands.lines().filter_map(|line| line.split_whitespace().next()) {
        if command != "help" {
            let page = folder.path().join(format!("highwater-{command}.1"));
            assert!(
                page.exists() && all.contains(&format!("highwater\\-{command}(1)")),
                "{command}"
            );
            without_warnings(&page);
        }
    }
    without_warnings(&folder.path().join("highwater.1"));
}

fn without_warnings(page: &Path) {
    let made = Command::new("groff").args(["-man", "-Tutf8", "-ww"]).arg(page).output();
    // Not every machine has it.
    let Ok(made) = made else { return };
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(said.is_empty(), "{}: {said}", page.display());
}
