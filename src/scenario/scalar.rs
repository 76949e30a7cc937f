//! Single values: is this what may stand here, and what is it?

use super::hints::{either, nearest};
use super::presets;
use super::table::Kind;
use super::tree::{Node, Value};
use crate::units::{
    Bytes, Rate, Ratio, Span, Start, Unit, duration, parse_bytes, parse_rate, parse_ratio,
    parse_span, quantity,
};

/// Why a value cannot stand where it stands.
pub(crate) struct Mismatch {
    /// What could.
    pub expected: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Whether `node` is a value of the simple kind `kind`; composite kinds are not asked here.
pub(crate) fn check(kind: &Kind, node: &Node) -> Result<(), Mismatch> {
    if fits(kind, node) {
        return Ok(());
    }
    Err(Mismatch { expected: expected(kind), hint: hint(kind, node) })
}

fn fits(kind: &Kind, node: &Node) -> bool {
    match kind {
        Kind::Text(shortest, longest) => {
            let length = |text: &str| text.chars().count();
            node.as_text().is_some_and(|text| (*shortest..=*longest).contains(&length(text)))
        }
        Kind::Name => node.as_text().is_some_and(is_name),
        Kind::Reference(_) => node.as_text().is_some(),
        Kind::Preset(preset) => {
            node.as_text().is_some_and(|name| presets::find(*preset, name).is_some())
        }
        Kind::Instant => instant(node).is_some(),
        Kind::Flag => matches!(node.value, Value::Flag(_)),
        Kind::Count(low, high) => within(count(node), *low, *high),
        Kind::CountOrNone(low, high) => is_none(node) || within(count(node), *low, *high),
        Kind::Number(low, high) => within(number(node), *low, *high),
        Kind::Span(low, high) => within(span(node), *low, *high),
        Kind::SpanOrNone(low, high) => is_none(node) || within(span(node), *low, *high),
        Kind::Rate(low, high) => within(rate(node).map(Rate::as_per_second), *low, *high),
        Kind::Bytes(low, high) => within(bytes(node), Bytes(*low), Bytes(*high)),
        Kind::Share => share(node).is_some(),
        Kind::Words(words) => {
            node.as_text().is_some_and(|text| words.iter().any(|(word, _)| *word == text))
        }
        Kind::Measured => matches!(node.value, Value::Number(_) | Value::Text(_)),
        Kind::Notes | Kind::Settings | Kind::Bare => true,
        Kind::Object(_) | Kind::Choice(_) | Kind::Named(..) | Kind::List(..) => true,
    }
}

fn within<T: PartialOrd>(value: Option<T>, low: T, high: T) -> bool {
    value.is_some_and(|value| low <= value && value <= high)
}

/// What may stand there, in words and with an example: for messages.
pub(crate) fn expected(kind: &Kind) -> String {
    let example = match kind {
        Kind::Instant => "\"2024-11-14T09:42:00Z\"",
        Kind::Span(..) | Kind::SpanOrNone(..) => "\"38min\"",
        Kind::Rate(..) => "\"264/min\"",
        Kind::Bytes(..) => "\"0.62MB\"",
        _ => return allowed(kind),
    };
    format!("{}, such as {example}", allowed(kind))
}

/// What may stand there, in words: for the reference.
pub(crate) fn allowed(kind: &Kind) -> String {
    match kind {
        Kind::Text(0, longest) => format!("a text of at most {longest} characters"),
        Kind::Text(shortest, longest) => format!("a text of {shortest} to {longest} characters"),
        Kind::Name => "a name of 1 to 64 letters, digits, - and _".to_string(),
        Kind::Reference(what) => format!("the name of {what}"),
        Kind::Preset(preset) => format!("the name of a {} preset", preset.name()),
        Kind::Instant => "an instant from 1970 to 2099 in UTC".to_string(),
        Kind::Flag => "true or false".to_string(),
        Kind::Count(low, high) if low == high => format!("the number {low}"),
        Kind::Count(low, high) => {
            format!("a whole number from {} to {}", whole(*low), whole(*high))
        }
        Kind::CountOrNone(low, high) => {
            format!("a whole number from {} to {}, or \"none\"", whole(*low), whole(*high))
        }
        Kind::Number(low, high) => format!("a number from {low} to {high}"),
        Kind::Span(low, high) => times(*low, *high),
        Kind::SpanOrNone(low, high) => {
            format!("{}, or \"none\"", times(*low, *high))
        }
        Kind::Rate(low, high) => {
            let [low, high] = [low, high].map(|rate| quantity(*rate, Unit::PerSecond));
            format!("a rate with its unit from {low} to {high}")
        }
        Kind::Bytes(low, high) => {
            let [low, high] = [*low, *high].map(size);
            format!("a size with its unit from {low} to {high}")
        }
        Kind::Share => "a share from 0 to 1, or from \"0%\" to \"100%\"".to_string(),
        Kind::Words(words) => either(words.iter().map(|(word, _)| *word)),
        Kind::Measured => "a number, or a text with a unit".to_string(),
        Kind::Settings => "an object of settings by their paths".to_string(),
        Kind::Notes => "an object of texts".to_string(),
        Kind::Bare => "nothing".to_string(),
        Kind::Object(ty) => format!("an object ({})", ty.name),
        Kind::Choice(choice) => either(choice.variants.iter().map(|row| row.name)),
        Kind::Named(_, fewest, most) => format!("an object with {fewest} to {most} names"),
        Kind::List(_, 0, high) => format!("a list of at most {} items", whole(*high as u64)),
        Kind::List(_, low, high) => format!("a list of {low} to {} items", whole(*high as u64)),
    }
}

fn whole(number: u64) -> String {
    quantity(number as f64, Unit::Count)
}

/// A size in the largest unit that says it exactly.
fn size(bytes: u64) -> String {
    let units = [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB")];
    let exact = units.iter().find(|(unit, _)| bytes >= *unit && bytes.is_multiple_of(*unit));
    exact.map_or(format!("{bytes}B"), |(unit, name)| format!("{}{name}", bytes / unit))
}

fn times(low: Span, high: Span) -> String {
    format!("a time with its unit from {} to {}", duration(low), duration(high))
}

/// The advice for the commonest slips.
fn hint(kind: &Kind, node: &Node) -> Option<String> {
    let add = |example: &str| Some(format!("add a unit: {example}"));
    match (kind, &node.value) {
        (Kind::Span(..) | Kind::SpanOrNone(..), Value::Number(n)) => add(&format!("\"{n}s\"")),
        (Kind::Rate(..), Value::Number(n)) => add(&format!("\"{n}/s\"")),
        (Kind::Bytes(..), Value::Number(n)) => add(&format!("\"{n}B\"")),
        (Kind::SpanOrNone(..) | Kind::CountOrNone(..), Value::Flag(false)) => {
            Some("write \"none\"".to_string())
        }
        (Kind::Text(..) | Kind::Name | Kind::Reference(_), Value::Number(n)) => {
            Some(format!("write it in quotes: \"{n}\""))
        }
        (Kind::Words(words), Value::Text(text)) => nearest(text, words.iter().map(|w| w.0)),
        (Kind::Preset(preset), Value::Text(text)) => {
            let known = || presets::names(*preset);
            nearest(text, known()).or_else(|| Some(format!("known are {}", either(known()))))
        }
        (
            Kind::Count(..) | Kind::CountOrNone(..) | Kind::Number(..) | Kind::Flag,
            Value::Text(text),
        ) if text.parse::<f64>().is_ok() || text == "true" || text == "false" => {
            Some("write it without quotes".to_string())
        }
        (Kind::Instant, Value::Text(_)) => Some("the letter Z at the end means UTC".to_string()),
        _ => None,
    }
}

/// Letters, digits, `-` and `_`: names stand in paths, in file names and in columns.
pub(crate) fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// Whether this is the word for "for ever" or "any number".
pub(crate) fn is_none(node: &Node) -> bool {
    node.as_text() == Some("none")
}

/// A whole number that a float holds exactly.
pub(crate) fn count(node: &Node) -> Option<u64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let number = number(node)?;
    ((0.0..=EXACT).contains(&number) && number.fract() == 0.0).then_some(number as u64)
}

/// A number.
pub(crate) fn number(node: &Node) -> Option<f64> {
    match node.value {
        Value::Number(number) => Some(number),
        _ => None,
    }
}

/// A length of time.
pub(crate) fn span(node: &Node) -> Option<Span> {
    parse_span(node.as_text()?).ok()
}

/// A rate.
pub(crate) fn rate(node: &Node) -> Option<Rate> {
    parse_rate(node.as_text()?).ok()
}

/// A size.
pub(crate) fn bytes(node: &Node) -> Option<Bytes> {
    parse_bytes(node.as_text()?).ok()
}

/// A share: a number, or a text in per cent.
pub(crate) fn share(node: &Node) -> Option<Ratio> {
    match &node.value {
        Value::Number(number) => Ratio::new(*number),
        Value::Text(text) if text.ends_with('%') => parse_ratio(text).ok(),
        _ => None,
    }
}

/// An instant of the wall clock.
pub(crate) fn instant(node: &Node) -> Option<Start> {
    super::instant::parse(node.as_text()?)
}
