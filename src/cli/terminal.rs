//! Standard output and standard error.

use std::io::{self, ErrorKind, Write};

use anstream::{AutoStream, ColorChoice};
use console::Term;
use highwater::report::text::Paint;

use super::When;
use super::exit::Failure;

/// Where results and remarks go, and in which colours.
#[derive(Debug)]
pub struct Terminal {
    out: Paint,
    err: Paint,
    quiet: bool,
}

impl Terminal {
    /// Finds out whether each stream takes colour: a terminal does, unless NO_COLOR says no; and how
    /// many columns it has.
    pub fn new(when: When, quiet: bool) -> Terminal {
        let out = AutoStream::choice(&io::stdout());
        let err = AutoStream::choice(&io::stderr());
        let columns = |paint: Paint, stream: Term| match stream.size_checked() {
            Some((_, columns)) => paint.within(columns.into()),
            None => paint,
        };
        let (out, err) = (paint(when, out), paint(when, err));
        let (out, err) = (columns(out, Term::stdout()), columns(err, Term::stderr()));
        Terminal { out, err, quiet }
    }

    /// The colours of standard output.
    pub fn paint(&self) -> Paint {
        self.out
    }

    /// The colours of standard error.
    pub fn paint_err(&self) -> Paint {
        self.err
    }

    /// Whether remarks and progress are unwanted.
    pub fn quiet(&self) -> bool {
        self.quiet
    }

    /// Writes a result to standard output. A reader that has gone away is not a failure.
    pub fn print(&self, text: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                Err(Failure::Io(format!("cannot write to standard output: {error}")))
            }
            _ => Ok(()),
        }
    }

    /// Writes a value to standard output as indented JSON.
    pub fn print_json(&self, value: &serde_json::Value) -> Result<(), Failure> {
        self.print(&format!("{value:#}\n"))
    }

    /// Writes a remark to standard error, unless remarks are unwanted.
    pub fn remark(&self, text: &str) {
        if !self.quiet {
            self.error(text);
        }
    }

    /// Writes to standard error whatever was asked for.
    pub fn error(&self, text: &str) {
        // There is nowhere left to complain to when this fails.
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }
}

fn paint(when: When, auto: ColorChoice) -> Paint {
    match (when, auto) {
        (When::Never, _) | (When::Auto, ColorChoice::Never) => Paint::PLAIN,
        (When::Always, _) | (When::Auto, _) => Paint::COLOUR,
    }
}
