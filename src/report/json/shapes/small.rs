//! Checks, presets, cases, live runs.

use super::run::RUNS_STATS;
use super::{Kind, Shape, keys};

pub(super) static CHECKED: Shape = Shape {
    name: "checked file",
    doc: "A scenario file that was read.",
    keys: keys! {
        "file": Kind::Text, "Its path.";
        "ok": Kind::Flag, "Whether it can be played.";
        "duration_s": Kind::Number("s"), only "it is ok", "Simulated time to the end.";
        "claims": Kind::Number("claims"), only "it is ok", "In it.";
        "problems": Kind::Many(&Kind::One(&PROBLEM)), "All that is wrong with it.";
    },
    rest: "",
};

pub(super) static PROBLEMS: Shape = Shape {
    name: "problems",
    doc: "Why a scenario cannot be played.",
    keys: keys! {
        "problems": Kind::Many(&Kind::One(&PROBLEM)), "All of them at once.";
    },
    rest: "",
};

static PROBLEM: Shape = Shape {
    name: "problem",
    doc: "A mistake and its place.",
    keys: keys! {
        "file": Kind::Text, "The file, or the option of the command.";
        "line": Kind::Number("from 1"), "Its line.";
        "column": Kind::Number("from 1"), "Its column.";
        "path": Kind::Text, "The key, by all keys above it.";
        "message": Kind::Text, "What was found, and what was expected.";
        "hint": Kind::Text, null "none", "What to do.";
    },
    rest: "",
};

pub(super) static PRESET: Shape = Shape {
    name: "preset",
    doc: "A named set of values ([all of them](presets.md)).",
    keys: keys! {
        "name": Kind::Text, "Its name.";
        "kind": Kind::Text, "What it describes.";
        "base": Kind::Text, null "none", "The preset it starts from.";
        "about": Kind::Text, "What it is, and what it cannot say.";
        "values": Kind::Named("key", &Kind::One(&SOURCED)), "Every value, those of the base included.";
    },
    rest: "",
};

static SOURCED: Shape = Shape {
    name: "value of a preset",
    doc: "A value and where it comes from.",
    keys: keys! {
        "value": Kind::Any, "The value, as a scenario would hold it.";
        "source": Kind::Text, "Where it stands.";
    },
    rest: "",
};

pub(super) static NEW: Shape = Shape {
    name: "new",
    doc: "A starter that was written.",
    keys: keys! {
        "file": Kind::Text, "Its path.";
    },
    rest: "",
};

const VERDICTS: &[&str] = &["meets", "missed"];

pub(super) static VERIFY: Shape = Shape {
    name: "verify",
    doc: "The cases whose figures theory knows, played on this machine ([how to](verify.md)).",
    keys: keys! {
        "version": Kind::Text, "The version of Highwater.";
        "seed": Kind::Text, "The seed.";
        "verdict": Kind::Word(&["verified", "missed"]), "All cases together.";
        "because": Kind::Text, "In a sentence.";
        "cases": Kind::Many(&Kind::One(&CASE)), "The cases.";
        "not_playable": Kind::Many(&Kind::One(&NOT_PLAYABLE)), "Those that cannot be simulated.";
        "stats": Kind::One(&RUNS_STATS), "What it took.";
    },
    rest: "",
};

static CASE: Shape = Shape {
    name: "case",
    doc: "A case with known figures.",
    keys: keys! {
        "id": Kind::Text, "Its name.";
        "kind": Kind::Text, "Where its figures come from: `closed_form`, `published` and others.";
        "source": Kind::Text, "In detail.";
        "verdict": Kind::Word(VERDICTS), "All figures together.";
        "played_again": Kind::Flag, "Whether a figure at the bound was played again with other chance.";
        "figures": Kind::Many(&Kind::One(&FIGURE)), "Its figures.";
        "left_out": Kind::Many(&Kind::Text), "Figures that are not simulated.";
    },
    rest: "",
};

