//! What stands in the JSON of every command: the table behind docs/json.md.
//!
//! The objects themselves are made where the results are known; this table says what each key means. The
//! tests hold what the commands print against it, both ways: no key is printed that is not here, and
//! none is here that is not printed.

mod compare;
mod explain;
mod page;
mod run;
mod search;
mod small;

pub use page::{each, page};

/// An object, or what stands on one line of a file.
#[derive(Debug)]
pub struct Shape {
    /// Its name; also the anchor of its section on the page.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// Its keys, in the order in which they are printed.
    pub keys: &'static [Key],
    /// What other keys are: figures by names that depend on what is told. Empty: there are none.
    pub rest: &'static str,
}

/// A key of an object.
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What stands there.
    pub kind: Kind,
    /// When it is there at all; empty: always.
    pub only: &'static str,
    /// What `null` says there; empty: it is never `null`.
    pub null: &'static str,
    /// What it means.
    pub doc: &'static str,
}

/// What stands at a key.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A number, with its unit or what it counts.
    Number(&'static str),
    /// A number, or the text "never".
    OrNever(&'static str),
    /// A text.
    Text,
    /// `true` or `false`.
    Flag,
    /// One of these texts.
    Word(&'static [&'static str]),
    /// An object.
    One(&'static Shape),
    /// A list of such.
    Many(&'static Kind),
    /// An object whose keys are names, which are not known before: of what, and what stands at each.
    Named(&'static str, &'static Kind),
    /// One of several.
    Either(&'static [Kind]),
    /// Any JSON, as a scenario may have it.
    Any,
}

/// What is written for programs: a command and its main object, or a file and its lines.
#[derive(Debug)]
pub struct Output {
    /// The name that the tests call it by.
    pub name: &'static str,
    /// Which command or file.
    pub of: &'static str,
    /// The object; of a list or of lines one of them.
    pub shape: &'static Shape,
    /// What stands around it.
    pub form: Form,
}

/// How often the object of an output stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Once.
    Once,
    /// In a list.
    List,
    /// One a line.
    Lines,
}

/// Everything that is written for programs as JSON.
pub const OUTPUTS: &[Output] = &[
    Output {
        name: "run",
        of: "`highwater run --format json`; `summary.json` in `--out`",
        shape: &run::RUN,
        form: Form::Once,
    },
    Output { name: "events", of: "`events.jsonl` of a run", shape: &run::EVENT, form: Form::Lines },
    Output {
        name: "sweep",
        of: "`highwater sweep --format json`, `highwater merge --format json`; `sweep.json` in `--out`, without `wall_seconds`",
        shape: &search::SWEEP,
        form: Form::Once,
    },
    Output {
        name: "points",
        of: "`points.jsonl` of a sweep",
        shape: &search::POINT,
        form: Form::Lines,
    },
    Output {
        name: "part",
        of: "`highwater sweep --shard I/N --format json`",
        shape: &search::PART,
        form: Form::Once,
    },
    Output {
        name: "solve",
        of: "`highwater solve --format json`",
        shape: &search::SOLVE,
        form: Form::Once,
    },
    Output {
        name: "compare",
        of: "`highwater compare --format json`; `compare.json` in `--out`, without `wall_seconds`",
        shape: &compare::COMPARE,
        form: Form::Once,
    },
    Output {
        name: "actions",
        of: "`highwater compare --actions-at TIME --format json`",
        shape: &compare::ACTIONS,
        form: Form::Once,
    },
    Output {
        name: "explain",
        of: "`highwater explain --format json`",
        shape: &explain::EXPLAIN,
        form: Form::Once,
    },
    Output {
        name: "check",
        of: "`highwater check --format json`: one for each file",
        shape: &small::CHECKED,
        form: Form::List,
    },
    Output {
        name: "problems",
        of: "any command with `--format json` whose scenario is bad (exit code 2)",
        shape: &small::PROBLEMS,
        form: Form::Once,
    },
    Output {
        name: "presets",
        of: "`highwater presets --format json`; with a name, that one alone",
        shape: &small::PRESET,
        form: Form::List,
    },
    Output {
        name: "new",
        of: "`highwater new NAME --format json`",
        shape: &small::NEW,
        form: Form::Once,
    },
    Output {
        name: "verify",
        of: "`highwater verify --format json`",
        shape: &small::VERIFY,
        form: Form::Once,
    },
    Output {
        name: "reality",
        of: "`highwater reality --format json`",
        shape: &small::REALITY,
        form: Form::Once,
    },
];

/// Keys as lines: `"name": kind, "doc";` with `only "when"` or `null "what that says"` before the meaning.
macro_rules! keys {
    (@only) => { "" };
    (@only $only:literal) => { $only };
    ($($name:literal: $kind:expr, $(only $only:literal,)? $(null $null:literal,)? $doc:literal;)*) => {
        &[$($crate::report::json::shapes::Key {
            name: $name,
            kind: $kind,
            only: keys!(@only $($only)?),
            null: keys!(@only $($null)?),
            doc: $doc,
        }),*]
    };
}
use keys;
