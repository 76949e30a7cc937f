//! How a case is played: its scenario, what of a run is which figure, and by which rule it is judged.

/// All ways of one case.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    /// The id of the case begins with this.
    pub case: &'static str,
    /// One after the other; most cases have one.
    pub plays: &'static [Play],
}

/// One scenario of a case, and what is looked at in its runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Play {
    /// The scenario, by the name of its file.
    pub scenario: &'static str,
    /// What tells this play from the others of the case: the end of the names of its figures.
    pub label: &'static str,
    /// Settings over the file's, as with `--set`.
    pub set: &'static [(&'static str, &'static str)],
    /// Runs at least; one, where there is no chance.
    pub runs: u32,
    /// What is looked at.
    pub figures: &'static [Figure],
}

/// One figure of a case.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figure {
    /// The keys in the case's `expected` that lead to it, with `/` between them; a name that is no
    /// such pointer where `is` says what is expected.
    pub pointer: &'static str,
    /// What is expected, where it stands among the parameters.
    pub is: Option<f64>,
    /// What of a run it is.
    pub seen: Seen,
    /// What is made of the runs.
    pub over: Over,
    /// When it is right.
    pub rule: Rule,
}

/// What of one run a figure is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Seen {
    /// What the claim of this id in the scenario measures.
    Claim(&'static str),
    /// The figure of this name in the summary.
    Figure(&'static str),
    /// The share of leases after a wait, of the pool whose `checkout_wait` this is.
    Waited(&'static str),
    /// The first less the second.
    Less(&'static Seen, &'static Seen),
    /// The first over the second.
    Per(&'static Seen, &'static Seen),
    /// So many times it, and so much more.
    Linear(&'static Seen, f64, f64),
    /// This number.
    Number(f64),
    /// One when it is below this, else nothing.
    Below(&'static Seen, f64),
}

/// What is made of the values of all runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// Their mean.
    Mean,
    /// Their standard deviation.
    Sd,
    /// Their variance.
    Variance,
}

/// When a figure is right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Rule {
    /// Within four standard errors, and a standard error is this share of it at most.
    Known(f64),
    /// The same in every run, to the twelve figures that the cases have.
    Exact,
    /// Off by this share of it at most.
    Relative(f64),
    /// Off by this much at most.
    Absolute(f64),
    /// At most this in every run.
    AtMost,
    /// More than this in every run.
    Above,
    /// Within four standard errors of both: the expected figure is itself a mean, whose error is the
    /// figure at this pointer over the root of so many runs.
    Beside(&'static str, f64),
}

/// The share of a figure that its standard error may be.
pub(super) const WELL_KNOWN: f64 = 0.01;

/// A figure that the mean over runs comes near to.
pub(super) const fn known(pointer: &'static str, seen: Seen) -> Figure {
    figure(pointer, seen, Rule::Known(WELL_KNOWN))
}

/// A figure that every run has.
pub(super) const fn exact(pointer: &'static str, seen: Seen) -> Figure {
    figure(pointer, seen, Rule::Exact)
}

/// A figure with a rule of its own.
pub(super) const fn figure(pointer: &'static str, seen: Seen, rule: Rule) -> Figure {
    Figure { pointer, is: None, seen, over: Over::Mean, rule }
}

impl Figure {
    /// Its standard error may be so large a share of it.
    pub const fn to(self, share: f64) -> Figure {
        Figure { rule: Rule::Known(share), ..self }
    }

    /// What is expected stands among the parameters of the case.
    pub const fn is(self, expected: f64) -> Figure {
        Figure { is: Some(expected), ..self }
    }

    /// It is not the mean over runs.
    pub const fn over(self, over: Over) -> Figure {
        Figure { over, ..self }
    }
}

/// Twenty runs of a scenario, unless [`Play::runs`] says otherwise.
pub(super) const fn play(scenario: &'static str, figures: &'static [Figure]) -> Play {
    Play { scenario, label: "", set: &[], runs: super::FEWEST_RUNS, figures }
}

impl Play {
    /// Another name, and other settings.
    pub const fn with(
        self,
        label: &'static str,
        set: &'static [(&'static str, &'static str)],
    ) -> Play {
        Play { label, set, ..self }
    }

    /// So many runs.
    pub const fn runs(self, runs: u32) -> Play {
        Play { runs, ..self }
    }
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Seen::Claim(id) => write!(f, "claim {id}"),
            Seen::Figure(name) => f.write_str(name),
            Seen::Waited(series) => write!(f, "{series} above 0"),
            Seen::Less(a, b) => write!(f, "({a} - {b})"),
            Seen::Per(a, b) => write!(f, "({a} / {b})"),
            Seen::Linear(of, times, 0.0) => write!(f, "{times} * {of}"),
            Seen::Linear(of, times, plus) => write!(f, "({times} * {of} + {plus})"),
            Seen::Number(number) => write!(f, "{number}"),
            Seen::Below(of, bound) => write!(f, "{of} < {bound}"),
        }
    }
}
