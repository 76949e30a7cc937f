//! A run, its claims, its audit, its alerts, its events.

use super::{Key, Kind, Shape, keys};

const WORDS_OF_VERDICTS: &[&str] = &["holds", "contradicted", "undecided", "not_testable"];
pub(super) const UNITS: &[&str] = &["count", "seconds", "bytes", "per_second", "ratio"];

pub(super) static RUN: Shape = Shape {
    name: "run",
    doc: "The outcome of a run. Everything but `stats` is the same bytes for the same version, scenario and seed.",
    keys: RUN_KEYS,
    rest: "",
};
const RUN_KEYS: &[Key] = keys! {
    "version": Kind::Text, "The version of Highwater.";
    "scenario": Kind::Text, "The name of the scenario: its file without the ending.";
    "seed": Kind::Text, "The seed; that of run k is derived from it and k.";
    "runs": Kind::Number("runs"), "How many runs were played.";
    "digest": Kind::Text, "Of everything that was simulated, in all runs: 32 hexadecimal digits.";
    "claims": Kind::Many(&Kind::One(&CLAIM)), "The statements, in the order of the file.";
    "conflicts": Kind::Many(&Kind::One(&CONFLICT)), "The smallest sets of claims that cannot be true together; empty without an audit.";
    "audit": Kind::One(&AUDIT), only "the run was audited", "What was tried to find them.";
    "alerts": Kind::Many(&Kind::One(&ALERT)), only "the scenario has alerts", "The rules of monitoring, tested on the run.";
    "summary": Kind::Named("figure", &Kind::Number("in base units")), null "never, or nothing to measure", "The main figures; of several runs the median of each; [which they are](metrics.md#figures).";
    "study": Kind::One(&STUDY), "What was studied: all of it, or the steady state.";
    "precision": Kind::One(&PRECISION), only "`--precision` was given", "Whether what was to be known well is.";
    "intervals": Kind::Named("figure", &Kind::One(&INTERVAL)), only "there is more than one run", "Each figure over the runs.";
    "exhaustion": Kind::Named("figure", &Kind::One(&FIRST_TIME)), only "there is more than one run", "The law of each first time.";
    "identities": Kind::Many(&Kind::One(&IDENTITY)), "What arithmetic alone says of the scenario.";
    "stopped": Kind::Text, only "the run did not reach its end", "Why.";
    "stats": Kind::One(&STATS), "What it cost; differs from machine to machine.";
};

static CLAIM: Shape = Shape {
    name: "claim",
    doc: "A statement of the scenario, judged.",
    keys: keys! {
        "id": Kind::Text, "Its id in the file.";
        "says": Kind::Text, "The statement.";
        "source": Kind::Text, "Where it stands.";
        "verdict": Kind::Word(WORDS_OF_VERDICTS), "What the runs say of it.";
        "wanted": Kind::Word(WORDS_OF_VERDICTS), "What the author of the file knows it to be; a verdict that differs makes exit code 1.";
        "expected": Kind::Number("in base units"), null "it claims no number", "The number it claims.";
        "within": Kind::Number("in base units"), null "it claims no number", "How far off still holds.";
        "observed": Kind::One(&OBSERVED), null "nothing is measured for it", "What was measured.";
        "because": Kind::Text, "The verdict's reason in a sentence.";
        "by_arithmetic": Kind::Text, null "it does not", "What refutes it without any run.";
    },
    rest: "",
};

pub(super) static OBSERVED: Shape = Shape {
    name: "observed",
    doc: "A measure over the runs.",
    keys: keys! {
        "median": Kind::Number("in base units"), null "never, or nothing to measure", "The median over the runs.";
        "mean": Kind::Number("in base units"), null "not every run has a value", "The mean over the runs.";
        "sd": Kind::Number("in base units"), null "fewer than two values", "The standard deviation between runs.";
        "low": Kind::Number("in base units"), null "never, or nothing to measure", "Lower end of the 95 % interval of the median; with one run the value.";
        "high": Kind::Number("in base units"), null "never, or nothing to measure", "Upper end.";
        "values": Kind::Many(&Kind::Number("in base units")), null "never, or nothing to measure", "The value of each run, in their order.";
        "unit": Kind::Word(UNITS), "The base unit of all of them.";
    },
    rest: "",
};

static CONFLICT: Shape = Shape {
    name: "conflict",
    doc: "Claims that cannot be true together ([the audit](audit.md)).",
    keys: keys! {
        "claims": Kind::Many(&Kind::Text), "Their ids.";
        "because": Kind::Text, "Why, in a sentence.";
        "by_arithmetic": Kind::Flag, "Whether it needs no run.";
        "against_the_file": Kind::Flag, "Whether one of them contradicts what the file is set to.";
        "checks": Kind::Many(&Kind::Text), "The arithmetic in it.";
        "repairs": Kind::Many(&Kind::One(&REPAIR)), "What would let them hold together.";
    },
    rest: "",
};

