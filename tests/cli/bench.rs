//! A folder of its own for each test, with scenarios in it, and the command.

use std::fs;
use std::path::PathBuf;

use assert_cmd::Command;
use highwater::experiment::fingerprint;
use serde_json::Value;
use tempfile::TempDir;

/// A shop with ten requests a second, evenly spaced, for a minute: 600 requests, the last one at
/// 59.9 s. What it claims is put in by [`Bench::shop`].
const SHOP: &str = r#"{
  "format": 1,
  "about": { "title": "A small shop", "source": "made up", "start": "2024-11-14T09:42:00Z" },
  "seed": "7", "duration": "DURATION", "sample_every": "10s",
  "servers": { "redis": { "preset": "redis-8.0", "maxclients": 100 } },
  "fleets": {
    "shop": {
      "instances": 2,
      "arrivals": { "even": { "rate": "RATE" } },
      "connections": { "main": { "pooled": { "max": 5 } } },
      "steps": [ { "call": { "server": "redis", "through": "main" } } ]
    }
  },
  "claims": [ CLAIMS ]
}
"#;

/// A claim about the number of requests; true when it expects 600.
pub fn requests(id: &str, expect: u32, verdict: &str) -> String {
    format!(
        r#"{{ "id": "{id}", "says": "{expect} requests arrive", "source": "made up",
             "measure": {{ "max": {{ "series": "fleets.shop.requests" }} }},
             "expect": {expect}, "within": 1, "verdict": "{verdict}" }}"#
    )
}

/// A claim that nothing can decide: the share of failures of one kind where nothing fails.
pub fn undecidable(id: &str) -> String {
    format!(
        r#"{{ "id": "{id}", "says": "half the failures are for want of ports", "source": "made up",
             "measure": {{ "ratio": {{ "of": "fleets.shop.failed_by.port_exhausted",
                                       "to": "fleets.shop.failed" }} }},
             "expect": 0.5, "within": 0.1 }}"#
    )
}

/// A claim without a measure.
pub fn untestable(id: &str) -> String {
    format!(
        r#"{{ "id": "{id}", "says": "users were unhappy", "source": "made up",
             "verdict": "not_testable" }}"#
    )
}

/// A folder that goes away with the test.
pub struct Bench {
    folder: TempDir,
}

impl Bench {
    pub fn new() -> Bench {
        Bench { folder: tempfile::tempdir().expect("a temporary folder can be made") }
    }

    /// Writes `shop.json` with these claims.
    pub fn shop(self, claims: &[String]) -> Bench {
        self.write("shop.json", &scenario("1min", "10/s", claims))
    }

    /// Writes `long.json`: many minutes of work for any machine.
    pub fn long(self) -> Bench {
        self.write("long.json", &scenario("100h", "20000/s", &[]))
    }

    pub fn write(self, name: &str, text: &str) -> Bench {
        fs::write(self.path(name), text).expect("the temporary folder can be written to");
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// A file of any kind as a text: pictures by their SHA-256.
    pub fn content(&self, name: &str) -> String {
        let bytes = fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        String::from_utf8(bytes).unwrap_or_else(|bitmap| fingerprint(bitmap.as_bytes()))
    }

    /// The command with these words, in the folder.
    pub fn command(&self, words: &str) -> Command {
        let mut command = Command::cargo_bin("highwater").expect("the command is built");
        command.current_dir(self.folder.path()).args(words.split_whitespace());
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        command
    }

    /// A line of a shell in the folder, in which `highwater` is the command.
    #[cfg(unix)]
    pub fn shell(&self, line: &str) -> std::process::Output {
        let command = std::path::Path::new(env!("CARGO_BIN_EXE_highwater"));
        let folders = command.parent().map(std::path::Path::to_path_buf).into_iter();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(folders.chain(std::env::split_paths(&path)));
        std::process::Command::new("sh")
            .args(["-c", line])
            .current_dir(self.folder.path())
            .env("PATH", path.expect("a search path"))
            .output()
            .expect("sh runs")
    }

    /// Runs the command and answers with what it did.
    #[track_caller]
    pub fn run(&self, words: &str) -> Done {
        let output = self.command(words).output().expect("the command can be run");
        let done = Done {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
            err: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
        };
        assert!(!done.err.contains("panicked"), "highwater {words} panicked: {}", done.err);
        done
    }
}

fn scenario(duration: &str, rate: &str, claims: &[String]) -> String {
    let claims = claims.join(",\n");
    SHOP.replace("DURATION", duration).replace("RATE", rate).replace("CLAIMS", &claims)
}

/// What a command did.
#[derive(Debug)]
pub struct Done {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Done {
    /// Asserts the exit code; shows everything when it is another.
    #[track_caller]
    pub fn code(self, code: i32) -> Done {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}
