//! What is wrong with a text before it is a tree, in the words of this tool.

use jsonc_parser::errors::{ParseError, ParseErrorKind};

use super::problems::{Findings, Place};
use super::tree::{Path, quoted};

/// A complaint about the text itself.
pub(crate) struct Complaint {
    range: (usize, usize),
    message: String,
    hint: Option<&'static str>,
}

impl Complaint {
    /// A complaint about the bytes of `range`.
    pub fn new(range: (usize, usize), message: impl Into<String>) -> Complaint {
        Complaint { range, message: message.into(), hint: None }
    }

    /// The same with what to do about it.
    pub fn hint(mut self, hint: &'static str) -> Complaint {
        self.hint = Some(hint);
        self
    }

    /// Reports it at its place in source number `source`.
    pub fn report(self, source: u32, findings: &mut Findings) {
        let place = Place::new(source, self.range.0, self.range.1);
        findings.report_with(place, &Path::Top, self.message, self.hint.map(str::to_string));
    }
}

/// The parser's complaint in the words of this tool.
pub(crate) fn explain(error: &ParseError, text: &str) -> Complaint {
    use ParseErrorKind as Kind;
    let range = (error.range().start, error.range().end);
    let end = (text.len(), text.len());
    let complaint = |message: &str| Complaint::new(range, message);
    match error.kind() {
        Kind::UnterminatedObject | Kind::UnterminatedArray => {
            let what = match error.kind() {
                Kind::UnterminatedObject => "an object",
                _ => "a list",
            };
            let message = format!("the file ends inside {what}");
            Complaint::new(end, message).hint("is the file complete?")
        }
        Kind::UnterminatedCommentBlock => complaint("a comment is never closed").hint("add */"),
        Kind::ExpectedColonAfterObjectKey if range.0 >= text.len() => {
            Complaint::new(end, "the file ends after a key").hint("is the file complete?")
        }
        Kind::ExpectedObjectValue => {
            Complaint::new(end, "the file ends before a value").hint("is the file complete?")
        }
        Kind::ExpectedColonAfterObjectKey => complaint("expected a colon after the key"),
        Kind::ExpectedComma if continues_number(range.0, text) => not_a_number(range),
        Kind::ExpectedComma => complaint("expected a comma between two values"),
        Kind::TrailingCommasNotAllowed => {
            complaint("a comma with nothing after it").hint("remove the comma")
        }
        Kind::MultipleRootJsonValues => {
            complaint("expected nothing after the end of the scenario").hint("one object per file")
        }
        Kind::SingleQuotedStringsNotAllowed => {
            complaint("texts stand in double quotes").hint("write \" instead of '")
        }
        Kind::ExpectedStringObjectProperty => {
            complaint("a key without quotes").hint("keys stand in double quotes")
        }
        Kind::NonFiniteNumbersNotAllowed => complaint("Infinity and NaN are not numbers"),
        Kind::UnexpectedWord => unknown_word(range, text),
        Kind::HexadecimalNumbersNotAllowed
        | Kind::UnaryPlusNumbersNotAllowed
        | Kind::BareDecimalPointNumbersNotAllowed
        | Kind::ExpectedDigit
        | Kind::ExpectedDigitFollowingNegativeSign
        | Kind::ExpectedPlusMinusOrDigitInNumberLiteral => not_a_number(range),
        Kind::String(kind) => Complaint::new(range, format!("a text that cannot be read: {kind}")),
        _ => unexpected(range, text),
    }
}

fn not_a_number(range: (usize, usize)) -> Complaint {
    Complaint::new(range, "not a number as JSON writes it").hint("such as 12, 0.5 or 1e3")
}

/// Whether digits stand on both sides, as after a leading zero: `0100`.
fn continues_number(at: usize, text: &str) -> bool {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    at > 0 && digit(at - 1) && digit(at)
}

fn unknown_word(range: (usize, usize), text: &str) -> Complaint {
    let word = text.get(range.0..range.1).unwrap_or_default();
    match word {
        "NaN" | "Infinity" => Complaint::new(range, "Infinity and NaN are not numbers"),
        _ => Complaint::new(range, format!("expected a value; found {}", quoted(word)))
            .hint("texts stand in double quotes; true and false are written small"),
    }
}

fn unexpected(range: (usize, usize), text: &str) -> Complaint {
    match text.get(range.0..).and_then(|rest| rest.chars().next()) {
        Some(letter) if letter.is_alphabetic() => {
            let rest = &text[range.0..];
            let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
            unknown_word((range.0, range.0 + end), text)
        }
        Some(odd) => Complaint::new(range, format!("{odd:?} cannot stand here")),
        None => Complaint::new(range, "the file ends too early").hint("is the file complete?"),
    }
}