static FIGURE: Shape = Shape {
    name: "figure of a case",
    doc: "A figure, as known and as simulated.",
    keys: keys! {
        "name": Kind::Text, "Its name.";
        "how": Kind::Word(&["simulated", "computed"]), "Where the second value comes from.";
        "measured": Kind::Text, "What is measured for it.";
        "expected": Kind::Number("in base units"), "What theory says.";
        "simulated": Kind::Number("in base units"), null "nothing to measure", "What came out.";
        "standard_error": Kind::Number("in base units"), null "computed", "How well it is known.";
        "off": Kind::Number("standard errors"), null "computed", "How far away it is.";
        "share": Kind::Number("ratio"), null "expected is zero", "The same, as a share of what is expected.";
        "runs": Kind::Number("runs"), "Played.";
        "verdict": Kind::Word(VERDICTS), "Whether that is near enough.";
    },
    rest: "",
};

static NOT_PLAYABLE: Shape = Shape {
    name: "case not played",
    doc: "A case that cannot be simulated.",
    keys: keys! {
        "id": Kind::Text, "Its name.";
        "why": Kind::Text, "Why not.";
    },
    rest: "",
};

pub(super) static REALITY: Shape = Shape {
    name: "reality",
    doc: "A real server beside the simulation ([how to](live.md)).",
    keys: keys! {
        "version": Kind::Text, "The version of Highwater.";
        "scenario": Kind::Text, "The name of the scenario.";
        "seed": Kind::Text, "The seed.";
        "server": Kind::Text, "Where the server listens, and what it calls itself.";
        "verdict": Kind::Word(&["within", "outside", "undecided"]), "Whether it does what is simulated; `undecided`: the machine was too busy to tell.";
        "figures": Kind::Many(&Kind::One(&COMPARED)), "The figures.";
        "refusals": Kind::One(&REFUSALS), "How the server refused.";
        "requests": Kind::Number("requests"), "That were begun.";
        "late": Kind::One(&LATE), "How late driver and operator were.";
        "remarks": Kind::Many(&Kind::Text), "What did not go as the scenario says.";
    },
    rest: "",
};

static COMPARED: Shape = Shape {
    name: "measured figure",
    doc: "A figure, measured and simulated.",
    keys: keys! {
        "series": Kind::Text, "Which series.";
        "figure": Kind::Text, "Which figure of it.";
        "measured": Kind::Number("in base units"), null "never", "At the server.";
        "simulated": Kind::Number("in base units"), null "never", "In the simulation.";
        "difference": Kind::Number("in base units"), null "never", "The one less the other.";
        "band": Kind::Many(&Kind::Number("in base units")), null "never", "From where to where the difference may lie.";
        "within": Kind::Flag, "Whether it does.";
    },
    rest: "",
};

static REFUSALS: Shape = Shape {
    name: "refusals",
    doc: "How a server refused.",
    keys: keys! {
        "first_request": Kind::Number("from 1"), null "none was refused", "The first request that was refused.";
        "first_request_simulated": Kind::Number("from 1"), null "none was refused", "The same in the simulation.";
        "with_text": Kind::Number("refusals"), "With an error text.";
        "text": Kind::Text, "That text.";
        "then_closed": Kind::Number("refusals"), "After which the server closed.";
        "then_reset": Kind::Number("refusals"), "After which it reset.";
        "without_text": Kind::Number("refusals"), "Without a word.";
    },
    rest: "",
};

static LATE: Shape = Shape {
    name: "late",
    doc: "How late the driver and the operator were, and how long driver and server waited for a core.",
    keys: keys! {
        "driver_s_p50": Kind::Number("s"), "The driver at the median.";
        "driver_s_p99": Kind::Number("s"), "The driver, one time in a hundred.";
        "driver_s_max": Kind::Number("s"), "The driver at most.";
        "operator_s_max": Kind::Number("s"), "The operator at most.";
        "driver_wait_s_mean": Kind::Number("s"), "Mean wait of the driver for a core.";
        "server_wait_s_mean": Kind::Number("s"), "Mean wait of the server for a core.";
        "too_much": Kind::Flag, "Whether that is too much to judge by.";
    },
    rest: "",
};
