//! Bytes to a positioned tree: JSON with comments and nothing else loose.

use std::collections::BTreeSet;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::errors::{ParseError, ParseErrorKind};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::problems::{Findings, Place};
use super::tree::{Member, Node, Path, Value, quoted};

/// Bytes of one file at most.
const LARGEST: usize = 16 << 20;
/// Objects and lists inside each other at most.
const DEEPEST: usize = 128;

/// Reads `bytes`, reporting under the name `name`; `None` when there is no tree to speak of.
pub(crate) fn parse(name: &str, bytes: &[u8], findings: &mut Findings) -> Option<Node> {
    if bytes.len() > LARGEST {
        let source = findings.add_source(name, "");
        let size = bytes.len() >> 20;
        let message = format!("the file has {size} MiB; expected 16 MiB at most");
        findings.report(Place::new(source, 0, 0), &Path::Top, message);
        return None;
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            not_utf8(name, bytes, error.valid_up_to(), findings);
            return None;
        }
    };
    let source = findings.add_source(name, text);
    if let Err(complaint) = scan(text) {
        complaint.report(source, findings);
        return None;
    }
    parse_text(text, source, findings)
}

/// Parses a text that is already a source.
pub(crate) fn parse_text(text: &str, source: u32, findings: &mut Findings) -> Option<Node> {
    let parsed = match parse_to_ast(text, &CollectOptions::default(), &strict()) {
        Ok(parsed) => parsed,
        Err(error) => {
            explain(&error, text).report(source, findings);
            return None;
        }
    };
    let Some(value) = parsed.value else {
        let complaint = Complaint::new(
            (0, 0),
            "the file is empty; expected a scenario: an object with \"format\": 1",
        );
        complaint.hint("highwater new NAME writes one to start from").report(source, findings);
        return None;
    };
    convert(&value, source, &Path::Top, findings)
}

/// JSON with comments, and every other looseness switched off.
fn strict() -> ParseOptions {
    ParseOptions {
        allow_comments: true,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

/// A complaint about the text itself.
struct Complaint {
    range: (usize, usize),
    message: String,
    hint: Option<&'static str>,
}

impl Complaint {
    fn new(range: (usize, usize), message: impl Into<String>) -> Complaint {
        Complaint { range, message: message.into(), hint: None }
    }

    fn hint(mut self, hint: &'static str) -> Complaint {
        self.hint = Some(hint);
        self
    }

    fn report(self, source: u32, findings: &mut Findings) {
        let place = Place::new(source, self.range.0, self.range.1);
        findings.report_with(place, &Path::Top, self.message, self.hint.map(str::to_string));
    }
}

fn not_utf8(name: &str, bytes: &[u8], valid: usize, findings: &mut Findings) {
    let text = String::from_utf8_lossy(&bytes[..valid]);
    let source = findings.add_source(name, &text);
    let hint = match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "this looks like UTF-16: save it as UTF-8",
        _ => "save the file as UTF-8",
    };
    let byte = bytes[valid];
    Complaint::new((valid, valid), format!("the byte {byte:#04x} is not UTF-8"))
        .hint(hint)
        .report(source, findings);
}

/// What the parser does not look at: the byte order mark, nesting (so that no recursion can
/// overflow), control characters in texts, and white space that JSON does not know.
fn scan(text: &str) -> Result<(), Complaint> {
    if text.starts_with('\u{feff}') {
        let complaint = Complaint::new((0, 3), "the file begins with a byte order mark");
        return Err(complaint.hint("save it as UTF-8 without one"));
    }
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = scan_text(bytes, at)?,
            b'/' => at = skip_comment(bytes, at),
            b'{' | b'[' => {
                depth += 1;
                if depth > DEEPEST {
                    let message = format!("nested more than {DEEPEST} deep");
                    return Err(Complaint::new((at, at + 1), message));
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b' ' | b'\t' | b'\n' | b'\r' => {}
            byte if byte < 0x20 || byte >= 0x80 => {
                let odd = text[at..].chars().next().unwrap_or(' ');
                let message = format!("the character {odd:?} cannot stand outside of a text");
                return Err(Complaint::new((at, at + odd.len_utf8()), message));
            }
            _ => {}
        }
        at += 1;
    }
    Ok(())
}

/// From an opening quote to the closing one, or to the end.
fn scan_text(bytes: &[u8], start: usize) -> Result<usize, Complaint> {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return Ok(at),
            b'\\' => at += 1,
            b'\n' | b'\r' => {
                let complaint = Complaint::new((start, at), "a text goes on beyond its line");
                return Err(complaint.hint("close the quote, or write \\n for a new line"));
            }
            byte if byte < 0x20 => {
                let message = format!("a text holds the control character {byte:#04x}");
                let complaint = Complaint::new((at, at + 1), message);
                return Err(complaint.hint("write it as an escape, such as \\t"));
            }
            _ => {}
        }
        at += 1;
    }
    let complaint = Complaint::new((bytes.len(), bytes.len()), "the file ends inside a text");
    Err(complaint.hint("is the file complete?"))
}

