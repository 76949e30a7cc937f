//! Goals: a figure, a relation and a bound in one line, such as `fleets.chat.failed_ratio < 1%`.

use std::fmt;

use super::words::{amount, share};
use crate::scenario::nearest;
use crate::units::{Unit, parse_bytes, parse_rate, parse_span};

/// A figure that a goal can be about.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Its name: of a figure of the summary, or the id of a claim.
    pub name: String,
    /// What it measures.
    pub unit: Unit,
    /// Whether no value means that it never came; else there was nothing to measure.
    pub may_never_come: bool,
}

/// What is asked of a figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    /// The figure.
    pub of: Known,
    /// How it must stand to the bound.
    pub relation: Relation,
    /// The bound in base units; infinite is "never".
    pub bound: f64,
}

/// How a value stands to a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// Strictly below.
    Below,
    /// Below, or the same.
    AtMost,
    /// Strictly above.
    Above,
    /// Above, or the same.
    AtLeast,
    /// The same.
    Equal,
    /// Not the same.
    Other,
}

/// Why a text is no goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadGoal {
    /// What was expected, and what was found.
    pub message: String,
    /// The nearest name, or what to write.
    pub hint: Option<String>,
}

impl fmt::Display for BadGoal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.hint {
            Some(hint) => write!(f, "{} ({hint})", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// The longer ones first: each is the first of those that a text begins with.
const RELATIONS: [(&str, Relation); 6] = [
    ("<=", Relation::AtMost),
    (">=", Relation::AtLeast),
    ("!=", Relation::Other),
    ("<", Relation::Below),
    (">", Relation::Above),
    ("=", Relation::Equal),
];

impl Relation {
    fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Relation::Below => value < bound,
            Relation::AtMost => value <= bound,
            Relation::Above => value > bound,
            Relation::AtLeast => value >= bound,
            Relation::Equal => value == bound,
            Relation::Other => value != bound,
        }
    }

    /// The relation that is written so.
    pub fn signed(sign: &str) -> Option<Relation> {
        RELATIONS.iter().find(|(known, _)| *known == sign).map(|(_, relation)| *relation)
    }

    /// As it is written.
    pub fn sign(self) -> &'static str {
        RELATIONS.iter().find(|(_, relation)| *relation == self).map_or("", |(sign, _)| sign)
    }
}

impl Goal {
    /// Reads `NAME < X`, with one of `<`, `<=`, `>`, `>=`, `=`, `!=`. NAME is one of `known`; X is in
    /// the unit of what it measures, or `never` where that may be.
    ///
    /// # Errors
    ///
    /// What is wrong with it, with the nearest name.
    ///
    /// ```
    /// use highwater::claims::{Goal, Known};
    /// use highwater::units::Unit;
    ///
    /// let of = Known { name: "recovery".into(), unit: Unit::Seconds, may_never_come: true };
    /// let goal = Goal::read("recovery > 5min", &[of]).unwrap();
    /// assert_eq!(goal.is_met(Some(120.0)), Some(false));
    /// assert_eq!(goal.is_met(None), Some(true)); // it never came, which is later than any time
    /// ```
    pub fn read(text: &str, known: &[Known]) -> Result<Goal, BadGoal> {
        let bad = |message: String, hint: Option<String>| Err(BadGoal { message, hint });
        let example = || Some("such as \"fleets.shop.failed_ratio > 50%\"".to_string());
        let Some((name, relation, bound)) = cut(text, known) else {
            let message = format!(
                "expected a figure, a relation (<, <=, >, >=, = or !=) and a bound; found {text:?}"
            );
            return bad(message, example());
        };
        let Some(of) = known.iter().find(|known| known.name == name) else {
            let message = format!("there is no figure and no claim {name:?}");
            return bad(message, hint(name, known));
        };
        let bound = match (bound, of.may_never_come) {
            ("never", true) => f64::INFINITY,
            ("never", false) => {
                let message =
                    format!("{name} is no time that may never come: \"never\" is no bound of it");
                return bad(message, None);
            }
            _ => match in_unit(bound, of.unit) {
                Ok(bound) => bound,
                Err(expected) => {
                    return bad(format!("{name} expects {expected}; found {bound:?}"), None);
                }
            },
        };
        Ok(Goal { of: of.clone(), relation, bound })
    }

    /// Whether a value meets it; `None` when there was nothing to measure. What never came is later
    /// than any time.
    pub fn is_met(&self, value: Option<f64>) -> Option<bool> {
        let value = value.or(self.of.may_never_come.then_some(f64::INFINITY))?;
        Some(self.relation.holds(value, self.bound))
    }