static REPAIR: Shape = Shape {
    name: "repair",
    doc: "A change of the scenario that lets something hold.",
    keys: keys! {
        "with": Kind::Many(&Kind::Text), "Ids of the assumptions and alternatives that are taken.";
        "set": Kind::Text, "What they set.";
        "changed": Kind::Number("settings"), "How many settings that changes.";
        "because": Kind::Text, "What holds then, in a sentence.";
    },
    rest: "",
};

static AUDIT: Shape = Shape {
    name: "audit",
    doc: "Every account of the incident that was played, and what came of it.",
    keys: keys! {
        "accounts": Kind::Many(&Kind::One(&ACCOUNT)), "The accounts, the file's own first.";
        "rescues": Kind::Named("claim", &Kind::Many(&Kind::One(&REPAIR))), "For each contradicted claim what lets it hold.";
        "best": Kind::One(&BEST_ACCOUNT), "The account in which most claims hold.";
        "stopped": Kind::Text, null "it was not", "Why the audit stopped early.";
    },
    rest: "",
};

static ACCOUNT: Shape = Shape {
    name: "account",
    doc: "One way it could have been.",
    keys: keys! {
        "with": Kind::Many(&Kind::Text), "Ids of the assumptions and alternatives that are taken; empty: the file as it is.";
        "set": Kind::Text, "What they set.";
        "changed": Kind::Number("settings"), "How many settings that changes.";
        "holds": Kind::Many(&Kind::Text), "Ids of the claims that hold.";
        "claims": Kind::Named("claim", &Kind::One(&STANDING)), "Each testable claim in this account.";
        "checks": Kind::Many(&Kind::Text), "What arithmetic says of it.";
        "digest": Kind::Text, "Of its runs.";
    },
    rest: "",
};

static BEST_ACCOUNT: Shape = Shape {
    name: "best account",
    doc: "The account in which most claims hold.",
    keys: keys! {
        "with": Kind::Many(&Kind::Text), "Ids of what is taken.";
        "set": Kind::Text, "What they set.";
        "holds": Kind::Many(&Kind::Text), "Ids of the claims that hold.";
    },
    rest: "",
};

static STANDING: Shape = Shape {
    name: "claim in an account",
    doc: "How a claim stands in one account.",
    keys: keys! {
        "verdict": Kind::Word(WORDS_OF_VERDICTS), "What the runs of the account say.";
        "because": Kind::Text, "Why.";
        "by_arithmetic": Kind::Flag, "Whether arithmetic alone refutes it.";
        "foretold": Kind::One(&FORETOLD), null "arithmetic says nothing of it", "What its measure must come to.";
    },
    rest: "",
};

static FORETOLD: Shape = Shape {
    name: "foretold",
    doc: "The range in which a measure must lie, by arithmetic.",
    keys: keys! {
        "low": Kind::Number("in base units"), null "no lower end", "Its lower end.";
        "high": Kind::Number("in base units"), null "no upper end", "Its upper end.";
        "text": Kind::Text, "The arithmetic.";
    },
    rest: "",
};

static ALERT: Shape = Shape {
    name: "alert",
    doc: "A rule of monitoring, tested on the run ([alerts](alerts.md)).",
    keys: keys! {
        "id": Kind::Text, "Its id in the file.";
        "says": Kind::Text, "What it watches.";
        "every_s": Kind::Number("s"), "How often it looks.";
        "for_s": Kind::Number("s"), "How long it must be so.";
        "first_fired": Kind::One(&OBSERVED), "When it first fires.";
        "before_first_failure": Kind::One(&OBSERVED), "How long before the first failed request; negative: after it.";
        "firings": Kind::Many(&Kind::One(&STRETCH)), "When it fired, in run 0.";
        "blind": Kind::Many(&Kind::One(&STRETCH)), "When it saw nothing, in run 0.";
        "false_alarms": Kind::Number("firings"), null "the file does not say what is healthy", "How often it fires in the healthy run.";
        "because": Kind::Text, "In a sentence.";
    },
    rest: "",
};

static STRETCH: Shape = Shape {
    name: "stretch",
    doc: "From where to where.",
    keys: keys! {
        "from_s": Kind::Number("s"), "Its beginning.";
        "to_s": Kind::Number("s"), null "to the end of the run", "Its end.";
    },
    rest: "",
};

static STUDY: Shape = Shape {
    name: "study",
    doc: "Which part of the run counts ([statistics](statistics.md)).",
    keys: keys! {
        "kind": Kind::Word(&["terminating", "steady_state"]), "From the start to the end, or after a warm-up.";
        "warm_up_s": Kind::Number("s"), "What is left out.";
        "rule": Kind::Word(&["set", "mser5"]), "Whether somebody set it or MSER-5 found it.";
        "pilot_runs": Kind::Number("runs"), only "`--warm-up auto`", "How many runs it was found in.";
        "series": Kind::Text, only "`--warm-up auto`", null "none settles", "The series that takes longest.";
        "not_settled": Kind::Text, only "there is no steady state", "Why.";
    },
    rest: "",
};