/// From the slash of a comment to its last byte; a lone slash is left to the parser.
fn skip_comment(bytes: &[u8], start: usize) -> usize {
    let rest = &bytes[start..];
    let length = match rest.get(1) {
        Some(b'/') => rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')),
        Some(b'*') => {
            rest[2..].windows(2).position(|pair| pair == b"*/").map(|position| position + 3)
        }
        _ => Some(0),
    };
    length.map_or(bytes.len(), |length| start + length)
}

/// The parser's complaint in the words of this tool.
fn explain(error: &ParseError, text: &str) -> Complaint {
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
        | Kind::ExpectedPlusMinusOrDigitInNumberLiteral => {
            complaint("not a number as JSON writes it").hint("such as 12, 0.5 or 1e3")
        }
        Kind::String(kind) => Complaint::new(range, format!("a text that cannot be read: {kind}")),
        _ => unexpected(range, text),
    }
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
        Some(odd) => Complaint::new(range, format!("{odd:?} cannot stand here")),
        None => Complaint::new(range, "the file ends too early").hint("is the file complete?"),
    }
}

/// From the parser's tree to ours; `None` where a value had to be left out.
fn convert(value: &ast::Value, source: u32, path: &Path, findings: &mut Findings) -> Option<Node> {
    let range = value.range();
    let place = Place::new(source, range.start, range.end);
    let value = match value {
        ast::Value::StringLit(text) => Value::Text(text.value.to_string()),
        ast::Value::BooleanLit(flag) => Value::Flag(flag.value),
        ast::Value::NumberLit(number) => {
            Value::Number(finite(number.value, place, path, findings)?)
        }
        ast::Value::NullKeyword(_) => {
            let hint = "leave the key out to get its default".to_string();
            findings.report_with(place, path, "null means nothing here", Some(hint));
            return None;
        }
        ast::Value::Array(array) => {
            let item = |(index, item)| convert(item, source, &Path::Item(path, index), findings);
            Value::List(array.elements.iter().enumerate().filter_map(item).collect())
        }
        ast::Value::Object(object) => Value::Object(members(object, source, path, findings)),
    };
    Some(Node { place, value })
}

fn members(object: &ast::Object, source: u32, path: &Path, findings: &mut Findings) -> Vec<Member> {
    let mut seen = BTreeSet::new();
    let mut members = Vec::with_capacity(object.properties.len());
    for property in &object.properties {
        let key = property.name.as_str();
        let range = property.name.range();
        let place = Place::new(source, range.start, range.end);
        let path = Path::Key(path, key);
        if !seen.insert(key) {
            let hint = Some("keep one of the two".to_string());
            findings.report_with(place, &path, "this key stands here twice", hint);
            continue;
        }
        if let Some(node) = convert(&property.value, source, &path, findings) {
            members.push(Member { key: key.to_string(), place, node });
        }
    }
    members
}

/// A number that a computer can hold: neither infinite nor lost below the smallest normal one.
fn finite(written: &str, place: Place, path: &Path, findings: &mut Findings) -> Option<f64> {
    let mantissa = written.split(['e', 'E']).next().unwrap_or_default();
    let is_zero = !mantissa.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    let number = written.parse::<f64>().unwrap_or(f64::INFINITY);
    // Adding zero turns minus zero into zero.
    match number {
        _ if is_zero => Some(0.0),
        number if number.is_normal() => Some(number + 0.0),
        number => {
            let size = if number.is_infinite() { "large" } else { "small" };
            findings.report(place, path, format!("{} is too {size} for a number", quoted(written)));
            None
        }
    }
}
