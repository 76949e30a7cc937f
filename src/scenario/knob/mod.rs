//! Knobs: settings that are tried with one value after the other, or drawn from a range.
//!
//! On the command line `PATH=A,B,C`, `PATH=LO..HI:STEP`, `PATH=LO..HI*FACTOR`, `PATH=LO..HI`,
//! `PATH=uniform(LO,HI)`, `triangular(LO,MODE,HI)`, `normal(MEAN,SD)`, and `P,Q=A,B` for paths that
//! move together (`P,Q=A;X,B;Y` when each takes values of its own).

mod read;
mod scale;

pub use scale::Scale;

/// A setting, or several that move together.
#[derive(Clone, Debug, PartialEq)]
pub struct Knob {
    /// Where it stands: the keys joined by dots.
    pub paths: Vec<String>,
    /// What its values are.
    pub scale: Scale,
    /// The values.
    pub values: Values,
}

/// The values of a knob.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// These, in this order.
    Levels(Vec<Level>),
    /// Anything in between.
    Range(Range),
}

/// One value of a knob.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// As `--set` takes it, for each path; none where the file decides.
    pub texts: Vec<String>,
    /// In base units, where it is a number and the same for all paths.
    pub number: Option<f64>,
}

impl Level {
    /// In a few words.
    pub fn label(&self) -> String {
        match self.texts.as_slice() {
            [] => "as in the file".to_string(),
            [first, rest @ ..] if rest.iter().all(|text| text == first) => first.clone(),
            texts => texts.join(" and "),
        }
    }
}

/// A law on the numbers between two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    /// All alike.
    Uniform {
        /// The least.
        low: f64,
        /// The greatest.
        high: f64,
    },
    /// Likelier towards the middle one.
    Triangular {
        /// The least.
        low: f64,
        /// The likeliest.
        mode: f64,
        /// The greatest.
        high: f64,
    },
    /// Normal, cut off four standard deviations from the mean.
    Normal {
        /// The mean.
        mean: f64,
        /// The standard deviation.
        sd: f64,
    },
}

/// Characters of a label at most.
const LONGEST_LABEL: usize = 24;

/// Standard deviations from the mean at which a normal range ends.
pub const NORMAL_ENDS: f64 = 4.0;

impl Range {
    /// The least and the greatest value.
    pub fn ends(self) -> (f64, f64) {
        match self {
            Range::Uniform { low, high } | Range::Triangular { low, high, .. } => (low, high),
            Range::Normal { mean, sd } => (mean - NORMAL_ENDS * sd, mean + NORMAL_ENDS * sd),
        }
    }
}

/// What the values of a knob are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Each is tried: a range needs steps.
    Levels,
    /// Some are drawn: a list is drawn from as well.
    Draws,
    /// One end of a range to the other: a list has no order that all agree on.
    Ranges,
    /// One is looked for among them, in their order: a range without steps gets some.
    Search,
}

impl Knob {
    /// The paths as they are written.
    pub fn name(&self) -> String {
        self.paths.join(",")
    }

    /// The last keys of its paths, where these tell it from `others`; else its name.
    pub fn short_name(&self, others: &[Knob]) -> String {
        let short = |knob: &Knob| {
            let last = |path: &String| {
                path.rsplit('.').next().map_or_else(|| path.clone(), str::to_string)
            };
            let mut words: Vec<String> = knob.paths.iter().map(last).collect();
            words.dedup();
            words.join(",")
        };
        let mine = short(self);
        match others.iter().filter(|other| short(other) == mine).count() {
            0 | 1 => mine,
            _ => self.name(),
        }
    }

    /// A level in a few words; a long one, such as a whole part of a scenario, by its number among the
    /// levels and its first word.
    pub fn label(&self, level: &Level) -> String {
        let label = level.label();
        if label.chars().count() <= LONGEST_LABEL {
            return label;
        }
        let place = self.levels().iter().position(|other| other == level).map_or(0, |at| at + 1);
        let word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        let first = label.trim_start_matches(|c| !word(c));
        let end = first.find(|c| !word(c)).unwrap_or(first.len());
        format!("#{place} {}", first.chars().take(end.min(LONGEST_LABEL)).collect::<String>())
    }

    /// The levels; none when it is a range.
    pub fn levels(&self) -> &[Level] {
        match &self.values {
            Values::Levels(levels) => levels,
            Values::Range(_) => &[],
        }
    }

    /// The level that a number of its scale is.
    pub fn level(&self, number: f64) -> Level {
        let number = self.scale.rounded(number);
        let text = self.scale.text(number);
        Level { texts: vec![text; self.paths.len()], number: Some(number) }
    }

    /// The settings that a level means, as `--set` takes them.
    pub fn settings<'k>(
        &'k self,
        level: &'k Level,
    ) -> impl Iterator<Item = (&'k str, &'k str)> + 'k {
        self.paths.iter().map(String::as_str).zip(level.texts.iter().map(String::as_str))
    }
}
