//! Comparisons, and rankings of actions.

use super::run::UNITS;
use super::{Key, Kind, Shape, keys};

pub(super) static COMPARE: Shape = Shape {
    name: "compare",
    doc: "Scenarios on the same random numbers ([how to](compare.md)).",
    keys: keys! {
        "version": Kind::Text, "The version of Highwater.";
        "scenario": Kind::Text, "The name of the first side.";
        "seed": Kind::Text, "The seed.";
        "runs": Kind::Number("runs"), "How many each side was played.";
        "outage": Kind::One(&OUTAGE), "What counts as an outage.";
        "first": Kind::One(&SIDE), "The first side.";
        "others": Kind::Many(&Kind::One(&OTHER)), "The other sides, each against the first.";
        "stats": Kind::One(&STATS), "What it took.";
    },
    rest: "",
};

static OUTAGE: Shape = Shape {
    name: "outage",
    doc: "What counts as an outage.",
    keys: keys! {
        "goal": Kind::Text, null "the rule of compare", "What `--outage` says.";
        "says": Kind::Text, "The rule in words.";
    },
    rest: "",
};

static SIDE: Shape =
    Shape { name: "side", doc: "One scenario of a comparison.", keys: SIDE_KEYS, rest: "" };
const SIDE_KEYS: &[Key] = keys! {
    "name": Kind::Text, "Its name.";
    "differs": Kind::Word(&["file", "with", "without"]), "Whether it is a file as it is, with something set, or with something left out.";
    "what": Kind::Text, null "a file as it is", "What.";
    "digest": Kind::Text, "Of its runs.";
    "outages": Kind::Number("runs"), "How many end in an outage.";
    "outage_in": Kind::Many(&Kind::Flag), null "undecided", "For each run whether it does.";
    "stopped": Kind::Text, only "a run did not reach its end", "Why.";
};

static OTHER: Shape = Shape {
    name: "other side",
    doc: "A side and what it does against the first one.",
    keys: keys! {
        "name": Kind::Text, "As of a [side](#side), and so the next six.";
        "differs": Kind::Word(&["file", "with", "without"]), "As there.";
        "what": Kind::Text, null "a file as it is", "As there.";
        "digest": Kind::Text, "As there.";
        "outages": Kind::Number("runs"), "As there.";
        "outage_in": Kind::Many(&Kind::Flag), null "undecided", "As there.";
        "stopped": Kind::Text, only "a run did not reach its end", "As there.";
        "effect": Kind::One(&EFFECT), "Whether what differs causes or prevents outages.";
        "figures": Kind::Named("figure", &Kind::One(&PAIRED)), "The main figures, run by run.";
    },
    rest: "",
};

static EFFECT: Shape = Shape {
    name: "effect",
    doc: "What a difference does to outages, from paired runs.",
    keys: keys! {
        "finding": Kind::Word(&["causes", "prevents", "no_difference_shown", "undecided"]), "What it does.";
        "with": Kind::Number("runs"), "Outages with it.";
        "without": Kind::Number("runs"), "Outages without it.";
        "difference": Kind::Number("ratio"), "The share with it less the share without it.";
        "low": Kind::Number("ratio"), null "not known", "Lower end of Tango's 95 % interval.";
        "high": Kind::Number("ratio"), null "not known", "Upper end.";
        "pairs": Kind::Number("runs"), "How many were compared.";
        "outage_only_here": Kind::Number("runs"), "With an outage on this side only.";
        "outage_only_first": Kind::Number("runs"), "With an outage on the first side only.";
        "p_sign_test": Kind::Number("ratio"), "McNemar's exact p.";
        "because": Kind::Text, "In a sentence.";
    },
    rest: "",
};