static PRECISION: Shape = Shape {
    name: "precision",
    doc: "Whether what was to be known well is.",
    keys: keys! {
        "wanted": Kind::Number("share of the mean"), "The half width that was asked for.";
        "reached": Kind::Flag, "Whether every figure is known that well.";
        "runs": Kind::Number("runs"), "How many it took.";
        "half_width": Kind::Number("share of the mean"), null "there is none", "Of the figure that is known worst.";
        "of": Kind::Many(&Kind::One(&NARROWED)), "Each figure.";
    },
    rest: "",
};

static NARROWED: Shape = Shape {
    name: "narrowed figure",
    doc: "A figure that was to be known well.",
    keys: keys! {
        "name": Kind::Text, "The figure, or the id of a claim.";
        "mean": Kind::Number("in base units"), null "there is none", "Its mean.";
        "half_width": Kind::Number("share of the mean"), null "there is none", "Half the 95 % interval.";
        "standing": Kind::Word(&["reached", "short", "no_mean", "nothing_to_measure"]), "How it stands.";
    },
    rest: "",
};

static INTERVAL: Shape = Shape {
    name: "interval",
    doc: "A figure over runs.",
    keys: keys! {
        "mean": Kind::Number("in base units"), null "not every run has a value", "The mean.";
        "sd": Kind::Number("in base units"), null "fewer than two values", "The standard deviation between runs.";
        "low": Kind::Number("in base units"), null "fewer than two values", "Lower end of Student's 95 % interval of the mean.";
        "high": Kind::Number("in base units"), null "fewer than two values", "Upper end.";
        "median": Kind::Number("in base units"), null "never, or nothing to measure", "The median.";
        "median_low": Kind::Number("in base units"), null "never, or nothing to measure", "Lower end of its interval, by order statistics.";
        "median_high": Kind::Number("in base units"), null "never, or nothing to measure", "Upper end.";
        "runs": Kind::Number("runs"), "How many have a value.";
    },
    rest: "",
};

static FIRST_TIME: Shape = Shape {
    name: "first time",
    doc: "The law of a first time, from several runs.",
    keys: keys! {
        "median_s": Kind::One(&QUANTILE), "When it has come in half of the runs.";
        "p05_s": Kind::One(&QUANTILE), "In one of twenty.";
        "p95_s": Kind::One(&QUANTILE), "In nineteen of twenty.";
        "came": Kind::Number("runs"), "In how many it came.";
        "never": Kind::Number("runs"), "In how many it did not.";
        "never_share": Kind::Number("ratio"), "Their share.";
        "never_low": Kind::Number("ratio"), "Lower end of Wilson's 95 % interval of that share.";
        "never_high": Kind::Number("ratio"), "Upper end.";
        "unseen_at_most": Kind::Number("ratio"), null "some runs differ", "When all runs agree: at most this share may do otherwise.";
        "values": Kind::Many(&Kind::Number("s")), null "never", "The first time of each run.";
    },
    rest: "",
};

static QUANTILE: Shape = Shape {
    name: "quantile",
    doc: "A quantile over runs with an interval by order statistics.",
    keys: keys! {
        "value": Kind::Number("s"), null "never", "The estimate.";
        "low": Kind::Number("s"), null "never, or not known", "Lower end of the interval.";
        "high": Kind::Number("s"), null "never, or not known", "Upper end.";
        "covers": Kind::Number("ratio"), "How surely the interval covers the quantile: 0.95 or more, less with few runs.";
    },
    rest: "",
};

static IDENTITY: Shape = Shape {
    name: "identity",
    doc: "What arithmetic alone says.",
    keys: keys! {
        "name": Kind::Text, "Which law.";
        "text": Kind::Text, "The arithmetic in a sentence.";
        "warning": Kind::Flag, "Whether something runs out by it.";
    },
    rest: "",
};

static STATS: Shape = Shape {
    name: "stats of a run",
    doc: "What a run cost; outside the digest.",
    keys: keys! {
        "requests": Kind::Number("requests"), "Simulated in all runs.";
        "events": Kind::Number("events"), "Simulated in all runs.";
        "wall_seconds": Kind::Number("s"), "By the clock on the wall.";
        "wall_seconds_per_request": Kind::Number("s"), "The same for each request.";
    },
    rest: "",
};

pub(super) static RUNS_STATS: Shape = Shape {
    name: "stats of many runs",
    doc: "What a search, or the cases, took.",
    keys: keys! {
        "runs": Kind::Number("runs"), "Played.";
        "requests": Kind::Number("requests"), "Simulated.";
        "events": Kind::Number("events"), "Simulated.";
        "wall_seconds": Kind::Number("s"), "By the clock on the wall.";
    },
    rest: "",
};

pub(super) static EVENT: Shape = Shape {
    name: "event",
    doc: "Something notable in run 0, one a line, in order of time.",
    keys: keys! {
        "time_s": Kind::Number("s"), "When, since the start of the run.";
        "wall_clock": Kind::Text, only "the scenario has a `start`", "When, in UTC.";
        "event": Kind::Text, "What kind ([all of them](metrics.md#events)).";
        "part": Kind::Text, "Where: the name of a server or a fleet, or `timeline`.";
        "text": Kind::Text, "In a sentence.";
    },
    rest: "",
};
