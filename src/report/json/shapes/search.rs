//! Sweeps and searches.

use super::run::{RUNS_STATS, UNITS};
use super::{Kind, Shape, keys};

const STANDINGS: &[&str] = &["meets", "misses", "undecided"];
const SET: Kind = Kind::Named("path", &Kind::Text);

pub(super) static SWEEP: Shape = Shape {
    name: "sweep",
    doc: "What came out of a sweep ([how to](sweep.md)).",
    keys: keys! {
        "version": Kind::Text, "The version of Highwater.";
        "scenario": Kind::Text, "The name of the scenario.";
        "seed": Kind::Text, "The seed.";
        "plan": Kind::Text, "The hash of scenario, knobs and runs: parts of one sweep share it.";
        "digest": Kind::Text, "Of everything that was simulated.";
        "design": Kind::One(&DESIGN), "Which settings were played, and how often.";
        "knobs": Kind::Many(&Kind::One(&KNOB)), "What was varied.";
        "goals": Kind::Many(&Kind::Text), "The goals.";
        "objectives": Kind::Many(&Kind::One(&OBJECTIVE)), "What was to be smallest or largest.";
        "answer": Kind::Word(&["found", "missed", "undecided", "impossible"]), "Whether some setting meets the goals; `impossible`: none could be played.";
        "best": Kind::Many(&Kind::One(&BEST)), "For each objective the best setting, and what cannot be told from it.";
        "pareto": Kind::Many(&Kind::One(&PARETO)), only "there are two objectives or more", "The settings that are candidates.";
        "all_points": Kind::One(&POINT), only "`--samples`", "All draws together, each with chance of its own.";
        "sensitivity": Kind::Many(&Kind::One(&SENSITIVITY)), only "`--sensitivity`", "Which knobs matter, for each figure.";
        "points": Kind::Many(&Kind::One(&POINT)), "Every setting.";
        "stats": Kind::One(&STATS), "What it took.";
    },
    rest: "",
};

static DESIGN: Shape = Shape {
    name: "design",
    doc: "Which settings are played, and how often.",
    keys: keys! {
        "points": Kind::One(&POINTS), "Where the settings come from.";
        "runs": Kind::One(&RUNS), "How many runs each gets.";
        "random_numbers": Kind::Word(&["common", "own"]), "Whether run k of every setting meets the same chance, or each setting its own.";
    },
    rest: "",
};

static POINTS: Shape = Shape {
    name: "design of points",
    doc: "Where the settings come from.",
    keys: keys! {
        "kind": Kind::Word(&["grid", "ends", "latin_hypercube", "morris", "sobol"]), "The design.";
        "samples": Kind::Number("settings"), only "`latin_hypercube`", "How many are drawn.";
        "trajectories": Kind::Number("walks"), only "`morris`", "How many walks.";
        "rows": Kind::Number("rows"), only "`sobol`", "How many rows of its two matrices.";
    },
    rest: "",
};

static RUNS: Shape = Shape {
    name: "design of runs",
    doc: "How many runs each setting gets.",
    keys: keys! {
        "each": Kind::Number("runs"), only "their number is fixed", "So many.";
        "precision": Kind::Number("share of the mean"), only "`--precision`", "Until the interval is that narrow...";
        "first": Kind::Number("runs"), only "`--precision`", "...at least so many...";
        "most": Kind::Number("runs"), only "`--precision`", "...and at most so many.";
    },
    rest: "",
};

static KNOB: Shape = Shape {
    name: "knob",
    doc: "What a sweep varies.",
    keys: keys! {
        "paths": Kind::Many(&Kind::Text), "The paths; of several linked ones all.";
        "unit": Kind::Word(UNITS), null "it is no number", "The base unit of its values.";
        "values": Kind::Either(&[Kind::Many(&Kind::Text), Kind::One(&RANGE)]), "Its values as `--set` takes them, or the law they are drawn from.";
    },
    rest: "",
};

static RANGE: Shape = Shape {
    name: "range",
    doc: "What values of a knob are drawn from, in base units: one of these.",
    keys: keys! {
        "uniform": Kind::Many(&Kind::Number("in base units")), only "uniform", "Lowest and highest.";
        "triangular": Kind::Many(&Kind::Number("in base units")), only "triangular", "Lowest, likeliest, highest.";
        "normal": Kind::Many(&Kind::Number("in base units")), only "normal", "Mean and standard deviation, cut off at four of them.";
    },
    rest: "",
};