static PAIRED: Shape = Shape {
    name: "paired figure",
    doc: "A figure on both sides.",
    keys: keys! {
        "first": Kind::Number("in base units"), null "never, or nothing to measure", "On the first side.";
        "here": Kind::Number("in base units"), null "never, or nothing to measure", "On this side.";
        "difference": Kind::Number("in base units"), null "nothing to compare", "The mean of this less the first, run by run.";
        "sd": Kind::Number("in base units"), null "fewer than two pairs", "The standard deviation of the differences.";
        "low": Kind::Number("in base units"), null "fewer than two pairs", "Lower end of the 95 % interval.";
        "high": Kind::Number("in base units"), null "fewer than two pairs", "Upper end.";
        "pairs": Kind::Number("runs"), "In how many it has a value on both sides.";
        "came_first": Kind::Number("runs"), "In how many it has one on the first side.";
        "came_here": Kind::Number("runs"), "In how many it has one on this side.";
        "changed": Kind::Word(&["same", "differs", "not_shown", "nothing_to_compare"]), "Whether the interval leaves zero out.";
        "unit": Kind::Word(UNITS), "The base unit.";
    },
    rest: "",
};

static STATS: Shape = Shape {
    name: "stats of a comparison",
    doc: "What a comparison took.",
    keys: keys! {
        "requests": Kind::Number("requests"), "Simulated.";
        "events": Kind::Number("events"), "Simulated.";
        "wall_seconds": Kind::Number("s"), only "on standard output", "By the clock on the wall.";
    },
    rest: "",
};

pub(super) static ACTIONS: Shape = Shape {
    name: "actions",
    doc: "What an operator can do at an instant, ranked.",
    keys: keys! {
        "version": Kind::Text, "The version of Highwater.";
        "scenario": Kind::Text, "The name of the scenario.";
        "seed": Kind::Text, "The seed.";
        "runs": Kind::Number("runs"), "How many each action was played.";
        "at": Kind::Number("s"), "When the operator acts.";
        "well_until": Kind::Number("s"), null "the run begins in trouble", "Until when all was well: what goodput is compared with.";
        "to": Kind::Number("ratio"), "The share of that goodput that counts as back.";
        "over": Kind::Number("s"), "Measured over so long.";
        "because": Kind::Text, "The best action in a sentence.";
        "back_means": Kind::Text, "What back means, in words.";
        "nothing": Kind::One(&ACTION), "What comes when nothing is done.";
        "actions": Kind::Many(&Kind::One(&ACTION)), "The actions, the best first.";
        "not_at_hand": Kind::Many(&Kind::One(&NOT_AT_HAND)), "What cannot be done here.";
        "stats": Kind::One(&ACTION_STATS), "What it took.";
    },
    rest: "",
};

static ACTION: Shape = Shape {
    name: "action",
    doc: "An operator's action and what comes of it.",
    keys: keys! {
        "action": Kind::Text, "What is done.";
        "back_after_s_median": Kind::Number("s"), null "never", "How long after it goodput is back to stay.";
        "back_after_s": Kind::Many(&Kind::Number("s")), null "never", "The same in each run.";
        "back_in": Kind::Number("runs"), "In how many it comes back.";
        "failed": Kind::Number("requests"), "From the action to the end; the mean over runs.";
        "turned_away": Kind::Number("requests"), "Not let in by the action itself; the mean over runs.";
        "notes": Kind::Many(&Kind::Text), "What the operator meets.";
        "stopped": Kind::Text, only "a run did not reach its end", "Why.";
    },
    rest: "",
};

static NOT_AT_HAND: Shape = Shape {
    name: "not at hand",
    doc: "An action that cannot be taken.",
    keys: keys! {
        "action": Kind::Text, "What.";
        "because": Kind::Text, "Why.";
    },
    rest: "",
};

static ACTION_STATS: Shape = Shape {
    name: "stats of a ranking",
    doc: "What a ranking took.",
    keys: keys! {
        "requests": Kind::Number("requests"), "Simulated.";
        "wall_seconds": Kind::Number("s"), "By the clock on the wall.";
    },
    rest: "",
};