    /// Whether everything from `low` to `high` meets it; `None` when some of it does and some does not.
    ///
    /// ```
    /// # use highwater::claims::{Goal, Known};
    /// # use highwater::units::Unit;
    /// # let of = Known { name: "wait".into(), unit: Unit::Seconds, may_never_come: false };
    /// let goal = Goal::read("wait < 10ms", &[of]).unwrap();
    /// assert_eq!(goal.stands(0.008, 0.009), Some(true));
    /// assert_eq!(goal.stands(0.010, 0.012), Some(false));
    /// assert_eq!(goal.stands(0.009, 0.011), None);
    /// ```
    pub fn stands(&self, low: f64, high: f64) -> Option<bool> {
        let at = |end: f64| self.relation.holds(end, self.bound);
        match self.relation {
            _ if low.is_nan() || high.is_nan() => None,
            Relation::Equal | Relation::Other if low < high => {
                let inside = low <= self.bound && self.bound <= high;
                (!inside).then_some(self.relation == Relation::Other)
            }
            _ => (at(low) == at(high)).then(|| at(low)),
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bound = match self.of.unit {
            Unit::Ratio if self.bound <= 1.0 => share(self.bound),
            unit => amount(self.bound, unit),
        };
        write!(f, "{} {} {bound}", self.of.name, self.relation.sign())
    }
}

/// Cuts a goal at its relation: after the longest known name it begins with, as ids of claims may hold
/// anything; else at the first sign.
fn cut<'t>(text: &'t str, known: &[Known]) -> Option<(&'t str, Relation, &'t str)> {
    let text = text.trim();
    let names = known.iter().map(|known| known.name.trim());
    let relation = |rest: &'t str| {
        RELATIONS.iter().find_map(|(sign, relation)| Some((*relation, rest.strip_prefix(sign)?)))
    };
    let begins = |name: &str| {
        let (head, rest) = (text.get(..name.len())?, text.get(name.len()..)?);
        let (relation, bound) = relation(rest.trim_start())?;
        (head == name && !name.is_empty()).then_some((head, relation, bound.trim()))
    };
    let best = names.filter_map(begins).max_by_key(|(name, ..)| name.len());
    best.or_else(|| {
        let at = text.find(['<', '>', '=', '!'])?;
        let (relation, bound) = relation(&text[at..])?;
        Some((text[..at].trim(), relation, bound.trim()))
    })
}

fn hint(name: &str, known: &[Known]) -> Option<String> {
    let names = || known.iter().map(|known| known.name.as_str());
    nearest(name, names()).or_else(|| {
        // Who knows the part but not the figure sees what there is.
        let part = name.rsplit_once('.').map_or(name, |(part, _)| part);
        let last = name.rsplit('.').next().unwrap_or(name);
        let some: Vec<&str> =
            names().filter(|n| n.starts_with(part) || n.contains(last)).take(4).collect();
        match some.as_slice() {
            [] => Some("figures are named as in `summary` of --format json".to_string()),
            some => Some(format!("there is {}", some.join(", "))),
        }
    })
}

/// A bound in base units.
fn in_unit(text: &str, unit: Unit) -> Result<f64, &'static str> {
    match unit {
        Unit::Count => number(text).ok_or("a number, such as 12400"),
        Unit::Ratio => match text.strip_suffix('%') {
            Some(share) => number(share.trim()).map(|share| share / 100.0),
            None => number(text),
        }
        .ok_or("a share, such as 0.923 or 92.3%"),
        Unit::Seconds => {
            parse_span(text).map(|span| span.as_secs_f64()).map_err(|bad| bad.expected)
        }
        Unit::Bytes => parse_bytes(text).map(|bytes| bytes.0 as f64).map_err(|bad| bad.expected),
        Unit::PerSecond => parse_rate(text).map(|r| r.as_per_second()).map_err(|bad| bad.expected),
    }
}