static OBJECTIVE: Shape = Shape {
    name: "objective",
    doc: "What is to be smallest or largest.",
    keys: keys! {
        "figure": Kind::Text, "The figure.";
        "way": Kind::Word(&["minimize", "maximize"]), "Which way.";
    },
    rest: "",
};

static BEST: Shape = Shape {
    name: "best setting",
    doc: "The best setting by one objective.",
    keys: keys! {
        "figure": Kind::Text, "The objective.";
        "point": Kind::Number("from 0"), "The setting with the best mean.";
        "set": SET, "Its values.";
        "told_apart": Kind::Flag, "Whether all others are worse, with 95 % for all of them together.";
        "may_be_best": Kind::Many(&Kind::Number("from 0")), "The settings that may be the best.";
    },
    rest: "",
};

static PARETO: Shape = Shape {
    name: "candidate",
    doc: "A setting among those that trade one objective for another.",
    keys: keys! {
        "point": Kind::Number("from 0"), "Which.";
        "set": SET, "Its values.";
        "in_set": Kind::Flag, "Whether no other is better in everything.";
        "dominated_by": Kind::Number("from 0"), null "by none", "The one that is.";
        "shown": Kind::Flag, null "by none", "Whether the intervals show it.";
    },
    rest: "",
};

pub(super) static POINT: Shape = Shape {
    name: "point",
    doc: "One setting of a sweep.",
    keys: keys! {
        "point": Kind::Number("from 0"), only "it is one setting", "Its place in the plan.";
        "set": SET, only "it is one setting", "Its values, as `--set` takes them.";
        "runs": Kind::Number("runs"), "How many it got.";
        "figures": Kind::Named("figure", &Kind::One(&FIGURE)), "What was measured.";
        "goals": Kind::Many(&Kind::One(&MET)), only "there are goals", "Each goal.";
        "standing": Kind::Word(STANDINGS), only "there are goals", null "it could not be played", "All goals together.";
        "precise": Kind::Flag, only "`--precision`", "Whether it is known as well as was asked.";
        "trouble": Kind::Text, only "something was in the way", "What.";
    },
    rest: "",
};

static FIGURE: Shape = Shape {
    name: "figure of a point",
    doc: "A figure over the runs of a setting. A share of runs (`outage`) has Wilson's interval.",
    keys: keys! {
        "mean": Kind::Number("in base units"), null "not every run has a value", "The mean.";
        "sd": Kind::Number("in base units"), null "fewer than two values", "The standard deviation between runs.";
        "low": Kind::Number("in base units"), null "fewer than two values", "Lower end of the 95 % interval of the mean.";
        "high": Kind::Number("in base units"), null "fewer than two values", "Upper end.";
        "median": Kind::OrNever("in base units"), null "nothing to measure", "The median.";
        "median_low": Kind::OrNever("in base units"), null "nothing to measure", "Lower end of its interval.";
        "median_high": Kind::OrNever("in base units"), null "nothing to measure", "Upper end.";
        "runs": Kind::Number("runs"), "How many have a value.";
        "less_first_point": Kind::One(&DIFFERENCE), null "of the first setting, and with own random numbers", "The paired difference to the first setting.";
    },
    rest: "",
};

static DIFFERENCE: Shape = Shape {
    name: "paired difference",
    doc: "A difference run by run.",
    keys: keys! {
        "mean": Kind::Number("in base units"), null "nothing to compare", "The mean.";
        "low": Kind::Number("in base units"), null "fewer than two pairs", "Lower end of the 95 % interval.";
        "high": Kind::Number("in base units"), null "fewer than two pairs", "Upper end.";
    },
    rest: "",
};

static MET: Shape = Shape {
    name: "goal at a point",
    doc: "How a goal stands at a setting.",
    keys: keys! {
        "value": Kind::OrNever("in base units"), null "nothing to measure", "The mean, the median of what may never come, or the share of runs.";
        "low": Kind::OrNever("in base units"), null "nothing to measure", "Lower end of its 95 % interval.";
        "high": Kind::OrNever("in base units"), null "nothing to measure", "Upper end.";
        "standing": Kind::Word(STANDINGS), "Whether all of the interval meets it, none, or some.";
    },
    rest: "",
};

static SENSITIVITY: Shape = Shape {
    name: "sensitivity",
    doc: "Which knobs move a figure.",
    keys: keys! {
        "figure": Kind::Text, "The figure.";
        "knobs": Kind::Named("path", &Kind::Either(&[Kind::One(&ENDS), Kind::One(&EFFECTS), Kind::One(&INDEX)])), "Each knob, by its first path; empty when the figure does not vary.";
    },
    rest: "",
};

static ENDS: Shape = Shape {
    name: "ends",
    doc: "A figure at both ends of a knob (`--sensitivity ends`).",
    keys: keys! {
        "at_low": Kind::Number("in base units"), null "never, or nothing to measure", "At the lower end.";
        "at_high": Kind::Number("in base units"), null "never, or nothing to measure", "At the upper end.";
        "swing": Kind::Number("in base units"), null "nothing to compare", "The paired difference.";
        "swing_low": Kind::Number("in base units"), null "nothing to compare", "Lower end of its 95 % interval.";
        "swing_high": Kind::Number("in base units"), null "nothing to compare", "Upper end.";
    },
    rest: "",
};

static EFFECTS: Shape = Shape {
    name: "elementary effects",
    doc: "The effects of a knob along random walks (`--sensitivity morris`).",
    keys: keys! {
        "mu": Kind::Number("in base units"), null "no effect was seen", "Their mean.";
        "mu_star": Kind::Number("in base units"), null "no effect was seen", "The mean of their sizes.";
        "low": Kind::Number("in base units"), null "fewer than two effects", "Lower end of its 95 % interval.";
        "high": Kind::Number("in base units"), null "fewer than two effects", "Upper end.";
        "sigma": Kind::Number("in base units"), null "fewer than two effects", "Their standard deviation: what depends on the other knobs.";
        "effects": Kind::Number("effects"), "How many were seen.";
    },
    rest: "",
};

static INDEX: Shape = Shape {
    name: "shares of the variance",
    doc: "What a knob has of a figure's variance (`--sensitivity sobol`).",
    keys: keys! {
        "first": Kind::Number("ratio"), null "not known", "By itself.";
        "first_low": Kind::Number("ratio"), null "not known", "Lower end of the 95 % interval.";
        "first_high": Kind::Number("ratio"), null "not known", "Upper end.";
        "total": Kind::Number("ratio"), null "not known", "With what it does together with others.";
        "total_low": Kind::Number("ratio"), null "not known", "Lower end of the 95 % interval.";
        "total_high": Kind::Number("ratio"), null "not known", "Upper end.";
    },
    rest: "",
};

static STATS: Shape = Shape {
    name: "stats of a sweep",
    doc: "What a sweep took.",
    keys: keys! {
        "points": Kind::Number("settings"), "Played.";
        "runs": Kind::Number("runs"), "Played.";
        "requests": Kind::Number("requests"), "Simulated.";
        "events": Kind::Number("events"), "Simulated.";
        "wall_seconds": Kind::Number("s"), only "on standard output", "By the clock on the wall.";
    },
    rest: "",
};

pub(super) static PART: Shape = Shape {
    name: "part",
    doc: "What a part of a sharded sweep says of itself ([many machines](distributed.md)).",
    keys: keys! {
        "plan": Kind::Text, "The hash of the plan; the same in all parts.";
        "shard": Kind::Number("from 1"), "Which part.";
        "of": Kind::Number("parts"), "Of how many.";
        "rows": Kind::Number("runs"), "In it.";
        "file": Kind::Text, "Where they are.";
    },
    rest: "",
};