/// A decimal number as people write it.
fn number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
    text.parse::<f64>().ok().filter(|number| plain && number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Vec<Known> {
        let of =
            |name: &str, unit, may_never_come| Known { name: name.into(), unit, may_never_come };
        vec![
            of("fleets.chat.failed_ratio", Unit::Ratio, false),
            of("servers.redis.rejected_connections", Unit::Count, false),
            of("servers.redis.first_rejection_s", Unit::Seconds, true),
            of("servers.redis.memory_bytes_max", Unit::Bytes, false),
            of("rate", Unit::PerSecond, false),
            of("A", Unit::Count, false),
            of("A > B", Unit::Count, false),
        ]
    }

    fn read(text: &str) -> Result<Goal, BadGoal> {
        Goal::read(text, &known())
    }

    fn says(text: &str) -> String {
        read(text).map_or_else(|bad| bad.to_string(), |goal| goal.to_string())
    }

    #[test]
    fn every_unit_and_every_relation_is_read() {
        for (text, relation, bound) in [
            ("fleets.chat.failed_ratio > 0.5", Relation::Above, 0.5),
            ("fleets.chat.failed_ratio>=50%", Relation::AtLeast, 0.5),
            ("fleets.chat.failed_ratio < 150 %", Relation::Below, 1.5),
            ("  servers.redis.rejected_connections  <=  0 ", Relation::AtMost, 0.0),
            ("servers.redis.first_rejection_s < 10min", Relation::Below, 600.0),
            ("servers.redis.first_rejection_s = never", Relation::Equal, f64::INFINITY),
            ("servers.redis.first_rejection_s != never", Relation::Other, f64::INFINITY),
            ("servers.redis.memory_bytes_max > 2GB", Relation::Above, 2e9),
            ("rate < 264/min", Relation::Below, 4.4),
            ("A > -3", Relation::Above, -3.0),
            ("A > B = 3", Relation::Equal, 3.0),
        ] {
            let goal = read(text).unwrap_or_else(|bad| panic!("{text}: {bad}"));
            assert_eq!((goal.relation, goal.bound), (relation, bound), "{text}");
        }
    }

    /// What is written can be read again.
    #[test]
    fn a_goal_is_shown_in_its_unit() {
        assert_eq!(
            says("servers.redis.first_rejection_s<600s"),
            "servers.redis.first_rejection_s < 10 min"
        );
        assert_eq!(
            says("servers.redis.first_rejection_s=never"),
            "servers.redis.first_rejection_s = never"
        );
        for text in
            ["A > 3", "fleets.chat.failed_ratio > 0.5", "servers.redis.first_rejection_s < 90s"]
        {
            let goal = read(text).unwrap();
            assert_eq!(read(&goal.to_string()).unwrap(), goal);
        }
    }

    #[test]
    fn mistakes_are_told_with_the_nearest_name() {
        for (text, part) in [
            ("fleets.chat.failed_ration > 0.5", "did you mean \"fleets.chat.failed_ratio\"?"),
            ("fleets.chat.nonsense > 0.5", "there is fleets.chat.failed_ratio"),
            ("xyz > 1", "named as in `summary`"),
            ("fleets.chat.failed_ratio", "expected a figure, a relation"),
            ("", "expected a figure, a relation"),
            ("> 5", "there is no figure"),
            ("! 5", "expected a figure, a relation"),
            ("fleets.chat.failed_ratio > much", "expects a share"),
            ("fleets.chat.failed_ratio > never", "\"never\" is no bound"),
            ("fleets.chat.failed_ratio > NaN", "expects a share"),
            ("fleets.chat.failed_ratio > 1e999", "expects a share"),
            ("servers.redis.rejected_connections > 5s", "expects a number"),
            ("servers.redis.first_rejection_s < 10", "a time with its unit"),
            ("servers.redis.memory_bytes_max > 2", "a size with its unit"),
            ("rate > 2", "a rate with its unit"),
            ("A >", "expects a number"),
            ("é > 1", "there is no figure"),
        ] {
            let said = read(text).expect_err(text).to_string();
            assert!(said.contains(part), "{text}: {said}");
        }
    }

    #[test]
    fn what_never_came_is_later_than_any_time_and_nothing_to_measure_is_nothing() {
        let met = |text: &str, value| read(text).unwrap().is_met(value);
        assert_eq!(met("servers.redis.first_rejection_s < 10min", None), Some(false));
        assert_eq!(met("servers.redis.first_rejection_s > 10min", None), Some(true));
        assert_eq!(met("servers.redis.first_rejection_s = never", None), Some(true));
        assert_eq!(met("servers.redis.first_rejection_s < never", Some(5.0)), Some(true));
        assert_eq!(met("fleets.chat.failed_ratio > 0.5", None), None);
        assert_eq!(met("fleets.chat.failed_ratio > 0.5", Some(0.5)), Some(false));
        assert_eq!(met("fleets.chat.failed_ratio >= 0.5", Some(0.5)), Some(true));
    }
}