pub(super) static SOLVE: Shape = Shape {
    name: "solve",
    doc: "The outcome of a search ([how to](solve.md)).",
    keys: keys! {
        "version": Kind::Text, "The version of Highwater.";
        "scenario": Kind::Text, "The name of the scenario.";
        "seed": Kind::Text, "The seed.";
        "runs_first": Kind::Number("runs"), "With how many each setting begins.";
        "runs_max": Kind::Number("runs"), "How many one may get.";
        "confidence": Kind::Number("ratio"), "How surely the whole answer is right.";
        "confidence_of_each": Kind::Number("ratio"), "How surely each decision in it is, for that.";
        "knobs": Kind::Many(&Kind::One(&RANGE_OF_KNOB)), "What was looked for.";
        "goals": Kind::Many(&Kind::Text), "The goals.";
        "outage": Kind::Text, null "the rule of compare", "What counts as an outage.";
        "verdict": Kind::Word(&["found", "none", "undecided"]), "Whether there is an answer.";
        "because": Kind::Text, "The answer in a sentence.";
        "remarks": Kind::Many(&Kind::Text), "What else to know of it.";
        "monotone": Kind::Flag, "Whether no setting misses beyond one that meets.";
        "answer": SET, only "`found`", "The values of the answer.";
        "next": Kind::Many(&Kind::One(&NEXT)), only "`found`", "Its cheaper neighbours, which miss.";
        "meets": SET, only "`undecided`", null "none does", "The cheapest that meets the goals.";
        "misses": SET, only "`undecided`", null "none does", "The most generous that misses them.";
        "undecided": Kind::Many(&SET), only "`undecided`", "What lies between.";
        "tried": Kind::Many(&Kind::One(&TRIED)), "Every setting that was played, in order.";
        "digest": Kind::Text, "Of everything that was simulated.";
        "stats": Kind::One(&RUNS_STATS), "What it took.";
    },
    rest: "",
};

static RANGE_OF_KNOB: Shape = Shape {
    name: "knob of a search",
    doc: "What a search turns.",
    keys: keys! {
        "paths": Kind::Many(&Kind::Text), "The paths; of several linked ones all.";
        "looked_for": Kind::Word(&["smallest", "largest"]), "Which end is the cheap one.";
        "first": Kind::Text, null "it has no values", "Its first value.";
        "last": Kind::Text, null "it has no values", "Its last value.";
        "levels": Kind::Number("values"), "How many there are.";
    },
    rest: "",
};

static NEXT: Shape = Shape {
    name: "neighbour",
    doc: "The next cheaper setting of one knob.",
    keys: keys! {
        "cheaper": Kind::Many(&Kind::Text), "The paths of the knob.";
        "set": SET, "Its values.";
        "less_the_answer": Kind::Many(&Kind::One(&LESS)), "Each goal's figure there less that of the answer, run by run.";
    },
    rest: "",
};

static LESS: Shape = Shape {
    name: "difference to the answer",
    doc: "A figure at a neighbour, less the answer's.",
    keys: keys! {
        "figure": Kind::Text, "The figure.";
        "mean": Kind::Number("in base units"), null "nothing to compare", "The mean difference.";
        "low": Kind::Number("in base units"), null "one pair", "Lower end of its 95 % interval.";
        "high": Kind::Number("in base units"), null "one pair", "Upper end.";
        "pairs": Kind::Number("runs"), "How many were compared.";
    },
    rest: "",
};

static TRIED: Shape = Shape {
    name: "trial",
    doc: "A setting that was played in a search.",
    keys: keys! {
        "set": SET, "Its values.";
        "runs": Kind::Number("runs"), "How many it got.";
        "standing": Kind::Word(&["meets", "misses", "undecided", "impossible"]), "All goals together.";
        "why": Kind::Text, null "it can be played", "Why it is impossible.";
        "goals": Kind::Many(&Kind::One(&GOAL_SEEN)), "Each goal.";
    },
    rest: "",
};

static GOAL_SEEN: Shape = Shape {
    name: "goal of a trial",
    doc: "What was measured of a goal: its mean, its median or its share, by what the goal is about.",
    keys: keys! {
        "goal": Kind::Text, "The goal.";
        "mean": Kind::Number("in base units"), only "it is about a mean", null "never, or nothing to measure", "The mean over runs.";
        "median": Kind::Number("in base units"), only "it is about what may never come", null "never, or nothing to measure", "The median over runs.";
        "share": Kind::Number("ratio"), only "it is about outages", null "nothing to measure", "The share of runs.";
        "low": Kind::Number("in base units"), null "no bound", "Lower end of its interval.";
        "high": Kind::Number("in base units"), null "no bound", "Upper end.";
        "measured": Kind::Number("runs"), "How many have a value.";
        "met": Kind::Flag, null "undecided", "Whether it is met.";
        "unit": Kind::Word(UNITS), "The base unit.";
    },
    rest: "",
};
